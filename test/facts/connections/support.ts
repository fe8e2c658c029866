import type { ConnectionAddress, Hint } from '../../../src/facts/connections/address.ts';
import { parseConnection } from '../../../src/facts/connections/parse.ts';
import { expandReferences, type Text, unknownText } from '../../../src/facts/connections/text.ts';

/** A text in which every `$(NAME)` is a piece that was not seen. */
export function text(written: string): Text {
  return expandReferences(written, (name) => unknownText({ name, why: `${name} was not seen` }));
}

export function textsOf(written: Readonly<Record<string, string>>): ReadonlyMap<string, Text> {
  return new Map(Object.entries(written).map(([name, value]) => [name, text(value)]));
}

export function read(written: string, hint: Hint = {}): ConnectionAddress {
  const reading = parseConnection(text(written), hint);
  if (reading?.kind !== 'address') throw new Error(`${reading?.kind ?? 'no connection string'}: ${reading?.kind === 'rejected' ? reading.why : ''}`);
  return reading;
}

/** Why a text is refused; undefined where it is not. */
export function refusalOf(written: string, hint: Hint = {}): string | undefined {
  const reading = parseConnection(text(written), hint);
  return reading?.kind === 'rejected' ? reading.why : undefined;
}

/** An address in one line: hosts, user, whether there is a password, database. */
export function lineOf({ hosts, user, hasPassword, database }: ConnectionAddress): string {
  const shown = (value: unknown): string => (value === null ? '-' : value === undefined ? '?' : String(value));
  const list = hosts?.map(({ name, port, isSocket }) => (isSocket === true ? `socket ${shown(name)}` : `${shown(name)}:${shown(port)}`)).join(' ') ?? '?';
  return `${list} user ${shown(user)} password ${shown(hasPassword)} database ${shown(database)}`;
}

/** What the client asks for in two words, and whether it connects. */
export function tlsOf({ tls }: ConnectionAddress): string {
  return tls.refusal === undefined ? `${tls.encryption ?? '?'} ${tls.verification ?? '?'}` : 'refuses';
}
