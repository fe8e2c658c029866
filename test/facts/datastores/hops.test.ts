import { describe, expect, test } from 'vitest';
import { compose, lineOf, type Subjects } from '../support.ts';
import { client, configMap, deployment, service, world } from './world.ts';

const REDIS = deployment('redis', 'image: redis:8.2.3\nports: [{containerPort: 6379}]');
const OPEN_REDIS = [REDIS, service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}')];
const TLS_ARGS = '[--port, "0", --tls-port, "6379", --tls-cert-file, /c, --tls-key-file, /k, --tls-ca-cert-file, /a, --requirepass, EXAMPLE-not-a-password]';
const TLS_REDIS = [
  deployment('redis', `image: redis:8.2.3\nargs: ${TLS_ARGS}\nports: [{containerPort: 6379}]`),
  service('redis', '{selector: {app: redis}, ports: [{port: 6379}]}'),
];

function proxy(name: string, image: string, file: string, text: string, port: number): string[] {
  return [
    configMap(`${name}-conf`, { [file.slice(file.lastIndexOf('/') + 1)]: text }),
    deployment(name, `image: ${image}\nports: [{containerPort: ${port}}]\nvolumeMounts: [{name: c, mountPath: ${file.slice(0, file.lastIndexOf('/'))}}]`, {
      volumes: `- {name: c, configMap: {name: ${name}-conf}}`,
    }),
    service(name, `{selector: {app: ${name}}, ports: [{port: ${port}}]}`),
  ];
}

const haproxy = (text: string, port = 6379): string[] => proxy('lb', 'haproxy:3.2', '/usr/local/etc/haproxy/haproxy.cfg', text, port);
const FACTS = ['leadsTo', 'plaintextPossible', 'isTlsAssured', 'needsNoPassword'] as const;
const ofClient = (subjects: Subjects, facts: readonly string[] = FACTS): Record<string, unknown> => subjects.facts('connection', facts, 'client');
const url = (text: string): string => client({ REDIS_URL: text });

