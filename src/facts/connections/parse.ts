import type { Dialect, Family, Hint, Reading } from './address.ts';
import { type Draft, isRefusal, type Refusal } from './draft.ts';
import { type DriverId, driverFacts } from './drivers.ts';
import { finish } from './finish.ts';
import { readJdbc } from './jdbc.ts';
import { readNpgsql, readStackExchange } from './keywords.ts';
import { readLettuce } from './lettuce.ts';
import { isLibpqKeyword, readLibpqKeywords, readLibpqUri, type Settings } from './libpq.ts';
import { draftOfSettings, type LibpqSurroundings } from './libpq-address.ts';
import { markOpenEnd } from './open-end.ts';
import { withoutEscapedMarks } from './percent.ts';
import { readAsyncpg, readRedisPy, readSqlAlchemy } from './python-url.ts';
import { ANY_POSTGRES, ANY_REDIS, type Form, recognise } from './recognise.ts';
import { readHostList, readRedisUri } from './redis-uri.ts';
import { readService } from './service-file.ts';
import { askOfVariables } from './split-tls.ts';
import { isSeen, Pieces, type Text, unknownText } from './text.ts';
import { readIoredis, readNodePostgres, readNodeRedis, readPostgresJs } from './web-url.ts';

/** Reads one text; undefined where it is no connection string of PostgreSQL or Redis. */
export function parseConnection(text: Text, hint: Hint = {}): Reading | undefined {
  const kind = recognise(text, hint);
  if (kind === undefined) return undefined;
  if (kind.form === 'unseen') return { kind: 'unseen', family: kind.family, unknowns: text.unknowns };
  const pieces = new Pieces();
  const whole = withoutEscapedMarks(pieces.include(text));
  // A Secret's value often ends with its line.
  const marked = hint.isConnection === true ? whole : whole.trim();
  const around = surroundingsOf(kind.drivers, pieces, hint);
  const read = READERS[kind.form](marked, kind.drivers, around);
  // What libpq refuses, another of those that it may be can take.
  const other = isRefusal(read) && kind.form === 'libpq-uri' && kind.drivers.length > 1 ? readNodePostgres(marked) : read;
  if (isRefusal(other)) return { kind: 'rejected', family: kind.family, dialect: DIALECTS[kind.form], why: (isRefusal(read) ? read : other).refused };
  const drivers: readonly DriverId[] = other === read ? narrow(kind.drivers, other) : ['node-postgres'];
  // A bare host does not say what it is asked for.
  const ask = kind.form === 'host-list' ? askOfVariables({}, drivers, around.variable) : undefined;
  return finish(markOpenEnd(withEnvironment(other, around.variable), marked, pieces), drivers, pieces, hint, ask);
}

type Surroundings = Pick<LibpqSurroundings, 'variable' | 'service'>;
type Reader = (text: string, drivers: readonly DriverId[], around: Surroundings) => Draft | Refusal;

const READERS: Readonly<Record<Form, Reader>> = {
  'libpq-uri': readUri,
  'libpq-keywords': (text, drivers, around) => settle(readLibpqKeywords(text, knownTo(drivers)), { dialect: 'libpq-keywords', scheme: null, ...around }),
  pdo: (text, drivers, around) =>
    settle(readLibpqKeywords(text.replace(/^pgsql:/i, '').replaceAll(';', ' '), knownTo(drivers)), { dialect: 'libpq-keywords', scheme: 'pgsql', ...around }),
  'node-postgres': readNodePostgres,
  'postgres.js': readPostgresJs,
  asyncpg: readAsyncpg,
  jdbc: (text, _drivers, { service }) => readJdbc(text, service),
  npgsql: readNpgsql,
  sqlalchemy: readSqlAlchemy,
  'redis-uri': readRedisUri,
  'redis-py': readRedisPy,
  ioredis: readIoredis,
  'node-redis': readNodeRedis,
  lettuce: readLettuce,
  stackexchange: readStackExchange,
  'host-list': readHostList,
};

