import type { App } from './app.ts';
import { metadataOf, selectorOf } from './app.ts';
import type { NodeMap } from './yaml.ts';

export function autoscaler(app: App, target: { kind: string; apiVersion: string; name: string }): NodeMap {
  const { random } = app;
  const minimum = random.int(1, 4);
  const metric = (name: string, averageUtilization: number): NodeMap => ({
    type: 'Resource',
    resource: { name, target: { type: 'Utilization', averageUtilization } },
  });
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(app, target.name, app.name),
    spec: {
      scaleTargetRef: { apiVersion: target.apiVersion, kind: target.kind, name: target.name },
      minReplicas: minimum,
      maxReplicas: minimum + random.int(1, 20),
      metrics: [metric('cpu', random.pick([60, 70, 75, 80])), ...(random.chance(0.3) ? [metric('memory', random.pick([80, 85]))] : [])],
      behavior: random.chance(0.15) ? { scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 25, periodSeconds: 60 }] } } : undefined,
    },
  };
}

export function disruptionBudget(app: App, component: string): NodeMap {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(app, app.name, component),
    spec: {
      ...app.random.pick<NodeMap>([{ minAvailable: 1 }, { maxUnavailable: 1 }, { minAvailable: '50%' }, { maxUnavailable: '25%' }]),
      selector: { matchLabels: selectorOf(app, component) },
    },
  };
}

export function volumeClaim(app: App, name: string): NodeMap {
  const { random } = app;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(app, name, app.name),
    spec: {
      accessModes: [random.pick(['ReadWriteOnce', 'ReadWriteOnce', 'ReadWriteMany'])],
      storageClassName: random.chance(0.7) ? random.pick(['gp3', 'encrypted-gp3', 'efs']) : undefined,
      resources: { requests: { storage: `${random.pick([1, 5, 10, 50, 200])}Gi` } },
    },
  };
}
