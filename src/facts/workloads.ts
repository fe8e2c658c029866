import type { KubernetesObject, Resource } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { differencesOf, listsOfPods, runsAsWritten, unknownDifference } from './drift.ts';
import type { NamespaceSubject } from './namespaces.ts';
import { type PodTemplate, podTemplatesOf } from './pods.ts';
import { boolAt, EMPTY, intAt, isObject, listAt, objectAt, optionalBool, optionalInt, orDefault, stringAt } from './read.ts';
import { isRecent } from './recent.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';
import type { FactsOf } from './vocabulary.ts';

/** The owner of pods in Kubernetes. */
export class WorkloadSubject extends Derived<'workload'> {
  readonly pod: PodTemplate;
  readonly namespaceName: string;

  constructor(resource: KubernetesObject, pod: PodTemplate, namespaceName: string, index: UnitIndex, namespace: NamespaceSubject) {
    super('workload', deriveFacts(resource, pod, namespaceName, index), resource, [namespace]);
    this.pod = pod;
    this.namespaceName = namespaceName;
  }

  override get labels(): Readonly<Record<string, string>> {
    return objectAt(objectAt(ownerOf(this.resource).value, 'metadata'), 'labels') as Record<string, string>;
  }

  get podSecurity(): JsonObject {
    return objectAt(this.pod.spec, 'securityContext');
  }

  identity(): Identity {
    const owner = ownerOf(this.resource);
    const [template = this.pod] = owner === this.resource ? [] : podTemplatesOf(owner.value);
    return {
      apiVersion: stringAt(owner.value, 'apiVersion'),
      kind: stringAt(owner.value, 'kind'),
      namespace: this.namespaceName,
      name: nameOf(owner),
      container: '',
      part: template.isKnownKind ? '' : template.specPath.join('.'),
    };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const path = Object.hasOwn(PLACES, fact) ? PLACES[fact] : undefined;
    if (path !== undefined) return [[...this.pod.specPath, ...path]];
    switch (fact) {
      case 'name':
        return [['metadata', 'name']];
      case 'namespaceName':
        return [['metadata', 'namespace']];
      case 'kind':
      case 'platform':
      case 'isKnownKind':
        return [['kind']];
      case 'podSeccompAnnotation':
        return [[...this.pod.metadataPath, 'annotations', 'seccomp.security.alpha.kubernetes.io/pod']];
      case 'runsAsWritten':
      case 'differences': {
        const paths = differencesOf(this.resource as KubernetesObject, this.pod).map((difference) => difference.path);
        return paths.length === 0 ? [this.pod.specPath] : paths;
      }
      case 'isDebugLeftover':
        return [['metadata', 'name']];
      default:
        return [this.pod.specPath];
    }
  }

  protected override readsFor(fact: string): readonly string[] {
    return fact === 'runsAsWritten' || fact === 'differences' ? listsOfPods(this.resource as KubernetesObject) : super.readsFor(fact);
  }

  protected override ownAbsence(fact: string): Absence {
    if (fact === 'accountHasBindings') {
      return {
        because: 'the service account and its bindings are not part of this scan',
        hint: 'scan their manifests together with the workloads; if it has none, set automountServiceAccountToken: false',
      };
    }
    if (fact === 'runsAsWritten' || fact === 'differences') return unknownDifference(this.resource as KubernetesObject, this.pod) ?? super.ownAbsence(fact);
    return super.ownAbsence(fact);
  }
}

const NOTHING: readonly never[] = [];

