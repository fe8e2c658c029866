import { isRedisDirective } from '../../server-config/redis-names.ts';
import { isSeen } from '../connections/text.ts';
import { undecided } from '../outdated.ts';
import { isLoopback } from './addresses.ts';
import { effectiveDragonfly } from './dragonfly.ts';
import type { RedisFamily, ServerInputs } from './inputs.ts';
import { agreed, allOf, anyOf, isSeen as isKnown, type Known, learn, mapSeen, not, seen, unseen } from './known.ts';
import { type EntryPointStart, launchesOf, type Programs } from './launch.ts';
import { isUnexpanded, sealPassword } from './password.ts';
import { Pool } from './pool.ts';
import { type Entry, type Layers, redisLayers } from './redis-layers.ts';
import type { RedisServer, RedisUser } from './redis-server.ts';
import { RedisSettings } from './redis-settings.ts';
import { redisUsers, type Users } from './redis-users.ts';
import { isRedisSupported, REDIS_VERSIONS_AS_OF } from './redis-versions.ts';
import { parseVersion, type Version } from './version.ts';

export const REDIS_PROGRAMS: Programs = {
  servers: new Set(['redis-server', 'redis-sentinel', 'valkey-server', 'valkey-sentinel', 'keydb-server', 'dragonfly']),
  entryPoint:
    /^\/?(?:usr\/local\/bin\/)?(?:docker-)?entrypoint\.sh$|^\/opt\/bitnami\/scripts\/(?:redis|valkey|redis-cluster|valkey-cluster|redis-sentinel|valkey-sentinel)\/(?:entrypoint|run)\.sh$/,
};

/** What is true of a Redis server, told from all that decides how it runs. */
export function effectiveRedis(inputs: ServerInputs<RedisFamily>): RedisServer {
  const pool = new Pool();
  const launches = launchesOf(inputs, REDIS_PROGRAMS, pool);
  if (!Array.isArray(launches)) return unknownServer(inputs, launches as ReturnType<typeof unseen>);
  const version = parseVersion(inputs.version ?? '');
  const servers = (launches as readonly EntryPointStart[]).map((start) =>
    inputs.family === 'dragonfly' ? effectiveDragonfly(start, pool, inputs) : serverOf(start, inputs, version, pool),
  );
  const [first, ...others] = servers;
  if (first === undefined || others.length === 0) return first ?? unknownServer(inputs, unseen('nothing starts the server', 'check its command'));
  return Object.fromEntries(
    Object.keys(first).map((fact) => [fact, agreed(servers.map((server) => server[fact as keyof RedisServer] as Known<unknown>))]),
  ) as unknown as RedisServer;
}

/** A server of which nothing is known but its version. */
function unknownServer(inputs: ServerInputs<RedisFamily>, because: ReturnType<typeof unseen>): RedisServer {
  const facts = new Proxy({} as RedisServer, { get: () => because });
  return { ...Object.fromEntries(FACTS.map((fact) => [fact, facts[fact]])), ...versionFacts(inputs, parseVersion(inputs.version ?? '')) } as RedisServer;
}

