import type { App } from './app.ts';
import { environment, environmentFrom } from './environment.ts';
import { image, vendorImage } from './image.ts';
import type { PodPlan } from './pod.ts';
import { containerSecurity, likes } from './posture.ts';
import { remarks } from './words.ts';
import type { NodeMap } from './yaml.ts';
import { Note } from './yaml.ts';

export type Container = NodeMap;
export type Volumes = Map<string, NodeMap>;

export function mainContainer(app: App, plan: PodPlan, volumes: Volumes): Container {
  const { random, stack } = app;
  const isAgent = plan.purpose === 'agent';
  const isServer = plan.purpose === 'server' || isAgent;
  const security = containerSecurity(app, stack.user);
  const mounts = applicationMounts(app, plan, volumes, security.isReadOnly);
  return {
    name: plan.component === app.name || random.chance(0.3) ? random.pick([app.name, 'app', 'main']) : plan.component,
    image: image(app, plan.component),
    imagePullPolicy: random.chance(0.4) ? random.pick(['IfNotPresent', 'IfNotPresent', 'Always']) : undefined,
    command: random.chance(0.25) && stack.command.length > 0 ? [...stack.command] : undefined,
    args: commandArguments(app, plan),
    workingDir: random.chance(0.04) ? stack.home : undefined,
    ports: isServer ? ports(app) : undefined,
    envFrom: environmentFrom(app, plan.sources),
    env: [...purposeVariables(plan), ...environment(app, plan.sources)],
    resources: resources(app, 1),
    ...(isServer ? probes(app, stack.port) : {}),
    lifecycle:
      isServer && random.chance(0.1)
        ? { preStop: random.pick<NodeMap>([{ exec: { command: ['sh', '-c', `sleep ${random.int(5, 20)}`] } }, { sleep: { seconds: 10 } }]) }
        : undefined,
    securityContext: security.context,
    volumeMounts: mounts.length > 0 ? mounts : undefined,
  };
}

