import { isOutdated } from '../outdated.ts';
import type { Version } from './version.ts';

/** Until when the project mends a major version, and its newest minor one (minor versions come out for all at once). */
const MAJORS: Readonly<Record<string, { readonly until: string; readonly newest: number }>> = {
  '12': { until: '2024-11-21', newest: 22 },
  '13': { until: '2025-11-13', newest: 23 },
  '14': { until: '2026-11-12', newest: 25 },
  '15': { until: '2027-11-11', newest: 20 },
  '16': { until: '2028-11-09', newest: 16 },
  '17': { until: '2029-11-08', newest: 12 },
  '18': { until: '2030-11-14', newest: 6 },
};

/** The day on which the table was true. */
export const POSTGRES_VERSIONS_AS_OF = '2026-11-21';

/** How many minor versions a server may be behind: the newest may be a few days old. */
const GRACE = 1;

/** Undefined where the version is not exact enough to tell, is newer than the table, or was fine a year ago or more. Before 10, a major version had two numbers. */
export function isPostgresSupported({ major, minor }: Version, today = POSTGRES_VERSIONS_AS_OF): boolean | undefined {
  const known = MAJORS[String(major)];
  if (known === undefined) return major < 12 ? false : undefined;
  // When support ends is told five years ahead: that does not grow old.
  if (known.until <= today) return false;
  if (minor === undefined) return undefined;
  if (minor < known.newest - GRACE) return false;
  return isOutdated(POSTGRES_VERSIONS_AS_OF, today) ? undefined : true;
}
