import { execFile } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compose } from '../facts/support.ts';
import { Tap } from './hop-wire.ts';
import { DEBIAN, PostgresInstallation } from './postgres-installation.ts';
import { forEachOf, freePorts, makeCertificates, missing, newScratch, startServer } from './scratch.ts';

const { major, bin, install } = DEBIAN;
const absent = missing(
  { path: join(bin, 'postgres'), install },
  { path: 'psql', install: 'apt-get install postgresql-client' },
  { path: 'pgbouncer', install: 'apt-get install pgbouncer' },
  { path: 'openssl', install: 'apt-get install openssl' },
  { path: 'setpriv', install: 'apt-get install util-linux' },
);

const CLIENT_SIDES = ['', 'disable', 'allow', 'prefer', 'require', 'verify-ca'];
const SERVER_SIDES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
const AUTHENTICATION = ['trust', 'any', 'md5', 'scram-sha-256', 'plain'];
const CLIENT_MODES = ['disable', 'prefer', 'require'];
const SERVERS = { 'TLS and plaintext': 'host all all all trust', 'TLS alone': 'hostssl all all all trust', 'plaintext alone': 'hostnossl all all all trust' } as const;
type ServerName = keyof typeof SERVERS;

interface Case {
  readonly client: string;
  readonly server: string;
  readonly auth: string;
  readonly behind: ServerName;
}

const CASES: readonly Case[] = [
  ...CLIENT_SIDES.map((client): Case => ({ client, server: 'prefer', auth: 'trust', behind: 'TLS and plaintext' })),
  // Where TLS is offered and then refused, libpq's prefer tries again without, and PgBouncer's does not: nobody configures that.
  ...SERVER_SIDES.flatMap((server) =>
    (Object.keys(SERVERS) as ServerName[])
      .filter((behind) => server !== 'prefer' || behind !== 'plaintext alone')
      .map((behind): Case => ({ client: 'allow', server, auth: 'trust', behind })),
  ),
  ...AUTHENTICATION.map((auth): Case => ({ client: 'allow', server: 'prefer', auth, behind: 'TLS and plaintext' })),
];

interface Session {
  readonly connects: boolean;
  readonly needsPassword: boolean | undefined;
  readonly lastLeg: 'TLS' | 'plaintext' | undefined;
}

const run = promisify(execFile);
/** PgBouncer, too, refuses to run as root. */
const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

