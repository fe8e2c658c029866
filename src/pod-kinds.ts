import type { Path } from './model/json.ts';

const TEMPLATE: Path = ['spec', 'template'];

/**
 * Where the kinds of Kubernetes and OpenShift keep their pod template; `[]` is the object itself. Collecting looks there for what
 * is misshapen, deriving for what runs: one table, or what one finds the other would miss.
 */
export const POD_KINDS: Readonly<Record<string, Path>> = {
  Pod: [],
  Deployment: TEMPLATE,
  ReplicaSet: TEMPLATE,
  StatefulSet: TEMPLATE,
  DaemonSet: TEMPLATE,
  ReplicationController: TEMPLATE,
  Job: TEMPLATE,
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  PodTemplate: ['template'],
  // An image stream may fill in the image, so that only the kind says that this is a pod.
  DeploymentConfig: TEMPLATE,
};

/** API groups of Kubernetes and OpenShift themselves. Others have kinds of the same names. */
export const BUILT_IN_GROUP = /^(?:v1$|apps\/|batch\/|extensions\/|[a-z.]+\.k8s\.io\/|apps\.openshift\.io\/)/;

/** Resources of an API server that are pods or make them, as `group/resource`. */
export const POD_RESOURCES: readonly string[] = [
  'pods',
  'replicationcontrollers',
  'podtemplates',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
  'apps.openshift.io/deploymentconfigs',
];

/** Custom resources in wide use that wrap a pod template. Only clusters that have them are asked for them. */
export const POD_WRAPPERS: readonly string[] = [
  'argoproj.io/rollouts',
  'argoproj.io/cronworkflows',
  'argoproj.io/workflowtemplates',
  'serving.knative.dev/services',
  'keda.sh/scaledjobs',
  'apps.kruise.io/clonesets',
  'apps.kruise.io/statefulsets',
  'apps.kruise.io/daemonsets',
  'apps.kruise.io/advancedcronjobs',
  'jobset.x-k8s.io/jobsets',
  'leaderworkerset.x-k8s.io/leaderworkersets',
  'batch.volcano.sh/jobs',
  'kubeflow.org/mpijobs',
  'kubeflow.org/pytorchjobs',
  'kubeflow.org/tfjobs',
  'ray.io/rayclusters',
  'ray.io/rayjobs',
  'ray.io/rayservices',
  'monitoring.coreos.com/alertmanagers',
  'monitoring.coreos.com/prometheuses',
];

/** The API server mounts the token of a Pod's account under a name of its own. */
export function isTokenVolume(name: string): boolean {
  return /^kube-api-access-[a-z0-9]{5}$/.test(name);
}
