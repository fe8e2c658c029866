import type { KubernetesObject } from '../../model/inventory.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { BUILT_IN_GROUP, POD_KINDS } from '../../pod-kinds.ts';
import { isMapping } from '../mapping.ts';
import { prune } from './prune.ts';
import { isSame, runsAsWritten, signatureOf } from './runs-as-written.ts';

/**
 * Who makes whose Pods. Each workload is told once, by the object that a person wrote: the ReplicaSets and Jobs below it, and
 * the Pods that run as its template says, are let go.
 */
export class Owners {
  /** By uid: the outermost owner that was read. */
  readonly #roots = new Map<string, KubernetesObject>();
  /** By uid: what makes Pods of another template than its owner's, as in the middle of a rollout. The others are let go. */
  readonly #makers = new Map<string, KubernetesObject>();

  /** Takes what makes Pods; gives back what is nobody else's. */
  settle(resources: readonly KubernetesObject[]): KubernetesObject[] {
    const byUid = new Map(resources.map((resource) => [uidOf(resource.value), resource]));
    for (const [uid, resource] of byUid) {
      const root = climb(resource, byUid);
      if (root === undefined) continue;
      this.#roots.set(uid, root);
      if (root !== resource && !isSame(templateOf(resource.value)?.['spec'], templateOf(root.value)?.['spec'])) this.#makers.set(uid, resource);
    }
    return resources.filter((resource) => this.#roots.get(uidOf(resource.value)) === resource);
  }

  /** Takes former revisions: they make nothing any more, and are told with nothing, but a Pod of theirs may still be ending. */
  remember(former: readonly KubernetesObject[]): void {
    for (const revision of former) {
      const root = this.#roots.get(controllerOf(revision.value));
      if (root === undefined) continue;
      this.#roots.set(uidOf(revision.value), root);
      if (!isSame(templateOf(revision.value)?.['spec'], templateOf(root.value)?.['spec'])) this.#makers.set(uidOf(revision.value), revision);
    }
  }

  /** The owner of a Pod, if it was read. */
  ownerOf(pod: JsonObject): KubernetesObject | undefined {
    return this.#roots.get(controllerOf(pod));
  }

  /** What made a Pod from another template than that of its owner. */
  makerOf(pod: JsonObject): KubernetesObject | undefined {
    return this.#makers.get(controllerOf(pod));
  }
}

function climb(resource: KubernetesObject, byUid: ReadonlyMap<string, KubernetesObject>): KubernetesObject | undefined {
  let root = resource;
  // Nobody nests deeper, and hostile references may lead in a circle.
  for (let depth = 0; depth < 5; depth++) {
    const owner = byUid.get(controllerOf(root.value));
    if (owner === undefined || templateOf(owner.value) === undefined) return root;
    root = owner;
  }
  return root;
}

const POD = { apiVersion: 'v1', kind: 'Pod', resource: 'pods' };

/** Folds the Pods of one list, page by page. */
export class PodFolder {
  readonly #owners: Owners;
  readonly #seen = new Map<KubernetesObject, Set<string>>();
  readonly #asWritten = new Set<KubernetesObject>();

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  /** The owner in whose name this Pod is to be judged; `itself` where it has none; undefined where it says nothing new. */
  ownerToJudge(pod: JsonObject, phase: string): KubernetesObject | 'itself' | undefined {
    const owner = this.#owners.ownerOf(pod);
    if (owner === undefined) return 'itself';
    // It runs no more, and its owner says what will run next.
    if (phase === 'Succeeded' || phase === 'Failed') return undefined;
    const template = templateOf(owner.value);
    if (template === undefined || runsAsWritten(pod, template)) {
      this.#asWritten.add(owner);
      return undefined;
    }
    const signatures = this.#seen.get(owner) ?? new Set();
    this.#seen.set(owner, signatures);
    const before = signatures.size;
    return signatures.add(this.#signatureOf(pod)).size > before ? owner : undefined;
  }

  /** Owners of which Pods run. */
  get running(): ReadonlySet<KubernetesObject> {
    return new Set([...this.#seen.keys(), ...this.#asWritten]);
  }

  /** Owners of which Pods run, and none of them as its template says: what runs is then what counts. */
  get overridden(): ReadonlySet<KubernetesObject> {
    return new Set([...this.#seen.keys()].filter((owner) => !this.#asWritten.has(owner)));
  }

  /** Equal Pods of two revisions are not the same: one of them is what its template says, and the other was changed. */
  #signatureOf(pod: JsonObject): string {
    const revision = this.#owners.makerOf(pod) === undefined ? revisionOf(pod) : controllerOf(pod);
    return `${revision}\n${signatureOf(prune(pod, POD))}`;
  }
}

/** Of kinds whose template is known; what a custom resource holds may be only part of the pods that it makes. */
function templateOf(object: JsonObject): JsonObject | undefined {
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return undefined;
  const isRollout = kind === 'Rollout' && apiVersion.startsWith('argoproj.io/');
  const path = isRollout ? POD_KINDS['Deployment'] : BUILT_IN_GROUP.test(apiVersion) && Object.hasOwn(POD_KINDS, kind) ? POD_KINDS[kind] : undefined;
  let value: Json | undefined = path === undefined ? undefined : object;
  for (const step of path ?? []) value = isMapping(value) ? value[String(step)] : undefined;
  // A Rollout may take its template from a Deployment.
  return isMapping(value) && isMapping(value['spec']) ? value : undefined;
}

/** As StatefulSets and DaemonSets mark their Pods. */
function revisionOf({ metadata }: JsonObject): string {
  const labels = isMapping(metadata) ? metadata['labels'] : undefined;
  const revision = isMapping(labels) ? labels['controller-revision-hash'] : undefined;
  return typeof revision === 'string' ? revision : '';
}

function uidOf(object: JsonObject): string {
  const metadata = object['metadata'];
  return isMapping(metadata) && typeof metadata['uid'] === 'string' ? metadata['uid'] : '';
}

export function controllerOf(object: JsonObject): string {
  const metadata = object['metadata'];
  const references = isMapping(metadata) ? metadata['ownerReferences'] : undefined;
  for (const reference of Array.isArray(references) ? (references as readonly Json[]) : []) {
    if (isMapping(reference) && reference['controller'] === true && typeof reference['uid'] === 'string') return reference['uid'];
  }
  return '';
}
