import { describe, expect, test } from 'vitest';
import type { DriverId } from '../../../src/facts/connections/drivers.ts';
import { parseConnection } from '../../../src/facts/connections/parse.ts';
import { knownText } from '../../../src/facts/connections/text.ts';
import { Sealed } from '../../../src/sealed.ts';
import { lineOf, read, refusalOf, text, textsOf } from './support.ts';

const DB = 'db:5432 user app password true database shop';

describe('the same address in every dialect', () => {
  for (const written of [
    'postgres://app:pw@db/shop',
    'postgresql://app:pw@db:5432/shop?sslmode=require',
    'postgres://db?user=app&password=pw&dbname=shop',
    'host=db user=app password=pw dbname=shop',
    "dbname = 'shop' host='db'\nport=5432 user=app password='p w'",
    'pgsql:host=db;port=5432;dbname=shop;user=app;password=pw',
    'pg://app:pw@db/shop',
    'postgresql+psycopg2://app:pw@db/shop',
    'db+postgresql://app:pw@db/shop',
    'db+postgresql+psycopg2://app:pw@db/shop',
    'postgresql+asyncpg://app:pw@db:5432/shop?ssl=require',
    'postgis://app:pw@db/shop',
    'pgx5://app:pw@db/shop',
    'jdbc:postgresql://db/shop?user=app&password=pw',
    'jdbc:aws-wrapper:postgresql://db:5432/shop?user=app&password=pw',
    'r2dbc:postgresql://app:pw@db:5432/shop',
    'r2dbc:pool:postgresql://app:pw@db:5432/shop',
    'ecto://app:pw@db:5432/shop',
    'Host=db;Username=app;Password=pw;Database=shop',
    'Server=db;Port=5432;User Id=app;Pwd="p;w";DB=shop',
  ]) {
    test(written, () => expect(lineOf(read(written))).toBe(DB));
  }
});

describe('libpq', () => {
  for (const [written, line] of [
    ['postgres://', 'socket ? user - password false database -'],
    ['postgres:///shop', 'socket ? user - password false database shop'],
    ['postgres://a,b:5433,[::1]:5434/x', 'a:5432 b:5433 ::1:5434 user - password false database x'],
    ['postgres://a,b/x?port=6000', 'a:6000 b:6000 user - password false database x'],
    ['postgres://%2Fvar%2Frun/x', 'socket /var/run user - password false database x'],
    ['postgres:///x?host=/tmp', 'socket /tmp user - password false database x'],
    ['postgres://first/x?host=second&host=third', 'third:5432 user - password false database x'],
    ['postgres://us%65r:p%40ss@h/x', 'h:5432 user user password true database x'],
    ['host=@abstract', 'socket @abstract user - password false database -'],
    ["user='it\\'s' host=h", "h:5432 user it's password false database -"],
    ['user=a\\ b host=h', 'h:5432 user a b password false database -'],
    ['hostaddr=10.0.0.1', '10.0.0.1:5432 user - password false database -'],
  ] as const) {
    test(written, () => expect(lineOf(read(written, { driver: 'libpq', isConnection: true }))).toBe(line));
  }

  for (const written of [
    'postgres://h?x',
    'postgres://h?a=b=c',
    'postgres://h?sslmode=a b',
    'postgres://h%zz',
    'postgres://h%00',
    'postgres://[::1',
    'postgres://[]',
    'postgres://[::1]x',
    'postgres://h?SSLMODE=require',
    'postgre://h',
    'host',
    "host='x",
    'ssl_mode=require',
  ]) {
    test(`refuses ${written}`, () => expect(refusalOf(written, { driver: 'libpq', isConnection: true })).toBeDefined());
  }

  test('a text that is split wrongly by a password gives nothing away', () => {
    for (const written of ['postgres://u:hunter/two@db/x', 'postgres://u:hun@ter@db/x', 'redis://:hun#ter@db', 'redis://:hun?ter@db']) {
      const address = read(written);
      expect(address.hosts).toBeUndefined();
      expect(JSON.stringify(address)).not.toMatch(/hun|ter@|two/);
    }
  });

  test('what libpq refuses may be taken by another of those that it may be', () => {
    const address = read('postgres://app@db/shop?pool&sslmode=require');
    expect([address.dialect, address.tls.drivers]).toEqual(['node-postgres', ['node-postgres']]);
  });
});

