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
export function podDifferences(pod: JsonObject, written: JsonObject): readonly PodDifference[] {
  return [...differencesIn(pod, written)];
}

/** What a Pod shares with its node, or its containers with each other. */
const SHARED = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'];
/** What keeps it from something as long as it is false. */
const HELD_BACK = ['hostUsers', 'automountServiceAccountToken'];

function* differencesIn(pod: JsonObject, written: JsonObject): Generator<PodDifference> {
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
  for (const list of ['containers', 'initContainers']) yield* listDifferences(list, pod, written);
}

function accountOf(spec: JsonObject): string {
  return stringAt(spec, 'serviceAccountName') || stringAt(spec, 'serviceAccount') || 'default';
}

function* listDifferences(list: string, pod: JsonObject, written: JsonObject): Generator<PodDifference> {
  const running = named(pod, list);
  const templates = named(written, list);
  const podSecurity = objectAt(pod, 'securityContext');
  const writtenPodSecurity = objectAt(written, 'securityContext');
  for (const [name, { object }] of templates) {
    const found = running.get(name);
    if (found === undefined) yield differ([list], `container ${name} is missing`);
    else yield* containerDifferences(name, found.path, { own: found.object, podSecurity }, { own: object, podSecurity: writtenPodSecurity });
  }
  for (const [name, { object, path }] of running) if (!templates.has(name)) yield* addedContainerDifferences(name, path, { own: object, podSecurity });
}

function* volumeDifferences(pod: JsonObject, written: JsonObject): Generator<PodDifference> {
  const running = named(pod, 'volumes');
  const templates = named(written, 'volumes');
  for (const [name, { object }] of templates) {
    const found = running.get(name);
    // Whoever wrote the template copied it from a Pod, whose token is not read.
    if (found === undefined && isTokenVolume(name)) continue;
    if (found === undefined) yield differ(['volumes'], `volume ${name} is missing`);
    else if (!isKept(found.object, object)) yield differ(found.path, `volume ${name} is not as written`);
  }
  for (const [name, { object, path }] of running) {
    const hostPath = stringAt(objectAt(object, 'hostPath'), 'path');
    if (templates.has(name) || hostPath === '') continue;
    // Webhooks of monitoring add a folder with their socket to read from.
    if (exposesHost(hostPath) || isWritable(name, pod)) yield differ([...path, 'hostPath'], `volume ${name} is ${hostPath} of the node, and not in the template`);
  }
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
function named(spec: JsonObject, list: string): Map<string, { readonly object: JsonObject; readonly path: Path }> {
  return new Map(
    listAt(spec, list).map((item, index) => {
      const object = isObject(item) ? item : EMPTY;
      return [stringAt(object, 'name'), { object, path: [list, index] }];
    }),
  );
}
