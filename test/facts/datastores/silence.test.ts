import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { collectManifests } from '../../../src/collect/manifests.ts';
import { KubernetesProgram } from '../../../src/facts/datastores/kubernetes-program.ts';
import { deriveSubjects } from '../../../src/facts/derive.ts';
import { client, configMap, deployment, world } from './world.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

function found(folder: string): string[] {
  const inventory = collectManifests({ paths: [`${ROOT}${folder}`], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true });
  return [...deriveSubjects(inventory, new Set(['connection', 'datastore']), '')]
    .filter(({ type }) => type === 'connection' || type === 'datastore')
    .map((subject) => JSON.stringify([subject.type, subject.identity()]))
    .sort();
}

afterEach(() => vi.restoreAllMocks());

test.each(['policies/tls', 'policies/datastore-auth', 'policies/datastore-config', 'policies/network', 'policies/backup-recovery', 'manifests-examples/shop'])(
  'in %s nothing that is passed over has anything to say',
  (folder) => {
    const quick = found(folder);
    vi.spyOn(KubernetesProgram.prototype, 'isSilent', 'get').mockReturnValue(false);
    expect(quick.length).toBeGreaterThan(3);
    expect(quick).toEqual(found(folder));
  },
);

test.each<[string, Readonly<Record<string, string>>]>([
  ['a URL under any name', { X: 'postgres://a@b/c' }],
  ['a scheme of a driver', { X: 'postgresql+asyncpg://a@b/c' }],
  ['key and value', { X: 'host=db user=a dbname=c' }],
  ['ado.net', { X: 'Host=db;Username=a;Database=c' }],
  ['jdbc', { X: 'jdbc:postgresql://db/c' }],
  ['parts', { PGHOST: 'db' }],
  ['other parts', { DB_HOST: 'db', DB_PORT: '5432' }],
  ['spring', { SPRING_DATA_REDIS_HOST: 'cache' }],
  ['celery', { CELERY_BROKER_URL: 'redis://cache' }],
  ['stackexchange', { X: 'cache:6379,password=EXAMPLE-not-a-password' }],
])('%s is not passed over', (_, variables) => {
  expect(world(client(variables)).of('connection')).toHaveLength(1);
});

test('neither is what comes from ConfigMaps', () => {
  const lines = 'image: registry.example.com/client:1.0\n';
  expect(world(configMap('c', { X: 'redis://cache' }), deployment('a', `${lines}envFrom: [{configMapRef: {name: c}}]`)).of('connection')).toHaveLength(1);
  const byKey = deployment('a', `${lines}env: [{name: X, valueFrom: {configMapKeyRef: {name: c, key: x}}}]`);
  expect(world(configMap('c', { x: 'redis://cache' }), byKey).of('connection')).toHaveLength(1);
  const prefixed = deployment('a', `${lines}envFrom: [{prefix: P, configMapRef: {name: c}}]`);
  expect(world(configMap('c', { GHOST: 'db', GPORT: '5433' }), prefixed).of('connection')).toHaveLength(1);
  const mounted = deployment('a', `${lines}volumeMounts: [{name: c, mountPath: /etc/app}]`, { volumes: '- {name: c, configMap: {name: c}}' });
  expect(world(configMap('c', { 'app.toml': 'url = "redis://cache"' }), mounted).of('connection')).toHaveLength(1);
});
