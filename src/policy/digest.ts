import type { PolicySource } from '../model/policy.ts';
import { sha256 } from '../sha256.ts';

/** Says by which sentences a report was made, whatever folder they came from. */
export function digestOf(policies: readonly PolicySource[]): string {
  const sentences = policies.map(({ folder: _, ...policy }) => policy).sort((a, b) => (a.id < b.id ? -1 : 1));
  return `sha256:${sha256(JSON.stringify(sentences))}`;
}
