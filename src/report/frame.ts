import type { ExcerptLine } from '../model/inventory.ts';
import type { PrintableFinding } from './printable.ts';
import { cutEnd, type Palette, stringWidth } from './terminal.ts';

/** Columns kept before the caret when the beginning of its line has to go. */
const LEAD = 12;
const CUT = '...';

/** The lines around a finding, `>` before its own and `^^^` under what it means. Empty where there is no text to show. */
export function frame(finding: PrintableFinding, around: number, columns: number, paint: Palette): string[] {
  const { location } = finding;
  if (!('file' in location)) return [];
  const lines = withoutBlankEdges(
    finding.excerpt.filter(({ line }) => Math.abs(line - location.line) <= around),
    location.line,
  );
  if (!lines.some(({ line }) => line === location.line)) return [];
  const digits = String(lines.at(-1)?.line ?? 0).length;
  const room = columns - digits - 7;
  const shift = lines.some(({ text }) => stringWidth(text.trimEnd()) > room) ? commonIndent(lines) : 0;
  const framed: string[] = [];
  for (const { line, text: whole } of lines) {
    const text = whole.slice(shift).trimEnd();
    const number = String(line).padStart(digits);
    if (line !== location.line) {
      framed.push(`${paint.dim(`    ${number} |`)} ${cutEnd(text, room)}`.trimEnd());
      continue;
    }
    const caret = finding.caret === undefined ? undefined : finding.caret - shift;
    const shown = caret === undefined || caret < 0 || caret >= text.length ? undefined : window(text, caret, markedLength(text, caret, location.missing), room);
    framed.push(`${paint.red('  >')} ${number} ${paint.dim('|')} ${shown?.text ?? cutEnd(text, room)}`.trimEnd());
    if (shown === undefined) continue;
    const marks = `${' '.repeat(shown.column)}${paint.red('^'.repeat(shown.width))}`;
    const remark = location.missing ? missingKey(location.pointer, room - shown.column - shown.width - 1) : '';
    const fits = remark !== '' && shown.column + shown.width + 1 + stringWidth(remark) <= room;
    framed.push(`${paint.dim(`    ${' '.repeat(digits)} |`)} ${marks}${fits ? ` ${paint.red(remark)}` : ''}`);
  }
  return framed;
}

/** The part of a line that fits, with the caret in it. */
function window(text: string, caret: number, length: number, room: number): { text: string; column: number; width: number } {
  const width = Math.max(1, stringWidth(text.slice(caret, caret + length)));
  const column = stringWidth(text.slice(0, caret));
  if (stringWidth(text) <= room) return { text, column, width };
  const lead = [...text.slice(0, caret)].slice(-LEAD).join('');
  if (column + width <= room - CUT.length || lead.length >= caret - CUT.length) {
    return { text: cutEnd(text, room), column, width: Math.min(width, Math.max(1, room - CUT.length - column)) };
  }
  const start = CUT.length + stringWidth(lead);
  return {
    text: cutEnd(`${CUT}${lead}${text.slice(caret)}`, room),
    column: start,
    width: Math.min(width, Math.max(1, room - CUT.length - start)),
  };
}

/** How much of the line is meant: the value that begins here, or the key if the value stands below it. */
function markedLength(text: string, caret: number, missing: boolean): number {
  const rest = text.slice(caret);
  const key = /^["']?[^\s:"']+["']?(?=\s*:(?:\s|$))/.exec(rest)?.[0];
  if (key !== undefined) return key.length;
  if (missing) return /^\S*/.exec(rest)?.[0].length ?? 1;
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest)?.[0];
  if (quoted !== undefined) return quoted.length;
  const inBrackets = /[[{][^\]}]*$/.test(text.slice(0, caret));
  const value = (inBrackets ? /^[^,\]}]*/ : /^.*?(?=\s+#|$)/).exec(rest)?.[0] ?? rest;
  return Math.max(1, value.trimEnd().length);
}

/**
 * `securityContext.runAsNonRoot is not set`, for a location whose last step does not exist: with the steps that lead to it from the
 * item or the spec that it belongs to, because `type` or `drop` alone tells nobody where to write it.
 */
function missingKey(pointer: string, room: number): string {
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.at(-1) ?? '';
  if (last === '' || IS_ITEM.test(last)) return '';
  const from = steps.findLastIndex((step) => IS_ITEM.test(step) || step === 'spec') + 1;
  const way = steps.slice(from).join('.');
  // What has dots itself, such as a label, cannot be told apart from a way.
  const isClear = from > 0 && steps.slice(from).every((step) => /^\w+$/.test(step)) && way.length + NOT_SET.length <= room;
  return `${isClear ? way : last}${NOT_SET}`;
}

const IS_ITEM = /^(?:\d+|-)$/;
const NOT_SET = ' is not set';

function withoutBlankEdges(lines: readonly ExcerptLine[], marked: number): readonly ExcerptLine[] {
  const isKept = ({ line, text }: ExcerptLine) => line === marked || text.trim() !== '';
  const first = lines.findIndex(isKept);
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex(isKept) + 1);
}

function commonIndent(lines: readonly ExcerptLine[]): number {
  const indents = lines.filter(({ text }) => text.trim() !== '').map(({ text }) => text.length - text.trimStart().length);
  return indents.length === 0 ? 0 : Math.min(...indents);
}
