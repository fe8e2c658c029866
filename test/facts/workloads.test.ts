import { describe, expect, test } from 'vitest';
import { kubernetes, lineOf, type ReadOptions, type Subjects } from './support.ts';

const UNKNOWN = undefined;

function pod(spec: string, others = '', options: ReadOptions = {}, metadata = '{name: web, namespace: shop}'): Subjects {
  return kubernetes(`apiVersion: v1\nkind: Pod\nmetadata: ${metadata}\nspec:\n  containers: [{name: app, image: a:1}]\n  ${spec}\n${others}`, options);
}

describe('kinds', () => {
  const spec = 'containers: [{name: app, image: a:1}]';
  test.each<[string, string, boolean, string[]]>([
    // manifest, isKnownKind, containers
    ['Pod', `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {${spec}}}`, true, ['app']],
    ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].map((kind): [string, string, boolean, string[]] => [
      kind,
      `{apiVersion: apps/v1, kind: ${kind}, metadata: {name: a}, spec: {template: {spec: {${spec}}}}}`,
      true,
      ['app'],
    ]),
    ['ReplicationController', `{apiVersion: v1, kind: ReplicationController, metadata: {name: a}, spec: {template: {spec: {${spec}}}}}`, true, ['app']],
    ['Job', `{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {${spec}}}}}`, true, ['app']],
    ['CronJob', `{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {${spec}}}}}}}`, true, ['app']],
    ['PodTemplate', `{apiVersion: v1, kind: PodTemplate, metadata: {name: a}, template: {spec: {${spec}}}}`, true, ['app']],
    ['an old Deployment', `{apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {${spec}}}}}`, true, ['app']],
    ['a Rollout, by its shape', `{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: {template: {spec: {${spec}}}}}`, false, ['app']],
    ['a Service of Knative', `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}, spec: {template: {spec: {${spec}}}}}`, false, ['app']],
    ['a Job of somebody else', `{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, metadata: {name: a}, spec: {tasks: [{template: {spec: {${spec}}}}]}}`, false, ['app']],
  ])('%s', (_, text, isKnownKind, containers) => {
    const subjects = kubernetes(text);
    expect(subjects.fact('workload.isKnownKind')).toBe(isKnownKind);
    expect(subjects.of('container').map((subject) => subject.identity().container)).toEqual(containers);
  });

  test.each([
    ['a Service', '{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}'],
    [
      'a CustomResourceDefinition that describes containers',
      '{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, spec: {x: {containers: [{image: a:1}]}}}',
    ],
    ['a ConfigMap that holds a manifest', '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {pod: "containers: [{image: a:1}]"}}'],
    ['a list of containers without images', '{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {containers: [{name: blue}]}}'],
    ['the status of a resource', '{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, status: {containers: [{image: a:1}]}}'],
  ])('%s is none', (_, text) => {
    expect(kubernetes(text).of('workload')).toHaveLength(0);
  });

  test('a resource with two pod templates is two workloads, told apart, and so are their parts', () => {
    const subjects = kubernetes(
      'apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: ray}\nspec:\n  head: {template: {spec: {containers: [{name: ray, image: a:1, env: [{name: A, value: x}]}]}}}\n  workers:\n    - {template: {spec: {containers: [{name: ray, image: a:1, env: [{name: A, value: x}]}]}}}\n',
    );
    const names = (type: string): string[] => subjects.of(type).map((subject) => JSON.stringify(subject.identity()));
    for (const type of ['workload', 'container', 'variable']) expect(new Set(names(type)).size).toBe(2);
  });

  test('a deep structure ends', () => {
    expect(kubernetes(`{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: ${'{a: '.repeat(100)}1${'}'.repeat(100)}}`).of('workload')).toHaveLength(0);
  });
});

