import { isSeen } from '../connections/text.ts';
import { isLoopback } from './addresses.ts';
import type { RedisFamily, ServerInputs } from './inputs.ts';
import { allOf, isSeen as isKnown, type Known, learn, mapSeen, not, type Source, seen, unseen } from './known.ts';
import type { EntryPointStart } from './launch.ts';
import { isUnexpanded, sealPassword } from './password.ts';
import type { Pool } from './pool.ts';
import type { RedisServer } from './redis-server.ts';
import { parseRedisBytes } from './redis-settings.ts';
import { parseVersion } from './version.ts';

interface Flag {
  readonly value: string;
  readonly source: Source;
}

/** Dragonfly speaks Redis' protocol and is set by flags of its own; `DFLY_…` variables set those that no argument sets. */
export function effectiveDragonfly(start: EntryPointStart, pool: Pool, inputs: ServerInputs<RedisFamily>): RedisServer {
  const flags = readFlags(start);
  const byDefault: Source = { input: 'default', of: 'Dragonfly' };
  const hidden = flags.has('flagfile')
    ? unseen('a file of flags is not read', 'write the flags as arguments', flags.get('flagfile')?.source ?? byDefault)
    : inputs.isEnvironmentComplete
      ? undefined
      : unseen('DFLY_… variables may be among those that are not part of the scan', 'scan the objects that hold them', byDefault);
  const text = (name: string, fallback: string): Known<string> => {
    const flag = flags.get(name);
    if (flag === undefined) return hidden ?? seen(fallback, byDefault);
    return isSeen(flag.value) ? seen(flag.value, flag.source) : unseen(`the value of ${name} is not part of the scan`, 'scan the object that holds it', flag.source);
  };
  const bool = (name: string, fallback: boolean): Known<boolean> => mapSeen(text(name, String(fallback)), (value) => /^(?:true|1|yes|t|y)$/i.test(value));
  const password =
    flags.get('requirepass') ??
    (start.environment.has('DFLY_PASSWORD') ? { value: start.environment.get('DFLY_PASSWORD') ?? '', source: { input: 'variable', name: 'DFLY_PASSWORD' } as const } : undefined);
  const secret: Known<Flag | null> = password === undefined ? (hidden ?? seen<Flag | null>(null, byDefault)) : seen<Flag | null>(password, password.source);
  const aclFile = flags.get('aclfile');
  const hasPassword: Known<boolean> =
    password !== undefined && password.value !== ''
      ? seen(true, password.source)
      : aclFile !== undefined
        ? unseen('the ACL file is not read', 'scan it', aclFile.source)
        : (hidden ?? seen(false, password?.source ?? byDefault));

  const tls = bool('tls', false);
  const port = mapSeen(text('port', '6379'), Number);
  const asPort = (isOn: Known<boolean>): Known<number> => (isKnown(isOn) ? (isOn.value ? port : seen(0, ...isOn.sources)) : isOn);
  const authority = mapSeen(text('tls_ca_cert_file', ''), (path) => path !== '');
  const bind = mapSeen(text('bind', ''), (address) => (address === '' ? ['*'] : [address]));
  const listensBeyondLoopback = mapSeen(bind, (addresses) => addresses.some((address) => !isLoopback(address)));
  const requiresPassword = hasPassword;
  const never = seen(false, byDefault);
  const unread = <T>(): Known<T> => unseen('Dragonfly has no such setting', '', byDefault);
  const version = parseVersion(inputs.version ?? '');
  return {
    version:
      version === undefined
        ? unseen('the image tag names no version', 'pin the image to a version')
        : seen([version.major, version.minor, version.patch].filter((part) => part !== undefined).join('.')),
    isVersionSupported: unread(),
    requiresPassword,
    passwordIsUnexpanded: mapSeen(secret, (flag) => flag !== null && isUnexpanded(flag.value)),
    password: learn(
      secret,
      (flag) => sealPassword(flag?.value ?? null, pool),
      'the password is not part of the scan',
      'scan what holds it, too: its Secret or file; of a cluster, --read-secrets reads Secrets',
    ),
    usersWithoutPassword: aclFile === undefined ? seen([], byDefault) : unseen('the ACL file is not read', 'scan it', aclFile.source),
    isProtected: never,
    protectedMode: never,
    isOpenToNetwork: allOf(listensBeyondLoopback, not(requiresPassword), not(allOf(tls, authority))),
    bind,
    listensBeyondLoopback,
    plaintextPort: asPort(not(tls)),
    tlsPort: asPort(tls),
    clientCertificates: mapSeen(authority, (isAsked) => (isAsked ? 'required' : 'none')),
    offersOldTls: never,
    replicatesOverTls: bool('tls_replication', false),
    isReplica: mapSeen(text('replicaof', ''), (address) => address !== ''),
    isSentinel: never,
    users: unread(),
    hasAcl: seen(aclFile !== undefined, aclFile?.source ?? byDefault),
    closedCommands: mapSeen(text('restricted_commands', ''), (names) =>
      names
        .toLowerCase()
        .split(',')
        .filter((name) => name !== ''),
    ),
    enableDebugCommand: unread(),
    enableModuleCommand: unread(),
    enableProtectedConfigs: unread(),
    maxMemory: learn(text('maxmemory', '0'), parseRedisBytes, 'maxmemory has a value that the server does not take', 'put it right'),
    maxMemoryPolicy: mapSeen(bool('cache_mode', false), (isCache) => (isCache ? 'allkeys-lru' : 'noeviction')),
    maxClients: mapSeen(text('maxclients', '64000'), Number),
    idleTimeoutSeconds: mapSeen(text('timeout', '0'), Number),
    savesSnapshots: mapSeen(text('snapshot_cron', ''), (cron) => cron !== ''),
    appendsToFile: never,
    startFault: hidden ?? seen(null),
  };
}

/** `--name=value`, `--name value`, `--name` and `--noname`, with one dash or two (Abseil's flags). */
function readFlags(start: EntryPointStart): Map<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const [name, value] of start.environment)
    if (name.startsWith('DFLY_') && name !== 'DFLY_PASSWORD') flags.set(name.slice(5).toLowerCase(), { value, source: { input: 'variable', name } });
  const { words } = start;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    const match = word === undefined ? null : /^--?([A-Za-z]\w*)(?:=([\s\S]*))?$/.exec(word.text);
    if (word === undefined || match === null) continue;
    const [, name = '', value] = match;
    const next = words[index + 1];
    if (value !== undefined) flags.set(name, { value, source: word.source });
    else if (BOOLEANS.has(name) || next === undefined || next.text.startsWith('-')) flags.set(name, { value: 'true', source: word.source });
    else {
      flags.set(name, { value: next.text, source: word.source });
      index++;
    }
    if (name.startsWith('no') && BOOLEANS.has(name.slice(2))) flags.set(name.slice(2), { value: 'false', source: word.source });
  }
  return flags;
}

const BOOLEANS = new Set([
  'tls',
  'cache_mode',
  'tls_replication',
  'logtostderr',
  'alsologtostderr',
  'admin_nopass',
  'primary_port_http_enabled',
  'no_tls_on_admin_port',
  'version',
  'bf',
]);
