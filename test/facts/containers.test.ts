import { describe, expect, test } from 'vitest';
import { ContainerSubject } from '../../src/facts/containers.ts';
import { readEnvironment } from '../../src/facts/environment.ts';
import { parseImageReference } from '../../src/facts/image-reference.ts';
import { ImageSubject } from '../../src/facts/images.ts';
import { NamespaceSubject } from '../../src/facts/namespaces.ts';
import { containersOf, podTemplatesOf } from '../../src/facts/pods.ts';
import { readResourceDefaults } from '../../src/facts/resources.ts';
import { UnitIndex } from '../../src/facts/unit-index.ts';
import { WorkloadSubject } from '../../src/facts/workloads.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import { dockerfile, indent, kubernetes, lineOf, objectsOf, plain, type Subjects } from './support.ts';

/** A pod with one container; each text is YAML in flow form, put in where it belongs. */
function podText({ pod = '', container = '', annotations = '{}', spec = '', image = 'registry.local/app:1.4.2' } = {}): string {
  return `
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: ${annotations}
spec:
${pod === '' ? '' : `  securityContext: ${pod}\n`}${spec === '' ? '' : `${indent(spec, 2)}\n`}  containers:
    - name: app
      image: "${image}"
${container === '' ? '' : `      securityContext: ${container}\n`}`;
}

const pod = (parts: Parameters<typeof podText>[0]): Subjects => kubernetes(podText(parts));

/** The same with further fields of the container. */
const containerWith = (fields: string, spec = ''): Subjects => kubernetes(`${podText({ spec })}${indent(fields, 6)}\n`);

/** A pod's container whose image is known by its Dockerfile, as image facts will be joined once images are scanned. */
function withImage(dockerfileText: string, podSecurity = '{}'): Record<string, unknown> {
  const resource = objectsOf('pod.yaml', podText({ pod: podSecurity }))[0] as KubernetesObject;
  const index = new UnitIndex({ kind: 'files', name: 'test', resources: [resource] }, '');
  const template = podTemplatesOf(resource.value)[0];
  const found = template === undefined ? undefined : containersOf(template)[0];
  if (template === undefined || found === undefined) throw new Error('no container');
  const namespace = new NamespaceSubject('', resource, false, true, index);
  const workload = new WorkloadSubject(resource, template, '', index, namespace);
  const image = new ImageSubject(parseImageReference('registry.local/app:1.4.2'), resource, found.path, dockerfile(dockerfileText));
  const environment = readEnvironment(found.container, template.spec, '', index, resource);
  const { facts } = new ContainerSubject(found, workload, image, environment, readResourceDefaults(index, ''));
  return Object.fromEntries(['runsAsRoot', 'isNonRootGuaranteed', 'cannotStart'].map((key) => [key, plain(facts[key as 'runsAsRoot'])]));
}

const UNKNOWN = undefined;

