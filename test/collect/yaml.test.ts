import { describe, expect, test } from 'vitest';
import { readYaml, type YamlDialect, type YamlDocument } from '../../src/collect/yaml.ts';
import type { Json } from '../../src/model/json.ts';

/** The value of each document, or its fault. */
function read(text: string, dialect: YamlDialect = 'kubernetes'): (Json | { fault: string })[] {
  return [...readYaml(text, dialect)].map((document) => ('fault' in document ? { fault: document.fault } : document.value));
}

function only(text: string, dialect: YamlDialect = 'kubernetes'): YamlDocument {
  const [document] = readYaml(text, dialect);
  if (document === undefined || 'fault' in document) throw new Error(`fixture: ${document?.fault}`);
  return document;
}

// Every expected value below is what k8s.io/apimachinery 0.36.3 (kubectl 1.36) made of the same text, unless the test says otherwise.

const SCALARS: readonly (readonly [string, Json])[] = [
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['yEs', 'oN', 'oFF', 'tRue', 'yes_', '+y', 'none', 'nil', 'nULL'].map((word) => [word, word] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ['"yes"', 'yes'],
  ["'no'", 'no'],
  ['"1"', '1'],
  ['0', 0],
  ['-0', 0],
  ['+1', 1],
  ['1_000', 1000],
  ['1__000', 1000],
  ['1_', 1],
  ['_1', '_1'],
  ['0644', 420],
  ['0o644', 420],
  ['0O644', 420],
  ['-0644', -420],
  ['0_7', 7],
  ['00', 0],
  ['08', 8],
  ['0899', 899],
  ['019', 19],
  ['0o8', '0o8'],
  ['0o', '0o'],
  ['0x1F', 31],
  ['0X1f', 31],
  ['-0x1f', -31],
  ['0x', '0x'],
  ['0b101', 5],
  ['0b12', '0b12'],
  ['1:30', '1:30'],
  ['22:22', '22:22'],
  ['190:20:30', '190:20:30'],
  ['2024-01-01', '2024-01-01'],
  ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
  ['1.5', 1.5],
  ['1.', 1],
  ['.5', 0.5],
  ['+.5', 0.5],
  ['._5', '._5'],
  ['1_0.5', 10.5],
  ['01.5', 1.5],
  ['1e3', 1000],
  ['1E+3', 1000],
  ['1.e3', 1000],
  ['1e', '1e'],
  ['1e400', '1e400'],
  ['1e-400', 0],
  ['1.2.3', '1.2.3'],
  ['10.0.0.1', '10.0.0.1'],
  ['100m', '100m'],
  ['1Gi', '1Gi'],
  ['.', '.'],
  ['--', '--'],
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['9007199254740993', 9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['18446744073709551615', 18446744073709551615n],
  ['18446744073709551616', 18446744073709552000],
  ['0xFFFFFFFFFFFFFFFF', 18446744073709551615n],
  ['=', '='],
  ['<<', '<<'],
  ['x # a comment', 'x'],
  ['x#y', 'x#y'],
  ['http://x:1', 'http://x:1'],
  ["'it''s'", "it's"],
  ['"\\x41\\u0041\\U00000041\\/"', 'AAA/'],
  ['|\n  x\n  y', 'x\ny\n'],
  ['|-\n  x\n\n', 'x'],
  ['|+\n  x\n\n', 'x\n\n'],
  ['>\n  x\n  y\n\n  z\n', 'x y\nz\n'],
  ['|2\n    x\n', '  x\n'],
  ['x\n  y', 'x y'],
  ['!!str 1', '1'],
  ['!!str', ''],
  ['!!str ~', '~'],
  ['!!int "0644"', 420],
  ['!!float 1', 1],
  ['!!float 0644', 420],
  ['!!bool "yes"', true],
  ['!!null ""', null],
  ['!!binary aGVsbG8=', 'hello'],
  ['!!timestamp 2024-01-01', '2024-01-01'],
  ['!<tag:yaml.org,2002:int> "5"', 5],
  ['! 1', '1'],
  ['!foo 1', '1'],
  ['!foo yes', 'yes'],
  ['!foo', ''],
  ['!!js/function x', 'x'],
  ['!!python/tuple [1]', [1]],
  ['!foo {a: 1}', { a: 1 }],
  ['!!set {a, b}', { a: null, b: null }],
  ['!!omap [a: 1]', [{ a: 1 }]],
  ['!!map [1]', [1]],
];

describe('scalars, as kubectl reads them', () => {
  test.each(SCALARS)('%s is %s', (text, value) => {
    expect(read(`a: ${text}`)).toEqual([{ a: value }]);
    if (!text.includes('\n')) expect(read(`- ${text}`)).toEqual([[value]]);
  });

  test('a zero has no sign', () => {
    expect(Object.is((only('a: -0').value as { a: number }).a, 0)).toBe(true);
  });

  test.each(['.inf', '-.inf', '+.Inf', '.NaN', '.nan', '!!float .inf'])('%s has no JSON form', (text) => {
    expect(read(`a: 1\nb: ${text}`)).toEqual([{ fault: expect.stringContaining('no JSON form') }]);
  });

  test.each(['!!int abc', '!!bool maybe', '!!null x', '!!float x', '!!binary not base64'])('%s is not what its tag says', (text) => {
    expect(read(`a: ${text}`)).toEqual([{ fault: 'a value is not what its tag says' }]);
  });

  test('an endless number ends', () => {
    expect(read(`a: ${'9'.repeat(1_000_000)}`)).toEqual([{ a: '9'.repeat(1_000_000) }]);
  });

  test.each<[string, string]>([
    ['yes: 1', 'true'],
    ['0x10: 1', '16'],
    ['1_0: 1', '10'],
    ['0644: 1', '420'],
    ['"yes": 1', 'yes'],
    ['!!str yes: 1', 'yes'],
    ['.inf: 1', '.inf'],
    ['? |\n  k\n: 1', 'k\n'],
  ])('the key of %j is %j', (text, key) => {
    expect(read(text)).toEqual([{ [key]: 1 }]);
  });

  test.each(['? [a]\n: 1', '? {a: 1}\n: 1', 'a: &x [1]\n*x : 2'])('%j has a key that JSON cannot have', (text) => {
    expect(read(text)).toEqual([{ fault: expect.stringContaining('a key is a mapping or a list') }]);
  });
});

describe('scalars, as compose reads them', () => {
  test.each<[string, Json]>([
    ['yes', 'yes'],
    ['on', 'on'],
    ['0644', 644],
    ['0o644', 420],
    ['22:22', '22:22'],
    ['1_000', '1_000'],
    ['true', true],
    ['~', null],
    ['1e3', 1000],
  ])('%s is %j', (text, value) => {
    expect(read(`a: ${text}`, 'compose')).toEqual([{ a: value }]);
  });
});

describe('documents', () => {
  test.each<[string, string, readonly Json[]]>([
    ['nothing', '', []],
    ['blank lines', '\n \n', []],
    ['a comment', '# only\n', []],
    ['comments and separators', '---\n# only\n---\n# only\n', []],
    ['separators', '---\n---\n---', []],
    ['two', 'a: 1\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['with blanks after the separator', 'a: 1\n--- \nb: 2\n---\t\nc: 3', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['a comment after the separator', 'a: 1\n--- # x\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['a comment at the separator, which kubectl takes', 'a: 1\n---# x\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['on the line of the separator', '--- {a: 1}\n--- |\n  x\n--- "y"\n', [{ a: 1 }, 'x\n', 'y']],
    ['between empty ones', '---\n---\na: 1\n---\n---\n', [{ a: 1 }]],
    ['four dashes are a key', '----: 1\n', [{ '----': 1 }]],
    ['indented dashes are text', 'a: |\n  x\n  ---\n  y\n', [{ a: 'x\n---\ny\n' }]],
    ['dashes at the margin end a block scalar', 'a: |\n  x\n---\nb: 1\n', [{ a: 'x\n' }, { b: 1 }]],
    ['dots end a document', 'a: 1\n...\n', [{ a: 1 }]],
    // kubectl reads only the first of these; nobody who writes a second one means it to be passed over.
    ['after dots', 'a: 1\n...\nb: 2\n... # x\nc: 3', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['dots, directive', 'a: 1\n...\n%YAML 1.2\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['a directive', '%YAML 1.2\n---\na: 1\n', [{ a: 1 }]],
    ['a directive below a comment', '# x\n%YAML 1.1\n# y\n---\na: 1\n---\nb: 2', [{ a: 1 }, { b: 2 }]],
    ['a tag directive', '%TAG !e! tag:yaml.org,2002:\n---\na: !e!int "1"\n', [{ a: 1 }]],
    ['a percent sign in a comment', '# 100%\n---\na: 1\n', [{ a: 1 }]],
    ['CRLF', 'a: 1\r\n---\r\nb: |\r\n  x\r\n', [{ a: 1 }, { b: 'x\n' }]],
    ['CR', 'a: 1\r---\rb: 2\r', [{ a: 1 }, { b: 2 }]],
    ['a byte order mark', '\ufeffa: 1\n', [{ a: 1 }]],
    ['a byte order mark before a separator', '\ufeff---\na: 1\n', [{ a: 1 }]],
    ['files with byte order marks, joined', 'a: 1\n---\n\ufeffb: 2\n\ufeff---\nc: 3', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['JSON', '{"a": 1, "b": [true, null, "\\u00e9\\ud83d\\ude00\\/"]}', [{ a: 1, b: [true, null, 'é😀/'] }]],
    ['JSON, indented with tabs', '{\n\t"a": [\n\t\t1\n\t]\n}\n', [{ a: [1] }]],
    ['JSON without blanks', '{"a":{"b":1}}', [{ a: { b: 1 } }]],
    ['JSON, one after the other', '{"a": 1}\n{"b": "}{"}{"c": 3}\n', [{ a: 1 }, { b: '}{' }, { c: 3 }]],
    ['JSON with a separator', '{"a": 1}\n---\n{"b": 2}\n', [{ a: 1 }, { b: 2 }]],
    ['a long key', `{"${'k'.repeat(1100)}": 1}`, [{ ['k'.repeat(1100)]: 1 }]],
  ])('%s', (_, text, values) => {
    expect(read(text)).toEqual(values);
  });

  test('each stands where it begins', () => {
    const text = '# x\na: 1\n---\n# y\nb: 2\n--- {c: 3}\n...\nd: 4';
    expect([...readYaml(text, 'kubernetes')].map((document) => ('fault' in document ? document : [text.indexOf(document.text), document.start]))).toEqual(
      ['# x\na', '# y\nb', '--- {c', '\nd'].map((begin) => [text.indexOf(begin), text.indexOf(begin)]),
    );
  });
});

describe('aliases', () => {
  test.each<[string, string, Json]>([
    ['of a scalar', 'a: &x 1\nb: *x', { a: 1, b: 1 }],
    ['of nothing', 'a: &x\nb: *x', { a: null, b: null }],
    ['of an anchor that is set anew', 'a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['as a key', '&k a: 1\nb: &v c\n*v : 2', { a: 1, b: 'c', c: 2 }],
    ['with a tag', 'a: !!str &x yes\nb: *x', { a: 'yes', b: 'yes' }],
  ])('%s', (_, text, value) => {
    expect(read(text)).toEqual([value]);
  });

  test.each<[string, string, string]>([
    ['of nothing that stands above', 'a: *x', 'does not stand above it'],
    ['to the list that holds it', 'a: &x [1, *x]', 'the value that holds it'],
    ['to the mapping that holds it', 'a: &x {b: {c: *x}}', 'the value that holds it'],
  ])('%s', (_, text, fault) => {
    expect(read(text)).toEqual([{ fault: expect.stringContaining(fault) }]);
  });

  test('a bomb is refused before it is built', () => {
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 40 }, (_, row) => `a${row + 1}: &a${row + 1} [${Array(10).fill(`*a${row}`).join(', ')}]`)];
    expect(read(rows.join('\n'))).toEqual([{ fault: expect.stringContaining('repeat more than 100,000 values') }]);
    expect(read(rows.slice(0, 4).join('\n'))).toHaveLength(1);
  });

  test('so is a bomb of merges', () => {
    const keys = Array.from({ length: 1000 }, (_, key) => `k${key}: 1`).join(', ');
    expect(read(`a: &a {${keys}}\nb: [${Array(200).fill('{<<: *a}').join(', ')}]`)).toEqual([{ fault: expect.stringContaining('repeat more') }]);
  });

  test('depth ends', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '1}'],
      ['- ', ''],
      ['? ', ''],
    ] as const) {
      expect(read(open.repeat(50_000) + close.repeat(50_000))).toEqual([{ fault: expect.stringContaining('nested more than 200 levels') }]);
    }
    const steps = Array.from({ length: 60 }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
    expect(read(steps)).toHaveLength(1);
  });
});

describe('merge keys', () => {
  const source = 'x: &x {p: 1, q: 2}\ny: &y {p: 3, r: 4}\n';

  // For kubectl the last wins, a merge over the keys above it too: go-yaml v2. Everybody else lets a key win over every merge.
  test.each<[string, string, Json, Json]>([
    ['above a key', '{<<: *x, p: 9}', { p: 9, q: 2 }, { p: 9, q: 2 }],
    ['below a key', '{p: 9, <<: *x}', { p: 1, q: 2 }, { p: 9, q: 2 }],
    ['a list: its first has precedence', '{<<: [*x, *y]}', { p: 1, q: 2, r: 4 }, { p: 1, q: 2, r: 4 }],
    ['a list, the other way round', '{<<: [*y, *x]}', { p: 3, q: 2, r: 4 }, { p: 3, q: 2, r: 4 }],
    ['twice', '{<<: *x, <<: *y}', { p: 3, q: 2, r: 4 }, { p: 1, q: 2, r: 4 }],
    ['of a mapping written in place', '{<<: {p: 5}, r: 6}', { p: 5, r: 6 }, { p: 5, r: 6 }],
    ['of a merge', '{<<: {<<: *x, s: 7}}', { p: 1, q: 2, s: 7 }, { p: 1, q: 2, s: 7 }],
    ['between two of a key', '{p: 8, <<: *x, p: 9}', { p: 9, q: 2 }, { p: 9, q: 2 }],
    ['in quotes it is a key', '{"<<": {p: 1}}', { '<<': { p: 1 } }, { '<<': { p: 1 } }],
    ['with a tag that says string', '{!!str <<: {p: 1}}', { '<<': { p: 1 } }, { '<<': { p: 1 } }],
    ['with its own tag', '{!!merge <<: *x}', { p: 1, q: 2 }, { p: 1, q: 2 }],
  ])('%s', (_, text, kubernetes, compose) => {
    expect((only(`${source}z: ${text}`).value as { z: Json }).z).toEqual(kubernetes);
    expect((only(`${source}z: ${text}`, 'compose').value as { z: Json }).z).toEqual(compose);
  });

  test.each(['1', '[1]', '', 'null', '[[]]'])('of %j is refused', (text) => {
    expect(read(`a: {<<: ${text}}`)).toEqual([{ fault: expect.stringContaining('not a mapping') }]);
  });
});

describe('duplicate keys', () => {
  test.each<[string, string, Json, readonly (readonly (string | number)[])[]]>([
    ['none', 'a: {b: 1}\nc: {b: 1}', { a: { b: 1 }, c: { b: 1 } }, []],
    ['the last wins', 'a: 1\na: 2', { a: 2 }, [['a']]],
    ['as a whole', 'a: {x: 1}\na: {z: 2}', { a: { z: 2 } }, [['a']]],
    ['inside', 'a: [{b: {c: 1, c: 2}}]', { a: [{ b: { c: 2 } }] }, [['a', 0, 'b', 'c']]],
    ['thrice is told once', 'a: 1\na: 2\na: 3', { a: 3 }, [['a']]],
    ['two of them', 'a: 1\na: 2\nb: [0, {c: 1, c: 2}]', { a: 2, b: [0, { c: 2 }] }, [['a'], ['b', 1, 'c']]],
    ['in other quotes', 'a: 1\n"a": 2', { a: 2 }, [['a']]],
    ['in another spelling', 'yes: a\ntrue: b', { true: 'b' }, [['true']]],
    ['numbers', '1: a\n"1": b', { 1: 'b' }, [['1']]],
    ['a merged key that is set again is none', 'x: &x {p: 1}\nz: {<<: *x, p: 2}', { x: { p: 1 }, z: { p: 2 } }, []],
    ['a merge that takes back what stands above it', 'x: &x {p: 1}\nz: {p: 2, <<: *x}', { x: { p: 1 }, z: { p: 1 } }, [['z', 'p']]],
    ['a merge that says the same', 'x: &x {p: 1}\nz: {p: 1, <<: *x}', { x: { p: 1 }, z: { p: 1 } }, []],
    ['in what is merged', 'x: &x {p: 1, p: 2}\nz: {<<: *x}', { x: { p: 2 }, z: { p: 2 } }, [['x', 'p']]],
  ])('%s', (_, text, value, paths) => {
    const document = only(text);
    expect(document.value).toEqual(value);
    expect(document.duplicateKeys).toEqual(paths.map((path) => ({ path, key: path.at(-1) })));
  });
});

describe('hostile keys', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a key like any other', (key) => {
    const { value } = only(`${key}: {a: 1}\nb:\n  ${key}: 2\n  <<: {${key}: 3}\n${key}: {a: 4}`);
    expect(Object.keys(value as object)).toContain(key);
    expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(`{"${key}": {"a": 4}, "b": {"${key}": 3}}`));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('a');
  });
});

