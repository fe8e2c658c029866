import { isSeen } from '../connections/text.ts';
import type { ReadableFile } from './container-files.ts';
import type { Source } from './known.ts';
import type { EntryPointStart } from './launch.ts';
import { type EnvironmentWorld, hiddenVariable } from './pool.ts';
import type { Entry } from './redis-layers.ts';

/** What Bitnami's start script makes of its variables (libredis.sh, redis_configure_default). */
export interface BitnamiRedis {
  /** A configuration file of the user's: it is used as it is, and the variables count for nothing. */
  readonly file: ReadableFile | undefined;
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly includes: readonly { readonly text: string; readonly source: Source }[];
  readonly faults: readonly { readonly because: string; readonly source: Source }[];
}

export function bitnamiConfiguration(family: 'bitnami-redis' | 'bitnami-valkey', { environment, files }: EntryPointStart, world: EnvironmentWorld): BitnamiRedis {
  const [prefix, base] = family === 'bitnami-redis' ? ['REDIS', '/opt/bitnami/redis'] : ['VALKEY', '/opt/bitnami/valkey'];
  const conf = family === 'bitnami-redis' ? 'redis.conf' : 'valkey.conf';
  const path = `${base}/mounted-etc/${conf}`;
  const mounted = files.readLines(path);
  if (mounted !== undefined) return { file: mounted, path, entries: [], includes: [], faults: [] };
  if (files.read(path) !== undefined) return { file: undefined, path, entries: [], includes: [{ text: path, source: { input: 'default', of: 'the image' } }], faults: [] };

  const entries: Entry[] = [];
  const faults: { because: string; source: Source }[] = [];
  const variable = (name: string): Source => ({ input: 'variable', name: `${prefix}_${name}` });
  const value = (name: string): string => environment.get(`${prefix}_${name}`) ?? '';
  const isYes = (text: string): boolean => /^(?:1|yes|true)$/i.test(text);
  const set = (name: string, values: readonly string[], source: Source): void => {
    entries.push({ name, values, source });
  };
  const unlessSet: Source = { input: 'default', of: "Bitnami's start script" };

  // What an object that was not seen may set is not known, and what is not set by it neither.
  const isHidden = (name: string): boolean => (environment.has(name) ? !isSeen(environment.get(name) ?? '') : !world.isEnvironmentComplete);
  const hide = (directive: string, name: string): void => set(directive, [hiddenVariable(name, world)], { input: 'variable', name });
  set('protected-mode', ['yes'], { input: 'default', of: "Bitnami's redis.conf" });
  const allowsEmpty = isYes(environment.get('ALLOW_EMPTY_PASSWORD') ?? '');
  if (allowsEmpty) set('protected-mode', ['no'], { input: 'variable', name: 'ALLOW_EMPTY_PASSWORD' });
  else if (isHidden('ALLOW_EMPTY_PASSWORD')) hide('protected-mode', 'ALLOW_EMPTY_PASSWORD');
  const isRemote = !environment.has(`${prefix}_ALLOW_REMOTE_CONNECTIONS`) || isYes(value('ALLOW_REMOTE_CONNECTIONS'));
  set('bind', isRemote ? ['0.0.0.0', '::'] : ['127.0.0.1'], environment.has(`${prefix}_ALLOW_REMOTE_CONNECTIONS`) ? variable('ALLOW_REMOTE_CONNECTIONS') : unlessSet);
  set('appendonly', [value('AOF_ENABLED') || 'yes'], value('AOF_ENABLED') === '' ? unlessSet : variable('AOF_ENABLED'));
  if (value('RDB_POLICY') !== '') for (const rule of value('RDB_POLICY').split(/\s+/)) set('save', rule.split('#'), variable('RDB_POLICY'));
  else if (isYes(value('RDB_POLICY_DISABLED'))) set('save', [''], variable('RDB_POLICY_DISABLED'));
  // The name without `_NUMBER` is the older one.
  const portName = value('PORT_NUMBER') === '' && value('PORT') !== '' ? 'PORT' : 'PORT_NUMBER';
  const port = value(portName) || '6379';
  set('port', [port], value(portName) === '' ? unlessSet : variable(portName));
  if (isHidden(`${prefix}_TLS_ENABLED`)) {
    hide('port', `${prefix}_TLS_ENABLED`);
    hide('tls-port', `${prefix}_TLS_ENABLED`);
  } else if (isYes(value('TLS_ENABLED'))) {
    const tlsName = value('TLS_PORT_NUMBER') === '' && value('TLS_PORT') !== '' ? 'TLS_PORT' : 'TLS_PORT_NUMBER';
    const tlsPort = value(tlsName) || '6379';
    if (port === '6379' && tlsPort === '6379') set('port', ['0'], variable('TLS_ENABLED'));
    set('tls-port', [tlsPort], value(tlsName) === '' ? variable('TLS_ENABLED') : variable(tlsName));
    set('tls-cert-file', [value('TLS_CERT_FILE')], variable('TLS_CERT_FILE'));
    set('tls-key-file', [value('TLS_KEY_FILE')], variable('TLS_KEY_FILE'));
    set('tls-auth-clients', [value('TLS_AUTH_CLIENTS') || 'yes'], value('TLS_AUTH_CLIENTS') === '' ? unlessSet : variable('TLS_AUTH_CLIENTS'));
  }
  const password = passwordOf(prefix, environment, files);
  // Without a password the script ends at once, unless it is told that none is wanted: where the server runs, there is one.
  const isDemanded = !allowsEmpty && !isHidden('ALLOW_EMPTY_PASSWORD');
  if (password !== undefined && isDemanded && password.text !== '' && world.pool.mayBeEmpty(password.text))
    set('requirepass', [world.pool.unknown(`${prefix}_PASSWORD`, world.pool.unknownsIn(password.text)[0]?.why ?? 'it was not seen')], password.source);
  else if (password !== undefined && password.text !== '') set('requirepass', [password.text], password.source);
  else if (password === undefined && !world.isEnvironmentComplete) hide('requirepass', `${prefix}_PASSWORD`);
  else if (isDemanded) faults.push({ because: `${prefix}_PASSWORD is not set, and ALLOW_EMPTY_PASSWORD is not yes`, source: variable('PASSWORD') });
  if (value('DISABLE_COMMANDS') !== '') for (const name of value('DISABLE_COMMANDS').split(',')) set('rename-command', [name.trim(), ''], variable('DISABLE_COMMANDS'));
  if (value('ACLFILE') !== '') set('aclfile', [value('ACLFILE')], variable('ACLFILE'));
  if (/^(?:slave|replica)$/.test(value('REPLICATION_MODE'))) set('replicaof', [value('MASTER_HOST') || value('PRIMARY_HOST'), '6379'], variable('REPLICATION_MODE'));
  const overrides = value('OVERRIDES_FILE') || `${base}/mounted-etc/overrides.conf`;
  const includes = files.exists(overrides) === true ? [{ text: overrides, source: value('OVERRIDES_FILE') === '' ? unlessSet : variable('OVERRIDES_FILE') }] : [];
  return { file: undefined, path, entries, includes, faults };
}

function passwordOf(prefix: string, environment: ReadonlyMap<string, string>, files: EntryPointStart['files']): { text: string; source: Source } | undefined {
  const name = `${prefix}_PASSWORD`;
  const path = environment.get(`${name}_FILE`);
  const text = path === undefined ? undefined : files.read(path)?.text.replace(/\n+$/, '');
  if (path !== undefined && path !== '') return { text: text ?? UNREAD, source: { input: 'variable', name: `${name}_FILE` } };
  const value = environment.get(name);
  return value === undefined ? undefined : { text: value, source: { input: 'variable', name } };
}

/** A mark of a piece that no table has: a password that is set, of which nothing is known. */
const UNREAD = '\uEFFF';
