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

const DEFAULTS = new Set([
  'password',
  'passw0rd',
  'p@ssw0rd',
  'changeme',
  'change-me',
  'change_me',
  'changeit',
  'secret',
  'admin',
  'root',
  'postgres',
  'redis',
  'test',
  'example',
  'default',
  '123456',
  '12345678',
  'qwerty',
  'letmein',
  'foobar',
  'guest',
  'todo',
  'replace-me',
  'replaceme',
]);

/**
 * A secret's value. It prints as `•••` in every way a value can be printed; what it offers are features of the value and
 * equality. There is no way back to the text.
 */
export class Sealed {
  readonly #fingerprint: string;
  readonly #length: number;
  readonly #looksDefault: boolean;

  constructor(value: string) {
    this.#fingerprint = fingerprintOf(value);
    this.#length = value.length;
    this.#looksDefault = DEFAULTS.has(value.trim().toLowerCase());
  }

  /** Of its own accord a copy or a listing gets nothing: features are told only to whoever asks for them. */
  get length(): number {
    return this.#length;
  }

  get looksDefault(): boolean {
    return this.#looksDefault;
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
