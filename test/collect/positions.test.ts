import { describe, expect, test } from 'vitest';
import { readYaml, type YamlDialect, type YamlDocument } from '../../src/collect/yaml.ts';
import type { Json, Path } from '../../src/model/json.ts';
import { randomNumbers } from '../random.ts';

function only(text: string, dialect: YamlDialect = 'kubernetes'): YamlDocument {
  const [document] = readYaml(text, dialect);
  if (document === undefined || 'fault' in document) throw new Error(`fixture: ${document?.fault}`);
  return document;
}

/** `line:column` of a path, the text there, and whether it is the path itself. */
function place(text: string, path: Path, dialect?: YamlDialect): [string, string, boolean] {
  const document = only(text, dialect);
  const { offset, end, found } = document.positions.find(path);
  const before = document.text.slice(0, offset).split('\n');
  return [`${before.length}:${(before.at(-1)?.length ?? 0) + 1}`, document.text.slice(offset, end), found];
}

describe('find', () => {
  test.each<[string, string, Path, string, string, boolean]>([
    ['the root', 'a: 1', [], '1:1', '', true],
    ['the root of a list', '# x\n- a', [], '2:1', '', true],
    ['a plain value', 'a: 1', ['a'], '1:4', '1', true],
    ['a value below its key', 'a:\n  b\n', ['a'], '2:3', 'b', true],
    ['a quoted value, quotes included', 'a: "x y"', ['a'], '1:4', '"x y"', true],
    ['a value in single quotes', "a: 'it''s'", ['a'], '1:4', "'it''s'", true],
    ['a quoted key', '"a b": {c: 1}', ['a b'], '1:1', '"a b"', true],
    ['a key with escapes', '"a\\u0062": {c: 1}', ['ab', 'c'], '1:16', '1', true],
    ['a mapping is found by its key', 'a:\n  b: 1', ['a'], '1:1', 'a', true],
    ['a list is found by its key', 'a:\n- 1', ['a'], '1:1', 'a', true],
    ['a flow mapping too', 'a: {b: 1}', ['a'], '1:1', 'a', true],
    ['a block scalar is found by its key', 'a:\n  b: |\n    x', ['a', 'b'], '2:3', 'b', true],
    ['an empty value is found by its key', 'a:\nb: 1', ['a'], '1:1', 'a', true],
    ['an item', 'a:\n  - x\n  - y', ['a', 1], '3:5', 'y', true],
    ['an item that is a mapping', 'a:\n  - b: 1\n  - b: 2', ['a', 1], '3:5', '', true],
    ['an empty item is where its list is', 'a:\n  -\n  - y', ['a', 0], '1:1', '', true],
    ['inside an item', 'a:\n  - b: 1\n  - b: 2', ['a', 1, 'b'], '3:8', '2', true],
    ['flow in flow', 'a: [{b: [1, {c: "x"}]}]', ['a', 0, 'b', 1, 'c'], '1:17', '"x"', true],
    ['JSON', '{"a": {"b": [true]}}', ['a', 'b', 0], '1:14', 'true', true],
    ['CRLF', 'a: 1\r\nb:\r\n  c: 2\r\n', ['b', 'c'], '3:6', '2', true],
    ['a key that is missing', 'a:\n  b: 1', ['a', 'c'], '1:1', '', false],
    ['several steps that are missing', 'a:\n  b: 1', ['a', 'c', 0, 'd'], '1:1', '', false],
    ['all of it missing', 'a: 1', ['b', 'c'], '1:1', '', false],
    ['an item that is missing', 'a: [1]', ['a', 1], '1:1', '', false],
    ['an item before the first', 'a: [1]', ['a', -1], '1:1', '', false],
    ['a key of a scalar', 'a: 1', ['a', 'b'], '1:4', '', false],
    ['a key of a list', 'a: [1]', ['a', 'b'], '1:1', '', false],
    ['an item of a mapping', 'a: {b: 1}', ['a', 0], '1:1', '', false],
    ['the last of equal keys', 'a: 1\nb: 2\na: 3', ['a'], '3:4', '3', true],
    ['the last of equal keys, although the path ends in the first', 'a: {b: 1}\na: {c: 2}', ['a', 'b'], '2:1', '', false],
    ['a key in another spelling', 'yes: 1', ['true'], '1:6', '1', true],
    ['a number in another spelling', '0x10: {0644: x}', ['16', '420'], '1:14', 'x', true],
    ['a key that looks like a word and is quoted', '"yes": 1', ['yes'], '1:8', '1', true],
    ['a key with a tag', '!!str yes: 1', ['yes'], '1:12', '1', true],
    ['an alias is found by its key', 'a: &x 1\nb: *x', ['b'], '2:1', 'b', true],
    ['below an alias, where it was written', 'a: &x {c: 1}\nb: *x', ['b', 'c'], '1:11', '1', true],
    ['below an alias of an anchor that was set anew', 'a: &x {c: 1}\nb: *x\nd: &x {c: 2}\ne: *x', ['b', 'c'], '1:11', '1', true],
    ['and after it was', 'a: &x {c: 1}\nb: *x\nd: &x {c: 2}\ne: *x', ['e', 'c'], '3:11', '2', true],
    ['an alias in a list', 'a: &x 1\nb: [0, *x]', ['b', 1], '2:9', '', true],
    ['an alias as a key', 'a: &x k\n*x : 1', ['k'], '2:6', '1', true],
    ['a merged key', 'a: &x {c: 1}\nb: {<<: *x}', ['b', 'c'], '1:11', '1', true],
    ['a merged key that is set again', 'a: &x {c: 1}\nb: {<<: *x, c: 2}', ['b', 'c'], '2:16', '2', true],
    ['a key that a merge takes back', 'a: &x {c: 1}\nb: {c: 2, <<: *x}', ['b', 'c'], '1:11', '1', true],
    ['the first of a list of merges', 'a: &x {c: 1}\nb: &y {c: 2, d: 3}\ne: {<<: [*x, *y]}', ['e', 'c'], '1:11', '1', true],
    ['the second, for what the first has not', 'a: &x {c: 1}\nb: &y {c: 2, d: 3}\ne: {<<: [*x, *y]}', ['e', 'd'], '2:17', '3', true],
    ['the last of two merges', 'a: &x {c: 1}\nb: &y {c: 2}\ne: {<<: *x, <<: *y}', ['e', 'c'], '2:11', '2', true],
    ['a merge of a merge', 'a: &x {c: 1}\nb: &y {<<: *x}\ne: {<<: *y}', ['e', 'c'], '1:11', '1', true],
    ['a merge in quotes is a key', 'a: {"<<": {c: 1}}', ['a', 'c'], '1:1', '', false],
    ['__proto__', '__proto__: {constructor: 1}', ['__proto__', 'constructor'], '1:26', '1', true],
    ['what is on no prototype', 'a: 1', ['toString'], '1:1', '', false],
  ])('%s', (_, text, path, at, shown, found) => {
    expect(place(text, path)).toEqual([at, shown, found]);
  });

  test('for compose a key wins over a merge, and the first merge over the second', () => {
    expect(place('a: &x {c: 1}\nb: {c: 2, <<: *x}', ['b', 'c'], 'compose')[0]).toBe('2:8');
    expect(place('a: &x {c: 1}\nb: &y {c: 2}\ne: {<<: *x, <<: *y}', ['e', 'c'], 'compose')[0]).toBe('1:11');
    expect(place('yes: 1', ['yes'], 'compose')).toEqual(['1:6', '1', true]);
  });

  test('a list of thousands', () => {
    const text = `items:\n${Array.from({ length: 5000 }, (_, index) => `- {name: n${index}, spec: [a, b]}\n`).join('')}`;
    const { positions } = only(text);
    for (const index of [0, 1, 2500, 4998, 4999]) expect(text.slice(positions.find(['items', index, 'name']).offset)).toMatch(new RegExp(`^n${index},`));
    expect(positions.find(['items', 5000]).found).toBe(false);
  });
});

