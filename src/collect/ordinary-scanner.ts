import { SCALAR_STYLE } from 'js-yaml';
import { RESOLVED, STYLE_SHIFT, VERBATIM } from './position-nodes.ts';

/** Thrown where a text is not what is read here. One for all, because an error of its own writes down where it was made. */
export const NOT_ORDINARY = new Error('YAML that is not ordinary');

export const TAB = 9;
export const LINE_FEED = 10;
export const SPACE = 32;
const DOUBLE_QUOTE = 34;
const HASH = 35;
export const AMPERSAND = 38;
const SINGLE_QUOTE = 39;
export const ASTERISK = 42;
export const PLUS = 43;
export const COMMA = 44;
export const DASH = 45;
export const COLON = 58;
export const GREATER = 62;
export const OPENING_BRACKET = 91;
const BACKSLASH = 92;
export const CLOSING_BRACKET = 93;
export const OPENING_BRACE = 123;
export const PIPE = 124;
export const CLOSING_BRACE = 125;

export const PLAIN = (SCALAR_STYLE.PLAIN << STYLE_SHIFT) | RESOLVED;
const SINGLE_QUOTED = SCALAR_STYLE.SINGLE_QUOTED << STYLE_SHIFT;
const DOUBLE_QUOTED = SCALAR_STYLE.DOUBLE_QUOTED << STYLE_SHIFT;

