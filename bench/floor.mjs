// The least that any program in this language with this parser has to do: read the files, parse them, forget them.
// JavaScript and not TypeScript, because stripping types would cost the floor time that the bundle does not spend.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';

for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) continue;
  try {
    loadAll(readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  } catch {
    // Real repositories hold files that are not YAML (templates); what was parsed up to there counts.
  }
}
