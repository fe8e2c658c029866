import type { Encryption, TlsAsk, Verification } from './address.ts';
import { type Driver, type DriverId, driverFacts, ENCRYPTION, RUNGS, type Rung, type TlsAdjustment, type TlsSetting, VERIFICATION } from './drivers.ts';
import { isSeen } from './text.ts';

/** What is looked up to tell what a client asks for; null where it is not set. Marked: an unknown piece stays one. */
export interface TlsInputs {
  readonly scheme: string | null;
  /** `#` is what follows the hash sign. */
  readonly parameter: (name: string) => string | null;
  readonly variable: (name: string) => string | null;
  readonly parameterNames: readonly string[];
  /** Of the driver, where there is but one. */
  readonly version?: string | undefined;
}

/** What one driver asks for, or the weakest of what those ask for that it may be. */
export function askFor(drivers: readonly DriverId[], inputs: TlsInputs): TlsAsk {
  if (inputs.parameterNames.length > 0 || inputs.version !== undefined) return weigh(drivers, inputs);
  const names = drivers.join();
  const { variables, asks } = silences.get(names) ?? { variables: variablesOf(drivers), asks: new Map<string, TlsAsk>() };
  silences.set(names, { variables, asks });
  if (variables.some((name) => inputs.variable(name) !== null)) return weigh(drivers, inputs);
  const scheme = inputs.scheme ?? '';
  const ask = asks.get(scheme) ?? weigh(drivers, inputs);
  if (asks.size < MOST_SCHEMES) asks.set(scheme, ask);
  return ask;
}

/** Most texts say nothing of TLS, and then the scheme alone decides. By drivers: the variables that they read, and what they ask for without them. */
const silences = new Map<string, { readonly variables: readonly string[]; readonly asks: Map<string, TlsAsk> }>();
const MOST_SCHEMES = 100;

function variablesOf(drivers: readonly DriverId[]): readonly string[] {
  const settings = drivers.map((id) => driverFacts(id)).flatMap((driver) => [...driver.settings, ...driver.adjustments]);
  return [...new Set(settings.flatMap(({ variable }) => variable ?? []))];
}

function weigh(drivers: readonly DriverId[], inputs: TlsInputs): TlsAsk {
  const readings = drivers.map((id) => readAs(id, inputs));
  const connecting = readings.filter(({ rung }) => rung !== 'refuses');
  // Where none would connect, the first says why.
  const counted = connecting.length === 0 ? readings.slice(0, 1) : connecting;
  const rungs = counted.map(({ rung }) => (rung === 'refuses' ? undefined : rung));
  const weakest = counted.find(({ rung }) => rung === lowest(rungs)) ?? counted[0];
  const encryptions = rungs.map((rung) => rung && ENCRYPTION[rung]);
  const verifications = rungs.map((rung) => rung && VERIFICATION[rung]);
  return {
    encryption: weakestOf(encryptions, ENCRYPTIONS),
    verification: weakestOf(verifications, VERIFICATIONS),
    encryptionAtBest: strongestOf(encryptions, ENCRYPTIONS),
    verificationAtBest: strongestOf(verifications, VERIFICATIONS),
    drivers,
    why: whyOf(weakest, drivers),
    refusal: connecting.length === 0 ? weakest?.cause : undefined,
    decidedBy: weakest?.decidedBy ?? [],
  };
}

const ENCRYPTIONS: readonly Encryption[] = ['never', 'if-demanded', 'if-offered', 'always'];
const VERIFICATIONS: readonly Verification[] = ['none', 'authority', 'name'];

function weakestOf<T>(values: readonly (T | undefined)[], order: readonly T[]): T | undefined {
  const [weakest] = order;
  if (values.includes(weakest)) return weakest;
  return values.includes(undefined) ? undefined : order.find((value) => values.includes(value));
}

function strongestOf<T>(values: readonly (T | undefined)[], order: readonly T[]): T | undefined {
  return weakestOf(values, [...order].reverse());
}

function lowest(rungs: readonly (Rung | undefined)[]): Rung | undefined {
  return weakestOf(rungs, RUNGS);
}

interface RungReading {
  readonly driver: Driver;
  /** Undefined where it depends on what was not seen. */
  readonly rung: Rung | 'refuses' | undefined;
  readonly cause: string;
  readonly decidedBy: readonly string[];
}

function readAs(id: DriverId, inputs: TlsInputs): RungReading {
  const compat = id === 'node-postgres' ? inputs.parameter('uselibpqcompat') : null;
  const driver = driverFacts(compat === 'true' ? 'node-postgres-compat' : id, inputs.version);
  const refused = driver.refusesParameters?.find((name) => inputs.parameterNames.includes(name));
  if (refused !== undefined) return { driver, rung: 'refuses', cause: `${driver.name} does not take the parameter ${refused}`, decidedBy: [refused] };
  const start = firstSetting(driver, inputs);
  return driver.adjustments.reduce((reading, adjustment) => adjust(reading, adjustment, inputs), start);
}

