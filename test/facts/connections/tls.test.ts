import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from 'vitest';
import { type DriverId, driverFacts } from '../../../src/facts/connections/drivers.ts';
import { read, textsOf, tlsOf } from './support.ts';

/** What each driver asks for, as its sources say or as was seen on the wire (drivers.ts). */
const ASKS: Readonly<Partial<Record<DriverId, readonly (readonly [string, string])[]>>> = {
  libpq: [
    ['postgres://h/x', 'if-offered none'],
    ['postgres://h/x?sslmode=', 'if-offered none'],
    ['postgres://h/x?sslmode=disable', 'never none'],
    ['postgres://h/x?sslmode=allow', 'if-demanded none'],
    ['postgres://h/x?sslmode=prefer', 'if-offered none'],
    ['postgres://h/x?sslmode=require', 'always none'],
    ['postgres://h/x?sslmode=verify-ca', 'always authority'],
    ['postgres://h/x?sslmode=verify-full', 'always name'],
    ['postgres://h/x?sslmode=REQUIRE', 'refuses'],
    ['postgres://h/x?sslmode=no-verify', 'refuses'],
    ['postgres://h/x?ssl=true', 'always none'],
    ['postgres://h/x?sslmode=disable&sslmode=require', 'always none'],
    ['postgres://h/x?sslmode=require&sslrootcert=/ca.crt', 'always authority'],
    ['postgres://h/x?sslmode=prefer&sslrootcert=/ca.crt', 'if-offered none'],
    ['postgres://h/x?sslrootcert=system', 'always name'],
    ['postgres://h/x?sslrootcert=system&sslmode=require', 'refuses'],
    ['postgres://h/x?sslnegotiation=direct', 'refuses'],
    ['postgres://h/x?sslnegotiation=direct&sslmode=require', 'always none'],
    ['postgres://h/x?gssencmode=require', 'always name'],
    ['postgres://h/x?gssencmode=prefer', 'if-offered none'],
    ['postgres://h/x?channel_binding=require', 'if-offered none'],
    ['postgres://h/x?sslmode=$(M)', '? ?'],
    ['postgres://h/x?sslmode=require&sslrootcert=$(CA)', 'always authority'],
  ],
  'node-postgres': [
    ['postgres://h/x', 'never none'],
    ['postgres://h/x?sslmode=disable', 'never none'],
    ['postgres://h/x?sslmode=prefer', 'always name'],
    ['postgres://h/x?sslmode=allow', 'always name'],
    ['postgres://h/x?sslmode=no-verify', 'always none'],
    ['postgres://h/x?SSLMODE=require', 'never none'],
    ['postgres://h/x?ssl=true', 'always name'],
    ['postgres://h/x?ssl=0', 'never none'],
    ['postgres://h/x?ssl=false', 'refuses'],
    ['postgres://h/x?ssl=no-verify', 'always none'],
    ['postgres://h/x?ssl=true&sslmode=disable', 'never none'],
    ['postgres://h/x?sslrootcert=/ca.crt', 'always name'],
    ['postgres://h/x?sslnegotiation=direct', 'always name'],
    ['postgres://h/x?uselibpqcompat=true', 'never none'],
    ['postgres://h/x?uselibpqcompat=true&sslmode=prefer', 'always none'],
    ['postgres://h/x?uselibpqcompat=true&sslmode=require', 'always none'],
    ['postgres://h/x?uselibpqcompat=true&sslmode=require&sslrootcert=/ca.crt', 'always authority'],
    ['postgres://h/x?uselibpqcompat=true&sslmode=verify-ca', 'refuses'],
    ['postgres://h/x?uselibpqcompat=true&sslmode=verify-full', 'always name'],
  ],
  'postgres.js': [
    ['postgres://h/x', 'never none'],
    ['postgres://h/x?sslmode=prefer', 'if-offered none'],
    ['postgres://h/x?ssl=require', 'always none'],
    ['postgres://h/x?sslmode=verify-full', 'always name'],
    ['postgres://h/x?ssl=false', 'never none'],
    ['postgres://h/x?sslrootcert=system', 'always name'],
  ],
  pgjdbc: [
    ['jdbc:postgresql://h/x', 'if-offered none'],
    ['jdbc:postgresql://h/x?ssl=true', 'always name'],
    ['jdbc:postgresql://h/x?ssl', 'always name'],
    ['jdbc:postgresql://h/x?ssl=false', 'if-offered none'],
    ['jdbc:postgresql://h/x?sslmode=REQUIRE', 'always none'],
    ['jdbc:postgresql://h/x?ssl=true&sslmode=disable', 'never none'],
    ['jdbc:postgresql://h/x?sslmode=maybe', 'refuses'],
    ['jdbc:postgresql://h/x?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory', 'always none'],
  ],
  npgsql: [
    ['Host=h;Database=x', 'if-offered none'],
    ['Host=h;SSL Mode=Require', 'always none'],
    ['Host=h;SslMode=VerifyFull', 'always name'],
    ['Host=h;ssl mode=verify-ca', 'always authority'],
    ['Host=h;SSL Mode=VerifyFull;Trust Server Certificate=true', 'always none'],
    ['Host=h;SSL Mode=Disable', 'never none'],
  ],
  asyncpg: [
    ['postgres://h/x', 'if-offered none'],
    ['postgres://h/x?sslmode=require', 'always none'],
    ['postgres://h/x?ssl=require', 'refuses'],
    ['postgres://h/x?sslmode=require&sslrootcert=/ca.crt', 'always authority'],
  ],
  'sqlalchemy-asyncpg': [
    ['postgresql+asyncpg://h/x', 'if-offered none'],
    ['postgresql+asyncpg://h/x?ssl=require', 'always none'],
    ['postgresql+asyncpg://h/x?sslmode=require', 'refuses'],
  ],
  'lib/pq': [
    ['postgres://h/x', 'always none'],
    ['host=h sslmode=disable', 'never none'],
  ],
  pgx: [
    ['postgres://h/x', 'if-offered none'],
    ['postgres://h/x?sslnegotiation=direct', 'always none'],
    ['postgres://h/x?sslrootcert=system&sslmode=disable', 'always name'],
  ],
  sqlx: [
    ['postgres://h/x', 'if-offered none'],
    ['postgres://h/x?ssl-mode=VERIFY-FULL', 'always name'],
    ['postgres://h/x?sslmode=allow', 'never none'],
    ['postgres://h/x?sslmode=require&sslrootcert=/ca.crt', 'always none'],
  ],
  'tokio-postgres': [
    ['postgres://h/x', 'if-offered none'],
    ['postgres://h/x?sslmode=verify-full', 'refuses'],
  ],
  prisma: [
    ['postgres://h/x?schema=public', 'if-offered none'],
    ['postgres://h/x?sslmode=require', 'always none'],
    ['postgres://h/x?sslmode=require&sslaccept=strict', 'always name'],
    ['postgres://h/x?sslmode=verify-full', 'if-offered none'],
  ],
  'r2dbc-postgresql': [
    ['r2dbc:postgresql://h/x', 'never none'],
    ['r2dbc:postgresql://h/x?sslMode=require', 'always none'],
  ],
  'redis-py': [
    ['redis://h', 'never none'],
    ['rediss://h', 'always name'],
    ['REDISS://h', 'always name'],
    ['rediss://h?ssl_cert_reqs=none', 'always none'],
    ['rediss://h?ssl_check_hostname=False', 'always authority'],
    ['redis://h?ssl=true', 'refuses'],
    ['unix:///run/redis.sock', 'never none'],
  ],
  celery: [['rediss://h?ssl_cert_reqs=CERT_NONE', 'always none']],
  ioredis: [
    ['redis://h', 'never none'],
    ['rediss://h', 'always name'],
    ['REDISS://h', 'never none'],
    ['redis://h?tls=true', 'always name'],
    ['redis://h?tls=false', 'always name'],
    ['rediss://h?ssl_cert_reqs=none', 'always name'],
  ],
  'node-redis': [
    ['rediss://h', 'always name'],
    ['redis://h?tls=true', 'never none'],
  ],
  lettuce: [
    ['redis+ssl://h', 'always name'],
    ['redis+tls://h', 'always name'],
    ['rediss://h?verifyPeer=NONE', 'always none'],
    ['rediss://h?VERIFYPEER=ca', 'always authority'],
    ['redis-sentinel://h#m', 'never none'],
    ['rediss-sentinel://h#m', 'always name'],
  ],
  jedis: [['rediss://h:6379', 'always authority']],
  'go-redis': [
    ['rediss://h', 'always name'],
    ['rediss://h?skip_verify=true', 'always none'],
    ['rediss://h?ssl_cert_reqs=none', 'refuses'],
  ],
  'redis-rs': [
    ['rediss://h', 'always name'],
    ['valkeys://h', 'always name'],
    ['rediss://h/#insecure', 'always none'],
  ],
  stackexchange: [
    ['h:6379,password=x', 'never none'],
    ['h:6380,ssl=True', 'always name'],
    ['shop.redis.cache.windows.net,password=x', 'always name'],
    ['shop.redis.cache.windows.net:6379,ssl=false', 'never none'],
  ],
};