describe('haproxy', () => {
  const listen = (bind: string, server: string): string => `defaults\n  mode tcp\nlisten redis\n  bind *:6379 ${bind}\n  server first redis:6379 ${server}`;

  test('bytes that it only passes on are one session with the server', () => {
    const subjects = world(...OPEN_REDIS, ...haproxy(listen('', 'check')), url('redis://lb'));
    expect(ofClient(subjects)).toEqual({ leadsTo: 'server', plaintextPossible: true, isTlsAssured: false, needsNoPassword: true });
    expect(subjects.fact('connection.way', 'client')).toBe('Service lb, haproxy, Service redis');
    expect(subjects.of('connection')).toHaveLength(1);
  });

  test('TLS goes through it to a server that takes nothing else', () => {
    const facts = [...FACTS, 'willNotConnect'];
    expect(ofClient(world(...TLS_REDIS, ...haproxy(listen('', '')), url('rediss://lb')), facts)).toEqual({
      leadsTo: 'server',
      plaintextPossible: false,
      isTlsAssured: true,
      needsNoPassword: false,
      willNotConnect: false,
    });
    expect(ofClient(world(...TLS_REDIS, ...haproxy(listen('', '')), url('redis://lb')), ['willNotConnect', 'plaintextPossible'])).toEqual({
      willNotConnect: true,
      plaintextPossible: false,
    });
  });

  test('where it takes TLS off, the rest of the way is a connection of its own', () => {
    const subjects = world(...OPEN_REDIS, ...haproxy(listen('ssl crt /etc/tls.pem', '')), url('rediss://lb'));
    expect(ofClient(subjects)).toEqual({ leadsTo: 'server', plaintextPossible: true, isTlsAssured: true, needsNoPassword: true });
    expect(subjects.facts('connection', ['isTlsAssured', 'plaintextPossible', 'usesSuperuser', 'source'], 'lb')).toEqual({
      isTlsAssured: false,
      plaintextPossible: true,
      usesSuperuser: false,
      source: '/usr/local/etc/haproxy/haproxy.cfg redis/first',
    });
    expect(lineOf(subjects.one('connection', 'lb'), 'connection.isTlsAssured')).toMatch(/^app\.yaml:\d+$/);
  });

  test.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['nothing checked', 'ssl verify none', { demandsTls: true, verifiesCertificate: false, verifiesHost: false }],
    ['the issuer', 'ssl verify required ca-file /ca', { demandsTls: true, verifiesCertificate: true, verifiesHost: false }],
    ['required is the default', 'ssl ca-file /ca', { demandsTls: true, verifiesCertificate: true, verifiesHost: false }],
    ['the name', 'ssl verify required ca-file /ca verifyhost redis', { demandsTls: true, verifiesCertificate: true, verifiesHost: true }],
    ['the name that it asks for', 'ssl verify required ca-file /ca sni str(redis)', { demandsTls: true, verifiesCertificate: true, verifiesHost: true }],
  ])('what it asks of the server: %s', (_, words, expected) => {
    const subjects = world(...TLS_REDIS, ...haproxy(listen('', words)), url('redis://lb'));
    expect(subjects.facts('connection', Object.keys(expected), 'lb')).toEqual(expected);
    // The client's own leg is plaintext over the network all the same.
    expect(ofClient(subjects, ['plaintextPossible', 'isTlsAssured'])).toEqual({ plaintextPossible: true, isTlsAssured: false });
  });

  test.each<[string, string, string]>([
    ['a frontend and its backend', 'frontend f\n  mode tcp\n  bind :6379\n  default_backend b\nbackend b\n  mode tcp\n  server s redis:6379', 'server'],
    ['a chosen backend', 'frontend f\n  bind :6379\n  use_backend b if { always_true }\nbackend b\n  server s redis:6379', 'server'],
    ['a template of servers', 'listen f\n  bind :6379\n  server-template s 3 redis.default.svc:6379 check', 'server'],
    ['the port of the client', 'listen f\n  bind :6379\n  server s redis', 'server'],
    ['a variable', 'listen f\n  bind :6379\n  server s "${REDIS_HOST-redis}":6379', 'server'],
    ['a variable that is not known', 'listen f\n  bind :6379\n  server s "${REDIS_HOST}":6379', 'unseen'],
    ['a quoted sign and a comment', 'listen f # ours\n  bind ":6379"\n  server s redis:6379 # the server', 'server'],
    ['named defaults', 'defaults a\n  mode tcp\ndefaults b\n  mode http\nlisten f from a\n  bind :6379\n  server s redis:6379', 'server'],
    ['http', 'defaults\n  mode http\nlisten f\n  bind :6379\n  server s redis:6379', 'hop'],
    ['another port', 'listen f\n  bind :7000\n  server s redis:6379', 'hop'],
    ['a range of ports', 'listen f\n  bind :6370-6380\n  server s redis:6379', 'server'],
    ['a server that is switched off', 'listen f\n  bind :6379\n  server s redis:6379 disabled', 'hop'],
    ['a condition', '.if defined(X)\nlisten f\n  bind :6379\n  server s redis:6379\n.endif', 'hop'],
    ['a unix socket', 'listen f\n  bind :6379\n  server s unix@/run/redis.sock', 'unseen'],
    ['a server that is not part of the scan', 'listen f\n  bind :6379\n  server s cache.example.com:6379', 'outside'],
  ])('its configuration: %s', (_, text, leadsTo) => {
    expect(ofClient(world(...OPEN_REDIS, ...haproxy(text), url('redis://lb')), ['leadsTo'])).toEqual({ leadsTo });
  });

  test('ssl of default-server counts, and a server may take it back', () => {
    const text = (server: string): string => `listen f\n  bind :6379\n  default-server ssl verify none\n  server s redis:6379 ${server}`;
    expect(world(...TLS_REDIS, ...haproxy(text('')), url('redis://lb')).facts('connection', ['demandsTls', 'verifiesHost'], 'lb')).toEqual({
      demandsTls: true,
      verifiesHost: false,
    });
    expect(world(...TLS_REDIS, ...haproxy(text('no-ssl')), url('redis://lb')).of('connection')).toHaveLength(1);
  });

  test('a proxy of web servers is none of datastores', () => {
    const text = 'defaults\n  mode tcp\nlisten web\n  bind *:443 ssl crt /x\n  server s web:8080';
    expect(world(...haproxy(text, 443)).of('connection')).toEqual([]);
  });

  test('without its configuration it is named, and nothing is claimed', () => {
    const subjects = world(
      ...OPEN_REDIS,
      deployment('lb', 'image: haproxy:3.2\nports: [{containerPort: 6379}]'),
      service('lb', '{selector: {app: lb}, ports: [{port: 6379}]}'),
      url('redis://lb'),
    );
    expect(ofClient(subjects)).toEqual({ leadsTo: 'hop', plaintextPossible: undefined, isTlsAssured: false, needsNoPassword: undefined });
    expect(subjects.one('connection', 'client').absence('connection.plaintextPossible').because).toContain('haproxy.cfg is not part of this scan');
  });

  test('in compose', () => {
    const files = {
      'compose.yaml': `services:
  client: {image: c, environment: {REDIS_URL: "redis://lb:6379"}}
  lb: {image: "haproxy:3.2", volumes: ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]}
  first: {image: "redis:8.2.3"}
  second: {image: "redis:8.2.3", command: redis-server --requirepass EXAMPLE-not-a-password}
`,
      'haproxy.cfg': 'listen f\n  bind :6379\n  server a first:6379\n  server b second:6379 backup\n',
    };
    const ends = compose(files).of('connection');
    expect(ends.map((subject) => (subject.facts as { way?: string }).way)).toEqual(['service lb, haproxy, service first', 'service lb, haproxy, service second']);
  });

  test('the host of a file in a Secret is told to nobody', () => {
    const [, , svc = ''] = haproxy('');
    const subjects = world(
      configMap('lb-conf', { 'haproxy.cfg': 'listen f\n  bind :6379 ssl crt /x\n  server s hidden.example.com:6379' }, 'Secret'),
      deployment('lb', 'image: haproxy:3.2\nports: [{containerPort: 6379}]\nvolumeMounts: [{name: c, mountPath: /usr/local/etc/haproxy}]', {
        volumes: '- {name: c, secret: {secretName: lb-conf}}',
      }),
      svc,
      url('rediss://lb'),
    );
    const told = subjects.of('connection').map((subject) => [subject.facts, subject.absence('connection.needsNoPassword'), subject.absence('connection.plaintextPossible')]);
    expect(JSON.stringify(told, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain('hidden');
  });
});

