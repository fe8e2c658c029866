import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A Node process to be measured. */
export interface Command {
  /** Arguments of `node` itself, then the script and its arguments. */
  readonly args: readonly string[];
  /** Why what it printed cannot count, or undefined if it can: a crash is quick and must not pass for speed. */
  readonly refuse: (exitCode: number, stdoutFile: string) => string | undefined;
}

/** What one process used, start-up included. */
export interface Usage {
  /** User and system time of all its threads, in milliseconds. */
  readonly cpu: number;
  /** Peak resident memory in MB (2²⁰ bytes). */
  readonly memory: number;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Pair {
  readonly floor: readonly Usage[];
  readonly ours: readonly Usage[];
}

/** The measured command did something else than what was to be measured. */
export class MeasureError extends Error {}

/**
 * A B A B …, so that a noisy neighbour hits both alike. The first pair warms the page cache and is where output is checked.
 * The last output of `ours` stays in `directory`/ours.out.
 */
export function measurePair(floor: Command, ours: Command, runs: number, directory: string): Pair {
  const pair: { floor: Usage[]; ours: Usage[] } = { floor: [], ours: [] };
  for (let run = 0; run <= runs; run++) {
    const isWarmUp = run === 0;
    const first = measure(floor, join(directory, 'floor.out'), isWarmUp);
    const second = measure(ours, outputOfOurs(directory), isWarmUp);
    if (isWarmUp) continue;
    pair.floor.push(first);
    pair.ours.push(second);
  }
  return pair;
}

export function outputOfOurs(directory: string): string {
  return join(directory, 'ours.out');
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { min: at(0), median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, max: at(sorted.length - 1) };
}

/** Node tells nobody what its children used, so each child tells it itself when it ends (usage.cjs). */
function measure(command: Command, stdoutFile: string, checksOutput: boolean): Usage {
  const usageFile = `${stdoutFile}.usage`;
  rmSync(usageFile, { force: true });
  // A file, as in `seaworthy scan -o json >report.json`; a pipe would measure this process too.
  const stdout = openSync(stdoutFile, 'w');
  const hook = join(import.meta.dirname, 'usage.cjs');
  // By way of a shell: Linux counts the memory of the process that forks as the child's peak, and this one holds a corpus.
  const child = spawnSync('/bin/sh', ['-c', '"$@"; exit $?', 'sh', process.execPath, '--require', hook, ...command.args], {
    stdio: ['ignore', stdout, 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', SEAWORTHY_BENCH_USAGE: usageFile },
  });
  closeSync(stdout);
  if (child.error !== undefined) throw child.error;
  const said =
    child.stderr
      .toString()
      .split('\n')
      .find((line) => /error/i.test(line)) ?? '';
  const fail = (why: string): never => {
    throw new MeasureError(`${why}${said === '' ? '' : `; it said: ${said}`}`);
  };
  if (child.status === null) return fail(`ended by ${child.signal}`);
  if (checksOutput) {
    const why = command.refuse(child.status, stdoutFile);
    if (why !== undefined) return fail(why);
  }
  return readUsage(usageFile) ?? fail(`wrote no usage (exit code ${child.status})`);
}

function readUsage(file: string): Usage | undefined {
  let usage: NodeJS.ResourceUsage;
  try {
    usage = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  // maxRSS is in kilobytes on every platform, see process.resourceUsage().
  return { cpu: (usage.userCPUTime + usage.systemCPUTime) / 1000, memory: usage.maxRSS / 1024 };
}
