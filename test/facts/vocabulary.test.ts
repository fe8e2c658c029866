import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Optional } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { fixturesOf } from '../../src/cli/fixtures.ts';
import { collectManifests } from '../../src/collect/manifests.ts';
import { deriveSubjects } from '../../src/facts/derive.ts';
import type { Derived } from '../../src/facts/derived.ts';
import { vocabulary } from '../../src/facts/vocabulary.ts';
import type { FactType } from '../../src/model/vocabulary.ts';
import { loadPolicies } from '../../src/policy/load.ts';
import { compose, kubernetes } from './support.ts';

const ROOT = new URL('../../', import.meta.url);
const TYPES = new Set(Object.keys(vocabulary));

function subjectsOf(path: string): Derived[] {
  const inventory = collectManifests({ paths: [path], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: false });
  return [...deriveSubjects(inventory, TYPES, '')] as Derived[];
}

/** What the rule language would trip over, or take for an unknown: a value of another type, a hole, a null. */
function isOfType(value: unknown, type: FactType): boolean {
  const inner = /^(?:list|optional)<(\w+)>$/.exec(type)?.[1] as FactType | undefined;
  if (type.startsWith('list')) return Array.isArray(value) && value.every((item) => isOfType(item, inner ?? 'string')) && Object.keys(value).length === value.length;
  if (type.startsWith('optional')) return value instanceof Optional && (!value.hasValue() || isOfType(value.value(), inner ?? 'bool'));
  if (type === 'int') return typeof value === 'bigint';
  return typeof value === (type === 'bool' ? 'boolean' : 'string');
}

/** Everything that is wrong with a subject; empty when it keeps what the vocabulary promises. */
function faultsOf(subject: Derived): string[] {
  const faults: string[] = [];
  const { type, facts } = subject;
  const { facts: entries } = vocabulary[type];
  if (Object.keys(facts).sort().join() !== Object.keys(entries).sort().join()) faults.push(`${type}: it has other facts than the vocabulary`);
  for (const [fact, { type: declared }] of Object.entries(entries as Record<string, { type: FactType }>)) {
    const value = (facts as Record<string, unknown>)[fact];
    const name = `${type === 'namespace' ? 'ns' : type}.${fact}`;
    if (value === undefined) {
      const { because, hint } = subject.absence(name);
      if (because.trim() === '') faults.push(`${name}: absent for no reason`);
      if (hint.trim() === '') faults.push(`${name}: absent, and no hint`);
    } else if (!isOfType(value, declared)) {
      faults.push(`${name}: ${typeof value} is not ${declared}`);
    }
  }
  return faults;
}

/** Where the facts of some of its variables stand: of all that its sentences may read, or of its own. */
function placeFaultsOf(subject: Derived, variables: readonly string[] = Object.keys(subject.scope)): string[] {
  return variables.flatMap((variable) =>
    Object.keys(subject.scope[variable] ?? {}).flatMap((fact) => {
      const places = subject.places(`${variable}.${fact}`);
      const located = places.map(({ resource, path }) => resource.origin.locate(path));
      const isSound = located.length > 0 && located.every((location) => 'file' in location && location.file !== '' && location.line >= 1 && location.column >= 1);
      return isSound ? [] : [`${variable}.${fact} of ${subject.type} stands at ${JSON.stringify(located)}`];
    }),
  );
}

const policies = loadPolicies(fileURLToPath(new URL('policies', ROOT)), () => {}).policies;
const examples = fileURLToPath(new URL('manifests-examples', ROOT));
const sources = [
  ...policies.flatMap(({ id, folder }) => fixturesOf(folder).map(({ path, kind }): [string, string] => [`${id} ${kind}`, path])),
  ...(existsSync(examples) ? readdirSync(examples, { withFileTypes: true }) : [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }): [string, string] => [name, join(examples, name)]),
];

