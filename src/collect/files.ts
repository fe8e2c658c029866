import { isAscii } from 'node:buffer';
import { closeSync, constants, fstatSync, globSync, openSync, readdirSync, readFileSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { InputError } from '../errors.ts';
import type { Gap } from '../model/inventory.ts';
import { TextFile } from './text-file.ts';

/** A larger file is not a manifest that somebody wrote, and would take more memory than a scan may. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Resolves what the user named; a quoted glob is expanded here, since no shell did. */
export function expandPaths(named: readonly string[]): string[] {
  return named.flatMap((path) => {
    if (path === '') throw new InputError('a path is empty: perhaps a variable of the shell that is not set');
    if (/^https?:\/\//.test(path)) {
      throw new InputError(`${path}: addresses are not fetched; use: curl -sSf ${path} | seaworthy scan -f -`);
    }
    if (path === '-' || exists(path)) return [path];
    const matches = /[*?[{]/.test(path) ? globSync(path).sort() : [];
    if (matches.length === 0) throw new InputError(`${path}: no such file or folder`);
    return matches;
  });
}

/** A part of a path that is empty, `.` or `..`. */
const ODD_PART = /(?:^(?!\/)|\/)\.{0,2}(?:\/|$)/;

/** Path as the report shows it: relative to the working directory where it is below, else as it was given. */
export function displayPath(path: string): string {
  const here = process.cwd();
  // Asked of each file of a folder, and most paths need not be taken apart.
  if (sep === '/' && !ODD_PART.test(path)) {
    if (path === here) return '.';
    const above = here === '/' ? here : `${here}/`;
    return path.startsWith(above) ? path.slice(above.length) : path;
  }
  const below = relative(here, resolve(path));
  if (below === '') return '.';
  return withSlashes(isBelow(below) ? below : path);
}

export function withSlashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}

/** Whether a relative path stays below where it starts. */
export function isBelow(path: string): boolean {
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** Reads a file as text, or says why that is not possible. */
export function readTextFile(path: string): TextFile | Gap {
  const about = displayPath(path);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, OPEN_FLAGS);
    const stats = fstatSync(descriptor);
    if (stats.size > MAX_FILE_BYTES) return tooLarge(about, stats.size);
    // `/dev/fd` is a shell's <(command).
    if (stats.isFIFO() && !/^\/(?:dev\/fd|proc\/)/.test(path)) {
      return { about, because: 'it is a named pipe, which may never end', hint: `use: seaworthy scan -f - < ${about}` };
    }
    const bytes = stats.isFile() ? readRegular(descriptor, stats.size) : readStream(descriptor);
    return bytes.length > MAX_FILE_BYTES ? tooLarge(about, bytes.length) : decodeText(about, bytes);
  } catch (error) {
    return notReadable(about, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Opening a named pipe would else wait for a writer, who may never come. Windows has neither. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** One buffer for all small files, whose bytes are wanted until they are decoded. */
const smallFile = Buffer.allocUnsafeSlow(128 * 1024);

function readRegular(descriptor: number, size: number): Buffer {
  // Linux says 0 of files that it makes up.
  if (size === 0 || size > smallFile.length) return readFileSync(descriptor);
  const count = readSync(descriptor, smallFile);
  const bytes = smallFile.subarray(0, count);
  // Somebody writes into it.
  return count === size ? bytes : Buffer.concat([bytes, readFileSync(descriptor)]);
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
function decodeText(about: string, bytes: Buffer): TextFile | Gap {
  if (isAscii(bytes)) return new TextFile(about, bytes.toString('latin1'));
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

/** Names of the regular files of a folder, sorted; undefined where there is no such folder, or it cannot be read. */
export function listFiles(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return undefined;
  }
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

export function notReadable(about: string, error: unknown): Gap {
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

export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
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
