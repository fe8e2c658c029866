import { collectManifests, type ManifestRequest } from './collect/manifests.ts';
import { evaluate } from './evaluate.ts';
import { deriveSubjects } from './facts/derive.ts';
import type { PolicySource } from './model/policy.ts';
import type { PolicySummary, Report } from './model/report.ts';
import type { Identity, Subject } from './model/subject.ts';
import type { Compiler } from './policy/compile.ts';
import { digestOf } from './policy/digest.ts';
import type { KubeVersion } from './policy/kube-version.ts';

export interface ScanRequest {
  readonly manifests: ManifestRequest;
  readonly policies: readonly PolicySource[];
  readonly compiler: Pick<Compiler, 'compile'>;
  /** Where it is known already. */
  readonly policiesDigest?: string | undefined;
  /** Policies whose sentences were not checked when the program was built. */
  readonly unchecked: ReadonlySet<string>;
  readonly severityReasons: ReadonlyMap<string, string>;
  readonly profile: string;
  readonly kubeVersion: KubeVersion;
  readonly defaultNamespace: string;
  readonly isWanted?: (subject: Subject, identity: Identity) => boolean;
  readonly keepPasses: boolean;
  readonly toolVersion: string;
}

/** The voyage: what is there, what is true of it, what the policies say, and what that comes to. */
export function scan(request: ScanRequest): Report {
  const startedAt = new Date();
  const policies = request.policies.map((source) => request.compiler.compile(source, { check: request.unchecked.has(source.id) }));
  const inventory = collectManifests(request.manifests);
  const wanted = new Set(policies.map(({ source }) => source.subject));
  const subjects = deriveSubjects(inventory, wanted, request.defaultNamespace);
  const { findings, summary } = evaluate(subjects, policies, request);
  return {
    apiVersion: 'seaworthy.dev/v1',
    kind: 'Report',
    tool: { name: 'seaworthy', version: request.toolVersion, policiesDigest: request.policiesDigest ?? digestOf(request.policies) },
    scan: {
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      complete: inventory.gaps.length === 0 && summary.judged > 0,
      profile: request.profile,
      kubeVersion: String(request.kubeVersion),
      policies: policies.length,
      sources: inventory.sources,
      gaps: inventory.gaps,
    },
    summary,
    findings,
    practices: [],
    policies: new Map(request.policies.map((policy) => [policy.id, summarize(policy, request.severityReasons)])),
  };
}

function summarize({ id, title, severity, why, fix }: PolicySource, reasons: ReadonlyMap<string, string>): PolicySummary {
  const severityReason = reasons.get(id);
  return { id, title, severity, why, fix, ...(severityReason === undefined ? {} : { severityReason }) };
}
