import type { Family } from './address.ts';

/**
 * How programs name the parts of an address: a common beginning and a word for the part. Environments, .NET's double
 * underscores and the dotted names of Spring are one thing here.
 */

/** A name, and what it says by itself. */
export interface VariableName {
  /** `spring.data.redis.host`, `redisHost` and `REDIS__HOST` as they would be written in an environment. */
  readonly canonical: string;
  /** Undefined where it is none of a host. */
  readonly host: HostName | undefined;
}

/** Names repeat in every container, and few are worth five regular expressions. */
const known = new Map<string, VariableName>();
const LONGEST_NAME = 200;

export function describeName(name: string): VariableName {
  let described = known.get(name);
  if (described === undefined) {
    const canonical = name.length > LONGEST_NAME ? name : canonicalise(name);
    described = { canonical, host: name.length > LONGEST_NAME ? undefined : hostNameOf(canonical) };
    if (known.size < 50_000) known.set(name, described);
  }
  return described;
}

export function canonicalName(name: string): string {
  return describeName(name).canonical;
}

function canonicalise(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[.:-]/g, '_')
    .replace(/_{2,}/g, '_')
    .toUpperCase();
}

/** The words for each part, after the beginning that is common to all; the first that is there counts. */
const PART_NAMES = {
  port: ['PORT', 'URL_PORT', 'PORT_NUMBER', 'SERVICE_PORT'],
  user: ['USER', 'USERNAME', 'USER_NAME', 'LOGIN', 'USER_ID', 'UID'],
  password: ['PASSWORD', 'PASS', 'PASSWD', 'PWD', 'AUTH', 'AUTH_PASSWORD', 'HOST_PASSWORD', 'SECRET'],
  passwordFile: ['PASSWORD_FILE', 'PASS_FILE', 'PASSFILE'],
  database: ['NAME', 'DATABASE', 'URL_DATABASE', 'DB', 'DBNAME', 'DB_NAME', 'DATABASE_NAME', 'DB_INDEX', 'DBINDEX'],
  kind: ['TYPE', 'DRIVER', 'DIALECT', 'ENGINE', 'CONNECTION', 'ADAPTER', 'CLIENT', 'VENDOR', 'KIND', 'PROVIDER', 'BACKEND', 'DB_TYPE', 'DIALECT_NAME'],
  mode: ['SSLMODE', 'SSL_MODE', 'TLS_MODE', 'TLSMODE'],
  tls: [
    'SSL',
    'TLS',
    'USE_SSL',
    'USE_TLS',
    'SSL_ENABLED',
    'TLS_ENABLED',
    'ENABLE_SSL',
    'ENABLE_TLS',
    'SSL_ENABLE',
    'TLS_ENABLE',
    'REQUIRE_SSL',
    'REQUIRE_TLS',
    'SSL_REQUIRE',
    'SSL_REQUIRED',
    'WITH_TLS',
    'IS_SSL',
  ],
  scheme: ['SCHEME', 'PROTOCOL'],
  verify: [
    'SSL_REJECT_UNAUTHORIZED',
    'TLS_REJECT_UNAUTHORIZED',
    'REJECT_UNAUTHORIZED',
    'SSL_VERIFY',
    'TLS_VERIFY',
    'VERIFY_SSL',
    'VERIFY_TLS',
    'SSL_VERIFY_PEER',
    'VERIFY_PEER',
    'SSL_CERT_REQS',
    'TLS_VERIFY_SERVER',
  ],
  insecure: [
    'TLS_INSECURE',
    'SSL_INSECURE',
    'INSECURE',
    'SKIP_VERIFY',
    'TLS_SKIP_VERIFY',
    'SSL_SKIP_VERIFY',
    'INSECURE_SKIP_VERIFY',
    'TLS_INSECURE_SKIP_VERIFY',
    'SSL_ALLOW_SELFSIGNED',
  ],
  authority: [
    'SSLROOTCERT',
    'SSL_ROOT_CERT',
    'SSL_CA',
    'TLS_CA',
    'CA_CERT',
    'SSL_CA_CERT',
    'TLS_CA_CERT',
    'SSL_CA_FILE',
    'TLS_CA_FILE',
    'CA_FILE',
    'SSL_CA_CERTS',
    'SSL_ROOTCERT',
    'CA_CERT_FILE',
    'TLS_CA_CERT_FILE',
  ],
  parameters: ['URL_PROPERTIES', 'URL_PARAMS', 'OPTIONS', 'PARAMS', 'PARAMETERS', 'PROPERTIES', 'EXTRA_PARAMS', 'QUERY'],
  master: ['SENTINEL_MASTER', 'MASTER_NAME', 'SENTINEL_MASTER_NAME', 'SENTINEL_MASTER_SET', 'SENTINELS_MASTER', 'SENTINEL_SERVICE'],
} as const;

