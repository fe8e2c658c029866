import { characterWidth, type Paint, stringWidth } from './terminal.ts';

/** A piece of a line. One that is `whole` is never broken, however narrow the terminal: a place that is to be copied or clicked. */
export interface Word {
  readonly text: string;
  readonly whole?: boolean;
  readonly paint?: Paint;
}

interface Line {
  readonly text: string;
  readonly width: number;
}

export function words(text: string, paint?: Paint): Word[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (paint === undefined ? { text: word } : { text: word, paint }));
}

export interface Lay {
  readonly columns: number;
  readonly indent: number;
  /** Stands before the first line, in the room of the indent. */
  readonly label?: string;
  readonly gap?: string;
  /** Lines after this many are left out, and the last one says so. */
  readonly most?: number;
}

/** Words on as few lines as they need, all of them at the indent. */
export function lay(content: readonly Word[], { columns, indent, label = '', gap = ' ', most = 10 }: Lay): string[] {
  const lines = fill(content, Math.max(1, columns - indent), gap, most);
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = { text: '...', width: 3 };
  const laid: string[] = [];
  for (const [at, { text, width }] of kept.entries()) {
    // What cannot be broken moves to the left as far as it must.
    const margin = Math.max(0, Math.min(indent, columns - width));
    const before = at === 0 ? label : '';
    if (stringWidth(before) <= margin) laid.push(before + ' '.repeat(margin - stringWidth(before)) + text);
    else laid.push(before.trimEnd(), ' '.repeat(margin) + text);
  }
  return laid;
}

/** One line more than wanted, where there is one; the rest of an endless text is not looked at. */
function fill(content: readonly Word[], room: number, gap: string, most: number): Line[] {
  const lines: Line[] = [];
  let text = '';
  let width = 0;
  // Neighbours in one colour are painted together.
  let run = '';
  let paint: Paint | undefined;
  const endRun = () => {
    text += paint === undefined ? run : paint(run);
    run = '';
  };
  const endLine = () => {
    endRun();
    if (width > 0) lines.push({ text, width });
    text = '';
    width = 0;
  };
  for (const word of content) {
    for (const part of stringWidth(word.text) > room && word.whole !== true ? split(word.text, room) : [word.text]) {
      const partWidth = stringWidth(part);
      if (partWidth === 0) continue;
      if (lines.length > most) return lines;
      if (width > 0 && width + gap.length + partWidth > room) endLine();
      const before = width > 0 ? gap : '';
      if (word.paint === paint) run += before + part;
      else {
        endRun();
        text += before;
        run = part;
        paint = word.paint;
      }
      width += before.length + partWidth;
    }
  }
  endLine();
  return lines;
}

/** Breaks at spaces first, and inside a word where there is no other way. */
function* split(text: string, room: number): Generator<string> {
  let part = '';
  let width = 0;
  for (const word of text.split(' ')) {
    const wordWidth = stringWidth(word);
    if (width > 0 && width + 1 + wordWidth <= room) {
      part += ` ${word}`;
      width += 1 + wordWidth;
      continue;
    }
    yield part;
    part = '';
    width = 0;
    if (wordWidth <= room) {
      part = word;
      width = wordWidth;
      continue;
    }
    for (const character of word) {
      const columns = characterWidth(character);
      if (width + columns > room) {
        yield part;
        part = '';
        width = 0;
      }
      part += character;
      width += columns;
    }
  }
  yield part;
}

/** On a wide terminal, remarks stand no farther from what they remark on than this. */
const WIDEST_REMARK = 100;

/** Lines of which the last one ends, at the right edge, in a remark; on a line of its own where there is no room. */
export function withRemark(lines: readonly string[], remark: string, columns: number): string[] {
  const last = lines.at(-1) ?? '';
  const used = stringWidth(last) + 2 + stringWidth(remark);
  const edge = used <= WIDEST_REMARK ? Math.min(columns, WIDEST_REMARK) : columns;
  if (used <= edge) return [...lines.slice(0, -1), `${last}${' '.repeat(edge - used + 2)}${remark}`];
  return [...lines, `${' '.repeat(Math.max(0, Math.min(columns, WIDEST_REMARK) - stringWidth(remark)))}${remark}`];
}

/** A remark at the end of the upper lines, or of the lower ones where the upper have no room for it. */
export function twoStories(upper: readonly string[], lower: readonly string[], remark: string, columns: number): string[] {
  const remarked = withRemark(upper, remark, columns);
  return remarked.length === upper.length ? [...remarked, ...lower] : [...upper, ...withRemark(lower, remark, columns)];
}
