import type { Dialect, Problem } from './address.ts';
import { type Draft, type DraftHost, draft, orNull, type Refusal } from './draft.ts';
import type { Settings } from './libpq.ts';
import { isSeen } from './text.ts';

/** The variables that libpq falls back on (PostgreSQL 18 documentation, 34.15), those apart that the table of drivers names. */
export const LIBPQ_VARIABLES = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
} as const;

const OWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(LIBPQ_VARIABLES));

export interface LibpqSurroundings {
  readonly dialect: Dialect;
  readonly scheme: string | null;
  /** What the text leaves out; null for a driver that does not look there. */
  readonly variable: (name: string) => string | null;
  /** The settings of the service that is named; a single unknown one where its file was not seen. */
  readonly service: (name: string) => Settings | Refusal;
}

/** What libpq and its like make of settings under libpq's names: the last of each counts, then the service, then the environment. */
export function draftOfSettings(own: Settings, surroundings: LibpqSurroundings): Draft | Refusal {
  const named = lastOf(own, 'service') ?? surroundings.variable('PGSERVICE');
  const service = named === null ? [] : surroundings.service(named);
  if ('refused' in service) return service;
  const settings = [...service, ...own];
  const settingOf = (name: keyof typeof LIBPQ_VARIABLES): string | null => orNull(lastOf(settings, name) ?? surroundings.variable(LIBPQ_VARIABLES[name]) ?? undefined);

  const problems: Problem[] = [];
  const hosts = hostsOf(settingOf('host'), settingOf('hostaddr'), settingOf('port'), problems);
  return draft({
    family: 'postgres',
    dialect: surroundings.dialect,
    scheme: surroundings.scheme,
    hosts,
    user: settingOf('user'),
    // What an unknown piece may bring is no password that is there.
    password: isBrought(settings, 'password') ? null : settingOf('password'),
    passwordFile: settingOf('passfile'),
    database: settingOf('dbname'),
    parameters: settings.filter(([name]) => !OWN_FIELDS.has(name)),
    problems,
  });
}

/** The last of a name; an unknown piece that may bring any setting comes to the same as an unknown value. */
function lastOf(settings: Settings, name: string): string | null {
  for (let at = settings.length - 1; at >= 0; at--) {
    const [key, value] = settings[at] as Settings[number];
    if (key === name) return value;
    if (!isSeen(key)) return key;
  }
  return null;
}

function isBrought(settings: Settings, name: string): boolean {
  const found = lastOf(settings, name);
  return found !== null && !isSeen(found) && !settings.some(([key, value]) => key === name && value === found);
}

/** Lists that belong together: one port for all, or one for each (connectOptions2 in libpq, which looks at it when it connects). */
function hostsOf(host: string | null, hostaddr: string | null, port: string | null, problems: Problem[]): readonly DraftHost[] {
  const names = host?.split(',') ?? [];
  const addresses = hostaddr?.split(',') ?? [];
  const ports = port?.split(',') ?? [];
  const count = Math.max(names.length, addresses.length, 1);
  const fits = (list: readonly string[]): boolean => list.length <= 1 || list.length === count;
  if ((names.length > 0 && addresses.length > 0 && names.length !== addresses.length) || !fits(ports))
    problems.push({ kind: 'will-not-connect', about: 'host', says: 'it has not as many hosts, addresses and ports' });
  return Array.from({ length: count }, (_, index) => ({
    name: orNull(names[index]),
    address: orNull(addresses[index]),
    port: orNull(ports.length > 1 ? ports[index] : ports[0]),
  }));
}