function firstSetting(driver: Driver, inputs: TlsInputs): RungReading {
  for (const setting of driver.settings) {
    const { parameter, variable } = setting;
    const given = parameter === undefined ? null : inputs.parameter(parameter);
    const around = variable === undefined ? null : inputs.variable(variable);
    const reading = readGiven(driver, setting, parameter, given) ?? readGiven(driver, setting, variable, around);
    if (reading !== undefined) return reading;
  }
  const silent = typeof driver.silent === 'string' ? driver.silent : ofScheme(driver.silent, inputs.scheme);
  return { driver, rung: silent, cause: typeof driver.silent === 'string' ? NOTHING_SAID : `the scheme is ${inputs.scheme ?? 'not given'}`, decidedBy: [] };
}

function readGiven(driver: Driver, setting: TlsSetting, name: string | undefined, value: string | null): RungReading | undefined {
  return name === undefined || value === null ? undefined : readSetting(driver, setting, name, value);
}

const NOTHING_SAID = 'nothing is said about TLS';

/** Undefined where the value counts for nothing, and the next setting is asked. */
function readSetting(driver: Driver, setting: TlsSetting, name: string, value: string): RungReading | undefined {
  if (!isSeen(value)) return { driver, rung: undefined, cause: `${name} was not seen`, decidedBy: [name] };
  const key = setting.ignoresCase === true ? value.toLowerCase() : value;
  const rung = Object.hasOwn(setting.values, key) ? setting.values[key] : undefined;
  if (rung !== undefined) return { driver, rung, cause: `${name} is ${key === '' ? 'there' : key}`, decidedBy: [name] };
  // An empty text is as good as none for all that read it from a URL or the environment.
  if (value === '' || setting.otherwise === 'counts-for-nothing') return undefined;
  const isFile = Object.keys(setting.values).length === 0;
  return { driver, rung: setting.otherwise, cause: isFile ? `${name} is set` : `${name} has a value that ${driver.name} does not know`, decidedBy: [name] };
}

function adjust(reading: RungReading, adjustment: TlsAdjustment, inputs: TlsInputs): RungReading {
  if (reading.rung === 'refuses') return reading;
  const name = adjustment.parameter ?? adjustment.variable ?? '';
  const value =
    (adjustment.parameter === undefined ? null : inputs.parameter(adjustment.parameter)) ?? (adjustment.variable === undefined ? null : inputs.variable(adjustment.variable));
  const isAbsent = value === null || value === '';
  if (adjustment.ifAbsent === true ? !isAbsent : isAbsent) return reading;
  const silentBecomes = reading.decidedBy.length === 0 ? adjustment.silentBecomes : undefined;
  const moved = silentBecomes ?? (reading.rung === undefined ? undefined : adjustment.moves[reading.rung]);
  if (value !== null && !isSeen(value)) {
    const isSet = adjustment.parameter !== undefined && inputs.parameterNames.includes(adjustment.parameter);
    // Of a file it is enough that it is named.
    if (isSet && adjustment.values === undefined && moved !== undefined) return { ...reading, rung: moved };
    // It may move what the others have come to; where it could only refuse, what connects is as it was.
    if (moved === undefined || moved === 'refuses' || reading.rung === undefined) return reading;
    if (ENCRYPTION[moved] === ENCRYPTION[reading.rung]) return { ...reading, rung: lowest([moved, reading.rung]) };
    return { ...reading, rung: undefined, cause: `${name} was not seen`, decidedBy: [...reading.decidedBy, name] };
  }
  const text = adjustment.ignoresCase === true ? value?.toLowerCase() : value;
  if (adjustment.values !== undefined && !adjustment.values.includes(text ?? '')) return reading;
  if (moved === undefined || moved === reading.rung) return reading;
  const said = adjustment.ifAbsent === true ? `${name} is missing` : adjustment.values === undefined ? `${name} is set` : `${name} is ${text ?? ''}`;
  return { ...reading, rung: moved, cause: reading.cause === NOTHING_SAID ? said : `${reading.cause} and ${said}`, decidedBy: [...reading.decidedBy, name] };
}

/** `valkeys+cluster` is to a driver what `rediss` is, unless it knows it by that name. */
function ofScheme(silent: Readonly<Record<string, Rung>>, scheme: string | null): Rung {
  const known = scheme === null ? undefined : silent[scheme];
  if (known !== undefined) return known;
  const isSecure = scheme !== null && /^(?:rediss|valkeys)(?:[+-]|$)|^(?:tls|ssl)$|[+](?:tls|ssl)$/.test(scheme);
  return (isSecure ? silent['rediss'] : undefined) ?? 'disable';
}

const SAYS: Readonly<Record<Rung, string>> = {
  disable: 'does not ask for TLS',
  allow: 'begins without TLS',
  prefer: 'goes on without TLS if none is offered',
  require: 'insists on TLS and does not check the certificate',
  'verify-ca': "insists on TLS and checks the certificate's issuer, not its name",
  'verify-full': 'insists on TLS and checks the certificate',
};

function whyOf(reading: RungReading | undefined, drivers: readonly DriverId[]): string {
  if (reading === undefined) return 'no driver is known that reads it';
  const { driver, rung, cause } = reading;
  if (rung === 'refuses') return cause.includes(driver.name) ? cause : `${cause}, and ${driver.name} refuses that`;
  const code = driver.dependsOnCode === undefined ? '' : ` (${driver.dependsOnCode} in its code may change that)`;
  const known = rung === undefined ? cause : `${cause}, and ${driver.name} then ${SAYS[rung]}${code}`;
  return drivers.length === 1 ? known : `${known}; which driver reads it was not seen`;
}
