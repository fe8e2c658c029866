import { describe, expect, test } from 'vitest';
import { kubernetes, lineOf } from './support.ts';

const UNKNOWN = undefined;

const RIGHTS = [
  'allowsAllVerbs',
  'allowsAllResources',
  'readsSecrets',
  'createsPods',
  'entersPods',
  'reachesKubelet',
  'createsTokens',
  'raisesOwnRights',
  'changesAdmission',
] as const;

const role = (rule: string, kind = 'Role'): ReturnType<typeof kubernetes> =>
  kubernetes(`apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: {name: r, namespace: shop}\nrules:\n  - ${rule}\n`);

describe('what a rule allows', () => {
  test.each<[string, string, readonly (typeof RIGHTS)[number][]]>([
    ['nothing', '{apiGroups: [""], resources: [configmaps], verbs: [get]}', []],
    ['get on secrets', '{apiGroups: [""], resources: [secrets], verbs: [get]}', ['readsSecrets']],
    ['list shows them as well', '{apiGroups: [""], resources: [secrets], verbs: [list]}', ['readsSecrets']],
    ['so does watch', '{apiGroups: [""], resources: [secrets], verbs: [watch]}', ['readsSecrets']],
    ['creating shows nothing', '{apiGroups: [""], resources: [secrets], verbs: [create]}', []],
    ['secrets by name', '{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}', []],
    ['no names at all are all names', '{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: []}', ['readsSecrets']],
    ['secrets of another group', '{apiGroups: [example.com], resources: [secrets], verbs: [get]}', []],
    ['secrets of every group', '{apiGroups: ["*"], resources: [secrets], verbs: [get]}', ['readsSecrets']],
    ['every verb on secrets', '{apiGroups: [""], resources: [secrets], verbs: ["*"]}', ['allowsAllVerbs', 'readsSecrets']],
    ['create pods', '{apiGroups: [""], resources: [pods], verbs: [create]}', ['createsPods']],
    ['get pods', '{apiGroups: [""], resources: [pods], verbs: [get]}', []],
    ['patch deployments', '{apiGroups: [apps], resources: [deployments], verbs: [patch]}', ['createsPods']],
    ['deployments of no group', '{apiGroups: [""], resources: [deployments], verbs: [create]}', []],
    ['create jobs', '{apiGroups: [batch], resources: [jobs], verbs: [create]}', ['createsPods']],
    ['create cronjobs', '{apiGroups: [batch], resources: [cronjobs], verbs: [update]}', ['createsPods']],
    ['create pods/exec', '{apiGroups: [""], resources: [pods/exec], verbs: [create]}', ['entersPods']],
    ['get is enough for exec', '{apiGroups: [""], resources: [pods/exec], verbs: [get]}', ['entersPods']],
    ['attach', '{apiGroups: [""], resources: [pods/attach], verbs: [create]}', ['entersPods']],
    ['port-forward', '{apiGroups: [""], resources: [pods/portforward], verbs: [create]}', ['entersPods']],
    ['ephemeral containers', '{apiGroups: [""], resources: [pods/ephemeralcontainers], verbs: [patch]}', ['entersPods']],
    // ResourceMatches (pkg/apis/rbac/v1/evaluation_helpers.go) knows two wildcards, `*` and `*/subresource`.
    ['exec of everything', '{apiGroups: [""], resources: ["*/exec"], verbs: [create]}', ['entersPods']],
    ['pods/* is no wildcard to RBAC', '{apiGroups: [""], resources: ["pods/*"], verbs: [create]}', []],
    ['*/* neither', '{apiGroups: [""], resources: ["*/*"], verbs: [create]}', []],
    ['pods says nothing of pods/exec', '{apiGroups: [""], resources: [pods], verbs: [get, list]}', []],
    ['logs are no way in', '{apiGroups: [""], resources: [pods/log], verbs: [get]}', []],
    ['nodes/proxy', '{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}', ['reachesKubelet']],
    ['nodes', '{apiGroups: [""], resources: [nodes], verbs: [get]}', []],
    ['the proxy of everything', '{apiGroups: [""], resources: ["*/proxy"], verbs: [get]}', ['reachesKubelet']],
    ['tokens', '{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}', ['createsTokens']],
    ['the tokens of everything', '{apiGroups: [""], resources: ["*/token"], verbs: [create]}', ['createsTokens']],
    ['escalate', '{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}', ['raisesOwnRights']],
    ['bind', '{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}', ['raisesOwnRights']],
    ['writing bindings', '{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}', ['raisesOwnRights']],
    ['reading bindings', '{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [get, list, watch]}', []],
    ['impersonating users', '{apiGroups: [""], resources: [users, groups], verbs: [impersonate]}', ['raisesOwnRights']],
    ['impersonating extras', '{apiGroups: [authentication.k8s.io], resources: [userextras/scopes], verbs: [impersonate]}', ['raisesOwnRights']],
    ['impersonating in another group', '{apiGroups: [apps], resources: [users], verbs: [impersonate]}', []],
    ['webhooks', '{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [patch]}', ['changesAdmission']],
    ['reading webhooks', '{apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [get]}', []],
    ['approving certificates', '{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}', ['changesAdmission']],
    ['signing certificates', '{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [sign]}', ['changesAdmission']],
    ['everything of one group is nothing of the others', '{apiGroups: [apps], resources: ["*"], verbs: ["*"]}', ['allowsAllVerbs', 'allowsAllResources', 'createsPods']],
    [
      'everything',
      '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}',
      ['allowsAllVerbs', 'allowsAllResources', 'readsSecrets', 'createsPods', 'entersPods', 'reachesKubelet', 'createsTokens', 'raisesOwnRights', 'changesAdmission'],
    ],
    ['verbs are compared as they are written', '{apiGroups: [""], resources: [secrets], verbs: [GET]}', []],
    ['so are resources', '{apiGroups: [""], resources: [Secrets], verbs: [get]}', []],
    ['URLs are no resources', '{nonResourceURLs: ["*"], verbs: ["*"]}', ['allowsAllVerbs']],
    ['no list at all', '{apiGroups: "*", resources: "*", verbs: "*"}', []],
  ])('%s', (_, rule, rights) => {
    const facts = role(rule).facts('rule', RIGHTS);
    expect(Object.keys(facts).filter((right) => facts[right] === true)).toEqual([...rights].sort((a, b) => RIGHTS.indexOf(a) - RIGHTS.indexOf(b)));
  });

  test('verbs and resources are told as they are written', () => {
    expect(role('{apiGroups: ["", Apps], resources: [Pods], verbs: [Get], resourceNames: [x]}').facts('rule', ['apiGroups', 'resources', 'verbs', 'isNamed'])).toEqual({
      apiGroups: ['', 'Apps'],
      resources: ['Pods'],
      verbs: ['Get'],
      isNamed: true,
    });
  });

  test('it stands at the list that decides', () => {
    const rule = role('apiGroups: [""]\n    resources: [secrets]\n    verbs: ["*"]').one('rule');
    expect(['allowsAllVerbs', 'readsSecrets', 'isNamed'].map((fact) => lineOf(rule, `rule.${fact}`))).toEqual(['app.yaml:7', 'app.yaml:6', 'app.yaml:5']);
  });
});

