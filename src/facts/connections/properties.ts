import type { Setting } from './settings-files.ts';

/** Java's properties (java.util.Properties), in documents as Spring divides them with `#---`. */
export function readProperties(text: string): readonly ReadonlyMap<string, Setting>[] {
  const documents: Map<string, Setting>[] = [new Map()];
  const lines = text.split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index++) {
    const number = index + 1;
    let line = (lines[index] ?? '').trimStart();
    if (/^[#!]---\s*$/.test(line)) {
      documents.push(new Map());
      continue;
    }
    if (line === '' || /^[#!]/.test(line)) continue;
    // An odd number of backslashes at the end goes on in the next line.
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line.slice(-200)) && index + 1 < lines.length) {
      index++;
      line = line.slice(0, -1) + (lines[index] ?? '').trimStart();
    }
    const key = /^(?:[^=:\s\\]|\\.)*/.exec(line)?.[0] ?? '';
    const value = line.slice(key.length).replace(/^\s*[=:]?\s*/, '');
    if (key !== '') documents.at(-1)?.set(unescapeSigns(key), { text: unescapeSigns(value), line: number });
  }
  return documents;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescapeSigns(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_match, code: string | undefined, sign: string | undefined) =>
    code === undefined ? (ESCAPES[sign ?? ''] ?? sign ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
