import { describe, expect, test } from 'vitest';
import { applyAclRules, readAclFile } from '../../src/server-config/redis-acl.ts';
import { readRedisArguments } from '../../src/server-config/redis-arguments.ts';
import { readRedisConf } from '../../src/server-config/redis-conf.ts';
import { splitRedisWords } from '../../src/server-config/redis-words.ts';

describe('words of a line', () => {
  test.each<[string, string[] | undefined]>([
    ['a b', ['a', 'b']],
    ['  a\t b \r', ['a', 'b']],
    ['', []],
    ['a ""', ['a', '']],
    ["a ''", ['a', '']],
    ['a "b c"', ['a', 'b c']],
    ['a "b\\"c"', ['a', 'b"c']],
    ['a "b\\x41\\n\\q"', ['a', 'bA\nq']],
    ["a 'b\\'c'", ['a', "b'c"]],
    ["a 'b\\n'", ['a', 'b\\n']],
    ['a pre"fix"', ['a', 'prefix']],
    ['a "b"c', undefined],
    ['a "b', undefined],
    ["a 'b", undefined],
    ['a "\\', undefined],
  ])('%j', (line, words) => {
    expect(splitRedisWords(line)).toEqual(words);
  });
});

describe('configuration files', () => {
  test('names in lower case, with their lines', () => {
    expect(readRedisConf('# port 1\n\n  PORT 6380\r\nsave ""\nrequirepass "x\n')).toEqual({
      directives: [
        { name: 'port', values: ['6380'], line: 3 },
        { name: 'save', values: [''], line: 4 },
      ],
      faults: [{ line: 5, because: 'the quotes are not balanced' }],
    });
  });
});

describe('arguments', () => {
  const read = (words: string[], isModern?: boolean) => readRedisArguments(words, isModern).options.map(({ name, values }) => [name, ...values].join(' '));

  test.each<[string[], string[]]>([
    [['--port', '1'], ['port 1']],
    [['--port 1'], ['port 1']],
    [['/etc/redis.conf', '--port', '1'], ['port 1']],
    [
      ['--save', '60', '1', '--port', '1'],
      ['save 60 1', 'port 1'],
    ],
    [
      ['--save', '--port', '1'],
      ['save ', 'port 1'],
    ],
    [
      ['--port', '1', '--save'],
      ['port 1', 'save '],
    ],
    [['--requirepass', '--port'], ['requirepass --port']],
    [['--sentinel', '--port', '1'], ['port 1']],
    [['--port', '1', '-'], ['port 1']],
  ])('%j', (words, options) => {
    expect(read(words)).toEqual(options);
  });

  test('before 7, every word with two dashes began an option', () => {
    expect(read(['--requirepass', '--port', '1'], false)).toEqual(['requirepass', 'port 1']);
  });

  test('file, standard input, sentinel and what is neither', () => {
    expect(readRedisArguments(['redis.conf', '-'])).toMatchObject({ file: { path: 'redis.conf', index: 0 }, readsStandardInput: true });
    expect(readRedisArguments(['-'])).toMatchObject({ file: undefined, readsStandardInput: true });
    expect(readRedisArguments(['s.conf', '--sentinel'])).toMatchObject({ isSentinel: true, options: [] });
    expect(readRedisArguments(['-p', '1']).fault).toEqual({ index: 0, because: 'it is neither a file nor an option' });
  });
});

describe('ACL users', () => {
  test.each<[string, Partial<ReturnType<typeof applyAclRules>>]>([
    ['', { isEnabled: false, hasNoPass: false, hasAllKeys: false, hasAllCommands: false }],
    ['on nopass ~* &* +@all', { isEnabled: true, hasNoPass: true, hasAllKeys: true, hasAllChannels: true, hasAllCommands: true, mayDoMoreThanPing: true }],
    ['on allkeys allchannels allcommands', { hasAllKeys: true, hasAllChannels: true, hasAllCommands: true }],
    ['on nopass >x', { hasNoPass: false, passwordCount: 1 }],
    ['on >x nopass', { hasNoPass: true, passwordCount: 0 }],
    ['on >x <x', { passwordCount: 0 }],
    ['on +@all -@dangerous', { hasAllCommands: false }],
    ['on -@dangerous +@all', { hasAllCommands: true }],
    ['on ~* resetkeys', { hasAllKeys: false }],
    ['on +ping +echo', { mayDoMoreThanPing: false }],
    ['on +ping (+get ~a:*)', { mayDoMoreThanPing: true, hasAllKeys: false }],
    ['on (+@all ~*)', { hasAllCommands: true, hasAllKeys: true }],
    ['on (+@all ~*) clearselectors', { hasAllCommands: false }],
    ['on nopass +@all reset', { isEnabled: false, hasNoPass: false, hasAllCommands: false }],
  ])('%s', (rules, expected) => {
    expect(
      applyAclRules(
        'app',
        rules.split(' ').filter((rule) => rule !== ''),
      ),
    ).toMatchObject(expected);
  });

  test.each<[string, string, boolean]>([
    ['+@all -@dangerous', 'config', false],
    ['+@all -@dangerous', 'get', true],
    ['+@all -config', 'config', false],
    ['+@all -config +config|get', 'config', true],
    ['+@read', 'config', false],
    ['-@all +@admin', 'config', true],
    ['-@all +@admin -@all +get', 'config', false],
    ['+FLUSHALL', 'flushall', true],
    ['+@write', 'flushall', true],
  ])('%s: %s', (rules, command, may) => {
    expect(applyAclRules('app', rules.split(' ')).mayRun(command)).toBe(may);
  });

  test('files: no comments, no quotes', () => {
    expect(readAclFile('user a on\n\n  user  b off \n# user c on\nb on\n')).toEqual({
      lines: [
        { name: 'a', rules: ['on'], line: 1 },
        { name: 'b', rules: ['off'], line: 3 },
      ],
      faults: [
        { line: 4, because: 'it does not begin with "user" and a name' },
        { line: 5, because: 'it does not begin with "user" and a name' },
      ],
    });
  });
});
