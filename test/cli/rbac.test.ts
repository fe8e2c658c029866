import { describe, expect, test } from 'vitest';
import { kubernetes } from '../facts/support.ts';
import { seaworthy, temporaryFolder, write } from './run.ts';

const folder = temporaryFolder('rbac');

function rbac(...args: string[]): string {
  const { status, stdout, stderr } = seaworthy(folder, ['rbac', ...args]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** The printed objects as `Kind namespace/name`, and the rules of each. */
function objectsIn(manifests: string): Record<string, unknown> {
  const objects = kubernetes(manifests).of('object');
  return Object.fromEntries(
    objects.map(({ resource, facts }) => {
      const { kind, namespaceName, name } = facts as { kind: string; namespaceName: string; name: string };
      return [`${kind} ${namespaceName}/${name}`, resource.value['rules'] ?? resource.value['subjects']];
    }),
  );
}

describe('seaworthy rbac', () => {
  test('for the whole cluster it is one ClusterRole that lists what the policies need', () => {
    expect(objectsIn(rbac('--only', 'namespace-quota,rbac-least-privilege-secrets'))).toEqual({
      'ClusterRole /seaworthy-scan': [
        { apiGroups: [''], resources: ['limitranges', 'namespaces', 'resourcequotas'], verbs: ['list'] },
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles', 'roles'], verbs: ['list'] },
      ],
    });
  });

  test('for namespaces it is a Role in each, and a ClusterRole for what belongs to none', () => {
    const account = [{ kind: 'ServiceAccount', name: 'scanner', namespace: 'tools' }];
    expect(objectsIn(rbac('--only', 'namespace-quota', '-n', 'shop,on', '-n', '42', '--account', 'tools/scanner', '--name', 'reader'))).toEqual({
      'ClusterRole /reader': [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }],
      'ClusterRoleBinding /reader': account,
      ...Object.fromEntries(
        ['shop', 'on', '42'].flatMap((namespace) => [
          [`Role ${namespace}/reader`, [{ apiGroups: [''], resources: ['limitranges', 'resourcequotas'], verbs: ['list'] }]],
          [`RoleBinding ${namespace}/reader`, account],
        ]),
      ),
    });
  });

  test('whatever is chosen, nothing is written, and Secrets are read only where that is asked for', () => {
    const all = rbac();
    expect(all.match(/verbs: .*/g)?.every((line) => line === 'verbs: [list]')).toBe(true);
    expect(all).not.toMatch(/[[ ]secrets[,\]]|[*]/);
    expect(rbac('--read-secrets')).toMatch(/[[ ]secrets[,\]]/);
  });

  test('applied beside what install prints, it changes nothing of it', () => {
    const installed = objectsIn(seaworthy(folder, ['install', '--print', 'cronjob', '--publish', 'configmap=report']).stdout);
    const asked = objectsIn(rbac('-n', 'seaworthy', '--account', 'seaworthy/other'));
    expect(Object.keys(asked).filter((object) => object in installed)).toEqual([]);
    expect(Object.keys(asked)).toContain('ClusterRoleBinding /seaworthy-scan');
  });

  test('its own roles keep its own rules', () => {
    write(folder, { 'rbac.yaml': rbac('--account', 'tools/scanner') });
    const { status, stdout } = seaworthy(folder, ['scan', 'rbac.yaml', '--fail-on', 'low', '--only', 'rbac-least-privilege']);
    expect(stdout).toContain('No violations');
    expect(status).toBe(0);
  });

  test.each([
    [['-n', 'Shop'], 'lower case'],
    [['--account', 'scanner'], 'NAMESPACE/NAME'],
    [['--account', 'a/b/c'], 'NAMESPACE/NAME'],
    [['--name', 'a\n- b'], 'lower case'],
    [['--only', 'nothing-like-it'], 'there is no policy'],
    [['--profile', 'none'], 'there is no such profile'],
  ])('%j is wrong use', (args, says) => {
    const { status, stdout, stderr } = seaworthy(folder, ['rbac', ...args]);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
