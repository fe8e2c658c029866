import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPolicies, type PolicyLibrary } from './load.ts';

/**
 * The policies that come with the program. The package holds them as one JSON file, checked when it was built: reading
 * a hundred small files costs more than judging a manifest by them.
 */
export function loadBuiltIn(): PolicyLibrary {
  const packaged = join(import.meta.dirname, 'policies.json');
  if (existsSync(packaged)) return JSON.parse(readFileSync(packaged, 'utf8')) as PolicyLibrary;
  return loadPolicies(builtInFolder(), () => {});
}

/** Where the policies' folders stand, with their fixtures. The package has them too, for `explain` and `policies test`. */
export function builtInFolder(): string {
  const packaged = join(import.meta.dirname, 'policies');
  return existsSync(packaged) ? packaged : join(import.meta.dirname, '../../policies');
}
