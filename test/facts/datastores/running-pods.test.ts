import { describe, expect, test } from 'vitest';
import { LiveOrigin } from '../../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../../src/collect/cluster/reading.ts';
import type { KubernetesObject } from '../../../src/model/inventory.ts';
import { derive, objectsOf, plain, type Subjects } from '../support.ts';
import { service } from './world.ts';

// A default of the namespace, or a webhook, changes each Pod a little, and then Pods are looked at beside their owner's template.
// They are the client or server that the template says, and not one more.

const ADDRESS = 'postgres://api@db.data:5432/app';
const LISTS = [
  ...['pods', 'namespaces', 'batch/cronjobs', 'batch/jobs', 'autoscaling/horizontalpodautoscalers', 'velero.io/schedules', 'k8up.io/schedules'],
  ...['snapscheduler.backube/snapshotschedules', 'postgresql.cnpg.io/scheduledbackups'],
];

const server = (): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: data}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}, annotations: {linkerd.io/inject: enabled}}
    spec: {containers: [{name: db, image: "postgres:18.6"}]}
---
${service('db', '{selector: {app: db}, ports: [{port: 5432}]}', 'data')}`;

interface Made {
  readonly apiVersion: string;
  readonly kind: string;
  /** What stands in its spec beside the template. */
  readonly spec?: string;
  readonly container: string;
  readonly pod?: string;
  readonly inPods?: { readonly container?: string; readonly pod?: string };
  readonly pods?: number;
}

/** A server, and a workload of which Pods run with limits that it does not have. */
function running({ apiVersion, kind, spec = '', container, pod = '', inPods = {}, pods = 2 }: Made): Subjects {
  const reading = new ClusterReading('prod', 'v1.36.3', undefined);
  for (const list of LISTS) reading.completed(list);
  const object = (text: string): KubernetesObject[] => objectsOf('cluster.yaml', text).map((each) => ({ ...each, origin: new LiveOrigin(reading, each.value) }));
  const podSpec = (limits: string, more = { container, pod }): string => `{${more.pod}containers: [{name: api, image: "api:1", ${limits}${more.container}}]}`;
  const template = `template: {metadata: {annotations: {linkerd.io/inject: enabled}}, spec: ${podSpec('')}}`;
  const body = kind === 'CronJob' ? `schedule: "0 1 * * *", jobTemplate: {spec: {${template}}}` : template;
  const [owner] = object(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: api, namespace: shop, uid: u}\nspec: {${spec}${body}}\n`).map((each) => ({
    ...each,
    hasPods: true,
    isOverridden: true,
  }));
  if (owner === undefined) throw new Error('there is no owner');
  const replicas = Array.from({ length: pods }, (_, number) => {
    const metadata = `{name: api-${number}, namespace: shop, uid: u${number}, annotations: {linkerd.io/inject: enabled}, ownerReferences: [{kind: ${kind}, uid: u, controller: true}]}`;
    const changed = podSpec(`resources: {limits: {memory: ${number + 1}Gi}}, `, { container: inPods.container ?? container, pod: inPods.pod ?? pod });
    return object(`apiVersion: v1\nkind: Pod\nmetadata: ${metadata}\nspec: ${changed}\n`);
  }).flat();
  const resources = [...object(server()), owner, ...replicas.map((replica): KubernetesObject => ({ ...replica, owner }))];
  return derive([{ kind: 'cluster', name: 'prod', resources, reading }]);
}

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', spec: 'replicas: 5, ' };
const CLIENT = `env: [{name: DATABASE_URL, value: "${ADDRESS}"}, {name: DB_POOL_SIZE, value: "10"}]`;
const factsOf = (subjects: Subjects, type: string): unknown[] => subjects.of(type).map(({ facts }) => facts);

describe('Pods that run otherwise than their owner says', () => {
  test('have the connections of its template, by the same names', () => {
    const parts = running({ ...DEPLOYMENT, container: CLIENT })
      .of('connection')
      .map((subject) => subject.identity());
    expect(new Set(parts.map(({ kind, name, part }) => [kind, name, part].join()))).toEqual(new Set(['Deployment,api,connection DATABASE_URL']));
    expect(parts).toHaveLength(3);
  });

  test('are one application with it', () => {
    expect(factsOf(running({ ...DEPLOYMENT, container: CLIENT }), 'connection').map((facts) => (facts as { roleSharedWith: unknown }).roleSharedWith)).toEqual([[], [], []]);
  });

  test.each([
    ['each of them', {}, 50],
    ['a smaller pool than the template', { container: CLIENT.replace('"10"', '"4"') }, 50],
    ['a larger pool than the template', { container: CLIENT.replace('"10"', '"20"') }, 100],
  ])('ask for connections as often as it has replicas, with %s', (_, inPods, demand) => {
    const subjects = running({ ...DEPLOYMENT, container: CLIENT, inPods });
    expect(plain((subjects.one('datastore', 'db').facts as { connectionDemand?: unknown }).connectionDemand)).toBe(demand);
  });

  test.each([
    ['CronJob', '', true],
    ['CronJob', 'suspend: true, ', false],
    ['Job', '', false],
  ])('copy a database by the schedule of a %s {%s}', (kind, spec, isBackedUp) => {
    const container = `command: [pg_dump, "${ADDRESS}"]`;
    expect((running({ apiVersion: 'batch/v1', kind, spec, container }).one('datastore', 'db').facts as { isBackedUp?: unknown }).isBackedUp).toBe(isBackedUp);
  });

  test.each([
    ['Deployment', true],
    ['Job', false],
  ])('are in a mesh as those of a %s are', (kind, isIn) => {
    const subjects = running({ apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, container: CLIENT });
    expect(new Set(factsOf(subjects, 'connection').map((facts) => (facts as { isMeshEncrypted: unknown }).isMeshEncrypted))).toEqual(new Set([isIn]));
  });

  test.each([
    ['Deployment', 'audit', true],
    ['StatefulSet', 'audit', true],
    ['StatefulSet', 'data-api-0', false],
  ])('of a %s share the files of claim %s', (kind, claim, isShared) => {
    const container = 'env: [{name: AUDIT_DB, value: /data/audit.db}], volumeMounts: [{name: data, mountPath: /data}]';
    const pod = `volumes: [{name: data, persistentVolumeClaim: {claimName: ${claim}}}], `;
    const [, ofPod] = factsOf(running({ apiVersion: 'apps/v1', kind, spec: 'replicas: 5, ', container, pod, pods: 1 }), 'store');
    expect((ofPod as { isShared?: unknown }).isShared).toBe(isShared);
  });
});
