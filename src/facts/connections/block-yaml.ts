import type { Setting } from './settings-files.ts';

/**
 * The part of YAML that settings are written in: mappings below each other, words, words in quotes, and lists of them. What is
 * written otherwise (block texts, aliases, flow mappings) is a setting whose text was not seen. A text of a ConfigMap is read here,
 * where there is no parser with I/O behind it, and every setting has its line.
 */
export function readBlockYaml(text: string): readonly ReadonlyMap<string, Setting>[] {
  const documents: Map<string, Setting>[] = [];
  let current = new Map<string, Setting>();
  let above: Key[] = [];
  let list: { readonly name: string; readonly line: number; readonly words: string[] } | undefined;
  let blockIndent: number | undefined;
  const endList = (): void => {
    if (list !== undefined && list.words.length > 0) current.set(list.name, { text: list.words.join(','), line: list.line });
    list = undefined;
  };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const indent = raw.length - raw.trimStart().length;
    if (raw.trim() === '') continue;
    // Below `key: |` everything deeper belongs to it.
    if (blockIndent !== undefined && indent > blockIndent) continue;
    blockIndent = undefined;
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(raw)) {
      endList();
      documents.push(current);
      current = new Map();
      above = [];
      continue;
    }
    if (/^\s*#/.test(raw)) continue;
    const item = /^\s*-\s+(\S.*)$/.exec(raw);
    if (item !== null) {
      const word = readScalar(item[1] ?? '');
      if (word === undefined || /^[\w.-]{1,200}:(?:\s|$)/.test(item[1] ?? '')) list = undefined;
      else list?.words.push(word);
      continue;
    }
    endList();
    const match = KEY.exec(raw);
    if (match === null) continue;
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop();
    const name = [...above.map((key) => key.name), match[1] ?? match[2] ?? match[3] ?? ''].join('.');
    above.push({ indent, name: match[1] ?? match[2] ?? match[3] ?? '' });
    if (above.length > DEEPEST) continue;
    const rest = withoutComment(match[4] ?? '');
    if (rest === '') list = { name, line: index + 1, words: [] };
    else if (/^[|>]/.test(rest)) blockIndent = indent;
    const value = rest === '' ? undefined : readScalar(rest);
    if (value !== undefined) current.set(name, { text: value, line: index + 1 });
    else if (rest !== '') current.set(name, { text: '', line: index + 1, unseen: `${name} is written in a form that is not read` });
  }
  endList();
  documents.push(current);
  return documents.filter((document) => document.size > 0);
}

interface Key {
  readonly indent: number;
  readonly name: string;
}

const DEEPEST = 20;
const KEY = /^ {0,200}(?:"([^"]{1,200})"|'([^']{1,200})'|([\w.[\]/-]{1,200}))\s{0,20}:(?:\s+(.*))?$/;

function withoutComment(text: string): string {
  const trimmed = text.trim();
  if (/^["']/.test(trimmed)) return trimmed;
  return trimmed.startsWith('#') ? '' : trimmed.replace(/\s#.*$/, '').trimEnd();
}

/** A word, a quoted word or a list of words in brackets; undefined for anything else. */
function readScalar(text: string): string | undefined {
  const double = /^"((?:[^"\\]|\\.){0,4000})"\s*(?:#.*)?$/.exec(text);
  if (double !== null) return (double[1] ?? '').replace(/\\(.)/g, (_match, sign: string) => ({ n: '\n', t: '\t', r: '\r' })[sign] ?? sign);
  const single = /^'((?:[^']|''){0,4000})'\s*(?:#.*)?$/.exec(text);
  if (single !== null) return (single[1] ?? '').replaceAll("''", "'");
  const list = /^\[([^[\]{}]{0,4000})\]$/.exec(text);
  if (list !== null) {
    const words = (list[1] ?? '').split(',').map((word) => readScalar(word.trim()));
    return words.some((word) => word === undefined) ? undefined : words.filter((word) => word !== '').join(',');
  }
  if (/^[&*|>{[!%@"']/.test(text)) return undefined;
  const plain = withoutComment(text);
  return /^(?:~|null)$/i.test(plain) ? '' : plain;
}
