import type { ExcerptLine, FileLocation, Location, Origin } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import { detectSecret, isSecretValue, MASK, maskSecrets, namesSecret } from '../sensitive.ts';
import type { TextFile } from './text-file.ts';
import { toPointer } from './text-file.ts';
import type { YamlDocument } from './yaml.ts';

/** Lines shown before and after the one that a finding points at. */
const CONTEXT_LINES = 2;
const LONGEST_LINE = 200;
/** An `env` item's name stands near its value, above or below it. */
const NAME_MAY_BE_THIS_FAR = 1000;

/** A document of a YAML or JSON file. */
export class DocumentOrigin implements Origin {
  readonly view = 'git';
  readonly #file: TextFile;
  readonly #document: Pick<YamlDocument, 'start' | 'positions' | 'text'>;
  readonly #template: string | undefined;
  /** In a Secret everything below `data` and `stringData` is masked, whatever its name. */
  readonly #isSecret: boolean;
  readonly #excerpts = new Map<number, readonly ExcerptLine[]>();

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
    const { offset, found } = this.#document.positions.find(path);
    const { line, column } = this.#file.position(this.#document.start + Math.max(0, offset));
    const location = { file: this.#file.name, line, column, pointer: toPointer(path), missing: !found };
    return this.#template === undefined ? location : { ...location, template: this.#template };
  }

  excerpt(location: Location): readonly ExcerptLine[] {
    if (!('file' in location)) return [];
    let lines = this.#excerpts.get(location.line);
    if (lines === undefined) {
      lines = this.#cut(location.line);
      this.#excerpts.set(location.line, lines);
    }
    return lines;
  }

  #cut(line: number): ExcerptLine[] {
    const end = this.#document.start + this.#document.text.length;
    const lines: ExcerptLine[] = [];
    const first = Math.max(1, line - CONTEXT_LINES);
    const from = this.#file.lineRange(first)?.from ?? 0;
    const to = this.#file.lineRange(line + CONTEXT_LINES)?.to ?? this.#file.text.length;
    const secrets = this.#secretsBetween(from, to);
    for (let number = first; number <= line + CONTEXT_LINES; number++) {
      const range = this.#file.lineRange(number);
      // Lines of a neighbouring document are masked by its own origin, which is not at hand: they are left out.
      if (range === undefined || range.from >= end || range.to < this.#document.start) continue;
      lines.push({ line: number, text: this.#maskedLine(range, secrets) });
    }
    return lines;
  }

  #secretsBetween(from: number, to: number): { from: number; to: number }[] {
    const { positions, start, text } = this.#document;
    const found: { from: number; to: number }[] = [];
    const scalars: { at: number; end: number; key: string; mapping: number; isSecretData: boolean }[] = [];
    const names = new Map<number, string>();
    positions.eachScalar(from - start - NAME_MAY_BE_THIS_FAR, to - start + NAME_MAY_BE_THIS_FAR, (at, end, keys, mapping) => {
      const key = keys.at(-1) ?? '';
      if (key === 'name' || key === 'key') names.set(mapping, text.slice(at, end));
      const isSecretData = this.#isSecret && (keys.includes('data') || keys.includes('stringData'));
      scalars.push({ at, end, key, mapping, isSecretData });
    });
    for (const { at, end, key, mapping, isSecretData } of scalars) {
      if (start + end < from || start + at > to) continue;
      const value = text.slice(at, end);
      const name = key === 'value' ? (names.get(mapping) ?? key) : key;
      if (isSecretData || (namesSecret(name) && isSecretValue(value)) || detectSecret(value) !== undefined) {
        found.push({ from: start + at, to: start + end });
      }
    }
    return found;
  }

  #maskedLine(range: { from: number; to: number }, secrets: readonly { from: number; to: number }[]): string {
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
