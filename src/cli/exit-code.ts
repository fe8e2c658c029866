import { SEVERITIES, type Severity } from '../model/policy.ts';
import type { Report } from '../model/report.ts';

export type FailOn = Severity | 'never';

export interface ExitRules {
  readonly failOnUnknown?: boolean;
  readonly allowEmpty?: boolean;
  readonly allowIncomplete?: boolean;
}

/** 1 for violations, 3 for what could not be read or judged, 0 only when neither is so. 1 wins over 3. */
export function exitCodeOf(report: Report, failOn: FailOn, rules: ExitRules): number {
  const { summary, scan } = report;
  const severities = failOn === 'never' ? [] : SEVERITIES.slice(SEVERITIES.indexOf(failOn));
  if (severities.some((severity) => summary.violationsBySeverity[severity] > 0)) return 1;
  if (rules.failOnUnknown === true && summary.unknown > 0) return 1;
  if (scan.gaps.length > 0 && rules.allowIncomplete !== true) return 3;
  // A part of a split scan may be empty; the whole, which `report` judges, may not.
  const mayBeEmpty = rules.allowEmpty === true || scan.shard !== undefined;
  return summary.judged === 0 && !mayBeEmpty ? 3 : 0;
}
