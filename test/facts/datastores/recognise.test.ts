import { describe, expect, test } from 'vitest';
import { versionOf } from '../../../src/facts/datastores/recognise.ts';
import { parseImageReference } from '../../../src/facts/image-reference.ts';
import { compose } from '../support.ts';
import { client, configMap, deployment, service, world } from './world.ts';

describe('servers', () => {
  test.each<[string, string, string | undefined]>([
    // what the container is, engine and family
    ['official', 'image: redis:8.2.3', 'redis redis'],
    ['a mirror', 'image: mirror.example.com:5000/library/postgres:18.6', 'postgres postgres'],
    ['a mirror of a cloud', 'image: public.ecr.aws/docker/library/redis:8.2.3', 'redis redis'],
    ['somebody’s own build', 'image: someone/redis:1', 'redis other-redis'],
    ['a build of Kubernetes’ own', 'image: registry.k8s.io/redis:e2e', 'redis other-redis'],
    ['a sentinel by variable', 'image: registry.k8s.io/redis:v1\nenv: [{name: SENTINEL, value: "true"}]', undefined],
    ['bitnami', 'image: docker.io/bitnami/redis-cluster:8.2.1', 'redis bitnami-redis'],
    ['bitnami, kept', 'image: bitnamilegacy/postgresql:17.6.0', 'postgres bitnami-postgres'],
    ['valkey', 'image: valkey/valkey:8.1.4', 'redis valkey'],
    ['keydb', 'image: eqalpha/keydb', 'redis keydb'],
    ['dragonfly', 'image: docker.dragonflydb.io/dragonflydb/dragonfly', 'redis dragonfly'],
    ['redis stack', 'image: redis/redis-stack-server:7.4.0-v3', 'redis redis-stack'],
    ['timescale', 'image: timescale/timescaledb:2.22.1-pg16', 'postgres postgres'],
    ['pgvector', 'image: pgvector/pgvector:pg17', 'postgres postgres'],
    ['postgis', 'image: postgis/postgis:16-3.5', 'postgres postgres'],
    ['cloudnative-pg', 'image: ghcr.io/cloudnative-pg/postgresql:18.6', 'postgres cloudnative-pg'],
    ['supabase', 'image: supabase/postgres:15.8.1', 'postgres supabase'],
    ['spilo', 'image: ghcr.io/zalando/spilo-17:4.0-p2', 'postgres zalando'],
    ['crunchy', 'image: registry.developers.crunchydata.com/crunchydata/crunchy-postgres:ubi9-17.6-2534', 'postgres crunchy'],
    ['options only', 'image: redis:8\nargs: [--save, ""]', 'redis redis'],
    ['a file', 'image: redis:8\nargs: [/etc/redis.conf]', 'redis redis'],
    ['the entry point by name', 'image: postgres:18\ncommand: [docker-entrypoint.sh]\nargs: [postgres, -c, ssl=on]', 'postgres postgres'],
    ['a shell that starts it', 'image: redis:8\ncommand: [sh, -c, "exec redis-server --port 7000"]', 'redis redis'],
    ['an image of its own that starts one', 'image: registry.example.com/cache:1\ncommand: [valkey-server]', 'redis valkey'],
    ['an image of its own that starts the other', 'image: registry.example.com/db:1\nargs: [postgres]', 'postgres other-postgres'],
    ['an exporter', 'image: oliver006/redis_exporter:v1', undefined],
    ['another exporter', 'image: quay.io/prometheuscommunity/postgres-exporter', undefined],
    ['a bitnami exporter', 'image: bitnami/redis-exporter:1', undefined],
    ['pgadmin', 'image: dpage/pgadmin4', undefined],
    ['redis commander', 'image: rediscommander/redis-commander', undefined],
    ['redis insight', 'image: redis/redisinsight', undefined],
    ['an operator', 'image: ghcr.io/zalando/postgres-operator:v1.15', undefined],
    ['a pooler', 'image: bitnami/pgbouncer:1', undefined],
    ['a client of the same image', 'image: postgres:18\ncommand: [psql, -h, db]', undefined],
    ['a waiting loop', 'image: redis:8\ncommand: [sh, -c, "until redis-cli -h redis ping; do sleep 1; done"]', undefined],
    ['a dump', 'image: postgres:18\ncommand: [sh, -c, "pg_dump -U postgres app > /backup/app"]', undefined],
    ['a mirror', 'image: ghcr.io/corp/postgres:16.4', 'postgres other-postgres'],
    [
      'a mirror that is told what only the official entry point reads',
      'image: ghcr.io/corp/postgres:16.4\nenv: [{name: POSTGRES_HOST_AUTH_METHOD, value: trust}]',
      'postgres postgres',
    ],
    ['a sentinel', 'image: redis:8\ncommand: [redis-sentinel, /etc/sentinel.conf]', undefined],
    ['a sentinel by option', 'image: redis:8\nargs: [redis-server, /etc/sentinel.conf, --sentinel]', undefined],
    ['a name in an argument', 'image: registry.example.com/api:1\nargs: [--database=postgres]', undefined],
    ['nothing of it', 'image: nginx', undefined],
  ])('%s', (_, lines, expected) => {
    const found = world(deployment('x', lines)).of('datastore');
    const [facts] = found.map((subject) => subject.facts as { engine?: string; family?: string });
    expect(facts === undefined ? undefined : `${facts.engine} ${facts.family}`).toBe(expected);
  });

  test('not in an init container, and in a job only where it says so', () => {
    const pod = (kind: string, lines: string): string => `apiVersion: batch/v1\nkind: ${kind}\nmetadata: {name: x}\nspec: {template: {spec: {containers: [${lines}]}}}\n`;
    expect(world(pod('Job', '{name: a, image: "postgres:18"}')).of('datastore')).toEqual([]);
    expect(world(pod('Job', '{name: a, image: "postgres:18", args: [postgres]}')).of('datastore')).toHaveLength(1);
    expect(
      world('apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {initContainers: [{name: a, image: redis}], containers: [{name: b, image: nginx}]}\n').of('datastore'),
    ).toEqual([]);
  });

  test('a script in a ConfigMap tells', () => {
    const run = (script: string): number =>
      world(
        configMap('scripts', { 'run.sh': script }),
        deployment('x', 'image: redis:8\ncommand: [sh, /scripts/run.sh]\nvolumeMounts: [{name: s, mountPath: /scripts}]', { volumes: '- {name: s, configMap: {name: scripts}}' }),
      ).of('datastore').length;
    expect(run('redis-cli -h a ping')).toBe(0);
    expect(run('exec redis-server --port 7000')).toBe(1);
  });

  test('what a Dockerfile builds on', () => {
    const subjects = compose({ 'compose.yaml': 'services:\n  db:\n    build: .\n', Dockerfile: 'FROM postgres:18.6\n' });
    expect(subjects.facts('datastore', ['engine', 'version'])).toEqual({ engine: 'postgres', version: '18.6' });
  });
});

