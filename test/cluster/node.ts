import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * A real cluster of one node, in a network and a mount namespace of its own: Pods run, CronJobs fire. It has no registry, no
 * DNS and no kube-proxy; images come from files. It ends with the process that started it, however that ends.
 */
export interface ClusterNode {
  /** Runs kubectl as the administrator. Never throws for what the server refuses. */
  kubectl(args: readonly string[], input?: string): SpawnSyncReturns<string>;
  /** The same, for what must succeed: returns what it printed. */
  mustKubectl(args: readonly string[], input?: string): string;
  /** Runs a program where the API server can be reached: at 10.0.0.1, with the certificates of the folder. */
  exec(command: readonly string[]): SpawnSyncReturns<string>;
  readonly certificates: string;
  stop(): Promise<void>;
}

const engine = process.env['SEAWORTHY_KUBE_ENGINE'] ?? '';
const bin = process.env['SEAWORTHY_KUBE_BIN'] ?? '';
const packages = process.env['SEAWORTHY_KUBE_PACKAGES'] ?? '';

const missing = [
  ...(existsSync(join(engine, 'node-up.sh')) ? [] : ['SEAWORTHY_KUBE_ENGINE (scripts that start a node)']),
  ...(existsSync(join(bin, 'kubelet')) ? [] : ['SEAWORTHY_KUBE_BIN (Kubernetes)']),
  ...(existsSync(join(packages, 'usr/bin/containerd')) ? [] : ['SEAWORTHY_KUBE_PACKAGES (containerd, runc, CNI plugins, busybox)']),
  ...(process.getuid?.() === 0 && process.platform === 'linux' ? [] : ['root, on Linux']),
];

/** Whether tests can have a node here. Where they cannot, that is said, unless somebody insists on it. */
export const hasNode = missing.length === 0;
if (!hasNode && (process.env['SEAWORTHY_REQUIRE_KUBE'] ?? '') !== '') throw new Error(`SEAWORTHY_REQUIRE_KUBE is set, and there is no ${missing.join(', no ')}`);
if (!hasNode) console.log(`skipped: no cluster node; what is missing: ${missing.join(', ')} (.ci/kubernetes makes it)`);

/** Takes the node down when whoever started it closes the pipe, be it by a crash. */
const BOUND = 'bash "$ENGINE/node-up.sh" "$STATE" "$@" & cat > /dev/null; bash "$ENGINE/node-down.sh" "$STATE"; wait';

export async function startNode(images: readonly string[]): Promise<ClusterNode> {
  const state = mkdtempSync(join(tmpdir(), 'seaworthy-node-'));
  const env = { ...process.env, ENGINE: resolve(engine), STATE: state, BIN: resolve(bin), DEB: resolve(packages) };
  const child = spawn('bash', ['-c', `exec 3<&0; exec < /dev/null; ${BOUND.replace('cat', 'cat <&3')}`, 'bash', ...images], {
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.stdin.on('error', () => undefined);
    child.stdin.end();
    await ended;
    rmSync(state, { recursive: true, force: true });
  };
  try {
    await becomesReady(child);
  } catch (error) {
    await stop();
    throw error;
  }
  const exec = (command: readonly string[], input = ''): SpawnSyncReturns<string> =>
    spawnSync('bash', [join(engine, 'node-exec.sh'), state, ...command], { encoding: 'utf8', input, env: { ...env, HOME: state }, maxBuffer: 2 ** 30 });
  const kubectl: ClusterNode['kubectl'] = (args, input) => exec([join(resolve(bin), 'kubectl'), ...args], input);
  return {
    exec,
    certificates: join(state, 's/pki'),
    kubectl,
    mustKubectl(args, input) {
      const { status, stdout, stderr } = kubectl(args, input);
      if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
    stop,
  };
}

async function becomesReady(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((ready, failed) => {
    const listen = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (/^READY$/m.test(said)) ready();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.on('exit', () => failed(new Error(`the node did not start: ${said.slice(-2000)}`)));
  });
  if (!/ Ready /.test(said)) throw new Error(`the node did not become ready: ${said.slice(-2000)}`);
}
