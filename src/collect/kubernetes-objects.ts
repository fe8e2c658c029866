import type { Json, JsonObject, Path } from '../model/json.ts';
import { entryOf, isMapping } from './mapping.ts';

/** The objects of a document: itself, or the items of a List, which may lack the kind that the List's name implies. */
export function objectsOf(value: Json, at: Path): { value: JsonObject; at: Path }[] {
  if (!isMapping(value)) return [];
  const kind = entryOf(value, 'kind');
  if (typeof kind !== 'string' || kind === '') return [];
  const items = entryOf(value, 'items');
  if (kind.endsWith('List') && Array.isArray(items)) {
    const implied = kind.slice(0, -'List'.length);
    return (items as readonly Json[]).flatMap((item, index) => objectsOf(withKind(item, implied, entryOf(value, 'apiVersion')), [...at, 'items', index]));
  }
  // Go writes an empty list as null.
  if (kind.endsWith('List') && items === null) return [];
  return OBJECT_KEYS.some((key) => Object.hasOwn(value, key)) ? [{ value, at }] : [];
}

const OBJECT_KEYS = ['apiVersion', 'metadata', 'spec'] as const;

function withKind(item: Json, kind: string, apiVersion: Json | undefined): Json {
  if (kind === '' || !isMapping(item) || Object.hasOwn(item, 'kind')) return item;
  return { ...(apiVersion === undefined ? {} : { apiVersion }), kind, ...item };
}

/** Meant to be an object and yet none: `kind` is missing, misspelt or not a word. */
export function isNameless(value: Json): boolean {
  const apiVersion = entryOf(value, 'apiVersion');
  if (typeof apiVersion !== 'string' || !/^(?:v\d|[a-z0-9.-]{1,253}\/v\d)/.test(apiVersion)) return false;
  const kind = entryOf(value, 'kind');
  return (typeof kind !== 'string' || kind === '') && (isMapping(entryOf(value, 'metadata')) || isMapping(entryOf(value, 'spec')));
}

/** How a message calls it. */
export function objectName(object: JsonObject): string {
  const kind = String(entryOf(object, 'kind'));
  const name = entryOf(entryOf(object, 'metadata'), 'name');
  return typeof name === 'string' && name.length < 300 ? `${kind} ${name}` : kind;
}
