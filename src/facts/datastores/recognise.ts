import { baseName } from '../file-names.ts';
import type { ImageReference } from '../image-reference.ts';
import type { PostgresFamily, RedisFamily } from '../servers/inputs.ts';
import type { Program } from './program.ts';

export type Engine = 'postgres' | 'redis';

/** A server that a container runs. */
export type Recognised =
  | { readonly engine: 'redis'; readonly family: RedisFamily; readonly version: string | undefined }
  | { readonly engine: 'postgres'; readonly family: PostgresFamily; readonly version: string | undefined };

/** What stands between clients and servers, and talks to both. */
export type Hop = 'pgbouncer' | 'pgpool' | 'pgcat' | 'odyssey' | 'stunnel' | 'haproxy' | 'envoy' | 'sentinel' | 'twemproxy' | 'cloud-sql-proxy';

/** Repositories by the end of their path, the more telling ones first. */
const REDIS_IMAGES: readonly (readonly [RegExp, RedisFamily])[] = [
  [/(?:^|\/)bitnami(?:legacy|secure)?\/(?:redis|redis-cluster)$|(?:^|\/)bitnami-redis(?:-cluster)?$/, 'bitnami-redis'],
  [/(?:^|\/)bitnami(?:legacy|secure)?\/(?:valkey|valkey-cluster)$|(?:^|\/)bitnami-valkey(?:-cluster)?$/, 'bitnami-valkey'],
  [/(?:^|\/)redis-stack(?:-server)?$/, 'redis-stack'],
  [/(?:^|\/)(?:dragonfly|dragonflydb)$/, 'dragonfly'],
  [/(?:^|\/)(?:keydb|eqalpha\/keydb)$/, 'keydb'],
  [/(?:^|\/)(?:opstree|quay\.io\/opstree|ot-container-kit)\/redis(?:-cluster)?$/, 'other-redis'],
  [/(?:^|\/)(?:valkey|valkey-bundle|valkey-extensions)$/, 'valkey'],
  [/(?:^|\/)(?:redis|library\/redis|redislabs\/(?:redis|rejson|redisearch|redisgraph|redistimeseries|redismod)|rejson|redisearch|redismod)$/, 'redis'],
  [/(?:^|\/)(?:garnet|kvrocks|redict|redis-[a-z]{1,12}-server|redis-server)$/, 'other-redis'],
];

const POSTGRES_IMAGES: readonly (readonly [RegExp, PostgresFamily])[] = [
  [/(?:^|\/)bitnami(?:legacy|secure)?\/postgresql(?:-repmgr)?$|(?:^|\/)bitnami-postgresql(?:-repmgr)?$/, 'bitnami-postgres'],
  [/(?:^|\/)cloudnative-pg\/(?:postgresql|postgis|pgvector)[\w-]{0,40}$/, 'cloudnative-pg'],
  [/(?:^|\/)(?:spilo(?:-\d+)?|zalando\/spilo[\w-]{0,40})$/, 'zalando'],
  [/(?:^|\/)crunchy-postgres(?:-gis|-ha|-gis-ha)?$/, 'crunchy'],
  [/(?:^|\/)supabase\/postgres$/, 'supabase'],
  [/(?:^|\/)(?:timescaledb(?:-ha|-postgis)?|postgis|pgvector|pgvecto-rs|vchord-postgres|pgvectors?|postgis\/postgis|postgres-pgvector|citus|age|paradedb)$/, 'postgres'],
  [/(?:^|\/)(?:postgres|library\/postgres|postgres-(?:alpine|ssl|wal-g|postgis|with-[a-z-]{1,30}))$/, 'postgres'],
  [/(?:^|\/)(?:postgresql|postgresql-\d{1,2}(?:-centos7|-c9s|-c8s)?|edb-postgres-advanced|postgres-server)$/, 'other-postgres'],
];