describe('user: the container wins over the pod, field by field', () => {
  test.each<[string, string, string, boolean | undefined, boolean | undefined, boolean]>([
    // pod, container, runsAsRoot, isNonRootGuaranteed, cannotStart
    ['nothing is set, and the image was not seen', '', '', UNKNOWN, false, false],
    ['an empty security context is none', '{}', '{}', UNKNOWN, false, false],
    ['a null security context is none', 'null', 'null', UNKNOWN, false, false],
    ['pod user above 0', '{runAsUser: 1000}', '', false, true, false],
    ['pod user 0', '{runAsUser: 0}', '', true, false, false],
    ['container user above 0', '', '{runAsUser: 1000}', false, true, false],
    ['container user 0', '', '{runAsUser: 0}', true, false, false],
    ['container 0 over pod 1000', '{runAsUser: 1000}', '{runAsUser: 0}', true, false, false],
    ['container 1000 over pod 0', '{runAsUser: 0}', '{runAsUser: 1000}', false, true, false],
    ['a null in the container is not set: the pod counts', '{runAsUser: 0}', '{runAsUser: null}', true, false, false],
    ['user 00 is 0', '', '{runAsUser: 00}', true, false, false],
    ['user 0x0 is 0', '', '{runAsUser: 0x0}', true, false, false],
    ['user 010 is 8', '', '{runAsUser: 010}', false, true, false],
    ['user 0.0 is 0', '', '{runAsUser: 0.0}', true, false, false],
    ['user "0" is a string, which no API server takes', '', '{runAsUser: "0"}', UNKNOWN, UNKNOWN, false],
    ['user "1000" likewise: it is not learned', '', '{runAsUser: "1000"}', UNKNOWN, UNKNOWN, false],
    ['user 1.5 likewise', '', '{runAsUser: 1.5}', UNKNOWN, UNKNOWN, false],
    ['user true likewise', '', '{runAsUser: yes}', UNKNOWN, UNKNOWN, false],
    ['user as a mapping likewise', '', '{runAsUser: {id: 1}}', UNKNOWN, UNKNOWN, false],
    ['a user below 0 is refused by the API server', '', '{runAsUser: -1}', UNKNOWN, UNKNOWN, false],
    ['the highest user id', '', '{runAsUser: 2147483647}', false, true, false],
    ['a user above the highest, which 32 bits may read as 0, is refused', '', '{runAsUser: 4294967296}', UNKNOWN, UNKNOWN, false],
    ['a user that no double holds', '', '{runAsUser: 18446744073709551616}', UNKNOWN, UNKNOWN, false],
    ['pod runAsNonRoot', '{runAsNonRoot: true}', '', false, true, false],
    ['pod runAsNonRoot: yes is true for kubectl', '{runAsNonRoot: yes}', '', false, true, false],
    ['container runAsNonRoot', '', '{runAsNonRoot: true}', false, true, false],
    ['pod runAsNonRoot false promises nothing', '{runAsNonRoot: false}', '', UNKNOWN, false, false],
    ['container false over pod true', '{runAsNonRoot: true}', '{runAsNonRoot: false}', UNKNOWN, false, false],
    ['container true over pod false', '{runAsNonRoot: false}', '{runAsNonRoot: true}', false, true, false],
    ['container false and user 0 over pod true', '{runAsNonRoot: true}', '{runAsNonRoot: false, runAsUser: 0}', true, false, false],
    ['container false over pod true, and the pod’s user stays', '{runAsNonRoot: true, runAsUser: 7}', '{runAsNonRoot: false}', false, true, false],
    ['pod true, container user 0: the kubelet refuses', '{runAsNonRoot: true}', '{runAsUser: 0}', false, true, true],
    ['pod user 0, container true: the kubelet refuses', '{runAsUser: 0}', '{runAsNonRoot: true}', false, true, true],
    ['both in the pod contradict', '{runAsUser: 0, runAsNonRoot: true}', '', false, true, true],
    ['both agree', '{runAsUser: 7, runAsNonRoot: true}', '', false, true, false],
    ['runAsNonRoot "true" is a string', '', '{runAsNonRoot: "true"}', UNKNOWN, UNKNOWN, false],
    ['runAsNonRoot of the wrong type does not undo a user', '', '{runAsNonRoot: "true", runAsUser: 0}', true, UNKNOWN, false],
    ['user of the wrong type does not undo runAsNonRoot', '', '{runAsNonRoot: true, runAsUser: "0"}', false, true, false],
    ['a container of the wrong type does not let the pod through', '{runAsUser: 7}', '{runAsUser: "0"}', UNKNOWN, UNKNOWN, false],
    ['a group of 0 is no user of 0', '', '{runAsUser: 7, runAsGroup: 0}', false, true, false],
    ['a group alone decides nothing', '', '{runAsGroup: 7}', UNKNOWN, false, false],
  ])('%s', (_, podSecurity, container, runsAsRoot, isNonRootGuaranteed, cannotStart) => {
    const subjects = pod({ pod: podSecurity, container });
    expect(subjects.facts('container', ['runsAsRoot', 'isNonRootGuaranteed', 'cannotStart'])).toEqual({ runsAsRoot, isNonRootGuaranteed, cannotStart });
  });

  test('raw fields keep what their own level says', () => {
    const subjects = pod({ pod: '{runAsUser: 0, runAsNonRoot: false, runAsGroup: 5}', container: '{runAsUser: 9}' });
    expect(subjects.facts('container', ['ownRunAsUser', 'runAsUser', 'ownRunAsNonRoot', 'runAsNonRoot', 'runAsGroup'])).toEqual({
      ownRunAsUser: 9,
      runAsUser: 9,
      ownRunAsNonRoot: null,
      runAsNonRoot: false,
      runAsGroup: 5,
    });
    expect(subjects.facts('workload', ['podRunAsUser', 'podRunAsNonRoot'])).toEqual({ podRunAsUser: 0, podRunAsNonRoot: false });
  });

  test.each<[string, string, string, string, string]>([
    ['the container’s, where it is set', '{runAsUser: 7}', '{runAsUser: 0}', 'runsAsRoot', 'app.yaml:12'],
    ['the pod’s, where only that is', '{runAsUser: 0}', '', 'runsAsRoot', 'app.yaml:8'],
    ['both fields, where both play', '{runAsUser: 0}', '{runAsNonRoot: true}', 'cannotStart', 'app.yaml:8 app.yaml:12'],
    ['where it belongs, where nothing is set', '', '', 'runsAsRoot', 'app.yaml:9 missing'],
    ['a null is not where it is set', '{runAsUser: 0}', '{runAsUser: null}', 'runAsUser', 'app.yaml:8'],
  ])('it stands at %s', (_, podSecurity, container, fact, expected) => {
    expect(lineOf(pod({ pod: podSecurity, container }).one('container'), `container.${fact}`)).toBe(expected);
  });
});

describe('user: the image decides where the spec says nothing', () => {
  test.each<[string, string, string, boolean | undefined, boolean | undefined, boolean]>([
    ['a number', 'FROM alpine:3.20\nUSER 10001', '{}', false, false, false],
    ['a number and a group', 'FROM alpine:3.20\nUSER 10001:10001', '{}', false, false, false],
    ['a number in group 0 is not root', 'FROM alpine:3.20\nUSER 1000:0', '{}', false, false, false],
    ['a name', 'FROM alpine:3.20\nUSER app', '{}', false, false, false],
    ['root by name', 'FROM alpine:3.20\nUSER root', '{}', true, false, false],
    ['root with a group', 'FROM alpine:3.20\nUSER root:app', '{}', true, false, false],
    ['0:0', 'FROM alpine:3.20\nUSER 0:0', '{}', true, false, false],
    ['0 with another group', 'FROM alpine:3.20\nUSER 0:1000', '{}', true, false, false],
    ['+0', 'FROM alpine:3.20\nUSER +0', '{}', true, false, false],
    ['00', 'FROM alpine:3.20\nUSER 00', '{}', true, false, false],
    ['the last USER counts', 'FROM alpine:3.20\nUSER root\nUSER 7', '{}', false, false, false],
    ['a USER of an earlier stage does not', 'FROM go AS b\nUSER 7\nFROM alpine:3.20', '{}', UNKNOWN, false, false],
    ['unset: the base image decides', 'FROM alpine:3.20', '{}', UNKNOWN, false, false],
    ['unset FROM scratch is root', 'FROM scratch', '{}', true, false, false],
    ['an argument with a default', 'FROM alpine:3.20\nARG UID=7\nUSER $UID', '{}', false, false, false],
    ['an argument without', 'FROM alpine:3.20\nARG UID\nUSER ${UID}', '{}', UNKNOWN, false, false],
    ['runAsNonRoot and a number', 'FROM alpine:3.20\nUSER 7', '{runAsNonRoot: true}', false, true, false],
    ['runAsNonRoot and a name: the kubelet cannot tell, and refuses', 'FROM alpine:3.20\nUSER app', '{runAsNonRoot: true}', false, true, true],
    ['runAsNonRoot and root: the kubelet refuses', 'FROM alpine:3.20\nUSER 0', '{runAsNonRoot: true}', false, true, true],
    ['runAsNonRoot, a user and a name: it starts', 'FROM alpine:3.20\nUSER app', '{runAsNonRoot: true, runAsUser: 7}', false, true, false],
    ['runAsUser 0 over a good image', 'FROM alpine:3.20\nUSER 7', '{runAsUser: 0}', true, false, false],
    ['runAsUser 7 over a root image', 'FROM alpine:3.20\nUSER root', '{runAsUser: 7}', false, true, false],
    ['runAsNonRoot false leaves it to the image', 'FROM alpine:3.20\nUSER 7', '{runAsNonRoot: false}', false, false, false],
  ])('%s', (_, text, podSecurity, runsAsRoot, isNonRootGuaranteed, cannotStart) => {
    expect(withImage(text, podSecurity)).toEqual({ runsAsRoot, isNonRootGuaranteed, cannotStart });
  });
});

