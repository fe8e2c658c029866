import { Sealed } from '../../sealed.ts';
import { namesSecret } from '../../sensitive.ts';
import type { ConnectionAddress, Field, Hint, Host, Parameter, Problem, TlsAsk } from './address.ts';
import type { Draft, DraftHost, DraftParameter } from './draft.ts';
import { type DriverId, driverFacts } from './drivers.ts';
import { isSeen, type Pieces, type Text } from './text.ts';
import { askFor } from './tls.ts';

/** Turns what a grammar has read into what is known: defaults are filled in, secrets sealed, unknown pieces told apart. */
export function finish(draft: Draft, drivers: readonly DriverId[], pieces: Pieces, hint: Hint, ask?: TlsAsk): ConnectionAddress {
  const problems: Problem[] = [...draft.problems];
  const isDoubtful =
    draft.scheme !== null &&
    (draft.hosts.some(({ name }) => name?.includes('@')) ||
      draft.database?.includes('@') === true ||
      draft.sentinelMaster?.includes('@') === true ||
      draft.parameters.some(([name, value]) => `${name}${name === '#' ? value : ''}`.includes('@')));
  // A password with an unescaped sign ends early, and its rest looks like a host or a database.
  if (isDoubtful) problems.push({ kind: 'will-not-connect', about: 'host', says: 'an @ stands behind the host: signs in a password must be percent-encoded' });

  const hosts = isDoubtful ? undefined : draft.hosts.map((host) => finishHost(host, draft, drivers, pieces));
  if (hosts?.some(({ port }, index) => port === undefined && isSeen(draft.hosts[index]?.port ?? '')))
    problems.push({ kind: 'will-not-connect', about: 'port', says: 'the port is no number from 1 to 65535' });

  const hasAllParameters = draft.parameters.every(([name]) => isSeen(name));
  const parameterOf = (name: string): string | null => effectiveValue(draft, name);
  const variable = (name: string): string | null => {
    const text = hint.variables?.get(name);
    return text === undefined ? null : pieces.include(text);
  };
  // Names and values are case-sensitive nearly everywhere: who writes SSLMODE has said nothing.
  const misspelt = draft.parameters.find(([name]) => isSeen(name) && /^ssl[_-]?mode$/i.test(name) && !NAMES_OF_MODE.has(name))?.[0];
  if (misspelt !== undefined && draft.family === 'postgres' && parameterOf('sslmode') === null)
    problems.push({ kind: 'misspelt', about: misspelt, says: `${misspelt} is not sslmode: most drivers refuse it or pass over it` });
  // The server's own drivers know lower case only; which one reads it was not seen.
  const mode = parameterOf('sslmode') ?? variable('PGSSLMODE') ?? '';
  if (draft.family === 'postgres' && drivers.length > 1 && ask === undefined && /[A-Z]/.test(mode) && MODES.test(mode))
    problems.push({ kind: 'misspelt', about: 'sslmode', says: 'sslmode is written with capitals, and most drivers refuse such a value' });
  const tls =
    ask ??
    askFor(drivers, {
      scheme: draft.impliesTls === true ? 'rediss' : draft.scheme,
      parameter: parameterOf,
      variable,
      parameterNames: draft.parameters.map(([name]) => name),
      version: drivers.length === 1 && drivers[0] === hint.driver ? hint.driverVersion : undefined,
    });
  if (tls.refusal !== undefined) problems.push({ kind: 'will-not-connect', about: tls.decidedBy[0] ?? 'TLS', says: tls.refusal });
  return {
    kind: 'address',
    family: draft.family,
    dialect: draft.dialect,
    scheme: draft.scheme,
    hosts,
    leadsTo: draft.leadsTo,
    sentinelMaster: isDoubtful ? undefined : toField(draft.sentinelMaster),
    database: isDoubtful ? undefined : toField(draft.database),
    user: draft.isUserPassword === true ? undefined : toField(draft.user),
    ...passwordOf(draft, pieces, hasAllParameters),
    passwordFile: toField(draft.passwordFile),
    parameters: finishParameters(draft, pieces),
    hasAllParameters,
    tls,
    problems,
    unknowns: pieces.all(),
  };
}