describe.each(sources)('%s', (_, path) => {
  const subjects = subjectsOf(path);

  test('has subjects, and each keeps to the vocabulary', () => {
    expect(subjects.length).toBeGreaterThan(0);
    expect(subjects.flatMap(faultsOf)).toEqual([]);
  });

  test('every fact stands somewhere', () => {
    expect(subjects.flatMap((subject) => placeFaultsOf(subject))).toEqual([]);
  });

  test('every parent that the vocabulary names is in scope, or its facts are absent for a reason', () => {
    const faults = subjects.flatMap((subject) =>
      (vocabulary[subject.type].parents as readonly string[])
        .map((parent) => (parent === 'namespace' ? 'ns' : parent))
        .filter((variable) => subject.scope[variable] === undefined && subject.absence(`${variable}.name`).because.trim() === ''),
    );
    expect(faults).toEqual([]);
  });
});

test('the fixtures know every type of subject', () => {
  expect(new Set(sources.flatMap(([, path]) => subjectsOf(path).map(({ type }) => type)))).toEqual(TYPES);
});

describe('no fact, name or reason holds a secret', () => {
  const SECRETS = ['hunter2', 'sk-ant-EXAMPLE-NOT-A-KEY', 'aHVudGVyMg=='];
  const told = (subjects: readonly Derived[]): string =>
    JSON.stringify(
      subjects.map((subject) => [
        subject.identity(),
        Object.values(subject.scope).map((facts) => Object.values(facts ?? {}).map((value) => (value instanceof Optional && value.hasValue() ? value.value() : value))),
        Object.keys(subject.facts).map((fact) => subject.absence(`${subject.type}.${fact}`)),
      ]),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );

  test.each<[string, () => readonly Derived[]]>([
    [
      'a pod',
      () =>
        kubernetes(`
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {note: hunter2}}
spec:
  containers:
    - name: c
      image: a:1
      command: [sh, -c, "PGPASSWORD=hunter2 psql"]
      args: [--password, hunter2, --token=hunter2, "$(hunter)"]
      env:
        - {name: PASSWORD, value: hunter2}
        - {name: DATABASE_URL, value: "postgres://app:hunter2@db/app?x=$(X)"}
        - {name: KEY, value: sk-ant-EXAMPLE-NOT-A-KEY}
        - {name: DOCKER_HOST, value: "tcp://app:hunter2@docker:2375"}
      livenessProbe: {exec: {command: [redis-cli, -a, hunter2, ping]}}
      lifecycle: {preStop: {exec: {command: [redis-cli, -a, hunter2, shutdown]}}}
`).all,
    ],
    ['a Secret', () => kubernetes('{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: aHVudGVyMg==}, stringData: {b: hunter2}}').all],
    ['a ConfigMap', () => kubernetes('{apiVersion: v1, kind: ConfigMap, metadata: {name: s}, data: {PASSWORD: hunter2, file: "a: b\\npassword: hunter2"}}').all],
    [
      'a compose project',
      () =>
        compose({
          'compose.yaml': `
services:
  a:
    image: a:1
    command: app --password hunter2
    entrypoint: [app, --token=hunter2]
    healthcheck: {test: [CMD, redis-cli, -a, hunter2, ping]}
    environment: {PASSWORD: hunter2, URL: "redis://:hunter2@r", FROM_FILE: "\${PASSWORD}"}
    env_file: a.env
  b:
    build: {context: ., args: {TOKEN: hunter2}}
volumes: {a: {driver_opts: {type: cifs, o: "username=x,password=hunter2", device: //host/x}}}
`,
          '.env': 'PASSWORD=hunter2\n',
          'a.env': 'API_TOKEN=hunter2\n',
          Dockerfile: 'FROM a:1\nENV PASSWORD=hunter2\nARG TOKEN\nENV T=$TOKEN\n',
        }).all,
    ],
  ])('%s', (_, subjects) => {
    for (const secret of SECRETS) expect(told(subjects())).not.toContain(secret);
  });
});

/** In place of every value of a manifest, one by one: none of them may end the scan, or a fact of the wrong type. */
const HOSTILE = [
  'null',
  'true',
  '-5',
  '1e308',
  '9007199254740993',
  '"1e999"',
  `"${'9'.repeat(400)}"`,
  '""',
  '"${X}"',
  '[]',
  '[[{toString: 1}]]',
  '[null, {toString: 1, valueOf: 2}, x]',
  '{}',
  '{__proto__: {a: b}, toString: 1, x: 9007199254740993}',
];

type Tree = null | string | number | boolean | readonly Tree[] | { readonly [key: string]: Tree };

