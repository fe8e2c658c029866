import type { KubernetesObject, Origin, Reading } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { baseName } from './file-names.ts';
import { parseImageReference } from './image-reference.ts';
import { isOutdated, outdated } from './outdated.ts';
import { containersOf, type PodTemplate } from './pods.ts';
import { isObject, listAt, objectAt, stringAt, toInt } from './read.ts';
import { nameOf, namespaceOf } from './unit-index.ts';

/** A kube-apiserver as a pod shows it: kubeadm and most self-managed control planes run it as one. */
export interface ApiServer {
  readonly resource: KubernetesObject;
  readonly path: Path;
  readonly container: JsonObject;
  readonly flags: readonly string[];
}

/** Pods that run a kube-apiserver. */
export function apiServersIn(resource: KubernetesObject, pod: PodTemplate): ApiServer[] {
  if (!listAt(pod.spec, 'containers').some((container) => isObject(container) && namesApiServer(container))) return [];
  return containersOf(pod).flatMap(({ container, path, role }) => {
    const flags = role === 'app' ? flagsOf(container) : undefined;
    return flags === undefined ? [] : [{ resource, path, container, flags }];
  });
}

/** Asked of every container of a cluster, and false for nearly all. */
function namesApiServer(container: JsonObject): boolean {
  const isNamed = (word: Json | undefined): boolean => typeof word === 'string' && word.includes('apiserver');
  return isNamed(container['image']) || listAt(container, 'command').some(isNamed) || listAt(container, 'args').slice(0, 3).some(isNamed);
}

/** What follows `kube-apiserver` on its command line; undefined where something else is run. */
function flagsOf(container: JsonObject): readonly string[] | undefined {
  const words = wordsOf(container);
  const isImage = listAt(container, 'command').length === 0 && baseName(parseImageReference(stringAt(container, 'image')).repository) === 'kube-apiserver';
  return flagsIn(words) ?? (isImage ? words : undefined);
}

/** Be it in a shell, through hyperkube or behind something else. */
function flagsIn(words: readonly string[]): readonly string[] | undefined {
  const [first = '', option = '', script = ''] = words;
  if (/^(?:[a-z]{0,3}sh)$/.test(baseName(first)) && /^-[a-z]*c$/.test(option)) return flagsInScript(script) ?? (/\$[@*]/.test(script) ? flagsIn(words.slice(4)) : undefined);
  if (baseName(first) === 'hyperkube' && /^(?:kube-)?apiserver$/.test(option)) return words.slice(2);
  const at = WRAPPER.test(baseName(first)) ? words.findIndex(isServer) : 0;
  return isServer(words[at] ?? '') ? words.slice(at + 1) : undefined;
}

