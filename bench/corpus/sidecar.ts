import type { App } from './app.ts';
import type { Container, Volumes } from './container.ts';
import { resources } from './container.ts';
import { vendorImage } from './image.ts';
import type { PodPlan } from './pod.ts';
import { containerSecurity, likes } from './posture.ts';

/** None for most pods; a mesh proxy, a log shipper or a database proxy for some. */
export function sidecars(app: App, plan: PodPlan, volumes: Volumes): Container[] {
  const { random } = app;
  if (plan.purpose === 'batch' || plan.purpose === 'agent' || !random.chance(0.22)) return [];
  const all = plan.purpose === 'datastore' ? [metricsExporter] : [metricsExporter, logShipper, meshProxy, databaseProxy, authProxy];
  return random
    .some(
      all,
      random.weighted([
        [75, 1],
        [20, 2],
        [5, 3],
      ]),
    )
    .map((make) => make(app, volumes));
}

function metricsExporter(app: App): Container {
  return {
    name: 'metrics-exporter',
    image: vendorImage(
      app,
      app.random.pick(['prometheuscommunity/postgres-exporter', 'oliver006/redis_exporter', 'nginx/nginx-prometheus-exporter']),
      app.random.pick(['v0.17.1', 'v1.66.0', '1.4.2']),
    ),
    ports: [{ name: 'exporter', containerPort: 9187 }],
    resources: resources(app, 0.25),
    securityContext: containerSecurity(app, 65534).context,
  };
}

function logShipper(app: App, volumes: Volumes): Container {
  volumes.set('logs', { emptyDir: {} });
  return {
    name: 'log-shipper',
    image: vendorImage(app, 'fluent/fluent-bit', '3.2.4'),
    args: ['-c', '/fluent-bit/etc/fluent-bit.conf', '-q'],
    env: [
      { name: 'FLUENT_HOST', value: 'fluentd.platform.svc' },
      { name: 'FLUENT_TAG', value: `${app.namespace}.${app.name}` },
    ],
    resources: resources(app, 0.25),
    securityContext: containerSecurity(app, 10001).context,
    volumeMounts: [{ name: 'logs', mountPath: '/var/log/app', readOnly: true }],
  };
}

function meshProxy(app: App): Container {
  return {
    name: 'envoy',
    image: vendorImage(app, 'envoyproxy/envoy', 'v1.33.0'),
    args: ['--config-path', '/etc/envoy/envoy.yaml', '--log-level', 'warning', '--concurrency', '2'],
    ports: [
      { name: 'https', containerPort: 8443 },
      { name: 'admin', containerPort: 9901 },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 9901 }, periodSeconds: 5 },
    resources: resources(app, 0.5),
    securityContext: containerSecurity(app, 101).context,
  };
}

function databaseProxy(app: App): Container {
  return {
    name: 'pgbouncer',
    image: vendorImage(app, 'edoburu/pgbouncer', 'v1.24.1-p1'),
    ports: [{ containerPort: 5432 }],
    env: [
      { name: 'DB_HOST', value: `pg-${app.team}.harbourline.internal` },
      { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: `${app.name}-credentials`, key: 'password' } } },
      { name: 'POOL_MODE', value: app.random.pick(['transaction', 'session']) },
      { name: 'SERVER_TLS_SSLMODE', value: likes(app, 'tls') ? 'verify-full' : 'prefer' },
    ],
    resources: resources(app, 0.25),
    securityContext: containerSecurity(app, 70).context,
  };
}

function authProxy(app: App): Container {
  return {
    name: 'oauth2-proxy',
    image: vendorImage(app, 'quay.io/oauth2-proxy/oauth2-proxy', 'v7.8.1'),
    args: ['--provider=oidc', `--upstream=http://127.0.0.1:${app.stack.port}`, '--http-address=0.0.0.0:4180', '--email-domain=harbourline.example', '--cookie-secure=true'],
    ports: [{ name: 'proxy', containerPort: 4180 }],
    env: [
      { name: 'OAUTH2_PROXY_CLIENT_ID', value: app.name },
      { name: 'OAUTH2_PROXY_CLIENT_SECRET', valueFrom: { secretKeyRef: { name: `${app.name}-oidc`, key: 'client-secret' } } },
    ],
    resources: resources(app, 0.25),
    securityContext: containerSecurity(app, 65532).context,
  };
}
