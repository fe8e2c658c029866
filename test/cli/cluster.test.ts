import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { readSchema } from '../../src/policy/schemas.ts';
import { type Fault, RECORDED, refuse, sendJson, startFakeApi, TOKEN, temporaryFolder } from '../collect/cluster/fake-api.ts';
import { BIN, pod, type Ran, seaworthy, write } from './run.ts';

// Scans of a cluster from the command line, against a loopback server that runs in this process: nothing here may block.

interface Running {
  readonly done: Promise<Ran>;
  readonly interrupt: () => void;
}

function start(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { PATH: process.env['PATH'], HOME: cwd, TZ: 'UTC', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const done = new Promise<Ran>((resolve) => child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr })));
  return { done, interrupt: () => child.kill('SIGINT') };
}

async function scan(kubeconfig: string, args: readonly string[] = [], cwd = temporaryFolder()): Promise<Ran> {
  const ran = await start(cwd, ['scan', '--kubeconfig', kubeconfig, '--qps', '0', ...args]).done;
  for (const output of [ran.stdout, ran.stderr]) expect(output).not.toContain(TOKEN);
  return ran;
}

interface Told {
  readonly scan: {
    readonly complete: boolean;
    readonly kubeVersion: string;
    readonly gaps: readonly { about: string; because: string }[];
    readonly sources: readonly { target: string; requests: number }[];
  };
  readonly findings: readonly {
    id: string;
    outcome: string;
    views: readonly string[];
    drift?: string;
    subject: { cluster: string; kind: string; namespace: string; name: string };
    because: readonly string[];
  }[];
}

/** The report, which is what it says that it is. */
function told({ stdout }: Ran): Told {
  const report = JSON.parse(stdout) as Told;
  isReport(report);
  expect(isReport.errors ?? []).toEqual([]);
  return report;
}

const isReport = new Ajv({ strict: true, allowUnionTypes: true }).compile(readSchema('report') as object);

const PRIVILEGED = ['--only', 'workload-no-privileged', '-o', 'json'];

test('the namespace of the context, the owner of the Pods, the version of the cluster', async () => {
  const api = await startFakeApi();
  const ran = await scan(api.kubeconfig(), PRIVILEGED);
  expect([ran.status, ran.stderr]).toEqual([1, '']);
  const { scan: about, findings } = told(ran);
  expect(about).toMatchObject({ complete: true, kubeVersion: '1.36', gaps: [] });
  expect(findings).toMatchObject([{ outcome: 'violation', views: ['live:test'], subject: { cluster: 'test', kind: 'Deployment', namespace: 'shop', name: 'api' } }]);
  expect(findings[0]).not.toHaveProperty('drift');
});

test.each([
  [['-n', 'other'], 3, 0],
  [['-n', 'other,shop'], 1, 1],
  [['-A'], 1, 1],
  [['-A', '-l', 'app=web'], 3, 0],
] as const)('%j narrows the findings', async (args, status, findings) => {
  const api = await startFakeApi();
  const ran = await scan(api.kubeconfig(), [...PRIVILEGED, ...args]);
  expect([ran.status, told(ran).findings.length]).toEqual([status, findings]);
});

test('Secrets are asked for only when that is allowed', async () => {
  const api = await startFakeApi();
  await scan(api.kubeconfig(), ['-o', 'name']);
  expect(api.asked.filter((path) => path.includes('secrets'))).toEqual([]);
  await scan(api.kubeconfig(), ['-o', 'name', '--read-secrets']);
  expect(api.asked.filter((path) => path.includes('secrets'))).toEqual(['/api/v1/secrets?limit=500']);
});

test('-v tells the number of requests: one for each kind and each 500 objects, and one in ten more', async () => {
  const api = await startFakeApi();
  const ran = await scan(api.kubeconfig(), ['-v']);
  const requests = Number(/(\d+) requests/.exec(ran.stdout)?.[1]);
  expect(requests).toBe(api.asked.length);
  const kinds = api.asked.filter((path) => path.includes('limit=')).length;
  expect(requests).toBeLessThanOrEqual(Math.ceil(kinds * 1.1));
});