function serverOf(start: EntryPointStart, inputs: ServerInputs<RedisFamily>, version: Version | undefined, pool: Pool): RedisServer {
  const layers = redisLayers(start, inputs.family, version?.major, { pool, isEnvironmentComplete: inputs.isEnvironmentComplete });
  const settings = new RedisSettings(layers, inputs.family === 'redis' || inputs.family === 'valkey' ? `the ${inputs.family} image` : 'the server');
  const users = redisUsers(layers, settings, version?.major, pool);
  const required = settings.words('requirepass', ['']);

  // One word with blanks counts as several (config.c, MULTI_ARG_CONFIG).
  const bind = mapSeen(settings.words('bind', ['*', '-::*']), (values) => values.flatMap((value) => value.split(' ')).filter((value) => value !== ''));
  const plaintextPort = settings.number('port', layers.isSentinel ? 26379 : 6379);
  const tlsPort = settings.number('tls-port', 0);
  const clientCertificates = mapSeen(settings.choice('tls-auth-clients', 'yes', ['yes', 'no', 'optional']), (choice) =>
    choice === 'yes' ? 'required' : choice === 'no' ? 'none' : 'optional',
  );
  const isListening = anyOf(
    mapSeen(plaintextPort, (port) => port > 0),
    mapSeen(tlsPort, (port) => port > 0),
  );
  const listensBeyondLoopback = allOf(isListening, beyondLoopback(bind));

  const protectedMode = protection(settings, start, inputs, layers.isSentinel);
  const isOpenToAll = mapSeen(users, ({ byDefault }) => byDefault.hasNoPass);
  const isProtected = allOf(protectedMode, isOpenToAll, protectionMinds(bind, settings, version));
  const requiresPassword = mapSeen(users, ({ byDefault }) => !(byDefault.isEnabled && byDefault.hasNoPass && byDefault.mayDoMoreThanPing));
  const takesAnybody = anyOf(
    mapSeen(plaintextPort, (port) => port > 0),
    allOf(
      mapSeen(tlsPort, (port) => port > 0),
      mapSeen(clientCertificates, (choice) => choice !== 'required'),
    ),
  );
  const renamed = settings.all('rename-command');
  // Since 7.0 a command of its own has to be enabled; before, everybody had it.
  const guarded = (name: string): Known<'yes' | 'local' | 'no'> =>
    version === undefined && !settings.isSet(name)
      ? unseen(`whether ${name} is needed depends on the version`, 'pin the image to a version', settings.default)
      : settings.choice(name, version !== undefined && version.major < 7 ? 'yes' : 'no', LOCAL);

  return {
    ...versionFacts(inputs, version),
    requiresPassword,
    passwordIsUnexpanded: mapSeen(passwordText(required, users), (text) => text !== null && isUnexpanded(text)),
    password: learn(
      passwordText(required, users),
      (text) => sealPassword(text, pool),
      'the password is not part of the scan',
      'scan what holds it, too: its Secret or file; of a cluster, --read-secrets reads Secrets',
    ),
    usersWithoutPassword: mapSeen(users, (all) => all.users.filter((user) => user.name !== 'default' && user.isEnabled && user.hasNoPass).map(({ name }) => name)),
    isProtected,
    protectedMode,
    isOpenToNetwork: allOf(listensBeyondLoopback, takesAnybody, not(requiresPassword), not(isProtected)),
    bind,
    listensBeyondLoopback,
    plaintextPort,
    tlsPort,
    clientCertificates,
    offersOldTls: mapSeen(settings.words('tls-protocols', ['TLSv1.2 TLSv1.3']), (values) => /\bTLSv1(?:\.[01])?(?![.\d])/i.test(values.join(' '))),
    replicatesOverTls: settings.bool('tls-replication', false),
    isReplica: mapSeen(settings.words('replicaof', ['no', 'one']), ([host = '', port = '']) => !(/^no$/i.test(host) && /^one$/i.test(port))),
    isSentinel: seen(layers.isSentinel, ...(start.words[0] === undefined ? [settings.default] : [start.words[0].source])),
    users: mapSeen(users, (all) => all.users.map(describeUser)),
    hasAcl: mapSeen(users, ({ hasAcl }) => hasAcl),
    closedCommands: closedCommands(users, renamed),
    enableDebugCommand: guarded('enable-debug-command'),
    enableModuleCommand: guarded('enable-module-command'),
    enableProtectedConfigs: guarded('enable-protected-configs'),
    maxMemory: settings.bytes('maxmemory'),
    maxMemoryPolicy: settings.text('maxmemory-policy', 'noeviction'),
    maxClients: settings.number('maxclients', 10_000),
    idleTimeoutSeconds: settings.number('timeout', 0),
    savesSnapshots: mapSeen(settings.all('save'), savesAnything),
    appendsToFile: settings.bool('appendonly', false),
    startFault: faultOf(layers, settings, users, version?.major),
  };
}

