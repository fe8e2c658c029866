import { distinct } from '../../model/lists.ts';
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

/** As `mapSeen`, where the change may find that it cannot tell. */
export function learn<T, U>(known: Known<T>, change: (value: T) => U | undefined, because: string, hint: string): Known<U> {
  if (!isSeen(known)) return known;
  const value = change(known.value);
  return value === undefined ? unseen(because, hint, ...known.sources) : { value, sources: known.sources };
}

/** True where all are; false as soon as one is, whatever the others may be. */
export function allOf(...parts: readonly Known<boolean>[]): Known<boolean> {
  const refuted = parts.find(({ value }) => value === false);
  if (refuted !== undefined) return refuted;
  return parts.find((part): part is Unseen => !isSeen(part)) ?? { value: true, sources: distinct(parts.flatMap(({ sources }) => sources)) };
}

export function not(part: Known<boolean>): Known<boolean> {
  return mapSeen(part, (value) => !value);
}

export function anyOf(...parts: readonly Known<boolean>[]): Known<boolean> {
  return not(allOf(...parts.map(not)));
}

/** What is the same however a script decides; the rest is not known. */
export function agreed<T>(all: readonly Known<T>[]): Known<T> {
  const [first, ...others] = all;
  if (first === undefined) return unseen('nothing starts the server', 'check its command');
  const differing = others.find(({ value }) => !isAlike(value, first.value));
  return differing === undefined || first.value === undefined
    ? first
    : unseen('the start script decides it by a condition that is not known', 'scan what the condition asks for', ...first.sources, ...differing.sources);
}

function isAlike(left: unknown, right: unknown): boolean {
  return left === right || (Array.isArray(left) && Array.isArray(right) && left.length === right.length && left.every((item, index) => isAlike(item, right[index])));
}
