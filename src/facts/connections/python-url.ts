import { type Draft, type DraftHost, type DraftParameter, draft, NO_HOST, orNull, type Refusal, refuse } from './draft.ts';
import { decodeField, decodeLeniently } from './percent.ts';
import { isSeen } from './text.ts';

/** The dialects of Python, which stand on urllib.parse (3.11). */

interface SplitUrl {
  readonly scheme: string;
  readonly netloc: string;
  readonly path: string;
  readonly query: string;
}

/** As `urlsplit`: control characters are dropped, the scheme is in small letters. */
function splitUrl(text: string): SplitUrl | Refusal {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Python drops.
  let rest = text.replace(/^[\u0000-\u0020]+/, '').replace(/[\t\r\n]/g, '');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(rest);
  if (scheme !== null) rest = rest.slice(scheme[0].length);
  let netloc = '';
  if (rest.startsWith('//')) {
    netloc = /^[^/?#]*/.exec(rest.slice(2))?.[0] ?? '';
    rest = rest.slice(2 + netloc.length);
  }
  if (netloc.includes('[') !== netloc.includes(']')) return refuse('the bracket of an IPv6 address is not closed');
  if (netloc.includes('[') && !isBracketed(netloc.slice(netloc.indexOf('[') + 1).split(']')[0] ?? '')) return refuse('what stands in brackets is no IPv6 address');
  const [beforeHash = ''] = rest.split('#');
  const question = beforeHash.indexOf('?');
  return {
    scheme: scheme?.[1]?.toLowerCase() ?? '',
    netloc,
    path: question === -1 ? beforeHash : beforeHash.slice(0, question),
    query: question === -1 ? '' : beforeHash.slice(question + 1),
  };
}

function isBracketed(address: string): boolean {
  if (!isSeen(address) || /^v[0-9a-f]+\../i.test(address)) return true;
  return URL.canParse(`http://[${address.split('%')[0] ?? ''}]`) && !/^\d+\.\d+\.\d+\.\d+$/.test(address);
}

/** As `parse_qsl`: pairs without a value are dropped. */
function readPairs(query: string): DraftParameter[] {
  const pairs: DraftParameter[] = [];
  for (const pair of query.split('&')) {
    const sign = pair.indexOf('=');
    if (sign === -1 && !isSeen(pair)) pairs.push([pair, '']);
    else if (sign !== -1 && sign < pair.length - 1) pairs.push([decodeField(pair.slice(0, sign)), decodeField(pair.slice(sign + 1))]);
  }
  return pairs;
}

/** What stands before the last @ is about the user; host and port follow it. */
function hostInfo(netloc: string): DraftHost | Refusal {
  const info = netloc.slice(netloc.lastIndexOf('@') + 1);
  const bracket = info.indexOf('[');
  const name = bracket === -1 ? (info.split(':')[0] ?? '') : (info.slice(bracket + 1).split(']')[0] ?? '');
  const behind = bracket === -1 ? info : info.slice(bracket).split(']').slice(1).join(']');
  const colon = behind.indexOf(':');
  const port = colon === -1 ? '' : behind.slice(colon + 1);
  if (port !== '' && isSeen(port) && !(/^[0-9]+$/.test(port) && Number(port) <= 65535)) return refuse('the port is no number from 0 to 65535');
  // A zone behind a percent sign keeps its letters.
  const [plain = '', ...zone] = name.split('%');
  // Port 0 is as good as none.
  return { name: orNull([plain.toLowerCase(), ...zone].join('%')), port: Number(port) === 0 ? null : port, address: null };
}

function userInfo(netloc: string): { readonly user: string; readonly password: string } {
  const at = netloc.lastIndexOf('@');
  const info = at === -1 ? '' : netloc.slice(0, at);
  const colon = info.indexOf(':');
  return {
    user: decodeLeniently(colon === -1 ? info : info.slice(0, colon)),
    password: colon === -1 ? '' : decodeLeniently(info.slice(colon + 1)),
  };
}

const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const FLOAT = /^\s*[+-]?(?:(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?|inf(?:inity)?|nan)\s*$/i;
const VERIFY_FLAGS = new Set([
  'VERIFY_DEFAULT',
  'VERIFY_CRL_CHECK_LEAF',
  'VERIFY_CRL_CHECK_CHAIN',
  'VERIFY_X509_STRICT',
  'VERIFY_ALLOW_PROXY_CERTS',
  'VERIFY_X509_TRUSTED_FIRST',
  'VERIFY_X509_PARTIAL_CHAIN',
]);
const isInteger = (value: string): boolean => INTEGER.test(value);
const isFloat = (value: string): boolean => FLOAT.test(value);
const areFlags = (value: string): boolean =>
  value
    .replace(/[[\]]/g, '')
    .split(',')
    .every((flag) => VERIFY_FLAGS.has(flag.trim()));

/** Parameters with a type: a value of another refuses the URL (redis-py 8.1, URL_QUERY_ARGUMENT_PARSERS). */
const TYPES: Readonly<Record<string, (value: string) => boolean>> = {
  db: isInteger,
  socket_timeout: isFloat,
  socket_connect_timeout: isFloat,
  socket_read_size: isInteger,
  max_connections: isInteger,
  health_check_interval: isInteger,
  ssl_include_verify_flags: areFlags,
  ssl_exclude_verify_flags: areFlags,
  ssl_min_version: isInteger,
  timeout: isFloat,
  protocol: isInteger,
};

/** redis-py 8.1 (parse_url); of several parameters with the same name the first counts. */
export function readRedisPy(text: string): Draft | Refusal {
  if (!/^(?:rediss?|unix):\/\//i.test(text)) return refuse('redis-py does not know its scheme');
  const url = splitUrl(text);
  if ('refused' in url) return url;
  const parameters = readPairs(url.query);
  const first = new Map(parameters.toReversed());
  for (const [name, value] of first) {
    const isOfType = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (isOfType !== undefined && isSeen(value) && !isOfType(value)) return refuse(`the value of ${name} is of another type`);
  }
  const host = hostInfo(url.netloc);
  if ('refused' in host && url.scheme !== 'unix') return host;
  const credentials = userInfo(url.netloc);
  const isSocket = url.scheme === 'unix';
  const path = decodeLeniently(url.path);
  const number = path.replaceAll('/', '');
  const inPath = isSocket || (isSeen(number) && !isInteger(number)) ? null : orNull(number.trim());
  return draft({
    family: 'redis',
    dialect: 'redis-py',
    scheme: url.scheme,
    hosts: [
      isSocket
        ? { name: orNull(path) ?? first.get('path') ?? null, port: null, address: null, isSocket: true }
        : 'refused' in host
          ? NO_HOST
          : { ...host, name: orNull(decodeLeniently(host.name ?? '')) ?? first.get('host') ?? null, port: host.port ?? first.get('port') ?? null },
    ],
    user: orNull(credentials.user) ?? first.get('username') ?? null,
    password: orNull(credentials.password) ?? first.get('password') ?? null,
    database: first.get('db') ?? inPath,
    parameters: parameters.filter(([name]) => !REDIS_PY_FIELDS.has(name)),
    winner: 'first',
  });
}

const REDIS_PY_FIELDS: ReadonlySet<string> = new Set(['db', 'username', 'password', 'path', 'host', 'port']);

/** asyncpg 0.32 (_parse_connect_dsn_and_args): what stands before the question mark beats the parameters. */
export function readAsyncpg(text: string): Draft | Refusal {
  const url = splitUrl(text);
  if ('refused' in url) return url;
  if (url.scheme !== 'postgres' && url.scheme !== 'postgresql') return refuse('asyncpg does not know its scheme');
  const pairs = url.query === '' ? [] : url.query.split('&');
  if (pairs.some((pair) => !pair.includes('=') && isSeen(pair))) return refuse('a parameter has no equals sign');
  const parameters = readPairs(url.query);
  const last = new Map(parameters);
  const at = url.netloc.indexOf('@');
  const path = url.path;
  const [user = '', ...password] = at === -1 ? [] : url.netloc.slice(0, at).split(':');
  const list = at === -1 ? url.netloc : url.netloc.slice(at + 1);
  const hosts = list === '' ? readHosts(last.get('host') ?? '', last.get('port') ?? '') : readHosts(list, '').map(decodeHost);
  if (hosts.length > 1 && hosts.some(({ name }) => name === null)) return refuse('it has an empty host in its list');
  if (hosts.some(({ port }) => port !== null && isSeen(port) && !isInteger(port))) return refuse('the port is no number');
  return draft({
    family: 'postgres',
    dialect: 'libpq-uri',
    scheme: url.scheme,
    hosts,
    user: orNull(decodeLeniently(user)) ?? last.get('user') ?? null,
    password: orNull(decodeLeniently(password.join(':'))) ?? last.get('password') ?? null,
    passwordFile: last.get('passfile') ?? null,
    // A slash alone names the empty database, which no parameter mends.
    database: path === '' ? (last.get('dbname') ?? last.get('database') ?? null) : orNull(decodeLeniently(path.replace(/^\//, ''))),
    parameters: parameters.filter(([name]) => !ASYNCPG_FIELDS.has(name)),
  });
}

const ASYNCPG_FIELDS: ReadonlySet<string> = new Set(['host', 'port', 'user', 'password', 'passfile', 'dbname', 'database']);

function decodeHost(host: DraftHost): DraftHost {
  return { ...host, name: host.name === null ? null : decodeLeniently(host.name) };
}

/** `host:port,host`; a path has no port of its own. */
function readHosts(list: string, ports: string): readonly DraftHost[] {
  if (list === '') return [{ ...NO_HOST, port: orNull(ports.split(',')[0]) }];
  const others = ports.split(',');
  return list.split(',').map((item, index) => {
    const other = orNull(others.length === 1 ? others[0] : others[index]);
    if (item.startsWith('/')) return { name: item, port: other, address: null };
    const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(item);
    const [name, port] = bracketed === null ? item.split(':') : [bracketed[1], bracketed[2]];
    return { name: orNull(name), port: orNull(port) ?? other, address: null };
  });
}

const SQLALCHEMY = /^([\w+]+):\/\/(?:([^:/]*)(?::([^@]*))?@)?(?:\[([^/?]+)\]|([^/:?]+))?(?::([^/?]*))?(?:\/([^?]*))?(?:\?([^\n]*))?/;

/** SQLAlchemy 2.1 (engine.url); hosts are not decoded, and the parameter `host` may come several times, with its port. */
export function readSqlAlchemy(text: string): Draft | Refusal {
  const match = SQLALCHEMY.exec(text);
  if (match === null) return refuse('it is no URL of SQLAlchemy');
  const [, scheme = '', user = '', password = '', ipv6, ipv4, port, database = '', query = ''] = match;
  if (port !== undefined && isSeen(port) && !isInteger(port)) return refuse('the port is no number');
  const parameters = readPairs(query);
  const last = new Map(parameters);
  const named = parameters.filter(([name]) => name === 'host').map(([, value]) => value);
  const hosts =
    named.length === 0 ? [{ name: orNull(ipv6 ?? ipv4), port: orNull(port?.trim()), address: null }] : named.flatMap((value) => readHosts(value, last.get('port') ?? port ?? ''));
  return draft({
    family: scheme.startsWith('redis') ? 'redis' : 'postgres',
    dialect: 'sqlalchemy',
    scheme: scheme.toLowerCase(),
    hosts,
    user: last.get('user') ?? orNull(decodeLeniently(user)),
    password: last.get('password') ?? orNull(decodeLeniently(password)),
    passwordFile: last.get('passfile') ?? null,
    database: last.get('dbname') ?? orNull(decodeLeniently(database)),
    parameters: parameters.filter(([name]) => !ASYNCPG_FIELDS.has(name)),
  });
}
