import type { ComposeProject, KubernetesObject } from '../../model/inventory.ts';
import type { Subject } from '../../model/subject.ts';
import type { ServiceContainer } from '../compose-services.ts';
import type { ContainerSubject } from '../containers.ts';
import type { PodTemplate } from '../pods.ts';
import { field, objectAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { ComposeNetwork } from './compose-network.ts';
import { ComposeProgram } from './compose-program.ts';
import { madeHops } from './hops/made-hops.ts';
import { joinedSubjects } from './join.ts';
import { KubernetesNetwork, type PodPrograms } from './kubernetes-network.ts';
import { KubernetesProgram } from './kubernetes-program.ts';
import { KubernetesMesh, NO_MESH } from './mesh.ts';
import { madeServers, unreadMakers } from './operators.ts';
import { madeDatastore } from './servers.ts';
import { composeSurroundings, kubernetesSurroundings } from './surroundings.ts';

/** The servers and connections of one unit's cluster: its containers are gathered while they are derived, and joined when all are known. */
export class ClusterDatastores {
  readonly #index: UnitIndex;
  readonly #today: string | undefined;
  readonly #pods = new Map<PodTemplate, PodPrograms>();
  readonly #programs: KubernetesProgram[] = [];

  constructor(index: UnitIndex, today: string | undefined) {
    this.#index = index;
    this.#today = today;
  }

  add(container: ContainerSubject): void {
    const { workload } = container;
    const program = new KubernetesProgram(container, this.#index);
    // Asked while the container is at hand: later, each would have to be fetched from memory again.
    if (!program.isSilent) this.#programs.push(program);
    const pod = this.#pods.get(workload.pod);
    if (pod !== undefined) {
      pod.programs.push(program);
      return;
    }
    this.#pods.set(workload.pod, {
      namespace: workload.namespaceName,
      labels: objectAt(workload.pod.metadata, 'labels'),
      annotations: objectAt(workload.pod.metadata, 'annotations'),
      owner: workload.resource as PodPrograms['owner'],
      isOnHost: field(workload.pod.spec, 'hostNetwork') === true,
      programs: [program],
    });
  }

  *subjects(): Generator<Subject> {
    const pods = [...this.#pods.values()];
    const made = madeServers(this.#index);
    const hops = madeHops(this.#index);
    const named = (resource: KubernetesObject, services: readonly string[], key: object): (readonly [string, object])[] =>
      services.map((name) => [`${this.#index.namespaceOf(resource)}/${name}`, key]);
    const services = new Map([
      ...unreadMakers(this.#index).flatMap(({ resource, services }) => named(resource, services, resource)),
      ...made.flatMap(({ resource, services }) => named(resource, services, resource)),
      ...hops.flatMap((hop) => named(hop.resource, hop.services, hop)),
    ]);
    yield* joinedSubjects({
      programs: this.#programs,
      today: this.#today,
      network: new KubernetesNetwork(this.#index, pods, services, new Set(hops)),
      mesh: new KubernetesMesh(this.#index, pods),
      made: new Map(made.map((server) => [server.resource, madeDatastore(server, this.#today)])),
      madeHops: new Set(hops),
      surroundingsAmong: (astray) => kubernetesSurroundings(this.#index, astray),
    });
  }
}

/** The servers and connections of a compose project. */
export function* projectDatastores(project: ComposeProject, containers: readonly ServiceContainer[], today: string | undefined): Generator<Subject> {
  const programs = new Map(containers.map((container) => [container.workload.name, new ComposeProgram(container)]));
  yield* joinedSubjects({
    programs: [...programs.values()],
    today,
    network: new ComposeNetwork(project, programs),
    mesh: NO_MESH,
    made: new Map(),
    madeHops: new Set(),
    surroundingsAmong: () => composeSurroundings,
  });
}
