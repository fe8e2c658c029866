import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { factClasses } from '../src/facts/derived.ts';
import { vocabulary } from '../src/facts/vocabulary.ts';
import type { Report } from '../src/model/report.ts';
import { loadBuiltIn } from '../src/policy/builtin.ts';
import { createCompiler } from '../src/policy/compile.ts';
import { LATEST_KUBERNETES } from '../src/policy/kube-version.ts';
import { readSchema } from '../src/policy/schemas.ts';
import { renderJson } from '../src/report/json.ts';
import { scan } from '../src/scan.ts';

// The program held to what it publishes: its own examples, its own schema, its own Dockerfile.

const root = fileURLToPath(new URL('..', import.meta.url));
const { policies, profiles } = loadBuiltIn();
const restated = new Set(policies.filter(({ theme }) => theme === 'pod-security-standards').map(({ id }) => id));

async function scanPaths(paths: readonly string[], keepPasses = false): Promise<Report> {
  return scan({
    manifests: { paths: paths.map((path) => root + path), kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: false },
    compilerFor: (version) => createCompiler(vocabulary, factClasses, version),
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
] as const)('the JSON report of %s (passes kept: %s) is valid against the published schema', async (path, keepPasses) => {
  const json = JSON.parse([...renderJson(await scanPaths([path], keepPasses), { show: keepPasses ? ['pass'] : [] })].join(''));
  const validate = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(readSchema('report') as object);
  validate(json);
  expect((validate.errors ?? []).slice(0, 5)).toEqual([]);
  expect(json.findings.length).toBeGreaterThan(100);
});

describe.each(readdirSync(`${root}manifests-examples`, { withFileTypes: true }).filter((entry) => entry.isDirectory()))('$name', ({ name }) => {
  test('before violates', async () => {
    expect((await scanPaths([`manifests-examples/${name}/before`])).summary.violation).toBeGreaterThan(10);
  });

  test('after has no violation, everything of it was read, and all that cannot be known is how strong a password outside of it is', async () => {
    const report = await scanPaths([`manifests-examples/${name}/after`]);
    expect([...report.findings].map(({ outcome, policy }) => `${outcome} ${policy}`)).toEqual(['unknown credential-strength-server']);
    expect(report.scan.complete).toBe(true);
  });
});

test('our own Dockerfile has nothing of medium or higher severity', async () => {
  const { summary } = await scanPaths(['Dockerfile']);
  expect(summary.judged).toBeGreaterThan(0);
  expect(summary.violationsBySeverity).toMatchObject({ critical: 0, high: 0, medium: 0 });
});

test('the report is the same whatever the order of paths', async () => {
  const findings = async (paths: readonly string[]) => JSON.stringify([...(await scanPaths(paths)).findings]);
  const paths = ['manifests-examples/shop/before', 'manifests-examples/agent-compose/before', 'manifests-examples/shop/after'];
  expect(await findings(paths.toReversed())).toBe(await findings(paths));
});

test('every profile names its policies, and the default one all that restate no standard', () => {
  expect(profiles.map(({ name }) => name)).toEqual(['default', 'nsa-cisa', 'pss-baseline', 'pss-restricted', 'strict']);
  expect(readFileSync(`${root}policies/profiles/default.yaml`, 'utf8')).toContain('pod-security-standards');
});
