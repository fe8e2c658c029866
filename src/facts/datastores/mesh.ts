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
    return this.#linkerd(from, to, port) || this.#istio(from, to, port);
  }

  /** Between two meshed pods Linkerd encrypts everything but the ports that are taken out. */
  #linkerd(from: PodPrograms, to: PodPrograms, port: number | undefined): boolean {
    const isIn = (pod: PodPrograms): boolean => {
      const own = annotation(pod, `${LINKERD}inject`);
      return (own === '' ? annotationOf(this.#namespace(pod), `${LINKERD}inject`) : own) === 'enabled' && pod.owner.value['kind'] !== 'Job';
    };
    if (!isIn(from) || !isIn(to)) return false;
    return !names(annotation(from, 'config.linkerd.io/skip-outbound-ports'), port) && !names(annotation(to, 'config.linkerd.io/skip-inbound-ports'), port);
  }

  /** The server's sidecar has to refuse plaintext for this port, and no rule may switch TLS off on the client's side. */
  #istio(from: PodPrograms, to: PodPrograms, port: number | undefined): boolean {
    if (!this.#hasSidecar(from) || !this.#hasSidecar(to)) return false;
    if (names(annotation(from, 'traffic.sidecar.istio.io/excludeOutboundPorts'), port) || names(annotation(to, 'traffic.sidecar.istio.io/excludeInboundPorts'), port)) return false;
    return this.#isStrict(to, port) && !this.#isSwitchedOff(to);
  }

  #hasSidecar(pod: PodPrograms): boolean {
    const own = stringAt(pod.labels, `sidecar.${ISTIO}inject`) || annotation(pod, `sidecar.${ISTIO}inject`);
    if (own !== '') return own === 'true';
    const labels = objectAt(objectAt(this.#namespace(pod), 'metadata'), 'labels');
    return stringAt(labels, 'istio-injection') === 'enabled' || stringAt(labels, `${ISTIO}rev`) !== '' || stringAt(pod.labels, `${ISTIO}rev`) !== '';
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

  #namespace(pod: PodPrograms): JsonObject {
    return this.#index.find('Namespace', '', pod.namespace, pod.owner)?.value ?? NOTHING;
  }
}

const NOTHING: JsonObject = {};

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
