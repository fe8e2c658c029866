import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject } from '../model/json.ts';
import type { Absence } from '../model/subject.ts';
import { maskShapes } from '../sensitive.ts';
import { differ, type PodDifference } from './container-differences.ts';
import { podDifferences } from './pod-differences.ts';
import { type PodTemplate, podTemplatesOf } from './pods.ts';
import { isObject, listAt, objectAt, stringAt } from './read.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';

/** Kinds whose Pods are made from the template that they show, and through what. */
const MADE_THROUGH: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['apps/replicasets'],
  Rollout: ['apps/replicasets'],
  DeploymentConfig: ['replicationcontrollers'],
  CronJob: ['batch/jobs'],
  ReplicaSet: [],
  ReplicationController: [],
  StatefulSet: [],
  DaemonSet: [],
  Job: [],
};

/** Whether what runs is what its template says; null where nothing runs that has one, as in files; undefined where that cannot be told. */
export function runsAsWritten(resource: KubernetesObject, pod: PodTemplate, namespace: string, index: UnitIndex): boolean | null | undefined {
  if (resource.owner === undefined) return ownerRunsAsWritten(resource, pod, namespace, index);
  const differences = differencesOf(resource, pod);
  if (differences.length === 0) return true;
  return isOfOtherRevision(resource, resource.owner) || differences.every(({ isDoubtful }) => isDoubtful) ? undefined : false;
}

/** Pods that differ are judged beside it, each kind of them: of the others it is known that they do not. */
function ownerRunsAsWritten(resource: KubernetesObject, { isKnownKind }: PodTemplate, namespace: string, index: UnitIndex): true | null | undefined {
  const kind = stringAt(resource.value, 'kind');
  if (resource.origin.reading === undefined || !Object.hasOwn(MADE_THROUGH, kind)) return null;
  if (!isKnownKind && !(kind === 'Rollout' && stringAt(resource.value, 'apiVersion').startsWith('argoproj.io/'))) return null;
  if (listsOfPods(resource).some((list) => index.isWithheld(list, namespace))) return undefined;
  return resource.hasPods === true ? true : null;
}

/** Nobody mends more at once, and what is altogether different differs in all its variables. */
const MOST = 20;

/** What has to be listed to know which Pods an owner has; nothing where it is the Pod that is looked at. */
export function listsOfPods({ value, owner }: KubernetesObject): readonly string[] {
  const kind = stringAt(value, 'kind');
  return owner === undefined && Object.hasOwn(MADE_THROUGH, kind) ? ['pods', ...(MADE_THROUGH[kind] ?? [])] : [];
}

/** What a Pod that runs otherwise than its owner's template has otherwise than the template that it was made from. */
export function differencesOf({ owner, maker }: KubernetesObject, pod: PodTemplate): readonly PodDifference[] {
  const [template] = owner === undefined ? [] : podTemplatesOf((maker ?? owner).value);
  if (template === undefined) return NONE;
  const annotations = { running: objectAt(pod.metadata, 'annotations'), written: objectAt(template.metadata, 'annotations') };
  const inSpec = podDifferences(pod.spec, withoutClaimed(template.spec, owner), annotations).map((difference) => ({ ...difference, path: [...pod.specPath, ...difference.path] }));
  return [...annotationDifferences(pod, template), ...inSpec].slice(0, MOST).map((difference) => ({ ...difference, says: maskShapes(difference.says) }));
}

const NONE: readonly PodDifference[] = [];

/** A claim of a StatefulSet takes the place of the volume of its name. */
function withoutClaimed(spec: JsonObject, owner: KubernetesObject | undefined): JsonObject {
  if (owner === undefined || stringAt(owner.value, 'kind') !== 'StatefulSet') return spec;
  const claims = listAt(objectAt(owner.value, 'spec'), 'volumeClaimTemplates').map((claim) => (isObject(claim) ? stringAt(objectAt(claim, 'metadata'), 'name') : ''));
  if (claims.length === 0) return spec;
  return { ...spec, volumes: listAt(spec, 'volumes').filter((volume) => !(isObject(volume) && claims.includes(stringAt(volume, 'name')))) };
}

const PROFILES = /^(?:container\.(?:apparmor|seccomp)\.|seccomp\.)/;

/** Profiles of old stand in annotations. */
function annotationDifferences(pod: PodTemplate, template: PodTemplate): PodDifference[] {
  const running = objectAt(pod.metadata, 'annotations');
  const written = objectAt(template.metadata, 'annotations');
  return Object.keys(written)
    .filter((key) => PROFILES.test(key) && stringAt(running, key) !== stringAt(written, key))
    .map((key) => differ([...pod.metadataPath, 'annotations', key], `annotation ${key} is ${stringAt(running, key) || 'not set'} instead of ${stringAt(written, key)}`));
}

/**
 * Whether a Pod says itself that it was made from another template than its set has today: a rollout goes on, or waits for
 * somebody to delete the Pod. Templates of earlier revisions are not read.
 */
function isOfOtherRevision({ value }: KubernetesObject, owner: KubernetesObject): boolean {
  const labels = objectAt(objectAt(value, 'metadata'), 'labels');
  const revision = stringAt(labels, 'controller-revision-hash');
  if (revision === '') return false;
  if (stringAt(owner.value, 'kind') === 'StatefulSet') return revision !== stringAt(objectAt(owner.value, 'status'), 'updateRevision');
  // A DaemonSet tells only how often its template was changed.
  const generation = stringAt(objectAt(objectAt(owner.value, 'metadata'), 'annotations'), 'deprecated.daemonset.template.generation');
  return generation === '' || stringAt(labels, 'pod-template-generation') !== generation;
}

/** Why it is not known whether a Pod runs what its template says. */
export function unknownDifference(resource: KubernetesObject, pod: PodTemplate): Absence | undefined {
  if (resource.owner === undefined) return undefined;
  const name = nameOf(resource);
  if (isOfOtherRevision(resource, resource.owner)) {
    return {
      because: `Pod ${name} was made from an earlier template, which is not read`,
      hint: 'let the rollout end and scan again; with updateStrategy OnDelete it ends when the Pod is deleted',
    };
  }
  const [doubtful] = differencesOf(resource, pod);
  if (doubtful === undefined) return undefined;
  return {
    because: `${doubtful.says} in Pod ${name}, and whether the one is a copy of the other cannot be seen from here`,
    hint: 'name images by their digests, or name the registry that they are really pulled from',
  };
}