describe('the node’s namespaces', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['none', 'restartPolicy: Always', { usesHostNetwork: false, usesHostPid: false, usesHostIpc: false, sharesProcesses: false, hasOwnUserNamespace: false }],
    ['hostNetwork: yes', 'hostNetwork: yes', { usesHostNetwork: true }],
    ['hostPID: on', 'hostPID: on', { usesHostPid: true }],
    ['hostIPC: true', 'hostIPC: true', { usesHostIpc: true }],
    ['hostIPC: null', 'hostIPC: null', { usesHostIpc: false }],
    ['hostNetwork: "true" is a string', 'hostNetwork: "true"', { usesHostNetwork: UNKNOWN }],
    ['hostNetwork: 1 is a number', 'hostNetwork: 1', { usesHostNetwork: UNKNOWN }],
    ['shareProcessNamespace', 'shareProcessNamespace: true', { sharesProcesses: true }],
    ['hostUsers: false', 'hostUsers: false', { hasOwnUserNamespace: true }],
    ['hostUsers: true', 'hostUsers: true', { hasOwnUserNamespace: false }],
    ['hostUsers: "false" is a string', 'hostUsers: "false"', { hasOwnUserNamespace: UNKNOWN }],
    ['Windows', 'os: {name: windows}', { os: 'windows' }],
  ])('%s', (_, spec, expected) => {
    expect(pod(spec).facts('workload', Object.keys(expected))).toEqual(expected);
  });
});

describe('ports of the node', () => {
  const port = (text: string, spec = 'restartPolicy: Always'): unknown =>
    kubernetes(`{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: a:1, ports: [${text}]}], ${spec}}}`).fact('port.hostPort');
  test.each<[string, string, string, number | undefined]>([
    ['none', '{containerPort: 80}', 'hostNetwork: false', 0],
    ['one', '{containerPort: 80, hostPort: 8080}', 'hostNetwork: false', 8080],
    ['zero is none', '{containerPort: 80, hostPort: 0}', 'hostNetwork: false', 0],
    ['the node’s network: the API server fills it in', '{containerPort: 80}', 'hostNetwork: true', 80],
    ['the node’s network, where zero is written', '{containerPort: 80, hostPort: 0}', 'hostNetwork: true', 80],
    ['the node’s network, perhaps', '{containerPort: 80}', 'hostNetwork: "true"', UNKNOWN],
    ['a string', '{containerPort: 80, hostPort: "8080"}', 'hostNetwork: false', UNKNOWN],
  ])('%s', (_, text, spec, expected) => {
    expect(port(text, spec)).toBe(expected);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['a debugger', '{containerPort: 9229}', { isDebug: true, isRemoteShell: false, protocol: 'TCP', hostAddress: '' }],
    ['SSH', '{containerPort: 22, protocol: TCP, hostIP: 127.0.0.1}', { isDebug: false, isRemoteShell: true, hostAddress: '127.0.0.1' }],
    ['a number that is not learned', '{containerPort: "9229"}', { number: UNKNOWN, isDebug: UNKNOWN, isRemoteShell: UNKNOWN }],
    ['a number beyond all ports', '{containerPort: 99999999999999999999}', { isDebug: false }],
  ])('%s', (_, text, expected) => {
    const subjects = kubernetes(`{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: a:1, ports: [${text}]}]}}`);
    expect(subjects.facts('port', Object.keys(expected))).toEqual(expected);
  });
});

