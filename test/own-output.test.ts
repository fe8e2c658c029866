import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Report } from '../src/model/report.ts';
import { loadBuiltIn } from '../src/policy/builtin.ts';
import { LATEST_KUBERNETES } from '../src/policy/kube-version.ts';
import { readSchema } from '../src/policy/schemas.ts';
import { renderJson } from '../src/report/json.ts';
import { scan } from '../src/scan.ts';

// The program held to what it publishes: its own examples, its own schema, its own Dockerfile.

const root = fileURLToPath(new URL('..', import.meta.url));
const { policies, profiles } = loadBuiltIn();
const restated = new Set(policies.filter(({ theme }) => theme === 'pod-security-standards').map(({ id }) => id));

function scanPaths(paths: readonly string[], keepPasses = false): Report {
  return scan({
    manifests: { paths: paths.map((path) => root + path), kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: false },
    policies: policies.filter(({ id }) => !restated.has(id)),
    unchecked: new Set(),
    severityReasons: new Map(),
    profile: 'default',
    kubeVersion: LATEST_KUBERNETES,
    defaultNamespace: '',
    keepPasses,
    toolVersion: '0.0.0',
  });
}

test.each([
  ['manifests-examples', false],
  ['manifests-examples', true],
  ['policies', false],
] as const)('the JSON report of %s (passes kept: %s) is valid against the published schema', (path, keepPasses) => {
  const json = JSON.parse([...renderJson(scanPaths([path], keepPasses), { show: keepPasses ? ['pass'] : [] })].join(''));
  const validate = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(readSchema('report') as object);
  validate(json);
  expect((validate.errors ?? []).slice(0, 5)).toEqual([]);
  expect(json.findings.length).toBeGreaterThan(100);
});

describe.each(readdirSync(`${root}manifests-examples`, { withFileTypes: true }).filter((entry) => entry.isDirectory()))('$name', ({ name }) => {
  test('before violates', () => {
    expect(scanPaths([`manifests-examples/${name}/before`]).summary.violation).toBeGreaterThan(10);
  });

  test('after has no violation, and everything of it was read', () => {
    const report = scanPaths([`manifests-examples/${name}/after`]);
    expect([...report.findings].map(({ policy, message }) => `${policy}: ${message}`)).toEqual([]);
    expect(report.scan.complete).toBe(true);
  });
});

test('our own Dockerfile has nothing of medium or higher severity', () => {
  const { summary } = scanPaths(['Dockerfile']);
  expect(summary.judged).toBeGreaterThan(0);
  expect(summary.violationsBySeverity).toMatchObject({ critical: 0, high: 0, medium: 0 });
});

test('the report is the same whatever the order of paths', () => {
  const findings = (paths: readonly string[]) => JSON.stringify([...scanPaths(paths).findings]);
  const paths = ['manifests-examples/shop/before', 'manifests-examples/agent-compose/before', 'manifests-examples/shop/after'];
  expect(findings(paths.toReversed())).toBe(findings(paths));
});

test('every profile names its policies, and the default one all that restate no standard', () => {
  expect(profiles.map(({ name }) => name)).toEqual(['default', 'nsa-cisa', 'pss-baseline', 'pss-restricted', 'strict']);
  expect(readFileSync(`${root}policies/profiles/default.yaml`, 'utf8')).toContain('pod-security-standards');
});
