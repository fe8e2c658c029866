import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEvents } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { readOrdinary } from '../../src/collect/ordinary-yaml.ts';
import { type Nodes, packEvents } from '../../src/collect/position-nodes.ts';
import { splitDocuments } from '../../src/collect/yaml.ts';
import { construct } from '../../src/collect/yaml-construct.ts';
import type { YamlDialect } from '../../src/collect/yaml-scalars.ts';
import { randomNumbers } from '../random.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function numbersOf({ numbers, from, length }: Nodes): number[] {
  return [...numbers.subarray(from, from + length)];
}

/** How many documents of a text are ordinary. What js-yaml makes of each of these is expected of it. */
function compare(text: string, dialect: YamlDialect): number {
  let count = 0;
  for (const { from, to } of splitDocuments(text)) {
    const ordinary = readOrdinary(text.slice(from, to), dialect);
    if (ordinary === undefined) continue;
    count++;
    const mine = { value: ordinary.value, nodes: numbersOf(ordinary.nodes), hasAliases: ordinary.nodes.hasAliases, duplicateKeys: [] };
    const chunk = text.slice(from, to);
    const events = parseEvents(chunk, { maxDepth: 200 });
    const nodes = packEvents(events, chunk);
    expect(mine, chunk).toEqual({ ...construct(events, chunk, dialect), nodes: numbersOf(nodes), hasAliases: nodes.hasAliases });
  }
  return count;
}

function isOrdinary(text: string): boolean {
  return readOrdinary(text, 'kubernetes') !== undefined;
}

test.each([
  'a: 1\n',
  '# c\na: b # c\n# c\n',
  "a b/c.d: \"x: y\"\n'e' : 'it''s'\n",
  'a: "\\"\\n"\n',
  'a:\n  b:\n    c: 1\n\n  d: 2\n',
  'a:\nb:\n- c\n- d: 1\n  e:\n    - f\n- - g\n-\n',
  'a: |\n  x\n\n   y\n\nb: >-\n  z\n',
  'a: {b: [1, "2"], "c":3}\nd: []\ne: {}\n',
  'a: ["b",\n  c\n  ]\n',
  '{\n  "a": [1, {"b": null}],\n  "c": true\n}\n',
  'a: &x\n  b: 1\nc: *x\n',
  'a: --flag\nb: -1\nc: http://x:1/#y\nd: ümläut\n',
])('%j is ordinary', (text) => {
  expect(isOrdinary(text)).toBe(true);
  expect(compare(text, 'kubernetes')).toBe(1);
  expect(compare(text, 'compose')).toBe(1);
});

describe('what is left to js-yaml', () => {
  test.each([
    ['no line end', 'a: 1'],
    ['nothing', '\n'],
    ['comments', '# a\n'],
    ['one scalar', 'a\n'],
    ['null', '~\n'],
    ['a bracket that is indented, and what is in it less', '\n    [1,\n 2]\n'],
    ['several lines of a scalar', 'a: b\n  c\n'],
    ['several lines in quotes', 'a: "b\n  c"\n'],
    ['a key that stands twice', 'a: 1\na: 2\n'],
    ['a key in two spellings', 'yes: 1\ntrue: 2\n'],
    ['__proto__', '__proto__: 1\n'],
    ['a merge', 'a: &x\n  b: 1\nc:\n  <<: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a key with a name', '&x a: 1\n'],
    ['a scalar with a name', 'a: &x 1\n'],
    ['an alias of nothing', 'a: *x\n'],
    ['an alias in what has a name', 'a: &x\n  b: 1\nc: &y\n  d: *x\n'],
    ['a name in what has a name', 'a: &x\n  b: &x\n    c: 1\nd: *x\n'],
    ['an alias in an open one', 'a: &x\n  b: *x\n'],
    ['a question mark', '? a\n: 1\n'],
    ['a tab', 'a:\t1\n'],
    ['a tab in front', '\ta: 1\n'],
    ['CRLF', 'a: 1\r\n'],
    ['NUL', 'a: "\0"\n'],
    ['half of a pair', 'a: "\ud83d"\n'],
    ['a byte order mark', '\ufeffa: 1\n'],
    ['what has no JSON form', 'a: .inf\n'],
    ['an indentation that is told', 'a: |2\n    b\n'],
    ['blanks above a text', 'a: |\n     \n  b\n'],
    ['a directive', '%YAML 1.2\n---\na: 1\n'],
    ['a document on the line of its separator', '--- {a: 1}\n'],
    ['a template', 'a: {{ .Values.a }}\n'],
    ['a bracket that is not closed', 'a: [1\n'],
    ['a bracket that is indented too little', 'a: [\n1]\n'],
    ['a quote that is not closed', 'a: "b\n'],
    ['a mapping in a value', 'a: b: c\n'],
    ['something behind a value', 'a: "b" c\n'],
    ['a list below a key and a value', 'a: b\n- c\n'],
    ['a line that is indented too far', 'a: "b"\n  c: d\n'],
    ['a line that is indented too little', 'a:\n    b: 1\n  c: 2\n'],
    ['depth', `${'- '.repeat(100)}a\n`],
    ['depth in brackets', `a: ${'['.repeat(100)}${']'.repeat(100)}\n`],
    ['much that is repeated', `a: &x\n${'  - 1\n'.repeat(4000)}b: *x\n`],
  ])('%s', (_, text) => {
    expect(isOrdinary(text)).toBe(false);
  });
});

function* yamlFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* yamlFiles(join(folder, entry.name));
    else if (/\.ya?ml$/.test(entry.name)) yield readFileSync(join(root, folder, entry.name), 'utf8');
  }
}

const files = [...yamlFiles('policies'), ...yamlFiles('manifests-examples')];

test('the files of this repository are, and read as js-yaml reads them', () => {
  let all = 0;
  let ordinary = 0;
  for (const text of files) {
    all += [...splitDocuments(text)].length;
    ordinary += compare(text, 'kubernetes');
  }
  expect(ordinary / all).toBeGreaterThan(0.95);
});

const PIECES = (
  "\n|\n  |\n    | |: |:|- |\n- |\n  - |#| # c|\n# c\n|\n   # c\n|\"|'|''|\\\"|\\n|{|}|[|]|,|{a: 1}|[a, b]|[]|>|>-|&x|*x|&x\n|!|!!str|%|@|?|<<: *x|a|b: c|~|null|" +
  'yes|.inf|0644|---|...|\t|é|a: &x\n  b: 1\n|c: *x\n|{"a":1}|\n\n|x:\n- y\n'
)
  .split('|')
  .concat('|', '|-\n  x\n', '|+\n   x\n\n');
const SEEDS = [
  'a: 1\nb:\n  c: 2\n  d:\n  - e\n  - f: 1\n    g: |\n      x\n       y\n\n      z\n  h: "q"\n  i: \'r\'\n',
  '- a\n- b: 1\n  c: 2\n- - x\n  - y\n-\n  z: 1\n',
  'a: &x\n  b: 1\nc: *x\nd: {a: [1, "2"], b: \'3\'}\n',
  'a:\n  - {b: 1,\n     c: 2}\n  - [x,\n     y]\nd: [\n  "x",\n  y\n  ]\n',
  'a: |\n\n  x\nb: >-\n  folded\n  text\n\n  more\n   deep\nc: |+\n  k\n\n',
  'x: a b c # comment\n  # c\ny: z\n# c\nw:\n# c\n  v: 1\n',
];

test('whatever a text is changed to, it is read as js-yaml reads it, or not here', () => {
  const next = randomNumbers(1);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  let ordinary = 0;
  for (let round = 0; round < 12_000; round++) {
    let text = next() < 0.8 ? pick(SEEDS) : pick(files).slice(0, 1000);
    for (let change = 0; change < 1 + next() * 3; change++) {
      const at = Math.floor(next() * text.length);
      const kind = next();
      if (kind < 0.6) text = text.slice(0, at) + pick(PIECES) + text.slice(at);
      else if (kind < 0.8) text = text.slice(0, at) + text.slice(at + 1 + Math.floor(next() * 3));
      else text = text.slice(0, at) + text.slice(Math.floor(next() * text.length)).slice(0, 20) + text.slice(at);
    }
    ordinary += compare(text.endsWith('\n') ? text : `${text}\n`, next() < 0.7 ? 'kubernetes' : 'compose');
  }
  expect(ordinary).toBeGreaterThan(2000);
});
