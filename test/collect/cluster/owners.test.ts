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
    ['a setting that was taken out', { containers: [container()] }],
    ['a profile in an annotation', plain, { annotations: { 'container.apparmor.security.beta.kubernetes.io/api': 'unconfined' } }],
  ])('%s: it runs otherwise', (_, pod, metadata) => {
    expect(runsAsWritten(podOf(pod, metadata), { spec: { ...plain, securityContext: { fsGroup: 1 } } })).toBe(false);
    expect(runsAsWritten(podOf(pod, metadata), { spec: plain })).toBe(false);
  });
});

function owning(kind: string, uid: string, owner = '', apiVersion = 'apps/v1'): KubernetesObject {
  const ownerReferences = owner === '' ? [] : [{ uid: owner, controller: true }];
  const template = { spec: { containers: [container()] } };
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

  test('Pods that ended say nothing of what runs, unless they have no owner', () => {
    const owners = new Owners();
    owners.settle([owning('Job', 'j', '', 'batch/v1')]);
    const folder = new PodFolder(owners);
    expect(folder.ownerToJudge(ownedBy('j', { containers: [container({ image: 'old' })] }), 'Succeeded')).toBeUndefined();
    expect(folder.ownerToJudge(podOf({ containers: [container()] }), 'Failed')).toBe('itself');
  });
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
