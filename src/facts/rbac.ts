import type { KubernetesObject } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { Part } from './part.ts';
import { field, isObject, listAt, objectAt, stringAt, stringsAt } from './read.ts';
import { nameOf, namespaceOf } from './unit-index.ts';

class RbacSubject<T extends 'role' | 'binding'> extends Derived<T> {
  override get labels(): Readonly<Record<string, string>> {
    return objectAt(objectAt(this.resource.value, 'metadata'), 'labels') as Record<string, string>;
  }

  identity(): Identity {
    const { value } = this.resource;
    return {
      apiVersion: stringAt(value, 'apiVersion'),
      kind: stringAt(value, 'kind'),
      namespace: namespaceOf(this.resource),
      name: nameOf(this.resource),
      container: '',
      part: '',
    };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    if (fact === 'roleName' || fact === 'bindsClusterAdmin') return [['roleRef', 'name']];
    if (fact === 'bindsEverybody' || fact === 'bindsDefaultAccount') {
      const matches = fact === 'bindsEverybody' ? isEverybody : isDefaultAccount;
      const subjects = listAt(this.resource.value, 'subjects');
      const found = subjects.findIndex((subject) => isObject(subject) && matches(stringAt(subject, 'kind'), stringAt(subject, 'name')));
      return found === -1 ? [['subjects']] : [['subjects', found, 'name']];
    }
    return [['metadata', 'name']];
  }
}

export function roleSubjects(resource: KubernetesObject): Derived[] {
  const name = nameOf(resource);
  const role = new RbacSubject(
    'role',
    { name, kind: stringAt(resource.value, 'kind'), isBuiltIn: isBuiltIn(name, resource), isAggregated: isObject(field(resource.value, 'aggregationRule')) },
    resource,
    [],
  );
  return [role, ...listAt(resource.value, 'rules').flatMap((rule, position) => (isObject(rule) ? [ruleSubject(role, rule, position)] : []))];
}

function ruleSubject(role: RbacSubject<'role'>, rule: Parameters<typeof stringsAt>[0], position: number): Part<'rule'> {
  const verbs = stringsAt(rule, 'verbs').map((verb) => verb.toLowerCase());
  const resources = stringsAt(rule, 'resources').map((name) => name.toLowerCase());
  const apiGroups = stringsAt(rule, 'apiGroups');
  const isNamed = stringsAt(rule, 'resourceNames').length > 0;
  const group = (name: string): boolean => apiGroups.includes(name) || apiGroups.includes('*');
  // `*/exec` and `pods/*` are wildcards, too (authorization of subresources).
  const on = (...names: string[]): boolean =>
    names.some((name) => {
      const [kind = '', sub] = name.split('/');
      return resources.includes(name) || resources.includes('*') || (sub !== undefined && (resources.includes(`${kind}/*`) || resources.includes(`*/${sub}`)));
    });
  const may = (...names: string[]): boolean => names.some((name) => verbs.includes(name)) || verbs.includes('*');
  const core = group('');
  const facts = {
    verbs,
    resources,
    apiGroups,
    isNamed,
    allowsAllVerbs: verbs.includes('*'),
    allowsAllResources: resources.includes('*'),
    readsSecrets: core && on('secrets') && may('get', 'list', 'watch') && !isNamed,
    createsPods:
      (core && on('pods', 'replicationcontrollers') && may('create')) ||
      (group('apps') && on('deployments', 'daemonsets', 'statefulsets', 'replicasets') && may('create', 'update', 'patch')) ||
      (group('batch') && on('jobs', 'cronjobs') && may('create', 'update', 'patch')),
    // `get` opens exec and attach as well: the API server upgrades a GET to a stream (CVE-like; kubernetes/kubernetes#78741).
    entersPods: core && on('pods/exec', 'pods/attach', 'pods/portforward', 'pods/ephemeralcontainers') && may('create', 'get', 'update', 'patch'),
    reachesKubelet: core && on('nodes/proxy') && may('get', 'create', 'update', 'patch', 'delete'),
    createsTokens: core && on('serviceaccounts/token') && may('create'),
    raisesOwnRights:
      (group('rbac.authorization.k8s.io') && on('roles', 'clusterroles') && may('escalate', 'bind')) ||
      (group('rbac.authorization.k8s.io') && on('rolebindings', 'clusterrolebindings') && may('create', 'update', 'patch')) ||
      (on('users', 'groups', 'serviceaccounts', 'userextras', 'uids') && may('impersonate')),
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
  const path: Path = ['rules', position];
  return new Part('rule', facts, role, {
    part: `rule ${position + 1}`,
    path,
    fields: {
      verbs: ['verbs'],
      allowsAllVerbs: ['verbs'],
      resources: ['resources'],
      allowsAllResources: ['resources'],
      readsSecrets: ['resources'],
      apiGroups: ['apiGroups'],
      createsPods: ['resources'],
      entersPods: ['resources'],
      reachesKubelet: ['resources'],
      createsTokens: ['resources'],
      raisesOwnRights: ['resources'],
      changesAdmission: ['resources'],
    },
  });
}

export function bindingSubject(resource: KubernetesObject): Derived {
  const name = nameOf(resource);
  const roleName = stringAt(objectAt(resource.value, 'roleRef'), 'name');
  const subjects = listAt(resource.value, 'subjects').filter(isObject);
  const some = (test: (kind: string, name: string) => boolean): boolean => subjects.some((subject) => test(stringAt(subject, 'kind'), stringAt(subject, 'name')));
  return new RbacSubject(
    'binding',
    {
      name,
      kind: stringAt(resource.value, 'kind'),
      roleName,
      isBuiltIn: isBuiltIn(name, resource),
      bindsClusterAdmin: roleName === 'cluster-admin' && stringAt(objectAt(resource.value, 'roleRef'), 'kind') !== 'Role' && subjects.length > 0,
      bindsEverybody: some(isEverybody),
      bindsDefaultAccount: some(isDefaultAccount),
    },
    resource,
    [],
  );
}

function isEverybody(kind: string, name: string): boolean {
  return (kind === 'Group' && (name === 'system:unauthenticated' || name === 'system:authenticated')) || (kind === 'User' && name === 'system:anonymous');
}

function isDefaultAccount(kind: string, name: string): boolean {
  return (kind === 'ServiceAccount' && name === 'default') || (kind === 'Group' && /^system:serviceaccounts(?::|$)/.test(name));
}

/** What the API server makes at start (`kubernetes.io/bootstrapping=rbac-defaults`). */
function isBuiltIn(name: string, resource: KubernetesObject): boolean {
  const labels = objectAt(objectAt(resource.value, 'metadata'), 'labels');
  return stringAt(labels, 'kubernetes.io/bootstrapping') === 'rbac-defaults' && (name.startsWith('system:') || ['cluster-admin', 'admin', 'edit', 'view'].includes(name));
}