test.each([
  ['redis:8.2.3-bookworm', 'redis', '8.2.3'],
  ['redis:7', 'redis', '7'],
  ['redis:alpine', 'redis', undefined],
  ['postgres:16.3-alpine3.20', 'postgres', '16.3'],
  ['postgres', 'postgres', undefined],
  ['timescale/timescaledb:2.22.1-pg16', 'postgres', '16'],
  ['timescale/timescaledb-ha:pg17.5-ts2.20', 'postgres', '17.5'],
  ['pgvector/pgvector:pg17', 'postgres', '17'],
  ['pgvector/pgvector:0.8.1-pg16', 'postgres', '16'],
  ['bitnami/postgresql:17.6.0-debian-12-r4', 'bitnami-postgres', '17.6.0'],
  ['docker.dragonflydb.io/dragonflydb/dragonfly:v1.34.1', 'dragonfly', '1.34.1'],
  ['redis:${TAG}', 'redis', undefined],
])('the version of %s', (image, family, version) => {
  expect(versionOf(parseImageReference(image), family)).toBe(version);
});

describe('custom resources of operators', () => {
  test.each([
    ['postgresql.cnpg.io/v1', 'Cluster', 'spec: {imageName: "ghcr.io/cloudnative-pg/postgresql:18.6"}', 'x-rw', 'postgres cloudnative-pg 18.6'],
    ['acid.zalan.do/v1', 'postgresql', 'spec: {postgresql: {version: "17"}}', 'x', 'postgres zalando 17'],
    ['postgres-operator.crunchydata.com/v1beta1', 'PostgresCluster', 'spec: {postgresVersion: 17}', 'x-primary', 'postgres crunchy 17'],
    ['redis.redis.opstreelabs.in/v1beta2', 'Redis', 'spec: {kubernetesConfig: {image: "quay.io/opstree/redis:v7.2.11"}}', 'x', 'redis redis 7.2.11'],
    ['databases.spotahome.com/v1', 'RedisFailover', 'spec: {redis: {image: "redis:7.2.11"}}', 'rfrm-x', 'redis redis 7.2.11'],
  ])('%s %s', (apiVersion, kind, spec, host, expected) => {
    const engine = expected.split(' ')[0] ?? '';
    const address = engine === 'redis' ? { REDIS_URL: `redis://${host}:6379` } : { DATABASE_URL: `postgres://app@${host}/app` };
    const env = Object.entries(address).map(([name, value]) => `  - {name: ${name}, value: "${value}"}`);
    const subjects = world(
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n${spec}\n`,
      deployment('client', `image: registry.example.com/client:1.0\nenv:\n${env.join('\n')}`),
    );
    const { engine: found, family, version } = subjects.facts('datastore', ['engine', 'family', 'version']);
    expect(`${found} ${family} ${version}`).toBe(expected);
    expect(subjects.facts('connection', ['leadsTo', 'way'])).toEqual({ leadsTo: 'server', way: `Service ${host}` });
  });

  describe('the logins that CloudNativePG makes', () => {
    const cluster = (spec: string): string => `apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg, namespace: shop}\nspec: {${spec}}\n`;
    const client = (secret: string, key = 'uri'): string =>
      deployment('client', `image: registry.example.com/client:1.0\nenv:\n  - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: ${secret}, key: ${key}}}}`).replaceAll(
        /^ {2}name: client$/gm,
        '$&\n  namespace: shop',
      );

    test.each(['uri', 'jdbc-uri', 'fqdn-uri', 'fqdn-jdbc-uri'])('%s leads to it, and has a random password', (key) => {
      const subjects = world(cluster('bootstrap: {initdb: {database: shop, owner: seller}}'), client('pg-app', key));
      expect(subjects.facts('connection', ['leadsTo', 'hasPassword', 'passwordIsDefault', 'passwordIsShort', 'usesSuperuser'])).toEqual({
        leadsTo: 'server',
        hasPassword: true,
        passwordIsDefault: false,
        passwordIsShort: false,
        usesSuperuser: false,
      });
    });

    test.each([
      ['another Secret is named for it', 'bootstrap: {initdb: {secret: {name: mine}}}', 'pg-app'],
      ['it is restored', 'bootstrap: {recovery: {source: old}}', 'pg-app'],
      ['it copies another', 'replica: {enabled: true, source: old}', 'pg-app'],
      ['the superuser has no access', '', 'pg-superuser'],
      ['the name is of another cluster', '', 'other-app'],
    ])('nothing is known where %s', (_, spec, secret) => {
      const subjects = world(cluster(spec), client(secret));
      expect(subjects.of('connection').map((connection) => connection.facts['leadsTo' as never])).not.toContain('server');
      expect(subjects.fact('variable.referenceExists')).toBeUndefined();
    });

    test('a key that it does not write is not there', () => {
      expect(world(cluster(''), client('pg-app', 'url')).fact('variable.referenceExists')).toBe(false);
    });

    test.each([
      ['{dataChecksums: true}', true],
      ['{dataChecksums: false}', false],
      ['{}', undefined],
    ])('initdb: %s, and so checksums: %j', (initdb, answer) => {
      expect(world(cluster(`imageName: "ghcr.io/cloudnative-pg/postgresql:17.12", bootstrap: {initdb: ${initdb}}`)).fact('datastore.hasChecksums')).toBe(answer);
    });

    test('its superuser has one that nobody chose, unless another Secret is named', () => {
      expect(world(cluster('')).fact('datastore.passwordIsShort')).toBe(false);
      expect(world(cluster('superuserSecret: {name: mine}')).fact('datastore.passwordIsShort')).toBeUndefined();
    });
  });

  const classes = ['plain', 'safe'].map(
    (name) => `apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: ${name}}\nprovisioner: ebs.csi.aws.com\nparameters: {encrypted: "${name === 'safe'}"}\n`,
  );
  test.each([
    ['postgresql.cnpg.io/v1', 'Cluster', '{storage: {storageClass: NAME}}'],
    ['postgresql.cnpg.io/v1', 'Cluster', '{storage: {pvcTemplate: {storageClassName: NAME}}}'],
    ['acid.zalan.do/v1', 'postgresql', '{volume: {storageClass: NAME}}'],
    ['redis.redis.opstreelabs.in/v1beta2', 'Redis', '{storage: {volumeClaimTemplate: {spec: {storageClassName: NAME}}}}'],
    ['databases.spotahome.com/v1', 'RedisFailover', '{redis: {storage: {persistentVolumeClaim: {spec: {storageClassName: NAME}}}}}'],
  ])('the volumes of %s %s: %s', (apiVersion, kind, spec) => {
    const encrypted = (name: string): unknown =>
      world(...classes, `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\nspec: ${spec.replace('NAME', name)}\n`).fact('datastore.isEncryptedAtRest');
    expect([encrypted('plain'), encrypted('safe'), encrypted('unseen')]).toEqual([false, true, undefined]);
  });

  test('what of it is decided elsewhere is told so', () => {
    const made = world('apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: x}\nspec: {postgresql: {version: "17"}}\n').one('datastore');
    expect(made.absence('datastore.isVersionSupported').hint).toBe('ask the server: SHOW server_version');
    expect(made.absence('container.isMemoryLimited')).toEqual({
      because: 'the container of this datastore is not part of this scan',
      hint: 'scan what it is made of, too; what an operator makes only a live cluster shows',
    });
  });

  test('a Redis without a Secret is open, one with it is not', () => {
    const redis = (more: string): string =>
      `apiVersion: redis.redis.opstreelabs.in/v1beta2\nkind: Redis\nmetadata: {name: x}\nspec: {kubernetesConfig: {image: "quay.io/opstree/redis:v7.2.11"${more}}}\n`;
    expect(world(redis('')).facts('datastore', ['requiresPassword', 'isOpenToNetwork'])).toEqual({ requiresPassword: false, isOpenToNetwork: true });
    expect(world(redis(', redisSecret: {name: a, key: b}')).facts('datastore', ['requiresPassword', 'isOpenToNetwork'])).toEqual({
      requiresPassword: true,
      isOpenToNetwork: false,
    });
  });
});

describe('servers told by their port alone', () => {
  const at = (port: number, image = 'registry.example.com/store:1', more = ''): string => deployment('x', `image: ${image}\nports: [{name: main, containerPort: ${port}}]${more}`);
  const of = (spec: string): string => service('x', spec);

  test.each<[string, string[], string | undefined]>([
    ['a Service by number', [at(5432), of('{selector: {app: x}, ports: [{port: 5432}]}')], 'postgres other-postgres'],
    ['a Service by name', [at(6379), of('{selector: {app: x}, ports: [{port: 80, targetPort: main}]}')], 'redis other-redis'],
    ['no Service', [at(5432)], undefined],
    ['a Service for another port', [at(5432), of('{selector: {app: x}, ports: [{port: 8080}]}')], undefined],
    ['a Service of other pods', [at(5432), of('{selector: {app: y}, ports: [{port: 5432}]}')], undefined],
    ['another port', [at(8080), of('{selector: {app: x}, ports: [{port: 8080}]}')], undefined],
    ['a proxy', [at(6379, 'registry.example.com/redis-proxy:1'), of('{selector: {app: x}, ports: [{port: 6379}]}')], undefined],
    ['a hop', [at(5432, 'edoburu/pgbouncer:1'), of('{selector: {app: x}, ports: [{port: 5432}]}')], undefined],
    ['a database that speaks the language', [at(5432, 'crate:5.10'), of('{selector: {app: x}, ports: [{port: 5432}]}')], undefined],
    ['a tunnel', [at(5432, 'linuxserver/openssh-server:1'), of('{selector: {app: x}, ports: [{port: 5432}]}')], undefined],
    ['a gateway', [at(6379, 'docker.io/library/caddy:2'), of('{selector: {app: x}, ports: [{port: 6379}]}')], undefined],
    ['what speaks the language only', [at(5432, 'codenotary/immudb:1'), of('{selector: {app: x}, ports: [{port: 5432}]}')], undefined],
    ['an envoy by another name', [at(5432, 'registry.example.com/edge:1', '\ncommand: [haproxy, -f, /x.cfg]'), of('{selector: {app: x}, ports: [{port: 5432}]}')], undefined],
  ])('%s', (_, documents, expected) => {
    const [facts] = world(...documents)
      .of('datastore')
      .map((subject) => subject.facts as { engine?: string; family?: string });
    expect(facts === undefined ? undefined : `${facts.engine} ${facts.family}`).toBe(expected);
  });

  test('nothing but that is claimed of them, and clients find them', () => {
    const subjects = world(at(6379), of('{selector: {app: x}, ports: [{port: 6379}]}'), client({ REDIS_URL: 'redis://x' }));
    expect(subjects.facts('datastore', ['requiresPassword', 'acceptsPlaintext', 'isOpenToNetwork', 'isVersionSupported', 'maxMemory'])).toEqual({
      requiresPassword: undefined,
      acceptsPlaintext: undefined,
      isOpenToNetwork: undefined,
      isVersionSupported: undefined,
      maxMemory: undefined,
    });
    expect(subjects.facts('connection', ['leadsTo', 'needsNoPassword', 'plaintextPossible'])).toEqual({
      leadsTo: 'server',
      needsNoPassword: undefined,
      plaintextPossible: undefined,
    });
    expect(subjects.one('connection').absence('connection.needsNoPassword').because).toBe('only its port tells that it is a redis server, and what its image does is not known');
  });

  test('in compose, by what it exposes', () => {
    const found = (lines: string): number => compose(`services:\n  db: {image: registry.example.com/store, ${lines}}\n`).of('datastore').length;
    expect([found('expose: [5432]'), found('ports: ["5432:5432"]'), found('ports: ["127.0.0.1:15432:5432/tcp"]'), found('ports: ["5432:8080"]'), found('ports: [80]')]).toEqual([
      1, 1, 1, 0, 0,
    ]);
  });
});
