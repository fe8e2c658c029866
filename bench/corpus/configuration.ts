import type { App } from './app.ts';
import { metadataOf } from './app.ts';
import { likes } from './posture.ts';
import { nouns, organisation, sentences } from './words.ts';
import type { NodeMap } from './yaml.ts';

/** Settings as an application reads them: some keys for the environment, or whole files as literal blocks. */
export function configMap(app: App, name: string): NodeMap {
  const { random } = app;
  const data: NodeMap = {
    region: random.pick(['eu-west-1', 'eu-central-1']),
    market: random.pick(['nl', 'de', 'fr', 'NO', 'be']),
    'partner-endpoint': `https://${random.pick(nouns)}.partners.${organisation}.example/v${random.int(1, 4)}`,
    'batch-size': String(random.pick([50, 100, 250, 1000])),
  };
  if (random.chance(0.6)) data['config.yaml'] = serviceConfig(app);
  const file = random.weighted<readonly [string, (app: App) => string] | undefined>([
    [40, undefined],
    [14, ['application.properties', springProperties]],
    [12, ['nginx.conf', nginxConfig]],
    [12, ['rules.json', rulesFile]],
    [8, ['entrypoint.sh', startScript]],
    [8, ['schema.sql', schema]],
    [6, ['alerts.yaml', alerts]],
  ]);
  if (file !== undefined) data[file[0]] = file[1](app);
  if (likes(app, 'secretInPlain') && random.chance(0.3)) data['smtp-password'] = random.token(18);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(app, name, app.name),
    immutable: random.chance(0.03) ? true : undefined,
    data,
  };
}

/** A Secret in the repository, or the reference to a store that takes its place. */
export function secret(app: App, name: string): NodeMap {
  const { random } = app;
  const keys = ['username', 'password', ...random.some(['database-url', 'redis-url', 'jwt-secret', 'stripe-api-key', 'client-secret'], random.int(0, 3))];
  if (likes(app, 'secretAsFile') || random.chance(0.2)) {
    return {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadataOf(app, name, app.name),
      spec: {
        refreshInterval: random.pick(['1h', '15m', '24h']),
        secretStoreRef: { name: 'vault', kind: 'ClusterSecretStore' },
        target: { name },
        data: keys.map((key) => ({ secretKey: key, remoteRef: { key: `${app.team}/${app.name}`, property: key } })),
      },
    };
  }
  const values = keys.map((key): [string, string] => [key, secretValue(app, key)]);
  const isPlain = random.chance(0.4);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(app, name, app.name),
    type: 'Opaque',
    ...(isPlain ? { stringData: Object.fromEntries(values) } : { data: Object.fromEntries(values.map(([key, value]) => [key, Buffer.from(value).toString('base64')])) }),
  };
}

function secretValue(app: App, key: string): string {
  const { random } = app;
  const password = random.chance(0.15) ? random.pick(['changeme', 'postgres', 'password123']) : random.token(random.int(12, 32));
  if (key === 'username') return app.name.replaceAll('-', '_');
  if (key === 'database-url')
    return `postgresql://app:${password}@pg-${app.team}.${organisation}.internal:5432/${app.name}?sslmode=${likes(app, 'tls') ? 'verify-full' : 'prefer'}`;
  if (key === 'redis-url') return `${likes(app, 'tls') ? 'rediss' : 'redis'}://:${password}@${app.name}-cache:6379/0`;
  return password;
}

function serviceConfig(app: App): string {
  const { random } = app;
  const upstreams = random
    .some(nouns, random.int(1, 3))
    .map((noun) => `  - name: ${noun}\n    url: http://${noun}-api.${app.namespace}.svc:8080\n    timeout: ${random.int(1, 30)}s\n`);
  return `# ${random.pick(sentences)}
server:
  listen: 0.0.0.0:${app.stack.port}
  readTimeout: ${random.int(5, 60)}s
  cors: { origins: [${random.pick(['"*"', `https://www.${organisation}.example`])}] }
logging: { level: ${random.pick(['info', 'warn', 'debug'])}, format: json }
database:
  pool: { min: ${random.int(1, 4)}, max: ${random.int(8, 60)} }
  statementTimeout: ${random.pick([5, 15, 30])}s
upstreams:
${upstreams.join('')}`;
}

function springProperties(app: App): string {
  const { random } = app;
  return `spring.application.name=${app.name}
spring.datasource.hikari.maximum-pool-size=${random.int(5, 40)}
spring.jpa.open-in-view=false
spring.kafka.consumer.group-id=${app.name}
management.endpoints.web.exposure.include=${random.pick(['health,info,prometheus', '*', 'health'])}
management.endpoint.health.probes.enabled=true
server.error.include-stacktrace=${random.pick(['never', 'on_param', 'always'])}
logging.level.io.${organisation}=${random.pick(['INFO', 'DEBUG'])}
`;
}

function nginxConfig(app: App): string {
  const { random } = app;
  return `worker_processes auto;
events { worker_connections ${random.pick([1024, 4096])}; }
http {
  server_tokens ${random.pick(['off', 'on'])};
  upstream backend { server ${random.pick(nouns)}-api.${app.namespace}.svc.cluster.local:8080; keepalive 16; }
  server {
    listen ${app.stack.port};
    client_max_body_size ${random.int(1, 50)}m;
    location / { try_files $uri /index.html; }
    location /api/ {
      proxy_pass http://backend;
      proxy_set_header Host $host;
    }
  }
}
`;
}

function rulesFile(app: App): string {
  const { random } = app;
  const rules = random.some(nouns, random.int(3, 7)).map((noun) => ({ match: `${noun}.*`, action: random.pick(['allow', 'review', 'deny']), weight: random.int(1, 100) }));
  return `${JSON.stringify({ version: random.int(1, 40), default: 'review', rules }, null, 2)}\n`;
}

function startScript(app: App): string {
  return `#!/bin/sh
set -eu
echo "starting ${app.name} $(date -u +%FT%TZ)"
if [ -f /var/run/credentials/password ]; then
  DB_PASSWORD="$(cat /var/run/credentials/password)"
  export DB_PASSWORD
fi

exec ${app.stack.command.length === 0 ? 'nginx -g "daemon off;"' : app.stack.command.join(' ')} "$@"
`;
}

function schema(app: App): string {
  const { random } = app;
  const [first = 'events', second = 'items'] = random.some(nouns, 2);
  return `CREATE TABLE IF NOT EXISTS ${first}s (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ${second}_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS ${first}s_${second} ON ${first}s (${second}_id);
GRANT ${random.pick(['SELECT, INSERT, UPDATE', 'ALL PRIVILEGES'])} ON ${first}s TO ${random.pick(['app', 'PUBLIC', 'reporting'])};
`;
}

function alerts(app: App): string {
  return `groups:
  - name: ${app.name}
    rules:
      - alert: HighErrorRate
        expr: sum(rate(http_requests_total{app="${app.name}",code=~"5.."}[5m])) > ${app.random.int(1, 20)}
        for: ${app.random.int(2, 15)}m
        labels: { severity: ${app.random.pick(['page', 'ticket'])}, team: ${app.team} }
`;
}
