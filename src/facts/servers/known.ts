/** Which input of a server decided something, so that a finding can point at it. */
export type Source =
  | { readonly input: 'argument'; readonly list: 'command' | 'arguments'; readonly index: number }
  | { readonly input: 'variable'; readonly name: string }
  | { readonly input: 'file'; readonly path: string; readonly line: number }
  /** A setting that something else handed over: a field of a custom resource. The index is that of `ServerInputs.settings`. */
  | { readonly input: 'setting'; readonly index: number }
  | { readonly input: 'record'; readonly index: number }
  /** Nobody set it: what the image, or the server's own code, does by itself. */
  | { readonly input: 'default'; readonly of: string };

/** Something about a server that is known, with what decided it. */
export interface Seen<T> {
  readonly value: T;
  readonly sources: readonly Source[];
}

/** Something about a server that could not be learned. */
export interface Unseen {
  readonly value: undefined;
  readonly sources: readonly Source[];
  readonly because: string;
  readonly hint: string;
}

export type Known<T> = Seen<T> | Unseen;

export function seen<T>(value: T, ...sources: readonly Source[]): Seen<T> {
  return { value, sources };
}

export function unseen(because: string, hint: string, ...sources: readonly Source[]): Unseen {
  return { value: undefined, sources, because, hint };
}

export function isSeen<T>(known: Known<T>): known is Seen<T> {
  return known.value !== undefined;
}

export function mapSeen<T, U>(known: Known<T>, change: (value: T) => U): Known<U> {
  return isSeen(known) ? { value: change(known.value), sources: known.sources } : known;
}
