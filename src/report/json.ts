import { compareTexts } from '../model/finding-order.ts';
import type { Location } from '../model/inventory.ts';
import { isSameList } from '../model/lists.ts';
import type { Evidence, Finding, Outcome, Report } from '../model/report.ts';
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
 * takes a third of the time that `JSON.stringify` needs. What counts is how many parts a text is put together from: what is the same
 * from one finding to the next is put together once.
 */
class FindingWriter {
  readonly #words = new Map<string, string>();
  readonly #files = new Map<string, string>();
  readonly #lists = new Map<readonly string[], string>();
  #last: Finding | undefined;
  #head = '';
  #tail = '';

  write(finding: Finding): string {
    const { location, subject, also } = finding;
    const place = this.#location(location);
    if (this.#last === undefined || !beginsAlike(finding, this.#last)) this.#head = this.#headOf(finding);
    if (this.#last === undefined || !endsAlike(finding, this.#last)) this.#tail = this.#tailOf(finding);
    this.#last = finding;
    return (
      `{"id":"${inQuotes(finding.id)}${this.#head}${this.#word(subject.apiVersion)}","kind":"${this.#word(subject.kind)}","namespace":"${this.#word(subject.namespace)}` +
      `","name":"${inQuotes(subject.name)}","container":"${inQuotes(subject.container)}","part":"${inQuotes(subject.part)}"},"message":"${inQuotes(finding.message)}` +
      `","expected":"${this.#word(finding.expected)}","actual":"${this.#word(finding.actual)}","location":${place}${also.length === 0 ? ',"also":[]' : `,"also":${json(also)}`}` +
      `${this.#excerpt(finding)}${this.#evidence(finding, place)}${this.#tail}`
    );
  }

  #headOf({ policy, outcome, severity, confidence, subject: { type, cluster } }: Finding): string {
    return `","policy":${json(policy)},"outcome":${json(outcome)},"severity":${json(severity)},"confidence":${json(confidence)},"subject":{"type":${json(type)},"cluster":${json(cluster)},"apiVersion":"`;
  }

  #tailOf({ views, drift, because, hints, practices, fix }: Finding): string {
    return (
      `],"views":${json(views)},${drift === undefined ? '' : `"drift":${json(drift)},`}"because":${json(because)},"hints":${json(hints)},` +
      `"practices":${this.#practices(practices)},"fix":"${this.#word(fix)}","waiver":null}`
    );
  }

  #excerpt({ excerpt }: Finding): string {
    if (excerpt.length === 0) return ',"excerpt":[],"evidence":[';
    let lines = ',"excerpt":[{"line":';
    for (const [index, { line, text }] of excerpt.entries()) lines += `${index === 0 ? '' : '"},{"line":'}${line},"text":"${inQuotes(text)}`;
    return `${lines}"}],"evidence":[`;
  }

  /** `place`: the finding's own location, as it is written. */
  #evidence({ evidence, location }: Finding, place: string): string {
    let told = '';
    for (const { fact, value, location: own } of evidence) {
      told += `${told === '' ? '{"fact":"' : ',{"fact":"'}${this.#word(fact)}","value":${scalar(value)},"location":${own === location ? place : this.#location(own)}}`;
    }
    return told;
  }

  #location(location: Location): string {
    if (!('file' in location)) return json(location);
    const { file, line, column, pointer, missing, template } = location;
    const rest = template === undefined ? '' : `,"template":"${this.#word(template)}"`;
    return `${this.#file(file)}${line},"column":${column},"pointer":"${inQuotes(pointer)}${missing ? '","missing":true' : '","missing":false'}${rest}}`;
  }

  #file(file: string): string {
    let written = this.#files.get(file);
    if (written === undefined) {
      written = `{"file":${json(file)},"line":`;
      if (this.#files.size < MOST_WORDS) this.#files.set(file, written);
    }
    return written;
  }

  /** A policy's practices are the same list in all its findings. */
  #practices(practices: readonly string[]): string {
    let written = this.#lists.get(practices);
    if (written === undefined) {
      written = json(practices);
      this.#lists.set(practices, written);
    }
    return written;
  }

  /** For texts that are the same in many findings. */
  #word(text: string): string {
    let written = this.#words.get(text);
    if (written === undefined) {
      written = inQuotes(text);
      if (this.#words.size < MOST_WORDS) this.#words.set(text, written);
    }
    return written;
  }
}

function beginsAlike(a: Finding, b: Finding): boolean {
  return (
    a.policy === b.policy &&
    a.outcome === b.outcome &&
    a.severity === b.severity &&
    a.confidence === b.confidence &&
    a.subject.type === b.subject.type &&
    a.subject.cluster === b.subject.cluster
  );
}

function endsAlike(a: Finding, b: Finding): boolean {
  return a.fix === b.fix && a.practices === b.practices && a.drift === b.drift && isSameList(a.views, b.views) && isSameList(a.because, b.because) && isSameList(a.hints, b.hints);
}

const MOST_WORDS = 10_000;

/** Letters that stand in JSON as they are, and that no terminal obeys. */
const VERBATIM = /^[ !#-[\]-~]*$/;

/** What stands between the quotes. */
function inQuotes(text: string): string {
  return VERBATIM.test(text) ? text : json(text).slice(1, -1);
}

function scalar(value: Evidence['value']): string {
  return typeof value === 'string' ? `"${inQuotes(value)}"` : typeof value === 'object' && value !== null ? json(value) : String(value);
}
