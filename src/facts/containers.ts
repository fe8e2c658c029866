import type { JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import type { ContainerEnvironment } from './environment.ts';
import { type ImageSubject, isMovingReference } from './images.ts';
import type { ContainerRole, PodContainer } from './pods.ts';
import { boolAt, EMPTY, field, intAt, isObject, isSet, listAt, objectAt, optionalBool, optionalInt, orDefault, stringAt, stringListAt } from './read.ts';
import { isRecent } from './recent.ts';
import { effectiveResources, type ResourceDefaults } from './resources.ts';
import type { FactsOf } from './vocabulary.ts';
import type { WorkloadSubject } from './workloads.ts';
import { findWorkspace, isConfinedWorkspace } from './workspace.ts';

/** A container of a pod, with its effective settings: its own where they are set, else the pod's where the API inherits them. */
export class ContainerSubject extends Derived<'container'> {
  readonly container: JsonObject;
  readonly path: Path;
  readonly role: ContainerRole;
  readonly workload: WorkloadSubject;
  readonly image: ImageSubject;

  constructor(found: PodContainer, workload: WorkloadSubject, image: ImageSubject, environment: ContainerEnvironment, defaults: ResourceDefaults) {
    super('container', deriveFacts(found, workload, image, environment, defaults), workload.resource, [image as Derived].concat(workload.lineage));
    this.container = found.container;
    this.path = found.path;
    this.role = found.role;
    this.workload = workload;
    this.image = image;
  }

  identity(): Identity {
    return { ...this.workload.identity(), container: stringAt(this.container, 'name') };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const own = Object.hasOwn(OWN_FIELDS, fact) ? OWN_FIELDS[fact] : undefined;
    if (own !== undefined) return [[...this.path, ...own]];
    const inherited = Object.hasOwn(INHERITED_FIELDS, fact) ? INHERITED_FIELDS[fact] : undefined;
    if (inherited !== undefined) return this.#inheritedPlaces(inherited);
    const podMetadata = this.workload.pod.metadataPath;
    const name = stringAt(this.container, 'name');
    switch (fact) {
      case 'runsAsRoot':
      case 'cannotStart':
      case 'isNonRootGuaranteed':
        return this.#userPlaces();
      case 'canGainPrivileges':
        return [[...this.path, 'securityContext', ...this.#escalationField()]];
      case 'dropsAllCapabilities':
        return [[...this.path, 'securityContext', 'capabilities', 'drop']];
      case 'hasUnmaskedProc':
        return [[...this.path, 'securityContext', 'procMount']];
      case 'isHostProcess':
        return this.#inheritedPlaces(['windowsOptions', 'hostProcess']);
      case 'appArmor':
        return this.facts.ownAppArmor !== '' || this.facts.appArmorAnnotation === ''
          ? this.#inheritedPlaces(['appArmorProfile', 'type'])
          : [[...podMetadata, 'annotations', APPARMOR_ANNOTATION + name]];
      case 'appArmorAnnotation':
        return [[...podMetadata, 'annotations', APPARMOR_ANNOTATION + name]];
      case 'seccompAnnotation':
        return [[...podMetadata, 'annotations', SECCOMP_ANNOTATION + name]];
      case 'hasMilliByteMemory': {
        const kind = stringAt(objectAt(objectAt(this.container, 'resources'), 'limits'), 'memory').endsWith('m') ? 'limits' : 'requests';
        return [[...this.path, 'resources', kind, 'memory']];
      }
      case 'probeHosts': {
        const hosts = probeHosts(this.container).map(({ path }) => [...this.path, ...path]);
        return hosts.length === 0 ? [this.path] : hosts;
      }
      default:
        return [this.path];
    }
  }

  protected override ownAbsence(fact: string): Absence {
    if (fact === 'hasEnded')
      return { because: 'whether the debug container still runs stands in the status of the pod, which is not part of this scan', hint: 'scan the live pod' };
    if ((fact === 'workspace' || fact === 'isWorkspaceConfined') && this.facts.workspace === undefined) {
      return { because: 'the folder stands in a ConfigMap or Secret, which is not part of this scan or not told', hint: 'declare it by the annotation seaworthy.dev/workspace' };
    }
    return fact === 'runsAsRoot' || fact === 'cannotStart' ? this.image.absence('image.runsAsRoot') : super.ownAbsence(fact);
  }

  /** The place where the value that counts stands; where neither level sets it, the container's, which is where it belongs. */
  #inheritedPlaces(inner: Path): Path[] {
    const own = [...this.path, 'securityContext', ...inner];
    const pod = [...this.workload.pod.specPath, 'securityContext', ...inner];
    return !isSet(this.container, ['securityContext', ...inner]) && isSet(this.workload.podSecurity, inner) ? [pod] : [own];
  }

  #userPlaces(): (Path | Place)[] {
    if (this.workload.facts.os === 'windows') return this.#inheritedPlaces(['windowsOptions', 'runAsUserName']);
    const places: (Path | Place)[] = [];
    for (const key of ['runAsUser', 'runAsNonRoot']) {
      if (isSet(this.container, ['securityContext', key]) || isSet(this.workload.podSecurity, [key])) places.push(...this.#inheritedPlaces([key]));
    }
    if (places.length === 0) places.push([...this.path, 'securityContext', 'runAsNonRoot']);
    return [...places, ...this.image.places('image.runsAsRoot').filter((place) => place.resource !== this.resource)];
  }

  /** Where it is written off and happens all the same, what undoes it is the place to look at. */
  #escalationField(): Path {
    const own = objectAt(this.container, 'securityContext');
    if (boolAt(own, 'allowPrivilegeEscalation') !== false) return ['allowPrivilegeEscalation'];
    return this.facts.isPrivileged === true ? ['privileged'] : ['capabilities', 'add'];
  }
}

const NOTHING: readonly never[] = [];

export const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';

const OWN_FIELDS: Readonly<Record<string, Path>> = {
  name: ['name'],
  ownRunAsNonRoot: ['securityContext', 'runAsNonRoot'],
  ownRunAsUser: ['securityContext', 'runAsUser'],
  isPrivileged: ['securityContext', 'privileged'],
  ownHostProcess: ['securityContext', 'windowsOptions', 'hostProcess'],
  allowPrivilegeEscalation: ['securityContext', 'allowPrivilegeEscalation'],
  addedCapabilities: ['securityContext', 'capabilities', 'add'],
  ownAddedCapabilities: ['securityContext', 'capabilities', 'add'],
  droppedCapabilities: ['securityContext', 'capabilities', 'drop'],
  ownDroppedCapabilities: ['securityContext', 'capabilities', 'drop'],
  ownSeccomp: ['securityContext', 'seccompProfile', 'type'],
  ownAppArmor: ['securityContext', 'appArmorProfile', 'type'],
  ownSeLinuxType: ['securityContext', 'seLinuxOptions', 'type'],
  ownSeLinuxUser: ['securityContext', 'seLinuxOptions', 'user'],
  ownSeLinuxRole: ['securityContext', 'seLinuxOptions', 'role'],
  procMount: ['securityContext', 'procMount'],
  hasReadOnlyRoot: ['securityContext', 'readOnlyRootFilesystem'],
  hasReadinessProbe: ['readinessProbe'],
  hasLivenessProbe: ['livenessProbe'],
  isMemoryLimited: ['resources', 'limits', 'memory'],
  memoryLimit: ['resources', 'limits', 'memory'],
  isCpuLimited: ['resources', 'limits', 'cpu'],
  isMemoryRequested: ['resources', 'requests', 'memory'],
  isCpuRequested: ['resources', 'requests', 'cpu'],
  imagePullPolicy: ['imagePullPolicy'],
  isInteractiveShell: ['stdin'],
};

const INHERITED_FIELDS: Readonly<Record<string, Path>> = {
  runAsNonRoot: ['runAsNonRoot'],
  runAsUser: ['runAsUser'],
  runAsGroup: ['runAsGroup'],
  seccomp: ['seccompProfile', 'type'],
};

function deriveFacts(found: PodContainer, workload: WorkloadSubject, image: ImageSubject, environment: ContainerEnvironment, defaults: ResourceDefaults): FactsOf<'container'> {
  const { container, role } = found;
  const own = objectAt(container, 'securityContext');
  const pod = workload.podSecurity;
  const name = stringAt(container, 'name');
  const annotations = objectAt(workload.pod.metadata, 'annotations');

  const ownUser = intAt(own, 'runAsUser');
  const ownNonRoot = boolAt(own, 'runAsNonRoot');
  const user = ownUser === null ? intAt(pod, 'runAsUser') : ownUser;
  const nonRoot = ownNonRoot === null ? boolAt(pod, 'runAsNonRoot') : ownNonRoot;
  const group = intAt(own, 'runAsGroup');

  const privileged = orDefault(boolAt(own, 'privileged'), false);
  const escalation = boolAt(own, 'allowPrivilegeEscalation');
  const capabilities = objectAt(own, 'capabilities');
  const ownAdded = stringListAt(capabilities, 'add');
  const ownDropped = stringListAt(capabilities, 'drop');
  const added = plainCapabilities(ownAdded);

  const ownHostProcess = boolAt(objectAt(own, 'windowsOptions'), 'hostProcess');
  const hostProcess = ownHostProcess === null ? boolAt(objectAt(pod, 'windowsOptions'), 'hostProcess') : ownHostProcess;
  const ownSeccomp = stringAt(objectAt(own, 'seccompProfile'), 'type');
  const ownAppArmor = stringAt(objectAt(own, 'appArmorProfile'), 'type');
  const appArmorAnnotation = stringAt(annotations, APPARMOR_ANNOTATION + name);
  const seLinux = objectAt(own, 'seLinuxOptions');
  const procMount = stringAt(own, 'procMount');
  const resources = effectiveResources(container, workload.pod.spec, defaults);
  const isWindows = workload.facts.os === 'windows';
  const hasReadinessProbe = isObject(field(container, 'readinessProbe'));
  const hasLivenessProbe = isObject(field(container, 'livenessProbe'));
  const hosts = probeHosts(container);
  const workspace = findWorkspace(container, workload, environment);

  return {
    name,
    role,
    hasEnded: role === 'ephemeral' && isObject(field(debugState(container, workload), 'terminated')),
    isJustStarted: role === 'ephemeral' && isJustStarted(debugState(container, workload), workload),
    runsAsRoot: isWindows ? runsAsAdministrator(own, pod) : runsAsRoot(user, nonRoot, image.facts.runsAsRoot),
    isNonRootGuaranteed: isWindows ? runsAsAdministrator(own, pod) === false : isNonRootGuaranteed(user, nonRoot),
    cannotStart: !isWindows && nonRoot === true && (user === 0n || (user === null && (image.facts.runsAsRoot === true || image.facts.hasNumericUser === false))),
    ownRunAsNonRoot: optionalBool(ownNonRoot),
    runAsNonRoot: optionalBool(nonRoot),
    ownRunAsUser: optionalInt(ownUser),
    runAsUser: optionalInt(user),
    runAsGroup: optionalInt(group === null ? intAt(pod, 'runAsGroup') : group),
    isPrivileged: privileged,
    ownHostProcess: orDefault(ownHostProcess, false),
    isHostProcess: orDefault(hostProcess, false),
    canGainPrivileges: isWindows ? false : canGainPrivileges(escalation, privileged, added),
    allowPrivilegeEscalation: optionalBool(escalation),
    addedCapabilities: added,
    droppedCapabilities: plainCapabilities(ownDropped),
    ownAddedCapabilities: ownAdded,
    ownDroppedCapabilities: ownDropped,
    // Kubernetes compares the string: `all` or `CAP_ALL` is not what Pod Security takes.
    dropsAllCapabilities: ownDropped?.includes('ALL'),
    seccomp: ownSeccomp || stringAt(objectAt(pod, 'seccompProfile'), 'type'),
    ownSeccomp,
    seccompAnnotation: stringAt(annotations, SECCOMP_ANNOTATION + name),
    // In this order (kubernetes/pkg/security/apparmor, GetProfile).
    appArmor: ownAppArmor || appArmorTypeOf(appArmorAnnotation) || stringAt(objectAt(pod, 'appArmorProfile'), 'type'),
    ownAppArmor,
    appArmorAnnotation,
    ownSeLinuxType: stringAt(seLinux, 'type'),
    ownSeLinuxUser: stringAt(seLinux, 'user'),
    ownSeLinuxRole: stringAt(seLinux, 'role'),
    isLabelConfinementOff: false,
    procMount,
    hasUnmaskedProc: privileged === undefined ? undefined : procMount !== '' && procMount !== 'Default',
    hasReadOnlyRoot: orDefault(boolAt(own, 'readOnlyRootFilesystem'), false),
    probeHosts: hosts.length === 0 ? NOTHING : hosts.map(({ host }) => host),
    hasReadinessProbe,
    hasLivenessProbe,
    hasHealthCheck: hasReadinessProbe || hasLivenessProbe || isObject(field(container, 'startupProbe')),
    isMemoryLimited: resources.isMemoryLimited,
    isCpuLimited: resources.isCpuLimited,
    isMemoryRequested: resources.isMemoryRequested,
    isCpuRequested: resources.isCpuRequested,
    isPidsLimited: undefined,
    hasMilliByteMemory: resources.hasMilliByteMemory,
    memoryLimit: resources.memoryLimit,
    restartsForever: false,
    isInteractiveShell: isInteractiveShell(container, environment),
    imagePullPolicy: stringAt(container, 'imagePullPolicy') || defaultPullPolicy(image),
    workspace,
    isWorkspaceConfined: workspace === undefined ? undefined : workspace !== '' && isConfinedWorkspace(workspace, container, workload),
  };
}

/** Undefined only where the image alone decides and was not seen. With runAsNonRoot the kubelet refuses user 0, so it never runs as root. */
function runsAsRoot(user: bigint | null | undefined, nonRoot: boolean | null | undefined, imageRunsAsRoot: boolean | undefined): boolean | undefined {
  if (nonRoot === true) return false;
  if (user === undefined) return undefined;
  if (user !== null) return isUserId(user) ? user === 0n : undefined;
  return nonRoot === undefined ? undefined : imageRunsAsRoot;
}

function isNonRootGuaranteed(user: bigint | null | undefined, nonRoot: boolean | null | undefined): boolean | undefined {
  if (nonRoot === true) return true;
  if (user === undefined || nonRoot === undefined) return undefined;
  if (user === null) return false;
  return isUserId(user) ? user !== 0n : undefined;
}

/** Neither the API server nor Docker takes others; in 32 bits, 4294967296 would be root. */
export function isUserId(user: bigint | undefined): user is bigint {
  return user !== undefined && user >= 0n && user <= 2_147_483_647n;
}

/** The API documents it as always true for privileged containers and for SYS_ADMIN. */
function canGainPrivileges(escalation: boolean | null | undefined, privileged: boolean | undefined, added: readonly string[] | undefined): boolean | undefined {
  if (escalation === true || escalation === null || privileged === true || added?.includes('SYS_ADMIN') === true || added?.includes('ALL') === true) return true;
  return escalation === undefined || privileged === undefined || added === undefined ? undefined : false;
}

function defaultPullPolicy(image: ImageSubject): string | undefined {
  if (!image.reference.isResolved) return undefined;
  return isMovingReference(image) ? 'Always' : 'IfNotPresent';
}

/** Windows has no user ids. */
function runsAsAdministrator(own: JsonObject, pod: JsonObject): boolean | undefined {
  const name = stringAt(objectAt(own, 'windowsOptions'), 'runAsUserName') || stringAt(objectAt(pod, 'windowsOptions'), 'runAsUserName');
  // Without a name the image decides, and server images default to the administrator.
  if (name === '') return undefined;
  return /(?:^|\\)ContainerAdministrator$|^NT AUTHORITY\\SYSTEM$/i.test(name);
}

export function plainCapability(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper.slice('CAP_'.length) : upper;
}

/** Most are written plainly: then the list of the manifest does. */
function plainCapabilities(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || names.every((name) => plainCapability(name) === name) ? names : names.map(plainCapability);
}

export function appArmorTypeOf(annotation: string): string {
  if (annotation === 'runtime/default') return 'RuntimeDefault';
  if (annotation.startsWith('localhost/')) return 'Localhost';
  return annotation === 'unconfined' ? 'Unconfined' : annotation;
}

interface ProbeHost {
  readonly host: string;
  readonly path: Path;
}

function probeHosts(container: JsonObject): readonly ProbeHost[] {
  const found: ProbeHost[] = [];
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) addHosts(objectAt(container, probe), [probe], found);
  const lifecycle = objectAt(container, 'lifecycle');
  if (lifecycle !== EMPTY) for (const hook of ['postStart', 'preStop']) addHosts(objectAt(lifecycle, hook), ['lifecycle', hook], found);
  return found;
}

