import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/evaluate.ts';
import type { Derived } from '../../../src/facts/derived.ts';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import type { Finding } from '../../../src/model/report.ts';
import { compilePolicy } from '../../compile-policy.ts';
import { compose, kubernetes, type Subjects } from '../support.ts';
import { client, deployment, service, world } from './world.ts';

function policy(require: string): CompiledPolicy {
  return compilePolicy({
    subject: 'connection',
    when: 'workload.name == "client"',
    require,
    message: '{datastore.name}',
    expected: '{datastore.name}',
    show: ['datastore.acceptsPlaintext', 'datastore.requiresPassword'],
  });
}

/** The one finding that a sentence comes to for the client. */
function judge(subjects: Subjects, sentence: string): Finding {
  const { findings } = evaluate(subjects.all as readonly Derived[], [policy(sentence)], { defaultNamespace: '', keepPasses: true });
  const [finding] = findings;
  if (finding === undefined || findings.length > 1) throw new Error(`${findings.length} findings`);
  return finding;
}

const outcome = (subjects: Subjects, sentence: string): string => judge(subjects, sentence).outcome;
const ends = (subjects: Subjects): string[] => subjects.of('connection').flatMap((pair) => pair.parents.find(({ type }) => type === 'datastore')?.identity().name ?? []);

const SECRET = 'EXAMPLE-not-a-password';
const TLS = '--tls-cert-file, /c, --tls-key-file, /k, --tls-ca-cert-file, /a';
const shared = (name: string, lines: string, more: { annotations?: string; pod?: string } = {}): string => deployment(name, lines, { labels: '{app: db}', ...more });
const redis = (name: string, args: string): string => shared(name, `image: redis:8.2.3\nargs: [${args}]\nports: [{containerPort: 6379}]`);
/** Nothing but its port is known of it. */
const stranger = (name: string, port: number): string => shared(name, `image: registry.example.com/ours:1\nports: [{containerPort: ${port}}]`);
const postgres = (name: string, args: string, environment = `POSTGRES_PASSWORD: ${SECRET}`): string => {
  const env = environment.split(', ').map((pair) => `{name: ${pair.replace(': ', ', value: ')}}`);
  return shared(name, `image: postgres:18.6\nargs: [${args}]\nenv: [${env.join(', ')}]\nports: [{containerPort: 5432}]`);
};

