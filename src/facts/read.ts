import { Optional } from '@marcbachmann/cel-js';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { OptionalValue } from '../model/vocabulary.ts';

/**
 * Reading fields of scanned objects. Keys are hostile (`__proto__`, `constructor`), and types are whatever somebody wrote:
 * a field of the wrong type is not learned (`undefined`), which is not the same as not set (`null`).
 */

export const EMPTY: JsonObject = Object.freeze(Object.create(null) as JsonObject);

/**
 * What an object has of its own. Its prototype has functions and `__proto__`, and a JSON value is never a function: asking for more
 * costs a third of all derivations. A quarter of what is asked for is below a mapping that is not there.
 */
export function field(object: JsonObject, key: string): Json | undefined {
  if (object === EMPTY) return undefined;
  const value = object[key];
  return typeof value === 'function' || (key === '__proto__' && !Object.hasOwn(object, key)) ? undefined : value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping under a key; empty where there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = field(object, key);
  return isObject(value) ? value : EMPTY;
}

/** The list under a key; empty where there is none. */
export function listAt(object: JsonObject, key: string): readonly Json[] {
  const value = field(object, key);
  return Array.isArray(value) ? value : NOTHING;
}

const NOTHING: readonly Json[] = [];

/** The string under a key; empty where there is none. Numbers and booleans are written out, as YAML authors forget quotes. */
export function stringAt(object: JsonObject, key: string): string {
  const value = field(object, key);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
}

export function stringsAt(object: JsonObject, key: string): readonly string[] {
  return listAt(object, key).filter((item) => typeof item === 'string');
}

/** A list of strings; empty where it is not set; undefined where it is something else, which no API server takes. */
export function stringListAt(object: JsonObject, key: string): readonly string[] | undefined {
  const value = field(object, key);
  if (value === undefined || value === null) return NO_STRINGS;
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

const NO_STRINGS: readonly string[] = [];

/** True or false; null where it is not set; undefined where it is not a boolean, which no API server takes. */
export function boolAt(object: JsonObject, key: string): boolean | null | undefined {
  const value = field(object, key);
  if (value === undefined || value === null) return null;
  return typeof value === 'boolean' ? value : undefined;
}

/** An integer; null where it is not set; undefined where it is not one. */
export function intAt(object: JsonObject, key: string): bigint | null | undefined {
  const value = field(object, key);
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) ? toInt(value) : undefined;
}

/** With the API's default in place of what is not set; not learned stays not learned. */
export function orDefault<T>(value: T | null | undefined, fallback: T): T | undefined {
  return value === null ? fallback : value;
}

const NONE = Optional.none() as OptionalValue<never>;
const TRUE = Optional.of(true) as OptionalValue<boolean>;
const FALSE = Optional.of(false) as OptionalValue<boolean>;
const INTS = Array.from({ length: 1024 }, (_, index) => BigInt(index));
const OPTIONAL_INTS = new Map<bigint, OptionalValue<bigint>>();

export function toInt(value: number): bigint {
  return INTS[value] ?? BigInt(value);
}

export function optionalBool(value: boolean | null | undefined): OptionalValue<boolean> | undefined {
  return value === undefined ? undefined : value === null ? NONE : value ? TRUE : FALSE;
}

export function optionalInt(value: bigint | null | undefined): OptionalValue<bigint> | undefined {
  if (value === undefined) return undefined;
  if (value === null) return NONE;
  let optional = OPTIONAL_INTS.get(value);
  if (optional === undefined) {
    optional = Optional.of(value) as OptionalValue<bigint>;
    if (OPTIONAL_INTS.size < 4096) OPTIONAL_INTS.set(value, optional);
  }
  return optional;
}

/** Whether a path leads to something that is set. */
export function isSet(root: JsonObject, path: Path): boolean {
  let value: Json | undefined = root;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? (value as readonly Json[])[step] : undefined;
    else value = isObject(value) ? field(value, step) : undefined;
    if (value === undefined || value === null) return false;
  }
  return true;
}
