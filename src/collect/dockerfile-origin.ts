import type { ExcerptLine, FileLocation, Location, Origin } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import { MASK, maskSecrets } from '../sensitive.ts';
import { type TextFile, toPointer } from './text-file.ts';

/** Part of a file, as offsets. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** As in excerpts of YAML. */
const CONTEXT_LINES = 2;
const LONGEST_LINE = 200;

/** A file that is not a tree of keys: a Dockerfile, an env file. Its reader knows the places of the paths that facts ask for. */
export class TextOrigin implements Origin {
  readonly view = 'git';
  readonly #file: TextFile;
  /** Offsets by JSON pointer. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #fallback: number;
  readonly #findSecrets: () => readonly Span[];
  #secrets: readonly Span[] | undefined;

  /** `fallback` is where a path without a place is missing. Secrets are asked for when a line is to be shown, and not before. */
  constructor(file: TextFile, places: ReadonlyMap<string, number>, fallback: number, findSecrets: () => readonly Span[]) {
    this.#file = file;
    this.#places = places;
    this.#fallback = fallback;
    this.#findSecrets = findSecrets;
  }

  locate(path: Path): FileLocation {
    const pointer = toPointer(path);
    const offset = this.#places.get(pointer);
    const { line, column } = this.#file.position(offset ?? this.#fallback);
    return { file: this.#file.name, line, column, pointer, missing: offset === undefined && path.length > 0 };
  }

  excerpt(location: Location): readonly ExcerptLine[] {
    if (!('file' in location)) return [];
    this.#secrets ??= [...this.#findSecrets(), ...privateKeys(this.#file.text)].sort((a, b) => a.from - b.from);
    const lines: ExcerptLine[] = [];
    for (let number = Math.max(1, location.line - CONTEXT_LINES); number <= location.line + CONTEXT_LINES; number++) {
      const range = this.#file.lineRange(number);
      if (range !== undefined) lines.push({ line: number, text: this.#maskedLine(range, this.#secrets) });
    }
    return lines;
  }

  #maskedLine(range: Span, secrets: readonly Span[]): string {
    let text = '';
    let at = range.from;
    for (const secret of secrets) {
      if (secret.to <= at || secret.from >= range.to) continue;
      if (secret.from > at) text += this.#file.text.slice(at, secret.from);
      text += MASK;
      at = Math.min(range.to, secret.to);
    }
    text += this.#file.text.slice(at, Math.min(range.to, at + LONGEST_LINE * 2));
    const masked = maskSecrets(text);
    return masked.length > LONGEST_LINE ? `${masked.slice(0, LONGEST_LINE)}…` : masked;
  }
}

/** The lines of a private key look like nothing by themselves. */
function privateKeys(text: string): Span[] {
  const spans: Span[] = [];
  for (let from = text.indexOf('-----BEGIN '); from !== -1; ) {
    const isPrivate = text.slice(from, from + 60).includes('PRIVATE KEY');
    const end = isPrivate ? text.indexOf('-----END ', from) : from + 1;
    if (isPrivate) spans.push({ from, to: end === -1 ? text.length : end });
    if (end === -1) break;
    from = text.indexOf('-----BEGIN ', end);
  }
  return spans;
}
