import { roleAndBinding, serviceAccount } from './access.ts';
import type { App } from './app.ts';
import { autoscaler, disruptionBudget, volumeClaim } from './capacity.ts';
import { configMap, secret } from './configuration.ts';
import { datastorePort } from './datastore.ts';
import { ingress, networkPolicy, service, serviceMonitor } from './network.ts';
import type { PodPlan, Purpose } from './pod.ts';
import { likes } from './posture.ts';
import type { WorkloadKind } from './workload.ts';
import { postgresCluster, workload } from './workload.ts';
import type { NodeMap } from './yaml.ts';

const purposes: Record<WorkloadKind, Purpose> = {
  Deployment: 'server',
  Rollout: 'server',
  Pod: 'worker',
  StatefulSet: 'datastore',
  DaemonSet: 'agent',
  CronJob: 'batch',
  Job: 'batch',
  ScaledJob: 'batch',
};

/** Everything that one application consists of, in the order in which people write it down. */
export function applicationObjects(app: App): NodeMap[] {
  const { random, name } = app;
  const kind = mainKind(app);
  const purpose = purposes[kind];
  const isServer = purpose === 'server' || purpose === 'datastore';
  const objects: NodeMap[] = [];

  const sources = {
    config: random.chance(0.32) ? `${name}-config` : undefined,
    secret: random.chance(0.24) ? `${name}-credentials` : undefined,
  };
  const account = likes(app, 'ownAccount') ? name : undefined;
  const claim =
    purpose === 'datastore'
      ? random.chance(0.85)
        ? { name: 'data', isTemplate: true }
        : undefined
      : random.chance(0.05)
        ? { name: `${name}-data`, isTemplate: false }
        : undefined;
  const plan: PodPlan = { component: name, purpose, sources, account, claim, isBare: kind === 'Pod' };

  if (account !== undefined) {
    objects.push(serviceAccount(app, account));
    if (purpose === 'agent' || random.chance(0.14)) objects.push(...roleAndBinding(app, account));
  }
  if (sources.config !== undefined) objects.push(configMap(app, sources.config));
  if (sources.secret !== undefined) objects.push(secret(app, sources.secret));
  if (claim?.isTemplate === false) objects.push(volumeClaim(app, claim.name));
  objects.push(workload(app, kind, name, plan));

  const port = purpose === 'datastore' ? datastorePort(app) : app.stack.port;
  if (isServer && (purpose === 'datastore' || random.chance(0.85))) {
    const portName = purpose === 'datastore' ? 'server' : 'http';
    const opened = service(app, name, name, { name: portName, number: port }, purpose === 'datastore');
    objects.push(purpose === 'datastore' ? withNumericTarget(opened, port) : opened);
    if (purpose === 'server' && random.chance(0.24)) objects.push(ingress(app, name, portName));
    if (random.chance(0.07)) objects.push(serviceMonitor(app, name));
  }
  if (isServer && likes(app, 'networkPolicy')) objects.push(networkPolicy(app, name, port));
  if (purpose === 'server') {
    if (random.chance(0.17)) objects.push(autoscaler(app, { kind, apiVersion: kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1', name }));
    if (random.chance(0.11)) objects.push(disruptionBudget(app, name));
    if (random.chance(0.6)) objects.push(workload(app, 'Deployment', `${name}-worker`, { ...plan, component: 'worker', purpose: 'worker', claim: undefined }));
    if (random.chance(0.1)) objects.push(workload(app, 'Job', `${name}-migrate`, { ...plan, component: 'migrate', purpose: 'batch', claim: undefined }));
    if (random.chance(0.05)) objects.push(postgresCluster(app, `${name}-db`));
  }
  if (isServer && random.chance(0.42)) {
    const component = random.pick(['cleanup', 'report', 'sync', 'backup']);
    objects.push(workload(app, 'CronJob', `${name}-${component}`, { ...plan, component, purpose: 'batch', claim: undefined }));
  }
  return objects;
}

function mainKind(app: App): WorkloadKind {
  if (app.posture === 'node' && app.random.chance(0.8)) return 'DaemonSet';
  // A pod of its own is admitted at once, or refused.
  const pods = app.level === undefined || app.level === 'privileged' ? 5 : 0;
  return app.random.weighted([
    [66, 'Deployment'],
    [12, 'StatefulSet'],
    [8, 'CronJob'],
    [4, 'Rollout'],
    [pods, 'Pod'],
    [3, 'Job'],
    [2, 'ScaledJob'],
    [1, 'DaemonSet'],
  ]);
}

/** A datastore's container names its port after itself, so its Service goes by number. */
function withNumericTarget(opened: NodeMap, port: number): NodeMap {
  const spec = opened['spec'] as NodeMap;
  return { ...opened, spec: { ...spec, ports: [{ name: 'server', port, targetPort: port }] } };
}