const HOP_IMAGES: readonly (readonly [RegExp, Hop])[] = [
  [/pgbouncer/, 'pgbouncer'],
  [/(?:^|\/)pgpool/, 'pgpool'],
  [/(?:^|\/)pgcat/, 'pgcat'],
  [/(?:^|\/)odyssey/, 'odyssey'],
  [/(?:^|\/)stunnel/, 'stunnel'],
  [/(?:^|\/)haproxy/, 'haproxy'],
  [/(?:^|\/)envoy(?:$|-)/, 'envoy'],
  [/(?:^|\/)(?:cloud-?sql-(?:auth-)?proxy|cloudsql-proxy|gce-proxy|alloydb-auth-proxy)/, 'cloud-sql-proxy'],
  [/(?:^|\/)(?:redis|valkey)-sentinel$/, 'sentinel'],
  [/(?:^|\/)(?:twemproxy|nutcracker|predixy)/, 'twemproxy'],
];

/** Something that every name above has: most images are looked at no further. */
const MAY_BE_SERVER = /redis|redict|valkey|keydb|dragonfly|rejson|garnet|kvrocks|postg|pgvect|timescale|spilo|citus|vchord|paradedb|(?:^|\/)age$/;

function mayStartServer({ texts }: Program): boolean {
  const names = (words: typeof texts.command): boolean =>
    words?.some(({ text }) => /(?:redis|valkey|keydb)-server|postgres|postmaster|dragonfly|patroni/.test(text.marked)) === true;
  return names(texts.command) || names(texts.arguments);
}

/** The server that a container runs; undefined where it runs none, be it that its image has one. */
export function recognise(program: Program): Recognised | undefined {
  if (program.role === 'init' || program.role === 'ephemeral') return undefined;
  const repository = program.image.repository.toLowerCase();
  if (!MAY_BE_SERVER.test(repository) && !mayStartServer(program)) return undefined;
  const redis = REDIS_IMAGES.find(([pattern]) => pattern.test(repository))?.[1];
  const postgres = redis === undefined ? POSTGRES_IMAGES.find(([pattern]) => pattern.test(repository))?.[1] : undefined;
  const line = lineOf(program);
  const started = startedBy(line);
  if (redis === undefined && postgres === undefined) {
    // An image of its own that starts a server by name. A hop or a tool may have the name in an argument.
    if (started === 'redis') return { engine: 'redis', family: familyOfCommand(line), version: undefined };
    return started === 'postgres' ? { engine: 'postgres', family: 'other-postgres', version: undefined } : undefined;
  }
  if (/^(?:true|yes|1)$/i.test(program.texts.variables.get('SENTINEL')?.text.marked ?? '')) return undefined;
  const runsToEnd = program.ownerKind === 'Job' || program.ownerKind === 'CronJob';
  if (started === 'other' || started === 'sentinel' || (started === undefined && runsToEnd)) return undefined;
  const version = versionOf(program.image, redis ?? postgres ?? '');
  // No other entry point reads this variable: who sets it has seen that the image keeps docker-library's.
  const isOfficial = mayBeOfficial(program.image) || (postgres !== undefined && program.texts.variables.has('POSTGRES_HOST_AUTH_METHOD'));
  if (redis !== undefined) return { engine: 'redis', family: redis === 'redis' && !isOfficial ? 'other-redis' : redis, version };
  return postgres === undefined ? undefined : { engine: 'postgres', family: postgres === 'postgres' && !isOfficial ? 'other-postgres' : postgres, version };
}

/** Namespaces that build on the official image and keep its entry point. */
const KEEP_ENTRY_POINT = /(?:^|\/)(?:library|docker\/library|timescale|pgvector|postgis|redis|redislabs|tensorchord|citusdata|apache|paradedb|imresamu|ankane)\/[^/]+$/;

/** `postgres` in a registry of one's own is a mirror most often; what somebody else calls so on a hub is a build of theirs. */
function mayBeOfficial({ registry, repository }: ImageReference): boolean {
  const name = repository.toLowerCase();
  if (KEEP_ENTRY_POINT.test(name)) return true;
  return !name.includes('/') && !/(?:^|\.)k8s\.io$|^k8s\.gcr\.io$/.test(registry);
}

