import { describe, expect, test } from 'vitest';
import { kubernetes, lineOf, type Subjects } from './support.ts';

const UNKNOWN = undefined;
const RBAC = 'apiVersion: rbac.authorization.k8s.io/v1';
const RIGHTS = [
  'mayDoEverything',
  'readsSecrets',
  'readsAllSecrets',
  'createsPods',
  'entersPods',
  'reachesKubelet',
  'createsTokens',
  'raisesOwnRights',
  'changesAdmission',
] as const;

function role(name: string, rules: string, more = '', kind = 'ClusterRole'): string {
  return `---\n${RBAC}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop${more === '' ? '' : `, ${more}`}}\nrules: [${rules}]\n`;
}

function binding(kind: string, roleRef: string, subject: string, name = 'b', namespace = 'shop'): string {
  return `---\n${RBAC}\nkind: ${kind}\nmetadata: {name: "${name}", namespace: ${namespace}}\nroleRef: ${roleRef}\nsubjects: [${subject}]\n`;
}

const API = '{kind: ServiceAccount, name: api, namespace: shop}';
const SECRETS = '{apiGroups: [""], resources: [secrets], verbs: [get]}';
const EXEC = '{apiGroups: [""], resources: [pods/exec], verbs: [create]}';
const WEBHOOKS = '{apiGroups: [admissionregistration.k8s.io], resources: ["*"], verbs: ["*"]}';
const KUBELET = '{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}';
const EVERYTHING = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}';
const MINE = '{kind: ClusterRole, name: mine}';

/** The rights that an identity has, and those of which it is not known. */
function rightsOf(subjects: Subjects, name = 'api'): string[] {
  const facts = subjects.facts('identity', RIGHTS, name);
  return Object.keys(facts).flatMap((right) => (facts[right] === true ? [right] : facts[right] === UNKNOWN ? [`${right}?`] : []));
}

describe('what an account may do', () => {
  test.each<[string, string, string[]]>([
    ['its role where it is bound', binding('RoleBinding', MINE, API) + role('mine', SECRETS), ['readsSecrets']],
    ['everywhere', binding('ClusterRoleBinding', MINE, API) + role('mine', SECRETS), ['readsSecrets', 'readsAllSecrets']],
    [
      'all bindings together',
      binding('RoleBinding', MINE, API) + binding('ClusterRoleBinding', '{kind: ClusterRole, name: other}', API, 'c') + role('mine', SECRETS) + role('other', EXEC),
      ['readsSecrets', 'entersPods'],
    ],
    ['what belongs to no namespace is not given in one', binding('RoleBinding', MINE, API) + role('mine', `${WEBHOOKS}, ${KUBELET}`), []],
    ['but it is in the cluster', binding('ClusterRoleBinding', MINE, API) + role('mine', `${WEBHOOKS}, ${KUBELET}`), ['reachesKubelet', 'changesAdmission']],
    [
      'a role of another namespace is another role',
      binding('RoleBinding', '{kind: Role, name: mine}', API, 'b', 'blog') + role('mine', SECRETS, '', 'Role'),
      RIGHTS.filter((right) => !['readsAllSecrets', 'reachesKubelet', 'changesAdmission'].includes(right)).map((right) => `${right}?`),
    ],
    ['a Role bound to the cluster is nothing', binding('ClusterRoleBinding', '{kind: Role, name: mine}', API) + role('mine', EVERYTHING, '', 'Role'), []],
    ['a role that was not seen', binding('ClusterRoleBinding', MINE, API), RIGHTS.map((right) => `${right}?`)],
    [
      'what is seen counts, whatever is not',
      binding('ClusterRoleBinding', MINE, API) + binding('ClusterRoleBinding', '{kind: ClusterRole, name: other}', API, 'c') + role('other', EVERYTHING),
      [...RIGHTS],
    ],
    ['edit is known', binding('RoleBinding', '{kind: ClusterRole, name: edit}', API), ['readsSecrets', 'createsPods', 'entersPods', 'createsTokens', 'raisesOwnRights']],
    ['view is known', binding('ClusterRoleBinding', '{kind: ClusterRole, name: view}', API), []],
    ['cluster-admin is known', binding('ClusterRoleBinding', '{kind: ClusterRole, name: cluster-admin}', API), [...RIGHTS]],
    ['named as a user', binding('RoleBinding', MINE, '{kind: User, name: "system:serviceaccount:shop:api"}') + role('mine', EXEC), ['entersPods']],
    ['both names are the same account', binding('RoleBinding', MINE, `{kind: User, name: "system:serviceaccount:shop:api"}, ${API}`) + role('mine', EXEC), ['entersPods']],
  ])('%s', (_, manifests, rights) => {
    expect(rightsOf(kubernetes(manifests))).toEqual(rights);
  });

  test('roles are collected by their labels, and more may be collected elsewhere', () => {
    const collected = `---\n${RBAC}\nkind: ClusterRole\nmetadata: {name: mine}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {part: "yes"}}]}\nrules: []\n`;
    const subjects = kubernetes(
      binding('ClusterRoleBinding', MINE, API) + collected + role('part', SECRETS, 'labels: {part: "yes"}') + role('other', EXEC, 'labels: {part: "no"}'),
    );
    expect(rightsOf(subjects)).toEqual(RIGHTS.map((right) => (/Secrets/.test(right) ? right : `${right}?`)));
    expect(subjects.fact('identity.isSeenToDoEverything')).toBe(false);
  });

  test('it stands at the line of the binding that gives the right, and its absence names the role', () => {
    const subjects = kubernetes(`${binding('RoleBinding', '{kind: ClusterRole, name: view}', API)}${binding('ClusterRoleBinding', MINE, API, 'c')}${role('mine', SECRETS)}`);
    expect(lineOf(subjects.one('identity'), 'identity.readsAllSecrets')).toBe('app.yaml:12');
    expect(lineOf(subjects.one('identity'), 'identity.entersPods')).toBe('app.yaml:6 app.yaml:12');
    const unseen = kubernetes(binding('ClusterRoleBinding', MINE, API)).one('identity');
    expect(unseen.absence('identity.readsSecrets')).toEqual({ because: 'ClusterRole mine is not part of this scan', hint: 'scan the role together with its bindings' });
  });
});

