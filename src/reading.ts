import type { LiveRequest } from './collect/cluster/live.ts';
import type { RecordedRequest } from './collect/cluster/recorded.ts';
import { collectManifests, type ManifestRequest } from './collect/manifests.ts';
import { deriveSubjects } from './facts/derive.ts';
import { needsOf } from './facts/needs.ts';
import { namespacesIn, seenIn, wantedWith } from './live-scope.ts';
import type { Inventory } from './model/inventory.ts';
import type { CompiledPolicy, PolicySource } from './model/policy.ts';
import type { Identity, Subject } from './model/subject.ts';
import type { NeededResource } from './model/vocabulary.ts';
import type { Compiler } from './policy/compile.ts';
import { type KubeVersion, kubeVersionOf, LATEST_KUBERNETES } from './policy/kube-version.ts';

/** What is to be read, and by which policies it will be judged: they say what has to be read. */
export interface ReadingRequest {
  readonly manifests: ManifestRequest;
  /** Clusters to be read, if any are. */
  readonly live?: LiveRequest;
  /** A cluster that was written down, in the place of a live one. */
  readonly recorded?: RecordedRequest;
  readonly policies: readonly PolicySource[];
  /** Rules differ between versions of Kubernetes, and which one it is may be known only once a cluster has answered. */
  readonly compilerFor: (kubeVersion: KubeVersion) => Pick<Compiler, 'compile'> | Promise<Pick<Compiler, 'compile'>>;
  /** Policies whose sentences were not checked when the program was built. */
  readonly unchecked: ReadonlySet<string>;
  /** Else that of the clusters, or the latest. */
  readonly kubeVersion?: KubeVersion;
  readonly defaultNamespace: string;
  /** As `2026-11-21`; else the day on which it is asked. */
  readonly today?: string;
  readonly isWanted?: (subject: Subject, identity: Identity) => boolean;
  /** Types of subjects that are asked for even if no policy judges them. */
  readonly subjectTypes?: readonly string[];
}

/** What was read, ready to be judged. */
export interface Reading {
  readonly kubeVersion: KubeVersion;
  readonly policies: readonly CompiledPolicy[];
  readonly inventory: Inventory;
  readonly subjects: Iterable<Subject>;
  /** Stands in for the namespace that manifests leave out. */
  readonly defaultNamespace: string;
  readonly isWanted: ReadingRequest['isWanted'] | undefined;
  /** Whether files of this run name an object, where a live cluster is read as well. */
  readonly isInFiles?: (identity: Identity) => boolean;
}

/** The first half of the voyage: what is there, and what is true of it. */
export async function read(request: ReadingRequest): Promise<Reading> {
  await checkOwn(request);
  const manifests = collectManifests(request.manifests);
  const clusters = await connect(request);
  const kubeVersion = request.kubeVersion ?? kubeVersionOf(clusters?.versions.values());
  const compiler = await request.compilerFor(kubeVersion);
  const policies = request.policies.map((source) => compiler.compile(source, { check: false }));
  const live = (await clusters?.read(needsOf(policies, { readSecrets: clusters?.readSecrets === true }), namespacesIn(manifests))) ?? NOTHING;
  const inventory = together(manifests, live);
  const defaultNamespace = request.defaultNamespace || (clusters?.defaultNamespace ?? '');
  return {
    kubeVersion,
    policies,
    inventory,
    subjects: deriveSubjects(
      inventory,
      new Set([...policies.map(({ source }) => source.subject), ...(request.subjectTypes ?? [])]),
      defaultNamespace,
      request.today ?? new Date().toISOString().slice(0, 10),
    ),
    defaultNamespace,
    isWanted: wantedWith(request.isWanted, live, manifests),
    ...(live === NOTHING || manifests.units.length === 0 ? {} : { isInFiles: seenIn(manifests) }),
  };
}

/** Whoever wrote a policy of his own hears what is wrong with it before a large cluster was read. What is sound for one version of Kubernetes is so for all. */
async function checkOwn({ policies, unchecked, kubeVersion = LATEST_KUBERNETES, compilerFor }: ReadingRequest): Promise<void> {
  const own = policies.filter(({ id }) => unchecked.has(id));
  if (own.length === 0) return;
  const compiler = await compilerFor(kubeVersion);
  for (const source of own) compiler.compile(source, { check: true });
}

/** Clusters that answer. */
interface Clusters {
  /** What each API server says of itself, by context. */
  readonly versions: ReadonlyMap<string, string>;
  /** Stands in for the namespace that manifests leave open. */
  readonly defaultNamespace: string;
  readonly readSecrets: boolean;
  /** `besides`: the namespaces of the manifests in the same run. */
  read(resources: readonly NeededResource[], besides: ReadonlySet<string>): Promise<Inventory>;
}

/** What speaks with clusters takes longer to load than a scan of files takes. */
async function connect({ live, recorded }: ReadingRequest): Promise<Clusters | undefined> {
  if (recorded !== undefined) {
    const { RecordedCluster } = await import('./collect/cluster/recorded.ts');
    return new RecordedCluster(recorded);
  }
  if (live === undefined) return undefined;
  const { LiveClusters } = await import('./collect/cluster/live.ts');
  const clusters = new LiveClusters(live);
  await clusters.greet();
  return clusters;
}

const NOTHING: Inventory = { units: [], sources: [], gaps: [] };

function together(a: Inventory, b: Inventory): Inventory {
  return { units: [...a.units, ...b.units], sources: [...a.sources, ...b.sources], gaps: [...a.gaps, ...b.gaps] };
}
