import type { JsonObject } from '../../model/json.ts';
import { field, isObject, objectAt, stringAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import type { PodPrograms } from './kubernetes-network.ts';
import type { Program } from './program.ts';

/** Whether something between two programs encrypts what they say in plain text. */
export interface Mesh {
  /** Undefined where a mesh is there and what it does with this pair was not seen. */
  encrypts(client: Program, server: Program, port: number | undefined): boolean | undefined;
}

export const NO_MESH: Mesh = { encrypts: () => false };

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

  /** Between two meshed pods Linkerd encrypts everything but the ports that are taken out. */
  #linkerd(from: PodPrograms, to: PodPrograms, port: number | undefined): boolean | undefined {
    if (names(annotation(from, 'config.linkerd.io/skip-outbound-ports'), port) || names(annotation(to, 'config.linkerd.io/skip-inbound-ports'), port)) return false;
    const isIn = (pod: PodPrograms): boolean | undefined => {
      if (pod.owner.value['kind'] === 'Job') return false;
      const own = annotation(pod, `${LINKERD}inject`);
      if (own !== '') return own === 'enabled';
      const namespace = this.#namespace(pod);
      return namespace === undefined ? undefined : annotationOf(namespace, `${LINKERD}inject`) === 'enabled';
    };
    return both(isIn(from), isIn(to));
  }

  /** The server's sidecar has to refuse plaintext for this port, and no rule may switch TLS off on the client's side. */
  #istio(from: PodPrograms, to: PodPrograms, port: number | undefined): boolean | undefined {
    if (names(annotation(from, 'traffic.sidecar.istio.io/excludeOutboundPorts'), port) || names(annotation(to, 'traffic.sidecar.istio.io/excludeInboundPorts'), port)) return false;
    const sidecars = both(this.#hasSidecar(from), this.#hasSidecar(to));
    if (sidecars === false) return false;
    const isStrict = this.#isWithheld('security.istio.io/peerauthentications') ? undefined : this.#isStrict(to, port);
    const isLeftOn = this.#isSwitchedOff(to) ? false : this.#isWithheld('networking.istio.io/destinationrules') ? undefined : true;
    return both(sidecars, both(isStrict, isLeftOn));
  }

  /** Rules of other namespaces count, too. */
  #isWithheld(resource: string): boolean {
    return this.#index.isWithheld(resource, '');
  }

  #hasSidecar(pod: PodPrograms): boolean | undefined {
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
    for (const { spec } of selecting) {
      const ofPort = port === undefined ? undefined : field(objectAt(spec, 'portLevelMtls'), String(port));
      if (isObject(ofPort)) return stringAt(ofPort, 'mode') === 'STRICT';
    }
    for (const { spec } of [...selecting, ...plain, ...mesh]) {
      const mode = stringAt(objectAt(spec, 'mtls'), 'mode');
      if (mode !== '' && mode !== 'UNSET') return mode === 'STRICT';
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

/** `5432,6379` or `*`. */
function names(list: string, port: number | undefined): boolean {
  return list.split(',').some((item) => item.trim() === '*' || (item.trim() !== '' && (port === undefined || item.trim() === String(port))));
}

function hasSelector(spec: JsonObject): boolean {
  return Object.keys(objectAt(objectAt(spec, 'selector'), 'matchLabels')).length > 0;
}

function selects(spec: JsonObject, labels: JsonObject): boolean {
  const wanted = objectAt(objectAt(spec, 'selector'), 'matchLabels');
  const keys = Object.keys(wanted);
  return keys.length > 0 && keys.every((key) => stringAt(labels, key) === stringAt(wanted, key));
}
