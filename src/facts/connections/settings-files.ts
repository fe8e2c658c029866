import { baseName } from '../file-names.ts';
import { readBlockYaml } from './block-yaml.ts';
import { readDotenv } from './dotenv.ts';
import { readProperties } from './properties.ts';
import { concatenate, knownText, markedText, type Text, type TextsByName, type Unknown, unknownText } from './text.ts';
import { canonicalName } from './variable-names.ts';

/** A setting as a file has it, its references not yet filled in. */
export interface Setting {
  readonly text: string;
  readonly line: number;
  /** Nothing in it is a reference. */
  readonly isLiteral?: boolean;
  /** Why what it comes to is not known: a sentence without its full stop. */
  readonly unseen?: string;
}

export interface SettingsFile {
  readonly kind: 'spring' | 'dotnet' | 'dotenv';
  readonly settings: ReadonlyMap<string, Setting>;
}

const LARGEST = 200_000;
const MOST_SETTINGS = 5000;
const DEEPEST = 20;

const SPRING = /^(?:application|bootstrap)(?:-([\w-]{1,60}))?\.(properties|ya?ml)$/;
const DOTNET = /^appsettings(?:\.[\w-]{1,60})?\.json$/i;
const DOTENV = /^\.env(?:\.[\w-]{1,60})?$|^[\w-]{1,60}\.env$/;

/** Whether some framework reads its settings from a file of that name. */
export function isSettingsFile(path: string): boolean {
  const name = baseName(path);
  return SPRING.test(name) || DOTNET.test(name) || DOTENV.test(name);
}

/** The settings of a file that frameworks read at their start: Spring's `application.yml`, .NET's `appsettings.json`, `.env`. Undefined where it is none of them. */
export function readSettings(path: string, text: string, variables: TextsByName): SettingsFile | undefined {
  if (text.length > LARGEST) return undefined;
  const name = baseName(path);
  const spring = SPRING.exec(name);
  if (spring !== null) {
    const active = activeProfiles(variables);
    const profile = spring[1];
    if (profile !== undefined && active !== undefined && !active.includes(profile)) return undefined;
    const documents = spring[2] === 'properties' ? readProperties(text) : readBlockYaml(text);
    return { kind: 'spring', settings: inForce(documents, active) };
  }
  if (DOTNET.test(name)) {
    const settings = readJson(text);
    return settings === undefined ? undefined : { kind: 'dotnet', settings };
  }
  if (DOTENV.test(name)) return { kind: 'dotenv', settings: readDotenv(text) };
  return undefined;
}

/**
 * Settings with their references filled in, and what the environment says instead: a variable beats a file wherever a framework
 * reads both. Names are those of the file; a variable of the same meaning takes their place under its own.
 */
export function settingsInForce({ kind, settings }: SettingsFile, variables: TextsByName, unknowns?: readonly Unknown[]): ReadonlyMap<string, Text> {
  const read = (text: string): Text => markedText(text, unknowns);
  const outside = new Map<string, Text>();
  const found = new Map<string, Text>();
  for (const name of variables.keys()) {
    const text = variables.get(name);
    if (text !== undefined) outside.set(canonicalName(name), text);
    if (text !== undefined) found.set(name, text);
  }
  for (const [name, { text, isLiteral, unseen }] of settings) {
    if (outside.has(canonicalName(name))) continue;
    const lookup = (reference: string): Text | undefined => {
      const own = settings.get(reference);
      return outside.get(canonicalName(reference)) ?? (own === undefined || own.text.includes('${') ? undefined : read(own.text));
    };
    const written = isLiteral === true || kind === 'dotnet' ? read(text) : fillPlaceholders(text, kind === 'spring' ? ':' : ':-', lookup, read);
    // What it is about is told by what is written; how it ends, and so what it asks for, is not known.
    found.set(name, unseen === undefined ? written : concatenate([written, unknownText({ name, why: unseen })]));
  }
  return found;
}

const PLACEHOLDER = /\$\{([\w.[\]-]{1,200})(?:(:-?)([^{}]{0,1000}))?\}/g;

/** `${NAME}` and `${NAME:default}`; what is not known is a piece of the text that was not seen. */
export function fillPlaceholders(text: string, sign: ':' | ':-', lookup: (name: string) => Text | undefined, read: (piece: string) => Text = knownText): Text {
  if (!text.includes('${')) return read(text);
  const pieces: Text[] = [];
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const [whole, name = '', found, fallback] = match;
    pieces.push(read(text.slice(from, match.index)));
    const hasDefault = fallback !== undefined && (sign === ':' || found === sign);
    const own = sign === ':' && found === ':-' ? `-${fallback ?? ''}` : (fallback ?? '');
    pieces.push(lookup(name) ?? (hasDefault ? read(own) : unknownText({ name, why: `${name} is not set where it was looked for` })));
    from = match.index + whole.length;
  }
  pieces.push(read(text.slice(from)));
  return concatenate(pieces);
}