describe('stunnel', () => {
  const sidecar = (conf: string): string[] => [
    configMap('st', { 'stunnel.conf': conf }),
    deployment('client', 'image: registry.example.com/client:1\nenv: [{name: REDIS_URL, value: "redis://127.0.0.1:6379"}]', {
      volumes: '- {name: c, configMap: {name: st}}',
      pod: 'initContainers:\n  - name: stunnel\n    image: registry.example.com/stunnel:5\n    restartPolicy: Always\n    volumeMounts: [{name: c, mountPath: /etc/stunnel}]',
    }),
  ];
  const CLIENT = 'foreground = yes\n[redis]\nclient = yes\naccept = 127.0.0.1:6379\nconnect = redis:6379\n';

  test('beside the client: loopback is no network, and its own leg is checked', () => {
    const subjects = world(...TLS_REDIS, ...sidecar(`${CLIENT}verifyChain = yes\ncheckHost = redis\nCAfile = /ca\n`));
    expect(subjects.facts('connection', [...FACTS, 'crossesNetwork'], 'REDIS_URL')).toEqual({
      leadsTo: 'server',
      plaintextPossible: false,
      isTlsAssured: false,
      needsNoPassword: false,
      crossesNetwork: false,
    });
    expect(subjects.facts('connection', ['crossesNetwork', 'isTlsAssured', 'verifiesHost', 'willNotConnect'], '/etc/stunnel/stunnel.conf redis')).toEqual({
      crossesNetwork: true,
      isTlsAssured: true,
      verifiesHost: true,
      willNotConnect: false,
    });
  });

  test.each<[string, string, string | undefined]>([
    ['nothing', '', 'none'],
    ['the chain', 'verifyChain = yes', 'authority'],
    ['chain and name', 'VerifyChain = YES\ncheckHost = redis', 'name'],
    ['a name without a chain', 'checkHost = redis', 'none'],
    ['the peer itself', 'verifyPeer = yes', 'name'],
    ['the old word', 'verify = 2', 'authority'],
    ['the old word, pinned', 'verify = 3', 'name'],
    ['a shared key', 'PSKsecrets = /psk', 'name'],
  ])('what it checks: %s', (_, lines, expected) => {
    const { verifiesCertificate, verifiesHost } = world(...TLS_REDIS, ...sidecar(`${CLIENT}${lines}\n`)).facts(
      'connection',
      ['verifiesCertificate', 'verifiesHost'],
      '/etc/stunnel/stunnel.conf redis',
    );
    expect(verifiesHost === true ? 'name' : verifiesCertificate === true ? 'authority' : 'none').toBe(expected);
  });

  test('options before all services are those of each', () => {
    const subjects = world(
      ...TLS_REDIS,
      ...sidecar(`client = yes\nverifyPeer = yes\n; a comment\n[a]\naccept = 7000\nconnect = x:1\n[redis]\naccept = 6379\nconnect = redis:6379\n`),
    );
    expect(subjects.facts('connection', ['leadsTo', 'plaintextPossible'], 'REDIS_URL')).toEqual({ leadsTo: 'server', plaintextPossible: false });
  });

  test('a server that takes no TLS will not talk to it', () => {
    const subjects = world(...OPEN_REDIS, ...sidecar(CLIENT));
    expect(subjects.fact('connection.willNotConnect', '/etc/stunnel/stunnel.conf redis')).toBe(true);
  });

  test('before the server: the Service leads to it, and not to the server of the same pod', () => {
    const pod = (target: number): string[] => [
      configMap('st', { 'stunnel.conf': '[redis]\naccept = 6380\nconnect = 6379\ncert = /tls.pem\n' }),
      deployment('redis', 'image: redis:8.2.3\nports: [{containerPort: 6379}]', {
        pod: 'initContainers:\n  - name: tls\n    image: alpine\n    command: [stunnel, /etc/stunnel/stunnel.conf]\n    restartPolicy: Always\n    ports: [{containerPort: 6380}]\n    volumeMounts: [{name: c, mountPath: /etc/stunnel}]',
        volumes: '- {name: c, configMap: {name: st}}',
      }),
      service('redis', `{selector: {app: redis}, ports: [{port: 6379, targetPort: ${target}}]}`),
    ];
    expect(ofClient(world(...pod(6380), url('rediss://redis')))).toEqual({ leadsTo: 'server', plaintextPossible: false, isTlsAssured: true, needsNoPassword: true });
    expect(ofClient(world(...pod(6380), url('redis://redis')), ['willNotConnect'])).toEqual({ willNotConnect: true });
    expect(ofClient(world(...pod(6379), url('redis://redis')))).toEqual({ leadsTo: 'server', plaintextPossible: true, isTlsAssured: false, needsNoPassword: true });
  });

  test('two of them, one on each side', () => {
    const files = {
      'compose.yaml': `services:
  app: {image: app, environment: {DATABASE_URL: "postgres://app@near:5432/app?sslmode=disable"}}
  near: {image: stunnel, volumes: ["./near.conf:/etc/stunnel/stunnel.conf"], network_mode: "service:app"}
  far: {image: stunnel, volumes: ["./far.conf:/etc/stunnel/stunnel.conf"], network_mode: "service:db"}
  db: {image: "postgres:18.6"}
`,
      'near.conf': '[pg]\nclient = yes\naccept = 5432\nconnect = db:5433\nverifyPeer = yes\n',
      'far.conf': '[pg]\naccept = 5433\nconnect = 127.0.0.1:5432\n',
    };
    const subjects = compose({ ...files, 'compose.yaml': files['compose.yaml'].replace('@near', '@localhost') });
    expect(subjects.facts('connection', ['leadsTo', 'plaintextPossible', 'crossesNetwork', 'way'], 'DATABASE_URL')).toEqual({
      leadsTo: 'server',
      plaintextPossible: false,
      crossesNetwork: false,
      way: 'the same container, stunnel, service db, stunnel, the same container',
    });
  });
});