const SINCE_7 = new Set(['enable-debug-command', 'enable-module-command', 'enable-protected-configs']);
const LOCAL = ['yes', 'local', 'no'] as const;

const FACTS: readonly (keyof RedisServer)[] = [
  'requiresPassword',
  'passwordIsUnexpanded',
  'password',
  'usersWithoutPassword',
  'isProtected',
  'protectedMode',
  'isOpenToNetwork',
  'bind',
  'listensBeyondLoopback',
  'plaintextPort',
  'tlsPort',
  'clientCertificates',
  'offersOldTls',
  'replicatesOverTls',
  'isReplica',
  'isSentinel',
  'users',
  'hasAcl',
  'closedCommands',
  'enableDebugCommand',
  'enableModuleCommand',
  'enableProtectedConfigs',
  'maxMemory',
  'maxMemoryPolicy',
  'maxClients',
  'idleTimeoutSeconds',
  'savesSnapshots',
  'appendsToFile',
  'startFault',
];

function versionFacts({ family, version, today }: ServerInputs<RedisFamily>, parsed: Version | undefined): Pick<RedisServer, 'version' | 'isVersionSupported'> {
  const source = { input: 'default', of: 'the image tag' } as const;
  if (version === undefined || parsed === undefined) {
    const absent = unseen('the image tag names no version', 'pin the image to a version', source);
    return { version: absent, isVersionSupported: absent };
  }
  const product = family === 'valkey' || family === 'bitnami-valkey' ? 'valkey' : family === 'redis' || family === 'bitnami-redis' ? 'redis' : undefined;
  const isSupported = product === undefined ? undefined : isRedisSupported(product, parsed, today);
  const { because, hint } =
    product === undefined
      ? { because: `which versions of ${PRODUCTS[family] ?? 'this image'} get fixes is not known`, hint: 'look it up with its project, or use an image of Redis or Valkey' }
      : undecided('Redis and Valkey', REDIS_VERSIONS_AS_OF, parsed.patch !== undefined, today);
  return {
    version: seen([parsed.major, parsed.minor, parsed.patch].filter((part) => part !== undefined).join('.'), source),
    isVersionSupported: isSupported === undefined ? unseen(because, hint, source) : seen(isSupported, source),
  };
}

const PRODUCTS: Partial<Readonly<Record<RedisFamily, string>>> = { keydb: 'KeyDB', dragonfly: 'Dragonfly', 'redis-stack': 'Redis Stack' };

function beyondLoopback(bind: Known<readonly string[]>): Known<boolean> {
  if (!isKnown(bind)) return bind;
  const addresses = bind.value.map((address) => address.replace(/^-/, ''));
  if (addresses.some((address) => isSeen(address) && !isLoopback(address))) return { value: true, sources: bind.sources };
  const isHidden = addresses.some((address) => !isSeen(address));
  return isHidden ? unseen('the address to bind to is not known', 'scan what sets it', ...bind.sources) : { value: false, sources: bind.sources };
}

/** `protected-mode` as the server has it. Docker's official images are built with the default turned round. */
function protection(settings: RedisSettings, start: EntryPointStart, inputs: ServerInputs<RedisFamily>, isSentinel: boolean): Known<boolean> {
  const isPatched = inputs.family === 'redis' || inputs.family === 'valkey';
  const set = settings.bool('protected-mode', !(isPatched || isSentinel));
  const isOpenQuestion = inputs.family === 'other-redis' || inputs.family === 'keydb';
  if (settings.isSet('protected-mode') || isSentinel || !isOpenQuestion || !isKnown(set)) return set;
  return unseen('whether this image is built with protected mode turned off is not known', 'set protected-mode', ...start.words.slice(0, 1).map(({ source }) => source));
}

/** Before 7.0, an address given with `bind` turned protected mode off (networking.c, acceptCommonHandler). */
function protectionMinds(bind: Known<readonly string[]>, settings: RedisSettings, version: Version | undefined): Known<boolean> {
  const isBound = settings.isSet('bind');
  if (!isBound || (version !== undefined && version.major >= 7)) return seen(true);
  if (version !== undefined) return { value: false, sources: bind.sources };
  return unseen('whether protected mode applies to a bound address depends on the version', 'pin the image to a version', ...bind.sources);
}

