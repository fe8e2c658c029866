import type { App } from './app.ts';
import { likes } from './posture.ts';
import { nouns, remarks, roles } from './words.ts';
import type { NodeMap } from './yaml.ts';
import { Note } from './yaml.ts';

/** The ConfigMap and Secret of an application, if it has them. */
export interface Sources {
  readonly config: string | undefined;
  readonly secret: string | undefined;
}

/** The variables of an application container, in an order in which `$(NAME)` sees what it needs. */
export function environment(app: App, sources: Sources): NodeMap[] {
  const { random } = app;
  const list: NodeMap[] = [];
  const set = (name: string, value: string): void => {
    if (list.some((variable) => variable['name'] === name)) return;
    list.push({ name, value: random.chance(0.03) ? new Note(random.pick(remarks), value) : value });
  };
  const fromSecret = (name: string, key: string, secret = sources.secret ?? `${app.name}-credentials`): void => {
    list.push({ name, valueFrom: { secretKeyRef: { name: secret, key, optional: random.chance(0.05) ? true : undefined } } });
  };
  const fromField = (name: string, fieldPath: string): void => {
    list.push({ name, valueFrom: { fieldRef: { fieldPath } } });
  };

  set('LOG_LEVEL', random.pick(['info', 'info', 'warn', 'debug', 'INFO']));
  if (random.chance(0.15)) set('LOG_FORMAT', random.pick(['json', 'json', 'text', 'logfmt']));
  for (const variable of random.some(languageVariables[app.stack.language], random.pick([0, 0, 1, 1, 2]))) set(...variable);
  if (random.chance(0.33)) database(app, set, fromSecret);
  if (random.chance(0.2)) {
    const tls = likes(app, 'tls');
    const password = likes(app, 'secretInPlain') ? `:${random.token(14)}@` : '';
    if (random.chance(0.3)) fromSecret('REDIS_URL', 'redis-url');
    else set('REDIS_URL', `${tls ? 'rediss' : 'redis'}://${password}${random.pick(nouns)}-cache.${app.namespace}.svc:${tls ? 6380 : 6379}/${random.int(0, 3)}`);
  }
  if (random.chance(0.1)) set('KAFKA_BROKERS', [0, 1, 2].map((broker) => `kafka-${broker}.kafka.platform.svc.cluster.local:${likes(app, 'tls') ? 9093 : 9092}`).join(','));
  for (let peers = random.pick([0, 0, 0, 1, 2]); peers > 0; peers--) {
    const peer = `${random.pick(nouns)}-${random.pick(roles)}`;
    set(
      `${peer.replaceAll('-', '_').toUpperCase()}_URL`,
      `${likes(app, 'tls') ? 'https' : 'http'}://${peer}.${random.pick(['payments', 'identity', 'platform', app.namespace])}:${random.pick([80, 443, 8080])}`,
    );
  }
  if (random.chance(0.15)) {
    set('OTEL_SERVICE_NAME', app.name);
    set('OTEL_EXPORTER_OTLP_ENDPOINT', random.pick(['http://otel-collector.platform.svc:4317', 'https://otlp.harbourline.internal:4318']));
  }
  if (random.chance(0.18)) {
    const provider = random.pick(['STRIPE', 'SENDGRID', 'MAPBOX', 'TWILIO', 'OPENAI', 'ADYEN', 'ALGOLIA']);
    if (likes(app, 'secretInPlain')) set(`${provider}_API_KEY`, `${provider.slice(0, 2).toLowerCase()}_live_${random.token(24)}`);
    else fromSecret(`${provider}_API_KEY`, `${provider.toLowerCase()}-api-key`);
  }
  if (random.chance(0.08)) {
    if (likes(app, 'secretInPlain')) set('JWT_SECRET', random.pick(['changeme', 'supersecret', random.token(32)]));
    else fromSecret('JWT_SECRET', 'jwt-secret');
  }
  for (const name of random.some(switches, random.pick([0, 0, 0, 1, 2]))) set(name, random.pick(['true', 'false', '1', '0', 'on']));
  for (const [name, low, high] of random.some(numbers, random.pick([0, 0, 0, 1, 2]))) set(name, String(random.int(low, high)));
  if (sources.config !== undefined && random.chance(0.25)) {
    const key = random.pick(['region', 'market', 'partner-endpoint', 'batch-size']);
    list.push({ name: key.replaceAll('-', '_').toUpperCase(), valueFrom: { configMapKeyRef: { name: sources.config, key } } });
  }
  if (random.chance(0.15)) fromField('POD_NAME', 'metadata.name');
  if (random.chance(0.1)) fromField('POD_NAMESPACE', 'metadata.namespace');
  if (random.chance(0.04)) fromField('HOST_IP', 'status.hostIP');
  if (app.stack.language === 'go' && random.chance(0.15)) list.push({ name: 'GOMEMLIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } });
  return list;
}

/** A ConfigMap or Secret taken whole. */
export function environmentFrom(app: App, sources: Sources): NodeMap[] | undefined {
  const list: NodeMap[] = [];
  if (sources.config !== undefined && app.random.chance(0.4)) list.push({ configMapRef: { name: sources.config } });
  if (sources.secret !== undefined && app.random.chance(0.35)) list.push({ prefix: app.random.chance(0.1) ? 'APP_' : undefined, secretRef: { name: sources.secret } });
  return list.length === 0 ? undefined : list;
}

function database(app: App, set: (name: string, value: string) => void, fromSecret: (name: string, key: string) => void): void {
  const { random } = app;
  const name = `${random.pick(nouns)}s`;
  const host = random.pick([`${name}-db-rw.${app.namespace}.svc.cluster.local`, `${name}.c7kq2xw9.eu-west-1.rds.amazonaws.com`, `pg-${app.team}.harbourline.internal`]);
  const mode = likes(app, 'tls') ? random.pick(['verify-full', 'verify-full', 'require']) : random.pick(['prefer', 'disable', '']);
  const query = mode === '' ? '' : `?sslmode=${mode}`;
  const user = random.pick([app.name.replaceAll('-', '_'), 'app', 'postgres', `${name}_rw`]);
  if (likes(app, 'secretInPlain')) {
    set('DATABASE_URL', `postgres://${user}:${random.pick(nouns)}-${random.token(8)}@${host}:5432/${name}${query}`);
  } else if (random.chance(0.4)) fromSecret('DATABASE_URL', 'database-url');
  else if (random.chance(0.5)) {
    fromSecret('DB_USER', 'username');
    fromSecret('DB_PASSWORD', 'password');
    set('DATABASE_URL', `postgresql://$(DB_USER):$(DB_PASSWORD)@${host}:5432/${name}${query}`);
  } else {
    set('PGHOST', host);
    set('PGDATABASE', name);
    set('PGUSER', user);
    fromSecret('PGPASSWORD', 'password');
    if (mode !== '') set('PGSSLMODE', mode);
  }
}

const switches = [
  'FEATURE_NEW_CHECKOUT',
  'ENABLE_TRACING',
  'ENABLE_PROFILING',
  'DRY_RUN',
  'DEBUG',
  'USE_LEGACY_TOTALS',
  'CACHE_ENABLED',
  'AUDIT_LOG_ENABLED',
  'STRICT_MODE',
  'METRICS_ENABLED',
] as const;

const numbers = [
  ['HTTP_TIMEOUT_MS', 500, 30000],
  ['WORKER_CONCURRENCY', 1, 64],
  ['DB_POOL_SIZE', 4, 80],
  ['MAX_BODY_BYTES', 1024, 10485760],
  ['RATE_LIMIT_PER_MINUTE', 30, 6000],
  ['CACHE_TTL_SECONDS', 5, 86400],
  ['RETRY_LIMIT', 1, 8],
  ['SHUTDOWN_GRACE_SECONDS', 5, 60],
  ['METRICS_PORT', 9090, 9110],
  ['SESSION_TTL_MINUTES', 5, 720],
] as const;

const languageVariables: Record<App['stack']['language'], readonly (readonly [string, string])[]> = {
  go: [
    ['GOMAXPROCS', '2'],
    ['GIN_MODE', 'release'],
    ['GODEBUG', 'netdns=go'],
    ['GOGC', '80'],
  ],
  node: [
    ['NODE_ENV', 'production'],
    ['NODE_OPTIONS', '--max-old-space-size=384 --enable-source-maps'],
    ['PORT', '3000'],
    ['UV_THREADPOOL_SIZE', '8'],
  ],
  python: [
    ['PYTHONUNBUFFERED', '1'],
    ['WEB_CONCURRENCY', '4'],
    ['DJANGO_SETTINGS_MODULE', 'config.settings.production'],
    ['GUNICORN_CMD_ARGS', '--timeout 60 --keep-alive 5'],
  ],
  java: [
    ['JAVA_TOOL_OPTIONS', '-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError'],
    ['SPRING_PROFILES_ACTIVE', 'production,kubernetes'],
    ['MANAGEMENT_SERVER_PORT', '8081'],
    ['TZ', 'Europe/Amsterdam'],
  ],
  rust: [
    ['RUST_LOG', 'info,hyper=warn,sqlx=warn'],
    ['RUST_BACKTRACE', '1'],
    ['TOKIO_WORKER_THREADS', '4'],
  ],
  dotnet: [
    ['ASPNETCORE_ENVIRONMENT', 'Production'],
    ['ASPNETCORE_URLS', 'http://+:8080'],
    ['DOTNET_gcServer', '1'],
    ['Logging__LogLevel__Default', 'Warning'],
  ],
  php: [
    ['APP_ENV', 'prod'],
    ['APP_DEBUG', '0'],
    ['PHP_OPCACHE_VALIDATE_TIMESTAMPS', '0'],
    ['PHP_MEMORY_LIMIT', '256M'],
  ],
  nginx: [
    ['NGINX_WORKER_PROCESSES', '2'],
    ['NGINX_ENTRYPOINT_QUIET_LOGS', '1'],
  ],
};
