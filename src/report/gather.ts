import { compareTexts } from '../model/finding-order.ts';
import type { Location } from '../model/inventory.ts';
import type { Severity } from '../model/policy.ts';
import { SEVERITIES } from '../model/policy.ts';
import type { Finding, Report } from '../model/report.ts';
import { isAtLeast } from './describe.ts';
import { type PrintableFinding, printableFinding, printableProse } from './printable.ts';
import { neutralize } from './terminal.ts';

/** The violations of one policy: how many, and as many of them as will be printed, by place. */
export interface Group {
  readonly policy: string;
  readonly severity: Severity;
  readonly count: number;
  readonly kept: readonly PrintableFinding[];
}

/** Why something could not be decided, and all that it left open. */
export interface Reason {
  readonly because: string;
  readonly hint: string;
  readonly count: number;
  readonly policies: readonly string[];
}

export interface Gathered {
  /** The worst first. */
  readonly groups: readonly Group[];
  readonly violations: number;
  /** Those that leave most open first. */
  readonly reasons: readonly Reason[];
  readonly unknowns: number;
}

interface OpenGroup {
  readonly policy: string;
  readonly severity: Severity;
  count: number;
  readonly kept: Finding[];
}

interface OpenReason {
  readonly because: string;
  hint: string;
  count: number;
  readonly policies: Set<string>;
}

/** Goes through the findings once. Only those that will be printed are kept, however many there are, and what leaves here can be printed. */
export function gather(report: Report, minSeverity: Severity, keep: number): Gathered {
  const groups = new Map<string, OpenGroup>();
  const reasons = new Map<string, OpenReason>();
  let violations = 0;
  let unknowns = 0;
  for (const finding of report.findings) {
    if (!isAtLeast(finding.severity, minSeverity)) continue;
    if (finding.outcome === 'violation') {
      violations++;
      addToGroup(groups, finding, keep);
    } else if (finding.outcome === 'unknown') {
      unknowns++;
      addToReasons(reasons, finding);
    }
  }
  return {
    groups: [...groups.values()]
      .sort((a, b) => rank(b.severity) - rank(a.severity) || compareTexts(a.policy, b.policy))
      .map(({ policy, severity, count, kept }) => ({ policy: neutralize(policy), severity, count, kept: kept.map(printableFinding) })),
    violations,
    reasons: [...reasons.values()]
      .sort((a, b) => b.count - a.count || compareTexts(a.because, b.because))
      .map(({ because, hint, count, policies }) => ({
        because: printableProse(because),
        hint: printableProse(hint),
        count,
        policies: [...policies].sort(compareTexts).map(neutralize),
      })),
    unknowns,
  };
}

function addToGroup(groups: Map<string, OpenGroup>, finding: Finding, keep: number): void {
  const key = `${finding.severity} ${finding.policy}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = { policy: finding.policy, severity: finding.severity, count: 0, kept: [] };
    groups.set(key, group);
  }
  group.count++;
  const { kept } = group;
  const last = kept.at(-1);
  if (kept.length === keep && last !== undefined && byPlace(finding, last) >= 0) return;
  const at = kept.findLastIndex((other) => byPlace(other, finding) <= 0) + 1;
  kept.splice(at, 0, finding);
  if (kept.length > keep) kept.pop();
}

function addToReasons(reasons: Map<string, OpenReason>, finding: Finding): void {
  for (const [at, because] of (finding.because.length === 0 ? ['what it needs could not be learned'] : finding.because).entries()) {
    let reason = reasons.get(because);
    if (reason === undefined) {
      reason = { because, hint: '', count: 0, policies: new Set() };
      reasons.set(because, reason);
    }
    // Reasons may share a hint; which ones do is then not told.
    const hint = (finding.hints.length === finding.because.length ? finding.hints[at] : finding.hints.join(', or ')) ?? '';
    if (reason.hint === '' || (hint !== '' && hint < reason.hint)) reason.hint = hint;
    reason.count++;
    reason.policies.add(finding.policy);
  }
}

function byPlace(a: Finding, b: Finding): number {
  const [fileA, lineA, columnA] = place(a.location);
  const [fileB, lineB, columnB] = place(b.location);
  return compareTexts(fileA, fileB) || lineA - lineB || columnA - columnB || compareTexts(a.id, b.id);
}

function place(location: Location): [string, number, number] {
  if ('file' in location) return [location.file, location.line, location.column];
  return ['ref' in location ? `${location.cluster} ${location.ref} ${location.pointer}` : `${location.image} ${location.path}`, 0, 0];
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