test('a 403 is a gap, exit 3, and the reason of what it leaves open', async () => {
  const api = await startFakeApi({ fault: (path, _, response) => path.endsWith('/rolebindings') && refuse(response, 403) });
  const ran = await scan(api.kubeconfig(), ['-o', 'json', '--only', 'workload-service-account-token', '--fail-on', 'never']);
  const { scan: about, findings } = told(ran);
  expect(ran.status).toBe(3);
  expect(about.gaps.map(({ about, because }) => [about, because])).toEqual([['test', 'list rolebindings.rbac.authorization.k8s.io in namespace shop is forbidden (403)']]);
  for (const { outcome, because } of findings.filter(({ because }) => because.length > 0)) {
    expect([outcome, because]).toEqual(['unknown', ['list rolebindings.rbac.authorization.k8s.io in namespace shop is forbidden (403)']]);
  }
});

test.each<[string, Fault]>([
  ['nobody is let in', (_, __, response) => refuse(response, 401)],
  ['it is no API server', (_, __, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>') === undefined],
])('%s: exit 3, and never a word of success', async (_, fault) => {
  const api = await startFakeApi({ fault });
  const ran = await scan(api.kubeconfig());
  expect(ran.status).toBe(3);
  expect(ran.stdout).toContain('NOT READ');
  expect(ran.stdout).toContain('Incomplete');
  expect(ran.stdout).not.toContain('No violations');
});

test('nobody listens: exit 3', async () => {
  const api = await startFakeApi();
  const ran = await scan(api.kubeconfig({}, { server: 'http://127.0.0.1:1' }));
  expect(ran.status).toBe(3);
  expect(ran.stdout).toMatch(/127\.0\.0\.1:1 cannot be reached\s+\(ECONNREFUSED\)/);
});

test('a context that is not there is wrong use: exit 2, before anything is read', async () => {
  const api = await startFakeApi();
  const ran = await scan(api.kubeconfig(), ['--context', 'nowhere']);
  expect([ran.status, ran.stdout, ran.stderr]).toEqual([2, '', 'error: --context nowhere: there is no such context; there are test\n']);
  expect(api.asked).toEqual([]);
});

test('a bad policy of one’s own is its author’s to mend: exit 2, before anything is read', async () => {
  const api = await startFakeApi();
  const folder = temporaryFolder();
  const text = { title: 'T', severity: 'low', subject: 'container', require: 'container.runAsRoot == false', message: 'm', why: 'w', fix: 'f', since: '0.1.0' };
  write(folder, { 'own/theme/our-policy/policy.yaml': JSON.stringify(text) });
  const ran = await scan(api.kubeconfig(), ['--policies', 'own'], folder);
  expect([ran.status, ran.stdout, ran.stderr]).toEqual([2, '', expect.stringContaining('there is no fact "runAsRoot" here')]);
  expect(api.asked).toEqual([]);
});

test('--timeout ends the reading: exit 3, and what was read is told', async () => {
  const api = await startFakeApi({ fault: (path) => path === '/api/v1/pods' });
  const ran = await scan(api.kubeconfig(), ['-o', 'json', '--only', 'workload-no-privileged', '--timeout', '2s', '--fail-on', 'never']);
  expect(ran.status).toBe(3);
  expect(told(ran).scan.gaps.map(({ because }) => because)).toEqual(['reading took longer than 2 s before these were read: pods']);
  expect(told(ran).findings).toMatchObject([{ subject: { kind: 'Deployment' } }]);
});

test('Ctrl-C ends the reading: exit 130, and what was read is told as incomplete', async () => {
  let running: Running | undefined;
  const fault: Fault = (path) => {
    if (path !== '/api/v1/pods') return false;
    running?.interrupt();
    return true;
  };
  const api = await startFakeApi({ fault });
  running = start(temporaryFolder(), ['scan', '--kubeconfig', api.kubeconfig(), ...PRIVILEGED]);
  const ran = await running.done;
  expect([ran.status, ran.signal]).toEqual([130, null]);
  expect(told(ran).scan).toMatchObject({ complete: false, gaps: [{ because: 'the scan was interrupted before these were read: pods' }] });
  expect(told(ran).findings).toHaveLength(1);
});

test('manifests and a cluster in one run: the same finding, and what became of it', async () => {
  const api = await startFakeApi();
  const folder = temporaryFolder();
  const deployment = (privileged: boolean): string =>
    JSON.stringify({
      ...RECORDED['/apis/apps/v1/deployments']?.items[0],
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'shop' },
      spec: { template: { spec: { containers: [{ name: 'api', image: 'nginx:1.0', securityContext: { privileged } }] } } },
    });
  const scanWith = async (privileged: boolean): Promise<Told['findings']> => {
    writeFileSync(join(folder, 'api.json'), deployment(privileged));
    return told(await scan(api.kubeconfig(), ['api.json', ...PRIVILEGED], folder)).findings;
  };
  const [both] = await scanWith(true);
  expect(both).toMatchObject({ outcome: 'violation', views: expect.arrayContaining(['git', 'live:test']), drift: 'in-git-and-live', subject: { cluster: 'test' } });
  expect(await scanWith(false)).toMatchObject([{ id: both?.id, views: ['live:test'], drift: 'fixed-in-git' }]);
  writeFileSync(join(folder, 'other.yaml'), pod('bad', '      securityContext: {privileged: true}\n').replace('metadata: {name: bad}', 'metadata: {name: bad, namespace: shop}'));
  const alone = told(await scan(api.kubeconfig(), ['other.yaml', ...PRIVILEGED], folder)).findings;
  expect(alone.map(({ subject, drift }) => [subject.name, drift])).toEqual([
    ['api', 'only-live'],
    ['bad', 'only-in-git'],
  ]);
});

test('a fleet: a finding for each cluster, of one id; a cluster that is down hides no other', async () => {
  const [one, two] = [await startFakeApi(), await startFakeApi()];
  const file = join(temporaryFolder(), 'fleet');
  const config = {
    clusters: [one.url, two.url, 'http://127.0.0.1:1'].map((server, index) => ({ name: `c${index}`, cluster: { server } })),
    users: [],
    contexts: [0, 1, 2].map((index) => ({ name: `fleet-${index}`, context: { cluster: `c${index}`, namespace: 'shop' } })),
  };
  writeFileSync(file, JSON.stringify(config));
  const ran = await scan(file, [...PRIVILEGED, ...[0, 1, 2].flatMap((index) => ['--context', `fleet-${index}`]), '--parallel', '2']);
  const { findings, scan: about } = told(ran);
  expect(ran.status).toBe(1);
  expect(findings.map(({ subject }) => subject.cluster)).toEqual(['fleet-0', 'fleet-1']);
  expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
  expect(about.sources.map(({ target }) => target)).toEqual(['fleet-0', 'fleet-1', 'fleet-2']);
  expect(about.gaps.map(({ about }) => about)).toEqual(['fleet-2']);
});

test('Pods that a webhook changed are judged in the name of their owner', async () => {
  const pods = RECORDED['/api/v1/pods'];
  const changed = (index: number, privileged: boolean, node = 'a'): object => {
    const pod = structuredClone(pods?.items[index]) as unknown as { spec: { nodeName: string; containers: { securityContext: object }[] } };
    pod.spec.nodeName = node;
    for (const container of pod.spec.containers) container.securityContext = { privileged };
    return pod;
  };
  const scanPods = async (...items: readonly object[]): Promise<Told['findings']> => {
    const fault: Fault = (path, _, response) => {
      if (path !== '/api/v1/pods') return false;
      sendJson(response, { ...pods, items });
      return true;
    };
    return told(await scan((await startFakeApi({ fault })).kubeconfig(), PRIVILEGED)).findings;
  };
  expect(await scanPods(changed(0, false), changed(1, false))).toEqual([]);
  expect(await scanPods(changed(0, true), changed(1, false))).toMatchObject([{ subject: { kind: 'Deployment' } }]);
  expect(await scanPods(changed(0, true), changed(1, true, 'b'))).toMatchObject([{ subject: { kind: 'Deployment', name: 'api' }, views: ['live:test'] }]);
});

test('the plugin scans the cluster when nothing else is named', () => {
  const { status, stderr } = seaworthy(temporaryFolder(), ['scan', '--cluster']);
  expect([status, stderr]).toEqual([2, 'error: no cluster is named: there is no kubeconfig; use --kubeconfig FILE\n']);
});
