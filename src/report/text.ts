import type { Outcome, Report } from '../model/report.ts';
import { blockOf } from './block.ts';
import { closing, notProven, notRead } from './closing.ts';
import { abbreviateSubject, count, describeLocation, describeSubject, hasManyClusters, isAtLeast, isShown, some, withCommas } from './describe.ts';
import { type Gathered, type Group, gather } from './gather.ts';
import { lay, twoStories, type Word, withRemark, words } from './layout.ts';
import { heading, labelled, type Page, pageOf, paintSeverity, section, type TextOptions } from './page.ts';
import { inPieces } from './pieces.ts';
import { type PrintableFinding, printableFinding } from './printable.ts';
import { stringWidth } from './terminal.ts';

/** With no more than this many, each violation is shown in full; with more, one of each policy is. */
const FEW = 5;
/** With more than this many, less is shown of each: no lines of the file below `high`, and fewer places. */
const MANY = 50;
const ROWS = 10;
const ROWS_OF_MANY = 5;
const LINES_OF_OVERVIEW = 15;
/** Below a page of this many groups, what stands at its top is out of sight. */
const GROUPS_IN_SIGHT = 4;

/**
 * The report for a person at a terminal: the worst first, one finding of each policy with the lines that decided it,
 * then what is not proven, what was not read, and the count. However much was found, it stays a few screens.
 */
export function* renderText(report: Report, options: TextOptions): Generator<string> {
  const page = pageOf(report, options);
  const gathered = gather(report, options.minSeverity, options.verbose ? Number.POSITIVE_INFINITY : ROWS + 1);
  yield toText(head(page));
  for (const group of gathered.groups) yield toText(['', ...groupLines(page, group, gathered.violations)]);
  for (const outcome of ['unknown', 'waived', 'pass'] as const) yield* inPieces(listing(page, report, outcome));
  yield toText([...notProven(page, gathered), ...notRead(page), ...overview(page, gathered), '', ...closing(page)]);
}

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function head({ report, options, columns, paint }: Page): string[] {
  const { tool, scan } = report;
  const parts: Word[] = [{ text: `Seaworthy ${tool.version}`, paint: paint.bold }];
  for (const kind of new Set(scan.sources.map((source) => source.kind))) {
    const targets = scan.sources.filter((source) => source.kind === kind).map(({ target }) => target);
    parts.push({ text: `${kind} ${some(targets, 3)}` });
    if (kind === 'cluster') parts.push(...scopeOf(scan.sources).map((text) => ({ text })));
  }
  if (scan.sources.some(({ kind }) => kind === 'cluster'))
    parts.push({ text: options.isPublished === true ? 'read-only but for this report' : 'read-only, nothing created', paint: paint.dim });
  if (scan.profile !== 'default' || options.verbose) parts.push({ text: `profile ${scan.profile}` });
  const lines = lay(parts, { columns, indent: 0, gap: '   ' });
  if (!options.verbose) return lines;
  const requests = scan.sources.reduce((sum, source) => sum + (source.requests ?? 0), 0);
  const details = [`${count(scan.policies, 'policy', 'policies')} ${tool.policiesDigest}`, `Kubernetes ${scan.kubeVersion}`, `${(scan.durationMs / 1000).toFixed(1)} s`];
  if (requests > 0) details.push(count(requests, 'request'));
  return [
    ...lines,
    ...lay(
      details.map((text) => ({ text, paint: paint.dim })),
      { columns, indent: 0, gap: '   ' },
    ),
  ];
}

/** Which namespaces were asked for goes without saying only where it is the same in each cluster. */
function scopeOf(sources: Report['scan']['sources']): string[] {
  const scopes = new Map(sources.filter(({ kind }) => kind === 'cluster').map(({ namespaces }) => [namespaces?.join(','), namespaces]));
  if (scopes.size > 1) return ['the namespace of each context'];
  return [...scopes.values()].map((namespaces) => (namespaces === undefined ? 'all namespaces' : `${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${some(namespaces, 3)}`));
}

