import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateCorpus, writeCorpus } from '../../bench/corpus.ts';
import { collectManifests } from '../../src/collect/manifests.ts';
import type { Derived } from '../../src/facts/derived.ts';
import type { KubernetesObject, Unit } from '../../src/model/inventory.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { derive } from '../facts/support.ts';
import { type ApiServer, hasKube, startApiServer } from './api-server.ts';
import { differencesBetween, type Expected } from './compare-facts.ts';
import { installKindsOf } from './custom-resources.ts';
import { neededByAll, readCluster } from './read-cluster.ts';

// Objects of an invented company, created with kubectl and read back: what is said of a cluster must be what is said of its manifests.

const OBJECTS = 400;
/** Hundreds of objects are made one by one: on a busy machine that takes its time. */
const PATIENT_MS = 300_000;

/** Kinds that the corpus leaves out. */
const FURTHER = `
apiVersion: v1
kind: Namespace
metadata: {name: further, labels: {pod-security.kubernetes.io/warn: baseline}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: all, namespace: further}
spec: {hard: {requests.cpu: "100", requests.memory: 1Ti, pods: "1000"}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: old, namespace: further}
spec:
  selector: {matchLabels: {app: old}}
  template:
    metadata: {labels: {app: old}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers: [{name: a, image: registry.local/a, ports: [{containerPort: 80, hostPort: 80}], env: [{name: A, value: "$(B)"}]}]
---
apiVersion: v1
kind: ReplicationController
metadata: {name: older, namespace: further}
spec:
  template:
    metadata: {labels: {app: older}}
    spec:
      hostPID: true
      containers: [{name: a, image: "registry.local/a:1.0.0", securityContext: {privileged: true}, volumeMounts: [{name: data, mountPath: /data}]}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: further}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: "", volumeName: node-data}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: node-data}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /var/lib/docker}}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: template, namespace: further}
template:
  metadata: {labels: {app: template}}
  spec:
    initContainers: [{name: b, image: "registry.local/b:1.0.0", restartPolicy: Always}]
    containers: [{name: a, image: "registry.local/a:1.0.0"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: pods}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "true"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: pods}
spec: {policyName: pods, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: further}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: collected}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {example.com/part: "true"}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {example.com/part: "true"}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: collected}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: collected}
subjects: [{kind: ServiceAccount, name: default, namespace: further}]
`;

const EXPECTED: Expected = {
  'object.secretAge': 'only the server tells when a Secret was written',
  'workload.mountsTokenExplicitly': 'the server mounts the token of the account into Pods as if they said so',
  'object.namespaceName': 'the server writes the namespace into what leaves it open',
};

describe.skipIf(!hasKube)('a company in a cluster', () => {
  let server: ApiServer;
  let written: KubernetesObject[];
  let read: Unit;

  beforeAll(async () => {
    server = await startApiServer({ controllers: ['serviceaccount-controller', 'clusterrole-aggregation-controller'] });
    const folder = join(server.folder, 'company');
    writeCorpus(generateCorpus(OBJECTS), folder);
    writeFileSync(join(folder, 'further.yaml'), FURTHER);
    const manifests = collectManifests({ paths: [folder], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true });
    written = manifests.units.flatMap(({ resources }) => resources.filter((resource) => resource.type === 'kubernetes'));
    installKindsOf(server, written);
    const create = ['apply', '--server-side', '--force-conflicts', '-R', '-f', folder];
    // At the first time, most of it comes before its namespace.
    server.kubectl(create);
    server.mustKubectl(create);
    while (!server.mustKubectl(['get', 'clusterrole', 'collected', '-o', 'json']).includes('secrets'));
    const { units, gaps } = await readCluster(server, { readSecrets: true });
    expect(gaps).toEqual([]);
    read = units[0] as Unit;
  }, PATIENT_MS);
  afterAll(() => server.stop());

  test('is large and varied', () => {
    expect(written.length).toBeGreaterThan(OBJECTS);
    expect(new Set(written.map(({ value }) => value['kind'])).size).toBeGreaterThan(25);
  });

  test('has the facts that were derived from its manifests', () => {
    const before = subjectsOf({ kind: 'files', name: 'test', resources: written });
    const listed = new Set(read.resources.map(({ value }) => value['kind']));
    // A Secret in a cluster is where a secret belongs; in a manifest it is a secret in a file.
    const wanted = before.filter(
      (subject) => (subject.type !== 'object' || listed.has(subject.identity().kind)) && (subject.type !== 'entry' || subject.identity().kind !== 'Secret'),
    );
    expect(wanted.length).toBeGreaterThan(3000);
    expect(differencesBetween(wanted, subjectsOf(read), EXPECTED).filter((difference) => !/ is new$/.test(difference))).toEqual([]);
  });

  test('loses nothing that a fact reads on its way into the inventory', () => {
    const served = new Set(server.mustKubectl(['api-resources', '--verbs=list', '-o', 'name']).split('\n'));
    const kinds = neededByAll({ readSecrets: true })
      .map(({ group, resource }) => (group === '' ? resource : `${resource}.${group}`))
      .filter((name) => served.has(name));
    const list = JSON.parse(server.mustKubectl(['get', kinds.join(','), '-A', '-o', 'json'])) as { items: JsonObject[] };
    const [first] = read.resources;
    if (first?.type !== 'kubernetes') throw new Error('nothing was read');
    // Whole objects, with the same place in the same cluster.
    const whole = { ...read, resources: list.items.map((value): KubernetesObject => ({ ...first, value, at: [] })) };
    expect(differencesBetween(subjectsOf(whole), subjectsOf(read), {})).toEqual([]);
  });
});

function subjectsOf(unit: Unit): readonly Derived[] {
  return derive([unit], { namespace: 'default' }).all;
}