export function initContainers(app: App, plan: PodPlan, volumes: Volumes): Container[] {
  const { random } = app;
  const list: Container[] = [];
  if (plan.purpose === 'agent') return list;
  if (plan.purpose === 'datastore') {
    if (plan.claim !== undefined && random.chance(0.3)) {
      list.push({
        name: 'volume-permissions',
        image: vendorImage(app, 'busybox', '1.36.1'),
        command: ['sh', '-c', 'chown -R 999:999 /data'],
        securityContext: { runAsUser: 0 },
        volumeMounts: [{ name: plan.claim.name, mountPath: '/data' }],
      });
    }
    return list;
  }
  if (plan.purpose !== 'batch' && random.chance(0.12)) {
    list.push({
      name: 'migrate',
      image: image(app, plan.component),
      command: random.pick([
        ['./migrate', 'up'],
        ['npm', 'run', 'migrate'],
        ['alembic', 'upgrade', 'head'],
        ['/app/server', 'migrate', '--lock-timeout=30s'],
      ]),
      env: environment(app, plan.sources).slice(0, 3),
      resources: resources(app, 0.5),
      securityContext: containerSecurity(app, app.stack.user).context,
    });
  }
  if (random.chance(0.09)) {
    const host = `${app.name}-db`;
    list.push({
      name: 'wait-for-database',
      image: vendorImage(app, 'busybox', random.pick(['1.36.1', '1.37.0', '1.35'])),
      command: ['sh', '-c', `until nc -z ${host} 5432; do\n  echo "waiting for ${host}"\n  sleep 2\ndone`],
      securityContext: containerSecurity(app, 65534).context,
    });
  }
  if (random.chance(0.03)) {
    // A native sidecar: an init container that stays.
    volumes.set('vault-secrets', { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
    list.push({
      name: 'vault-agent',
      image: vendorImage(app, 'hashicorp/vault', '1.19.5'),
      restartPolicy: 'Always',
      args: ['agent', '-config=/etc/vault/agent.hcl'],
      resources: resources(app, 0.25),
      securityContext: containerSecurity(app, 100).context,
      volumeMounts: [{ name: 'vault-secrets', mountPath: '/vault/secrets' }],
    });
  }
  return list;
}

export function resources(app: App, scale: number): NodeMap | undefined {
  const { random } = app;
  const cpu = random.pick([50, 100, 100, 200, 250, 500, 1000]);
  const memory = random.pick([64, 128, 128, 256, 384, 512, 1024]);
  const size = (amount: number, factor: number): number => Math.max(16, Math.round(amount * scale * factor));
  const memoryText = (amount: number): string => (amount >= 1024 && amount % 1024 === 0 ? `${amount / 1024}Gi` : `${amount}Mi`);
  const cpuText = (amount: number): string => (amount >= 1000 && amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`);
  const factor = random.pick([1, 1, 2, 2, 4]);
  const requests = likes(app, 'requests') ? { cpu: cpuText(size(cpu, 1)), memory: memoryText(size(memory, 1)) } : undefined;
  const limitsMemory = likes(app, 'memoryLimit');
  const limitsCpu = likes(app, 'cpuLimit');
  const memoryLimit = memoryText(size(memory, factor));
  const limits = {
    cpu: limitsCpu ? cpuText(size(cpu, factor * 2)) : undefined,
    memory: limitsMemory ? (random.chance(0.04) ? new Note(random.pick(remarks), memoryLimit) : memoryLimit) : undefined,
    'ephemeral-storage': limitsMemory && random.chance(0.06) ? '1Gi' : undefined,
  };
  if (requests === undefined && !limitsMemory && !limitsCpu) return undefined;
  return { requests, limits: limitsMemory || limitsCpu ? limits : undefined };
}

export function probes(app: App, port: number): NodeMap {
  const { random, stack } = app;
  const check = (path: string): NodeMap =>
    random.weighted<NodeMap>([
      [70, { httpGet: { path, port: random.chance(0.6) ? 'http' : port } }],
      [12, { tcpSocket: { port } }],
      [8, { exec: { command: ['/bin/sh', '-c', `wget -qO- http://127.0.0.1:${port}${path}`] } }],
      [5, { grpc: { port } }],
      [5, { httpGet: { path, port, scheme: 'HTTP', httpHeaders: [{ name: 'X-Probe', value: 'kubelet' }] } }],
    ]);
  return {
    startupProbe: stack.language === 'java' && random.chance(0.5) ? { ...check(stack.health), failureThreshold: random.int(20, 40), periodSeconds: 5 } : undefined,
    readinessProbe: likes(app, 'probes')
      ? {
          ...check(random.pick([stack.health, '/ready'])),
          initialDelaySeconds: random.chance(0.5) ? random.int(2, 30) : undefined,
          periodSeconds: random.int(5, 15),
        }
      : undefined,
    livenessProbe: likes(app, 'probes')
      ? {
          ...check(stack.health),
          periodSeconds: random.int(10, 30),
          timeoutSeconds: random.chance(0.5) ? random.int(1, 5) : undefined,
          failureThreshold: random.chance(0.4) ? random.int(2, 6) : undefined,
        }
      : undefined,
  };
}

function ports(app: App): NodeMap[] {
  const { random, stack } = app;
  const list: NodeMap[] = [{ name: 'http', containerPort: stack.port, protocol: random.chance(0.4) ? 'TCP' : undefined }];
  if (random.chance(0.3)) list.push({ name: 'metrics', containerPort: random.pick([9090, 9102, 9464]) });
  if (random.chance(0.06)) list.push({ name: 'grpc', containerPort: 50051 });
  if (random.chance(0.02)) list.push({ name: 'debug', containerPort: random.pick([5005, 9229, 6060]) });
  return list;
}

function commandArguments(app: App, plan: PodPlan): string[] | undefined {
  const { random } = app;
  if (plan.purpose === 'worker')
    return random.chance(0.7) ? ['worker', `--queue=${random.pick(['default', 'priority', 'mail', 'exports'])}`, `--concurrency=${random.int(1, 32)}`] : undefined;
  if (plan.purpose === 'batch')
    return [random.pick(['reconcile', 'export', 'cleanup', 'rebuild-index', 'send-digest']), '--since=$(SINCE)', ...(random.chance(0.3) ? ['--dry-run=false'] : [])];
  if (plan.purpose === 'agent') return ['--node-name=$(NODE_NAME)', `--log-level=${random.pick(['info', 'warn'])}`];
  return random.chance(0.2) ? [`--listen=:${app.stack.port}`, ...(random.chance(0.5) ? ['--config=/etc/service/config.yaml'] : [])] : undefined;
}

/** What the arguments above refer to. */
function purposeVariables(plan: PodPlan): NodeMap[] {
  if (plan.purpose === 'batch') return [{ name: 'SINCE', value: '24h' }];
  return plan.purpose === 'agent' ? [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }] : [];
}

