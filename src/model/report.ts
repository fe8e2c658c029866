import type { ExcerptLine, Gap, Location, Source } from './inventory.ts';
import type { Severity } from './policy.ts';

export type Outcome = 'violation' | 'unknown' | 'waived' | 'pass';

export const OUTCOMES: readonly Outcome[] = ['violation', 'unknown', 'waived', 'pass'];

export type Confidence = 'proved' | 'effective' | 'declared' | 'assumed';

/** How what files say and what runs stand to each other. */
export type Drift = 'in-git-and-live' | 'fixed-in-git' | 'only-in-git' | 'only-live' | 'changed-before-it-ran';

export interface FindingSubject {
  readonly type: string;
  readonly cluster: string | null;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly part: string;
}

/** One fact that decided a finding. `value` is null where the fact is absent. */
export interface Evidence {
  readonly fact: string;
  readonly value: string | number | boolean | null | readonly (string | number)[];
  readonly location: Location;
}

export interface Finding {
  readonly id: string;
  readonly policy: string;
  readonly outcome: Outcome;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly subject: FindingSubject;
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
  readonly location: Location;
  /** Other places of the same fault: the same object in another file or unit. */
  readonly also: readonly Location[];
  readonly excerpt: readonly ExcerptLine[];
  readonly evidence: readonly Evidence[];
  readonly views: readonly string[];
  /** Only where more than one view of it was read. */
  readonly drift?: Drift;
  readonly because: readonly string[];
  readonly hints: readonly string[];
  readonly practices: readonly string[];
  readonly fix: string;
  readonly waiver: null;
}

export interface Summary {
  readonly subjects: number;
  readonly judged: number;
  readonly pass: number;
  readonly violation: number;
  readonly unknown: number;
  readonly waived: number;
  readonly notApplicable: number;
  readonly violationsBySeverity: Readonly<Record<Severity, number>>;
}

/** What a policy is, as far as a report needs it. */
export interface PolicySummary {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly why: string;
  readonly fix: string;
  readonly severityReason?: string;
}

/** One part of a scan that several processes share. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** Everything that a run found out. Reports are pure functions of it. */
export interface Report {
  readonly apiVersion: 'seaworthy.dev/v1';
  readonly kind: 'Report';
  readonly tool: { readonly name: 'seaworthy'; readonly version: string; readonly policiesDigest: string };
  readonly scan: {
    readonly startedAt: string;
    readonly durationMs: number;
    readonly complete: boolean;
    readonly profile: string;
    readonly kubeVersion: string;
    readonly policies: number;
    readonly sources: readonly Source[];
    readonly gaps: readonly Gap[];
    /** Of a scan that was split by namespace: which part this is. Findings of the other parts are not in it. */
    readonly shard?: Shard;
  };
  readonly summary: Summary;
  /** Worked out one by one while a report is written: fifty thousand of them need not be in memory at once. */
  readonly findings: Iterable<Finding> & { readonly length: number };
  readonly practices: readonly never[];
  readonly policies: ReadonlyMap<string, PolicySummary>;
}
