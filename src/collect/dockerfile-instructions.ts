import { splitWords, unquote } from './dockerfile-words.ts';

/** One instruction, its continued lines joined. */
export class Instruction {
  /** Upper case. */
  readonly keyword: string;
  /** What follows the keyword, flags included, heredocs not. */
  readonly text: string;
  readonly #start: number;
  /** Pairs: offset in the joined line, offset in the file. */
  readonly #pieces: readonly number[];

  constructor(joined: string, pieces: readonly number[]) {
    this.keyword = (/^\S*/.exec(joined)?.[0] ?? '').toUpperCase();
    const rest = joined.slice(this.keyword.length);
    this.#start = this.keyword.length + rest.length - rest.trimStart().length;
    this.text = rest.trim();
    this.#pieces = pieces;
  }

  /** Where the instruction begins in the file. */
  get offset(): number {
    return this.#pieces[1] ?? 0;
  }

  /** Where a character of `text` stands in the file. */
  offsetOf(index: number): number {
    const joined = this.#start + index;
    let low = 0;
    let high = this.#pieces.length / 2 - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle * 2] ?? 0) <= joined) low = middle;
      else high = middle - 1;
    }
    return (this.#pieces[low * 2 + 1] ?? 0) + joined - (this.#pieces[low * 2] ?? 0);
  }
}

export interface Instructions {
  readonly instructions: readonly Instruction[];
  /** A backslash, unless the file's first lines say otherwise. */
  readonly escapeToken: string;
}

/** Splits a Dockerfile as BuildKit's parser does: directives, comments, continued lines, heredocs. */
export function parseInstructions(text: string): Instructions | { readonly fault: string; readonly offset: number } {
  const instructions: Instruction[] = [];
  let escapeToken = '\\';
  let mayBeDirective = true;
  for (let from = text.startsWith('\ufeff') ? 1 : 0; from < text.length; ) {
    const line = lineAt(text, from);
    const start = skipBlanks(text, from, line.to);
    from = line.next;
    const directive: RegExpExecArray | null = mayBeDirective && text[start] === '#' ? DIRECTIVE.exec(text.slice(start, Math.min(line.to, start + 200))) : null;
    mayBeDirective = directive !== null;
    if (directive?.[1]?.toLowerCase() === 'escape' && (directive[2] === '`' || directive[2] === '\\')) escapeToken = directive[2];
    if (start === line.to || text[start] === '#') continue;
    const joined = joinLines(text, { from: start, to: line.to, next: line.next }, escapeToken);
    const instruction = new Instruction(joined.text, joined.pieces);
    from = joined.next;
    for (const { name, stripsTabs } of heredocs(instruction, escapeToken)) {
      const end = endOfHeredoc(text, from, name, stripsTabs);
      if (end === undefined) return { fault: `the heredoc \`${name.slice(0, 60)}\` is never closed`, offset: instruction.offset };
      from = end;
    }
    instructions.push(instruction);
  }
  return { instructions, escapeToken };
}

const DIRECTIVE = /^#[ \t]*(escape|syntax|check)[ \t]*=[ \t]*(\S+)/i;

interface Line {
  readonly from: number;
  /** Without the line break. */
  readonly to: number;
  readonly next: number;
}

function lineAt(text: string, from: number): Line {
  const end = text.indexOf('\n', from);
  if (end === -1) return { from, to: text.length, next: text.length };
  return { from, to: end > from && text.charCodeAt(end - 1) === 13 ? end - 1 : end, next: end + 1 };
}

function skipBlanks(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Empty lines and comments inside a continued instruction do not end it. */
function joinLines(text: string, first: Line, escapeToken: string): { text: string; pieces: number[]; next: number } {
  const parts: string[] = [];
  const pieces: number[] = [];
  let length = 0;
  for (let line = first; ; line = lineAt(text, line.next)) {
    const start = skipBlanks(text, line.from, line.to);
    const isPassedOver = line !== first && (start === line.to || text[start] === '#');
    const end = isPassedOver ? undefined : continuationAt(text, line, escapeToken);
    if (!isPassedOver) {
      const part = text.slice(line.from, end ?? line.to);
      parts.push(part);
      pieces.push(length, line.from);
      length += part.length;
    }
    if ((!isPassedOver && end === undefined) || line.next >= text.length) return { text: parts.join(''), pieces, next: line.next };
  }
}

/** Offset of the escape character that continues a line; undefined where it is not continued. */
function continuationAt(text: string, line: Line, escapeToken: string): number | undefined {
  let at = line.to - 1;
  while (at > line.from && isBlank(text.charCodeAt(at))) at--;
  const continues = at >= line.from && text[at] === escapeToken && !(at > line.from && text[at - 1] === escapeToken);
  return continues ? at : undefined;
}

const TAKES_HEREDOCS = new Set(['RUN', 'COPY', 'ADD', 'ONBUILD']);
const HEREDOC = /^\d*<<(-?)([^<]+)$/;

function heredocs(instruction: Instruction, escapeToken: string): { name: string; stripsTabs: boolean }[] {
  if (!TAKES_HEREDOCS.has(instruction.keyword) || !instruction.text.includes('<<')) return [];
  const found: { name: string; stripsTabs: boolean }[] = [];
  for (const word of splitWords(instruction.text, escapeToken)) {
    const heredoc = HEREDOC.exec(word.text);
    const name = unquote(heredoc?.[2] ?? '', escapeToken);
    if (name !== '') found.push({ name, stripsTabs: heredoc?.[1] === '-' });
  }
  return found;
}

function endOfHeredoc(text: string, from: number, name: string, stripsTabs: boolean): number | undefined {
  for (let at = from; at < text.length; ) {
    const line = lineAt(text, at);
    let start = line.from;
    while (stripsTabs && text[start] === '\t') start++;
    if (line.to - start === name.length && text.startsWith(name, start)) return line.next;
    at = line.next;
  }
  return undefined;
}