describe('faults', () => {
  test.each<[string, string, number, number, string]>([
    ['a flow list that does not end', 'a: 1\n---\nb: [1, 2\n---\nc: 3', 3, 8, 'a bracket or quote above is not closed'],
    ['a tab', 'a: 1\n---\nb:\n\tc: 1\n---\nd: 1', 4, 1, 'tab characters'],
    ['a mapping in a value', 'a: b\n---\nx: y: z\n', 3, 5, 'bad indentation of a mapping entry'],
    ['indentation', 'a: 1\n---\nb:\n    c: 1\n  d: 2\n', 5, 3, 'bad indentation of a mapping entry'],
    ['an unknown alias', 'a: 1\n---\nb: {c: *nobody}\n', 3, 9, 'an alias refers to'],
    ['a wrong tag', 'a: 1\n---\nb: !!int x\n', 3, 4, 'not what its tag says'],
    ['NUL', 'a: 1\n---\nb: \0\n', 3, 4, 'NUL byte'],
    ['a reserved character', 'a: 1\n---\nb: @x\n', 3, 4, ''],
    ['a bomb', `a: 1\n---\nb: &b [${'x,'.repeat(200)}]\nc: [${'*b,'.repeat(600)}]\n`, 4, 1497, 'aliases repeat'],
  ])('%s: the place is right, and the other documents are read', (_, text, line, column, fault) => {
    const documents = [...readYaml(text, 'kubernetes')];
    const [first, broken, third] = documents;
    expect(first).toMatchObject({ value: expect.anything() });
    if (text.split('---').length > 2) expect(third).toMatchObject({ value: expect.anything() });
    if (broken === undefined || !('fault' in broken)) throw new Error('it is not broken');
    expect(broken.fault).toContain(fault);
    const before = text.slice(0, broken.at).split('\n');
    expect([before.length, (before.at(-1)?.length ?? 0) + 1]).toEqual([line, column]);
  });

  // js-yaml's reasons quote names of anchors and tags. An unquoted password may begin with either sign.
  test.each([
    '*s3cretW0rd',
    '!s3cretW0rd^',
    '!s3cretW0rd!x',
    '!s3cret!W0rd!x',
    '!<s3cretW0rd',
    '&s3cretW0rd &x y',
    '%s3cretW0rd',
    '`s3cretW0rd',
    '[s3cretW0rd',
    '"s3cretW0rd',
    '!!int s3cretW0rd',
    '{? s3cretW0rd : : }',
  ])('no fault quotes %j', (value) => {
    for (const text of [`password: ${value}`, `- ${value}`, `${value}: 1`, `%TAG ${value} x\n%TAG ${value} x\n---\na: 1`]) {
      for (const document of readYaml(text, 'kubernetes')) if ('fault' in document) expect(document.fault).not.toMatch(/s3cret|W0rd/);
    }
  });

  test('a million lines of nothing, of separators and of openings end soon', () => {
    for (const text of [
      '\n'.repeat(1e6),
      '---\n'.repeat(250_000),
      '...\n'.repeat(250_000),
      '#\n'.repeat(5e5),
      '-'.repeat(1e6),
      '{'.repeat(1e6),
      '"'.repeat(1e6),
      '%\n'.repeat(1e5),
      ': '.repeat(1e5),
      '&a '.repeat(3e5),
    ]) {
      expect(read(text).length).toBeLessThanOrEqual(1);
    }
  });
});
