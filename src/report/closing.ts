import type { Gap } from '../model/inventory.ts';
import type { Severity } from '../model/policy.ts';
import { SEVERITIES } from '../model/policy.ts';
import { count, describeLocation, isAtLeast, some, withCommas } from './describe.ts';
import type { Gathered, Reason } from './gather.ts';
import { lay, type Word, withRemark, words } from './layout.ts';
import { type Page, paintSeverity, section } from './page.ts';
import { stringWidth } from './terminal.ts';

const MOST_REASONS = 6;
const MOST_GAPS = 10;

/** Each reason once, with what it leaves open and what would show it. */
export function notProven(page: Page, { reasons, unknowns }: Gathered): string[] {
  const { columns, options, paint } = page;
  if (unknowns === 0) return [];
  const kept = options.verbose ? reasons : reasons.slice(0, MOST_REASONS);
  const digits = withCommas(kept[0]?.count ?? 0).length;
  const indent = digits + 4;
  const lines = section(page, 'NOT PROVEN', `${count(unknowns, 'verdict')} could not be reached from what was read`);
  for (const reason of kept) {
    lines.push('', ...lay(words(reason.because), { columns, indent, label: `  ${withCommas(reason.count).padStart(digits)}`, most: 3 }));
    lines.push(`${' '.repeat(indent)}${paint.dim(policiesOf(reason, columns - indent))}`);
    lines.push(...help(page, reason.hint, indent));
  }
  if (reasons.length > kept.length) {
    lines.push('', ...lay(words(`and ${count(reasons.length - kept.length, 'other reason')}: --verbose tells them all`, paint.dim), { columns, indent: 2 }));
  }
  return lines;
}

/** As many names as one line holds. */
function policiesOf({ policies }: Reason, room: number): string {
  for (let most = policies.length; most > 0; most--) {
    const line = `${policies.slice(0, most).join(', ')}${most < policies.length ? ` and ${policies.length - most} more` : ''}`;
    if (stringWidth(line) <= room) return line;
  }
  return count(policies.length, 'policy', 'policies');
}

function help({ columns, paint }: Page, hint: string, indent: number): string[] {
  return lay(words(hint), { columns, indent: indent + 6, label: `${' '.repeat(indent)}${paint.cyan('help')}`, most: 4 });
}

/** What was asked for and could not be read. */
export function notRead(page: Page): string[] {
  const { report, options, columns, paint } = page;
  const { gaps } = report.scan;
  if (gaps.length === 0) return [];
  const lines = section(page, 'NOT READ', `${count(gaps.length, 'thing')} that ${gaps.length === 1 ? 'was' : 'were'} asked for`);
  const kept = options.verbose ? gaps : gaps.slice(0, MOST_GAPS);
  for (const [at, gap] of kept.entries()) {
    const { about, because, hint, location } = gap;
    const place = location === undefined ? '' : describeLocation(location);
    // A gap that is about a file says its name only once.
    const isNamed = location !== undefined && 'file' in location && about === location.file;
    const name = place !== '' && isNamed ? [{ text: `${place}:`, whole: true, paint: paint.bold }] : words(`${about}:`, paint.bold);
    const where = place !== '' && !isNamed ? [...words('at'), { text: place, whole: true }] : [];
    if (!isAlike(kept[at - 1], gap)) lines.push('');
    lines.push(...lay([...name, ...words(because), ...where], { columns, indent: 2 }));
    if (!isAlike(gap, kept[at + 1])) lines.push(...help(page, hint, 2));
  }
  if (gaps.length > kept.length) lines.push('', ...lay(words(`and ${count(gaps.length - kept.length, 'more gap')}, --verbose lists all`, paint.dim), { columns, indent: 2 }));
  return lines;
}

/** What is mended in the same way stands together, and its help is told once: a user without rights lacks thirty lists. */
function isAlike(a: Gap | undefined, b: Gap | undefined): boolean {
  return a !== undefined && b !== undefined && a.about === b.about && a.hint === b.hint;
}

