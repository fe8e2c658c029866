import { type Draft, type DraftHost, type DraftParameter, draft, orNull, type Refusal, refuse } from './draft.ts';
import { splitPort } from './keywords.ts';
import { decodeLeniently } from './percent.ts';
import { isSeen } from './text.ts';

/** Lettuce 6.8 (RedisURI), which stands on java.net.URI: strict about signs, and with a second reading of what is no host name. */

const SCHEMES = new Set(['redis', 'rediss', 'redis+ssl', 'redis+tls', 'redis-socket', 'redis+socket', 'redis-sentinel', 'rediss-sentinel']);

interface JavaUri {
  readonly scheme: string;
  /** Decoded. */
  readonly authority: string;
  /** Null where the authority is not of the form user, host and port. */
  readonly server: { readonly userInfo: string; readonly host: string; readonly port: string } | null;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

const OTHER = String.raw`\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\uffff`;
const signs = (more: string): RegExp => new RegExp(`^(?:[A-Za-z0-9_.!~*'();:@&=+$,${OTHER}${more}-]|%[0-9A-Fa-f]{2})*$`);
const AUTHORITY = signs(String.raw`[\]`);
const PATH = signs('/');
const QUERY = signs(String.raw`/?[\]`);

/** Host names as RFC 2396 has them: the last label begins with a letter. IPv4 addresses pass too. */
const HOST = /^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,200}[A-Za-z0-9])?\.){0,50}[A-Za-z](?:[A-Za-z0-9-]{0,200}[A-Za-z0-9])?\.?|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

function parseJavaUri(text: string): JavaUri | Refusal {
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  if (parts === null) return refuse('it is no URI');
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = parts;
  if (!(AUTHORITY.test(authority) && PATH.test(path) && QUERY.test(query) && QUERY.test(fragment))) return refuse('it has a sign that a URI may not have');
  if (authority === '' && !path.startsWith('/')) return refuse('it names no host');
  const server = readServer(authority);
  if (server !== null && 'refused' in server) return server;
  return {
    scheme,
    authority: decodeLeniently(authority),
    server,
    path: decodeLeniently(path),
    query: decodeLeniently(query),
    fragment: decodeLeniently(fragment),
  };
}

/** Null where it is no user, host and port but may be read as a whole, as a name that the registry of somebody else knows. */
function readServer(authority: string): JavaUri['server'] | Refusal {
  const at = authority.indexOf('@');
  const info = at === -1 ? '' : authority.slice(0, at);
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*|[0-9]*[\uE000-\uEFFF][0-9\uE000-\uEFFF]*))?$/.exec(authority.slice(at + 1));
  const host = match?.[1] ?? '';
  const isHost = host.startsWith('[') ? isIpv6(host) : HOST.test(host) || !isSeen(host);
  if (match !== null && isHost && !/[[\]]/.test(info)) return { userInfo: decodeLeniently(info), host, port: match[2] ?? '' };
  return /[[\]]/.test(authority) ? refuse('its brackets hold no IPv6 address') : null;
}

function isIpv6(bracketed: string): boolean {
  return URL.canParse(`http://${bracketed.replace(/%[A-Za-z0-9_.-]+\]$/, ']')}`);
}

