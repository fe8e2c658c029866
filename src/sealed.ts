import { isGuessable, isLongEnough } from './guessable.ts';

let fingerprint: ((value: string) => string) | undefined;

/** By a key that is new for every run and kept nowhere: equal secrets can be told within a run, and never guessed from its output. */
function fingerprintOf(value: string): string {
  fingerprint ??= keyedFingerprint();
  return fingerprint(value);
}

/** Loaded for the first secret: it takes 10 ms, and most manifests hold none. */
function keyedFingerprint(): (value: string) => string {
  const { hash, randomBytes } = process.getBuiltinModule('node:crypto');
  const key = randomBytes(32).toString('base64');
  return (value) => hash('sha256', key + value, 'base64');
}

/**
 * A secret's value. It prints as `•••` in every way a value can be printed; what it offers are features of the value and
 * equality. There is no way back to the text.
 */
export class Sealed {
  readonly #fingerprint: string;
  readonly #length: number;
  readonly #isGuessable: boolean;
  readonly #isLongEnough: boolean | undefined;

  constructor(value: string) {
    this.#fingerprint = fingerprintOf(value);
    this.#length = value.length;
    this.#isGuessable = isGuessable(value);
    this.#isLongEnough = isLongEnough(value);
  }

  /** Stands for what a generator makes: nobody has seen it, and yet its features are known. */
  static generated(length: number): Sealed {
    const { randomBytes } = process.getBuiltinModule('node:crypto');
    return new Sealed(randomBytes(length).toString('base64').slice(0, length));
  }

  /** Of its own accord a copy or a listing gets nothing: features are told only to whoever asks for them. */
  get length(): number {
    return this.#length;
  }

  get isGuessable(): boolean {
    return this.#isGuessable;
  }

  get isLongEnough(): boolean | undefined {
    return this.#isLongEnough;
  }

  equals(other: Sealed): boolean {
    return this.#fingerprint === other.#fingerprint;
  }

  toString(): string {
    return '•••';
  }

  toJSON(): string {
    return '•••';
  }

  [Symbol.toPrimitive](): string {
    return '•••';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '•••';
  }
}
