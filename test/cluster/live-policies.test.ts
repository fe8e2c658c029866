import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowsEverything, BUILT_IN_ROLES, rightsOf } from '../../src/facts/rights.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { seaworthy } from '../cli/run.ts';
import { type ApiServer, hasKube, startApiServer } from './api-server.ts';

// What only a live cluster shows: the control plane, all bindings together, what was mounted, what was added to a running Pod.

const RBAC = 'apiVersion: rbac.authorization.k8s.io/v1';
const POLICIES = [
  'kubernetes-audit-logging',
  'kubernetes-version-supported',
  'ephemeral-debug-containers',
  'namespace-pod-security-enforced',
  'rbac-least-privilege-account',
  'rbac-least-privilege-cluster-admin',
  'workload-service-account-token',
];

const PLANTED = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: Namespace
metadata: {name: open}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: quiet, namespace: shop}
---
${RBAC}
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
${RBAC}
kind: ClusterRole
metadata: {name: collected}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {example.com/part: "true"}}]}
rules: []
---
${RBAC}
kind: ClusterRole
metadata: {name: part, labels: {example.com/part: "true"}}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
${RBAC}
kind: ClusterRoleBinding
metadata: {name: collected}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: collected}
subjects: [{kind: ServiceAccount, name: robot, namespace: open}]
---
${RBAC}
kind: ClusterRoleBinding
metadata: {name: nothing}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: not-there}
subjects: [{kind: ServiceAccount, name: idle, namespace: open}]
`;

const POD = (name: string, namespace: string, more = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  ${more}
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers: [{name: app, image: "registry.local/app:1.0.0", securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]
`;

const API_SERVER = (name: string, flags: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.36.3", command: [kube-apiserver${flags}]}]}
`;

describe.skipIf(!hasKube)('policies that need the live view', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApiServer({ controllers: ['serviceaccount-controller', 'clusterrole-aggregation-controller'] });
    server.mustKubectl(['apply', '-f', '-'], PLANTED);
    for (const namespace of ['shop', 'open', 'kube-system', 'default']) server.mustKubectl(['wait', '--for=create', 'serviceaccount/default', '-n', namespace, '--timeout=60s']);
    while (!server.mustKubectl(['get', 'clusterrole', 'collected', '-o', 'jsonpath={.rules}']).includes('*')) await sleep(50);
  });
  afterAll(() => server.stop());

  /** `policy subject` of every finding, with `?` where it is unknown. */
  function findings(...args: string[]): string[] {
    const { stdout, stderr } = seaworthy(server.folder, ['scan', '--kubeconfig', server.kubeconfig, '-A', '--only', POLICIES.join(), '-o', 'json', '--show', 'unknown', ...args]);
    if (stdout === '') throw new Error(stderr);
    const report = JSON.parse(stdout) as {
      scan: { gaps: unknown[] };
      findings: { policy: string; outcome: string; subject: { kind: string; namespace: string; name: string; container: string } }[];
    };
    expect(report.scan.gaps).toEqual([]);
    return report.findings
      .map(
        ({ policy, outcome, subject: { kind, namespace, name, container } }) =>
          `${policy} ${[kind, namespace, name, container].filter((word) => word !== '').join('/')}${outcome === 'unknown' ? '?' : ''}`,
      )
      .sort();
  }

  test('what is planted is found, and nothing that Kubernetes itself made', () => {
    expect(findings()).toEqual([
      'kubernetes-audit-logging Cluster/cluster?',
      'namespace-pod-security-enforced Namespace/default',
      'namespace-pod-security-enforced Namespace/open',
      'namespace-pod-security-enforced-pinned Namespace/shop',
      'rbac-least-privilege-account-escalation ServiceAccount/shop/web',
      'rbac-least-privilege-account-pods ServiceAccount/shop/web',
      'rbac-least-privilege-account-secrets ServiceAccount/shop/web',
      'rbac-least-privilege-cluster-admin ClusterRoleBinding/collected',
    ]);
  });

  test('each API server that shows itself is judged', () => {
    server.mustKubectl(['create', '-f', '-'], `${API_SERVER('kube-apiserver-a', '')}---${API_SERVER('kube-apiserver-b', ', --audit-policy-file=/p, --audit-log-path=-')}`);
    const found = findings().filter((finding) => finding.startsWith('kubernetes-'));
    expect(found).toEqual(['kubernetes-audit-logging Pod/kube-system/kube-apiserver-a/kube-apiserver']);
    server.mustKubectl(['delete', 'pod', '-n', 'kube-system', '--all', '--force', '--grace-period=0']);
  });

  test('a debug container counts while it runs', () => {
    server.mustKubectl(['create', '-f', '-'], POD('app', 'shop', 'automountServiceAccountToken: false'));
    const debug = (): string[] => findings().filter((finding) => finding.startsWith('ephemeral'));
    expect(debug()).toEqual([]);
    const added = {
      spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox:1', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }] },
    };
    server.mustKubectl(['patch', 'pod', 'app', '-n', 'shop', '--subresource=ephemeralcontainers', '-p', JSON.stringify(added)]);
    // It has no state yet.
    expect(debug()).toEqual([]);
    const becomes = (state: object): void => {
      const status = { status: { ephemeralContainerStatuses: [{ name: 'debugger', image: 'busybox:1', imageID: '', ready: false, restartCount: 0, state }] } };
      server.mustKubectl(['patch', 'pod', 'app', '-n', 'shop', '--subresource=status', '-p', JSON.stringify(status)]);
    };
    becomes({ running: { startedAt: new Date().toISOString() } });
    expect(debug()).toEqual([]);
    becomes({ running: { startedAt: '2026-11-20T08:00:00Z' } });
    expect(debug()).toEqual(['ephemeral-debug-containers Pod/shop/app/debugger']);
    becomes({ terminated: { exitCode: 0 } });
    expect(debug()).toEqual([]);
    server.mustKubectl(['delete', 'pod', 'app', '-n', 'shop', '--force', '--grace-period=0']);
  });

  test('a mounted token counts, whatever its account says by now', () => {
    const tokens = (): string[] => findings().filter((finding) => finding.startsWith('workload-service-account-token'));
    server.mustKubectl(['create', '-f', '-'], POD('early', 'shop', 'serviceAccountName: quiet'));
    server.mustKubectl(['patch', 'serviceaccount', 'quiet', '-n', 'shop', '-p', '{"automountServiceAccountToken": false}']);
    server.mustKubectl(['create', '-f', '-'], POD('late', 'shop', 'serviceAccountName: quiet'));
    expect(tokens()).toEqual(['workload-service-account-token Pod/shop/early']);
  });

  test('the version of the server is known without any object', () => {
    expect(findings('--show', 'pass')).toContain('kubernetes-version-supported Cluster/cluster');
  });

  test.each(Object.keys(BUILT_IN_ROLES))('what is known of the role %s is what the server has', (name) => {
    const role = JSON.parse(server.mustKubectl(['get', 'clusterrole', name, '-o', 'json'])) as { rules: JsonObject[] };
    const isEverything = allowsEverything(role.rules);
    const given = role.rules.map((rule) => ({ ...rightsOf(rule), allowsEverything: isEverything }));
    const all = Object.keys(BUILT_IN_ROLES[name] ?? {}) as (keyof (typeof given)[number])[];
    expect(Object.fromEntries(all.map((right) => [right, given.some((rights) => rights[right])]))).toEqual(BUILT_IN_ROLES[name]);
  });
});
