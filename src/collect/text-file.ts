/** The text of one scanned file, kept so that a finding can show its line. Line starts are found when first asked for. */
export class TextFile {
  /** As the report shows it: relative to the working directory where it is below it. */
  readonly name: string;
  readonly text: string;
  #lineStarts: Int32Array | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  position(offset: number): { line: number; column: number } {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
  }

  /** Offset of a line's first character, and of the end of its text. Lines count from 1. */
  lineRange(line: number): { from: number; to: number } | undefined {
    const starts = this.#starts();
    const from = starts[line - 1];
    if (from === undefined) return undefined;
    let to = (starts[line] ?? this.text.length + 1) - 1;
    if (this.text.charCodeAt(to - 1) === 13) to--;
    return { from, to: Math.max(from, to) };
  }

  #starts(): Int32Array {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
      this.#lineStarts = Int32Array.from(starts);
    }
    return this.#lineStarts;
  }
}

/** RFC 6901. */
export function toPointer(path: readonly (string | number)[]): string {
  let pointer = '';
  for (const step of path) pointer += typeof step === 'number' || !(step.includes('/') || step.includes('~')) ? `/${step}` : `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return pointer;
}
