import type { Json, JsonObject, Path } from '../model/json.ts';
import { BUILT_IN_GROUP, POD_KINDS } from '../pod-kinds.ts';
import { EMPTY, field, isObject, listAt, objectAt, stringAt } from './read.ts';

/** A pod, or the template that pods are made from, inside an object. */
export interface PodTemplate {
  readonly spec: JsonObject;
  readonly specPath: Path;
  readonly metadata: JsonObject;
  readonly metadataPath: Path;
  /** False where it was found by its shape in a kind that this program does not know. */
  readonly isKnownKind: boolean;
}

/** Kinds that hold lists called `containers` which run nothing, or nothing of their own. An AdmissionReview is a question about an object. */
const NO_PODS = new Set([
  'AdmissionReview',
  'CustomResourceDefinition',
  'ConfigMap',
  'Secret',
  'LimitRange',
  'ValidatingAdmissionPolicy',
  'ConstraintTemplate',
  'ClusterPolicy',
  'Policy',
]);

export function podTemplatesOf(object: JsonObject): PodTemplate[] {
  const kind = stringAt(object, 'kind');
  const path = Object.hasOwn(POD_KINDS, kind) ? POD_KINDS[kind] : undefined;
  const apiVersion = stringAt(object, 'apiVersion');
  if (path !== undefined && (apiVersion === '' || BUILT_IN_GROUP.test(apiVersion))) {
    const template = path.reduce<JsonObject>((value, step) => objectAt(value, String(step)), object);
    return [templateAt(template, path, true)];
  }
  if (NO_PODS.has(kind) || (path === undefined && apiVersion === 'v1')) return [];
  return findTemplates(object);
}

function templateAt(template: JsonObject, path: Path, isKnownKind: boolean): PodTemplate {
  return {
    spec: objectAt(template, 'spec'),
    specPath: [...path, 'spec'],
    metadata: objectAt(template, 'metadata'),
    metadataPath: [...path, 'metadata'],
    isKnownKind,
  };
}

/** Custom resources wrap pods under many names (Rollout, ScaledJob, Knative Service, …): whatever has containers with images is one. */
function findTemplates(object: JsonObject): PodTemplate[] {
  const found: PodTemplate[] = [];
  let visited = 0;
  const walk = (value: Json | undefined, path: Path, parent: JsonObject): void => {
    if (path.length > 16 || visited++ > 20_000) return;
    if (Array.isArray(value)) {
      for (const [index, item] of (value as readonly Json[]).entries()) walk(item, [...path, index], EMPTY);
      return;
    }
    if (!isObject(value)) return;
    if (listAt(value, 'containers').some((item) => isObject(item) && stringAt(item, 'image') !== '')) {
      found.push({ spec: value, specPath: path, metadata: objectAt(parent, 'metadata'), metadataPath: [...path.slice(0, -1), 'metadata'], isKnownKind: false });
      return;
    }
    for (const key of Object.keys(value)) {
      if (key !== 'metadata' && key !== 'status') walk(field(value, key), [...path, key], value);
    }
  };
  walk(object, [], EMPTY);
  return found;
}

export type ContainerRole = 'app' | 'init' | 'sidecar' | 'ephemeral';

export interface PodContainer {
  readonly container: JsonObject;
  readonly path: Path;
  readonly role: ContainerRole;
}

/** Every container of a pod. No check walks to them itself, so none can forget the init or ephemeral ones. */
export function containersOf(pod: PodTemplate): PodContainer[] {
  const lists: readonly [string, (container: JsonObject) => ContainerRole][] = [
    ['containers', () => 'app'],
    ['initContainers', (container) => (stringAt(container, 'restartPolicy') === 'Always' ? 'sidecar' : 'init')],
    ['ephemeralContainers', () => 'ephemeral'],
  ];
  return lists.flatMap(([list, roleOf]) =>
    listAt(pod.spec, list).flatMap((container, index) => (isObject(container) ? [{ container, path: [...pod.specPath, list, index], role: roleOf(container) }] : [])),
  );
}