/** Others name it as well, in a path or as an address: it is run where a command begins, or where flags follow. */
function flagsInScript(script: string): readonly string[] | undefined {
  const words = script.trim().split(/\s+/);
  const at = words.findIndex((word, index) => isServer(word) && (/^["']?[-$\\]/.test(words[index + 1] ?? '') || index === 0 || words[index - 1] === 'exec'));
  return at === -1 ? undefined : words.slice(at + 1);
}

/** What runs the command that it is given. */
const WRAPPER = /^(?:go-runner|tini|dumb-init|env|nice|taskset|setpriv|su-exec|gosu)$/;

function isServer(word: string): boolean {
  return baseName(word) === 'kube-apiserver' && !word.includes('://');
}

function wordsOf(container: JsonObject): string[] {
  return [...listAt(container, 'command'), ...listAt(container, 'args')].filter((word) => typeof word === 'string');
}

/** The value of a flag; empty where it is not given; undefined where it may be given in a file or a variable that cannot be seen. */
export function flagValue({ flags }: Pick<ApiServer, 'flags'>, name: string): string | undefined {
  let value: string | undefined;
  let isComplete = true;
  for (const [at, word] of flags.entries()) {
    if (/^["']?\$/.test(word)) isComplete = false;
    const [, flag = '', given] = /^--?([A-Za-z0-9_-]+)(?:=(.*))?$/.exec(word) ?? [];
    // The server takes underscores for dashes (component-base, WordSepNormalizeFunc).
    const spelled = flag.replaceAll('_', '-');
    if (spelled === name) value = (given ?? flags[at + 1] ?? '').replace(/^(["'])(.*)\1$/, '$2');
    // OpenShift and its kind keep the settings in a file.
    if (spelled === 'openshift-config' || spelled === 'config') isComplete = false;
  }
  return value ?? (isComplete ? '' : undefined);
}

/** An API server, or the one of a live cluster that shows none: a managed control plane keeps it to itself. */
class ApiServerSubject extends Derived<'apiserver'> {
  readonly #server: ApiServer | undefined;

  constructor(server: ApiServer | undefined, resource: KubernetesObject, cluster: Derived) {
    const isGiven = (flag: string): boolean | undefined => (server === undefined ? undefined : isNotEmpty(flagValue(server, flag)));
    const path = isGiven('audit-log-path');
    const webhook = isGiven('audit-webhook-config-file');
    super(
      'apiserver',
      {
        name: server === undefined ? '' : nameOf(server.resource),
        isVisible: server !== undefined,
        hasAuditPolicy: isGiven('audit-policy-file'),
        hasAuditBackend: path === true || webhook === true ? true : path === undefined || webhook === undefined ? undefined : false,
      },
      resource,
      [cluster],
    );
    this.#server = server;
  }

  override get labels(): Readonly<Record<string, string>> {
    return objectAt(objectAt(this.resource.value, 'metadata'), 'labels') as Record<string, string>;
  }

  identity(): Identity {
    if (this.#server === undefined) return { apiVersion: '', kind: 'Cluster', namespace: '', name: 'cluster', container: '', part: 'API server' };
    const { resource, container } = this.#server;
    const { value } = resource;
    return {
      apiVersion: stringAt(value, 'apiVersion'),
      kind: stringAt(value, 'kind'),
      namespace: namespaceOf(resource),
      name: nameOf(resource),
      container: stringAt(container, 'name'),
      part: '',
    };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    if (this.#server === undefined) return [[]];
    const { container, path } = this.#server;
    if (fact === 'name' || fact === 'isVisible') return [['metadata', 'name']];
    return [[...path, listAt(container, 'command').length > 0 || listAt(container, 'args').length === 0 ? 'command' : 'args']];
  }

  protected override ownAbsence(fact: string): Absence {
    if (this.#server !== undefined) {
      return {
        because: 'the API server takes settings from a file or a variable, which cannot be seen from here',
        hint: 'look into its configuration, or let somebody vouch for it',
      };
    }
    const missing = this.resource.origin.reading?.missing('pods', 'kube-system');
    if (missing !== undefined) return missing;
    if (fact === 'name') return super.ownAbsence(fact);
    return {
      because: 'no pod of the cluster runs its API server, as with managed control planes',
      hint: 'look it up with the provider of the cluster, or let somebody vouch for it',
    };
  }
}

/** The cluster that the objects of a unit are in. */
class ClusterSubject extends Derived<'cluster'> {
  readonly #servers: readonly ApiServer[];

  constructor(resource: KubernetesObject, reading: Reading | undefined, servers: readonly ApiServer[], today: string | undefined) {
    const minor = minorOf(reading === undefined || reading.version === '' ? versionOf(servers) : reading.version);
    super(
      'cluster',
      {
        name: reading?.cluster ?? '',
        version: minor === undefined ? undefined : `1.${minor}`,
        minor: minor === undefined ? undefined : toInt(minor),
        isSupported: minor === undefined ? undefined : isMinorSupported(minor, today),
      },
      resource,
      [],
    );
    this.#servers = servers;
  }

  override get labels(): Readonly<Record<string, string>> {
    return {};
  }

  identity(): Identity {
    return { apiVersion: '', kind: 'Cluster', namespace: '', name: 'cluster', container: '', part: '' };
  }

  protected ownPlaces(): readonly (Path | Place)[] {
    return this.#servers.length === 0 ? [[]] : this.#servers.map(({ resource, path }) => ({ resource, path: [...resource.at, ...path, 'image'] }));
  }

  protected override ownAbsence(fact: string): Absence {
    if (fact === 'isSupported' && this.facts.minor !== undefined) return outdated('Kubernetes', KUBERNETES_VERSIONS_AS_OF);
    return {
      because: 'neither the API server nor the image of its pod tells its version',
      hint: 'let whoever scans ask for /version, which Kubernetes allows to everybody who is signed in',
    };
  }
}

/** The newest minor version that this program knows. */
export const NEWEST_MINOR = 37;
/** The day on which it was the newest. */
export const KUBERNETES_VERSIONS_AS_OF = '2026-11-21';
/** Kubernetes mends faults in so many minor versions (kubernetes.io, Version Skew Policy). */
const SUPPORTED_VERSIONS = 3;

/** Undefined where it was supported a year ago or more. */
function isMinorSupported(minor: number, today: string | undefined): boolean | undefined {
  if (minor <= NEWEST_MINOR - SUPPORTED_VERSIONS) return false;
  return isOutdated(KUBERNETES_VERSIONS_AS_OF, today) ? undefined : true;
}

/** The oldest one counts: during an upgrade, several versions run side by side. */
function versionOf(servers: readonly ApiServer[]): string {
  const tags = servers.map(({ container }) => parseImageReference(stringAt(container, 'image')).tag).filter((tag) => minorOf(tag) !== undefined);
  return tags.toSorted((a, b) => (minorOf(a) ?? 0) - (minorOf(b) ?? 0))[0] ?? '';
}

/** Of `v1.36.3`, `v1.33.5-gke.1308000` or `v1.31.9+k3s1`. */
function minorOf(version: string): number | undefined {
  const match = /^v?1\.(\d{1,3})(?:[.+-]|$)/.exec(version);
  return match === null ? undefined : Number(match[1]);
}

/** The cluster and its API servers, where there is one: a live one, or one whose control plane is among the manifests. */
export function* clusterSubjects(reading: Reading | undefined, servers: readonly ApiServer[], today: string | undefined): Generator<Derived> {
  const [first] = servers;
  if (reading === undefined && first === undefined) return;
  const itself = reading === undefined ? undefined : resourceOf(reading);
  const cluster = new ClusterSubject(itself ?? (first as ApiServer).resource, reading, servers, today);
  yield cluster;
  for (const server of servers) yield new ApiServerSubject(server, server.resource, cluster);
  if (first === undefined && itself !== undefined) yield new ApiServerSubject(undefined, itself, cluster);
}

/** A live cluster stands for itself: no object does. */
function resourceOf(reading: Reading): KubernetesObject {
  const origin: Origin = {
    view: `live:${reading.cluster}`,
    reading,
    locate: () => ({ cluster: reading.cluster, ref: 'the cluster itself', pointer: '', missing: false }),
    excerpt: () => [],
  };
  return { type: 'kubernetes', value: { kind: 'Cluster' }, origin, at: [], duplicateKeys: [] };
}

function isNotEmpty(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== '';
}
