import { isSeen } from '../connections/text.ts';
import { type Known, type Source, seen, unseen } from './known.ts';
import type { Entry, Layers } from './redis-layers.ts';

/** Looks settings up in what a server was told: the last one wins, and what was not seen may have come after it. */
export class RedisSettings {
  readonly #layers: Layers;
  readonly #last = new Map<string, { readonly entry: Entry; readonly at: number }>();
  readonly #defaults: string;

  constructor(layers: Layers, defaults: string) {
    this.#layers = layers;
    this.#defaults = defaults;
    for (const [at, entry] of layers.entries.entries()) this.#last.set(nameOf(entry.name), { entry, at });
  }

  /** The values of the last directive of a name; those given where there is none. */
  words(name: string, fallback: readonly string[]): Known<readonly string[]> {
    const found = this.#last.get(name);
    const hole = this.#layers.holes.find(({ after }) => found === undefined || after > found.at);
    if (hole !== undefined) return unseen(hole.because, hole.hint, hole.source);
    if (found === undefined) return seen(fallback, this.default);
    return seen(found.entry.values, found.entry.source);
  }

  /** Every directive of a name, where all of them count. */
  all(name: string): Known<readonly Entry[]> {
    const hole = this.#layers.holes[0];
    if (hole !== undefined) return unseen(hole.because, hole.hint, hole.source);
    const found = this.#layers.entries.filter((entry) => nameOf(entry.name) === name);
    return { value: found, sources: found.length === 0 ? [this.default] : found.map(({ source }) => source) };
  }

  isSet(name: string): boolean {
    return this.#last.has(name);
  }

  text(name: string, fallback: string): Known<string> {
    return this.#read(name, fallback, (text) => text);
  }

  bool(name: string, fallback: boolean): Known<boolean> {
    return this.#read(name, fallback ? 'yes' : 'no', (text) => (/^yes$/i.test(text) ? true : /^no$/i.test(text) ? false : undefined));
  }

  number(name: string, fallback: number): Known<number> {
    return this.#read(name, String(fallback), (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined));
  }

  bytes(name: string): Known<number> {
    return this.#read(name, '0', parseRedisBytes);
  }

  choice<T extends string>(name: string, fallback: T, choices: readonly T[]): Known<T> {
    return this.#read(name, fallback, (text) => choices.find((choice) => choice === text.toLowerCase()));
  }

  get default(): Source {
    return { input: 'default', of: this.#defaults };
  }

  #read<T>(name: string, fallback: string, parse: (text: string) => T | undefined): Known<T> {
    const words = this.words(name, [fallback]);
    if (words.value === undefined) return words;
    const [text = '', ...more] = words.value;
    if (!isSeen(text)) return unseen(`the value of ${name} is not part of the scan`, 'scan the object that holds it', ...words.sources);
    const value = more.length > 0 ? undefined : parse(text);
    return value === undefined ? unseen(`${name} has a value that the server does not take`, 'put it right', ...words.sources) : { value, sources: words.sources };
  }
}

/** Names that later versions gave to the same setting. */
const ALIASES: Readonly<Record<string, string>> = { slaveof: 'replicaof', primaryof: 'replicaof', primaryauth: 'masterauth', 'list-max-ziplist-size': 'list-max-listpack-size' };

function nameOf(name: string): string {
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1e3, kb: 1024, m: 1e6, mb: 1024 ** 2, g: 1e9, gb: 1024 ** 3 };

/** An amount of memory as util.c reads it: `k` is a thousand, `kb` is 1024. */
export function parseRedisBytes(text: string): number | undefined {
  const match = /^(\d{1,15})([a-z]{0,2})$/i.exec(text.trim());
  const unit = (match?.[2] ?? '').toLowerCase();
  return match === null || !Object.hasOwn(UNITS, unit) ? undefined : Number(match[1]) * (UNITS[unit] ?? 1);
}
