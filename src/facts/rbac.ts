import type { KubernetesObject } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { Part } from './part.ts';
import { field, isObject, listAt, objectAt, stringAt, stringsAt } from './read.ts';
import { allowsEverything, BUILT_IN_ROLES, rightsOf, rulesOf } from './rights.ts';
import { nameOf, namespaceOf, type UnitIndex } from './unit-index.ts';

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

  protected override ownAbsence(fact: string): Absence {
    if (fact !== 'bindsClusterAdmin') return super.ownAbsence(fact);
    const reference = objectAt(this.resource.value, 'roleRef');
    return { because: `${stringAt(reference, 'kind')} ${stringAt(reference, 'name')} is not part of this scan`, hint: 'scan the role together with its bindings' };
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
  const verbs = stringsAt(rule, 'verbs');
  const resources = stringsAt(rule, 'resources');
  const apiGroups = stringsAt(rule, 'apiGroups');
  const isNamed = stringsAt(rule, 'resourceNames').length > 0;
  const facts = {
    verbs,
    resources,
    apiGroups,
    isNamed,
    allowsAllVerbs: verbs.includes('*'),
    allowsAllResources: resources.includes('*'),
    ...rightsOf(rule),
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

export function bindingSubject(resource: KubernetesObject, index: UnitIndex): Derived {
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
      bindsClusterAdmin: subjects.length > 0 && bindsEveryRight(resource, index),
      bindsEverybody: some(isEverybody),
      bindsDefaultAccount: some(isDefaultAccount),
    },
    resource,
    [],
  );
}

/** A role of one's own that allows everything is cluster-admin under another name. Undefined where the role was not seen. */
function bindsEveryRight(binding: KubernetesObject, index: UnitIndex): boolean | undefined {
  const reference = objectAt(binding.value, 'roleRef');
  const name = stringAt(reference, 'name');
  const isNamespaced = stringAt(reference, 'kind') === 'Role';
  // The API server takes no cluster-wide binding to the role of one namespace.
  if (isNamespaced && stringAt(binding.value, 'kind') === 'ClusterRoleBinding') return false;
  if (!isNamespaced && Object.hasOwn(BUILT_IN_ROLES, name)) return name === 'cluster-admin';
  const role = index.find(isNamespaced ? 'Role' : 'ClusterRole', isNamespaced ? index.namespaceOf(binding) : '', name, binding);
  const given = role === undefined ? undefined : rulesOf(role, index);
  if (given !== undefined && allowsEverything(given.rules)) return true;
  // Where all roles were seen, a binding to none of them gives nothing.
  const resource = isNamespaced ? 'rbac.authorization.k8s.io/roles' : 'rbac.authorization.k8s.io/clusterroles';
  const isNowhere = role === undefined && index.isComplete(resource, isNamespaced ? index.namespaceOf(binding) : '');
  return isNowhere || (given?.isComplete ?? isBootstrapRole(name)) ? false : undefined;
}

/** Roles for the parts of the control plane and its extensions: none of them allows everything. */
function isBootstrapRole(name: string): boolean {
  return name.startsWith('system:') || name === 'extension-apiserver-authentication-reader';
}

function isEverybody(kind: string, name: string): boolean {
  return (kind === 'Group' && (name === 'system:unauthenticated' || name === 'system:authenticated')) || (kind === 'User' && name === 'system:anonymous');
}

function isDefaultAccount(kind: string, name: string): boolean {
  return (
    (kind === 'ServiceAccount' && name === 'default') ||
    (kind === 'User' && /^system:serviceaccount:[^:]*:default$/.test(name)) ||
    (kind === 'Group' && /^system:serviceaccounts(?::|$)/.test(name))
  );
}

/** What the API server makes at start (`kubernetes.io/bootstrapping=rbac-defaults`). */
export function isBuiltIn(name: string, resource: KubernetesObject): boolean {
  const labels = objectAt(objectAt(resource.value, 'metadata'), 'labels');
  return stringAt(labels, 'kubernetes.io/bootstrapping') === 'rbac-defaults' && (name.startsWith('system:') || Object.hasOwn(BUILT_IN_ROLES, name));
}
