import type { ComposeProject } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place, Subject } from '../model/subject.ts';
import { composeArguments, composePorts, composeVariables, envFileEntries } from './compose-parts.ts';
import { type ComposeMount, mountSubjects, mountsOfService } from './compose-volumes.ts';
import { plainCapability } from './containers.ts';
import { Derived } from './derived.ts';
import { basesOf } from './dockerfiles.ts';
import { parseImageReference } from './image-reference.ts';
import { ImageSubject, isRootUser, UNNAMED } from './images.ts';
import { ObjectSubject } from './objects.ts';
import { parseComposeBytes } from './quantity.ts';
import { field, isObject, listAt, objectAt, optionalBool, optionalInt, stringAt } from './read.ts';
import type { FactsOf } from './vocabulary.ts';
import { isSharedFolder } from './workspace.ts';

/** Everything that a compose project has to judge. A service is workload and container in one. */
export function* composeSubjects(project: ComposeProject, wanted: ReadonlySet<string>): Generator<Subject> {
  const services = objectAt(project.value, 'services');
  for (const name of Object.keys(services)) {
    const service = field(services, name);
    if (!isObject(service)) continue;
    const workload = new ServiceWorkload(project, name, service);
    yield workload;
    const dockerfile = Object.hasOwn(project.dockerfiles, name) ? project.dockerfiles[name] : undefined;
    const reference = stringAt(service, 'image');
    const image = new ImageSubject(reference === '' ? UNNAMED : parseImageReference(reference), project, ['services', name, reference === '' ? 'build' : 'image'], dockerfile);
    if (reference !== '' || dockerfile !== undefined) yield image;
    if (dockerfile !== undefined) {
      yield new ObjectSubject(dockerfile);
      yield* basesOf(dockerfile, image);
    }
    const mounts = mountsOfService(project, service);
    const container = new ServiceContainer(workload, image, mounts);
    yield container;
    if (wanted.has('volume') || wanted.has('mount')) yield* mountSubjects(workload, container, mounts);
    if (wanted.has('port')) yield* composePorts(container, service);
    if (wanted.has('variable')) yield* composeVariables(container, project, service);
    if (wanted.has('argument')) yield* composeArguments(container, project, service);
    if (wanted.has('entry')) yield* envFileEntries(workload, project);
  }
}

/** A compose service as what owns a container. */
export class ServiceWorkload extends Derived<'workload'> {
  readonly project: ComposeProject;
  readonly name: string;
  readonly service: JsonObject;
  readonly path: Path;

  constructor(project: ComposeProject, name: string, service: JsonObject) {
    super('workload', workloadFacts(project, name, service), project, []);
    this.project = project;
    this.name = name;
    this.service = service;
    this.path = ['services', name];
  }

  override get labels(): Readonly<Record<string, string>> {
    return keyValues(field(this.service, 'labels'));
  }

  identity(): Identity {
    return { apiVersion: '', kind: 'Service of compose', namespace: this.project.project, name: this.name, container: '', part: '' };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const key = {
      usesHostNetwork: 'network_mode',
      usesHostPid: 'pid',
      sharesProcesses: 'pid',
      usesHostIpc: 'ipc',
      usesHostUts: 'uts',
      usesHostUserNamespace: 'userns_mode',
      sysctls: 'sysctls',
    }[fact];
    return [key === undefined ? this.path : [...this.path, key]];
  }
}

/** A compose service as the container that it runs. */
export class ServiceContainer extends Derived<'container'> {
  readonly workload: ServiceWorkload;
  readonly image: ImageSubject;

  constructor(workload: ServiceWorkload, image: ImageSubject, mounts: readonly ComposeMount[]) {
    super('container', containerFacts(workload.service, workload.name, image, mounts), workload.project, [image, workload]);
    this.workload = workload;
    this.image = image;
  }