for (const [driver, rows] of Object.entries(ASKS)) {
  describe(driver, () => {
    for (const [written, ask] of rows) test(written, () => expect(tlsOf(read(written, { driver: driver as DriverId, isConnection: true }))).toBe(ask));
  });
}

describe('where the driver is not known, the weakest of those that would connect counts', () => {
  for (const [written, ask, best] of [
    ['postgres://h/x', 'never none', 'always none'],
    ['postgres://h/x?sslmode=prefer', 'if-offered none', 'always name'],
    ['postgres://h/x?sslmode=require', 'always none', 'always name'],
    ['postgres://h/x?sslmode=verify-full', 'always name', 'always name'],
    ['postgres://h/x?sslmode=no-verify', 'always none', 'always none'],
    ['postgres://h/x?ssl=true', 'always none', 'always name'],
    ['redis://h', 'never none', 'never none'],
    ['redis://h?tls=true', 'never none', 'always name'],
    ['rediss://h', 'always authority', 'always name'],
    ['rediss://h?ssl_cert_reqs=none', 'always none', 'always name'],
    ['rediss://h?verifyPeer=NONE', 'always none', 'always name'],
    ['valkeys://h', 'always authority', 'always name'],
  ] as const) {
    test(written, () => {
      const address = read(written);
      expect([tlsOf(address), `${address.tls.encryptionAtBest} ${address.tls.verificationAtBest}`]).toEqual([ask, best]);
      expect(address.tls.why).not.toBe('');
    });
  }
});

