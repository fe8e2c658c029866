import type { App } from './app.ts';
import { labelsOf, metadataOf } from './app.ts';
import { likes } from './posture.ts';
import type { NodeMap } from './yaml.ts';

export function serviceAccount(app: App, name: string): NodeMap {
  const { random } = app;
  const annotations = random.chance(0.4) ? { 'eks.amazonaws.com/role-arn': `arn:aws:iam::482910573316:role/${app.team}-${app.name}` } : undefined;
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(app, name, app.name, annotations),
    automountServiceAccountToken: likes(app, 'withholdToken') && random.chance(0.6) ? false : undefined,
    imagePullSecrets: random.chance(0.1) ? [{ name: 'registry-credentials' }] : undefined,
  };
}

/** A role and its binding. Most are narrow; some have what an audit looks for. */
export function roleAndBinding(app: App, account: string): NodeMap[] {
  const { random } = app;
  const isClusterWide = app.posture === 'node' || random.chance(0.15);
  const name = isClusterWide ? `${app.namespace}-${app.name}` : app.name;
  const metadata = isClusterWide ? { name, labels: labelsOf(app, app.name) } : metadataOf(app, name, app.name);
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace: app.namespace }];
  if (random.chance(app.posture === 'careless' ? 0.2 : 0.02)) {
    return [binding(metadata, isClusterWide, { kind: 'ClusterRole', name: random.pick(['cluster-admin', 'admin', 'edit']) }, subjects)];
  }
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: isClusterWide ? 'ClusterRole' : 'Role', metadata, rules: rules(app) },
    binding(metadata, isClusterWide, { kind: isClusterWide ? 'ClusterRole' : 'Role', name }, subjects),
  ];
}

/** The whole team may look at, or change, its namespace. */
export function teamBinding(app: App, role: 'view' | 'edit' | 'admin'): NodeMap {
  const metadata = { ...metadataOf(app, `${app.team}-${role}`, app.name), annotations: undefined };
  return binding(metadata, false, { kind: 'ClusterRole', name: role }, [{ kind: 'Group', name: `team-${app.team}`, apiGroup: 'rbac.authorization.k8s.io' }]);
}

function binding(metadata: NodeMap, isClusterWide: boolean, role: { kind: string; name: string }, subjects: NodeMap[]): NodeMap {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: isClusterWide ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: role.name },
    subjects,
  };
}

function rules(app: App): NodeMap[] {
  const { random } = app;
  const read = ['get', 'list', 'watch'];
  const narrow: NodeMap[] = [
    { apiGroups: [''], resources: random.some(['configmaps', 'endpoints', 'services', 'pods'], random.int(1, 3)), verbs: read },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [app.name], verbs: ['get', 'update', 'patch'] },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: [...read, 'create', 'delete'] },
    { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], verbs: [...read, 'patch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  ];
  const wide: NodeMap[] = [
    { apiGroups: [''], resources: ['secrets'], verbs: read },
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create', 'update', 'escalate', 'bind'] },
  ];
  const list = random.some(narrow, random.int(1, 3));
  if (random.chance({ hardened: 0.02, careful: 0.1, usual: 0.25, careless: 0.5, node: 0.5 }[app.posture])) list.push(random.pick(wide));
  return list;
}
