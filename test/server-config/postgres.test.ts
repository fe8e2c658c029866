import { describe, expect, test } from 'vitest';
import { contains, parseAddress, parseRange } from '../../src/server-config/address-range.ts';
import { readHba } from '../../src/server-config/pg-hba.ts';
import { readIdent } from '../../src/server-config/pg-ident.ts';
import { readPgbouncerIni } from '../../src/server-config/pgbouncer-ini.ts';
import { readPostgresArguments } from '../../src/server-config/postgres-arguments.ts';
import { readPostgresConf } from '../../src/server-config/postgres-conf.ts';
import { parsePostgresBool, parsePostgresInteger, parsePostgresTime } from '../../src/server-config/postgres-values.ts';

describe('postgresql.conf', () => {
  test.each<[string, [string, string] | 'fault' | undefined]>([
    ["a = 'b'", ['a', 'b']],
    ['a b', ['a', 'b']],
    ['a=1', ['a', '1']],
    ['  A\t=\t1 # c', ['a', '1']],
    ["a = 'it''s \\'so\\' \\x \\101'", ['a', "it's 'so' x A"]],
    ["a = ''", ['a', '']],
    ['a = 5min', ['a', '5min']],
    ['a = -1', ['a', '-1']],
    ['a = 0.5', ['a', '0.5']],
    ['a = 1e', ['a', '1e']],
    ['a = scram-sha-256', ['a', 'scram-sha-256']],
    ['x.y = z', ['x.y', 'z']],
    ['a = b.c', 'fault'],
    ['a = *', 'fault'],
    ['a = 127.0.0.1', 'fault'],
    ["a = 'b", 'fault'],
    ["a = 'b' c", 'fault'],
    ['a =', 'fault'],
    ['= b', 'fault'],
    ['# a = b', undefined],
    ['', undefined],
    ["a = 'b'\r", ['a', 'b']],
  ])('%j', (line, expected) => {
    const { settings, faults } = readPostgresConf(line);
    expect(faults.length > 0 ? 'fault' : settings.map(({ name, value }) => [name, value])[0]).toEqual(expected);
  });

  test.each<[string, boolean | undefined]>([
    ['on', true],
    ['TRUE', true],
    ['t', true],
    ['ye', true],
    ['1', true],
    ['off', false],
    ['of', false],
    ['f', false],
    ['n', false],
    ['0', false],
    ['o', undefined],
    ['', undefined],
    ['enabled', undefined],
  ])('true or false: %j', (text, expected) => {
    expect(parsePostgresBool(text)).toBe(expected);
  });

  test.each<[string, number | undefined]>([
    ['0', 0],
    ['5000', 5000],
    ['30s', 30_000],
    ['30 s', 30_000],
    ['1min', 60_000],
    ['1.5h', 5_400_000],
    ['100us', 0],
    ['1d', 86_400_000],
    ['-1', -1],
    ['30S', undefined],
    ['30 seconds', undefined],
    ['', undefined],
  ])('time: %j', (text, expected) => {
    expect(parsePostgresTime(text)).toBe(expected);
  });

  test('numbers', () => {
    expect(['100', '0x10', '1.4', 'many'].map(parsePostgresInteger)).toEqual([100, 16, 1, undefined]);
  });
});

describe('arguments of postgres', () => {
  const read = (...words: string[]) => readPostgresArguments(words).settings.map(({ name, value, index }) => `${name}=${value}@${index}`);

  test.each<[string[], string[]]>([
    [['-c', 'ssl=on'], ['ssl=on@1']],
    [['-cssl=on'], ['ssl=on@0']],
    [['--ssl=on'], ['ssl=on@0']],
    [['--listen-addresses=*'], ['listen_addresses=*@0']],
    [
      ['-p', '5433', '-h', 'localhost'],
      ['port=5433@1', 'listen_addresses=localhost@3'],
    ],
    [['-p5433'], ['port=5433@0']],
    [['-il'], ['listen_addresses=*@0', 'ssl=true@0']],
    [
      ['-F', '-N', '20'],
      ['fsync=false@0', 'max_connections=20@2'],
    ],
    [['-c', 'a=b=c'], ['a=b=c@1']],
    [['-d', '5', '-c', 'a=b'], ['a=b@3']],
  ])('%j', (words, settings) => {
    expect(read(...words)).toEqual(settings);
  });

  test.each<[string[], string]>([
    [['-c', 'ssl'], 'it is not of the form name=value'],
    [['-c'], 'it needs a value'],
    [['--ssl', '--port=1'], 'it needs a value'],
    [['ssl=on'], 'it is no option'],
    [['-X', '1'], 'it is an unknown option'],
  ])('%j is refused', (words, because) => {
    expect(readPostgresArguments(words).fault?.because).toBe(because);
  });
});

