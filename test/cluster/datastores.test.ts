import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionPair, ConnectionsReport } from '../../src/model/connections.ts';
import { ROOT, seaworthy } from '../cli/run.ts';
import { type ApiServer, hasKube, startApiServer } from './api-server.ts';
import { installKinds } from './custom-resources.ts';

// Clients and servers of a cluster: who connects to whom, and the findings, must be those of the manifests that were applied.

const PASSWORD = 'Zq83kfPLw0aHTTsx';
const ADDRESS = `postgres://app:${PASSWORD}@orders-rw:5432/orders?sslmode=disable`;

/** What the shop does not have: a server that an operator makes, a mesh, copies of whole namespaces, addresses in Secrets. */
const FURTHER = `apiVersion: v1
kind: Namespace
metadata: {name: orders, labels: {istio-injection: enabled}}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: nightly, namespace: orders}
spec: {schedule: "0 1 * * *", template: {includedNamespaces: [orders]}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: orders, namespace: orders}
spec: {instances: 1, imageName: "ghcr.io/cloudnative-pg/postgresql:18.6"}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: orders}
spec: {mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: orders}
stringData: {DATABASE_URL: "${ADDRESS}", password: ${PASSWORD}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: orders}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: registry.example.com/orders:1.4.2
          env:
            - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: login, key: DATABASE_URL}}}
            - {name: REDIS_URL, value: "redis://sessions"}
            - {name: HISTORY_REDIS_URL, value: "redis://history"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: sessions, namespace: orders}
spec:
  selector: {matchLabels: {app: sessions}}
  template:
    metadata: {labels: {app: sessions}}
    spec:
      containers: [{name: redis, image: "redis:8.2.3", args: [--requirepass, $(PASSWORD)], env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}]}]
---
apiVersion: v1
kind: Service
metadata: {name: sessions, namespace: orders}
spec: {selector: {app: sessions}, ports: [{port: 6379}]}
---
apiVersion: v1
kind: Service
metadata: {name: history, namespace: orders}
spec: {ports: [{port: 6379}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: history-1, namespace: orders, labels: {kubernetes.io/service-name: history}}
addressType: IPv4
endpoints: [{addresses: [203.0.113.7]}]
ports: [{port: 6379}]
`;

const KINDS = [
  { group: 'velero.io', version: 'v1', kind: 'Schedule', resource: 'schedules', isNamespaced: true },
  { group: 'postgresql.cnpg.io', version: 'v1', kind: 'Cluster', resource: 'clusters', isNamespaced: true },
  { group: 'security.istio.io', version: 'v1', kind: 'PeerAuthentication', resource: 'peerauthentications', isNamespaced: true },
];

interface Told {
  readonly policy: string;
  readonly outcome: string;
  readonly id: string;
}

