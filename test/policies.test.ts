import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixturesOf, testPolicy } from '../src/cli/fixtures.ts';
import { factClasses } from '../src/facts/derived.ts';
import { vocabulary } from '../src/facts/vocabulary.ts';
import { createCompiler } from '../src/policy/compile.ts';
import { LATEST_KUBERNETES } from '../src/policy/kube-version.ts';
import { loadPolicies } from '../src/policy/load.ts';
import { selectPolicies } from '../src/policy/select.ts';
import { validate } from '../src/policy/validate.ts';

// Walks policies/** and is never edited to add a check: what a policy must do stands in its own folder.
const library = loadPolicies(fileURLToPath(new URL('../policies', import.meta.url)), validate);
const compiler = createCompiler(vocabulary, factClasses, LATEST_KUBERNETES);

describe.each(library.policies)('$id', (policy) => {
  test('its sentences are sound', () => {
    expect(() => compiler.compile(policy, { check: true })).not.toThrow();
  });

  test('it has a violating and a fixed fixture', () => {
    const kinds = new Set(fixturesOf(policy.folder).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['fixed', 'violating']);
  });

  test('its fixtures agree with it, line by line', async () => {
    expect(await testPolicy(policy, false)).toEqual([]);
  });

  test('it says what, why and how to mend it', () => {
    expect(policy.title.length).toBeLessThanOrEqual(80);
    expect(policy.message).not.toMatch(/\.$/);
    expect(existsSync(join(policy.folder, 'policy.yaml'))).toBe(true);
    expect(JSON.stringify(policy)).not.toContain('TODO');
    for (const text of [policy.why, policy.fix]) expect(text.trim().length).toBeGreaterThan(20);
  });
});

test('every id is unique, and former ids are not in use', () => {
  const ids = library.policies.map(({ id }) => id);
  const former = library.policies.flatMap(({ formerly }) => formerly ?? []);
  expect(new Set([...ids, ...former]).size).toBe(ids.length + former.length);
});

test.each(library.profiles)('profile $name names policies that exist', (profile) => {
  expect(selectPolicies(library.policies, profile, [], {}).policies.length).toBeGreaterThan(0);
});
