import type { JsonObject } from '../../model/json.ts';
import { isMapping } from '../mapping.ts';
import type { KubeClient } from './client.ts';
import { nameOfResource, type ServedResource } from './discovery.ts';
import { KubeError } from './kube-error.ts';
import type { ListPage } from './list-page.ts';

/** Why a list, or a part of one, could not be read. */
export interface ListFault {
  readonly because: string;
  readonly hint: string;
  /** The reading came to its end before the list did: all that were left say the same. */
  readonly ended?: KubeError;
}

/** How one resource was read. */
export interface ListOutcome {
  /** How many objects came, kept or not. */
  readonly objects: number;
  readonly readAt: string;
  /** What is missing; empty where nothing is. */
  readonly faults: readonly ListFault[];
  /** The namespaces that were read in full. */
  readonly readNamespaces: 'all' | readonly string[];
}

/** Begins a list anew, forgetting what came of it so far; what it returns takes the objects one by one. */
export type Start = () => (object: JsonObject) => void;

const PAGE = 500;
/** A list that goes out of date so often is larger than what the API server can keep. */
const MOST_RESTARTS = 3;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const METADATA_ONLY_OF_ONE = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** Facts read only names and labels of these. */
const NAMED_ONLY: ReadonlySet<string> = new Set(['namespaces']);

/** Reads all objects of one resource: of the whole cluster, or where that is forbidden, of single namespaces. */
export class ListReader {
  readonly #client: KubeClient;
  readonly #served: ServedResource;
  readonly #namespaces: readonly string[];
  readonly #onProgress: ((resource: string, objects: number) => void) | undefined;
  readonly #name: string;
  #objects = 0;

  constructor(client: KubeClient, served: ServedResource, namespaces: readonly string[], onProgress?: (resource: string, objects: number) => void) {
    this.#client = client;
    this.#served = served;
    this.#namespaces = namespaces;
    this.#onProgress = onProgress;
    this.#name = nameOfResource(served);
  }

  async read(start: Start): Promise<ListOutcome> {
    const readAt = new Date().toISOString();
    try {
      await this.#readPages(this.#served.path, start);
      return { objects: this.#objects, readAt, faults: [], readNamespaces: 'all' };
    } catch (error) {
      const fault = asKubeError(error);
      if (fault.fault !== 'forbidden' || this.#namespaces.length === 0 || !(this.#served.isNamespaced || this.#name === 'namespaces')) {
        return { objects: this.#objects, readAt, faults: [this.#explain(fault, '')], readNamespaces: [] };
      }
      return { ...(await this.#readByNamespace(start)), readAt };
    }
  }

  async #readByNamespace(start: Start): Promise<Omit<ListOutcome, 'readAt'>> {
    const take = start();
    const faults: ListFault[] = [];
    const readNamespaces: string[] = [];
    let objects = 0;
    for (const namespace of this.#namespaces) {
      // What comes of a namespace counts only once it came to its end.
      let found: JsonObject[] = [];
      const restart = (): ((object: JsonObject) => void) => {
        found = [];
        return (object) => found.push(object);
      };
      try {
        if (this.#served.isNamespaced) await this.#readPages(this.#pathIn(namespace), restart);
        else found = [await this.#client.get(`${this.#served.path}/${encodeURIComponent(namespace)}`, {}, METADATA_ONLY_OF_ONE)];
        readNamespaces.push(namespace);
      } catch (error) {
        faults.push(this.#explain(asKubeError(error), namespace));
      }
      for (const object of found) take(object);
      objects += found.length;
    }
    return { objects, faults, readNamespaces };
  }

  async #readPages(path: string, start: Start): Promise<void> {
    const accept = NAMED_ONLY.has(this.#name) ? METADATA_ONLY : undefined;
    for (let restarts = 0; ; restarts++) {
      this.#objects = 0;
      const take = start();
      try {
        for await (const page of this.#client.pages(path, {}, PAGE, accept)) this.#takePage(page, take);
        return;
      } catch (error) {
        if (!(error instanceof KubeError) || error.fault !== 'expired' || restarts === MOST_RESTARTS) throw error;
      }
    }
  }

  #takePage({ items }: ListPage, take: (object: JsonObject) => void): void {
    for (const item of items) {
      if (!isMapping(item)) continue;
      take(item);
      this.#objects++;
    }
    this.#onProgress?.(this.#name, this.#objects);
  }

  #pathIn(namespace: string): string {
    const { path, resource } = this.#served;
    return `${path.slice(0, -resource.length)}namespaces/${encodeURIComponent(namespace)}/${resource}`;
  }

  /** Names what was asked for, as `kubectl auth can-i` does. */
  #explain(error: KubeError, namespace: string): ListFault {
    const { fault, message, hint } = error;
    const ended = fault === 'interrupted' || fault === 'out-of-time' ? { ended: error } : {};
    const { group, resource, isNamespaced } = this.#served;
    const verb = namespace !== '' && !isNamespaced ? 'get' : 'list';
    const where = namespace !== '' ? ` in namespace ${namespace}` : isNamespaced ? ' in all namespaces' : '';
    const what = `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
    return { because: fault === 'forbidden' ? `${what} is forbidden (403)` : `${what}: ${message}`, hint, ...ended };
  }
}

function asKubeError(error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  // An item of a page that is otherwise whole.
  if (error instanceof SyntaxError) return new KubeError('malformed', 'its answer is no JSON', 'scan again; a proxy in between may change answers');
  throw error;
}
