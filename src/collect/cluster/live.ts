import { setMaxListeners } from 'node:events';
import type { Inventory } from '../../model/inventory.ts';
import type { NeededResource } from '../../model/vocabulary.ts';
import { KubeClient } from './client.ts';
import { type CollectedCluster, collectCluster, unreadCluster } from './cluster.ts';
import { ServerLists } from './cluster-lists.ts';
import { inParallel } from './in-parallel.ts';
import { KubeError } from './kube-error.ts';
import type { ClusterTarget } from './kubeconfig.ts';

/** What the user asked to be read from clusters. */
export interface LiveRequest {
  readonly targets: readonly ClusterTarget[];
  /** Namespaces that findings are asked for; empty for that of the context, or those of the manifests in the same run. */
  readonly namespaces: readonly string[];
  readonly allNamespaces: boolean;
  /** Without it, no call of any kind is made for Secrets. */
  readonly readSecrets: boolean;
  /** Requests a second to each cluster; 0 for no limit. */
  readonly qps: number;
  /** Clusters read at a time. */
  readonly parallel: number;
  /** How long reading may take altogether. */
  readonly timeoutMs: number;
  /** Calls back when the user has seen enough; what it returns ends the listening. */
  readonly onInterrupt: (interrupt: () => void) => () => void;
  readonly progress?: Progress;
}

/** Whoever wants to see that something is going on. */
export interface Progress {
  listing(resource: string, objects: number): void;
  done(): void;
}

/** Clusters that are being read. Unusable kubeconfigs are thrown as the user's to mend; what a cluster does never is. */
export class LiveClusters {
  readonly #request: LiveRequest;
  readonly #targets: readonly ClusterTarget[];
  readonly #clients: readonly KubeClient[];
  readonly #failures = new Map<KubeClient, KubeError>();
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ignoreInterrupts: () => void;
  readonly #onProgress = (resource: string, objects: number): void => this.#request.progress?.listing(resource, objects);
  /** What each API server says of itself, by context; empty where it does not. */
  readonly versions = new Map<string, string>();

  constructor(request: LiveRequest) {
    this.#request = request;
    this.#targets = request.targets;
    const { signal } = this.#controller;
    // Each request and each wait listens to it.
    setMaxListeners(0, signal);
    this.#clients = this.#targets.map((target) => new KubeClient(target, { signal, qps: request.qps }));
    const outOfTime = new KubeError(
      'out-of-time',
      `reading took longer than ${request.timeoutMs / 1000} s`,
      'give it longer with --timeout, or look what makes the API server slow',
    );
    this.#timer = setTimeout(() => this.#controller.abort(outOfTime), request.timeoutMs);
    this.#ignoreInterrupts = request.onInterrupt(() => this.#controller.abort(new KubeError('interrupted', 'the scan was interrupted', 'scan again, and let it come to its end')));
  }

  get readSecrets(): boolean {
    return this.#request.readSecrets;
  }

  /** Stands in for the namespace that manifests leave open. */
  get defaultNamespace(): string {
    return this.#targets[0]?.namespace ?? '';
  }

  /** Asks each cluster who it is: rules differ between versions, and who does not answer is not asked again. */
  async greet(): Promise<void> {
    await inParallel(this.#request.parallel, this.#clients, async (client) => {
      try {
        this.versions.set(client.name, await versionOf(client));
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        this.#failures.set(client, error);
      }
    });
  }

  /** Reads what the policies need. `besides`: the namespaces of the manifests in the same run. */
  async read(resources: readonly NeededResource[], besides: ReadonlySet<string>): Promise<Inventory> {
    const collected = await inParallel(this.#request.parallel, this.#clients, async (client, index): Promise<CollectedCluster> => {
      const failure = this.#failures.get(client);
      const namespaces = this.#scopeOf(this.#targets[index]?.namespace ?? '', besides);
      const scope = { resources, namespaces, version: this.versions.get(client.name) ?? '', onProgress: this.#onProgress };
      const lists = new ServerLists(client);
      return failure === undefined ? collectCluster(lists, scope) : unreadCluster(lists, scope, failure);
    });
    this.#close();
    return { units: collected.map(({ unit }) => unit), sources: collected.map(({ source }) => source), gaps: collected.flatMap(({ gaps }) => gaps) };
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#ignoreInterrupts();
    this.#request.progress?.done();
    for (const client of this.#clients) client.close();
  }

  /** As kubectl: the namespace of the context unless others are named. Next to manifests, those that the manifests go to. */
  #scopeOf(own: string, besides: ReadonlySet<string>): ReadonlySet<string> | undefined {
    const { allNamespaces, namespaces } = this.#request;
    if (allNamespaces) return undefined;
    if (namespaces.length > 0) return new Set(namespaces);
    return besides.size === 0 ? new Set([own]) : new Set([...besides].map((namespace) => namespace || own));
  }
}

async function versionOf(client: KubeClient): Promise<string> {
  try {
    const { gitVersion } = await client.get('/version');
    return typeof gitVersion === 'string' ? gitVersion : '';
  } catch (error) {
    // Whoever may not ask for it can still read the rest.
    if (error instanceof KubeError && (error.fault === 'forbidden' || error.fault === 'missing')) return '';
    throw error;
  }
}