function addHosts(probe: JsonObject, path: Path, found: ProbeHost[]): void {
  if (probe === EMPTY) return;
  for (const handler of ['httpGet', 'tcpSocket']) {
    const host = stringAt(objectAt(probe, handler), 'host');
    if (host !== '') found.push({ host, path: [...path, handler, 'host'] });
  }
}

/** Somebody keeps a terminal open in a container that does nothing. */
function isInteractiveShell(container: JsonObject, environment: ContainerEnvironment): boolean {
  if (boolAt(container, 'stdin') !== true || boolAt(container, 'tty') !== true) return false;
  const { command, arguments: extra } = environment.texts;
  const words = [...(command ?? []), ...(extra ?? [])].map(({ text }) => text.marked).join(' ');
  return words === '' || /(?:^|[\s/;'"])(?:sleep\s+(?:infinity|inf|\d{4,}\w?)|tail\s+-f\s+\/dev\/null)\s*(?:$|[;'"])|^(?:\/bin\/)?(?:ba|a|z)?sh$/.test(words);
}

/** What the status of the pod says of an ephemeral container; nothing where it was not started yet, or in a manifest. */
function debugState(container: JsonObject, { resource }: WorkloadSubject): JsonObject {
  const name = stringAt(container, 'name');
  const status = listAt(objectAt(resource.value, 'status'), 'ephemeralContainerStatuses').find((item) => isObject(item) && stringAt(item, 'name') === name);
  return isObject(status) ? objectAt(status, 'state') : EMPTY;
}

function isJustStarted(state: JsonObject, { resource }: WorkloadSubject): boolean {
  const running = field(state, 'running');
  if (isObject(running)) return isRecent(stringAt(running, 'startedAt'), resource);
  // Of a live one that has no state yet, nothing was left behind yet.
  return resource.origin.reading !== undefined && !isObject(field(state, 'terminated'));
}
