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
