import { closeSync, type Dirent, fstatSync, globSync, openSync, readdirSync, readFileSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
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
  /** Folders with a Chart.yaml, perhaps the folder itself: their templates are not manifests until they are rendered. */
  readonly charts: readonly string[];
  readonly gaps: readonly Gap[];
}

/** Resolves what the user named; a quoted glob is expanded here, since no shell did. */
export function expandPaths(named: readonly string[]): string[] {
  return named.flatMap((path) => {
    if (/^https?:\/\//.test(path)) {
      throw new InputError(`${path}: addresses are not fetched; use: curl -sSf ${path} | seaworthy scan -f -`);
    }
    if (path === '-' || exists(path)) return [path];
    const matches = /[*?[{]/.test(path) ? globSync(path).sort() : [];
    if (matches.length === 0) throw new InputError(`${path}: no such file or folder`);
    return matches;
  });
}

/** Path as the report shows it: relative to the working directory where it is below, else as it was given. */
export function displayPath(path: string): string {
  const below = relative(process.cwd(), resolve(path));
  if (below === '') return '.';
  return withSlashes(isBelow(below) ? below : path);
}

function withSlashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}

/** Whether a relative path stays below where it starts. */
function isBelow(path: string): boolean {
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** Whether a folder is another one, or somewhere in it. Both with their links followed. */
function isWithin(folder: string, other: string): boolean {
  return isBelow(relative(other, folder));
}

/**
 * Every file below a folder that some collector may know, in an order that does not depend on the file system. Links are followed
 * within the folder and its repository: a link to the root of the file system must not make it part of what was named.
 */
export function walkFolder(root: string, isWanted: (name: string) => boolean): FoundFiles {
  const files: FoundFile[] = [];
  const charts: string[] = [];
  const gaps: Gap[] = [];
  const visited = new Set<string>();
  const realRoot = realpathOf(root);
  const { rules: rulesOfParents, top } = rulesAbove(root);

  const followLink = (path: string, rules: readonly IgnoreRules[]): void => {
    const real = realpathOf(path);
    // A link back to a parent would never end, and leads to nothing that was named.
    if (isWithin(realRoot, real)) return;
    if (isWithin(real, realRoot) || (top !== undefined && isWithin(real, realpathOf(top)))) walk(path, real, rules);
    else gaps.push({ about: displayPath(path), because: 'it is a link to a folder outside of what was named', hint: `name that folder too, if it is meant: ${real}` });
  };

  const walk = (folder: string, real: string, rules: readonly IgnoreRules[]): void => {
    if (visited.has(real)) return;
    visited.add(real);
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      gaps.push(notReadable(displayPath(folder), error));
      return;
    }
    if (entries.some(({ name }) => name === 'Chart.yaml')) {
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
        if (isWanted(name) && !isIgnored(path, inside)) gaps.push({ about: displayPath(path), because: 'the link points at nothing, or in a circle', hint: 'mend or remove it' });
      } else if (found.isDirectory()) {
        if (SKIPPED_FOLDERS.has(name) || isIgnored(`${path}/`, inside)) continue;
        if (isLink) followLink(path, inside);
        else walk(path, join(real, name), inside);
      } else if (isWanted(name) && !isIgnored(path, inside)) {
        if (found.isFile()) files.push({ path, real: isLink ? realpathOf(path) : join(real, name) });
        else gaps.push({ about: displayPath(path), because: 'it is not a regular file', hint: 'pipe its content in: seaworthy scan -f -' });
      }
    }
  };
  walk(root, realRoot, rulesOfParents);
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
    return notReadable(about, error);
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

export function isRegularFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
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
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason !== undefined) return reason;
  // Anything else that has a number is the system's doing, and not a fault of ours.
  if ((error as NodeJS.ErrnoException).errno !== undefined) return `the system says ${code}`;
  throw error;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such file or folder',
  ELOOP: 'its links go round in a circle',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'there is no space left',
  EROFS: 'the file system is read-only',
  EIO: 'the device cannot be read',
  ENXIO: 'it is a socket or device, which cannot be read as a file',
  EBADF: 'it is closed',
};

function notReadable(about: string, error: unknown): Gap {
  const because = reasonOf(error);
  return { about, because, hint: because === 'permission denied' ? 'give the user who runs the scan the right to read it' : 'name something that can be read' };
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

/** Larger ones are not written by people, and each of their lines is looked at for each file. */
const MAX_IGNORE_BYTES = 1024 * 1024;

function readIgnoreRules(folder: string): IgnoreRules[] {
  const file = join(folder, '.gitignore');
  const stats = statOf(file);
  // Git takes names as they are written, and so more is read and not less.
  if (stats?.isFile() !== true || stats.size > MAX_IGNORE_BYTES) return [];
  try {
    return [{ folder: resolve(folder), rules: ignore({ ignorecase: false }).add(readFileSync(file, 'utf8')) }];
  } catch {
    return [];
  }
}

/** The rules of the folders above, up to the root of the repository. Outside of a repository there are none. */
function rulesAbove(root: string): { rules: readonly IgnoreRules[]; top: string | undefined } {
  const rules: IgnoreRules[] = [];
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    if (folder !== resolve(root)) rules.unshift(...readIgnoreRules(folder));
    // A folder that somebody names is meant, even if git is told to ignore it.
    if (statOf(join(folder, '.git')) !== undefined) return { rules: isIgnored(`${resolve(root)}/`, rules) ? [] : rules, top: folder };
    if (dirname(folder) === folder) return { rules: [], top: undefined };
  }
}

/** The nearest rules that have a say decide, so that a folder can take back what one above it ignores. */
function isIgnored(path: string, rules: readonly IgnoreRules[]): boolean {
  if (rules.length === 0) return false;
  const absolute = resolve(path);
  for (let at = rules.length - 1; at >= 0; at--) {
    const { folder, rules: here } = rules[at] as IgnoreRules;
    const below = relative(folder, absolute);
    if (below === '' || !isBelow(below)) continue;
    const { ignored, unignored } = here.test(withSlashes(path.endsWith('/') ? `${below}/` : below));
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** Waits for the end of standard input, as every program that reads it does. */
export function readStandardInput(): TextFile | Gap {
  try {
    const bytes = readStream(0);
    return bytes.length > MAX_FILE_BYTES ? tooLarge('stdin', bytes.length) : decodeText('stdin', bytes);
  } catch (error) {
    return notReadable('stdin', error);
  }
}
