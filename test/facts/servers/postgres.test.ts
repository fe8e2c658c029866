import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { knownText } from '../../../src/facts/connections/text.ts';
import { effectivePostgres } from '../../../src/facts/servers/effective-postgres.ts';
import type { PostgresFamily } from '../../../src/facts/servers/inputs.ts';
import type { PostgresServer } from '../../../src/facts/servers/postgres-server.ts';
import { inputs, type Written } from './support.ts';

type Fact = Exclude<keyof PostgresServer, 'setting'>;
type Values = { readonly [Key in Fact]?: PostgresServer[Key]['value'] };

function valuesOf(server: PostgresServer, facts: Values): Values {
  return Object.fromEntries(Object.keys(facts).map((fact) => [fact, server[fact as Fact].value]));
}

const PASSWORD = { POSTGRES_PASSWORD: '<pw>' };
const HARDENED = { 'postgresql.conf': "listen_addresses = '*'\nssl = on\n", 'pg_hba.conf': 'local all all peer\nhostssl all all all scram-sha-256\n' };

describe('a PostgreSQL server of each family', () => {
  test.each<[string, PostgresFamily, Written, Values]>([
    [
      'the official image',
      'postgres',
      { version: '16.3', environment: PASSWORD },
      {
        ssl: false,
        isPlaintextPossible: true,
        isTrustPossible: false,
        isLocalTrustPossible: true,
        networkMethods: ['scram-sha-256'],
        listensBeyondLoopback: true,
        startFault: null,
        dataChecksums: false,
      },
    ],
    ['an older one', 'postgres', { version: '13', environment: PASSWORD }, { networkMethods: ['md5'], passwordEncryption: 'md5' }],
    ['version 18 has checksums', 'postgres', { version: '18.1', environment: PASSWORD }, { dataChecksums: true }],
    ['without a password it does not start', 'postgres', {}, { startFault: expect.stringContaining('POSTGRES_PASSWORD') as unknown as string }],
    ['unless variables were not seen', 'postgres', { isEnvironmentComplete: false }, { startFault: null, isTrustPossible: undefined, networkMethods: undefined, ssl: false }],
    [
      'variables that were not seen cannot change one that was',
      'postgres',
      { isEnvironmentComplete: false, environment: { POSTGRES_HOST_AUTH_METHOD: 'scram-sha-256' } },
      { isTrustPossible: false, isPlaintextPossible: true },
    ],
    ['a method that is filled in', 'postgres', { environment: { ...PASSWORD, POSTGRES_HOST_AUTH_METHOD: '<method>' } }, { isTrustPossible: undefined, startFault: null }],
    ['Bitnami, and variables that were not seen', 'bitnami-postgres', { isEnvironmentComplete: false }, { ssl: undefined, isTrustPossible: undefined, startFault: null }],
    ['Bitnami, a switch that was not seen', 'bitnami-postgres', { environment: { ...PASSWORD, POSTGRESQL_ENABLE_TLS: '<tls>' } }, { ssl: undefined, isTrustPossible: false }],
    ['trust by a variable', 'postgres', { environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' } }, { isTrustPossible: true, networkMethods: ['trust'], startFault: null }],
    ['trust, though there is a password', 'postgres', { environment: { ...PASSWORD, POSTGRES_HOST_AUTH_METHOD: 'trust' } }, { isTrustPossible: true }],
    ['md5 by a variable', 'postgres', { environment: { ...PASSWORD, POSTGRES_HOST_AUTH_METHOD: 'md5' } }, { networkMethods: ['md5'] }],
    [
      'an option of initdb',
      'postgres',
      { environment: { ...PASSWORD, POSTGRES_INITDB_ARGS: '--auth-host=scram-sha-256 --auth-local=peer -k' }, version: '15' },
      { isLocalTrustPossible: false, dataChecksums: true },
    ],
    ['another spelling', 'postgres', { environment: { ...PASSWORD, POSTGRES_INITDB_ARGS: '-A scram-sha-256' } }, { isLocalTrustPossible: false }],
    [
      'parameters as arguments',
      'postgres',
      { arguments: ['-c', 'ssl=on', '-c', 'log_statement=ddl', '-c', 'log_connections=on', '-c', 'fsync=off'], environment: PASSWORD },
      { ssl: true, logStatement: 'ddl', logConnections: true, fsync: false, isPlaintextPossible: true },
    ],
    ['after the name of the program', 'postgres', { arguments: ['postgres', '-cssl=on'], environment: PASSWORD }, { ssl: true }],
    [
      'the entry point by its name',
      'postgres',
      { command: ['docker-entrypoint.sh'], arguments: ['postgres', '-c', 'ssl=on'], environment: PASSWORD },
      { ssl: true, networkMethods: ['scram-sha-256'] },
    ],
    [
      'in a shell',
      'postgres',
      { arguments: ['sh', '-c', 'chmod 600 /k; exec docker-entrypoint.sh postgres -c ssl=on'], environment: PASSWORD },
      { ssl: true, isLocalTrustPossible: true },
    ],
    [
      'arguments in a variable that was not seen',
      'postgres',
      { arguments: ['sh', '-c', 'exec docker-entrypoint.sh postgres -c ssl=on $ARGS -c fsync=off -p $PORT'], environment: { ...PASSWORD, ARGS: '<args>', PORT: '<port>' } },
      { ssl: undefined, fsync: false, port: undefined },
    ],
    ['the server alone', 'postgres', { command: ['postgres', '-c', 'ssl=on'] }, { ssl: true, isPlaintextPossible: undefined }],
    [
      'files of its own',
      'postgres',
      {
        arguments: ['-c', 'config_file=/etc/pg/postgresql.conf', '-c', 'hba_file=/etc/pg/pg_hba.conf'],
        files: { '/etc/pg/postgresql.conf': HARDENED['postgresql.conf'], '/etc/pg/pg_hba.conf': HARDENED['pg_hba.conf'] },
        environment: PASSWORD,
      },
      { ssl: true, isPlaintextPossible: false, isLocalTrustPossible: false, startFault: null },
    ],
    [
      'a configuration without listen_addresses listens on loopback',
      'postgres',
      { arguments: ['-c', 'config_file=/c'], files: { '/c': '' }, environment: PASSWORD },
      { listensBeyondLoopback: false, isPlaintextPossible: false },
    ],
    [
      'a configuration that was not seen',
      'postgres',
      { arguments: ['-c', 'config_file=/c', '-c', 'ssl=off'], environment: PASSWORD },
      { ssl: false, listensBeyondLoopback: undefined, startFault: undefined },
    ],
    [
      'rules mounted into the data folder',
      'postgres',
      { files: { '/var/lib/postgresql/data/pg_hba.conf': 'hostssl all all all cert' }, environment: PASSWORD },
      { isPlaintextPossible: false },
    ],
    [
      'the data folder of version 18',
      'postgres',
      { version: '18', files: { '/var/lib/postgresql/18/docker/pg_hba.conf': 'hostssl all all all cert' }, environment: PASSWORD },
      { isPlaintextPossible: false },
    ],
    [
      'a script that runs once',
      'postgres',
      {
        files: { '/docker-entrypoint-initdb.d/1.sh': 'echo "hostssl all all all md5" > "$PGDATA/pg_hba.conf"\necho "ssl = on" >> $PGDATA/postgresql.conf' },
        environment: PASSWORD,
      },
      { ssl: true, isPlaintextPossible: false },
    ],
    [
      'a script that changes it beyond what is followed',
      'postgres',
      { files: { '/docker-entrypoint-initdb.d/1.sh': 'sed -i s/trust/md5/ "$PGDATA/pg_hba.conf"' }, environment: PASSWORD },
      { isPlaintextPossible: undefined },
    ],
    [
      'ALTER SYSTEM in a script',
      'postgres',
      { files: { '/docker-entrypoint-initdb.d/1.sql': "alter system set log_statement = 'all';\nALTER SYSTEM SET ssl TO on;" }, environment: PASSWORD },
      { ssl: true, logStatement: 'all' },
    ],
    ['a user of its own', 'postgres', { environment: { ...PASSWORD, POSTGRES_USER: 'app' } }, { superuser: 'app' }],
    ['pgaudit is loaded', 'postgres', { arguments: ['-c', 'shared_preload_libraries=pgaudit'], environment: PASSWORD }, { auditsStatements: false }],
    [
      'pgaudit is loaded and told what',
      'postgres',
      { arguments: ['-c', 'shared_preload_libraries=a, pgaudit', '-c', 'pgaudit.log=write, ddl'], environment: PASSWORD },
      { auditsStatements: true },
    ],
    ['a list for log_connections', 'postgres', { arguments: ['-c', 'log_connections=receipt,authentication'], environment: PASSWORD }, { logConnections: true }],
    ['receipt alone is no login', 'postgres', { arguments: ['-c', 'log_connections=receipt'], environment: PASSWORD }, { logConnections: false }],
    [
      'times',
      'postgres',
      { arguments: ['-c', 'statement_timeout=30s', '-c', 'lock_timeout=5000', '-c', 'idle_in_transaction_session_timeout=1min'], environment: PASSWORD },
      { statementTimeoutMs: 30_000, lockTimeoutMs: 5000, idleInTransactionTimeoutMs: 60_000 },
    ],
    ['a value that is filled in', 'postgres', { arguments: ['-c', 'ssl=<SSL>'], environment: PASSWORD }, { ssl: undefined }],
    [
      'Bitnami',
      'bitnami-postgres',
      { environment: PASSWORD },
      { ssl: false, isPlaintextPossible: true, isTrustPossible: false, isLocalTrustPossible: false, networkMethods: ['md5'], auditsStatements: false, startFault: null },
    ],
    ['Bitnami without a password', 'bitnami-postgres', { environment: { ALLOW_EMPTY_PASSWORD: 'yes' } }, { isTrustPossible: true, startFault: null }],
    ['Bitnami with neither', 'bitnami-postgres', {}, { startFault: expect.stringContaining('POSTGRESQL_PASSWORD') as unknown as string }],
    [
      'Bitnami with TLS still takes plaintext',
      'bitnami-postgres',
      { environment: { POSTGRESQL_PASSWORD_FILE: '/s', POSTGRESQL_ENABLE_TLS: 'yes', POSTGRESQL_TLS_CERT_FILE: '/c' } },
      { ssl: true, isPlaintextPossible: true },
    ],
    [
      'Bitnami with an authority',
      'bitnami-postgres',
      { environment: { ...PASSWORD, POSTGRESQL_ENABLE_TLS: 'yes', POSTGRESQL_TLS_CA_FILE: '/ca' } },
      { networkMethods: ['cert', 'md5'], isPlaintextPossible: true },
    ],
    [
      'Bitnami, rules of the user',
      'bitnami-postgres',
      { environment: { ...PASSWORD, POSTGRESQL_ENABLE_TLS: 'yes' }, files: { '/bitnami/postgresql/conf/pg_hba.conf': 'hostssl all all all md5' } },
      { isPlaintextPossible: false },
    ],
    ['Bitnami, more configuration', 'bitnami-postgres', { environment: PASSWORD, files: { '/bitnami/postgresql/conf/conf.d/x.conf': 'ssl = on' } }, { ssl: true }],
    [
      'Bitnami, audit',
      'bitnami-postgres',
      { environment: { ...PASSWORD, POSTGRESQL_PGAUDIT_LOG: 'WRITE', POSTGRESQL_LOG_CONNECTIONS: 'true' } },
      { auditsStatements: true, logConnections: true },
    ],
    [
      'CloudNativePG takes plaintext by itself',
      'cloudnative-pg',
      { version: '16.2' },
      { ssl: true, isPlaintextPossible: true, isTrustPossible: false, networkMethods: ['cert', 'scram-sha-256'] },
    ],
    ["Zalando's operator does not", 'zalando', {}, { ssl: true, isPlaintextPossible: false, isLocalTrustPossible: true, networkMethods: ['md5', 'pam'] }],
    ["Crunchy's neither", 'crunchy', {}, { ssl: true, isPlaintextPossible: false, networkMethods: ['cert', 'md5'] }],
    [
      'a host, with all of its files',
      'packaged-postgres',
      { command: ['postgres', '-D', '/d'], files: { '/d/postgresql.conf': HARDENED['postgresql.conf'], '/d/pg_hba.conf': HARDENED['pg_hba.conf'] } },
      { ssl: true, isPlaintextPossible: false, startFault: null },
    ],
    ['an image of which nothing is known', 'other-postgres', {}, { ssl: undefined, isPlaintextPossible: undefined, isTrustPossible: undefined }],
    ['an image that is told', 'other-postgres', { arguments: ['postgres', '-c', 'ssl=off'] }, { ssl: false }],
  ])('%s', (_, family, written, expected) => {
    expect(valuesOf(effectivePostgres(inputs(family, written)), expected)).toEqual(expected);
  });

  test('what an operator is told comes between its own rules', () => {
    const made = {
      ...inputs<PostgresFamily>('cloudnative-pg', { version: '17' }),
      settings: [{ name: 'log_statement', value: knownText('ddl') }],
      records: [knownText('hostssl app app all scram-sha-256'), knownText('hostnossl all all all reject')],
    };
    const server = effectivePostgres(made);
    expect(valuesOf(server, { isPlaintextPossible: false, logStatement: 'ddl' })).toEqual({ isPlaintextPossible: false, logStatement: 'ddl' });
    expect(server.logStatement.sources).toEqual([{ input: 'setting', index: 0 }]);
    const open = effectivePostgres({ ...made, records: [knownText('host all all 10.0.0.0/8 trust')] });
    expect(open.isTrustPossible).toMatchObject({ value: true, sources: expect.arrayContaining([{ input: 'record', index: 0 }]) });
  });

  test.each<[string | undefined, boolean | undefined]>([
    ['12.4', false],
    ['13.23', false],
    ['14', false],
    ['16', undefined],
    ['16.1', false],
    ['16.16', true],
    ['18.5-alpine', true],
    ['19.0', undefined],
    ['9.6', false],
    [undefined, undefined],
  ])('version %s is mended: %s', (version, expected) => {
    expect(effectivePostgres(inputs('postgres', version === undefined ? {} : { version })).isVersionSupported.value).toBe(expected);
  });

  test('every answer has its place', () => {
    const server = effectivePostgres(
      inputs('postgres', {
        arguments: ['-c', 'ssl=on'],
        environment: { ...PASSWORD, POSTGRES_HOST_AUTH_METHOD: 'md5' },
        files: { '/var/lib/postgresql/data/postgresql.conf': "\nlisten_addresses = '*'\n" },
      }),
    );
    expect(server.ssl.sources).toEqual([{ input: 'argument', list: 'arguments', index: 1 }]);
    expect(server.isPlaintextPossible.sources).toEqual([
      { input: 'file', path: '/var/lib/postgresql/data/postgresql.conf', line: 2 },
      { input: 'variable', name: 'POSTGRES_HOST_AUTH_METHOD' },
    ]);
    expect(server.setting('max_connections')).toEqual({ value: '100', sources: [{ input: 'default', of: 'PostgreSQL' }] });
  });

  test('no password shows in what is told', () => {
    const secret = 'kX9mQ2vL7pR4wZ1';
    const files = { '/h': `host all all all ldap ldapbindpasswd="${secret}"\n${secret} x\n`, '/c': `primary_conninfo = 'password=${secret}'\n${secret} = ${secret}\n` };
    for (const written of [
      { environment: { POSTGRES_PASSWORD: secret } },
      { environment: PASSWORD, arguments: ['-c', 'hba_file=/h', '-c', 'config_file=/c'], files },
      { command: ['sh', '-c', `postgres ${secret}`] },
      { arguments: [secret] },
    ]) {
      const server = effectivePostgres(inputs('postgres', written));
      const { access, ...facts } = server;
      expect(JSON.stringify(facts) + inspect(facts, { depth: 10 }) + JSON.stringify(access)).not.toContain(secret);
    }
  });
});