describe('walk', () => {
  const keysOf = (text: string, from: number, to: number): string[] => {
    const { positions } = only(text);
    const seen: string[] = [];
    positions.walk(from, to, (node, way, isKey) =>
      seen.push(`${isKey ? 'key ' : ''}${way.map(({ key }) => (key === undefined ? '-' : positions.key(key))).join('.')}=${positions.text(node)}`),
    );
    return seen;
  };

  test('every scalar, with the way to it', () => {
    expect(keysOf('a: 1\nb:\n  - x\n  - c: &y "2"\nd: *y\ne:', 0, 100)).toEqual(['key a=a', 'a=1', 'key b=b', 'b.-=x', 'key b.-.c=c', 'b.-.c=2', 'key d=d', 'd=2', 'key e=e']);
  });

  test.each<[number, number, readonly string[]]>([
    [0, 4, ['key a=a', 'a=b1']],
    [6, 10, ['key c=c', 'c=d2']],
    [9, 10, ['c=d2']],
    [100, 200, []],
  ])('only what touches %i to %i', (from, to, seen) => {
    expect(keysOf('a: b1\nc: d2\n', from, to)).toEqual(seen);
  });

  test('in a long list it begins near the place', () => {
    const text = Array.from({ length: 3000 }, (_, index) => `- --flag${index}\n`).join('');
    const at = text.indexOf('--flag1500');
    const { positions } = only(text);
    const seen: (string | undefined)[] = [];
    positions.walk(at, at + 5, (node, way) => seen.push(positions.text(node), positions.text(way.at(-1)?.before ?? -1)));
    expect(seen).toEqual(['--flag1500', '--flag1499']);
  });
});