function* spoilt(tree: Tree): Generator<string> {
  const text = JSON.stringify(tree);
  for (const path of pathsIn(tree)) {
    const copy = JSON.parse(text) as Record<string, unknown>;
    const holder = path.slice(0, -1).reduce((value, key) => value[key] as Record<string, unknown>, copy);
    holder[path.at(-1) ?? ''] = '@@';
    const marked = JSON.stringify(copy);
    for (const hostile of HOSTILE) yield marked.replace('"@@"', hostile);
  }
}

function pathsIn(tree: Tree, at: readonly string[] = []): string[][] {
  const below = typeof tree === 'object' && tree !== null ? Object.entries(tree).flatMap(([key, value]) => pathsIn(value as Tree, [...at, key])) : [];
  return at.length === 0 ? below : [[...at], ...below];
}

function expectSound(subjects: readonly Derived[], text: string): void {
  const faults = subjects.flatMap((subject) => [...faultsOf(subject), ...placeFaultsOf(subject, [subject.type === 'namespace' ? 'ns' : subject.type])]);
  if (faults.length > 0) throw new Error(`${faults.slice(0, 3).join('; ')} in ${text.slice(0, 2000)}`);
}

describe('whatever somebody writes, facts keep to the vocabulary', () => {
  const security = {
    runAsUser: 1000,
    runAsNonRoot: true,
    runAsGroup: 1,
    privileged: false,
    allowPrivilegeEscalation: false,
    capabilities: { add: ['A'], drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
    appArmorProfile: { type: 'RuntimeDefault' },
    seLinuxOptions: { type: 't' },
    procMount: 'Default',
    readOnlyRootFilesystem: true,
    windowsOptions: { hostProcess: false, runAsUserName: 'x' },
    sysctls: [{ name: 'a' }],
  };
  const container = {
    name: 'c',
    image: 'a/b:1',
    securityContext: security,
    command: ['sh', '-c', 'x'],
    args: ['--workspace', '/w', '$(A)'],
    stdin: true,
    tty: true,
    env: [
      { name: 'A', value: '1' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
    ],
    envFrom: [{ prefix: 'P', secretRef: { name: 's' } }],
    resources: { limits: { memory: '1Gi', cpu: 1 }, requests: { memory: '1Gi' } },
    ports: [{ containerPort: 80, hostPort: 80, hostIP: '1.2.3.4', protocol: 'TCP' }],
    volumeMounts: [{ name: 'v', mountPath: '/w', readOnly: false, mountPropagation: 'None', subPath: 'x' }],
    livenessProbe: { exec: { command: ['a'] }, httpGet: { host: 'h' } },
    lifecycle: { preStop: { exec: { command: ['x'] } } },
  };
  const spec = {
    os: { name: 'linux' },
    hostNetwork: false,
    hostUsers: true,
    serviceAccountName: 'sa',
    automountServiceAccountToken: false,
    enableServiceLinks: true,
    resources: { limits: { memory: '1Gi' } },
    securityContext: security,
    containers: [container],
    initContainers: [{ name: 'i', image: 'x', restartPolicy: 'Always' }],
    volumes: [
      { name: 'v', hostPath: { path: '/x' } },
      { name: 'p', persistentVolumeClaim: { claimName: 'p' } },
      { name: 'e', emptyDir: { sizeLimit: '1Gi' } },
      { name: 't', projected: { sources: [{ serviceAccountToken: { audience: 'api' } }] } },
    ],
  };
  const metadata = { name: 'n', namespace: 'n', labels: { a: 'b' }, annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } };
  const rbac = 'rbac.authorization.k8s.io/v1';
  test.each<[string, Tree]>([
    ['Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { metadata, spec } } }],
    ['Rollout', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, spec: { template: { metadata, spec: { containers: [{ name: 'x', image: 'y' }] } } } }],
    ['Secret', { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { k: 'aGVsbG8=' }, stringData: { z: 'y' }, sops: {} }],
    ['ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'a\nb: c' } }],
    ['Namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } }],
    [
      'ClusterRole',
      { apiVersion: rbac, kind: 'ClusterRole', metadata, aggregationRule: { a: 1 }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['x'] }] },
    ],
    [
      'RoleBinding',
      { apiVersion: rbac, kind: 'RoleBinding', metadata, roleRef: { kind: 'ClusterRole', name: 'x' }, subjects: [{ kind: 'ServiceAccount', name: 'sa', namespace: 'n' }] },
    ],
    [
      'PersistentVolume',
      { apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec: { hostPath: { path: '/x' }, claimRef: { name: 'p', namespace: 'n' }, accessModes: ['ReadWriteOnce'] } },
    ],
  ])('%s', (_, tree) => {
    for (const text of spoilt(tree)) expectSound(kubernetes(text).all, text);
  });

  const neighbours: readonly Tree[] = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n' }, type: 'Opaque', data: { k: '' } },
    { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: { name: 's', namespace: 'n' }, spec: { encryptedData: { k: 'x' }, template: { data: { y: 'z' } } } },
    { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name: 's', namespace: 'n' }, spec: { target: { name: 's' } } },
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l', namespace: 'n' },
      spec: { limits: [{ type: 'Container', default: { cpu: 1 }, max: { memory: 1 }, min: { cpu: 1 } }] },
    },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'n' }, spec: { hard: { cpu: 1 }, scopes: ['a'], scopeSelector: { matchExpressions: [{}] } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa', namespace: 'n' }, automountServiceAccountToken: false },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'p', namespace: 'n' }, spec: { volumeName: 'n' } },
    { apiVersion: rbac, kind: 'RoleBinding', metadata, roleRef: { kind: 'ClusterRole', name: 'x' }, subjects: [{ kind: 'User', name: 'system:serviceaccount:n:sa' }] },
    {
      apiVersion: 'kyverno.io/v1',
      kind: 'ClusterPolicy',
      metadata: { name: 'k' },
      spec: { validationFailureAction: 'Enforce', rules: [{ match: { any: [] }, exclude: { a: 1 }, validate: { failureAction: 'Enforce', podSecurity: { level: 'baseline' } } }] },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'w' },
      webhooks: [{ failurePolicy: 'Fail', namespaceSelector: { matchLabels: { a: 'b' } }, rules: [{ apiGroups: [''], resources: ['pods'], operations: ['CREATE'] }] }],
    },
  ];
  const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'n' }, spec });
  const seen = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  test.each(neighbours.map((tree): [string, Tree] => [String((tree as { kind: string }).kind), tree]))('a pod beside a %s', (_, tree) => {
    for (const text of spoilt(tree)) expectSound(kubernetes(`${pod}\n---\n${seen}\n---\n${text}`).all, text);
  });

  test('a compose service', () => {
    const service = {
      image: 'a:1',
      user: '1:1',
      privileged: false,
      cap_add: ['A'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true', 'label:type:x'],
      read_only: true,
      network_mode: 'service:b',
      pid: 'host',
      platform: 'linux/amd64',
      sysctls: { a: 1 },
      volumes: ['data:/b:ro', { type: 'bind', source: '/x', target: '/y', read_only: true, bind: { propagation: 'rshared' } }],
      devices: ['/dev/a:/dev/b:rwm', { source: '/dev/x', target: '/y' }],
      tmpfs: ['/tmp:size=1'],
      use_api_socket: true,
      ports: ['80:80', { target: 80, published: '80', host_ip: '::1', protocol: 'tcp' }],
      expose: ['1'],
      deploy: { resources: { limits: { cpus: '1', memory: '1g', pids: 5 }, reservations: { memory: '1g' } }, restart_policy: { condition: 'any' } },
      mem_limit: '1g',
      cpus: 1,
      pids_limit: 5,
      healthcheck: { test: ['CMD', 'x'], disable: false },
      restart: 'always',
      stdin_open: true,
      tty: true,
      command: ['sleep', 'infinity'],
      entrypoint: ['x'],
      environment: { A: 'b', WORKSPACE: '/w', L: ['x'] },
      labels: { 'seaworthy.dev/workspace': '/w' },
      env_file: ['.env'],
      build: { context: '.' },
    };
    const tree = { name: 'shop', services: { a: service, b: { image: 'x', network_mode: 'service:a' } }, volumes: { data: { driver_opts: { o: 'bind', device: '/etc' } } } };
    for (const text of spoilt(tree)) expectSound(compose(text).all, text);
  });
});
