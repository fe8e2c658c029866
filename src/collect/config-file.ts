import type { ConfigFile, ExcerptLine, FileLocation, Location, Origin } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { MASK, maskSecrets } from '../sensitive.ts';
import { numberOfLineStep } from './line-step.ts';
import { type TextFile, toPointer } from './text-file.ts';

/** A file whose lines are settings of the program that reads it. */
export function readConfigFile(file: TextFile): ConfigFile {
  return { type: 'config-file', file: file.name, text: file.text, value: NOTHING, origin: new ConfigFileOrigin(file), at: [], duplicateKeys: [] };
}

const NOTHING: JsonObject = Object.freeze(Object.create(null) as Record<string, Json>);

/** As in excerpts of YAML. */
const CONTEXT_LINES = 2;
const LONGEST_LINE = 200;
const BACKSLASH = 92;

/** Its places are lines, and no tree of keys. */
class ConfigFileOrigin implements Origin {
  readonly view = 'git';
  readonly #file: TextFile;

  constructor(file: TextFile) {
    this.#file = file;
  }

  get file(): string {
    return this.#file.name;
  }

  locate(path: Path): FileLocation {
    const line = numberOfLineStep(path.at(-1)) ?? 1;
    return { file: this.#file.name, line, column: 1, pointer: toPointer(path), missing: path.length > 0 && this.#file.lineRange(line) === undefined };
  }

  excerpt(location: Location): readonly ExcerptLine[] {
    if (!('file' in location)) return [];
    const lines: ExcerptLine[] = [];
    for (let line = Math.max(1, location.line - CONTEXT_LINES); line <= location.line + CONTEXT_LINES; line++) {
      const range = this.#file.lineRange(line);
      if (range === undefined) continue;
      const text = this.#file.text.slice(range.from, Math.min(range.to, range.from + LONGEST_LINE * 2));
      lines.push({ line, text: this.#continues(line) ? MASK : maskConfigLine(text).slice(0, LONGEST_LINE) });
    }
    return lines;
  }

  /** Whether it is the rest of the line above, as in properties: what it belongs to, and so whether it is a secret, does not stand in it. */
  #continues(line: number): boolean {
    const above = this.#file.lineRange(line - 1);
    return above !== undefined && above.to > above.from && this.#file.text.charCodeAt(above.to - 1) === BACKSLASH;
  }
}

/** Directives whose argument is a secret, or may hold one, in the files of Redis, PostgreSQL, PgBouncer and their like. */
const SECRET_DIRECTIVES =
  /^(\s*#?\s*(?:requirepass|masterauth|primaryauth|sentinel\s+auth-pass\s+\S+|sentinel\s+sentinel-pass|tls-key-file-pass|tls-client-key-file-pass|ssl_passphrase_command|primary_conninfo|auth_query)\s*[= ]\s*)(\S.*)$/i;

/** A line of a file whose grammar is not known here: what is masked in vain harms nobody. */
function maskConfigLine(line: string): string {
  const directive = SECRET_DIRECTIVES.exec(line);
  if (directive !== null) return `${directive[1]}${MASK}`;
  // Users of Redis: `user app on >password #hash <removed !removed`.
  if (/^\s*#?\s*user\s/i.test(line)) return maskSecrets(line.replaceAll(/(^|\s)([><#!])\S+/g, `$1$2${MASK}`));
  // Users of PgBouncer: "name" "password".
  if (/^\s*"[^"]{0,200}"\s+"/.test(line)) return line.replace(/^(\s*"[^"]{0,200}"\s+").*$/, `$1${MASK}"`);
  return maskSecrets(line);
}
