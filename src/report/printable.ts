import type { Location } from '../model/inventory.ts';
import type { Finding, Report } from '../model/report.ts';
import { neutralize, neutralizeAll } from './terminal.ts';

/** What a report says besides its findings, every string of it fit to be printed as it is. */
export type PrintableReport = Omit<Report, 'findings'>;

/** A finding of which every string can be printed as it is. The text report lays out no other. */
export interface PrintableFinding extends Finding {
  /** Where in the excerpt's line the location points; undefined where that cannot be shown. */
  readonly caret: number | undefined;
}

const LONGEST_LINE = 1000;
const TAB = '    ';

export function printableReport({ findings: _, ...report }: Report): PrintableReport {
  const { scan, policies } = report;
  return {
    ...neutralizeAll({ ...report, policies: undefined }),
    scan: neutralizeAll({ ...scan, gaps: scan.gaps.map((gap) => ({ ...gap, because: fold(gap.because), hint: fold(gap.hint) })) }),
    policies: new Map(
      [...policies].map(([id, policy]) => {
        const reason = policy.severityReason === undefined ? {} : { severityReason: fold(policy.severityReason) };
        return [neutralize(id), neutralizeAll({ ...policy, ...reason, title: fold(policy.title) })];
      }),
    ),
  };
}

export function printableFinding(finding: Finding): PrintableFinding {
  return {
    ...neutralizeAll({
      ...finding,
      message: fold(finding.message),
      expected: fold(finding.expected),
      actual: fold(finding.actual),
      fix: fold(finding.fix),
      excerpt: finding.excerpt.map(({ line, text }) => ({ line, text: untab(text.slice(0, LONGEST_LINE)) })),
    }),
    caret: findCaret(finding),
  };
}

export function printableProse(prose: string): string {
  return neutralize(fold(prose));
}

/** Line breaks of YAML prose are its author's layout, not ours. */
export function fold(prose: string): string {
  return prose.trim().replace(/\s*[\t\r\n]\s*/g, ' ');
}

/** Escapes and tabs before the caret push it to the right. */
function findCaret({ location, excerpt }: { location: Location; excerpt: Finding['excerpt'] }): number | undefined {
  if (!('file' in location)) return undefined;
  const text = excerpt.find(({ line }) => line === location.line)?.text;
  const before = location.column - 1;
  if (text === undefined || before < 0 || before >= Math.min(text.length, LONGEST_LINE)) return undefined;
  return neutralize(untab(text.slice(0, before))).length;
}

function untab(text: string): string {
  return text.replaceAll('\t', TAB);
}
