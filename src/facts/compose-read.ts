import type { Json, JsonObject } from '../model/json.ts';
import type { Absence } from '../model/subject.ts';
import { field, isObject, stringListAt } from './read.ts';

export const UNSEEN_ENVIRONMENT: Absence = {
  because: 'variables of a compose file are set by the caller’s environment, which is not part of this scan',
  hint: 'put a .env file beside the compose file, or scan with --env',
};

/** Whether a variable that nobody set here stands in a text: whoever starts the project may set it to anything. */
export function isOpen(text: string): boolean {
  return text.includes('${') && /\$\{[A-Za-z_]\w*\}/.test(text);
}

export function holdsOpen(value: Json | undefined): boolean {
  if (typeof value === 'string') return isOpen(value);
  return typeof value === 'object' && value !== null && Object.values(value).some((item) => holdsOpen(item as Json));
}

/** A list of strings; undefined where it is something else, or where a variable that is not set here stands in it. */
export function openListAt(object: JsonObject, key: string): readonly string[] | undefined {
  const list = stringListAt(object, key);
  return list?.some(isOpen) === true ? undefined : list;
}

/** Compose writes maps as maps or as lists of `KEY=value`. */
export function keyValues(value: Json | undefined): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  if (isObject(value)) {
    for (const key of Object.keys(value)) pairs.push([key, plain(field(value, key))]);
  } else if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      if (typeof item !== 'string') continue;
      const equals = item.indexOf('=');
      pairs.push(equals === -1 ? [item, ''] : [item.slice(0, equals), item.slice(equals + 1)]);
    }
  }
  return Object.fromEntries(pairs);
}

/** A scalar as text; empty for what is none. */
export function plain(value: Json | undefined): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}