const DIALECTS: Readonly<Record<Form, Dialect>> = {
  'libpq-uri': 'libpq-uri',
  'libpq-keywords': 'libpq-keywords',
  pdo: 'libpq-keywords',
  'node-postgres': 'node-postgres',
  'postgres.js': 'node-postgres',
  asyncpg: 'libpq-uri',
  jdbc: 'jdbc',
  npgsql: 'npgsql',
  sqlalchemy: 'sqlalchemy',
  'redis-uri': 'redis-uri',
  'redis-py': 'redis-py',
  ioredis: 'ioredis',
  'node-redis': 'redis-uri',
  lettuce: 'lettuce',
  stackexchange: 'stackexchange',
  'host-list': 'host-port',
};

/** libpq refuses what it does not know; others send it to the server or pass over it. */
function knownTo(drivers: readonly DriverId[]): (name: string) => boolean {
  return drivers.length === 1 && drivers[0] === 'libpq' ? isLibpqKeyword : () => true;
}

/** The schemes of other houses stand for libpq's own; only libpq itself minds. */
function readUri(text: string, drivers: readonly DriverId[], around: Surroundings): Draft | Refusal {
  const scheme = /^(?:[a-z][a-z0-9]*:){0,2}([a-z][a-z0-9_+.-]*):\/\//i.exec(text);
  const own = scheme === null ? text : `postgres://${text.slice(scheme[0].length)}`;
  const isOwn = /^postgres(?:ql)?:\/\//.test(text);
  return settle(readLibpqUri(own, { knowsKeyword: isOwn ? knownTo(drivers) : () => true }), { dialect: 'libpq-uri', scheme: scheme?.[1]?.toLowerCase() ?? null, ...around });
}

function settle(settings: Settings | Refusal, surroundings: LibpqSurroundings): Draft | Refusal {
  return 'refused' in settings ? settings : draftOfSettings(settings, surroundings);
}

export function surroundingsOf(drivers: readonly DriverId[], pieces: Pieces, hint: Hint): Surroundings {
  const readsEnvironment = drivers.some((id) => driverFacts(id).readsEnvironment);
  return {
    variable: (name) => {
      const text = readsEnvironment ? hint.variables?.get(name) : undefined;
      // An empty variable counts as none.
      return text === undefined || text.marked === '' ? null : pieces.include(text);
    },
    service: (name) => {
      const file = hint.serviceFile;
      return file === undefined ? [[pieces.include(UNSEEN_SERVICE), '']] : readService(pieces.include(file), name);
    },
  };
}

const UNSEEN_SERVICE: Text = unknownText({ name: 'PGSERVICE', why: 'the file of the service that it names was not seen' });

/** Drivers of PostgreSQL that look at libpq's variables do so for whatever the text leaves out. */
function withEnvironment(draft: Draft, variable: Surroundings['variable']): Draft {
  const [host] = draft.hosts;
  if (draft.family !== 'postgres' || host === undefined || draft.hosts.length > 1) return draft;
  return {
    ...draft,
    hosts: [{ ...host, name: host.name ?? (host.address === null ? variable('PGHOST') : null), port: host.port ?? variable('PGPORT') }],
    user: draft.user ?? variable('PGUSER'),
    password: draft.password ?? variable('PGPASSWORD'),
    database: draft.database ?? variable('PGDATABASE'),
  };
}

/** Parameters that only one driver knows. */
const SIGNS: readonly (readonly [DriverId, readonly string[]])[] = [
  ['prisma', ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer', 'sslaccept', 'sslidentity']],
  ['node-postgres', ['uselibpqcompat']],
  ['pgx', ['pool_max_conns', 'pool_min_conns', 'pool_max_conn_lifetime', 'default_query_exec_mode', 'statement_cache_capacity']],
];

function narrow(drivers: readonly DriverId[], draft: Draft): readonly DriverId[] {
  if (drivers.length === 1 || draft.family !== 'postgres') return drivers;
  const names = draft.parameters.map(([name]) => name);
  const signed = SIGNS.find(([, signs]) => signs.some((sign) => names.includes(sign)));
  if (signed !== undefined) return [signed[0]];
  return names.every((name) => isLibpqKeyword(name) || !isSeen(name)) ? drivers : drivers.filter((id) => id !== 'libpq');
}

/** The drivers that may be meant, where a text says nothing of them. */
export function driversOf(family: Family, { driver }: Hint): readonly DriverId[] {
  if (driver !== undefined && driverFacts(driver).family === family) return [driver];
  return family === 'postgres' ? ANY_POSTGRES : ANY_REDIS;
}
