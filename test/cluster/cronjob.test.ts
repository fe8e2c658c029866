import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seaworthy, temporaryFolder } from '../cli/run.ts';
import { buildImage } from './image.ts';
import { type ClusterNode, hasNode, startNode } from './node.ts';

// The CronJob as a user installs it, on a real node: our own image, the Pod Security level restricted, the rights of the chart.

const IMAGE = 'localhost/seaworthy:0.1.0';
const SECRET = 'Tr0ub4dor-and-3';
const CRDS = join(process.env['SEAWORTHY_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url)), 'schemas/policyreport/policy-report/crd/v1alpha2');

/** What is to be found: a Pod that may do anything, and a password in plain sight. */
const PLANTED = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: till, namespace: shop}
spec:
  selector: {matchLabels: {app: till}}
  template:
    metadata: {labels: {app: till}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: till
          image: localhost/busybox:1
          command: [/bin/busybox, sleep, "86400"]
          env: [{name: DB_PASSWORD, value: ${SECRET}}]
          securityContext: {privileged: true}
`;

interface SavedFinding {
  readonly id: string;
  readonly policy: string;
  readonly outcome: string;
  readonly subject: { readonly kind: string; readonly namespace: string; readonly name: string };
}

interface SavedReport {
  readonly scan: { readonly complete: boolean; readonly gaps: unknown[]; readonly sources: readonly { readonly lists?: readonly { resource: string; objects: number }[] }[] };
  readonly findings: readonly SavedFinding[];
}

/** A kind that makes Pods and that no controller of this cluster looks after. */
const ROLLOUTS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { kind: 'Rollout', plural: 'rollouts', singular: 'rollout' },
    versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};

describe.skipIf(!hasNode)('the CronJob on a real node', () => {
  const folder = temporaryFolder('cronjob');
  let node: ClusterNode;

  beforeAll(async () => {
    node = await startNode([buildImage(folder, IMAGE)]);
    for (const name of ['policyreports', 'clusterpolicyreports']) node.mustKubectl(['create', '-f', join(CRDS, `wgpolicyk8s.io_${name}.yaml`)]);
    node.mustKubectl(['apply', '-f', '-'], PLANTED);
    node.mustKubectl(['wait', '--for=condition=Available', 'deployment/till', '-n', 'shop', '--timeout=240s']);
  }, 300_000);

  afterAll(async () => {
    await node?.stop();
  }, 120_000);

  function install(...args: string[]): string {
    const printed = seaworthy(folder, ['install', '--print', 'cronjob', '--image', IMAGE, ...args]);
    expect(printed.status).toBe(0);
    const applied = node.kubectl(['apply', '-f', '-'], printed.stdout);
    // The API server warns of what the Pod Security level would refuse.
    expect(applied.stderr).toBe('');
    expect(applied.status).toBe(0);
    return printed.stdout;
  }

  const inSeaworthy = (...args: string[]): string => node.mustKubectl([...args, '-n', 'seaworthy']);

  function readConfigMap(name: string): { readonly file: string; readonly report: SavedReport } {
    const packed = Buffer.from(inSeaworthy('get', 'configmap', name, '-o', String.raw`jsonpath={.binaryData.report\.json\.gz}`), 'base64');
    const file = join(folder, `${name}.json.gz`);
    writeFileSync(file, packed);
    return { file, report: JSON.parse(gunzipSync(packed).toString('utf8')) };
  }

  const planted = (findings: readonly SavedFinding[]): string[] =>
    findings.filter(({ subject, outcome }) => subject.namespace === 'shop' && outcome === 'violation').map(({ policy, subject }) => `${policy} ${subject.kind}/${subject.name}`);

  /** The Job ends well, or what it said is told. */
  function waitFor(job: string): string {
    const waited = node.kubectl(['wait', '--for=condition=Complete', `job/${job}`, '-n', 'seaworthy', '--timeout=240s']);
    const log = node.kubectl(['logs', `job/${job}`, '-n', 'seaworthy', '--all-pods', '--prefix=false']);
    expect(waited.stderr + (waited.status === 0 ? '' : log.stdout + log.stderr)).toBe('');
    return log.stdout;
  }

  test('fires by itself, reads the cluster, finds what was planted, publishes it, and ends with 0', async () => {
    install('--schedule', '* * * * *', '--publish', 'configmap=report', '--publish', 'policyreports');
    node.mustKubectl(['wait', '--for=create', 'job', '-l', 'app.kubernetes.io/name=seaworthy', '-n', 'seaworthy', '--timeout=240s']);
    const [job = ''] = inSeaworthy('get', 'jobs', '-o', 'jsonpath={.items[*].metadata.name}').split(' ');
    inSeaworthy('patch', 'cronjob', 'seaworthy', '-p', '{"spec": {"suspend": true}}');
    const log = waitFor(job);

    expect(log).toContain('workload-no-privileged');
    expect(log).toContain('shop/till');
    const { report } = readConfigMap('report');
    expect(report.scan).toMatchObject({ complete: true, gaps: [] });
    expect(planted(report.findings)).toEqual(expect.arrayContaining(['workload-no-privileged Deployment/till', 'secrets-plaintext-in-spec Deployment/till']));
    expect(report.findings.filter(({ subject, outcome }) => subject.namespace === 'seaworthy' && outcome === 'violation').map(({ policy }) => policy)).toEqual([
      'image-pinned-digest',
    ]);

    const inShop = JSON.parse(node.mustKubectl(['get', 'policyreports', '-n', 'shop', 'seaworthy', '-o', 'json']));
    expect(inShop.results[0]).toMatchObject({ policy: 'workload-no-privileged', result: 'fail', severity: 'critical', resources: [{ kind: 'Deployment', name: 'till' }] });
    expect(JSON.parse(node.mustKubectl(['get', 'clusterpolicyreports', 'seaworthy', '-o', 'json'])).metadata.annotations['seaworthy.dev/complete']).toBe('true');

    const pods = JSON.parse(inSeaworthy('get', 'pods', '-l', `job-name=${job}`, '-o', 'json'));
    expect(pods.items.map((pod: { status: { containerStatuses: { state: object }[] } }) => pod.status.containerStatuses[0]?.state)).toMatchObject([
      { terminated: { exitCode: 0 } },
    ]);
    for (const text of [log, JSON.stringify(report), JSON.stringify(inShop)]) expect(text).not.toContain(SECRET);
  }, 300_000);

  test('what is mended has no report the next time', () => {
    node.mustKubectl(['delete', 'namespace', 'shop', '--wait=true', '--timeout=240s']);
    node.mustKubectl(['create', 'namespace', 'shop']);
    inSeaworthy('create', 'job', '--from=cronjob/seaworthy', 'mended');
    waitFor('mended');
    expect(planted(readConfigMap('report').report.findings)).toEqual(expect.not.arrayContaining(['workload-no-privileged Deployment/till']));
    node.mustKubectl(['apply', '-f', '-'], PLANTED);
  }, 300_000);

  test('in parts, it comes to the same', () => {
    inSeaworthy('create', 'job', '--from=cronjob/seaworthy', 'whole');
    waitFor('whole');
    const whole = readConfigMap('report').report;
    inSeaworthy('delete', 'job', '--all', '--wait=true');
    inSeaworthy('delete', 'cronjob', 'seaworthy', '--wait=true');
    install('--schedule', '0 0 1 1 *', '--shards', '3', '--publish', 'configmap=report', '--publish', 'policyreports');
    inSeaworthy('create', 'job', '--from=cronjob/seaworthy', 'parts');
    waitFor('parts');
    const files = [0, 1, 2].map((index) => readConfigMap(`report-${index}`).file);
    const merged = JSON.parse(seaworthy(folder, ['report', ...files, '-o', 'json', '--fail-on', 'never']).stdout) as typeof whole;
    expect(merged.scan).toMatchObject({ complete: true, gaps: [] });
    expect(merged.findings.map(({ id }) => id)).toEqual(whole.findings.map(({ id }) => id));
  }, 300_000);

  test('10,000 Pods fit into its 256 MiB', () => {
    node.mustKubectl(['create', 'namespace', 'crowd']);
    node.mustKubectl(['create', '-f', '-'], JSON.stringify(ROLLOUTS));
    node.mustKubectl(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io', '--timeout=60s']);
    node.mustKubectl(['wait', '--for=create', 'serviceaccount/default', '-n', 'crowd', '--timeout=60s']);
    const filled = node.exec([process.execPath, fileURLToPath(new URL('crowd.ts', import.meta.url)), 'https://10.0.0.1', node.certificates, '100']);
    expect(filled.stderr).toBe('');
    inSeaworthy('delete', 'cronjob', 'seaworthy', '--wait=true');
    install('--schedule', '0 0 1 1 *', '--publish', 'configmap=crowd');
    inSeaworthy('create', 'job', '--from=cronjob/seaworthy', 'crowd');
    waitFor('crowd');
    const { report } = readConfigMap('crowd');
    expect(report.scan).toMatchObject({ complete: true, gaps: [] });
    expect(report.scan.sources[0]?.lists).toContainEqual(expect.objectContaining({ resource: 'pods', objects: expect.toSatisfy((count: number) => count >= 10_000) }));
    const inCrowd = report.findings.filter(({ subject }) => subject.namespace === 'crowd');
    expect(new Set(inCrowd.map(({ subject }) => subject.kind))).toEqual(new Set(['Rollout']));
    node.mustKubectl(['delete', 'namespace', 'crowd', '--wait=false']);
  }, 600_000);

  test('limited to a namespace, it reads and publishes there, and has no right elsewhere', () => {
    inSeaworthy('delete', 'cronjob', 'seaworthy', '--wait=true');
    node.mustKubectl(['delete', 'clusterrole,clusterrolebinding', 'seaworthy', 'seaworthy-policyreports']);
    node.mustKubectl(['delete', 'policyreports', '-A', '--all']);
    install('--schedule', '0 0 1 1 *', '-n', 'shop', '--publish', 'policyreports', '--publish', 'configmap=limited');
    inSeaworthy('create', 'job', '--from=cronjob/seaworthy', 'limited');
    waitFor('limited');
    const { report } = readConfigMap('limited');
    expect(report.scan).toMatchObject({ complete: true, gaps: [] });
    expect(planted(report.findings)).toContain('workload-no-privileged Deployment/till');
    expect([...new Set(report.findings.map(({ subject }) => subject.namespace || subject.name))]).toEqual(['shop']);
    expect(node.mustKubectl(['get', 'policyreports', '-A', '-o', 'jsonpath={.items[*].metadata.namespace}'])).toBe('shop');
    const may = node.kubectl(['auth', 'can-i', 'list', 'pods', '-n', 'seaworthy', '--as', 'system:serviceaccount:seaworthy:seaworthy']);
    expect(may.stdout.trim()).toBe('no');
  }, 300_000);

  test('without the right to read, the Job fails and says what is missing', () => {
    node.mustKubectl(['delete', 'clusterrolebinding', 'seaworthy']);
    inSeaworthy('create', 'job', '--from=cronjob/seaworthy', 'blind');
    node.mustKubectl(['wait', '--for=condition=Failed', 'job/blind', '-n', 'seaworthy', '--timeout=180s']);
    const log = node.mustKubectl(['logs', '-n', 'seaworthy', '-l', 'job-name=blind', '--tail=-1']);
    expect(log).toMatch(/list\s+clusterroles\S*\s+is\s+forbidden\s+\(403\)/);
    const pods = JSON.parse(inSeaworthy('get', 'pods', '-l', 'job-name=blind', '-o', 'json'));
    const codes = pods.items.map(
      (pod: { status: { containerStatuses: { state: { terminated?: { exitCode: number } } }[] } }) => pod.status.containerStatuses[0]?.state.terminated?.exitCode,
    );
    expect(codes).toContain(3);
  }, 300_000);
});

test.skipIf(!hasNode)('the image holds no more than it needs', () => {
  expect(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')).toContain('FROM scratch');
});
