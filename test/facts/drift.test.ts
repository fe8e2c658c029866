import { describe, expect, test } from 'vitest';
import { LiveOrigin } from '../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../src/collect/cluster/reading.ts';
import { podDifferences } from '../../src/facts/pod-differences.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { derive, objectsOf, type Subjects } from './support.ts';

const WRITTEN = {
  serviceAccountName: 'api',
  securityContext: { runAsUser: 1000, fsGroup: 2000 },
  containers: [
    {
      name: 'api',
      image: 'registry.local/api:1',
      command: ['api'],
      env: [
        { name: 'MODE', value: 'strict' },
        { name: 'EMPTY', value: '' },
      ],
      envFrom: [{ configMapRef: { name: 'settings' } }],
      volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }],
      ports: [{ containerPort: 80 }],
      securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }, seccompProfile: { type: 'RuntimeDefault' } },
    },
  ],
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
};
type Spec = typeof WRITTEN;
const API = WRITTEN.containers[0] as Spec['containers'][number];

const json = (value: object): JsonObject => value as unknown as JsonObject;
/** The Pod with another container, or with more of its own. */
const withApi = (change: object): object => ({ ...WRITTEN, containers: [{ ...API, ...change }] });
const withSecurity = (change: object): object => withApi({ securityContext: { ...API.securityContext, ...change } });
const withSidecar = (sidecar: object, more: object = {}): object => ({ ...WRITTEN, containers: [API, { name: 'proxy', image: 'proxy:1', ...sidecar }], ...more });
const GATEWAY = (image: string): object => ({ containers: [{ name: 'istio-proxy', image }] });
const says = (pod: object, written: object = WRITTEN): string[] =>
  podDifferences(json(pod), json(written)).map((difference) => difference.says + (difference.isDoubtful ? '?' : ''));