describe.skipIf(!hasKube)('datastores of a cluster', () => {
  let server: ApiServer;
  let files: string;
  const checks = ['tls', 'datastore-auth', 'datastore-config', 'backup-recovery'];

  beforeAll(async () => {
    server = await startApiServer();
    installKinds(server, KINDS);
    files = join(server.folder, 'company');
    mkdirSync(files);
    cpSync(join(ROOT, 'manifests-examples/shop/before'), join(files, 'shop'), { recursive: true });
    // No cluster holds it.
    rmSync(join(files, 'shop/Dockerfile'));
    writeFileSync(join(files, 'orders.yaml'), FURTHER);
    const apply = ['apply', '--server-side', '-R', '-f', files];
    // At the first time, some of it comes before its namespace.
    server.kubectl(apply);
    server.mustKubectl(apply);
  });
  afterAll(() => server.stop());

  function run(args: readonly string[]): { status: number | null; stdout: string } {
    const { status, stdout, stderr } = seaworthy(server.folder, args);
    if (stdout === '') throw new Error(stderr);
    expect(stdout + stderr).not.toMatch(new RegExp(`${PASSWORD}|${Buffer.from(PASSWORD).toString('base64').slice(0, 18)}`));
    return { status, stdout };
  }

  const live = (): string[] => ['--kubeconfig', server.kubeconfig, '--context', 'test', '-A'];
  const connectionsOf = (...args: string[]): ConnectionsReport => JSON.parse(run(['connections', ...args, '-o', 'json']).stdout) as ConnectionsReport;

  function findingsOf(...args: string[]): Told[] {
    const { stdout } = run(['scan', ...args, '--only', checks.join(','), '-o', 'json', '--show', 'pass', '--fail-on', 'never']);
    const { findings } = JSON.parse(stdout) as { findings: Told[] };
    return findings.map(({ policy, outcome, id }) => ({ policy, outcome, id })).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  test('are joined as those of its manifests', () => {
    // Where it stands differs, and so does how Kubernetes writes what was left out.
    const facts = ({ connections }: ConnectionsReport): unknown[] =>
      connections.map(({ view, client, server: end, unknowns, ...pair }: ConnectionPair) => ({ ...pair, client: client.name, server: end.name, unknowns: unknowns.length }));
    const written = connectionsOf(files);
    const running = connectionsOf(...live(), '--read-secrets');
    expect(new Set(written.connections.map(({ view }) => view))).toEqual(new Set(['git']));
    expect(new Set(running.connections.map(({ view }) => view))).toEqual(new Set(['live:test']));
    expect(facts(running)).toEqual(facts(written));
    expect(running.connections.map(({ client, source, leadsTo }) => [client.name, source, leadsTo])).toEqual(
      expect.arrayContaining([
        ['api', 'DATABASE_URL', 'server'],
        ['api', 'REDIS_URL', 'server'],
        ['api', 'HISTORY_REDIS_URL', 'outside'],
      ]),
    );
    const names = ({ datastores }: ConnectionsReport): unknown[] =>
      datastores.map(({ kind, namespace, name, clients, verdicts }) => ({ kind, namespace, name, clients, verdicts }));
    expect(names(running)).toEqual(names(written));
  });

  test('have the findings of their manifests, with the same ids', () => {
    const written = findingsOf(files);
    expect(written.length).toBeGreaterThan(40);
    expect(findingsOf(...live(), '--read-secrets')).toEqual(written);
  });

  test('are encrypted by the mesh and copied by the schedule that the cluster holds', () => {
    const pair = connectionsOf(...live(), '-n', 'orders').connections.find(({ source }) => source === 'REDIS_URL');
    expect(pair?.tls).toMatchObject({ byMesh: true, plaintextPossible: false });
    const backups = run(['scan', ...live(), '--only', 'backup-scheduled', '-o', 'json', '--show', 'pass', '--fail-on', 'never']).stdout;
    const { findings } = JSON.parse(backups) as { findings: (Told & { subject: { name: string } })[] };
    expect(findings.map(({ outcome, subject }) => [subject.name, outcome]).sort()).toEqual([
      ['orders', 'pass'],
      ['postgres', 'pass'],
    ]);
  });

  test('what a Secret holds is unknown unless Secrets are read', () => {
    const unread = connectionsOf(...live()).connections.find(({ client, source }) => client.namespace === 'orders' && source === 'DATABASE_URL');
    expect(unread).toMatchObject({ leadsTo: 'unread', host: null, tls: { plaintextPossible: null } });
    const read = connectionsOf(...live(), '--read-secrets').connections.find(({ client, source }) => client.namespace === 'orders' && source === 'DATABASE_URL');
    expect(run(['connections', ...live()]).stdout).toContain('\nSecrets were not read: ');
    expect(run(['connections', ...live(), '--read-secrets']).stdout).not.toContain('Secrets were not read');
    expect(read).toMatchObject({ leadsTo: 'server', host: '•••', user: '•••', server: { name: 'orders' } });
  });

  test('what runs is not taken for what git says', () => {
    const mended = join(ROOT, 'manifests-examples/shop/after');
    const { connections, datastores } = connectionsOf(mended, ...live(), '-n', 'shop');
    const verdictsOn = (view: string): string[] =>
      datastores.filter((datastore) => datastore.view === view && datastore.name === 'redis').flatMap(({ verdicts }) => verdicts.map(({ outcome }) => outcome));
    expect(verdictsOn('git')).not.toContain('violation');
    expect(verdictsOn('live:test')).toContain('violation');
    expect(new Set(connections.map(({ view }) => view))).toEqual(new Set(['git', 'live:test']));
    const text = run(['connections', mended, ...live(), '-n', 'shop']).stdout;
    expect(text).toMatch(/^git {2}Deployment shop\/redis, .*\n.*\n {2}the server itself +fine$/m);
    expect(text).toMatch(/^live:test {2}Deployment shop\/redis, .*\n.*\n {2}the server itself +critical/m);
  });

  test('keep to the schema of their list', () => {
    const validate = new Ajv().compile(JSON.parse(seaworthy(server.folder, ['schema', 'connections']).stdout) as object);
    expect(validate(connectionsOf(...live(), '-n', 'shop')), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(connectionsOf('--kubeconfig', server.kubeconfig, '-n', 'shop')), JSON.stringify(validate.errors)).toBe(true);
  });

  test('a namespace that is not there is no namespace without connections', () => {
    const { status, stdout } = run(['connections', '--kubeconfig', server.kubeconfig, '-n', 'shpo']);
    expect(status).toBe(3);
    expect(stdout).toContain('Nothing was found in namespace shpo.');
    expect(run(['connections', '--kubeconfig', server.kubeconfig, '-n', 'default']).status).toBe(0);
  });

  test('what cannot be read is no empty list', () => {
    const { status, stdout } = run(['connections', '--kubeconfig', server.kubeconfigOf('nobody')]);
    expect(status).toBe(3);
    expect(stdout).toContain('not read: test: ');
    expect(readFileSync(server.kubeconfigOf('nobody'), 'utf8')).toContain('nobody-token');
    expect(stdout).not.toContain('nobody-token');
  });

  test('what is injected into each replica is one client, and the template that none runs as is none', () => {
    const names = { metadata: { name: 'api', namespace: 'fleet', labels: { app: 'api' } } };
    const app = { name: 'api', image: 'api:1', env: [{ name: 'DATABASE_URL', value: 'postgres://api@db.example.com/app' }] };
    const sidecar = { name: 'sidecar', image: 'sidecar:1', env: [{ name: 'REDIS_URL', value: 'redis://cache.example.com' }] };
    const template = { metadata: { labels: { app: 'api' } }, spec: { containers: [app] } };
    server.mustKubectl(['create', 'namespace', 'fleet']);
    server.mustKubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...names, spec: { replicas: 3, selector: { matchLabels: { app: 'api' } }, template } }),
    );
    const uid = server.mustKubectl(['get', 'replicaset', 'api', '-n', 'fleet', '-o', 'jsonpath={.metadata.uid}']);
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api', uid, controller: true };
    for (const number of ['1', '2', '3']) {
      // Something differs from replica to replica, and no client does.
      const containers = [app, { ...sidecar, args: [`--number=${number}`] }];
      const metadata = { name: `api-${number}`, namespace: 'fleet', labels: { app: 'api' }, ownerReferences: [owner] };
      server.mustKubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } }));
    }
    const { connections } = connectionsOf('--kubeconfig', server.kubeconfig, '-n', 'fleet');
    expect(connections.map(({ client, source }) => [client.kind, client.name, client.container, source])).toEqual([
      ['ReplicaSet', 'api', 'sidecar', 'REDIS_URL'],
      ['ReplicaSet', 'api', 'api', 'DATABASE_URL'],
    ]);
  });
});