/** Writes random documents, each value in a random style. */
class Writer {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#next() * choices.length)] as T;
  }

  document(): string {
    return this.#pick(['', '# comment\n', '\n', '---\n']) + this.#block(0, 0);
  }

  /** A mapping or list in block style, its lines indented. */
  #block(indent: number, depth: number): string {
    const pad = ' '.repeat(indent);
    const isList = this.#next() < 0.4;
    let text = '';
    for (let entry = 0; entry < 1 + this.#next() * 4; entry++) {
      if (this.#next() < 0.1) text += `${pad}# x: [\n`;
      const head = isList ? `${pad}- ` : `${pad}${this.#key(entry)}:`;
      if (depth < 4 && this.#next() < 0.4) text += `${head.trimEnd()}\n${this.#block(indent + this.#pick([1, 2, 4]), depth + 1)}`;
      else text += `${head}${isList ? '' : ' '}${this.#inline(depth, indent, true)}\n`;
    }
    return text;
  }

  #key(entry: number): string {
    return this.#pick([`k${entry}`, `"k ${entry}"`, `'k''${entry}'`, `"k\\u0041${entry}"`, `0x${entry}`, `key.with/${entry}`]);
  }

  #inline(depth: number, indent: number, mayBeBlock: boolean): string {
    const kind = this.#next();
    if (depth < 5 && kind < 0.15) return `[${Array.from({ length: 3 }, () => this.#inline(depth + 2, indent, false)).join(this.#pick([', ', ',']))}]`;
    if (depth < 5 && kind < 0.3) return `{${[0, 1, 2].map((entry) => `${this.#key(entry)}: ${this.#inline(depth + 2, indent, false)}`).join(', ')}}`;
    if (mayBeBlock && kind < 0.4) return `${this.#pick(['|', '>', '|-', '>+'])}\n${' '.repeat(indent + 2)}line: one\n${' '.repeat(indent + 2)}- two`;
    return this.#pick(['x', '1', 'yes', '~', '"q: [x]"', "'it''s'", '"a\\nb"', '0644', 'a b', 'http://x:1/#y', '1.5', '""', "''", '"{"', 'ümläut', '"\\u2028"', '😀']);
  }
}

function* leaves(value: Json, path: Path = []): Generator<[Path, Json]> {
  if (typeof value !== 'object' || value === null) yield [path, value];
  else if (Array.isArray(value)) for (const [index, item] of (value as readonly Json[]).entries()) yield* leaves(item, [...path, index]);
  else for (const [key, item] of Object.entries(value)) yield* leaves(item as Json, [...path, key]);
}

test('every leaf of a random document is found, and the text there says what it is', () => {
  let checked = 0;
  for (let seed = 0; seed < 1500; seed++) {
    const text = new Writer(seed).document();
    const document = only(text);
    for (const [path, value] of leaves(document.value)) {
      const { offset, end, found } = document.positions.find(path);
      const shown = document.text.slice(offset, end);
      expect(found, `${path} in\n${text}`).toBe(true);
      const isBlock = typeof value === 'string' && value.startsWith('line: one');
      // A block scalar, or what is not written at all, is found by its key; in a list by the place itself.
      const [read] = isBlock ? [] : readYaml(`- ${shown}`, 'kubernetes');
      if (isBlock) expect(document.text.slice(offset), `${path} in\n${text}`).toMatch(typeof path.at(-1) === 'number' ? /^ *line: one/ : /^["'\w]/);
      else expect(read === undefined || 'fault' in read ? read : read.value, `${path}: ${shown} in\n${text}`).toEqual([value]);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(10_000);
});
