import type { ConnectionAddress, Family, FromVariables, Hint, Reading } from './address.ts';
import { type DraftHost, draft, orNull } from './draft.ts';
import { finish } from './finish.ts';
import { splitPort } from './keywords.ts';
import { draftOfSettings, LIBPQ_VARIABLES } from './libpq-address.ts';
import { driversOf, parseConnection, surroundingsOf } from './parse.ts';
import { mayBeConnection } from './recognise.ts';
import { askOfVariables, type Found } from './split-tls.ts';
import { isSeen, Pieces, type Text, type TextsByName } from './text.ts';
import { canonicalName, describeName, familyOfKind, familyOfPort, familyOfPrefix, type HostName, type Part, partsOf } from './variable-names.ts';

/**
 * Every connection of an environment (or of other settings that are named like one): whole connection strings as well as those
 * that are made of several variables. A variable belongs to one connection at most, except where the drivers share it (`PGSSLMODE`).
 */
export function connectionsOf(variables: TextsByName, hint: Hint = {}): readonly FromVariables[] {
  const environment = new Environment(variables, { variables, ...hint });
  const found: FromVariables[] = [];
  const used = new Set<string>();
  const add = (connection: FromVariables): void => {
    found.push(connection);
    for (const name of connection.names) used.add(name);
  };
  const hosts: string[] = [];
  for (const name of variables.keys()) {
    if (describeName(name).host !== undefined) hosts.push(name);
    const text = variables.get(name);
    if (text === undefined || !mayBeConnection(text, name)) continue;
    const whole = parseConnection(text, { ...environment.hint, variableName: name });
    if (whole === undefined) continue;
    // Bare hosts have their other parts beside them.
    const parts = whole.kind === 'address' && whole.dialect === 'host-port' ? ofParts(name, hostOrList(name, whole), environment) : undefined;
    add(parts ?? withCredentials(whole, name, environment));
  }
  const own = ofLibpq(environment, found);
  if (own !== undefined) add(own);
  for (const name of hosts) {
    const { canonical, host } = describeName(name);
    if (host === undefined || used.has(name) || canonical.startsWith('PGHOST')) continue;
    const parts = ofParts(name, host, environment);
    if (parts !== undefined) add(parts);
  }
  return found;
}

/** Whether a variable may say by itself where a connection leads: without one that does, an environment has none. */
export function mayLead(name: string, text: Text): boolean {
  if (text.marked === '') return false;
  return mayBeConnection(text, name) || LEADING.includes(name) || (describeName(name).host !== undefined && !text.marked.includes('://'));
}

/** Those of libpq's own variables that do. */
const LEADING = ['PGHOST', 'PGHOSTADDR', 'PGSERVICE'];

function hostOrList(name: string, { leadsTo }: ConnectionAddress): HostName {
  const { canonical, host } = describeName(name);
  return host ?? { prefix: canonical.replace(/[A-Z0-9]+$/, ''), leadsTo };
}

/** The variables, and their names as far as somebody asks for them. */
class Environment {
  readonly variables: TextsByName;
  readonly hint: Hint;
  #names: ReadonlyMap<string, string> | undefined;

  constructor(variables: TextsByName, hint: Hint) {
    this.variables = variables;
    this.hint = hint;
  }

  /** From the canonical name to the one that is written. An empty variable is as good as none. */
  get names(): ReadonlyMap<string, string> {
    if (this.#names === undefined) {
      const names = new Map<string, string>();
      for (const name of this.variables.keys()) if (this.variables.get(name)?.marked !== '') names.set(canonicalName(name), name);
      this.#names = names;
    }
    return this.#names;
  }

  /** What stands under each part's name after a common beginning. */
  parts(prefix: string): (part: Part) => Named | undefined {
    const names = partsOf(prefix, this.names);
    return (part) => {
      const name = names.get(part);
      const text = name === undefined ? undefined : this.variables.get(name);
      return name === undefined || text === undefined ? undefined : { name, text };
    };
  }
}

interface Named {
  readonly name: string;
  readonly text: Text;
}

/** A URL without credentials has them beside it: `SPRING_DATASOURCE_URL` and `…_USERNAME`. */
function withCredentials(reading: Reading, name: string, environment: Environment): FromVariables {
  const prefix = /^(.*_)(?:JDBC_)?(?:UR[IL]|DSN)$/.exec(canonicalName(name))?.[1];
  if (reading.kind !== 'address' || prefix === undefined || reading.hasPassword !== false) return { reading, names: [name] };
  const part = environment.parts(prefix);
  const password = part('password');
  const user = reading.user === null ? part('user') : undefined;
  if (password === undefined && user === undefined) return { reading, names: [name] };
  const pieces = new Pieces();
  const own = finish(
    draft({
      family: reading.family,
      dialect: reading.dialect,
      scheme: null,
      user: user === undefined ? null : pieces.include(user.text),
      password: password === undefined ? null : pieces.include(password.text),
    }),
    reading.tls.drivers,
    pieces,
    {},
  );
  // JDBC takes credentials apart from the URL as a rule; of other programs it is not known whether they put them together.
  const isRule = reading.dialect === 'jdbc' || reading.tls.drivers[0] === 'r2dbc-postgresql';
  const address: ConnectionAddress = {
    ...reading,
    user: user === undefined ? reading.user : own.user,
    hasPassword: password === undefined ? false : isRule ? true : undefined,
    password: own.password,
    unknowns: [...reading.unknowns, ...own.unknowns],
  };
  return { reading: address, names: [name, ...[user?.name, password?.name].filter((used) => used !== undefined)] };
}

