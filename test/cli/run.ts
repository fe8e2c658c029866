import { execFileSync, type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The program as it is packed: built once for a state of the sources, and three times faster to start than they are. */
export const BIN = join(packed(), 'bin/seaworthy.js');
/** The program as a checkout has it. */
export const BIN_OF_CHECKOUT = join(ROOT, 'bin/seaworthy.js');

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

function packed(): string {
  const parts = ['bin', 'scripts', 'src', 'policies', 'package.json', 'package-lock.json'];
  const files = parts.flatMap((part) =>
    statSync(join(ROOT, part)).isFile() ? [part] : readdirSync(join(ROOT, part), { recursive: true, encoding: 'utf8' }).map((file) => join(part, file)),
  );
  const state = files.sort().map((file) => [file, statSync(join(ROOT, file)).mtimeMs, statSync(join(ROOT, file)).size]);
  const cache = join(ROOT, 'node_modules/.cache/seaworthy-tests');
  const folder = join(cache, hash('sha256', JSON.stringify(state), 'hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(join(cache, 'building-'));
  for (const part of ['bin', 'package.json']) cpSync(join(ROOT, part), join(building, part), { recursive: true });
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), join(building, 'dist')], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  chmodSync(building, 0o755);
  try {
    renameSync(building, folder);
  } catch {
    // The tests of another file were faster.
    rmSync(building, { recursive: true });
  }
  const anHourAgo = Date.now() - 3_600_000;
  for (const other of readdirSync(cache)) if (statSync(join(cache, other)).mtimeMs < anHourAgo) rmSync(join(cache, other), { recursive: true, force: true });
  return folder;
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