describe('service accounts', () => {
  const account = (fields: string, name = 'api', where = 'shop'): string =>
    `---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}, namespace: ${where}}\n${fields}\n`;
  const token = (fields: string): string => `volumes: [{name: t, projected: {sources: [{serviceAccountToken: ${fields}}]}}]`;
  test.each<[string, string, string, boolean | undefined, boolean]>([
    // spec, objects, mountsToken, mountsTokenExplicitly
    ['the default is to mount', 'serviceAccountName: api', '', true, false],
    ['the pod says no', 'automountServiceAccountToken: false', '', false, false],
    ['the account says no', 'serviceAccountName: api', account('automountServiceAccountToken: false'), false, false],
    ['the pod’s yes wins over the account’s no', 'serviceAccountName: api\n  automountServiceAccountToken: true', account('automountServiceAccountToken: false'), true, false],
    ['the pod’s no wins over the account’s yes', 'serviceAccountName: api\n  automountServiceAccountToken: false', account('automountServiceAccountToken: true'), false, false],
    ['the account of another namespace', 'serviceAccountName: api', account('automountServiceAccountToken: false', 'api', 'other'), true, false],
    ['the default account', 'restartPolicy: Always', account('automountServiceAccountToken: false', 'default'), false, false],
    ['the old name of the field', 'serviceAccount: api', account('automountServiceAccountToken: false'), false, false],
    ['a string is not learned', 'automountServiceAccountToken: "false"', '', UNKNOWN, false],
    ['a string at the account is not learned', 'serviceAccountName: api', account('automountServiceAccountToken: "false"'), UNKNOWN, false],
    ['a projected token for the API server', `automountServiceAccountToken: false\n  ${token('{path: t}')}`, '', true, true],
    ['a projected token for the API server by name', `automountServiceAccountToken: false\n  ${token('{path: t, audience: api}')}`, '', true, true],
    ['a projected token for the API server by address', `automountServiceAccountToken: false\n  ${token('{path: t, audience: "https://kubernetes.default.svc"}')}`, '', true, true],
    ['a projected token for somebody else', `automountServiceAccountToken: false\n  ${token('{path: t, audience: vault}')}`, '', false, false],
    ['other projected sources', 'automountServiceAccountToken: false\n  volumes: [{name: t, projected: {sources: [{configMap: {name: c}}, null]}}]', '', false, false],
  ])('%s', (_, spec, objects, mountsToken, mountsTokenExplicitly) => {
    expect(pod(spec, objects).facts('workload', ['mountsToken', 'mountsTokenExplicitly'])).toEqual({ mountsToken, mountsTokenExplicitly });
  });

  test.each<[string, string, boolean]>([
    ['with a token', token('{path: token}'), true],
    ['without one', 'hostNetwork: false', false],
  ])('a Pod that a server stored %s has what it was given, whatever its account says', (_, spec, mountsToken) => {
    for (const says of ['true', 'false']) {
      const subjects = pod(`serviceAccountName: api\n  ${spec}`, account(`automountServiceAccountToken: ${says}`), {}, '{name: web, namespace: shop, uid: a}');
      expect(subjects.fact('workload.mountsToken')).toBe(mountsToken);
    }
  });

  test.each<[string, string, string]>([
    ['named', 'serviceAccountName: api', 'api'],
    ['by the old field', 'serviceAccount: old', 'old'],
    ['both: the new one', 'serviceAccountName: api\n  serviceAccount: old', 'api'],
    ['none', 'restartPolicy: Always', 'default'],
    ['empty', 'serviceAccountName: ""', 'default'],
  ])('%s', (_, spec, expected) => {
    expect(pod(spec).fact('workload.serviceAccount')).toBe(expected);
  });

  const binding = (subject: string, kind = 'RoleBinding', metadata = '{name: b, namespace: shop}'): string =>
    `---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata}\nroleRef: {kind: ClusterRole, name: view}\nsubjects: [${subject}]\n`;
  const written = (metadata: string): string => `---\napiVersion: v1\nkind: ServiceAccount\nmetadata: ${metadata.replace('web', 'api')}\n`;
  test.each<[string, string, string, boolean | undefined]>([
    // metadata, bindings, accountHasBindings
    ['no bindings in the scan', '{name: web, namespace: shop}', '', UNKNOWN],
    ['its own', '{name: web, namespace: shop}', binding('{kind: ServiceAccount, name: api, namespace: shop}'), true],
    ['without a namespace: the binding’s', '{name: web, namespace: shop}', binding('{kind: ServiceAccount, name: api}'), true],
    ['of the cluster', '{name: web, namespace: shop}', binding('{kind: ServiceAccount, name: api, namespace: shop}', 'ClusterRoleBinding', '{name: b}'), true],
    ['of an account of that name elsewhere', '{name: web, namespace: shop}', binding('{kind: ServiceAccount, name: api, namespace: other}'), false],
    ['of another account', '{name: web, namespace: shop}', binding('{kind: ServiceAccount, name: other, namespace: shop}'), false],
    ['as a user', '{name: web, namespace: shop}', binding('{kind: User, name: "system:serviceaccount:shop:api"}'), true],
    ['of a user of that name', '{name: web, namespace: shop}', binding('{kind: User, name: api}'), false],
    [
      'of all accounts, by Kubernetes itself',
      '{name: web, namespace: shop}',
      binding('{kind: Group, name: "system:serviceaccounts"}', 'ClusterRoleBinding', '{name: "system:x", labels: {kubernetes.io/bootstrapping: rbac-defaults}}'),
      false,
    ],
    ['of all accounts', '{name: web, namespace: shop}', binding('{kind: Group, name: "system:serviceaccounts"}'), true],
    ['of all accounts of the namespace', '{name: web, namespace: shop}', binding('{kind: Group, name: "system:serviceaccounts:shop"}'), true],
    ['of all accounts of another namespace', '{name: web, namespace: shop}', binding('{kind: Group, name: "system:serviceaccounts:other"}'), false],
    ['the manifest leaves its namespace open', '{name: web}', binding('{kind: ServiceAccount, name: api, namespace: shop}'), true],
    ['both leave it open', '{name: web}', binding('{kind: ServiceAccount, name: api}', 'RoleBinding', '{name: b}'), true],
    ['only the binding leaves it open', '{name: web, namespace: shop}', binding('{kind: ServiceAccount, name: api}', 'RoleBinding', '{name: b}'), true],
    ['the manifest leaves it open, and another account is bound', '{name: web}', binding('{kind: ServiceAccount, name: other, namespace: shop}'), false],
  ])('bindings: %s', (_, metadata, bindings, expected) => {
    expect(pod('serviceAccountName: api', written(metadata) + bindings, {}, metadata).fact('workload.accountHasBindings')).toBe(expected);
  });

  test('an account that is not in the scan may have bindings that are not, either', () => {
    const other = binding('{kind: ServiceAccount, name: other, namespace: shop}');
    expect(pod('serviceAccountName: api', other, {}, '{name: web, namespace: shop}').fact('workload.accountHasBindings')).toBe(UNKNOWN);
    expect(pod('serviceAccountName: other', other, {}, '{name: web, namespace: shop}').fact('workload.accountHasBindings')).toBe(true);
  });

  test('-n is the namespace of what leaves it open', () => {
    const elsewhere = binding('{kind: ServiceAccount, name: api, namespace: other}');
    expect(pod('serviceAccountName: api', written('{name: web}') + elsewhere, { namespace: 'shop' }, '{name: web}').fact('workload.accountHasBindings')).toBe(false);
  });
});

