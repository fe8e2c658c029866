import { findTargets } from '../../src/collect/cluster/kubeconfig.ts';
import { LiveClusters } from '../../src/collect/cluster/live.ts';
import { factClasses } from '../../src/facts/derived.ts';
import { needsOf } from '../../src/facts/needs.ts';
import { vocabulary } from '../../src/facts/vocabulary.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import type { NeededResource } from '../../src/model/vocabulary.ts';
import { loadBuiltIn } from '../../src/policy/builtin.ts';
import { createCompiler } from '../../src/policy/compile.ts';
import { LATEST_KUBERNETES } from '../../src/policy/kube-version.ts';
import type { ApiServer } from './api-server.ts';

export interface ReadOptions {
  /** Who reads: the administrator, or somebody in whose name. */
  readonly as?: string;
  readonly readSecrets?: boolean;
}

/** What all built-in policies together need. */
export function neededByAll({ readSecrets = false }: ReadOptions = {}): readonly NeededResource[] {
  const compiler = createCompiler(vocabulary, factClasses, LATEST_KUBERNETES);
  return needsOf(
    loadBuiltIn().policies.map((policy) => compiler.compile(policy, { check: false })),
    { readSecrets },
  );
}

/** Reads a whole cluster as a scan with all built-in policies does. */
export async function readCluster(server: ApiServer, options: ReadOptions = {}): Promise<Inventory> {
  const clusters = new LiveClusters({
    targets: findTargets({
      contexts: [],
      kubeconfig: server.kubeconfig,
      impersonation: { groups: [], ...(options.as === undefined ? {} : { user: options.as }) },
      environment: {},
    }),
    namespaces: [],
    allNamespaces: true,
    readSecrets: options.readSecrets === true,
    qps: 0,
    parallel: 1,
    timeoutMs: 120_000,
    onInterrupt: () => () => undefined,
  });
  await clusters.greet();
  return clusters.read(neededByAll(options), new Set());
}
