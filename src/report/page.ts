import type { Severity } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import type { Shown } from './describe.ts';
import { lay, type Word, withRemark, words } from './layout.ts';
import { type PrintableReport, printableReport } from './printable.ts';
import { type Palette, palette, stringWidth } from './terminal.ts';

export interface TextOptions extends Shown {
  /** Of the terminal; 0 where that is not known. */
  readonly columns: number;
  readonly color: boolean;
  readonly failOn: Severity | 'never';
  readonly exitCode: number;
  readonly verbose: boolean;
  /** Whether the report is also written into a cluster, and it is thus not true that nothing is. */
  readonly isPublished?: boolean;
  /** How the program was called: `seaworthy` or `kubectl seaworthy`. */
  readonly command: string;
}

/** What every part of the page is laid out with. */
export interface Page {
  readonly report: PrintableReport;
  readonly options: TextOptions;
  readonly columns: number;
  readonly paint: Palette;
}

const NARROWEST = 60;
const WIDEST = 120;
const UNKNOWN_WIDTH = 80;
const SEVERITY_WIDTH = 10;
const SECTION_WIDTH = 12;
const LABEL_WIDTH = 13;

export function pageOf(report: Report, options: TextOptions): Page {
  const columns = Math.min(WIDEST, Math.max(NARROWEST, options.columns > 0 ? options.columns : UNKNOWN_WIDTH));
  return { report: printableReport(report), options, columns, paint: palette(options.color) };
}

/** `HIGH      workload-non-root  api may run as root`, the rest of the sentence below its beginning where it is long. */
export function heading({ columns, paint }: Page, label: string, subject: string, text: string, remark = ''): string[] {
  const start = `${label}${' '.repeat(Math.max(0, SEVERITY_WIDTH - stringWidth(label)))}${paint.bold(subject)}`;
  const room = columns - (remark === '' ? 0 : stringWidth(remark) + 2);
  const whole = text === '' ? start : `${start}  ${text}`;
  if (stringWidth(whole) <= room) return remark === '' ? [whole] : withRemark([whole], paint.dim(remark), columns);
  const first = lay(words(subject, paint.bold), { columns, indent: SEVERITY_WIDTH, label });
  return [...(remark === '' ? first : withRemark(first, paint.dim(remark), columns)), ...lay(words(text), { columns, indent: SEVERITY_WIDTH })];
}

export function paintSeverity(paint: Palette, severity: Severity): (text: string) => string {
  if (severity === 'critical') return (text) => paint.bold(paint.red(text));
  return severity === 'high' ? paint.red : severity === 'medium' ? paint.yellow : paint.cyan;
}

/** `NOT READ    2 things that were asked for`: the head of a part that is not about one policy. */
export function section({ columns, paint }: Page, name: string, text: string): string[] {
  return ['', ...lay(words(text), { columns, indent: SECTION_WIDTH, label: paint.bold(paint.yellow(name)) })];
}

/** `  expected   runAsNonRoot: true`: nothing at all where there is nothing to say. */
export function labelled({ columns, paint }: Page, label: string, content: readonly Word[]): string[] {
  return lay(content, { columns, indent: LABEL_WIDTH, label: `  ${paint.dim(label)}` });
}