describe('variables and services stand in for what the text leaves out', () => {
  const variables = textsOf({ PGHOST: 'db', PGPORT: '6000', PGUSER: 'app', PGPASSWORD: 'pw', PGDATABASE: 'shop' });

  test('the text comes first', () => expect(lineOf(read('postgres://u@h/x', { driver: 'libpq', variables }))).toBe('h:6000 user u password true database x'));
  test('then the environment', () => expect(lineOf(read('postgres://', { driver: 'libpq', variables }))).toBe('db:6000 user app password true database shop'));
  test('of a driver that looks there', () => expect(lineOf(read('jdbc:postgresql:x', { driver: 'pgjdbc', variables }))).toBe('localhost:5432 user - password false database x'));

  const serviceFile = knownText('# production\n[other]\nhost=no\n[prod]\nhost=db\nport=7000\nhost=ignored\nsslmode=verify-full\n[prod]\nuser=no\n');
  test('a service comes before the environment', () => {
    const address = read('service=prod dbname=x', { driver: 'libpq', variables, serviceFile, isConnection: true });
    expect(lineOf(address)).toBe('db:7000 user app password true database x');
    expect(address.tls.verification).toBe('name');
  });
  test('a service that is not there refuses the connection', () => expect(refusalOf('service=none', { driver: 'libpq', serviceFile, isConnection: true })).toBeDefined());
  test('of a service that was not seen nothing is known but what stands beside it', () => {
    const address = read('host=h service=prod', { driver: 'libpq', isConnection: true });
    expect(lineOf(address)).toBe('h:? user ? password ? database ?');
    expect(address.tls.encryption).toBeUndefined();
  });
});

describe('pieces that were not seen', () => {
  for (const [written, line] of [
    ['postgres://$(U):$(PW)@$(H):$(P)/$(DB_NAME)', '?:? user ? password true database ?'],
    ['postgres://app:$(PW)@db.$(NS).svc:5432/shop', '?:5432 user app password true database shop'],
    ['postgres://app:pre$(PW)@db/shop', DB],
    ['jdbc:postgresql://$(H):5432/shop?user=app&password=$(PW)', '?:5432 user app password true database shop'],
    ['jdbc:postgresql://db:$(P)/shop', 'db:? user - password false database shop'],
    ['postgresql+asyncpg://app:$(PW)@db:$(P)/shop', 'db:? user app password true database shop'],
    ['pg://app:$(PW)@db:$(P)/$(N)', 'db:? user app password true database ?'],
    ['host=$(H) user=app password=$(PW) dbname=shop', '?:5432 user app password true database shop'],
    ['Host=db;Username=app;Password=$(PW);Database=$(N)', 'db:5432 user app password true database ?'],
  ] as const) {
    test(written, () => expect(lineOf(read(written))).toBe(line));
  }

  test('what is known of a host can still be told', () => {
    const [host] = read('postgres://app@db.$(NS).svc/x').hosts ?? [];
    expect(host?.text.marked.startsWith('db.')).toBe(true);
    expect([host?.isSocket, host?.text.unknowns[0]?.name]).toEqual([false, 'NS']);
  });

  for (const [written, hasAll] of [
    ['postgres://db/$(DB_NAME)', true],
    ['postgres://db/app_$(STAGE)', true],
    ['postgres://db/app$(SUFFIX)', false],
    ['postgres://db/$(DB_PARAMS)', false],
    ['postgres://db/shop?$(EXTRA)', false],
    ['postgres://$(DB_HOST)', true],
    ['postgres://$(DB_ENDPOINT)', false],
    ['postgres://db:$(DB_PORT)', true],
    ['host=db dbname=shop $(EXTRA)', false],
    ['Host=db;Database=shop;$(EXTRA)', false],
  ] as const) {
    test(`${written} ${hasAll ? 'brings no' : 'may bring'} parameters`, () => {
      const address = read(written);
      expect(address.hasAllParameters).toBe(hasAll);
      if (!hasAll) expect(address.tls.encryption).toBeUndefined();
    });
  }

  test('a parameter behind the unknown one counts all the same, for the last one wins', () => {
    expect(read('postgres://db/x?$(EXTRA)&sslmode=require', { driver: 'libpq' }).tls.encryption).toBe('always');
    expect(read('postgres://db/x?sslmode=require&$(EXTRA)', { driver: 'libpq' }).tls.encryption).toBeUndefined();
  });

  test('of a whole text its name tells what it is', () => {
    const kinds = ['DATABASE_URL', 'POSTGRES_URL', 'APP_PG_DSN', 'REDIS_URL', 'CELERY_BROKER_URL', 'HOMEPAGE', 'HOMEPAGE_URL'].map((variableName) => {
      const reading = parseConnection(text('$(X)'), { variableName });
      return reading === undefined ? 'nothing' : reading.kind === 'unseen' ? (reading.family ?? 'some') : reading.kind;
    });
    expect(kinds).toEqual(['some', 'postgres', 'postgres', 'redis', 'some', 'nothing', 'nothing']);
  });
});

