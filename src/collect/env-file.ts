import type { DuplicateKey, EnvFile } from '../model/inventory.ts';
import type { Json } from '../model/json.ts';
import { isSecretValue, namesSecret, secretSpans as spansIn } from '../sensitive.ts';
import { type Span, TextOrigin } from './dockerfile-origin.ts';
import { interpolate, type Lookup, newAllowance } from './interpolate.ts';
import { type TextFile, toPointer } from './text-file.ts';

export interface EnvFileOptions {
  /** `raw`: `docker run --env-file`, where quotes, comments after values and `$` mean nothing. */
  readonly format?: 'raw' | undefined;
  /** Variables that win over those of the file when a value refers to one. */
  readonly lookup?: Lookup | undefined;
}

/**
 * Reads `NAME=value` lines as docker compose does. A name without a value is passed on from whoever starts the container: its
 * value is null, unless the lookup has it. Lines that compose would refuse are passed over, so that one of them hides no other.
 */
export function readEnvFile(file: TextFile, options: EnvFileOptions = {}): EnvFile {
  const entries = options.format === 'raw' ? readRaw(file.text) : readEntries(file.text);
  const value = Object.create(null) as Record<string, Json>;
  const places = new Map<string, number>();
  const duplicates = new Map<string, DuplicateKey>();
  const allowance = newAllowance();
  const lookup = (name: string) => {
    const outside = options.lookup?.(name);
    const earlier = outside === undefined && Object.hasOwn(value, name) ? value[name] : undefined;
    return typeof earlier === 'string' ? earlier : outside;
  };
  for (const { name, at, text, isLiteral } of entries) {
    const pointer = toPointer([name]);
    if (places.has(pointer)) duplicates.set(name, { path: [name], key: name });
    if (text === undefined) {
      value[name] = options.lookup?.(name) ?? value[name] ?? null;
    } else {
      const filled = isLiteral || !text.includes('$') ? undefined : interpolate(text, lookup, allowance);
      value[name] = filled !== undefined && 'text' in filled ? filled.text : text;
    }
    places.set(pointer, at);
  }
  const origin = new TextOrigin(file, places, 0, () => secretSpans(file.text, entries));
  return { type: 'env-file', file: file.name, value, origin, at: [], duplicateKeys: [...duplicates.values()] };
}

interface Entry {
  readonly name: string;
  readonly at: number;
  /** Without its quotes; undefined for a name alone. */
  readonly text: string | undefined;
  readonly isLiteral: boolean;
  /** Where the value stands in the file. */
  readonly span: Span;
}

const SPACE = /[ \t\v\f\r\u0085\u00a0]*/y;
const EXPORT = /export[ \t]+/y;
const NAME = /[\p{L}\p{N}_.[\]-]+/uy;

function readEntries(text: string): Entry[] {
  const entries: Entry[] = [];
  const quotes = new Quotes(text);
  for (let from = text.startsWith('\ufeff') ? 1 : 0; from < text.length; ) {
    const end = lineEnd(text, from);
    const start = skip(SPACE, text, from);
    const entry = start < end && text[start] !== '#' ? readEntry(text, start, end, quotes) : undefined;
    if (entry !== undefined) entries.push(entry);
    from = lineEnd(text, Math.max(end, entry?.span.to ?? 0)) + 1;
  }
  return entries;
}

function readEntry(text: string, start: number, end: number, quotes: Quotes): Entry | undefined {
  const at = skip(EXPORT, text, start);
  const nameEnd = skip(NAME, text, at);
  const name = text.slice(at, nameEnd);
  const sign = skip(SPACE, text, nameEnd);
  if (name === '' || nameEnd > end) return undefined;
  if (sign >= end) return { name, at, text: undefined, isLiteral: true, span: { from: nameEnd, to: nameEnd } };
  if (text[sign] !== '=' && text[sign] !== ':') return undefined;
  const from = Math.min(end, skip(SPACE, text, sign + 1));
  const quoted = quotes.read(from);
  if (quoted !== undefined) return { name, at, ...quoted };
  return { name, at, ...readUnquoted(text, from, end) };
}

/** A comment needs a blank before it. With nothing before the blank either, the value is empty, as in every other dotenv. */
function readUnquoted(text: string, from: number, end: number): Pick<Entry, 'text' | 'isLiteral' | 'span'> {
  const line = text.slice(from, end);
  const hasBlankBefore = /[ \t]/.test(text[from - 1] ?? '');
  const comment = hasBlankBefore && line.startsWith('#') ? 0 : line.search(/[ \t]#/);
  const value = (comment === -1 ? line : line.slice(0, comment)).trimEnd();
  return { text: value, isLiteral: false, span: { from, to: from + value.length } };
}

/** Quoted values, which may go on for many lines. */
class Quotes {
  readonly #text: string;
  /** A quote that is never closed is read to the end of the file once, not once for each line. */
  readonly #unclosed = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  read(from: number): Pick<Entry, 'text' | 'isLiteral' | 'span'> | undefined {
    const quote = this.#text[from];
    if ((quote !== '"' && quote !== "'") || this.#unclosed.has(quote)) return undefined;
    for (let at = from + 1; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '\\') at++;
      else if (character === quote) {
        const inner = this.#text.slice(from + 1, at).replaceAll('\r\n', '\n');
        const span = { from, to: at + 1 };
        return quote === "'" ? { text: inner.replaceAll("\\'", "'"), isLiteral: true, span } : { text: expandEscapes(inner), isLiteral: false, span };
      }
    }
    this.#unclosed.add(quote);
    return undefined;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '"': '"', '\\': '\\', $: '$$' };

function expandEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  // `\$` becomes `$$`, which the interpolation that follows takes for a dollar.
  return text.replaceAll(/\\(?:0([0-7]{1,3})|([abfnrtv"\\$]))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8) & 255),
  );
}

function readRaw(text: string): Entry[] {
  const entries: Entry[] = [];
  for (let from = 0; from < text.length; from = lineEnd(text, from) + 1) {
    const at = skip(SPACE, text, from);
    let end = lineEnd(text, from);
    if (text[end - 1] === '\r') end--;
    if (at >= end || text[at] === '#') continue;
    const sign = text.slice(at, end).indexOf('=');
    const name = sign === -1 ? text.slice(at, end).trimEnd() : text.slice(at, at + sign);
    const span = { from: sign === -1 ? end : at + sign + 1, to: end };
    if (name !== '') entries.push({ name, at, text: sign === -1 ? undefined : text.slice(span.from, span.to), isLiteral: true, span });
  }
  return entries;
}

const COMMENTED_OUT = /^[ \t]*#[ \t#]*(?:export[ \t]+)?([\w.-]{1,200})[ \t]*[=:][ \t]*(\S.*)$/gm;

function secretSpans(text: string, entries: readonly Entry[]): Span[] {
  const spans: Span[] = [];
  for (const { name, text: value, span } of entries) {
    if (value !== undefined && isSecret(name, value)) spans.push(span);
  }
  // What was switched off is often still the password of another environment.
  for (const found of text.matchAll(COMMENTED_OUT)) {
    const [line, name = '', value = ''] = found;
    const to = found.index + line.length;
    if (isSecret(name, value)) spans.push({ from: to - value.length, to });
  }
  return spans;
}

function isSecret(name: string, value: string): boolean {
  return (namesSecret(name) && isSecretValue(value)) || spansIn(value).length > 0;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
