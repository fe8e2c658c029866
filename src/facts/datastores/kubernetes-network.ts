import { compareTexts } from '../../model/finding-order.ts';
import type { KubernetesObject, Resource } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Place } from '../../model/subject.ts';
import { isObject, listAt, objectAt, stringAt } from '../read.ts';
import { nearestTo, type UnitIndex } from '../unit-index.ts';
import { reachOf } from './addresses.ts';
import type { Network, Target } from './network.ts';
import type { Program } from './program.ts';

/** One pod template with its programs. */
export interface PodPrograms {
  readonly namespace: string;
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly owner: KubernetesObject;
  /** Whether it shares the network of its node, loopback interface and all. */
  readonly isOnHost: boolean;
  readonly programs: Program[];
}

/** Names that the Services of an operator's custom resource will have, as `namespace/name`. */
export type MadeServices = ReadonlyMap<string, object>;

/** The names and Services of one unit's cluster. */
export class KubernetesNetwork implements Network {
  readonly #index: UnitIndex;
  readonly #pods: readonly PodPrograms[];
  readonly #made: MadeServices;
  readonly #inPlace: ReadonlySet<object>;
  readonly #namespaces: ReadonlySet<string>;
  readonly #podOf = new Map<Program, PodPrograms>();
  readonly #selected = new Map<KubernetesObject, readonly PodPrograms[]>();
  readonly #targets = new Map<readonly PodPrograms[], Map<string, readonly Target[]>>();
  #byLabel: Map<string, PodPrograms[]> | undefined;
  #byClusterAddress: ReadonlyMap<string, KubernetesObject> | undefined;
  #byName: ReadonlyMap<string, readonly KubernetesObject[]> | undefined;

  /** `inPlace`: what is made of a custom resource and has its settings nowhere else, even if its Service and Pods were seen. */
  constructor(index: UnitIndex, pods: readonly PodPrograms[], made: MadeServices, inPlace: ReadonlySet<object>) {
    this.#inPlace = inPlace;
    this.#index = index;
    this.#pods = pods;
    this.#made = made;
    this.#namespaces = new Set(pods.map(({ namespace }) => namespace));
    for (const pod of pods) for (const program of pod.programs) this.#podOf.set(program, pod);
  }

  resolve(host: string, port: number | undefined, client: Program): readonly Target[] {
    const reach = reachOf(host);
    const pod = this.#podOf.get(client);
    if (reach === 'loopback' || reach === 'any') {
      const others = (pod?.programs ?? []).filter((program) => program !== client);
      const here: Target = { kind: 'programs', programs: others, port, via: [], says: 'the same pod', isLocal: true };
      return pod?.isOnHost === true && others.length === 0 ? this.#onHosts(pod, port) : [here];
    }
    const call: Call = { port, near: client.container.resource, depth: 0 };
    if (reach !== undefined) return this.#byAddress(host, call);
    return this.#byHostName(host.toLowerCase().replace(/\.$/, ''), call, pod?.namespace ?? '', []);
  }