describe('sentinel', () => {
  const sentinel = (conf: string, more = ''): string[] => [
    configMap('sc', { 'sentinel.conf': conf }),
    deployment(
      'sentinel',
      `image: redis:8.2.3\ncommand: [redis-sentinel, /etc/redis/sentinel.conf]\nports: [{containerPort: 26379}]\nvolumeMounts: [{name: c, mountPath: /etc/redis}]${more}`,
      {
        volumes: '- {name: c, configMap: {name: sc}}',
      },
    ),
    service('sentinel', '{selector: {app: sentinel}, ports: [{port: 26379}]}'),
  ];
  const MONITOR = 'sentinel monitor mymaster redis 6379 2\nsentinel auth-pass mymaster EXAMPLE-not-a-password\n';

  test('leads to the master of the name that is asked for', () => {
    const subjects = world(...OPEN_REDIS, ...sentinel(MONITOR), url('redis+sentinel://sentinel:26379/mymaster'));
    expect(ofClient(subjects)).toEqual({ leadsTo: 'server', plaintextPossible: true, isTlsAssured: false, needsNoPassword: true });
    expect(subjects.fact('connection.way', 'client')).toBe('Service sentinel, sentinel, Service redis');
    expect(JSON.stringify(subjects.one('connection', 'client').facts, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain('EXAMPLE');
  });

  test('of another name it knows nothing', () => {
    const subjects = world(...OPEN_REDIS, ...sentinel(MONITOR), url('redis+sentinel://sentinel:26379/other'));
    expect(ofClient(subjects, ['leadsTo', 'needsNoPassword'])).toEqual({ leadsTo: 'sentinel', needsNoPassword: undefined });
    expect(subjects.one('connection', 'client').absence('connection.needsNoPassword').because).toContain('watches no server of the name');
  });

  test('asking it is a session of its own: TLS of the server alone is not enough', () => {
    const lettuce = 'rediss-sentinel://sentinel:26379/0#mymaster';
    expect(ofClient(world(...TLS_REDIS, ...sentinel(MONITOR), url(lettuce)), ['leadsTo', 'willNotConnect'])).toEqual({ leadsTo: 'server', willNotConnect: true });
    const both = `port 0\ntls-port 26379\ntls-cert-file /c\ntls-key-file /k\ntls-ca-cert-file /a\n${MONITOR}`;
    expect(ofClient(world(...TLS_REDIS, ...sentinel(both), url(lettuce)), ['plaintextPossible', 'isTlsAssured', 'willNotConnect', 'needsNoPassword'])).toEqual({
      plaintextPossible: false,
      isTlsAssured: true,
      willNotConnect: false,
      needsNoPassword: false,
    });
    expect(ofClient(world(...TLS_REDIS, ...sentinel(MONITOR), url('redis+sentinel://sentinel:26379/mymaster')), ['plaintextPossible'])).toEqual({ plaintextPossible: true });
  });

  test('three sentinels lead to one server', () => {
    const project = compose(`services:
  client: {image: c, environment: {REDIS_URL: "redis+sentinel://s1:26379,s2:26379,s3:26379/mymaster"}}
  redis: {image: "redis:8.2.3"}
${[1, 2, 3].map((number) => `  s${number}: {image: "bitnami/redis-sentinel:8.2", environment: {REDIS_MASTER_HOST: redis}}`).join('\n')}
`);
    expect(project.facts('connection', ['leadsTo', 'way', 'needsNoPassword'], 'client')).toEqual({
      leadsTo: 'server',
      way: 'service s1, sentinel, service redis',
      needsNoPassword: true,
    });
  });

  test.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['of variables', 'REDIS_MASTER_HOST: redis, REDIS_MASTER_SET: main', { leadsTo: 'server' }],
    ['of another name', 'REDIS_MASTER_HOST: redis', { leadsTo: 'sentinel' }],
    ['with TLS', 'REDIS_MASTER_HOST: redis, REDIS_MASTER_SET: main, REDIS_SENTINEL_TLS_ENABLED: "yes"', { leadsTo: 'server', plaintextPossible: true }],
  ])('bitnami: %s', (_, environment, expected) => {
    const project = compose(`services:
  client: {image: c, environment: {REDIS_URL: "redis+sentinel://s:26379/main"}}
  redis: {image: "redis:8.2.3"}
  s: {image: "bitnami/redis-sentinel:8.2", environment: {${environment}}}
`);
    expect(project.facts('connection', Object.keys(expected), 'client')).toEqual(expected);
  });

  test('a chart that starts it by a script of its own: the server of the same pod is what it leads to', () => {
    const subjects = world(
      deployment('redis', 'image: docker.io/bitnami/redis:8.2.1\nenv: [{name: ALLOW_EMPTY_PASSWORD, value: "yes"}]\nports: [{containerPort: 6379}]', {
        pod: 'initContainers:\n  - {name: sentinel, image: "docker.io/bitnami/redis-sentinel:8.2.1", restartPolicy: Always, command: [/bin/bash, -c, /scripts/start-sentinel.sh], ports: [{containerPort: 26379}]}',
      }),
      service('redis', '{selector: {app: redis}, ports: [{port: 6379}, {port: 26379}]}'),
      url('redis+sentinel://redis:26379/mymaster'),
    );
    expect(ofClient(subjects, ['leadsTo', 'needsNoPassword'])).toEqual({ leadsTo: 'server', needsNoPassword: true });
  });

  test('a configuration that was not seen leaves the way open', () => {
    const subjects = world(
      ...OPEN_REDIS,
      deployment('sentinel', 'image: redis:8.2.3\ncommand: [redis-sentinel, /etc/redis/sentinel.conf]\nvolumeMounts: [{name: c, mountPath: /etc/redis}]', {
        volumes: '- {name: c, secret: {secretName: gone}}',
      }),
      service('sentinel', '{selector: {app: sentinel}, ports: [{port: 26379}]}'),
      url('redis+sentinel://sentinel:26379/mymaster'),
    );
    expect(ofClient(subjects, ['leadsTo', 'needsNoPassword'])).toEqual({ leadsTo: 'sentinel', needsNoPassword: undefined });
    expect(subjects.one('connection', 'client').absence('connection.needsNoPassword').because).toContain('which servers it watches is not known');
  });
});

