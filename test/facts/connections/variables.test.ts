import { describe, expect, test } from 'vitest';
import type { Hint } from '../../../src/facts/connections/address.ts';
import { connectionsOf } from '../../../src/facts/connections/variables.ts';
import { lineOf, textsOf, tlsOf } from './support.ts';

/** What is found in an environment: the names that make each address, and the address in a line. */
function found(variables: Readonly<Record<string, string>>, hint: Hint = {}): string[] {
  return connectionsOf(textsOf(variables), hint).map(
    ({ reading, names }) => `${names.join('+')}: ${reading.kind === 'address' ? `${reading.family} ${lineOf(reading)} tls ${tlsOf(reading)}` : reading.kind}`,
  );
}

describe('parts of an address', () => {
  const rows: readonly (readonly [Readonly<Record<string, string>>, readonly string[], Hint?])[] = [
    [
      { PGHOST: 'db', PGUSER: 'app', PGPASSWORD: 'pw', PGDATABASE: 'shop', PGSSLMODE: 'require' },
      ['PGHOST+PGDATABASE+PGUSER+PGPASSWORD+PGSSLMODE: postgres db:5432 user app password true database shop tls always none'],
      { driver: 'libpq' },
    ],
    [{ PGUSER: 'app', PGPASSWORD: 'pw' }, []],
    [{ PGSERVICE: 'prod' }, ['PGSERVICE: postgres ?:? user ? password ? database ? tls ? ?']],
    // A URL that names no host leads where PGHOST says.
    [{ DATABASE_URL: 'postgres:///shop', PGHOST: 'db' }, ['DATABASE_URL: postgres db:5432 user - password false database shop tls if-offered none'], { driver: 'libpq' }],
    [
      { POSTGRES_HOST: 'db', POSTGRES_PORT: '6000', POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'pw', POSTGRES_DB: 'shop' },
      ['POSTGRES_HOST+POSTGRES_PORT+POSTGRES_USER+POSTGRES_PASSWORD+POSTGRES_DB: postgres db:6000 user app password true database shop tls ? ?'],
    ],
    // A server's own variables are no client's.
    [{ POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'pw', POSTGRES_DB: 'shop', POSTGRES_HOST_AUTH_METHOD: 'trust' }, []],
    [{ DB_HOST: 'db', DB_PORT: '5432', DB_SSLMODE: 'verify-full' }, ['DB_HOST+DB_PORT+DB_SSLMODE: postgres db:5432 user - password false database - tls always name']],
    [{ DB_HOST: 'db', DB_PORT: '3306' }, []],
    [{ DB_HOST: 'db', DB_CONNECTION: 'pgsql' }, ['DB_HOST: postgres db:5432 user - password false database - tls ? ?']],
    [{ DB_HOST: 'db', DB_CONNECTION: 'mysql', DB_PORT: '5432' }, []],
    [{ DB_HOST: 'db' }, []],
    [{ DB_HOST: 'db' }, ['DB_HOST: postgres db:5432 user - password false database - tls ? ?'], { familyOfHost: (name) => (name === 'db' ? 'postgres' : undefined) }],
    [{ DB_HOST: '/run/postgresql', DB_ENGINE: 'django.db.backends.postgresql' }, ['DB_HOST: postgres socket /run/postgresql user - password false database - tls ? ?']],
    [
      { DB_TYPE: 'postgresdb', DB_POSTGRESDB_HOST: 'db', DB_POSTGRESDB_SSL_ENABLED: 'true', DB_POSTGRESDB_SSL_REJECT_UNAUTHORIZED: 'false' },
      ['DB_POSTGRESDB_HOST+DB_POSTGRESDB_SSL_ENABLED+DB_POSTGRESDB_SSL_REJECT_UNAUTHORIZED: postgres db:5432 user - password false database - tls always none'],
    ],
    [
      { GITEA__database__DB_TYPE: 'postgres', GITEA__database__HOST: 'db:6000', GITEA__database__SSL_MODE: 'disable' },
      ['GITEA__database__HOST+GITEA__database__SSL_MODE: postgres db:6000 user - password false database - tls never none'],
    ],
    [
      { KC_DB: 'postgres', KC_DB_URL_HOST: 'db', KC_DB_URL_DATABASE: 'kc', KC_DB_USERNAME: 'app', KC_DB_URL_PROPERTIES: '?sslmode=require' },
      ['KC_DB_URL_HOST+KC_DB_USERNAME+KC_DB_URL_DATABASE+KC_DB_URL_PROPERTIES: postgres db:5432 user app password false database kc tls always none'],
    ],
    [{ PAPERLESS_DBHOST: 'db', PAPERLESS_DBENGINE: 'postgresql' }, ['PAPERLESS_DBHOST: postgres db:5432 user - password false database - tls ? ?']],
    [{ REDIS_HOST: 'r', REDIS_PASSWORD: '$(PW)', REDIS_TLS: 'true' }, ['REDIS_HOST+REDIS_PASSWORD+REDIS_TLS: redis r:6379 user - password true database - tls always ?']],
    [{ REDIS_HOST: 'r', REDIS_SCHEME: 'tls' }, ['REDIS_HOST+REDIS_SCHEME: redis r:6379 user - password false database - tls always ?']],
    [{ REDIS_HOST: 'r', REDIS_SSL: '$(X)' }, ['REDIS_HOST+REDIS_SSL: redis r:6379 user - password false database - tls ? ?']],
    [{ REDIS_HOST: 'r', REDIS_TLS: 'false' }, ['REDIS_HOST+REDIS_TLS: redis r:6379 user - password false database - tls never none']],
    [{ REDIS_HOST: '$(X)' }, ['REDIS_HOST: redis ?:6379 user - password false database - tls ? ?']],
    [{ REDIS_HOST: 'redis://r:7000' }, ['REDIS_HOST: redis r:7000 user - password false database - tls never none']],
    [{ APP_REDIS_ADDR: 'r:7000', APP_REDIS_DB: '2' }, ['APP_REDIS_ADDR+APP_REDIS_DB: redis r:7000 user - password false database 2 tls ? ?']],
    [{ REDIS_URL: 'r:7000', REDIS_SSL: 'true' }, ['REDIS_URL+REDIS_SSL: redis r:7000 user - password false database - tls always ?']],
    [{ REDIS_SENTINEL_HOSTS: 'a:1,b', REDIS_SENTINEL_MASTER: 'm' }, ['REDIS_SENTINEL_HOSTS+REDIS_SENTINEL_MASTER: redis a:1 b:26379 user - password false database - tls ? ?']],
    [{ SMTP_HOST: 'mail', HTTP_SERVER: 'x', HOSTNAME: 'pod', KUBERNETES_SERVICE_HOST: '10.0.0.1', KAFKA_SERVERS: 'k:9092', METRICS_ADDR: ':9090', REDIS_ENABLED: 'true' }, []],
    [{ MINIO_ENDPOINT: 'minio:9000', ELASTIC_NODES: 'e:9200' }, []],
  ];
  for (const [variables, expected, hint] of rows) test(JSON.stringify(variables), () => expect(found(variables, hint)).toEqual(expected));
});

