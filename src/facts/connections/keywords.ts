import type { Problem } from './address.ts';
import { type Draft, type DraftHost, type DraftParameter, draft, orNull, type Refusal, refuse } from './draft.ts';
import { isSeen } from './text.ts';

/** Dialects of .NET: pairs with semicolons (ADO.NET), and lists with commas (StackExchange.Redis). */

/** Npgsql's names and those that it takes for them, without blanks and in small letters. */
const NPGSQL_NAMES: Readonly<Record<string, string>> = {
  server: 'host',
  datasource: 'host',
  address: 'host',
  addr: 'host',
  networkaddress: 'host',
  db: 'database',
  initialcatalog: 'database',
  user: 'username',
  userid: 'username',
  uid: 'username',
  psw: 'password',
  pwd: 'password',
  sslrootcertificate: 'sslrootcert',
  rootcertificate: 'sslrootcert',
};
const NPGSQL_FIELDS: ReadonlySet<string> = new Set(['host', 'port', 'database', 'username', 'password', 'passfile']);

/** The grammar of DbConnectionStringBuilder: names in any case, values in quotes of either kind, a doubled quote for one. */
export function readPairs(text: string): readonly DraftParameter[] | Refusal {
  const pairs: DraftParameter[] = [];
  let at = 0;
  const skip = (pattern: RegExp): void => {
    while (at < text.length && pattern.test(text[at] ?? '')) at++;
  };
  for (;;) {
    skip(/[\s;]/);
    if (at >= text.length) return pairs;
    let name = '';
    for (; at < text.length; at++) {
      if (text[at] !== '=') {
        if (text[at] === ';' && isSeen(name)) return refuse('a keyword has no equals sign');
        if (text[at] === ';') break;
        name += text[at];
      } else if (text[at + 1] === '=') {
        name += '=';
        at++;
      } else break;
    }
    if (text[at] !== '=') {
      if (isSeen(name)) return refuse('a keyword has no equals sign');
      pairs.push([name, '']);
      continue;
    }
    at++;
    skip(/\s/);
    const quote = text[at];
    let value = '';
    if (quote === '"' || quote === "'") {
      at++;
      for (;;) {
        if (at >= text.length) return refuse('a quoted value is not closed');
        if (text[at] === quote) {
          if (text[at + 1] !== quote) break;
          at++;
        }
        value += text[at];
        at++;
      }
      at++;
      skip(/\s/);
      if (at < text.length && text[at] !== ';') return refuse('something follows a quoted value');
    } else {
      const end = text.indexOf(';', at);
      value = text.slice(at, end === -1 ? undefined : end).trim();
      at = end === -1 ? text.length : end;
    }
    const canonical = name.replace(/\s/g, '').toLowerCase();
    pairs.push([Object.hasOwn(NPGSQL_NAMES, canonical) ? (NPGSQL_NAMES[canonical] ?? '') : canonical, value]);
  }
}

/** Npgsql's documentation of connection string parameters. Several hosts stand in one list, each with its port. */
export function readNpgsql(text: string): Draft | Refusal {
  const pairs = readPairs(text);
  if ('refused' in pairs) return pairs;
  if (pairs.some(([name]) => name.includes('://'))) return refuse('it is a URL, which Npgsql does not take');
  const last = new Map(pairs);
  const hosts = (last.get('host') ?? '').split(',').map((item): DraftHost => {
    const trimmed = item.trim();
    if (trimmed.startsWith('/') || trimmed.startsWith('@')) return { name: trimmed, port: orNull(last.get('port')), address: null };
    const { name, port } = splitPort(trimmed);
    return { name: orNull(name), port: orNull(port) ?? orNull(last.get('port')), address: null };
  });
  return draft({
    family: 'postgres',
    dialect: 'npgsql',
    scheme: null,
    hosts,
    user: orNull(last.get('username')),
    password: orNull(last.get('password')),
    passwordFile: orNull(last.get('passfile')),
    database: orNull(last.get('database')),
    parameters: pairs.filter(([name]) => !NPGSQL_FIELDS.has(name)),
  });
}

/** `host:port`, `[::1]:port`, or an IPv6 address without brackets, which then has no port. */
export function splitPort(text: string): { readonly name: string; readonly port: string | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed !== null) return { name: bracketed[1] ?? '', port: bracketed[2] };
  const colon = text.indexOf(':');
  return colon === -1 || colon !== text.lastIndexOf(':') ? { name: text, port: undefined } : { name: text.slice(0, colon), port: text.slice(colon + 1) };
}

const STACKEXCHANGE_FIELDS: ReadonlySet<string> = new Set(['user', 'password', 'defaultdatabase', 'servicename']);
/** Azure's caches speak TLS by default (AzureOptionsProvider). */
const AZURE = /\.redis(?:enterprise)?\.cache\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|cloudapi\.de|sovcloud-api\.fr)$|\.redis\.azure\.net$/i;

/** StackExchange.Redis' documentation of configuration: parts with an equals sign are options, the others hosts. */
export function readStackExchange(text: string): Draft | Refusal {
  const parameters: DraftParameter[] = [];
  const endpoints: string[] = [];
  let isCut = false;
  const problems: Problem[] = [];
  for (const part of text.split(',')) {
    const item = part.trim();
    if (item === '') continue;
    const sign = item.indexOf('=');
    if (sign > 0) parameters.push([item.slice(0, sign).trim().toLowerCase(), item.slice(sign + 1).trim()]);
    // Behind a password, what the driver takes for a host is the rest of one that has a comma in it: it is named nowhere.
    else if (parameters.at(-1)?.[0] === 'password') isCut = true;
    // The list of commands that may be sent.
    else if (!item.startsWith('$')) endpoints.push(item);
  }
  if (isCut) problems.push({ kind: 'will-not-connect', about: 'password', says: 'the password has a comma, where StackExchange.Redis ends it' });
  const last = new Map(parameters);
  if (endpoints.some((endpoint) => /@|:\/\//.test(endpoint))) return refuse('it is a URL, which StackExchange.Redis does not take');
  const master = last.get('servicename') ?? null;
  const isAzure = endpoints.some((endpoint) => AZURE.test(splitPort(endpoint).name));
  const usesTls = last.get('ssl')?.toLowerCase() === 'true' || (isAzure && !last.has('ssl'));
  const hosts = endpoints.map((endpoint): DraftHost => {
    if (endpoint.startsWith('!') || endpoint.startsWith('/')) return { name: endpoint.replace(/^!/, ''), port: null, address: null, isSocket: true };
    const { name, port } = splitPort(endpoint);
    return { name: orNull(name), port: orNull(port) ?? (usesTls && master === null ? '6380' : null), address: null };
  });
  return draft({
    family: 'redis',
    dialect: 'stackexchange',
    scheme: null,
    impliesTls: isAzure,
    hosts: hosts.length === 0 ? [{ name: null, port: null, address: null }] : hosts,
    leadsTo: master === null ? 'server' : 'sentinel',
    sentinelMaster: master,
    user: orNull(last.get('user')),
    password: orNull(last.get('password')),
    database: orNull(last.get('defaultdatabase')),
    parameters: parameters.filter(([name]) => !STACKEXCHANGE_FIELDS.has(name)),
    problems,
  });
}
