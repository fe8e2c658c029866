import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Gap } from '../model/inventory.ts';
import { maskSecrets } from '../sensitive.ts';
import { displayPath, MAX_FILE_BYTES } from './files.ts';
import { TextFile } from './text-file.ts';

/** What a renderer wrote, or the gap that its absence or failure leaves. */
export type Rendered = TextFile | Gap;

const TIMEOUT_MS = 120_000;

/** So much of a message is looked at for secrets, and so much of it shown: what is cut first looks like nothing. */
const LOOKED_AT = 4000;
const SHOWN = 200;

/** What kubectl writes before a message, different each time. */
const TIME_AND_PROCESS = /^[EFIW]\d{4} [\d:.]+ +\d+ \S+\] /;

export function renderChart(folder: string, values: readonly string[]): Rendered {
  const shown = displayPath(folder);
  const valueFlags = values.flatMap((file) => ['--values', resolve(file)]);
  const pipe = ['helm template', shellWord(shown), ...values.map((file) => `-f ${shellWord(file)}`)].join(' ');
  if (!isOnPath('helm')) return notRendered(shown, 'it is a Helm chart, and helm is not on the PATH', pipe);
  return run('helm', ['template', 'release-name', resolve(folder), ...valueFlags], shown, pipe);
}

export function renderKustomization(folder: string): Rendered {
  const shown = displayPath(folder);
  if (isOnPath('kustomize')) return run('kustomize', ['build', resolve(folder)], shown, `kustomize build ${shellWord(shown)}`);
  const pipe = `kubectl kustomize ${shellWord(shown)}`;
  if (isOnPath('kubectl')) return run('kubectl', ['kustomize', resolve(folder)], shown, pipe);
  return notRendered(shown, 'it is a kustomization, and neither kustomize nor kubectl is on the PATH', pipe);
}

/** Paths are absolute: the name of a folder that is found in a hostile tree may be an option (`--post-renderer=…`) that runs a program. */
function run(command: string, args: readonly string[], shown: string, pipe: string): Rendered {
  // Asked for here: Node takes 7 ms to load it, and most scans render nothing.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: MAX_FILE_BYTES, timeout: TIMEOUT_MS });
  if (status === 0) return new TextFile(shown, stdout);
  // A renderer's message may quote values: only its first line is shown, masked, and never what it rendered.
  const reason = error === undefined ? firstLineOf(stderr).slice(0, LOOKED_AT) : error.message;
  return notRendered(shown, `${command} failed: ${maskSecrets(reason).slice(0, SHOWN)}`, pipe);
}

/** Of the message: newer versions of kubectl log it as a field, quoted, or between < and > where it has several lines. */
function firstLineOf(message: string): string {
  const [first = '', second = ''] = message.trim().split('\n');
  const line = first.replace(TIME_AND_PROCESS, '');
  const field = /^"command failed" err=(.*)$/.exec(line)?.[1];
  if (field === undefined) return line;
  return field === '<' ? second.trim() : field.replace(/^"(.*)"$/, '$1').replaceAll('\\"', '"');
}

function notRendered(about: string, because: string, pipe: string): Gap {
  return { about, because, hint: `render it yourself: ${pipe} | seaworthy scan -f -` };
}

/** Hints are for copying. */
export function shellWord(path: string): string {
  return /^[\w./@:+,-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