describe('Windows pods have no user ids', () => {
  const os = 'os: {name: windows}';
  test.each<[string, string, string, boolean | undefined, boolean | undefined]>([
    ['nothing is said: the image decides', '', '', UNKNOWN, false],
    ['a Linux user says nothing', '{runAsUser: 0}', '', UNKNOWN, false],
    ['ContainerUser', '{windowsOptions: {runAsUserName: ContainerUser}}', '', false, true],
    ['ContainerAdministrator', '{windowsOptions: {runAsUserName: ContainerAdministrator}}', '', true, false],
    ['any case', '{windowsOptions: {runAsUserName: containeradministrator}}', '', true, false],
    ['with a domain', '', '{windowsOptions: {runAsUserName: "User Manager\\\\ContainerAdministrator"}}', true, false],
    ['the system account', '', '{windowsOptions: {runAsUserName: "NT AUTHORITY\\\\SYSTEM"}}', true, false],
    ['the container wins', '{windowsOptions: {runAsUserName: ContainerAdministrator}}', '{windowsOptions: {runAsUserName: ContainerUser}}', false, true],
  ])('%s', (_, podSecurity, container, runsAsRoot, isNonRootGuaranteed) => {
    const subjects = pod({ pod: podSecurity, container, spec: os });
    expect(subjects.facts('container', ['runsAsRoot', 'isNonRootGuaranteed', 'cannotStart', 'canGainPrivileges'])).toEqual({
      runsAsRoot,
      isNonRootGuaranteed,
      cannotStart: false,
      canGainPrivileges: false,
    });
  });

  test.each<[string, string, string, boolean | undefined, boolean | undefined]>([
    ['nowhere', '', '', false, false],
    ['the pod’s', '{windowsOptions: {hostProcess: true}}', '', true, false],
    ['the container’s', '', '{windowsOptions: {hostProcess: true}}', true, true],
    ['the container’s over the pod’s', '{windowsOptions: {hostProcess: true}}', '{windowsOptions: {hostProcess: false}}', false, false],
    ['a string', '', '{windowsOptions: {hostProcess: "true"}}', UNKNOWN, UNKNOWN],
  ])('hostProcess: %s', (_, podSecurity, container, isHostProcess, ownHostProcess) => {
    expect(pod({ pod: podSecurity, container, spec: os }).facts('container', ['isHostProcess', 'ownHostProcess'])).toEqual({ isHostProcess, ownHostProcess });
  });
});

