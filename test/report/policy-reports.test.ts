import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/report.ts';
import { MOST_BYTES, MOST_RESULTS, type PolicyReport, type PolicyReportApi, policyReports, renderPolicyReports } from '../../src/report/policy-reports.ts';
import { at, finding, live, report, type SampleReport, TLS } from './sample.ts';

const corpora = process.env['SEAWORTHY_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const CRDS: Readonly<Record<PolicyReportApi, readonly string[]>> = {
  'wgpolicyk8s.io/v1alpha2': ['policyreports', 'clusterpolicyreports'].map((name) => join(corpora, `schemas/policyreport/policy-report/crd/v1alpha2/wgpolicyk8s.io_${name}.yaml`)),
  'openreports.io/v1alpha1': ['reports', 'clusterreports'].map((name) => join(corpora, `schemas/openreports/config/crd/openreports.io_${name}.yaml`)),
};
const APIS = Object.keys(CRDS) as PolicyReportApi[];

interface Crd {
  readonly spec: { readonly names: { readonly kind: string }; readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: object } }[] };
}

/** The CRD's schema, with what its server would drop in silence turned into an error. */
function schemaOf(api: PolicyReportApi, kind: string): object {
  const crds = CRDS[api].map((file) => loadAll(readFileSync(file, 'utf8'))[0] as Crd);
  const crd = crds.find(({ spec }) => spec.names.kind === kind);
  const version = crd?.spec.versions.find(({ name }) => api.endsWith(`/${name}`));
  if (version === undefined) throw new Error(`there is no CRD of ${api} ${kind}`);
  return closed(version.schema.openAPIV3Schema) as object;
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inside && !('additionalProperties' in inside) ? { ...inside, additionalProperties: false } : inside;
}

const LIVE = live('shop/Deployment/api', '/spec/template/spec/containers/0/securityContext');

function many(number: number, more: (index: number) => Parameters<typeof finding>[0]): Finding[] {
  return Array.from({ length: number }, (_, index) => finding({ location: LIVE, ...more(index) }));
}

function reportsOf(sample: SampleReport, api: PolicyReportApi = 'wgpolicyk8s.io/v1alpha2', show: readonly 'pass'[] = []): PolicyReport[] {
  return policyReports(report(sample), { api, name: 'seaworthy', show });
}

