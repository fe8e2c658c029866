import type { KubernetesObject, Reading, Resource, Unit } from '../model/inventory.ts';
import { isObject, listAt, objectAt, stringAt } from './read.ts';

/** The Kubernetes objects of one unit by kind, namespace and name. Joins happen here and nowhere else. */
export class UnitIndex {
  /** Stands in for the namespace that manifests leave out. */
  readonly #defaultNamespace: string;
  readonly #reading: Reading | undefined;
  readonly #byKind = new Map<string, KubernetesObject[]>();
  #boundAccounts: BoundAccounts | undefined;
  readonly #byName = new Map<string, KubernetesObject[]>();

  constructor(unit: Unit, defaultNamespace: string) {
    this.#defaultNamespace = defaultNamespace;
    this.#reading = unit.reading;
    for (const resource of unit.resources) {
      if (resource.type !== 'kubernetes') continue;
      const kind = stringAt(resource.value, 'kind');
      append(this.#byKind, kind, resource);
      const namespace = CLUSTER_SCOPED.has(kind) ? '' : this.namespaceOf(resource);
      append(this.#byName, keyOf(kind, namespace, soughtName(resource)), resource);
    }
  }

  /** Whether every object of a resource (`apps/deployments`) in a namespace was seen, so that what is not here is nowhere. Of files that is never known. */
  isComplete(resource: string, namespace: string): boolean {
    return this.#reading !== undefined && this.#reading.missing(resource, namespace) === undefined;
  }

  /** Whether a live cluster holds objects of a resource that were not seen. */
  isWithheld(resource: string, namespace: string): boolean {
    return this.#reading !== undefined && this.#reading.missing(resource, namespace) !== undefined;
  }

  all(kind: string): readonly KubernetesObject[] {
    return this.#byKind.get(kind) ?? NONE;
  }

  inNamespace(kind: string, namespace: string): readonly KubernetesObject[] {
    return this.all(kind).filter((resource) => this.namespaceOf(resource) === namespace);
  }

  get boundAccounts(): BoundAccounts {
    this.#boundAccounts ??= this.#readBoundAccounts();
    return this.#boundAccounts;
  }

  #readBoundAccounts(): BoundAccounts {
    const names = new Set<string>();
    const bindings = [...this.all('RoleBinding'), ...this.all('ClusterRoleBinding')];
    for (const binding of bindings) {
      // Every cluster binds all service accounts to what opens the door to nothing: such a right is no reason for a token.
      if (isBootstrapped(binding)) continue;
      for (const subject of listAt(binding.value, 'subjects')) {
        if (!isObject(subject)) continue;
        const kind = stringAt(subject, 'kind');
        const name = stringAt(subject, 'name');
        const [, userNamespace = '', user = ''] = (kind === 'User' ? /^system:serviceaccount:([^:]+):(.+)$/.exec(name) : null) ?? [];
        if (kind === 'Group') names.add(name);
        else if (kind === 'ServiceAccount') addAccount(names, stringAt(subject, 'namespace') || this.namespaceOf(binding), name);
        else if (user !== '') addAccount(names, userNamespace, user);
      }
    }
    return { areKnown: bindings.length > 0, names };
  }

  namespaceOf(resource: Resource): string {
    return namespaceOf(resource) || this.#defaultNamespace;
  }

  /** A name may stand twice in a unit (base and overlay): the one whose file is nearest is meant. */
  find(kind: string, namespace: string, name: string, near: Resource): KubernetesObject | undefined {
    const found = this.#byName.get(keyOf(kind, namespace, name));
    if (found === undefined || found.length === 1) return found?.[0];
    const here = near.origin.file ?? '';
    return found.reduce((best, candidate) => (sharedPath(candidate, here) > sharedPath(best, here) ? candidate : best));
  }
}

/** Made by the API server itself when it starts. */
function isBootstrapped({ value }: KubernetesObject): boolean {
  return stringAt(objectAt(objectAt(value, 'metadata'), 'labels'), 'kubernetes.io/bootstrapping') === 'rbac-defaults';
}

/** With `*` for its namespace, too: a manifest that leaves its own open may go to any. */
function addAccount(names: Set<string>, namespace: string, name: string): void {
  names.add(`${namespace}/${name}`).add(`*/${name}`);
}

/** Accounts that some binding names, as `namespace/name`, and groups of accounts, as `group`. */
export interface BoundAccounts {
  /** False where no binding was seen at all: they may live elsewhere. */
  readonly areKnown: boolean;
  readonly names: ReadonlySet<string>;
}

export function namespaceOf(resource: Resource): string {
  return stringAt(objectAt(resource.value, 'metadata'), 'namespace');
}

export function nameOf(resource: Resource): string {
  const metadata = objectAt(resource.value, 'metadata');
  return stringAt(metadata, 'name') || stringAt(metadata, 'generateName');
}

/** An ExternalSecret is looked up by the Secret that it makes. */
function soughtName({ value }: KubernetesObject): string {
  const target = stringAt(value, 'kind') === 'ExternalSecret' ? stringAt(objectAt(objectAt(value, 'spec'), 'target'), 'name') : '';
  return target || stringAt(objectAt(value, 'metadata'), 'name');
}

/** Kinds that are looked up by name and belong to no namespace. */
const CLUSTER_SCOPED = new Set(['Namespace', 'PersistentVolume', 'ClusterRole', 'ClusterRoleBinding', 'ValidatingAdmissionPolicy']);

const NONE: readonly KubernetesObject[] = [];

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}\n${namespace}\n${name}`;
}

function append(map: Map<string, KubernetesObject[]>, key: string, resource: KubernetesObject): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [resource]);
  else list.push(resource);
}

function sharedPath(resource: Resource, other: string): number {
  const file = resource.origin.file ?? '';
  if (file === other) return Number.MAX_SAFE_INTEGER;
  let shared = 0;
  for (let at = 0; at < file.length && file[at] === other[at]; at++) if (file[at] === '/') shared = at + 1;
  return shared;
}