describe('what is added beside the template, or confines more, is no difference', () => {
  test.each<[string, object, object?]>([
    ['nothing', WRITTEN],
    ['a sidecar', withSidecar({ securityContext: { runAsUser: 1337, capabilities: { add: ['NET_ADMIN', 'CAP_NET_RAW'] } } })],
    ['a sidecar with a volume', withSidecar({}, { volumes: [...WRITTEN.volumes, { name: 'socket', emptyDir: {} }] })],
    [
      'a socket of monitoring, to read',
      withSidecar(
        { volumeMounts: [{ name: 'agent', mountPath: '/agent', readOnly: true }] },
        { volumes: [...WRITTEN.volumes, { name: 'agent', hostPath: { path: '/var/run/datadog' } }] },
      ),
    ],
    ['a debug container, which has a policy of its own', { ...WRITTEN, ephemeralContainers: [{ name: 'debugger', image: 'busybox' }] }],
    ['a variable', withApi({ env: [...API.env, { name: 'AWS_ROLE_ARN', value: 'x' }] })],
    ['an empty value, which the server leaves out', withApi({ env: [{ name: 'MODE', value: 'strict' }, { name: 'EMPTY' }] })],
    ['limits, probes and when to pull', withApi({ resources: { limits: { memory: '1Gi' } }, livenessProbe: {}, imagePullPolicy: 'Always' })],
    ['the digest of the tag', withApi({ image: 'registry.local/api:1@sha256:aa' })],
    ['a mount', withApi({ volumeMounts: [{ name: 'x', mountPath: '/x' }, ...API.volumeMounts] })],
    ['a user, where none was written', { ...withSecurity({ runAsUser: 7 }), securityContext: {} }, { ...WRITTEN, securityContext: {} }],
    ['no root any more', withSecurity({ runAsUser: 7 }), withSecurity({ runAsUser: 0 })],
    ['fewer capabilities', withSecurity({ capabilities: { drop: ['ALL'] } })],
    ['a confining profile', withSecurity({ appArmorProfile: { type: 'RuntimeDefault' } })],
    ['no privileges any more', WRITTEN, withSecurity({ privileged: true, allowPrivilegeEscalation: true, procMount: 'Unmasked' })],
    ['the type of every container', withSecurity({ seLinuxOptions: { type: 'container_t', level: 's0:c1,c2' } })],
    ['priorities and the like', { ...WRITTEN, priority: 0, nodeName: 'n1', tolerations: [{}], dnsPolicy: 'None' }],
    ['a token that was copied into the template', WRITTEN, { ...WRITTEN, volumes: [...WRITTEN.volumes, { name: 'kube-api-access-x7k2p', projected: {} }] }],
    [
      'and is mounted there',
      WRITTEN,
      withApi({ volumeMounts: [...API.volumeMounts, { name: 'kube-api-access-x7k2p', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] }),
    ],
    ['the digest in place of the tag', withApi({ image: 'registry.local/api@sha256:aa' })],
    ['ports on the network of the node', { ...withApi({ ports: [{ containerPort: 80, hostPort: 80 }] }), hostNetwork: true }, { ...WRITTEN, hostNetwork: true }],
    [
      'what agents add to the words of others',
      withApi({ env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-Xmx1g -javaagent:/otel/agent.jar' }] }),
      withApi({ env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-Xmx1g' }] }),
    ],
    ['what agents add on both sides', withApi({ env: [{ name: 'PYTHONPATH', value: '/otel/auto:/app:/otel' }] }), withApi({ env: [{ name: 'PYTHONPATH', value: '/app' }] })],
    ['the image that a gateway leaves to its mesh', GATEWAY('docker.io/istio/proxyv2:1.28.0-distroless'), GATEWAY('auto')],
    [
      'a container of the template that the mesh makes a sidecar',
      { ...WRITTEN, initContainers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1', restartPolicy: 'Always' }] },
      withSidecar({ name: 'istio-proxy', image: 'auto' }),
    ],
    ['an empty folder that is written as nothing', { ...WRITTEN, volumes: [{ name: 'a', emptyDir: {} }] }, { ...WRITTEN, volumes: [{ name: 'a' }] }],
    ['the old name of the account', WRITTEN, { ...WRITTEN, serviceAccountName: undefined, serviceAccount: 'api' }],
  ])('%s', (_, pod, written) => {
    expect(says(pod, written)).toEqual([]);
  });
});

describe('what the template sets and the Pod does not keep', () => {
  test.each<[object, string, object?]>([
    [withApi({ image: 'registry.local/api:2' }), 'image of api is registry.local/api:2 instead of registry.local/api:1'],
    [withApi({ image: 'registry.local/other:1' }), 'image of api is registry.local/other:1 instead of registry.local/api:1'],
    [withApi({ image: 'a@sha256:bb' }), 'image of api is a@sha256:bb instead of a@sha256:aa', withApi({ image: 'a@sha256:aa' })],
    [withApi({ command: ['sh'] }), 'command of api is not as written'],
    [withApi({ args: ['--insecure'] }), 'args of api are not as written'],
    [withApi({ env: [{ name: 'MODE', value: 'hunter2' }] }), 'variable MODE of api is not as written'],
    [withApi({ env: [...API.env, { name: 'MODE', value: 'hunter2' }] }), 'variable MODE of api is not as written'],
    [withApi({ env: [] }), 'variable MODE of api is missing'],
    [withApi({ envFrom: [{ configMapRef: { name: 'others' } }] }), 'envFrom of api is not as written'],
    [withApi({ volumeMounts: [] }), 'mount /data of api is missing'],
    [withApi({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }), 'mount /data of api is not as written'],
    [
      withApi({ lifecycle: { postStart: { exec: { command: ['b'] } } } }),
      'lifecycle of api is not as written',
      withApi({ lifecycle: { postStart: { exec: { command: ['a'] } } } }),
    ],
    [withApi({ env: [{ name: 'EMPTY', value: 'evil' }] }), 'variable EMPTY of api is not as written'],
    [withApi({ env: [{ name: 'UNSET', value: 'evil' }] }), 'variable UNSET of api is not as written', withApi({ env: [{ name: 'UNSET' }] })],
    [withApi({ env: [{ name: 'UNSET', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] }), 'variable UNSET of api is not as written', withApi({ env: [{ name: 'UNSET' }] })],
    [
      withApi({ env: [{ name: 'NODE_OPTIONS', value: '--use-openssl-ca-not' }] }),
      'variable NODE_OPTIONS of api is not as written',
      withApi({ env: [{ name: 'NODE_OPTIONS', value: '--use-openssl-ca' }] }),
    ],
    [withApi({ image: 'registry.local/other@sha256:aa' }), 'image of api is registry.local/other@sha256:aa instead of registry.local/api:1'],
    [GATEWAY('registry.example.net/tools:3'), 'image of istio-proxy is registry.example.net/tools:3 instead of auto?', GATEWAY('auto')],
    [{ ...WRITTEN, initContainers: [API], containers: [] }, 'container api is missing'],
    [{ ...WRITTEN, volumes: [{ name: 'data', hostPath: { path: '/opt' } }] }, 'volume data is not as written', { ...WRITTEN, volumes: [{ name: 'data', emptyDir: {} }] }],
    [{ ...WRITTEN, volumes: [{ name: 'data', hostPath: { path: '/opt' } }] }, 'volume data is not as written', { ...WRITTEN, volumes: [{ name: 'data' }] }],
    [
      { ...withApi({ volumeMounts: [...API.volumeMounts, { name: 'data', mountPath: '/more' }] }), volumes: [{ name: 'data', hostPath: { path: '/opt' } }] },
      'volume data is no longer mounted only to read',
      { ...WRITTEN, volumes: [{ name: 'data', hostPath: { path: '/opt' } }] },
    ],
    [{ ...WRITTEN, containers: [] }, 'container api is missing'],
    [{ ...WRITTEN, volumes: [] }, 'volume data is missing'],
    [{ ...WRITTEN, volumes: [{ name: 'data', emptyDir: {} }] }, 'volume data is not as written'],
    [{ ...WRITTEN, serviceAccountName: 'admin' }, 'serviceAccountName is admin instead of api'],
    [{ ...WRITTEN, runtimeClassName: undefined }, 'runtimeClassName is not set instead of gvisor', { ...WRITTEN, runtimeClassName: 'gvisor' }],
    [WRITTEN, 'hostUsers is no longer false', { ...WRITTEN, hostUsers: false }],
    [WRITTEN, 'automountServiceAccountToken is no longer false', { ...WRITTEN, automountServiceAccountToken: false }],
    [{ ...WRITTEN, securityContext: { runAsUser: 1000, fsGroup: 1 } }, "fsGroup of the pod's securityContext is not as written"],
    [{ ...WRITTEN, securityContext: { fsGroup: 2000 } }, 'runAsUser of api is not set instead of 1000'],
    [withSecurity({ runAsUser: 0 }), 'runAsUser of api is 0 instead of 1000'],
    [withSecurity({ readOnlyRootFilesystem: false }), 'readOnlyRootFilesystem of api is no longer true'],
    [WRITTEN, 'allowPrivilegeEscalation of api is no longer false', withSecurity({ allowPrivilegeEscalation: false })],
    [WRITTEN, 'runAsNonRoot of api is no longer true', { ...WRITTEN, securityContext: { ...WRITTEN.securityContext, runAsNonRoot: true } }],
    [withSecurity({ capabilities: { drop: ['NET_RAW'], add: ['NET_BIND_SERVICE'] } }), 'api no longer drops ALL'],
    [withSecurity({ capabilities: { drop: ['ALL'], add: ['CAP_SYS_ADMIN'] } }), 'api has SYS_ADMIN added'],
    [withSecurity({ seccompProfile: { type: 'Unconfined' } }), 'seccompProfile of api is Unconfined instead of RuntimeDefault'],
    [withSecurity({ seccompProfile: undefined }), 'seccompProfile of api is not set instead of RuntimeDefault'],
    [withSecurity({ appArmorProfile: { type: 'Unconfined' } }), 'appArmorProfile of api is Unconfined instead of not set'],
    [withSecurity({ seLinuxOptions: { type: 'spc_t' } }), 'seLinuxOptions of api are not as written: type is spc_t'],
    [withSecurity({ privileged: true }), 'api is privileged'],
    [withSecurity({ procMount: 'Unmasked' }), 'procMount of api is Unmasked'],
    [withSecurity({ windowsOptions: { hostProcess: true } }), 'api is a process of its host'],
  ])('%#: %j', (pod, difference, written) => {
    expect(says(pod, written)).toContain(difference);
  });

  test.each(['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'])('%s', (key) => {
    expect(says({ ...WRITTEN, [key]: true })).toEqual([`${key} is true`]);
    expect(says({ ...WRITTEN, [key]: true }, { ...WRITTEN, [key]: true })).toEqual([]);
  });
});

describe('power over the node that only the Pod has', () => {
  test.each<[object, string]>([
    [withSidecar({ securityContext: { privileged: true } }), 'container proxy, which the template does not have, is privileged'],
    [withSidecar({ securityContext: { capabilities: { add: ['SYS_ADMIN', 'NET_ADMIN'] } } }), 'container proxy, which the template does not have, has SYS_ADMIN added'],
    [withSidecar({ ports: [{ containerPort: 1, hostPort: 22 }] }), 'container proxy, which the template does not have, opens port 22 of the node'],
    [withApi({ ports: [{ containerPort: 80, hostPort: 80 }] }), 'api opens port 80 of the node'],
    [{ ...WRITTEN, volumes: [...WRITTEN.volumes, { name: 'root', hostPath: { path: '/' } }] }, 'volume root is / of the node, and not in the template'],
    [
      withSidecar({ volumeMounts: [{ name: 'work', mountPath: '/w' }] }, { volumes: [...WRITTEN.volumes, { name: 'work', hostPath: { path: '/opt/work' } }] }),
      'volume work is /opt/work of the node, and not in the template',
    ],
    [{ ...WRITTEN, initContainers: [{ name: 'init', image: 'a', securityContext: { privileged: true } }] }, 'container init, which the template does not have, is privileged'],
  ])('%#: %j', (pod, difference) => {
    expect(says(pod)).toEqual([difference]);
  });
});

test.each([
  ['registry.local/api:1', 'mirror.local/api:1', true],
  ['nginx:1', 'mirror.local/hub/nginx:1', true],
  ['nginx', 'docker.io/library/nginx:latest', undefined],
  ['nginx:1', 'mirror.local/hub/nginx:2', false],
  ['nginx:1', 'mirror.local/hub/notnginx:1', false],
  ['nginx:1@sha256:aa', 'mirror.local/nginx@sha256:aa', undefined],
  ['nginx:1', 'index.docker.io/library/nginx@sha256:aa', undefined],
  ['nginx:1', 'mirror.local/hub/nginx@sha256:aa', true],
  ['nginx:1@sha256:aa', 'mirror.local/nginx:1', false],
])('%s as %s may be a mirror: %j', (written, running, isDoubtful) => {
  const [difference] = podDifferences(json({ containers: [{ name: 'a', image: running }] }), json({ containers: [{ name: 'a', image: written }] }));
  expect(difference?.isDoubtful).toBe(isDoubtful);
});

test('values of variables and words of commands are not told, whatever they look like', () => {
  const pod = withApi({ command: ['sh', '-c', 'echo hunter2'], args: ['--password=hunter2'], env: [{ name: 'MODE', value: 'hunter2' }] });
  expect(JSON.stringify(says(pod))).not.toContain('hunter2');
});

describe('workload.runsAsWritten', () => {
  const template = '{metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/a: runtime/default}}, spec: {containers: [{name: a, image: "a:1"}]}}';
  const OWNER = (kind: string, more = ''): string => `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: o, namespace: shop${more}}\nspec: {template: ${template}}\n`;

  /** An owner of which Pods run, where some lists are forbidden. */
  function owner(text: string, forbidden: readonly string[] = [], hasPods = true): Subjects {
    const reading = new ClusterReading('prod', '', undefined);
    for (const list of ['pods', 'apps/replicasets', 'replicationcontrollers', 'batch/jobs']) {
      if (forbidden.includes(list)) reading.failed(list, { because: `${list} is forbidden`, hint: '' });
      else reading.completed(list);
    }
    const resources = objectsOf('a.yaml', text).map((object): KubernetesObject => ({ ...object, origin: new LiveOrigin(reading, object.value), hasPods }));
    return derive([{ kind: 'cluster', name: 'prod', resources, reading }]);
  }

  const rollout = OWNER('Rollout').replace('apps/v1', 'argoproj.io/v1alpha1');
  test.each<[string, Subjects, unknown]>([
    ['its Pods do', owner(OWNER('Deployment')), true],
    ['it has none', owner(OWNER('Deployment'), [], false), null],
    ['Pods were not listed', owner(OWNER('Deployment'), ['pods']), undefined],
    ['what stands between was not listed', owner(OWNER('Deployment'), ['apps/replicasets']), undefined],
    ['nothing stands between', owner(OWNER('StatefulSet'), ['apps/replicasets', 'batch/jobs']), true],
    ['a Rollout of Argo', owner(rollout), true],
    ['of a kind whose Pods may be made of more than its template', owner(rollout.replace('Rollout', 'CloneSet').replace('argoproj', 'apps.kruise')), null],
    ['a file', derive([{ kind: 'files', name: 'f', resources: objectsOf('a.yaml', OWNER('Deployment')) }]), null],
    ['a Pod of its own', owner('apiVersion: v1\nkind: Pod\nmetadata: {name: o}\nspec: {containers: [{name: a, image: "a:1"}]}\n'), null],
  ])('%s', (_, subjects, answer) => {
    expect(subjects.fact('workload.runsAsWritten')).toBe(answer);
  });

  /** A Pod that runs otherwise than its owner's template. */
  function pod(ownerText: string, { image = 'a:2', labels = '', annotations = '', maker = '' }): Subjects {
    const [owning] = objectsOf('a.yaml', ownerText);
    const text = `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {${labels}}, annotations: {${annotations}}}\nspec: {containers: [{name: a, image: "${image}"}]}\n`;
    const [running] = objectsOf('p.yaml', text);
    const [made] = maker === '' ? [] : objectsOf('m.yaml', maker);
    if (owning === undefined || running === undefined) throw new Error('no objects');
    return derive([{ kind: 'cluster', name: 'prod', resources: [{ ...running, owner: owning, ...(made === undefined ? {} : { maker: made }) }] }]);
  }

  const annotations = 'container.apparmor.security.beta.kubernetes.io/a: runtime/default';
  const status = 'status: {updateRevision: o-2}\n';
  test.each<[string, Subjects, unknown]>([
    ['another image', pod(OWNER('Deployment'), { annotations }), false],
    ['a profile that is gone', pod(OWNER('Deployment'), { image: 'a:1' }), false],
    ['as the ReplicaSet says that made it', pod(OWNER('Deployment'), { annotations, maker: OWNER('ReplicaSet').replace('a:1', 'a:2') }), true],
    [
      'not as that ReplicaSet says, though as the Deployment does',
      pod(OWNER('Deployment'), { annotations, image: 'a:1', maker: OWNER('ReplicaSet').replace('a:1', 'a:2') }),
      false,
    ],
    ['of an earlier revision', pod(OWNER('StatefulSet') + status, { annotations, labels: 'controller-revision-hash: o-1' }), undefined],
    ['of this revision', pod(OWNER('StatefulSet') + status, { annotations, labels: 'controller-revision-hash: o-2' }), false],
    ['of no revision at all', pod(OWNER('StatefulSet') + status, { annotations }), false],
    [
      'of an earlier generation',
      pod(OWNER('DaemonSet', ', annotations: {deprecated.daemonset.template.generation: "2"}'), {
        annotations,
        labels: 'controller-revision-hash: x, pod-template-generation: "1"',
      }),
      undefined,
    ],
    [
      'of this generation',
      pod(OWNER('DaemonSet', ', annotations: {deprecated.daemonset.template.generation: "2"}'), {
        annotations,
        labels: 'controller-revision-hash: x, pod-template-generation: "2"',
      }),
      false,
    ],
    ['a mirror, perhaps', pod(OWNER('Deployment'), { annotations, image: 'mirror.local/a:1' }), undefined],
  ])('a Pod %s', (_, subjects, answer) => {
    expect(subjects.fact('workload.runsAsWritten')).toBe(answer);
    const told = subjects.fact('workload.differences');
    expect(answer === undefined ? told : (told as readonly string[]).length > 0).toBe(answer === undefined ? undefined : !answer);
  });

  test('where it stands, and why it is not known', () => {
    const workload = pod(OWNER('Deployment'), { annotations }).one('workload');
    expect(workload.places('workload.differences').map(({ path }) => path.join('.'))).toEqual(['spec.containers.0.image']);
    const because = (subjects: Subjects): string => subjects.one('workload').absence('workload.runsAsWritten').because;
    expect(because(pod(OWNER('Deployment'), { annotations, image: 'mirror.local/a:1' }))).toMatch(/^image of a is mirror\.local\/a:1 instead of a:1 in Pod p/);
    expect(because(pod(OWNER('StatefulSet') + status, { annotations, labels: 'controller-revision-hash: o-1' }))).toBe(
      'Pod p was made from an earlier template, which is not read',
    );
    expect(because(owner(OWNER('Deployment'), ['apps/replicasets', 'batch/jobs']))).toBe('apps/replicasets is forbidden');
  });
});

describe('profiles of old, which an API server copies into the field of a Pod', () => {
  const KEY = 'container.apparmor.security.beta.kubernetes.io/api';
  const annotated = (value: string): { running: JsonObject; written: JsonObject } => ({ running: { [KEY]: value }, written: { [KEY]: value } });
  const told = (pod: object, value: string): string[] => podDifferences(json(pod), json(WRITTEN), annotated(value)).map((difference) => difference.says);

  test.each<[string, object]>([
    ['unconfined', { type: 'Unconfined' }],
    ['runtime/default', { type: 'RuntimeDefault' }],
    ['localhost/api', { type: 'Localhost', localhostProfile: 'api' }],
  ])('%s', (value, appArmorProfile) => {
    expect(told(withSecurity({ appArmorProfile }), value)).toEqual([]);
    // Before the field was there.
    expect(told(WRITTEN, value)).toEqual([]);
  });

  test('another one', () => {
    expect(told(withSecurity({ appArmorProfile: { type: 'Unconfined' } }), 'runtime/default')).toEqual(['appArmorProfile of api is Unconfined instead of RuntimeDefault']);
  });
});
