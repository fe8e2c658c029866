import type { Family, Hint } from './address.ts';
import { type DriverId, driverFacts } from './drivers.ts';
import { isJdbc } from './jdbc.ts';
import { isLibpqUri } from './libpq.ts';
import { isSeen, type Text } from './text.ts';

/** How a text is to be read. */
export type Form =
  | 'libpq-uri'
  | 'libpq-keywords'
  | 'pdo'
  | 'node-postgres'
  | 'postgres.js'
  | 'asyncpg'
  | 'jdbc'
  | 'npgsql'
  | 'sqlalchemy'
  | 'redis-uri'
  | 'redis-py'
  | 'ioredis'
  | 'node-redis'
  | 'lettuce'
  | 'stackexchange'
  | 'host-list';

export interface Kind {
  readonly form: Form;
  readonly family: Family;
  /** Those that may read it. */
  readonly drivers: readonly DriverId[];
}

export interface UnseenKind {
  readonly form: 'unseen';
  readonly family: Family | undefined;
}

/** Where nothing shows the driver: the most used of those that take such a text. */
export const ANY_POSTGRES: readonly DriverId[] = ['libpq', 'node-postgres', 'pgx', 'lib/pq', 'asyncpg'];
export const ANY_REDIS: readonly DriverId[] = ['redis-py', 'celery', 'ioredis', 'node-redis', 'lettuce', 'jedis', 'go-redis', 'redis-rb', 'phpredis', 'redis-rs'];

const FORMS: Partial<Readonly<Record<DriverId, Form>>> = {
  'node-postgres': 'node-postgres',
  'node-postgres-compat': 'node-postgres',
  'postgres.js': 'postgres.js',
  pgjdbc: 'jdbc',
  npgsql: 'npgsql',
  asyncpg: 'asyncpg',
  'sqlalchemy-asyncpg': 'sqlalchemy',
  pg8000: 'sqlalchemy',
  'redis-py': 'redis-py',
  ioredis: 'ioredis',
  'node-redis': 'node-redis',
  lettuce: 'lettuce',
  stackexchange: 'stackexchange',
};

/** What a scheme says of the driver: SQLAlchemy's and migrate's name it. */
const SCHEMES: Readonly<Record<string, readonly [Form, readonly DriverId[]]>> = {
  postgres: ['libpq-uri', ANY_POSTGRES],
  postgresql: ['libpq-uri', ANY_POSTGRES],
  pg: ['node-postgres', ['node-postgres']],
  pgx: ['libpq-uri', ['pgx']],
  pgx4: ['libpq-uri', ['pgx']],
  pgx5: ['libpq-uri', ['pgx']],
  psql: ['libpq-uri', ['libpq']],
  pgsql: ['libpq-uri', ['libpq']],
  postgis: ['libpq-uri', ['libpq']],
  timescale: ['libpq-uri', ['libpq']],
  timescaledb: ['libpq-uri', ['libpq']],
  'pdo-pgsql': ['libpq-uri', ['libpq']],
  pdo_pgsql: ['libpq-uri', ['libpq']],
  'postgresql+psycopg': ['sqlalchemy', ['libpq']],
  'postgresql+psycopg_async': ['sqlalchemy', ['libpq']],
  'postgresql+psycopg2': ['sqlalchemy', ['libpq']],
  'postgresql+psycopg2cffi': ['sqlalchemy', ['libpq']],
  'postgresql+aiopg': ['sqlalchemy', ['libpq']],
  'postgresql+asyncpg': ['sqlalchemy', ['sqlalchemy-asyncpg']],
  'postgresql+pg8000': ['sqlalchemy', ['pg8000']],
};

const REDIS_SCHEME = /^(?:redis|rediss|valkey|valkeys|hiredis)(?:[+-](?:sentinel|cluster|ssl|tls|socket|unix|uds|srv))?$|^sentinel$/;
const REDIS_NAME = /redis|valkey|keydb|dragonfly|celery|sidekiq|resque|bull|broker|cache/i;

/** Something that each spelling of a connection string has, bare hosts aside. Nearly all variables have none of it, and are done with. */
const SIGN = /:\/\/|^\s*jdbc:|(?:host(?:addr)?|server|service)\s*=/i;
/** Most URLs are those of other services. */
const FOREIGN = /^\s*https?:\/\//i;

const BEGINS_UNSEEN = /^\s*[\uE000-\uEFFF]/;

/** What is longer is a certificate or a document, not an address. */
const LONGEST = 10_000;

/** Whether a text that nobody says is a connection string may be one, and worth a closer look. */
export function mayBeConnection({ marked, unknowns }: Text, name: string): boolean {
  if (marked.length > LONGEST) return false;
  if (unknowns.length > 0 && BEGINS_UNSEEN.test(marked)) return CONNECTION_NAME.test(name);
  const hasPairs = marked.includes('=');
  if (!hasPairs && !marked.includes(':')) return false;
  return ((SIGN.test(marked) || (hasPairs && marked.includes(','))) && !FOREIGN.test(marked)) || HOST_LIST_NAME.test(name);
}

