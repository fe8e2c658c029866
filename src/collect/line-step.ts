import type { Path } from '../model/json.ts';

/** The last step of a path that leads into a text of several lines: `#L12`. */
export function numberOfLineStep(step: Path[number] | undefined): number | undefined {
  const [, digits] = typeof step === 'string' && step.startsWith('#L') ? (/^#L(\d{1,7})$/.exec(step) ?? []) : [];
  return digits === undefined ? undefined : Number(digits);
}
