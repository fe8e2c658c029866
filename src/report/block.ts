import type { Location } from '../model/inventory.ts';
import type { Drift, Evidence } from '../model/report.ts';
import { describeEvidence, describeLocation, describeSubject, hasManyClusters } from './describe.ts';
import { frame } from './frame.ts';
import { lay, twoStories, type Word, withRemark, words } from './layout.ts';
import { labelled, type Page } from './page.ts';
import type { PrintableFinding } from './printable.ts';

const MOST_EVIDENCE = 4;
const MOST_PLACES = 5;

/** One finding in full: where, what, the lines that decided it, what was expected instead. */
export function blockOf(page: Page, finding: PrintableFinding, { withMessage, around }: { withMessage: boolean; around: number }): string[] {
  const { columns, options, paint } = page;
  const lines = place(page, finding);
  if (withMessage) lines.push(...lay(words(finding.message), { columns, indent: 2 }));
  const framed = frame(finding, around, columns, paint);
  if (framed.length > 0) lines.push('', ...framed, '');
  const { location } = finding;
  if ('ref' in location && location.pointer !== '') lines.push(...labelled(page, 'at', [...words(location.pointer), ...words(location.missing ? '(not set)' : '')]));
  if ('file' in location && location.template !== undefined) lines.push(...labelled(page, 'template', words(location.template)));
  lines.push(...labelled(page, 'expected', words(finding.expected)));
  lines.push(...labelled(page, 'actual', words(finding.actual)));
  lines.push(...because(page, finding));
  lines.push(
    ...list(
      page,
      'also',
      finding.also.map((other) => [{ text: describeLocation(other), whole: true }]),
      MOST_PLACES,
    ),
  );
  if (finding.drift !== undefined) lines.push(...labelled(page, 'seen', words(`${DRIFTS[finding.drift]} (${finding.views.join(', ')})`)));
  else if (finding.views.length > 1) lines.push(...labelled(page, 'seen in', words(finding.views.join(', '))));
  if (options.verbose) {
    lines.push(...labelled(page, 'confidence', words(finding.confidence)));
    lines.push(...labelled(page, 'practices', words(finding.practices.join(', '))));
  }
  return lines;
}

const DRIFTS: Readonly<Record<Drift, string>> = {
  'in-git-and-live': 'in git and live',
  'fixed-in-git': 'fixed in git, not rolled out',
  'only-in-git': 'only in git',
  'only-live': 'only live',
  'changed-before-it-ran': 'live, where Pods run otherwise than their template says',
};

/** Place, subject and id on one line, or the subject on the next. */
function place({ report, columns, paint }: Page, { location, subject, id }: PrintableFinding): string[] {
  const remark = paint.dim(`id ${id}`);
  const parts: Word[] = describeSubject(subject).map((text) => ({ text }));
  if (!('ref' in location)) parts.unshift({ text: describeLocation(location), whole: true, paint: paint.bold });
  else if (location.cluster !== '' && hasManyClusters(report)) parts.unshift({ text: location.cluster });
  const line = withRemark(lay(parts, { columns, indent: 2, gap: '  ' }), remark, columns);
  if (line.length === 1) return line;
  return twoStories(lay(parts.slice(0, 1), { columns, indent: 2 }), lay(parts.slice(1), { columns, indent: 2, gap: '  ' }), remark, columns);
}

/** Facts that were set at another place than the one shown, and all of them where nothing else says what is the case. */
function because(page: Page, { location, evidence, actual }: PrintableFinding): string[] {
  const told = new Map<string, Word[]>();
  for (const piece of evidence) {
    const isHere = isSamePlace(piece.location, location);
    if (isHere && actual !== '' && !page.options.verbose) continue;
    const content = [...words(describeEvidence(piece)), ...(isHere ? [] : whereabouts(page, piece, location))];
    told.set(content.map(({ text }) => text).join(' '), content);
  }
  return list(page, 'because', [...told.values()], MOST_EVIDENCE);
}

function whereabouts({ report }: Page, { location }: Evidence, of: Location): Word[] {
  const at = words('missing' in location && location.missing ? '(not set) at' : 'at');
  if (!('ref' in location)) return [...at, { text: describeLocation(location), whole: 'file' in location }];
  if ('ref' in of && location.ref === of.ref && location.cluster === of.cluster) return [...at, ...words(location.pointer)];
  return [...at, ...words(hasManyClusters(report) ? describeLocation(location) : location.ref), ...words(location.pointer)];
}

function isSamePlace(a: Location, b: Location): boolean {
  if ('file' in a) return 'file' in b && a.file === b.file && a.line === b.line;
  if ('ref' in a) return 'ref' in b && a.cluster === b.cluster && a.ref === b.ref && a.pointer === b.pointer;
  return 'image' in b && a.image === b.image && a.path === b.path;
}

function list(page: Page, label: string, entries: readonly (readonly Word[])[], most: number): string[] {
  const kept = page.options.verbose ? entries : entries.slice(0, most);
  const lines = kept.flatMap((entry, at) => labelled(page, at === 0 ? label : '', entry));
  if (entries.length > kept.length) lines.push(...labelled(page, '', words(`and ${entries.length - kept.length} more`, page.paint.dim)));
  return lines;
}
