import { readFileSync } from 'node:fs';

/** The package's version: two folders up from the sources, one up from the bundle. */
export function toolVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { name: string; version: string };
      if (name === 'seaworthy') return version;
    } catch {
      // The other place is it.
    }
  }
  return 'unknown';
}
