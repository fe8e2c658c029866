import type { LiveClusters, LiveRequest } from './collect/cluster/live.ts';
import { collectManifests, type ManifestRequest } from './collect/manifests.ts';
import { evaluate } from './evaluate.ts';
import { deriveSubjects } from './facts/derive.ts';
import { needsOf } from './facts/needs.ts';
import { namespacesIn, seenIn, wantedWith } from './live-scope.ts';
import type { Inventory } from './model/inventory.ts';
import type { PolicySource } from './model/policy.ts';
import type { PolicySummary, Report, Shard } from './model/report.ts';
import type { Identity, Subject } from './model/subject.ts';
import type { Compiler } from './policy/compile.ts';
import { digestOf } from './policy/digest.ts';
import { type KubeVersion, kubeVersionOf } from './policy/kube-version.ts';

export interface ScanRequest {
  readonly manifests: ManifestRequest;
  /** Clusters to be read, if any are. */
  readonly live?: LiveRequest;
  readonly policies: readonly PolicySource[];
  /** Rules differ between versions of Kubernetes, and which one it is may be known only once a cluster has answered. */
  readonly compilerFor: (kubeVersion: KubeVersion) => Pick<Compiler, 'compile'> | Promise<Pick<Compiler, 'compile'>>;
  /** Where it is known already. */
  readonly policiesDigest?: string | undefined;
  /** Policies whose sentences were not checked when the program was built. */
  readonly unchecked: ReadonlySet<string>;
  readonly severityReasons: ReadonlyMap<string, string>;
  readonly profile: string;
  /** Else that of the clusters, or the latest. */
  readonly kubeVersion?: KubeVersion;
  readonly defaultNamespace: string;
  readonly isWanted?: (subject: Subject, identity: Identity) => boolean;
  readonly keepPasses: boolean;
  /** Which part of a split scan this is; `isWanted` then leaves the other parts out. */
  readonly shard?: Shard;
  readonly toolVersion: string;
}
/** The voyage: what is there, what is true of it, what the policies say, and what that comes to. */
export async function scan(request: ScanRequest): Promise<Report> {
  const startedAt = new Date();
  const manifests = collectManifests(request.manifests);
  const clusters = await connect(request.live);
  const kubeVersion = request.kubeVersion ?? kubeVersionOf(clusters?.versions.values());
  const compiler = await request.compilerFor(kubeVersion);
  const policies = request.policies.map((source) => compiler.compile(source, { check: request.unchecked.has(source.id) }));
  const live = (await clusters?.read(needsOf(policies, { readSecrets: request.live?.readSecrets === true }), namespacesIn(manifests))) ?? NOTHING;
  const inventory = together(manifests, live);
  const wanted = new Set(policies.map(({ source }) => source.subject));
  const defaultNamespace = request.defaultNamespace || (clusters?.defaultNamespace ?? '');
  const subjects = deriveSubjects(inventory, wanted, defaultNamespace);
  const isWanted = wantedWith(request.isWanted, live, manifests);
  const { findings, summary } = evaluate(subjects, policies, {
    ...request,
    defaultNamespace,
    isWanted,
    ...(live === NOTHING || manifests.units.length === 0 ? {} : { isInFiles: seenIn(manifests) }),
  });
  return {
    apiVersion: 'seaworthy.dev/v1',
    kind: 'Report',
    tool: { name: 'seaworthy', version: request.toolVersion, policiesDigest: request.policiesDigest ?? digestOf(request.policies) },
    scan: {
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      // A part of a split scan may have nothing to judge; the whole may not.
      complete: inventory.gaps.length === 0 && (summary.judged > 0 || request.shard !== undefined),
      profile: request.profile,
      kubeVersion: String(kubeVersion),
      policies: policies.length,
      sources: inventory.sources,
      gaps: inventory.gaps,
      ...(request.shard === undefined ? {} : { shard: request.shard }),
    },
    summary,
    findings,
    practices: [],
    policies: new Map(request.policies.map((policy) => [policy.id, summarize(policy, request.severityReasons)])),
  };
}

/** What speaks with clusters takes longer to load than a scan of files takes. */
async function connect(request: LiveRequest | undefined): Promise<LiveClusters | undefined> {
  if (request === undefined) return undefined;
  const { LiveClusters } = await import('./collect/cluster/live.ts');
  const clusters = new LiveClusters(request);
  await clusters.greet();
  return clusters;
}

const NOTHING: Inventory = { units: [], sources: [], gaps: [] };

function together(a: Inventory, b: Inventory): Inventory {
  return { units: [...a.units, ...b.units], sources: [...a.sources, ...b.sources], gaps: [...a.gaps, ...b.gaps] };
}

function summarize({ id, title, severity, why, fix }: PolicySource, reasons: ReadonlyMap<string, string>): PolicySummary {
  const severityReason = reasons.get(id);
  return { id, title, severity, why, fix, ...(severityReason === undefined ? {} : { severityReason }) };
}