function applicationMounts(app: App, plan: PodPlan, volumes: Volumes, isReadOnly: boolean): NodeMap[] {
  const { random, stack } = app;
  const mounts: NodeMap[] = [];
  const mount = (name: string, source: NodeMap, mountPath: string, more: NodeMap = {}): void => {
    volumes.set(name, source);
    mounts.push({ name, mountPath, ...more });
  };
  if (isReadOnly || random.chance(0.08)) mount('tmp', { emptyDir: random.chance(0.5) ? { sizeLimit: random.pick(['64Mi', '128Mi', '1Gi']) } : {} }, '/tmp');
  if (random.chance(0.06)) mount('cache', { emptyDir: random.chance(0.3) ? { medium: 'Memory', sizeLimit: '256Mi' } : {} }, `${stack.home}/cache`);
  if (plan.sources.config !== undefined && random.chance(0.55)) {
    const source = {
      configMap: {
        name: plan.sources.config,
        defaultMode: random.chance(0.1) ? 420 : undefined,
        items: random.chance(0.15) ? [{ key: 'config.yaml', path: 'config.yaml' }] : undefined,
      },
    };
    mount('config', source, '/etc/service', { readOnly: random.chance(0.6) ? true : undefined });
  }
  if (plan.sources.secret !== undefined && (likes(app, 'secretAsFile') || random.chance(0.1))) {
    mount('credentials', { secret: { secretName: plan.sources.secret, defaultMode: random.chance(0.4) ? 256 : undefined } }, '/var/run/credentials', { readOnly: true });
  }
  if (random.chance(0.03)) {
    const sources = [
      { serviceAccountToken: { audience: 'vault', expirationSeconds: 3600, path: 'token' } },
      { configMap: { name: 'internal-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ];
    mount('identity', { projected: { sources } }, '/var/run/identity', { readOnly: true });
  }
  if (random.chance(0.02)) mount('pod-info', { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }, '/etc/pod-info');
  if (random.chance(0.02)) mount('shared', { nfs: { server: 'nas.harbourline.internal', path: `/exports/${app.team}` } }, '/mnt/shared');
  if (random.chance(0.02))
    mount('tls', { csi: { driver: 'csi.cert-manager.io', readOnly: true, volumeAttributes: { 'csi.cert-manager.io/issuer-name': 'internal' } } }, '/tls', { readOnly: true });
  if (plan.claim !== undefined) mounts.push({ name: plan.claim.name, mountPath: `${stack.home}/data`, subPath: random.chance(0.2) ? app.name : undefined });
  if (plan.purpose === 'agent') {
    mount('varlog', { hostPath: { path: '/var/log', type: 'Directory' } }, '/var/log', { readOnly: random.chance(0.7) ? true : undefined });
    if (random.chance(0.4)) mount('rootfs', { hostPath: { path: '/' } }, '/host', { readOnly: true, mountPropagation: 'HostToContainer' });
    if (random.chance(0.4)) mount('runtime', { hostPath: { path: '/run/containerd/containerd.sock', type: 'Socket' } }, '/run/containerd/containerd.sock');
  } else if (app.posture === 'careless' && random.chance(0.05)) {
    mount('docker-socket', { hostPath: { path: '/var/run/docker.sock' } }, '/var/run/docker.sock');
  } else if (app.posture !== 'hardened' && random.chance(0.008)) {
    mount('timezone', { hostPath: { path: '/etc/localtime', type: 'File' } }, '/etc/localtime', { readOnly: true });
  }
  return mounts;
}
