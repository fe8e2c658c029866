import type { Sealed } from '../../sealed.ts';
import type { DriverId } from './drivers.ts';
import type { Text, TextsByName, Unknown } from './text.ts';

export type Family = 'postgres' | 'redis';

/** How a connection string is written; who reads it may differ still (`drivers.ts`). */
export type Dialect =
  | 'libpq-uri'
  | 'libpq-keywords'
  | 'node-postgres'
  | 'jdbc'
  | 'npgsql'
  | 'sqlalchemy'
  | 'variables'
  | 'redis-uri'
  | 'ioredis'
  | 'redis-py'
  | 'lettuce'
  | 'stackexchange'
  | 'host-port';

/** Text; null where it is not set; undefined where it was not seen, or not whether it is set. */
export type Field = string | null | undefined;

/** One place that the client may connect to. The defaults of its driver are filled in. */
export interface Host {
  /** A host name, an address without brackets, or the path of a socket; undefined where it was not seen. */
  readonly name: string | undefined;
  readonly isSocket: boolean | undefined;
  /** The connection string names no host, and the driver takes its own default. */
  readonly isDefault: boolean;
  /** Of a socket it is part of the file's name (libpq), or of no meaning. */
  readonly port: number | undefined;
  /** The address to connect to in place of the name's (libpq `hostaddr`). */
  readonly address: string | undefined;
  /** The name as it is composed, for those who can tell something from a part of it: `db.$(NAMESPACE).svc`. */
  readonly text: Text;
}

/** A parameter as it is written, in order; only the effective one of several with the same name counts. */
export interface Parameter {
  readonly name: string;
  /** Undefined where it was not seen or is a secret. */
  readonly value: string | undefined;
  readonly sealed: Sealed | undefined;
  readonly isEffective: boolean;
}

/** What a client asks for, whatever the server offers. */
export interface TlsAsk {
  /**
   * `never`; `if-demanded` (libpq's allow: plaintext first); `if-offered` (prefer: who stands between can make it plaintext);
   * `always`. Where drivers differ and the driver is not known, the weakest.
   */
  readonly encryption: Encryption | undefined;
  /** `none`; `authority`: the certificate's issuer; `name`: the host name as well. Of value only where encryption is `always`. */
  readonly verification: Verification | undefined;
  /** The strongest that one of the possible drivers would ask for; the same as `encryption` where the driver is known. */
  readonly encryptionAtBest: Encryption | undefined;
  readonly verificationAtBest: Verification | undefined;
  /** Whose reading this is. */
  readonly drivers: readonly DriverId[];
  /** Why, for the reader: "sslmode is not set, and libpq then falls back to plaintext". Without values that may be secret. */
  readonly why: string;
  /** Why the client will not connect at all: an sslmode that the driver does not know. */
  readonly refusal: string | undefined;
  /** The parameters or variables that decided. */
  readonly decidedBy: readonly string[];
}

export type Encryption = 'never' | 'if-demanded' | 'if-offered' | 'always';
export type Verification = 'none' | 'authority' | 'name';

export interface Problem {
  readonly kind: 'misspelt' | 'will-not-connect';
  /** A parameter's name, or a part: `host`, `port`. */
  readonly about: string;
  readonly says: string;
}

/** Where a client connects to, and how. No field prints a secret. */
export interface ConnectionAddress {
  readonly kind: 'address';
  readonly family: Family;
  readonly dialect: Dialect;
  /** The scheme as written, in lower case: `postgresql+asyncpg`; null where the dialect has none. */
  readonly scheme: string | null;
  /** Undefined where not even their number was seen. */
  readonly hosts: readonly Host[] | undefined;
  /** What listens at the hosts. Of sentinels, `sentinelMaster` names the server that they lead to. */
  readonly leadsTo: 'server' | 'cluster' | 'sentinel';
  readonly sentinelMaster: Field;
  /** PostgreSQL: a name. Redis: a number as text. */
  readonly database: Field;
  readonly user: Field;
  /** Whether the text holds a password, a file of passwords aside. */
  readonly hasPassword: boolean | undefined;
  readonly password: Sealed | undefined;
  /** Where else a password is read from: a path, or the name of a variable. */
  readonly passwordFile: Field;
  readonly parameters: readonly Parameter[];
  /** False where an unknown piece may have brought further parameters. */
  readonly hasAllParameters: boolean;
  readonly tls: TlsAsk;
  readonly problems: readonly Problem[];
  /** Every unknown piece, whatever it is a part of. */
  readonly unknowns: readonly Unknown[];
}

/** It is meant as a connection string, and its driver refuses it. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly family: Family;
  readonly dialect: Dialect;
  /** In our words and without any of the text, which may hold a secret. */
  readonly why: string;
}

/** Something that by its name is a connection string, and of which nothing was seen that says where it leads. */
export interface Unseen {
  readonly kind: 'unseen';
  /** Undefined where the name does not tell: a DATABASE_URL may be one of MySQL. */
  readonly family: Family | undefined;
  readonly unknowns: readonly Unknown[];
}

export type Reading = ConnectionAddress | Rejected | Unseen;

/** What is known beside the text. */
export interface Hint {
  /** The driver, where an image, a lock file or a setting shows it. */
  readonly driver?: DriverId | undefined;
  /** Its version, where one is known: `6.2.0`. */
  readonly driverVersion?: string | undefined;
  /** The name of the variable or key that holds the text. */
  readonly variableName?: string | undefined;
  /** The process's environment: `PGSSLMODE` decides where the text is silent. */
  readonly variables?: TextsByName | undefined;
  /** The text of libpq's service file (`PGSERVICEFILE`), where it was seen. */
  readonly serviceFile?: Text | undefined;
  /** What listens at a host of that name, where neither names nor ports say whose a `DB_HOST` is. */
  readonly familyOfHost?: ((name: string) => Family | undefined) | undefined;
  /** Something reads it as a connection string for sure: what is none is then rejected, not passed over. */
  readonly isConnection?: boolean | undefined;
}

/** A connection that is made of several variables or keys. */
export interface FromVariables {
  readonly reading: Reading;
  /** The names that it was made of, the one that names the host first. */
  readonly names: readonly string[];
}

export function plaintextPossible({ encryption }: TlsAsk): boolean | undefined {
  return encryption === undefined ? undefined : encryption !== 'always';
}