export function readLettuce(text: string): Draft | Refusal {
  const uri = parseJavaUri(text);
  if ('refused' in uri) return uri;
  if (!SCHEMES.has(uri.scheme)) return refuse('Lettuce does not know its scheme');
  const isSentinel = uri.scheme.endsWith('-sentinel');
  const isSocket = /^redis[+-]socket$/.test(uri.scheme);
  const hosts = isSocket ? socketOf(uri) : isSentinel ? sentinelsOf(uri) : standaloneOf(uri);
  if ('refused' in hosts) return hosts;

  const credentials = credentialsOf(uri);
  const number = isSocket ? '' : uri.path.slice(1);
  if (number !== '' && isSeen(number) && !isInt(number)) return refuse('its path is not the number of a database');
  let database = orNull(number);
  let master = isSentinel ? orNull(uri.fragment) : null;
  const parameters: DraftParameter[] = [];
  for (const pair of uri.query.split(/[&;]/)) {
    if (pair === '') continue;
    const sign = pair.indexOf('=');
    const name = sign === -1 ? pair : pair.slice(0, sign);
    const value = sign === -1 ? '' : pair.slice(sign + 1);
    const lower = name.toLowerCase();
    const digits = isSeen(value) ? /^[0-9]+/.exec(value)?.[0] : value;
    if (sign !== -1 && (lower === 'database' || name === 'db')) database = digits ?? database;
    else if (sign !== -1 && lower === 'sentinelmasterid') master = orNull(value) ?? master;
    else if (lower === 'verifypeer' && value !== '' && isSeen(value) && !/^(?:none|ca|full)$/i.test(value)) return refuse('verifyPeer has a value that Lettuce does not know');
    else if (sign !== -1 || !isSeen(name)) parameters.push([NAMES.find((known) => known.toLowerCase() === lower) ?? name, value]);
  }
  if (isSentinel && master === null) return refuse('it does not name the master of the sentinels');
  return draft({
    family: 'redis',
    dialect: 'lettuce',
    scheme: uri.scheme,
    hosts,
    leadsTo: isSentinel ? 'sentinel' : 'server',
    sentinelMaster: master,
    ...credentials,
    database,
    parameters,
  });
}

/** Names that it takes in any case. */
const NAMES = ['timeout', 'clientName', 'libraryName', 'libraryVersion', 'verifyPeer'];

function isInt(text: string): boolean {
  return /^\+?[0-9]{1,10}$/.test(text) && Number(text) <= 2_147_483_647;
}

/** A single word before the @ is a password. */
function credentialsOf({ authority, server }: JavaUri): { readonly user: string | null; readonly password: string | null } {
  const at = authority.lastIndexOf('@');
  const info = server !== null && server.userInfo !== '' ? server.userInfo : at > 0 ? authority.slice(0, at) : '';
  const colon = info.indexOf(':');
  if (colon > 0) return { user: info.slice(colon + 1) === '' ? null : info.slice(0, colon), password: orNull(info.slice(colon + 1)) };
  return { user: null, password: orNull(info.replace(/^:/, '')) };
}

function behindAt(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1);
}

function socketOf({ path }: JavaUri): readonly DraftHost[] | Refusal {
  return path === '' ? refuse('it names no socket') : [{ name: path, port: null, address: null, isSocket: true }];
}

function standaloneOf({ authority, server }: JavaUri): readonly DraftHost[] | Refusal {
  if (server !== null && server.host !== '') return oneHost(server.host, Number(server.port) === 0 ? '' : server.port);
  const whole = behindAt(authority);
  if (whole === '') return refuse('it names no host');
  // What is no host name is one as a whole, port and all, to a client of one server; a client of a cluster takes it for a list.
  return whole.split(',').map((item) => {
    const { name, port } = splitPort(item);
    return { name: orNull(name), port: orNull(port), address: null };
  });
}

function sentinelsOf({ authority, server }: JavaUri): readonly DraftHost[] | Refusal {
  if (server !== null && server.host !== '') return oneHost(server.host, server.port);
  const list = behindAt(authority).split(',');
  while (list.at(-1) === '') list.pop();
  if (list.length === 0 || list.includes('')) return refuse('it names no host');
  const hosts = list.map(splitPort);
  if (hosts.some(({ port }) => port !== undefined && port !== '' && !isPort(port))) return refuse(NO_PORT);
  return hosts.map(({ name, port }) => ({ name: orNull(name), port: orNull(port), address: null }));
}

const NO_PORT = 'the port is no number from 0 to 65535';

function oneHost(host: string, port: string): readonly DraftHost[] | Refusal {
  return port !== '' && !isPort(port) ? refuse(NO_PORT) : [{ name: host.replace(/^\[(.*)\]$/, '$1'), port: orNull(port), address: null }];
}

function isPort(port: string): boolean {
  return !isSeen(port) || (/^[0-9]{1,10}$/.test(port) && Number(port) <= 65535);
}
