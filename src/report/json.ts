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
  const { startedAt, durationMs, complete, profile, kubeVersion, sources, gaps, shard } = scan;
  yield `"scan": ${json({ startedAt, durationMs, complete, profile, kubeVersion, policies: scan.policies, sources, gaps, shard })},\n`;
  const { subjects, judged, pass, violation, unknown, waived, notApplicable, violationsBySeverity } = summary;
  yield `"summary": ${json({ subjects, judged, pass, violation, unknown, waived, notApplicable, violationsBySeverity })},\n"findings": [`;
  const writer = new FindingWriter();
  let separator = '\n';
  for (const finding of report.findings) {
    if (finding.outcome === 'pass' && !showPassed) continue;
    yield separator + writer.write(finding);
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

/**
 * Writes findings from parts. Subjects, excerpts and what a policy says stand in many findings: each is written out once
 * and used again, which halves the time of a large report.
 */
class FindingWriter {
  readonly #written = new WeakMap<object, string>();
  readonly #words = new Map<string, string>();

  write(finding: Finding): string {
    const { id, policy, outcome, severity, confidence, message, expected, actual, evidence } = finding;
    const told = evidence.map(({ fact, value, location }) => `{"fact":${this.#word(fact)},"value":${json(value)},"location":${this.#once(location)}}`);
    return (
      `{"id":${json(id)},"policy":${this.#word(policy)},"outcome":${this.#word(outcome)},"severity":${this.#word(severity)},"confidence":${this.#word(confidence)},"subject":${this.#once(finding.subject)},` +
      `"message":${json(message)},"expected":${json(expected)},"actual":${json(actual)},"location":${this.#once(finding.location)},` +
      `"also":${list(finding.also)},"excerpt":${this.#excerpt(finding.excerpt)},"evidence":[${told.join(',')}],"views":${list(finding.views)},${finding.drift === undefined ? '' : `"drift":${json(finding.drift)},`}` +
      `"because":${list(finding.because)},"hints":${list(finding.hints)},"practices":${this.#once(finding.practices)},"fix":${this.#word(finding.fix)},"waiver":null}`
    );
  }

  #excerpt(lines: readonly object[]): string {
    return `[${lines.map((line) => this.#once(line)).join(',')}]`;
  }

  #once(value: object): string {
    let text = this.#written.get(value);
    if (text === undefined) {
      text = json(value);
      this.#written.set(value, text);
    }
    return text;
  }

  /** For texts that are the same in many findings. */
  #word(text: string): string {
    let written = this.#words.get(text);
    if (written === undefined) {
      written = json(text);
      this.#words.set(text, written);
    }
    return written;
  }
}

function list(items: readonly unknown[]): string {
  return items.length === 0 ? '[]' : json(items);
}
