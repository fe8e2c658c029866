import { compareTexts } from '../model/finding-order.ts';
import type { Report } from '../model/report.ts';
import { hasManyClusters } from './describe.ts';
import { inPieces } from './pieces.ts';
import { neutralize } from './terminal.ts';

/**
 * The counts for a textfile collector or a Pushgateway, as OpenMetrics that Prometheus' older text format can read, too. No
 * names of objects: their number has no bound, and a series lives long after its object.
 */
export function* renderProm(report: Report): Generator<string> {
  yield* inPieces(lines(report));
}

function* lines(report: Report): Generator<string> {
  const { scan, summary, tool } = report;
  const violations = new Map<string, number>();
  const unknowns = new Map<string, number>();
  const withCluster = hasManyClusters(report);
  for (const { outcome, policy, severity, subject } of report.findings) {
    const counts = outcome === 'violation' ? violations : outcome === 'unknown' ? unknowns : undefined;
    if (counts === undefined) continue;
    const named = { policy, severity, namespace: subject.namespace, ...(withCluster ? { cluster: subject.cluster ?? '' } : {}) };
    const key = labels(named);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const ended = Date.parse(scan.startedAt) + scan.durationMs;
  yield* family('seaworthy_findings', 'Violations, by policy, severity and namespace.', sorted(violations));
  yield* family('seaworthy_unknown', 'Verdicts that could not be reached, by policy, severity and namespace.', sorted(unknowns));
  yield* family(
    'seaworthy_verdicts',
    'Verdicts, by outcome.',
    (['pass', 'violation', 'unknown', 'waived'] as const).map((outcome) => [labels({ outcome }), summary[outcome]]),
  );
  yield* family('seaworthy_subjects', 'Things that policies judged.', [['', summary.subjects]]);
  yield* family('seaworthy_gaps', 'Things that were asked for and could not be read.', [['', scan.gaps.length]]);
  yield* family('seaworthy_complete', 'Whether everything that was asked for was read.', [['', scan.complete ? 1 : 0]]);
  yield* family('seaworthy_scan_duration_seconds', 'How long the scan took.', [['', scan.durationMs / 1000]], 'seconds');
  yield* family('seaworthy_last_run_timestamp_seconds', 'When the last scan ended.', [['', ended / 1000]], 'seconds');
  // An incomplete scan is no success: the series is then absent, which an alert can see as well as an old one.
  yield* family('seaworthy_last_success_timestamp_seconds', 'When the last complete scan ended.', scan.complete ? [['', ended / 1000]] : [], 'seconds');
  yield* family('seaworthy_build_info', 'Which program and which rules.', [[labels({ version: tool.version, profile: scan.profile, policies: tool.policiesDigest }), 1]]);
  yield '# EOF\n';
}

function* family(name: string, help: string, samples: Iterable<readonly [labels: string, value: number]>, unit = ''): Generator<string> {
  yield `# TYPE ${name} gauge\n${unit === '' ? '' : `# UNIT ${name} ${unit}\n`}# HELP ${name} ${help}\n`;
  for (const [label, value] of samples) yield `${name}${label} ${value}\n`;
}

function sorted(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([a], [b]) => compareTexts(a, b));
}

function labels(named: Readonly<Record<string, string>>): string {
  const parts = Object.entries(named).map(([name, value]) => `${name}="${escaped(neutralize(value))}"`);
  return `{${parts.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
