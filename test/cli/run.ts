import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(ROOT, 'bin/seaworthy.js');

export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nobody waits longer for a scan of a few files: it hangs. */
const HANGS_MS = 60_000;

/** Runs the program as a user does, in a folder. */
export function seaworthy(cwd: string, args: readonly string[], options: SpawnSyncOptions = {}): Ran {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC', ...options.env };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    input: '',
    ...options,
    cwd,
    env,
    encoding: 'utf8',
    timeout: HANGS_MS,
    maxBuffer: 512 * 1024 * 1024,
  });
  return { status, signal, stdout: String(stdout ?? ''), stderr: String(stderr ?? '') };
}

/** A folder of its own, gone after the tests of the file. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `seaworthy-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder, by their paths. */
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** A pod that has something to find, and its image on a line of its own. */
export function pod(name: string, extra = ''): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers:\n    - name: app\n      image: nginx\n${extra}`;
}
