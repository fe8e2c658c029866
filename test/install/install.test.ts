import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { generateDeploy } from '../../scripts/deploy.ts';
import { loadBuiltIn } from '../../src/policy/builtin.ts';
import { ROOT, seaworthy, temporaryFolder } from '../cli/run.ts';

// What `install --print cronjob` prints, judged by what we ask of others.

const folder = temporaryFolder('install');
const DIGEST = `ghcr.io/seaworthy/seaworthy:0.1.0@sha256:${'a'.repeat(64)}`;

function install(...args: string[]): string {
  const { status, stdout, stderr } = seaworthy(folder, ['install', '--print', 'cronjob', ...args]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

function manifests(...args: string[]): Manifest[] {
  return loadAll(install(...args)).filter((document) => document !== null && document !== undefined) as Manifest[];
}

function find(all: readonly Manifest[], kind: string, name = 'seaworthy'): Manifest | undefined {
  return all.find((each) => each.kind === kind && each.metadata.name === name);
}

function argumentsOf(all: readonly Manifest[]): string[] {
  return (find(all, 'CronJob') as unknown as { spec: { jobTemplate: { spec: { template: { spec: { containers: { args: string[] }[] } } } } } }).spec.jobTemplate.spec.template.spec
    .containers[0]?.args as string[];
}

describe.each([
  ['the least of it', []],
  [
    'everything of it',
    ['--publish', 'configmap=report', '--publish', 'policyreports', '--publish', 'pushgateway=http://gate.monitoring:9091', '--volume-claim', 'reports', '--shards', '4'],
  ],
  ['of one namespace', ['-n', 'shop', '--publish', 'policyreports=openreports.io']],
])('%s', (_, args) => {
  test('has nothing that our own policies find, and nothing that they cannot tell', () => {
    const printed = install('--image', DIGEST, ...args);
    const { stdout, stderr, status } = seaworthy(folder, ['scan', '-', '-o', 'json', '--fail-on', 'low', '--fail-on-unknown'], { input: printed });
    expect(stderr).toBe('');
    const { findings, summary } = JSON.parse(stdout) as { findings: { policy: string; message: string }[]; summary: { judged: number } };
    expect(findings.map(({ policy, message }) => `${policy}: ${message}`)).toEqual([]);
    expect(summary.judged).toBeGreaterThan(100);
    expect(status).toBe(0);
  });

  test('keeps the standard that its namespace demands', () => {
    const { stdout, status } = seaworthy(folder, ['scan', '-', '--profile', 'pss-restricted', '-o', 'wide', '--fail-on', 'low', '--fail-on-unknown'], { input: install(...args) });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

test('without a digest, that is all that is found', () => {
  const { stdout } = seaworthy(folder, ['scan', '-', '-o', 'wide'], { input: install() });
  expect(stdout.trim().split('\n')).toEqual([expect.stringContaining('LOW image-pinned-digest CronJob seaworthy/seaworthy')]);
});

test('the rights are those that rbac prints', () => {
  for (const args of [[], ['--only', 'workload-non-root'], ['--profile', 'pss-baseline', '-n', 'shop'], ['--read-secrets']]) {
    const rights = seaworthy(folder, ['rbac', '--name', 'seaworthy', '--account', 'seaworthy/seaworthy', ...args]).stdout;
    expect(install(...args)).toContain(rights);
  }
});

test('the rights of the default profile are enough for every other', () => {
  const rights = (profile: string) =>
    (loadAll(seaworthy(folder, ['rbac', '--profile', profile]).stdout) as (Manifest | null)[])
      .flatMap((document) => (document?.['rules'] ?? []) as { apiGroups: string[]; resources: string[] }[])
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups[0]}/${resource}`));
  const enough = new Set(rights('default'));
  for (const { name } of loadBuiltIn().profiles)
    expect(
      rights(name).filter((right) => !enough.has(right)),
      name,
    ).toEqual([]);
});

test('no right to write but what was chosen', () => {
  const verbs = (...args: string[]) =>
    manifests(...args)
      .flatMap(({ rules = [] }) => rules as { resources: string[]; verbs: string[] }[])
      .filter(({ verbs }) => verbs.some((verb) => verb !== 'list'))
      .map(({ resources, verbs }) => `${verbs.join(',')} ${resources.join(',')}`);
  expect(verbs()).toEqual([]);
  expect(verbs('--publish', 'pushgateway=http://gate:9091')).toEqual([]);
  expect(verbs('--publish', 'configmap=report')).toEqual(['create configmaps', 'get,update configmaps']);
  expect(verbs('--publish', 'policyreports=wgpolicyk8s.io')).toEqual(['list,create,update,delete policyreports,clusterpolicyreports']);
  expect(verbs('--publish', 'policyreports=openreports.io', '-n', 'shop')).toEqual(['list,create,update,delete reports']);
});

test('what is asked for arrives at the scan', () => {
  const args = argumentsOf(
    manifests('-n', 'shop,bank', '--profile', 'nsa-cisa', '--only', 'workload-non-root', '--read-secrets', '-o', 'json', '--shards', '2', '--publish', 'configmap=report'),
  );
  expect(args).toEqual([
    ...['scan', '--cluster', '--namespace=shop', '--namespace=bank', '--fail-on=never', '--profile=nsa-cisa', '--only=workload-non-root', '--read-secrets'],
    ...['--shard=$(JOB_COMPLETION_INDEX)/2', '--output=json', '--publish=configmap=seaworthy/report'],
  ]);
});

test('names that YAML would take for something else stay names', () => {
  const all = manifests('--into', 'on', '-n', '1e3', '--volume-claim', 'null');
  expect(find(all, 'Namespace', 'on')?.metadata.name).toBe('on');
  expect(argumentsOf(all)).toContain('--namespace=1e3');
});

test.each([
  ['a password in a manifest', ['--publish', 'pushgateway=http://me:hunter2@gate'], 'a password has no place in a manifest'],
  ['a ConfigMap elsewhere', ['--publish', 'configmap=kube-system/report'], 'name it without one'],
  ['a schedule of three fields', ['--schedule', '* * *'], 'five fields'],
  ['a schedule with more lines', ['--schedule', '0 0 * * *\nx: y'], 'five fields'],
  ['an image with a line break', ['--image', 'a\nb'], 'no reference of an image'],
  ['no network', ['--api-server', 'example.com'], 'a network'],
  ['a name in capitals', ['--into', 'Seaworthy'], 'lower case'],
  ['nothing to print', [], undefined],
])('%s is wrong use', (_, args, message) => {
  const { status, stdout, stderr } = seaworthy(folder, ['install', ...(message === undefined ? [] : ['--print', 'cronjob']), ...args]);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(message ?? '--print');
  expect(stderr).not.toContain('hunter2');
});

test('deploy/ is what npm run docs writes', () => {
  const deploy = join(ROOT, 'deploy');
  const generated = generateDeploy();
  const stale = [...generated].filter(([path, text]) => !existsSync(join(deploy, path)) || readFileSync(join(deploy, path), 'utf8') !== text).map(([path]) => path);
  expect(stale, 'run: npm run docs').toEqual([]);
  expect(readdirSync(join(deploy, 'base')).filter((name) => !generated.has(`base/${name}`))).toEqual([]);
});

test('the kustomization is what install prints', () => {
  const base = join(ROOT, 'deploy/base');
  const written = readdirSync(base)
    .filter((name) => name !== 'kustomization.yaml')
    .flatMap((name) => loadAll(readFileSync(join(base, name), 'utf8')))
    .filter((document) => document !== null && document !== undefined);
  const inOrder = (all: readonly unknown[]) => all.map((each) => JSON.stringify(each)).sort();
  expect(inOrder(written)).toEqual(inOrder(manifests()));
});