describe('pgbouncer', () => {
  const HBA = 'hostssl all all all scram-sha-256';
  const postgres = (hba = HBA): string[] => [
    configMap('pg', { 'postgresql.conf': "listen_addresses = '*'\nhba_file = '/etc/pg/pg_hba.conf'\nssl = on", 'pg_hba.conf': hba }),
    deployment('db', 'image: postgres:18.6\nargs: [-c, config_file=/etc/pg/postgresql.conf]\nvolumeMounts: [{name: c, mountPath: /etc/pg}]', {
      volumes: '- {name: c, configMap: {name: pg}}',
    }),
    service('db', '{selector: {app: db}, ports: [{port: 5432}]}'),
  ];
  const bouncer = (ini: string): string[] => proxy('bouncer', 'edoburu/pgbouncer:1.25.0', '/etc/pgbouncer/pgbouncer.ini', ini, 6432);
  const app = (query: string, database = 'app'): string => client({ DATABASE_URL: `postgres://app@bouncer:6432/${database}${query}` });
  const INI = '[databases]\napp = host=db dbname=app\n[pgbouncer]\n';

  test.each<[string, string, string, Readonly<Record<string, unknown>>]>([
    ['no TLS for clients is the default', INI, '', { leadsTo: 'server', isTlsAssured: false, plaintextPossible: true }],
    ['and who insists will not connect', INI, '?sslmode=require', { willNotConnect: true }],
    ['it insists', `${INI}client_tls_sslmode = require`, '?sslmode=require', { isTlsAssured: true, willNotConnect: false, plaintextPossible: false }],
    ['it insists, and the server is open', `${INI}client_tls_sslmode = require\nserver_tls_sslmode = prefer`, '?sslmode=require', { isTlsAssured: true, plaintextPossible: false }],
    ['anybody', `${INI}auth_type = any`, '', { needsNoPassword: true }],
    ['trust', `${INI}auth_type = trust`, '', { needsNoPassword: true }],
    ['a password', `${INI}auth_type = scram-sha-256`, '', { needsNoPassword: false }],
    ['rules that are not read', `${INI}auth_type = hba`, '', { needsNoPassword: undefined }],
  ])('%s', (_, ini, query, expected) => {
    expect(world(...postgres(), ...bouncer(ini), app(query)).facts('connection', Object.keys(expected), 'client')).toEqual(expected);
  });

  test('a way is as weak as its last leg', () => {
    const subjects = world(...postgres('host all all all scram-sha-256'), ...bouncer(`${INI}client_tls_sslmode = require`), app('?sslmode=require'));
    expect(subjects.facts('connection', ['isTlsAssured', 'plaintextPossible'], 'client')).toEqual({ isTlsAssured: true, plaintextPossible: true });
    expect(subjects.facts('connection', ['isTlsAssured', 'plaintextPossible'], 'bouncer')).toEqual({ isTlsAssured: false, plaintextPossible: true });
  });

  test('databases by their names', () => {
    const ini = '[databases]\napp = host=db\n* = host=elsewhere.example.com\n[pgbouncer]\n';
    expect(world(...postgres(), ...bouncer(ini), app('')).fact('connection.leadsTo', 'client')).toBe('server');
    expect(world(...postgres(), ...bouncer(ini), app('', 'other')).fact('connection.leadsTo', 'client')).toBe('pooler');
    const none = world(...postgres(), ...bouncer('[databases]\napp = host=db\n[pgbouncer]\n'), app('', 'other'));
    expect(none.fact('connection.leadsTo', 'client')).toBe('pooler');
  });

  test.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['edoburu', 'image: "edoburu/pgbouncer:1.25.0", environment: {DB_HOST: db, DB_USER: app, DB_NAME: app}', { leadsTo: 'server', isTlsAssured: false, needsNoPassword: false }],
    [
      'edoburu, trusting',
      'image: "edoburu/pgbouncer:1.25.0", environment: {DATABASE_URL: "postgres://app@db/app", AUTH_TYPE: trust}',
      { leadsTo: 'server', needsNoPassword: true },
    ],
    ['bitnami', 'image: "bitnami/pgbouncer:1.25.0", environment: {POSTGRESQL_HOST: db, PGBOUNCER_PORT: "5432"}', { leadsTo: 'server', isTlsAssured: false }],
    [
      'bitnami, TLS',
      'image: "bitnami/pgbouncer:1.25.0", environment: {POSTGRESQL_HOST: db, PGBOUNCER_PORT: "5432", PGBOUNCER_CLIENT_TLS_SSLMODE: require}',
      { leadsTo: 'server', isTlsAssured: false, plaintextPossible: true },
    ],
  ])('of variables: %s', (_, lines, expected) => {
    const project = compose(`services:
  client: {image: c, environment: {DATABASE_URL: "postgres://app@bouncer:5432/app?sslmode=prefer"}}
  bouncer: {${lines}}
  db: {image: "postgres:18.6"}
`);
    expect(project.facts('connection', Object.keys(expected), 'client')).toEqual(expected);
  });

  test('an exporter of it is none', () => {
    expect(world(deployment('x', 'image: prometheuscommunity/pgbouncer-exporter:v0.10\nports: [{containerPort: 5432}]')).of('datastore')).toEqual([]);
  });
});

