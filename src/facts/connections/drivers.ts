import type { Encryption, Verification } from './address.ts';

/**
 * What is known of client libraries: one table, each fact with its source. Grammar apart, it says what a driver asks for when
 * nothing is said, which settings change that, and whether the certificate is checked.
 */

/** libpq's words for what a client may ask of TLS: everybody knows them. */
export type Rung = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export const ENCRYPTION: Readonly<Record<Rung, Encryption>> = {
  disable: 'never',
  allow: 'if-demanded',
  prefer: 'if-offered',
  require: 'always',
  'verify-ca': 'always',
  'verify-full': 'always',
};

export const VERIFICATION: Readonly<Record<Rung, Verification>> = {
  disable: 'none',
  allow: 'none',
  prefer: 'none',
  require: 'none',
  'verify-ca': 'authority',
  'verify-full': 'name',
};

/** From the weakest to the strongest. */
export const RUNGS: readonly Rung[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** One setting: the first of a driver's settings that is there decides. */
export interface TlsSetting {
  readonly parameter?: string;
  /** The same from the environment, where no parameter says anything. */
  readonly variable?: string;
  readonly values: Readonly<Record<string, Rung>>;
  readonly ignoresCase?: boolean;
  /** What another value does. */
  readonly otherwise: 'refuses' | 'counts-for-nothing' | Rung;
}

/** A setting that moves what the others have come to. */
export interface TlsAdjustment {
  readonly parameter?: string;
  readonly variable?: string;
  /** Where not given, any value but an empty one. */
  readonly values?: readonly string[];
  readonly ignoresCase?: boolean;
  readonly moves: Partial<Readonly<Record<Rung, Rung | 'refuses'>>>;
  /** Where nothing else was said: comes before `moves`. */
  readonly silentBecomes?: Rung;
  /** It moves where the setting is not there. */
  readonly ifAbsent?: true;
}

interface DriverFacts {
  /** As its users call it. */
  readonly name: string;
  /** With neither parameter nor variable; of Redis, by scheme. */
  readonly silent: Rung | Readonly<Record<string, Rung>>;
  /** In order of precedence. */
  readonly settings: readonly TlsSetting[];
  readonly adjustments: readonly TlsAdjustment[];
  /** Where it connects to if no host is named. */
  readonly home: 'socket' | 'localhost';
  /** Whether it takes `PGHOST`, `PGUSER` and so on for what the text leaves out. */
  readonly readsEnvironment: boolean;
  /** Names of parameters that make it refuse the text. */
  readonly refusesParameters?: readonly string[];
  /** What of the program's code, and of nothing that is seen here, may change it. */
  readonly dependsOnCode?: string;
  /** What was otherwise before a version, the oldest first. */
  readonly earlier?: readonly EarlierFacts[];
}

interface EarlierFacts {
  /** Major and minor number. */
  readonly before: readonly [number, number];
  readonly facts: Partial<Pick<DriverFacts, 'silent' | 'settings' | 'adjustments'>>;
}

export interface Driver extends DriverFacts {
  readonly family: 'postgres' | 'redis';
}

const MODES: Readonly<Record<string, Rung>> = Object.fromEntries(RUNGS.map((rung) => [rung, rung]));

const SSLMODE: TlsSetting = { parameter: 'sslmode', variable: 'PGSSLMODE', values: MODES, otherwise: 'refuses' };

const ALL_TO = (to: Rung): Readonly<Record<Rung, Rung>> => Object.fromEntries(RUNGS.map((rung) => [rung, to])) as Readonly<Record<Rung, Rung>>;
const WEAK_REFUSED = { disable: 'refuses', allow: 'refuses', prefer: 'refuses' } as const;

/** With a root certificate `require` checks the chain as `verify-ca` does. */
const ROOT_CERTIFICATE: readonly TlsAdjustment[] = [{ parameter: 'sslrootcert', variable: 'PGSSLROOTCERT', moves: { require: 'verify-ca' } }];

/** The system's certificates are trusted by everybody: a name must be compared then. */
const SYSTEM_ROOT: TlsAdjustment = {
  parameter: 'sslrootcert',
  variable: 'PGSSLROOTCERT',
  values: ['system'],
  silentBecomes: 'verify-full',
  moves: { ...WEAK_REFUSED, require: 'refuses', 'verify-ca': 'refuses' },
};

/** Without the question whether there is TLS there is no falling back. */
const DIRECT: TlsAdjustment = { parameter: 'sslnegotiation', variable: 'PGSSLNEGOTIATION', values: ['direct'], moves: WEAK_REFUSED };

/** Node.js itself, whatever a library asks for. */
const NODE_VERIFIES_NOTHING: TlsAdjustment = { variable: 'NODE_TLS_REJECT_UNAUTHORIZED', values: ['0'], moves: { 'verify-ca': 'require', 'verify-full': 'require' } };

const NODE_MODES: Readonly<Record<string, Rung>> = {
  disable: 'disable',
  'no-verify': 'require',
  prefer: 'verify-full',
  require: 'verify-full',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
};
const NODE_PGSSLMODE: TlsSetting = { variable: 'PGSSLMODE', values: NODE_MODES, otherwise: 'counts-for-nothing' };

const TRUE = ['true', '1', 'yes', 'on', 't', 'y'];
const NOTHING_MOVES: readonly TlsAdjustment[] = [];
const REDISS = { redis: 'disable', rediss: 'verify-full' } as const;

const POSTGRES = {
  // PostgreSQL 18 documentation, 34.1.2 (sslmode, sslnegotiation, gssencmode, sslrootcert) and 34.19.1.
  // psycopg, Ruby's pg, PHP, diesel, hasql, psqlODBC and psql are libpq.
  libpq: {
    name: 'libpq',
    silent: 'prefer',
    settings: [SSLMODE],
    // Encryption by Kerberos is no TLS, but is none the weaker.
    adjustments: [SYSTEM_ROOT, DIRECT, ...ROOT_CERTIFICATE, { parameter: 'gssencmode', variable: 'PGGSSENCMODE', values: ['require'], moves: ALL_TO('verify-full') }],
    home: 'socket',
    readsEnvironment: true,
  },
  // Read in pg 8.23.1 and pg-connection-string 2.14.1, and each value seen on the wire with a listener: prefer and allow too end without a
  // session where the server has no TLS; `ssl=false` is a text, and so asks for TLS and fails. `allow` and values that it does
  // not know leave an empty TLS configuration, which verifies. From the announced version 3 on, `uselibpqcompat` is the rule.
  'node-postgres': {
    name: 'node-postgres',
    silent: 'disable',
    settings: [
      {
        parameter: 'sslmode',
        values: NODE_MODES,
        otherwise: 'verify-full',
      },
      { parameter: 'ssl', values: { true: 'verify-full', 1: 'verify-full', 'no-verify': 'require', 0: 'disable' }, otherwise: 'refuses' },
      { parameter: 'sslrootcert', values: {}, otherwise: 'verify-full' },
      { parameter: 'sslcert', values: {}, otherwise: 'verify-full' },
      { parameter: 'sslkey', values: {}, otherwise: 'verify-full' },
      { parameter: 'sslnegotiation', values: { direct: 'verify-full' }, otherwise: 'counts-for-nothing' },
      NODE_PGSSLMODE,
    ],
    adjustments: [NODE_VERIFIES_NOTHING],
    home: 'localhost',
    readsEnvironment: true,
  },
  // The same with `uselibpqcompat=true`: prefer is not libpq's, for it does not go on without TLS.
  'node-postgres-compat': {
    name: 'node-postgres with uselibpqcompat',
    silent: 'disable',
    settings: [
      {
        parameter: 'sslmode',
        values: { disable: 'disable', prefer: 'require', require: 'require', 'verify-ca': 'verify-ca', 'verify-full': 'verify-full' },
        otherwise: 'verify-full',
      },
      { parameter: 'ssl', values: { true: 'verify-full', 1: 'verify-full', 'no-verify': 'require', 0: 'disable' }, otherwise: 'refuses' },
      { parameter: 'sslrootcert', values: {}, otherwise: 'verify-full' },
      { parameter: 'sslnegotiation', values: { direct: 'verify-full' }, otherwise: 'counts-for-nothing' },
      NODE_PGSSLMODE,
    ],
    adjustments: [
      { parameter: 'sslrootcert', ifAbsent: true, moves: { 'verify-ca': 'refuses' } },
      { parameter: 'sslrootcert', moves: { require: 'verify-ca' } },
      NODE_VERIFIES_NOTHING,
    ],
    home: 'localhost',
    readsEnvironment: true,
  },
  // Read in postgres 3.4.9 and seen on the wire; `allow` too asks for TLS, and only `prefer` goes on without.
  'postgres.js': {
    name: 'Postgres.js',
    silent: 'disable',
    settings: [
      { parameter: 'sslrootcert', values: { system: 'verify-full' }, otherwise: 'counts-for-nothing' },
      { parameter: 'sslmode', values: { disable: 'disable', false: 'disable', prefer: 'prefer', require: 'require', allow: 'require' }, otherwise: 'verify-full' },
      { parameter: 'ssl', variable: 'PGSSL', values: { disable: 'disable', false: 'disable', prefer: 'prefer', require: 'require', allow: 'require' }, otherwise: 'verify-full' },
    ],
    adjustments: [NODE_VERIFIES_NOTHING],
    home: 'localhost',
    readsEnvironment: true,
  },
  // Read in pgjdbc 42.7.8 (SslMode.of): `ssl` counts only without `sslmode`. The factory that validates nothing replaces the
  // check of the chain; verify-full still compares the name, which is worth nothing without it.
  pgjdbc: {
    name: 'pgjdbc',
    silent: 'prefer',
    settings: [
      { parameter: 'sslmode', values: MODES, ignoresCase: true, otherwise: 'refuses' },
      { parameter: 'ssl', values: { true: 'verify-full', '': 'verify-full' }, ignoresCase: true, otherwise: 'prefer' },
    ],
    adjustments: [{ parameter: 'sslfactory', values: ['org.postgresql.ssl.NonValidatingFactory'], moves: { 'verify-ca': 'require', 'verify-full': 'require' } }],
    home: 'localhost',
    readsEnvironment: false,
  },
  // r2dbc-postgresql's README: sslMode and ssl are options of the URL; without them there is no TLS.
  'r2dbc-postgresql': {
    name: 'r2dbc-postgresql',
    silent: 'disable',
    settings: [
      { parameter: 'sslMode', values: { ...MODES, tunnel: 'verify-full', verify_ca: 'verify-ca', verify_full: 'verify-full' }, ignoresCase: true, otherwise: 'refuses' },
      { parameter: 'ssl', values: { true: 'verify-full', false: 'disable' }, ignoresCase: true, otherwise: 'refuses' },
    ],
    adjustments: NOTHING_MOVES,
    home: 'localhost',
    readsEnvironment: false,
  },
  // Npgsql's documentation of connection string parameters and its security page: Prefer is the default since 6.0 (Disable before, when Require checked the certificate: its issue 3988),
  // and since 8.0 Require checks nothing, with or without Trust Server Certificate.
  npgsql: {
    name: 'Npgsql',
    silent: 'prefer',
    settings: [{ parameter: 'sslmode', values: { ...MODES, verifyca: 'verify-ca', verifyfull: 'verify-full' }, ignoresCase: true, otherwise: 'refuses' }],
    adjustments: [{ parameter: 'trustservercertificate', values: TRUE, ignoresCase: true, moves: { 'verify-ca': 'require', 'verify-full': 'require' } }],
    home: 'localhost',
    readsEnvironment: false,
    earlier: [
      {
        before: [6, 0],
        facts: {
          silent: 'disable',
          settings: [
            { parameter: 'sslmode', values: { disable: 'disable', prefer: 'prefer', require: 'verify-full' }, ignoresCase: true, otherwise: 'refuses' },
            { parameter: 'ssl', values: { true: 'verify-full', false: 'disable' }, ignoresCase: true, otherwise: 'refuses' },
          ],
        },
      },
    ],
  },
  // Read in asyncpg 0.32.0: `ssl=` in a URL is sent to the server, which refuses it.
  asyncpg: {
    name: 'asyncpg',
    silent: 'prefer',
    settings: [SSLMODE],
    adjustments: [DIRECT, ...ROOT_CERTIFICATE],
    home: 'socket',
    readsEnvironment: true,
    refusesParameters: ['ssl'],
  },
  // SQLAlchemy 2.1.9 gives the parameters of its URL to asyncpg.connect(): there it is `ssl`, and `sslmode` is an error.
  'sqlalchemy-asyncpg': {
    name: 'asyncpg under SQLAlchemy',
    silent: 'prefer',
    settings: [{ parameter: 'ssl', variable: 'PGSSLMODE', values: { ...MODES, true: 'verify-full' }, otherwise: 'refuses' }],
    adjustments: ROOT_CERTIFICATE,
    home: 'socket',
    readsEnvironment: true,
    refusesParameters: ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation', 'channel_binding'],
  },
  // Read in pg8000: without an SSLContext, which no URL can give, it asks for TLS and goes on without.
  pg8000: { name: 'pg8000', silent: 'prefer', settings: [], adjustments: NOTHING_MOVES, home: 'localhost', readsEnvironment: false, dependsOnCode: 'ssl_context' },
  // Read in pgx 5.12.0 (configTLS): the system's certificates overrule sslmode. What it does not know is sent to the server, which refuses it.
  pgx: {
    name: 'pgx',
    silent: 'prefer',
    settings: [SSLMODE],
    adjustments: [
      { parameter: 'sslrootcert', variable: 'PGSSLROOTCERT', values: ['system'], moves: ALL_TO('verify-full') },
      { parameter: 'sslnegotiation', variable: 'PGSSLNEGOTIATION', values: ['direct'], moves: { prefer: 'require' } },
      ...ROOT_CERTIFICATE,
    ],
    home: 'socket',
    readsEnvironment: true,
    refusesParameters: ['ssl'],
  },
  // Read in lib/pq 1.12.3 and its change log: no sslmode is require (the next version may make it prefer), and before 1.12 allow and prefer are errors.
  'lib/pq': {
    name: 'lib/pq',
    silent: 'require',
    settings: [SSLMODE],
    adjustments: [SYSTEM_ROOT, DIRECT, ...ROOT_CERTIFICATE],
    home: 'localhost',
    readsEnvironment: true,
    refusesParameters: ['ssl'],
    earlier: [
      { before: [1, 12], facts: { settings: [{ ...SSLMODE, values: { disable: 'disable', require: 'require', 'verify-ca': 'verify-ca', 'verify-full': 'verify-full' } }] } },
    ],
  },
  // Read in sqlx-postgres 0.9.0 (maybe_upgrade): allow never asks for TLS; a root certificate raises nothing.
  sqlx: {
    name: 'SQLx',
    silent: 'prefer',
    settings: [
      { parameter: 'sslmode', values: { ...MODES, allow: 'disable' }, ignoresCase: true, otherwise: 'refuses' },
      { parameter: 'ssl-mode', variable: 'PGSSLMODE', values: { ...MODES, allow: 'disable' }, ignoresCase: true, otherwise: 'refuses' },
    ],
    adjustments: NOTHING_MOVES,
    home: 'localhost',
    readsEnvironment: true,
  },
  // Read in tokio-postgres 0.7.18: it knows three modes; whether there is TLS at all, and what is verified, is in the connector of the code.
  'tokio-postgres': {
    name: 'tokio-postgres',
    silent: 'prefer',
    settings: [{ parameter: 'sslmode', values: { disable: 'disable', prefer: 'prefer', require: 'require' }, otherwise: 'refuses' }],
    adjustments: NOTHING_MOVES,
    home: 'localhost',
    readsEnvironment: false,
    dependsOnCode: 'the TLS connector',
  },
  // Prisma's documentation of the PostgreSQL connector: sslmode is prefer, sslaccept accept_invalid_certs.
  prisma: {
    name: 'Prisma',
    silent: 'prefer',
    settings: [{ parameter: 'sslmode', values: { disable: 'disable', prefer: 'prefer', require: 'require' }, otherwise: 'prefer' }],
    adjustments: [{ parameter: 'sslaccept', values: ['strict'], moves: { require: 'verify-full' } }],
    home: 'localhost',
    readsEnvironment: false,
  },
  // Postgrex's documentation: `ssl` is false unless it is given; Ecto takes it from the URL.
  postgrex: {
    name: 'Postgrex',
    silent: 'disable',
    settings: [{ parameter: 'ssl', values: { true: 'verify-full', false: 'disable' }, otherwise: 'refuses' }],
    adjustments: NOTHING_MOVES,
    home: 'localhost',
    readsEnvironment: true,
    dependsOnCode: 'ssl_opts',
  },
} as const satisfies Readonly<Record<string, DriverFacts>>;

const REDIS = {
  // `redis-cli --help` and its use of hiredis: the chain is checked, the host name is not.
  'redis-cli': {
    name: 'redis-cli',
    silent: { redis: 'disable', rediss: 'verify-ca' },
    settings: [],
    adjustments: [{ parameter: '--insecure', moves: { 'verify-ca': 'require' } }],
    home: 'localhost',
    readsEnvironment: false,
  },
  // Read in redis-py 8.1.0. Before version 6 the host name was not compared unless `ssl_check_hostname` said so.
  'redis-py': {
    name: 'redis-py',
    silent: REDISS,
    settings: [],
    adjustments: [
      { parameter: 'ssl_cert_reqs', values: ['none'], moves: { 'verify-full': 'require' } },
      { parameter: 'ssl_check_hostname', values: ['false', '0', 'f', 'n', 'no'], ignoresCase: true, moves: { 'verify-full': 'verify-ca' } },
    ],
    home: 'localhost',
    readsEnvironment: false,
    refusesParameters: ['ssl', 'tls'],
    earlier: [
      {
        before: [6, 0],
        facts: {
          silent: { redis: 'disable', rediss: 'verify-ca' },
          adjustments: [
            { parameter: 'ssl_cert_reqs', values: ['none'], moves: { 'verify-ca': 'require' } },
            { parameter: 'ssl_check_hostname', values: ['true', '1', 'yes'], ignoresCase: true, moves: { 'verify-ca': 'verify-full' } },
          ],
        },
      },
    ],
  },
  // Celery's and Kombu's documentation of rediss: `ssl_cert_reqs` must be there, in Python's words or in short.
  celery: {
    name: 'Celery',
    silent: REDISS,
    settings: [],
    adjustments: [
      { parameter: 'ssl_cert_reqs', values: ['none', 'cert_none', 'optional', 'cert_optional'], ignoresCase: true, moves: { 'verify-full': 'require' } },
      { parameter: 'ssl_check_hostname', values: ['false', '0', 'f', 'n', 'no'], ignoresCase: true, moves: { 'verify-full': 'verify-ca' } },
    ],
    home: 'localhost',
    readsEnvironment: false,
  },
  // Read in ioredis 6.0.0 and seen on the wire: any `tls=` in the URL starts TLS, `tls=false` too; a scheme in capitals does not.
  ioredis: {
    name: 'ioredis',
    silent: REDISS,
    settings: [],
    adjustments: [{ parameter: 'tls', moves: { disable: 'verify-full' } }, NODE_VERIFIES_NOTHING],
    home: 'localhost',
    readsEnvironment: false,
  },
  // Read in @redis/client of redis 6: parameters of the URL are not looked at.
  'node-redis': { name: 'node-redis', silent: REDISS, settings: [], adjustments: [NODE_VERIFIES_NOTHING], home: 'localhost', readsEnvironment: false },
  // Read in lettuce 6.8.1 (RedisURI): verifyPeer is FULL unless the URL says CA or NONE; redis+tls is STARTTLS.
  lettuce: {
    name: 'Lettuce',
    silent: { redis: 'disable', rediss: 'verify-full', 'redis+ssl': 'verify-full', 'redis+tls': 'verify-full', 'rediss-sentinel': 'verify-full' },
    settings: [],
    adjustments: [
      { parameter: 'verifyPeer', values: ['none'], ignoresCase: true, moves: { 'verify-full': 'require' } },
      { parameter: 'verifyPeer', values: ['ca'], ignoresCase: true, moves: { 'verify-full': 'verify-ca' } },
    ],
    home: 'localhost',
    readsEnvironment: false,
  },
  // Read in jedis 6.2.0 (DefaultJedisSocketFactory): without SSLParameters or a HostnameVerifier of the code the name is not compared.
  jedis: { name: 'Jedis', silent: { redis: 'disable', rediss: 'verify-ca' }, settings: [], adjustments: NOTHING_MOVES, home: 'localhost', readsEnvironment: false },
  // Read in redisson 3.52.0: sslVerificationMode is STRICT unless the configuration says otherwise.
  redisson: { name: 'Redisson', silent: REDISS, settings: [], adjustments: NOTHING_MOVES, home: 'localhost', readsEnvironment: false },
  // Read in go-redis 9.23.0 (ParseURL).
  'go-redis': {
    name: 'go-redis',
    silent: REDISS,
    settings: [],
    adjustments: [{ parameter: 'skip_verify', values: ['true', '1'], moves: { 'verify-full': 'require' } }],
    home: 'localhost',
    readsEnvironment: false,
    refusesParameters: ['ssl', 'tls', 'ssl_cert_reqs', 'ssl_ca_certs', 'verifyPeer'],
  },
  // StackExchange.Redis' documentation of configuration: `ssl` is false unless the host is one of Azure's.
  stackexchange: {
    name: 'StackExchange.Redis',
    silent: REDISS,
    settings: [{ parameter: 'ssl', values: { true: 'verify-full', false: 'disable', 1: 'verify-full', 0: 'disable' }, ignoresCase: true, otherwise: 'refuses' }],
    adjustments: NOTHING_MOVES,
    home: 'localhost',
    readsEnvironment: false,
  },
  // redis-client's README: rediss verifies as OpenSSL does by default, chain and name; `ssl_params` are in the code.
  'redis-rb': { name: 'redis-rb', silent: REDISS, settings: [], adjustments: NOTHING_MOVES, home: 'localhost', readsEnvironment: false, dependsOnCode: 'ssl_params' },
  // PHP's stream contexts verify chain and name since 5.6; a `stream` option of the code can undo it.
  phpredis: {
    name: 'PhpRedis',
    silent: { ...REDISS, tls: 'verify-full', ssl: 'verify-full' },
    settings: [],
    adjustments: NOTHING_MOVES,
    home: 'localhost',
    readsEnvironment: false,
  },
  predis: {
    name: 'Predis',
    silent: { ...REDISS, tls: 'verify-full' },
    settings: [],
    adjustments: [{ parameter: 'ssl[verify_peer]', values: ['0', 'false'], moves: { 'verify-full': 'require' } }],
    home: 'localhost',
    readsEnvironment: false,
  },
  // Read in redis 1.8.1 for Rust: `#insecure` behind rediss verifies nothing.
  'redis-rs': {
    name: 'redis-rs',
    silent: REDISS,
    settings: [],
    adjustments: [{ parameter: '#', values: ['insecure'], moves: { 'verify-full': 'require' } }],
    home: 'localhost',
    readsEnvironment: false,
  },
} as const satisfies Readonly<Record<string, DriverFacts>>;

type PostgresDriverId = keyof typeof POSTGRES;
type RedisDriverId = keyof typeof REDIS;

/** Client libraries whose reading of a connection string is known. */
export type DriverId = PostgresDriverId | RedisDriverId;

const FACTS: ReadonlyMap<string, Driver> = new Map([
  ...Object.entries(POSTGRES).map(([id, facts]): [string, Driver] => [id, { family: 'postgres', ...facts }]),
  ...Object.entries(REDIS).map(([id, facts]): [string, Driver] => [id, { family: 'redis', ...facts }]),
]);

/** What is known of a driver; of a version that is not known, what is true of today's. */
export function driverFacts(id: DriverId, version?: string): Driver {
  const facts = FACTS.get(id) as Driver;
  if (version === undefined || facts.earlier === undefined) return facts;
  const [major, minor = 0] = /^v?(\d{1,6})(?:\.(\d{1,6}))?/.exec(version)?.slice(1).map(Number) ?? [];
  if (major === undefined) return facts;
  const found = facts.earlier.find(({ before }) => major < before[0] || (major === before[0] && (Number.isNaN(minor) ? 0 : minor) < before[1]));
  return found === undefined ? facts : { ...facts, ...found.facts };
}