/** libpq's own variables make a connection by themselves where one of them says where it leads. */
function ofLibpq({ variables, hint }: Environment, found: readonly FromVariables[]): FromVariables | undefined {
  const leading = LEADING.filter((name) => (variables.get(name)?.marked ?? '') !== '');
  if (leading.length === 0) return undefined;
  // A URL that names no host has taken them.
  const isTaken = found.some(
    ({ reading }) =>
      reading.kind === 'address' &&
      reading.family === 'postgres' &&
      reading.dialect !== 'variables' &&
      reading.hosts?.some(({ isDefault, name }) => isDefault || name === hostOf(variables)),
  );
  if (isTaken) return undefined;
  const pieces = new Pieces();
  const drivers = driversOf('postgres', hint);
  const around = surroundingsOf(drivers, pieces, hint);
  const settled = draftOfSettings([], { dialect: 'variables', scheme: null, ...around });
  const names = [...leading, ...Object.values(LIBPQ_VARIABLES), 'PGSSLMODE', 'PGSSLROOTCERT', 'PGSSLNEGOTIATION', 'PGGSSENCMODE'].filter((name) => variables.has(name));
  const own = [...new Set(names)];
  if ('refused' in settled) return { reading: { kind: 'rejected', family: 'postgres', dialect: 'variables', why: settled.refused }, names: own };
  return { reading: finish(settled, drivers, pieces, hint), names: own };
}

function hostOf(variables: TextsByName): string | undefined {
  return variables.get('PGHOST')?.marked;
}

/** An address in parts, under names with a common beginning. */
function ofParts(name: string, { prefix, leadsTo }: HostName, environment: Environment): FromVariables | undefined {
  const { variables, hint } = environment;
  const text = variables.get(name);
  if (text === undefined || text.marked.trim() === '' || /:\/\//.test(text.marked)) return undefined;
  const part = environment.parts(prefix);
  const port = part('port');
  const hosts = text.marked.split(/[,;\s]+/).filter((item) => item !== '');
  const named = environment.names.get(prefix.replace(/_$/, ''));
  const kind = part('kind')?.text ?? (named === undefined ? undefined : variables.get(named));
  const family = familyOf(prefix, hosts, port?.text.marked, kind?.marked, hint);
  if (family === undefined || hosts.some((item) => isSeen(item) && !isHost(item))) return undefined;

  const pieces = new Pieces();
  const marked = pieces
    .include(text)
    .split(/[,;\s]+/)
    .filter((item) => item !== '');
  const own = (which: Part): string | null => {
    const found = part(which);
    return found === undefined ? null : pieces.include(found.text);
  };
  const seen = (which: Part): Found | undefined => {
    const found = part(which);
    return found === undefined ? undefined : { name: found.name, value: pieces.include(found.text) };
  };
  const commonPort = own('port');
  const drivers = driversOf(family, hint);
  const master = own('master');
  const around = surroundingsOf(drivers, pieces, hint);
  const tls = askOfVariables(
    {
      mode: seen('mode'),
      tls: seen('tls'),
      scheme: seen('scheme'),
      verify: seen('verify'),
      insecure: seen('insecure'),
      authority: seen('authority'),
      parameters: seen('parameters'),
    },
    drivers,
    around.variable,
  );
  const address = finish(
    draft({
      family,
      dialect: 'variables',
      scheme: null,
      hosts: marked.map((item): DraftHost => {
        if (/^[/@]/.test(item)) return { name: item, port: orNull(commonPort ?? ''), address: null };
        const { name: host, port: ownPort } = splitPort(item);
        return { name: orNull(host), port: orNull(ownPort) ?? orNull(commonPort ?? ''), address: null };
      }),
      leadsTo: master === null ? leadsTo : 'sentinel',
      sentinelMaster: master,
      user: own('user'),
      password: own('password'),
      passwordFile: own('passwordFile'),
      database: own('database'),
    }),
    drivers,
    pieces,
    hint,
    isSpringRedis(prefix) && tls.decidedBy.length === 0
      ? { ...tls, encryption: 'never', verification: 'none', encryptionAtBest: 'never', verificationAtBest: 'none', why: 'Spring does not ask for TLS unless it is told to' }
      : tls,
  );
  const parts: readonly Part[] = ['port', 'user', 'password', 'passwordFile', 'database', 'mode', 'tls', 'scheme', 'verify', 'insecure', 'authority', 'parameters', 'master'];
  return { reading: address, names: [name, ...parts.flatMap((which) => part(which)?.name ?? [])] };
}

/** Spring Boot's reference: `spring.data.redis.ssl.enabled` is false by default. */
function isSpringRedis(prefix: string): boolean {
  return /^SPRING_(?:DATA_)?REDIS_$/.test(prefix);
}

/** What the names say, then what a type says, then the port, and last what is known of the host. */
function familyOf(prefix: string, hosts: readonly string[], port: string | undefined, kind: string | undefined, { familyOfHost }: Hint): Family | undefined {
  const named = familyOfPrefix(prefix);
  const typed = kind === undefined || !isSeen(kind) ? undefined : familyOfKind(kind);
  if (typed === 'other') return undefined;
  if (named === 'postgres' || named === 'redis') return named;
  if (typed !== undefined) return typed;
  const [first = ''] = hosts;
  const split = splitPort(first);
  const numbered = familyOfPort(split.port ?? port ?? '');
  if (numbered === 'other') return undefined;
  if (numbered !== undefined) return numbered;
  return named === 'database' && isSeen(split.name) ? familyOfHost?.(split.name) : undefined;
}

function isHost(item: string): boolean {
  return (
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})(?::[0-9]{1,5})?|\[?[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+\]?(?::[0-9]{1,5})?|[/@][^\s]{1,200})$/.test(item) &&
    !/^(?:true|false|null|none|\d{1,5})$/i.test(item)
  );
}