describe('what a driver did before a version', () => {
  for (const [driver, driverVersion, written, ask] of [
    ['redis-py', '5.3.1', 'rediss://h', 'always authority'],
    ['redis-py', '5.0', 'rediss://h?ssl_cert_reqs=none', 'always none'],
    ['redis-py', '5', 'rediss://h?ssl_check_hostname=True', 'always name'],
    ['redis-py', '6.0.0', 'rediss://h', 'always name'],
    ['lib/pq', '1.10.9', 'postgres://h/x?sslmode=prefer', 'refuses'],
    ['lib/pq', 'v1.12.3', 'postgres://h/x?sslmode=prefer', 'if-offered none'],
    ['npgsql', '5.0.18', 'Host=h;Database=x', 'never none'],
    ['npgsql', '5.0.18', 'Host=h;Database=x;SSL Mode=Require;Trust Server Certificate=true', 'always none'],
    ['npgsql', '9.0.3', 'Host=h;Database=x', 'if-offered none'],
    ['npgsql', 'latest', 'Host=h;Database=x', 'if-offered none'],
  ] as const) {
    test(`${driver} ${driverVersion} ${written}`, () => expect(tlsOf(read(written, { driver, driverVersion }))).toBe(ask));
  }
});

describe('the environment', () => {
  for (const [variables, written, driver, ask] of [
    [{ PGSSLMODE: 'verify-full' }, 'postgres://h/x', 'libpq', 'always name'],
    [{ PGSSLMODE: 'verify-full' }, 'postgres://h/x?sslmode=disable', 'libpq', 'never none'],
    [{ PGSSLMODE: 'require' }, 'postgres://h/x', 'node-postgres', 'always name'],
    [{ PGSSLMODE: 'allow' }, 'postgres://h/x', 'node-postgres', 'never none'],
    [{ PGSSLMODE: 'require' }, 'jdbc:postgresql://h/x', 'pgjdbc', 'if-offered none'],
    [{ PGSSLMODE: '$(M)' }, 'postgres://h/x', 'libpq', '? ?'],
    [{ PGSSLMODE: '' }, 'postgres://h/x', 'libpq', 'if-offered none'],
    [{ PGSSLROOTCERT: 'system' }, 'postgres://h/x', 'libpq', 'always name'],
    [{ PGSSLROOTCERT: '/ca.crt' }, 'postgres://h/x?sslmode=require', 'libpq', 'always authority'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'postgres://h/x?sslmode=verify-full', 'node-postgres', 'always none'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'rediss://h', 'ioredis', 'always none'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '1' }, 'rediss://h', 'ioredis', 'always name'],
  ] as const) {
    test(`${JSON.stringify(variables)} ${driver} ${written}`, () => expect(tlsOf(read(written, { driver, variables: textsOf(variables) }))).toBe(ask));
  }
});

