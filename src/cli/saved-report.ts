import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { reasonOf } from '../collect/files.ts';
import { InputError } from '../errors.ts';
import type { SavedReport } from '../merge.ts';
import type { PolicySummary, Report } from '../model/report.ts';
import { validate } from '../policy/validate.ts';

/** A string of Node cannot be longer; a report of a million findings is not. */
const MOST_BYTES = 512 * 1024 * 1024 - 64;

/** Reads what `-o json=FILE` wrote, gzip or not; `-` is standard input. */
export function readSavedReport(path: string): SavedReport {
  const file = path === '-' ? 'standard input' : path;
  const value = parse(file, readText(path, file));
  validate('report', value, file);
  const report = value as Omit<Report, 'policies'> & { readonly policies: Readonly<Record<string, Omit<PolicySummary, 'id'>>> };
  const policies = new Map(Object.entries(report.policies).map(([id, policy]) => [id, { id, ...policy }]));
  return { file, report: { ...report, policies } };
}

function readText(path: string, file: string): string {
  try {
    if (path !== '-' && statSync(path).size > MOST_BYTES) throw new InputError(`${file}: it is larger than ${MOST_BYTES} bytes; render its parts one by one`);
    const bytes = readFileSync(path === '-' ? 0 : path);
    const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (isZipped ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes).toString('utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file}: ${(error as NodeJS.ErrnoException).syscall === undefined ? 'it cannot be unpacked' : reasonOf(error)}`);
  }
}

/** Without the parser's words: they quote the file. */
function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${file}: it is not JSON; report reads what scan -o json=FILE wrote`);
  }
}
