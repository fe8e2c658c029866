import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownText } from '../../src/facts/connections/text.ts';
import { effectiveRedis } from '../../src/facts/servers/effective-redis.ts';
import type { RedisServer } from '../../src/facts/servers/redis-server.ts';
import { ask, type RedisTarget } from './redis-client.ts';
import { REDIS_CONFIGURATIONS, type RedisConfiguration } from './redis-configurations.ts';
import { type Certificates, forEachOf, freePorts, makeCertificates, missing, newScratch, outerAddress, startServer } from './scratch.ts';

const absent = missing(
  { path: 'redis-server', install: 'apt-get install redis-server' },
  { path: 'openssl', install: 'apt-get install openssl' },
  { path: 'setpriv', install: 'apt-get install util-linux' },
);
const outer = outerAddress();

/** `redis-server` of Debian; further ones as `path@version`, with commas between. */
const SERVERS = ['redis-server@7.0.15', ...(process.env['SEAWORTHY_REDIS_SERVERS'] ?? '').split(',').filter((name) => name !== '')].map((name) => {
  const [program = '', version = ''] = name.split('@');
  return { program, version };
});

interface Observed {
  readonly starts: boolean;
  /** By address and transport: whether a client without a password may read. */
  readonly anonymous: Readonly<Record<string, boolean>>;
  readonly protected: boolean | undefined;
  readonly guestEnters: boolean;
}

/** What the real server does, and what the facts say of the same words and files. */
interface Observation {
  readonly real: Observed;
  readonly facts: RedisServer;
  readonly settings: Readonly<Record<string, string>> | undefined;
  /** A part of the configuration comes over standard input, which no scan sees. */
  readonly isHidden: boolean;
}

