/**
 * Percent-decoding. Each kind of driver has its own idea of it, and what one takes another refuses.
 */

/** Undefined where the driver refuses the text. */
type Decoded = string | undefined;

const ESCAPES = /(?:%[0-9a-fA-F]{2})+/g;
const BROKEN = /%(?![0-9a-fA-F]{2})/;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function bytesOf(escapes: string): string {
  const bytes = new Uint8Array(escapes.length / 3);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(escapes.slice(at * 3 + 1, at * 3 + 3), 16);
  return utf8.decode(bytes);
}

/** As Python's `unquote`: what is no escape stays, and broken UTF-8 is replaced. */
export function decodeLeniently(text: string): string {
  return text.includes('%') ? text.replace(ESCAPES, bytesOf) : text;
}

/** As a form's field in Python: a plus sign is a blank. */
export function decodeField(text: string): string {
  return decodeLeniently(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** As Java's `URLDecoder`: a plus sign is a blank, and a broken escape an error. */
export function decodeJavaField(text: string): Decoded {
  return BROKEN.test(text) ? undefined : decodeField(text);
}

/** As ECMAScript's `decodeURIComponent`: broken UTF-8 is an error too. */
export function decodeComponent(text: string): Decoded {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export type LibpqFault = 'percent' | 'nul' | 'blank';

/** As libpq since version 18: blanks around are dropped, and a blank within, a broken escape or `%00` is an error. */
export function decodeLibpq(text: string): { readonly text: string } | { readonly fault: LibpqFault } {
  const trimmed = trimBlanks(text);
  if (trimmed.includes(' ')) return { fault: 'blank' };
  if (BROKEN.test(trimmed)) return { fault: 'percent' };
  return trimmed.includes('%00') ? { fault: 'nul' } : { text: decodeLeniently(trimmed) };
}

function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (text[from] === ' ') from++;
  while (to > from && text[to - 1] === ' ') to--;
  return text.slice(from, to);
}

/** Escapes of the characters that mark unknown pieces would be taken for marks once they are decoded. */
export function withoutEscapedMarks(text: string): string {
  return text.includes('%') ? text.replace(/%EE%[89AB][0-9A-F]%[89AB][0-9A-F]/gi, '%EF%BF%BD') : text;
}
