import { describe, expect, test } from 'vitest';
import { factClasses } from '../../src/facts/derived.ts';
import { needsOf, resourcesOf } from '../../src/facts/needs.ts';
import { vocabulary } from '../../src/facts/vocabulary.ts';
import type { PolicySource } from '../../src/model/policy.ts';
import { POD_RESOURCES } from '../../src/pod-kinds.ts';
import { loadBuiltIn } from '../../src/policy/builtin.ts';
import { createCompiler } from '../../src/policy/compile.ts';
import { LATEST_KUBERNETES } from '../../src/policy/kube-version.ts';

const compiler = createCompiler(vocabulary, factClasses, LATEST_KUBERNETES);
const { policies } = loadBuiltIn();

function needed(sources: readonly PolicySource[], readSecrets = false): string[] {
  const compiled = sources.map((source) => compiler.compile(source, { check: false }));
  return needsOf(compiled, { readSecrets }).map(({ group, resource }) => (group === '' ? resource : `${group}/${resource}`));
}

function policy(id: string): PolicySource {
  const found = policies.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`there is no policy ${id}`);
  return found;
}

describe('what has to be listed', () => {
  test.each([
    ['namespace-quota', ['namespaces', 'resourcequotas']],
    ['rbac-least-privilege-secrets', ['rbac.authorization.k8s.io/clusterroles', 'rbac.authorization.k8s.io/roles']],
    ['manifest-served-api', []],
    ['secrets-plaintext-in-spec-config', ['configmaps']],
  ])('%s needs %j', (id, resources) => {
    expect(needed([policy(id)])).toEqual(resources);
  });

  test('what `when` asks counts as well as what `require` asks', () => {
    expect(needed([policy('workload-service-account-token')])).toEqual(expect.arrayContaining(['pods', 'serviceaccounts', 'rbac.authorization.k8s.io/rolebindings']));
    expect(needed([{ ...policy('workload-no-privileged'), when: 'ns.hasQuota' }])).toEqual(expect.arrayContaining(['pods', 'namespaces', 'resourcequotas']));
  });

  test('Secrets are not among them unless somebody says so, whatever the policies read', () => {
    expect(needed(policies)).not.toContain('secrets');
    expect(needed(policies, true)).toContain('secrets');
  });

  test('every resource is one of an API server, and every fact names only such or a source that is none', () => {
    for (const [type, { facts }] of Object.entries(vocabulary)) {
      for (const name of Object.keys(facts)) {
        for (const resource of resourcesOf(`${type === 'namespace' ? 'ns' : type}.${name}`)) expect(resource).toMatch(/^(?:[a-z][a-z0-9.-]+\/)?[a-z]+$/);
      }
    }
  });

  test('whatever runs is listed for whatever is said of it', () => {
    expect(resourcesOf('container.isPrivileged')).toEqual(expect.arrayContaining([...POD_RESOURCES]));
  });
});
