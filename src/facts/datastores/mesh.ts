import type { JsonObject } from '../../model/json.ts';
import { field, isObject, objectAt, stringAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { ownerOf } from '../workloads.ts';
import type { PodPrograms } from './kubernetes-network.ts';
import type { Program } from './program.ts';

/** Whether something between two programs encrypts what they say in plain text. */
export interface Mesh {
  /** Undefined where a mesh is there and what it does with this pair was not seen. */
  encrypts(client: Program, server: Program, port: number | undefined): boolean | undefined;
  /** Whether nothing but the mesh's own TLS gets to a port of a server, whoever calls. */
  guards(server: Program, port: number | undefined): boolean | undefined;
}

export const NO_MESH: Mesh = { encrypts: () => false, guards: () => false };

const ISTIO = 'istio.io/';
const LINKERD = 'linkerd.io/';

/** Istio and Linkerd, as annotations, labels and policies of the unit have it. */
export class KubernetesMesh implements Mesh {
  readonly #index: UnitIndex;
  readonly #podOf = new Map<Program, PodPrograms>();

  constructor(index: UnitIndex, pods: readonly PodPrograms[]) {
    this.#index = index;
    for (const pod of pods) for (const program of pod.programs) this.#podOf.set(program, pod);
  }

  encrypts(client: Program, server: Program, port: number | undefined): boolean | undefined {
    const [from, to] = [this.#podOf.get(client), this.#podOf.get(server)];
    if (from === undefined || to === undefined) return false;
    return either(this.#linkerd(from, to, port), this.#istio(from, to, port));
  }

  /** Linkerd takes plaintext of whoever is not in the mesh, unless policies say otherwise that are not read. */
  guards(server: Program, port: number | undefined): boolean | undefined {
    const pod = this.#podOf.get(server);
    return pod === undefined ? false : this.#refusesPlaintext(pod, port);
  }

  /** Between two meshed pods Linkerd encrypts everything but the ports that are taken out. */
  #linkerd(from: PodPrograms, to: PodPrograms, port: number | undefined): boolean | undefined {
    if (this.#skips(from, 'outbound', port) || this.#skips(to, 'inbound', port)) return false;
    const isIn = (pod: PodPrograms): boolean | undefined => {
      if (ownerOf(pod.owner).value['kind'] === 'Job' || pod.isOnHost) return false;
      const own = annotation(pod, `${LINKERD}inject`);
      if (own !== '') return own === 'enabled';
      const namespace = this.#namespace(pod);
      return namespace === undefined ? undefined : annotationOf(namespace, `${LINKERD}inject`) === 'enabled';
    };
    return both(isIn(from), isIn(to));
  }

  /** What the pod does not say, its namespace may. */
  #skips(pod: PodPrograms, direction: 'inbound' | 'outbound', port: number | undefined): boolean {
    const name = `config.linkerd.io/skip-${direction}-ports`;
    const list = annotation(pod, name);
    return names(list === '' ? annotationOf(this.#namespace(pod) ?? NOTHING, name) : list, port);
  }

  /** The server's sidecar has to refuse plaintext for this port, and no rule may switch TLS off on the client's side. */
  #istio(from: PodPrograms, to: PodPrograms, port: number | undefined): boolean | undefined {
    const isRefused = this.#refusesPlaintext(to, port);
    if (isRefused === false || names(annotation(from, 'traffic.sidecar.istio.io/excludeOutboundPorts'), port)) return false;
    // Which addresses the server has is not known.
    if (OF_ADDRESSES.some((name) => !/^\*?$/.test(annotation(from, `traffic.sidecar.istio.io/${name}`)))) return undefined;
    const isLeftOn = this.#isSwitchedOff(to) ? false : this.#isWithheld('networking.istio.io/destinationrules') ? undefined : true;
    return both(this.#hasSidecar(from), both(isRefused, isLeftOn));
  }

  #refusesPlaintext(to: PodPrograms, port: number | undefined): boolean | undefined {
    if (names(annotation(to, 'traffic.sidecar.istio.io/excludeInboundPorts'), port)) return false;
    // Where only some ports are taken in, the others go to the program itself; `*` is the default, and nothing is none.
    const takenIn = field(to.annotations, 'traffic.sidecar.istio.io/includeInboundPorts');
    if (typeof takenIn === 'string' && (port === undefined ? takenIn.trim() !== '*' : !names(takenIn, port))) return false;
    return both(this.#hasSidecar(to), this.#isWithheld('security.istio.io/peerauthentications') ? undefined : this.#isStrict(to, port));
  }

  /** Rules of other namespaces count, too. */
  #isWithheld(resource: string): boolean {
    return this.#index.isWithheld(resource, '');
  }

  #hasSidecar(pod: PodPrograms): boolean | undefined {
    // Nothing is put into a pod that shares the network of its node.
    if (pod.isOnHost) return false;
    const own = stringAt(pod.labels, `sidecar.${ISTIO}inject`) || annotation(pod, `sidecar.${ISTIO}inject`);
    if (own !== '') return own === 'true';
    if (stringAt(pod.labels, `${ISTIO}rev`) !== '') return true;
    const namespace = this.#namespace(pod);
    if (namespace === undefined) return undefined;
    const labels = objectAt(objectAt(namespace, 'metadata'), 'labels');
    return stringAt(labels, 'istio-injection') === 'enabled' || stringAt(labels, `${ISTIO}rev`) !== '';
  }

  /** The nearest PeerAuthentication decides: of the pod, of its namespace, of the whole mesh. */
  #isStrict(pod: PodPrograms, port: number | undefined): boolean {
    const all = this.#index.all('PeerAuthentication').map((resource) => ({ spec: objectAt(resource.value, 'spec'), namespace: this.#index.namespaceOf(resource) }));
    const own = all.filter(({ namespace }) => namespace === pod.namespace);
    const selecting = own.filter(({ spec }) => selects(spec, pod.labels));
    const plain = own.filter(({ spec }) => !hasSelector(spec));
    const mesh = all.filter(({ spec, namespace }) => namespace === 'istio-system' && !hasSelector(spec));
    // Of several for the same pods the oldest counts, which no manifest tells: all have to say the same.
    for (const level of [selecting, plain, mesh]) {
      const modes = level.map(({ spec }) => modeFor(spec, port)).filter((mode) => mode !== '' && mode !== 'UNSET');
      if (modes.length > 0) return modes.every((mode) => mode === 'STRICT');
    }
    return false;
  }

  #isSwitchedOff(to: PodPrograms): boolean {
    return this.#index.all('DestinationRule').some((rule) => {
      const spec = objectAt(rule.value, 'spec');
      const host = stringAt(spec, 'host').split('.')[0] ?? '';
      const mode = stringAt(objectAt(objectAt(spec, 'trafficPolicy'), 'tls'), 'mode');
      return mode === 'DISABLE' && (host === '*' || this.#leadsTo(host, to));
    });
  }

  #leadsTo(service: string, pod: PodPrograms): boolean {
    return this.#index.inNamespace('Service', pod.namespace).some((candidate) => {
      const selector = objectAt(objectAt(candidate.value, 'spec'), 'selector');
      const keys = Object.keys(selector);
      return stringAt(objectAt(candidate.value, 'metadata'), 'name') === service && keys.length > 0 && keys.every((key) => stringAt(pod.labels, key) === stringAt(selector, key));
    });
  }

  /** Of files, a namespace without a manifest is one that nobody labels; a cluster may keep to itself what it says. */
  #namespace(pod: PodPrograms): JsonObject | undefined {
    const found = this.#index.find('Namespace', '', pod.namespace, pod.owner)?.value;
    return found ?? (this.#index.isWithheld('namespaces', pod.namespace) ? undefined : NOTHING);
  }
}

