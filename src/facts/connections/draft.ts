import type { Dialect, Family, Problem } from './address.ts';

/** What a grammar makes of a text. Everything in it is decoded and still marked; an empty text is as good as none, unless it says otherwise. */
export interface Draft {
  readonly family: Family;
  readonly dialect: Dialect;
  readonly scheme: string | null;
  /** TLS without a scheme or parameter that says so: a cloud whose servers are known to want it. */
  readonly impliesTls?: boolean;
  /** One at least. */
  readonly hosts: readonly DraftHost[];
  readonly leadsTo: 'server' | 'cluster' | 'sentinel';
  readonly sentinelMaster: string | null;
  readonly user: string | null;
  readonly password: string | null;
  /** The text before the @ is a user to some drivers and a password to others. */
  readonly isUserPassword?: boolean;
  readonly passwordFile: string | null;
  readonly database: string | null;
  /** In the order of the text. A name that has an unknown piece stands for any number of parameters. */
  readonly parameters: readonly DraftParameter[];
  /** Which of two parameters of one name counts. */
  readonly winner: 'first' | 'last';
  readonly problems: readonly Problem[];
}

export interface DraftHost {
  /** Null where the driver takes its own. */
  readonly name: string | null;
  readonly port: string | null;
  readonly address: string | null;
  /** True where a slash at the beginning is not what makes it a socket. */
  readonly isSocket?: boolean;
}

export type DraftParameter = readonly [name: string, value: string];

/** Why a driver refuses a text, in our words: its own message would quote the text. */
export interface Refusal {
  readonly refused: string;
}

export function refuse(why: string): Refusal {
  return { refused: why };
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}

export const NO_HOST: DraftHost = { name: null, port: null, address: null };

/** A draft of which only what the text has is written out. */
export function draft(parts: Pick<Draft, 'family' | 'dialect' | 'scheme'> & Partial<Draft>): Draft {
  return {
    hosts: [NO_HOST],
    leadsTo: 'server',
    sentinelMaster: null,
    user: null,
    password: null,
    passwordFile: null,
    database: null,
    parameters: [],
    winner: 'last',
    problems: [],
    ...parts,
  };
}

/** Null for an empty text: most drivers take it for none. */
export function orNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
