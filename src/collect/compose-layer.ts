import { posix } from 'node:path';
import type { Gap, Location } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { castScalar } from './compose-casts.ts';
import { DocumentOrigin } from './document-origin.ts';
import { type Allowance, interpolate, type Lookup, type Reference } from './interpolate.ts';
import { entryOf, isMapping } from './mapping.ts';
import { type TextFile, toPointer } from './text-file.ts';
import { readYaml, type YamlDocument } from './yaml.ts';

/** What a compose file can lead to: other files, and the variables of whoever starts it. */
export interface Reach {
  /** By path relative to the working directory, like a file's own name; undefined where there is no file. */
  read(path: string): TextFile | undefined;
  /** Names of the regular files of a folder, sorted; undefined where there is no such folder. */
  list?(path: string): readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One reading of a project: what it may still use, and what it could not read. */
export interface Reading {
  readonly reach: Reach;
  readonly gaps: Gap[];
  readonly allowance: Allowance;
  /** Files that may still be opened. */
  files: number;
  /** Entries that may still be copied from one service or project to another. */
  copies: number;
}

/** Thousands of gaps with the same cause help nobody, and finding their lines takes time. */
const MOST_GAPS = 100;

export function addGap(reading: Reading, gap: Omit<Gap, 'location'>, locate?: () => Location): void {
  if (reading.gaps.length >= MOST_GAPS) return;
  reading.gaps.push(locate === undefined ? gap : { ...gap, location: locate() });
}

/** One file of a project, interpolated, with strings cast to the types that compose wants. Not yet joined with any other. */
export interface Layer {
  readonly file: TextFile;
  readonly origin: DocumentOrigin;
  /** What its relative paths are relative to. */
  readonly directory: string;
  readonly lookup: Lookup;
  readonly value: JsonObject;
  /** Where the services stand in the file: at its top, in the oldest format. */
  readonly servicesAt: Path;
  readonly references: ReferenceTree;
  /** JSON pointers of what is tagged `!reset` (taken away) and `!override` (not joined with what it overrides). */
  readonly tags: ReadonlyMap<string, 'reset' | 'override'>;
}

/** The variables that a file uses, by the path of the value that uses them. */
export interface ReferenceTree {
  references?: readonly Reference[];
  /** The value as the file has it, with `${NAME}` for what came from outside. */
  written?: string;
  readonly children: Map<string | number, ReferenceTree>;
}

/** Reads the first mapping of another file of the project. A gap says why, where there is none. */
export function readLayer(reading: Reading, path: string, directory: string, lookup: Lookup, about: string): Layer | undefined {
  const refuse = (because: string, hint: string) => {
    addGap(reading, { about, because, hint });
    return undefined;
  };
  if (/^[a-z][a-z0-9+.-]*:\/\/|^oci:|^git@/i.test(path)) return refuse(`${short(path)} is not on this machine`, 'save it beside the file that names it, and name that copy');
  if (reading.files <= 0) return refuse('the project leads to too many files', 'scan its parts by themselves');
  reading.files--;
  const file = reading.reach.read(path);
  if (file === undefined) return refuse(`there is no file ${short(path)}`, 'mend the path, or scan where that file is at hand');
  for (const document of readYaml(file.text, 'compose')) {
    if ('fault' in document) return refuse(`${file.name}:${file.position(document.at).line} cannot be read: ${document.fault}`, 'mend it');
    if (isMapping(document.value)) return openLayer(reading, file, document, directory, lookup);
  }
  return refuse(`${short(path)} holds no mapping`, 'mend it');
}

export function openLayer(reading: Reading, file: TextFile, document: YamlDocument, directory: string, lookup: Lookup): Layer {
  const origin = new DocumentOrigin(file, document, { isSecret: false });
  const raw = isMapping(document.value) ? document.value : EMPTY;
  const hasServices = isMapping(entryOf(raw, 'services')) || Object.hasOwn(raw, 'include');
  const tags = new Map<string, 'reset' | 'override'>();
  const rewriting = new Rewriting(reading, origin, lookup, hasServices ? [] : ['services'], document, tags);
  const value = rewriting.rewrite(raw) as JsonObject;
  return { file, origin, directory, lookup, value, servicesAt: hasServices ? ['services'] : [], references: rewriting.references, tags };
}

const EMPTY: JsonObject = Object.freeze(Object.create(null) as JsonObject);
/** Deeper than any compose file, and shallow enough for the stack. */
const DEEPEST = 200;
const MOST_REFERENCES = 20_000;
const MOST_TAGS = 200;

/** Extensions (`x-…`) go, variables come in. What does not change is not copied: aliases stay shared. */
class Rewriting {
  readonly references: ReferenceTree = { children: new Map() };
  readonly #reading: Reading;
  readonly #origin: DocumentOrigin;
  readonly #lookup: Lookup;
  readonly #castsBelow: Path;
  readonly #document: YamlDocument;
  readonly #tags: Map<string, 'reset' | 'override'>;
  readonly #taggedKeys: ReadonlySet<string>;
  #recorded = 0;
  #looked = 0;