function groupLines(page: Page, group: Group, total: number): string[] {
  const { report, options, columns, paint } = page;
  const policy = report.policies.get(group.policy);
  const first = group.kept[0];
  if (first === undefined) return [];
  const label = paintSeverity(paint, group.severity)(group.severity.toUpperCase());
  const alone = group.count === 1;
  const isBrief = !alone && total > MANY && !options.verbose && !isAtLeast(group.severity, 'high');
  const title = alone ? first.message : (policy?.title ?? '');
  const lines = heading(page, label, group.policy, title, alone ? '' : count(group.count, 'finding'));

  const inFull = total <= FEW ? group.kept : group.kept.slice(0, isBrief ? 0 : 1);
  for (const finding of inFull) {
    if (!alone) lines.push('');
    lines.push(...blockOf(page, finding, { withMessage: !alone, around: total > MANY ? 1 : 2 }));
  }
  const reason = policy?.severityReason;
  if (reason !== undefined) lines.push(...labelled(page, 'severity', words(`${group.severity} because ${reason}`)));
  lines.push(...labelled(page, 'fix', words(first.fix)));
  lines.push(...labelled(page, 'explain', words(`${options.command} explain ${group.policy}`, paint.cyan)));

  const rest = group.kept.slice(inFull.length, options.verbose ? undefined : inFull.length + (total > MANY ? ROWS_OF_MANY : ROWS));
  const left = group.count - inFull.length - rest.length;
  const more = left > 0 ? lay(words(`and ${withCommas(left)} more, -o wide lists all`, paint.dim), { columns, indent: 2 }) : [];
  return rest.length === 0 ? [...lines, ...more] : [...lines, '', ...rows(page, rest), ...more];
}

/** Findings on a line each, in columns; the subject below its place where even its shortest name makes the line too long. */
function rows({ report, columns, paint }: Page, findings: readonly PrintableFinding[]): string[] {
  const cells = findings.map((finding) => {
    const { location, subject, id } = finding;
    const cluster = 'ref' in location && hasManyClusters(report) ? location.cluster : '';
    const also = finding.also.length === 0 ? '' : `  also at ${count(finding.also.length, 'other place')}`;
    const names = [describeSubject(subject).join('  '), abbreviateSubject(subject, true), abbreviateSubject(subject, false)];
    return { where: 'ref' in location ? cluster : describeLocation(location), names: names.map((name) => name + also), id };
  });
  const whereWidth = greatest(cells.map(({ where }) => stringWidth(where)));
  const indent = whereWidth === 0 ? 2 : whereWidth + 4;
  const nameWidth = (at: number) => greatest(cells.map(({ names, id }) => stringWidth(names[at] ?? '') + 2 + stringWidth(id)));
  const fitting = [0, 1, 2].find((at) => indent + nameWidth(at) <= columns);
  return cells.flatMap(({ where, names, id }) => {
    const remark = paint.dim(id);
    if (fitting !== undefined) return withRemark([`  ${where}${' '.repeat(indent - 2 - stringWidth(where))}${names[fitting] ?? ''}`], remark, columns);
    const place = where === '' ? [''] : lay([{ text: where, whole: true }], { columns, indent: 2 });
    return twoStories(place, lay([{ text: names[1] ?? '' }], { columns, indent: 6 }), remark, columns);
  });
}

/** Of any number of numbers: as arguments of Math.max they would fill the stack. */
function greatest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/** The findings of another outcome than violation, asked for with `--show`: read again, so that none has to be kept. */
function* listing(page: Page, report: Report, outcome: Exclude<Outcome, 'violation'>): Generator<string> {
  const { options } = page;
  if (!options.show.includes(outcome)) return;
  const names = { unknown: 'NOT PROVEN', waived: 'WAIVED', pass: 'PASSED' };
  let policy: string | undefined;
  for (const finding of report.findings) {
    if (finding.outcome !== outcome || !isShown(finding, options)) continue;
    if (policy === undefined) yield toText(section(page, names[outcome], 'one by one'));
    // They come by their policies: each is named above its own.
    const printable = printableFinding(finding);
    if (finding.policy !== policy) yield toText(['', ...lay([{ text: printable.policy }], { columns: page.columns, indent: 2 })]);
    policy = finding.policy;
    yield toText(rows(page, [printable]));
  }
}

/** What stands above, once more in one line each: it is the end of a long report that a terminal shows. */
function overview(page: Page, { groups, violations }: Gathered): string[] {
  const { columns, paint } = page;
  if (groups.length <= GROUPS_IN_SIGHT || violations <= FEW) return [];
  const digits = greatest(groups.map((group) => withCommas(group.count).length));
  const lines = [...section(page, 'IN SHORT', count(violations, 'violation')), ''];
  for (const { severity, policy, count: number } of groups.slice(0, LINES_OF_OVERVIEW)) {
    const label = `  ${paintSeverity(paint, severity)(severity.padEnd(8))}  ${withCommas(number).padStart(digits)}`;
    lines.push(...lay([{ text: policy }], { columns, indent: 14 + digits, label }));
  }
  if (groups.length > LINES_OF_OVERVIEW)
    lines.push(...lay(words(`and ${count(groups.length - LINES_OF_OVERVIEW, 'more policy', 'more policies')}`, paint.dim), { columns, indent: 2 }));
  return lines;
}
