import { load, YAML11_SCHEMA } from 'js-yaml';
import { expect, test } from 'vitest';
import { writeYaml } from '../../src/install/yaml.ts';
import type { JsonObject } from '../../src/model/json.ts';

const AWKWARD = [
  ...[
    '',
    ' ',
    'a',
    'a b',
    ' a',
    'a ',
    'a: b',
    'a:b',
    'a:',
    ':a',
    'a #b',
    '#a',
    '- a',
    '-',
    '--',
    '---',
    '...',
    '--a=b',
    '--a=b: c',
    '"a"',
    "'a'",
    '{a}',
    '[a]',
    'a,b',
    '*',
    '&a',
    '!a',
    '%a',
  ],
  ...[
    '@a',
    '`a`',
    'y',
    'Yes',
    'no',
    'ON',
    'off',
    'true',
    'False',
    'null',
    '~',
    '1',
    '1.5',
    '1e3',
    '0777',
    '0x1f',
    '1_000',
    '1:30',
    '17 3 * * *',
    '2026-01-01',
    '.inf',
    '.5',
    '=',
    '<<',
    'a\nb',
    'a\\b',
  ],
  ...[
    'ü',
    '\u0000',
    '\u2028',
    'http://a.b:9091/x',
    'a@sha256:ff',
    "x['a/b']",
    '$(A)/3',
    '/reports',
    'metadata.annotations',
    '10.0.0.1/32',
    'a::b',
    'a:/',
    '100m',
    '256Mi',
    '1m2',
    '? a',
    '| a',
    '> a',
  ],
];

test('whatever the text, it is read as what it was', () => {
  const object: JsonObject = {
    texts: AWKWARD,
    keys: Object.fromEntries(AWKWARD.map((text, index) => [text, index])),
    inLists: AWKWARD.map((text) => ({ [text]: [text], more: { [text]: text } })),
  };
  expect(load(writeYaml(object))).toEqual(object);
  expect(load(writeYaml(object), { schema: YAML11_SCHEMA })).toEqual(object);
});

test('it looks as people write it', () => {
  const object: JsonObject = {
    kind: 'Pod',
    spec: { ports: [80, 443], items: [{ name: 'a', args: ['--all'], empty: {} }, { name: 'b' }], none: [], nested: [[1], []], is: true, left: undefined },
  };
  expect(writeYaml(object)).toBe(`kind: Pod
spec:
  ports:
    - 80
    - 443
  items:
    - name: a
      args:
        - --all
      empty: {}
    - name: b
  none: []
  nested:
    - - 1
    - []
  is: true
`);
});
