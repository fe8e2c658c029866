import { describe, expect, test } from 'vitest';
import { LiveOrigin } from '../../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../../src/collect/cluster/reading.ts';
import type { KubernetesObject } from '../../../src/model/inventory.ts';
import { derive, kubernetes, objectsOf, type Subjects } from '../support.ts';
import { service } from './world.ts';

const SERVER = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "postgres:18.6", volumeMounts: [{name: data, mountPath: /var/lib/postgresql}]}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`;
const SERVICE = service('db', '{selector: {app: db}, ports: [{port: 5432}]}', 'shop');

/** A CronJob in the server's namespace, whose container has this line. */
function cronJob(line: string, more = ''): string {
  return `apiVersion: batch/v1
kind: CronJob
metadata: {name: dump, namespace: shop}
spec:
  schedule: "0 1 * * *"
  ${more}
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: dump
              image: postgres:18.6
              command: [sh, -c, 'pg_dump "$DATABASE_URL" | age -r age1 > /backup/db']
              ${line}
`;
}

function schedule(apiVersion: string, spec: string, namespace = 'velero'): string {
  return `apiVersion: ${apiVersion}\nkind: ${apiVersion.startsWith('snap') ? 'SnapshotSchedule' : 'Schedule'}\nmetadata: {name: nightly, namespace: ${namespace}}\nspec: ${spec}\n`;
}

const ofSecret = 'env: [{name: DATABASE_URL, valueFrom: {secretKeyRef: {name: creds, key: url}}}]';

describe('a server is backed up', () => {
  test.each<[string, string, boolean | undefined]>([
    ['by a program that is seen to copy it', cronJob('env: [{name: DATABASE_URL, value: "postgres://dump@db/app"}]'), true],
    ['by nothing, where the program copies another one', cronJob('env: [{name: DATABASE_URL, value: "postgres://dump@other.example.com/app"}]'), false],
    ['perhaps, where the address stands in a Secret that was not seen', cronJob(ofSecret), undefined],
    ['perhaps, where all variables come from such a Secret', cronJob('envFrom: [{secretRef: {name: creds}}]'), undefined],
    ['not by a program that is suspended, whatever it copies', cronJob(ofSecret, 'suspend: true'), false],
    ['by Velero, all namespaces', schedule('velero.io/v1', '{schedule: "0 1 * * *", template: {}}'), true],
    ['by Velero, this namespace', schedule('velero.io/v1', '{template: {includedNamespaces: [shop]}}'), true],
    ['not by Velero for another namespace', schedule('velero.io/v1', '{template: {includedNamespaces: [web]}}'), false],
    ['not by Velero where it leaves this one out', schedule('velero.io/v1', '{template: {includedNamespaces: ["*"], excludedNamespaces: [shop]}}'), false],
    ['not by Velero while it is paused', schedule('velero.io/v1', '{paused: true, template: {}}'), false],
    ['by K8up in its namespace', schedule('k8up.io/v1', '{backup: {schedule: "@daily"}}', 'shop'), true],
    ['not by K8up in another', schedule('k8up.io/v1', '{backup: {schedule: "@daily"}}', 'web'), false],
    ['not by K8up where it only prunes', schedule('k8up.io/v1', '{prune: {schedule: "@daily"}}', 'shop'), false],
    ['by snapshots of its namespace', schedule('snapscheduler.backube/v1', '{schedule: "0 1 * * *"}', 'shop'), true],
    ['not by what other projects call a Schedule', schedule('chaos-mesh.org/v1alpha1', '{type: PodChaos}', 'shop'), false],
  ])('%s', (_, text, answer) => {
    const datastore = kubernetes([SERVER, SERVICE, text].join('---\n')).one('datastore', 'db');
    expect(datastore.facts).toMatchObject({ isBackedUp: answer });
  });

  test('perhaps, and why that is not known is told', () => {
    expect(
      kubernetes([SERVER, SERVICE, cronJob(ofSecret)].join('---\n'))
        .one('datastore', 'db')
        .absence('datastore.isBackedUp'),
    ).toEqual({
      because: 'a program copies a database away, and the address that it copies from was not seen',
      hint: 'scan the Secret or ConfigMap that holds it, too; of a cluster, with --read-secrets',
    });
  });
});

/** What a cluster holds of which some lists are forbidden. */
function live(text: string, ...forbidden: readonly string[]): Subjects {
  const reading = new ClusterReading('prod', 'v1.36.3', undefined);
  const lists = ['batch/cronjobs', 'velero.io/schedules', 'k8up.io/schedules', 'snapscheduler.backube/snapshotschedules', 'postgresql.cnpg.io/scheduledbackups'];
  for (const resource of [...lists, 'namespaces', 'security.istio.io/peerauthentications', 'networking.istio.io/destinationrules']) {
    if (forbidden.includes(resource)) reading.failed(resource, { because: `list ${resource} is forbidden (403)`, hint: 'ask for the right' });
    else reading.completed(resource);
  }
  const resources = objectsOf('cluster.yaml', text).map((object): KubernetesObject => ({ ...object, origin: new LiveOrigin(reading, object.value) }));
  return derive([{ kind: 'cluster', name: 'prod', resources, reading }]);
}

describe('in a cluster, what may not be listed may be there', () => {
  const cnpg =
    'apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db, namespace: shop}\nspec: {instances: 1, imageName: "ghcr.io/cloudnative-pg/postgresql:18.6"}\n';

  test.each<[string, string, readonly string[], boolean | undefined]>([
    ['all was listed', SERVER, [], false],
    ['CronJobs', SERVER, ['batch/cronjobs'], undefined],
    ['the schedules of Velero', SERVER, ['velero.io/schedules'], undefined],
    ['the backups of CloudNativePG, whose server it is', cnpg, ['postgresql.cnpg.io/scheduledbackups'], undefined],
    ['the backups of CloudNativePG, whose server it is not', SERVER, ['postgresql.cnpg.io/scheduledbackups'], false],
    ['nothing of its own operator', cnpg, [], false],
  ])('backups: %s', (_, text, forbidden, answer) => {
    const [datastore] = live(text, ...forbidden).of('datastore');
    expect(datastore?.facts).toMatchObject({ isBackedUp: answer });
    if (answer === undefined) expect(datastore?.absence('datastore.isBackedUp').because).toBe(`list ${forbidden[0]} is forbidden (403)`);
  });

  const namespace = (labels: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: ${labels}}\n`;
  const client =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: shop}\nspec: {containers: [{name: api, image: "api:1", env: [{name: DATABASE_URL, value: "postgres://api@db/app?sslmode=disable"}]}]}\n';
  const strict = 'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n';
  const off = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: db, namespace: shop}\nspec: {host: db, trafficPolicy: {tls: {mode: DISABLE}}}\n';
  const injected = namespace('{istio-injection: enabled}');

  test.each<[string, readonly string[], readonly string[], boolean | undefined]>([
    ['nobody is in it', [namespace('{}'), strict], [], false],
    ['nobody is in it, whatever is forbidden', [namespace('{}')], ['security.istio.io/peerauthentications'], false],
    ['everybody is, and plaintext is refused', [injected, strict], [], true],
    ['who is in it is not known', [strict], ['namespaces'], undefined],
    ['whether plaintext is refused is not known', [injected], ['security.istio.io/peerauthentications'], undefined],
    ['whether it is switched off is not known', [injected, strict], ['networking.istio.io/destinationrules'], undefined],
    ['it is seen to be switched off', [injected, strict, off], ['networking.istio.io/destinationrules'], false],
    ['nothing refuses plaintext, whatever else is forbidden', [injected], ['networking.istio.io/destinationrules'], false],
  ])('a mesh: %s', (_, texts, forbidden, answer) => {
    const [connection] = live([SERVER, SERVICE, client, ...texts].join('---\n'), ...forbidden).of('connection');
    expect(connection?.facts).toMatchObject({ isMeshEncrypted: answer, plaintextPossible: answer === undefined ? undefined : !answer });
  });
});