describe('every kind of container is one', () => {
  const subjects = kubernetes(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsUser: 7}
  containers: [{name: app, image: a:1}]
  initContainers:
    - {name: first, image: a:1, securityContext: {runAsUser: 0}}
    - {name: mesh, image: a:1, restartPolicy: Always}
    - {name: once, image: a:1, restartPolicy: OnFailure}
  ephemeralContainers: [{name: debug, image: a:1, securityContext: {runAsUser: 0}}]
`);
  test.each([
    ['app', 'app', false],
    ['first', 'init', true],
    ['mesh', 'sidecar', false],
    ['once', 'init', false],
    ['debug', 'ephemeral', true],
  ])('%s is of role %s', (name, role, runsAsRoot) => {
    expect(subjects.facts('container', ['role', 'runsAsRoot'], name)).toEqual({ role, runsAsRoot });
  });

  test('items that are no mappings are passed over', () => {
    expect(kubernetes('{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [null, x, [], {name: c}]}}').of('container')).toHaveLength(1);
  });
});

describe('privileges', () => {
  test.each<[string, string, boolean | undefined, boolean | undefined, boolean | null | undefined]>([
    // container, canGainPrivileges, isPrivileged, allowPrivilegeEscalation
    ['the default is to allow it', '', true, false, null],
    ['allowed', '{allowPrivilegeEscalation: true}', true, false, true],
    ['forbidden', '{allowPrivilegeEscalation: false}', false, false, false],
    ['forbidden with `no`, as kubectl reads it', '{allowPrivilegeEscalation: no}', false, false, false],
    ['a null is the default', '{allowPrivilegeEscalation: null}', true, false, null],
    ['a string is not learned', '{allowPrivilegeEscalation: "false"}', UNKNOWN, false, UNKNOWN],
    ['privileged ⇒ true', '{privileged: true}', true, true, null],
    ['privileged: yes', '{privileged: yes}', true, true, null],
    ['privileged: y', '{privileged: y}', true, true, null],
    ['privileged ⇒ true, whatever is written', '{privileged: true, allowPrivilegeEscalation: false}', true, true, false],
    ['SYS_ADMIN ⇒ true', '{allowPrivilegeEscalation: false, capabilities: {add: [SYS_ADMIN]}}', true, false, false],
    ['CAP_SYS_ADMIN ⇒ true', '{allowPrivilegeEscalation: false, capabilities: {add: [CAP_SYS_ADMIN]}}', true, false, false],
    ['sys_admin ⇒ true', '{allowPrivilegeEscalation: false, capabilities: {add: [sys_admin]}}', true, false, false],
    ['ALL holds it ⇒ true', '{allowPrivilegeEscalation: false, capabilities: {add: [ALL]}}', true, false, false],
    ['another capability does not', '{allowPrivilegeEscalation: false, capabilities: {add: [NET_ADMIN]}}', false, false, false],
    ['privileged of the wrong type may be either', '{privileged: "yes", allowPrivilegeEscalation: false}', UNKNOWN, UNKNOWN, false],
    ['privileged of the wrong type does not hide an open escalation', '{privileged: "yes"}', true, UNKNOWN, null],
  ])('%s', (_, container, canGainPrivileges, isPrivileged, allowPrivilegeEscalation) => {
    expect(pod({ container }).facts('container', ['canGainPrivileges', 'isPrivileged', 'allowPrivilegeEscalation'])).toEqual({
      canGainPrivileges,
      isPrivileged,
      allowPrivilegeEscalation,
    });
  });

  test('there is no pod level: a field there is dropped', () => {
    const subjects = pod({ pod: '{allowPrivilegeEscalation: false, privileged: true, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}' });
    expect(subjects.facts('container', ['canGainPrivileges', 'isPrivileged', 'hasReadOnlyRoot', 'dropsAllCapabilities'])).toEqual({
      canGainPrivileges: true,
      isPrivileged: false,
      hasReadOnlyRoot: false,
      dropsAllCapabilities: false,
    });
  });

  test.each<[string, string, string]>([
    ['the missing field', '', 'app.yaml:9 missing'],
    ['the field', '{allowPrivilegeEscalation: true}', 'app.yaml:11'],
    ['what undoes it: privileged', '{allowPrivilegeEscalation: false, privileged: true}', 'app.yaml:11'],
    ['what undoes it: the capability', '{allowPrivilegeEscalation: false, capabilities: {add: [SYS_ADMIN]}}', 'app.yaml:11'],
  ])('it stands at %s', (_, container, expected) => {
    expect(lineOf(pod({ container }).one('container'), 'container.canGainPrivileges')).toBe(expected);
  });
});

describe('capabilities', () => {
  test.each<[string, string, string[] | undefined, string[] | undefined, boolean | undefined]>([
    // capabilities, added, dropped, dropsAll
    ['none', '{}', [], [], false],
    ['ALL dropped', '{drop: [ALL]}', [], ['ALL'], true],
    ['`all` is not what Pod Security takes', '{drop: [all]}', [], ['ALL'], false],
    ['CAP_ALL neither', '{drop: [CAP_ALL]}', [], ['ALL'], false],
    ['ALL among others', '{drop: [KILL, ALL]}', [], ['KILL', 'ALL'], true],
    ['added back', '{drop: [ALL], add: [NET_BIND_SERVICE]}', ['NET_BIND_SERVICE'], ['ALL'], true],
    ['CAP_ prefix', '{add: [CAP_NET_ADMIN]}', ['NET_ADMIN'], [], false],
    ['lower case', '{add: [cap_net_admin, sys_ptrace]}', ['NET_ADMIN', 'SYS_PTRACE'], [], false],
    ['ALL added', '{add: [ALL]}', ['ALL'], [], false],
    ['a null list', '{add: null, drop: null}', [], [], false],
    ['a string in place of the list is not learned', '{add: SYS_ADMIN, drop: ALL}', UNKNOWN, UNKNOWN, UNKNOWN],
    ['an item that is no string is not learned', '{add: [1], drop: [[ALL]]}', UNKNOWN, UNKNOWN, UNKNOWN],
  ])('%s', (_, capabilities, addedCapabilities, droppedCapabilities, dropsAllCapabilities) => {
    const subjects = pod({ container: `{capabilities: ${capabilities}}` });
    expect(subjects.facts('container', ['addedCapabilities', 'droppedCapabilities', 'dropsAllCapabilities'])).toEqual({
      addedCapabilities,
      droppedCapabilities,
      dropsAllCapabilities,
    });
  });

  test('raw lists keep the spelling', () => {
    expect(pod({ container: '{capabilities: {add: [cap_kill], drop: [all]}}' }).facts('container', ['ownAddedCapabilities', 'ownDroppedCapabilities'])).toEqual({
      ownAddedCapabilities: ['cap_kill'],
      ownDroppedCapabilities: ['all'],
    });
  });
});

describe('seccomp', () => {
  test.each<[string, string, string, string, string]>([
    ['nowhere: unconfined unless the node has a default', '', '', '', ''],
    ['the pod’s', '{seccompProfile: {type: RuntimeDefault}}', '', 'RuntimeDefault', ''],
    ['the container’s', '', '{seccompProfile: {type: Localhost, localhostProfile: a.json}}', 'Localhost', 'Localhost'],
    ['the container’s Unconfined over the pod’s', '{seccompProfile: {type: RuntimeDefault}}', '{seccompProfile: {type: Unconfined}}', 'Unconfined', 'Unconfined'],
    ['the container’s over the pod’s Unconfined', '{seccompProfile: {type: Unconfined}}', '{seccompProfile: {type: RuntimeDefault}}', 'RuntimeDefault', 'RuntimeDefault'],
    ['a profile without a type is none', '{seccompProfile: {type: RuntimeDefault}}', '{seccompProfile: {}}', 'RuntimeDefault', ''],
  ])('%s', (_, podSecurity, container, seccomp, ownSeccomp) => {
    expect(pod({ pod: podSecurity, container }).facts('container', ['seccomp', 'ownSeccomp'])).toEqual({ seccomp, ownSeccomp });
  });

  test('the old annotations are kept, and count for nothing', () => {
    const annotations = '{seccomp.security.alpha.kubernetes.io/pod: runtime/default, container.seccomp.security.alpha.kubernetes.io/app: docker/default}';
    const subjects = pod({ annotations });
    expect(subjects.facts('container', ['seccomp', 'seccompAnnotation'])).toEqual({ seccomp: '', seccompAnnotation: 'docker/default' });
    expect(subjects.fact('workload.podSeccompAnnotation')).toBe('runtime/default');
  });
});

describe('AppArmor', () => {
  const annotation = (value: string) => `{container.apparmor.security.beta.kubernetes.io/app: ${value}}`;
  test.each<[string, string, string, string, string]>([
    // annotations, pod, container, appArmor
    ['nowhere: the default of the runtime', '{}', '', '', ''],
    ['the pod’s field', '{}', '{appArmorProfile: {type: Unconfined}}', '', 'Unconfined'],
    ['the container’s field', '{}', '{appArmorProfile: {type: Unconfined}}', '{appArmorProfile: {type: RuntimeDefault}}', 'RuntimeDefault'],
    ['annotation runtime/default', annotation('runtime/default'), '', '', 'RuntimeDefault'],
    ['annotation localhost/…', annotation('localhost/mine'), '', '', 'Localhost'],
    ['annotation unconfined', annotation('unconfined'), '', '', 'Unconfined'],
    ['an annotation that nobody knows is told as it is', annotation('docker/default'), '', '', 'docker/default'],
    // kubernetes/pkg/security/apparmor GetProfile, and the API server's own copying: field, annotation, pod.
    ['the annotation wins over the pod’s field', annotation('unconfined'), '{appArmorProfile: {type: RuntimeDefault}}', '', 'Unconfined'],
    ['the container’s field wins over the annotation', annotation('unconfined'), '', '{appArmorProfile: {type: RuntimeDefault}}', 'RuntimeDefault'],
    ['an annotation for another container', '{container.apparmor.security.beta.kubernetes.io/other: unconfined}', '', '', ''],
  ])('%s', (_, annotations, podSecurity, container, appArmor) => {
    expect(pod({ annotations, pod: podSecurity, container }).fact('container.appArmor')).toBe(appArmor);
  });

  test.each<[string, string, string, string, string]>([
    ['the container’s field, though there is an annotation', annotation('unconfined'), '', '{appArmorProfile: {type: RuntimeDefault}}', 'app.yaml:11'],
    ['the annotation, though there is a pod’s field', annotation('unconfined'), '{appArmorProfile: {type: RuntimeDefault}}', '', 'app.yaml:6'],
    ['the pod’s field', '{}', '{appArmorProfile: {type: Unconfined}}', '', 'app.yaml:8'],
  ])('it stands at %s', (_, annotations, podSecurity, container, expected) => {
    expect(lineOf(pod({ annotations, pod: podSecurity, container }).one('container'), 'container.appArmor')).toBe(expected);
  });
});

test('SELinux options are kept level by level', () => {
  const subjects = pod({ pod: '{seLinuxOptions: {type: spc_t, user: system_u}}', container: '{seLinuxOptions: {type: container_t, role: system_r}}' });
  expect(subjects.facts('container', ['ownSeLinuxType', 'ownSeLinuxUser', 'ownSeLinuxRole'])).toEqual({
    ownSeLinuxType: 'container_t',
    ownSeLinuxUser: '',
    ownSeLinuxRole: 'system_r',
  });
  expect(subjects.facts('workload', ['podSeLinuxType', 'podSeLinuxUser', 'podSeLinuxRole'])).toEqual({ podSeLinuxType: 'spc_t', podSeLinuxUser: 'system_u', podSeLinuxRole: '' });
});

describe('procMount and the root file system', () => {
  test.each<[string, string, string, boolean | undefined]>([
    ['not set', '', '', false],
    ['Default', '{procMount: Default}', 'Default', false],
    ['Unmasked', '{procMount: Unmasked}', 'Unmasked', true],
  ])('procMount %s', (_, container, procMount, hasUnmaskedProc) => {
    expect(pod({ container }).facts('container', ['procMount', 'hasUnmaskedProc'])).toEqual({ procMount, hasUnmaskedProc });
  });

  test.each<[string, string, boolean | undefined]>([
    ['not set', '', false],
    ['true', '{readOnlyRootFilesystem: true}', true],
    ['on', '{readOnlyRootFilesystem: on}', true],
    ['false', '{readOnlyRootFilesystem: false}', false],
    ['a string', '{readOnlyRootFilesystem: "true"}', UNKNOWN],
  ])('readOnlyRootFilesystem %s', (_, container, hasReadOnlyRoot) => {
    expect(pod({ container }).fact('container.hasReadOnlyRoot')).toBe(hasReadOnlyRoot);
  });
});

describe('probes', () => {
  test.each<[string, string, string[], boolean, boolean, boolean]>([
    // fields, probeHosts, readiness, liveness, healthCheck
    ['none', 'stdin: false', [], false, false, false],
    ['its own address', 'livenessProbe: {httpGet: {port: 80}}', [], false, true, true],
    ['a host for http', 'livenessProbe: {httpGet: {host: 10.0.0.1, port: 80}}', ['10.0.0.1'], false, true, true],
    ['a host for tcp', 'readinessProbe: {tcpSocket: {host: db, port: 1}}', ['db'], true, false, true],
    ['an empty host is none', 'readinessProbe: {httpGet: {host: "", port: 1}}', [], true, false, true],
    ['loopback is the node’s', 'startupProbe: {httpGet: {host: 127.0.0.1, port: 1}}', ['127.0.0.1'], false, false, true],
    ['hooks', 'lifecycle: {postStart: {httpGet: {host: a}}, preStop: {tcpSocket: {host: b}}}', ['a', 'b'], false, false, false],
    ['all of them', 'livenessProbe: {httpGet: {host: a}}\nreadinessProbe: {httpGet: {host: b}}\nstartupProbe: {tcpSocket: {host: c}}', ['a', 'b', 'c'], true, true, true],
    ['a null probe is none', 'livenessProbe: null', [], false, false, false],
  ])('%s', (_, fields, hosts, readiness, liveness, health) => {
    expect(containerWith(fields).facts('container', ['probeHosts', 'hasReadinessProbe', 'hasLivenessProbe', 'hasHealthCheck'])).toEqual({
      probeHosts: hosts,
      hasReadinessProbe: readiness,
      hasLivenessProbe: liveness,
      hasHealthCheck: health,
    });
  });

  test('each host has its own place', () => {
    expect(
      lineOf(containerWith('livenessProbe:\n  httpGet:\n    host: a\npreStop: x\nlifecycle:\n  preStop:\n    tcpSocket:\n      host: b').one('container'), 'container.probeHosts'),
    ).toBe('app.yaml:13 app.yaml:18');
  });

  test('without any, the place is the container', () => {
    expect(lineOf(containerWith('stdin: false').one('container'), 'container.probeHosts')).toBe('app.yaml:9');
  });
});

describe('resources', () => {
  const range = (limit: string): string => `---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [${limit}]}\n`;
  const facts = (resources: string, spec = '', limitRange = ''): Record<string, unknown> =>
    kubernetes(`${podText({ spec })}      resources: ${resources}\n${limitRange}`).facts('container', [
      'isMemoryLimited',
      'isMemoryRequested',
      'isCpuLimited',
      'isCpuRequested',
      'memoryLimit',
    ]);
  const memory = (all: Record<string, unknown>): unknown[] => [all['isMemoryLimited'], all['isMemoryRequested'], all['memoryLimit']];

  test.each<[string, string, string, string, boolean | undefined, boolean | undefined, number | null | undefined]>([
    // resources, pod spec, LimitRange, isMemoryLimited, isMemoryRequested, memoryLimit
    ['none', '{}', '', '', false, false, null],
    ['own limit, which is then the request', '{limits: {memory: 1Gi}}', '', '', true, true, 2 ** 30],
    ['own request limits nothing', '{requests: {memory: 1Gi}}', '', '', false, true, null],
    ['decimal units', '{limits: {memory: 1G}}', '', '', true, true, 1e9],
    ['an exponent', '{limits: {memory: 1e9}}', '', '', true, true, 1e9],
    ['a number', '{limits: {memory: 1073741824}}', '', '', true, true, 2 ** 30],
    ['a fraction', '{limits: {memory: 0.5Gi}}', '', '', true, true, 2 ** 29],
    ['thousandths of a byte', '{limits: {memory: 512m}}', '', '', true, true, 1],
    ['zero means none', '{limits: {memory: 0}}', '', '', false, false, null],
    ['zero with a unit', '{limits: {memory: 0Mi}}', '', '', false, false, null],
    ['a request of zero beside a limit', '{limits: {memory: 1Gi}, requests: {memory: 0}}', '', '', true, false, 2 ** 30],
    ['an unknown unit is not learned', '{limits: {memory: 512MB}}', '', '', UNKNOWN, UNKNOWN, UNKNOWN],
    ['a placeholder is not learned', '{limits: {memory: "${MEMORY}"}}', '', '', UNKNOWN, UNKNOWN, UNKNOWN],
    ['a mapping is not learned', '{limits: {memory: {a: b}}}', '', '', UNKNOWN, UNKNOWN, UNKNOWN],
    ['less than nothing is refused', '{limits: {memory: -1Gi}}', '', '', UNKNOWN, UNKNOWN, UNKNOWN],
    ['more than any double holds', '{limits: {memory: "1e999"}}', '', '', UNKNOWN, UNKNOWN, UNKNOWN],
    ['the pod’s limit', '{}', 'resources: {limits: {memory: 1Gi}}', '', true, true, null],
    ['the pod’s request', '{}', 'resources: {requests: {memory: 1Gi}}', '', false, true, null],
    ['the pod’s limit bounds a container that says zero', '{limits: {memory: 0}}', 'resources: {limits: {memory: 1Gi}}', '', true, true, null],
    ['LimitRange default', '{}', '', range('{type: Container, default: {memory: 1Gi}}'), true, true, null],
    ['LimitRange max is the default’s default', '{}', '', range('{type: Container, max: {memory: 1Gi}}'), true, true, null],
    ['LimitRange defaultRequest', '{}', '', range('{type: Container, defaultRequest: {memory: 1Gi}}'), false, true, null],
    ['LimitRange min is the default request’s default', '{}', '', range('{type: Container, min: {memory: 1Gi}}'), false, true, null],
    ['LimitRange of pods fills in nothing', '{}', '', range('{type: Pod, max: {memory: 1Gi}}'), false, false, null],
    ['LimitRange for another resource', '{}', '', range('{type: Container, default: {cpu: 1}}'), false, false, null],
    ['LimitRange does not replace a limit of zero', '{limits: {memory: 0}}', '', range('{type: Container, default: {memory: 1Gi}}'), false, false, null],
    ['LimitRange of another namespace', '{}', '', range('{type: Container, default: {memory: 1Gi}}').replace('{name: l}', '{name: l, namespace: b}'), false, false, null],
  ])('memory: %s', (_, resources, spec, limitRange, limited, requested, limit) => {
    expect(memory(facts(resources, spec, limitRange))).toEqual([limited, requested, limit]);
  });

  test.each<[string, string, boolean, boolean]>([
    ['limit', '{limits: {cpu: 500m}}', true, true],
    ['request', '{requests: {cpu: 0.1}}', false, true],
    ['zero', '{limits: {cpu: "0"}}', false, false],
    ['memory says nothing of it', '{limits: {memory: 1Gi}}', false, false],
  ])('cpu: %s', (_, resources, limited, requested) => {
    const found = facts(resources);
    expect([found['isCpuLimited'], found['isCpuRequested']]).toEqual([limited, requested]);
  });

  test.each<[string, string, boolean, string]>([
    ['a limit', '{limits: {memory: 512m}}', true, 'app.yaml:11'],
    ['a request', '{requests: {memory: 512m}}', true, 'app.yaml:11'],
    ['M and Mi are no m', '{limits: {memory: 512Mi}, requests: {memory: 512M}}', false, 'app.yaml:11'],
    ['CPU may', '{limits: {cpu: 500m}}', false, 'app.yaml:11 missing'],
  ])('milli-bytes: %s', (_, resources, expected, place) => {
    const subjects = kubernetes(`${podText()}      resources: ${resources}\n`);
    expect(subjects.fact('container.hasMilliByteMemory')).toBe(expected);
    expect(lineOf(subjects.one('container'), 'container.hasMilliByteMemory')).toBe(place);
  });
});

describe('where everything is written, every fact stands where it is written', () => {
  const subjects = kubernetes(`
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    container.apparmor.security.beta.kubernetes.io/app: unconfined
    container.seccomp.security.alpha.kubernetes.io/app: unconfined
    seccomp.security.alpha.kubernetes.io/pod: unconfined
spec:
  os: {name: linux}
  hostNetwork: true
  hostPID: true
  hostIPC: true
  hostUsers: false
  shareProcessNamespace: true
  serviceAccountName: api
  automountServiceAccountToken: true
  securityContext:
    runAsUser: 0
    runAsNonRoot: false
    runAsGroup: 5
    seccompProfile: {type: Unconfined}
    appArmorProfile: {type: Unconfined}
    seLinuxOptions: {type: t, user: u, role: r}
    windowsOptions: {hostProcess: false}
    sysctls: [{name: a, value: b}]
  containers:
    - name: app
      image: a:1
      imagePullPolicy: Always
      stdin: true
      tty: true
      livenessProbe: {httpGet: {host: a}}
      readinessProbe: {httpGet: {host: a}}
      resources: {limits: {cpu: 1, memory: 512m}, requests: {cpu: 1, memory: 1Gi}}
      securityContext:
        runAsUser: 0
        runAsNonRoot: false
        privileged: true
        allowPrivilegeEscalation: true
        readOnlyRootFilesystem: false
        procMount: Unmasked
        capabilities: {add: [ALL], drop: [KILL]}
        seccompProfile: {type: Unconfined}
        appArmorProfile: {type: Unconfined}
        seLinuxOptions: {type: t, user: u, role: r}
        windowsOptions: {hostProcess: true}
  volumes: [{name: v, emptyDir: {}}]
`);
  const pointers = (type: string): Record<string, string> =>
    Object.fromEntries(
      Object.keys(subjects.one(type).facts).map((fact) => {
        const [place] = subjects.one(type).places(`${type}.${fact}`);
        const location = place?.resource.origin.locate(place.path);
        return [fact, location === undefined || !('pointer' in location) ? '' : `${location.missing ? 'missing ' : ''}${location.pointer}`];
      }),
    );

  test('those of the container', () => {
    const context = '/spec/containers/0/securityContext';
    const found = pointers('container');
    expect(Object.entries(found).filter(([, pointer]) => pointer.startsWith('missing'))).toEqual([]);
    expect(found).toMatchObject({
      name: '/spec/containers/0/name',
      runsAsRoot: `${context}/runAsUser`,
      runAsGroup: '/spec/securityContext/runAsGroup',
      isPrivileged: `${context}/privileged`,
      ownHostProcess: `${context}/windowsOptions/hostProcess`,
      isHostProcess: `${context}/windowsOptions/hostProcess`,
      canGainPrivileges: `${context}/allowPrivilegeEscalation`,
      addedCapabilities: `${context}/capabilities/add`,
      droppedCapabilities: `${context}/capabilities/drop`,
      dropsAllCapabilities: `${context}/capabilities/drop`,
      seccomp: `${context}/seccompProfile/type`,
      appArmor: `${context}/appArmorProfile/type`,
      ownSeLinuxType: `${context}/seLinuxOptions/type`,
      ownSeLinuxUser: `${context}/seLinuxOptions/user`,
      ownSeLinuxRole: `${context}/seLinuxOptions/role`,
      procMount: `${context}/procMount`,
      hasUnmaskedProc: `${context}/procMount`,
      hasReadOnlyRoot: `${context}/readOnlyRootFilesystem`,
      hasReadinessProbe: '/spec/containers/0/readinessProbe',
      hasLivenessProbe: '/spec/containers/0/livenessProbe',
      isMemoryLimited: '/spec/containers/0/resources/limits/memory',
      memoryLimit: '/spec/containers/0/resources/limits/memory',
      isCpuLimited: '/spec/containers/0/resources/limits/cpu',
      isMemoryRequested: '/spec/containers/0/resources/requests/memory',
      isCpuRequested: '/spec/containers/0/resources/requests/cpu',
      hasMilliByteMemory: '/spec/containers/0/resources/limits/memory',
      imagePullPolicy: '/spec/containers/0/imagePullPolicy',
      isInteractiveShell: '/spec/containers/0/stdin',
      seccompAnnotation: '/metadata/annotations/container.seccomp.security.alpha.kubernetes.io~1app',
      appArmorAnnotation: '/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1app',
    });
  });

  test('those of the pod', () => {
    const found = pointers('workload');
    expect(Object.entries(found).filter(([, pointer]) => pointer.startsWith('missing'))).toEqual([]);
    expect(found).toMatchObject({
      name: '/metadata/name',
      namespaceName: '/metadata/namespace',
      kind: '/kind',
      os: '/spec/os/name',
      usesHostNetwork: '/spec/hostNetwork',
      usesHostPid: '/spec/hostPID',
      usesHostIpc: '/spec/hostIPC',
      hasOwnUserNamespace: '/spec/hostUsers',
      sharesProcesses: '/spec/shareProcessNamespace',
      serviceAccount: '/spec/serviceAccountName',
      accountHasBindings: '/spec/serviceAccountName',
      mountsToken: '/spec/automountServiceAccountToken',
      mountsTokenExplicitly: '/spec/volumes',
      sysctls: '/spec/securityContext/sysctls',
      podRunAsNonRoot: '/spec/securityContext/runAsNonRoot',
      podRunAsUser: '/spec/securityContext/runAsUser',
      podSeccomp: '/spec/securityContext/seccompProfile/type',
      podSeccompAnnotation: '/metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod',
      podAppArmor: '/spec/securityContext/appArmorProfile/type',
      podSeLinuxType: '/spec/securityContext/seLinuxOptions/type',
      podSeLinuxUser: '/spec/securityContext/seLinuxOptions/user',
      podSeLinuxRole: '/spec/securityContext/seLinuxOptions/role',
      podHostProcess: '/spec/securityContext/windowsOptions/hostProcess',
      isDebugLeftover: '/metadata/name',
    });
  });
});

describe('pull policy', () => {
  test.each<[string, string, string, string | undefined]>([
    ['written', 'a:1', 'imagePullPolicy: Never', 'Never'],
    ['a version', 'a:1', 'stdin: false', 'IfNotPresent'],
    ['latest', 'a:latest', 'stdin: false', 'Always'],
    ['no tag', 'a', 'stdin: false', 'Always'],
    ['a port is no tag', 'registry.local:5000/a', 'stdin: false', 'Always'],
    ['a digest', `a@sha256:${'0'.repeat(64)}`, 'stdin: false', 'IfNotPresent'],
    ['latest and a digest', `a:latest@sha256:${'0'.repeat(64)}`, 'stdin: false', 'Always'],
    ['another moving tag', 'a:stable', 'stdin: false', 'IfNotPresent'],
    ['a placeholder', '${IMAGE}', 'stdin: false', UNKNOWN],
  ])('%s', (_, image, fields, expected) => {
    expect(kubernetes(`${podText({ image })}${indent(fields, 6)}\n`).fact('container.imagePullPolicy')).toBe(expected);
  });
});

describe('a terminal that somebody keeps open', () => {
  test.each<[string, string, boolean]>([
    ['with a command that only sleeps', 'stdin: true\ntty: true\ncommand: [sleep, infinity]', true],
    ['sleeping in a shell', 'stdin: true\ntty: true\ncommand: [sh, -c, "sleep 86400"]', true],
    ['tail -f /dev/null', 'stdin: true\ntty: true\ncommand: [tail, -f, /dev/null]', true],
    ['a shell', 'stdin: true\ntty: true\ncommand: [/bin/bash]', true],
    ['no command at all', 'stdin: true\ntty: true', true],
    ['without a terminal', 'command: [sleep, infinity]', false],
    ['with a program', 'stdin: true\ntty: true\ncommand: [node, app.js]', false],
    ['in words that come from variables', 'stdin: true\ntty: true\nenv: [{name: A, value: sleep}, {name: B, value: infinity}]\ncommand: [$(A), $(B)]', true],
    ['a short sleep', 'stdin: true\ntty: true\ncommand: [sleep, "5"]', false],
  ])('%s', (_, fields, expected) => {
    expect(containerWith(fields).fact('container.isInteractiveShell')).toBe(expected);
  });
});

describe('workspace', () => {
  const volumes = 'volumes: [{name: work, emptyDir: {}}, {name: host, hostPath: {path: /data}}, {name: claim, persistentVolumeClaim: {claimName: c}}]';
  const mounts = (text: string): string => `volumeMounts: [${text}]`;
  test.each<[string, string, string, string | undefined, boolean | undefined]>([
    ['none', '{}', 'stdin: false', '', false],
    ['annotated', '{seaworthy.dev/workspace: /work}', mounts('{name: work, mountPath: /work}'), '/work', true],
    ['by a variable', '{}', `env: [{name: AGENT_WORKSPACE_DIR, value: /work}]\n${mounts('{name: work, mountPath: /work}')}`, '/work', true],
    ['by a variable that refers to another', '{}', 'env: [{name: HOME, value: /root}, {name: AGENT_WORKSPACE, value: $(HOME)}]', '/root', false],
    ['by an argument that refers to a variable', '{}', 'env: [{name: HOME, value: /root}]\nargs: ["--workspace=$(HOME)/a"]', '/root/a', false],
    ['by a ConfigMap that was not seen', '{}', 'env: [{name: AGENT_WORKSPACE, valueFrom: {configMapKeyRef: {name: a, key: b}}}]', undefined, undefined],
    ['no folder', '{}', 'env: [{name: SLACK_WORKSPACE, value: T01}]', '', false],
    ['by an argument', '{}', `args: [--workspace, /work]\n${mounts('{name: claim, mountPath: /work}')}`, '/work', true],
    ['by an argument with =', '{}', `args: [--workspace-root=/work/a]\n${mounts('{name: work, mountPath: /work}')}`, '/work/a', true],
    ['below the mount of a host folder', '{}', `args: [--workspace=/work/a]\n${mounts('{name: host, mountPath: /work}')}`, '/work/a', false],
    [
      'a deeper mount of the host inside of a good one',
      '{}',
      `args: [--workspace=/work/a]\n${mounts('{name: work, mountPath: /work}, {name: host, mountPath: /work/a}')}`,
      '/work/a',
      false,
    ],
    [
      'a deeper good mount inside of the host’s',
      '{}',
      `args: [--workspace=/work/a]\n${mounts('{name: host, mountPath: /work}, {name: work, mountPath: /work/a}')}`,
      '/work/a',
      true,
    ],
    ['a folder whose name only begins alike', '{}', `args: [--workspace=/workspace]\n${mounts('{name: work, mountPath: /work}')}`, '/workspace', false],
    ['read-only', '{}', `args: [--workspace=/work]\n${mounts('{name: work, mountPath: /work, readOnly: true}')}`, '/work', false],
    ['no mount', '{}', 'args: [--workspace=/work]', '/work', false],
    ['a home', '{}', `args: [--workspace=/home/agent]\n${mounts('{name: work, mountPath: /home/agent}')}`, '/home/agent', false],
    ['the root', '{}', 'args: [--workspace=/]', '/', false],
    ['a home in disguise', '{}', `args: [--workspace=/work/../root]\n${mounts('{name: work, mountPath: /root}')}`, '/work/../root', false],
  ])('%s', (_, annotations, fields, workspace, isWorkspaceConfined) => {
    const subjects = kubernetes(`${podText({ annotations, spec: volumes })}${indent(fields, 6)}\n`);
    expect(subjects.facts('container', ['workspace', 'isWorkspaceConfined'])).toEqual({ workspace, isWorkspaceConfined });
  });
});

describe('debug containers', () => {
  const debugged = (state: string): string => `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: app, image: a:1}]
  ephemeralContainers: [{name: debugger, image: b:1}]
${state === '' ? '' : `status: {ephemeralContainerStatuses: [${state}]}`}
`;
  test.each<[string, string, boolean]>([
    ['without a status it runs or is about to', '', false],
    ['one that runs', '{name: debugger, state: {running: {startedAt: "2026-11-20T08:00:00Z"}}}', false],
    ['one that waits', '{name: debugger, state: {waiting: {reason: PodInitializing}}}', false],
    ['one that has ended', '{name: debugger, state: {terminated: {exitCode: 0}}}', true],
    ['another one that has ended', '{name: other, state: {terminated: {exitCode: 0}}}', false],
    ['a status that is none', 'terminated', false],
  ])('%s', (_, state, expected) => {
    const subjects = kubernetes(debugged(state));
    expect(subjects.fact('container.hasEnded', 'debugger')).toBe(expected);
    expect(subjects.fact('container.hasEnded', 'app')).toBe(false);
  });
});