/** The default user's password; null where it has none. */
function passwordText(required: Known<readonly string[]>, users: Known<Users>): Known<string | null> {
  if (!isKnown(users)) return users;
  const { byDefault, hasAcl } = users.value;
  const text = byDefault.passwords.at(-1);
  if (text !== undefined) return { value: text, sources: users.sources };
  if (byDefault.passwordCount > 0) return unseen('only a hash of the password is in the ACL', 'nothing: that is as it should be', ...users.sources);
  return { value: null, sources: hasAcl || !isKnown(required) ? users.sources : required.sources };
}

const ADMINISTRATIVE = ['config', 'debug', 'module', 'flushall', 'flushdb', 'keys', 'shutdown', 'replicaof', 'slaveof', 'save', 'acl', 'script', 'eval'];

function describeUser(user: Users['byDefault']): RedisUser {
  return {
    name: user.name,
    isEnabled: user.isEnabled,
    needsPassword: !user.hasNoPass,
    hasAllKeys: user.hasAllKeys,
    hasAllChannels: user.hasAllChannels,
    hasAllCommands: user.hasAllCommands,
    dangerousCommands: ADMINISTRATIVE.filter((command) => user.mayRun(command)),
  };
}

function closedCommands(users: Known<Users>, renamed: Known<readonly Entry[]>): Known<readonly string[]> {
  if (!isKnown(users)) return users;
  if (!isKnown(renamed)) return renamed;
  const away = new Set(renamed.value.map(({ values }) => values[0]?.toLowerCase()));
  const closed = ADMINISTRATIVE.filter((command) => away.has(command) || !users.value.byDefault.isEnabled || !users.value.byDefault.mayRun(command));
  return { value: closed, sources: [...renamed.sources, ...users.sources] };
}

/** `save ""` takes back every earlier rule; without any rule, the server has three of its own. */
function savesAnything(entries: readonly { readonly values: readonly string[] }[]): boolean {
  return entries.length === 0 || (entries.at(-1)?.values ?? []).some((value) => value !== '');
}

function faultOf(layers: Layers, settings: RedisSettings, users: Known<Users>, major: number | undefined): Known<string | null> {
  const first = [...layers.faults, ...(users.value?.faults ?? [])][0];
  if (first !== undefined) return seen(first.because, first.source);
  for (const { name, values, source } of layers.entries) {
    if (!isRedisDirective(name)) return seen('a line, or an option, is none that the server knows', source);
    if (SINCE_7.has(name) && major !== undefined && major < 7) return seen(`${name} came with version 7.0`, source);
    if (name === 'bind' && major !== undefined && major < 7 && values.some((value) => value.includes(' '))) return seen('several addresses in one word are none', source);
    if (name === 'requirepass' && values.length !== 1) return seen('requirepass needs exactly one value', source);
  }
  const tlsPort = settings.number('tls-port', 0);
  const certificate = settings.words('tls-cert-file', ['']);
  if (isKnown(tlsPort) && tlsPort.value > 0 && isKnown(certificate) && (certificate.value[0] ?? '') === '')
    return seen('there is a TLS port and no certificate', ...tlsPort.sources);
  const bind = settings.words('bind', ['*']);
  const port = settings.number('port', 6379);
  const isClosed = (isKnown(port) && port.value === 0 && isKnown(tlsPort) && tlsPort.value === 0) || (isKnown(bind) && bind.value.join('') === '');
  const socket = settings.text('unixsocket', '');
  if (isClosed && isKnown(socket) && socket.value === '') return seen('it listens nowhere', ...(isKnown(bind) ? bind.sources : port.sources));
  return layers.holes.length > 0 ? unseen('a part of the configuration was not seen', 'scan it', ...layers.holes.map(({ source }) => source)) : seen(null);
}
