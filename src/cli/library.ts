import { InputError } from '../errors.ts';
import type { Profile } from '../model/policy.ts';
import { loadBuiltIn } from '../policy/builtin.ts';
import { loadPolicies, type PolicyLibrary } from '../policy/load.ts';
import type { Config } from './config.ts';

/** The policies and profiles that a run can choose from. */
export interface Library extends PolicyLibrary {
  /** Policies from `--policies`: nobody has checked them yet. */
  readonly own: ReadonlySet<string>;
}

export async function loadLibrary(folders: readonly string[]): Promise<Library> {
  const builtIn = loadBuiltIn();
  if (folders.length === 0) return { ...builtIn, own: new Set() };
  // The schema validator takes longer to load than a small scan takes: only policies that nobody has checked pay for it.
  const { validate } = await import('../policy/validate.ts');
  const libraries = folders.map((folder) => loadPolicies(folder, validate));
  const own = libraries.flatMap(({ policies }) => policies);
  const seen = new Map(builtIn.policies.map((policy) => [policy.id, 'the built-in policies']));
  for (const { id, folder } of own) {
    const other = seen.get(id);
    if (other !== undefined) throw new InputError(`${folder}: the id "${id}" is taken by ${other}; rename the folder`);
    seen.set(id, folder);
  }
  const profiles = new Map([...builtIn.profiles, ...libraries.flatMap((library) => library.profiles)].map((profile) => [profile.name, profile]));
  return {
    ...(builtIn.sentences === undefined ? {} : { sentences: builtIn.sentences }),
    policies: [...builtIn.policies, ...own],
    profiles: [...profiles.values()],
    own: new Set(own.map(({ id }) => id)),
  };
}

/** The profile that a flag names, else the settings, else the one that applies. */
export function profileFor(library: Library, flag: string | undefined, config: Config): Profile {
  if (flag !== undefined || config.profile === undefined) return findProfile(library, flag ?? 'default');
  return findProfile(library, config.profile, `${config.file}: profile`);
}

export function findProfile(library: Library, name: string, asked = '--profile'): Profile {
  const profile = library.profiles.find((candidate) => candidate.name === name);
  if (profile === undefined) {
    throw new InputError(`${asked} ${name}: there is no such profile; there are ${library.profiles.map((candidate) => candidate.name).join(', ')}`);
  }
  return profile;
}
