import type { JsonObject, Path } from '../model/json.ts';
import { APPARMOR_ANNOTATION, appArmorTypeOf, plainCapability } from './containers.ts';
import { boolAt, field, intAt, isObject, objectAt, stringAt, stringsAt } from './read.ts';

/** A container and the securityContext of its pod, which it inherits from. */
export interface Secured {
  readonly own: JsonObject;
  readonly podSecurity: JsonObject;
  /** Of its pod. */
  readonly annotations: JsonObject;
}

/** What a container may more than is written. */
interface MoreRights {
  /** Below its securityContext. */
  readonly field: Path;
  /** With `%` for its name. */
  readonly says: string;
}

/**
 * Rights that a running container has and its template does not give. Where it has less, as after a webhook that hardens
 * pods, that is no difference. `added`: no template knows the container, and only power over the node counts.
 */
export function* securityDifferences(running: Secured, written: Secured | 'added'): Generator<MoreRights> {
  const now = objectAt(running.own, 'securityContext');
  const then = written === 'added' ? {} : objectAt(written.own, 'securityContext');
  if (boolAt(now, 'privileged') === true && boolAt(then, 'privileged') !== true) yield { field: ['privileged'], says: '% is privileged' };
  if (stringAt(now, 'procMount') === 'Unmasked' && stringAt(then, 'procMount') !== 'Unmasked') yield { field: ['procMount'], says: 'procMount of % is Unmasked' };
  const isHostProcess = (secured: Secured): boolean => boolAt(objectAt(effective(secured, 'windowsOptions'), 'windowsOptions'), 'hostProcess') === true;
  if (isHostProcess(running) && (written === 'added' || !isHostProcess(written))) yield { field: ['windowsOptions', 'hostProcess'], says: '% is a process of its host' };
  yield* capabilityDifferences(now, then, written === 'added');
  if (written === 'added') return;
  if (boolAt(then, 'allowPrivilegeEscalation') === false && boolAt(now, 'allowPrivilegeEscalation') !== false) {
    yield { field: ['allowPrivilegeEscalation'], says: 'allowPrivilegeEscalation of % is no longer false' };
  }
  if (boolAt(then, 'readOnlyRootFilesystem') === true && boolAt(now, 'readOnlyRootFilesystem') !== true) {
    yield { field: ['readOnlyRootFilesystem'], says: 'readOnlyRootFilesystem of % is no longer true' };
  }
  yield* inheritedDifferences(running, written);
}

/** Of meshes, whose init containers redirect the network of their pod, and what the Pod Security Standards let everybody have. */
const HARMLESS = new Set([
  ...['NET_ADMIN', 'NET_RAW', 'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
]);

function* capabilityDifferences(now: JsonObject, then: JsonObject, isAdded: boolean): Generator<MoreRights> {
  const namesAt = (security: JsonObject, key: string): string[] => stringsAt(objectAt(security, 'capabilities'), key).map(plainCapability);
  const given = namesAt(then, 'add');
  const more = namesAt(now, 'add').filter((name) => !given.includes(name) && !given.includes('ALL') && !(isAdded && HARMLESS.has(name)));
  if (more.length > 0) yield { field: ['capabilities', 'add'], says: `% has ${more.join(', ')} added` };
  const dropped = namesAt(now, 'drop');
  const kept = namesAt(then, 'drop').filter((name) => !dropped.includes(name) && !dropped.includes('ALL'));
  if (kept.length > 0) yield { field: ['capabilities', 'drop'], says: `% no longer drops ${kept.join(', ')}` };
}

/** SELinux types that confine a container (Pod Security Standards, baseline). */
const CONFINED = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

function* inheritedDifferences(running: Secured, written: Secured): Generator<MoreRights> {
  if (boolAt(effective(written, 'runAsNonRoot'), 'runAsNonRoot') === true && boolAt(effective(running, 'runAsNonRoot'), 'runAsNonRoot') !== true) {
    yield { field: ['runAsNonRoot'], says: 'runAsNonRoot of % is no longer true' };
  }
  for (const key of ['runAsUser', 'runAsGroup']) {
    const now = intAt(effective(running, key), key);
    const then = intAt(effective(written, key), key);
    // Whoever was root and is not has lost something.
    const isMore = now === 0n ? then !== 0n : now !== then && then !== null && then !== 0n;
    if (isMore) yield { field: [key], says: `${key} of % is ${now ?? 'not set'} instead of ${then ?? 'not set'}` };
  }
  for (const key of ['seccompProfile', 'appArmorProfile']) {
    const now = profileOf(running, key);
    const then = profileOf(written, key);
    const isConfined = !['', 'Unconfined'].includes(stringAt(then, 'type'));
    const isSame = stringAt(now, 'type') === stringAt(then, 'type') && stringAt(now, 'localhostProfile') === stringAt(then, 'localhostProfile');
    const isOpened = stringAt(now, 'type') === 'Unconfined' && stringAt(then, 'type') !== 'Unconfined';
    if (isOpened || (isConfined && !isSame)) yield { field: [key], says: `${key} of % is ${stringAt(now, 'type') || 'not set'} instead of ${stringAt(then, 'type') || 'not set'}` };
  }
  const now = objectAt(effective(running, 'seLinuxOptions'), 'seLinuxOptions');
  const then = objectAt(effective(written, 'seLinuxOptions'), 'seLinuxOptions');
  const type = stringAt(now, 'type');
  const isChanged = Object.keys(then).some((key) => stringAt(now, key) !== stringAt(then, key));
  if (isChanged || (stringAt(then, 'type') === '' && !CONFINED.has(type))) {
    yield { field: ['seLinuxOptions'], says: `seLinuxOptions of % are not as written${type === '' ? '' : `: type is ${type}`}` };
  }
}

/** An API server copies a profile from the annotation of a Pod into the field, and not in a template. */
function profileOf(secured: Secured, key: string): JsonObject {
  const context = effective(secured, key);
  const annotation = key === 'appArmorProfile' ? stringAt(secured.annotations, APPARMOR_ANNOTATION + stringAt(secured.own, 'name')) : '';
  if (annotation === '' || context !== secured.podSecurity) return objectAt(context, key);
  const type = appArmorTypeOf(annotation);
  return type === 'Localhost' ? { type, localhostProfile: annotation.slice('localhost/'.length) } : { type };
}

/** The securityContext that sets a field: the container's own, or else its pod's. */
function effective({ own, podSecurity }: Secured, key: string): JsonObject {
  const security = objectAt(own, 'securityContext');
  const value = field(security, key);
  return value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0) ? podSecurity : security;
}
