import { accessSync, closeSync, constants, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isFolder, reasonOf, statOf } from '../collect/files.ts';
import { InputError } from '../errors.ts';
import { neutralize } from '../report/terminal.ts';

/** Writes pieces to standard output. A reader that goes away, like `head`, ends the writing and nothing else. */
export function writeOut(pieces: Iterable<string>): void {
  for (const piece of pieces) if (!writeAll(1, piece, 'standard output')) return;
}

/** Names of files, and words of a scanned project's settings, may hold control characters. */
export function writeError(text: string): void {
  writeAll(2, text.split('\n').map(neutralize).join('\n'), 'standard error');
}

/** Asked before a scan that may take minutes. What happens meanwhile, writing tells. */
export function checkWritable(file: string, flag: string): void {
  if (isFolder(file)) throw new InputError(`${flag}: it is a folder`);
  try {
    accessSync(statOf(file) === undefined ? dirname(file) : file, constants.W_OK);
  } catch (error) {
    throw new InputError(`${flag}: ${reasonOf(error)}`);
  }
}

export function writeFile(file: string, pieces: Iterable<string>): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'w');
  } catch (error) {
    throw new InputError(`-o: ${file}: ${reasonOf(error)}`);
  }
  try {
    for (const piece of pieces) writeAll(descriptor, piece, file);
  } finally {
    closeSync(descriptor);
  }
}

/** Room for a piece of a report: a report of ninety megabytes would else leave as many of buffers behind. */
const ROOM = 256 * 1024;
let room: Buffer | undefined;

function encode(text: string): Buffer {
  // A letter takes three bytes at most.
  if (text.length > ROOM / 3) return Buffer.from(text, 'utf8');
  room ??= Buffer.allocUnsafeSlow(ROOM);
  return room.subarray(0, room.write(text, 'utf8'));
}

/** False when nobody reads any more. */
function writeAll(descriptor: number, text: string, target: string): boolean {
  const bytes = encode(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE' || code === 'ECONNRESET') return false;
      if (code !== 'EAGAIN') throw new InputError(`${target}: ${reasonOf(error)}`);
      // A pipe that its reader set to non-blocking is full for the moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return true;
}
