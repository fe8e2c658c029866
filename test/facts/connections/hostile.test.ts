import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { DriverId } from '../../../src/facts/connections/drivers.ts';
import { parseConnection } from '../../../src/facts/connections/parse.ts';
import { knownText, unknownText } from '../../../src/facts/connections/text.ts';
import { connectionsOf } from '../../../src/facts/connections/variables.ts';
import { randomNumbers } from '../../random.ts';
import { text } from './support.ts';

const DRIVERS: readonly (DriverId | undefined)[] = [
  undefined,
  'libpq',
  'node-postgres',
  'postgres.js',
  'pgjdbc',
  'npgsql',
  'asyncpg',
  'sqlalchemy-asyncpg',
  'pgx',
  'redis-py',
  'ioredis',
  'node-redis',
  'lettuce',
  'go-redis',
  'stackexchange',
];
const SCHEMES = [
  'postgres://',
  'pg://',
  'jdbc:postgresql://',
  'postgresql+asyncpg://',
  'pgsql:host=',
  'redis://',
  'rediss-sentinel://',
  'unix://',
  'Host=',
  'host=',
  'socket:',
  '',
];

const PIECES = [
  '@',
  ':',
  '/',
  '?',
  '#',
  '&',
  '=',
  '%',
  '%41',
  '%zz',
  '%00',
  '%EE%80%80',
  '[',
  ']',
  ',',
  ';',
  ' ',
  "'",
  '"',
  '\\',
  '$(X)',
  '\uE000',
  '\u0000',
  '\uD800',
  'é',
  'host',
  '5432',
  'sslmode',
  'require',
  'user',
  'a',
  '__proto__',
  'constructor',
  '\n',
];

test('no text makes a reader fail', () => {
  const random = randomNumbers(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  for (let round = 0; round < 6000; round++) {
    const written = pick(SCHEMES) + Array.from({ length: Math.floor(random() * 14) }, () => pick(PIECES)).join('');
    const hint = { driver: pick(DRIVERS), isConnection: random() < 0.5, variableName: pick(['X', 'REDIS_URL', 'DATABASE_URL']) };
    expect(() => JSON.stringify(parseConnection(random() < 0.5 ? text(written) : knownText(written), hint))).not.toThrow();
  }
});

describe('long texts are read in no time', () => {
  const size = 9000;
  const rows: readonly string[] = ['@', ':', '/', '?a=b&', '%41', ',', '[', ' ', ';', "'", '\\', 'a=', '#', '$(', '_', 'a.', 'A_', '::', '1,', '\uE000'];
  for (const piece of rows) {
    test(`many of ${JSON.stringify(piece)}`, () => {
      const body = piece.repeat(Math.ceil(size / piece.length));
      for (const scheme of SCHEMES) {
        for (const driver of DRIVERS) parseConnection(knownText(scheme + body), { driver, isConnection: driver !== undefined });
      }
    });
  }

  test('names of variables', () => {
    const long = 'A_'.repeat(2000);
    connectionsOf(new Map([`${long}HOST`, `${'REDIS'.repeat(2000)}_HOST`, `${'_'.repeat(4000)}HOST`, `aB${'aB'.repeat(4000)}`].map((name) => [name, knownText('db')])));
  });
});

describe('no field tells a password', () => {
  const passwords = Array.from({ length: 200 }, (_, index) => randomBytes(9).toString('base64url') + (index % 3 === 0 ? '@/?#:%&=+ ' : index % 3 === 1 ? 'é\'"' : ''));
  const places: readonly ((password: string) => string)[] = [
    (password) => `postgres://app:${encodeURIComponent(password)}@db/shop`,
    (password) => `postgres://app:${password}@db/shop`,
    (password) => `postgres://db/shop?password=${encodeURIComponent(password)}&sslpassword=${encodeURIComponent(password)}`,
    (password) => `host=db user=app password='${password.replace(/['\\]/g, '\\$&')}'`,
    (password) => `jdbc:postgresql://db/shop?user=app&password=${encodeURIComponent(password)}`,
    (password) => `Host=db;Username=app;Password="${password.replaceAll('"', '""')}"`,
    (password) => `postgresql+psycopg2://app:${encodeURIComponent(password)}@db/shop`,
    (password) => `redis://:${encodeURIComponent(password)}@r/0`,
    (password) => `redis://:${password}@r/0`,
    (password) => `redis://${encodeURIComponent(password)}@r/0`,
    (password) => `r:6379,password=${password.replaceAll(',', '')},ssl=true`,
  ];
  test('in JSON, in a listing, or as text', () => {
    for (const password of passwords) {
      const bare = /^[\w-]+/.exec(password)?.[0] ?? '';
      for (const place of places) {
        for (const driver of DRIVERS) {
          const reading = parseConnection(knownText(place(password)), { driver, variableName: 'REDIS_URL' });
          const shown = `${JSON.stringify(reading)}${inspect(reading, { depth: 9, showHidden: true, getters: false })}`;
          if (!shown.includes(bare)) continue;
          // Whoever writes it where a driver expects a user has named it.
          expect([place('x'), driver, reading?.kind === 'address' && reading.user?.includes(bare)]).toEqual(['redis://x@r/0', driver, true]);
        }
      }
    }
  });

  test('nor do variables', () => {
    for (const password of passwords.slice(0, 40)) {
      const found = connectionsOf(
        new Map(
          Object.entries({
            DB_HOST: 'db',
            DB_PORT: '5432',
            DB_PASSWORD: password,
            REDIS_HOST: 'r',
            REDIS_AUTH: password,
            REDIS_URL: 'redis://r',
            PGHOST: 'p',
            PGPASSWORD: password,
          }).map(([name, value]) => [name, knownText(value)]),
        ),
      );
      expect(found.length).toBeGreaterThan(2);
      expect(JSON.stringify(found) + inspect(found, { depth: 9 })).not.toContain(/^[\w-]+/.exec(password)?.[0] ?? '');
    }
  });

  test('the rest of a password behind its comma is no host', () => {
    const reading = parseConnection(knownText('cache:6379,password=pa,SECRET-rest,ssl=true,other:6379'), { variableName: 'REDIS' });
    expect(JSON.stringify(reading)).not.toContain('SECRET');
    expect(reading?.kind === 'address' && reading.hosts?.map(({ name }) => name)).toEqual(['cache', 'other']);
    expect(reading?.kind === 'address' && reading.problems.map(({ about }) => about)).toEqual(['password']);
  });

  test('a piece that was not seen shows its name only', () => {
    const reading = parseConnection(unknownText({ name: 'X', why: 'a Secret holds it' }), { variableName: 'REDIS_URL' });
    expect(JSON.stringify(reading)).toBe('{"kind":"unseen","family":"redis","unknowns":[{"name":"X","why":"a Secret holds it"}]}');
  });
});
