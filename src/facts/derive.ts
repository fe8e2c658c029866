import type { ComposeProject, ConfigFile, EnvFile, Inventory, KubernetesObject, Resource, Unit } from '../model/inventory.ts';
import type { Subject } from '../model/subject.ts';
import { type ApiServer, apiServersIn, clusterSubjects } from './api-servers.ts';
import { AuditPolicySubject, isAuditPolicy } from './audit-policies.ts';
import { certificatesOf } from './certificates.ts';
import { composeSubjects } from './compose-services.ts';
import { argumentsOf, portsOf, variablesOf } from './container-parts.ts';
import { ContainerSubject } from './containers.ts';
import { fileStoresOf, STORE_VARIABLE } from './datastores/file-stores.ts';
import { KubernetesProgram } from './datastores/kubernetes-program.ts';
import { looseDatastores } from './datastores/loose-files.ts';
import { ClusterDatastores } from './datastores/unit-datastores.ts';
import { dockerfileSubjects } from './dockerfiles.ts';
import { readEnvironment } from './environment.ts';
import { folderPrefix } from './file-names.ts';
import { identitiesOf } from './identities.ts';
import { parseImageReference } from './image-reference.ts';
import { ImageSubject } from './images.ts';
import { NamespaceSubject } from './namespaces.ts';
import { entriesOf, ObjectSubject } from './objects.ts';
import { persistentVolumes } from './persistent-volumes.ts';
import { containersOf, type PodTemplate } from './pods.ts';
import { bindingSubject, roleSubjects } from './rbac.ts';
import { stringAt } from './read.ts';
import { readResourceDefaults } from './resources.ts';
import { nameOf, UnitIndex } from './unit-index.ts';
import { mountsOf, volumesOf } from './volumes.ts';
import { WorkloadSubject } from './workloads.ts';

/** Which subjects are wanted: deriving what no policy judges costs time for nothing. */
export type WantedSubjects = ReadonlySet<string>;

/** Turns what was read into what is judged. Pure; yields one by one, so that subjects need not be held all at once. `today`: as `2026-11-21`, for what goes out of support. */
export function* deriveSubjects(inventory: Inventory, wanted: WantedSubjects, defaultNamespace: string, today?: string): Generator<Subject> {
  // A compose project is a unit of its own, and what it builds stands in the unit of its folder.
  const projects = inventory.units.flatMap(({ resources }) => resources.filter((resource) => resource.type === 'compose'));
  const built = new Set(projects.flatMap(({ dockerfiles }) => Object.values(dockerfiles)).map(({ file }) => file));
  for (const file of projects.flatMap(leadTo)) built.add(file);
  // Every live object says where it is.
  for (const unit of inventory.units)
    yield* new UnitDerivation(inFileOrder(unit), { wanted, defaultNamespace: unit.kind === 'cluster' ? '' : defaultNamespace, built, today }).subjects();
}

/** Files that a project reads or mounts, and those that it takes variables from: they are judged with it. */
function leadTo({ file, envFiles, mountedFiles, settingsFiles }: ComposeProject): string[] {
  const beside = `${folderPrefix(file)}.env`;
  const ofServices = [...Object.values(envFiles), ...Object.values(settingsFiles)].flat();
  return [beside, ...ofServices.map((read) => read.file), ...Object.values(mountedFiles).map((read) => read.file)];
}

/** Of several that would do, the first counts: which one that is must not depend on the order in which files were named. */
function inFileOrder(unit: Unit): Unit {
  const fileOf = ({ origin }: Resource): string => origin.file ?? '';
  return { ...unit, resources: unit.resources.toSorted((a, b) => (fileOf(a) < fileOf(b) ? -1 : fileOf(a) > fileOf(b) ? 1 : 0)) };
}

/** Not as the arguments of one call: somebody may write more of them than a call takes. */
function addAll(subjects: Subject[], more: Iterable<Subject>): void {
  for (const subject of more) subjects.push(subject);
}