test('cloud-sql-proxy: plain text beside the client, and over the network if it stands elsewhere', () => {
  const beside = world(
    deployment('client', 'image: c:1\nenv: [{name: DATABASE_URL, value: "postgres://app@127.0.0.1:5432/app"}]', {
      pod: 'initContainers:\n  - {name: p, image: "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.0", restartPolicy: Always, args: [--port=5432, "p:r:i"]}',
    }),
  );
  expect(beside.facts('connection', ['leadsTo', 'crossesNetwork', 'plaintextPossible', 'hasPublicAddress'], 'client')).toEqual({
    leadsTo: 'managed',
    crossesNetwork: false,
    plaintextPossible: false,
    hasPublicAddress: false,
  });
  const apart = world(
    deployment('proxy', 'image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.0\nargs: [--address=0.0.0.0, --port=5432, "p:r:i"]'),
    service('proxy', '{selector: {app: proxy}, ports: [{port: 5432}]}'),
    client({ DATABASE_URL: 'postgres://app@proxy/app' }),
  );
  expect(apart.facts('connection', ['leadsTo', 'crossesNetwork', 'plaintextPossible'], 'client')).toEqual({ leadsTo: 'managed', crossesNetwork: true, plaintextPossible: true });
});

describe('poolers and sentinels of operators', () => {
  const cluster = 'apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg}\nspec: {instances: 3, imageName: "ghcr.io/cloudnative-pg/postgresql:18.1"}\n';
  const pooler = (pgbouncer: string, name = 'pg-pooler'): string =>
    `apiVersion: postgresql.cnpg.io/v1\nkind: Pooler\nmetadata: {name: ${name}}\nspec: {cluster: {name: pg}, type: rw, pgbouncer: ${pgbouncer}}\n`;
  const app = (host: string, query = ''): string => client({ DATABASE_URL: `postgres://app@${host}/app${query}` });

  test.each<[string, string[], Readonly<Record<string, unknown>>]>([
    ['CloudNativePG', [cluster, pooler('{poolMode: session}'), app('pg-pooler')], { leadsTo: 'server', isTlsAssured: false, plaintextPossible: true }],
    [
      'CloudNativePG, a client that insists',
      [cluster, pooler('{poolMode: session}'), app('pg-pooler', '?sslmode=require')],
      { leadsTo: 'server', isTlsAssured: true, plaintextPossible: false },
    ],
    [
      'CloudNativePG, parameters',
      [cluster, pooler('{poolMode: session, parameters: {client_tls_sslmode: require}}'), client({ DB_HOST: 'pg-pooler', DB_USER: 'a', DB_NAME: 'app' })],
      { isTlsAssured: true, plaintextPossible: false },
    ],
    [
      'CloudNativePG, no TLS behind it',
      [cluster, pooler('{poolMode: session, parameters: {server_tls_sslmode: prefer}}'), app('pg-pooler', '?sslmode=require')],
      { isTlsAssured: false },
    ],
    ['CloudNativePG, its cluster is not there', [pooler('{poolMode: session}'), app('pg-pooler')], { leadsTo: 'pooler', isTlsAssured: false }],
    [
      'CloudNativePG, an additional Service',
      [cluster.replace('instances: 3', 'managed: {services: {additional: [{selectorType: rw, serviceTemplate: {metadata: {name: db-out}}}]}}, instances: 3'), app('db-out')],
      { leadsTo: 'server' },
    ],
    [
      'Zalando',
      ['apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: acid}\nspec: {enableConnectionPooler: true, postgresql: {version: "17"}}\n', app('acid-pooler')],
      { leadsTo: 'server', plaintextPossible: false },
    ],
    [
      'Zalando without a pooler',
      ['apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: acid}\nspec: {postgresql: {version: "17"}}\n', app('acid-pooler')],
      { leadsTo: 'unseen' },
    ],
    [
      'Crunchy',
      [
        'apiVersion: postgres-operator.crunchydata.com/v1beta1\nkind: PostgresCluster\nmetadata: {name: hippo}\nspec: {postgresVersion: 17, proxy: {pgBouncer: {replicas: 2}}}\n',
        app('hippo-pgbouncer'),
      ],
      { leadsTo: 'server', plaintextPossible: false },
    ],
    [
      'Crunchy, clients let off TLS',
      [
        'apiVersion: postgres-operator.crunchydata.com/v1beta1\nkind: PostgresCluster\nmetadata: {name: hippo}\nspec: {postgresVersion: 17, proxy: {pgBouncer: {config: {global: {client_tls_sslmode: disable}}}}}\n',
        app('hippo-pgbouncer'),
      ],
      { leadsTo: 'server', plaintextPossible: true },
    ],
    [
      'Spotahome’s sentinel',
      ['apiVersion: databases.spotahome.com/v1\nkind: RedisFailover\nmetadata: {name: cache}\nspec: {auth: {secretPath: s}}\n', url('redis+sentinel://rfs-cache:26379/mymaster')],
      { leadsTo: 'server', plaintextPossible: true },
    ],
    [
      'Opstree’s sentinel',
      [
        'apiVersion: redis.redis.opstreelabs.in/v1beta2\nkind: RedisReplication\nmetadata: {name: rep}\nspec: {kubernetesConfig: {image: "quay.io/opstree/redis:v7.0.15"}, TLS: {secret: {secretName: t}}}\n',
        'apiVersion: redis.redis.opstreelabs.in/v1beta2\nkind: RedisSentinel\nmetadata: {name: s}\nspec: {redisSentinelConfig: {redisReplicationName: rep}}\n',
        url('rediss-sentinel://s-sentinel:26379/0#myMaster'),
      ],
      { leadsTo: 'server', willNotConnect: true },
    ],
    ['an operator that is not read', ['apiVersion: pgv2.percona.com/v2\nkind: PerconaPGCluster\nmetadata: {name: c}\nspec: {}\n', app('c-pgbouncer')], { leadsTo: 'unseen' }],
  ])('%s', (_, documents, expected) => {
    expect(world(...documents).facts('connection', Object.keys(expected), 'client')).toEqual(expected);
  });

  test('what an operator makes and nobody reads is named', () => {
    const subjects = world('apiVersion: dragonflydb.io/v1alpha1\nkind: Dragonfly\nmetadata: {name: df}\nspec: {}\n', url('redis://df'));
    expect(subjects.one('connection').absence('connection.needsNoPassword').because).toBe('an operator makes Service df of Dragonfly df, and what it sets is not read');
  });

  test('places of both ends', () => {
    const subjects = world(cluster, pooler('{poolMode: session, parameters: {client_tls_sslmode: allow}}'), app('pg-pooler'));
    expect(lineOf(subjects.one('connection'), 'connection.plaintextPossible').split(' ')).toHaveLength(2);
  });
});

