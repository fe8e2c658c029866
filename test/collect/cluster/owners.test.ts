import { describe, expect, test } from 'vitest';
import { Owners, PodFolder } from '../../../src/collect/cluster/owners.ts';
import { prune } from '../../../src/collect/cluster/prune.ts';
import { runsAsWritten } from '../../../src/collect/cluster/runs-as-written.ts';
import type { KubernetesObject } from '../../../src/model/inventory.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', resource: 'pods' };

function container(more: JsonObject = {}): JsonObject {
  return { name: 'api', image: 'api:1', ...more };
}

/** What the API server, the scheduler and the controllers make of a template. */
function podOf(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  const token = { name: 'kube-api-access-x7k2p', projected: { sources: [] } };
  const mounted = (spec['containers'] as JsonObject[]).map((each) => ({
    ...each,
    volumeMounts: [...((each['volumeMounts'] ?? []) as JsonObject[]), { name: token.name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
  }));
  const given = {
    nodeName: 'n1',
    serviceAccount: 'default',
    serviceAccountName: 'default',
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    tolerations: [{}],
    enableServiceLinks: true,
  };
  const pod = {
    metadata: { name: 'api-x', uid: 'p', ownerReferences: [{ kind: 'ReplicaSet', uid: 'rs', controller: true }], ...metadata },
    spec: { ...given, ...spec, containers: mounted, volumes: [...((spec['volumes'] ?? []) as JsonObject[]), token] },
    status: { phase: 'Running' },
  };
  return prune(pod as unknown as JsonObject, POD);
}

describe('a Pod and its template', () => {
  const plain = { containers: [container()], securityContext: {} };

  test.each<[string, JsonObject, JsonObject]>([
    ['as every Pod is', plain, plain],
    [
      'of a StatefulSet, with a claim of its own',
      { ...plain, hostname: 'db-0', subdomain: 'db', volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }] },
      plain,
    ],
    ['of a DaemonSet, bound to its node', { ...plain, affinity: { nodeAffinity: {} } }, plain],
    [
      'with mounts of its own',
      { ...plain, containers: [container({ volumeMounts: [{ name: 'a', mountPath: '/a' }] })], volumes: [{ name: 'a', emptyDir: {} }] },
      { ...plain, containers: [container({ volumeMounts: [{ name: 'a', mountPath: '/a' }] })], volumes: [{ name: 'a', emptyDir: {} }] },
    ],
    [
      'with limits, which the server asks for where nothing is asked for',
      { ...plain, containers: [container({ resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } } })] },
      { ...plain, containers: [container({ resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } } })] },
    ],
    [
      'with limits alone',
      { ...plain, containers: [container({ resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } })] },
      { ...plain, containers: [container({ resources: { limits: { cpu: '1' } } })] },
    ],
    [
      'on the network of its node, whose ports the server fills in',
      { ...plain, hostNetwork: true, containers: [container({ ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] })] },
      { ...plain, hostNetwork: true, containers: [container({ ports: [{ containerPort: 80, protocol: 'TCP' }] })] },
    ],
  ])('%s: nothing new', (_, pod, template) => {
    expect(runsAsWritten(podOf(pod), { spec: template })).toBe(true);
  });

  test.each<[string, JsonObject, JsonObject?]>([
    ['a sidecar that a webhook put in', { ...plain, containers: [container(), container({ name: 'proxy' })] }],
    ['a debug container', { ...plain, ephemeralContainers: [container({ name: 'debugger' })] }],
    ['limits of a LimitRange', { ...plain, containers: [container({ resources: { limits: { memory: '1Gi' } } })] }],
    ['a security context that a webhook filled in', { ...plain, securityContext: { runAsNonRoot: true } }],
    ['an image that was set since', { ...plain, containers: [container({ image: 'api:0' })] }],
    ['another account', { ...plain, serviceAccountName: 'admin' }],
    ['a volume of the host', { ...plain, volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
    ['a volume of the host under the name of a token', { ...plain, volumes: [{ name: 'kube-api-access-abcde', hostPath: { path: '/' } }] }],
    ['a Secret under the name of a token', { ...plain, volumes: [{ name: 'kube-api-access-abcde', projected: { sources: [{ secret: { name: 'keys' } }] } }] }],
    ['a request that a webhook fills in', { ...plain, containers: [container({ resources: { requests: { cpu: '1' } } })] }],
    ['a port of the node', { ...plain, containers: [container({ ports: [{ containerPort: 80, hostPort: 80 }] })] }],
    ['a setting that was taken out', { containers: [container()] }],
    ['a profile in an annotation', plain, { annotations: { 'container.apparmor.security.beta.kubernetes.io/api': 'unconfined' } }],
  ])('%s: it runs otherwise', (_, pod, metadata) => {
    expect(runsAsWritten(podOf(pod, metadata), { spec: { ...plain, securityContext: { fsGroup: 1 } } })).toBe(false);
    expect(runsAsWritten(podOf(pod, metadata), { spec: plain })).toBe(false);
  });
});