describe('roles', () => {
  test.each<[string, string, string, Record<string, unknown>]>([
    ['of Kubernetes itself', 'admin', '{kubernetes.io/bootstrapping: rbac-defaults}', { isBuiltIn: true, isAggregated: false }],
    ['of its components', 'system:node', '{kubernetes.io/bootstrapping: rbac-defaults}', { isBuiltIn: true }],
    ['a name alone proves nothing', 'cluster-admin', '{}', { isBuiltIn: false }],
    ['a label alone proves nothing', 'mine', '{kubernetes.io/bootstrapping: rbac-defaults}', { isBuiltIn: false }],
  ])('%s', (_, name, labels, expected) => {
    const subjects = kubernetes(`{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "${name}", labels: ${labels}}, rules: []}`);
    expect(subjects.facts('role', Object.keys(expected))).toEqual(expected);
  });

  test('aggregated ones have rules from elsewhere', () => {
    const subjects = kubernetes('{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, aggregationRule: {clusterRoleSelectors: []}, rules: null}');
    expect(subjects.fact('role.isAggregated')).toBe(true);
    expect(subjects.of('rule')).toHaveLength(0);
  });
});

describe('bindings', () => {
  const binding = (kind: string, roleRef: string, subjects: string, roles = ''): ReturnType<typeof kubernetes> =>
    kubernetes(`apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: {name: b, namespace: shop}\nroleRef: ${roleRef}\nsubjects: ${subjects}\n${roles}`);
  const one = '[{kind: ServiceAccount, name: api, namespace: shop}]';
  const roleOf = (name: string, rule: string, kind = 'ClusterRole', more = ''): string =>
    `---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nrules: [${rule}]\n${more}`;
  const EVERYTHING = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}';

  test.each<[string, string, string, string, string, boolean | undefined]>([
    // kind, roleRef, subjects, roles, bindsClusterAdmin
    ['cluster-admin', 'ClusterRoleBinding', '{kind: ClusterRole, name: cluster-admin}', one, '', true],
    ['cluster-admin in one namespace', 'RoleBinding', '{kind: ClusterRole, name: cluster-admin}', one, '', true],
    ['cluster-admin for nobody', 'ClusterRoleBinding', '{kind: ClusterRole, name: cluster-admin}', '[]', '', false],
    ['cluster-admin for null', 'ClusterRoleBinding', '{kind: ClusterRole, name: cluster-admin}', 'null', '', false],
    ['view', 'ClusterRoleBinding', '{kind: ClusterRole, name: view}', one, '', false],
    ['a role of the namespace with that name', 'RoleBinding', '{kind: Role, name: cluster-admin}', one, roleOf('cluster-admin', '', 'Role'), false],
    ['a role of one’s own that allows everything', 'ClusterRoleBinding', '{kind: ClusterRole, name: mine}', one, roleOf('mine', EVERYTHING), true],
    [
      'a role of one’s own that does not',
      'ClusterRoleBinding',
      '{kind: ClusterRole, name: mine}',
      one,
      roleOf('mine', '{apiGroups: [""], resources: [pods], verbs: [get]}'),
      false,
    ],
    ['a role that was not seen', 'ClusterRoleBinding', '{kind: ClusterRole, name: mine}', one, '', UNKNOWN],
    ['a role that is collected from others', 'ClusterRoleBinding', '{kind: ClusterRole, name: mine}', one, roleOf('mine', '', 'ClusterRole', 'aggregationRule: {}\n'), UNKNOWN],
  ])('%s', (_, kind, roleRef, subjects, roles, expected) => {
    expect(binding(kind, roleRef, subjects, roles).fact('binding.bindsClusterAdmin')).toBe(expected);
  });

  test.each<[string, string, boolean, boolean]>([
    // subject, bindsEverybody, bindsDefaultAccount
    ['an account', '{kind: ServiceAccount, name: api, namespace: shop}', false, false],
    ['the default account', '{kind: ServiceAccount, name: default, namespace: shop}', false, true],
    ['the default account as a user', '{kind: User, name: "system:serviceaccount:shop:default"}', false, true],
    ['another account as a user', '{kind: User, name: "system:serviceaccount:shop:api"}', false, false],
    ['all accounts', '{kind: Group, name: "system:serviceaccounts"}', false, true],
    ['all accounts of a namespace', '{kind: Group, name: "system:serviceaccounts:shop"}', false, true],
    ['a group that only begins so', '{kind: Group, name: "system:serviceaccountsX"}', false, false],
    ['anonymous callers', '{kind: User, name: "system:anonymous"}', true, false],
    ['unauthenticated callers', '{kind: Group, name: "system:unauthenticated"}', true, false],
    ['all authenticated callers', '{kind: Group, name: "system:authenticated"}', true, false],
    ['a user called default', '{kind: User, name: default}', false, false],
    ['a user called like a group', '{kind: User, name: "system:authenticated"}', false, false],
  ])('%s', (_, subject, everybody, defaultAccount) => {
    const facts = binding('RoleBinding', '{kind: ClusterRole, name: view}', `[${subject}]`).facts('binding', ['bindsEverybody', 'bindsDefaultAccount']);
    expect(facts).toEqual({ bindsEverybody: everybody, bindsDefaultAccount: defaultAccount });
  });

  test('it stands at the subject that it is about', () => {
    const subject = binding('RoleBinding', '{kind: ClusterRole, name: view}', '\n  - {kind: User, name: a}\n  - {kind: Group, name: "system:authenticated"}').one('binding');
    expect(lineOf(subject, 'binding.bindsEverybody')).toBe('app.yaml:7');
    expect(lineOf(subject, 'binding.bindsDefaultAccount')).toBe('app.yaml:5');
    expect(lineOf(subject, 'binding.roleName')).toBe('app.yaml:4');
  });
});
