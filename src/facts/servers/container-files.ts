import { hasUnseenLines, knownText } from '../connections/text.ts';
import type { ServerFile } from './inputs.ts';
import type { Source } from './known.ts';
import type { Pool } from './pool.ts';

/** What a program in the container would read, line by line with where it comes from. */
export interface ReadableFile {
  readonly text: string;
  sourceOf(line: number): Source;
}

/** The files of a container as far as they are known, with what start scripts write into them. */
export class ContainerFiles {
  /** Undefined for a file that is there and was not seen. */
  readonly #files = new Map<string, ReadableFile | undefined>();
  readonly #unseenPaths: readonly string[];
  readonly #wholeFolders: readonly string[];

  constructor(inputs: { readonly files: readonly ServerFile[]; readonly unseenPaths: readonly string[]; readonly wholeFolders: readonly string[] }, pool?: Pool) {
    this.#unseenPaths = inputs.unseenPaths.map(normalizePath);
    this.#wholeFolders = inputs.wholeFolders.map(normalizePath);
    for (const { path, text, unknowns } of inputs.files) {
      const name = normalizePath(path);
      const isFilledIn = unknowns !== undefined && pool !== undefined;
      this.#files.set(
        name,
        text === undefined ? undefined : { text: isFilledIn ? pool.add({ marked: text, unknowns }) : knownText(text).marked, sourceOf: (line) => ({ input: 'file', path, line }) },
      );
    }
  }

  copy(): ContainerFiles {
    const copy = new ContainerFiles({ files: [], unseenPaths: this.#unseenPaths, wholeFolders: this.#wholeFolders });
    for (const [path, file] of this.#files) copy.#files.set(path, file);
    return copy;
  }

  /** Takes over what a script has left behind. */
  become(other: ContainerFiles): void {
    if (other === this) return;
    this.#files.clear();
    for (const [path, file] of other.#files) this.#files.set(path, file);
  }

  /** What is the same in both stays; the rest is there perhaps, and not known. */
  keepCommon(other: ContainerFiles): void {
    for (const path of new Set([...this.#files.keys(), ...other.#files.keys()])) {
      if (this.#files.get(path) !== other.#files.get(path)) this.#files.set(path, undefined);
    }
  }

  read(path: string): ReadableFile | undefined {
    return this.#files.get(normalizePath(path));
  }

  /** A file that says something line by line. What was not seen of it may be lines of its own: of such a file it is only known that it is there. */
  readLines(path: string): ReadableFile | undefined {
    const file = this.read(path);
    return file === undefined || hasUnseenLines(file.text) ? undefined : file;
  }

  /** Undefined where only the image could tell. */
  exists(path: string): boolean | undefined {
    const name = normalizePath(path);
    if (this.#files.has(name)) return true;
    for (const file of this.#files.keys()) if (file.startsWith(`${name}/`)) return true;
    // Whoever mounts a Secret there and then asks for its file means the file to be there.
    if (this.#unseenPaths.some((folder) => isWithin(name, folder))) return true;
    return this.isWhole(name) ? false : undefined;
  }

  /** Whether something is mounted at a path, or above it, that was not seen. */
  isUnseen(path: string): boolean {
    const name = normalizePath(path);
    return this.#files.has(name) ? this.#files.get(name) === undefined : this.#unseenPaths.some((folder) => isWithin(name, folder));
  }

  /** Whether every file of a folder is known. */
  isWhole(folder: string): boolean {
    const name = normalizePath(folder);
    return this.#wholeFolders.some((whole) => isWithin(name, whole));
  }

  write(path: string, file: ReadableFile | undefined): void {
    this.#files.set(normalizePath(path), file);
  }

  /** Paths of the files right in a folder, sorted as the C locale sorts them. */
  list(folder: string): string[] {
    const prefix = `${normalizePath(folder)}/`;
    return [...this.#files.keys()].filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/')).sort();
  }
}

/** Without `.`, `..` and doubled slashes. */
function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function resolvePath(folder: string, path: string): string {
  return normalizePath(path.startsWith('/') ? path : `${folder}/${path}`);
}

export function folderOf(path: string): string {
  return normalizePath(path).replace(/\/[^/]*$/, '') || '/';
}

/** A path as a message may show it. What does not end as configuration does may be a secret that slipped into its place. */
export function shownPath(path: string): string {
  return /^(?:\/[\w.@+-]{1,60}){1,12}\.(?:conf|acl|ini|cfg|sh|txt|list|sample)$/.test(path) ? path : 'a file';
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`);
}
