import { type Draft, type DraftHost, type DraftParameter, draft, orNull, type Refusal, refuse } from './draft.ts';
import { splitPort } from './keywords.ts';
import { decodeField, decodeLeniently } from './percent.ts';
import { isSeen } from './text.ts';

/**
 * What the many readers of Redis URLs agree on, for those whose rules are not known one by one: RFC 3986 with a list of hosts.
 * Sentinels stand in the scheme, in a list with semicolons (Celery), or in the name of a master; django-redis has lists with commas.
 * Of a list of URLs the one without TLS is read, with the hosts of all: what is asked of one server is not asked of the others.
 */
export function readRedisUri(text: string): Draft | Refusal {
  const items: Draft[] = [];
  for (const item of text.split(/[;,]\s{0,20}(?=[a-z][a-z0-9+.-]{0,30}:\/\/)/i)) {
    const read = readOne(item);
    if ('refused' in read) return read;
    items.push(read);
  }
  const [first] = items;
  const weakest = items.find(({ scheme }) => !/^(?:redis|valkey)s|tls|ssl/.test(scheme ?? '')) ?? first;
  if (weakest === undefined || items.length === 1) return weakest ?? refuse('it is no URL');
  return { ...weakest, hosts: items.flatMap(({ hosts }) => hosts), parameters: items.flatMap(({ parameters }) => parameters) };
}

function readOne(text: string): Draft | Refusal {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  if (match === null) return refuse('it is no URL');
  const [, rawScheme = '', authority = '', rawPath = '', query = '', rawFragment = ''] = match;
  const scheme = rawScheme.toLowerCase();
  const path = decodeLeniently(rawPath);
  const fragment = decodeLeniently(rawFragment);
  const parameters: DraftParameter[] = [];
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const sign = pair.indexOf('=');
    if (sign === -1) parameters.push([decodeField(pair), '']);
    else parameters.push([decodeField(pair.slice(0, sign)), decodeField(pair.slice(sign + 1))]);
  }
  const last = new Map(parameters.map(([name, value]) => [name.toLowerCase(), value]));
  const isSocket = /^unix$|[+-](?:unix|socket|uds)$/.test(scheme);
  const isSentinel = scheme.includes('sentinel');
  const at = authority.lastIndexOf('@');
  const info = at === -1 ? '' : authority.slice(0, at);
  const colon = info.indexOf(':');
  const single = colon === -1 && info !== '';

  const segments = path.split('/').filter((segment) => segment !== '');
  const master = isSentinel
    ? (last.get('sentinelmasterid') ??
      last.get('master') ??
      last.get('mastername') ??
      last.get('service_name') ??
      orNull(fragment) ??
      segments.find((segment) => !/^\d+$/.test(segment)) ??
      null)
    : null;
  const number = segments.find((segment) => /^\d+$/.test(segment) || (!isSeen(segment) && segment !== master));
  if (fragment !== '' && !isSentinel) parameters.push(['#', fragment]);
  return draft({
    family: 'redis',
    dialect: 'redis-uri',
    scheme,
    hosts: isSocket ? [{ name: orNull(decodeLeniently(authority.slice(at + 1)) + path), port: null, address: null, isSocket: true }] : hostsOf(authority.slice(at + 1)),
    leadsTo: isSentinel ? 'sentinel' : scheme.includes('cluster') || authority.includes(',') ? 'cluster' : 'server',
    sentinelMaster: master,
    user: single ? decodeLeniently(info) : (orNull(decodeLeniently(info.slice(0, Math.max(colon, 0)))) ?? last.get('user') ?? last.get('username') ?? null),
    isUserPassword: single,
    password: colon === -1 ? (last.get('password') ?? last.get('pass') ?? last.get('auth') ?? null) : orNull(decodeLeniently(info.slice(colon + 1))),
    database: last.get('db') ?? last.get('database') ?? (isSocket ? null : (number ?? null)),
    parameters: parameters.filter(([name]) => !OWN_FIELDS.has(name.toLowerCase())),
  });
}

const OWN_FIELDS: ReadonlySet<string> = new Set(['db', 'database', 'user', 'username', 'password', 'pass', 'auth']);

function hostsOf(list: string): readonly DraftHost[] {
  return list.split(',').map((item) => {
    const { name, port } = splitPort(item);
    return { name: orNull(decodeLeniently(name)), port: orNull(port), address: null };
  });
}

/** `host`, `host:port`, and lists of them, where the name of a variable says that it is one. */
export function readHostList(text: string): Draft | Refusal {
  const items = text
    .trim()
    .split(/[,;\s]+/)
    .filter((item) => item !== '');
  if (items.length === 0) return refuse('it names no host');
  if (items.some((item) => isSeen(item) && !/^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(?::[0-9]{1,5})?$/.test(item)))
    return refuse('it is no host with a port');
  return draft({ family: 'redis', dialect: 'host-port', scheme: null, hosts: items.flatMap(hostsOf), leadsTo: items.length > 1 ? 'cluster' : 'server' });
}