/** Hops that an image of another name may run. */
const HOP_PROGRAMS = /^(?:\S*\/)?(haproxy|stunnel|pgbouncer|cloud[_-]sql[_-]proxy)4?$/;
/** Something that every hop above has in its image or its command, unless a script starts it: nearly all that is asked of is none. */
const MAY_BE_HOP = /bouncer|pgpool|pgcat|odyssey|stunnel|haproxy|envoy|proxy|sentinel|nutcracker|predixy/;
const MAY_START_HOP = /sentinel|haproxy|stunnel|pgbouncer|cloud[_-]sql[_-]proxy|\.(?:ba)?sh$/;

function mayStartHop({ texts }: Program): boolean {
  const names = (words: typeof texts.command): boolean => words?.some(({ text }) => MAY_START_HOP.test(text.marked)) === true;
  return names(texts.command) || names(texts.arguments);
}

export function recogniseHop(program: Program): Hop | undefined {
  if (program.role === 'init') return undefined;
  const repository = program.image.repository.toLowerCase();
  if (!MAY_BE_HOP.test(repository) && !mayStartHop(program)) return undefined;
  const line = lineOf(program);
  if (startedBy(line) === 'sentinel') return 'sentinel';
  const known = HOP_IMAGES.find(([pattern]) => pattern.test(repository))?.[1];
  // An exporter has its name from what it looks at.
  if (known !== undefined) return /exporter/.test(repository) ? undefined : known;
  const started = HOP_PROGRAMS.exec(line.find((word) => !/^(?:exec|tini|--|dumb-init|-c)$|(?:^|\/)(?:ba|a|da)?sh$/.test(word))?.split(/\s/)[0] ?? '')?.[1];
  return started === undefined ? undefined : started.startsWith('cloud') ? 'cloud-sql-proxy' : (started as Hop);
}

/** Which Redis an image is of, whatever it runs. */
export function familyOfImage(image: ImageReference): RedisFamily | undefined {
  const repository = image.repository.toLowerCase();
  const family = REDIS_IMAGES.find(([pattern]) => pattern.test(repository))?.[1];
  return family === 'redis' && !mayBeOfficial(image) ? 'other-redis' : family;
}

/** Command and arguments as far as they were seen, and the script that they run where a ConfigMap holds it. */
function lineOf(program: Program): readonly string[] {
  const { texts } = program;
  const line = [...(texts.command ?? []), ...(texts.arguments ?? [])].map(({ text }) => text.marked);
  const path = line.find((word) => /^\/[\w./-]{1,200}\.(?:sh|bash)$/.test(word));
  const script = path === undefined ? undefined : program.mounted.files.find((file) => file.path === path)?.text;
  // Of a script, what it starts counts, and not what it is called.
  return script === undefined ? line : ['sh', '-c', script];
}

function familyOfCommand(line: readonly string[]): RedisFamily {
  const words = line.join(' ');
  return /valkey-server/.test(words) ? 'valkey' : /keydb-server/.test(words) ? 'keydb' : /\bdragonfly\b/.test(words) ? 'dragonfly' : 'other-redis';
}

