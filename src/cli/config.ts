import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { loadAll, YAMLException } from 'js-yaml';
import { readTextFile } from '../collect/files.ts';
import { InputError } from '../errors.ts';
import type { Severity } from '../model/policy.ts';
import type { SeverityOverrides } from '../policy/select.ts';

/** `seaworthy.yaml`: the settings of a project. Flags win over them. */
export interface Config {
  /** Where they stand, for who has to mend them; empty where there are none. */
  readonly file: string;
  readonly paths?: readonly string[];
  readonly profile?: string;
  readonly policies?: readonly string[];
  readonly only?: readonly string[];
  readonly kubeVersion?: string;
  readonly failOn?: Severity | 'never';
  readonly minSeverity?: Severity;
  readonly severities?: SeverityOverrides;
}

const DEFAULT_FILES = ['seaworthy.yaml', 'seaworthy.yml'] as const;

/** Paths in it are relative to the file. Without a file there are no settings. */
export async function loadConfig(named: string | undefined): Promise<Config> {
  const files = named === undefined ? DEFAULT_FILES.filter((name) => existsSync(name)) : [named];
  const [file, other] = files;
  if (file === undefined) return { file: '' };
  if (other !== undefined) throw new InputError(`${file} and ${other} are both here; remove one of them`);
  if (!existsSync(file)) throw new InputError(`--config ${file}: no such file`);
  const text = readTextFile(file);
  if ('because' in text) throw new InputError(`${file}: ${text.because}`);
  let value: unknown;
  try {
    const documents = loadAll(text.text);
    if (documents.length > 1) throw new InputError(`${file}: it holds ${documents.length} documents; settings are one`);
    // A file of comments says nothing.
    value = documents[0] ?? {};
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new InputError(`${file}:${(error.mark?.line ?? 0) + 1}:${(error.mark?.column ?? 0) + 1}: ${error.reason}`);
  }
  const { validate } = await import('../policy/validate.ts');
  validate('config', value, file);
  const config = value as Omit<Config, 'file'>;
  const fromHere = (path: string): string => (path === '-' || isAbsolute(path) || /^https?:\/\//.test(path) ? path : join(dirname(file), path));
  return {
    ...config,
    file,
    ...(config.paths === undefined ? {} : { paths: config.paths.map(fromHere) }),
    ...(config.policies === undefined ? {} : { policies: config.policies.map(fromHere) }),
  };
}
