import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPolicies, type PolicyLibrary } from './load.ts';

/**
 * The policies that come with the program. The package holds them as one JSON file of ASCII, checked when it was built:
 * reading a hundred small files costs more than judging a manifest by them.
 */
export function loadBuiltIn(): PolicyLibrary {
  const packaged = join(import.meta.dirname, 'policies.json');
  if (existsSync(packaged)) {
    const library = JSON.parse(readFileSync(packaged, 'latin1')) as PolicyLibrary;
    return { ...library, policies: library.policies.map((policy) => ({ ...policy, folder: `${import.meta.dirname}/${policy.folder}` })) };
  }
  return loadPolicies(join(import.meta.dirname, '../../policies'), () => {});
}
