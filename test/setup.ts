import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `bin/seaworthy.js` prefers a bundle to the sources. A stale one would be tested in their place. */
export function setup(): void {
  rmSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true, force: true });
}