/** What a plain scalar cannot begin with, and `?`, `:` and `<`, which it seldom does. */
const NO_PLAIN_START = characterSet('\t\n #&*!|>\'"%@`,[]{}?:<');
const FLOW_INDICATORS = characterSet(',[]{}');
const NAME_CHARACTERS = characterSet('-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
/** What may stand behind a backslash and is one character. */
const SIMPLE_ESCAPES = characterSet('0abt\tnvfre "/\\N_LP');

/**
 * The characters of a document in an array, which takes a third of the time that it takes to ask a string for them; until the next
 * one is asked for. Undefined where some of them are refused by YAML or taken for something else than text, or the last line has no end.
 */
export function ordinaryCodesOf(text: string): Uint16Array | undefined {
  const { length } = text;
  const codes = length <= shortCodes.length ? shortCodes : new Uint16Array(length);
  (codes === shortCodes ? shortBytes : Buffer.from(codes.buffer)).write(text, 'utf16le');
  for (let at = 0; at < length; at++) {
    const code = codes[at] as number;
    if ((code < SPACE || code > LAST_OF_ASCII) && !isOrdinary(code)) return undefined;
  }
  // On a machine that has the bytes of a number the other way round, nothing is ordinary.
  return codes[length - 1] === LINE_FEED ? codes : undefined;
}

/** One array for all short documents. */
const shortCodes = new Uint16Array(32 * 1024);
const shortBytes = Buffer.from(shortCodes.buffer);

const LAST_OF_ASCII = 0x7e;

function isOrdinary(code: number): boolean {
  if (code < SPACE) return code === LINE_FEED || code === TAB;
  return code >= 0xa0 && code < 0xfffe && code !== 0xfeff && (code < 0xd800 || code > 0xdfff);
}

/** Goes over the lines and scalars of one document, whose last character is the end of a line. */
export class OrdinaryScanner {
  readonly text: string;
  readonly codes: Uint16Array;
  readonly end: number;
  at = 0;
  /** Where the first character of the current line stands; -1 behind the last line. */
  column = -1;
  /** The column of a comment that stood above it and below the line before; -1 for none. */
  comment = -1;
  // Of the scalar that was scanned last. Its blanks are not in the hash.
  from = 0;
  to = 0;
  style = 0;
  hash = 0;

  constructor(text: string, codes: Uint16Array) {
    this.text = text;
    this.codes = codes;
    this.end = text.length;
  }

  code(): number {
    return this.codes[this.at] as number;
  }

  /** Whether a scalar may begin here. */
  mayBeScalar(): boolean {
    const first = this.code();
    return first === DOUBLE_QUOTE || first === SINGLE_QUOTE || !isIn(NO_PLAIN_START, first);
  }

  /** Goes over a scalar of one line, and stops behind it. */
  scan(isInFlow: boolean): void {
    const first = this.code();
    if (first === DOUBLE_QUOTE) this.#scanDoubleQuoted();
    else if (first === SINGLE_QUOTE) this.#scanSingleQuoted();
    else this.#scanPlain(first, isInFlow);
  }

  /** Up to what ends it: a colon or comment with a blank, a bracket or comma in a flow collection, or the end of the line. */
  #scanPlain(first: number, isInFlow: boolean): void {
    const { codes } = this;
    let at = this.at;
    if (isIn(NO_PLAIN_START, first)) throw NOT_ORDINARY;
    if (first === DASH) {
      const next = codes[at + 1] as number;
      if (next === SPACE || next === LINE_FEED || isIn(FLOW_INDICATORS, next)) throw NOT_ORDINARY;
    }
    this.from = at;
    let hash = 0;
    let end = at;
    for (let code = first; code !== LINE_FEED; code = codes[++at] as number) {
      if (code === SPACE) continue;
      if (code === COLON) {
        const next = codes[at + 1] as number;
        if (next === SPACE || next === LINE_FEED || (isInFlow && isIn(FLOW_INDICATORS, next))) break;
      } else if (code === HASH) {
        if ((codes[at - 1] as number) === SPACE) break;
      } else if (code === TAB) {
        throw NOT_ORDINARY;
      } else if (isInFlow && isIn(FLOW_INDICATORS, code)) {
        break;
      }
      hash = Math.imul(hash, 31) + code;
      end = at + 1;
    }
    this.at = at;
    this.to = end;
    this.hash = hash;
    this.style = PLAIN | VERBATIM;
  }

  #scanDoubleQuoted(): void {
    const { codes } = this;
    let at = this.at + 1;
    this.from = at;
    let hash = 0;
    let style = DOUBLE_QUOTED | VERBATIM;
    for (let code = codes[at] as number; code !== DOUBLE_QUOTE; code = codes[++at] as number) {
      if (code === LINE_FEED) throw NOT_ORDINARY;
      if (code === BACKSLASH) {
        style = DOUBLE_QUOTED;
        if (!isIn(SIMPLE_ESCAPES, codes[++at] as number)) throw NOT_ORDINARY;
      }
      if (code !== SPACE) hash = Math.imul(hash, 31) + code;
    }
    this.to = at;
    this.at = at + 1;
    this.hash = hash;
    this.style = style;
  }

  #scanSingleQuoted(): void {
    const { codes } = this;
    let at = this.at + 1;
    this.from = at;
    let hash = 0;
    let style = SINGLE_QUOTED | VERBATIM;
    for (let code = codes[at] as number; code !== SINGLE_QUOTE || (codes[at + 1] as number) === SINGLE_QUOTE; code = codes[++at] as number) {
      if (code === LINE_FEED) throw NOT_ORDINARY;
      if (code === SINGLE_QUOTE) {
        style = SINGLE_QUOTED;
        at++;
      }
      if (code !== SPACE) hash = Math.imul(hash, 31) + code;
    }
    this.to = at;
    this.at = at + 1;
    this.hash = hash;
    this.style = style;
  }

  /** Whether the scalar that was scanned is a key of a block mapping. */
  isKey(): boolean {
    if (this.code() !== COLON) while (this.code() === SPACE) this.at++;
    if (this.code() !== COLON) return false;
    const next = this.codes[this.at + 1] as number;
    return next === SPACE || next === LINE_FEED;
  }

  isItem(): boolean {
    if (this.code() !== DASH) return false;
    const next = this.codes[this.at + 1] as number;
    return next === SPACE || next === LINE_FEED;
  }

  /** Whether nothing but blanks and a comment follows, and goes to the end of the line. */
  isLineOver(): boolean {
    while (this.code() === SPACE) this.at++;
    if (this.code() === HASH && (this.codes[this.at - 1] as number) === SPACE) this.at = this.text.indexOf('\n', this.at);
    return this.code() === LINE_FEED;
  }

  /** Goes from the beginning or end of a line to the first character that follows on another one. */
  nextLine(): void {
    const { codes, text } = this;
    let line = this.at;
    this.column = -1;
    this.comment = -1;
    for (let isFirst = true; line < this.end; ) {
      let at = line;
      while ((codes[at] as number) === SPACE) at++;
      const code = codes[at] as number;
      if (code === TAB) throw NOT_ORDINARY;
      if (code === LINE_FEED) {
        line = at + 1;
        continue;
      }
      if (code !== HASH) {
        this.at = at;
        this.column = at - line;
        return;
      }
      if (isFirst) this.comment = at - line;
      isFirst = false;
      line = text.indexOf('\n', at) + 1;
    }
  }

  /** Goes over what may stand between the parts of a flow collection. */
  skip(floor: number): void {
    let line = -1;
    for (; this.at < this.end; this.at++) {
      const code = this.code();
      if (code === LINE_FEED) line = this.at + 1;
      else if (code !== SPACE) break;
    }
    if (this.at === this.end || (line !== -1 && this.at - line < floor)) throw NOT_ORDINARY;
  }

  /** Of an anchor or alias, which is the last thing of its line. */
  scanName(): string {
    const start = ++this.at;
    while (isIn(NAME_CHARACTERS, this.code())) this.at++;
    const name = this.text.slice(start, this.at);
    if (name === '' || (this.code() !== SPACE && this.code() !== LINE_FEED) || !this.isLineOver()) throw NOT_ORDINARY;
    return name;
  }
}

function characterSet(characters: string): Uint8Array {
  const set = new Uint8Array(128);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

function isIn(set: Uint8Array, code: number): boolean {
  return code < 128 && set[code] === 1;
}