interface DerivationOptions {
  readonly wanted: WantedSubjects;
  readonly defaultNamespace: string;
  readonly built: ReadonlySet<string>;
  readonly today: string | undefined;
}

/** One unit's derivation: the joins of a unit see the whole unit, and nothing else. */
class UnitDerivation {
  readonly #unit: Unit;
  readonly #wanted: WantedSubjects;
  readonly #index: UnitIndex;
  readonly #namespaces = new Map<string, NamespaceSubject>();
  /** A base and its overlay may both say what a namespace is: each is judged. */
  readonly #furtherNamespaces: NamespaceSubject[] = [];
  readonly #defaults = new Map<string, ReturnType<typeof readResourceDefaults>>();
  readonly #withWorkloads = new Set<string>();
  readonly #images = new Map<string, ImageSubject>();
  readonly #apiServers: ApiServer[] = [];
  /** Only where some policy asks for it: joining every client with every server has its price. */
  readonly #datastores: ClusterDatastores | undefined;
  /** Dockerfiles that compose services build: they are judged there, with the service's target and arguments. */
  readonly #built: ReadonlySet<string>;
  readonly #today: string | undefined;

  constructor(unit: Unit, { wanted, defaultNamespace, built, today }: DerivationOptions) {
    this.#unit = unit;
    this.#today = today;
    this.#wanted = wanted;
    this.#built = built;
    this.#index = new UnitIndex(unit, defaultNamespace);
    this.#datastores = wanted.has('datastore') || wanted.has('connection') ? new ClusterDatastores(this.#index, today) : undefined;
    const wantsApiServers = wanted.has('apiserver') || wanted.has('cluster');
    for (const [resource, pods] of this.#index.podTemplates) {
      this.#withWorkloads.add(this.#index.namespaceOf(resource));
      if (wantsApiServers) for (const pod of pods) this.#apiServers.push(...apiServersIn(resource, pod));
    }
  }

