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
  readonly #slots: (Word | undefined)[] = new Array(SLOTS).fill(undefined);

  constructor(dialect: YamlDialect) {
    this.#dialect = dialect;
  }

  /** The word that stands in a text, and whose characters come to a hash. */
  at(text: string, from: number, to: number, hash: number): Word {
    if (to - from > LONGEST) return this.of(text.slice(from, to));
    const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && known.text.length === to - from && text.startsWith(known.text, from)) return known;
    const word = this.of(text.slice(from, to));
    this.#slots[slot] = word;
    return word;
  }

  /** A word that is not kept. */
  of(text: string): Word {
    const value = resolvePlain(text, this.#dialect);
    return { text, value, key: typeof value === 'string' ? text : keyText(value) };
  }
}
