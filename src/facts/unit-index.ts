import type { KubernetesObject, Reading, Resource, Unit } from '../model/inventory.ts';
import { type PodTemplate, podTemplatesOf } from './pods.ts';
import { isObject, listAt, objectAt, stringAt } from './read.ts';

/** The Kubernetes objects of one unit by kind, namespace and name. Joins happen here and nowhere else. */
export class UnitIndex {
  /** Stands in for the namespace that manifests leave out. */
  readonly #defaultNamespace: string;
  readonly #reading: Reading | undefined;
  readonly #byKind = new Map<string, KindIndex>();
  readonly #pods = new Map<KubernetesObject, readonly PodTemplate[]>();
  #boundAccounts: BoundAccounts | undefined;

  constructor(unit: Unit, defaultNamespace: string) {
    this.#defaultNamespace = defaultNamespace;
    this.#reading = unit.reading;
    for (const resource of unit.resources) {
      if (resource.type !== 'kubernetes') continue;
      const kind = stringAt(resource.value, 'kind');
      const metadata = objectAt(resource.value, 'metadata');
      let ofKind = this.#byKind.get(kind);
      if (ofKind === undefined) {
        ofKind = new KindIndex();
        this.#byKind.set(kind, ofKind);
      }
      ofKind.add(resource, CLUSTER_SCOPED.has(kind) ? '' : stringAt(metadata, 'namespace') || defaultNamespace, secretMadeBy(kind, resource) || stringAt(metadata, 'name'));
      const pods = podTemplatesOf(resource.value);
      if (pods.length > 0) this.#pods.set(resource, pods);
    }
  }

  /** What has pods, with their templates. */
  get podTemplates(): ReadonlyMap<KubernetesObject, readonly PodTemplate[]> {
    return this.#pods;
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
    return this.#byKind.get(kind)?.all ?? NONE;
  }

  inNamespace(kind: string, namespace: string): readonly KubernetesObject[] {
    return this.all(kind).filter((resource) => this.namespaceOf(resource) === namespace);
  }

  get boundAccounts(): BoundAccounts {
    this.#boundAccounts ??= this.#readBoundAccounts();
    return this.#boundAccounts;
  }

  #readBoundAccounts(): BoundAccounts {
    const accounts = new Map<string, Set<string>>();
    const groups = new Set<string>();
    const bindings = [...this.all('RoleBinding'), ...this.all('ClusterRoleBinding')];
    for (const binding of bindings) {
      // Every cluster binds all service accounts to what opens the door to nothing: such a right is no reason for a token.
      if (isBootstrapped(binding)) continue;
      for (const subject of listAt(binding.value, 'subjects')) {
        if (!isObject(subject)) continue;
        const kind = stringAt(subject, 'kind');
        const name = stringAt(subject, 'name');
        const [, userNamespace = '', user = ''] = (kind === 'User' ? /^system:serviceaccount:([^:]+):(.+)$/.exec(name) : null) ?? [];
        if (kind === 'Group') groups.add(name);
        else if (kind === 'ServiceAccount') addAccount(accounts, stringAt(subject, 'namespace') || this.namespaceOf(binding), name);
        else if (user !== '') addAccount(accounts, userNamespace, user);
      }
    }
    return { areKnown: bindings.length > 0, accounts, groups };
  }

  namespaceOf(resource: Resource): string {
    return namespaceOf(resource) || this.#defaultNamespace;
  }

  /** A name may stand twice in a unit (base and overlay): the one whose file is nearest is meant. */
  find(kind: string, namespace: string, name: string, near: Resource): KubernetesObject | undefined {
    const found = this.#byKind.get(kind)?.named(namespace, name);
    if (!Array.isArray(found)) return found;
    return nearestTo(near, found, (candidate) => candidate)[0];
  }
}

/** The objects of one kind. Found by namespace and then by name: to make one key of the two for each question costs more than the answer. */
class KindIndex {
  readonly all: KubernetesObject[] = [];
  /** Nearly every name stands once, and needs no list. */
  readonly #byName = new Map<string, Map<string, KubernetesObject | KubernetesObject[]>>();

  add(resource: KubernetesObject, namespace: string, name: string): void {
    this.all.push(resource);
    let names = this.#byName.get(namespace);
    if (names === undefined) {
      names = new Map();
      this.#byName.set(namespace, names);
    }
    const known = names.get(name);
    if (Array.isArray(known)) known.push(resource);
    else names.set(name, known === undefined ? resource : [known, resource]);
  }

  named(namespace: string, name: string): KubernetesObject | KubernetesObject[] | undefined {
    return this.#byName.get(namespace)?.get(name);
  }
}

/** Made by the API server itself when it starts. */
function isBootstrapped({ value }: KubernetesObject): boolean {
  return stringAt(objectAt(objectAt(value, 'metadata'), 'labels'), 'kubernetes.io/bootstrapping') === 'rbac-defaults';
}

/** With `*` for its namespace, too: a manifest that leaves its own open may go to any. */
function addAccount(accounts: Map<string, Set<string>>, namespace: string, name: string): void {
  for (const key of [namespace, '*']) {
    const known = accounts.get(key);
    if (known === undefined) accounts.set(key, new Set([name]));
    else known.add(name);
  }
}

/** Whom some binding names. */
export interface BoundAccounts {
  /** False where no binding was seen at all: they may live elsewhere. */
  readonly areKnown: boolean;
  /** Service accounts by namespace. */
  readonly accounts: ReadonlyMap<string, ReadonlySet<string>>;
  readonly groups: ReadonlySet<string>;
}

export function namespaceOf(resource: Resource): string {
  return stringAt(objectAt(resource.value, 'metadata'), 'namespace');
}

export function nameOf(resource: Resource): string {
  const metadata = objectAt(resource.value, 'metadata');
  return stringAt(metadata, 'name') || stringAt(metadata, 'generateName');
}

/** An ExternalSecret is looked up by the Secret that it makes. */
function secretMadeBy(kind: string, { value }: KubernetesObject): string {
  return kind === 'ExternalSecret' ? stringAt(objectAt(objectAt(value, 'spec'), 'target'), 'name') : '';
}

/** Kinds that are looked up by name and belong to no namespace. */
const CLUSTER_SCOPED = new Set(['Namespace', 'PersistentVolume', 'ClusterRole', 'ClusterRoleBinding', 'ValidatingAdmissionPolicy']);

const NONE: readonly KubernetesObject[] = [];

/** Of what has the same name, what stands in the nearest file; several where they are equally near. */
export function nearestTo<T>(near: Resource, all: readonly T[], resourceOf: (each: T) => Resource): readonly T[] {
  if (all.length < 2) return all;
  const here = near.origin.file ?? '';
  const shared = all.map((each) => sharedPath(resourceOf(each), here));
  const most = Math.max(...shared);
  return all.filter((_, index) => shared[index] === most);
}

function sharedPath(resource: Resource, other: string): number {
  const file = resource.origin.file ?? '';
  if (file === other) return Number.MAX_SAFE_INTEGER;
  let shared = 0;
  for (let at = 0; at < file.length && file[at] === other[at]; at++) if (file[at] === '/') shared = at + 1;
  return shared;
}
