import { expect, test } from 'vitest';
import { LiveOrigin } from '../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../src/collect/cluster/reading.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import { derive, objectsOf } from './support.ts';

const SERVED = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: shop}
spec: {secretName: web-tls, dnsNames: [other.example.com]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1"}]
      volumes: [{name: tls, secret: {secretName: web-tls}}]
`;

test.each<[string, readonly string[], readonly string[] | undefined]>([
  ['all was listed', [], ['web']],
  ['Services may not be listed', ['services'], undefined],
  ['what mounts it may not be listed', ['apps/deployments'], undefined],
])('in a cluster, which Services a certificate leaves out: %s', (_, forbidden, answer) => {
  const reading = new ClusterReading('prod', 'v1.36.3', undefined);
  for (const resource of ['services', 'pods', ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((name) => `apps/${name}`)]) {
    if (forbidden.includes(resource)) reading.failed(resource, { because: `list ${resource} is forbidden (403)`, hint: 'ask for the right' });
    else reading.completed(resource);
  }
  const readable = objectsOf('cluster.yaml', SERVED).filter(({ value }) => !forbidden.some((resource) => `${value['kind']}s`.toLowerCase() === resource.split('/').at(-1)));
  const resources = readable.map((object): KubernetesObject => ({ ...object, origin: new LiveOrigin(reading, object.value) }));
  const certificate = derive([{ kind: 'cluster', name: 'prod', resources, reading }]).one('certificate');
  expect(certificate.facts).toMatchObject({ servicesNotNamed: answer });
});

test.each<[string, (text: string) => string]>([
  [
    'a ReplicationController',
    (text) => text.replace('apps/v1', 'v1').replace('kind: Deployment', 'kind: ReplicationController').replace('{matchLabels: {app: web}}', '{app: web}'),
  ],
  ['a kind of somebody else', (text) => text.replace('apps/v1', 'argoproj.io/v1alpha1').replace('kind: Deployment', 'kind: Rollout')],
  ['a projected volume', (text) => text.replace('secret: {secretName: web-tls}', 'projected: {sources: [{secret: {name: web-tls}}]}')],
])('what mounts a certificate is found in %s', (_, rewrite) => {
  const resources = objectsOf('web.yaml', rewrite(SERVED));
  expect(derive([{ kind: 'files', name: 'web', resources }]).fact('certificate.servicesNotNamed')).toEqual(['web']);
});
