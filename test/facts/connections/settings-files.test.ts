import { describe, expect, test } from 'vitest';
import { fillPlaceholders, readSettings, settingsInForce } from '../../../src/facts/connections/settings-files.ts';
import { knownText, readable } from '../../../src/facts/connections/text.ts';
import { connectionsOf } from '../../../src/facts/connections/variables.ts';
import { lineOf, textsOf, tlsOf } from './support.ts';

function settings(path: string, lines: readonly string[], variables: Readonly<Record<string, string>> = {}): Record<string, string> | undefined {
  const file = readSettings(path, lines.join('\n'), textsOf(variables));
  return file === undefined ? undefined : Object.fromEntries([...file.settings].map(([name, { text, line }]) => [name, `${line}: ${text}`]));
}

function connections(path: string, lines: readonly string[], variables: Readonly<Record<string, string>> = {}): string[] {
  const file = readSettings(path, lines.join('\n'), textsOf(variables));
  if (file === undefined) return [];
  return connectionsOf(settingsInForce(file, textsOf(variables))).map(
    ({ reading, names }) => `${names[0]}: ${reading.kind === 'address' ? `${lineOf(reading)} tls ${tlsOf(reading)}` : reading.kind}`,
  );
}

describe('Spring', () => {
  const yaml = [
    'spring:',
    '  datasource:',
    '    url: jdbc:postgresql://${DB_HOST:db}:5432/shop?sslmode=require',
    '    username: app',
    '    password: ${DB_PASSWORD}',
    '  data:',
    '    redis:',
    '      host: r',
    '      ssl:',
    '        enabled: true',
  ];

  test('keys below each other make a name, and have their lines', () => {
    expect(settings('/config/application.yml', yaml)).toEqual({
      'spring.datasource.url': '3: jdbc:postgresql://${DB_HOST:db}:5432/shop?sslmode=require',
      'spring.datasource.username': '4: app',
      'spring.datasource.password': '5: ${DB_PASSWORD}',
      'spring.data.redis.host': '8: r',
      'spring.data.redis.ssl.enabled': '10: true',
    });
  });

  test('placeholders have defaults, and what has none was not seen', () => {
    expect(connections('application.yaml', yaml)).toEqual([
      'spring.datasource.url: db:5432 user app password true database shop tls always none',
      'spring.data.redis.host: r:6379 user - password false database - tls always ?',
    ]);
  });

  test('the environment fills them, and beats the file', () => {
    expect(connections('application.yml', yaml, { DB_HOST: 'other', SPRING_DATA_REDIS_HOST: 'cache' })).toEqual([
      'spring.datasource.url: other:5432 user app password true database shop tls always none',
      'SPRING_DATA_REDIS_HOST: cache:6379 user - password false database - tls always ?',
    ]);
  });

  test('a document for a profile counts where that is active', () => {
    const lines = ['spring.data.redis.host: dev', '---', 'spring.config.activate.on-profile: prod', 'spring.data.redis.host: prod'];
    expect(settings('application.yml', lines, { SPRING_PROFILES_ACTIVE: 'cloud' })?.['spring.data.redis.host']).toBe('1: dev');
    expect(settings('application.yml', lines, { SPRING_PROFILES_ACTIVE: 'cloud,prod' })?.['spring.data.redis.host']).toBe('4: prod');
    expect(settings('application-prod.yml', ['a: b'], { SPRING_PROFILES_ACTIVE: 'dev' })).toBeUndefined();
    expect(settings('application-prod.yml', ['a: b'])).toEqual({ a: '1: b' });
  });

  test('where nobody says which profile is active, what one for production sets is not known', () => {
    const url = 'spring.datasource.url: jdbc:postgresql://db/shop';
    const withProfile = (name: string) => [`${url}?sslmode=verify-full`, '---', `spring.config.activate.on-profile: ${name}`, `${url}?sslmode=disable`];
    expect(connections('application.yml', withProfile('dev'))).toEqual(connections('application.yml', [`${url}?sslmode=verify-full`]));
    expect(connections('application.yml', withProfile('prod'))).toEqual(['spring.datasource.url: db:5432 user - password false database shop tls ? ?']);
    expect(connections('application.yml', withProfile('prod'), { SPRING_PROFILES_ACTIVE: 'prod' })).toEqual(connections('application.yml', [`${url}?sslmode=disable`]));
  });

  test('properties have comments, continued lines and escapes', () => {
    expect(settings('application.properties', ['# no', '! no', 'a=1', 'b : 2', 'c 3', 'd = x\\', '   y', 'e\\:f=\\u0041\\t', 'g', '#---', 'a=4'])).toEqual({
      a: '11: 4',
      b: '4: 2',
      c: '5: 3',
      d: '6: xy',
      'e:f': '8: A\t',
      g: '9: ',
    });
  });

  test('a list of nodes is one setting', () => {
    expect(connections('application.yml', ['spring:', '  data:', '    redis:', '      cluster:', '        nodes: [a:7000, b:7001]'])).toEqual([
      'spring.data.redis.cluster.nodes: a:7000 b:7001 user - password false database - tls never none',
    ]);
  });

  test('words have quotes and comments; what is written otherwise is there and not seen', () => {
    const lines = [
      'a: "x # y\\n"',
      "b: 'it''s' # no",
      'c: x # no',
      'd: x#y',
      'e: |',
      '  f: not a key',
      'g: *alias',
      'h: {i: j}',
      'k:',
      '  - one',
      '  - "two"',
      'l: ~',
      '"m n": o',
      '# p: q',
    ];
    expect(settings('application.yml', lines)).toEqual({
      a: '1: x # y\n',
      b: "2: it's",
      c: '3: x',
      d: '4: x#y',
      e: '5: ',
      g: '7: ',
      h: '8: ',
      k: '9: one,two',
      l: '12: ',
      'm n': '13: o',
    });
    expect(connections('application.yml', ['redis:', '  host: |', '    r', '  port: *port'])).toEqual(['redis.host: ?:? user - password false database - tls ? ?']);
  });

  test('a template that is no YAML before it is filled in does no harm', () => {
    expect(settings('application.yml', ['{{- if x }}', 'a: [', 'b', 'c: d'])).toEqual({ a: '2: ', c: '4: d' });
  });
});