const NOTHING: JsonObject = {};

function both(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === false || b === false ? false : a === true && b === true ? true : undefined;
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === true || b === true ? true : a === false && b === false ? false : undefined;
}

function annotation(pod: PodPrograms, name: string): string {
  return stringAt(pod.annotations, name);
}

function annotationOf(object: JsonObject, name: string): string {
  return stringAt(objectAt(objectAt(object, 'metadata'), 'annotations'), name);
}

/** `5432,6379`, `5000-6000` or `*`. */
function names(list: string, port: number | undefined): boolean {
  return list.split(',').some((item) => {
    const text = item.trim();
    if (text === '' || text === '*' || port === undefined) return text !== '';
    const [first = '', last = first] = text.split('-');
    return Number(first) <= port && port <= Number(last);
  });
}

const OF_ADDRESSES = ['includeOutboundIPRanges', 'excludeOutboundIPRanges'] as const;

/** Modes of single ports count only beside a selector. */
function modeFor(spec: JsonObject, port: number | undefined): string {
  const ofPort = port === undefined || !hasSelector(spec) ? undefined : field(objectAt(spec, 'portLevelMtls'), String(port));
  const own = isObject(ofPort) ? stringAt(ofPort, 'mode') : '';
  return own === '' || own === 'UNSET' ? stringAt(objectAt(spec, 'mtls'), 'mode') : own;
}

function hasSelector(spec: JsonObject): boolean {
  return Object.keys(objectAt(objectAt(spec, 'selector'), 'matchLabels')).length > 0;
}

function selects(spec: JsonObject, labels: JsonObject): boolean {
  const wanted = objectAt(objectAt(spec, 'selector'), 'matchLabels');
  const keys = Object.keys(wanted);
  return keys.length > 0 && keys.every((key) => stringAt(labels, key) === stringAt(wanted, key));
}
