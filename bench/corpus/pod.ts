import type { App } from './app.ts';
import { selectorOf } from './app.ts';
import type { Container } from './container.ts';
import { initContainers, mainContainer } from './container.ts';
import { datastoreContainer } from './datastore.ts';
import type { Sources } from './environment.ts';
import { likes, podSecurity } from './posture.ts';
import { sidecars } from './sidecar.ts';
import { organisation, remarks, zones } from './words.ts';
import type { Node, NodeMap } from './yaml.ts';
import { Note } from './yaml.ts';

/** What a pod is for; decides containers, volumes and scheduling. */
export type Purpose = 'server' | 'worker' | 'batch' | 'datastore' | 'agent';

export interface PodPlan {
  readonly component: string;
  readonly purpose: Purpose;
  readonly sources: Sources;
  /** Its own ServiceAccount, if it has one. */
  readonly account: string | undefined;
  /** PersistentVolumeClaim to mount, or the name of a claim template. */
  readonly claim: { readonly name: string; readonly isTemplate: boolean } | undefined;
  /** A pod that is created directly is admitted at once, so it may only name what every cluster has. */
  readonly isBare: boolean;
}

export function podTemplate(app: App, plan: PodPlan, labels: Node): NodeMap {
  return { metadata: { labels, annotations: podAnnotations(app, plan) }, spec: podSpec(app, plan) };
}

export function podSpec(app: App, plan: PodPlan): NodeMap {
  const { random } = app;
  const volumes = new Map<string, NodeMap>();
  const main: Container = plan.purpose === 'datastore' ? datastoreContainer(app, plan, volumes) : mainContainer(app, plan, volumes);
  const inits = initContainers(app, plan, volumes);
  const containers = [main, ...sidecars(app, plan, volumes)];
  const isAgent = plan.purpose === 'agent';
  if (plan.claim !== undefined && !plan.claim.isTemplate) volumes.set(plan.claim.name, { persistentVolumeClaim: { claimName: plan.claim.name } });

  return {
    serviceAccountName: plan.account,
    automountServiceAccountToken: likes(app, 'withholdToken')
      ? random.chance(0.05)
        ? new Note('never talks to the API server', false)
        : false
      : random.chance(0.03)
        ? true
        : undefined,
    hostNetwork: isAgent && random.chance(0.6) ? true : undefined,
    hostPID: isAgent && random.chance(0.4) ? true : undefined,
    hostIPC: isAgent && random.chance(0.05) ? true : undefined,
    dnsPolicy: isAgent ? 'ClusterFirstWithHostNet' : undefined,
    enableServiceLinks: random.chance(0.1) ? false : undefined,
    shareProcessNamespace: !isAgent && random.chance(0.01) ? true : undefined,
    priorityClassName: !plan.isBare && random.chance(0.08) ? random.pick(['business-critical', 'batch-low']) : undefined,
    runtimeClassName: !plan.isBare && app.posture === 'hardened' && random.chance(0.05) ? 'gvisor' : undefined,
    terminationGracePeriodSeconds: random.chance(0.25) ? random.pick([15, 30, 45, 60, 120]) : undefined,
    restartPolicy: plan.purpose === 'batch' ? random.pick(['Never', 'OnFailure']) : undefined,
    imagePullSecrets: random.chance(0.3) ? [{ name: 'registry-credentials' }] : undefined,
    securityContext: podSecurity(app, isAgent),
    nodeSelector: random.chance(0.12)
      ? random.pick([{ 'kubernetes.io/os': 'linux' }, { 'kubernetes.io/arch': 'amd64' }, { [`${organisation}.io/pool`]: random.pick(['general', 'memory', 'spot']) }])
      : undefined,
    tolerations: tolerations(app, isAgent),
    affinity: random.chance(0.14) && !isAgent ? affinity(app, plan.component) : undefined,
    topologySpreadConstraints: random.chance(0.08) && plan.purpose === 'server' ? spread(app, plan.component) : undefined,
    initContainers: inits.length > 0 ? inits : undefined,
    containers,
    volumes: volumes.size > 0 ? [...volumes].map(([name, source]) => ({ name, ...source })) : undefined,
  };
}

function podAnnotations(app: App, plan: PodPlan): NodeMap | undefined {
  const { random } = app;
  const annotations: NodeMap = {};
  if (plan.purpose === 'server' && random.chance(0.25)) {
    annotations['prometheus.io/scrape'] = 'true';
    annotations['prometheus.io/port'] = String(random.int(9090, 9110));
  }
  if (plan.sources.config !== undefined && (app.isRendered || random.chance(0.2))) annotations['checksum/config'] = random.hex(64);
  if (random.chance(0.06)) annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'] = random.pick(['true', 'false']);
  if (random.chance(0.06)) annotations['sidecar.istio.io/inject'] = random.pick(['true', 'false']);
  if (random.chance(0.03)) annotations['kubectl.kubernetes.io/restartedAt'] = `2026-0${random.int(1, 9)}-${random.int(10, 28)}T0${random.int(1, 9)}:${random.int(10, 59)}:00Z`;
  return Object.keys(annotations).length === 0 ? undefined : annotations;
}

function tolerations(app: App, isAgent: boolean): NodeMap[] | undefined {
  const { random } = app;
  if (isAgent) return random.pick([[{ operator: 'Exists' }], [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }]]);
  if (!random.chance(0.1)) return undefined;
  const spot = { key: `${organisation}.io/spot`, operator: 'Equal', value: 'true', effect: 'NoSchedule' };
  return random.chance(0.3) ? [spot, { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: random.int(30, 600) }] : [spot];
}

function affinity(app: App, component: string): NodeMap {
  const { random } = app;
  const term = {
    labelSelector: { matchLabels: selectorOf(app, component) },
    topologyKey: random.pick(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']),
  };
  if (random.chance(0.25)) {
    return {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: random.some(zones, random.int(1, 3)) }] }],
        },
      },
    };
  }
  return random.chance(0.7)
    ? { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: random.pick([50, 100]), podAffinityTerm: term }] } }
    : { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}

function spread(app: App, component: string): NodeMap[] {
  const constraint = {
    maxSkew: app.random.pick([1, 1, 2]),
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: app.random.pick(['ScheduleAnyway', 'DoNotSchedule']),
    labelSelector: { matchLabels: selectorOf(app, component) },
  };
  return [app.random.chance(0.15) ? { ...constraint, maxSkew: new Note(app.random.pick(remarks), constraint.maxSkew) } : constraint];
}
