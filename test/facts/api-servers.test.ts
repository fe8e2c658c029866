import { describe, expect, test } from 'vitest';
import { NEWEST_MINOR } from '../../src/facts/api-servers.ts';
import type { KubernetesObject, Reading } from '../../src/model/inventory.ts';
import { LATEST_KUBERNETES } from '../../src/policy/kube-version.ts';
import { derive, kubernetes, lineOf, type Subjects } from './support.ts';

const UNKNOWN = undefined;
const pod = (container: string, image = 'registry.k8s.io/kube-apiserver:v1.36.3'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver-a, namespace: kube-system}\nspec:\n  containers:\n    - name: x\n      image: ${image}\n      ${container}\n`;

describe('what is an API server', () => {
  test.each<[string, string, boolean]>([
    ['by name', 'command: [kube-apiserver, --a=b]', true],
    ['by path', 'command: [/usr/local/bin/kube-apiserver]', true],
    ['in a shell', 'command: [/bin/sh, -c, "exec /usr/bin/kube-apiserver --a 1>>/log 2>&1"]', true],
    ['in a shell, over several lines', 'command: [sh, -c, "mkdir -p /var/log/kube-apiserver\\nkube-apiserver \\\\\\n --a"]', true],
    ['in a shell that runs its arguments', 'command: [bash, -c, \'exec "$@"\', --]\n      args: [kube-apiserver, --a]', true],
    ['behind what writes its log', 'command: [/go-runner, --log-file=/log, --also-stdout, /usr/local/bin/kube-apiserver, --a=b]', true],
    ['behind an init', 'command: [tini, --, kube-apiserver, --a=b]', true],
    ['through hyperkube', 'command: [hyperkube, kube-apiserver]', true],
    ['its old name', 'command: [/hyperkube, apiserver]', true],
    ['by its image', 'args: [--a=b]', true],
    ['another part of hyperkube', 'command: [hyperkube, kube-scheduler]', false],
    ['one that only names it', 'command: [probe, kube-apiserver]', false],
    ['one that only names it in a shell', 'command: [sh, -c, "curl https://a/kube-apiserver"]', false],
    ['one that only has its folder in a shell', 'command: [sh, -c, "exec haproxy -f /etc/kube-apiserver"]', false],
    ['something else in the same image', 'command: [sleep, infinity]', false],
    ['words that are none', 'command: [1, {a: b}]', false],
  ])('%s', (_, container, expected) => {
    expect(kubernetes(pod(container)).of('apiserver')).toHaveLength(expected ? 1 : 0);
  });

  test('an image of another name is another program', () => {
    expect(kubernetes(pod('args: [--a]', 'registry.local/kube-apiserver-proxy:1')).of('apiserver')).toHaveLength(0);
  });
});

describe('what it records', () => {
  const POLICY = '--audit-policy-file=/p';
  test.each<[string, string, boolean | undefined, boolean | undefined]>([
    // flags, hasAuditPolicy, hasAuditBackend
    ['nothing', '', false, false],
    ['a policy', POLICY, true, false],
    ['a log', '--audit-log-path=/l', false, true],
    ['standard output', '--audit-log-path=-', false, true],
    ['a webhook', `${POLICY}, --audit-webhook-config-file=/w`, true, true],
    ['value apart', '--audit-policy-file, /p, --audit-log-path, /l', true, true],
    ['underscores', '--audit_policy_file=/p, --audit_log_path=/l', true, true],
    ['an empty value', '"--audit-policy-file=", "--audit-log-path=\'\'"', false, false],
    ['the last one counts', `${POLICY}, "--audit-policy-file="`, false, false],
    ['another flag that begins so', '--audit-log-path-prefix=/p, --audit-policy-files=/p', false, false],
    ['settings in a file', '--openshift-config=/c', UNKNOWN, UNKNOWN],
    ['settings in a file, and flags', `--config=/c, ${POLICY}, --audit-log-path=/l`, true, true],
    ['settings in a variable', '$ARGUMENTS', UNKNOWN, UNKNOWN],
  ])('%s', (_, flags, hasAuditPolicy, hasAuditBackend) => {
    expect(kubernetes(pod(`command: [kube-apiserver, ${flags}]`)).facts('apiserver', ['hasAuditPolicy', 'hasAuditBackend'])).toEqual({ hasAuditPolicy, hasAuditBackend });
  });

  test('it stands at the command line', () => {
    expect(lineOf(kubernetes(pod('command: [kube-apiserver]')).one('apiserver'), 'apiserver.hasAuditPolicy')).toBe('app.yaml:8');
    expect(lineOf(kubernetes(pod('args: [--a]')).one('apiserver'), 'apiserver.hasAuditPolicy')).toBe('app.yaml:8');
    expect(lineOf(kubernetes(pod('tty: true')).one('apiserver'), 'apiserver.hasAuditPolicy')).toBe('app.yaml:6 missing');
  });
});

describe('the cluster', () => {
  test.each<[string, string | undefined, boolean | undefined]>([
    // tag, version, isSupported
    ['v1.36.3', '1.36', true],
    [`v1.${NEWEST_MINOR - 2}.0`, `1.${NEWEST_MINOR - 2}`, true],
    [`v1.${NEWEST_MINOR - 3}.9`, `1.${NEWEST_MINOR - 3}`, false],
    ['v1.99.0-rc.1', '1.99', true],
    ['1.31.9-gke.1308000', '1.31', false],
    ['latest', UNKNOWN, UNKNOWN],
    ['v2.0.0', UNKNOWN, UNKNOWN],
  ])('with the image tag %s', (tag, version, isSupported) => {
    expect(kubernetes(pod('command: [kube-apiserver]', `registry.k8s.io/kube-apiserver:${tag}`)).facts('cluster', ['version', 'isSupported'])).toEqual({ version, isSupported });
  });

  test('there is none where no API server is among the manifests', () => {
    expect(kubernetes(pod('command: [sleep]')).of('cluster')).toEqual([]);
  });

  test('the newest version is the one that rules are read for', () => {
    expect(NEWEST_MINOR).toBe(Number(LATEST_KUBERNETES.minor));
  });
});

describe('a live cluster', () => {
  const live = (version: string, resources: readonly KubernetesObject[] = [], missing: Reading['missing'] = () => undefined): Subjects =>
    derive([{ kind: 'cluster', name: 'prod', resources, reading: { cluster: 'prod', startedAt: '2026-11-21T12:00:00Z', version, namespaces: undefined, missing } }]);

  test('tells its version itself', () => {
    expect(live('v1.33.5-gke.1308000').facts('cluster', ['name', 'version', 'isSupported'])).toEqual({ name: 'prod', version: '1.33', isSupported: false });
    expect(live('').fact('cluster.isSupported')).toBe(UNKNOWN);
  });

  test('that shows no API server has one all the same, of which nothing is known', () => {
    const server = live('v1.36.3').one('apiserver');
    expect(live('v1.36.3').facts('apiserver', ['isVisible', 'hasAuditPolicy', 'hasAuditBackend'])).toEqual({ isVisible: false, hasAuditPolicy: UNKNOWN, hasAuditBackend: UNKNOWN });
    expect(server.absence('apiserver.hasAuditPolicy').because).toContain('managed control planes');
    expect(server.places('apiserver.hasAuditPolicy').map(({ resource, path }) => resource.origin.locate(path))).toEqual([
      { cluster: 'prod', ref: 'the cluster itself', pointer: '', missing: false },
    ]);
  });

  test('that does not show its pods says so', () => {
    const reason = { because: 'pods may not be listed in prod', hint: 'allow it' };
    const server = live('v1.36.3', [], (resource) => (resource === 'pods' ? reason : undefined)).one('apiserver');
    expect(server.absence('apiserver.hasAuditPolicy')).toEqual(reason);
  });
});
