import { InputError } from '../errors.ts';

/** Whether an object's labels are selected. */
export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

/** A label selector as kubectl reads it: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas. */
export function parseSelector(text: string): LabelSelector {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Labels are whatever somebody wrote; what is not a word selects nothing. */
function wordAt(labels: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return value === undefined || (typeof value === 'object' && value !== null) ? undefined : String(value ?? '');
}

function parseRequirement(text: string): LabelSelector {
  const set = /^([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(wordAt(labels, key) ?? NOTHING) === (operator === 'in');
  }
  const pair = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(text);
  if (pair !== null) {
    const [, key = '', operator, value] = pair;
    return (labels) => (wordAt(labels, key) === value) === (operator !== '!=');
  }
  const exists = /^(!?)([\w./-]+)$/.exec(text);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    return (labels) => Object.hasOwn(labels, key) === (not === '');
  }
  throw new InputError(`-l: "${text}" is no label selector; write for example app=web or 'tier in (db,cache)'`);
}

/** What no label can be. */
const NOTHING = '\0';

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