const SERVER_WORDS =
  /(?:^|[\s/;&|("'`])(redis-server|valkey-server|keydb-server|dragonfly|postgres|postmaster|pg_ctl|patroni|pg_autoctl|redis-sentinel|valkey-sentinel)(?=$|[\s;&|)"'`])/;
/** Entry points and start scripts of images and charts, which end in a server. */
const SERVER_SCRIPTS = /(?:^|[\s/])(?:docker-entrypoint\.sh|docker-ensure-initdb\.sh|entrypoint\.sh|run\.sh|start[\w-]*\.sh|launch\.sh|bootstrap[\w-]*\.sh)(?=$|[\s;&|"'])/;
/** Programs of the same images that are clients, or no service at all. */
const CLIENT_WORDS =
  /(?:^|[\s/;&|("'`])(?:redis-cli|valkey-cli|redis-benchmark|psql|pg_dump|pg_dumpall|pg_restore|pg_basebackup|pg_isready|pg_receivewal|createdb|dropdb|vacuumdb|reindexdb|pgbench|initdb|sleep|tail|cp|chown|chmod|mkdir|cat|nc|until|echo|wal-g|pgbackrest)(?=$|[\s;&|)"'`])/;

/** What a command line starts; undefined where there is none, or nothing can be told of it. */
function startedBy(line: readonly string[]): Engine | 'sentinel' | 'other' | undefined {
  if (line.length === 0) return undefined;
  const [first = ''] = line;
  // Options alone, or a configuration file, are for the server that the image starts.
  if (first.startsWith('-') || /\.conf$/.test(first)) return undefined;
  const name = baseName(first);
  if (/^(?:redis|valkey)-sentinel$/.test(name) || line.includes('--sentinel')) return 'sentinel';
  if (/^(?:redis-server|valkey-server|keydb-server|dragonfly)$/.test(name)) return 'redis';
  if (/^(?:postgres|postmaster|patroni)$/.test(name)) return 'postgres';
  const isShell = /^(?:ba|z|k|da|a)?sh$/.test(name) || name === 'tini' || name === 'gosu' || name === 'su-exec' || name === 'dumb-init' || name === 'env';
  if (!isShell) {
    if (/^docker-(?:entrypoint|ensure-initdb)\.sh$/.test(name)) return line.length === 1 ? undefined : startedBy(line.slice(1));
    return CLIENT_WORDS.test(first) ? 'other' : undefined;
  }
  const words = line.join('\n').slice(0, 20_000);
  const server = SERVER_WORDS.exec(withoutComments(words))?.[1] ?? '';
  if (/sentinel/.test(server)) return 'sentinel';
  if (/^(?:redis|valkey|keydb)-server$|^dragonfly$/.test(server)) return 'redis';
  if (server !== '' && !isOnlyName(words, server)) return 'postgres';
  if (SERVER_SCRIPTS.test(withoutComments(words))) return undefined;
  return CLIENT_WORDS.test(words) ? 'other' : undefined;
}

/** `psql -U postgres`, `pg_isready -h postgres`: the user or host has the server's name. */
function isOnlyName(words: string, server: string): boolean {
  if (server !== 'postgres') return false;
  return !/(?:^|[\n;&|]\s*|exec\s+|entrypoint\.sh\s+|su-exec\s+\S+\s+|gosu\s+\S+\s+)(?:\/[\w./-]{0,80})?postgres(?=$|\s)/.test(words);
}

function withoutComments(script: string): string {
  return script.replaceAll(/^\s*#[^\n]*$/gm, '');
}

/** The version that a tag begins with: `16.3-alpine` → 16.3, `pg16` → 16, `2.14.2-pg16` (Timescale) → 16; undefined where it is none. */
export function versionOf(image: ImageReference, family: string): string | undefined {
  const { tag, repository } = image;
  if (!image.isResolved || tag === '') return undefined;
  const pg = /(?:^|[-_.])pg(?:sql)?[-_]?(\d{1,2}(?:\.\d{1,2}){0,2})(?:$|[-_.])/.exec(tag)?.[1];
  if (pg !== undefined) return pg;
  // PostGIS and Timescale number themselves first; only the form above tells the server's version.
  if (/timescaledb|pgvector|age|citus|paradedb/.test(repository) && !/^\d{1,2}(?:\.\d{1,2})?-(?:alpine|bookworm)/.test(tag)) return undefined;
  if (family === 'redis-stack') return /^v?(\d{1,2}\.\d{1,2}(?:\.\d{1,3})?)/.exec(tag)?.[1];
  if (family === 'other-redis' || family === 'crunchy') return /(?:^|-)v?(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)(?:$|-)/.exec(tag)?.[1];
  return /^v?(\d{1,2}(?:\.\d{1,3}){0,2})(?![\w.])/.exec(tag)?.[1];
}