const PG_TLS = '-c, ssl=on, -c, hba_file=/etc/hba/pg_hba.conf';
const withHba = (name: string, record: string): string[] => [
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}-hba}\ndata:\n  pg_hba.conf: |\n    ${record}\n`,
  deployment(
    name,
    `image: postgres:18.6\nargs: [${PG_TLS}]\nenv: [{name: POSTGRES_PASSWORD, value: ${SECRET}}]\nports: [{containerPort: 5432}]\nvolumeMounts: [{name: hba, mountPath: /etc/hba}]`,
    { labels: '{app: db}', volumes: `- {name: hba, configMap: {name: ${name}-hba}}` },
  ),
];

const REDIS_SERVICE = service('db', '{selector: {app: db}, ports: [{port: 6379}]}');
const PG_SERVICE = service('db', '{selector: {app: db}, ports: [{port: 5432}]}');
const SIDECAR = { annotations: '{linkerd.io/inject: enabled}' };

/** What the better server, the worse one and one of which nothing is known come to, together and in any order. */
const FACTS: readonly (readonly [string, string, Readonly<Record<'address' | 'service', string>>, readonly string[], readonly string[], readonly string[]])[] = [
  [
    'plaintextPossible',
    '!connection.plaintextPossible',
    { address: `redis://:${SECRET}@db`, service: REDIS_SERVICE },
    [redis('strong', `--port, "0", --tls-port, "6379", ${TLS}, --requirepass, ${SECRET}`)],
    [redis('weak', `--requirepass, ${SECRET}`)],
    [stranger('unread', 6379)],
  ],
  [
    'plaintextPossible, by record',
    '!connection.plaintextPossible',
    { address: `postgres://app:${SECRET}@db/app?sslmode=prefer`, service: PG_SERVICE },
    withHba('strong', 'hostssl all all all scram-sha-256'),
    withHba('weak', 'host all all all scram-sha-256'),
    [stranger('unread', 5432)],
  ],
  [
    'isTlsAssured',
    'connection.isTlsAssured',
    { address: '', service: PG_SERVICE },
    withHba('strong', 'hostssl all all all scram-sha-256'),
    [postgres('weak', '')],
    [stranger('unread', 5432)],
  ],
  [
    'needsNoPassword',
    '!connection.needsNoPassword',
    { address: 'redis://db', service: REDIS_SERVICE },
    [redis('strong', `--requirepass, ${SECRET}`)],
    [redis('weak', '--protected-mode, "no"')],
    [stranger('unread', 6379)],
  ],
  [
    'needsNoPassword, by record',
    '!connection.needsNoPassword',
    { address: `postgres://app:${SECRET}@db/app?sslmode=require`, service: PG_SERVICE },
    withHba('strong', 'hostssl all all all scram-sha-256'),
    withHba('weak', 'host all all all trust'),
    [stranger('unread', 5432)],
  ],
  [
    'usesSuperuser',
    '!connection.usesSuperuser',
    { address: `postgres://app:${SECRET}@db/app`, service: PG_SERVICE },
    [postgres('strong', '')],
    [postgres('weak', '', `POSTGRES_PASSWORD: ${SECRET}, POSTGRES_USER: app`)],
    [stranger('unread', 5432)],
  ],
  [
    'willNotConnect',
    '!connection.willNotConnect && connection.whyNot == ""',
    { address: `rediss://:${SECRET}@db`, service: REDIS_SERVICE },
    [redis('strong', `--port, "0", --tls-port, "6379", ${TLS}, --requirepass, ${SECRET}`)],
    [redis('weak', `--requirepass, ${SECRET}`)],
    [stranger('unread', 6379)],
  ],
];