const PLACES: Readonly<Record<string, Path>> = {
  os: ['os', 'name'],
  usesHostNetwork: ['hostNetwork'],
  usesHostPid: ['hostPID'],
  usesHostIpc: ['hostIPC'],
  hasOwnUserNamespace: ['hostUsers'],
  sharesProcesses: ['shareProcessNamespace'],
  serviceAccount: ['serviceAccountName'],
  mountsToken: ['automountServiceAccountToken'],
  mountsTokenExplicitly: ['volumes'],
  accountHasBindings: ['serviceAccountName'],
  sysctls: ['securityContext', 'sysctls'],
  podRunAsNonRoot: ['securityContext', 'runAsNonRoot'],
  podRunAsUser: ['securityContext', 'runAsUser'],
  podSeccomp: ['securityContext', 'seccompProfile', 'type'],
  podAppArmor: ['securityContext', 'appArmorProfile', 'type'],
  podSeLinuxType: ['securityContext', 'seLinuxOptions', 'type'],
  podSeLinuxUser: ['securityContext', 'seLinuxOptions', 'user'],
  podSeLinuxRole: ['securityContext', 'seLinuxOptions', 'role'],
  podHostProcess: ['securityContext', 'windowsOptions', 'hostProcess'],
};

function deriveFacts(resource: KubernetesObject, pod: PodTemplate, namespace: string, index: UnitIndex): FactsOf<'workload'> {
  const { spec } = pod;
  const security = objectAt(spec, 'securityContext');
  const seLinux = objectAt(security, 'seLinuxOptions');
  const parameters = listAt(security, 'sysctls');
  const sysctls = parameters.length === 0 ? NOTHING : parameters.flatMap((item) => (isObject(item) ? [stringAt(item, 'name')] : []));
  const account = stringAt(spec, 'serviceAccountName') || stringAt(spec, 'serviceAccount') || 'default';
  const isExplicit = mountsTokenExplicitly(spec);
  const hostUsers = boolAt(spec, 'hostUsers');
  const hostProcess = boolAt(objectAt(security, 'windowsOptions'), 'hostProcess');
  const runs = runsAsWritten(resource, pod, namespace, index);
  return {
    name: nameOf(ownerOf(resource)),
    kind: stringAt(ownerOf(resource).value, 'kind'),
    namespaceName: namespace,
    platform: 'kubernetes',
    isKnownKind: pod.isKnownKind,
    os: stringAt(objectAt(spec, 'os'), 'name'),
    usesHostNetwork: orDefault(boolAt(spec, 'hostNetwork'), false),
    usesHostPid: orDefault(boolAt(spec, 'hostPID'), false),
    usesHostIpc: orDefault(boolAt(spec, 'hostIPC'), false),
    usesHostUts: false,
    usesHostUserNamespace: false,
    hasOwnUserNamespace: hostUsers === undefined ? undefined : hostUsers === false,
    sharesProcesses: orDefault(boolAt(spec, 'shareProcessNamespace'), false),
    serviceAccount: account,
    mountsToken: mountsToken(spec, isExplicit, account, namespace, index, resource),
    mountsTokenExplicitly: isExplicit,
    accountHasBindings: hasBindings(account, namespace, index, resource),
    sysctls,
    podRunAsNonRoot: optionalBool(boolAt(security, 'runAsNonRoot')),
    podRunAsUser: optionalInt(intAt(security, 'runAsUser')),
    podSeccomp: stringAt(objectAt(security, 'seccompProfile'), 'type'),
    podSeccompAnnotation: stringAt(objectAt(pod.metadata, 'annotations'), 'seccomp.security.alpha.kubernetes.io/pod'),
    podAppArmor: stringAt(objectAt(security, 'appArmorProfile'), 'type'),
    podSeLinuxType: stringAt(seLinux, 'type'),
    podSeLinuxUser: stringAt(seLinux, 'user'),
    podSeLinuxRole: stringAt(seLinux, 'role'),
    podHostProcess: orDefault(hostProcess, false),
    isDebugLeftover: isDebugLeftover(resource),
    runsAsWritten: optionalBool(runs),
    differences: runs === undefined ? undefined : runs === false ? differencesOf(resource, pod).map(({ says }) => says) : NO_DIFFERENCES,
  };
}

