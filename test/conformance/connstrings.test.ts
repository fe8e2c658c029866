import { expect, test } from 'vitest';
import type { ConnectionAddress, Hint, Host, Reading } from '../../src/facts/connections/address.ts';
import type { DriverId } from '../../src/facts/connections/drivers.ts';
import { parseConnection } from '../../src/facts/connections/parse.ts';
import { knownText } from '../../src/facts/connections/text.ts';
import { Sealed } from '../../src/sealed.ts';
import exceptions from './connstrings-exceptions.json' with { type: 'json' };
import { readCases } from './corpora.ts';

/** What the tests of six drivers say of connection strings. Each dialect is read by its own rules; what they expect is asked in their own words. */
interface Case {
  readonly id: string;
  readonly check: string;
  readonly verdict: 'pass' | 'fail';
  readonly input: string;
  readonly expected: Readonly<Record<string, unknown>>;
  /** Given to redis-py beside the URL, which wins. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly other_asserts?: readonly string[];
  readonly options?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly needs_service_file?: boolean;
}

const DRIVERS: Readonly<Record<string, DriverId>> = {
  libpq: 'libpq',
  'node-postgres': 'node-postgres',
  pgjdbc: 'pgjdbc',
  'redis-py': 'redis-py',
  ioredis: 'ioredis',
  lettuce: 'lettuce',
};

/** Of pgjdbc's own test resources, as far as its cases name it. */
const SERVICE_FILE = knownText(
  '[driverTestService1]\nhost=test-host1\nport=5444\ndbname=testdb1\n[driverTestService2]\nhost=test-host1,[::1],test-host2\nport=5541,5542\ndbname=testdb1\n',
);

const cases = readCases<Case>('connstrings') ?? [];

test.runIf(cases.length > 0)('connection strings are read as their drivers read them', () => {
  const listed = new Map((exceptions as readonly { readonly id: string; readonly because: string }[]).map(({ id, because }) => [id, because]));
  const wrong = cases.flatMap((item) => {
    const differences = compare(item);
    if (listed.has(item.id)) return differences.length === 0 ? [`${item.id}: is listed as an exception and is none`] : [];
    return differences.map((difference) => `${item.id}: ${difference}`);
  });
  expect(wrong).toEqual([]);
});

function compare(item: Case): string[] {
  const dialect = item.check.split('/')[0] ?? '';
  const driver = DRIVERS[dialect];
  if (driver === undefined) return [`no driver is known for ${item.check}`];
  const reading = parseConnection(knownText(withOptions(item)), hintOf(item, driver));
  if (item.verdict === 'fail') return isRefused(reading) || saysTwice(item) ? [] : ['taken, and must be refused'];
  if (reading?.kind !== 'address') return [`refused: ${reading?.kind === 'rejected' ? reading.why : reading?.kind}`];
  const found = { ...item.defaults, ...WORDS[driver]?.(reading, item) };
  return Object.entries(item.expected).flatMap(([name, value]) => (same(found[name], value) ? [] : [`${name} is ${show(found[name])}, and must be ${show(value)}`]));
}

function isRefused(reading: Reading | undefined): boolean {
  return reading === undefined || reading.kind === 'rejected' || (reading.kind === 'address' && reading.tls.refusal !== undefined);
}

/** An option of the code does what the parameter does. */
function withOptions({ input, options }: Case): string {
  return options?.includes('useLibpqCompat: true') === true ? `${input}&uselibpqcompat=true` : input;
}

/** pg-connection-string refuses the option beside the parameter, and there is no option here. */
function saysTwice({ input, options }: Case): boolean {
  return options?.includes('useLibpqCompat') === true && input.includes('uselibpqcompat');
}

function hintOf(item: Case, driver: DriverId): Hint {
  const variables = new Map(Object.entries(item.env ?? {}).map(([name, value]) => [name, knownText(value)]));
  return { driver, isConnection: true, variables, serviceFile: item.needs_service_file === true ? SERVICE_FILE : undefined };
}

/** A sealed password is compared without being opened; nothing is the same as an empty text. */
function same(found: unknown, expected: unknown): boolean {
  if (found instanceof Sealed) return typeof expected === 'string' && found.equals(new Sealed(expected));
  if ((found ?? '') === '' && (expected ?? '') === '') return true;
  if (typeof expected === 'object') return JSON.stringify(found) === JSON.stringify(expected);
  return String(found) === String(expected);
}

function show(value: unknown): string {
  return value instanceof Sealed ? 'another password' : (JSON.stringify(value) ?? 'not set');
}

/** redis-py turns some parameters into booleans (to_bool): what is not one of its words for no is yes. */
const toBoolean = (value: string): boolean => !/^(?:0|f|false|n|no)$/i.test(value);
const PYTHON_TYPES: Readonly<Record<string, (value: string) => unknown>> = {
  socket_keepalive: toBoolean,
  retry_on_timeout: toBoolean,
  ssl_check_hostname: toBoolean,
  legacy_responses: toBoolean,
  socket_timeout: Number,
  socket_connect_timeout: Number,
  timeout: Number,
};

type Words = (address: ConnectionAddress, item: Case) => Readonly<Record<string, unknown>>;

const WORDS: Partial<Readonly<Record<DriverId, Words>>> = {
  libpq: (address) => {
    const hosts = address.hosts ?? [];
    return {
      ...parametersOf(address),
      user: address.user,
      password: address.password,
      dbname: address.database,
      host: hosts.map((host) => (host.isDefault || host.address === host.name ? '' : host.name)).join(','),
      hostaddr: hosts.map((host) => host.address ?? '').join(','),
      port: portsOf(hosts, 5432),
      _kind: hosts.every(({ isSocket }) => isSocket) ? 'local' : 'inet',
    };
  },
  'node-postgres': (address) => {
    const [host] = address.hosts ?? [];
    const parameters = parametersOf(address);
    return {
      ...parameters,
      user: address.user,
      password: address.password,
      host: host?.isDefault === true ? '' : host?.name,
      port: host?.port === 5432 ? (item5432(address) ? 5432 : '') : host?.port,
      database: address.database,
      ssl: nodeTls(address),
    };
  },
  pgjdbc: (address, item) => {
    const hosts = address.hosts ?? [];
    return {
      ...parametersOf(address),
      // An empty name is the default to it only when it connects.
      hosts: item.expected['hosts'] === '' && hosts.every(({ isDefault }) => isDefault) ? '' : hosts.map(bracketed).join(','),
      ports: hosts.map(({ port }) => port).join(','),
      dbname: address.database,
      user: address.user,
      password: address.password,
    };
  },
  'redis-py': (address, item) => {
    const [host] = address.hosts ?? [];
    const { connection_class: own } = { connection_class: undefined, ...item.defaults };
    return {
      ...Object.fromEntries(Object.entries(parametersOf(address)).map(([name, value]) => [name, PYTHON_TYPES[name]?.(String(value)) ?? value])),
      _connection_class: own ?? (host?.isSocket === true ? 'UnixDomainSocketConnection' : address.tls.encryption === 'always' ? 'SSLConnection' : 'Connection'),
      ...(host?.isSocket === true ? { path: host.name } : { host: host?.isDefault === true ? undefined : host?.name, port: host?.port }),
      ...(address.database === null ? {} : { db: address.database }),
      username: address.user,
      password: address.password,
    };
  },
  ioredis: (address) => {
    const [host] = address.hosts ?? [];
    return {
      ...parametersOf(address),
      ...(host?.isSocket === true ? { path: host.name } : { host: host?.isDefault === true ? undefined : host?.name, port: host?.port }),
      db: address.database,
      username: address.user,
      password: address.password,
    };
  },
  lettuce: (address, item) => {
    const [host] = address.hosts ?? [];
    const where = address.leadsTo === 'sentinel' ? {} : host?.isSocket === true ? { socket: host.name } : { host: host?.name, port: host?.port };
    return {
      ...parametersOf(address),
      ...where,
      database: address.database ?? 0,
      username: address.user,
      password: address.password,
      sentinelMasterId: address.sentinelMaster,
      ssl: address.tls.encryption === 'always',
      startTls: address.scheme === 'redis+tls',
      verifyMode: { none: 'NONE', authority: 'CA', name: 'FULL' }[address.tls.encryption === 'always' ? (address.tls.verification ?? 'name') : 'name'],
      _toString: lettuceText(address, item.input),
    };
  },
};

function item5432(address: ConnectionAddress): boolean {
  return address.hosts?.[0]?.port === 5432;
}

function parametersOf({ parameters }: ConnectionAddress): Record<string, unknown> {
  return Object.fromEntries(parameters.filter(({ isEffective }) => isEffective).map(({ name, value, sealed }) => [name, sealed ?? value]));
}

/** libpq's test prints only what is not the default. */
function portsOf(hosts: readonly Host[], standard: number): string {
  return hosts.every(({ port }) => port === standard) ? '' : hosts.map(({ port }) => port).join(',');
}

function bracketed({ name }: Host): string {
  return name?.includes(':') === true ? `[${name}]` : (name ?? '');
}

/** What `pg` hands to Node.js. */
function nodeTls({ tls }: ConnectionAddress): unknown {
  if (tls.encryption === 'never') return tls.decidedBy.length > 0 ? false : undefined;
  if (tls.decidedBy.every((name) => name === 'ssl' || name === 'sslnegotiation')) return tls.verification === 'none' ? 'no-verify' : true;
  return tls.verification === 'none' ? { rejectUnauthorized: false } : {};
}

/** RedisURI.toString: credentials are masked, and what is the default is left out. */
function lettuceText(address: ConnectionAddress, input: string): string {
  const { hosts = [], tls, leadsTo } = address;
  const parameters = parametersOf(address);
  const isSocket = hosts[0]?.isSocket === true;
  const isTls = tls.encryption === 'always';
  const scheme = isSocket
    ? 'redis-socket'
    : leadsTo === 'sentinel'
      ? isTls
        ? 'rediss-sentinel'
        : 'redis-sentinel'
      : isTls
        ? address.scheme === 'redis+tls'
          ? 'redis+tls'
          : 'rediss'
        : 'redis';
  const standard = leadsTo === 'sentinel' ? 26379 : scheme === 'redis' ? 6379 : undefined;
  // A list of hosts without sentinels is one name to it, and is printed as it was.
  const whole = leadsTo !== 'sentinel' && hosts.length > 1 ? /^[^/?#]*:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(input)?.[1] : undefined;
  const list = whole ?? hosts.map(({ name = '', port }) => encode(name) + (port === standard || isSocket ? '' : `:${port}`)).join(',');
  const database = address.database === null || address.database === '0' ? undefined : address.database;
  const user = address.user === null ? '' : `${encode(address.user ?? '')}:`;
  const password = address.password === undefined ? '' : `${'*'.repeat(address.password.length)}@`;
  const query = [
    isSocket && database !== undefined ? `database=${database}` : '',
    ...['clientName', 'libraryName', 'libraryVersion'].map((name) => (parameters[name] === undefined ? '' : `${name}=${encode(String(parameters[name]))}`)),
    isTls && tls.verification !== 'name' ? `verifyPeer=${tls.verification === 'none' ? 'NONE' : 'CA'}` : '',
    address.sentinelMaster === null ? '' : `sentinelMasterId=${encode(address.sentinelMaster ?? '')}`,
    timeoutText(parameters['timeout']),
  ].filter((part) => part !== '');
  const text = `${scheme}://${user}${password}${list}${isSocket || database === undefined ? '' : `/${database}`}`;
  return query.length === 0 ? text : `${text}?${query.join('&')}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/');
}

const UNITS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n, d: 86_400_000_000_000n };

function timeoutText(value: unknown): string {
  const match = /^(\d+)(.*)$/.exec(String(value ?? '').toLowerCase());
  if (match === null) return String(value ?? '').startsWith('-') ? 'timeout=0s' : '';
  const nanoseconds = BigInt(match[1] ?? 0) * (UNITS[match[2] ?? ''] ?? 1_000_000n);
  const second = 1_000_000_000n;
  if (nanoseconds / second === 60n) return '';
  return nanoseconds % second === 0n ? `timeout=${nanoseconds / second}s` : `timeout=${nanoseconds}ns`;
}
