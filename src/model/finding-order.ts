import type { PairEnd } from './connections.ts';
import type { Location } from './inventory.ts';
import { SEVERITIES, type Severity } from './policy.ts';
import type { FindingSubject } from './report.ts';

/** What was judged, by its name: the same fault seen twice has the same key, and findings of a policy stand in its order. */
export function findingKey({ namespace, kind, name, container, part, apiVersion, type }: Omit<FindingSubject, 'cluster'>): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return `${namespace}\n${kind}\n${name}\n${container}\n${type}\n${part}\n${group}`;
}

/** Stands between what was judged and the cluster that it was judged in. */
export const IN_CLUSTER = '\n@';

/** The same of several clusters is told side by side. */
export function keyInCluster(key: string, cluster: string | null): string {
  return cluster === null ? key : `${key}${IN_CLUSTER}${cluster}`;
}

/** One end of a connection by its name: pairs are grouped by it, and stand in its order. */
export function pairEndKey({ namespace, name, kind, container }: PairEnd): string {
  return [namespace, name, kind, container].join('\n');
}

/** Policies stand in this order: the severest first, then by id. */
export function policyRank(severity: Severity, policy: string): string {
  return `${SEVERITIES.length - SEVERITIES.indexOf(severity)}${policy}`;
}

/** Where the same fault stands twice, its first place is told: whichever that is, it must not depend on the order of reading. */
export function comparePlaces(a: Location, b: Location): number {
  if ('file' in a && 'file' in b) return compareTexts(a.file, b.file) || a.line - b.line || a.column - b.column || compareTexts(a.pointer, b.pointer);
  return compareTexts(JSON.stringify(a), JSON.stringify(b));
}

/** By code units: the same order on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
