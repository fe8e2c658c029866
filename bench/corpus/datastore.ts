import type { App } from './app.ts';
import type { Container, Volumes } from './container.ts';
import { resources } from './container.ts';
import { vendorImage } from './image.ts';
import type { PodPlan } from './pod.ts';
import { containerSecurity, likes } from './posture.ts';
import type { NodeMap } from './yaml.ts';

interface Server {
  readonly name: string;
  readonly image: string;
  readonly tags: readonly string[];
  readonly port: number;
  readonly user: number;
  readonly data: string;
  readonly ready: readonly string[];
  readonly settings: (app: App, secret: string) => { args?: string[]; env?: NodeMap[] };
}

/** The port that a datastore's Service and NetworkPolicy name. */
export function datastorePort(app: App): number {
  return serverOf(app).port;
}

/** A database, cache or broker that a team runs by itself. */
export function datastoreContainer(app: App, plan: PodPlan, volumes: Volumes): Container {
  const { random } = app;
  const server = serverOf(app);
  const security = containerSecurity(app, server.user);
  const mounts: NodeMap[] = plan.claim === undefined ? [] : [{ name: plan.claim.name, mountPath: server.data }];
  if (plan.claim === undefined) {
    volumes.set('data', { emptyDir: {} });
    mounts.push({ name: 'data', mountPath: server.data });
  }
  if (security.isReadOnly) {
    volumes.set('run', { emptyDir: { medium: 'Memory' } });
    mounts.push({ name: 'run', mountPath: '/var/run' });
  }
  if (plan.sources.config !== undefined) {
    volumes.set('config', { configMap: { name: plan.sources.config } });
    mounts.push({ name: 'config', mountPath: `/etc/${server.name}`, readOnly: true });
  }
  const settings = server.settings(app, plan.sources.secret ?? `${app.name}-credentials`);
  return {
    name: server.name,
    image: vendorImage(app, server.image, random.pick(server.tags)),
    args: settings.args,
    ports: [{ name: server.name, containerPort: server.port }],
    env: settings.env,
    resources: resources(app, 2),
    readinessProbe: likes(app, 'probes') ? { exec: { command: [...server.ready] }, periodSeconds: 10 } : undefined,
    livenessProbe: likes(app, 'probes') ? { tcpSocket: { port: server.name }, initialDelaySeconds: random.int(10, 60) } : undefined,
    securityContext: security.context,
    volumeMounts: mounts,
  };
}

/** One kind of server for each application, whoever asks: Service and container have to agree. */
function serverOf(app: App): Server {
  const server = servers[app.index % servers.length];
  if (server === undefined) throw new RangeError('no datastores');
  return server;
}

function password(app: App, name: string, secret: string, key = 'password'): NodeMap {
  if (likes(app, 'secretInPlain')) return { name, value: app.random.pick(['postgres', 'changeme', app.random.token(16)]) };
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

const postgres: Server = {
  name: 'postgres',
  image: 'postgres',
  tags: ['13.14', '15.8', '16.6', '17.2-bookworm', '17.4-alpine'],
  port: 5432,
  user: 999,
  data: '/var/lib/postgresql/data',
  ready: ['pg_isready', '-U', 'postgres'],
  settings: (app, secret) => ({
    args: likes(app, 'tls')
      ? ['-c', 'ssl=on', '-c', 'ssl_cert_file=/tls/tls.crt', '-c', 'ssl_key_file=/tls/tls.key', '-c', `max_connections=${app.random.pick([100, 200, 400])}`]
      : ['-c', 'shared_buffers=512MB'],
    env: [
      { name: 'POSTGRES_DB', value: app.name.replaceAll('-', '_') },
      password(app, 'POSTGRES_PASSWORD', secret),
      { name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' },
      ...(app.posture === 'careless' && app.random.chance(0.15) ? [{ name: 'POSTGRES_HOST_AUTH_METHOD', value: 'trust' }] : []),
    ],
  }),
};

const redis: Server = {
  name: 'redis',
  image: 'redis',
  tags: ['6.2.14', '7.0', '7.2.7-alpine', '7.4.2'],
  port: 6379,
  user: 999,
  data: '/data',
  ready: ['redis-cli', 'ping'],
  settings: (app, secret) => ({
    args: [
      'redis-server',
      ...(likes(app, 'tls') ? ['--requirepass', '$(REDIS_PASSWORD)'] : ['--protected-mode', 'no']),
      '--maxmemory',
      `${app.random.pick([128, 256, 512])}mb`,
      '--maxmemory-policy',
      app.random.pick(['allkeys-lru', 'noeviction', 'volatile-ttl']),
      ...(app.random.chance(0.3) ? ['--appendonly', 'yes'] : []),
    ],
    env: [password(app, 'REDIS_PASSWORD', secret)],
  }),
};

const others: Server[] = [
  {
    name: 'rabbitmq',
    image: 'rabbitmq',
    tags: ['3.13.7-management', '4.0.5'],
    port: 5672,
    user: 999,
    data: '/var/lib/rabbitmq',
    ready: ['rabbitmq-diagnostics', 'ping'],
    settings: (app, secret) => ({
      env: [{ name: 'RABBITMQ_DEFAULT_USER', value: app.name }, password(app, 'RABBITMQ_DEFAULT_PASS', secret)],
    }),
  },
  {
    name: 'elasticsearch',
    image: 'docker.elastic.co/elasticsearch/elasticsearch',
    tags: ['8.17.0', '7.17.26'],
    port: 9200,
    user: 1000,
    data: '/usr/share/elasticsearch/data',
    ready: ['curl', '-fs', 'http://127.0.0.1:9200/_cluster/health'],
    settings: (app, secret) => ({
      env: [
        { name: 'discovery.type', value: 'single-node' },
        { name: 'ES_JAVA_OPTS', value: '-Xms1g -Xmx1g' },
        { name: 'xpack.security.enabled', value: String(likes(app, 'tls')) },
        password(app, 'ELASTIC_PASSWORD', secret),
      ],
    }),
  },
  {
    name: 'mongodb',
    image: 'mongo',
    tags: ['6.0.20', '7.0.16'],
    port: 27017,
    user: 999,
    data: '/data/db',
    ready: ['mongosh', '--quiet', '--eval', 'db.adminCommand("ping").ok'],
    settings: (app, secret) => ({
      args: ['--bind_ip_all', '--replSet=rs0'],
      env: [{ name: 'MONGO_INITDB_ROOT_USERNAME', value: 'root' }, password(app, 'MONGO_INITDB_ROOT_PASSWORD', secret)],
    }),
  },
  {
    name: 'minio',
    image: 'quay.io/minio/minio',
    tags: ['RELEASE.2025-02-28T09-55-16Z'],
    port: 9000,
    user: 1000,
    data: '/data',
    ready: ['curl', '-fs', 'http://127.0.0.1:9000/minio/health/ready'],
    settings: (app, secret) => ({
      args: ['server', '/data', '--console-address=:9001'],
      env: [{ name: 'MINIO_ROOT_USER', value: 'admin' }, password(app, 'MINIO_ROOT_PASSWORD', secret)],
    }),
  },
];

// PostgreSQL and Redis are most of what teams run, and most of what this program knows about.
const servers: readonly Server[] = [postgres, redis, postgres, redis, ...others];
