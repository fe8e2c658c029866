import { evaluate } from './evaluate.ts';
import type { PolicySource } from './model/policy.ts';
import type { PolicySummary, Report, Shard } from './model/report.ts';
import { digestOf } from './policy/digest.ts';
import { type ReadingRequest, read } from './reading.ts';

export interface ScanRequest extends ReadingRequest {
  /** Where it is known already. */
  readonly policiesDigest?: string | undefined;
  readonly severityReasons: ReadonlyMap<string, string>;
  readonly profile: string;
  readonly keepPasses: boolean;
  /** Which part of a split scan this is; `isWanted` then leaves the other parts out. */
  readonly shard?: Shard;
  readonly toolVersion: string;
}

/** The voyage: what is there and what is true of it (reading.ts), what the policies say, and what that comes to. */
export async function scan(request: ScanRequest): Promise<Report> {
  const startedAt = new Date();
  const { inventory, subjects, policies, kubeVersion, ...scope } = await read(request);
  const { findings, summary } = evaluate(subjects, policies, { ...scope, keepPasses: request.keepPasses });
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

function summarize({ id, title, severity, why, fix }: PolicySource, reasons: ReadonlyMap<string, string>): PolicySummary {
  const severityReason = reasons.get(id);
  return { id, title, severity, why, fix, ...(severityReason === undefined ? {} : { severityReason }) };
}
