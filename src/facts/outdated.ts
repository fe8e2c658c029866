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

/** Why nothing is known of a version: its number is not whole, or it came out later than what is known. */
export function undecided(product: string, asOf: string, isWhole: boolean, today?: string): Absence {
  if (isOutdated(asOf, today)) return outdated(product, asOf);
  return isWhole
    ? { because: `the version is newer than what this release of Seaworthy knows of ${product}, which is of ${asOf}`, hint: 'update Seaworthy' }
    : { because: 'the image tag is not exact enough to tell', hint: 'pin the image to a whole version' };
}
