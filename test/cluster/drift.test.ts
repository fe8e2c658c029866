import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seaworthy } from '../cli/run.ts';
import { type ApiServer, hasKube, startApiServer } from './api-server.ts';

// Pods beside the templates that they were made from, as the real controllers make them and as somebody changes them.

const CONTROLLERS = ['deployment', 'replicaset', 'statefulset', 'daemonset', 'cronjob', 'job', 'serviceaccount'].map((name) => `${name}-controller`);

const SPEC = (image: string): string => `
      automountServiceAccountToken: true
      containers:
        - name: app
          image: ${image}
          env: [{name: MODE, value: strict}]
          livenessProbe: {httpGet: {path: /healthz, port: 8080}}
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true}
          volumeMounts: [{name: work, mountPath: /work}]
      volumes: [{name: work, emptyDir: {}}]`;

const WORKLOAD = (kind: string, name: string, image = 'registry.local/app:1', more = ''): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec:
  ${more || 'replicas: 2'}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:${SPEC(image)}
---`;

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\n';
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n';
/** What a webhook of a mesh would add. */
const SIDECAR = { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.28.0', securityContext: { runAsUser: 1337, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } } };

interface Told {
  readonly policy: string;
  readonly outcome: string;
  readonly actual: string;
  readonly because: readonly string[];
  readonly drift?: string;
  readonly location: { readonly ref: string; readonly pointer: string };
  readonly subject: { readonly kind: string; readonly name: string };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string>; readonly ownerReferences: readonly object[] };
  readonly spec: { readonly containers: readonly (object & { readonly name: string; readonly securityContext: object })[] };
}

describe.skipIf(!hasKube)('Pods that do not run what their template says', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApiServer({ controllers: CONTROLLERS });
    server.mustKubectl(['apply', '-f', '-'], `${NAMESPACE}${NODE}`);
    // Nothing runs on it, so that it is not ready.
    server.mustKubectl(['taint', 'node', 'n1', 'node.kubernetes.io/not-ready:NoSchedule-']);
    server.mustKubectl(['wait', '--for=create', 'serviceaccount/default', '-n', 'shop', '--timeout=60s']);
  });
  afterAll(() => server.stop());

  function findings(...args: string[]): Told[] {
    const scan = ['scan', '--kubeconfig', server.kubeconfig, '-n', 'shop', '--only', 'workload-runs-as-written', '-o', 'json'];
    const { stdout, stderr } = seaworthy(server.folder, [...scan, ...args]);
    if (stdout === '') throw new Error(stderr);
    return (JSON.parse(stdout) as { findings: Told[] }).findings;
  }

  const wrong = (): string[] => findings('--show', 'unknown').map(({ outcome, subject, actual, because }) => `${outcome} ${subject.kind}/${subject.name} ${because[0] ?? actual}`);

  function podsOf(app: string): Pod[] {
    const { items } = JSON.parse(server.mustKubectl(['get', 'pods', '-n', 'shop', '-l', `app=${app}`, '-o', 'json'])) as { items: Pod[] };
    return items;
  }

  async function hasPods(app: string, count: number): Promise<Pod[]> {
    for (let attempt = 0; attempt < 600; attempt++) {
      const pods = podsOf(app);
      if (pods.length === count) return pods;
      await sleep(100);
    }
    throw new Error(`there are ${podsOf(app).length} Pods of ${app}`);
  }

  /** A Pod that is another one's replica, but for some of its spec: what comes of it when a webhook changes it on the way. */
  function copyOf({ metadata, spec }: Pod, name: string, change: object): void {
    const { labels, ownerReferences } = metadata;
    const copy = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels, ownerReferences }, spec: { ...spec, ...change } };
    server.mustKubectl(['create', '-f', '-'], JSON.stringify(copy));
  }

  function remove(name: string): void {
    server.mustKubectl(['delete', 'pod', name, '-n', 'shop', '--force', '--grace-period=0']);
  }

  /** Nothing here collects what an owner leaves behind. */
  function forget(app: string): void {
    server.mustKubectl(['delete', 'deployment', app, '-n', 'shop']);
    server.mustKubectl(['delete', 'replicaset', '-l', `app=${app}`, '-n', 'shop']);
    server.mustKubectl(['delete', 'pod', '-l', `app=${app}`, '-n', 'shop', '--force', '--grace-period=0']);
  }

  test('what the controllers make of templates is no difference', async () => {
    const cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: report}}
        spec: {restartPolicy: Never, containers: [{name: app, image: "registry.local/report:1"}]}
`;
    const claims =
      'replicas: 1\n  serviceName: db\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]';
    const nodes = 'updateStrategy: {type: OnDelete}';
    server.mustKubectl(
      ['apply', '-f', '-'],
      [WORKLOAD('Deployment', 'api'), WORKLOAD('StatefulSet', 'db', undefined, claims), WORKLOAD('DaemonSet', 'agent', undefined, nodes), cronJob].join('\n'),
    );
    server.mustKubectl(['create', 'job', '--from=cronjob/report', 'report-now', '-n', 'shop']);
    for (const [app, count] of [
      ['api', 2],
      ['db', 1],
      ['agent', 1],
      ['report', 1],
    ] as const)
      await hasPods(app, count);
    expect(wrong()).toEqual([]);
    const passes = findings('--show', 'pass').map(({ outcome, subject }) => `${outcome} ${subject.kind}`);
    expect(passes.sort()).toEqual(['pass CronJob', 'pass DaemonSet', 'pass Deployment', 'pass StatefulSet']);
  });

  test('what the API server fills in, in Pods only', async () => {
    const template = (app: string, spec: string, annotations = ''): string => `template: {metadata: {labels: {app: ${app}}${annotations}}, spec: ${spec}}`;
    const unconfined = ', annotations: {container.apparmor.security.beta.kubernetes.io/app: unconfined}';
    const set = (kind: string, name: string, spec: string): string =>
      `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nspec: {selector: {matchLabels: {app: ${name}}}, ${spec}}\n`;
    const exporter = '{hostNetwork: true, containers: [{name: app, image: "registry.local/exporter:1", ports: [{containerPort: 9100}]}]}';
    const store = '{containers: [{name: app, image: "registry.local/store:1"}], volumes: [{name: data, emptyDir: {}}]}';
    const claims = 'volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]';
    const objects = [
      set('DaemonSet', 'exporter', template('exporter', exporter)),
      set('DaemonSet', 'profile', template('profile', '{containers: [{name: app, image: "registry.local/profile:1"}]}', unconfined)),
      set('DaemonSet', 'limited', template('limited', '{containers: [{name: app, image: "registry.local/limited:1", resources: {limits: {cpu: "1"}}}]}')),
      set('StatefulSet', 'store', `serviceName: store, replicas: 1, ${claims}, ${template('store', store)}`),
    ];
    server.mustKubectl(['apply', '-f', '-'], objects.join('---\n'));
    const apps = ['exporter', 'profile', 'limited', 'store'];
    const containers = (await Promise.all(apps.map((app) => hasPods(app, 1)))).map(([pod]) => pod?.spec.containers[0]);
    // It does, or this proves nothing.
    expect(containers).toMatchObject([
      { ports: [{ hostPort: 9100 }] },
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      { resources: { requests: { cpu: '1' } } },
      {},
    ]);
    expect(wrong()).toEqual([]);
    // What every Pod gets changes nothing, and the template is what is judged.
    const judged = findings('--show', 'pass').flatMap(({ subject, location }) => (['exporter', 'limited'].includes(subject.name) ? [location.ref] : []));
    expect(judged.sort()).toEqual(['shop/DaemonSet/exporter', 'shop/DaemonSet/limited']);
    server.mustKubectl(['delete', 'daemonset/exporter', 'daemonset/profile', 'daemonset/limited', 'statefulset/store', '-n', 'shop']);
    for (const app of apps) server.mustKubectl(['delete', 'pod', '-l', `app=${app}`, '-n', 'shop', '--force', '--grace-period=0']);
  });

  test('an image that is set in a running Pod', () => {
    const [pod] = podsOf('api');
    const name = pod?.metadata.name ?? '';
    server.mustKubectl(['set', 'image', `pod/${name}`, 'app=registry.example.net/tools:3', '-n', 'shop']);
    expect(findings()).toMatchObject([
      {
        outcome: 'violation',
        subject: { kind: 'Deployment', name: 'api' },
        actual: 'image of app is registry.example.net/tools:3 instead of registry.local/app:1',
        location: { ref: `shop/Pod/${name}`, pointer: '/spec/containers/0/image' },
        drift: 'changed-before-it-ran',
      },
    ]);
    server.mustKubectl(['set', 'image', `pod/${name}`, 'app=registry.local/app:1', '-n', 'shop']);
    expect(wrong()).toEqual([]);
  });

  test.each<[string, (pod: Pod) => object, string[]]>([
    [
      'a securityContext that is weakened',
      ({ spec: { containers } }) => ({ containers: containers.map((each) => ({ ...each, securityContext: { allowPrivilegeEscalation: true } })) }),
      ['violation Deployment/api allowPrivilegeEscalation of app is no longer false, readOnlyRootFilesystem of app is no longer true'],
    ],
    [
      'a container that nobody has reviewed, and that is privileged',
      ({ spec: { containers } }) => ({ containers: [...containers, { name: 'helper', image: 'helper:1', securityContext: { privileged: true } }] }),
      ['violation Deployment/api container helper, which the template does not have, is privileged'],
    ],
    [
      'another value of a variable',
      ({ spec: { containers } }) => ({ containers: containers.map((each) => ({ ...each, env: [{ name: 'MODE', value: 'lax' }] })) }),
      ['violation Deployment/api variable MODE of app is not as written'],
    ],
    ['the sidecar of a mesh', ({ spec: { containers } }) => ({ containers: [...containers, SIDECAR], initContainers: [{ ...SIDECAR, name: 'istio-init' }] }), []],
    ['limits', ({ spec: { containers } }) => ({ containers: containers.map((each) => ({ ...each, resources: { limits: { memory: '1Gi' } } })) }), []],
  ])('%s', async (_, change, expected) => {
    const [pod] = await hasPods('api', 2);
    if (pod === undefined) throw new Error('api has no Pod');
    // Of three, one that stands on a node is kept.
    copyOf(pod, 'api-changed', { nodeName: 'n1', ...change(pod) });
    expect(wrong()).toEqual(expected);
    remove('api-changed');
  });

  test('a Pod with the labels of a ReplicaSet, which takes it for its own', async () => {
    server.mustKubectl(['apply', '-f', '-'], WORKLOAD('Deployment', 'web', undefined, 'replicas: 1'));
    const [pod] = await hasPods('web', 1);
    const spec = { nodeName: 'n1', containers: [{ name: 'shell', image: 'busybox:1', securityContext: { privileged: true } }] };
    const intruder = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-intruder', namespace: 'shop', labels: pod?.metadata.labels }, spec };
    server.mustKubectl(['create', '-f', '-'], JSON.stringify(intruder));
    const isAlone = (): boolean => podsOf('web').every(({ metadata }) => metadata.name === 'web-intruder' && metadata.ownerReferences.length === 1);
    for (let attempt = 0; attempt < 600 && !isAlone(); attempt++) await sleep(100);
    expect(wrong()).toEqual([
      expect.stringMatching(/^violation Deployment\/web volume work is missing, container app is missing, container shell, which the template does not have, is privileged$/),
    ]);
    forget('web');
  });

  test('a rollout that goes on, and a Pod of its former revision that was changed', async () => {
    await hasPods('api', 2);
    server.mustKubectl(['apply', '-f', '-'], WORKLOAD('Deployment', 'api', 'registry.local/app:2'));
    // Nothing runs Pods here, so that the new one never becomes ready, and the rollout never ends.
    const pods = await hasPods('api', 3);
    expect(new Set(pods.map(({ metadata }) => metadata.labels['pod-template-hash'])).size).toBe(2);
    expect(wrong()).toEqual([]);
    const former = pods.find(({ spec }) => JSON.stringify(spec).includes('registry.local/app:1'));
    const current = pods.find(({ spec }) => JSON.stringify(spec).includes('registry.local/app:2'));
    // As the other revision says, and not as its own.
    server.mustKubectl(['set', 'image', `pod/${current?.metadata.name}`, 'app=registry.local/app:1', '-n', 'shop']);
    expect(wrong()).toEqual(['violation Deployment/api image of app is registry.local/app:1 instead of registry.local/app:2']);
    server.mustKubectl(['set', 'image', `pod/${current?.metadata.name}`, 'app=registry.local/app:2', '-n', 'shop']);
    server.mustKubectl(['set', 'image', `pod/${former?.metadata.name}`, 'app=registry.local/app:3', '-n', 'shop']);
    expect(wrong()).toEqual(['violation Deployment/api image of app is registry.local/app:3 instead of registry.local/app:1']);
  });

  test('sets whose Pods wait to be deleted: what their former template said is not known', async () => {
    forget('api');
    const waiting = 'replicas: 1\n  serviceName: db\n  updateStrategy: {type: OnDelete}';
    server.mustKubectl(['apply', '-f', '-'], [WORKLOAD('StatefulSet', 'cache', undefined, waiting.replace('db', 'cache'))].join('\n'));
    const [cache] = await hasPods('cache', 1);
    const [agent] = await hasPods('agent', 1);
    for (const set of ['statefulset/cache', 'daemonset/agent']) {
      server.mustKubectl(['set', 'image', set, 'app=registry.local/app:2', '-n', 'shop']);
      server.mustKubectl(['wait', set, '-n', 'shop', '--for=jsonpath={.status.observedGeneration}=2', '--timeout=60s']);
    }
    expect(wrong().sort()).toEqual(
      [`unknown DaemonSet/agent Pod ${agent?.metadata.name}`, `unknown StatefulSet/cache Pod ${cache?.metadata.name}`].map(
        (text) => `${text} was made from an earlier template, which is not read`,
      ),
    );
    server.mustKubectl(['set', 'image', `pod/${agent?.metadata.name}`, 'app=registry.local/app:2', '-n', 'shop']);
    expect(wrong()).toEqual([`unknown StatefulSet/cache Pod ${cache?.metadata.name} was made from an earlier template, which is not read`]);
  });

  test('who may not list Pods does not know', () => {
    const lists = ['deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch', 'cronjobs.batch'];
    server.mustKubectl(['create', 'clusterrole', 'all-but-pods', '--verb=list', `--resource=${lists.join()}`]);
    server.mustKubectl(['create', 'clusterrolebinding', 'all-but-pods', '--clusterrole=all-but-pods', '--user=nobody']);
    const told = findings('--kubeconfig', server.kubeconfigOf('nobody'), '--show', 'unknown');
    expect(told.map(({ outcome, subject, because }) => [outcome, subject.kind, because])).toEqual(
      ['CronJob', 'DaemonSet', 'StatefulSet', 'StatefulSet'].map((kind) => ['unknown', kind, ['list pods in namespace shop is forbidden (403)']]),
    );
  });
});
