import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './measure.ts';

/** Node that starts and ends. */
export const bareNode: Command = { args: ['-e', '0'], refuse: refuseUnless([0]) };

/** Node that parses every YAML file below a directory with js-yaml and ends. */
export function bareParser(directory: string): Command {
  return { args: [join(import.meta.dirname, 'floor.mjs'), directory], refuse: refuseUnless([0]) };
}

export function version(entry: string): Command {
  return {
    args: [...nodeFlags(entry), entry, 'version'],
    refuse: (exitCode, stdoutFile) => refuseUnless([0])(exitCode) ?? (/\d+\.\d+\.\d+/.test(readFileSync(stdoutFile, 'utf8')) ? undefined : 'printed no version'),
  };
}

export function scan(entry: string, path: string): Command {
  return {
    args: [...nodeFlags(entry), entry, 'scan', path, '-o', 'json'],
    // Violations and gaps are results; an uncaught exception also exits with 1, so the report itself has to be there.
    refuse: (exitCode, stdoutFile) => refuseUnless([0, 1, 3])(exitCode) ?? (readSummary(stdoutFile) === undefined ? `printed no report (exit code ${exitCode})` : undefined),
  };
}

/** The counts of a JSON report, if the file holds one. */
export function readSummary(reportFile: string): Record<string, unknown> | undefined {
  try {
    const report: { summary?: Record<string, unknown> } = JSON.parse(readFileSync(reportFile, 'utf8'));
    return report.summary;
  } catch {
    return undefined;
  }
}

/** Flags of Node in the first line of the installed command: they are part of what users run. */
export function nodeFlags(entry: string): string[] {
  const [shebang = ''] = readFileSync(entry, 'utf8').split('\n', 1);
  const flags = /^#!.*\bnode\b(.*)$/.exec(shebang)?.[1] ?? '';
  return flags.split(/\s+/).filter((flag) => flag !== '');
}

function refuseUnless(expected: readonly number[]): (exitCode: number) => string | undefined {
  return (exitCode) => (expected.includes(exitCode) ? undefined : `exit code ${exitCode}`);
}
