import type { JsonObject } from '../src/model/json.ts';

/** One object, and where it is created. */
export interface Created {
  readonly path: string;
  readonly object: JsonObject;
}

const REPLICAS = 100;

/** Pods of Deployments of a hundred replicas each; one in fifty stands alone, as static Pods and those of operators do. */
export function podsInNamespace(namespace: string, count: number, owner: (name: string) => string): Created[] {
  return Array.from({ length: count }, (_, index) => {
    const app = `app-${Math.floor(index / REPLICAS)}`;
    const isAlone = index % 50 === 49;
    const name = isAlone ? `alone-${index}` : `${app}-5d4f9c7b8-${index}`;
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-5d4f9c7b8`, uid: owner(app), controller: true, blockOwnerDeletion: true }];
    const metadata = { name, namespace, ...template(app).metadata, ...(isAlone ? {} : { ownerReferences }) };
    return { path: `/api/v1/namespaces/${namespace}/pods`, object: { apiVersion: 'v1', kind: 'Pod', metadata, spec: template(app).spec } };
  });
}

/** The Deployments and ReplicaSets that own them; a ReplicaSet is owned by its Deployment. */
export function deploymentsInNamespace(namespace: string, pods: number): { readonly name: string; readonly deployment: Created; replicaSet(uid: string): Created }[] {
  return Array.from({ length: Math.ceil(pods / REPLICAS) }, (_, index) => {
    const name = `app-${index}`;
    const path = `/apis/apps/v1/namespaces/${namespace}`;
    const spec = { replicas: REPLICAS, selector: { matchLabels: { app: name } }, template: template(name) };
    return {
      name,
      deployment: { path: `${path}/deployments`, object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec } },
      replicaSet: (uid) => {
        const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true }];
        return { path: `${path}/replicasets`, object: { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: `${name}-5d4f9c7b8`, namespace, ownerReferences }, spec } };
      },
    };
  });
}

/** As large as Pods are: two containers, a dozen variables, probes, volumes. */
function template(app: string): { metadata: JsonObject; spec: JsonObject } {
  const probe = (path: string): JsonObject => ({ httpGet: { path, port: 8080, httpHeaders: [{ name: 'X-Probe', value: 'kubelet' }] }, periodSeconds: 10, failureThreshold: 3 });
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of setting ${index} of ${app}` }));
  const container = (name: string): JsonObject => ({
    name,
    image: `registry.example.com/team/${name}:1.${app.length}.0`,
    args: ['--listen=:8080', '--log-level=info', `--name=${app}`],
    env: [
      ...env,
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `${app}-secret`, key: 'password' } } },
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ],
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    livenessProbe: probe('/livez'),
    readinessProbe: probe('/readyz'),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: name === 'proxy', capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/app', readOnly: true },
      { name: 'cache', mountPath: '/var/cache/app' },
    ],
  });
  return {
    metadata: {
      labels: { app, 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': 'bench', 'app.kubernetes.io/managed-by': 'Helm', 'pod-template-hash': '5d4f9c7b8' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', 'checksum/config': 'f'.repeat(64) },
    },
    spec: {
      serviceAccountName: 'default',
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container('web'), container('proxy')],
      volumes: [
        { name: 'config', configMap: { name: `${app}-config` } },
        { name: 'cache', emptyDir: { sizeLimit: '1Gi' } },
      ],
    },
  };
}
