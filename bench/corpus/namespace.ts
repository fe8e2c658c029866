import { teamBinding } from './access.ts';
import type { App, Place } from './app.ts';
import type { Random } from './random.ts';
import { organisation, people, teams } from './words.ts';
import type { NodeMap } from './yaml.ts';

/** The `number`-th namespace: every team has one before the first team has two. */
export function createPlace(number: number, random: Random): Place {
  const team = teams[number % teams.length] ?? teams[0];
  const round = Math.floor(number / teams.length);
  const stages = ['', '-staging', '-preview', '-sandbox'];
  return {
    team,
    namespace: `${team}${stages[round] ?? `-${round}`}`,
    level: random.weighted<Place['level']>([
      [15, 'restricted'],
      [30, 'baseline'],
      [10, 'privileged'],
      [45, undefined],
    ]),
  };
}

/** What the platform team puts into a namespace before the first application of a team comes. */
export function namespaceObjects(app: App): NodeMap[] {
  const { random, namespace, level } = app;
  const objects: NodeMap[] = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          team: app.team,
          'pod-security.kubernetes.io/enforce': level,
          'pod-security.kubernetes.io/warn': level === undefined && random.chance(0.5) ? 'restricted' : undefined,
          'istio-injection': random.chance(0.2) ? 'enabled' : undefined,
        },
        annotations: { [`${organisation}.io/owner`]: `${random.pick(people)}@${organisation}.example` },
      },
    },
    teamBinding(app, random.pick(['view', 'edit', 'admin'])),
  ];
  const metadata = (name: string): NodeMap => ({ name, namespace });
  const hasQuota = random.chance(0.6);
  if (hasQuota) {
    objects.push({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: metadata('compute'),
      spec: {
        hard: {
          'requests.cpu': String(random.int(40, 200)),
          'requests.memory': `${random.int(100, 800)}Gi`,
          'limits.memory': `${random.int(800, 1600)}Gi`,
          pods: String(random.int(200, 900)),
        },
      },
    });
  }
  // Where a quota bounds memory, a pod without a limit would be refused.
  if (hasQuota || random.chance(0.1)) {
    objects.push({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: metadata('defaults'),
      spec: { limits: [{ type: 'Container', default: { cpu: '2', memory: '2Gi' }, defaultRequest: { cpu: '50m', memory: '64Mi' } }] },
    });
  }
  if (random.chance(0.45)) {
    objects.push({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadata('default-deny'),
      spec: { podSelector: {}, policyTypes: random.pick([['Ingress'], ['Ingress', 'Egress']]) },
    });
  }
  if (random.chance(0.2)) {
    objects.push({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadata('allow-same-namespace'),
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
    });
  }
  return objects;
}

/** What belongs to no namespace. */
export function clusterObjects(): NodeMap[] {
  return [
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'business-critical' },
      value: 100000,
      description: 'Customer-facing services that must survive a lack of nodes.',
    },
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'batch-low' },
      value: -10,
      preemptionPolicy: 'Never',
      description: 'Whatever can wait until the night.',
    },
    { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runsc' },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'pod-debugger', labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
      rules: [
        { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods/exec', 'pods/ephemeralcontainers'], verbs: ['create', 'patch'] },
      ],
    },
  ];
}
