import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { ROOT, seaworthy, temporaryFolder } from '../cli/run.ts';

// The Helm chart is a second way to the same manifests: rendered by the real helm, it must come to what `install` prints.

const helm = process.env['SEAWORTHY_HELM'] ?? 'helm';
const hasHelm = spawnSync(helm, ['version', '--short']).status === 0;
if (!hasHelm && (process.env['SEAWORTHY_REQUIRE_HELM'] ?? '') !== '') throw new Error(`SEAWORTHY_REQUIRE_HELM is set, and ${helm} does not run`);
if (!hasHelm) console.log('skipped: no helm on the PATH; SEAWORTHY_HELM names one (go install helm.sh/helm/v3/cmd/helm@v3.19.0)');

const chart = join(ROOT, 'deploy/chart');
const folder = temporaryFolder('chart');

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly rules?: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[]; readonly resourceNames?: string[] }[];
}

function render(values: object, from = chart): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(helm, ['template', 'release', from, '--kube-version', '1.34.0', '--values', '-'], { input: JSON.stringify(values), encoding: 'utf8', cwd: folder });
}

function objects(yaml: string): Manifest[] {
  return loadAll(yaml).filter((document) => document !== null && document !== undefined) as Manifest[];
}

/** Labels by which Helm finds its own are no difference, nor is how rules are grouped. */
function comparable(all: readonly Manifest[]): Record<string, unknown> {
  const ofHelm = new Set(['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by', 'helm.sh/chart']);
  const stripped = JSON.parse(
    JSON.stringify(all, (key, value) => (key === 'labels' ? Object.fromEntries(Object.entries(value as object).filter(([label]) => !ofHelm.has(label))) : value)),
  ) as Manifest[];
  return Object.fromEntries(
    stripped.map(({ rules, ...object }) => {
      const { labels = {}, ...metadata } = object.metadata;
      const rights = rules?.flatMap((rule) =>
        rule.apiGroups.flatMap((group) => rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${group}/${resource} ${rule.resourceNames?.join(',') ?? ''}`))),
      );
      return [
        `${object.kind} ${metadata.namespace ?? ''}/${metadata.name}`,
        { ...object, metadata: { ...metadata, labels }, ...(rights === undefined ? {} : { rights: rights.sort() }) },
      ];
    }),
  );
}

describe.skipIf(!hasHelm)('the chart', () => {
  test.each([
    ['by default', {}, []],
    ['with a digest', { image: { digest: `sha256:${'a'.repeat(64)}` } }, ['--image', `ghcr.io/seaworthy/seaworthy:0.1.0@sha256:${'a'.repeat(64)}`]],
    [
      'in parts, with results everywhere',
      { scan: { shards: 3, output: 'json' }, publish: { configMap: 'report', policyReports: 'any', pushgateway: 'http://gate.monitoring:9091/', volumeClaim: 'reports' } },
      [
        '--shards',
        '3',
        '-o',
        'json',
        '--publish',
        'configmap=report',
        '--publish',
        'policyreports',
        '--publish',
        'pushgateway=http://gate.monitoring:9091/',
        '--volume-claim',
        'reports',
      ],
    ],
    [
      'of two namespaces',
      { scan: { namespaces: ['bank', 'shop'], readSecrets: true }, publish: { policyReports: 'openreports.io', configMap: 'report' } },
      ['-n', 'bank,shop', '--read-secrets', '--publish', 'policyreports=openreports.io', '--publish', 'configmap=report'],
    ],
    [
      'of another namespace, schedule and gate',
      { namespace: { name: 'posture' }, schedule: '@daily', publish: { pushgateway: 'https://gate.monitoring/' } },
      ['--into', 'posture', '--schedule', '@daily', '--publish', 'pushgateway=https://gate.monitoring/'],
    ],
    [
      'of names that YAML takes for something else',
      { namespace: { name: '0123' }, scan: { namespaces: ['1e3', 'on'] }, publish: { configMap: '123', volumeClaim: 'null', policyReports: 'any' } },
      ['--into', '0123', '-n', '1e3,on', '--publish', 'configmap=123', '--volume-claim', 'null', '--publish', 'policyreports'],
    ],
    [
      'towards one API server',
      { networkPolicy: { apiServer: { cidr: '10.0.0.1/32', ports: [6443] } }, publish: { policyReports: 'wgpolicyk8s.io' } },
      ['--api-server', '10.0.0.1/32,6443', '--publish', 'policyreports=wgpolicyk8s.io'],
    ],
  ])('%s is what install prints', (_, values, args) => {
    const { stdout, stderr, status } = render(values);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(comparable(objects(stdout))).toEqual(comparable(objects(seaworthy(folder, ['install', '--print', 'cronjob', ...args]).stdout)));
  });

  test.each<[string, object, Record<string, string>, object | undefined]>([
    [
      'a larger limit',
      { limits: { memory: '1Gi', cpu: 1.5 } },
      { 'requests.cpu': '4.5', 'requests.memory': '3Gi', 'limits.cpu': '4.5', 'limits.memory': '3Gi' },
      { default: { cpu: 1.5, memory: '1Gi' }, defaultRequest: { cpu: '100m', memory: '128Mi' } },
    ],
    [
      'no limit of the CPU',
      { limits: { cpu: null }, requests: { cpu: '250m' } },
      { 'requests.cpu': '750m', 'requests.memory': '768Mi', 'limits.memory': '768Mi' },
      { default: { memory: '256Mi' }, defaultRequest: { cpu: '250m', memory: '128Mi' } },
    ],
    ['no bounds at all', { limits: null, requests: null }, {}, undefined],
  ])('with %s, its quota still lets its Pods run', (_, resources, hard, limits) => {
    const rendered = objects(render({ resources }).stdout);
    expect(rendered.find(({ kind }) => kind === 'ResourceQuota')).toHaveProperty('spec.hard', { pods: '3', ...hard });
    const range = rendered.find(({ kind }) => kind === 'LimitRange');
    if (limits === undefined) expect(range).toBeUndefined();
    else expect(range).toMatchObject({ spec: { limits: [{ type: 'Container', ...limits }] } });
  });

  test('two releases in namespaces of their own share nothing', () => {
    const names = (namespace: string): string[] =>
      objects(render({ namespace: { name: namespace }, scan: { namespaces: ['shop'] }, publish: { configMap: 'report', policyReports: 'any' } }).stdout).map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      );
    const [first, second] = [new Set(names('seaworthy')), names('audit')];
    expect(second.filter((name) => first.has(name))).toEqual([]);
    expect(second).toContain('ClusterRoleBinding /seaworthy-audit');
  });

  test('has nothing that our own policies find', () => {
    const { stdout: rendered } = render({ image: { digest: `sha256:${'a'.repeat(64)}` }, publish: { configMap: 'report', policyReports: 'any' } });
    const { stdout, stderr, status } = seaworthy(folder, ['scan', '-', '-o', 'wide', '--fail-on', 'low', '--fail-on-unknown'], { input: rendered });
    expect(stderr + stdout).toBe('');
    expect(status).toBe(0);
  });

  test('an address with a password comes from a Secret', () => {
    const { stdout: rendered } = render({
      image: { digest: `sha256:${'a'.repeat(64)}` },
      scan: { shards: 2, extraArgs: ['--publish=pushgateway'], extraEnv: [{ name: 'SEAWORTHY_PUSHGATEWAY', valueFrom: { secretKeyRef: { name: 'gate', key: 'address' } } }] },
      networkPolicy: { extraEgress: [{ to: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [{ port: 443 }] }] },
    });
    expect(objects(rendered).find(({ kind }) => kind === 'NetworkPolicy')).toMatchObject({ spec: { egress: [{}, {}, { ports: [{ port: 443 }] }] } });
    const [job] = objects(rendered).filter(({ kind }) => kind === 'CronJob') as unknown as {
      spec: { jobTemplate: { spec: { template: { spec: { containers: { args: string[]; env: { name: string }[] }[] } } } } };
    }[];
    const [container] = job?.spec.jobTemplate.spec.template.spec.containers ?? [];
    expect(container?.args.at(-1)).toBe('--publish=pushgateway');
    expect(container?.env.map(({ name }) => name)).toEqual(['JOB_COMPLETION_INDEX', 'SEAWORTHY_PUSHGATEWAY']);
    expect(seaworthy(folder, ['scan', '-', '-o', 'wide', '--fail-on', 'low'], { input: rendered }).stdout).toBe('');
  });

  test('is linted without a complaint', () => {
    const { stdout, status } = spawnSync(helm, ['lint', '--strict', chart], { encoding: 'utf8' });
    expect(stdout).toContain('0 chart(s) failed');
    expect(status).toBe(0);
  });

  test.each([
    ['a misspelt value', { scan: { shard: 3 } }, 'shard'],
    ['a digest that is none', { image: { digest: 'latest' } }, 'digest'],
    ['no shard at all', { scan: { shards: 0 } }, 'shards'],
    ['a password in an address', { publish: { pushgateway: 'http://me:hunter2@gate:9091' } }, 'pushgateway'],
    ['a namespace that is none', { scan: { namespaces: ['a\nb'] } }, 'namespaces'],
    ['an interface that is none', { publish: { policyReports: 'kyverno.io' } }, 'policyReports'],
  ])('refuses %s', (_, values, field) => {
    const { status, stderr } = render(values);
    expect(status).not.toBe(0);
    expect(stderr).toContain(field);
  });

  test('without its namespace, quota and network policy, the rest stays', () => {
    const kinds = objects(render({ namespace: { create: false }, quota: { create: false }, networkPolicy: { create: false } }).stdout).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['ClusterRole', 'ClusterRoleBinding', 'CronJob', 'ServiceAccount']);
  });

  test('its notes tell how to read each result', () => {
    // Helm shows notes only to who installs into a cluster; as a file of the chart, they are rendered here.
    const copy = join(folder, 'chart-with-notes');
    cpSync(chart, copy, { recursive: true });
    renameSync(join(copy, 'templates/NOTES.txt'), join(copy, 'NOTES.txt'));
    writeFileSync(join(copy, 'templates/notes.yaml'), '{notes: {{ tpl (.Files.Get "NOTES.txt") . | toJson }}}');
    const values = { publish: { configMap: 'report', policyReports: 'any' }, scan: { shards: 2 } };
    const { stdout, stderr } = render(values, copy);
    expect(stderr).toBe('');
    const { notes } = objects(stdout).find((each) => 'notes' in each) as unknown as { notes: string };
    expect(notes).toContain('seaworthy report part-*.json.gz');
    expect(notes).toContain('kubectl get reports.openreports.io -A');
    expect(notes).toContain('image.digest is not set');
    expect(notes).not.toMatch(/\n{3}/);
  });
});

test('the chart has the version of the program', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(loadAll(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))[0]).toMatchObject({ version, appVersion: version });
});
