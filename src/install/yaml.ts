import type { Json, JsonObject } from '../model/json.ts';

/**
 * An object as YAML in blocks, as people write manifests. By hand, because the library's writer would be parsed at the start of
 * every scan; with no more of YAML than that: what is not plainly a word is quoted as JSON, which YAML takes, too.
 */
export function writeYaml(object: JsonObject): string {
  return blockOf(object, '');
}

function blockOf(value: Json, indent: string): string {
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${itemOf(item, `${indent}  `).trimStart()}`).join('');
  const entries = Object.entries(value as JsonObject).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return entries.map(([key, item]) => `${indent}${scalarOf(key)}:${isFilled(item) ? `\n${blockOf(item, `${indent}  `)}` : ` ${scalarOf(item)}\n`}`).join('');
}

function itemOf(value: Json, indent: string): string {
  return isFilled(value) ? blockOf(value, indent) : `${scalarOf(value)}\n`;
}

function isFilled(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Words that no YAML parser, old or new, takes for anything but a text. */
const PLAIN = /^(?:(?:[a-zA-Z/]|--)[\w./@()[\]$=-]*(?::[\w./@()[\]$=-]+)*|\d+(?:m|[KMG]i))$/;
const NOT_TEXT = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

function scalarOf(value: Json): string {
  if (typeof value === 'string' && PLAIN.test(value) && !NOT_TEXT.test(value)) return value;
  return JSON.stringify(value);
}
