import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject } from '../model/json.ts';
import { selects } from './admission.ts';
import { field, isObject, listAt, objectAt, stringsAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

/** What a rule allows that reaches further than it looks. */
export interface Rights {
  readonly readsSecrets: boolean;
  readonly createsPods: boolean;
  readonly entersPods: boolean;
  readonly reachesKubelet: boolean;
  readonly createsTokens: boolean;
  readonly raisesOwnRights: boolean;
  readonly changesAdmission: boolean;
}

/** The rules of a role, as a binding of it gives them away. */
export interface RoleRules {
  readonly rules: readonly JsonObject[];
  /** False where further rules may be collected from roles that were not seen. */
  readonly isComplete: boolean;
}

export function rightsOf(rule: JsonObject): Rights {
  const verbs = stringsAt(rule, 'verbs');
  const resources = stringsAt(rule, 'resources');
  const apiGroups = stringsAt(rule, 'apiGroups');
  const isNamed = stringsAt(rule, 'resourceNames').length > 0;
  const group = (name: string): boolean => apiGroups.includes(name) || apiGroups.includes('*');
  // There are two wildcards, `*` and `*/exec`; `pods/*` means nothing, and nor does another case (pkg/apis/rbac/v1/evaluation_helpers.go).
  const on = (...names: string[]): boolean =>
    names.some((name) => {
      const slash = name.indexOf('/');
      return resources.includes(name) || resources.includes('*') || (slash !== -1 && resources.includes(`*${name.slice(slash)}`));
    });
  const may = (...names: string[]): boolean => names.some((name) => verbs.includes(name)) || verbs.includes('*');
  const core = group('');
  return {
    // The answer to a patch, even an empty one, is the whole object.
    readsSecrets: core && on('secrets') && may('get', 'list', 'watch', 'patch') && !isNamed,
    createsPods:
      (core && on('pods') && may('create')) ||
      (core && on('replicationcontrollers') && may('create', 'update', 'patch')) ||
      (group('apps') && on('deployments', 'daemonsets', 'statefulsets', 'replicasets') && may('create', 'update', 'patch')) ||
      (group('batch') && on('jobs', 'cronjobs') && may('create', 'update', 'patch')),
    // `get` opens exec and attach as well: the API server upgrades a GET to a stream (CVE-like; kubernetes/kubernetes#78741).
    entersPods: core && on('pods/exec', 'pods/attach', 'pods/portforward', 'pods/ephemeralcontainers') && may('create', 'get', 'update', 'patch'),
    reachesKubelet: core && on('nodes/proxy') && may('get', 'create', 'update', 'patch', 'delete'),
    createsTokens: core && on('serviceaccounts/token') && may('create'),
    raisesOwnRights:
      (group('rbac.authorization.k8s.io') && on('roles', 'clusterroles') && may('escalate', 'bind')) ||
      (group('rbac.authorization.k8s.io') && on('rolebindings', 'clusterrolebindings') && may('create', 'update', 'patch')) ||
      // The API groups that impersonation is asked of (authentication, User impersonation).
      (core && on('users', 'groups', 'serviceaccounts') && may('impersonate')) ||
      (group('authentication.k8s.io') && (on('uids') || resources.some((name) => /^(?:\*|userextras(?:\/.*)?)$/.test(name))) && may('impersonate')),
    changesAdmission:
      (group('admissionregistration.k8s.io') &&
        on(
          'validatingwebhookconfigurations',
          'mutatingwebhookconfigurations',
          'validatingadmissionpolicies',
          'validatingadmissionpolicybindings',
          'mutatingadmissionpolicies',
          'mutatingadmissionpolicybindings',
        ) &&
        may('create', 'update', 'patch', 'delete')) ||
      (group('certificates.k8s.io') && on('certificatesigningrequests/approval', 'certificatesigningrequests/status') && may('update', 'patch')) ||
      (group('certificates.k8s.io') && on('signers') && may('approve', 'sign')),
  };
}

/** Without the wildcard, the verbs that every kind has come to the same. */
const EVERY_VERB = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Of a role: what its rules allow adds up. */
export function allowsEverything(rules: readonly JsonObject[]): boolean {
  const onAll = rules.filter((rule) => stringsAt(rule, 'apiGroups').includes('*') && stringsAt(rule, 'resources').includes('*') && stringsAt(rule, 'resourceNames').length === 0);
  const verbs = new Set(onAll.flatMap((rule) => stringsAt(rule, 'verbs')));
  return verbs.has('*') || EVERY_VERB.every((verb) => verbs.has(verb));
}

/** What `roleRef` of a binding comes to: aggregated roles have the rules of all roles that their labels select. Undefined where the role was not seen. */
export function rulesOf(role: KubernetesObject, index: UnitIndex): RoleRules {
  const own = listAt(role.value, 'rules').filter(isObject);
  const aggregation = field(role.value, 'aggregationRule');
  if (!isObject(aggregation)) return { rules: own, isComplete: true };
  // A controller has written them all into the stored role.
  if (role.origin.reading !== undefined) return { rules: own, isComplete: true };
  const selectors = listAt(aggregation, 'clusterRoleSelectors').filter(isObject);
  const collected = index
    .all('ClusterRole')
    .filter(({ value }) => selectors.some((selector) => selects(selector, objectAt(objectAt(value, 'metadata'), 'labels'))))
    .flatMap(({ value }) => listAt(value, 'rules').filter(isObject));
  return { rules: [...own, ...collected], isComplete: false };
}

/** The roles for users that every cluster has, and what they allow. A test compares them with those of a real API server. */
export const BUILT_IN_ROLES: Readonly<Record<string, Rights & { readonly allowsEverything: boolean }>> = {
  'cluster-admin': every(true, { allowsEverything: true }),
  admin: every(false, { readsSecrets: true, createsPods: true, entersPods: true, createsTokens: true, raisesOwnRights: true }),
  edit: every(false, { readsSecrets: true, createsPods: true, entersPods: true, createsTokens: true, raisesOwnRights: true }),
  view: every(false, {}),
};

function every(value: boolean, others: Partial<Rights & { allowsEverything: boolean }>): Rights & { allowsEverything: boolean } {
  return {
    readsSecrets: value,
    createsPods: value,
    entersPods: value,
    reachesKubelet: value,
    createsTokens: value,
    raisesOwnRights: value,
    changesAdmission: value,
    allowsEverything: value,
    ...others,
  };
}
