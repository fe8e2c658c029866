import { type Refusal, refuse } from './draft.ts';
import { isLibpqKeyword, type Settings } from './libpq.ts';

/** libpq's connection service file: the first section of the name, and in it the first of each keyword (parseServiceFile). */
export function readService(file: string, service: string): Settings | Refusal {
  const settings = new Map<string, string>();
  let isInSection = false;
  for (const raw of file.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (isInSection) break;
      isInSection = line === `[${service}]`;
      continue;
    }
    if (!isInSection) continue;
    const sign = line.indexOf('=');
    if (sign === -1) return refuse('its service file has a line without an equals sign');
    const name = line.slice(0, sign);
    if (!isLibpqKeyword(name) || name === 'service') return refuse('its service file has a keyword that may not be there');
    if (!settings.has(name)) settings.set(name, line.slice(sign + 1));
  }
  return isInSection ? [...settings] : refuse('its service file has no section of that name');
}
