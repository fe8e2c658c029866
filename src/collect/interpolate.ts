import type { Interpolation } from '../model/inventory.ts';

/** What a variable is set to; undefined where it is not set at all, which is not the same as set to nothing. */
export type Lookup = (name: string) => string | undefined;

/** One use of a variable, and what came of it. */
export interface Reference {
  readonly variable: string;
  readonly outcome: Interpolation['outcome'];
}

/** How much text may still be put in: without it, thirty lines of `.env` that refer to each other fill any memory. */
export interface Allowance {
  characters: number;
}

export function newAllowance(): Allowance {
  return { characters: 8_000_000 };
}

export type Interpolated =
  | {
      readonly text: string;
      /** The same with `${NAME}` for what came from outside of the text: what stands in the file itself. */
      readonly written: string;
      readonly references: readonly Reference[];
    }
  | { readonly fault: string };

/** Linux takes no longer string into an environment. */
const LONGEST_VALUE = 131_072;
const DEEPEST_NESTING = 20;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-+?]/y;

/**
 * Fills in `$X`, `${X}` and `${X:-d}`, `-`, `:?`, `?`, `:+`, `+` as docker compose does (compose-spec, interpolation).
 * One difference, on purpose: a variable that is not set stays in the text as `${X}`, where compose puts nothing and warns
 * or gives up. Who starts the project may well have set it, and an empty password would be a false alarm.
 */
export function interpolate(text: string, lookup: Lookup, allowance: Allowance = newAllowance()): Interpolated {
  const references: Reference[] = [];
  try {
    const { text: filled, written } = new Filling(text, lookup, references, allowance).fill(0, text.length, 0);
    return { text: filled, written, references };
  } catch (error) {
    if (error instanceof InterpolationRefusal) return { fault: error.message };
    throw error;
  }
}

class InterpolationRefusal extends Error {}

interface Filled {
  readonly text: string;
  readonly written: string;
  /** False when nothing but names of unset variables stands in it. */
  readonly isKnown: boolean;
}

class Filling {
  readonly #text: string;
  readonly #lookup: Lookup;
  readonly #references: Reference[];
  readonly #allowance: Allowance;

  constructor(text: string, lookup: Lookup, references: Reference[], allowance: Allowance) {
    this.#text = text;
    this.#lookup = lookup;
    this.#references = references;
    this.#allowance = allowance;
  }

  fill(from: number, to: number, depth: number): Filled {
    if (depth > DEEPEST_NESTING) throw new InterpolationRefusal('its defaults are nested too deeply');
    let text = '';
    let written = '';
    let isKnown = from === to;
    let at = from;
    const add = (piece: Filled) => {
      text += piece.text;
      written += piece.written;
      isKnown ||= piece.isKnown && piece.text !== '';
      if (text.length > LONGEST_VALUE + this.#text.length) throw new InterpolationRefusal('it expands to too much text');
    };
    while (at < to) {
      const dollar = this.#text.indexOf('$', at);
      const end = dollar === -1 || dollar >= to ? to : dollar;
      add(literal(this.#text.slice(at, end)));
      if (end === to) break;
      const next = this.#text[dollar + 1];
      if (next === '{') {
        const close = this.#closingBrace(dollar + 2, to);
        add(this.#braced(dollar + 2, close, depth));
        at = close + 1;
        continue;
      }
      const name = dollar + 1 < to ? match(NAME, this.#text, dollar + 1) : '';
      // `$$` is a dollar; a dollar before anything else (`$1`, `$(date)`) is left alone.
      if (name === '') add(literal('$'));
      else add(this.#plain(name));
      at = dollar + 1 + (name === '' && next === '$' ? 1 : name.length);
    }
    return { text, written, isKnown };
  }

  #closingBrace(from: number, to: number): number {
    let open = 1;
    for (let at = from; at < to; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 123) open++;
      else if (code === 125 && --open === 0) return at;
    }
    throw new InterpolationRefusal('a `${` in it is never closed');
  }

  #plain(name: string): Filled {
    const value = this.#lookup(name);
    this.#references.push({ variable: name, outcome: value === undefined ? 'unset' : value === '' ? 'empty' : 'set' });
    return value === undefined ? standIn(name) : this.#known(name, value);
  }

  #braced(from: number, close: number, depth: number): Filled {
    const name = match(NAME, this.#text, from);
    const after = from + name.length;
    if (name === '' || after > close) throw new InterpolationRefusal('a `${` in it is not followed by a name');
    if (after === close) return this.#plain(name);
    const operator = match(OPERATOR, this.#text, after);
    if (operator === '') throw new InterpolationRefusal(`\`\${${name.slice(0, 60)}\` is followed by something that compose does not know`);
    return this.#operated(name, operator, after + operator.length, close, depth);
  }

  #operated(name: string, operator: string, from: number, to: number, depth: number): Filled {
    const value = this.#lookup(name);
    // With a colon, set to nothing counts as not set.
    const isSet = value !== undefined && (operator.length === 1 || value !== '');
    const index = this.#references.length;
    const record = (outcome: Reference['outcome']) => this.#references.splice(index, 0, { variable: name, outcome });
    if (operator.endsWith('+')) {
      // Nothing is recorded where it is not set: the author has said that nothing is then meant.
      if (!isSet) return literal('');
      const replacement = this.fill(from, to, depth + 1);
      record(replacement.text === '' ? 'empty' : 'set');
      return replacement;
    }
    if (isSet) {
      record(value === '' ? 'empty' : 'set');
      return this.#known(name, value);
    }
    if (operator.endsWith('?')) {
      record('required');
      return standIn(name);
    }
    const fallback = this.fill(from, to, depth + 1);
    record(fallback.text === '' ? 'empty' : fallback.isKnown ? 'default' : (this.#references[index]?.outcome ?? 'unset'));
    return fallback;
  }

  #known(name: string, value: string): Filled {
    this.#allowance.characters -= value.length;
    if (this.#allowance.characters < 0) throw new InterpolationRefusal('the variables of the file expand to too much text');
    return { text: value, written: `\${${name}}`, isKnown: true };
  }
}

function literal(text: string): Filled {
  return { text, written: text, isKnown: true };
}

function standIn(name: string): Filled {
  const text = `\${${name}}`;
  return { text, written: text, isKnown: false };
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