  *subjects(): Generator<Subject> {
    this.#readNamespaces();
    for (const resource of this.#unit.resources) {
      switch (resource.type) {
        case 'kubernetes':
          yield* this.#kubernetesSubjects(resource);
          break;
        case 'compose':
          yield new ObjectSubject(resource);
          yield* composeSubjects(resource, this.#wanted, this.#today);
          break;
        case 'dockerfile':
          if (!this.#built.has(resource.file)) yield* dockerfileSubjects(resource);
          break;
        case 'env-file':
        case 'config-file':
          break;
      }
    }
    for (const namespace of this.#namespaces.values()) {
      if (namespace.isSeen || (namespace.name !== '' && namespace.facts.hasWorkloads === true)) yield namespace;
    }
    yield* this.#furtherNamespaces;
    if (this.#wanted.has('identity')) yield* identitiesOf(this.#index);
    if (this.#wanted.has('apiserver') || this.#wanted.has('cluster')) yield* clusterSubjects(this.#unit.reading, this.#apiServers, this.#today);
    yield* this.#images.values();
    if (this.#wanted.has('certificate')) yield* certificatesOf(this.#index, (resource) => this.#namespaceOf(resource));
    if (this.#datastores === undefined) return;
    yield* this.#datastores.subjects();
    const loose = this.#unit.resources.filter(
      (resource): resource is ConfigFile | EnvFile => (resource.type === 'config-file' || resource.type === 'env-file') && !this.#built.has(resource.file),
    );
    if (loose.length > 0) yield* looseDatastores(loose);
  }

  /** All at once: to hand each on from generator to generator cost as much as to derive it. */
  #kubernetesSubjects(resource: KubernetesObject): readonly Subject[] {
    const object = new ObjectSubject(resource);
    const { kind } = object.facts;
    // A Pod that is judged for its owner is no object of its own.
    const subjects: Subject[] = resource.owner === undefined ? [object] : [];
    if (kind === 'ConfigMap' || kind === 'Secret') {
      // A Secret in a cluster is where a secret belongs.
      const isWhereItBelongs = kind === 'Secret' && resource.origin.reading !== undefined;
      if (this.#wanted.has('entry') && !isWhereItBelongs) addAll(subjects, entriesOf(object, this.#namespaceOf(resource)));
    } else if (kind === 'Role' || kind === 'ClusterRole') {
      addAll(subjects, roleSubjects(resource));
    } else if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
      subjects.push(bindingSubject(resource, this.#index));
    } else if (kind === 'PersistentVolume') {
      if (this.#wanted.has('volume')) addAll(subjects, persistentVolumes(resource, this.#namespaceOf(resource), this.#index));
    } else if (isAuditPolicy(resource)) {
      subjects.push(new AuditPolicySubject(resource));
    } else {
      for (const pod of this.#index.podTemplates.get(resource) ?? []) this.#addWorkload(resource, pod, subjects);
    }
    return subjects;
  }

  #addWorkload(resource: KubernetesObject, pod: PodTemplate, subjects: Subject[]): void {
    const wanted = this.#wanted;
    const namespace = this.#namespaceOf(resource);
    const workload = new WorkloadSubject(resource, pod, namespace.name, this.#index, namespace);
    subjects.push(workload);
    if (wanted.has('volume')) addAll(subjects, volumesOf(workload, this.#index));
    for (const found of containersOf(pod)) {
      const environment = readEnvironment(found.container, pod.spec, namespace.name, this.#index, resource);
      const image = this.#imageOf(stringAt(found.container, 'image'), resource, found.path.concat('image'));
      const container = new ContainerSubject(found, workload, image, environment, this.#defaultsOf(namespace.name));
      subjects.push(container);
      this.#datastores?.add(container);
      if (wanted.has('store') && [...environment.names].some((name) => STORE_VARIABLE.test(name)))
        addAll(subjects, fileStoresOf(new KubernetesProgram(container, this.#index), this.#index));
      if (wanted.has('mount')) addAll(subjects, mountsOf(container));
      if (wanted.has('port')) addAll(subjects, portsOf(container));
      if (wanted.has('variable')) addAll(subjects, variablesOf(container, environment));
      if (wanted.has('argument')) addAll(subjects, argumentsOf(container, environment));
    }
  }

  /** Each image once for a unit, where it is first named. */
  #imageOf(text: string, resource: KubernetesObject, path: readonly (string | number)[]): ImageSubject {
    const reference = parseImageReference(text);
    const image = new ImageSubject(reference, resource, path);
    if (reference.reference !== '' && this.#wanted.has('image') && !this.#images.has(text)) this.#images.set(text, image);
    return image;
  }

  #readNamespaces(): void {
    for (const resource of this.#index.all('Namespace')) {
      const name = nameOf(resource);
      const namespace = this.#namespace(name, resource, true);
      if (this.#namespaces.has(name)) this.#furtherNamespaces.push(namespace);
      else this.#namespaces.set(name, namespace);
    }
  }

  #namespaceOf(resource: KubernetesObject): NamespaceSubject {
    const name = this.#index.namespaceOf(resource);
    let namespace = this.#namespaces.get(name);
    if (namespace === undefined) {
      namespace = this.#namespace(name, resource, false);
      this.#namespaces.set(name, namespace);
    }
    return namespace;
  }

  #namespace(name: string, resource: KubernetesObject, isSeen: boolean): NamespaceSubject {
    return new NamespaceSubject(name, resource, isSeen, this.#withWorkloads.has(name), this.#index);
  }

  #defaultsOf(namespace: string): ReturnType<typeof readResourceDefaults> {
    let defaults = this.#defaults.get(namespace);
    if (defaults === undefined) {
      defaults = readResourceDefaults(this.#index, namespace);
      this.#defaults.set(namespace, defaults);
    }
    return defaults;
  }
}
