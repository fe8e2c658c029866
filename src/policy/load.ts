import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { load, YAMLException } from 'js-yaml';
import { InputError, PolicyError } from '../errors.ts';
import type { PolicySource, Profile } from '../model/policy.ts';
import type { Sentences } from './judge.ts';

/** Everything that one policies folder holds. */
export interface PolicyLibrary {
  readonly policies: readonly PolicySource[];
  readonly profiles: readonly Profile[];
  /** What the policies say, as data, by id; only of those that come with the package. */
  readonly sentences?: Readonly<Record<string, Sentences>>;
  /** Of the policies of each profile, as the package has them. */
  readonly digests?: Readonly<Record<string, string>>;
}

/** Checks a parsed file against a schema; the message names the field. */
export type Validate = (schema: 'policy' | 'profile', value: unknown, file: string) => void;

/** Reads `<theme>/<policy-id>/policy.yaml` and `profiles/*.yaml` below a folder; a folder with a policy.yaml of its own is one policy. */
export function loadPolicies(folder: string, validate: Validate): PolicyLibrary {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new InputError(`--policies ${folder}: no such folder`);
  const policies = findPolicyFiles(folder).map((file) => readPolicy(file, validate));
  const profilesFolder = join(folder, 'profiles');
  const profiles = existsSync(profilesFolder)
    ? readdirSync(profilesFolder)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => readProfile(join(profilesFolder, name), validate))
    : [];
  if (policies.length === 0 && profiles.length === 0) {
    throw new InputError(`--policies ${folder}: it holds no policy; a policy is a folder with a policy.yaml`);
  }
  return { policies, profiles };
}

function findPolicyFiles(folder: string): string[] {
  const own = join(folder, 'policy.yaml');
  if (existsSync(own)) return [own];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'profiles' && entry.name !== 'documents')
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => findPolicyFiles(join(folder, name)));
}

function readPolicy(file: string, validate: Validate): PolicySource {
  const folder = dirname(file);
  const value = readYamlFile(file);
  validate('policy', value, file);
  // `--policies .` has a name, too.
  const path = resolve(folder);
  const id = basename(path);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id)) {
    throw new PolicyError(`${folder}: the folder's name is the policy's id; write it in lower-case words joined by hyphens`);
  }
  return { id, theme: basename(dirname(path)), folder, ...(value as object) } as PolicySource;
}

function readProfile(file: string, validate: Validate): Profile {
  const value = readYamlFile(file);
  validate('profile', value, file);
  return { name: basename(file).replace(/\.ya?ml$/, ''), ...(value as object) } as Profile;
}

function readYamlFile(file: string): unknown {
  try {
    return load(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof YAMLException) throw new PolicyError(`${file}:${(error.mark?.line ?? 0) + 1}: ${error.reason}`);
    throw error;
  }
}
