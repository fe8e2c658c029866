import type { ComposeProject, Interpolation } from '../../model/inventory.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { plain } from '../compose-read.ts';
import { concatenate, knownText, type Text, unknownText } from '../connections/text.ts';
import { field, isObject, stringAt } from '../read.ts';
import type { Texts, Variable, Word } from './program.ts';

/** What a compose service is started with: its env files in their order, then `environment`, which wins. */
export function composeTexts(project: ComposeProject, name: string, service: JsonObject): Texts {
  const base: Path = ['services', name];
  const variables = new Map<string, Variable>();
  for (const file of Object.hasOwn(project.envFiles, name) ? (project.envFiles[name] ?? []) : []) {
    for (const key of Object.keys(file.value)) {
      const value = field(file.value, key);
      const place = { resource: file, path: [key] };
      variables.set(key, { text: value === null ? fromCaller(key) : fill(stringAt(file.value, key), undefined), place, isSecret: false });
    }
  }
  const wantedFiles = field(service, 'env_file');
  const wanted = Array.isArray(wantedFiles) ? wantedFiles.length : wantedFiles === undefined || wantedFiles === null ? 0 : 1;
  const read = Object.hasOwn(project.envFiles, name) ? (project.envFiles[name]?.length ?? 0) : 0;
  const environment = field(service, 'environment');
  for (const { key, variable, value } of assignmentsIn(environment)) {
    const path = [...base, 'environment', key];
    variables.set(variable, { text: value === undefined ? fromCaller(variable) : fill(value, unsetAt(project, path)), place: { resource: project, path }, isSecret: false });
  }
  return {
    variables,
    isComplete: read >= wanted,
    command: wordsAt(project, service, [...base, 'entrypoint']),
    arguments: wordsAt(project, service, [...base, 'command']),
  };
}

function fromCaller(name: string): Text {
  return unknownText({ name, why: 'it comes from whoever starts the project', mayBeEmpty: true });
}

function assignmentsIn(environment: Json | undefined): { key: string | number; variable: string; value: string | undefined }[] {
  if (isObject(environment)) {
    return Object.keys(environment).map((name) => ({ key: name, variable: name, value: field(environment, name) === null ? undefined : plain(field(environment, name)) }));
  }
  if (!Array.isArray(environment)) return [];
  return (environment as readonly Json[]).flatMap((item, index) => {
    if (typeof item !== 'string') return [];
    const equals = item.indexOf('=');
    return [{ key: index, variable: equals === -1 ? item : item.slice(0, equals), value: equals === -1 ? undefined : item.slice(equals + 1) }];
  });
}

/** Names in the value at a path that nobody has set: compose puts nothing in their place, if it was told everything. */
function unsetAt(project: ComposeProject, path: Path): ReadonlyMap<string, Text> | undefined {
  const found = interpolationsAt(project, path).filter(({ outcome }) => outcome === 'unset' || outcome === 'required');
  if (found.length === 0) return undefined;
  return new Map(
    found.map(({ variable, outcome }) => {
      const isNothing = outcome === 'unset' && project.hasEnvironment;
      return [variable, isNothing ? knownText('') : unknownText({ name: variable, why: 'it is set by whoever starts the project', mayBeEmpty: outcome === 'unset' })];
    }),
  );
}

/** The same, where a command without them would have a word less and not start. */
function surely(unset: ReadonlyMap<string, Text> | undefined): ReadonlyMap<string, Text> | undefined {
  return unset === undefined
    ? undefined
    : new Map([...unset].map(([name, { marked, unknowns }]) => [name, { marked, unknowns: unknowns.map((unknown) => ({ ...unknown, mayBeEmpty: false })) }]));
}

function fill(text: string, unset: ReadonlyMap<string, Text> | undefined): Text {
  if (unset === undefined || !text.includes('${')) return knownText(text);
  const pieces: Text[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\{([A-Za-z_]\w{0,200})\}/g)) {
    const piece = unset.get(match[1] ?? '');
    if (piece === undefined) continue;
    pieces.push(knownText(text.slice(from, match.index)), piece);
    from = match.index + match[0].length;
  }
  pieces.push(knownText(text.slice(from)));
  return concatenate(pieces);
}

/** By path: a project may have thousands of values. */
const byPath = new WeakMap<ComposeProject, ReadonlyMap<string, Interpolation[]>>();

function interpolationsAt(project: ComposeProject, path: Path): readonly Interpolation[] {
  let found = byPath.get(project);
  if (found === undefined) {
    found = Map.groupBy(project.interpolations, (interpolation) => JSON.stringify(interpolation.path));
    byPath.set(project, found);
  }
  return found.get(JSON.stringify(path)) ?? [];
}

function wordsAt(project: ComposeProject, service: JsonObject, path: Path): readonly Word[] | null | undefined {
  const value = field(service, String(path.at(-1)));
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') {
    const unset = unsetAt(project, path);
    // Compose fills in before it splits: what comes to nothing is a word only between quotes.
    const isWord = (word: string): boolean => ['"', "'"].some((quote) => value.includes(quote + word + quote));
    return splitWords(value).map((word) => ({ text: fill(word, isWord(word) ? unset : surely(unset)), place: { resource: project, path }, isSecret: false }));
  }
  if (!Array.isArray(value)) return undefined;
  return (value as readonly Json[]).map((word, position) => {
    const at = [...path, position];
    return { text: fill(plain(word), unsetAt(project, at)), place: { resource: project, path: at }, isSecret: false };
  });
}

/** As compose splits a command that is one text (mattn/go-shellwords): quotes and backslashes, and no other meaning of a shell. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let isOpen = false;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && /["\\$`]/.test(text[at + 1] ?? '')) word += text[++at];
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      isOpen = true;
    } else if (character === '\\') {
      word += text[++at] ?? '';
      isOpen = true;
    } else if (/\s/.test(character)) {
      if (isOpen || word !== '') words.push(word);
      word = '';
      isOpen = false;
    } else {
      word += character;
    }
  }
  if (isOpen || word !== '') words.push(word);
  return words;
}
