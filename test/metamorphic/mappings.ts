import { dump } from 'js-yaml';
import type { Json, JsonObject } from '../../src/model/json.ts';

/** The text of each file by its name. */
export type Files = Readonly<Record<string, string>>;

/** As what was read is: without keys that are undefined. */
export type Mapping = Readonly<Record<string, Json>>;

export function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function memberOf(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>((inner, key) => (isMapping(inner) ? inner[key] : undefined), value);
}

/** Every mapping of a value, the inner ones first. */
export function changeMappings(value: Json, change: (mapping: Mapping) => Json): Json {
  if (isList(value)) return value.map((item) => changeMappings(item, change));
  return isMapping(value) ? change(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, changeMappings(item, change)]))) : value;
}

export function reversed(value: Json): Json {
  return changeMappings(value, (mapping) => Object.fromEntries(Object.entries(mapping).reverse()));
}

export function dumped(value: Json | JsonObject): string {
  return dump(value, { noRefs: true });
}
