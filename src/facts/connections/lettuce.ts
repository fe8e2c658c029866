import { type Draft, type DraftHost, type DraftParameter, draft, orNull, type Refusal, refuse } from './draft.ts';
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
const HOST =
  /^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,200}[A-Za-z0-9])?\.){0,50}[A-Za-z](?:[A-Za-z0-9-]{0,200}[A-Za-z0-9])?\.?|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\])$/;
const MARKED_HOST = /[\uE000-\uEFFF]/;

function parseJavaUri(text: string): JavaUri | Refusal {
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  if (parts === null) return refuse('it is no URI');
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = parts;
  if (!(AUTHORITY.test(authority) && PATH.test(path) && QUERY.test(query) && QUERY.test(fragment))) return refuse('it has a sign that a URI may not have');
  if (authority === '' && path === '' && query === '' && fragment === '') return refuse('it names no host');
  return {
    scheme,
    authority: decodeLeniently(authority),
    server: readServer(authority),
    path: decodeLeniently(path),
    query: decodeLeniently(query),
    fragment: decodeLeniently(fragment),
  };
}

function readServer(authority: string): JavaUri['server'] {
  const at = authority.indexOf('@');
  const info = at === -1 ? '' : authority.slice(0, at);
  const rest = authority.slice(at + 1);
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*|[0-9]*[\uE000-\uEFFF][0-9\uE000-\uEFFF]*))?$/.exec(rest);
  const host = match?.[1] ?? '';
  if (match === null || /[[\]]/.test(info) || !(HOST.test(host) || MARKED_HOST.test(host))) return null;
  return { userInfo: decodeLeniently(info), host, port: match[2] ?? '' };
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
    else if (sign !== -1 || !isSeen(name)) parameters.push([lower === 'verifypeer' ? 'verifyPeer' : name, value]);
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

function isInt(text: string): boolean {
  return /^[+-]?[0-9]{1,10}$/.test(text);
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
  if (server !== null && server.host !== '') return [{ name: withoutBrackets(server.host), port: Number(server.port) === 0 ? null : orNull(server.port), address: null }];
  const whole = behindAt(authority);
  if (whole === '') return refuse('it names no host');
  // What is no host name is one as a whole, port and all, to a client of one server; a client of a cluster takes it for a list.
  return whole.split(',').map(hostAndPort);
}

function sentinelsOf({ authority, server }: JavaUri): readonly DraftHost[] | Refusal {
  if (server !== null && server.host !== '') return [{ name: withoutBrackets(server.host), port: orNull(server.port), address: null }];
  const hosts = behindAt(authority)
    .split(',')
    .filter((item) => item !== '');
  return hosts.length === 0 ? refuse('it names no host') : hosts.map(hostAndPort);
}

function hostAndPort(item: string): DraftHost {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(item);
  return { name: orNull(withoutBrackets(match?.[1] ?? item)), port: orNull(match?.[2]), address: null };
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