test('.NET names what stands below with colons', () => {
  const lines = ['{', '  "ConnectionStrings": {', '    "Shop": "Host=db;Database=shop;SSL Mode=VerifyFull",', '    "Redis": "r:7000,ssl=true"', '  }', '}'];
  expect(settings('appsettings.Production.json', lines)).toEqual({
    'ConnectionStrings:Shop': '3: Host=db;Database=shop;SSL Mode=VerifyFull',
    'ConnectionStrings:Redis': '4: r:7000,ssl=true',
  });
  expect(connections('appsettings.json', lines)).toEqual([
    'ConnectionStrings:Shop: db:5432 user - password false database shop tls always name',
    'ConnectionStrings:Redis: r:7000 user - password false database - tls always name',
  ]);
});

describe('.env', () => {
  test('has quotes, comments, exports and lines that go on', () => {
    expect(settings('/app/.env', ['# no', 'A=1 # one', 'export B = two', "C='a #${X}'", 'D="x', 'y\\n"', 'E=', 'F=a#b', 'not a setting', 'A=3', 'G: yaml'])).toEqual({
      A: '10: 3',
      B: '3: two',
      C: '4: a #${X}',
      D: '5: x\ny\n',
      E: '7: ',
      F: '8: a#b',
      G: '11: yaml',
    });
  });

  test('refers to what stands in it and around it', () => {
    expect(connections('.env.production', ['DB_NAME=shop', 'DATABASE_URL=postgres://app:${PW}@${HOST:-db}/${DB_NAME}?sslmode=require'], { HOST: 'other' })).toEqual([
      'DATABASE_URL: other:5432 user app password true database shop tls always none',
    ]);
  });
});

describe('placeholders', () => {
  for (const [text, sign, filled] of [
    ['${A}-${B}', ':', 'one-$(B)'],
    ['${B:two}', ':', 'two'],
    ['${B:}', ':', ''],
    ['${B:-two}', ':', '-two'],
    ['${B:-two}', ':-', 'two'],
    ['${B:jdbc:postgresql://h/x}', ':', 'jdbc:postgresql://h/x'],
    ['$A ${', ':', '$A ${'],
  ] as const) {
    test(`${text} with ${sign}`, () => expect(readable(fillPlaceholders(text, sign, (name) => (name === 'A' ? knownText('one') : undefined)))).toBe(filled));
  }
});

test('other files are none of settings', () => {
  for (const path of ['/etc/nginx/nginx.conf', 'values.yaml', 'package.json', 'env', 'application.xml']) expect(settings(path, ['a: b'])).toBeUndefined();
});

describe('appsettings.json as .NET takes it', () => {
  test('comments, and a comma behind the last entry', () => {
    const lines = ['// our settings', '{"ConnectionStrings": {', '  /* the', '     shop "s */', '  "Shop": "Host=db;Note=//x, }", // one', '  "List": [1, 2,],', '},}'];
    expect(settings('/app/appsettings.json', lines)).toEqual({ 'ConnectionStrings:Shop': '5: Host=db;Note=//x, }', 'ConnectionStrings:List': '6: 1,2' });
    expect(settings('/app/appsettings.json', ['{"A": ,}'])).toBeUndefined();
  });

  test.each([
    ['many lines', `${'\n'.repeat(90_000)}{${Array.from({ length: 3500 }, (_, index) => `"k${index}":{"b":{"c":1}}`).join(',')}}`],
    ['comments without an end', `{${'/* a'.repeat(45_000)}`],
    ['a word without an end', `{"${'\\"'.repeat(90_000)}`],
    ['commas', `{${',  '.repeat(60_000)}`],
  ])('does not take long over %s', (name, text) => {
    expect(settings('/app/appsettings.json', [text]) === undefined).toBe(name !== 'many lines');
  });
});
