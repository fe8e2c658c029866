import { closeSync, type Dirent, fstatSync, globSync, openSync, readdirSync, readFileSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { InputError } from '../errors.ts';
import type { Gap } from '../model/inventory.ts';
import { TextFile } from './text-file.ts';

/** A larger file is not a manifest that somebody wrote, and would take more memory than a scan may. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Folders that hold other people's files or none. */
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules', '.terraform', '.venv']);

export interface FoundFile {
  readonly path: string;
  /** The same, links followed: what tells whether a file was read before. */
  readonly real: string;
}

/** What a folder holds, or why a part of it could not be looked at. */
export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** Folders with a Chart.yaml: their templates are not manifests until they are rendered. */
  readonly charts: readonly string[];
  readonly gaps: readonly Gap[];
}

/** Resolves what the user named; a quoted glob is expanded here, since no shell did. */
export function expandPaths(named: readonly string[]): string[] {
  return named.flatMap((path) => {
    if (/^https?:\/\//.test(path)) {
      throw new InputError(`${path}: addresses are not fetched; use: curl -sSf ${path} | seaworthy scan -f -`);
    }
    if (exists(path)) return [path];
    const matches = /[*?[{]/.test(path) ? globSync(path).sort() : [];
    if (matches.length === 0) throw new InputError(`${path}: no such file or folder`);
    return matches;
  });
}

/** Path as the report shows it: relative to the working directory where it is below, else as it was given. */
export function displayPath(path: string): string {
  const below = relative(process.cwd(), resolve(path));
  if (below === '') return '.';
  return below.startsWith('..') || isAbsolute(below) ? path.replaceAll('\\', '/') : below.replaceAll('\\', '/');
}

/** Every file below a folder that some collector may know, in an order that does not depend on the file system. */
export function walkFolder(root: string, isWanted: (name: string) => boolean): FoundFiles {
  const files: FoundFile[] = [];
  const charts: string[] = [];
  const gaps: Gap[] = [];
  const visited = new Set<string>();

  const walk = (folder: string, real: string, rules: readonly IgnoreRules[]): void => {
    // A link back to a parent would never end.
    if (visited.has(real)) return;
    visited.add(real);
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      gaps.push({ about: displayPath(folder), because: reasonOf(error), hint: 'give the user who runs the scan the right to read it' });
      return;
    }
    if (folder !== root && entries.some(({ name }) => name === 'Chart.yaml')) {
      charts.push(folder);
      return;
    }
    const inside = entries.some(({ name }) => name === '.gitignore') ? [...rules, ...readIgnoreRules(folder)] : rules;
    for (const entry of entries) {
      const { name } = entry;
      const path = join(folder, name);
      const isLink = entry.isSymbolicLink();
      const found = isLink ? statOf(path) : entry;
      if (found === undefined) {
        if (isWanted(name)) gaps.push({ about: displayPath(path), because: 'the link points at nothing, or in a circle', hint: 'mend or remove it' });
      } else if (found.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(name) && !isIgnored(`${path}/`, inside)) walk(path, isLink ? realpathOf(path) : join(real, name), inside);
      } else if (isWanted(name) && !isIgnored(path, inside)) {
        if (found.isFile()) files.push({ path, real: isLink ? realpathOf(path) : join(real, name) });
        else gaps.push({ about: displayPath(path), because: 'it is not a regular file', hint: 'pipe its content in: seaworthy scan -f -' });
      }
    }
  };
  walk(root, realpathOf(root), rulesAbove(root));
  return { files, charts, gaps };
}

/** Reads a file as text, or says why that is not possible. */
export function readTextFile(path: string): TextFile | Gap {
  const about = displayPath(path);
  let descriptor: number | undefined;
  try {
    // Opening a named pipe waits for a writer, who may never come. `/dev/fd` is a shell's <(command).
    if (statSync(path).isFIFO() && !/^\/(?:dev\/fd|proc\/)/.test(path)) {
      return { about, because: 'it is a named pipe, which may never end', hint: `use: seaworthy scan -f - < ${about}` };
    }
    descriptor = openSync(path, 'r');
    const stats = fstatSync(descriptor);
    if (stats.size > MAX_FILE_BYTES) return tooLarge(about, stats.size);
    const bytes = stats.isFile() ? readFileSync(descriptor) : readStream(descriptor);
    return bytes.length > MAX_FILE_BYTES ? tooLarge(about, bytes.length) : decodeText(about, bytes);
  } catch (error) {
    return { about, because: reasonOf(error), hint: 'give the user who runs the scan the right to read it' };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Reads what a descriptor gives, up to one byte more than is allowed. */
function readStream(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(256 * 1024);
    const count = readSome(descriptor, chunk);
    if (count === 0 || size > MAX_FILE_BYTES) return Buffer.concat(chunks);
    size += count;
    chunks.push(chunk.subarray(0, count));
  }
}

/** A terminal or a pipe may be set to non-blocking by whoever shares it; then reading means asking again. */
function readSome(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** UTF-8, or UTF-16 where a byte order mark says so. */
export function decodeText(about: string, bytes: Buffer): TextFile | Gap {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextFile(about, new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch {
    return { about, because: `it is not ${encoding.toUpperCase()} text`, hint: 'save it as UTF-8, or leave it out' };
  }
}

export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** The path with its links followed, as far as they can be. */
export function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** What an operating system error means, without its path and code. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ENOENT') return 'no such file or folder';
  if (code === 'ELOOP') return 'its links go round in a circle';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ENOTDIR') return 'a part of its path is not a folder';
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open';
  throw error;
}

function tooLarge(about: string, size: number): Gap {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
  return { about, because: `it has ${megabytes(size)}; files up to ${megabytes(MAX_FILE_BYTES)} are read`, hint: 'split it' };
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    // What exists and cannot be looked at is reported as a gap when it is read.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

interface IgnoreRules {
  readonly folder: string;
  readonly rules: Ignore;
}

function readIgnoreRules(folder: string): IgnoreRules[] {
  try {
    return [{ folder, rules: ignore().add(readFileSync(join(folder, '.gitignore'), 'utf8')) }];
  } catch {
    return [];
  }
}

/** The rules of the folders above, up to the root of the repository. Outside of a repository there are none. */
function rulesAbove(root: string): IgnoreRules[] {
  const rules: IgnoreRules[] = [];
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    if (folder !== resolve(root)) rules.unshift(...readIgnoreRules(folder));
    // A folder that somebody names is meant, even if git is told to ignore it.
    if (statOf(join(folder, '.git')) !== undefined) return isIgnored(`${resolve(root)}/`, rules) ? [] : rules;
    if (dirname(folder) === folder) return [];
  }
}

function isIgnored(path: string, rules: readonly IgnoreRules[]): boolean {
  return rules.some(({ folder, rules: here }) => {
    const below = relative(resolve(folder), resolve(path)).replaceAll('\\', '/');
    return below !== '' && !below.startsWith('..') && here.ignores(path.endsWith('/') ? `${below}/` : below);
  });
}

/** The descriptor of standard input, when it is not a terminal that nobody types into. */
export function readStandardInput(): TextFile | Gap {
  const bytes = readStream(0);
  return bytes.length > MAX_FILE_BYTES ? tooLarge('stdin', bytes.length) : decodeText('stdin', bytes);
}
