import type { App } from './app.ts';
import { metadataOf, selectorOf, sharedLabels } from './app.ts';
import type { PodPlan } from './pod.ts';
import { podSpec, podTemplate } from './pod.ts';
import { remarks, sentences } from './words.ts';
import type { NodeMap } from './yaml.ts';
import { Note } from './yaml.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob' | 'Job' | 'Pod' | 'Rollout' | 'ScaledJob';

/** An object that makes pods. `name` is its own; the plan's component is what its pods are labelled with. */
export function workload(app: App, kind: WorkloadKind, name: string, plan: PodPlan): NodeMap {
  switch (kind) {
    case 'Deployment':
      return deployment(app, name, plan);
    case 'StatefulSet':
      return statefulSet(app, name, plan);
    case 'DaemonSet':
      return daemonSet(app, name, plan);
    case 'CronJob':
      return cronJob(app, name, plan);
    case 'Job':
      return job(app, name, plan);
    case 'Pod':
      return pod(app, name, plan);
    case 'Rollout':
      return rollout(app, name, plan);
    case 'ScaledJob':
      return scaledJob(app, name, plan);
  }
}

function deployment(app: App, name: string, plan: PodPlan): NodeMap {
  const { random } = app;
  const labels = sharedLabels(app, plan.component);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(app, name, plan.component, annotations(app), labels),
    spec: {
      replicas: random.chance(0.85) ? replicas(app) : undefined,
      revisionHistoryLimit: random.chance(0.2) ? random.int(2, 10) : undefined,
      minReadySeconds: random.chance(0.05) ? 10 : undefined,
      strategy:
        plan.claim !== undefined
          ? { type: 'Recreate' }
          : random.chance(0.2)
            ? {
                type: 'RollingUpdate',
                rollingUpdate: { maxSurge: random.pick([1, '25%', '50%']), maxUnavailable: random.pick([0, 0, '25%']) },
              }
            : undefined,
      selector: { matchLabels: selectorOf(app, plan.component) },
      template: podTemplate(app, plan, labels),
    },
  };
}

function statefulSet(app: App, name: string, plan: PodPlan): NodeMap {
  const { random } = app;
  const labels = sharedLabels(app, plan.component);
  const templates = plan.claim?.isTemplate
    ? [
        {
          metadata: { name: plan.claim.name },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: random.chance(0.6) ? random.pick(['gp3', 'fast-ssd', 'encrypted-gp3']) : undefined,
            resources: { requests: { storage: `${random.pick([5, 10, 20, 50, 100, 250])}Gi` } },
          },
        },
      ]
    : undefined;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(app, name, plan.component, annotations(app), labels),
    spec: {
      serviceName: name,
      replicas: random.pick([1, 1, 2, 3, 3, 5]),
      podManagementPolicy: random.chance(0.2) ? 'Parallel' : undefined,
      updateStrategy: random.chance(0.2) ? { type: random.pick(['RollingUpdate', 'OnDelete']) } : undefined,
      persistentVolumeClaimRetentionPolicy: random.chance(0.05) ? { whenDeleted: 'Retain', whenScaled: 'Delete' } : undefined,
      selector: { matchLabels: selectorOf(app, plan.component) },
      template: podTemplate(app, plan, labels),
      volumeClaimTemplates: templates,
    },
  };
}

function daemonSet(app: App, name: string, plan: PodPlan): NodeMap {
  const labels = sharedLabels(app, plan.component);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadataOf(app, name, plan.component, annotations(app), labels),
    spec: {
      updateStrategy: app.random.chance(0.4) ? { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: app.random.pick([1, '10%']) } } : undefined,
      selector: { matchLabels: selectorOf(app, plan.component) },
      template: podTemplate(app, plan, labels),
    },
  };
}

function cronJob(app: App, name: string, plan: PodPlan): NodeMap {
  const { random } = app;
  const labels = sharedLabels(app, plan.component);
  const schedule = random.pick([
    `${random.int(0, 59)} ${random.int(0, 6)} * * *`,
    `*/${random.pick([5, 10, 15, 30])} * * * *`,
    `${random.int(0, 59)} 4 * * ${random.int(0, 6)}`,
    '@hourly',
    '0 2 1 * *',
  ]);
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadataOf(app, name, plan.component, annotations(app), labels),
    spec: {
      schedule: random.chance(0.08) ? new Note(random.pick(remarks), schedule) : schedule,
      timeZone: random.chance(0.2) ? random.pick(['Europe/Amsterdam', 'Etc/UTC']) : undefined,
      concurrencyPolicy: random.chance(0.7) ? random.pick(['Forbid', 'Forbid', 'Replace', 'Allow']) : undefined,
      suspend: random.chance(0.05) ? true : undefined,
      startingDeadlineSeconds: random.chance(0.2) ? random.pick([60, 200, 600]) : undefined,
      successfulJobsHistoryLimit: random.chance(0.5) ? random.int(0, 3) : undefined,
      failedJobsHistoryLimit: random.chance(0.5) ? random.int(1, 5) : undefined,
      jobTemplate: {
        spec: {
          backoffLimit: random.chance(0.5) ? random.int(0, 6) : undefined,
          activeDeadlineSeconds: random.chance(0.3) ? random.pick([600, 1800, 3600]) : undefined,
          template: podTemplate(app, plan, labels),
        },
      },
    },
  };
}

