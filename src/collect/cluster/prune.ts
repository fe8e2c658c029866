import type { Json, JsonObject } from '../../model/json.ts';
import { isTokenVolume } from '../../pod-kinds.ts';
import { isMapping } from '../mapping.ts';
import type { ServedResource } from './discovery.ts';

/** Hardly a fact reads these, and of a small object they are more than half. */
const DROPPED = new Set(['status', 'metadata', 'apiVersion', 'kind', '__proto__']);
/** Left out: who wrote which field, and versions of the object. */
const KEPT_METADATA = ['name', 'generateName', 'namespace', 'uid', 'labels', 'annotations', 'ownerReferences', 'creationTimestamp'];
/** Where a pod may run. Controllers write it into each Pod. */
const PLACEMENT = new Set(['affinity', 'tolerations', 'topologySpreadConstraints', 'nodeSelector', '__proto__']);

const CONTAINERS = new Set(['containers', 'initContainers', 'ephemeralContainers']);
const MOUNTS = new Set(['volumeMounts']);

/** A copy of the whole object as text, env values and a Secret's data included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What facts read of an object of a page. The rest, and the page with it, is let go. */
export function prune(object: JsonObject, { apiVersion, kind, resource }: Pick<ServedResource, 'apiVersion' | 'kind' | 'resource'>): JsonObject {
  // The items of a list do not say what they are.
  const kept: Record<string, Json | undefined> = { apiVersion, kind, metadata: pruneMetadata(object['metadata']) };
  for (const key of Object.keys(object)) if (!DROPPED.has(key)) kept[key] = object[key];
  if (resource === 'pods') prunePod(kept, object['status']);
  // Which of its Pods were made from its template, and which from an earlier one, stands nowhere else.
  if (resource === 'statefulsets' && isMapping(object['status'])) kept['status'] = { updateRevision: object['status']['updateRevision'] };
  // The kubelet takes no variables from these, and they are large. Null says that there is something which was not kept.
  if (resource === 'configmaps' && isMapping(kept['binaryData'])) kept['binaryData'] = withoutValues(kept['binaryData'], null);
  if (resource === 'secrets') kept['metadata'] = { ...pruneMetadata(object['metadata']), ...lastWrites(object['metadata']) };
  if (resource === 'secrets' && kept['type'] === 'helm.sh/release.v1' && isMapping(kept['data'])) kept['data'] = withoutValues(kept['data']);
  return kept;
}

function prunePod(pod: Record<string, Json | undefined>, status: Json | undefined): void {
  if (isMapping(pod['spec'])) pod['spec'] = prunePodSpec(pod['spec'], isMadeByController(pod['metadata']));
  // Whether a debug container still runs stands nowhere else.
  const ephemeral = isMapping(status) ? status['ephemeralContainerStatuses'] : undefined;
  if (ephemeral !== undefined) pod['status'] = { ephemeralContainerStatuses: ephemeral };
}

/** Of replicas without the token of their account, which the API server mounts under a name of its own into each of them. */
function prunePodSpec(spec: JsonObject, isReplica: boolean): JsonObject {
  const tokens = tokenVolumesOf(spec);
  return Object.fromEntries(
    Object.entries(spec).flatMap(([key, value]) => {
      if (PLACEMENT.has(key)) return [];
      if (!isReplica) return [[key, value]];
      if (key === 'volumes') return [[key, withoutNamed(value, tokens)]];
      return [[key, CONTAINERS.has(key) && Array.isArray(value) ? (value as readonly Json[]).map((container) => pruneContainer(container, tokens)) : value]];
    }),
  );
}

/** A static Pod has its node for an owner. */
function isMadeByController(metadata: Json | undefined): boolean {
  const owners = isMapping(metadata) ? metadata['ownerReferences'] : undefined;
  return Array.isArray(owners) && (owners as readonly Json[]).some((owner) => isMapping(owner) && owner['controller'] === true && owner['kind'] !== 'Node');
}

function pruneContainer(container: Json, tokens: ReadonlySet<string>): Json {
  if (!isMapping(container) || container['volumeMounts'] === undefined) return container;
  const volumeMounts = withoutNamed(container['volumeMounts'], tokens);
  // What is left may have no mounts, as it was written.
  return volumeMounts.length === 0 ? without(container, MOUNTS) : { ...container, volumeMounts };
}

/** The volumes that hold the token of a Pod's account, and nothing besides: anybody may give their name to what opens the node. */
export function tokenVolumesOf(spec: JsonObject): ReadonlySet<string> {
  const volumes = Array.isArray(spec['volumes']) ? (spec['volumes'] as readonly Json[]) : [];
  return new Set(
    volumes.flatMap((volume) => (isMapping(volume) && typeof volume['name'] === 'string' && isTokenVolume(volume['name']) && holdsToken(volume) ? [volume['name']] : [])),
  );
}

function holdsToken({ projected }: JsonObject): boolean {
  const sources = isMapping(projected) ? projected['sources'] : undefined;
  return Array.isArray(sources) && (sources as readonly Json[]).every((source) => isMapping(source) && Object.entries(source).every(isPartOfToken));
}

/** As the API server puts it together, on OpenShift too. */
function isPartOfToken([kind, source]: [string, Json | undefined]): boolean {
  if (kind === 'configMap') return isMapping(source) && (source['name'] === 'kube-root-ca.crt' || source['name'] === 'openshift-service-ca.crt');
  return kind === 'serviceAccountToken' || kind === 'downwardAPI';
}

/** Volumes or mounts, without those of some names. */
export function withoutNamed(list: Json | undefined, names: ReadonlySet<string>): readonly Json[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).filter((item) => !(isMapping(item) && typeof item['name'] === 'string' && names.has(item['name'])));
}

function pruneMetadata(metadata: Json | undefined): JsonObject {
  if (!isMapping(metadata)) return {};
  const kept: Record<string, Json | undefined> = {};
  for (const key of KEPT_METADATA) if (metadata[key] !== undefined) kept[key] = metadata[key];
  const annotations = kept['annotations'];
  if (isMapping(annotations) && Object.hasOwn(annotations, LAST_APPLIED)) kept['annotations'] = without(annotations, new Set([LAST_APPLIED]));
  return kept;
}

/** When the data of a Secret was written: its age is that of its value, and not that of the object. */
function lastWrites(metadata: Json | undefined): JsonObject {
  const entries = isMapping(metadata) ? metadata['managedFields'] : undefined;
  const writes = (Array.isArray(entries) ? (entries as readonly Json[]) : []).flatMap((entry): JsonObject[] => {
    const fields = isMapping(entry) ? entry['fieldsV1'] : undefined;
    return isMapping(entry) && isMapping(fields) && Object.hasOwn(fields, 'f:data') ? [{ time: entry['time'] ?? null, fieldsV1: { 'f:data': {} } }] : [];
  });
  return writes.length === 0 ? {} : { managedFields: writes };
}

function withoutValues(object: JsonObject, instead: '' | null = ''): JsonObject {
  return Object.fromEntries(Object.keys(object).map((key) => [key, instead]));
}

/** Keys are whatever somebody wrote, `__proto__` included: they are defined, not assigned. */
function without(object: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.has(key)));
}
