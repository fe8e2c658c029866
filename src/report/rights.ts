import { compareTexts } from '../model/finding-order.ts';
import type { NeededResource } from '../model/vocabulary.ts';

export interface RightsOptions {
  /** Name of the roles, and of their bindings. */
  readonly name: string;
  /** Namespaces that a scan is limited to; empty for all. */
  readonly namespaces: readonly string[];
  /** Who is given the roles; nobody without. */
  readonly account?: { readonly namespace: string; readonly name: string };
}

const GROUP = 'rbac.authorization.k8s.io';

/**
 * The least rights that a scan needs, as manifests: `list`, and nothing else, on each resource. With namespaces, what lies in
 * them is allowed there only; what lies in none is allowed by a ClusterRole all the same.
 */
export function* renderRights(needs: readonly NeededResource[], { name, namespaces, account }: RightsOptions): Generator<string> {
  yield '# Finding out which kinds there are takes no right of its own: Kubernetes gives it to everybody who is signed in (system:discovery).\n';
  const ofCluster = namespaces.length === 0 ? needs : needs.filter(({ isNamespaced }) => !isNamespaced);
  const ofNamespaces = needs.filter((need) => !ofCluster.includes(need));
  if (ofCluster.length > 0) yield* role({ kind: 'ClusterRole', name, namespace: '' }, ofCluster, account);
  if (ofNamespaces.length > 0) for (const namespace of [...new Set(namespaces)].sort(compareTexts)) yield* role({ kind: 'Role', name, namespace }, ofNamespaces, account);
}

interface RoleName {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace: string;
}

function* role(named: RoleName, needs: readonly NeededResource[], account: RightsOptions['account']): Generator<string> {
  const byGroup = [...Map.groupBy(needs, ({ group }) => group)].sort(([a], [b]) => compareTexts(a, b));
  yield `---\n${head(named.kind, named)}rules:\n`;
  for (const [group, members] of byGroup) {
    yield `  - apiGroups: [${JSON.stringify(group)}]\n    resources: [${members.map(({ resource }) => resource).join(', ')}]\n    verbs: [list]\n`;
  }
  if (account === undefined) return;
  yield `---\n${head(`${named.kind}Binding`, named)}`;
  yield `roleRef: {apiGroup: ${GROUP}, kind: ${named.kind}, name: ${word(named.name)}}\n`;
  yield `subjects:\n  - {kind: ServiceAccount, name: ${word(account.name)}, namespace: ${word(account.namespace)}}\n`;
}

function head(kind: string, { name, namespace }: RoleName): string {
  return `apiVersion: ${GROUP}/v1\nkind: ${kind}\nmetadata:\n  name: ${word(name)}\n${namespace === '' ? '' : `  namespace: ${word(namespace)}\n`}`;
}

/** Names may be numbers and booleans to YAML: `on` is a namespace as good as any. */
function word(name: string): string {
  return /^(?:\d.*|y|yes|n|no|on|off|true|false|null)$/.test(name) ? JSON.stringify(name) : name;
}
