import { describe, expect, test } from 'vitest';
import { parseAddress, parseRange } from '../../src/server-config/address-range.ts';
import { readHba } from '../../src/server-config/pg-hba.ts';
import { readIdent } from '../../src/server-config/pg-ident.ts';
import { readPgbouncerIni } from '../../src/server-config/pgbouncer-ini.ts';
import { readPostgresArguments } from '../../src/server-config/postgres-arguments.ts';
import { readPostgresConf } from '../../src/server-config/postgres-conf.ts';
import { parsePostgresBool, parsePostgresInteger, parsePostgresTime } from '../../src/server-config/postgres-values.ts';
import { applyAclRules, readAclFile } from '../../src/server-config/redis-acl.ts';
import { readRedisArguments } from '../../src/server-config/redis-arguments.ts';
import { readRedisConf } from '../../src/server-config/redis-conf.ts';

const READERS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['redis.conf', readRedisConf],
  ['arguments of redis-server', (text) => readRedisArguments(text.split(' '))],
  ['ACL file', readAclFile],
  ['ACL rules', (text) => applyAclRules('app', text.split(' ')).mayRun('config')],
  ['postgresql.conf', readPostgresConf],
  ['arguments of postgres', (text) => readPostgresArguments(text.split(' '))],
  ['pg_hba.conf', (text) => readHba(text, () => '@again')],
  ['pg_ident.conf', readIdent],
  ['pgbouncer.ini', readPgbouncerIni],
  ['address', (text) => [parseAddress(text), parseRange(text, text, true)]],
  ['values', (text) => [parsePostgresBool(text), parsePostgresInteger(text), parsePostgresTime(text)]],
];

describe.each(READERS)('hostile texts for %s', (_, read) => {
  test('dice never make it throw', () => {
    const pieces = [
      '"',
      "'",
      '\\',
      '\n',
      '\r',
      ' ',
      '\t',
      '#',
      '=',
      ',',
      '@',
      '/',
      ':',
      '::',
      '.',
      '-',
      '--',
      '+',
      '(',
      ')',
      '>',
      '~',
      '&',
      '%',
      'a',
      'host',
      'all',
      'user',
      'on',
      '1',
      '255',
      'include',
      '\0',
      '\ue000',
      '😀',
      '[',
      ']',
      ';',
      '$',
    ];
    let state = 99;
    for (let round = 0; round < 1000; round++) {
      let text = '';
      for (let length = round % 40; length > 0; length--) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        text += pieces[(state >>> 8) % pieces.length];
      }
      expect(() => read(text)).not.toThrow();
    }
  });

  test.each(['a', '"', "'", '\\', ' ', '\n', '#', '=', ',', '@', '(', '1', '-', ':', '0.', "''", '\\\n', '" ', 'a,', '+', 'host all all all trust\n', "a = 'b'\n", '\\"'])(
    'two hundred thousand characters of %j',
    (piece) => {
      expect(() => read(piece.repeat(Math.floor(200_000 / piece.length)))).not.toThrow();
    },
  );
});