  constructor(reading: Reading, origin: DocumentOrigin, lookup: Lookup, castsBelow: Path, document: YamlDocument, tags: Map<string, 'reset' | 'override'>) {
    this.#reading = reading;
    this.#origin = origin;
    this.#lookup = lookup;
    this.#castsBelow = castsBelow;
    this.#document = document;
    this.#tags = tags;
    this.#taggedKeys = new Set([...document.text.matchAll(/([\w.-]{1,100})["']?[ \t]*:[ \t]+!(?:reset|override)\b/g)].map((found) => found[1] ?? ''));
  }

  rewrite(value: Json, path: (string | number)[] = []): Json {
    if (typeof value === 'string') return this.#scalar(value, path);
    if (typeof value !== 'object' || value === null || path.length > DEEPEST) return value;
    return Array.isArray(value) ? this.#list(value, path) : this.#mapping(value as JsonObject, path);
  }

  #scalar(text: string, path: Path): Json {
    const filled = text.includes('$') ? interpolate(text, this.#lookup, this.#reading.allowance) : undefined;
    if (filled !== undefined && 'fault' in filled) {
      const about = `${this.#origin.file}: ${short(toPointer(path))}`;
      const hint = 'write `$$` for a dollar that is meant as such';
      addGap(this.#reading, { about, because: `${filled.fault}, so compose refuses the file`, hint }, () => this.#origin.locate(path));
    }
    const result = filled !== undefined && 'text' in filled ? filled : { text, written: text, references: [] };
    if (result.references.length > 0) this.#record(path, result.references, result.written);
    return castScalar(result.text, [...this.#castsBelow, ...path]);
  }

  #record(path: Path, references: readonly Reference[], written: string): void {
    this.#recorded += references.length;
    if (this.#recorded > MOST_REFERENCES) return;
    let tree = this.references;
    for (const step of path) {
      let child = tree.children.get(step);
      if (child === undefined) {
        child = { children: new Map() };
        tree.children.set(step, child);
      }
      tree = child;
    }
    tree.references = references;
    tree.written = written;
  }

  #list(list: readonly Json[], path: (string | number)[]): Json {
    let copy: Json[] | undefined;
    for (let index = 0; index < list.length; index++) {
      path.push(index);
      const item = list[index] as Json;
      const rewritten = this.rewrite(item, path);
      path.pop();
      if (rewritten !== item) copy ??= list.slice(0, index);
      copy?.push(rewritten);
    }
    return copy ?? list;
  }

  #mapping(mapping: JsonObject, path: (string | number)[]): Json {
    const copy = Object.create(null) as Record<string, Json>;
    let isChanged = false;
    for (const key of Object.keys(mapping)) {
      const value = mapping[key] as Json;
      path.push(key);
      const isGone = this.#isExtension(path) || (this.#taggedKeys.has(key) && this.#tag(path) === 'reset');
      const rewritten = isGone ? value : this.rewrite(value, path);
      path.pop();
      isChanged ||= isGone || rewritten !== value;
      if (!isGone) copy[key] = rewritten;
    }
    return isChanged ? copy : mapping;
  }

  /** A service may be called `x-…`; what has neither image nor build is no service but a fragment to be merged by an alias. */
  #isExtension(path: Path): boolean {
    const depth = path.length + this.#castsBelow.length;
    return depth !== 2 && depth <= 3 && String(path.at(-1)).startsWith('x-');
  }

  #tag(path: Path): 'reset' | 'override' | undefined {
    if (this.#looked++ > MOST_TAGS) return undefined;
    const { text, positions } = this.#document;
    const { offset, end, found } = positions.find(path);
    if (!found) return undefined;
    // A block value is found by its key, an inline one by itself.
    const after = /^["']?[ \t]*:[ \t]+!(reset|override)\b/.exec(text.slice(end, end + 100));
    const before = /:[ \t]+!(reset|override)[ \t]+["']?$/.exec(text.slice(Math.max(0, offset - 100), offset));
    const tag = (after ?? before)?.[1] as 'reset' | 'override' | undefined;
    if (tag !== undefined) this.#tags.set(toPointer(path), tag);
    return tag;
  }
}

/** A name out of a scanned file, as a message may carry it. */
export function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** The path of a file that another one names. */
export function pathFrom(directory: string, path: string): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.join(directory, path);
}
