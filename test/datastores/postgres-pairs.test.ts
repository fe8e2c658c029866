import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionAddress } from '../../src/facts/connections/address.ts';
import { parseConnection } from '../../src/facts/connections/parse.ts';
import { knownText } from '../../src/facts/connections/text.ts';
import { effectivePostgres } from '../../src/facts/servers/effective-postgres.ts';
import type { PostgresServer } from '../../src/facts/servers/postgres-server.ts';
import { DEBIAN, PostgresInstallation } from './postgres-installation.ts';
import { type Certificates, forEachOf, freePorts, makeCertificates, missing, newScratch } from './scratch.ts';

const { major, bin, install } = DEBIAN;
const absent = missing(
  { path: join(bin, 'postgres'), install },
  { path: 'psql', install: 'apt-get install postgresql-client' },
  { path: 'openssl', install: 'apt-get install openssl' },
  { path: 'setpriv', install: 'apt-get install util-linux' },
);

const SERVERS: readonly (readonly [name: string, hba: string, ssl: 'on' | 'off'])[] = [
  ['no TLS', 'host all all all scram-sha-256', 'off'],
  ['TLS, and plaintext as well', 'host all all all scram-sha-256', 'on'],
  ['TLS alone', 'hostssl all all all scram-sha-256', 'on'],
  ['TLS alone, plaintext refused before', 'hostnossl all all all reject\nhost all all all scram-sha-256', 'on'],
  ['plaintext alone, though TLS is on', 'hostnossl all all all scram-sha-256', 'on'],
  ['TLS, then a record for both', 'hostssl all all all scram-sha-256\nhost all all all md5', 'on'],
  ['trust', 'host all all all trust', 'on'],
  ['hostssl, and TLS is off', 'hostssl all all all scram-sha-256', 'off'],
];
const MODES = ['', 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

type Session = 'plaintext' | 'TLS' | 'none';

interface Pair {
  readonly pair: string;
  readonly real: Session;
  readonly told: Session;
}

const run = promisify(execFile);
const PASSWORD = 'correct horse battery staple';

describe.skipIf(absent !== undefined)('a pair of a client and a server comes to the session that both ends’ facts tell', () => {
  let scratch = '';
  const pairs: Pair[] = [];

  beforeAll(async () => {
    scratch = newScratch();
    const certificates = makeCertificates(join(scratch, 'certificates'), 'DNS:localhost,IP:127.0.0.1');
    const installation = new PostgresInstallation(major, bin, join(scratch, 'server'));
    installation.useCertificates(certificates);
    await makeRoles(installation);
    for (const [name, hba, ssl] of SERVERS) await meet(name, hba, ssl, installation, certificates, pairs);
  }, 900_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test.each(SERVERS.flatMap(([name]) => ['psql', 'node-postgres'].map((client) => [name, client])))('%s, %s', (name, client) => {
    const found = pairs.filter(({ pair }) => pair.startsWith(`${name}, ${client}`));
    expect(found.length).toBeGreaterThanOrEqual(MODES.length * 2 - 2);
    expect(found.filter(({ real, told }) => real !== told)).toEqual([]);
  });

  test('every kind of session comes about', () => {
    for (const session of ['plaintext', 'TLS', 'none']) expect(pairs.filter(({ real }) => real === session).length).toBeGreaterThan(30);
  });
});

async function makeRoles(installation: PostgresInstallation): Promise<void> {
  const [port = 0] = await freePorts(1);
  const server = await installation.start(['-c', 'listen_addresses='], port);
  await run('psql', ['-h', installation.folder, '-p', String(port), '-U', 'postgres', '-qc', `CREATE ROLE tester LOGIN PASSWORD '${PASSWORD}'`, '-c', 'CREATE DATABASE app']);
  await server?.stop();
}

async function meet(name: string, hba: string, ssl: string, installation: PostgresInstallation, certificates: Certificates, pairs: Pair[]): Promise<void> {
  const { folder, data } = installation;
  const conf = `listen_addresses = '127.0.0.1'\nssl = ${ssl}\nssl_cert_file = '${folder}/server.crt'\nssl_key_file = '${folder}/server.key'\n`;
  const files = [
    { path: join(data, 'postgresql.conf'), text: conf },
    { path: join(data, 'pg_hba.conf'), text: `${hba}\n` },
  ];
  for (const { path, text } of files) installation.write(path, text);
  const command = ['postgres', '-D', data].map(knownText);
  const facts = effectivePostgres({
    family: 'packaged-postgres',
    version: String(major),
    command,
    arguments: null,
    environment: new Map(),
    isEnvironmentComplete: true,
    files,
    unseenPaths: [],
    wholeFolders: [data],
  });
  const [port = 0] = await freePorts(1);
  const server = await installation.start([], port);
  try {
    const tries = ['psql', 'node-postgres'].flatMap((client) => MODES.flatMap((mode) => [false, true].map((trustsAuthority) => ({ client, mode, trustsAuthority }))));
    await forEachOf(tries, 3, async ({ client, mode, trustsAuthority }) => {
      // no-verify is a word of node-postgres alone.
      if (client === 'psql' && mode === 'no-verify') return;
      const query = [...(mode === '' ? [] : [`sslmode=${mode}`]), ...(trustsAuthority ? [`sslrootcert=${encodeURIComponent(certificates.authority)}`] : [])].join('&');
      const url = `postgresql://tester:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/app${query === '' ? '' : `?${query}`}`;
      const reading = parseConnection(knownText(url), { driver: client === 'psql' ? 'libpq' : 'node-postgres' });
      const pair = `${name}, ${client}, sslmode ${mode || 'not set'}${trustsAuthority ? ', authority known' : ''}`;
      const told = reading?.kind === 'address' ? tell(reading, facts, trustsAuthority) : 'none';
      pairs.push({ pair, told, real: client === 'psql' ? await connectByPsql(url, folder) : await connectByPg(url) });
    });
  } finally {
    await server?.stop();
  }
}

async function connectByPsql(url: string, home: string): Promise<Session> {
  try {
    const env = { PATH: process.env['PATH'], HOME: home };
    const { stdout } = await run('psql', ['-XAtc', 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', url], { env });
    return stdout.trim() === 't' ? 'TLS' : 'plaintext';
  } catch {
    return 'none';
  }
}

async function connectByPg(url: string): Promise<Session> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return rows[0]?.ssl === true ? 'TLS' : 'plaintext';
  } catch {
    return 'none';
  } finally {
    await client.end().catch(() => {});
  }
}

/** The client tries in its order, the server takes or refuses. */
function tell({ tls }: ConnectionAddress, facts: PostgresServer, trustsAuthority: boolean): Session {
  if (tls.refusal !== undefined) return 'none';
  const decide = (transport: 'plaintext' | 'tls'): boolean =>
    facts.access.value?.decide({ from: 'loopback', transport, user: 'tester', database: 'app' }).value?.answer !== 'refused' &&
    (transport === 'plaintext' || facts.ssl.value === true);
  // The certificate is good for the address; nobody knows its authority unless told.
  const isVerified = tls.verification === 'none' || trustsAuthority;
  const takes: Readonly<Record<string, readonly ('plaintext' | 'tls')[]>> = {
    never: ['plaintext'],
    'if-demanded': ['plaintext', 'tls'],
    'if-offered': ['tls', 'plaintext'],
    always: ['tls'],
  };
  const session = (takes[tls.encryption ?? ''] ?? []).find((transport) => decide(transport) && (transport === 'plaintext' || isVerified));
  return session === undefined ? 'none' : session === 'tls' ? 'TLS' : 'plaintext';
}
