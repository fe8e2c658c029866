import { lookup } from 'node:dns/promises';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownText } from '../../src/facts/connections/text.ts';
import { effectivePostgres } from '../../src/facts/servers/effective-postgres.ts';
import type { LoginAttempt, PostgresServer } from '../../src/facts/servers/postgres-server.ts';
import { type Greeting, knock, type Login } from './postgres-client.ts';
import { POSTGRES_CONFIGURATIONS, type PostgresConfiguration } from './postgres-configurations.ts';
import { INSTALLATIONS, PostgresInstallation } from './postgres-installation.ts';
import { type Certificates, forEachOf, freePorts, makeCertificates, missing, newScratch, outerAddress } from './scratch.ts';

/** Nothing asserts a time: the machine may be busy with something else. */
const LONG = 900_000;
const outer = outerAddress() ?? '127.0.0.1';
const localhost = (await lookup('localhost', { all: true })).map(({ address }) => address);

/** One knock at a server's door, with what the facts say of it. */
interface Answered {
  readonly attempt: string;
  readonly real: string;
  readonly told: string;
  readonly isFromNetwork: boolean;
  readonly isPlaintext: boolean;
}

interface Observation {
  readonly starts: boolean;
  readonly facts: PostgresServer;
  readonly answers: readonly Answered[];
}

describe.each(INSTALLATIONS)('a real PostgreSQL $major does what the facts say', ({ major, bin, install }) => {
  const absent = missing(
    { path: join(bin, 'postgres'), install },
    { path: 'openssl', install: 'apt-get install openssl' },
    { path: 'setpriv', install: 'apt-get install util-linux' },
  );
  // One version is asked about everything, the other about every second one and what only it knows.
  const configurations = POSTGRES_CONFIGURATIONS.filter(({ since }, index) => (since === undefined ? major === 15 || index % 2 === 0 : since <= major));
  const observed = new Map<string, Observation>();
  let scratch = '';

  beforeAll(async () => {
    if (absent !== undefined) return;
    scratch = newScratch();
    const certificates = makeCertificates(join(scratch, 'certificates'), 'DNS:localhost,IP:127.0.0.1');
    const first = new PostgresInstallation(major, bin, join(scratch, 'first'));
    first.useCertificates(certificates);
    await forEachOf(configurations, 1, async (configuration) => {
      const [port] = await freePorts(1);
      observed.set(configuration.name, await observe(configuration, first, port ?? 0, certificates));
    });
  }, LONG);

  afterAll(() => {
    if (scratch !== '') rmSync(scratch, { recursive: true, force: true });
  });

  test.skipIf(absent !== undefined).each(configurations.map(({ name }) => name))('%s', (name) => {
    const { starts, facts, answers } = observed.get(name) as Observation;
    expect(facts.startFault.value === null).toBe(starts);
    expect(answers.filter(({ real, told }) => !agrees(real, told))).toEqual([]);
    // What is not known must be hidden from whoever reads the files: names, groups, expressions.
    const isOpenQuestion = ['samehost', 'samenet', 'by name', 'samerole', 'group', 'regular expression', 'file of users that is not there'].includes(name);
    expect(isOpenQuestion ? [] : answers.filter(({ told }) => told === 'unknown')).toEqual([]);
    const isLetIn = ({ real }: Answered): boolean => !['refused', 'no TLS', 'unreachable'].includes(real);
    // The address of the machine itself stands in for that of another one, which a record for the machine itself does not mean.
    if (name === 'samehost') return;
    if (answers.some((answer) => answer.isFromNetwork && answer.isPlaintext && isLetIn(answer))) expect(facts.isPlaintextPossible.value).not.toBe(false);
    if (answers.some((answer) => answer.isFromNetwork && answer.real === 'trusted' && !answer.attempt.includes('certificate'))) expect(facts.isTrustPossible.value).not.toBe(false);
  });

  test.skipIf(absent !== undefined)('there are enough of them, and they differ', () => {
    const answers = [...observed.values()].flatMap((observation) => observation.answers);
    expect(observed.size).toBeGreaterThanOrEqual(60);
    for (const greeting of ['trusted', 'password', 'scram-sha-256', 'refused', 'no TLS', 'unreachable'])
      expect(answers.filter(({ real }) => real === greeting).length).toBeGreaterThan(10);
    expect([...observed.values()].filter(({ starts }) => !starts).length).toBeGreaterThan(5);
    expect([...observed.values()].filter(({ facts }) => facts.isPlaintextPossible.value === false).length).toBeGreaterThan(10);
    expect(answers.filter(({ told }) => told === 'unknown').length).toBeLessThan(answers.length / 20);
  });
});