describe('Spring', () => {
  test('credentials stand beside the URL', () => {
    expect(found({ SPRING_DATASOURCE_URL: 'jdbc:postgresql://db/shop', SPRING_DATASOURCE_USERNAME: 'app', SPRING_DATASOURCE_PASSWORD: '$(PW)' })).toEqual([
      'SPRING_DATASOURCE_URL+SPRING_DATASOURCE_USERNAME+SPRING_DATASOURCE_PASSWORD: postgres db:5432 user app password true database shop tls if-offered none',
    ]);
  });
  test('properties are named with dots', () => {
    expect(found({ 'spring.data.redis.host': 'r', 'spring.data.redis.port': '7000', 'spring.data.redis.ssl.enabled': 'true' })).toEqual([
      'spring.data.redis.host+spring.data.redis.port+spring.data.redis.ssl.enabled: redis r:7000 user - password false database - tls always ?',
    ]);
  });
  test('without a word about TLS there is none', () => {
    expect(found({ SPRING_DATA_REDIS_HOST: 'r' })).toEqual(['SPRING_DATA_REDIS_HOST: redis r:6379 user - password false database - tls never none']);
  });
});

test('.NET puts whole connection strings under its names', () => {
  expect(found({ ConnectionStrings__Shop: 'Host=db;Database=shop;SSL Mode=Require', ConnectionStrings__Redis: 'r:7000,abortConnect=false' })).toEqual([
    'ConnectionStrings__Shop: postgres db:5432 user - password false database shop tls always none',
    'ConnectionStrings__Redis: redis r:7000 user - password false database - tls never none',
  ]);
});

test('of a password beside a URL it is not known whether the program puts both together', () => {
  const [connection] = connectionsOf(textsOf({ REDIS_URL: 'redis://r', REDIS_PASSWORD: 'pw' }));
  expect(connection?.names).toEqual(['REDIS_URL', 'REDIS_PASSWORD']);
  expect(connection?.reading.kind === 'address' && [connection.reading.hasPassword, connection.reading.password?.length]).toEqual([undefined, 2]);
});

test('an environment holds several', () => {
  expect(
    found({ DATABASE_URL: 'postgres://a/x', REDIS_HOST: 'r', CELERY_BROKER_URL: 'redis://b', READ_DATABASE_URL: '$(X)' }, { driver: 'libpq' }).map((line) => line.split(':')[0]),
  ).toEqual(['DATABASE_URL', 'CELERY_BROKER_URL', 'READ_DATABASE_URL', 'REDIS_HOST']);
});