describe('node-postgres itself is asked what it would do', () => {
  const require = createRequire(import.meta.url);
  const Parameters = require('pg/lib/connection-parameters') as new (text: string) => { readonly ssl: unknown };
  const emitWarning = process.emitWarning;
  afterEach(() => {
    process.emitWarning = emitWarning;
    delete process.env['PGSSLMODE'];
  });
  const modes = ['', 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify', 'REQUIRE'];
  const switches = ['', '&ssl=true', '&ssl=0', '&ssl=no-verify', '&uselibpqcompat=true'];
  for (const mode of modes) {
    for (const more of switches) {
      for (const variable of ['', 'require', 'disable', 'no-verify', 'allow']) {
        test(`sslmode=${mode}${more} with PGSSLMODE=${variable}`, () => {
          process.emitWarning = () => {};
          if (variable !== '') process.env['PGSSLMODE'] = variable;
          const written = `postgres://h/x?sslmode=${mode}${more}`;
          const ours = tlsOf(read(written, { driver: 'node-postgres', variables: textsOf(variable === '' ? {} : { PGSSLMODE: variable }) }));
          expect(ours).toBe(theirs(() => new Parameters(written).ssl));
        });
      }
    }
  }

  function theirs(ask: () => unknown): string {
    let ssl: unknown;
    try {
      ssl = ask();
    } catch {
      return 'refuses';
    }
    if (ssl === false || ssl === undefined) return 'never none';
    if (typeof ssl !== 'object' || ssl === null) return 'always name';
    if ('rejectUnauthorized' in ssl && ssl.rejectUnauthorized === false) return 'always none';
    return 'checkServerIdentity' in ssl ? 'always authority' : 'always name';
  }
});

test('every driver of the table has a family and a name, and knows what it does when nothing is said', () => {
  const ids = Object.keys(ASKS) as DriverId[];
  for (const id of ids) {
    const { family, name, silent } = driverFacts(id);
    expect([typeof family, typeof name, silent === undefined]).toEqual(['string', 'string', false]);
  }
});