describe('of several servers behind one Service a client may meet any', () => {
  describe.each(FACTS)('%s', (_, sentence, { address, service: entrance }, strong, weak, unread) => {
    const caller = address === '' ? client({ PGHOST: 'db', PGUSER: 'app', PGPASSWORD: SECRET }) : client({ [address.startsWith('redis') ? 'REDIS_URL' : 'DATABASE_URL']: address });
    test.each<[string, readonly string[], string]>([
      ['the better one alone', strong, 'pass'],
      ['the worse one alone', weak, 'violation'],
      ['one that is not known alone', unread, 'unknown'],
      ['the better one and the worse one', [...strong, ...weak], 'violation'],
      ['the better one and one that is not known', [...strong, ...unread], 'unknown'],
      ['the worse one and one that is not known', [...weak, ...unread], 'violation'],
    ])('%s', (__, servers, expected) => {
      expect(outcome(world(...servers, entrance, caller), sentence)).toBe(expected);
      expect(outcome(world(caller, entrance, ...servers.toReversed()), sentence)).toBe(expected);
    });
  });

  test('isMeshEncrypted', () => {
    const meshed = (name: string, annotations: string): string => shared(name, 'image: redis:8.2.3\nports: [{containerPort: 6379}]', { annotations });
    const [strong, weak] = [meshed('strong', SIDECAR.annotations), meshed('weak', '{}')];
    const caller = client({ REDIS_URL: 'redis://db' }, SIDECAR);
    const of = (...servers: readonly string[]): string => outcome(world(...servers, REDIS_SERVICE, caller), 'connection.isMeshEncrypted && !connection.plaintextPossible');
    expect([of(strong), of(weak), of(strong, weak), of(weak, strong)]).toEqual(['pass', 'violation', 'violation', 'violation']);
  });

  test('hasPublicAddress and isOutside: one of several endpoints is enough', () => {
    const slice = (...addresses: readonly string[]): string =>
      `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: db-1, labels: {kubernetes.io/service-name: db}}\naddressType: IPv4\nendpoints: [${addresses.map((address) => `{addresses: [${address}]}`).join(', ')}]\n`;
    const caller = client({ REDIS_URL: 'redis://db' });
    const of = (...addresses: readonly string[]): string => outcome(world(service('db', '{ports: [{port: 6379}]}'), slice(...addresses), caller), '!connection.hasPublicAddress');
    expect([of('10.0.0.5'), of('10.0.0.5', '203.0.113.7'), of('203.0.113.7', '10.0.0.5')]).toEqual(['pass', 'violation', 'violation']);
    const inside = [redis('strong', '""'), service('real', '{clusterIP: 10.96.0.9, selector: {app: db}, ports: [{port: 6379}]}')];
    const both = world(...inside, service('db', '{ports: [{port: 6379}]}'), slice('10.96.0.9', '203.0.113.7'), caller);
    expect(outcome(both, '!connection.isOutside')).toBe('violation');
    expect(ends(both)).toEqual(['strong', '203.0.113.7']);
  });

  test('roleSharedWith: another application at any of them', () => {
    const url = { DATABASE_URL: `postgres://app:${SECRET}@db/app` };
    const other = deployment('other', `image: o\nenv: [{name: DATABASE_URL, value: "postgres://app:${SECRET}@second/app"}]`);
    const second = service('second', '{selector: {app: db, role: second}, ports: [{port: 5432}]}');
    const server = (name: string): string => deployment(name, `image: postgres:18.6\nenv: [{name: POSTGRES_PASSWORD, value: ${SECRET}}]`, { labels: `{app: db, role: ${name}}` });
    expect(outcome(world(server('first'), server('second'), PG_SERVICE, second, other, client(url)), 'connection.roleSharedWith.size() == 0')).toBe('violation');
    expect(outcome(world(server('first'), server('third'), PG_SERVICE, second, other, client(url)), 'connection.roleSharedWith.size() == 0')).toBe('pass');
  });

  test('the finding shows the server that decided, whatever the order', () => {
    const servers = [redis('strong', `--requirepass, ${SECRET}`), redis('weak', '--protected-mode, "no"')];
    for (const order of [servers, servers.toReversed()]) {
      const { message, evidence, subject } = judge(world(...order, REDIS_SERVICE, client({ REDIS_URL: 'redis://db' })), '!connection.needsNoPassword');
      expect([message, subject.part]).toEqual(['weak', 'connection REDIS_URL']);
      expect(evidence.find(({ fact }) => fact === 'datastore.requiresPassword')?.value).toBe(false);
    }
  });

  test('of two that are not known, the reasons of both are told', () => {
    const hidden = redis('hidden', '--aclfile, /gone/users.acl');
    const { outcome: verdict, because } = judge(world(stranger('unread', 6379), hidden, REDIS_SERVICE, client({ REDIS_URL: 'redis://db' })), '!connection.needsNoPassword');
    expect(verdict).toBe('unknown');
    expect(because).toEqual([expect.stringContaining('/gone/users.acl is not part of the scan'), expect.stringContaining('only its port tells')]);
  });

  test('two that are alike are one finding, and the same one in any order', () => {
    const servers = [redis('blue', '""'), redis('green', '""')];
    const [first, second] = [servers, servers.toReversed()].map((order) =>
      judge(world(...order, REDIS_SERVICE, client({ REDIS_URL: 'redis://db' })), '!connection.needsNoPassword'),
    );
    expect([first?.expected, second?.expected, first?.id]).toEqual(['blue', 'blue', second?.id]);
  });
});

