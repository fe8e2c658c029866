import type { Resource } from '../model/inventory.ts';

/** Whoever debugs is done after that, or has forgotten it (CHECKS.md, ephemeral-debug-containers). */
const DEBUGGING_MS = 60 * 60 * 1000;

/** Whether something of a live cluster began so short a time before the cluster was read that somebody may still be at work. Files have no time. */
export function isRecent(startedAt: string, { origin }: Resource): boolean {
  const { reading } = origin;
  const age = reading === undefined ? Number.NaN : Date.parse(reading.startedAt) - Date.parse(startedAt);
  return age < DEBUGGING_MS;
}
