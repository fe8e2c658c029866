import type { JsonObject, Path } from '../model/json.ts';
import { isTokenVolume } from '../pod-kinds.ts';
import { addedContainerDifferences, containerDifferences, differ, isKept, type PodDifference } from './container-differences.ts';
import { exposesHost } from './host-path.ts';
import { boolAt, EMPTY, field, isObject, listAt, objectAt, stringAt } from './read.ts';

/**
 * What a Pod has otherwise than the template that it was made from: what the template sets and the Pod does not keep, and what
 * gives power over the node and stands only in the Pod. It is none of these: what takes rights away; what webhooks, controllers
 * and defaults add beside what is written, such as a sidecar, variables and volumes of its own; resources and probes, which
 * autoscalers and meshes rewrite; debug containers, which nobody takes for a part of the template.
 */
export function podDifferences(pod: JsonObject, written: JsonObject, annotations: Annotations = NO_ANNOTATIONS): readonly PodDifference[] {
  return [...differencesIn(pod, written, annotations)];
}

/** Profiles of old stand in the annotations of a Pod and its template. */
export interface Annotations {
  readonly running: JsonObject;
  readonly written: JsonObject;
}
const NO_ANNOTATIONS: Annotations = { running: EMPTY, written: EMPTY };

/** What a Pod shares with its node, or its containers with each other. */
const SHARED = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'];
/** What keeps it from something as long as it is false. */
const HELD_BACK = ['hostUsers', 'automountServiceAccountToken'];

function* differencesIn(pod: JsonObject, written: JsonObject, annotations: Annotations): Generator<PodDifference> {
  for (const key of SHARED) if (boolAt(pod, key) === true && boolAt(written, key) !== true) yield differ([key], `${key} is true`);
  for (const key of HELD_BACK) if (boolAt(written, key) === false && boolAt(pod, key) !== false) yield differ([key], `${key} is no longer false`);
  const [account, namedAccount] = [accountOf(pod), accountOf(written)];
  if (account !== namedAccount) yield differ(['serviceAccountName'], `serviceAccountName is ${account} instead of ${namedAccount}`);
  const runtime = stringAt(written, 'runtimeClassName');
  if (runtime !== '' && stringAt(pod, 'runtimeClassName') !== runtime) {
    yield differ(['runtimeClassName'], `runtimeClassName is ${stringAt(pod, 'runtimeClassName') || 'not set'} instead of ${runtime}`);
  }
  if (!isKept(field(pod, 'hostAliases'), field(written, 'hostAliases'))) yield differ(['hostAliases'], 'hostAliases are not as written');
  const [security, writtenSecurity] = [objectAt(pod, 'securityContext'), objectAt(written, 'securityContext')];
  for (const key of ['fsGroup', 'supplementalGroups', 'sysctls']) {
    if (!isKept(field(security, key), field(writtenSecurity, key))) yield differ(['securityContext', key], `${key} of the pod's securityContext is not as written`);
  }
  yield* volumeDifferences(pod, written);
  for (const list of ['containers', 'initContainers']) yield* listDifferences(list, pod, written, annotations);
}

function accountOf(spec: JsonObject): string {
  return stringAt(spec, 'serviceAccountName') || stringAt(spec, 'serviceAccount') || 'default';
}

function* listDifferences(list: string, pod: JsonObject, written: JsonObject, annotations: Annotations): Generator<PodDifference> {
  const running = named(pod, list);
  const templates = named(written, list);
  const podSecurity = objectAt(pod, 'securityContext');
  const writtenPodSecurity = objectAt(written, 'securityContext');
  // Whoever has the network of the node opens its ports as it likes, and the API server says so of each.
  const isOnHostNetwork = boolAt(pod, 'hostNetwork') === true;
  const sidecars = list === 'containers' ? sidecarsOf(pod) : NOBODY;
  const regular = list === 'initContainers' ? named(written, 'containers') : NOBODY;
  for (const [name, { object }] of templates) {
    const found = running.get(name) ?? sidecars.get(name);
    if (found === undefined) yield differ([list], `container ${name} is missing`);
    else {
      const now = { own: found.object, podSecurity, annotations: annotations.running };
      yield* containerDifferences(name, found.path, now, { own: object, podSecurity: writtenPodSecurity, annotations: annotations.written }, isOnHostNetwork);
    }
  }
  for (const [name, { object, path }] of running) {
    if (templates.has(name) || (regular.has(name) && isSidecar(object))) continue;
    yield* addedContainerDifferences(name, path, { own: object, podSecurity, annotations: annotations.running }, isOnHostNetwork);
  }
}

type Named = ReadonlyMap<string, { readonly object: JsonObject; readonly path: Path }>;
const NOBODY: Named = new Map();

/** Init containers that run as long as the others do. A mesh makes one of the container that a template holds a place for. */
function sidecarsOf(pod: JsonObject): Named {
  return new Map([...named(pod, 'initContainers')].filter(([, { object }]) => isSidecar(object)));
}

function isSidecar(container: JsonObject): boolean {
  return stringAt(container, 'restartPolicy') === 'Always';
}

function* volumeDifferences(pod: JsonObject, written: JsonObject): Generator<PodDifference> {
  const running = named(pod, 'volumes');
  const templates = named(written, 'volumes');
  for (const [name, { object }] of templates) {
    const found = running.get(name);
    // Whoever wrote the template copied it from a Pod, whose token is not read.
    if (found === undefined && isTokenVolume(name)) continue;
    if (found === undefined) yield differ(['volumes'], `volume ${name} is missing`);
    else if (!isSameVolume(found.object, object)) yield differ(found.path, `volume ${name} is not as written`);
  }
  for (const [name, { object, path }] of running) {
    const hostPath = stringAt(objectAt(object, 'hostPath'), 'path');
    if (hostPath === '') continue;
    if (templates.has(name)) {
      if (isWritable(name, pod) && !isWritable(name, written)) yield differ(path, `volume ${name} is no longer mounted only to read`);
      continue;
    }
    // Webhooks of monitoring add a folder with their socket to read from.
    if (exposesHost(hostPath) || isWritable(name, pod)) yield differ([...path, 'hostPath'], `volume ${name} is ${hostPath} of the node, and not in the template`);
  }
}

/** It comes from where it is written, which is an empty folder where nothing is. */
function isSameVolume(running: JsonObject, written: JsonObject): boolean {
  const sourcesOf = (volume: JsonObject): string[] => Object.keys(volume).filter((key) => key !== 'name' && isObject(field(volume, key)));
  const sources = sourcesOf(written);
  return isKept(running, written) && sourcesOf(running).every((source) => (sources.length === 0 ? source === 'emptyDir' : sources.includes(source)));
}

function isWritable(volume: string, pod: JsonObject): boolean {
  return ['containers', 'initContainers', 'ephemeralContainers'].some((list) =>
    listAt(pod, list).some(
      (container) =>
        isObject(container) && listAt(container, 'volumeMounts').some((mount) => isObject(mount) && stringAt(mount, 'name') === volume && boolAt(mount, 'readOnly') !== true),
    ),
  );
}

/** The items of a list by name, each with its place. */
function named(spec: JsonObject, list: string): Named {
  return new Map(
    listAt(spec, list).map((item, index) => {
      const object = isObject(item) ? item : EMPTY;
      return [stringAt(object, 'name'), { object, path: [list, index] }];
    }),
  );
}