function job(app: App, name: string, plan: PodPlan): NodeMap {
  const { random } = app;
  const labels = sharedLabels(app, plan.component);
  const hook = app.isRendered ? { 'helm.sh/hook': 'pre-upgrade,pre-install', 'helm.sh/hook-delete-policy': 'before-hook-creation' } : annotations(app);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(app, name, plan.component, hook, labels),
    spec: {
      backoffLimit: random.chance(0.7) ? random.int(0, 4) : undefined,
      ttlSecondsAfterFinished: random.chance(0.5) ? random.pick([300, 3600, 86400]) : undefined,
      ...(random.chance(0.15) ? { completions: 4, parallelism: 2 } : {}),
      template: podTemplate(app, plan, labels),
    },
  };
}

function pod(app: App, name: string, plan: PodPlan): NodeMap {
  return { apiVersion: 'v1', kind: 'Pod', metadata: metadataOf(app, name, plan.component, annotations(app)), spec: podSpec(app, plan) };
}

/** Argo Rollouts: a Deployment with its own strategy. */
function rollout(app: App, name: string, plan: PodPlan): NodeMap {
  const { random } = app;
  const labels = sharedLabels(app, plan.component);
  const steps = [{ setWeight: random.pick([5, 10, 20]) }, { pause: { duration: `${random.int(2, 15)}m` } }, { setWeight: 50 }, { pause: {} }];
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: metadataOf(app, name, plan.component, annotations(app), labels),
    spec: {
      replicas: replicas(app),
      strategy: random.chance(0.7) ? { canary: { steps } } : { blueGreen: { activeService: name, previewService: `${name}-preview`, autoPromotionEnabled: false } },
      selector: { matchLabels: selectorOf(app, plan.component) },
      template: podTemplate(app, plan, labels),
    },
  };
}

/** KEDA: a Job for each message of a queue. */
function scaledJob(app: App, name: string, plan: PodPlan): NodeMap {
  const { random } = app;
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledJob',
    metadata: metadataOf(app, name, plan.component, annotations(app)),
    spec: {
      pollingInterval: random.int(10, 60),
      maxReplicaCount: random.int(5, 50),
      jobTargetRef: { backoffLimit: random.int(0, 3), template: { spec: podSpec(app, plan) } },
      triggers: [
        {
          type: 'aws-sqs-queue',
          metadata: {
            queueURL: `https://sqs.eu-west-1.amazonaws.com/482910573316/${name}`,
            queueLength: String(random.int(1, 20)),
            awsRegion: 'eu-west-1',
          },
        },
      ],
    },
  };
}

/** CloudNativePG: the operator makes the pods, so the object has no containers of its own. */
export function postgresCluster(app: App, name: string): NodeMap {
  const { random } = app;
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: metadataOf(app, name, 'database'),
    spec: {
      description: random.chance(0.3) ? random.pick(sentences) : undefined,
      instances: random.pick([1, 2, 3, 3]),
      imageName: `ghcr.io/cloudnative-pg/postgresql:${random.pick(['16.8', '17.4', '17.4-bookworm'])}`,
      bootstrap: { initdb: { database: app.name.replaceAll('-', '_'), owner: 'app', secret: { name: `${app.name}-credentials` } } },
      postgresql: {
        parameters: {
          max_connections: String(random.pick([100, 200, 300])),
          shared_buffers: '512MB',
          log_statement: random.chance(0.4) ? 'ddl' : undefined,
        },
      },
      storage: { size: `${random.pick([10, 20, 50, 200])}Gi`, storageClass: random.chance(0.5) ? 'encrypted-gp3' : undefined },
      monitoring: random.chance(0.4) ? { enablePodMonitor: true } : undefined,
      backup: random.chance(0.5)
        ? {
            retentionPolicy: '30d',
            barmanObjectStore: { destinationPath: `s3://harbourline-backups/${app.name}`, s3Credentials: { inheritFromIAMRole: true } },
          }
        : undefined,
      resources: random.chance(0.7) ? { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } } : undefined,
    },
  };
}

function replicas(app: App): number | Note {
  const count = app.random.pick([1, 1, 2, 2, 3, 3, 4, 6]);
  return app.random.chance(0.06) ? new Note(app.random.pick(remarks), count) : count;
}

function annotations(app: App): NodeMap | undefined {
  const { random } = app;
  const list: NodeMap = {};
  if (random.chance(0.08)) list['reloader.stakater.com/auto'] = 'true';
  if (random.chance(0.06)) list['argocd.argoproj.io/sync-wave'] = String(random.int(-2, 5));
  if (random.chance(0.05)) list['backstage.io/kubernetes-id'] = app.name;
  return Object.keys(list).length === 0 ? undefined : list;
}
