import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The package's version: two folders up from the sources, one up from the bundle. */
export function toolVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(import.meta.dirname, place), 'utf8')) as { name: string; version: string };
      if (name === 'seaworthy') return version;
    } catch {
      // The other place is it.
    }
  }
  return 'unknown';
}
