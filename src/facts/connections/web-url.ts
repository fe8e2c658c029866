import { type Draft, type DraftParameter, draft, orNull, type Refusal, refuse } from './draft.ts';
import { decodeComponent } from './percent.ts';
import { isSeen } from './text.ts';

/**
 * The dialects of Node.js, which all stand on its URL class. Each rule was read in the driver and is compared with it by tests.
 */

const UNREADABLE = refuse('it is no URL');
const UNDECODABLE = refuse('it has an escape that is no UTF-8');

/** `pg-connection-string` 2.14: a URL, or the folder of a socket and a database with a blank between them. */
export function readNodePostgres(text: string): Draft | Refusal {
  const common = { family: 'postgres', dialect: 'node-postgres' } as const;
  if (text.startsWith('/')) {
    const [folder = '', database] = text.split(' ');
    return draft({ ...common, scheme: null, hosts: [{ name: folder, port: null, address: null }], database: orNull(database) });
  }
  const repaired = repair(text);
  if (repaired === undefined) return UNDECODABLE;
  // Without a host a user is an error to the URL class; the driver puts one in for as long as it reads.
  const plain = toUrl(repaired, 'postgres://base');
  const read = plain ?? toUrl(repaired.replace('@/', '@___DUMMY___/'), 'postgres://base');
  if (read === undefined) return UNREADABLE;
  const { url } = read;

  const query = new Map(url.searchParams);
  const user = query.get('user') || decodeComponent(url.username);
  const password = query.get('password') || decodeComponent(url.password);
  if (user === undefined || password === undefined) return UNDECODABLE;
  const parameters: DraftParameter[] = [...url.searchParams].filter(([name]) => !OWN_FIELDS.has(name));
  const scheme = url.protocol.slice(0, -1);
  if (scheme === 'socket') {
    const path = decodeUri(url.pathname);
    if (path === undefined) return UNDECODABLE;
    // Here the database and the encoding go by other names, and count for more.
    const renamed = parameters.flatMap(([name, value]): DraftParameter[] => (SOCKET_FIELDS.has(name) ? [] : [[name === 'encoding' ? 'client_encoding' : name, value]]));
    return draft({
      ...common,
      scheme,
      hosts: [{ name: path, port: orNull(query.get('port')), address: null, isSocket: true }],
      database: query.get('db') ?? null,
      user: orNull(user),
      password: orNull(password),
      parameters: renamed,
    });
  }
  const hostname = plain === undefined ? '' : url.hostname.replace(/^\[(.+)\]$/, '$1');
  const named = query.get('host') || undefined;
  const host = named ?? decodeComponent(hostname);
  if (host === undefined) return UNDECODABLE;
  // A parameter's host beats a socket in the URL, which then is taken for part of the path.
  const path = named !== undefined && /^%2f/i.test(hostname) ? `/${hostname}${url.pathname}` : url.pathname;
  const database = decodeUri(path.slice(1));
  if (database === undefined) return UNDECODABLE;
  const port = query.get('port') || read.port;
  return draft({
    ...common,
    scheme,
    hosts: [{ name: orNull(host), port: orNull(port), address: null }],
    database: orNull(database),
    user: orNull(user),
    password: orNull(password),
    parameters,
  });
}

const OWN_FIELDS: ReadonlySet<string> = new Set(['user', 'password', 'host', 'port']);
const SOCKET_FIELDS: ReadonlySet<string> = new Set(['db', 'client_encoding']);

/** Blanks and stray percent signs are escaped, and what of this escapes twice is undone (as far as its digits are decimal). */
function repair(text: string): string | undefined {
  if (!/ |%[^a-f0-9]|%[a-f0-9][^a-f0-9]/i.test(text)) return text;
  try {
    return encodeURI(text).replace(/%25(\d\d)/g, '%$1');
  } catch {
    return undefined;
  }
}