describe.skipIf(absent !== undefined)('a real PgBouncer in front of real PostgreSQL servers does what the facts say', () => {
  const observed: { name: string; real: Session; told: Session }[] = [];
  let scratch = '';

  beforeAll(async () => {
    scratch = newScratch();
    const certificates = makeCertificates(join(scratch, 'certificates'), 'DNS:localhost,IP:127.0.0.1');
    for (const path of Object.values(certificates)) {
      copyFileSync(path, `${path}.own`);
      chmodSync(`${path}.own`, 0o600);
      if (identity.uid !== undefined) chownSync(`${path}.own`, identity.uid, identity.gid);
    }
    // Written once: where another PgBouncer reads it while it is being written, it knows of no user.
    writeFileSync(join(scratch, 'users.txt'), '"tester" "secret"\n');
    const ports = await freePorts(CASES.length + 3);
    const installation = new PostgresInstallation(major, bin, join(scratch, 'server'));
    installation.useCertificates(certificates);
    for (const [index, [behind, hba]] of Object.entries(SERVERS).entries()) {
      const port = ports[CASES.length + index] ?? 0;
      installation.write(
        join(installation.data, 'postgresql.conf'),
        `listen_addresses = '127.0.0.1'\nssl = on\nssl_cert_file = '${installation.folder}/server.crt'\nssl_key_file = '${installation.folder}/server.key'\n`,
      );
      installation.write(join(installation.data, 'pg_hba.conf'), `${hba}\n`);
      const server = await installation.start([], port);
      try {
        const cases = CASES.map((each, at) => ({ each, port: ports[at] ?? 0 })).filter(({ each }) => each.behind === behind);
        await forEachOf(cases, 4, async ({ each, port: own }) => {
          for (const told of await observe(each, own, port, scratch)) observed.push(told);
        });
      } finally {
        await server?.stop();
      }
    }
  }, 600_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test.each(CASES.map(nameOf))('%s', (name) => {
    const found = observed.filter((each) => each.name === name);
    expect(found.length).toBeGreaterThanOrEqual(CLIENT_MODES.length);
    for (const { real, told } of found) expect(told).toEqual(real);
  });

  test('they differ', () => {
    const all = observed.map(({ real }) => real);
    expect(all.filter(({ connects }) => connects).length).toBeGreaterThan(20);
    expect(all.filter(({ connects }) => !connects).length).toBeGreaterThan(15);
    for (const leg of ['TLS', 'plaintext']) expect(all.filter(({ lastLeg }) => lastLeg === leg).length).toBeGreaterThan(3);
    expect(all.filter(({ needsPassword }) => needsPassword === true).length).toBeGreaterThan(3);
  });
});

function nameOf({ client, server, auth, behind }: Case): string {
  return `client_tls_sslmode ${client || 'not set'}, server_tls_sslmode ${server}, auth_type ${auth}, behind it ${behind}`;
}

function iniOf({ client, server, auth }: Case, host: string, port: number, own: number, folder: string): string {
  const lines = [
    '[databases]',
    `app = host=${host} port=${port} dbname=postgres user=postgres`,
    '[pgbouncer]',
    'listen_addr = *',
    `listen_port = ${own}`,
    'unix_socket_dir =',
    `auth_type = ${auth}`,
    `auth_file = ${folder}/users.txt`,
    `server_tls_sslmode = ${server}`,
    `server_tls_ca_file = ${folder}/certificates/ca.crt.own`,
    `client_tls_key_file = ${folder}/certificates/tls.key.own`,
    `client_tls_cert_file = ${folder}/certificates/tls.crt.own`,
    `client_tls_ca_file = ${folder}/certificates/ca.crt.own`,
    'server_login_retry = 1',
    'query_wait_timeout = 120',
    ...(client === '' ? [] : [`client_tls_sslmode = ${client}`]),
  ];
  return `${lines.join('\n')}\n`;
}

async function observe(each: Case, own: number, port: number, scratch: string): Promise<{ name: string; real: Session; told: Session }[]> {
  const tap = await Tap.before(port);
  const file = join(scratch, `${own}.ini`);
  writeFileSync(file, iniOf(each, '127.0.0.1', tap.port, own, scratch).replace('listen_addr = *', 'listen_addr = 127.0.0.1'));
  const child = startServer(['pgbouncer', file], { cwd: scratch, ...identity });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const found: { name: string; real: Session; told: Session }[] = [];
  try {
    await up(child, own);
    for (const mode of CLIENT_MODES) {
      tap.take();
      const withPassword = await connects(own, mode, 'secret', scratch);
      const lastLeg = tap.take();
      const without = withPassword && (await connects(own, mode, undefined, scratch));
      const real = withPassword ? { connects: true, needsPassword: !without, lastLeg } : { connects: false, needsPassword: undefined, lastLeg: undefined };
      // One server session is kept for the next client, and so the first one alone is on the wire.
      const told = tellFrom(each, mode);
      found.push({
        name: nameOf(each),
        real: { ...real, lastLeg: real.connects ? (lastLeg ?? found.find((other) => other.real.lastLeg !== undefined)?.real.lastLeg) : undefined },
        told,
      });
    }
  } finally {
    tap.close();
    child.kill('SIGKILL');
    await ended;
  }
  return found;
}

async function up(child: ReturnType<typeof startServer>, port: number): Promise<void> {
  let log = '';
  child.stderr?.on('data', (data: Buffer) => {
    log += data.toString();
  });
  for (let tries = 0; tries < 200 && child.exitCode === null && !log.includes('process up'); tries++) await new Promise((resolve) => setTimeout(resolve, 20 + tries));
  if (!log.includes('process up')) throw new Error(`pgbouncer at ${port} does not start: ${log}`);
}

async function connects(port: number, mode: string, password: string | undefined, scratch: string): Promise<boolean> {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    PGCONNECT_TIMEOUT: '120',
    PGSSLCERT: `${scratch}/certificates/tls.crt`,
    PGSSLKEY: `${scratch}/certificates/tls.key`,
    ...(password === undefined ? {} : { PGPASSWORD: password }),
  };
  try {
    const { stdout } = await run('psql', ['-XwAtc', 'SELECT 1', `postgresql://tester@127.0.0.1:${port}/app?sslmode=${mode}`], { env });
    return stdout.trim() === '1';
  } catch {
    return false;
  }
}

/** The same, told from the facts of a compose project. */
function tellFrom(each: Case, mode: string): Session {
  const subjects = compose({
    'compose.yaml': `services:
  client: {image: "postgres:15", command: "psql postgresql://tester@bouncer:6432/app?sslmode=${mode}"}
  bouncer: {image: "edoburu/pgbouncer:1.18.0", volumes: ["./pgbouncer.ini:/etc/pgbouncer/pgbouncer.ini"]}
  db:
    image: postgres:15
    command: [postgres, -c, hba_file=/etc/pg_hba.conf, -c, ssl=on]
    environment: {POSTGRES_PASSWORD: EXAMPLE-not-a-password}
    volumes: ["./pg_hba.conf:/etc/pg_hba.conf"]
`,
    'pgbouncer.ini': iniOf(each, 'db', 5432, 6432, '/etc/pgbouncer'),
    'pg_hba.conf': `${SERVERS[each.behind]}\n`,
  });
  const [facts, own] = ['client', 'bouncer'].map((name) => subjects.facts('connection', ['willNotConnect', 'tls', 'needsNoPassword', 'demandsTls'], name)) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  if (facts['willNotConnect'] !== false || own['willNotConnect'] !== false) return { connects: false, needsPassword: undefined, lastLeg: undefined };
  const isOffered = each.behind !== 'plaintext alone';
  const lastLeg = own['demandsTls'] === true || (own['tls'] === 'if-offered' && isOffered) ? 'TLS' : 'plaintext';
  return { connects: true, needsPassword: facts['needsNoPassword'] === false, lastLeg };
}
