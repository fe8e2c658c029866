import { describe, expect, test } from 'vitest';
import { LiveOrigin } from '../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../src/collect/cluster/reading.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import { derive, objectsOf, type Subjects } from './support.ts';

// In a cluster, silence is an answer where the whole list was read, and none where it was not.

const UNKNOWN = undefined;
const RBAC = 'rbac.authorization.k8s.io';
const EVERYTHING = [
  ...[
    'namespaces',
    'pods',
    'configmaps',
    'secrets',
    'serviceaccounts',
    'resourcequotas',
    'limitranges',
    'persistentvolumeclaims',
    'persistentvolumes',
    'podtemplates',
    'replicationcontrollers',
  ],
  ...['apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'apps/daemonsets', 'batch/jobs', 'batch/cronjobs', 'apps.openshift.io/deploymentconfigs'],
  ...['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((resource) => `${RBAC}/${resource}`),
  ...['validatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map((resource) => `admissionregistration.k8s.io/${resource}`),
  ...['kyverno.io/clusterpolicies', 'bitnami.com/sealedsecrets', 'external-secrets.io/externalsecrets'],
];

/** A cluster that holds these objects, of which some lists are forbidden. */
function live(text: string, forbidden: readonly string[] = []): Subjects {
  const reading = new ClusterReading('prod', 'v1.36.3', undefined);
  for (const resource of EVERYTHING) {
    if (forbidden.includes(resource)) reading.failed(resource, { because: `list ${resource} is forbidden (403)`, hint: 'ask for the right' });
    else reading.completed(resource);
  }
  const resources = objectsOf('cluster.yaml', text).map((object): KubernetesObject => ({ ...object, origin: new LiveOrigin(reading, object.value) }));
  return derive([{ kind: 'cluster', name: 'prod', resources, reading }]);
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: api
      containers:
        - name: api
          image: api:1
          env:
            - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`;
const BINDING = `apiVersion: ${RBAC}/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: Role, name: everything, apiGroup: ${RBAC}}
subjects: [{kind: ServiceAccount, name: other, namespace: shop}]
`;
const CLUSTER = [NAMESPACE, DEPLOYMENT, BINDING].join('---\n');

describe.each<[string, readonly string[], unknown, string?]>([
  ['workload.accountHasBindings', [`${RBAC}/rolebindings`, `${RBAC}/clusterrolebindings`], false],
  ['workload.mountsToken', ['serviceaccounts'], true],
  ['ns.hasQuota', ['resourcequotas'], false, 'shop'],
  ['ns.quotaBoundsCompute', ['resourcequotas'], false, 'shop'],
  ['ns.hasLimitRange', ['limitranges'], false, 'shop'],
  ['ns.enforcedByEngine', ['kyverno.io/clusterpolicies', 'admissionregistration.k8s.io/validatingwebhookconfigurations'], false, 'shop'],
  ['container.isMemoryLimited', ['limitranges'], false],
  ['variable.referenceExists', ['configmaps'], false, 'env MODE'],
  ['variable.referenceExists', ['secrets'], false, 'env PASSWORD'],
  ['volume.hostPath', ['persistentvolumeclaims'], '', 'volume data'],
  ['binding.bindsClusterAdmin', [`${RBAC}/roles`], false],
  ['identity.mayDoEverything', [`${RBAC}/rolebindings`, `${RBAC}/clusterrolebindings`, `${RBAC}/roles`], false],
])('%s', (fact, reads, whereComplete, name) => {
  const key = fact.slice(fact.indexOf('.') + 1);
  const type = fact.startsWith('ns.') ? 'namespace' : fact.slice(0, fact.indexOf('.'));

  test(`is ${JSON.stringify(whereComplete)} where everything was read`, () => {
    expect(live(CLUSTER).fact(`${type}.${key}`, name)).toBe(whereComplete);
  });

  test.each(reads)('is unknown where %s may not be listed, for that reason', (resource) => {
    const subjects = live(CLUSTER, [resource]);
    expect(subjects.fact(`${type}.${key}`, name)).toBe(UNKNOWN);
    expect(subjects.one(type, name).absence(fact).because).toContain(`list ${resource} is forbidden (403)`);
  });
});

test('what was seen counts, whatever else was not', () => {
  const bound = BINDING.replace('name: other', 'name: api');
  expect(live([DEPLOYMENT, bound].join('---\n'), [`${RBAC}/clusterrolebindings`]).fact('workload.accountHasBindings')).toBe(true);
});

test('a namespace whose object may not be read is told by that', () => {
  const subjects = live(DEPLOYMENT, ['namespaces']);
  expect(subjects.fact('namespace.enforceLevel')).toBe(UNKNOWN);
  expect(subjects.one('namespace').absence('ns.enforceLevel')).toEqual({ because: 'list namespaces is forbidden (403)', hint: 'ask for the right' });
});

test('a Secret is where it belongs, and is no finding of its own', () => {
  expect(live('apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: shop}\ndata: {password: aHVudGVyMg==}\n').of('entry')).toEqual([]);
});

test('a Pod that runs otherwise than its template is judged in the name of its owner', () => {
  const [owner] = objectsOf('a.yaml', DEPLOYMENT);
  const [pod] = objectsOf('b.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: api-x, namespace: shop}\nspec: {containers: [{name: proxy, image: proxy:1}]}\n');
  if (owner === undefined || pod === undefined) throw new Error('no objects');
  const subjects = derive([{ kind: 'cluster', name: 'prod', resources: [{ ...pod, owner }] }]);
  expect(subjects.one('container').identity()).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', container: 'proxy' });
  expect(subjects.facts('workload', ['name', 'kind'])).toEqual({ name: 'api', kind: 'Deployment' });
  expect(subjects.of('object')).toEqual([]);
});
