import { keyText, resolvePlain, type Scalar, type YamlDialect } from './yaml-scalars.ts';

/** A text that was met before, and what it means. */
export interface Word {
  readonly text: string;
  /** What it is without quotes. */
  readonly value: Scalar;
  /** What it is as a key without quotes. */
  readonly key: string;
}

/** Longer texts are hardly ever met again. */
const LONGEST = 40;
const SLOTS = 8192;

/**
 * The words of the documents read so far: `name`, `TCP`, `app.kubernetes.io/name`. Manifests say the same few thousand again and
 * again; kept once, they take no memory for each place, and what they mean is found out once. A word may push out another.
 */
export class Words {
  readonly #dialect: YamlDialect;
  readonly #words: (Word | undefined)[] = new Array(SLOTS).fill(undefined);
  /** The characters of each, and how many. */
  readonly #codes = new Uint16Array(SLOTS * LONGEST);
  readonly #lengths = new Uint8Array(SLOTS);

  constructor(dialect: YamlDialect) {
    this.#dialect = dialect;
  }

  /** The word that stands in a text, whose characters come to a hash. */
  at(text: string, codes: Uint16Array, from: number, to: number, hash: number): Word {
    if (to - from > LONGEST) return this.of(text.slice(from, to));
    const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
    const known = this.#words[slot];
    if (known !== undefined && this.#isIn(slot, codes, from, to)) return known;
    const word = this.of(text.slice(from, to));
    this.#words[slot] = word;
    this.#lengths[slot] = to - from;
    this.#codes.set(codes.subarray(from, to), slot * LONGEST);
    return word;
  }

  #isIn(slot: number, codes: Uint16Array, from: number, to: number): boolean {
    if (this.#lengths[slot] !== to - from) return false;
    const own = this.#codes;
    let index = slot * LONGEST;
    for (let at = from; at < to; at++, index++) if (codes[at] !== own[index]) return false;
    return true;
  }

  /** A word that is not kept. */
  of(text: string): Word {
    const value = resolvePlain(text, this.#dialect);
    return { text, value, key: typeof value === 'string' ? text : keyText(value) };
  }
}