describe('what may be chosen is followed, all of it', () => {
  const both = [...TLS_REDIS, deployment('open', 'image: redis:8.2.3\nports: [{containerPort: 6379}]'), service('open', '{selector: {app: open}, ports: [{port: 6379}]}')];
  const leads = (subjects: Subjects): unknown[] =>
    subjects
      .of('connection')
      .filter((subject) => subject.identity().name === 'client')
      .map(({ facts }) => (facts as { way?: string }).way)
      .sort();
  const ENDS = ['Service lb, haproxy, Service open', 'Service lb, haproxy, Service redis'];

  test.each([
    ['by what a request says', '%[src,map(/m)]'],
    ['by its beginning', 'be_%[src]'],
    ['by a variable', '"${WHICH}"'],
  ])('backends that are named %s', (_, name) => {
    const text = `defaults\n  mode tcp\nfrontend f\n  bind :6379\n  use_backend ${name}\n  default_backend be_a\nbackend be_a\n  server a redis:6379\nbackend be_b\n  server b open:6379\nbackend other\n  mode http\n`;
    expect(leads(world(...both, ...haproxy(text), url('rediss://lb')))).toEqual(ENDS);
  });

  test('pods of one Service that are set up differently, in whatever order they are read', () => {
    const one = (name: string, server: string): string[] => {
      const [map = '', workload = ''] = proxy(name, 'haproxy:3.2', '/usr/local/etc/haproxy/haproxy.cfg', `listen r\n  bind :6379\n  server a ${server}:6379`, 6379);
      return [map, workload.replaceAll(`app: ${name}`, 'app: lb')];
    };
    const parts = [one('blue', 'redis'), one('green', 'open')];
    for (const order of [parts, parts.toReversed()])
      expect(leads(world(...both, ...order.flat(), service('lb', '{selector: {app: lb}, ports: [{port: 6379}]}'), url('rediss://lb')))).toEqual(ENDS);
  });

  test('a port that is bound twice, once for TLS', () => {
    const text = 'listen a\n  bind 10.0.0.1:6379 ssl crt /c\n  server a open:6379\nlisten b\n  bind 10.0.0.2:6379\n  server a open:6379';
    const subjects = world(...both, ...haproxy(text), url('redis://lb'));
    expect(leads(subjects)).toHaveLength(2);
  });

  test('a socket is no port that anybody calls', () => {
    const text = 'listen a\n  bind /run/a.sock\n  server a redis:6379\nlisten b\n  bind :6379\n  server b open:6379';
    expect(leads(world(...both, ...haproxy(text), url('redis://lb')))).toEqual(['Service lb, haproxy, Service open']);
    expect(leads(world(...both, ...haproxy(text), url('redis://lb:7000')))).not.toContain('Service lb, haproxy, Service redis');
  });

  test('each database behind a proxy and a pooler is its own', () => {
    const postgres = (name: string, env: string): string[] => [
      deployment(name, `image: postgres:18.6\nports: [{containerPort: 5432}]\nenv: [${env}]`),
      service(name, `{selector: {app: ${name}}, ports: [{port: 5432}]}`),
    ];
    const app = (name: string): string => deployment(name, `image: app:1\nenv: [{name: DATABASE_URL, value: "postgres://u@st/${name}?sslmode=require"}]`);
    const subjects = world(
      ...postgres('one', '{name: POSTGRES_PASSWORD, value: EXAMPLE-not-a-password}'),
      ...postgres('two', '{name: POSTGRES_PASSWORD, value: EXAMPLE-not-a-password}'),
      ...proxy('pool', 'edoburu/pgbouncer:1.24', '/etc/pgbouncer/pgbouncer.ini', '[databases]\na = host=one\nb = host=two\n[pgbouncer]\nlisten_port=6432\n', 6432),
      ...proxy('st', 'stunnel:5', '/etc/stunnel/stunnel.conf', '[pg]\naccept=5432\nconnect=pool:6432\n', 5432),
      app('a'),
      app('b'),
    );
    expect(['a', 'b'].map((name) => subjects.fact('connection.way', name))).toEqual([
      'Service st, stunnel, Service pool, pgbouncer, Service one',
      'Service st, stunnel, Service pool, pgbouncer, Service two',
    ]);
  });
});

