import type { ExcerptLine, Gap, Inventory, KubernetesObject, Location, Origin, Reading } from '../../model/inventory.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { NeededResource } from '../../model/vocabulary.ts';
import { collectManifests } from '../manifests.ts';
import { entryOf, isMapping } from '../mapping.ts';
import { collectCluster } from './cluster.ts';
import type { ClusterLists } from './cluster-lists.ts';
import { type Discovered, nameOfResource, type ServedResource } from './discovery.ts';
import type { ListOutcome, Start } from './list-reader.ts';

/** What a file or folder holds of a cluster, as `kubectl get -o yaml` printed it. */
export interface RecordedRequest {
  readonly path: string;
  /** What it is called in whatever is told of it. */
  readonly name: string;
  /** What its API server says of itself (`v1.36.3`); empty where it does not. */
  readonly version: string;
}

/**
 * A cluster that was written down. It goes the way of a live one, so that what a policy says of objects that only a cluster has
 * can be tried without one. The answer with which an API server refuses a list (`kind: Status`, `code: 403`) stands for the list.
 */
export class RecordedCluster {
  readonly versions: ReadonlyMap<string, string>;
  readonly defaultNamespace = 'default';
  readonly readSecrets: boolean;
  readonly #request: RecordedRequest;
  readonly #objects: readonly KubernetesObject[];
  readonly #gaps: readonly Gap[];

  constructor(request: RecordedRequest) {
    this.#request = request;
    const { units, gaps } = collectManifests({ paths: [request.path], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: false });
    this.versions = new Map([[request.name, request.version]]);
    this.#objects = units.flatMap(({ resources }) => resources.filter((resource) => resource.type === 'kubernetes'));
    this.#gaps = gaps;
    this.readSecrets = this.#objects.some(({ value }) => value['kind'] === 'Secret');
  }

  async read(resources: readonly NeededResource[]): Promise<Inventory> {
    const { name, version } = this.#request;
    const lists = new RecordedLists(name, this.#objects, resources);
    const { unit, source, gaps } = await collectCluster(lists, { resources, namespaces: undefined, version, onProgress: undefined });
    return { units: [unit], sources: [source], gaps: [...this.#gaps, ...lists.unlisted(), ...gaps] };
  }
}

class RecordedLists implements ClusterLists {
  readonly name: string;
  readonly requests = 0;
  readonly #recorded = new Map<JsonObject, KubernetesObject>();
  readonly #refused = new Set<string>();
  readonly #byResource = new Map<string, { served: ServedResource; objects: JsonObject[] }>();
  readonly #unlisted: KubernetesObject[] = [];

  constructor(name: string, objects: readonly KubernetesObject[], wanted: readonly NeededResource[]) {
    this.name = name;
    for (const object of objects) {
      this.#recorded.set(object.value, object);
      const resource = wanted.find((each) => holds(each, object.value));
      if (resource === undefined) {
        this.#unlisted.push(object);
        continue;
      }
      const { value } = object;
      const known = this.#byResource.get(nameOfResource(resource));
      const isRefusal = value['kind'] === 'Status';
      if (isRefusal) this.#refused.add(nameOfResource(resource));
      if (known === undefined) {
        const served = { ...resource, apiVersion: textAt(value, 'apiVersion'), kind: textAt(value, 'kind'), path: '' };
        this.#byResource.set(nameOfResource(resource), { served, objects: isRefusal ? [] : [value] });
      } else if (!isRefusal) known.objects.push(value);
    }
  }

  async discover(): Promise<Discovered> {
    return { served: [...this.#byResource.values()].map(({ served }) => served), unanswered: [] };
  }

  async list(served: ServedResource, _: readonly string[], start: Start): Promise<ListOutcome> {
    const name = nameOfResource(served);
    const take = start();
    const objects = this.#refused.has(name) ? [] : (this.#byResource.get(name)?.objects ?? []);
    for (const object of objects) take(object);
    const faults = this.#refused.has(name) ? [{ because: `list ${served.resource} is forbidden (403)`, hint: 'ask for the right' }] : [];
    return { objects: objects.length, readAt: new Date().toISOString(), faults, readNamespaces: faults.length === 0 ? 'all' : [] };
  }

  placeOf(object: JsonObject, _: JsonObject, reading: Reading): Pick<KubernetesObject, 'origin' | 'at'> {
    const { origin, at } = this.#recorded.get(object) as KubernetesObject;
    return { origin: new RecordedOrigin(reading, origin), at };
  }

  /** What no policy of the run lists would not be read of a live cluster: it proves nothing here. */
  unlisted(): Gap[] {
    return this.#unlisted.map(({ value, origin, at }) => ({
      about: origin.file ?? '',
      because: `nothing that these policies read is a ${textAt(value, 'kind')}, so that no cluster is asked for it`,
      hint: 'leave it out, or say in the vocabulary which fact reads it',
      location: origin.locate([...at, 'kind']),
    }));
  }
}

/** Whether an object is of a resource, or the refusal to list it. */
function holds({ group, resource }: NeededResource, object: JsonObject): boolean {
  const kind = textAt(object, 'kind');
  const details = entryOf(object, 'details');
  if (kind === 'Status' && isMapping(details)) return textAt(details, 'kind') === resource && textAt(details, 'group') === group;
  const apiVersion = textAt(object, 'apiVersion');
  const slash = apiVersion.indexOf('/');
  return apiVersion.slice(0, Math.max(0, slash)) === group && pluralsOf(kind.toLowerCase()).includes(resource);
}

/** An API server tells the plurals of its kinds; these are how they are made. */
function pluralsOf(kind: string): string[] {
  return [kind, `${kind}s`, `${kind}es`, kind.replace(/y$/, 'ies')];
}

function textAt(object: JsonObject, key: string): string {
  const value: Json | undefined = entryOf(object, key);
  return typeof value === 'string' ? value : '';
}

/** An object of a cluster that stands in a file. */
class RecordedOrigin implements Origin {
  readonly reading: Reading;
  readonly #document: Origin;

  constructor(reading: Reading, document: Origin) {
    this.reading = reading;
    this.#document = document;
  }

  get view(): string {
    return `live:${this.reading.cluster}`;
  }

  locate(path: Path): Location {
    return this.#document.locate(path);
  }

  excerpt(location: Location): readonly ExcerptLine[] {
    return this.#document.excerpt(location);
  }
}