/** The URL class refuses a port that is no number, and an unknown piece is none: a number stands in for it. */
const STAND_IN = '1';
const UNKNOWN_PORT = /:([0-9]{0,5}[\uE000-\uEFFF][0-9\uE000-\uEFFF]{0,9})(?=[/?#]|$)/;

interface ReadUrl {
  readonly url: URL;
  readonly port: string;
}

function toUrl(text: string, base?: string): ReadUrl | undefined {
  const unknown = UNKNOWN_PORT.exec(text);
  const url = URL.parse(unknown === null ? text : text.replace(UNKNOWN_PORT, `:${STAND_IN}`), base);
  if (url === null) return undefined;
  return { url, port: unknown !== null && url.port === STAND_IN ? (unknown[1] ?? '') : url.port };
}

function decodeUri(text: string): string | undefined {
  try {
    return decodeURI(text);
  } catch {
    return undefined;
  }
}

/** Read in postgres 3.4.9 (parseUrl): the hosts of a list are taken before the URL class sees it. */
export function readPostgresJs(text: string): Draft | Refusal {
  const authority = text.slice(text.indexOf('://') + 3).split(/[?/]/)[0] ?? '';
  const list = decodeComponent(authority.slice(authority.indexOf('@') + 1));
  if (list === undefined) return UNDECODABLE;
  const read = toUrl(text.replace(list, list.split(',')[0] ?? ''));
  if (read === undefined) return UNREADABLE;
  const { url } = read;
  const user = decodeComponent(url.username);
  const password = decodeComponent(url.password);
  const path = decodeComponent(url.pathname.slice(1));
  const hostname = decodeComponent(url.hostname.replace(/^\[(.+)\]$/, '$1'));
  if (user === undefined || password === undefined || path === undefined || hostname === undefined) return UNDECODABLE;
  const hosts = list.includes(',')
    ? list.split(',').map((item) => {
        const [name = '', port = ''] = item.split(':');
        return { name: orNull(name), port: orNull(port || read.port), address: null };
      })
    : [{ name: orNull(hostname), port: orNull(read.port), address: null }];
  return draft({
    family: 'postgres',
    dialect: 'node-postgres',
    scheme: url.protocol.slice(0, -1),
    hosts,
    user: orNull(user),
    password: orNull(password),
    database: orNull(path),
    parameters: [...url.searchParams],
  });
}

/** Read in ioredis 6.0 (parseURL): a port, a path, or a URL whose scheme may be missing. */
export function readIoredis(text: string): Draft | Refusal {
  const common = { family: 'redis', dialect: 'ioredis' } as const;
  if (isInteger(text)) return draft({ ...common, scheme: null, hosts: [{ name: null, port: text, address: null }] });
  const isRelative = text.startsWith('//');
  if (text.startsWith('/') && !isRelative) {
    const [path = '', ...rest] = text.split('?');
    const query = [...new URLSearchParams(rest.join('?'))];
    return ioredisDraft({ ...common, scheme: null }, { name: path, port: null, address: null, isSocket: true }, undefined, undefined, query, null);
  }
  const hasScheme = /^rediss?:\/\//i.test(text);
  const read = toUrl(hasScheme ? text : isRelative ? `redis:${text}` : `redis://${text}`);
  if (read === undefined) return UNREADABLE;
  const { url } = read;
  const hasCredentials = url.username !== '' || url.password !== '';
  const user = hasCredentials ? decodeComponent(url.username) : '';
  const password = hasCredentials ? decodeComponent(url.password) : '';
  if (user === undefined || password === undefined) return UNDECODABLE;
  const path = url.pathname === '/' ? '' : url.pathname;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSocket = !(hasScheme || isRelative) && path !== '';
  // Only in small letters does it start TLS.
  const scheme = hasScheme ? (text.startsWith('rediss://') ? 'rediss' : 'redis') : null;
  return ioredisDraft(
    { ...common, scheme },
    isSocket ? { name: path, port: null, address: null, isSocket: true } : { name: orNull(decodeHost(host)), port: orNull(read.port), address: null },
    hasCredentials ? user : undefined,
    hasCredentials ? password : undefined,
    [...url.searchParams],
    isSocket ? null : orNull(path.slice(1)),
  );
}

/** What the URL has comes before its parameters of the same name, and of two parameters the last counts. */
function ioredisDraft(
  common: Pick<Draft, 'family' | 'dialect' | 'scheme'>,
  host: Draft['hosts'][number],
  user: string | undefined,
  password: string | undefined,
  query: readonly DraftParameter[],
  database: string | null,
): Draft {
  const parameter = new Map(query);
  const path = parameter.get('path');
  return draft({
    ...common,
    hosts: [
      host.isSocket !== true && path !== undefined
        ? { name: path, port: null, address: null, isSocket: true }
        : { ...host, name: host.name ?? parameter.get('host') ?? null, port: host.port ?? parameter.get('port') ?? null },
    ],
    user: orNull(user ?? parameter.get('username')),
    password: orNull(password ?? parameter.get('password')),
    database: database ?? parameter.get('db') ?? null,
    sentinelMaster: null,
    parameters: query.filter(([name]) => !IOREDIS_FIELDS.has(name)),
  });
}

const IOREDIS_FIELDS: ReadonlySet<string> = new Set(['host', 'port', 'path', 'username', 'password', 'db']);

/** ioredis leaves the escapes of a host in it; only those that are ours to have made are taken out. */
function decodeHost(host: string): string {
  return host.replace(/%EE%[89AB][0-9A-F]%[89AB][0-9A-F]/g, (mark) => decodeComponent(mark) ?? mark);
}

function isInteger(text: string): boolean {
  const number = Number.parseFloat(text);
  return !Number.isNaN(Number(text)) && Math.trunc(number) === number;
}

/** Read in @redis/client of redis 6 (parseURL): it does not look at the parameters. */
export function readNodeRedis(text: string): Draft | Refusal {
  const common = { family: 'redis', dialect: 'redis-uri' } as const;
  if (text.startsWith('unix:')) return readNodeRedisSocket(text);
  const read = toUrl(text);
  if (read === undefined) return UNREADABLE;
  const { url } = read;
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'redis' && scheme !== 'rediss') return refuse('node-redis does not know its scheme');
  const user = decodeComponent(url.username);
  const password = decodeComponent(url.password);
  const database = decodeComponent(url.pathname.slice(1));
  if (user === undefined || password === undefined || database === undefined) return UNDECODABLE;
  if (isSeen(database) && Number.isNaN(Number(database))) return refuse('its path is not the number of a database');
  const host = url.hostname.replace(/^\[([0-9a-f:]+)\]$/, '$1');
  return draft({
    ...common,
    scheme,
    hosts: [{ name: orNull(decodeHost(host)), port: orNull(read.port), address: null }],
    user: orNull(user),
    password: orNull(password),
    database: orNull(database),
    parameters: [...url.searchParams],
  });
}

function readNodeRedisSocket(text: string): Draft | Refusal {
  const match = /^unix:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\/[^?#]+)(?:\?([^#]*))?/.exec(text);
  if (match === null) return refuse('it names no socket');
  const [user, password, path] = [match[1], match[2], match[3]].map((part) => decodeComponent(part ?? ''));
  if (user === undefined || password === undefined || path === undefined) return UNDECODABLE;
  const parameters = [...new URLSearchParams(match[4] ?? '')];
  return draft({
    family: 'redis',
    dialect: 'redis-uri',
    scheme: 'unix',
    hosts: [{ name: path, port: null, address: null, isSocket: true }],
    user: orNull(user),
    password: orNull(password),
    database: new Map(parameters).get('db') ?? null,
    parameters,
  });
}
