import type { ComposeProject } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place, Subject } from '../model/subject.ts';
import { composeArguments, composePorts, composeVariables, envFileEntries } from './compose-parts.ts';
import { holdsOpen, isOpen, keyValues, openListAt, UNSEEN_ENVIRONMENT } from './compose-read.ts';
import { securityOptions } from './compose-security.ts';
import { type ComposeMount, mountSubjects, mountsOfService } from './compose-volumes.ts';
import { isUserId, plainCapability } from './containers.ts';
import { ComposeProgram } from './datastores/compose-program.ts';
import { composeTexts } from './datastores/compose-texts.ts';
import { fileStoresOf } from './datastores/file-stores.ts';
import type { Texts } from './datastores/program.ts';
import { projectDatastores } from './datastores/unit-datastores.ts';
import { Derived } from './derived.ts';
import { basesOf } from './dockerfiles.ts';
import { normalizeHostPath } from './host-path.ts';
import { parseImageReference } from './image-reference.ts';
import { ImageSubject, isRootUser, UNNAMED } from './images.ts';
import { ObjectSubject } from './objects.ts';
import { parseComposeBytes } from './quantity.ts';
import { boolAt, field, isObject, objectAt, optionalBool, optionalInt, orDefault, stringAt } from './read.ts';
import type { FactsOf } from './vocabulary.ts';
import { innermost, isSharedFolder, workspaceIn } from './workspace.ts';

/** Everything that a compose project has to judge. A service is workload and container in one. */
export function* composeSubjects(project: ComposeProject, wanted: ReadonlySet<string>, today: string | undefined): Generator<Subject> {
  const services = objectAt(project.value, 'services');
  const containers: ServiceContainer[] = [];
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
    containers.push(container);
    if (wanted.has('volume') || wanted.has('mount')) yield* mountSubjects(workload, container, mounts);
    if (wanted.has('port')) yield* composePorts(container, service);
    if (wanted.has('variable')) yield* composeVariables(container, project, service);
    if (wanted.has('argument')) yield* composeArguments(container, project, service);
    if (wanted.has('entry')) yield* envFileEntries(workload, project);
  }
  if (wanted.has('store')) for (const container of containers) yield* fileStoresOf(new ComposeProgram(container), undefined);
  if (wanted.has('datastore') || wanted.has('connection')) yield* projectDatastores(project, containers, today);
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
    const key = Object.hasOwn(WORKLOAD_KEYS, fact) ? WORKLOAD_KEYS[fact] : undefined;
    return [key === undefined ? this.path : [...this.path, key]];
  }

  protected override ownAbsence(fact: string): Absence {
    const key = Object.hasOwn(WORKLOAD_KEYS, fact) ? WORKLOAD_KEYS[fact] : undefined;
    if (key === undefined) return super.ownAbsence(fact);
    return isOpen(stringAt(this.service, key)) ? UNSEEN_ENVIRONMENT : UNSEEN_NEIGHBOUR;
  }
}

const WORKLOAD_KEYS: Readonly<Record<string, string>> = {
  usesHostNetwork: 'network_mode',
  usesHostPid: 'pid',
  sharesProcesses: 'pid',
  usesHostIpc: 'ipc',
  usesHostUts: 'uts',
  usesHostUserNamespace: 'userns_mode',
  sysctls: 'sysctls',
};

/** A compose service as the container that it runs. */
export class ServiceContainer extends Derived<'container'> {
  readonly workload: ServiceWorkload;
  readonly image: ImageSubject;

  constructor(workload: ServiceWorkload, image: ImageSubject, mounts: readonly ComposeMount[]) {
    super('container', containerFacts(workload, image, mounts), workload.project, [image, workload]);
    this.workload = workload;
    this.image = image;
  }

  identity(): Identity {
    return { ...this.workload.identity(), container: this.workload.name };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const { path, service } = this.workload;
    const set = this.#keysOf(fact).find((key) => field(service, key) !== undefined);
    if (set !== undefined) return [[...path, set]];
    if ((fact === 'runsAsRoot' || fact === 'hasHealthCheck') && this.image.dockerfile !== undefined) {
      return [path, ...this.image.places(`image.${fact}`)];
    }
    return [path];
  }