describe('pg_hba.conf', () => {
  test('fields, lists, quotes, options, lines', () => {
    const { lines, faults } = readHba('# c\nhostssl "all",app +staff,"a b" 10.0.0.0/8 ldap ldapserver="a b" # d\n\nlocal all all peer map=x\n');
    expect(faults).toEqual([]);
    expect(lines).toEqual([
      {
        type: 'hostssl',
        databases: [
          { text: 'all', isQuoted: true },
          { text: 'app', isQuoted: false },
        ],
        users: [
          { text: '+staff', isQuoted: false },
          { text: 'a b', isQuoted: true },
        ],
        address: { type: 'range', range: parseRange('10.0.0.0', '8', false) },
        method: 'ldap',
        options: { ldapserver: 'a b' },
        line: 2,
      },
      {
        type: 'local',
        databases: [{ text: 'all', isQuoted: false }],
        users: [{ text: 'all', isQuoted: false }],
        address: undefined,
        method: 'peer',
        options: { map: 'x' },
        line: 4,
      },
    ]);
  });

  test('a continued line keeps the number of its first', () => {
    expect(readHba('\nhost all \\\n all all \\\n md5\n').lines).toMatchObject([{ line: 2, method: 'md5' }]);
    expect(readHba('host all \\\n all all md5\n', undefined, 13).faults.length).toBeGreaterThan(0);
  });

  test('names from a file, and files from version 16', () => {
    const list = (path: string) => (path === 'users' ? 'a\nb, "c d" # e\n' : undefined);
    expect(readHba('host all @users all md5', list).lines).toMatchObject([{ users: [{ text: 'a' }, { text: 'b' }, { text: 'c d' }] }]);
    expect(readHba('include more.conf').lines).toEqual([{ include: 'include', path: 'more.conf', line: 1 }]);
    expect(readHba('include more.conf', undefined, 15).faults.length).toBe(1);
  });
});

describe('addresses', () => {
  test.each<[string, string, string, boolean]>([
    ['10.0.0.0', '8', '10.255.255.255', true],
    ['10.0.0.0', '8', '11.0.0.0', false],
    ['10.1.2.3', '8', '10.9.9.9', true],
    ['0.0.0.0', '0', '255.255.255.255', true],
    ['0.0.0.0', '0', '::1', false],
    ['::', '0', '2001:db8::1', true],
    ['fd00::', '8', 'fdff::1', true],
    ['fe80::1', '128', 'fe80::1', true],
    ['::ffff:10.0.0.1', '128', '::ffff:a00:1', true],
  ])('%s/%s and %s', (base, bits, address, isInside) => {
    const range = parseRange(base, bits, false);
    const parsed = parseAddress(address);
    expect(range !== undefined && parsed !== undefined && contains(range, parsed)).toBe(isInside);
  });

  test.each(['', '10.0.0', '10.0.0.256', '1:2:3', '1::2::3', 'localhost', '::g', '1:2:3:4:5:6:7:8:9', ':::'])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('masks', () => {
    expect(parseRange('10.0.0.0', '255.0.0.0', true)).toEqual(parseRange('10.0.0.0', '8', false));
    expect([parseRange('10.0.0.0', '33', false), parseRange('10.0.0.0', 'ffff::', true), parseRange('10.0.0.0', '255.0.255.0', true)]).toEqual([undefined, undefined, undefined]);
  });
});

test('pg_ident.conf', () => {
  expect(readIdent('# c\nm /^(.*)@x$ \\1\nm "a b" all\nm a\ninclude more\n')).toEqual({
    mappings: [
      { map: 'm', systemUser: '/^(.*)@x$', databaseUser: { text: '\\1', isQuoted: false }, line: 2 },
      { map: 'm', systemUser: 'a b', databaseUser: { text: 'all', isQuoted: false }, line: 3 },
    ],
    includes: [{ include: 'include', path: 'more', line: 5 }],
    faults: [{ line: 4, because: 'it names no user' }],
  });
});

test('pgbouncer.ini', () => {
  expect(readPgbouncerIni('; c\n[databases]\n* = host=db port=5432\n"a b" = host=x\n[PgBouncer]\npool_mode = transaction ; kept\n%include /etc/more.ini\nnothing\n')).toEqual({
    settings: [
      { section: 'databases', name: '*', value: 'host=db port=5432', line: 3 },
      { section: 'databases', name: 'a b', value: 'host=x', line: 4 },
      { section: 'pgbouncer', name: 'pool_mode', value: 'transaction ; kept', line: 6 },
    ],
    includes: [{ path: '/etc/more.ini', line: 7 }],
    faults: [{ line: 8, because: 'it is not of the form name = value' }],
  });
});
