import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seaworthy } from '../cli/run.ts';
import { type ApiServer, hasKube, startApiServer } from './api-server.ts';
import { type CustomKind, installKinds } from './custom-resources.ts';
import { readCluster } from './read-cluster.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const GROUP = 'rbac.authorization.k8s.io';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

describe.skipIf(!hasKube)('the rights that rbac prints', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApiServer({ audit: true, users: { scanner: [], resident: [], burglar: [] } });
    // A right to what the server does not have cannot be missed: it has to have everything that may be asked for.
    installKinds(server, customKinds(rolesPrinted(['--read-secrets']).flatMap(({ rules }) => rules)));
    server.mustKubectl(['create', 'namespace', 'shop']);
    server.mustKubectl(['create', 'secret', 'generic', 'db', '-n', 'shop', '--from-literal=password=hunter2']);
    server.mustKubectl(['create', 'configmap', 'web', '-n', 'shop', '--from-literal=a=b']);
  });
  afterAll(() => server.stop());

  function rolesPrinted(args: readonly string[]): Role[] {
    const { status, stdout, stderr } = seaworthy(server.folder, ['rbac', ...args]);
    if (status !== 0) throw new Error(stderr);
    return loadAll(stdout).filter((object): object is Role => typeof object === 'object' && object !== null && 'rules' in object);
  }

  /** Gives users these roles, and nothing else. */
  function allow(rolesOf: Readonly<Record<string, readonly Role[]>>): void {
    const items = Object.entries(rolesOf).flatMap(([user, roles]) =>
      roles.flatMap((role) => {
        const metadata = { ...role.metadata, name: user };
        const roleRef = { apiGroup: GROUP, kind: role.kind, name: user };
        return [
          { ...role, metadata },
          { apiVersion: `${GROUP}/v1`, kind: `${role.kind}Binding`, metadata, roleRef, subjects: [{ kind: 'User', name: user, apiGroup: GROUP }] },
        ];
      }),
    );
    server.mustKubectl(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }

  /** Authorisation follows what is stored a moment later. */
  async function waitUntil(user: string, rules: readonly Rule[], status: 200 | 403, namespace?: string): Promise<void> {
    for (const { apiGroups, resources } of rules) {
      const [group = ''] = apiGroups;
      for (const resource of resources) {
        const path = `${group === '' ? '/api/v1' : `/apis/${group}/v1`}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}?limit=1`;
        while ((await server.statusFor(user, path)) !== status) await sleep(20);
      }
    }
  }

  function gapsOf(user: string, args: readonly string[]): string[] {
    const { stdout, stderr } = seaworthy(server.folder, ['scan', '--kubeconfig', server.kubeconfigOf(user), '-o', 'json', '--fail-on', 'never', ...args]);
    if (stdout === '') throw new Error(stderr);
    expect([/hunter2|aHVudGVyMg/, new RegExp(`${user}-token`)].filter((secret) => secret.test(stdout + stderr))).toEqual([]);
    const report = JSON.parse(stdout) as { scan: { gaps: { because: string }[] } };
    return report.scan.gaps.map(({ because }) => because);
  }

  test('are enough for a whole scan', async () => {
    const roles = rolesPrinted([]);
    expect(roles.map(({ kind }) => kind)).toEqual(['ClusterRole']);
    allow({ scanner: roles });
    await waitUntil('scanner', roles[0]?.rules ?? [], 200);
    expect(gapsOf('scanner', ['-A'])).toEqual([]);
  });

  test('are all needed: without one of them, exactly what it allows is missing', async () => {
    const [role] = rolesPrinted([]);
    if (role === undefined) throw new Error('no role');
    allow(Object.fromEntries(role.rules.map((_, at) => [`guest-${at}`, [{ ...role, rules: role.rules.filter((_rule, index) => index !== at) }]])));
    for (const [at, { apiGroups, resources }] of role.rules.entries()) {
      // Roles are known as a whole: once one of its rules counts, all do.
      await waitUntil(`guest-${at}`, role.rules.slice(at === 0 ? 1 : 0).slice(0, 1), 200);
      const { gaps } = await readCluster(server, { as: `guest-${at}` });
      const missing = resources.map((resource) => (apiGroups[0] === '' ? resource : `${resource}.${apiGroups[0]}`));
      const named = gaps.map(({ because }) => missing.find((resource) => names(because, resource)) ?? because);
      expect(named.sort()).toEqual(missing.sort());
    }
  }, 300_000);

  test('for a namespace are enough for a scan of it', async () => {
    const roles = rolesPrinted(['-n', 'shop']);
    expect(roles.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['ClusterRole', undefined],
      ['Role', 'shop'],
    ]);
    allow({ resident: roles });
    for (const { rules, metadata } of roles) await waitUntil('resident', rules, 200, metadata.namespace);
    expect(gapsOf('resident', ['-n', 'shop'])).toEqual([]);
    // What it is not allowed outside is missing there.
    expect(gapsOf('resident', ['-A']).some((gap) => names(gap, 'pods'))).toBe(true);
  });

  test('nobody without rights gets by without gaps', () => {
    expect(gapsOf('burglar', ['-A']).length).toBeGreaterThan(20);
  });

  test('nothing but get and list was ever asked of the server, and nothing about Secrets', () => {
    const byScans = server.auditEvents().filter(({ userAgent }) => userAgent === 'seaworthy');
    expect(new Set(byScans.map(({ user }) => user.username))).toEqual(new Set(['scanner', 'resident', 'burglar', 'admin']));
    expect(byScans.length).toBeGreaterThan(100);
    expect(new Set(byScans.map(({ verb }) => verb))).toEqual(new Set(['get', 'list']));
    expect(byScans.filter(({ objectRef, requestURI }) => objectRef?.resource === 'secrets' || /\/secrets(?:[/?]|$)/.test(requestURI))).toEqual([]);
  });

  test('Secrets are listed by whoever says so, and only listed', async () => {
    const before = server.auditEvents().length;
    const gaps = gapsOf('burglar', ['-A', '--read-secrets']);
    expect(gaps.some((gap) => names(gap, 'secrets'))).toBe(true);
    allow({ burglar: rolesPrinted(['--read-secrets']) });
    await waitUntil('burglar', [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }], 200);
    expect(gapsOf('burglar', ['-A', '--read-secrets'])).toEqual([]);
    const aboutSecrets = server
      .auditEvents()
      .slice(before)
      .filter(({ objectRef, user }) => objectRef?.resource === 'secrets' && user.username === 'burglar');
    expect(new Set(aboutSecrets.map(({ verb }) => verb))).toEqual(new Set(['list']));
  });
});

/** Whether a gap is about a resource, written `resource.group`. */
function names(gap: string, resource: string): boolean {
  return gap.startsWith(`list ${resource} `);
}

/** Every group of the rules that is not one of Kubernetes itself. */
function customKinds(rules: readonly Rule[]): CustomKind[] {
  return rules.flatMap(({ apiGroups: [group = ''], resources }) =>
    BUILT_IN.has(group)
      ? []
      : resources.map((resource) => ({ group, version: 'v1', kind: `K${resource}`, resource, isNamespaced: !/^cluster./.test(resource) || resource === 'clusters' })),
  );
}

const BUILT_IN = new Set(['', 'apps', 'autoscaling', 'batch', 'admissionregistration.k8s.io', 'discovery.k8s.io', 'rbac.authorization.k8s.io', 'storage.k8s.io']);