describe('what is left of debugging', () => {
  test.each<[string, string, string, boolean]>([
    ['a node debugger', 'Pod', 'node-debugger-worker-1-abcde', true],
    ['a copy', 'Pod', 'api-debug', true],
    ['a copy with a suffix', 'Pod', 'api-debugger-x7k2p', true],
    ['a pod', 'Pod', 'debugging-service', false],
    ['a Deployment', 'Deployment', 'api-debug', false],
  ])('%s', (_, kind, name, expected) => {
    const text = `{apiVersion: ${kind === 'Pod' ? 'v1' : 'apps/v1'}, kind: ${kind}, metadata: {name: ${name}}, spec: {containers: []}}`;
    expect(kubernetes(text).fact('workload.isDebugLeftover')).toBe(expected);
  });
});

test('sysctls', () => {
  expect(pod('securityContext: {sysctls: [{name: a, value: "1"}, null, {value: "2"}, {name: b}]}').fact('workload.sysctls')).toEqual(['a', '', 'b']);
});

describe('places', () => {
  const subjects = pod('hostNetwork: true\n  automountServiceAccountToken: true\n  securityContext:\n    runAsUser: 0');
  test.each([
    ['workload.usesHostNetwork', 'app.yaml:6'],
    ['workload.mountsToken', 'app.yaml:7'],
    ['workload.podRunAsUser', 'app.yaml:9'],
    ['workload.name', 'app.yaml:3'],
    ['workload.podSeccomp', 'app.yaml:8 missing'],
    ['workload.usesHostUts', 'app.yaml:4'],
  ])('%s at %s', (fact, place) => {
    expect(lineOf(subjects.one('workload'), fact)).toBe(place);
  });
});
