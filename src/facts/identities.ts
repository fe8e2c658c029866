import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { isBuiltIn } from './rbac.ts';
import { isObject, listAt, objectAt, stringAt } from './read.ts';
import { allowsEverything, BUILT_IN_ROLES, type Rights, rightsOf, rulesOf } from './rights.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';

/** A right of an identity, by the fact that tells it. */
type Right = keyof Rights | 'allowsEverything';

/** One binding that names an identity, and what it gives. */
interface Grant {
  readonly binding: KubernetesObject;
  readonly position: number;
  /** Absent: whether it allows that is not known, because the role, or a part of it, was not seen. */
  readonly allows: (right: Right) => boolean | undefined;
  readonly isClusterWide: boolean;
  readonly roleKind: string;
  readonly roleName: string;
  readonly namespace: string;
}

interface Name {
  readonly kind: 'ServiceAccount' | 'User' | 'Group';
  readonly namespace: string;
  readonly name: string;
}

/** Somebody whom bindings give rights: a service account, a user or a group, with the rights of all bindings together. */
class IdentitySubject extends Derived<'identity'> {
  readonly #name: Name;
  readonly #grants: readonly Grant[];

  /** `mayHaveMore`: bindings that may name it were kept back, those of its namespace or those of the whole cluster. */
  constructor(name: Name, grants: readonly [Grant, ...Grant[]], mayHaveMore: { readonly here: boolean; readonly everywhere: boolean }) {
    const unless = (isOpen: boolean, given: boolean | undefined): boolean | undefined => (isOpen ? given || undefined : given);
    const can = (right: Right): boolean | undefined => unless(mayHaveMore.here || mayHaveMore.everywhere, some(grants.map(({ allows }) => allows(right))));
    const everywhere = grants.filter(({ isClusterWide }) => isClusterWide);
    const canEverywhere = (right: Right): boolean | undefined => unless(mayHaveMore.everywhere, some(everywhere.map(({ allows }) => allows(right))));
    super(
      'identity',
      {
        name: name.name,
        kind: name.kind,
        namespaceName: name.namespace,
        isAccount: name.kind === 'ServiceAccount' || (name.kind === 'Group' && /^system:serviceaccounts(?::|$)/.test(name.name)),
        isBuiltIn: grants.every(({ binding }) => isBuiltIn(nameOf(binding), binding)),
        grants: grants.map(describeGrant),
        mayDoEverything: can('allowsEverything'),
        isSeenToDoEverything: can('allowsEverything') === true,
        readsSecrets: can('readsSecrets'),
        readsAllSecrets: canEverywhere('readsSecrets'),
        createsPods: can('createsPods'),
        entersPods: can('entersPods'),
        reachesKubelet: canEverywhere('reachesKubelet'),
        createsTokens: can('createsTokens'),
        raisesOwnRights: can('raisesOwnRights'),
        changesAdmission: canEverywhere('changesAdmission'),
      },
      grants[0].binding,
      [],
    );
    this.#name = name;
    this.#grants = grants;
  }

  override get labels(): Readonly<Record<string, string>> {
    return {};
  }

  identity(): Identity {
    const { kind, namespace, name } = this.#name;
    // Users and groups are no objects, and in no namespace.
    return { apiVersion: kind === 'ServiceAccount' ? 'v1' : '', kind, namespace, name, container: '', part: '' };
  }

  /** The line of each binding that gives the right. */
  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const right = RIGHT_OF[fact];
    const giving = right === undefined ? [] : this.#grants.filter(({ allows, isClusterWide }) => allows(right) === true && (isClusterWide || !CLUSTER_WIDE.has(fact)));
    return (giving.length > 0 ? giving : this.#grants).map(({ binding, position }) => ({ resource: binding, path: [...binding.at, 'subjects', position, 'name'] }));
  }

