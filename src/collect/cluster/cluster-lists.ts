import type { KubernetesObject, Reading } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import type { NeededResource } from '../../model/vocabulary.ts';
import type { KubeClient } from './client.ts';
import { type Discovered, discover, type ServedResource } from './discovery.ts';
import { type ListOutcome, ListReader, type Start } from './list-reader.ts';
import { LiveOrigin } from './live-origin.ts';

/** Where the lists of a cluster come from: its API server, or a recording. What becomes of them is the same. */
export interface ClusterLists {
  readonly name: string;
  /** How many were made so far. */
  readonly requests: number;
  /** Which of the wanted resources there are. */
  discover(wanted: readonly NeededResource[]): Promise<Discovered>;
  /** Gives every object of a resource to what `start` returns. Where that is forbidden for the whole cluster, the namespaces are tried. */
  list(served: ServedResource, namespaces: readonly string[], start: Start, onProgress?: (resource: string, objects: number) => void): Promise<ListOutcome>;
  /** Where an object stands, of which only a part was kept. */
  placeOf(object: JsonObject, kept: JsonObject, reading: Reading): Pick<KubernetesObject, 'origin' | 'at'>;
}

/** An API server. */
export class ServerLists implements ClusterLists {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  get name(): string {
    return this.#client.name;
  }

  get requests(): number {
    return this.#client.requests;
  }

  discover(wanted: readonly NeededResource[]): Promise<Discovered> {
    return discover(this.#client, wanted);
  }

  list(served: ServedResource, namespaces: readonly string[], start: Start, onProgress?: (resource: string, objects: number) => void): Promise<ListOutcome> {
    return new ListReader(this.#client, served, namespaces, onProgress).read(start);
  }

  placeOf(_: JsonObject, kept: JsonObject, reading: Reading): Pick<KubernetesObject, 'origin' | 'at'> {
    return { origin: new LiveOrigin(reading, kept), at: ROOT };
  }
}

const ROOT: readonly never[] = [];