const EVERYTHING: SampleReport = {
  findings: [
    TLS,
    finding({ location: LIVE, outcome: 'unknown', because: ['secrets is forbidden'], hints: ['grant list'] }),
    finding({ location: LIVE, outcome: 'waived' }),
    finding({ location: LIVE, subject: { type: 'role', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', namespace: '', name: 'all', container: '' } }),
    finding({ location: at('compose.yaml', 3, 1), subject: { apiVersion: '', kind: '', namespace: 'project', name: 'web', container: 'web' } }),
  ],
  gaps: [{ about: 'secrets', because: 'list is forbidden', hint: 'grant it' }],
};

describe.each(APIS)('%s', (api) => {
  test.skipIf(!existsSync(CRDS[api][0] ?? ''))('every field is one that the CRD knows (skipped where ../shared/corpora is absent)', () => {
    const list = JSON.parse([...renderPolicyReports(report(EVERYTHING), api, [])].join('')) as { items: PolicyReport[] };
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(list.items.map(({ metadata }) => metadata.namespace)).toEqual([undefined, 'shop']);
    for (const { metadata, ...item } of list.items) {
      const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schemaOf(api, item.kind));
      validate({ ...item, metadata: {} });
      expect(validate.errors ?? []).toEqual([]);
      expect(Object.keys(metadata).sort()).toEqual(metadata.namespace === undefined ? ['annotations', 'labels', 'name'] : ['annotations', 'labels', 'name', 'namespace']);
    }
  });
});

test('unknown is an error, never a pass; what is no object of a namespace goes with the cluster', () => {
  const [cluster, shop] = reportsOf(EVERYTHING);
  expect(cluster?.summary).toEqual({ fail: 2, error: 1, skip: 0 });
  expect(cluster?.results.map(({ policy, result }) => [policy, result])).toEqual([
    ['workload-non-root', 'fail'],
    ['workload-non-root', 'fail'],
    ['scan-is-complete', 'error'],
  ]);
  expect(shop?.summary).toEqual({ fail: 1, error: 1, skip: 1 });
  expect(shop?.results[1]).toMatchObject({ result: 'error', properties: { because: 'secrets is forbidden', hint: 'grant list' } });
  expect(shop?.metadata.annotations['seaworthy.dev/complete']).toBe('false');
});

test('the cluster’s report is there even if nothing was found, and says whether the scan was complete', () => {
  const [cluster, ...others] = reportsOf({});
  expect(others).toEqual([]);
  expect(cluster).toMatchObject({ kind: 'ClusterPolicyReport', summary: { fail: 0 }, results: [], metadata: { annotations: { 'seaworthy.dev/complete': 'true' } } });
});

test('only the first shard speaks for the cluster', () => {
  const of = (index: number) => reportsOf({ findings: [TLS], scan: { shard: { index, count: 2 } } }).map(({ kind }) => kind);
  expect(of(0)).toEqual(['ClusterPolicyReport', 'PolicyReport']);
  expect(of(1)).toEqual(['PolicyReport']);
});

test('passes are counted only where they were kept', () => {
  const findings = [finding({ outcome: 'pass', location: LIVE })];
  expect(reportsOf({ findings })).toHaveLength(1);
  const [, shop] = reportsOf({ findings }, 'openreports.io/v1alpha1', ['pass']);
  expect(shop?.summary).toEqual({ pass: 1, fail: 0, error: 0, skip: 0 });
});

test('at most 200 results, the worst first, the rest counted', () => {
  const findings = [
    ...many(300, () => ({ outcome: 'unknown', severity: 'critical' })),
    ...many(300, () => ({ severity: 'low' })),
    ...many(10, (index) => ({ severity: 'critical', id: `critical-${index}` })),
  ];
  const [, shop] = reportsOf({ findings });
  expect(shop?.results).toHaveLength(MOST_RESULTS);
  expect(shop?.results.slice(0, 10).map(({ properties }) => properties['id'])).toEqual(Array.from({ length: 10 }, (_, index) => `critical-${index}`));
  expect(shop?.results.slice(10).every(({ severity, result }) => severity === 'low' && result === 'fail')).toBe(true);
  expect(shop?.summary).toEqual({ fail: 310, error: 300, skip: 0 });
  expect(shop?.metadata.annotations['seaworthy.dev/results-not-listed']).toBe('410');
});

test('however long its words, a report stays below 256 KiB', () => {
  const long = 'ü'.repeat(20_000);
  const findings = many(300, () => ({
    message: long,
    expected: long,
    actual: long,
    fix: long,
    because: [long],
    hints: [long],
    subject: { name: long, container: long, part: long },
  }));
  const reports = reportsOf({ findings, gaps: Array.from({ length: 100 }, () => ({ about: long, because: long, hint: long })) });
  for (const each of reports) {
    expect(Buffer.byteLength(JSON.stringify(each))).toBeLessThan(MOST_BYTES);
    expect(each.results.length).toBeGreaterThan(10);
  }
  const [cluster, shop] = reports;
  expect(cluster?.summary.error).toBe(100);
  expect(Number(shop?.metadata.annotations['seaworthy.dev/results-not-listed'])).toBe(300 - (shop?.results.length ?? 0));
});

test('a fleet has reports for each cluster', () => {
  const sources = ['prod', 'test'].map((target) => ({ kind: 'cluster' as const, target, resources: 1, files: 0, ignored: 0 }));
  const reports = reportsOf({ sources, findings: ['prod', 'test'].map((cluster) => finding({ location: LIVE, subject: { cluster } })) });
  expect(reports.map(({ metadata }) => [metadata.annotations['seaworthy.dev/cluster'], metadata.namespace])).toEqual([
    [undefined, undefined],
    ['prod', 'shop'],
    ['test', 'shop'],
  ]);
});

test('text of scanned objects cannot act on a terminal', () => {
  const [, shop] = reportsOf({ findings: [finding({ location: LIVE, message: 'a\u001b[2Jb\nc', subject: { name: 'x\u202ey' } })] });
  expect(shop?.results[0]).toMatchObject({ message: 'a\\u001b[2Jb c', resources: [{ name: 'x\\u202ey' }] });
});
