import type { Encryption, TlsAsk, Verification } from './address.ts';
import { type DriverId, driverFacts } from './drivers.ts';
import { isSeen } from './text.ts';
import { askFor } from './tls.ts';

/** The variables of one address that are about TLS: the name under which each was found, and its marked value. */
export interface TlsVariables {
  readonly mode?: Found | undefined;
  readonly tls?: Found | undefined;
  readonly scheme?: Found | undefined;
  readonly verify?: Found | undefined;
  readonly insecure?: Found | undefined;
  readonly authority?: Found | undefined;
  /** Parameters as they would stand in a URL. */
  readonly parameters?: Found | undefined;
}

export interface Found {
  readonly name: string;
  readonly value: string;
}

/** libpq's own modes are words in any program, and so are the words for yes and no. */
const MODES: Readonly<Record<string, readonly [Encryption, Verification]>> = {
  disable: ['never', 'none'],
  disabled: ['never', 'none'],
  allow: ['if-demanded', 'none'],
  prefer: ['if-offered', 'none'],
  preferred: ['if-offered', 'none'],
  require: ['always', 'none'],
  required: ['always', 'none'],
  'verify-ca': ['always', 'authority'],
  verify_ca: ['always', 'authority'],
  verifyca: ['always', 'authority'],
  'verify-full': ['always', 'name'],
  verify_full: ['always', 'name'],
  verifyfull: ['always', 'name'],
  'no-verify': ['always', 'none'],
};
const YES = /^(?:true|1|yes|on|y|t|enabled?)$/i;
const NO = /^(?:false|0|no|off|n|f|disabled?|none|cert_none|null)$/i;

/**
 * What a program asks for that takes its address in parts. How it uses them is in its code: without a word about TLS
 * nothing is known, whatever its driver would do by itself.
 */
export function askOfVariables(found: TlsVariables, drivers: readonly DriverId[], variable: (name: string) => string | null): TlsAsk {
  const decided = decide(found);
  if (decided === undefined) return ofEnvironment(drivers, variable);
  const { by, encryption, why } = decided;
  const verification = encryption === 'always' ? verificationOf(found, decided) : encryption === undefined ? undefined : 'none';
  return {
    encryption,
    verification,
    encryptionAtBest: encryption,
    verificationAtBest: verification ?? (encryption === 'always' ? 'name' : undefined),
    drivers,
    why,
    refusal: undefined,
    decidedBy: [by, ...(found.verify === undefined ? [] : [found.verify.name]), ...(found.insecure === undefined ? [] : [found.insecure.name])],
  };
}

interface Decision {
  readonly by: string;
  readonly encryption: Encryption | undefined;
  /** Undefined where the setting does not say. */
  readonly verification: Verification | undefined;
  readonly why: string;
}

function decide({ mode, tls, scheme, parameters }: TlsVariables): Decision | undefined {
  for (const found of [mode, tls, modeIn(parameters)]) {
    if (found === undefined || found.value === '') continue;
    if (!isSeen(found.value)) return { by: found.name, encryption: undefined, verification: undefined, why: `${found.name} was not seen` };
    const word = found.value.trim().toLowerCase();
    const known = Object.hasOwn(MODES, word) ? MODES[word] : undefined;
    if (known !== undefined && (found === mode || !/^disabled$/.test(word)))
      return { by: found.name, encryption: known[0], verification: known[1], why: `${found.name} is ${word}` };
    if (YES.test(word)) return { by: found.name, encryption: 'always', verification: undefined, why: `${found.name} is ${word}` };
    if (NO.test(word)) return { by: found.name, encryption: 'never', verification: 'none', why: `${found.name} is ${word}` };
    return { by: found.name, encryption: undefined, verification: undefined, why: `${found.name} has a value of unknown meaning` };
  }
  if (scheme === undefined || !isSeen(scheme.value)) return undefined;
  if (/^(?:rediss|valkeys|tls|ssl)$/i.test(scheme.value)) return { by: scheme.name, encryption: 'always', verification: undefined, why: `${scheme.name} is ${scheme.value}` };
  return /^(?:redis|valkey|tcp)$/i.test(scheme.value) ? { by: scheme.name, encryption: 'never', verification: 'none', why: `${scheme.name} is ${scheme.value}` } : undefined;
}

/** `?sslmode=require` among other parameters. */
function modeIn(parameters: Found | undefined): Found | undefined {
  if (parameters === undefined || !isSeen(parameters.value)) return parameters;
  const value = /(?:^|[?&;\s-])sslmode=([a-z_-]{1,20})/i.exec(parameters.value)?.[1];
  return value === undefined ? undefined : { name: parameters.name, value };
}

function verificationOf({ verify, insecure, authority }: TlsVariables, { verification }: Decision): Verification | undefined {
  if (insecure !== undefined && isSeen(insecure.value) && YES.test(insecure.value)) return 'none';
  if (verify !== undefined && isSeen(verify.value)) {
    if (NO.test(verify.value)) return 'none';
    if (verification === undefined && YES.test(verify.value)) return 'name';
  }
  // A root certificate makes libpq's require verify the issuer.
  return verification === 'none' && authority !== undefined && authority.value !== '' ? 'authority' : verification;
}

/** `PGSSLMODE` is heard by the driver itself, unless the code says otherwise. */
function ofEnvironment(drivers: readonly DriverId[], variable: (name: string) => string | null): TlsAsk {
  const heard = variable('PGSSLMODE');
  const hearing = drivers.filter((id) => driverFacts(id).settings.some((setting) => setting.variable === 'PGSSLMODE'));
  if (heard !== null && heard !== '' && hearing.length > 0) return askFor(hearing, { scheme: null, parameter: () => null, variable, parameterNames: [] });
  return {
    encryption: undefined,
    verification: undefined,
    encryptionAtBest: undefined,
    verificationAtBest: undefined,
    drivers,
    why: 'no variable says whether the client demands TLS',
    refusal: undefined,
    decidedBy: [],
  };
}
