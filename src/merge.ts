import { InputError } from './errors.ts';
import { comparePlaces, compareTexts, findingKey, keyInCluster, policyRank } from './model/finding-order.ts';
import type { Gap, Location, Source } from './model/inventory.ts';
import { distinct } from './model/lists.ts';
import type { Severity } from './model/policy.ts';
import type { Finding, Outcome, Report, Summary } from './model/report.ts';

/** A report that was read from a file, and what to call it. */
export interface SavedReport {
  readonly file: string;
  readonly report: Report;
}

/**
 * Several reports as one. The parts of a split scan come to what one process would have found; other reports are put together
 * as if their sources had been named on one command line.
 */
export function mergeReports(saved: readonly SavedReport[]): Report {
  const [first] = saved;
  if (first === undefined) throw new InputError('report: no report was given');
  for (const other of saved.slice(1)) requireSameRules(first, other);
  const reports = saved.map(({ report }) => report);
  const gaps = [...unlisted(saved), ...missingParts(saved)];
  if (saved.length === 1) return withGaps(first.report, gaps);
  const { findings, summary } = mergeFindings(reports);
  const started = reports.map(({ scan }) => Date.parse(scan.startedAt) || 0);
  const ended = reports.map(({ scan }, index) => (started[index] ?? 0) + scan.durationMs);
  const { shard, ...scan } = first.report.scan;
  return {
    ...first.report,
    scan: {
      ...scan,
      startedAt: new Date(Math.min(...started)).toISOString(),
      durationMs: Math.max(...ended) - Math.min(...started),
      complete: reports.every((report) => report.scan.complete) && gaps.length === 0 && summary.judged > 0,
      sources: shard === undefined ? reports.flatMap((report) => report.scan.sources) : sharedSources(reports),
      gaps: distinct([...reports.flatMap((report) => report.scan.gaps), ...gaps]),
    },
    summary,
    findings,
    policies: new Map(reports.flatMap((report) => [...report.policies])),
  };
}

function withGaps(report: Report, gaps: readonly Gap[]): Report {
  return gaps.length === 0 ? report : { ...report, scan: { ...report.scan, complete: false, gaps: [...report.scan.gaps, ...gaps] } };
}

/** Verdicts by different rules cannot be counted together. */
function requireSameRules(first: SavedReport, other: SavedReport): void {
  const rules = ({ report: { tool, scan } }: SavedReport) => ({ policies: tool.policiesDigest, profile: scan.profile, 'Kubernetes version': scan.kubeVersion });
  for (const [what, value] of Object.entries(rules(first))) {
    const theirs = rules(other)[what as keyof ReturnType<typeof rules>];
    if (theirs !== value)
      throw new InputError(`${other.file}: its ${what} (${theirs}) is not that of ${first.file} (${value}); reports are merged only if the same rules judged them`);
  }
}

/** Some of the parts tell less than the whole, and must not look like it. */
function missingParts(saved: readonly SavedReport[]): Gap[] {
  const given = new Map<number, string>();
  const count = saved[0]?.report.scan.shard?.count;
  for (const { file, report } of saved) {
    const { shard } = report.scan;
    if (shard?.count !== count)
      throw new InputError(`${file}: it is ${describePart(shard)}, and ${saved[0]?.file} is ${describePart(saved[0]?.report.scan.shard)}; merge the parts of one scan`);
    if (shard === undefined) continue;
    const other = given.get(shard.index);
    if (other !== undefined) throw new InputError(`${file}: it is ${describePart(shard)}, and so is ${other}`);
    given.set(shard.index, file);
  }
  return Array.from({ length: count ?? 0 }, (_, index) => index)
    .filter((index) => !given.has(index))
    .map((index) => ({ about: `part ${index}/${count} of the scan`, because: 'its report was not given', hint: 'name the reports of all parts: seaworthy report part-*.json' }));
}

function describePart(shard: Report['scan']['shard']): string {
  return shard === undefined ? 'a whole scan' : `part ${shard.index}/${shard.count}`;
}

/** A report may have been cut to fit into an object of the cluster; its summary still counts everything. */
function unlisted(saved: readonly SavedReport[]): Gap[] {
  return saved.flatMap(({ file, report }) => {
    const counted = report.summary.violation + report.summary.unknown + report.summary.waived;
    let listed = 0;
    for (const { outcome } of report.findings) if (outcome !== 'pass') listed++;
    if (listed >= counted) return [];
    return [{ about: file, because: `it counts ${counted} findings and lists ${listed} of them`, hint: 'use the whole report: scan -o json=FILE' }];
  });
}

/** Every part reads the same sources, because what it judges is joined with what others judge. */
function sharedSources(reports: readonly Report[]): Source[] {
  const merged = new Map<string, Source>();
  for (const source of reports.flatMap(({ scan }) => scan.sources)) {
    const key = `${source.kind}\n${source.target}`;
    const known = merged.get(key);
    if (known === undefined || source.resources > known.resources) merged.set(key, source);
  }
  return [...merged.values()];
}

const RANK: Readonly<Record<Outcome, number>> = { pass: 0, waived: 1, unknown: 2, violation: 3 };

/** As `evaluate` merges what it finds in several places: the worse outcome is told, equal ones list each other's places. */
function mergeFindings(reports: readonly Report[]): { findings: readonly Finding[]; summary: Summary } {
  const summary = addSummaries(reports.map((report) => report.summary));
  const merged = new Map<string, Finding>();
  for (const report of reports) {
    for (const finding of report.findings) {
      const key = `${policyRank(finding.severity, finding.policy)}\n${keyInCluster(findingKey(finding.subject), finding.subject.cluster)}`;
      const known = merged.get(key);
      if (known === undefined) {
        merged.set(key, finding);
        continue;
      }
      const difference = RANK[finding.outcome] - RANK[known.outcome];
      const lost = difference > 0 ? known : finding;
      if (lost.outcome !== 'pass') summary[lost.outcome]--;
      if (lost.outcome === 'violation') summary.violationsBySeverity[lost.severity]--;
      merged.set(key, difference > 0 ? finding : difference < 0 ? known : joinPlaces(known, finding));
    }
  }
  return { findings: [...merged.keys()].sort(compareTexts).map((key) => merged.get(key) as Finding), summary };
}

function joinPlaces(a: Finding, b: Finding): Finding {
  const [first, second] = comparePlaces(a.location, b.location) <= 0 ? [a, b] : [b, a];
  const places: readonly Location[] = [...first.also, second.location, ...second.also];
  const also = [...places]
    .sort(comparePlaces)
    .filter((place, index, all) => comparePlaces(place, all[index - 1] ?? first.location) !== 0 && comparePlaces(place, first.location) !== 0);
  return { ...first, also, views: [...new Set([...first.views, ...second.views])] };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends number ? number : Writable<T[K]> };

function addSummaries(summaries: readonly Summary[]): Writable<Summary> {
  const sum = (read: (summary: Summary) => number) => summaries.reduce((total, summary) => total + read(summary), 0);
  const bySeverity = (severity: Severity) => sum(({ violationsBySeverity }) => violationsBySeverity[severity]);
  return {
    subjects: sum(({ subjects }) => subjects),
    judged: sum(({ judged }) => judged),
    pass: sum(({ pass }) => pass),
    violation: sum(({ violation }) => violation),
    unknown: sum(({ unknown }) => unknown),
    waived: sum(({ waived }) => waived),
    notApplicable: sum(({ notApplicable }) => notApplicable),
    violationsBySeverity: { critical: bySeverity('critical'), high: bySeverity('high'), medium: bySeverity('medium'), low: bySeverity('low') },
  };
}
