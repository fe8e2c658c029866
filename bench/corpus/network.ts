import type { App } from './app.ts';
import { metadataOf, selectorOf } from './app.ts';
import { likes } from './posture.ts';
import { organisation, teams } from './words.ts';
import type { NodeMap } from './yaml.ts';

export function service(app: App, name: string, component: string, port: { name: string; number: number }, isHeadless: boolean): NodeMap {
  const { random } = app;
  const type = isHeadless
    ? undefined
    : random.weighted<string | undefined>([
        [55, undefined],
        [35, 'ClusterIP'],
        [6, 'LoadBalancer'],
        [3, 'NodePort'],
        [1, 'ExternalName'],
      ]);
  const isExternal = type === 'LoadBalancer' || type === 'NodePort';
  const annotations =
    type === 'LoadBalancer' && random.chance(0.6) ? { 'service.beta.kubernetes.io/aws-load-balancer-scheme': random.pick(['internal', 'internet-facing']) } : undefined;
  if (type === 'ExternalName') {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadataOf(app, name, component),
      spec: { type, externalName: `${name}.partners.${organisation}.example` },
    };
  }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(app, name, component, annotations),
    spec: {
      type,
      clusterIP: isHeadless ? 'None' : undefined,
      publishNotReadyAddresses: isHeadless && random.chance(0.3) ? true : undefined,
      externalTrafficPolicy: isExternal && random.chance(0.4) ? 'Local' : undefined,
      loadBalancerSourceRanges: type === 'LoadBalancer' && random.chance(0.4) ? [`${random.int(11, 180)}.${random.int(0, 255)}.${random.int(0, 255)}.0/24`] : undefined,
      sessionAffinity: random.chance(0.04) ? 'ClientIP' : undefined,
      selector: selectorOf(app, component),
      ports: [
        {
          name: port.name,
          port: isHeadless ? port.number : random.pick([80, port.number]),
          targetPort: random.pick([port.name, port.number]),
          protocol: random.chance(0.4) ? 'TCP' : undefined,
        },
        ...(random.chance(0.15) ? [{ name: 'metrics', port: 9090, targetPort: 9090 }] : []),
      ],
    },
  };
}

export function ingress(app: App, backend: string, port: string): NodeMap {
  const { random } = app;
  const host = random.pick([`${app.name}.${organisation}.example`, `${app.name}.${app.team}.${organisation}.example`, `api.${organisation}.example`]);
  const annotations: NodeMap = {};
  if (random.chance(0.5)) annotations['cert-manager.io/cluster-issuer'] = random.pick(['letsencrypt', 'letsencrypt-staging', 'internal-ca']);
  if (random.chance(0.3)) annotations['nginx.ingress.kubernetes.io/proxy-body-size'] = `${random.int(1, 64)}m`;
  if (random.chance(0.2)) annotations['nginx.ingress.kubernetes.io/limit-rps'] = String(random.int(5, 200));
  if (random.chance(0.15)) annotations['nginx.ingress.kubernetes.io/ssl-redirect'] = random.pick(['true', 'false']);
  if (random.chance(0.1)) annotations['nginx.ingress.kubernetes.io/enable-cors'] = 'true';
  const paths = random.some(
    ['/', '/api', '/v1', '/webhooks', '/admin', '/metrics'],
    random.weighted([
      [70, 1],
      [20, 2],
      [10, 3],
    ]),
  );
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataOf(app, app.name, app.name, Object.keys(annotations).length === 0 ? undefined : annotations),
    spec: {
      ingressClassName: random.chance(0.85) ? random.pick(['nginx', 'nginx', 'alb', 'internal']) : undefined,
      tls: likes(app, 'tls') ? [{ hosts: [host], secretName: `${app.name}-tls` }] : undefined,
      rules: [
        {
          host,
          http: {
            paths: paths.map((path) => ({
              path,
              pathType: random.pick(['Prefix', 'Prefix', 'Exact', 'ImplementationSpecific']),
              backend: { service: { name: backend, port: { name: port } } },
            })),
          },
        },
      ],
    },
  };
}

export function networkPolicy(app: App, component: string, port: number): NodeMap {
  const { random } = app;
  const network = random.int(0, 127);
  const peers = random.some<NodeMap>(
    [
      { podSelector: { matchLabels: selectorOf(app, 'worker') } },
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
      {
        namespaceSelector: { matchLabels: { team: random.pick(teams) } },
        podSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['edge', 'domain'] }] },
      },
      { ipBlock: { cidr: `10.${network}.0.0/16`, except: random.chance(0.3) ? [`10.${network}.4.0/24`] : undefined } },
    ],
    random.int(1, 2),
  );
  const allowsEgress = random.chance(0.5);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(app, `${app.name}-${component === app.name ? 'ingress' : component}`, component),
    spec: {
      podSelector: { matchLabels: selectorOf(app, component) },
      policyTypes: allowsEgress ? ['Ingress', 'Egress'] : ['Ingress'],
      ingress: [{ from: peers, ports: [{ protocol: 'TCP', port }] }],
      egress: allowsEgress
        ? [
            {
              to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
              ports: [
                { protocol: 'UDP', port: 53 },
                { protocol: 'TCP', port: 53 },
              ],
            },
            ...(random.chance(0.5) ? [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 5432 }, { port: 443 }] }] : []),
          ]
        : undefined,
    },
  };
}

/** Prometheus operator. */
export function serviceMonitor(app: App, component: string): NodeMap {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadataOf(app, app.name, component),
    spec: {
      selector: { matchLabels: selectorOf(app, component) },
      namespaceSelector: app.random.chance(0.3) ? { matchNames: [app.namespace] } : undefined,
      endpoints: [
        {
          port: app.random.pick(['metrics', 'http']),
          path: app.random.chance(0.5) ? '/metrics' : undefined,
          interval: app.random.pick(['15s', '30s', '60s']),
        },
      ],
    },
  };
}