function owning(kind: string, uid: string, owner = '', apiVersion = 'apps/v1', image = 'api:1'): KubernetesObject {
  const ownerReferences = owner === '' ? [] : [{ uid: owner, controller: true }];
  const template = { metadata: { labels: { uid } }, spec: { containers: [container({ image })] } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  const value = { apiVersion, kind, metadata: { name: uid, uid, ownerReferences }, spec } as unknown as JsonObject;
  return {
    type: 'kubernetes',
    value,
    at: [],
    duplicateKeys: [],
    origin: { view: 'live:x', locate: () => ({ cluster: 'x', ref: '', pointer: '', missing: false }), excerpt: () => [] },
  };
}

function ownedBy(uid: string, spec: JsonObject = { containers: [container()] }): JsonObject {
  return podOf(spec, { ownerReferences: [{ uid, controller: true }] });
}

describe('owners', () => {
  test('ReplicaSets and Jobs are told with what made them; without it they stand for themselves', () => {
    const owners = new Owners();
    const settled = owners.settle([
      owning('ReplicaSet', 'rs', 'd'),
      owning('Deployment', 'd'),
      owning('Job', 'j', 'cj', 'batch/v1'),
      owning('CronJob', 'cj', '', 'batch/v1'),
      owning('ReplicaSet', 'orphan', 'gone'),
    ]);
    expect(settled.map(({ value }) => value['kind'])).toEqual(['Deployment', 'CronJob', 'ReplicaSet']);
    expect(owners.ownerOf(ownedBy('rs'))?.value['kind']).toBe('Deployment');
    expect(owners.ownerOf(ownedBy('j'))?.value['kind']).toBe('CronJob');
    expect(owners.ownerOf(ownedBy('orphan'))?.value['kind']).toBe('ReplicaSet');
    expect(owners.ownerOf(ownedBy('nobody'))).toBeUndefined();
  });

  test('what a custom resource makes stands for itself: its template may be only a part', () => {
    const owners = new Owners();
    const settled = owners.settle([owning('RayCluster', 'ray', '', 'ray.io/v1'), owning('Deployment', 'd', 'ray')]);
    expect(settled).toHaveLength(2);
    expect(owners.ownerOf(ownedBy('d'))?.value['kind']).toBe('Deployment');
  });

  test('references in a circle end', () => {
    expect(new Owners().settle([owning('Deployment', 'a', 'b'), owning('Deployment', 'b', 'a')]).length).toBeLessThanOrEqual(2);
  });

  test('Pods that are changed alike are judged once; their owner is overridden only where none runs as written', () => {
    const owners = new Owners();
    const [deployment] = owners.settle([owning('Deployment', 'd')]);
    const folder = new PodFolder(owners);
    const changed = (image: string, nodeName: string): JsonObject => ownedBy('d', { containers: [container({ image })], nodeName });
    expect([changed('b', 'n1'), changed('b', 'n2'), changed('c', 'n1')].map((pod) => folder.ownerToJudge(pod, 'Running'))).toEqual([deployment, undefined, deployment]);
    expect(folder.overridden.size).toBe(1);
    expect(folder.ownerToJudge(ownedBy('d'), 'Running')).toBeUndefined();
    expect(folder.overridden.size).toBe(0);
  });

  test('Pods of a StatefulSet that are changed alike are judged once, though each has a claim of its own', () => {
    const owners = new Owners();
    const [set] = owners.settle([owning('StatefulSet', 's')]);
    const folder = new PodFolder(owners);
    const changed = (name: string, claimName = `data-${name}`): JsonObject =>
      podOf(
        { containers: [container({ image: 'b' })], volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] },
        { name, ownerReferences: [{ uid: 's', controller: true }] },
      );
    expect([changed('db-0'), changed('db-1'), changed('db-2', 'data-db-0')].map((pod) => folder.ownerToJudge(pod, 'Running'))).toEqual([set, undefined, set]);
  });

  test('in a rollout, what made a Pod is kept where it says otherwise than its owner', () => {
    const owners = new Owners();
    const former = owning('ReplicaSet', 'former', 'd', 'apps/v1', 'api:0');
    owners.settle([owning('Deployment', 'd'), owning('ReplicaSet', 'new', 'd'), former]);
    expect([owners.makerOf(ownedBy('new')), owners.makerOf(ownedBy('former')), owners.makerOf(ownedBy('d'))]).toEqual([undefined, former, undefined]);
  });

  test('a Pod that was changed into what a former one is, is judged beside it', () => {
    const owners = new Owners();
    const [deployment] = owners.settle([owning('Deployment', 'd'), owning('ReplicaSet', 'new', 'd'), owning('ReplicaSet', 'former', 'd', 'apps/v1', 'api:0')]);
    const folder = new PodFolder(owners);
    const old = { containers: [container({ image: 'api:0' })] };
    expect([ownedBy('former', old), ownedBy('former', old), ownedBy('new', old)].map((pod) => folder.ownerToJudge(pod, 'Running'))).toEqual([deployment, undefined, deployment]);
    const ofRevision = (revision: string): JsonObject => podOf(old, { ownerReferences: [{ uid: 'd', controller: true }], labels: { 'controller-revision-hash': revision } });
    expect([ofRevision('a'), ofRevision('a'), ofRevision('b')].map((pod) => folder.ownerToJudge(pod, 'Running'))).toEqual([deployment, undefined, deployment]);
  });

  test('owners are known to run as soon as one of their Pods does', () => {
    const owners = new Owners();
    const [deployment, idle, job] = owners.settle([owning('Deployment', 'd'), owning('StatefulSet', 'idle'), owning('Job', 'j', '', 'batch/v1')]);
    const folder = new PodFolder(owners);
    folder.ownerToJudge(ownedBy('d'), 'Running');
    folder.ownerToJudge(ownedBy('j'), 'Succeeded');
    expect([deployment, idle, job].map((owner) => owner !== undefined && folder.running.has(owner))).toEqual([true, false, false]);
    folder.ownerToJudge(ownedBy('idle', { containers: [container({ image: 'b' })] }), 'Pending');
    expect(idle !== undefined && folder.running.has(idle)).toBe(true);
  });

  test('Pods that ended say nothing of what runs, unless they have no owner', () => {
    const owners = new Owners();
    owners.settle([owning('Job', 'j', '', 'batch/v1')]);
    const folder = new PodFolder(owners);
    expect(folder.ownerToJudge(ownedBy('j', { containers: [container({ image: 'old' })] }), 'Succeeded')).toBeUndefined();
    expect(folder.ownerToJudge(podOf({ containers: [container()] }), 'Failed')).toBe('itself');
  });
});