describe('passwords', () => {
  for (const written of [
    'postgres://u:p%40ss@h/x',
    'host=h user=u password=p@ss',
    'jdbc:postgresql://h/x?password=p%40ss',
    'Host=h;Database=x;Password=p@ss',
    'postgresql+psycopg2://u:p%40ss@h/x',
  ]) {
    test(`${written} holds the one that is meant`, () => expect(read(written).password?.equals(new Sealed('p@ss'))).toBe(true));
  }

  test('one that is sealed stays the one it is', () => {
    const sealed = new Sealed('hunter2');
    const reading = parseConnection({ marked: 'postgres://u:\uE000@h/x', unknowns: [{ name: 'PW', why: 'a secret', sealed }] });
    expect(reading?.kind === 'address' && reading.password).toBe(sealed);
  });
});

test('a parameter that looks like sslmode is named', () => {
  expect(read('postgres://h/x?SSLMODE=require').problems.map(({ kind, about }) => [kind, about])).toEqual([['misspelt', 'SSLMODE']]);
  expect(read('postgres://h/x?SSLMODE=require').tls.encryption).toBe('never');
  expect(read('postgres://h/x?sslmode=require').problems).toEqual([]);
});

test('blanks around a text are none of it', () => {
  expect(lineOf(read(' postgres://app:pw@db/shop\n'))).toBe(DB);
});

describe('what is none', () => {
  for (const written of [
    'host=rabbit;virtualHost=x;username=u;password=p',
    'a,ssl=true',
    'kafka:9092,ssl=true,password=x',
    '',
    'postgres',
    'https://db:5432/x',
    'mysql://u@h/x',
    'jdbc:mysql://h/x',
    'r2dbc:mysql://h/x',
    'postgresql.conf',
    'a=b',
    'key: value',
    'Server=sql;Database=x;User Id=sa;Password=y;Encrypt=true',
    'Host=h;Port=3306;Database=x',
    'ecto://u@h:3306/x',
    'unix:///var/run/docker.sock',
    'tcp://h:6379',
  ]) {
    test(`"${written}"`, () => expect(parseConnection(text(written))).toBeUndefined());
  }
});

describe('who knows which driver', () => {
  for (const [written, drivers] of [
    ['postgresql+asyncpg://h/x', ['sqlalchemy-asyncpg']],
    ['postgresql+pg8000://h/x', ['pg8000']],
    ['postgresql+psycopg://h/x', ['libpq']],
    ['jdbc:postgresql://h/x', ['pgjdbc']],
    ['r2dbc:postgresql://h/x', ['r2dbc-postgresql']],
    ['postgres://h/x?schema=public', ['prisma']],
    ['postgres://h/x?uselibpqcompat=true', ['node-postgres']],
    ['postgres://h/x?pool_max_conns=3', ['pgx']],
  ] as const) {
    test(written, () => expect(read(written).tls.drivers).toEqual(drivers));
  }

  test('the scheme is nearer to the text than an image is', () => {
    expect(read('postgresql+asyncpg://h/x', { driver: 'libpq' }).tls.drivers).toEqual(['sqlalchemy-asyncpg']);
    const drivers = ['libpq', 'node-postgres', 'pgx'] satisfies DriverId[];
    for (const driver of drivers) expect(read('postgres://h/x', { driver }).tls.drivers).toEqual([driver]);
    expect(read('postgres://h/x', { driver: 'ioredis' }).tls.drivers.length).toBeGreaterThan(1);
  });
});
