import type { Absence } from '../model/subject.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * What this program knows by heart of versions of others was true on a day. A year later much of it is not, as no release of
 * PostgreSQL, Redis or Kubernetes is the latest for so long: what got fixes then may get none now. What got none gets none.
 *
 * Both days as `2026-11-21`; without one of its own, a derivation takes the table for true.
 */
export function isOutdated(asOf: string, today = asOf): boolean {
  return Date.parse(today) - Date.parse(asOf) > YEAR_MS;
}

export function outdated(product: string, asOf: string): Absence {
  return { because: `what this release of Seaworthy knows of the versions of ${product} is of ${asOf}, more than a year before this scan`, hint: 'update Seaworthy' };
}
