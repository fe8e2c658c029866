import type { Gap, KubernetesObject, ReadList, Source, Unit } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import type { NeededResource } from '../../model/vocabulary.ts';
import { POD_RESOURCES, POD_WRAPPERS } from '../../pod-kinds.ts';
import { isMapping } from '../mapping.ts';
import type { ClusterLists } from './cluster-lists.ts';
import { type Discovered, nameOfResource, type ServedResource } from './discovery.ts';
import { FormerRevisions } from './former-revisions.ts';
import { inParallel } from './in-parallel.ts';
import { KubeError } from './kube-error.ts';
import type { ListOutcome, Start } from './list-reader.ts';
import { Owners, PodFolder } from './owners.ts';
import { prune } from './prune.ts';
import { ClusterReading } from './reading.ts';

export interface ClusterScope {
  /** What is listed. */
  readonly resources: readonly NeededResource[];
  /** Namespaces that findings are asked for; undefined for all. Lists that are forbidden for the whole cluster are tried there. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** What the API server says of itself. */
  readonly version: string;
  readonly onProgress: ((resource: string, objects: number) => void) | undefined;
}

/** What was read of one cluster. */
export interface CollectedCluster {
  readonly unit: Unit;
  readonly source: Source;
  readonly gaps: readonly Gap[];
}

/** Lists at a time: more would only wait for each other in the API server. */
const PARALLEL_LISTS = 4;

/** Reads a live cluster. Never throws for what the cluster does: what could not be read is a gap. */
export async function collectCluster(lists: ClusterLists, scope: ClusterScope): Promise<CollectedCluster> {
  const collection = new ClusterCollection(lists, scope);
  await collection.read();
  return collection.result();
}

/** A cluster that does not answer, or that lets nobody in. */
export function unreadCluster(lists: ClusterLists, scope: ClusterScope, failure: KubeError): CollectedCluster {
  const collection = new ClusterCollection(lists, scope);
  collection.fail(failure);
  return collection.result();
}

class ClusterCollection {
  readonly #from: ClusterLists;
  readonly #scope: ClusterScope;
  readonly #reading: ClusterReading;
  readonly #lists: ReadList[] = [];
  readonly #gaps: Gap[] = [];
  readonly #unread: string[] = [];
  #ended: KubeError | undefined;
  #resources: KubernetesObject[] = [];

  constructor(from: ClusterLists, scope: ClusterScope) {
    this.#from = from;
    this.#scope = scope;
    this.#reading = new ClusterReading(from.name, scope.version, scope.namespaces);
  }