  /** Keys of the service that decide a fact; the first that is set is the place. */
  #keysOf(fact: string): readonly string[] {
    // Where it is not the reason, `privileged: false` is not the place.
    if (fact === 'canGainPrivileges' || fact === 'seccomp') return this.facts.isPrivileged === true ? ['privileged', 'security_opt'] : ['security_opt', 'privileged'];
    return Object.hasOwn(PLACES, fact) ? (PLACES[fact] ?? []) : [];
  }

  protected override ownAbsence(fact: string): Absence {
    const { service } = this.workload;
    if (this.#keysOf(fact).some((key) => holdsOpen(field(service, key)))) return UNSEEN_ENVIRONMENT;
    if (fact === 'workspace' || fact === 'isWorkspaceConfined') return UNSEEN_ENVIRONMENT;
    if (fact === 'runsAsRoot') return { ...this.image.absence('image.runsAsRoot'), hint: 'set `user` in the compose file, so that the image does not decide' };
    if (fact === 'hasHealthCheck') return { ...this.image.absence('image.hasHealthCheck'), hint: 'set `healthcheck` in the compose file, so that the image does not decide' };
    return super.ownAbsence(fact);
  }
}

const PLACES: Readonly<Record<string, readonly string[]>> = {
  runsAsRoot: ['user'],
  isNonRootGuaranteed: ['user'],
  runAsUser: ['user'],
  runAsGroup: ['user'],
  isPrivileged: ['privileged'],
  addedCapabilities: ['cap_add'],
  ownAddedCapabilities: ['cap_add'],
  droppedCapabilities: ['cap_drop'],
  ownDroppedCapabilities: ['cap_drop'],
  ownRunAsUser: ['user'],
  allowPrivilegeEscalation: ['security_opt'],
  ownSeccomp: ['security_opt'],
  ownAppArmor: ['security_opt'],
  dropsAllCapabilities: ['cap_drop'],
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

const UNSEEN_NEIGHBOUR: Absence = {
  because: 'it shares with a container that is not a service of this project',
  hint: 'make both services of one project, and share with service:NAME',
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
    usesHostNetwork: usesHost('network_mode', project, service, 0),
    usesHostPid: usesHost('pid', project, service, 0),
    usesHostIpc: usesHost('ipc', project, service, 0),
    usesHostUts: usesHost('uts', project, service, 0),
    usesHostUserNamespace: usesHost('userns_mode', project, service, 0),
    hasOwnUserNamespace: false,
    sharesProcesses: isOpen(pid) ? undefined : /^(?:service|container):/.test(pid),
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
    runsAsWritten: optionalBool(null),
    differences: [],
  };
}

/** `service:x` shares a namespace with another service: if that one has the host's, this one has it, too. `container:x` is not in the file. */
function usesHost(key: string, project: ComposeProject, service: JsonObject, depth: number): boolean | undefined {
  const mode = stringAt(service, key);
  if (mode === 'host') return true;
  if (mode.startsWith('container:') || isOpen(mode)) return undefined;
  const other = mode.startsWith('service:') ? field(objectAt(project.value, 'services'), mode.slice('service:'.length)) : undefined;
  return isObject(other) && depth < 10 ? usesHost(key, project, other, depth + 1) : false;
}