  /** What else may run on the same node; of what runs there by itself nothing is known. */
  #onHosts(pod: PodPrograms, port: number | undefined): readonly Target[] {
    const says = 'the node that both run on';
    const others = this.#pods.filter((other) => other.isOnHost && other !== pod);
    const because = 'it is a program of the node, and what else runs there is not part of this scan';
    return [
      ...inOrder(others).map(({ programs }): Target => ({ kind: 'programs', programs, port, via: [], says, isLocal: true })),
      { kind: 'unseen', because, hint: 'give the pod a network of its own, or call the server by the name of its Service', via: [], isNear: true },
    ];
  }

  leadsTo(program: Program, port: number): boolean {
    const pod = this.#podOf.get(program);
    if (pod === undefined) return false;
    return this.#index.inNamespace('Service', pod.namespace).some((service) => {
      const spec = objectAt(service.value, 'spec');
      const selector = objectAt(spec, 'selector');
      const isTarget = (item: JsonObject): boolean => {
        const target = stringAt(item, 'targetPort') || stringAt(item, 'port');
        return target === String(port) || portNumber(program, target) === port;
      };
      return Object.keys(selector).length > 0 && listAt(spec, 'ports').some((item) => isObject(item) && isTarget(item)) && this.#select(service, selector).includes(pod);
    });
  }

  #byHostName(host: string, call: Call, own: string, via: readonly Place[]): readonly Target[] {
    const name = serviceName(host, own, this.#namespaces);
    for (const { service, namespace, pod } of name.candidates) {
      const found = this.#services(namespace, service, call.near);
      const made = this.#made.size === 0 ? undefined : (this.#made.get(`${namespace}/${service}`) ?? this.#made.get(`/${service}`));
      if (found.length > 0 && (made === undefined || !this.#inPlace.has(made))) return found.flatMap((each) => this.#throughService(each, pod, call, via));
      if (made !== undefined) return [{ kind: 'made', key: made, via, says: `Service ${service}` }];
    }
    if (!name.isOfCluster) return [{ kind: 'outside', host, via, says: `host ${host}` }];
    return [
      {
        kind: 'unseen',
        because: `Service ${name.candidates[0]?.service ?? host} is not part of this scan`,
        hint: 'scan the manifests of the datastore together with its clients',
        via,
      },
    ];
  }

  /** A manifest that leaves its namespace open may go to any. Several only where one file says it twice, or two that are equally near. */
  #services(namespace: string, name: string, near: Resource): readonly KubernetesObject[] {
    this.#byName ??= Map.groupBy(this.#index.all('Service'), ({ value }) => stringAt(objectAt(value, 'metadata'), 'name'));
    const named = this.#byName.get(name);
    if (named === undefined) return [];
    const of = (wanted: string): readonly KubernetesObject[] => named.filter((service) => this.#index.namespaceOf(service) === wanted);
    const [inPlace, open] = [of(namespace), of('')];
    const found = inPlace.length > 0 ? inPlace : open.length > 0 ? open : namespace === '' && named.length === 1 ? named : [];
    return nearestTo(near, found, (service) => service);
  }

  #throughService(service: KubernetesObject, podName: string, call: Call, before: readonly Place[]): readonly Target[] {
    const { port, near } = call;
    const spec = objectAt(service.value, 'spec');
    const name = stringAt(objectAt(service.value, 'metadata'), 'name');
    const via = [...before, { resource: service, path: [...service.at, 'metadata', 'name'] }];
    const says = `Service ${name}`;
    if (call.depth > 5) return [{ kind: 'unseen', because: `${says} leads in a circle`, hint: 'mend its externalName or its endpoints', via }];
    const next = { ...call, depth: call.depth + 1 };
    if (stringAt(spec, 'type') === 'ExternalName') {
      const external = stringAt(spec, 'externalName').toLowerCase().replace(/\.$/, '');
      const place = { resource: service, path: [...service.at, 'spec', 'externalName'] };
      if (reachOf(external) !== undefined) return [{ kind: 'outside', host: external, via: [...before, place], says: `${says} (ExternalName)` }];
      return this.#byHostName(external, next, this.#index.namespaceOf(service), [...before, place]);
    }
    const selector = objectAt(spec, 'selector');
    if (Object.keys(selector).length === 0) return this.#throughEndpoints(service, name, next, via, says);
    const pods = ofOwner(nearest(this.#select(service, selector), near), podName);
    if (pods.length === 0)
      return [{ kind: 'unseen', because: `no workload of this scan has the labels that ${says} selects`, hint: 'scan the workload together with its Service', via }];
    const ports = listAt(spec, 'ports').filter(isObject);
    const wanted = ports.find((item) => Number(stringAt(item, 'port')) === port) ?? (port === undefined && ports.length === 1 ? ports[0] : undefined);
    const isHeadless = stringAt(spec, 'clusterIP') === 'None';
    // A headless Service maps no ports: the client talks to the pod itself.
    if (wanted === undefined && !isHeadless && port !== undefined && ports.length > 0) {
      return [{ kind: 'unseen', because: `${says} has no port ${port}`, hint: 'mend the port in the address or in the Service', via }];
    }
    const target = isHeadless ? String(port ?? '') : wanted === undefined ? '' : stringAt(wanted, 'targetPort') || stringAt(wanted, 'port');
    const isNumber = /^\d+$/.test(target);
    // A pod without a port of that name is no endpoint of the Service; a number is called whether or not a pod says that it has it.
    const known = before.length === 0 ? this.#targets.get(pods)?.get(target) : undefined;
    if (known !== undefined) return known;
    const named = isNumber || target === '' ? pods : pods.filter(({ programs }) => programs.some((program) => hasPort(program, target)));
    const targets = (named.length > 0 ? named : pods).map(({ programs }): Target => {
      const chosen = programs.filter((program) => hasPort(program, target));
      const number = isNumber ? Number(target) : portNumber(chosen[0], target);
      return { kind: 'programs', programs: [...chosen, ...programs.filter((program) => !chosen.includes(program))], port: number, via, says, isLocal: false };
    });
    // Each Service has a list of its own, which all of its clients ask for.
    if (before.length === 0) this.#targets.set(pods, (this.#targets.get(pods) ?? new Map()).set(target, targets));
    return targets;
  }

  /** Without a selector, somebody writes the addresses. */
  #throughEndpoints(service: KubernetesObject, name: string, call: Call, via: readonly Place[], says: string): readonly Target[] {
    const namespace = this.#index.namespaceOf(service);
    const found = new Map<string, readonly Target[]>();
    const endpoints = this.#index.find('Endpoints', namespace, name, service);
    for (const subset of endpoints === undefined ? [] : listAt(endpoints.value, 'subsets')) {
      const place = { resource: endpoints as KubernetesObject, path: [...(endpoints?.at ?? []), 'subsets'] };
      for (const item of isObject(subset) ? listAt(subset, 'addresses') : []) {
        const address = isObject(item) ? stringAt(item, 'ip') : '';
        if (address !== '') found.set(address, throughPlace(this.#byAddress(address, call), [...via, place]));
      }
    }
    for (const slice of this.#index.inNamespace('EndpointSlice', namespace)) {
      if (stringAt(objectAt(objectAt(slice.value, 'metadata'), 'labels'), 'kubernetes.io/service-name') !== name) continue;
      const place = { resource: slice, path: [...slice.at, 'endpoints'] };
      const isName = stringAt(slice.value, 'addressType') === 'FQDN';
      for (const address of listAt(slice.value, 'endpoints').flatMap((endpoint) => (isObject(endpoint) ? listAt(endpoint, 'addresses') : []))) {
        if (typeof address !== 'string' || found.has(address)) continue;
        found.set(address, isName ? [{ kind: 'outside', host: address, via: [...via, place], says }] : throughPlace(this.#byAddress(address, call), [...via, place]));
      }
    }
    if (found.size > 0) return [...found.keys()].sort().flatMap((address) => found.get(address) ?? []);
    return [{ kind: 'unseen', because: `${says} has no selector, and no endpoints of it are part of this scan`, hint: 'scan its EndpointSlice or Endpoints, too', via }];
  }

  #byAddress(address: string, call: Call): readonly Target[] {
    this.#byClusterAddress ??= new Map(this.#index.all('Service').map((candidate) => [stringAt(objectAt(candidate.value, 'spec'), 'clusterIP'), candidate]));
    const service = this.#byClusterAddress.get(address);
    return service === undefined ? [{ kind: 'outside', host: address, via: [], says: `address ${address}` }] : this.#throughService(service, '', call, []);
  }

  #select(service: KubernetesObject, selector: JsonObject): readonly PodPrograms[] {
    let selected = this.#selected.get(service);
    if (selected === undefined) {
      const namespace = this.#index.namespaceOf(service);
      const pairs = Object.keys(selector).map((key) => [key, stringAt(selector, key)] as const);
      this.#byLabel ??= labelIndex(this.#pods);
      let candidates: readonly PodPrograms[] | undefined;
      for (const [key, value] of pairs) {
        const having = this.#byLabel.get(`${key}=${value}`) ?? [];
        if (candidates === undefined || having.length < candidates.length) candidates = having;
      }
      selected = (candidates ?? []).filter((pod) => pod.namespace === namespace && pairs.every(([key, value]) => stringAt(pod.labels, key) === value));
      selected = selected.length < 2 ? selected : inOrder(selected);
      this.#selected.set(service, selected);
    }
    return selected;
  }
}

function labelIndex(pods: readonly PodPrograms[]): Map<string, PodPrograms[]> {
  const index = new Map<string, PodPrograms[]>();
  for (const pod of pods) {
    for (const key of Object.keys(pod.labels)) {
      const pair = `${key}=${stringAt(pod.labels, key)}`;
      const list = index.get(pair);
      if (list === undefined) index.set(pair, [pod]);
      else list.push(pod);
    }
  }
  return index;
}

/** Who calls, and where. */
interface Call {
  readonly port: number | undefined;
  readonly near: Resource;
  /** How many names were followed already. */
  readonly depth: number;
}

/** What runs, by name: of a workload of which Pods run otherwise than it says, those. */
function inOrder(pods: readonly PodPrograms[]): readonly PodPrograms[] {
  const replaced = new Set(pods.flatMap(({ owner }) => owner.owner ?? []));
  const running = replaced.size === 0 ? pods : pods.filter(({ owner }) => owner.isOverridden !== true || !replaced.has(owner));
  const keys = new Map(running.map((pod) => [pod, `${nameOf(pod)}\n${pod.owner.origin.file ?? ''}`]));
  return [...running].sort((a, b) => compareTexts(keys.get(a) ?? '', keys.get(b) ?? ''));
}

function nameOf({ owner }: PodPrograms): string {
  return `${stringAt(owner.value, 'kind')}/${stringAt(objectAt(owner.value, 'metadata'), 'name')}`;
}

/** One workload may be written twice, as a base and its overlay: the one that is nearest to the client is meant. */
function nearest(pods: readonly PodPrograms[], near: Resource): readonly PodPrograms[] {
  if (pods.length < 2) return pods;
  const byName = Map.groupBy(pods, nameOf);
  return byName.size === pods.length ? pods : [...byName.values()].flatMap((same) => nearestTo(near, same, ({ owner }) => owner));
}

/** `db-0` before the name of a Service is a pod of StatefulSet db, if there is one. */
function ofOwner(pods: readonly PodPrograms[], podName: string): readonly PodPrograms[] {
  if (pods.length < 2 || podName === '') return pods;
  const own = pods.filter(({ owner: { value } }) => [podName, podName.replace(/-\d+$/, '')].includes(stringAt(objectAt(value, 'metadata'), 'name')));
  return own.length > 0 ? own : pods;
}

function throughPlace(targets: readonly Target[], via: readonly Place[]): readonly Target[] {
  return targets.map((target) => ({ ...target, via }));
}

interface ServiceName {
  /** Which Service it may be, the likelier first, and the name of the pod that may stand before it. */
  readonly candidates: readonly { readonly service: string; readonly namespace: string; readonly pod: string }[];
  /** Whether it can be nothing but a name of the cluster. */
  readonly isOfCluster: boolean;
}

/** The search domains of a pod: its own namespace, `svc.<cluster domain>` and the cluster domain (kubelet, `ndots:5`). */
function serviceName(host: string, own: string, namespaces: ReadonlySet<string>): ServiceName {
  const labels = host.split('.');
  const at = labels.indexOf('svc', 2);
  if (at >= 2 && at <= 3) return { candidates: [{ service: labels[at - 2] ?? '', namespace: labels[at - 1] ?? '', pod: at === 3 ? (labels[0] ?? '') : '' }], isOfCluster: true };
  const [first = '', second = '', third = ''] = labels;
  switch (labels.length) {
    case 1:
      return { candidates: [{ service: first, namespace: own, pod: '' }], isOfCluster: true };
    case 2:
      return {
        candidates: [
          { service: first, namespace: second, pod: '' },
          { service: second, namespace: own, pod: first },
        ],
        // A name of two labels may be any domain: only what is found is taken for a Service.
        isOfCluster: second === 'default' || namespaces.has(second),
      };
    case 3:
      return { candidates: [{ service: second, namespace: third, pod: first }], isOfCluster: false };
    default:
      return { candidates: [], isOfCluster: false };
  }
}

function portsOf(program: Program): readonly JsonObject[] {
  const container = (program.container as { container?: JsonObject }).container;
  return container === undefined ? [] : listAt(container, 'ports').filter(isObject);
}

function hasPort(program: Program, target: string): boolean {
  return target !== '' && portsOf(program).some((port) => stringAt(port, 'name') === target || stringAt(port, 'containerPort') === target);
}

function portNumber(program: Program | undefined, target: string): number | undefined {
  const port = program === undefined ? undefined : portsOf(program).find((item) => stringAt(item, 'name') === target);
  return port === undefined ? undefined : Number(stringAt(port, 'containerPort'));
}