test('of the status of a StatefulSet, the revision that its Pods are made from is kept', () => {
  const object = { metadata: { name: 'db' }, spec: {}, status: { updateRevision: 'db-2', currentRevision: 'db-1', conditions: [{}] } };
  const pruned = prune(object as unknown as JsonObject, { apiVersion: 'apps/v1', kind: 'StatefulSet', resource: 'statefulsets' });
  expect(pruned['status']).toEqual({ updateRevision: 'db-2' });
  expect(prune(object as unknown as JsonObject, { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' })).not.toHaveProperty('status');
});

test('what only has the name of a token is kept, where it comes from and where it is mounted', () => {
  const volumes = [
    { name: 'kube-api-access-x7k2p', projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'kube-root-ca.crt' } }, { downwardAPI: {} }] } },
    { name: 'kube-api-access-abcde', hostPath: { path: '/' } },
  ];
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  const metadata = { name: 'api-x', ownerReferences: [{ kind: 'ReplicaSet', uid: 'rs', controller: true }] };
  const pruned = prune({ metadata, spec: { containers: [container({ volumeMounts })], volumes } } as unknown as JsonObject, POD);
  expect(pruned['spec']).toEqual({ containers: [container({ volumeMounts: volumeMounts.slice(1) })], volumes: volumes.slice(1) });
});

test('what no fact reads is dropped, and hostile keys stay what they are', () => {
  const pruned = prune(
    JSON.parse(
      '{"metadata":{"name":"a","managedFields":[1],"resourceVersion":"7","annotations":{"__proto__":"x","kubectl.kubernetes.io/last-applied-configuration":"{}"}},"spec":{"__proto__":{"x":1},"containers":[]},"status":{"phase":"Running"}}',
    ) as JsonObject,
    POD,
  );
  expect(JSON.stringify(pruned)).toBe('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","annotations":{"__proto__":"x"}},"spec":{"containers":[]}}');
  expect(Object.getPrototypeOf(pruned['spec'])).toBe(Object.prototype);
});