describe.skipIf(absent !== undefined).each(SERVERS)('a real Redis server $version does what the facts say', ({ program, version }) => {
  const observed = new Map<string, Observation>();
  let scratch = '';
  let certificates: Certificates;

  beforeAll(async () => {
    scratch = newScratch();
    certificates = makeCertificates(join(scratch, 'certificates'), 'DNS:localhost,IP:127.0.0.1');
    const ports = await freePorts(REDIS_CONFIGURATIONS.length * 2);
    await forEachOf(REDIS_CONFIGURATIONS, 3, async (configuration, index) => {
      const ends = [ports[index * 2] ?? 0, ports[index * 2 + 1] ?? 0] as const;
      observed.set(configuration.name, await observe({ program, version }, configuration, scratch, certificates, ends));
    });
  }, 900_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test.each(REDIS_CONFIGURATIONS.map(({ name }) => name))('%s', (name) => {
    const { real, facts, settings, isHidden } = observed.get(name) as Observation;
    if (isHidden) {
      expect(facts.requiresPassword.value).toBeUndefined();
      return;
    }
    expect(tellFrom(facts)).toEqual(real);
    if (settings === undefined) return;
    const told: Readonly<Record<string, string | undefined>> = {
      maxmemory: String(facts.maxMemory.value),
      'maxmemory-policy': facts.maxMemoryPolicy.value,
      timeout: String(facts.idleTimeoutSeconds.value),
      appendonly: facts.appendsToFile.value === true ? 'yes' : 'no',
      'protected-mode': facts.protectedMode.value === true ? 'yes' : 'no',
      'enable-debug-command': facts.enableDebugCommand.value,
      'enable-module-command': facts.enableModuleCommand.value,
      port: String(facts.plaintextPort.value),
      'tls-port': String(facts.tlsPort.value),
    };
    for (const [name, value] of Object.entries(settings)) if (name !== 'save') expect([name, told[name]]).toEqual([name, value]);
    expect(settings['save'] !== '').toBe(facts.savesSnapshots.value);
  });

  test('there are enough of them, and they differ', () => {
    const all = [...observed.values()].map(({ real }) => real);
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(all.filter(({ starts }) => !starts).length).toBeGreaterThan(5);
    expect(all.filter(({ anonymous }) => anonymous['loopback plaintext'] === true).length).toBeGreaterThan(20);
    expect(all.filter(({ anonymous }) => Object.values(anonymous).every((isOpen) => !isOpen)).length).toBeGreaterThan(20);
  });
});

async function observe(
  server: (typeof SERVERS)[number],
  configuration: RedisConfiguration,
  scratch: string,
  certificates: Certificates,
  [port, tls]: readonly [number, number],
): Promise<Observation> {
  const folder = join(scratch, configuration.name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  const fill = (text: string): string =>
    text.replaceAll('{port}', String(port)).replaceAll('{tls}', String(tls)).replaceAll('{folder}', folder).replaceAll('{certificates}', join(scratch, 'certificates'));
  const files = Object.entries(configuration.files ?? {}).map(([name, text]) => ({ path: join(folder, name), text: fill(text) }));
  for (const { path, text } of files) writeFileSync(path, text);
  const words = configuration.words.map(fill);
  const facts = effectiveRedis({
    family: 'packaged-redis',
    version: server.version,
    command: [basename(server.program), ...words].map(knownText),
    arguments: null,
    environment: new Map(),
    isEnvironmentComplete: true,
    files,
    unseenPaths: [],
    wholeFolders: [folder],
  });
  const child = startServer([server.program, ...words], { cwd: folder, ...(configuration.stdin === undefined ? {} : { stdin: configuration.stdin }) });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    const starts = await isUp(child, [
      { address: '127.0.0.1', port },
      { address: '127.0.0.1', port: tls, tls: { certificates, sendsCertificate: true } },
    ]);
    const real = starts ? await tryServer(port, tls, certificates) : NOTHING;
    const settings = starts && real.anonymous['loopback plaintext'] === true ? await readSettings({ address: '127.0.0.1', port }) : undefined;
    return { real, facts, settings, isHidden: configuration.stdin !== undefined };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const NOTHING: Observed = { starts: false, anonymous: {}, protected: undefined, guestEnters: false };

/** Up as soon as it answers somewhere; a server that listens nowhere is up once it has stayed for a while. */
async function isUp(child: ReturnType<typeof startServer>, targets: readonly RedisTarget[]): Promise<boolean> {
  let log = '';
  child.stderr?.on('data', (data: Buffer) => {
    log += data.toString();
  });
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    for (const target of targets) if ((await ask(target, [['PING']])) !== undefined) return true;
    if (tries === 20 && log === '') break;
    await new Promise((resolve) => setTimeout(resolve, 10 + tries * 5));
  }
  return child.exitCode === null;
}

async function tryServer(port: number, tls: number, certificates: Certificates): Promise<Observed> {
  const anonymous: Record<string, boolean> = {};
  for (const [where, address] of addresses()) {
    anonymous[`${where} plaintext`] = await mayRead({ address, port });
    anonymous[`${where} TLS`] = await mayRead({ address, port: tls, tls: { certificates, sendsCertificate: false } });
    anonymous[`${where} TLS with certificate`] = await mayRead({ address, port: tls, tls: { certificates, sendsCertificate: true } });
  }
  const fromOutside = outer === undefined ? undefined : await ask({ address: outer, port }, [['PING']]);
  const isProtected = fromOutside?.[0]?.startsWith('-DENIED');
  const guest =
    (await ask({ address: '127.0.0.1', port }, [['AUTH', 'guest', 'anything']])) ??
    (await ask({ address: '127.0.0.1', port: tls, tls: { certificates, sendsCertificate: true } }, [['AUTH', 'guest', 'anything']]));
  return { starts: true, anonymous, protected: isProtected, guestEnters: guest?.[0] === '+OK' };
}

function addresses(): [string, string][] {
  return [['loopback', '127.0.0.1'], ['another loopback', '127.0.0.2'], ...(outer === undefined ? [] : ([['network', outer]] as [string, string][]))];
}

async function mayRead(target: RedisTarget): Promise<boolean> {
  const answers = await ask(target, [['GET', 'nothing']]);
  return answers?.[0] === '(nil)';
}

async function readSettings(target: RedisTarget): Promise<Record<string, string> | undefined> {
  const names = ['maxmemory', 'maxmemory-policy', 'timeout', 'appendonly', 'protected-mode', 'enable-debug-command', 'enable-module-command', 'port', 'tls-port', 'save'];
  const answers = await ask(
    target,
    names.map((name) => ['CONFIG', 'GET', name]),
  );
  if (answers === undefined || answers[0]?.startsWith('-') === true) return undefined;
  // A name that the version does not know gets an empty answer.
  return Object.fromEntries(names.flatMap((name, index) => (answers[index]?.startsWith(name) === true ? [[name, answers[index].slice(name.length + 1)]] : [])));
}

/** The same, told from the facts alone. */
function tellFrom(facts: RedisServer): Observed {
  if (facts.startFault.value !== null) return NOTHING;
  const anonymous: Record<string, boolean> = {};
  const bind = facts.bind.value ?? [];
  for (const [where, address] of addresses()) {
    const isReached = bind.some((bound) => ['*', '0.0.0.0', address].includes(bound.replace(/^-/, '')) || (bound === 'localhost' && address === '127.0.0.1'));
    const isRefused = facts.requiresPassword.value !== false || (where === 'network' && facts.isProtected.value !== false);
    const plaintext = isReached && facts.plaintextPort.value !== 0 && !isRefused;
    const tls = isReached && facts.tlsPort.value !== 0 && !isRefused;
    anonymous[`${where} plaintext`] = plaintext;
    anonymous[`${where} TLS`] = tls && facts.clientCertificates.value !== 'required';
    anonymous[`${where} TLS with certificate`] = tls;
  }
  const isReachedOutside = facts.listensBeyondLoopback.value === true && bind.some((bound) => /[*0]/.test(bound)) && facts.plaintextPort.value !== 0;
  const isServing = bind.length > 0 && (facts.plaintextPort.value !== 0 || facts.tlsPort.value !== 0);
  return {
    starts: true,
    anonymous,
    protected: outer === undefined || !isReachedOutside ? undefined : facts.isProtected.value,
    guestEnters: isServing && (facts.usersWithoutPassword.value ?? []).includes('guest'),
  };
}