/** The count, and what the run ends with. Never a word of success where nothing was judged. */
export function closing(page: Page): string[] {
  const { report, options, columns, paint } = page;
  const { summary, scan } = report;
  const aside = (name: string, number: number, flag: 'unknown' | 'waived' | 'pass') =>
    number === 0 ? [] : [`${name.padEnd(10)}${withCommas(number).padStart(7)}${options.show.includes(flag) ? '' : paint.dim(`  --show ${flag} lists them`)}`];
  const asides = [...aside('not proven', summary.unknown, 'unknown'), ...aside('waived', summary.waived, 'waived'), ...aside('passed', summary.pass, 'pass')];
  const lines = asides.length === 0 ? [] : [...asides, ''];
  const resources = scan.sources.reduce((sum, source) => sum + source.resources, 0);
  const files = scan.sources.reduce((sum, source) => sum + source.files, 0);
  const where = files === 0 ? '' : ` in ${count(files, 'file')}`;
  const checked = words(`Checked ${count(resources, 'resource')}${where} against ${count(scan.policies, 'policy', 'policies')}.`);
  const result = verdict(page);
  const remark = exit(page);
  const onOneLine = scan.complete && [...checked, ...result].reduce((width, { text }) => width + text.length + 1, 1) + stringWidth(remark) <= columns;
  if (onOneLine) return withRemark([...lines, ...lay([...checked, ...result], { columns, indent: 0 })], remark, columns);
  lines.push(...lay(checked, { columns, indent: 0 }));
  // Where all was read and nothing was there, the verdict says so.
  if (!scan.complete && (scan.gaps.length > 0 || summary.judged > 0))
    lines.push(...lay(words('Incomplete: not all that was asked for could be read.', paint.yellow), { columns, indent: 0 }));
  return withRemark([...lines, ...lay(result, { columns, indent: 0 })], remark, columns);
}

function verdict(page: Page): Word[] {
  const { report, options, paint } = page;
  const { summary, scan } = report;
  if (summary.judged === 0) {
    if (summary.subjects > 0) return words(`Nothing was judged: no policy applies to the ${count(summary.subjects, 'subject')} found.`, paint.yellow);
    const ignored = scan.sources.reduce((sum, source) => sum + source.ignored, 0);
    const why = ignored === 0 ? '' : `${count(ignored, 'file')} ${ignored === 1 ? 'holds' : 'hold'} nothing that Seaworthy knows.`;
    const empty = scan.gaps.length > 0 ? [] : [...new Set(scan.sources.flatMap(({ namespaces }) => namespaces ?? []))].sort();
    if (empty.length === 0) return [...words('Nothing was found to judge.', paint.yellow), ...words(why)];
    const where = `${empty.length === 1 ? 'namespace' : 'namespaces'} ${some(empty, 3)}`;
    return [...words(`Nothing was found to judge in ${where}.`, paint.yellow), ...words(`${why} -A reads all namespaces of a cluster.`.trim())];
  }
  if (summary.pass + summary.violation + summary.waived === 0) return words(`Nothing is proved: none of ${count(summary.unknown, 'verdict')} could be reached.`, paint.yellow);
  if (summary.violation === 0) {
    const isOpen = summary.unknown > 0 || !scan.complete;
    const waived = summary.waived === 0 ? '' : `, ${withCommas(summary.waived)} waived`;
    return words(isOpen ? `No violation in what could be seen${waived}.` : `No violations${waived}.`, isOpen ? paint.yellow : paint.green);
  }
  return [...SEVERITIES].reverse().map((severity, at) => {
    const number = summary.violationsBySeverity[severity];
    const hidden = number > 0 && !isAtLeast(severity, options.minSeverity) ? ' (hidden)' : '';
    return { text: `${withCommas(number)} ${severity}${hidden}${at === SEVERITIES.length - 1 ? '.' : ','}`, ...painted(page, severity, number) };
  });
}

function painted({ paint }: Page, severity: Severity, number: number) {
  return number === 0 ? {} : { paint: paintSeverity(paint, severity) };
}

function exit({ report, options, paint }: Page): string {
  const { exitCode, failOn } = options;
  const { summary, scan } = report;
  const failed = SEVERITIES.some((severity) => failOn !== 'never' && isAtLeast(severity, failOn) && summary.violationsBySeverity[severity] > 0);
  let why = '';
  if (exitCode === 130) why = ' (interrupted)';
  else if (exitCode === 3) why = summary.judged === 0 ? ' (nothing judged)' : ' (incomplete)';
  else if (exitCode === 0 || failed) why = ` (--fail-on ${failOn})`;
  const text = `exit ${exitCode}${why}`;
  if (exitCode !== 0) return exitCode === 1 ? paint.red(text) : paint.yellow(text);
  return summary.judged > 0 && scan.complete ? paint.green(text) : paint.yellow(text);
}
