import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { loadAll, YAMLException } from 'js-yaml';
import { readTextFile } from '../collect/files.ts';
import { InputError } from '../errors.ts';
import type { Severity } from '../model/policy.ts';
import type { SeverityOverrides } from '../policy/select.ts';

/** `seaworthy.yaml`: the settings of a project. Flags win over them. */
export interface Config {
  readonly paths?: readonly string[];
  readonly profile?: string;
  readonly policies?: readonly string[];
  readonly only?: readonly string[];
  readonly kubeVersion?: string;
  readonly failOn?: Severity | 'never';
  readonly minSeverity?: Severity;
  readonly severities?: SeverityOverrides;
}

const DEFAULT_FILE = 'seaworthy.yaml';

/** Paths in it are relative to the file. Without a file there are no settings. */
export async function loadConfig(named: string | undefined): Promise<Config> {
  const file = named ?? DEFAULT_FILE;
  if (!existsSync(file)) {
    if (named !== undefined) throw new InputError(`--config ${named}: no such file`);
    return {};
  }
  const text = readTextFile(file);
  if ('because' in text) throw new InputError(`${file}: ${text.because}`);
  let value: unknown;
  try {
    // A file of comments says nothing.
    value = loadAll(text.text)[0] ?? {};
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError(`${file}:${(error.mark?.line ?? 0) + 1}:${(error.mark?.column ?? 0) + 1}: ${error.reason}`);
  }
  const { validate } = await import('../policy/validate.ts');
  validate('config', value, file);
  const config = value as Config;
  const fromHere = (path: string): string => (path === '-' || isAbsolute(path) || /^https?:\/\//.test(path) ? path : join(dirname(file), path));
  return {
    ...config,
    ...(config.paths === undefined ? {} : { paths: config.paths.map(fromHere) }),
    ...(config.policies === undefined ? {} : { policies: config.policies.map(fromHere) }),
  };
}