/** The pod's field wins, then the account's, and the default is to mount. An account that is not in the scan counts as silent. */
function mountsToken(spec: JsonObject, isExplicit: boolean, account: string, namespace: string, index: UnitIndex, near: Resource): boolean | undefined {
  if (showsItsToken(near)) return isExplicit;
  const own = boolAt(spec, 'automountServiceAccountToken');
  if (own !== null) return own === undefined ? undefined : own || isExplicit;
  const object = index.find('ServiceAccount', namespace, account, near);
  if (object === undefined && index.isWithheld('serviceaccounts', namespace)) return isExplicit || undefined;
  const automount = orDefault(boolAt(object?.value ?? EMPTY, 'automountServiceAccountToken'), true);
  return automount === undefined ? undefined : automount || isExplicit;
}

/**
 * A Pod as a server shows it: the server mounted the token when the Pod was made, or did not, whatever the account says today.
 * Static Pods never get one. Of replicas in a live cluster the collector leaves the mount out, to tell them from their template.
 */
function showsItsToken({ value, origin }: Resource): boolean {
  const metadata = objectAt(value, 'metadata');
  if (stringAt(value, 'kind') !== 'Pod' || stringAt(metadata, 'uid') === '') return false;
  if (origin.reading === undefined) return true;
  return !listAt(metadata, 'ownerReferences').some((owner) => isObject(owner) && boolAt(owner, 'controller') === true && stringAt(owner, 'kind') !== 'Node');
}

/** A projected token with an audience of its own is for another service (Vault, a cloud) and not for the API server. */
function mountsTokenExplicitly(spec: JsonObject): boolean {
  return listAt(spec, 'volumes').some(
    (volume) =>
      isObject(volume) &&
      listAt(objectAt(volume, 'projected'), 'sources').some((source) => {
        const token = isObject(source) ? source['serviceAccountToken'] : undefined;
        return isObject(token) && /^(?:|api|https:\/\/kubernetes\.default.*)$/.test(stringAt(token, 'audience'));
      }),
  );
}

const NO_DIFFERENCES: readonly string[] = [];

const BINDINGS = ['rbac.authorization.k8s.io/rolebindings', 'rbac.authorization.k8s.io/clusterrolebindings'];

/** Undefined where no binding at all was seen: they may live elsewhere. */
function hasBindings(account: string, namespace: string, index: UnitIndex, near: Resource): boolean | undefined {
  const { areKnown, accounts, groups } = index.boundAccounts;
  const areComplete = BINDINGS.every((resource) => index.isComplete(resource, namespace));
  if (!areKnown && !areComplete) return undefined;
  // A binding that leaves its namespace open goes where the workload goes, and the other way round.
  if (accounts.get(namespace === '' ? '*' : namespace)?.has(account) === true || accounts.get('')?.has(account) === true) return true;
  if (groups.has('system:serviceaccounts') || groups.has(`system:serviceaccounts:${namespace}`)) return true;
  if (areComplete) return false;
  // Whoever writes an account down elsewhere writes its bindings there, too.
  return BINDINGS.some((resource) => index.isWithheld(resource, namespace)) || index.find('ServiceAccount', namespace, account, near) === undefined ? undefined : false;
}

/** In whose name it is judged: its own, unless it is a Pod that runs otherwise than its owner says. */
export function ownerOf(resource: Resource): Resource {
  return resource.type === 'kubernetes' ? (resource.owner ?? resource) : resource;
}

/** What `kubectl debug` makes: `node-debugger-…` pods on a node, and copies of a pod. */
function isDebugLeftover(resource: KubernetesObject): boolean {
  if (stringAt(resource.value, 'kind') !== 'Pod' || isRecent(stringAt(objectAt(resource.value, 'metadata'), 'creationTimestamp'), resource)) return false;
  const name = nameOf(resource);
  return name.startsWith('node-debugger-') || /-debug(?:ger)?(?:-[a-z0-9]{5})?$/.test(name);
}