describe('who it is', () => {
  test.each<[string, Record<string, unknown>]>([
    [API, { kind: 'ServiceAccount', name: 'api', namespaceName: 'shop', isAccount: true }],
    ['{kind: ServiceAccount, name: api}', { kind: 'ServiceAccount', name: 'api', namespaceName: 'shop', isAccount: true }],
    ['{kind: User, name: ada}', { kind: 'User', name: 'ada', namespaceName: '', isAccount: false }],
    ['{kind: User, name: "system:serviceaccount:a:b"}', { kind: 'ServiceAccount', name: 'b', namespaceName: 'a', isAccount: true }],
    ['{kind: Group, name: "system:serviceaccounts"}', { kind: 'Group', name: 'system:serviceaccounts', namespaceName: '', isAccount: true }],
    ['{kind: Group, name: "system:serviceaccounts:shop"}', { kind: 'Group', isAccount: true }],
    ['{kind: Group, name: "system:masters"}', { kind: 'Group', isAccount: false }],
  ])('%s', (subject, expected) => {
    const subjects = kubernetes(binding('RoleBinding', MINE, subject));
    expect(subjects.facts('identity', Object.keys(expected))).toEqual(expected);
  });

  test('whoever only Kubernetes itself binds is its own', () => {
    const own = (name: string): string => binding('ClusterRoleBinding', MINE, API, name).replace('namespace: shop}', 'labels: {kubernetes.io/bootstrapping: rbac-defaults}}');
    expect(kubernetes(own('system:node')).fact('identity.isBuiltIn')).toBe(true);
    expect(kubernetes(own('system:node') + binding('RoleBinding', MINE, API)).fact('identity.isBuiltIn')).toBe(false);
    expect(kubernetes(own('system:node') + binding('RoleBinding', MINE, API)).fact('identity.grants')).toEqual([
      'ClusterRole mine in shop',
      'ClusterRole mine in the whole cluster',
    ]);
  });

  test.each(['{kind: ServiceAccount}', '{kind: Robot, name: a}', 'null', 'text', '{name: a}'])('%s is nobody', (subject) => {
    expect(kubernetes(binding('RoleBinding', MINE, subject)).of('identity')).toEqual([]);
  });
});
