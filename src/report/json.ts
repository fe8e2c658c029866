import type { Finding, Outcome, Report } from '../model/report.ts';
import { compare } from './compare.ts';
import { inPieces } from './pieces.ts';
import { neutralizeJson } from './terminal.ts';

/** Names the schema, `report.schema.json`; nothing is ever fetched from there. */
export const REPORT_SCHEMA = 'https://seaworthy.dev/schemas/report-v1.json';

/**
 * The report as JSON, one finding to a line, in pieces: fifty thousand findings are never one string. Passed ones are
 * written only when asked for. Characters that a terminal would obey are escaped, which changes no value.
 */
export function* renderJson(report: Report, options: { readonly show: readonly Outcome[] } = { show: [] }): Generator<string> {
  yield* inPieces(parts(report, options.show.includes('pass')));
}

function* parts(report: Report, showPassed: boolean): Generator<string> {
  const { tool, scan, summary, practices, policies } = report;
  yield `{\n"$schema": ${json(REPORT_SCHEMA)},\n"apiVersion": ${json(report.apiVersion)},\n"kind": ${json(report.kind)},\n`;
  yield `"tool": ${json({ name: tool.name, version: tool.version, policiesDigest: tool.policiesDigest })},\n`;
  const { startedAt, durationMs, complete, profile, kubeVersion, sources, gaps } = scan;
  yield `"scan": ${json({ startedAt, durationMs, complete, profile, kubeVersion, policies: scan.policies, sources, gaps })},\n`;
  yield `"summary": ${json(summary)},\n"findings": [`;
  let separator = '\n';
  for (const finding of report.findings) {
    if (finding.outcome === 'pass' && !showPassed) continue;
    yield separator + json(inOrder(finding));
    separator = ',\n';
  }
  yield `${separator === '\n' ? '' : '\n'}],\n"practices": ${json(practices)},\n"policies": {`;
  separator = '\n';
  for (const [id, { title, severity, severityReason, why, fix }] of [...policies].sort(([a], [b]) => compare(a, b))) {
    yield `${separator}${json(id)}: ${json({ title, severity, severityReason, why, fix })}`;
    separator = ',\n';
  }
  yield `${separator === '\n' ? '' : '\n'}}\n}\n`;
}

function json(value: unknown): string {
  return neutralizeJson(JSON.stringify(value));
}

function inOrder(finding: Finding): Finding {
  const { subject } = finding;
  return {
    id: finding.id,
    policy: finding.policy,
    outcome: finding.outcome,
    severity: finding.severity,
    confidence: finding.confidence,
    subject: {
      type: subject.type,
      cluster: subject.cluster,
      apiVersion: subject.apiVersion,
      kind: subject.kind,
      namespace: subject.namespace,
      name: subject.name,
      container: subject.container,
      part: subject.part,
    },
    message: finding.message,
    expected: finding.expected,
    actual: finding.actual,
    location: finding.location,
    also: finding.also,
    excerpt: finding.excerpt,
    evidence: finding.evidence,
    views: finding.views,
    because: finding.because,
    hints: finding.hints,
    practices: finding.practices,
    fix: finding.fix,
    waiver: finding.waiver,
  };
}
