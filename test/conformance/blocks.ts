/** How near a line of ours is to the one that a peer names. */
export type Nearness = 'exact' | 'block' | 'elsewhere';

export function nearnessOf(text: string, line: number, ours: readonly number[]): Nearness {
  if (ours.includes(line)) return 'exact';
  const lines = text.split('\n');
  return ours.some((other) => holds(blockOf(lines, line), other) || holds(blockOf(lines, other), line)) ? 'block' : 'elsewhere';
}

interface Block {
  readonly from: number;
  readonly to: number;
}

function holds({ from, to }: Block, line: number): boolean {
  return line >= from && line <= to;
}

function blockOf(lines: readonly string[], line: number): Block {
  return lines.some(opensStage) ? stageOf(lines, line) : mappingOf(lines, line);
}

/** The build stage of a Dockerfile. */
function stageOf(lines: readonly string[], line: number): Block {
  let from = line;
  while (from > 1 && !opensStage(lines[from - 1] ?? '')) from--;
  let to = line;
  while (to < lines.length && !opensStage(lines[to] ?? '')) to++;
  return { from, to };
}

function opensStage(text: string): boolean {
  return /^FROM\s/i.test(text);
}

/** The mapping whose key stands on a line: from its first key to the last line that is indented as far. */
function mappingOf(lines: readonly string[], line: number): Block {
  const at = (number: number): string => lines[number - 1] ?? '';
  const column = keyColumnOf(at(line));
  let from = line;
  while (from > 1 && !(isListItem(at(from)) && keyColumnOf(at(from)) === column) && (isBlank(at(from - 1)) || keyColumnOf(at(from - 1)) >= column)) from--;
  let to = line;
  while (to < lines.length && (isBlank(at(to + 1)) || indentOf(at(to + 1)) >= column)) to++;
  return { from, to };
}

function indentOf(text: string): number {
  return Math.max(0, text.search(/\S/));
}

/** Where the key begins, behind the dashes of lists. */
function keyColumnOf(text: string): number {
  return /^\s*(?:- +)*/.exec(text)?.[0].length ?? 0;
}

function isListItem(text: string): boolean {
  return /^\s*- /.test(text);
}

function isBlank(text: string): boolean {
  return /^\s*(?:#|$)/.test(text);
}