export type Part = keyof typeof PART_NAMES;

const PARTS: ReadonlyMap<string, { readonly part: Part; readonly rank: number }> = new Map(
  (Object.entries(PART_NAMES) as [Part, readonly string[]][]).flatMap(([part, words]) => words.map((word, rank) => [word, { part, rank }] as const)),
);

/** Which of some names are parts of what begins with a prefix: of several for one part the first word of the table. */
export function partsOf(prefix: string, names: ReadonlyMap<string, string>): ReadonlyMap<Part, string> {
  const found = new Map<Part, { readonly name: string; readonly rank: number }>();
  for (const [canonical, name] of names) {
    if (!canonical.startsWith(prefix)) continue;
    const word = PARTS.get(canonical.slice(prefix.length));
    if (word !== undefined && word.rank < (found.get(word.part)?.rank ?? Number.POSITIVE_INFINITY)) found.set(word.part, { name, rank: word.rank });
  }
  return new Map([...found].map(([part, { name }]) => [part, name]));
}

/** `…HOST` and its like; what stands before it is the beginning that the other parts share. */
const HOST_NAME = /^(.*?_?)(?:(SENTINEL|CLUSTER)_)?(?:(?:URL_)?HOST(?:NAME|S|_NAME)?|ADDR(?:ESS|ESSES|S)?|ENDPOINTS?|SERVERS?|NODES|SEEDS|SENTINELS)$/;

export interface HostName {
  readonly prefix: string;
  readonly leadsTo: 'server' | 'cluster' | 'sentinel';
}

/** Undefined where the name is none of a host, or what stands before it does not end with a word. */
function hostNameOf(canonical: string): HostName | undefined {
  const match = HOST_NAME.exec(canonical);
  const prefix = match?.[1] ?? '';
  if (match === null || !/(?:_|DB|DATABASE|REDIS|VALKEY|POSTGRES(?:QL)?|PG)$/.test(prefix)) return undefined;
  // What a server or a proxy listens at is no address of another.
  if (/(?:^|_)(?:LISTEN|BIND|SMTP|MAIL|HTTPS?|SERVER_BIND|ALLOWED|POD|NODE|ADMIN|METRICS|EXPORTER)_$/.test(prefix)) return undefined;
  const leadsTo = match[2] === 'SENTINEL' || canonical.endsWith('SENTINELS') ? 'sentinel' : match[2] === 'CLUSTER' || canonical.endsWith('_NODES') ? 'cluster' : 'server';
  return { prefix, leadsTo };
}

const REDIS = /(?:^|_)(?:REDIS|VALKEY|KEYDB|DRAGONFLY)(?:[A-Z0-9]{0,20})?(?:_|$)|REDIS_?$/;
const POSTGRES = /(?:^|_)(?:POSTGRES(?:QL|DB)?|PG(?:SQL|DB)?|PSQL|TIMESCALE(?:DB)?)\d*(?:_|$)|(?:POSTGRES|POSTGRESQL)_?$/;
const DATABASE = /(?:DB|DATABASE|SQL|DATASOURCE)\d*_?$/;

/** What the beginning of the names says; `database` where it may be one of any kind. */
export function familyOfPrefix(prefix: string): Family | 'database' | undefined {
  if (REDIS.test(prefix)) return 'redis';
  if (POSTGRES.test(prefix)) return 'postgres';
  return DATABASE.test(prefix) ? 'database' : undefined;
}

/** What the value of a kind says: `pgsql`, `django.db.backends.postgresql`, `postgres12`. */
export function familyOfKind(kind: string): Family | 'other' | undefined {
  if (/postgres|pgsql|psql|postgis|timescale|npgsql|^pg$|^pgx/i.test(kind)) return 'postgres';
  if (/redis|valkey/i.test(kind)) return 'redis';
  return /mysql|maria|sqlite|mongo|oracle|mssql|sqlserver|h2|cassandra|clickhouse|cockroach|db2|memcache|file|memory/i.test(kind) ? 'other' : undefined;
}

export function familyOfPort(port: string): Family | 'other' | undefined {
  if (port === '5432') return 'postgres';
  if (port === '6379' || port === '26379') return 'redis';
  return /^(?:3306|1433|1521|27017|9042|11211|9000|8123|26257|50000)$/.test(port) ? 'other' : undefined;
}
