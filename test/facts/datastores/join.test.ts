import { describe, expect, test } from 'vitest';
import { compose, lineOf, type Subjects } from '../support.ts';
import { client, configMap, deployment, service, world } from './world.ts';

const REDIS = deployment('redis', 'image: redis:8.2.3\nports: [{name: tcp-redis, containerPort: 6379}]');
const way = (subjects: Subjects): string => {
  const { leadsTo, way: says, crossesNetwork, isOutside } = subjects.facts('connection', ['leadsTo', 'way', 'crossesNetwork', 'isOutside']);
  return `${leadsTo} by ${says}${crossesNetwork === false ? ', local' : ''}${isOutside === true ? ', outside' : ''}`;
};
const url = (host: string): Readonly<Record<string, string>> => ({ REDIS_URL: `redis://${host}` });

describe('names of a cluster', () => {
  const redis = (namespace: string): string[] => [
    deployment('redis', 'image: redis:8.2.3\nports: [{name: tcp-redis, containerPort: 6379}]', { namespace }),
    service('redis', '{selector: {app: redis}, ports: [{port: 6379, targetPort: tcp-redis}]}', namespace),
  ];

  test.each([
    ['redis', 'server by Service redis'],
    ['REDIS:6379', 'server by Service redis'],
    ['redis.shop', 'server by Service redis'],
    ['redis.shop.svc', 'server by Service redis'],
    ['redis.shop.svc.cluster.local', 'server by Service redis'],
    ['redis.shop.svc.cluster.local.:6379', 'server by Service redis'],
    ['redis.shop.svc.example.internal', 'server by Service redis'],
    ['redis-0.redis.shop.svc', 'server by Service redis'],
    ['redis-0.redis', 'server by Service redis'],
    ['redis.other', 'outside by host redis.other, outside'],
    ['redis.other.svc', 'unseen by redis.other.svc'],
    ['cache', 'unseen by cache'],
    ['redis.example.com', 'outside by host redis.example.com, outside'],
    ['10.1.2.3', 'outside by address 10.1.2.3, outside'],
    ['redis:6380', 'unseen by redis'],
    ['localhost', 'unseen by the same pod, local'],
  ])('%s', (host, expected) => {
    expect(way(world(...redis('shop'), client(url(host), { namespace: 'shop' })))).toBe(expected);
  });

  test('from another namespace the bare name leads elsewhere', () => {
    expect(way(world(...redis('shop'), client(url('redis'), { namespace: 'front' })))).toBe('unseen by redis');
    expect(way(world(...redis('shop'), client(url('redis.shop'), { namespace: 'front' })))).toBe('server by Service redis');
  });

  test('manifests that leave their namespace open', () => {
    expect(way(world(REDIS, service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'), client(url('redis.shop.svc'))))).toBe('server by Service redis');
    expect(way(world(...redis('shop'), client(url('redis'))))).toBe('server by Service redis');
  });
});

describe('Services', () => {
  test.each<[string, string, string, string]>([
    ['another port, by number', '{selector: {app: redis}, ports: [{port: 443, targetPort: 6379}]}', 'cache:443', 'server by Service cache'],
    ['another port, by name', '{selector: {app: redis}, ports: [{port: 443, targetPort: tcp-redis}]}', 'cache:443', 'server by Service cache'],
    ['headless: the port is the pod’s', '{clusterIP: None, selector: {app: redis}, ports: [{port: 1}]}', 'cache:6379', 'server by Service cache'],
    ['an address of its own', '{clusterIP: 10.96.0.10, selector: {app: redis}, ports: [{port: 6379}]}', '10.96.0.10:6379', 'server by Service cache'],
    ['nothing selected', '{selector: {app: other}, ports: [{port: 6379}]}', 'cache:6379', 'unseen by cache'],
    ['no selector', '{ports: [{port: 6379}]}', 'cache:6379', 'unseen by cache'],
    ['an external name', '{type: ExternalName, externalName: cache.example.net}', 'cache:6379', 'outside by host cache.example.net, outside'],
    ['an external name of the cluster', '{type: ExternalName, externalName: real.default.svc}', 'cache:6379', 'unseen by cache'],
    ['an external name that leads to itself', '{type: ExternalName, externalName: cache}', 'cache:6379', 'unseen by cache'],
  ])('%s', (_, spec, host, expected) => {
    const says = way(world(REDIS, service('cache', spec), client(url(host))));
    expect(says.replace('unseen by real.default.svc', 'unseen by cache')).toBe(expected);
  });

  test.each([
    ['Endpoints', 'apiVersion: v1\nkind: Endpoints\nmetadata: {name: cache}\nsubsets: [{addresses: [{ip: 203.0.113.7}], ports: [{port: 6379}]}]\n', true],
    [
      'EndpointSlice',
      'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: cache-1, labels: {kubernetes.io/service-name: cache}}\naddressType: IPv4\nendpoints: [{addresses: [10.1.2.3]}]\n',
      false,
    ],
  ])('%s', (_, endpoints, isPublic) => {
    const subjects = world(service('cache', '{ports: [{port: 6379}]}'), endpoints, client(url('cache')));
    expect(subjects.facts('connection', ['leadsTo', 'hasPublicAddress'])).toEqual({ leadsTo: 'outside', hasPublicAddress: isPublic });
  });

  test('of several containers the one with the port answers', () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec:
  containers:
    - {name: first, image: "redis:8.2.3", args: [--port, "7000"], ports: [{containerPort: 7000}]}
    - {name: second, image: "redis:8.2.3", args: [--requirepass, EXAMPLE-not-a-password], ports: [{containerPort: 6379}]}
`;
    expect(world(pod, service('p', '{selector: {app: p}, ports: [{port: 6379}]}'), client(url('p'))).fact('connection.needsNoPassword')).toBe(false);
    expect(world(pod, service('p', '{selector: {app: p}, ports: [{port: 6379, targetPort: 7000}]}'), client(url('p'))).fact('connection.needsNoPassword')).toBe(true);
  });

  test('a pooler on the way is named', () => {
    const bouncer = deployment('bouncer', 'image: bitnami/pgbouncer:1.25.0\nports: [{containerPort: 6432}]');
    const subjects = world(
      bouncer,
      service('bouncer', '{selector: {app: bouncer}, ports: [{port: 5432, targetPort: 6432}]}'),
      client({ DATABASE_URL: 'postgres://app@bouncer/app' }),
    );
    expect(subjects.facts('connection', ['leadsTo', 'plaintextPossible'])).toEqual({ leadsTo: 'pooler', plaintextPossible: undefined });
    expect(subjects.one('connection').absence('connection.plaintextPossible').because).toContain('pgbouncer stands between');
  });
});

describe('compose', () => {
  const project = (more: string, environment = 'REDIS_URL: redis://redis:6379'): Subjects =>
    compose(`services:\n  client:\n    image: client\n    environment: {${environment}}\n${more}`);

  test.each<[string, string, string, string]>([
    ['a service', 'REDIS_URL: redis://redis', '  redis: {image: redis:8.2.3}\n', 'server by service redis'],
    ['a container name', 'REDIS_URL: redis://cache-1', '  redis: {image: redis:8.2.3, container_name: cache-1}\n', 'server by service redis'],
    ['an alias', 'REDIS_URL: redis://cache', '  redis: {image: redis:8.2.3, networks: {default: {aliases: [cache]}}}\n', 'server by service redis'],
    ['another network', 'REDIS_URL: redis://redis', '  redis: {image: redis:8.2.3, networks: [other]}\n', 'unseen by redis'],
    [
      'a published port',
      'REDIS_URL: redis://host.docker.internal:7000',
      '  redis: {image: redis:8.2.3, ports: ["7000:6379"]}\n',
      'server by a port of the host, published by service redis',
    ],
    ['a port that nothing publishes', 'REDIS_URL: redis://host.docker.internal:7001', '  redis: {image: redis:8.2.3, ports: ["7000:6379"]}\n', 'unseen by host.docker.internal'],
    ['localhost', 'REDIS_URL: redis://localhost', '  redis: {image: redis:8.2.3}\n', 'unseen by the same container, local'],
    ['localhost of a shared network', 'REDIS_URL: redis://localhost', '  redis: {image: redis:8.2.3, network_mode: "service:client"}\n', 'server by the same container, local'],
    ['a host that is written in', 'REDIS_URL: redis://redis.example.com', '', 'outside by host redis.example.com, outside'],
  ])('%s', (_, environment, more, expected) => {
    expect(way(project(more, environment))).toBe(expected);
  });

  test('links and extra hosts', () => {
    expect(way(compose('services:\n  client: {image: c, environment: {REDIS_URL: "redis://cache"}, links: ["redis:cache"]}\n  redis: {image: redis}\n'))).toBe(
      'server by service redis',
    );
    const pinned = compose('services:\n  client: {image: c, environment: {REDIS_URL: "redis://cache"}, extra_hosts: ["cache:203.0.113.7"]}\n');
    expect(pinned.facts('connection', ['leadsTo', 'hasPublicAddress'])).toEqual({ leadsTo: 'outside', hasPublicAddress: true });
  });

  test('a variable that nobody sets may be set by whoever starts the project, unless there is an environment to look into', () => {
    const text = 'services:\n  redis:\n    image: redis:8.2.3\n    command: [redis-server, --requirepass, "${PW}"]\n';
    expect(compose({ 'compose.yaml': text }).fact('datastore.requiresPassword')).toBe(undefined);
    expect(compose({ 'compose.yaml': text }).fact('datastore.passwordIsDefault')).toBe(undefined);
    expect(compose({ 'compose.yaml': text, '.env': 'X=1\n' }).fact('datastore.requiresPassword')).toBe(false);
    expect(compose({ 'compose.yaml': text, '.env': 'PW=EXAMPLE-not-a-password\n' }).fact('datastore.requiresPassword')).toBe(true);
  });

  test('configuration from configs and bind mounts, with the line that decides', () => {
    const files = {
      'compose.yaml': `services:
  a: {image: "redis:8.2.3", command: redis-server /etc/redis.conf, configs: [{source: redis, target: /etc/redis.conf}]}
  b: {image: "redis:8.2.3", command: redis-server /etc/redis.conf, volumes: ["./redis.conf:/etc/redis.conf:ro"]}
configs: {redis: {file: ./redis.conf}}
`,
      'redis.conf': '# nothing\nrequirepass EXAMPLE-not-a-password\n',
    };
    const subjects = compose(files);
    for (const name of ['a', 'b']) {
      expect(subjects.fact('datastore.requiresPassword', name)).toBe(true);
      expect(lineOf(subjects.one('datastore', name), 'datastore.requiresPassword')).toContain('redis.conf:2');
    }
  });
});

describe('environments', () => {
  const hostOf = (subjects: Subjects): unknown => subjects.fact('connection.host');
  const app = (lines: string): string => deployment('client', `image: registry.example.com/client:1.0\n${lines}`);

  test('later wins, and references see what stands before them', () => {
    expect(hostOf(world(client({ HOST: 'a', REDIS_URL: 'redis://$(HOST)' })))).toBe('a');
    expect(hostOf(world(client({ REDIS_URL: 'redis://$(HOST)', HOST: 'a' })))).not.toBe('a');
    expect(hostOf(world(configMap('c', { REDIS_HOST: 'a' }), app('envFrom: [{configMapRef: {name: c}}]\nenv: [{name: REDIS_HOST, value: b}]')))).toBe('b');
    expect(hostOf(world(configMap('c', { HOST: 'a' }), app('envFrom: [{configMapRef: {name: c}, prefix: REDIS_}]')))).toBe('a');
    expect(hostOf(world(configMap('c', { h: 'a' }), app('env: [{name: REDIS_HOST, valueFrom: {configMapKeyRef: {name: c, key: h}}}]')))).toBe('a');
  });

  test('what is not part of the scan leaves the host open, with the reason', () => {
    const subjects = world(app('env: [{name: H, valueFrom: {configMapKeyRef: {name: gone, key: h}}}, {name: REDIS_URL, value: "redis://$(H)"}]'));
    expect(hostOf(subjects)).toBe(undefined);
    expect(subjects.one('connection').absence('connection.host').because).toContain('ConfigMap gone is not part of this scan');
    const unseen = world(app('envFrom: [{secretRef: {name: gone}}]\nenv: [{name: REDIS_URL, value: "redis://$(H)"}]'));
    expect(hostOf(unseen)).toBe(undefined);
  });

  test('the variables of a Service lead to it', () => {
    const redis = [REDIS, service('redis-master', '{selector: {app: redis}, ports: [{port: 6379}]}')];
    expect(way(world(...redis, client({ REDIS_URL: 'redis://$(REDIS_MASTER_SERVICE_HOST):$(REDIS_MASTER_SERVICE_PORT)' })))).toBe('server by Service redis-master');
  });

  test('the namespace of the pod', () => {
    const subjects = world(
      deployment('client', 'image: c:1\nenv: [{name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}, {name: REDIS_URL, value: "redis://redis.$(NS).svc"}]', {
        namespace: 'shop',
      }),
    );
    expect(hostOf(subjects)).toBe('redis.shop.svc');
  });

  test('an address in a Secret is followed and not told', () => {
    const subjects = world(
      REDIS,
      service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'),
      configMap('s', { url: 'redis://someone:EXAMPLE-not-a-password@redis:6379/0' }, 'Secret'),
      app('env: [{name: REDIS_URL, valueFrom: {secretKeyRef: {name: s, key: url}}}]'),
    );
    expect(subjects.facts('connection', ['leadsTo', 'way', 'host', 'user'])).toEqual({ leadsTo: 'server', way: 'Service redis', host: '•••', user: '•••' });
    const elsewhere = world(configMap('s', { url: 'redis://hidden.example.com' }, 'Secret'), app('env: [{name: REDIS_URL, valueFrom: {secretKeyRef: {name: s, key: url}}}]'));
    expect(
      JSON.stringify([elsewhere.one('connection').facts, elsewhere.one('connection').absence('connection.needsNoPassword')], (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ).not.toContain('hidden');
  });

  test('a password in a Secret is sealed, and still judged', () => {
    const secret = (value: string): Subjects =>
      world(configMap('s', { pw: value }, 'Secret'), app('env: [{name: PW, valueFrom: {secretKeyRef: {name: s, key: pw}}}, {name: REDIS_URL, value: "redis://:$(PW)@redis"}]'));
    expect(secret('changeme').facts('connection', ['hasPassword', 'passwordIsDefault', 'host'])).toMatchObject({ hasPassword: true, passwordIsDefault: true, host: 'redis' });
  });
});

describe('mounted configuration', () => {
  const CONF = { 'redis.conf': 'port 0\ntls-port 6379', 'other.conf': 'port 7000' };
  const redis = (mounts: string, volumes: string, args = '[/etc/redis/redis.conf]'): string =>
    deployment('redis', `image: redis:8.2.3\nargs: ${args}\nvolumeMounts: ${mounts}`, { volumes });

  test.each<[string, string, string, boolean | undefined]>([
    ['a ConfigMap', '[{name: c, mountPath: /etc/redis}]', '- {name: c, configMap: {name: conf}}', false],
    ['one key of it', '[{name: c, mountPath: /etc/redis/redis.conf, subPath: redis.conf}]', '- {name: c, configMap: {name: conf}}', false],
    ['a key under another name', '[{name: c, mountPath: /etc/redis}]', '- {name: c, configMap: {name: conf, items: [{key: other.conf, path: redis.conf}]}}', true],
    ['projected', '[{name: c, mountPath: /etc/redis}]', '- {name: c, projected: {sources: [{configMap: {name: conf}}]}}', false],
    ['a Secret that was not seen', '[{name: c, mountPath: /etc/redis}]', '- {name: c, secret: {secretName: gone}}', undefined],
    ['an unseen volume', '[{name: c, mountPath: /etc/redis}]', '- {name: c, persistentVolumeClaim: {claimName: conf}}', undefined],
  ])('%s', (_, mounts, volumes, plaintext) => {
    expect(world(configMap('conf', CONF), redis(mounts, volumes)).fact('datastore.acceptsPlaintext')).toBe(plaintext);
  });

  const WITHIN = '[{name: c, mountPath: /etc/redis}]';
  const SECRET = '- {name: c, secret: {secretName: redis}}';
  const externalSecret = (target: string, data: string): string =>
    `apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: redis}\nspec:\n  target: ${target.replace(/^\w.*$/s, '{$&}')}\n  ${data}\n`;

  test('what an ExternalSecret puts around its values is known', () => {
    const made = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: redis}
spec:
  target:
    name: redis
    template:
      data:
        users.acl: |
          user default off
          user api on >{{ .api }} ~* +@read
  dataFrom: [{extract: {key: x}}]
`;
    const subjects = world(made, redis('[{name: c, mountPath: /etc/redis}]', '- {name: c, secret: {secretName: redis}}', '[--aclfile, /etc/redis/users.acl]'));
    expect(subjects.facts('datastore', ['requiresPassword', 'defaultUserIsAlmighty'])).toEqual({ requiresPassword: true, defaultUserIsAlmighty: false });
  });

  test('a password that an ExternalSecret puts into a configuration is not known, and not short', () => {
    const made = externalSecret("template: {data: {redis.conf: 'requirepass {{ .password }}'}}", 'dataFrom: [{extract: {key: x}}]');
    const subjects = world(made, redis(WITHIN, SECRET, '[/etc/redis/redis.conf]'));
    expect(subjects.facts('datastore', ['requiresPassword', 'passwordIsShort'])).toEqual({ requiresPassword: true, passwordIsShort: undefined });
  });

  test.each([
    ['a whole file', '{}', 'data: [{secretKey: redis.conf, remoteRef: {key: x}}, {secretKey: users.acl, remoteRef: {key: x}}]', '[--aclfile, /etc/redis/users.acl]'],
    ['a whole configuration', '{}', 'data: [{secretKey: redis.conf, remoteRef: {key: x}}]', '[/etc/redis/redis.conf]'],
    ['a line of a file', "{template: {data: {users.acl: '{{ .users }}'}}}", 'dataFrom: [{extract: {key: x}}]', '[--aclfile, /etc/redis/users.acl]'],
  ])('%s that only an ExternalSecret names is not known', (_, target, data, args) => {
    expect(world(externalSecret(target, data), redis(WITHIN, SECRET, args)).fact('datastore.requiresPassword')).toBeUndefined();
  });

  test('names in a Secret are told to nobody', () => {
    const subjects = world(
      configMap('s', { 'users.acl': 'user someone on nopass ~* +@all\nuser default off' }, 'Secret'),
      redis('[{name: c, mountPath: /etc/redis}]', '- {name: c, secret: {secretName: s}}', '[--aclfile, /etc/redis/users.acl]'),
    );
    expect(subjects.facts('datastore', ['usersWithoutPassword', 'overpoweredUsers'])).toEqual({ usersWithoutPassword: ['•••'], overpoweredUsers: ['•••'] });
  });
});

describe('the pair', () => {
  const postgres = (hba: string, ssl = 'on'): string[] => [
    configMap('pg', { 'postgresql.conf': `listen_addresses = '*'\nhba_file = '/etc/pg/pg_hba.conf'\nssl = ${ssl}`, 'pg_hba.conf': hba }),
    deployment(
      'pg',
      'image: postgres:18.6\nargs: [-c, config_file=/etc/pg/postgresql.conf]\nenv: [{name: POSTGRES_USER, value: boss}]\nvolumeMounts: [{name: c, mountPath: /etc/pg}]',
      {
        volumes: '- {name: c, configMap: {name: pg}}',
      },
    ),
    service('pg', '{selector: {app: pg}, ports: [{port: 5432}]}'),
  ];
  const FORCED = 'hostssl all all all scram-sha-256';
  const EITHER = 'host all all all scram-sha-256';

  test.each<[string, string, string, string, Readonly<Record<string, unknown>>]>([
    ['neither insists', EITHER, 'on', 'prefer', { demandsTls: false, plaintextPossible: true }],
    ['the server insists, and the client can be talked out of it', FORCED, 'on', 'prefer', { demandsTls: false, isTlsAssured: false, plaintextPossible: false }],
    ['the client insists', EITHER, 'on', 'require', { demandsTls: true, isTlsAssured: true, plaintextPossible: false, verifiesHost: false }],
    ['the client checks', EITHER, 'on', 'verify-full&sslrootcert=/ca', { plaintextPossible: false, verifiesHost: true }],
    ['the server has none', EITHER, 'off', 'prefer', { plaintextPossible: true }],
    ['the server has none, and the client insists', EITHER, 'off', 'require', { plaintextPossible: false, willNotConnect: true }],
    ['TLS that no record lets in', 'hostnossl all all all scram-sha-256', 'on', 'require', { plaintextPossible: false, willNotConnect: true }],
    ['only this role may', `hostssl app app all scram-sha-256\n${EITHER}`, 'on', 'disable', { plaintextPossible: true }],
    ['a record for this very role', `hostnossl all app all reject\n${EITHER}`, 'on', 'disable', { plaintextPossible: false, willNotConnect: true }],
    ['trust for this role', `hostssl all app all trust\n${FORCED}`, 'on', 'require', { needsNoPassword: true }],
    ['trust for who comes without TLS, as this client does first', `hostnossl all all all trust\n${FORCED}`, 'on', 'allow', { needsNoPassword: true }],
    ['trust for who comes without TLS, as this client never does', `hostnossl all all all trust\n${FORCED}`, 'on', 'require', { needsNoPassword: false }],
    ['an included folder of the image', `include_dir /etc/rules\n${FORCED}`, 'on', 'prefer', { plaintextPossible: undefined, needsNoPassword: undefined }],
    ['an included folder that is empty', `include_dir rules\n${FORCED}`, 'on', 'prefer', { plaintextPossible: false, needsNoPassword: false }],
    ['trust for another', `hostssl all boss all trust\n${FORCED}`, 'on', 'require', { needsNoPassword: false }],
  ])('%s', (_, hba, ssl, mode, expected) => {
    const subjects = world(...postgres(hba, ssl), client({ DATABASE_URL: `postgres://app@pg/app?sslmode=${mode}` }));
    expect(subjects.facts('connection', Object.keys(expected))).toEqual(expected);
  });

  test('a client that says nothing is settled by the server', () => {
    const parts = { DB_HOST: 'pg', DB_USER: 'app', DB_NAME: 'app' };
    expect(world(...postgres(FORCED), client(parts)).facts('connection', ['isTlsAssured', 'plaintextPossible'])).toEqual({ isTlsAssured: true, plaintextPossible: false });
    expect(world(...postgres(EITHER), client(parts)).facts('connection', ['isTlsAssured', 'plaintextPossible'])).toEqual({ isTlsAssured: undefined, plaintextPossible: undefined });
    expect(world(...postgres(EITHER, 'off'), client(parts)).facts('connection', ['isTlsAssured', 'plaintextPossible'])).toEqual({ isTlsAssured: false, plaintextPossible: true });
  });

  test.each([
    ['boss', true],
    ['postgres', true],
    ['app', false],
  ])('%s is a superuser: %s', (user, expected) => {
    expect(world(...postgres(FORCED), client({ DATABASE_URL: `postgres://${user}@pg/app` })).fact('connection.usesSuperuser')).toBe(expected);
  });

  test('roles that applications share, by server and role', () => {
    const app = (name: string, user: string, host = 'pg'): string => deployment(name, `image: x:1\nenv: [{name: DATABASE_URL, value: "postgres://${user}@${host}/app"}]`);
    const subjects = world(...postgres(FORCED), app('api', 'shop'), app('worker', 'shop', 'pg.default.svc'), app('reports', 'reports'));
    expect(subjects.fact('connection.roleSharedWith', 'api')).toEqual(['worker']);
    expect(subjects.fact('connection.roleSharedWith', 'reports')).toEqual([]);
  });

  test.each<[string, string[], string, Readonly<Record<string, unknown>>]>([
    ['plain', [], 'redis://redis', { plaintextPossible: true, needsNoPassword: true }],
    ['TLS only', ['--port', '0', '--tls-port', '6379'], 'rediss://redis', { plaintextPossible: false, willNotConnect: false }],
    ['TLS only, and a plain client', ['--port', '0', '--tls-port', '6379'], 'redis://redis', { plaintextPossible: false, willNotConnect: true }],
    ['TLS beside plain, called by its port', ['--tls-port', '6380'], 'redis://redis', { plaintextPossible: true }],
    ['no TLS, and a client that wants it', [], 'rediss://redis', { plaintextPossible: false, willNotConnect: true }],
    ['a certificate that is not looked at', ['--tls-port', '6380'], 'rediss://redis?ssl_cert_reqs=none', { demandsTls: true, verifiesCertificate: false }],
  ])('redis: %s', (_, args, address, expected) => {
    const redis = deployment('redis', `image: redis:8.2.3\nargs: ${JSON.stringify(args)}\nports: [{containerPort: 6379}]`);
    const subjects = world(redis, service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'), client({ REDIS_URL: address }));
    expect(subjects.facts('connection', Object.keys(expected))).toEqual(expected);
  });

  test('both ends have their places', () => {
    const subjects = world(...postgres(EITHER), client({ DATABASE_URL: 'postgres://app@pg/app?sslmode=prefer' }));
    expect(lineOf(subjects.one('connection'), 'connection.demandsTls')).toMatch(/^app\.yaml:\d+/);
    expect(lineOf(subjects.one('connection'), 'datastore.acceptsPlaintext')).toMatch(/^app\.yaml:10\b/);
  });
});

describe('meshes', () => {
  const pair = (annotations: string, client_ = annotations): string[] => [
    deployment('redis', 'image: redis:8.2.3', { annotations }),
    service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'),
    client({ REDIS_URL: 'redis://redis' }, { annotations: client_ }),
  ];
  const LINKERD = '{linkerd.io/inject: enabled}';
  const ISTIO = '{sidecar.istio.io/inject: "true"}';
  const strict = (mode: string, more = ''): string =>
    `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default}\nspec: {mtls: {mode: ${mode}}${more}}\n`;

  const inShop = (text: string): string =>
    text.replace('metadata:\n', 'metadata:\n  namespace: shop\n').replace('kind: Service\nmetadata: {', 'kind: Service\nmetadata: {namespace: shop, ');

  test.each<[string, string[], boolean]>([
    ['none', pair('{}'), false],
    ['linkerd on both ends', pair(LINKERD), true],
    ['linkerd on one end', pair(LINKERD, '{}'), false],
    ['linkerd, port taken out', pair('{linkerd.io/inject: enabled, config.linkerd.io/skip-inbound-ports: "6379"}', LINKERD), false],
    ['istio, strict', [...pair(ISTIO), strict('STRICT')], true],
    ['istio, permissive', [...pair(ISTIO), strict('PERMISSIVE')], false],
    ['istio without a policy', pair(ISTIO), false],
    ['istio, the port of its own mode', [...pair(ISTIO), strict('STRICT', ', selector: {matchLabels: {app: redis}}, portLevelMtls: {"6379": {mode: DISABLE}}')], false],
    ['istio, port taken out', [...pair('{sidecar.istio.io/inject: "true", traffic.sidecar.istio.io/excludeInboundPorts: "6379"}', ISTIO), strict('STRICT')], false],
    ['linkerd, a range of ports taken out', pair('{linkerd.io/inject: enabled, config.linkerd.io/skip-inbound-ports: "5432,6000-6400"}', LINKERD), false],
    ['linkerd, another range', pair('{linkerd.io/inject: enabled, config.linkerd.io/skip-inbound-ports: "7000-8000"}', LINKERD), true],
    [
      'linkerd, port taken out by the namespace',
      [...pair(LINKERD), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {config.linkerd.io/skip-outbound-ports: "6379"}}\n'].map(inShop),
      false,
    ],
    ['linkerd, on the network of the node', pair(LINKERD).map((text) => text.replace('      containers:', '      hostNetwork: true\n      containers:')), false],
    ['istio, on the network of the node', [...pair(ISTIO), strict('STRICT')].map((text) => text.replace('      containers:', '      hostNetwork: true\n      containers:')), false],
    ['istio, only other ports taken in', [...pair('{sidecar.istio.io/inject: "true", traffic.sidecar.istio.io/includeInboundPorts: "8080"}', ISTIO), strict('STRICT')], false],
    ['istio, no port taken in', [...pair('{sidecar.istio.io/inject: "true", traffic.sidecar.istio.io/includeInboundPorts: ""}', ISTIO), strict('STRICT')], false],
    ['istio, this port taken in', [...pair('{sidecar.istio.io/inject: "true", traffic.sidecar.istio.io/includeInboundPorts: "8080,6379"}', ISTIO), strict('STRICT')], true],
    ['istio, one policy says so and another does not', [...pair(ISTIO), strict('STRICT'), strict('PERMISSIVE').replace('name: default', 'name: more')], false],
    ['istio, the same in another order', [...pair(ISTIO), strict('PERMISSIVE').replace('name: default', 'name: more'), strict('STRICT')], false],
    ['istio, the nearer policy', [...pair(ISTIO), strict('PERMISSIVE'), strict('STRICT', ', selector: {matchLabels: {app: redis}}').replace('name: default', 'name: near')], true],
    ['istio, one end outside', [...pair(ISTIO, '{}'), strict('STRICT')], false],
    [
      'istio, switched off for the host',
      [
        ...pair(ISTIO),
        strict('STRICT'),
        'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r}\nspec: {host: redis, trafficPolicy: {tls: {mode: DISABLE}}}\n',
      ],
      false,
    ],
  ])('%s', (_, documents, encrypted) => {
    expect(world(...documents).facts('connection', ['isMeshEncrypted', 'plaintextPossible'])).toEqual({ isMeshEncrypted: encrypted, plaintextPossible: !encrypted });
  });
});

describe('nobody is known to listen beside the client', () => {
  const beside = (container: string, list = 'containers'): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - {name: app, image: a, env: [{name: DATABASE_URL, value: "postgres://app@localhost/app"}]}\n${container === '' ? '' : `${list === 'containers' ? '' : `  ${list}:\n`}    - ${container}\n`}`;

  test.each<[string, string, string, boolean | undefined]>([
    ['alone', '', 'containers', false],
    ['a tunnel', '{name: tunnel, image: alpine/socat, args: ["tcp-listen:5432,fork", "tcp:db.example.com:5432"]}', 'containers', undefined],
    ['a native sidecar', '{name: tunnel, image: alpine/socat, restartPolicy: Always}', 'initContainers', undefined],
    ['what says that it has the port', '{name: tunnel, image: ours, ports: [{containerPort: 5432}]}', 'containers', undefined],
    ['what says that it has another', '{name: exporter, image: ours, ports: [{containerPort: 9187}]}', 'containers', false],
    ['what only looks at a server', '{name: exporter, image: "prometheuscommunity/postgres-exporter:v0.18"}', 'containers', false],
    ['what has ended by then', '{name: wait, image: ours}', 'initContainers', false],
  ])('%s', (_, container, containers, crosses) => {
    const subjects = world(beside(container, containers));
    const facts = subjects.facts('connection', ['crossesNetwork', 'plaintextPossible', 'isOutside', 'hasPublicAddress']);
    expect(facts).toEqual({ crossesNetwork: crosses, plaintextPossible: crosses, isOutside: crosses, hasPublicAddress: crosses });
    if (crosses === undefined) expect(subjects.one('connection').absence('connection.crossesNetwork').because).toContain('container tunnel runs beside it');
  });
});

test('istio, addresses that are not taken: which the server has is not known', () => {
  const [server = '', entrance = '', caller = ''] = [REDIS, service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'), client(url('redis'))];
  const meshed = (text: string, more: string): string => text.replace('annotations: {}', `annotations: {sidecar.istio.io/inject: "true"${more}}`);
  const policy = 'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default}\nspec: {mtls: {mode: STRICT}}\n';
  const of = (more: string): unknown => world(meshed(server, ''), entrance, meshed(caller, more), policy).fact('connection.isMeshEncrypted');
  expect([of(''), of(', traffic.sidecar.istio.io/includeOutboundIPRanges: "*"')]).toEqual([true, true]);
  expect([of(', traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.96.0.0/12'), of(', traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8')]).toEqual([
    undefined,
    undefined,
  ]);
});

test('the loopback interface of a node is that of all pods which share it', () => {
  const onHost = (text: string): string => text.replace('      containers:', '      hostNetwork: true\n      containers:');
  const ways = (...documents: readonly string[]): unknown[] =>
    world(...documents)
      .of('connection')
      .map(({ facts }) => ('way' in facts && 'crossesNetwork' in facts ? [facts.way, facts.crossesNetwork] : []));
  const caller = onHost(client(url('localhost')));
  expect(ways(caller)).toEqual([['localhost', undefined]]);
  expect(ways(onHost(REDIS), caller)).toEqual([
    ['the node that both run on', false],
    ['localhost', undefined],
  ]);
  expect(ways(REDIS, caller)).toEqual([['localhost', undefined]]);
  expect(ways(client(url('localhost')))).toEqual([['the same pod', false]]);
});

test('what external_links calls by a name is no service of the project', () => {
  const text = 'services:\n  client: {image: c, environment: {REDIS_URL: "redis://redis"}, external_links: ["other_redis_1:redis"]}\n  redis: {image: redis:8.2.3}\n';
  expect(way(compose(text))).toBe('unseen by redis');
});

test('a URL of Ecto is one of PostgreSQL where it leads to one', () => {
  const server = [deployment('pg', 'image: postgres:16.10'), service('pg', '{selector: {app: pg}, ports: [{port: 5432}]}')];
  expect(world(...server, client({ DATABASE_URL: 'ecto://app:pw@pg/app' })).facts('connection', ['leadsTo', 'engine'])).toEqual({ leadsTo: 'server', engine: 'postgres' });
  for (const url of ['ecto://app:pw@mysql/app', 'ecto://app:pw@pg:3306/app']) expect(world(...server, client({ DATABASE_URL: url })).of('connection')).toEqual([]);
});

test('what only some drivers read is in doubt, and says why', () => {
  const subjects = world(client({ DATABASE_URL: 'postgres://app:p@ss@db/app' }));
  expect(subjects.facts('connection', ['whyNot', 'willNotConnect'])).toEqual({ whyNot: undefined, willNotConnect: undefined });
  const because = 'not every driver reads the address: an @ stands behind the host: signs in a password must be percent-encoded';
  expect(subjects.of('connection')[0]?.absence('connection.host').because).toBe(because);
  expect(world(client({ DATABASE_URL: 'postgres://app@db:54321234/app' })).fact('connection.whyNot')).toBe('the port is no number from 1 to 65535');
});

test('sentences on a connection see the container of the client, and not that of the server', () => {
  const subjects = world(REDIS, service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'), client(url('redis')));
  const scopes = subjects.of('connection').map(({ scope }) => scope as Readonly<Record<string, { name?: unknown }>>);
  expect(scopes.map(({ container, workload, datastore }) => [container?.name, workload?.name, datastore?.name])).toEqual([['client', 'client', 'redis']]);
});
