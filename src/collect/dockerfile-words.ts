import type { Allowance, Lookup } from './interpolate.ts';

/** A word as it stands, quotes and all. */
export interface Word {
  readonly text: string;
  readonly at: number;
}

/** Splits at blanks outside quotes, as BuildKit does for ENV, ARG, LABEL and EXPOSE. */
export function splitWords(text: string, escapeToken: string): Word[] {
  const words: Word[] = [];
  let start = -1;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote === '' && /\s/.test(character)) {
      if (start !== -1) words.push({ text: text.slice(start, at), at: start });
      start = -1;
      continue;
    }
    if (start === -1) start = at;
    if (character === escapeToken && quote !== "'") at++;
    else if (quote === character) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  if (start !== -1) words.push({ text: text.slice(start), at: start });
  return words;
}

export interface Expanded {
  readonly text: string;
  /** A variable without a value stands in it, as `${NAME}`. */
  readonly isUnresolved: boolean;
}

/**
 * Takes the quotes off and fills in variables, as BuildKit's shell lexer does. What is not set stays as `${NAME}`: the base
 * image or a `--build-arg` may set it.
 */
export function expandWord(text: string, escapeToken: string, lookup: Lookup, allowance: Allowance): Expanded {
  if (!/["'$\\`]/.test(text)) return { text, isUnresolved: false };
  const lexer = new Lexer(text, escapeToken, lookup, allowance);
  const expanded = lexer.read('', 0);
  return lexer.isOverdrawn ? { text, isUnresolved: true } : { text: expanded, isUnresolved: lexer.isUnresolved };
}

export function unquote(text: string, escapeToken: string): string {
  const literal = new Lexer(text, escapeToken, undefined, { characters: 0 });
  return literal.read('', 0);
}

const DEEPEST_NESTING = 20;
/** Linux takes no longer string into an environment. */
const LONGEST_VALUE = 131_072;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const MODIFIER = /:?[-+?]/y;

class Lexer {
  readonly #text: string;
  readonly #escapeToken: string;
  /** Undefined where a dollar means nothing. */
  readonly #lookup: Lookup | undefined;
  readonly #allowance: Allowance;
  #at = 0;
  #added = 0;
  isUnresolved = false;
  isOverdrawn = false;

  constructor(text: string, escapeToken: string, lookup: Lookup | undefined, allowance: Allowance) {
    this.#text = text;
    this.#escapeToken = escapeToken;
    this.#lookup = lookup;
    this.#allowance = allowance;
  }

  /** Up to the stop, which is consumed, or to the end. */
  read(stop: string, depth: number): string {
    let out = '';
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      if (character === stop) {
        this.#at++;
        return out;
      }
      if (character === "'") out += this.#singleQuoted();
      else if (character === '"') out += this.#doubleQuoted(depth);
      else if (character === '$' && this.#lookup !== undefined) out += this.#reference(this.#lookup, depth);
      else {
        if (character === this.#escapeToken) this.#at++;
        out += this.#text[this.#at] ?? '';
        this.#at++;
      }
    }
    if (stop !== '') this.isUnresolved = true;
    return out;
  }

  #singleQuoted(): string {
    const from = this.#at + 1;
    const close = this.#text.indexOf("'", from);
    const to = close === -1 ? this.#text.length : close;
    this.#at = to + 1;
    return this.#text.slice(from, to);
  }

  #doubleQuoted(depth: number): string {
    let out = '';
    for (this.#at++; this.#at < this.#text.length; ) {
      const character = this.#text[this.#at] ?? '';
      const next = this.#text[this.#at + 1] ?? '';
      if (character === '"') break;
      if (character === '$' && this.#lookup !== undefined) {
        out += this.#reference(this.#lookup, depth);
        continue;
      }
      const isEscape = character === this.#escapeToken && (next === '"' || next === '$' || next === this.#escapeToken);
      out += isEscape ? next : character;
      this.#at += isEscape ? 2 : 1;
    }
    this.#at++;
    return out;
  }

  #reference(lookup: Lookup, depth: number): string {
    const from = this.#at;
    const isBraced = this.#text[from + 1] === '{';
    const name = this.#match(NAME, from + (isBraced ? 2 : 1));
    if (name === '' || depth > DEEPEST_NESTING) return this.#literal(from, isBraced);
    this.#at = from + name.length + (isBraced ? 2 : 1);
    const value = lookup(name);
    if (!isBraced) return this.#value(name, value);
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return this.#value(name, value);
    }
    const modifier = this.#match(MODIFIER, this.#at);
    this.#at += modifier.length;
    return this.#modified(name, value, modifier, from, depth);
  }

  #modified(name: string, value: string | undefined, modifier: string, from: number, depth: number): string {
    const wasUnresolved = this.isUnresolved;
    const word = this.read('}', depth + 1);
    const isClosed = this.#text[this.#at - 1] === '}';
    // Patterns (`${X#…}`, `${X/…}`) are worked out by the build, not here.
    if (modifier === '' || !isClosed) {
      this.isUnresolved = true;
      return this.#text.slice(from, this.#at);
    }
    const isSet = value !== undefined && (modifier.length === 1 || value !== '');
    if (modifier.endsWith('+')) {
      if (isSet) return word;
      this.isUnresolved = wasUnresolved;
      return '';
    }
    if (!isSet && modifier.endsWith('-')) return word;
    this.isUnresolved = wasUnresolved;
    return this.#value(name, value);
  }

  #value(name: string, value: string | undefined): string {
    if (value === undefined) {
      this.isUnresolved = true;
      return `\${${name}}`;
    }
    this.#added += value.length;
    this.#allowance.characters -= value.length;
    if (this.#added > LONGEST_VALUE || this.#allowance.characters < 0) {
      this.isOverdrawn = true;
      return '';
    }
    return value;
  }

  /** `$1`, `$(…)`, a dollar at the end: nothing that a Dockerfile knows. */
  #literal(from: number, isBraced: boolean): string {
    if (isBraced) this.isUnresolved = true;
    this.#at = from + (isBraced ? 2 : 1);
    return this.#text.slice(from, this.#at);
  }

  #match(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0] ?? '';
  }
}