export function recognise(text: Text, hint: Hint): Kind | UnseenKind | undefined {
  if (text.marked.length > LONGEST || (hint.isConnection !== true && !mayBeConnection(text, hint.variableName ?? ''))) return undefined;
  const marked = text.marked.trim();
  const driver = hint.driver;
  const family = driver === undefined ? undefined : driverFacts(driver).family;
  const scheme = /^([a-z][a-z0-9_+.-]{0,40}):/i.exec(marked)?.[1]?.toLowerCase();
  const byScheme = scheme === undefined ? undefined : ofScheme(scheme, marked, hint);
  if (driver !== undefined && (hint.isConnection === true || byScheme?.family === family)) {
    // What the scheme says of the driver is nearer to the text.
    if (hint.isConnection !== true && byScheme !== undefined && byScheme.drivers.length === 1 && byScheme.drivers[0] !== driver) return byScheme;
    // libpq itself knows two spellings of a scheme; whoever reads another gives it the settings one by one.
    if (driver === 'libpq' && hint.isConnection === true && !isLibpqUri(marked)) return { form: 'libpq-keywords', family: 'postgres', drivers: ['libpq'] };
    return ofDriver(driver, byScheme);
  }
  if (byScheme !== undefined) return byScheme;
  if (!isSeen(marked.slice(0, 1))) return unseen(hint);
  if (scheme !== undefined && /^[a-z][a-z0-9_+.-]*:\/\//i.test(marked)) return undefined;
  return ofPairs(marked, hint) ?? ofHosts(marked, hint);
}

function ofDriver(driver: DriverId, byScheme: Kind | undefined): Kind {
  const { family } = driverFacts(driver);
  const form = FORMS[driver];
  const drivers = [driver];
  // Of a URL in a .NET program something else makes the pairs that its driver takes.
  if (byScheme !== undefined && (form === 'npgsql' || form === 'stackexchange')) return { ...byScheme, drivers };
  if (form !== undefined) return { form, family, drivers };
  if (family === 'redis') return { form: 'redis-uri', family, drivers };
  if (byScheme?.form === 'sqlalchemy') return { ...byScheme, drivers };
  return { form: byScheme === undefined ? 'libpq-keywords' : byScheme.form === 'pdo' ? 'pdo' : 'libpq-uri', family, drivers };
}

function ofScheme(scheme: string, marked: string, hint: Hint): Kind | undefined {
  if (isJdbc(marked)) return { form: 'jdbc', family: 'postgres', drivers: ['pgjdbc'] };
  if (/^r2dbc:(?:[a-z]{1,20}:)?postgres(?:ql)?:\/\//i.test(marked)) return { form: 'libpq-uri', family: 'postgres', drivers: ['r2dbc-postgresql'] };
  if (/^vertx-reactive:postgresql:\/\//i.test(marked)) return { form: 'libpq-uri', family: 'postgres', drivers: ANY_POSTGRES };
  const slashes = marked.startsWith('://', scheme.length);
  if (scheme === 'pgsql' && !slashes && /[:;]\s*(?:host|dbname)=/.test(marked)) return { form: 'pdo', family: 'postgres', drivers: ['libpq'] };
  if (!slashes) return undefined;
  const known = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (known !== undefined) return { form: known[0], family: 'postgres', drivers: known[1] };
  // Celery keeps results where SQLAlchemy leads it, and marks such an address.
  if (/^db\+postgres(?:ql)?$/.test(scheme)) return { form: 'sqlalchemy', family: 'postgres', drivers: ['libpq'] };
  if (scheme.startsWith('db+')) return ofScheme(scheme.slice(3), marked.slice(3), hint);
  if (/^postgres(?:ql)?\+/.test(scheme)) return { form: 'sqlalchemy', family: 'postgres', drivers: ANY_POSTGRES };
  if (scheme === 'ecto' && isEctoOfPostgres(marked, hint)) return { form: 'libpq-uri', family: 'postgres', drivers: ['postgrex'] };
  if (/^redis\+(?:ssl|tls)$/.test(scheme)) return { form: 'redis-uri', family: 'redis', drivers: ['lettuce'] };
  // What the kubelet sets for a Service is an address, and nobody has set it.
  if (scheme === 'tcp' && /_PORT(?:_\d{1,5}_(?:TCP|UDP))?$/.test(hint.variableName ?? '')) return undefined;
  const meansRedis = REDIS_NAME.test(hint.variableName ?? '') || (hint.driver !== undefined && driverFacts(hint.driver).family === 'redis');
  const isSocket = scheme === 'unix' && (meansRedis || /redis|valkey/.test(marked));
  if (REDIS_SCHEME.test(scheme) || isSocket || (meansRedis && /^(?:tcp|tls|ssl)$/.test(scheme)))
    return { form: 'redis-uri', family: 'redis', drivers: /^(?:tls|ssl|tcp)$/.test(scheme) ? ['phpredis', 'predis'] : ANY_REDIS };
  return undefined;
}

/** Ecto's URLs do not say which database they are for; port and host may. */
function isEctoOfPostgres(marked: string, { familyOfHost }: Hint): boolean {
  const [, host = '', port] = /^ecto:\/\/(?:[^/?#]*@)?([\w.-]{1,253})(?::(\d{1,5}))?(?:[/?]|$)/i.exec(marked) ?? [];
  return port === undefined ? host !== '' && familyOfHost?.(host) === 'postgres' : port === '5432';
}

const SQLSERVER_OR_MYSQL =
  /;\s*(?:encrypt|initial catalog|multipleactiveresultsets|trusted_connection|integrated security|allowuservariables|sslca)\s*=|[=,]\s*(?:tcp:|1433|3306)|port\s*=\s*(?:3306|1433)/i;

function ofPairs(marked: string, hint: Hint): Kind | undefined {
  if (!marked.includes('=')) return undefined;
  if (marked.includes(',') && !marked.includes(';') && isStackExchange(marked, hint)) return { form: 'stackexchange', family: 'redis', drivers: ['stackexchange'] };
  const meansPostgres = /postgres|npgsql|(?:^|[^a-z])pg/i.test(hint.variableName ?? '');
  // RabbitMQ's pairs have a host too, and no database.
  const hasHost = /(?:^|;)\s*host\s*=/i.test(marked) && (meansPostgres || /(?:^|;)\s*(?:database|db|initial\s?catalog|ssl\s?mode|search\s?path)\s*=|port\s*=\s*5432/i.test(marked));
  const hasServer = /(?:^|;)\s*server\s*=/i.test(marked) && (meansPostgres || /port\s*=\s*5432/i.test(marked));
  if (marked.includes(';') && (hasHost || hasServer) && !SQLSERVER_OR_MYSQL.test(marked)) return { form: 'npgsql', family: 'postgres', drivers: ['npgsql'] };
  const names = [...marked.matchAll(/(?:^|\s)([a-z_]{2,30})\s{0,5}=/g)].map((match) => match[1] ?? '');
  const leads = names.some((name) => name === 'host' || name === 'hostaddr' || name === 'service');
  if (leads && names.some((name) => LIBPQ_SIGNS.has(name)) && !marked.includes(';'))
    return { form: 'libpq-keywords', family: 'postgres', drivers: ANY_POSTGRES.filter((id) => id !== 'node-postgres' && id !== 'asyncpg') };
  return undefined;
}

const STACKEXCHANGE_OPTIONS = /(?:^|,)\s*(?:abortconnect|defaultdatabase|allowadmin|connectretry|synctimeout|connecttimeout|channelprefix|sslhost|resolvedns)\s*=/i;

/** A host, and an option that only this driver has, or one that others have too where name or port speak of Redis. */
function isStackExchange(marked: string, { variableName = '' }: Hint): boolean {
  const [first = ''] = marked.split(',');
  if (first.includes('=') || /[\s/]/.test(first.trim())) return false;
  if (STACKEXCHANGE_OPTIONS.test(marked)) return true;
  const means = REDIS_NAME.test(variableName) || /:63(?:79|80)$|\.cache\.windows\.net/i.test(first.trim());
  return means && /,\s*(?:ssl|password|user|servicename)\s*=/i.test(marked);
}

const LIBPQ_SIGNS = new Set(['dbname', 'user', 'sslmode', 'password', 'sslrootcert', 'connect_timeout', 'application_name']);

const HOST_LIST_NAME =
  /(?:redis|valkey)[a-z0-9_.-]{0,60}(?:addr|address|addresses|addrs|endpoints?|nodes?|servers?|ur[il]s?|hosts?|sentinels?|cluster|brokers?|masters?|configuration|connection_?string)$|connectionstrings?_{0,2}[a-z]{0,20}(?:redis|cache)$/i;
const LISTED_HOST = /^[A-Za-z0-9_.\uE000-\uEFFF-]{1,253}:[0-9\uE000-\uEFFF]{1,5}$/;

/** Bare hosts are told from other words by their ports, and only where the name says whose they are. */
function ofHosts(marked: string, hint: Hint): Kind | undefined {
  if (!HOST_LIST_NAME.test(hint.variableName ?? '')) return undefined;
  const items = marked.split(/[,;\s]+/).filter((item) => item !== '');
  return items.length > 0 && items.length < 200 && items.every((item) => LISTED_HOST.test(item)) ? { form: 'host-list', family: 'redis', drivers: ANY_REDIS } : undefined;
}

const CONNECTION_NAME = /(?:^|[_.-])(?:url|uri|dsn|conn(?:ection)?(?:[_.-]?(?:string|str|url|uri))?)$|(?:Url|Uri|Dsn|ConnectionString)$/i;

/** A whole text that was not seen: its name alone tells what it is. */
function unseen({ variableName = '' }: Hint): UnseenKind | undefined {
  if (!CONNECTION_NAME.test(variableName)) return undefined;
  if (/redis|valkey/i.test(variableName)) return { form: 'unseen', family: 'redis' };
  if (/postgres|(?:^|[_.-])pg/i.test(variableName)) return { form: 'unseen', family: 'postgres' };
  return /database|(?:^|[_.-])db|celery|broker|cache|sqlalchemy|dsn/i.test(variableName) ? { form: 'unseen', family: undefined } : undefined;
}
