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

/** Where each kind keeps its pod, as all objects of the kind do. */
const KNOWN = new Map(Object.entries(POD_KINDS).map(([kind, path]) => [kind, { path, specPath: [...path, 'spec'], metadataPath: [...path, 'metadata'] }]));

export function podTemplatesOf(object: JsonObject): readonly PodTemplate[] {
  const kind = stringAt(object, 'kind');
  const known = KNOWN.get(kind);
  const apiVersion = stringAt(object, 'apiVersion');
  if (known !== undefined && (apiVersion === '' || BUILT_IN_GROUP.test(apiVersion))) {
    let template = object;
    for (const step of known.path) template = objectAt(template, String(step));
    return [{ spec: objectAt(template, 'spec'), specPath: known.specPath, metadata: objectAt(template, 'metadata'), metadataPath: known.metadataPath, isKnownKind: true }];
  }
  if (NO_PODS.has(kind) || (known === undefined && apiVersion === 'v1')) return NONE;
  return findTemplates(object);
}

const NONE: readonly never[] = [];

/** Custom resources wrap pods under many names (Rollout, ScaledJob, Knative Service, …): whatever has containers with images is one. */
function findTemplates(object: JsonObject): readonly PodTemplate[] {
  let found: PodTemplate[] | undefined;
  let visited = 0;
  // One list, in which each step is put and taken back: a copy of it for each value cost more than all the rest.
  const path: (string | number)[] = [];
  const walk = (value: Json | undefined, parent: JsonObject): void => {
    if (path.length > 16 || visited++ > 20_000) return;
    if (typeof value !== 'object' || value === null) return;
    const depth = path.length;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        path[depth] = index;
        walk(value[index], EMPTY);
      }
    } else if (listAt(value as JsonObject, 'containers').some((item) => isObject(item) && stringAt(item, 'image') !== '')) {
      found ??= [];
      found.push({ spec: value as JsonObject, specPath: [...path], metadata: objectAt(parent, 'metadata'), metadataPath: [...path.slice(0, -1), 'metadata'], isKnownKind: false });
    } else {
      for (const key of Object.keys(value)) {
        if (key === 'metadata' || key === 'status') continue;
        path[depth] = key;
        walk(field(value as JsonObject, key), value as JsonObject);
      }
    }
    path.length = depth;
  };
  walk(object, EMPTY);
  return found ?? NONE;
}

export type ContainerRole = 'app' | 'init' | 'sidecar' | 'ephemeral';

export interface PodContainer {
  readonly container: JsonObject;
  readonly path: Path;
  readonly role: ContainerRole;
}

/** The lists of a pod's containers. */
const LISTS: readonly [string, (container: JsonObject) => ContainerRole][] = [
  ['containers', () => 'app'],
  ['initContainers', (container) => (stringAt(container, 'restartPolicy') === 'Always' ? 'sidecar' : 'init')],
  ['ephemeralContainers', () => 'ephemeral'],
];

/** Every container of a pod. No check walks to them itself, so none can forget the init or ephemeral ones. */
export function containersOf(pod: PodTemplate): PodContainer[] {
  const found: PodContainer[] = [];
  for (const [list, roleOf] of LISTS) {
    const containers = listAt(pod.spec, list);
    for (let index = 0; index < containers.length; index++) {
      const container = containers[index];
      if (isObject(container)) found.push({ container, path: pod.specPath.concat(list, index), role: roleOf(container) });
    }
  }
  return found;
}
