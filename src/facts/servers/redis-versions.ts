import { isOutdated } from '../outdated.ts';
import type { Version } from './version.ts';

/**
 * The first version of each branch that has the fixes of the critical faults known on the day below (CVE-2025-49844 and what came
 * after it). Branches that are missing get no fixes any more.
 */
const FIRST_FIXED: Readonly<Record<'redis' | 'valkey', Readonly<Record<string, number>>>> = {
  redis: { '6.2': 20, '7.2': 11, '7.4': 6, '8.0': 4, '8.2': 2, '8.4': 0, '8.6': 0 },
  valkey: { '7.2': 11, '8.0': 6, '8.1': 4, '9.0': 0, '9.1': 0 },
};

/** The day on which the table was true. */
export const REDIS_VERSIONS_AS_OF = '2026-11-21';

/** Undefined where the version is not exact enough to tell, the branch is newer than the table, or it was fine a year ago or more. */
export function isRedisSupported(product: 'redis' | 'valkey', version: Version, today?: string): boolean | undefined {
  const wasSupported = wasRedisSupported(product, version);
  return wasSupported === true && isOutdated(REDIS_VERSIONS_AS_OF, today) ? undefined : wasSupported;
}

function wasRedisSupported(product: 'redis' | 'valkey', { major, minor, patch }: Version): boolean | undefined {
  const branches = Object.entries(FIRST_FIXED[product]);
  const newest = Math.max(...branches.map(([branch]) => Number.parseInt(branch, 10)));
  if (major > newest) return undefined;
  const known = branches.filter(([branch]) => Number.parseInt(branch, 10) === major);
  if (known.length === 0) return false;
  if (minor === undefined) return undefined;
  const first = FIRST_FIXED[product][`${major}.${minor}`];
  if (first === undefined) return minor > Math.max(...known.map(([branch]) => Number(branch.split('.')[1]))) ? undefined : false;
  return patch === undefined ? (first === 0 ? true : undefined) : patch >= first;
}
