import type { JsonObject } from '../model/json.ts';

/** What a schedule of scans inside a cluster is made of. */
export interface Installation {
  /** Its own: nothing else runs there, and its labels let nothing run that could do more. */
  readonly namespace: string;
  readonly image: string;
  /** As cron writes it, in UTC. */
  readonly schedule: string;
  /** The namespaces that are scanned; none for all of them. */
  readonly namespaces: readonly string[];
  /** In how many parts the scan is split, a Pod for each. */
  readonly shards: number;
  readonly profile: string;
  readonly only: readonly string[];
  readonly readSecrets: boolean;
  /** What goes to standard output, which is the Pod's log. */
  readonly output: string;
  readonly publish: Publications;
  /** Where the API server is, for the NetworkPolicy: a cluster does not say it of itself. */
  readonly apiServer: { readonly cidr: string; readonly ports: readonly number[] };
}

/** Where results go besides the log. Rights are given only for what is asked for. */
export interface Publications {
  /** Name of a ConfigMap in the namespace of the installation. */
  readonly configMap?: string;
  /** `any` for whichever interface the cluster serves. */
  readonly policyReports?: 'any' | 'openreports.io' | 'wgpolicyk8s.io';
  readonly pushgateway?: string;
  /** A PersistentVolumeClaim in the namespace of the installation, which takes the JSON report. */
  readonly volumeClaim?: string;
}

/** What is installed where nothing else is said: results in the log, and no right but to read. */
export function defaultInstallation(version: string): Installation {
  return {
    namespace: NAME,
    image: `ghcr.io/seaworthy/seaworthy:${version}`,
    schedule: '17 3 * * *',
    namespaces: [],
    shards: 1,
    profile: 'default',
    only: [],
    readSecrets: false,
    output: 'text',
    publish: {},
    // A cluster does not tell where its API server is; in most, it is behind one of these ports.
    apiServer: { cidr: '0.0.0.0/0', ports: [443, 6443] },
  };
}

/** Of every object, and of whatever is made by its name. */
export const NAME = 'seaworthy';

/** Of the roles that do not lie in the namespace of the installation: another one, in a namespace of its own, has roles of its own. */
export function roleName({ namespace }: Pick<Installation, 'namespace'>): string {
  return namespace === NAME ? NAME : `${NAME}-${namespace}`;
}

const LABELS = { 'app.kubernetes.io/name': NAME };
/** A number, so that the kubelet can tell that it is not root; the Dockerfile has the same. */
const USER = 10001;
const REPORTS = '/reports';
/** The version of Kubernetes whose rules of Pod Security this is tested with. */
const POD_SECURITY_VERSION = 'v1.36';
const RBAC = 'rbac.authorization.k8s.io';

/** Everything but the rights to read, which follow from the policies: `renderRights` knows those. */
export function installationObjects(installation: Installation): JsonObject[] {
  return [namespace(installation), ...quota(installation), serviceAccount(installation), networkPolicy(installation), cronJob(installation), ...publishingRights(installation)];
}

