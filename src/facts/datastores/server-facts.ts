import type { Sealed } from '../../sealed.ts';
import { optionalInt, toInt } from '../read.ts';
import { isSeen, type Known, learn, mapSeen, seen } from '../servers/known.ts';
import type { PostgresServer } from '../servers/postgres-server.ts';
import type { RedisServer } from '../servers/redis-server.ts';
import type { Learned } from './datastore.ts';
import { OF_MIDDLE_LENGTH, shortness } from './password-facts.ts';

/** Commands by which a client that should read and write empties, stops or reconfigures the server. */
const ADMINISTRATIVE = ['config', 'debug', 'module', 'flushall', 'flushdb', 'shutdown', 'replicaof', 'slaveof', 'acl', 'save', 'bgrewriteaof', 'failover', 'cluster'];

export function redisFacts(server: RedisServer): Learned {
  const others = mapSeen(server.users, (users) => users.filter(({ name, isEnabled }) => name !== 'default' && isEnabled));
  const standard = mapSeen(server.users, (users) => users.find(({ name }) => name === 'default'));
  return {
    version: server.version,
    isVersionSupported: server.isVersionSupported,
    listensBeyondLoopback: server.listensBeyondLoopback,
    offersTls: mapSeen(server.tlsPort, (port) => port > 0),
    acceptsPlaintext: both(
      mapSeen(server.plaintextPort, (port) => port > 0),
      server.listensBeyondLoopback,
    ),
    offersOldTls: server.offersOldTls,
    isReplica: server.isReplica,
    replicatesOverTls: server.replicatesOverTls,
    requiresPassword: server.requiresPassword,
    passwordIsUnexpanded: server.passwordIsUnexpanded,
    usersWithoutPassword: server.usersWithoutPassword,
    protectedMode: server.protectedMode,
    isOpenToNetwork: server.isOpenToNetwork,
    onlyDefaultUser: mapSeen(others, (users) => users.length === 0),
    defaultUserIsAlmighty: mapSeen(standard, (user) => user?.isEnabled === true && user.hasAllCommands && user.hasAllKeys),
    overpoweredUsers: mapSeen(others, (users) =>
      users.filter(({ hasAllCommands, dangerousCommands }) => hasAllCommands || dangerousCommands.some((command) => ADMINISTRATIVE.includes(command))).map(({ name }) => name),
    ),
    enabledDangers: enabledDangers(server),
    openCommands: openCommands(server),
    maxMemory: mapSeen(server.maxMemory, (bytes) => optionalInt(bytes > 0 ? BigInt(Math.round(bytes)) : null) as NonNullable<ReturnType<typeof optionalInt>>),
    maxMemoryPolicy: server.maxMemoryPolicy,
    ...passwordFacts(server.password),
  };
}

/** A default user that is off runs nothing. */
function openCommands(server: RedisServer): Known<readonly string[]> {
  const { users, closedCommands } = server;
  if (!isSeen(users)) return users;
  const standard = users.value.find(({ name }) => name === 'default');
  if (standard !== undefined && !standard.isEnabled) return seen<readonly string[]>([], ...users.sources);
  if (!isSeen(closedCommands)) return closedCommands;
  const open = ['flushall', 'flushdb', 'config', 'shutdown', 'debug', 'module', 'replicaof'].filter((command) => !closedCommands.value.includes(command));
  return seen<readonly string[]>(open, ...closedCommands.sources);
}

function enabledDangers(server: RedisServer): Known<readonly string[]> {
  const settings = [
    ['enable-debug-command', server.enableDebugCommand],
    ['enable-module-command', server.enableModuleCommand],
    ['enable-protected-configs', server.enableProtectedConfigs],
  ] as const;
  const enabled = settings.filter(([, setting]) => isSeen(setting) && setting.value !== 'no');
  const unseen = settings.find(([, setting]) => !isSeen(setting))?.[1];
  if (enabled.length === 0 && unseen !== undefined && !isSeen(unseen)) return unseen;
  const sources = (enabled.length > 0 ? enabled : settings).flatMap(([, setting]) => setting.sources);
  return seen<readonly string[]>(
    enabled.map(([name]) => name),
    ...sources,
  );
}

export function postgresFacts(server: PostgresServer): Learned {
  return {
    version: server.version,
    isVersionSupported: server.isVersionSupported,
    listensBeyondLoopback: server.listensBeyondLoopback,
    offersTls: server.ssl,
    acceptsPlaintext: lastFirst(server.isPlaintextPossible),
    offersOldTls: both(
      mapSeen(server.minTlsVersion, (version) => /^TLSv1(?:\.1)?$/i.test(version) || version === ''),
      server.ssl,
    ),
    trustsNetwork: lastFirst(server.isTrustPossible),
    trustsLocal: server.isLocalTrustPossible,
    networkMethods: server.networkMethods,
    passwordEncryption: server.passwordEncryption,
    superuser: server.superuser,
    ...passwordFacts(server.password),
    logsStatements: either(
      mapSeen(server.logStatement, (value) => /^(?:ddl|mod|all)$/i.test(value)),
      server.auditsStatements,
    ),
    logsConnections: server.logConnections,
    logsDisconnections: server.logDisconnections,
    statementTimeout: mapSeen(server.statementTimeoutMs, wholeNumber),
    lockTimeout: mapSeen(server.lockTimeoutMs, wholeNumber),
    idleTransactionTimeout: mapSeen(server.idleInTransactionTimeoutMs, wholeNumber),
    maxConnections: mapSeen(server.maxConnections, wholeNumber),
    reservedConnections: mapSeen(server.reservedConnections, wholeNumber),
    syncsWrites: both(server.fsync, server.fullPageWrites),
    hasChecksums: server.dataChecksums,
    hidesDamage: either(server.zeroDamagedPages, server.ignoreChecksumFailure),
  };
}

function wholeNumber(value: number): bigint {
  return toInt(Math.round(value));
}

function passwordFacts(password: Known<Sealed | null>): Learned {
  return {
    hasPassword: mapSeen(password, (value) => value !== null),
    passwordIsDefault: mapSeen(password, (value) => value?.isGuessable === true),
    passwordIsShort: learn(password, (value) => (value === null ? false : shortness(value)), OF_MIDDLE_LENGTH.because, OF_MIDDLE_LENGTH.hint),
  };
}

/** The record that lets clients in is the place to mend, not the line that makes the server listen. */
function lastFirst<T>(known: Known<T>): Known<T> {
  return known.sources.length < 2 ? known : { ...known, sources: [...known.sources].reverse() };
}

/** As `&&`: one false decides. */
export function both(a: Known<boolean>, b: Known<boolean>): Known<boolean> {
  if (a.value === false) return a;
  if (b.value === false) return b;
  if (!isSeen(a)) return a;
  return isSeen(b) ? seen(true, ...a.sources, ...b.sources) : b;
}

/** As `||`: one true decides. */
export function either(a: Known<boolean>, b: Known<boolean>): Known<boolean> {
  if (a.value === true) return a;
  if (b.value === true) return b;
  if (!isSeen(a)) return a;
  return isSeen(b) ? seen(false, ...a.sources, ...b.sources) : b;
}
