import type { Reading } from '../../model/inventory.ts';

interface Reason {
  readonly because: string;
  readonly hint: string;
}

/** Keeps what could not be read of a cluster, and why. */
export class ClusterReading implements Reading {
  readonly cluster: string;
  readonly version: string;
  readonly startedAt = new Date().toISOString();
  readonly namespaces: ReadonlySet<string> | undefined;
  readonly #complete = new Set<string>();
  readonly #reasons = new Map<string, Reason>();
  /** Resources of which only some namespaces were read. */
  readonly #readIn = new Map<string, ReadonlySet<string>>();
  #unreadable: Reason | undefined;

  constructor(cluster: string, version: string, namespaces: ReadonlySet<string> | undefined) {
    this.cluster = cluster;
    this.version = version;
    this.namespaces = namespaces;
  }

  /** All of it was read, or the API server does not know it, so that there is none. */
  completed(resource: string): void {
    this.#complete.add(resource);
  }

  /** `readNamespaces`: where it was read all the same. */
  failed(resource: string, reason: Reason, readNamespaces: 'all' | readonly string[] = []): void {
    this.#reasons.set(resource, reason);
    this.#readIn.set(resource, new Set(readNamespaces === 'all' ? [] : readNamespaces));
  }

  /** Nothing could be read. */
  failedWhole(reason: Reason): void {
    this.#unreadable = reason;
  }

  missing(resource: string, namespace: string): Reason | undefined {
    if (this.#unreadable !== undefined) return this.#unreadable;
    if (this.#complete.has(resource) || (namespace !== '' && this.#readIn.get(resource)?.has(namespace) === true)) return undefined;
    const reason = this.#reasons.get(resource);
    if (reason !== undefined) return reason;
    if (resource === 'secrets') return { because: 'Secrets are not read', hint: 'let them be read with --read-secrets; no value is ever shown' };
    return { because: `${resource} are not part of this scan`, hint: 'add the policies that need them with --only or --profile' };
  }
}
