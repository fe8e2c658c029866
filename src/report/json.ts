import { compareTexts } from '../model/finding-order.ts';
import type { Location } from '../model/inventory.ts';
import type { Evidence, Finding, FindingSubject, Outcome, Report } from '../model/report.ts';
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
  for (const [id, { title, severity, severityReason, why, fix }] of [...policies].sort(([a], [b]) => compareTexts(a, b))) {
    yield `${separator}${json(id)}: ${json({ title, severity, severityReason, why, fix })}`;
    separator = ',\n';
  }
  yield `${separator === '\n' ? '' : '\n'}}\n}\n`;
}

function json(value: unknown): string {
  return neutralizeJson(JSON.stringify(value));
}

/**
 * Writes findings field by field: most of what they say is short, plain and known by its place, and a report of fifty thousand
 * takes a third of the time that `JSON.stringify` needs.
 */
class FindingWriter {
  readonly #words = new Map<string, string>();
  readonly #lists = new Map<readonly string[], string>();

  write(finding: Finding): string {
    const { evidence, excerpt, location } = finding;
    const place = this.#location(location);
    let told = '';
    for (const { fact, value, location: own } of evidence) {
      told += `${told === '' ? '' : ','}{"fact":${this.#word(fact)},"value":${scalar(value)},"location":${own === location ? place : this.#location(own)}}`;
    }
    let lines = '';
    for (const { line, text } of excerpt) lines += `${lines === '' ? '' : ','}{"line":${line},"text":${quote(text)}}`;
    return (
      `{"id":${quote(finding.id)},"policy":${this.#word(finding.policy)},"outcome":${this.#word(finding.outcome)},"severity":${this.#word(finding.severity)},"confidence":${this.#word(finding.confidence)},` +
      `"subject":${this.#subject(finding.subject)},"message":${quote(finding.message)},"expected":${this.#word(finding.expected)},"actual":${this.#word(finding.actual)},` +
      `"location":${place},"also":${list(finding.also)},"excerpt":[${lines}],"evidence":[${told}],"views":${this.#list(finding.views)},${finding.drift === undefined ? '' : `"drift":${this.#word(finding.drift)},`}` +
      `"because":${this.#list(finding.because)},"hints":${this.#list(finding.hints)},` +
      `"practices":${this.#practices(finding.practices)},"fix":${this.#word(finding.fix)},"waiver":null}`
    );
  }

  #subject({ type, cluster, apiVersion, kind, namespace, name, container, part }: FindingSubject): string {
    return (
      `{"type":${this.#word(type)},"cluster":${scalar(cluster)},"apiVersion":${this.#word(apiVersion)},"kind":${this.#word(kind)},` +
      `"namespace":${this.#word(namespace)},"name":${quote(name)},"container":${quote(container)},"part":${quote(part)}}`
    );
  }

  #location(location: Location): string {
    if (!('file' in location)) return json(location);
    const { file, line, column, pointer, missing, template } = location;
    return `{"file":${this.#word(file)},"line":${line},"column":${column},"pointer":${quote(pointer)},"missing":${missing}${template === undefined ? '' : `,"template":${this.#word(template)}`}}`;
  }

  /** A policy's practices are the same list in all its findings. */
  #practices(practices: readonly string[]): string {
    let written = this.#lists.get(practices);
    if (written === undefined) {
      written = list(practices);
      this.#lists.set(practices, written);
    }
    return written;
  }

  #list(texts: readonly string[]): string {
    return texts.length === 1 ? `[${this.#word(texts[0] ?? '')}]` : list(texts);
  }

  /** For texts that are the same in many findings. */
  #word(text: string): string {
    let written = this.#words.get(text);
    if (written === undefined) {
      written = quote(text);
      if (this.#words.size < MOST_WORDS) this.#words.set(text, written);
    }
    return written;
  }
}

const MOST_WORDS = 10_000;

/** Letters that stand in JSON as they are, and that no terminal obeys. */
const VERBATIM = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  return VERBATIM.test(text) ? `"${text}"` : json(text);
}

function scalar(value: Evidence['value']): string {
  return typeof value === 'string' ? quote(value) : typeof value === 'object' && value !== null ? json(value) : String(value);
}

function list(items: readonly unknown[]): string {
  return items.length === 0 ? '[]' : json(items);
}
