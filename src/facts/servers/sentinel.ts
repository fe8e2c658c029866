import { isSeen } from '../connections/text.ts';
import { effectiveRedis, REDIS_PROGRAMS } from './effective-redis.ts';
import type { RedisFamily, ServerInputs } from './inputs.ts';
import { isSeen as isKnown, type Known, type Source, seen, unseen } from './known.ts';
import { type EntryPointStart, launchesOf } from './launch.ts';
import { Pool } from './pool.ts';
import { redisLayers } from './redis-layers.ts';
import type { RedisServer } from './redis-server.ts';
import { RedisSettings } from './redis-settings.ts';
import { parseVersion } from './version.ts';

/** A master that a sentinel watches; what was not seen of it is undefined. */
export interface Monitor {
  readonly name: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly source: Source;
}

export interface Sentinel {
  /** Its own ports, passwords and TLS: a sentinel is a Redis server without data. */
  readonly server: Pick<RedisServer, 'plaintextPort' | 'tlsPort' | 'requiresPassword' | 'listensBeyondLoopback'>;
  readonly monitors: Known<readonly Monitor[]>;
}

/** What a sentinel is told, from all that decides how it runs. */
export function effectiveSentinel(inputs: ServerInputs<RedisFamily>): Sentinel {
  const pool = new Pool();
  const server = effectiveRedis(inputs);
  const launches = launchesOf(inputs, REDIS_PROGRAMS, pool);
  if (!Array.isArray(launches)) return { server, monitors: launches as Known<never> };
  const found = (launches as readonly EntryPointStart[]).map((start) => {
    const layers = redisLayers(start, inputs.family, parseVersion(inputs.version ?? '')?.major, { pool, isEnvironmentComplete: inputs.isEnvironmentComplete });
    return new RedisSettings(layers, 'sentinel').all('sentinel');
  });
  const [first, ...others] = found;
  if (first === undefined || !isKnown(first)) return { server, monitors: first ?? unseen('nothing starts the sentinel', 'check its command') };
  const monitors = monitorsOf(first.value);
  const differs = others.some((other) => !isKnown(other) || JSON.stringify(monitorsOf(other.value)) !== JSON.stringify(monitors));
  return {
    server,
    monitors: differs ? unseen('the start script decides by a condition which servers it watches', 'scan what the condition asks for') : seen(monitors, ...first.sources),
  };
}

function monitorsOf(entries: readonly { readonly values: readonly string[]; readonly source: Source }[]): Monitor[] {
  return entries.flatMap(({ values, source }) => {
    const [verb = '', name = '', host = '', port = ''] = values;
    if (verb.toLowerCase() !== 'monitor') return [];
    return [{ name: isSeen(name) ? name : undefined, host: isSeen(host) ? host : undefined, port: /^\d{1,5}$/.test(port) ? Number(port) : undefined, source }];
  });
}

const BITNAMI = /(?:^|\/)(?:bitnami(?:legacy|secure)?\/|bitnami-)(redis|valkey)-sentinel$/;

/** Bitnami's images of a sentinel make its configuration of variables (libredissentinel.sh, libvalkeysentinel.sh). */
export function bitnamiSentinel(repository: string, { command, environment, isEnvironmentComplete, files }: ServerInputs<RedisFamily>): Sentinel | undefined {
  const product = BITNAMI.exec(repository)?.[1];
  // Charts start it by a script of their own, which makes its configuration in another way.
  if (product === undefined || command !== null) return undefined;
  const own = product.toUpperCase();
  if (files.some(({ path }) => path.endsWith('/mounted-etc/sentinel.conf'))) return undefined;
  const hidden = unseen('the variables of the sentinel are not all part of this scan', 'scan the ConfigMap or Secret that they come from');
  const text = (name: string, fallback: string): Known<string> => {
    const found = environment.get(name);
    if (found === undefined || found.marked === '') return isEnvironmentComplete ? seen(fallback, { input: 'default', of: 'the image' }) : hidden;
    return isSeen(found.marked) ? seen(found.marked, { input: 'variable', name }) : hidden;
  };
  const number = (known: Known<string>): Known<number> => (isKnown(known) && /^\d{1,5}$/.test(known.value) ? { value: Number(known.value), sources: known.sources } : hidden);
  const role = product === 'redis' ? 'MASTER' : 'PRIMARY';
  const host = text(`${own}_${role}_HOST`, product);
  const port = number(text(`${own}_${role}_PORT_NUMBER`, '6379'));
  const set = text(`${own}_${role}_SET`, product === 'redis' ? 'mymaster' : 'myprimary');
  const source = host.sources[0] ?? { input: 'default', of: 'the image' };
  const isTls = text(`${own}_SENTINEL_TLS_ENABLED`, 'no');
  const plain = number(text(`${own}_SENTINEL_PORT_NUMBER`, '26379'));
  const tls = number(text(`${own}_SENTINEL_TLS_PORT_NUMBER`, '26379'));
  const none = seen(0, ...isTls.sources);
  const hasTls = isKnown(isTls) ? /^(?:1|yes|true)$/i.test(isTls.value) : undefined;
  return {
    server: {
      plaintextPort: hasTls === undefined ? hidden : hasTls && plain.value === tls.value ? none : plain,
      tlsPort: hasTls === undefined ? hidden : hasTls ? tls : none,
      requiresPassword: unseenPassword(environment.has(`${own}_SENTINEL_PASSWORD`), isEnvironmentComplete),
      listensBeyondLoopback: seen(true, { input: 'default', of: 'the image' }),
    },
    monitors: seen([{ name: set.value, host: host.value, port: port.value, source }], source),
  };
}

function unseenPassword(isSet: boolean, isComplete: boolean): Known<boolean> {
  return isSet || isComplete
    ? seen(isSet, { input: 'default', of: 'the image' })
    : unseen('a variable that is not part of this scan may set it', 'scan what the variables come from');
}
