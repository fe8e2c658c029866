import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import type { Gap } from '../model/inventory.ts';
import { OUTCOMES, type Outcome, type Report } from '../model/report.ts';
import { type FormatName, formats, isFormat } from '../report/formats.ts';
import type { TextOptions } from '../report/page.ts';
import { fold } from '../report/printable.ts';
import { decideColor } from '../report/terminal.ts';
import { checkWritable, writeError, writeFile, writeOut } from './output.ts';

/** One `-o`: a format, and the file that takes it, or standard output. */
export interface OutputTarget {
  readonly format: FormatName;
  readonly file: string | undefined;
}

export const OUTPUT_HELP = `${Object.keys(formats).join(', ')}; repeatable`;

export function collectOutput(value: string, before: readonly OutputTarget[]): readonly OutputTarget[] {
  const equals = value.indexOf('=');
  const format = equals === -1 ? value : value.slice(0, equals);
  const file = equals === -1 ? undefined : value.slice(equals + 1);
  if (!isFormat(format)) throw new InvalidArgumentError(`There is no format "${format}"; there are ${Object.keys(formats).join(', ')}.`);
  if (file === '') throw new InvalidArgumentError(`A file name is missing after "${format}=".`);
  return [...before, { format, file: file === '-' ? undefined : file }];
}

export function collectOutcomes(value: string, before: readonly Outcome[]): readonly Outcome[] {
  const outcomes = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const wrong = outcomes.find((outcome) => !OUTCOMES.includes(outcome as Outcome));
  if (wrong !== undefined) throw new InvalidArgumentError(`There is no outcome "${wrong}"; there are ${OUTCOMES.join(', ')}.`);
  return [...before, ...(outcomes as Outcome[])];
}

/** Without any `-o`, text to standard output. Refuses what would overwrite itself. */
export function outputTargets(named: readonly OutputTarget[]): readonly OutputTarget[] {
  const targets = named.length > 0 ? named : [{ format: 'text' as const, file: undefined }];
  if (targets.filter(({ file }) => file === undefined).length > 1) {
    throw new InputError('-o: only one format can go to standard output; give the others a file, as in -o json=report.json');
  }
  const files = targets.flatMap(({ file }) => (file === undefined ? [] : [resolve(file)]));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw new InputError(`-o: two formats would be written to ${twice}`);
  for (const { format, file } of targets) if (file !== undefined) checkWritable(file, `-o ${format}=${file}`);
  return targets;
}

/** How a report is shown, as far as it does not hang on the terminal. */
export interface ReportOptions extends Omit<TextOptions, 'columns' | 'color'> {
  readonly color: 'auto' | 'always' | 'never';
}

/** Files first: whether they can be written is not known before, and what is on the screen should be the end of it. */
export function writeReport(report: Report, targets: readonly OutputTarget[], options: ReportOptions): void {
  for (const { format, file } of targets) if (file !== undefined) writeFile(file, formats[format](report, { ...options, color: false, columns: 80 }));
  for (const { format, file } of targets) if (file === undefined) writeOut(formats[format](report, onTerminal(options)));
  // The other formats leave out, or bury, what a person at the terminal has to know.
  if (targets.some(({ format, file }) => format === 'text' && file === undefined)) return;
  warnOfGaps(report.scan.gaps);
  if (report.summary.judged === 0 && options.exitCode === 3) writeError('warning: nothing was found to judge: see what was read, and what -n, -l and --only leave of it\n');
}

/** Looked at only by formats that are laid out for it: making `process.stdout` takes 3 ms. */
function onTerminal(options: ReportOptions): TextOptions {
  return {
    ...options,
    get columns() {
      return process.stdout.columns ?? 80;
    },
    get color() {
      return decideColor(options.color, process.env, process.stdout.isTTY === true);
    },
  };
}

const MOST_WARNINGS = 10;

function warnOfGaps(gaps: readonly Gap[]): void {
  for (const { about, because, hint, location } of gaps.slice(0, MOST_WARNINGS)) {
    const place = location !== undefined && 'file' in location && location.file === about ? `${about}:${location.line}:${location.column}` : about;
    writeError(`warning: not read: ${fold(`${place}: ${because} (${hint})`)}\n`);
  }
  if (gaps.length > MOST_WARNINGS) writeError(`warning: not read: ${gaps.length - MOST_WARNINGS} more, which the text and JSON formats list\n`);
}
