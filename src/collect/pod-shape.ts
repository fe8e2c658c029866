import type { Json, JsonObject, Path } from '../model/json.ts';
import { BUILT_IN_GROUP, POD_KINDS } from '../pod-kinds.ts';
import { entryOf, isMapping } from './mapping.ts';

/** Something in an object that is of another type than the API has there. */
export interface Misshapen {
  readonly path: Path;
  /** What it should be. */
  readonly expected: 'a list' | 'a mapping';
}

/** Nobody mends more at once. */
const MOST = 20;

interface Shape {
  readonly mappings: readonly string[];
  /** Lists of mappings. */
  readonly lists: readonly string[];
  /** Lists of anything. */
  readonly words: readonly string[];
}

const POD: Shape = { mappings: ['securityContext'], lists: ['containers', 'initContainers', 'ephemeralContainers', 'volumes'], words: [] };
const CONTAINER: Shape = {
  mappings: ['securityContext', 'resources', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'],
  lists: ['env', 'envFrom', 'ports', 'volumeMounts'],
  words: ['command', 'args'],
};

/**
 * Where a pod is not what it should be: containers that are no list, an environment that is a mapping. No API server takes such
 * an object, and whoever derives facts from it finds nothing there: without a word of it, nothing would look like all is well.
 */
export function misshapenIn(object: JsonObject): Misshapen[] {
  const kind = entryOf(object, 'kind');
  const at = typeof kind === 'string' && Object.hasOwn(POD_KINDS, kind) ? POD_KINDS[kind] : undefined;
  const apiVersion = entryOf(object, 'apiVersion') ?? '';
  if (at === undefined || typeof apiVersion !== 'string' || (apiVersion !== '' && !BUILT_IN_GROUP.test(apiVersion))) return [];
  const found: Misshapen[] = [];
  let value: Json = object;
  for (const [depth, step] of [...at, 'spec'].entries()) {
    const inner: Json | undefined = entryOf(value as JsonObject, String(step));
    if (inner === undefined || inner === null) return [];
    if (!isMapping(inner)) return [{ path: [...at, 'spec'].slice(0, depth + 1), expected: 'a mapping' }];
    value = inner;
  }
  const pod = value as JsonObject;
  const path = [...at, 'spec'];
  check(pod, path, POD, found);
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    const containers = entryOf(pod, list);
    if (!Array.isArray(containers)) continue;
    for (const [index, container] of (containers as readonly Json[]).entries()) {
      if (found.length >= MOST) return found;
      if (isMapping(container)) check(container, [...path, list, index], CONTAINER, found);
    }
  }
  return found;
}

/** Looks without asking whether a key is the object's own, which takes five times as long: no object inherits these. */
function check(object: JsonObject, path: Path, { mappings, lists, words }: Shape, found: Misshapen[]): void {
  for (const key of mappings) {
    const value = object[key] ?? null;
    if (value !== null && !isMapping(value)) found.push({ path: [...path, key], expected: 'a mapping' });
  }
  for (const key of [...lists, ...words]) {
    const value = object[key] ?? null;
    if (value === null) continue;
    if (!Array.isArray(value)) {
      found.push({ path: [...path, key], expected: 'a list' });
    } else if (lists.includes(key)) {
      const wrong = (value as readonly Json[]).findIndex((item) => item !== null && !isMapping(item));
      if (wrong !== -1) found.push({ path: [...path, key, wrong], expected: 'a mapping' });
    }
  }
}
