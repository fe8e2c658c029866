import type { Json, JsonObject } from '../../model/json.ts';
import { isMapping } from '../mapping.ts';
import { tokenVolumesOf, withoutNamed } from './prune.ts';

/**
 * Whether a Pod is what its owner's template says, leaving aside what every Pod gets: its node, its account, the token of it. What
 * is left was changed on the way: by a webhook, by a default of the namespace, by hand, or since the Pod was made.
 */
export function runsAsWritten(pod: JsonObject, template: JsonObject): boolean {
  const spec = mappingAt(pod, 'spec');
  const written = mappingAt(template, 'spec');
  const given = { tokens: tokenVolumesOf(spec), isOnHostNetwork: spec['hostNetwork'] === true };
  for (const key of Object.keys(spec)) {
    if (!GIVEN.has(key) && !isSamePart(key, spec[key], written[key], given)) return false;
  }
  for (const key of Object.keys(written)) {
    if (!GIVEN.has(key) && !Object.hasOwn(spec, key) && written[key] !== null) return false;
  }
  return isSameProfiles(annotationsOf(pod), annotationsOf(template));
}

/** What tells pruned Pods apart that are changed in different ways; equal for replicas that were changed alike. */
export function signatureOf(pod: JsonObject): string {
  const spec = mappingAt(pod, 'spec');
  const own = Object.entries(spec).flatMap(([key, value]) => (GIVEN.has(key) ? [] : [[key, key === 'volumes' ? withoutOwnClaims(pod, value) : value]]));
  return JSON.stringify([own, Object.entries(annotationsOf(pod)).filter(([key]) => PROFILES.test(key))]);
}

/** Each Pod of a StatefulSet has claims that are named after it. */
function withoutOwnClaims(pod: JsonObject, volumes: Json | undefined): readonly Json[] {
  const podName = nameOf(mappingAt(pod, 'metadata'));
  return listOf(volumes).map((volume) => {
    const claim = isMapping(volume) ? mappingAt(volume, 'persistentVolumeClaim')['claimName'] : undefined;
    return isMapping(volume) && claim === `${nameOf(volume)}-${podName}` ? { ...volume, persistentVolumeClaim: {} } : volume;
  });
}

/** What the API server gives to a Pod. */
interface Given {
  readonly tokens: ReadonlySet<string>;
  readonly isOnHostNetwork: boolean;
}

/** Set for each Pod by the scheduler, by its controller, or from its class. */
const GIVEN = new Set([
  ...['nodeName', 'nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints', 'schedulerName', 'schedulingGates', 'priority', 'priorityClassName'],
  ...['preemptionPolicy', 'hostname', 'subdomain', 'overhead', 'imagePullSecrets', 'enableServiceLinks', 'serviceAccount', 'restartPolicy', 'readinessGates'],
]);
const PROFILES = /^(?:container\.(?:apparmor|seccomp)\.|seccomp\.)/;

function isSamePart(key: string, running: Json | undefined, written: Json | undefined, given: Given): boolean {
  if (key === 'serviceAccountName') return running === (written ?? 'default');
  if (key === 'volumes') return isSameVolumes(withoutNamed(running, given.tokens), listOf(written));
  if (key === 'containers' || key === 'initContainers') return isSameContainers(listOf(running), listOf(written), given);
  return isSame(running, written);
}

function isSameContainers(running: readonly Json[], written: readonly Json[], given: Given): boolean {
  return running.length === written.length && running.every((container, index) => isSameContainer(container, written[index], given));
}

function isSameContainer(running: Json, written: Json | undefined, { tokens, isOnHostNetwork }: Given): boolean {
  if (!isMapping(running) || !isMapping(written)) return false;
  for (const key of Object.keys(running)) {
    if (key === 'volumeMounts' || (isOnHostNetwork && key === 'ports' && isSamePorts(listOf(running[key]), listOf(written[key])))) continue;
    if (!isSame(running[key], written[key]) && !(key === 'resources' && isSameResources(running[key], written[key]))) return false;
  }
  for (const key of Object.keys(written)) if (key !== 'volumeMounts' && !Object.hasOwn(running, key)) return false;
  return isSame(withoutNamed(running['volumeMounts'], tokens), listOf(written['volumeMounts']));
}

/** What a Pod has a limit for and does not ask for is asked for as much, which its template need not say. */
function isSameResources(running: Json | undefined, written: Json | undefined): boolean {
  if (!isMapping(running) || !isMapping(written)) return false;
  return isSame(running, { ...written, requests: { ...mappingAt(written, 'limits'), ...mappingAt(written, 'requests') } });
}

/** On the network of its node, a port of a Pod is one of the node, which its template need not say. */
function isSamePorts(running: readonly Json[], written: readonly Json[]): boolean {
  const filledIn = written.map((port) => (isMapping(port) && !Object.hasOwn(port, 'hostPort') ? { ...port, hostPort: port['containerPort'] ?? null } : port));
  return isSame(running, written) || isSame(running, filledIn);
}

/** A StatefulSet puts a claim of its own for each of its claim templates. */
function isSameVolumes(running: readonly Json[], written: readonly Json[]): boolean {
  const names = new Set(written.map(nameOf));
  const claimed = running.filter((volume) => !names.has(nameOf(volume)) && isMapping(volume) && isMapping(volume['persistentVolumeClaim']));
  return isSame(claimed.length === 0 ? running : running.filter((volume) => !claimed.includes(volume)), written);
}

function isSameProfiles(running: JsonObject, written: JsonObject): boolean {
  const keys = [...Object.keys(running), ...Object.keys(written)].filter((key) => PROFILES.test(key));
  return keys.every((key) => running[key] === written[key]);
}

export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item as Json, (b as readonly Json[])[index]));
  }
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame((a as JsonObject)[key], (b as JsonObject)[key]));
}

function annotationsOf(object: JsonObject): JsonObject {
  return mappingAt(mappingAt(object, 'metadata'), 'annotations');
}

function nameOf(item: Json): string {
  return isMapping(item) && typeof item['name'] === 'string' ? item['name'] : '';
}

function mappingAt(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isMapping(value) ? value : NOTHING;
}

const NOTHING: JsonObject = Object.freeze({});

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
