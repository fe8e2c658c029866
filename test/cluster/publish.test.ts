import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KubeClient } from '../../src/collect/cluster/client.ts';
import { findTargets } from '../../src/collect/cluster/kubeconfig.ts';
import type { Report } from '../../src/model/report.ts';
import { type Publication, publish } from '../../src/publish/publish.ts';
import { parsePublishTarget } from '../../src/publish/targets.ts';
import { seaworthy } from '../cli/run.ts';
import { finding, live, report } from '../report/sample.ts';
import { type ApiServer, hasKube, startApiServer } from './api-server.ts';

// Reports written into a real API server, with its CRDs, its validation and its rights.

const CRDS = join(process.env['SEAWORTHY_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url)), 'schemas');
const WORKING_GROUP = ['policyreports', 'clusterpolicyreports'].map((name) => join(CRDS, `policyreport/policy-report/crd/v1alpha2/wgpolicyk8s.io_${name}.yaml`));
const OPEN_REPORTS = ['reports', 'clusterreports'].map((name) => join(CRDS, `openreports/config/crd/openreports.io_${name}.yaml`));

describe.skipIf(!hasKube)('publishing into a real API server', () => {
  let server: ApiServer;
  const clients: KubeClient[] = [];

  beforeAll(async () => {
    server = await startApiServer({ audit: true, users: { robot: [] } });
    for (const namespace of ['shop', 'bank', 'ops', 'doomed']) server.mustKubectl(['create', 'namespace', namespace]);
    // No controller runs here that would bring it to its end.
    server.mustKubectl(['delete', 'namespace', 'doomed', '--wait=false']);
  });

  afterAll(async () => {
    for (const client of clients) client.close();
    await server?.stop();
  });

  function clientOf(user: string): KubeClient {
    const kubeconfig = user === 'admin' ? server.kubeconfig : server.kubeconfigOf(user);
    const [target] = findTargets({ contexts: [], kubeconfig, impersonation: { groups: [] }, environment: {} });
    if (target === undefined) throw new Error('there is no target');
    const client = new KubeClient(target, { signal: new AbortController().signal, qps: 0 });
    clients.push(client);
    return client;
  }

  function publishTo(texts: readonly string[], saved: Report, more: Partial<Publication> & { readonly user?: string } = {}): Promise<string[]> {
    return publish(
      saved,
      texts.map((text) => parsePublishTarget(text)),
      { client: () => clientOf(more.user ?? 'admin'), namespaces: [], covers: () => true, ...more },
    );
  }

  function foundIn(...namespaces: string[]): Report {
    const findings = namespaces.map((namespace) => finding({ location: live(`${namespace}/Deployment/api`, '/spec'), subject: { namespace } }));
    return report({ findings });
  }

  const reportsIn = (resource: string): string[] =>
    server
      .mustKubectl(['get', resource, '-A', '-o', 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.summary.fail}{"\\n"}{end}'])
      .trim()
      .split('\n')
      .filter((line) => line !== '');

  test('a ConfigMap is made, then updated in place, and can be read back', async () => {
    expect(await publishTo(['configmap=ops/posture'], foundIn('shop'))).toEqual([]);
    const uid = server.mustKubectl(['get', 'configmap', '-n', 'ops', 'posture', '-o', 'jsonpath={.metadata.uid}']);
    expect(await publishTo(['configmap=ops/posture'], foundIn('shop', 'bank'))).toEqual([]);
    const stored = JSON.parse(server.mustKubectl(['get', 'configmap', '-n', 'ops', 'posture', '-o', 'json']));
    expect(stored.metadata.uid).toBe(uid);
    expect(stored.data['report.txt']).toContain('2 high');
    expect(JSON.parse(gunzipSync(Buffer.from(stored.binaryData['report.json.gz'], 'base64')).toString()).summary.violation).toBe(2);
  });

  test('a ConfigMap of somebody else is left alone', async () => {
    server.mustKubectl(['create', 'configmap', '-n', 'ops', 'theirs', '--from-literal=a=b']);
    const [problem] = await publishTo(['configmap=ops/theirs'], foundIn('shop'));
    expect(problem).toContain('was not made by seaworthy');
    expect(server.mustKubectl(['get', 'configmap', '-n', 'ops', 'theirs', '-o', 'jsonpath={.data}'])).toBe('{"a":"b"}');
  });

  test('without the CRDs, what is missing is said', async () => {
    const [problem] = await publishTo(['policyreports'], foundIn('shop'));
    expect(problem).toContain('the cluster serves no openreports.io/v1alpha1 and no wgpolicyk8s.io/v1alpha2');
  });

  test('a namespace that is not there is said to be the fault', async () => {
    expect(await publishTo(['configmap=nowhere/report'], foundIn('shop'))).toEqual([
      '--publish configmap=nowhere/report: create ConfigMap nowhere/report: there is no such namespace (404) (create it first, or name another)',
    ]);
  });

  test('what is forbidden is said with verb and object, and the other targets get theirs', async () => {
    const problems = await publishTo(['configmap=ops/nobody', 'configmap=shop/nobody'], foundIn('shop'), { user: 'nobody' });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^--publish configmap=ops\/nobody: get ConfigMap ops\/nobody: it is forbidden \(403\) \(grant the right/);
  });

  describe.each([
    { crds: WORKING_GROUP, group: 'wgpolicyk8s.io', namespaced: 'policyreports.wgpolicyk8s.io', cluster: 'clusterpolicyreports.wgpolicyk8s.io', target: 'policyreports' },
    { crds: OPEN_REPORTS, group: 'openreports.io', namespaced: 'reports.openreports.io', cluster: 'clusterreports.openreports.io', target: 'policyreports' },
    { crds: [], group: 'wgpolicyk8s.io', namespaced: 'policyreports.wgpolicyk8s.io', cluster: 'clusterpolicyreports.wgpolicyk8s.io', target: 'policyreports=wgpolicyk8s.io' },
  ])('$target, with the CRDs of $group', ({ crds, namespaced, cluster, target }) => {
    beforeAll(() => {
      for (const crd of crds) server.mustKubectl(['apply', '--server-side', '-f', '-'], readFileSync(crd, 'utf8'));
      for (const resource of [namespaced, cluster]) server.mustKubectl(['wait', '--for=condition=Established', `crd/${resource}`, '--timeout=60s']);
    });

    test('one report for each namespace and one for what has none, updated in place', async () => {
      expect(await publishTo([target], foundIn('shop', 'shop', 'bank'))).toEqual([]);
      expect(reportsIn(namespaced)).toEqual(['bank/seaworthy 1', 'shop/seaworthy 2']);
      expect(reportsIn(cluster)).toEqual(['/seaworthy 0']);
      const uid = () => server.mustKubectl(['get', namespaced, '-n', 'shop', 'seaworthy', '-o', 'jsonpath={.metadata.uid}']);
      const before = uid();
      expect(await publishTo([target], foundIn('shop', 'bank'))).toEqual([]);
      expect(reportsIn(namespaced)).toEqual(['bank/seaworthy 1', 'shop/seaworthy 1']);
      expect(uid()).toBe(before);
    });

    test('no field is lost on the way', async () => {
      await publishTo([target], foundIn('shop'));
      const stored = JSON.parse(server.mustKubectl(['get', namespaced, '-n', 'shop', 'seaworthy', '-o', 'json']));
      expect(stored.results[0]).toMatchObject({
        source: 'seaworthy',
        result: 'fail',
        severity: 'high',
        scored: true,
        properties: { container: 'api' },
        resources: [{ kind: 'Deployment' }],
      });
    });

    test('what was not judged, or not wholly read, is not removed', async () => {
      await publishTo([target], foundIn('shop', 'bank'));
      await publishTo([target], foundIn(), { covers: (namespace) => namespace === 'ops' });
      await publishTo([target], report({ gaps: [{ about: 'pods', because: 'forbidden', hint: 'grant it' }] }));
      expect(reportsIn(namespaced)).toEqual(['bank/seaworthy 1', 'shop/seaworthy 1']);
      expect(server.mustKubectl(['get', cluster, 'seaworthy', '-o', 'jsonpath={.results[0].message}'])).toBe('not read: pods: forbidden');
    });

    test('a namespace in order again has no report; one of somebody else stays', async () => {
      await publishTo([target], foundIn('shop', 'bank'));
      const theirs = JSON.parse(server.mustKubectl(['get', namespaced, '-n', 'shop', 'seaworthy', '-o', 'json']));
      server.mustKubectl(['create', '-f', '-'], JSON.stringify({ ...theirs, metadata: { name: 'theirs', namespace: 'ops', labels: { 'app.kubernetes.io/managed-by': 'other' } } }));
      expect(await publishTo([target], foundIn('bank'))).toEqual([]);
      expect(reportsIn(namespaced)).toEqual(['bank/seaworthy 1', 'ops/theirs 1']);
      server.mustKubectl(['delete', namespaced, '-n', 'ops', 'theirs']);
    });

    test('a namespace that is gone since it was read is no problem', async () => {
      expect(await publishTo([target], foundIn('shop', 'gone'))).toEqual([]);
      expect(reportsIn(namespaced)).toEqual(['shop/seaworthy 1']);
    });

    test('a namespace that is being deleted is no problem either', async () => {
      expect(await publishTo([target], foundIn('shop', 'doomed'))).toEqual([]);
      expect(reportsIn(namespaced)).toEqual(['shop/seaworthy 1']);
    });

    test('a report of our name that somebody else made is left alone, and the others are written', async () => {
      await publishTo([target], foundIn('shop'));
      const theirs = JSON.parse(server.mustKubectl(['get', namespaced, '-n', 'shop', 'seaworthy', '-o', 'json']));
      server.mustKubectl(['create', '-f', '-'], JSON.stringify({ ...theirs, metadata: { name: 'seaworthy', namespace: 'ops', labels: { by: 'hand' } } }));
      const [problem] = await publishTo([target], foundIn('bank', 'ops', 'shop'));
      expect(problem).toMatch(/create \w+ ops\/seaworthy: somebody else made or changed it meanwhile \(409\)/);
      expect(reportsIn(namespaced)).toEqual(['bank/seaworthy 1', 'ops/seaworthy 1', 'shop/seaworthy 1']);
      expect(server.mustKubectl(['get', namespaced, '-n', 'ops', 'seaworthy', '-o', 'jsonpath={.metadata.labels}'])).toBe('{"by":"hand"}');
      server.mustKubectl(['delete', namespaced, '-n', 'ops', 'seaworthy']);
    });

    test('for one namespace, no other is asked for', async () => {
      await publishTo([target], foundIn('shop', 'bank'));
      const before = server.auditEvents().length;
      expect(await publishTo([target], foundIn('shop', 'shop'), { namespaces: ['shop'], covers: (namespace) => namespace === 'shop' })).toEqual([]);
      const asked = server
        .auditEvents()
        .slice(before)
        .filter(({ user, objectRef }) => user.username === 'admin' && objectRef?.resource !== undefined && objectRef.apiGroup?.includes('.io'));
      expect(asked.map(({ verb, objectRef }) => `${verb} ${objectRef?.namespace}`)).toEqual(expect.arrayContaining(['list shop', 'update shop']));
      expect(new Set(asked.map(({ objectRef }) => objectRef?.namespace))).toEqual(new Set(['shop']));
      expect(reportsIn(namespaced)).toEqual(['bank/seaworthy 1', 'shop/seaworthy 2']);
    });
  });

  test('the rights of the installation are enough to publish, and a scan asks for no more than it was asked to', () => {
    const target = ['--publish', 'configmap=posture', '--publish', 'policyreports'];
    const { stdout } = seaworthy(server.folder, ['install', '--print', 'cronjob', ...target]);
    const objects = (loadAll(stdout) as ({ kind: string; subjects?: object[] } | null)[]).filter(
      (object) => object !== null && /^(?:Namespace|(?:Cluster)?Role(?:Binding)?)$/.test(object.kind),
    );
    const robot = { kind: 'User', name: 'robot', apiGroup: 'rbac.authorization.k8s.io' };
    const items = objects.map((object) => (object?.subjects === undefined ? object : { ...object, subjects: [robot] }));
    server.mustKubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    server.mustKubectl(['delete', 'reports.openreports.io,clusterreports.openreports.io', '-A', '--all']);
    server.mustKubectl(['run', 'till', '-n', 'shop', '--image=till:1', '--privileged']);
    const args = ['scan', '--kubeconfig', server.kubeconfigOf('robot'), '-A', '--fail-on', 'never', '-o', 'name'];

    const before = server.auditEvents().length;
    expect(seaworthy(server.folder, args)).toMatchObject({ stderr: '', status: 0 });
    expect(seaworthy(server.folder, [...args, '--publish', 'configmap=seaworthy/posture', '--publish', 'policyreports'])).toMatchObject({ stderr: '', status: 0 });
    const asked = server
      .auditEvents()
      .slice(before)
      .filter(({ user }) => user.username === 'robot');
    expect(asked.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    const written = asked.filter(({ verb }) => verb !== 'get' && verb !== 'list').map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`);
    expect(new Set(written)).toEqual(new Set(['create configmaps', 'create clusterreports', 'create reports']));
  });
});