function namespace({ namespace: name }: Installation): JsonObject {
  const modes = ['enforce', 'audit', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}`);
  const security = Object.fromEntries(
    modes.flatMap((label) => [
      [label, 'restricted'],
      [`${label}-version`, POD_SECURITY_VERSION],
    ]),
  );
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...LABELS, ...security } } };
}

/** The namespace is for this alone: what a mistake in the schedule can take from the cluster has a bound. */
function quota({ namespace, shards }: Installation): JsonObject[] {
  const pods = shards + 2;
  return [
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: NAME, namespace, labels: LABELS },
      spec: { hard: { pods: String(pods), 'requests.cpu': String(pods), 'requests.memory': `${pods * 256}Mi`, 'limits.cpu': String(pods), 'limits.memory': `${pods * 256}Mi` } },
    },
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: NAME, namespace, labels: LABELS },
      spec: { limits: [{ type: 'Container', default: { cpu: '1', memory: '256Mi' }, defaultRequest: { cpu: '100m', memory: '128Mi' } }] },
    },
  ];
}

function serviceAccount({ namespace }: Installation): JsonObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace, labels: LABELS }, automountServiceAccountToken: false };
}

/** Nobody talks to a scan, and it talks to the API server, to DNS, and to the Pushgateway if there is one. */
function networkPolicy({ namespace, apiServer, publish }: Installation): JsonObject {
  const dns = {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
    ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })),
  };
  const api = { to: [{ ipBlock: { cidr: apiServer.cidr } }], ports: apiServer.ports.map((port) => ({ protocol: 'TCP', port })) };
  const gateway = publish.pushgateway === undefined ? [] : [{ to: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: portOf(publish.pushgateway) }] }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [api, dns, ...gateway] },
  };
}

function portOf(address: string): number {
  const { port, protocol } = new URL(address);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function cronJob(installation: Installation): JsonObject {
  const { namespace, schedule, shards } = installation;
  const split = shards > 1 ? { completionMode: 'Indexed', completions: shards, parallelism: shards } : {};
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      schedule,
      timeZone: 'Etc/UTC',
      // Two scans at a time would only be in each other's way.
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 2,
      jobTemplate: {
        metadata: { labels: LABELS },
        spec: { backoffLimit: 1, activeDeadlineSeconds: 1800, ttlSecondsAfterFinished: 172800, ...split, template: { metadata: { labels: LABELS }, spec: podSpec(installation) } },
      },
    },
  };
}

function podSpec({ publish, ...installation }: Installation): JsonObject {
  const volumes = publish.volumeClaim === undefined ? {} : { volumes: [{ name: 'reports', persistentVolumeClaim: { claimName: publish.volumeClaim } }] };
  return {
    serviceAccountName: NAME,
    // The one thing that it needs: to read the cluster is its work.
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container({ publish, ...installation })],
    ...volumes,
  };
}

function container(installation: Installation): JsonObject {
  const { image, shards, publish } = installation;
  const index = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" } } };
  return {
    name: NAME,
    image,
    imagePullPolicy: 'IfNotPresent',
    args: scanArguments(installation),
    ...(shards > 1 ? { env: [index] } : {}),
    securityContext: { allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    resources: {
      requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '16Mi' },
      limits: { cpu: '1', memory: '256Mi', 'ephemeral-storage': '64Mi' },
    },
    ...(publish.volumeClaim === undefined ? {} : { volumeMounts: [{ name: 'reports', mountPath: REPORTS }] }),
  };
}

/** "Violations found" is no failure of the Job: it did its work. That something could not be read or written is one. */
function scanArguments({ namespace, namespaces, profile, only, readSecrets, shards, output, publish }: Installation): string[] {
  const { configMap, policyReports, pushgateway, volumeClaim } = publish;
  const isSplit = shards > 1;
  return [
    'scan',
    '--cluster',
    ...(namespaces.length === 0 ? ['--all-namespaces'] : namespaces.map((name) => `--namespace=${name}`)),
    '--fail-on=never',
    ...(profile === 'default' ? [] : [`--profile=${profile}`]),
    ...only.map((policy) => `--only=${policy}`),
    ...(readSecrets ? ['--read-secrets'] : []),
    ...(isSplit ? [`--shard=$(JOB_COMPLETION_INDEX)/${shards}`] : []),
    `--output=${output}`,
    ...(volumeClaim === undefined ? [] : [`--output=json=${REPORTS}/report${isSplit ? '-$(JOB_COMPLETION_INDEX)' : ''}.json`]),
    ...(configMap === undefined ? [] : [`--publish=configmap=${namespace}/${configMap}`]),
    ...(policyReports === undefined ? [] : [`--publish=policyreports${policyReports === 'any' ? '' : `=${policyReports}`}`]),
    ...(pushgateway === undefined ? [] : [`--publish=pushgateway=${pushgateway}`]),
  ];
}

/** Only what was chosen, and only on objects of that name where Kubernetes can tell: it cannot for what does not exist yet. */
function publishingRights({ namespace, namespaces, shards, publish }: Installation): JsonObject[] {
  const rights: JsonObject[] = [];
  const { configMap, policyReports } = publish;
  if (configMap !== undefined) {
    const names = shards > 1 ? Array.from({ length: shards }, (_, index) => `${configMap}-${index}`) : [configMap];
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: names, verbs: ['get', 'update'] },
    ];
    rights.push(...role({ kind: 'Role', name: `${NAME}-configmap`, namespace }, rules, namespace));
  }
  if (policyReports !== undefined) {
    const name = `${roleName({ namespace })}-policyreports`;
    const verbs = ['list', 'create', 'update', 'delete'];
    const groups = [
      { group: 'openreports.io', cluster: 'clusterreports', namespaced: 'reports' },
      { group: 'wgpolicyk8s.io', cluster: 'clusterpolicyreports', namespaced: 'policyreports' },
    ].filter(({ group }) => policyReports === 'any' || policyReports === group);
    const rules = groups.map(({ group, cluster, namespaced }) => ({ apiGroups: [group], resources: namespaces.length === 0 ? [namespaced, cluster] : [namespaced], verbs }));
    if (namespaces.length === 0) rights.push(...role({ kind: 'ClusterRole', name }, rules, namespace));
    else for (const scanned of namespaces) rights.push(...role({ kind: 'Role', name, namespace: scanned }, rules, namespace));
  }
  return rights;
}

function role(named: { kind: 'Role' | 'ClusterRole'; name: string; namespace?: string }, rules: readonly JsonObject[], account: string): JsonObject[] {
  const { kind, ...metadata } = named;
  return [
    { apiVersion: `${RBAC}/v1`, kind, metadata: { ...metadata, labels: LABELS }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${kind}Binding`,
      metadata: { ...metadata, labels: LABELS },
      roleRef: { apiGroup: RBAC, kind, name: named.name },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: account }],
    },
  ];
}
