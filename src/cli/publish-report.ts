import type { KubeClient } from '../collect/cluster/client.ts';
import { type ClusterTarget, findTargets } from '../collect/cluster/kubeconfig.ts';
import { InputError } from '../errors.ts';
import type { Report, Shard } from '../model/report.ts';
import { isOfCluster, type PublishTarget, parsePublishTarget } from '../publish/targets.ts';
import { writeError } from './output.ts';
import { isInShard } from './shard.ts';

/** Commander would repeat a wrong value, which may hold a password: what is thrown here does not. */
export function collectPublishTarget(value: string, before: readonly PublishTarget[]): readonly PublishTarget[] {
  return [...before, parsePublishTarget(value)];
}

/** What of a cluster was scanned, as far as it decides which reports there are ours to write. */
export interface PublishedScope {
  readonly namespaces: readonly string[];
  /** Whether a label selector left findings out. */
  readonly isSelective: boolean;
  readonly shard?: Shard | undefined;
}

/** Refuses before anything is read what could only go wrong after it. */
export function checkPublishTargets(targets: readonly PublishTarget[], clusters: number, { isSelective }: PublishedScope): void {
  const ofCluster = targets.filter(isOfCluster);
  if (ofCluster.length > 0 && clusters > 1) throw new InputError('--publish: a report is written into one cluster; scan the others by themselves');
  if (ofCluster.some(({ kind }) => kind === 'policyreports') && isSelective) {
    throw new InputError('--publish policyreports: with -l, a report would hold only a part of its namespace; leave -l out');
  }
}

/** Writes the report where it was asked for, and says what could not be written. Returns whether all of it was. The cluster is the one that was scanned, else the one that kubectl would take. */
export async function publishReport(report: Report, targets: readonly PublishTarget[], scope: PublishedScope, cluster?: ClusterTarget): Promise<boolean> {
  if (targets.length === 0) return true;
  // What speaks with a cluster takes longer to load than a scan of files takes.
  const [{ publish }, { KubeClient }, { KubeError }] = await Promise.all([
    import('../publish/publish.ts'),
    import('../collect/cluster/client.ts'),
    import('../collect/cluster/kube-error.ts'),
  ]);
  const controller = new AbortController();
  const outOfTime = new KubeError('out-of-time', `publishing took longer than ${LONGEST_MS / 60_000} minutes`, 'look what makes the API server slow');
  const timer = setTimeout(() => controller.abort(outOfTime), LONGEST_MS);
  const { namespaces, shard } = scope;
  const covers = (namespace: string): boolean =>
    (namespaces.length === 0 || namespaces.includes(namespace)) && (shard === undefined || isInShard(shard, { apiVersion: 'v1', kind: '', namespace }));
  let client: KubeClient | undefined;
  const connect = (): KubeClient => {
    const target = cluster ?? findTargets({ contexts: [], impersonation: { groups: [] }, environment: process.env })[0];
    if (target === undefined) throw new InputError('--publish: there is no cluster to write into; name one with --context');
    client ??= new KubeClient(target, { signal: controller.signal, qps: WRITES_A_SECOND });
    return client;
  };
  try {
    const problems = await publish(report, targets, { namespaces, covers, client: connect });
    for (const problem of problems) writeError(`error: ${problem}\n`);
    return problems.length === 0;
  } finally {
    clearTimeout(timer);
    client?.close();
  }
}

const LONGEST_MS = 10 * 60_000;
/** A report for each of a thousand namespaces must not keep the API server from its work. */
const WRITES_A_SECOND = 20;