  result(): CollectedCluster {
    const { name, requests } = this.#from;
    const { namespaces } = this.#scope;
    const objects = this.#lists.reduce((sum, list) => sum + list.objects, 0);
    const lists = this.#lists.sort((a, b) => (a.resource < b.resource ? -1 : 1));
    return {
      unit: { kind: 'cluster', name, resources: this.#resources, reading: this.#reading },
      source: {
        kind: 'cluster',
        target: name,
        resources: objects,
        files: 0,
        ignored: 0,
        requests,
        lists,
        ...(namespaces === undefined ? {} : { namespaces: [...namespaces].sort() }),
      },
      // Lists end in another order each time; what is told of them keeps its own.
      gaps: [...this.#gaps.sort((a, b) => (a.because < b.because ? -1 : 1)), ...this.#untimely()],
    };
  }

  /** One gap for all lists that the end of the reading left unread. */
  #untimely(): Gap[] {
    if (this.#ended === undefined) return [];
    return [{ about: this.#from.name, because: `${this.#ended.message} before these were read: ${this.#unread.sort().join(', ')}`, hint: this.#ended.hint }];
  }

  async read(): Promise<void> {
    const discovered = await this.#discover();
    if (discovered === undefined) return;
    const { served, unanswered } = discovered;
    const mayExist = new Set([...served, ...unanswered].map(nameOfResource));
    for (const resource of this.#scope.resources.map(nameOfResource)) if (!mayExist.has(resource)) this.#reading.completed(resource);
    this.#tellUnanswered(unanswered);
    // Pods come last: most of them say nothing that their owners do not say, and are let go as they arrive.
    const pods = served.find((resource) => nameOfResource(resource) === 'pods');
    const lists = await this.#readAll(served.filter((resource) => resource !== pods));
    const owners = new Owners();
    const makers = new Set(lists.flatMap((list) => (MAKERS.has(nameOfResource(list.served)) ? list.objects : [])));
    const settled = new Set(owners.settle([...makers]));
    owners.remember(lists.flatMap(({ former }) => former));
    this.#resources = lists.flatMap(({ objects }) => objects.filter((object) => !makers.has(object) || settled.has(object)));
    if (pods !== undefined) await this.#readPods(pods, owners);
  }

  /** Nothing of it could be read. */
  fail(failure: KubeError): void {
    const reason = { because: `the cluster could not be read: ${failure.message}`, hint: failure.hint };
    this.#reading.failedWhole(reason);
    this.#gaps.push({ about: this.#from.name, ...reason });
  }

  /** What there is to list; undefined where the cluster does not let itself be read at all. */
  async #discover(): Promise<Discovered | undefined> {
    try {
      return await this.#from.discover(this.#scope.resources);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      this.fail(error);
      return undefined;
    }
  }

  /** One gap for each group: what answers for it is down, and whether anything of it is there is not known. */
  #tellUnanswered(resources: readonly NeededResource[]): void {
    for (const [group, ofGroup] of Map.groupBy(resources, (resource) => resource.group)) {
      const names = ofGroup.map(({ resource }) => resource).sort();
      const reason = {
        because: `list ${names.join(', ')} of ${group}: the server that answers for this group is down`,
        hint: 'kubectl get apiservices says which one; start it and scan again',
      };
      for (const resource of ofGroup) this.#reading.failed(nameOfResource(resource), reason);
      this.#gaps.push({ about: this.#from.name, ...reason });
    }
  }

  async #readAll(served: readonly ServedResource[]): Promise<ReadResource[]> {
    return inParallel(PARALLEL_LISTS, served, (resource) => this.#readOne(resource));
  }

  async #readOne(served: ServedResource): Promise<ReadResource> {
    let objects: KubernetesObject[] = [];
    let former = new FormerRevisions();
    const start = (): ((object: JsonObject) => void) => {
      const found: KubernetesObject[] = [];
      const revisions = new FormerRevisions();
      objects = found;
      former = revisions;
      return (object) => {
        if (!isOutOfUse(served, object)) found.push(this.#resource(object, served));
        else revisions.add(object, () => this.#resource(object, served));
      };
    };
    this.#tell(served, await this.#list(served, start));
    return { served, objects, former: former.latest };
  }

  async #readPods(served: ServedResource, owners: Owners): Promise<void> {
    let kept: KubernetesObject[] = [];
    let folder = new PodFolder(owners);
    const start = (): ((object: JsonObject) => void) => {
      const found: KubernetesObject[] = [];
      const folding = new PodFolder(owners);
      kept = found;
      folder = folding;
      return (object) => {
        const owner = folding.ownerToJudge(object, phaseOf(object));
        if (owner === undefined) return;
        const pod = this.#resource(object, served);
        const maker = owners.makerOf(object);
        found.push(owner === 'itself' ? pod : maker === undefined ? { ...pod, owner } : { ...pod, owner, maker });
      };
    };
    const outcome = await this.#list(served, start);
    this.#tell(served, outcome);
    // Of some of the Pods it does not follow that none runs as written.
    const overridden = outcome.faults.length === 0 ? folder.overridden : NOBODY;
    const { running } = folder;
    const owned = new Map([...running].map((owner) => [owner, { ...owner, hasPods: true, isOverridden: overridden.has(owner) }]));
    const ofOwners = kept.map((pod) => (pod.owner === undefined ? pod : { ...pod, owner: owned.get(pod.owner) ?? pod.owner }));
    this.#resources = [...this.#resources.map((resource) => owned.get(resource) ?? resource), ...ofOwners];
  }

  async #list(served: ServedResource, start: Start): Promise<ListOutcome> {
    const { namespaces, onProgress } = this.#scope;
    return this.#from.list(served, [...(namespaces ?? [])], start, onProgress);
  }

  #tell(served: ServedResource, { objects, readAt, faults, readNamespaces }: ListOutcome): void {
    const resource = nameOfResource(served);
    this.#lists.push({ resource, objects, readAt });
    if (faults.length === 0 && readNamespaces === 'all') this.#reading.completed(resource);
    else
      this.#reading.failed(
        resource,
        faults[0] ?? { because: `${resource} of other namespaces may not be listed`, hint: 'let them be listed in the whole cluster' },
        readNamespaces,
      );
    for (const { because, hint, ended } of faults) {
      if (ended === undefined) this.#gaps.push({ about: this.#from.name, because, hint });
      else this.#unread.push(resource);
      this.#ended ??= ended;
    }
  }

  #resource(object: JsonObject, served: ServedResource): KubernetesObject {
    const value = prune(object, served);
    const { origin, at } = this.#from.placeOf(object, value, this.#reading);
    return { type: 'kubernetes', value, origin, at, duplicateKeys: NO_KEYS };
  }
}

/** What came of one list. */
interface ReadResource {
  readonly served: ServedResource;
  readonly objects: readonly KubernetesObject[];
  readonly former: readonly KubernetesObject[];
}

const NOBODY: ReadonlySet<KubernetesObject> = new Set();
const NO_KEYS: readonly never[] = [];

/** What makes Pods, and is made by others that do. */
const MAKERS: ReadonlySet<string> = new Set([...POD_RESOURCES, ...POD_WRAPPERS].filter((resource) => resource !== 'pods' && resource !== 'podtemplates'));

/** Former revisions of a Deployment, kept for a rollback: they make nothing, and there are ten of each. */
function isOutOfUse({ resource }: ServedResource, object: JsonObject): boolean {
  if (resource !== 'replicasets' && resource !== 'replicationcontrollers') return false;
  const { spec, metadata } = object;
  return isMapping(spec) && spec['replicas'] === 0 && isMapping(metadata) && Array.isArray(metadata['ownerReferences']);
}

function phaseOf(pod: JsonObject): string {
  const { status } = pod;
  return isMapping(status) && typeof status['phase'] === 'string' ? status['phase'] : '';
}
