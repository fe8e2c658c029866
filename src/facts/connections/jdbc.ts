import { type Draft, type DraftHost, type DraftParameter, draft, orNull, type Refusal, refuse } from './draft.ts';
import type { LibpqSurroundings } from './libpq-address.ts';
import { decodeJavaField } from './percent.ts';
import { isSeen } from './text.ts';

const PREFIX = 'jdbc:postgresql:';
const UNDECODABLE = refuse('it has a broken escape');
const FIELDS = { host: 'PGHOST', port: 'PGPORT', dbname: 'PGDBNAME' } as const;
const OWN_FIELDS: ReadonlySet<string> = new Set([...Object.values(FIELDS), 'user', 'password']);

/** What wraps another driver (pools, tracing, tests, the cloud's own) stands before its name: `jdbc:aws-wrapper:postgresql:`. */
function unwrapJdbc(text: string): string {
  return text.replace(/^jdbc:(?:[a-z0-9_-]{1,40}:){1,3}(?=postgresql:)/, 'jdbc:');
}

export function isJdbc(text: string): boolean {
  return /^jdbc:(?:[a-z0-9_-]{1,40}:){0,3}postgresql:/.test(text);
}

/** pgjdbc 42.7 (Driver.parseURL). */
export function readJdbc(text: string, service: LibpqSurroundings['service']): Draft | Refusal {
  const plain = unwrapJdbc(text);
  if (!plain.startsWith(PREFIX)) return refuse('pgjdbc takes only what begins with jdbc:postgresql:');
  const question = plain.indexOf('?');
  const properties = new Map<string, string>();
  const refusal = readServer(plain.slice(PREFIX.length, question === -1 ? undefined : question), properties);
  if (refusal !== undefined) return refusal;

  const parameters: DraftParameter[] = [];
  let serviceName: string | undefined;
  for (const token of question === -1 ? [] : plain.slice(question + 1).split('&')) {
    if (token === '') continue;
    const sign = token.indexOf('=');
    const name = sign === -1 ? token : translate(token.slice(0, sign));
    const value = sign === -1 ? '' : decodeJavaField(token.slice(sign + 1));
    if (value === undefined) return UNDECODABLE;
    if (name === 'service') serviceName = value;
    else if (OWN_FIELDS.has(name)) properties.set(name, value);
    else parameters.push([name, value]);
  }

  const fromService = serviceName === undefined ? [] : service(serviceName);
  if ('refused' in fromService) return fromService;
  for (const [name, value] of fromService) {
    const own = translate(name);
    if (!isSeen(name)) {
      for (const field of Object.values(FIELDS)) if (!properties.has(field)) properties.set(field, name);
      parameters.unshift([name, '']);
    } else if (!OWN_FIELDS.has(own)) parameters.unshift([own, value]);
    else if (!properties.has(own)) properties.set(own, value);
  }

  const hosts = hostsOf(properties);
  if ('refused' in hosts) return hosts;
  const user = properties.get('user') ?? null;
  return draft({
    family: 'postgres',
    dialect: 'jdbc',
    scheme: 'jdbc:postgresql',
    hosts,
    user,
    password: properties.get('password') ?? null,
    database: properties.get(FIELDS.dbname) ?? user,
    parameters,
  });
}

/** Host, port and database are known under two names. */
function translate(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(FIELDS, lower) ? FIELDS[lower as keyof typeof FIELDS] : name;
}

/** What stands before the question mark: nothing, a database, or hosts and a database. */
function readServer(server: string, properties: Map<string, string>): Refusal | undefined {
  if (server === '//' || server === '///') return undefined;
  if (!server.startsWith('//')) {
    if (server.startsWith('/')) return refuse('one slash stands where two or none may');
    const database = decodeJavaField(server);
    if (database === undefined) return UNDECODABLE;
    properties.set(FIELDS.dbname, database);
    return undefined;
  }
  const [authority = '', path, ...more] = server.slice(2).split('/');
  if (more.length > 0) return refuse('it has too many slashes');
  if (path === undefined) return refuse('no slash follows the host or port');
  if (path !== '') {
    const database = decodeJavaField(path);
    if (database === undefined) return UNDECODABLE;
    properties.set(FIELDS.dbname, database);
  }
  const addresses = javaSplit(authority);
  if (addresses.length === 0) return refuse('it names no host');
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const address of addresses) {
    const colon = address.lastIndexOf(':');
    const hasPort = colon !== -1 && address.lastIndexOf(']') < colon;
    const host = hasPort ? address.slice(0, colon) : address;
    hosts.push(hasPort && host === '' ? 'localhost' : host);
    ports.push(hasPort ? address.slice(colon + 1) : '5432');
  }
  properties.set(FIELDS.host, hosts.join(','));
  properties.set(FIELDS.port, ports.join(','));
  return undefined;
}

/** As Java's split: empty parts at the end are dropped. */
function javaSplit(text: string): string[] {
  if (text === '') return [''];
  const parts = text.split(',');
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function hostsOf(properties: ReadonlyMap<string, string>): readonly DraftHost[] | Refusal {
  const host = properties.get(FIELDS.host);
  const port = properties.get(FIELDS.port);
  const names = javaSplit(host ?? 'localhost');
  const ports = javaSplit(port ?? '5432');
  for (const item of ports) {
    const isPort = /^[+]?[0-9]{1,10}$/.test(item) && Number(item) >= 1 && Number(item) <= 65535;
    if (isSeen(item) && !isPort) return refuse('the port is no number from 1 to 65535');
  }
  if (names.length !== ports.length && isSeen(`${host ?? ''}${port ?? ''}`)) return refuse('it has not as many ports as hosts');
  return names.map((name, index) => ({
    name: host === undefined ? null : orNull(name.replace(/^\[(.*)\]$/, '$1')),
    port: orNull(ports[index]),
    address: null,
  }));
}
