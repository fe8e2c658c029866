import type { ExcerptLine, FileLocation, Location, Origin } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import { maskSpans } from '../sensitive.ts';
import { DocumentSecrets } from './document-secrets.ts';
import { numberOfLineStep } from './line-step.ts';
import type { TextFile } from './text-file.ts';
import { toPointer } from './text-file.ts';
import type { YamlDocument } from './yaml.ts';

/** Lines shown before and after the one that a finding points at. */
const CONTEXT_LINES = 2;
const LONGEST_LINE = 200;
/** So much of a line is looked at, and its end is not shown: a secret that is cut off there looks like nothing. */
const LOOKED_AT = 8000;
const NOT_SHOWN = 3000;

/** What stands behind the key of a text whose lines are lines of the file. */
const LITERAL_BLOCK = /^["']?[ \t]*:[ \t]+(?:[&!]\S+[ \t]+)?\|[0-9+-]{0,2}[ \t]*(?:#[^\n]*)?\r?\n/;

/** A document of a YAML or JSON file. */
export class DocumentOrigin implements Origin {
  readonly view = 'git';
  readonly #file: TextFile;
  readonly #document: Pick<YamlDocument, 'start' | 'positions' | 'text'>;
  readonly #template: string | undefined;
  readonly #isSecret: boolean;
  // Made when they are needed: most documents of a large scan are fine.
  #secrets: DocumentSecrets | undefined;
  #plainLines: LineSet | undefined;
  #maskedLines: Map<number, string> | undefined;

  /** `isSecret`: its objects are Secrets, whether or not each of them says so. */
  constructor(file: TextFile, document: Pick<YamlDocument, 'start' | 'positions' | 'text'>, options: { template?: string | undefined; isSecret: boolean }) {
    this.#file = file;
    this.#document = document;
    this.#template = options.template;
    this.#isSecret = options.isSecret;
  }

  get file(): string {
    return this.#file.name;
  }

  locate(path: Path): FileLocation {
    const inside = numberOfLineStep(path.at(-1));
    const { offset, end, found } = this.#document.positions.find(inside === undefined ? path : path.slice(0, -1));
    const start = this.#file.position(this.#document.start + offset);
    const isLine = inside !== undefined && LITERAL_BLOCK.test(this.#document.text.slice(end, end + 200));
    const { line, column } = isLine ? { line: start.line + inside, column: 1 } : start;
    const location = { file: this.#file.name, line, column, pointer: toPointer(path), missing: !found };
    return this.#template === undefined ? location : { ...location, template: this.#template };
  }

  excerpt(location: Location): readonly ExcerptLine[] {
    if (!('file' in location)) return [];
    const { line } = location;
    const { start, text } = this.#document;
    const lines: ExcerptLine[] = [];
    for (let number = Math.max(1, line - CONTEXT_LINES); number <= line + CONTEXT_LINES; number++) {
      const range = this.#file.lineRange(number);
      // Lines of a neighbouring document are masked by its own origin, which is not at hand: they are left out.
      if (range === undefined || range.from < start || range.to > start + text.length) continue;
      lines.push({ line: number, text: this.#maskedLine(number, range.from - start, range.to - start) });
    }
    return lines;
  }

  /** Findings stand close together: each line is looked at once, however many excerpts show it. */
  #maskedLine(line: number, from: number, to: number): string {
    const { text, positions } = this.#document;
    if (this.#plainLines?.has(line) === true) return cut(text.slice(from, to));
    const known = this.#maskedLines?.get(line);
    if (known !== undefined) return known;
    this.#secrets ??= new DocumentSecrets(text, positions, this.#isSecret);
    const end = Math.min(to, from + LOOKED_AT);
    const spans = this.#secrets.within(from, end);
    if (spans.length === 0 && end === to) {
      this.#plainLines ??= new LineSet(this.#file.position(this.#document.start).line);
      this.#plainLines.add(line);
      return cut(text.slice(from, to));
    }
    const notShown = end === to ? [] : [{ from: end - NOT_SHOWN - from, to: end - from }];
    const inLine = spans.map((span) => ({ from: Math.max(0, span.from - from), to: Math.min(end, span.to) - from }));
    const masked = cut(maskSpans(text.slice(from, end), [...inLine, ...notShown]));
    this.#maskedLines ??= new Map();
    this.#maskedLines.set(line, masked);
    return masked;
  }
}

function cut(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

/** A bit for each line: most are shown as they are, and a hundred thousand of them should take no memory. */
class LineSet {
  readonly #first: number;
  readonly #bits: number[] = [];

  /** `first`: no line comes before it. */
  constructor(first: number) {
    this.#first = first;
  }

  has(line: number): boolean {
    const at = line - this.#first;
    return ((this.#bits[at >> 5] ?? 0) & (1 << (at & 31))) !== 0;
  }

  add(line: number): void {
    const at = line - this.#first;
    while (this.#bits.length <= at >> 5) this.#bits.push(0);
    this.#bits[at >> 5] = (this.#bits[at >> 5] ?? 0) | (1 << (at & 31));
  }
}