  identity(): Identity {
    return { ...this.workload.identity(), container: this.workload.name };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const { path, service } = this.workload;
    const keys = Object.hasOwn(PLACES, fact) ? (PLACES[fact] ?? []) : [];
    const set = keys.find((key) => field(service, key) !== undefined);
    if (set !== undefined) return [[...path, set]];
    if ((fact === 'runsAsRoot' || fact === 'hasHealthCheck') && this.image.dockerfile !== undefined) {
      return [path, ...this.image.places(`image.${fact}`)];
    }
    return [path];
  }

  protected override ownAbsence(fact: string): Absence {
    if (fact === 'runsAsRoot') return { ...this.image.absence('image.runsAsRoot'), hint: 'set `user` in the compose file, so that the image does not decide' };
    if (fact === 'hasHealthCheck') return { ...this.image.absence('image.hasHealthCheck'), hint: 'set `healthcheck` in the compose file, so that the image does not decide' };
    return super.ownAbsence(fact);
  }
}

/** Keys of a service that decide a fact; the first that is set is the place. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  runsAsRoot: ['user'],
  isNonRootGuaranteed: ['user'],
  runAsUser: ['user'],
  runAsGroup: ['user'],
  isPrivileged: ['privileged'],
  canGainPrivileges: ['privileged', 'security_opt'],
  addedCapabilities: ['cap_add'],
  ownAddedCapabilities: ['cap_add'],
  droppedCapabilities: ['cap_drop'],
  ownDroppedCapabilities: ['cap_drop'],
  dropsAllCapabilities: ['cap_drop'],
  seccomp: ['security_opt', 'privileged'],
  appArmor: ['security_opt'],
  isLabelConfinementOff: ['security_opt'],
  hasUnmaskedProc: ['security_opt'],
  hasReadOnlyRoot: ['read_only'],
  hasHealthCheck: ['healthcheck'],
  isMemoryLimited: ['mem_limit', 'deploy'],
  memoryLimit: ['mem_limit', 'deploy'],
  isCpuLimited: ['cpus', 'cpu_quota', 'deploy'],
  isPidsLimited: ['pids_limit', 'deploy'],
  restartsForever: ['restart'],
  imagePullPolicy: ['pull_policy'],
  isInteractiveShell: ['stdin_open'],
};

function workloadFacts(project: ComposeProject, name: string, service: JsonObject): FactsOf<'workload'> {
  const sysctls = Object.keys(keyValues(field(service, 'sysctls')));
  const pid = stringAt(service, 'pid');
  return {
    name,
    kind: 'Service',
    namespaceName: project.project,
    platform: 'compose',
    isKnownKind: true,
    os: /^windows\b/.test(stringAt(service, 'platform')) ? 'windows' : '',
    usesHostNetwork: usesHostNetwork(project, service, 0),
    usesHostPid: pid === 'host',
    usesHostIpc: stringAt(service, 'ipc') === 'host',
    usesHostUts: stringAt(service, 'uts') === 'host',
    usesHostUserNamespace: stringAt(service, 'userns_mode') === 'host',
    hasOwnUserNamespace: false,
    sharesProcesses: /^(?:service|container):/.test(pid),
    serviceAccount: '',
    mountsToken: false,
    mountsTokenExplicitly: false,
    accountHasBindings: false,
    sysctls,
    podRunAsNonRoot: optionalBool(null),
    podRunAsUser: optionalInt(null),
    podSeccomp: '',
    podSeccompAnnotation: '',
    podAppArmor: '',
    podSeLinuxType: '',
    podSeLinuxUser: '',
    podSeLinuxRole: '',
    podHostProcess: false,
    isDebugLeftover: false,
  };
}

/** `service:x` shares the network of another service: what that one has, this one has. `container:x` is not in the file. */
function usesHostNetwork(project: ComposeProject, service: JsonObject, depth: number): boolean | undefined {
  const mode = stringAt(service, 'network_mode');
  if (mode === 'host') return true;
  if (mode.startsWith('container:')) return undefined;
  const other = mode.startsWith('service:') ? field(objectAt(project.value, 'services'), mode.slice('service:'.length)) : undefined;
  return isObject(other) && depth < 10 ? usesHostNetwork(project, other, depth + 1) : false;
}