describe('why encryption of its volume is not known', () => {
  const claim = (spec: string): string => `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\nspec: ${spec}\n`;
  const storageClass = 'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: disks.example.com\n';

  test.each([
    ['the claim was not seen', '', 'PersistentVolumeClaim data is not part of this scan'],
    ['the class was not seen', claim('{storageClassName: fast}'), 'StorageClass fast is not part of this scan'],
    ['there is no default class', claim('{}'), 'the claim names no StorageClass, and no single default one is part of this scan'],
    ['nobody knows what makes it', `${claim('{storageClassName: fast}')}---\n${storageClass}`, 'whether disks.example.com encrypts its volumes is not known'],
  ])('%s', (_, text, because) => {
    const datastore = kubernetes([SERVER, text].filter((part) => part !== '').join('---\n')).one('datastore', 'db');
    expect(datastore.facts).toMatchObject({ isEncryptedAtRest: undefined });
    expect(datastore.absence('datastore.isEncryptedAtRest').because).toBe(because);
  });
});

test('one thing that was not seen is told as one', () => {
  const redis = 'apiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec: {containers: [{name: redis, image: "redis:8.2.3"}]}\n';
  expect(kubernetes(redis).one('datastore').absence('datastore.trustsNetwork').because).toBe('the server configuration is not part of this scan');
});
