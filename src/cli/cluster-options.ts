import { type Command, InvalidArgumentError, Option } from 'commander';
import { findTargets, isInsidePod, type TargetRequest } from '../collect/cluster/kubeconfig.ts';
import type { LiveRequest, Progress } from '../collect/cluster/live.ts';
import { withCommas } from '../report/describe.ts';
import { collect, countOf } from './option-values.ts';

/** The flags that say which clusters are read, as whom, and how. */
export interface ClusterFlags {
  readonly cluster?: boolean;
  readonly context: readonly string[];
  readonly kubeconfig?: string;
  readonly namespace: readonly string[];
  readonly allNamespaces?: boolean;
  readonly as?: string;
  readonly asGroup: readonly string[];
  readonly asUid?: string;
  readonly readSecrets?: boolean;
  readonly qps: number;
  readonly timeout: number;
  readonly parallel: number;
  readonly progress: boolean;
}

export function addClusterOptions(command: Command): Command {
  return command
    .option('--cluster', 'read the live cluster of the current context')
    .option('--context <name>', 'read the live cluster of this context; repeatable', collect, [])
    .option('--kubeconfig <file>', 'the kubeconfig to take contexts from (default: as kubectl)')
    .option('-A, --all-namespaces', 'findings in all namespaces of a cluster (default: that of the context)')
    .option('--as <user>', 'read the cluster as this user')
    .option('--as-group <group>', 'read the cluster as a member of this group; repeatable', collect, [])
    .option('--as-uid <uid>', 'read the cluster as this uid')
    .option('--read-secrets', 'read the Secrets of the cluster, too; no value is ever shown')
    .option('--qps <n>', 'most requests a second to a cluster; 0 for no limit', parseNumber, 50)
    .addOption(new Option('--timeout <duration>', 'stop reading clusters after this time: 90s, 5m, 1h').argParser(parseDuration).default(5 * 60_000, '5m'))
    .option('--parallel <n>', 'clusters that are read at a time', countOf, 1)
    .option('--no-progress', 'no word of what is being read');
}

/** Whether a live cluster is to be read: it is named, or it goes without saying because nothing else is. */
export function readsCluster(flags: ClusterFlags, hasOtherSources: boolean, command: string): boolean {
  if (flags.cluster === true || flags.context.length > 0 || flags.kubeconfig !== undefined) return true;
  return !hasOtherSources && (command.startsWith('kubectl') || isInsidePod(process.env));
}

function targetRequest({ context, kubeconfig, as, asGroup, asUid }: ClusterFlags): TargetRequest {
  return {
    contexts: context,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    impersonation: { ...(as === undefined ? {} : { user: as }), groups: asGroup, ...(asUid === undefined ? {} : { uid: asUid }) },
    environment: process.env,
  };
}

export function liveRequest(flags: ClusterFlags, interruption: Interruption): LiveRequest {
  const progress = flags.progress ? progressLine() : undefined;
  return {
    targets: findTargets(targetRequest(flags)),
    namespaces: flags.namespace,
    allNamespaces: flags.allNamespaces === true,
    readSecrets: flags.readSecrets === true,
    qps: flags.qps,
    parallel: flags.parallel,
    timeoutMs: flags.timeout,
    onInterrupt: (interrupt) => interruption.listen(interrupt),
    ...(progress === undefined ? {} : { progress }),
  };
}

/** Ctrl-C while clusters are read ends the reading, and what was read is told. A second one ends the program. */
export class Interruption {
  hasHappened = false;

  listen(interrupt: () => void): () => void {
    const onSignal = (): void => {
      this.hasHappened = true;
      stop();
      interrupt();
    };
    const stop = (): void => {
      for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    return stop;
  }
}

/** SIGTERM is how Kubernetes ends a pod. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** To the beginning of the line, and nothing after it. */
const CLEAR = '\r\u001b[K';

/** One line that is written over while somebody watches, from the second second on; in CI one line now and then, so that a job is not taken for dead. */
function progressLine(): Progress | undefined {
  const isCi = (process.env['CI'] ?? '') !== '';
  if (!isCi && (process.stderr.isTTY !== true || process.env['TERM'] === 'dumb')) return undefined;
  const everyMs = isCi ? 15_000 : 1000;
  let next = Date.now() + everyMs;
  let isShown = false;
  return {
    listing: (resource, objects) => {
      if (Date.now() < next) return;
      next = Date.now() + (isCi ? everyMs : 200);
      const line = `listing ${resource} ${withCommas(objects)}`;
      process.stderr.write(isCi ? `${line}\n` : `${CLEAR}${line}`);
      isShown = !isCi;
    },
    done: () => {
      if (isShown) process.stderr.write(CLEAR);
    },
  };
}

function parseNumber(value: string): number {
  if (!/^\d{1,4}$/.test(value)) throw new InvalidArgumentError('It is a whole number.');
  return Number(value);
}

const UNITS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };

function parseDuration(value: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([smh]?)$/.exec(value) ?? [];
  if (Number(number) === 0) throw new InvalidArgumentError('It is a time such as 90s, 5m or 1h.');
  return Math.min(2 ** 31 - 1, Number(number) * (UNITS[unit] ?? 1000));
}