/** `ssl-mode` is SQLx's, and `sslMode` R2DBC's. */
const NAMES_OF_MODE: ReadonlySet<string> = new Set(['sslmode', 'ssl-mode', 'sslMode']);

const MODES = /^(?:disable|allow|prefer|require|verify-ca|verify-full)$/i;

function toField(marked: string | null): Field {
  return marked === null ? null : isSeen(marked) ? marked : undefined;
}

const PORTS = { postgres: 5432, redis: 6379 } as const;
const SENTINEL_PORT = 26379;

function finishHost(host: DraftHost, draft: Draft, drivers: readonly DriverId[], pieces: Pieces): Host {
  const text = pieces.text(host.name ?? '');
  const port = host.port === null ? (draft.leadsTo === 'sentinel' ? SENTINEL_PORT : PORTS[draft.family]) : toPort(host.port);
  const address = toField(host.address) ?? undefined;
  if (host.name === null && host.address === null) {
    const homes = new Set(drivers.map((id) => driverFacts(id).home));
    const isSocket = homes.size === 1 ? homes.has('socket') : undefined;
    return { name: isSocket === true ? undefined : 'localhost', isSocket, isDefault: true, port, address, text };
  }
  const name = host.name ?? host.address ?? '';
  const isSocket = host.isSocket ?? (draft.family === 'redis' || host.address !== null ? false : isSocketName(name, text));
  return { name: toField(name) ?? undefined, isSocket, isDefault: false, port, address, text };
}

/** The first character tells; where it was not seen, what is called a host is none of the rare paths to a socket. */
function isSocketName(name: string, { unknowns }: Text): boolean | undefined {
  if (isSeen(name.slice(0, 1))) return /^[/@]/.test(name);
  return /[a-z0-9.-]$/i.test(name) || unknowns.some((unknown) => /host|server|service|addr/i.test(unknown.name)) ? false : undefined;
}

function toPort(marked: string): number | undefined {
  const digits = marked.trim();
  if (!/^\+?[0-9]{1,9}$/.test(digits)) return undefined;
  const port = Number(digits);
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** The value that counts; an unknown piece where a parameter may be is as good as any, and so hides the others behind it. */
function effectiveValue({ parameters, winner }: Draft, name: string): string | null {
  for (let count = 0; count < parameters.length; count++) {
    const [key, value] = parameters[winner === 'last' ? parameters.length - 1 - count : count] as DraftParameter;
    if (!isSeen(key)) return key;
    if (key === name) return value;
  }
  return null;
}

function passwordOf(draft: Draft, pieces: Pieces, hasAllParameters: boolean): Pick<ConnectionAddress, 'hasPassword' | 'password'> {
  const { password } = draft;
  if (draft.isUserPassword === true && draft.user !== null) return { hasPassword: undefined, password: sealedOf(draft.user, pieces) };
  if (password === null) return { hasPassword: hasAllParameters ? false : undefined, password: undefined };
  return { hasPassword: true, password: sealedOf(password, pieces) };
}

function sealedOf(marked: string, pieces: Pieces): Sealed | undefined {
  if (isSeen(marked)) return new Sealed(marked);
  return marked.length === 1 ? pieces.within(marked)[0]?.sealed : undefined;
}

function finishParameters(draft: Draft, pieces: Pieces): readonly Parameter[] {
  const order = draft.winner === 'last' ? draft.parameters.toReversed() : draft.parameters;
  const seen = new Set<string>();
  const found: Parameter[] = [];
  for (const [name, value] of order) {
    if (!isSeen(name) || name.includes('@')) continue;
    const isSecret = namesSecret(name) || /pass|pwd|secret|token/i.test(name) || value.includes('@');
    found.push({
      name,
      value: isSecret || !isSeen(value) ? undefined : value,
      sealed: isSecret ? sealedOf(value, pieces) : undefined,
      isEffective: !seen.has(name),
    });
    seen.add(name);
  }
  return draft.winner === 'last' ? found.toReversed() : found;
}
