import { describe, expect, test } from 'vitest';
import { LiveOrigin } from '../../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../../src/collect/cluster/reading.ts';
import type { KubernetesObject } from '../../../src/model/inventory.ts';
import { derive, kubernetes, objectsOf, plain, type Subjects } from '../support.ts';
import { deployment, service } from './world.ts';

// An autoscaler makes more copies than a workload asks for: who may not list autoscalers cannot add up what the copies want.

const SCALERS = 'autoscaling/horizontalpodautoscalers';
const SERVER = [deployment('db', 'image: postgres:18.6', { namespace: 'data' }), service('db', '{selector: {app: db}, ports: [{port: 5432}]}', 'data')];
const ADDRESS = 'env: [{name: DATABASE_URL, value: "postgres://api@db.data/app"}';
const API = deployment('api', `image: api:1\n${ADDRESS}, {name: DB_POOL_SIZE, value: "10"}]`, { namespace: 'shop' }).replace('spec:\n', 'spec:\n  replicas: 2\n');
const SCALER = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}, maxReplicas: 9}
`;

/** A cluster of which autoscalers may be listed, or only in these namespaces. */
function live(texts: readonly string[], listed: 'all' | readonly string[]): Subjects {
  const reading = new ClusterReading('prod', 'v1.36.3', undefined);
  if (listed === 'all') reading.completed(SCALERS);
  else reading.failed(SCALERS, { because: 'list horizontalpodautoscalers is forbidden (403)', hint: 'ask for the right' }, listed);
  const resources = objectsOf('cluster.yaml', texts.join('---\n')).map((object): KubernetesObject => ({ ...object, origin: new LiveOrigin(reading, object.value) }));
  return derive([{ kind: 'cluster', name: 'prod', resources, reading }]);
}

const demandIn = (subjects: Subjects): unknown => plain((subjects.one('datastore', 'db').facts as { connectionDemand?: unknown }).connectionDemand);

describe('what the pools of all clients add up to', () => {
  test('counts the most copies that an autoscaler allows', () => {
    expect(demandIn(kubernetes([...SERVER, API, SCALER].join('---\n')))).toBe(90);
    expect(demandIn(live([...SERVER, API, SCALER], 'all'))).toBe(90);
    expect(demandIn(live([...SERVER, API], 'all'))).toBe(20);
  });

  test.each<[string, readonly string[]]>([
    ['nowhere', []],
    ['only with the server', ['data']],
  ])('is not known where autoscalers may be listed %s', (_, listed) => {
    const subjects = live([...SERVER, API], listed);
    expect(demandIn(subjects)).toBeUndefined();
    const { because } = subjects.one('datastore', 'db').absence('datastore.connectionDemand');
    expect(because).toBe(listed.length === 0 ? 'list horizontalpodautoscalers is forbidden (403)' : 'how many copies autoscalers may make of its clients was not read');
  });

  test('is not known of a DaemonSet, which has one copy on each node', () => {
    const agent = API.replace('kind: Deployment', 'kind: DaemonSet').replace('  replicas: 2\n', '');
    const subjects = kubernetes([...SERVER, agent].join('---\n'));
    expect(demandIn(subjects)).toBeUndefined();
    expect(subjects.one('datastore', 'db').absence('datastore.connectionDemand').because).toContain('DaemonSet');
  });

  test('is known where they may be listed with the clients, and where no client is scaled or says how large its pool is', () => {
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: job, namespace: shop}\nspec: {containers: [{name: job, image: "job:1", ${ADDRESS}, {name: DB_POOL_SIZE, value: "3"}]}]}\n`;
    expect(demandIn(live([...SERVER, API], ['shop']))).toBe(20);
    expect(demandIn(live([...SERVER, pod], []))).toBe(3);
    expect(demandIn(live([...SERVER, deployment('api', `image: api:1\n${ADDRESS}]`, { namespace: 'shop' })], []))).toBe(null);
  });
});

test('whether copies share a file is not known either', () => {
  const store = deployment('audit', 'image: audit:1\nenv: [{name: AUDIT_DB, value: /data/audit.db}]\nvolumeMounts: [{name: data, mountPath: /data}]', {
    namespace: 'shop',
    volumes: '- {name: data, persistentVolumeClaim: {claimName: data}}',
  });
  const isShared = (subjects: Subjects): unknown => (subjects.one('store').facts as { isShared?: unknown }).isShared;
  expect([isShared(live([store], 'all')), isShared(live([store], []))]).toEqual([false, undefined]);
});