async function observe(configuration: PostgresConfiguration, installation: PostgresInstallation, port: number, certificates: Certificates): Promise<Observation> {
  const { folder, data, major } = installation;
  const fill = (text: string): string => text.replaceAll('{outer}', outer).replaceAll('{folder}', folder);
  const files = Object.entries({
    'data/postgresql.conf': configuration.conf ?? '',
    'data/pg_hba.conf': configuration.hba,
    'data/postgresql.auto.conf': '',
    ...configuration.files,
  }).map(([name, text]) => ({
    path: join(folder, name),
    text: fill(text),
  }));
  for (const { path, text } of files) {
    mkdirSync(dirname(path), { recursive: true });
    installation.own(dirname(path));
    installation.write(path, text);
  }
  const words = (configuration.words ?? []).map(fill);
  const facts = effectivePostgres({
    family: 'packaged-postgres',
    version: String(major),
    command: ['postgres', '-D', data, '-k', folder, '-p', String(port), ...words].map(knownText),
    arguments: null,
    environment: new Map(),
    isEnvironmentComplete: true,
    files,
    unseenPaths: [],
    wholeFolders: [folder],
  });
  const server = await installation.start(words, port);
  try {
    return { starts: server !== undefined, facts, answers: server === undefined ? [] : await knockEverywhere(installation, port, certificates, facts) };
  } finally {
    await server?.stop();
    for (const name of Object.keys(configuration.files ?? {})) rmSync(join(folder, name), { force: true });
  }
}

async function knockEverywhere({ folder }: PostgresInstallation, port: number, certificates: Certificates, facts: PostgresServer): Promise<Answered[]> {
  const answers: Answered[] = [];
  const first = { user: 'tester', database: 'app', isReplication: false };
  const logins: Login[] = [];
  for (const login of [
    first,
    { user: 'app', database: 'postgres', isReplication: false },
    { user: 'tester', database: 'tester', isReplication: false },
    { user: 'tester', database: '', isReplication: true },
  ]) {
    logins.push({ host: folder, port, ...login });
    for (const host of login === first ? ['127.0.0.1', '::1', outer] : ['127.0.0.1', outer]) {
      logins.push({ host, port, ...login }, { host, port, ...login, tls: { certificates, sendsCertificate: false } });
      if (login === first) logins.push({ host, port, ...login, tls: { certificates, sendsCertificate: true } });
    }
  }
  await forEachOf(logins, 4, async (login) => {
    const attempt = `${login.user}@${login.database || 'replication'} from ${login.host}${login.tls === undefined ? '' : login.tls.sendsCertificate ? ' by TLS with a certificate' : ' by TLS'}`;
    answers.push({
      attempt,
      real: await knock(login),
      told: tell(login, facts),
      isFromNetwork: login.host === outer && outer !== '127.0.0.1',
      isPlaintext: login.tls === undefined,
    });
  });
  return answers;
}

/** What the facts say that the server will say. */
function tell(login: Login, facts: PostgresServer): Greeting | 'unknown' | 'in or refused' {
  const isSocket = login.host.startsWith('/');
  const addresses = facts.listenAddresses.value ?? [];
  if (!isSocket && !addresses.some((address) => address === '*' || address === login.host || (address === 'localhost' && localhost.includes(login.host)))) return 'unreachable';
  if (login.tls !== undefined && facts.ssl.value === false) return 'no TLS';
  const attempt: LoginAttempt = {
    from: isSocket ? 'socket' : { address: login.host },
    transport: login.tls === undefined ? 'plaintext' : 'tls',
    user: login.user,
    database: login.database,
    isReplication: login.isReplication,
  };
  const decided = facts.access.value?.decide(attempt).value;
  if (decided === undefined) return 'unknown';
  if (decided.answer === 'refused' || (decided.asksCertificate && login.tls?.sendsCertificate !== true)) return 'refused';
  if (decided.answer === 'trusted') return 'trusted';
  if (decided.method === 'cert') return 'in or refused';
  return decided.method as Greeting;
}

/** An unknown answer agrees with every one, a wrong one with none. */
function agrees(real: string, told: string): boolean {
  if (told === 'unknown') return true;
  // With a certificate, whose it must be is the record's affair.
  if (told === 'in or refused') return real === 'trusted' || real === 'refused';
  // md5 asks for SCRAM where the password is kept as such; nobody here has a password, and the default encryption decides.
  return real === told || (told === 'md5' && real === 'scram-sha-256');
}