test('haproxy takes variables of an address without quotes, and what is no host is not told', () => {
  const withVariable = (text: string): string => text.replace(/( +)image: haproxy:3.2\n/, '$&$1env: [{name: HOST, value: redis}]\n');
  const named = (address: string): Subjects => world(...OPEN_REDIS, ...haproxy(`listen r\n  bind :6379\n  server a ${address}`).map(withVariable), url('redis://lb'));
  expect(named('${HOST}:6379').fact('connection.way', 'client')).toBe('Service lb, haproxy, Service redis');
  expect(named('$HOST:6379').fact('connection.leadsTo', 'client')).toBe('server');
  expect(named('${OTHER}:6379').fact('connection.leadsTo', 'client')).toBe('unseen');
  const told = (subjects: Subjects): string =>
    subjects
      .of('connection')
      .flatMap(({ facts }) => Object.values(facts))
      .join(' ');
  expect(told(named('user:EXAMPLE-not-a-password@redis:6379'))).not.toContain('EXAMPLE-not');
  const through = proxy('st', 'stunnel:5', '/etc/stunnel/stunnel.conf', '[r]\nclient=yes\naccept=6379\nconnect=user:EXAMPLE-not-a-password@redis:6379\n', 6379);
  expect(told(world(...through, url('redis://st')))).not.toContain('EXAMPLE-not');
});

describe('settings that are made to take long', () => {
  test.each<[string, string]>([
    ['itself, many times', `listen r\n  bind :6379\n${Array.from({ length: 40 }, (_, index) => `  server s${index} lb:6379\n`).join('')}`],
    ['many sections', Array.from({ length: 20_000 }, (_, index) => `listen r${index}\n  bind :${(index % 5000) + 1}\n`).join('')],
    ['many defaults of servers', `listen r\n  bind :6379\n${'  default-server weight 1\n  server s elsewhere.example.com:6379\n'.repeat(8000)}`],
    ['many frontends with many servers', `${'listen r\n  bind :6379\n  default_backend b\n'.repeat(3000)}backend b\n${'  server s x:1\n'.repeat(10_000)}`],
  ])('haproxy: %s', (_, text) => {
    expect(ofClient(world(...haproxy(text), url('redis://lb')), ['isTlsAssured'])).toEqual({ isTlsAssured: false });
  });

  test('stunnel: options for all of many services', () => {
    const text = `${'a=1\n'.repeat(20_000)}${'[a]\n'.repeat(20_000)}`;
    const subjects = world(...proxy('st', 'stunnel:5', '/etc/stunnel/stunnel.conf', text, 6379), url('redis://st'));
    expect(subjects.one('connection', 'client').absence('connection.needsNoPassword').because).toBe(
      'stunnel stands between, and its configuration has more services than are followed',
    );
  });

  test('a circle says that it was followed no further', () => {
    const subjects = world(...haproxy('listen r\n  bind :6379\n  server s lb:6379'), url('redis://lb'));
    expect(subjects.one('connection', 'client').absence('connection.needsNoPassword').because).toBe('more hops stand between than are followed');
  });
});

describe('a hop of which it is not seen where it leads', () => {
  const unread = (image: string, more = ''): string => deployment('hop', `image: ${image}\nports: [{containerPort: 5432}]${more}`);
  const entrance = service('hop', '{selector: {app: hop}, ports: [{port: 5432}]}');
  const demanding = client({ DATABASE_URL: 'postgres://app@hop/app?sslmode=require' });

  test.each([
    ['settings that are not part of the scan', [unread('edoburu/pgbouncer:v1.25.0-p0')], 'its pgbouncer.ini is not part of this scan'],
    ['one whose settings are never read', [unread('pgpool/pgpool:4.5')], 'what it does on either side was not read'],
    [
      'settings that name no server',
      [
        unread('edoburu/pgbouncer:v1.25.0-p0', '\nvolumeMounts: [{name: c, mountPath: /etc/pgbouncer}]').replace(/$/, '      volumes: [{name: c, configMap: {name: ini}}]\n'),
        configMap('ini', { 'pgbouncer.ini': '[databases]\n[pgbouncer]\nlisten_port = 5432\nclient_tls_sslmode = require' }),
      ],
      'which server it leads to was not seen',
    ],
  ])('%s: that the client demands TLS assures nothing behind it', (_, documents, because) => {
    const subjects = world(...documents, entrance, demanding);
    expect(ofClient(subjects, ['demandsTls', 'isTlsAssured', 'plaintextPossible'])).toEqual({ demandsTls: true, isTlsAssured: undefined, plaintextPossible: undefined });
    for (const fact of ['isTlsAssured', 'plaintextPossible']) expect(subjects.one('connection', 'client').absence(`connection.${fact}`).because).toContain(because);
  });

  test('what stands in the pod of the client may leave it', () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
    - {name: app, image: a, env: [{name: DATABASE_URL, value: "postgres://app@localhost/app"}]}
    - {name: hop, image: "edoburu/pgbouncer:v1.25.0-p0"}
`;
    expect(world(pod).facts('connection', ['leadsTo', 'crossesNetwork', 'plaintextPossible'])).toEqual({
      leadsTo: 'pooler',
      crossesNetwork: undefined,
      plaintextPossible: undefined,
    });
  });
});
