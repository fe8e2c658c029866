import { describe, expect, test } from 'vitest';
import { LiveOrigin } from '../../src/collect/cluster/live-origin.ts';
import { ClusterReading } from '../../src/collect/cluster/reading.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import { derive, kubernetes, objectsOf } from './support.ts';

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

describe('what is in use and was not seen is not known', () => {
  const INGRESS = 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {tls: [{hosts: [a.example.com], secretName: web-tls}]}\n';
  const GATEWAY =
    'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: web}\nspec: {listeners: [{name: https, hostname: a.example.com, tls: {certificateRefs: [{name: web-tls}]}}]}\n';
  const pod = (container: string, secret = 'secretName: web-tls'): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - {name: web, image: w, ${container}}\n  volumes: [{name: tls, secret: {${secret}}}, {name: conf, configMap: {name: conf}}]\n`;
  const MOUNT = 'volumeMounts: [{name: tls, mountPath: /tls}]';
  const secret = (data: string, type = 'kubernetes.io/tls'): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: web-tls}\ntype: ${type}\nstringData: ${data}\n`;
  const manager = 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c}\nspec: {secretName: web-tls, dnsNames: [a.example.com]}\n';
  const conf = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {postgresql.conf: "ssl_cert_file = \'/tls/server.crt\'"}\n';
  const issued = (text: string): string => text.replace('metadata: {', 'metadata: {annotations: {cert-manager.io/cluster-issuer: ca}, ');
  const NOT_HERE = 'Secret web-tls is not part of this scan';
  const UNREADABLE = 'what tls.crt of Secret web-tls holds could not be read as a certificate';

  test.each<[string, readonly string[], readonly string[]]>([
    ['an Ingress', [INGRESS], [NOT_HERE]],
    ['a Gateway', [GATEWAY], [NOT_HERE]],
    ['both, of one Secret', [GATEWAY, INGRESS], [NOT_HERE]],
    ['a server that is told where it is', [pod(`${MOUNT}, args: ["--tls-cert-file", /tls/tls.crt]`)], [NOT_HERE]],
    ['a client that is told by a variable', [pod(`${MOUNT}, env: [{name: PGSSLCERT, value: /tls/client.crt}]`)], [NOT_HERE]],
    ['a server whose file names it', [pod(MOUNT), conf], [NOT_HERE]],
    ['a key that is picked', [pod(MOUNT, 'secretName: web-tls, items: [{key: tls.crt, path: x}]')], [NOT_HERE]],
    ['a Secret of which only a file is mounted', [pod('volumeMounts: [{name: tls, mountPath: /x.crt, subPath: tls.crt}]')], [NOT_HERE]],
    ['an authority for checking others', [pod(`${MOUNT}, args: [--ca, /tls/ca.crt]`)], []],
    ['a Secret of which nothing says that it holds one', [pod(MOUNT)], []],
    ['a Secret whose certificate is a placeholder', [secret('{tls.crt: later, tls.key: later}')], [UNREADABLE]],
    ['the same in use', [secret('{tls.crt: later, tls.key: later}'), INGRESS], [UNREADABLE]],
    ['a Secret of another type without one', [secret('{other: x}', 'Opaque'), INGRESS], ['Secret web-tls holds no certificate that could be read']],
  ])('%s', (_, documents, because) => {
    for (const order of [documents, documents.toReversed()]) {
      const found = kubernetes(order.join('---\n')).of('certificate');
      expect(found.map((certificate) => certificate.absence('certificate.daysLeft').because)).toEqual(because);
      for (const { facts } of found) expect(Object.entries(facts).filter(([fact, value]) => fact !== 'name' && value !== undefined)).toEqual([]);
    }
  });

  test.each<[string, readonly string[]]>([
    ['by a Certificate', [INGRESS, manager]],
    ['by an annotation of the Ingress', [issued(INGRESS)]],
    ['by an annotation of the Gateway', [issued(GATEWAY)]],
    ['for somebody else, too', [pod(`${MOUNT}, args: [/tls/tls.crt]`), issued(INGRESS)]],
  ])('what cert-manager renews is known: %s', (_, documents) => {
    const found = kubernetes(documents.join('---\n')).of('certificate');
    expect(found.map(({ facts }) => ('isYetValid' in facts ? facts.isYetValid : undefined))).toEqual([true]);
  });

  test('without names of hosts cert-manager is asked for nothing', () => {
    expect(kubernetes(issued(INGRESS).replace('hosts: [a.example.com], ', '')).one('certificate').facts).toMatchObject({ isYetValid: undefined });
  });
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