function activeProfiles(variables: TextsByName): readonly string[] | undefined {
  const text = variables.get('SPRING_PROFILES_ACTIVE');
  if (text === undefined || text.unknowns.length > 0) return undefined;
  return text.marked.split(',').map((profile) => profile.trim());
}

/** Profiles of what is deployed: where nobody says which one is active, it may be one of these. */
const DEPLOYED = /^(?:prod|production|docker|k8s|kubernetes|staging|live)$/;

/**
 * Documents of one file, later ones winning; one that is for a profile counts where that profile is known to be active. Where
 * that is not known, what such a document sets is not known either.
 */
function inForce(documents: readonly ReadonlyMap<string, Setting>[], active: readonly string[] | undefined): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const document of documents) {
    const profile = document.get('spring.config.activate.on-profile') ?? document.get('spring.profiles');
    const profiles = profile?.text.split(/[,\s|&()!]+/) ?? [];
    const mayCount = active === undefined && profiles.some((name) => DEPLOYED.test(name));
    if (profile !== undefined && !mayCount && active?.some((name) => profiles.includes(name)) !== true) continue;
    for (const [name, setting] of document) {
      const base = settings.get(name);
      if (!mayCount) settings.set(name, setting);
      else if (base?.text !== setting.text)
        settings.set(name, { ...(base ?? setting), unseen: `whether the profile ${profile?.text} is active, which sets it, is not part of the scan` });
    }
  }
  return settings;
}

/** .NET takes comments and a comma behind the last entry (JsonCommentHandling.Skip, AllowTrailingCommas). */
function readJson(text: string): ReadonlyMap<string, Setting> | undefined {
  const plain = withoutComments(text.replace(/^\uFEFF/, ''));
  let parsed: unknown;
  try {
    parsed = JSON.parse(plain);
  } catch {
    return undefined;
  }
  const linesOfWords = new Map<string, number[]>();
  for (const [index, line] of plain.split('\n').entries()) {
    for (const [word] of line.matchAll(WORD)) {
      const found = linesOfWords.get(word);
      if (found === undefined) linesOfWords.set(word, [index]);
      else if (found.at(-1) !== index) found.push(index);
    }
  }
  const lineOf = (name: string): number => {
    let at = 0;
    for (const key of name.split(':')) at = firstFrom(linesOfWords.get(JSON.stringify(key)) ?? [], at) ?? at;
    return at + 1;
  };
  return flatten(parsed, ':', lineOf);
}

const WORD = /"(?:[^"\\\n]|\\.)*"/g;

/** The first of ascending numbers that is not below another. */
function firstFrom(numbers: readonly number[], least: number): number | undefined {
  let from = 0;
  let to = numbers.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) < least) from = middle + 1;
    else to = middle;
  }
  return numbers[from];
}

/** Blanks in their place, so that lines stay where they are. Looks at each sign once: the text may be anybody's. */
function withoutComments(text: string): string {
  const signs = [...text];
  const blank = (from: number, to: number): void => {
    for (let at = from; at < to; at++) if (signs[at] !== '\n') signs[at] = ' ';
  };
  let isWord = false;
  let comma: number | undefined;
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] ?? '';
    if (isWord) {
      if (sign === '\\') at++;
      else if (sign === '"') isWord = false;
    } else if (sign === '/' && (signs[at + 1] === '/' || signs[at + 1] === '*')) {
      const isLine = signs[at + 1] === '/';
      let end = at + 2;
      while (end < signs.length && !(isLine ? signs[end] === '\n' : signs[end] === '*' && signs[end + 1] === '/')) end++;
      end = isLine ? end : Math.min(signs.length, end + 2);
      blank(at, end);
      at = end - 1;
    } else if (sign === ',') comma = at;
    else if (sign === '}' || sign === ']') {
      if (comma !== undefined) blank(comma, comma + 1);
      comma = undefined;
    } else if (!/\s/.test(sign)) {
      isWord = sign === '"';
      comma = undefined;
    }
  }
  return signs.join('');
}

/** `a.b.c` for what stands below; a list of words is one setting, as Spring binds it. */
function flatten(value: unknown, sign: string, lineOf: (name: string) => number): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  const walk = (node: unknown, name: string, depth: number): void => {
    if (settings.size >= MOST_SETTINGS || depth > DEEPEST) return;
    if (Array.isArray(node)) {
      const words = node.filter((item) => typeof item === 'string' || typeof item === 'number');
      if (words.length > 0 && words.length === node.length) settings.set(name, { text: words.join(','), line: lineOf(name) });
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, below] of Object.entries(node)) walk(below, name === '' ? key : `${name}${sign}${key}`, depth + 1);
    } else if (name !== '' && node !== null && node !== undefined) settings.set(name, { text: String(node), line: lineOf(name) });
  };
  walk(value, '', 0);
  return settings;
}