function containerFacts({ project, name, service }: ServiceWorkload, image: ImageSubject, mounts: readonly ComposeMount[]): FactsOf<'container'> {
  const texts = composeTexts(project, name, service);
  const user = stringAt(service, 'user').trim();
  const [userName = '', groupName = ''] = user.split(':');
  const userId = numericId(userName);
  const isPrivileged = orDefault(boolAt(service, 'privileged'), false);
  const options = securityOptions(service);
  const ownAdded = openListAt(service, 'cap_add');
  const ownDropped = openListAt(service, 'cap_drop');
  const dropped = ownDropped?.map(plainCapability);
  const limits = objectAt(objectAt(objectAt(service, 'deploy'), 'resources'), 'limits');
  const reservations = objectAt(objectAt(objectAt(service, 'deploy'), 'resources'), 'reservations');
  const memory = amountOf(stringAt(limits, 'memory') || stringAt(service, 'mem_limit'), parseComposeBytes);
  const isMemoryLimited = memory === undefined ? undefined : memory > 0;
  const cpus = [stringAt(service, 'cpus'), stringAt(service, 'cpu_quota'), stringAt(limits, 'cpus')].map((text) => amountOf(text, Number));
  const isCpuLimited = cpus.some((amount) => amount !== undefined && amount > 0) ? true : cpus.includes(undefined) ? undefined : false;
  const pids = amountOf(stringAt(limits, 'pids') || stringAt(service, 'pids_limit'), Number);
  const workspace = declaredWorkspace(service, texts);
  const health = healthCheckOf(service);
  const hasHealthCheck = health ?? image.facts.hasHealthCheck;
  return {
    name,
    role: 'app',
    hasEnded: false,
    isJustStarted: false,
    runsAsRoot: user === '' ? image.facts.runsAsRoot : userId === null ? isRootUser(user) : isUserId(userId) ? userId === 0n : undefined,
    isNonRootGuaranteed: userId === null ? false : isUserId(userId) ? userId !== 0n : undefined,
    cannotStart: false,
    ownRunAsNonRoot: optionalBool(null),
    runAsNonRoot: optionalBool(null),
    ownRunAsUser: optionalInt(userId),
    runAsUser: optionalInt(userId),
    runAsGroup: optionalInt(numericId(groupName)),
    isPrivileged,
    ownHostProcess: false,
    isHostProcess: false,
    canGainPrivileges: isPrivileged === true || options.noNewPrivileges === false ? true : isPrivileged === undefined || options.noNewPrivileges === undefined ? undefined : false,
    allowPrivilegeEscalation: optionalBool(options.noNewPrivileges === undefined ? undefined : options.noNewPrivileges ? false : null),
    addedCapabilities: ownAdded?.map(plainCapability),
    droppedCapabilities: dropped,
    ownAddedCapabilities: ownAdded,
    ownDroppedCapabilities: ownDropped,
    dropsAllCapabilities: dropped?.includes('ALL'),
    // Unlike Kubernetes, Docker applies its own profile where nothing is said.
    seccomp: options.seccomp !== '' ? options.seccomp : isPrivileged === undefined ? undefined : isPrivileged ? 'Unconfined' : 'RuntimeDefault',
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
    hasReadOnlyRoot: orDefault(boolAt(service, 'read_only'), false),
    probeHosts: [],
    hasReadinessProbe: hasHealthCheck,
    hasLivenessProbe: hasHealthCheck,
    hasHealthCheck,
    isMemoryLimited,
    isCpuLimited,
    isMemoryRequested: stringAt(reservations, 'memory') !== '' || stringAt(service, 'mem_reservation') !== '' || isMemoryLimited,
    isCpuRequested: stringAt(reservations, 'cpus') !== '' || isCpuLimited,
    isPidsLimited: pids === undefined ? undefined : pids > 0,
    hasMilliByteMemory: false,
    memoryLimit: optionalInt(memory === undefined ? undefined : memory === 0 ? null : BigInt(Math.round(memory))),
    restartsForever: restartsForever(service),
    isInteractiveShell: field(service, 'stdin_open') === true && field(service, 'tty') === true && onlySleeps(texts),
    imagePullPolicy: stringAt(service, 'pull_policy'),
    workspace,
    isWorkspaceConfined: workspace === undefined ? undefined : workspace !== '' && isConfined(workspace, mounts),
  };
}

/** A user or group as a number; null where it is a name or none, undefined where a variable stands in it. */
function numericId(text: string): bigint | null | undefined {
  if (isOpen(text)) return undefined;
  const [, sign = '', digits] = /^([+-]?)0*(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  return digits.length > 20 ? undefined : BigInt(sign.replace('+', '') + digits);
}

/** Zero where nothing is said; undefined where what is said is no amount, or a variable that is not set here. */
function amountOf(text: string, parse: (text: string) => number | undefined): number | undefined {
  if (text === '') return 0;
  const amount = parse(text);
  return amount === undefined || !Number.isFinite(amount) ? undefined : amount;
}

/** `deploy.restart_policy` replaces `restart` (compose, getRestartPolicy). */
function restartsForever(service: JsonObject): boolean {
  const policy = field(objectAt(service, 'deploy'), 'restart_policy');
  return /^(?:always|any|unless-stopped)$/.test(isObject(policy) ? stringAt(policy, 'condition') : stringAt(service, 'restart'));
}

/** Undefined where the image decides. */
function healthCheckOf(service: JsonObject): boolean | undefined {
  const check = field(service, 'healthcheck');
  if (!isObject(check)) return undefined;
  const test = field(check, 'test');
  const first = Array.isArray(test) ? test[0] : test;
  if (field(check, 'disable') === true || first === 'NONE') return false;
  return test === undefined || test === null || (Array.isArray(test) && test.length === 0) ? undefined : true;
}

function onlySleeps({ command, arguments: extra }: Texts): boolean {
  const words = [...(command ?? []), ...(extra ?? [])].map(({ text }) => text.marked).join(' ');
  return /sleep\s+(?:infinity|inf|\d{4,})|tail\s+-f\s+\/dev\/null|^(?:\/bin\/)?(?:ba|a|z)?sh$/.test(words);
}

function declaredWorkspace(service: JsonObject, texts: Texts): string | undefined {
  return keyValues(field(service, 'labels'))['seaworthy.dev/workspace'] ?? workspaceIn(texts);
}

function isConfined(workspace: string, mounts: readonly ComposeMount[]): boolean {
  const path = normalizeHostPath(workspace);
  const mount = innermost(path, mounts, ({ target }) => target);
  return !isSharedFolder(path) && mount !== undefined && !mount.isReadOnly && (mount.kind === 'volume' || mount.kind === 'tmpfs');
}