  protected override ownAbsence(fact: string): Absence {
    const right = RIGHT_OF[fact];
    const unseen = this.#grants.find(({ allows }) => right !== undefined && allows(right) === undefined);
    if (unseen === undefined) {
      const { reading } = this.resource.origin;
      return reading?.missing(BINDINGS.ClusterRoleBinding, '') ?? reading?.missing(BINDINGS.RoleBinding, this.#name.namespace) ?? super.ownAbsence(fact);
    }
    const { roleKind, roleName, binding, namespace } = unseen;
    const missing = binding.origin.reading?.missing(roleKind === 'Role' ? ROLES.Role : ROLES.ClusterRole, namespace);
    return missing ?? { because: `${roleKind} ${roleName} is not part of this scan`, hint: 'scan the role together with its bindings' };
  }
}

/** Of facts that are rights. */
const RIGHT_OF: Readonly<Record<string, Right>> = {
  mayDoEverything: 'allowsEverything',
  isSeenToDoEverything: 'allowsEverything',
  readsSecrets: 'readsSecrets',
  readsAllSecrets: 'readsSecrets',
  createsPods: 'createsPods',
  entersPods: 'entersPods',
  reachesKubelet: 'reachesKubelet',
  createsTokens: 'createsTokens',
  raisesOwnRights: 'raisesOwnRights',
  changesAdmission: 'changesAdmission',
};

/** What a RoleBinding cannot give: Secrets of every namespace, and what belongs to none. */
const CLUSTER_WIDE = new Set(['readsAllSecrets', 'reachesKubelet', 'changesAdmission']);

/** Everybody whom some binding of the unit names. A group's rights are the group's: its members are not known here. */
export function identitiesOf(index: UnitIndex): Derived[] {
  const found = new Map<string, { name: Name; grants: [Grant, ...Grant[]] }>();
  const roles: RoleRights = new Map();
  for (const binding of [...index.all('RoleBinding'), ...index.all('ClusterRoleBinding')]) {
    for (const [position, subject] of listAt(binding.value, 'subjects').entries()) {
      const name = isObject(subject) ? nameOfSubject(subject, binding, index) : undefined;
      if (name === undefined) continue;
      const grant = grantOf(binding, position, index, roles);
      const key = `${name.kind}\n${name.namespace}\n${name.name}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { name, grants: [grant] });
      else known.grants.push(grant);
    }
  }
  const everywhere = index.isWithheld(BINDINGS.ClusterRoleBinding, '');
  return [...found.values()].map(({ name, grants }) => new IdentitySubject(name, grants, { here: index.isWithheld(BINDINGS.RoleBinding, name.namespace), everywhere }));
}

/** An account may be named as the user that it is to the API server. */
function nameOfSubject(subject: JsonObject, binding: KubernetesObject, index: UnitIndex): Name | undefined {
  const kind = stringAt(subject, 'kind');
  const name = stringAt(subject, 'name');
  if (name === '') return undefined;
  if (kind === 'ServiceAccount') return { kind, namespace: stringAt(subject, 'namespace') || index.namespaceOf(binding), name };
  const [, namespace, account] = (kind === 'User' ? /^system:serviceaccount:([^:]+):(.+)$/.exec(name) : null) ?? [];
  if (namespace !== undefined && account !== undefined) return { kind: 'ServiceAccount', namespace, name: account };
  return kind === 'User' || kind === 'Group' ? { kind, namespace: '', name } : undefined;
}

function grantOf(binding: KubernetesObject, position: number, index: UnitIndex, roles: RoleRights): Grant {
  const reference = objectAt(binding.value, 'roleRef');
  const isClusterWide = stringAt(binding.value, 'kind') === 'ClusterRoleBinding';
  const roleKind = stringAt(reference, 'kind');
  const roleName = stringAt(reference, 'name');
  const namespace = isClusterWide ? '' : index.namespaceOf(binding);
  return { binding, position, isClusterWide, roleKind, roleName, namespace, allows: rightsGiven(binding, { roleKind, roleName, namespace }, index, roles) };
}

/** What each role allows: thousands of bindings may name the same one. */
type RoleRights = Map<KubernetesObject, Grant['allows']>;

function rightsGiven(
  binding: KubernetesObject,
  { roleKind, roleName, namespace }: Pick<Grant, 'roleKind' | 'roleName' | 'namespace'>,
  index: UnitIndex,
  roles: RoleRights,
): Grant['allows'] {
  const isOfNamespace = roleKind === 'Role';
  // The API server takes no cluster-wide binding to the role of one namespace.
  if (isOfNamespace && stringAt(binding.value, 'kind') === 'ClusterRoleBinding') return () => false;
  const role = index.find(roleKind, isOfNamespace ? namespace : '', roleName, binding);
  if (role === undefined) {
    if (!isOfNamespace && Object.hasOwn(BUILT_IN_ROLES, roleName)) return (right) => BUILT_IN_ROLES[roleName]?.[right];
    // A binding to a role that is not there gives nothing.
    const isKnown = index.isComplete(isOfNamespace ? ROLES.Role : ROLES.ClusterRole, namespace);
    return () => (isKnown ? false : undefined);
  }
  let allows = roles.get(role);
  if (allows === undefined) {
    const { rules, isComplete } = rulesOf(role, index);
    const given = rules.map(rightsOf);
    const isEverything = allowsEverything(rules);
    allows = (right) => (right === 'allowsEverything' ? isEverything : given.some((rights) => rights[right])) || (isComplete ? false : undefined);
    roles.set(role, allows);
  }
  return allows;
}

const BINDINGS = { RoleBinding: 'rbac.authorization.k8s.io/rolebindings', ClusterRoleBinding: 'rbac.authorization.k8s.io/clusterrolebindings' } as const;
const ROLES = { Role: 'rbac.authorization.k8s.io/roles', ClusterRole: 'rbac.authorization.k8s.io/clusterroles' } as const;

function describeGrant({ roleKind, roleName, isClusterWide, namespace }: Grant): string {
  return `${roleKind} ${roleName} ${isClusterWide ? 'in the whole cluster' : namespace === '' ? 'in one namespace' : `in ${namespace}`}`;
}

/** True if one is; unknown if one might be. */
function some(values: readonly (boolean | undefined)[]): boolean | undefined {
  return values.includes(true) || (values.includes(undefined) ? undefined : false);
}