function containerFacts(service: JsonObject, name: string, image: ImageSubject, mounts: readonly ComposeMount[]): FactsOf<'container'> {
  const user = stringAt(service, 'user').trim();
  const [userName = '', groupName] = user.split(':');
  const numericUser = /^\d+$/.test(userName) ? BigInt(userName) : null;
  const isPrivileged = field(service, 'privileged') === true;
  const options = securityOptions(service);
  const ownAdded = strings(service, 'cap_add');
  const ownDropped = strings(service, 'cap_drop');
  const dropped = ownDropped.map(plainCapability);
  const limits = objectAt(objectAt(objectAt(service, 'deploy'), 'resources'), 'limits');
  const reservations = objectAt(objectAt(objectAt(service, 'deploy'), 'resources'), 'reservations');
  const memory = parseComposeBytes(stringAt(limits, 'memory') || stringAt(service, 'mem_limit'));
  const isMemoryLimited = memory !== undefined && memory > 0;
  const isCpuLimited = ['cpus', 'cpu_quota'].some((key) => Number(stringAt(service, key)) > 0) || Number(stringAt(limits, 'cpus')) > 0;
  const pids = Number(stringAt(limits, 'pids') || stringAt(service, 'pids_limit'));
  const workspace = declaredWorkspace(service);
  const health = healthCheckOf(service);
  const hasHealthCheck = health ?? image.facts.hasHealthCheck;
  return {
    name,
    role: 'app',
    runsAsRoot: user === '' ? image.facts.runsAsRoot : isRootUser(user),
    isNonRootGuaranteed: numericUser !== null && numericUser !== 0n,
    cannotStart: false,
    ownRunAsNonRoot: optionalBool(null),
    runAsNonRoot: optionalBool(null),
    ownRunAsUser: optionalInt(numericUser),
    runAsUser: optionalInt(numericUser),
    runAsGroup: optionalInt(groupName !== undefined && /^\d+$/.test(groupName) ? BigInt(groupName) : null),
    isPrivileged,
    ownHostProcess: false,
    isHostProcess: false,
    canGainPrivileges: isPrivileged || !options.noNewPrivileges,
    allowPrivilegeEscalation: optionalBool(options.noNewPrivileges ? false : null),
    addedCapabilities: ownAdded.map(plainCapability),
    droppedCapabilities: dropped,
    ownAddedCapabilities: ownAdded,
    ownDroppedCapabilities: ownDropped,
    dropsAllCapabilities: dropped.includes('ALL'),
    // Unlike Kubernetes, Docker applies its own profile where nothing is said.
    seccomp: isPrivileged ? 'Unconfined' : options.seccomp,
    ownSeccomp: options.seccomp,
    seccompAnnotation: '',
    appArmor: options.appArmor,
    ownAppArmor: options.appArmor,
    appArmorAnnotation: '',
    ownSeLinuxType: options.seLinux['type'] ?? '',
    ownSeLinuxUser: options.seLinux['user'] ?? '',
    ownSeLinuxRole: options.seLinux['role'] ?? '',
    isLabelConfinementOff: options.isLabelDisabled,
    procMount: options.isProcUnmasked ? 'Unmasked' : '',
    hasUnmaskedProc: options.isProcUnmasked,
    hasReadOnlyRoot: field(service, 'read_only') === true,
    probeHosts: [],
    hasReadinessProbe: hasHealthCheck,
    hasLivenessProbe: hasHealthCheck,
    hasHealthCheck,
    isMemoryLimited,
    isCpuLimited,
    isMemoryRequested: isMemoryLimited || stringAt(reservations, 'memory') !== '' || stringAt(service, 'mem_reservation') !== '',
    isCpuRequested: isCpuLimited || stringAt(reservations, 'cpus') !== '',
    isPidsLimited: Number.isFinite(pids) && pids > 0,
    hasMilliByteMemory: false,
    memoryLimit: optionalInt(memory === undefined ? null : BigInt(Math.round(memory))),
    restartsForever: /^(?:always|unless-stopped)$/.test(stringAt(service, 'restart')),
    isInteractiveShell: field(service, 'stdin_open') === true && field(service, 'tty') === true && onlySleeps(service),
    imagePullPolicy: stringAt(service, 'pull_policy'),
    workspace,
    isWorkspaceConfined: workspace !== '' && isConfined(workspace, mounts),
  };
}

interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  readonly seccomp: string;
  readonly appArmor: string;
  readonly isLabelDisabled: boolean;
  readonly isProcUnmasked: boolean;
  readonly seLinux: Readonly<Record<string, string>>;
}

/** `security_opt` takes `:` and `=`; `no-new-privileges:false` is an explicit off. */
function securityOptions(service: JsonObject): SecurityOptions {
  const options = strings(service, 'security_opt').map((option) => /^([^:=]+)(?:[:=](.*))?$/s.exec(option.trim()));
  const settingOf = (name: string): string | undefined => options.findLast((match) => match?.[1] === name)?.[2];
  const profile = (value: string | undefined, byDefault: string): string =>
    value === undefined ? byDefault : value === 'unconfined' ? 'Unconfined' : value === 'builtin' ? 'RuntimeDefault' : 'Localhost';
  const noNewPrivileges = options.findLast((match) => match?.[1] === 'no-new-privileges');
  const labels = options.filter((match) => match?.[1] === 'label').map((match) => match?.[2] ?? '');
  return {
    noNewPrivileges: noNewPrivileges !== undefined && noNewPrivileges?.[2]?.trim() !== 'false',
    seccomp: profile(settingOf('seccomp'), 'RuntimeDefault'),
    appArmor: profile(settingOf('apparmor'), ''),
    isLabelDisabled: labels.includes('disable'),
    isProcUnmasked: settingOf('systempaths') === 'unconfined',
    seLinux: Object.fromEntries(labels.flatMap((label) => (/^(?:type|user|role):/.test(label) ? [label.split(':', 2) as [string, string]] : []))),
  };
}

/** Undefined where the image decides. */
function healthCheckOf(service: JsonObject): boolean | undefined {
  const check = field(service, 'healthcheck');
  if (!isObject(check)) return undefined;
  const test = field(check, 'test');
  const first = Array.isArray(test) ? test[0] : test;
  if (field(check, 'disable') === true || first === 'NONE') return false;
  return test === undefined ? undefined : true;
}

function onlySleeps(service: JsonObject): boolean {
  const command = field(service, 'command');
  const words = Array.isArray(command) ? command.join(' ') : String(command ?? '');
  return /sleep\s+(?:infinity|inf|\d{4,})|tail\s+-f\s+\/dev\/null|^(?:\/bin\/)?(?:ba|a|z)?sh$/.test(words);
}

function declaredWorkspace(service: JsonObject): string {
  const label = keyValues(field(service, 'labels'))['seaworthy.dev/workspace'];
  if (label !== undefined) return label;
  const variables = Object.entries(keyValues(field(service, 'environment')));
  return variables.find(([name, value]) => /^(?:[A-Z0-9]+_)*WORKSPACE(?:_(?:ROOT|DIR|PATH))?$/.test(name) && value.startsWith('/'))?.[1] ?? '';
}

function isConfined(workspace: string, mounts: readonly ComposeMount[]): boolean {
  const mount = mounts.find(({ target }) => target !== '/' && (workspace === target || workspace.startsWith(`${target.replace(/\/$/, '')}/`)));
  return !isSharedFolder(workspace) && mount !== undefined && !mount.isReadOnly && (mount.kind === 'volume' || mount.kind === 'tmpfs');
}

/** Compose writes maps as maps or as lists of `KEY=value`. */
export function keyValues(value: Json | undefined): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  if (isObject(value)) {
    for (const key of Object.keys(value)) pairs.push([key, stringAt(value, key)]);
  } else if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      if (typeof item !== 'string') continue;
      const equals = item.indexOf('=');
      pairs.push(equals === -1 ? [item, ''] : [item.slice(0, equals), item.slice(equals + 1)]);
    }
  }
  return Object.fromEntries(pairs);
}

function strings(service: JsonObject, key: string): readonly string[] {
  return listAt(service, key).filter((item) => typeof item === 'string');
}