describe('ways to several servers', () => {
  const STRONG = redis('strong', `--requirepass, ${SECRET}`);
  const WEAK = redis('weak', '--protected-mode, "no"');
  const PASSWORD = '!connection.needsNoPassword';
  const caller = client({ REDIS_URL: 'redis://db' });

  test.each<[string, readonly string[]]>([
    [
      'an ExternalName',
      [service('db', '{type: ExternalName, externalName: real.default.svc.cluster.local}', 'default'), service('real', '{selector: {app: db}, ports: [{port: 6379}]}', 'default')],
    ],
    ['a headless name', [service('db', '{clusterIP: None, selector: {app: db}}', 'default')]],
    ['a named port', [service('db', '{selector: {app: db}, ports: [{port: 6379, targetPort: 6379}]}', 'default')]],
  ])('%s', (_, services) => {
    const inDefault = (text: string): string => text.replace('metadata:\n', 'metadata:\n  namespace: default\n');
    for (const servers of [
      [STRONG, WEAK],
      [WEAK, STRONG],
    ])
      expect(outcome(world(...servers.map(inDefault), ...services, inDefault(caller)), PASSWORD)).toBe('violation');
  });

  test('a Deployment and a StatefulSet', () => {
    const stateful = WEAK.replace('kind: Deployment', 'kind: StatefulSet');
    expect(ends(world(STRONG, stateful, REDIS_SERVICE, caller))).toEqual(['strong', 'weak']);
    expect(ends(world(stateful, STRONG, REDIS_SERVICE, caller))).toEqual(['strong', 'weak']);
  });

  test('a pod’s own name says which StatefulSet is meant', () => {
    const sets = [STRONG, WEAK].map((text) => text.replace('kind: Deployment', 'kind: StatefulSet'));
    const headless = service('db', '{clusterIP: None, selector: {app: db}}');
    const of = (host: string): string => outcome(world(...sets, headless, client({ REDIS_URL: `redis://${host}` })), PASSWORD);
    expect([of('strong-0.db'), of('weak-0.db'), of('other-0.db'), of('db')]).toEqual(['pass', 'violation', 'violation', 'violation']);
  });

  test('each pod has its own number for the name of a port', () => {
    const named = (name: string, args: string, port: number): string => shared(name, `image: redis:8.2.3\nargs: [${args}]\nports: [{name: redis, containerPort: ${port}}]`);
    const strong = named('strong', `--port, "0", --tls-port, "6380", ${TLS}`, 6380);
    const weak = named('weak', `--port, "6379", --tls-port, "6380", ${TLS}`, 6379);
    const byName = service('db', '{selector: {app: db}, ports: [{port: 6379, targetPort: redis}]}');
    for (const order of [
      [strong, weak],
      [weak, strong],
    ])
      expect(outcome(world(...order, byName, client({ REDIS_URL: 'redis://db' })), '!connection.plaintextPossible')).toBe('violation');
    expect(outcome(world(strong, redis('weak', '""'), byName, client({ REDIS_URL: 'redis://db' })), '!connection.plaintextPossible')).toBe('pass');
  });

  test('what says that it listens elsewhere does not answer, what says nothing may', () => {
    const web = (ports: string): string => shared('web', `image: registry.example.com/web:1\n${ports}`);
    expect(outcome(world(STRONG, web('ports: [{containerPort: 8080}]'), REDIS_SERVICE, caller), PASSWORD)).toBe('pass');
    expect(outcome(world(STRONG, web('tty: false'), REDIS_SERVICE, caller), PASSWORD)).toBe('unknown');
    expect(outcome(world(STRONG, postgres('other', ''), REDIS_SERVICE, caller), PASSWORD)).toBe('pass');
    const [reason] = judge(world(STRONG, web('tty: false'), REDIS_SERVICE, caller), PASSWORD).because;
    expect(reason).toBe('Service db leads to web, which is not known to be a redis server');
    for (const image of ['oliver006/redis_exporter:v1.80.0', 'rediscommander/redis-commander:0.9', 'dpage/pgadmin4:9', 'adminer:5'])
      expect(outcome(world(STRONG, web('tty: false').replace('registry.example.com/web:1', image), REDIS_SERVICE, caller), PASSWORD)).toBe('pass');
    const job = web('tty: false').replace('apiVersion: apps/v1\nkind: Deployment', 'apiVersion: batch/v1\nkind: Job');
    expect(outcome(world(STRONG, job, REDIS_SERVICE, caller), PASSWORD)).toBe('pass');
    expect(outcome(world(postgres('other', ''), REDIS_SERVICE, caller), PASSWORD)).toBe('unknown');
  });

  test('two servers of one pod: the port tells which', () => {
    const pod = (first: string, second: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: db}}\nspec:\n  containers:\n    - {name: first, image: "redis:8.2.3", args: [${first}]}\n    - {name: second, image: "redis:8.2.3", args: [${second}]}\n    - {name: client, image: c, env: [{name: REDIS_URL, value: "redis://localhost:6380"}]}\n`;
    const safe = `--requirepass, ${SECRET}`;
    const needs = (text: string): unknown[] =>
      kubernetes(text)
        .of('connection')
        .map(({ facts }) => (facts as { needsNoPassword?: boolean }).needsNoPassword);
    expect(needs(pod(safe, '--port, "6380"'))).toEqual([true]);
    expect(needs(pod('--port, "6380"', safe))).toEqual([true]);
    expect(needs(pod(`${safe}, --port, "6380"`, '""'))).toEqual([false]);
    expect(needs(pod(`${safe}, --port, "7000"`, '--port, "7001"'))).toEqual([false, true]);
  });

  test('a pooler and a server', () => {
    const bouncer = shared(
      'bouncer',
      `image: bitnami/pgbouncer:1.25.0\nenv: [{name: POSTGRESQL_HOST, value: other}, {name: PGBOUNCER_PORT, value: "5432"}, {name: PGBOUNCER_CLIENT_TLS_SSLMODE, value: require}]\nports: [{containerPort: 5432}]`,
    );
    const url = client({ DATABASE_URL: `postgres://app:${SECRET}@db/app?sslmode=prefer` });
    for (const order of [
      [bouncer, postgres('weak', '')],
      [postgres('weak', ''), bouncer],
    ])
      expect(outcome(world(...order, PG_SERVICE, url), '!connection.plaintextPossible')).toBe('violation');
    expect(outcome(world(bouncer, ...withHba('strong', 'hostssl all all all scram-sha-256'), PG_SERVICE, url), 'connection.isTlsAssured || !connection.plaintextPossible')).toBe(
      'unknown',
    );
  });

  test('several behind a hop that ends the session', () => {
    const cfg = 'defaults\n  mode tcp\nlisten redis\n  bind *:6379 ssl crt /c\n  server db real:6379';
    const proxy = [
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lb}\ndata:\n  haproxy.cfg: |\n    ${cfg.replaceAll('\n', '\n    ')}\n`,
      deployment('lb', 'image: haproxy:3.2\nports: [{containerPort: 6379}]\nvolumeMounts: [{name: c, mountPath: /usr/local/etc/haproxy}]', {
        volumes: '- {name: c, configMap: {name: lb}}',
      }),
      service('lb', '{selector: {app: lb}, ports: [{port: 6379}]}'),
      service('real', '{selector: {app: db}, ports: [{port: 6379}]}'),
      client({ REDIS_URL: 'rediss://lb' }),
    ];
    for (const order of [
      [STRONG, WEAK],
      [WEAK, STRONG],
    ])
      expect(outcome(world(...order, ...proxy), PASSWORD)).toBe('violation');
    expect(outcome(world(STRONG, stranger('unread', 6379), ...proxy), PASSWORD)).toBe('unknown');
    expect(outcome(world(STRONG, ...proxy), PASSWORD)).toBe('pass');
  });

  test('compose: an alias that two services have', () => {
    const project = (...names: readonly string[]): Subjects => {
      const commands: Readonly<Record<string, string>> = { strong: `[redis-server, --requirepass, ${SECRET}]`, weak: '[redis-server]' };
      const servers = names.map((name) => `  ${name}:\n    image: redis:8.2.3\n    command: ${commands[name] ?? '[]'}\n    networks: {default: {aliases: [db]}}\n`);
      return compose(`services:\n  client: {image: c, environment: {REDIS_URL: "redis://db"}}\n${servers.join('')}`);
    };
    expect([outcome(project('strong', 'weak'), PASSWORD), outcome(project('weak', 'strong'), PASSWORD), outcome(project('strong'), PASSWORD)]).toEqual([
      'violation',
      'violation',
      'pass',
    ]);
  });

  test('compose: a port of the host that services of two profiles publish', () => {
    const server = (name: string, command: string): string => `  ${name}: {image: "redis:8.2.3", command: ${command}, profiles: [${name}], ports: ["6379:6379"]}\n`;
    const [strong, weak] = [server('strong', `[redis-server, --requirepass, ${SECRET}]`), server('weak', '[redis-server]')];
    const of = (...servers: readonly string[]): string =>
      outcome(compose(`services:\n  client: {image: c, environment: {REDIS_URL: "redis://host.docker.internal:6379"}}\n${servers.join('')}`), PASSWORD);
    expect([of(strong, weak), of(weak, strong), of(strong)]).toEqual(['violation', 'violation', 'pass']);
  });

  test('a list of hosts, of which one is weak', () => {
    const own = (name: string, args: string): string[] => [
      deployment(name, `image: redis:8.2.3\nargs: [${args}]`),
      service(name, `{selector: {app: ${name}}, ports: [{port: 6379}]}`),
    ];
    const servers = [...own('db-1', `--requirepass, ${SECRET}`), ...own('db-2', '--protected-mode, "no"')];
    for (const nodes of ['db-1:6379,db-2:6379', 'db-2:6379,db-1:6379']) {
      const subjects = world(...servers, client({ REDIS_CLUSTER_NODES: nodes }));
      expect(ends(subjects).sort()).toEqual(['db-1', 'db-2']);
    }
    const libpq = world(...servers.map((text) => text.replaceAll('redis:8.2.3', 'postgres:18.6')), client({ DATABASE_URL: 'postgres://app@db-1:6379,db-2:6379/app' }));
    expect(ends(libpq)).toEqual(['db-1', 'db-2']);
  });

  test.each([
    ['redis://a:6379/0,redis://b:6379/0', ['a', 'b'], 'never'],
    ['rediss://a,redis://b', ['a', 'b'], 'never'],
    ['redis://a;rediss://b', ['a', 'b'], 'never'],
    ['rediss://a, rediss://b', ['a', 'b'], 'always'],
    ['redis://:one,two@a', ['a'], 'never'],
  ])('a list of URLs: %s', (text, hosts, tls) => {
    const found = world(client({ REDIS_URL: text })).of('connection');
    expect(found.map(({ facts }) => ('host' in facts && 'tls' in facts ? [facts.host, facts.tls] : []))).toEqual(hosts.map((host) => [host, tls]));
  });

  test('pods of one StatefulSet are one server, and far ones of one name are told once', () => {
    const set = redis('db', '""').replace('kind: Deployment', 'kind: StatefulSet');
    const headless = service('db', '{clusterIP: None, selector: {app: db}}');
    expect(ends(world(set, headless, client({ REDIS_CLUSTER_NODES: 'db-0.db:6379,db-1.db:6379' })))).toEqual(['db']);
    expect(ends(world(client({ REDIS_CLUSTER_NODES: 'n-0.example.com:6379,n-1.example.com:6379' })))).toEqual(['n-0.example.com']);
  });
});

describe('what is known of a server from its clients', () => {
  const dump = `apiVersion: batch/v1
kind: CronJob
metadata: {name: dump}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: dump, image: "postgres:18.6", command: [sh, -c, "pg_dump -h db -U app app | aws s3 cp - s3://copies/db"]}]
`;
  const backedUp = (subjects: Subjects): unknown[] =>
    subjects.of('datastore').flatMap(({ facts }) => ('isBackedUp' in facts && 'isSeen' in facts && facts.isSeen ? [facts.isBackedUp] : []));

  test('a copy of one of several servers is perhaps no copy of this one', () => {
    const one = world(postgres('blue', ''), PG_SERVICE, dump);
    expect(backedUp(one)).toEqual([true]);
    const two = world(postgres('blue', ''), postgres('green', ''), PG_SERVICE, dump);
    expect(backedUp(two)).toEqual([undefined, undefined]);
    expect(two.of('datastore')[0]?.absence('datastore.isBackedUp').because).toContain('leads to several servers');
  });
});

test('of very many servers some are looked at, and of the others nothing is said', () => {
  const many = (last: string): Subjects =>
    world(
      ...Array.from({ length: 60 }, (_, index) => redis(`db-${10 + index}`, index === 0 ? last : `--requirepass, ${SECRET}`)),
      REDIS_SERVICE,
      client({ REDIS_URL: 'redis://db' }),
    );
  expect(outcome(many(`--requirepass, ${SECRET}`), '!connection.needsNoPassword')).toBe('unknown');
  expect(outcome(many('--protected-mode, "no"'), '!connection.needsNoPassword')).toBe('violation');
  expect(many('""').of('connection')).toHaveLength(51);
});

describe('names that lead nowhere, or to more than one Service', () => {
  const caller = client({ REDIS_URL: 'redis://db' });

  test('a Service that selects nothing is unknown, and says so', () => {
    const finding = judge(world(service('db', '{selector: {app: gone}, ports: [{port: 6379}]}'), redis('strong', '""'), caller), '!connection.needsNoPassword');
    expect([finding.outcome, finding.because]).toEqual(['unknown', ['no workload of this scan has the labels that Service db selects']]);
  });

  test('the same name in two namespaces: that of the client, and where that is open, neither', () => {
    const inNamespace = (namespace: string, args: string): string[] => [
      deployment('db', `image: redis:8.2.3\nargs: [${args}]`, { namespace }),
      service('db', '{selector: {app: db}, ports: [{port: 6379}]}', namespace),
    ];
    const both = [...inNamespace('safe', `--requirepass, ${SECRET}`), ...inNamespace('open', '--protected-mode, "no"')];
    for (const order of [both, both.toReversed()]) {
      const of = (host: string, namespace?: string): string =>
        outcome(world(...order, client({ REDIS_URL: `redis://${host}` }, namespace === undefined ? {} : { namespace })), '!connection.needsNoPassword');
      expect([of('db', 'safe'), of('db', 'open'), of('db.open', 'safe'), of('db.safe.svc', 'open')]).toEqual(['pass', 'violation', 'violation', 'pass']);
      expect([of('db'), of('db', 'third')]).toEqual(['unknown', 'unknown']);
    }
  });

  test('a workload that is written twice: the one in the nearest file, and both where they are equally near', () => {
    const files = (clientIn: string): Subjects =>
      kubernetes({
        'base/db.yaml': `${redis('db', '--protected-mode, "no"')}---\n${REDIS_SERVICE}`,
        'prod/db.yaml': `${redis('db', `--requirepass, ${SECRET}`)}---\n${REDIS_SERVICE}`,
        [clientIn]: caller,
      });
    const of = (clientIn: string): string => outcome(files(clientIn), '!connection.needsNoPassword');
    expect([of('prod/app.yaml'), of('base/app.yaml'), of('app.yaml')]).toEqual(['pass', 'violation', 'violation']);
  });

  test('endpoints that lead back to their own Service', () => {
    const own = service('db', '{clusterIP: 10.96.0.9, ports: [{port: 6379}]}');
    const endpoints = 'apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\nsubsets: [{addresses: [{ip: 10.96.0.9}]}]\n';
    expect(outcome(world(own, endpoints, caller), '!connection.needsNoPassword')).toBe('unknown');
  });
});
