import { readRedisArguments } from '../../server-config/redis-arguments.ts';
import { readRedisConf } from '../../server-config/redis-conf.ts';
import { splitRedisWords } from '../../server-config/redis-words.ts';
import { isSeen } from '../connections/text.ts';
import { baseName } from '../file-names.ts';
import { bitnamiConfiguration } from './bitnami-redis.ts';
import { type ContainerFiles, folderOf, type ReadableFile, resolvePath, shownPath } from './container-files.ts';
import type { RedisFamily } from './inputs.ts';
import type { Source } from './known.ts';
import type { EntryPointStart } from './launch.ts';
import { type EnvironmentWorld, hiddenVariable } from './pool.ts';
import { segmentsOf } from './segments.ts';
import type { Word } from './shell-state.ts';

/** A directive as the server meets it, whatever it came from. */
export interface Entry {
  readonly name: string;
  readonly values: readonly string[];
  readonly source: Source;
}

/** Everything that a server is told, in the order in which it counts. */
export interface Layers {
  readonly entries: readonly Entry[];
  /** Configuration that the server reads and the scan did not see. What came before it may be overridden by it. */
  readonly holes: readonly Hole[];
  readonly faults: readonly { readonly because: string; readonly source: Source }[];
  readonly isSentinel: boolean;
  readonly files: ContainerFiles;
}

export interface Hole {
  /** How many entries came before. */
  readonly after: number;
  readonly because: string;
  readonly hint: string;
  readonly source: Source;
}

/** Where the images start their server, and so where relative names begin. */
const WORKING_FOLDER = '/data';
const DEEPEST_INCLUDE = 16;
const MOST_ENTRIES = 20_000;

/** Reads configuration file, included files, standard input and options in the order in which `redis-server` does. */
export function redisLayers(start: EntryPointStart, family: RedisFamily, major: number | undefined, world: EnvironmentWorld): Layers {
  const joinsQuotes = baseName(start.program).startsWith('valkey') || family === 'valkey' || family === 'bitnami-valkey' ? (major ?? 0) >= 9 : false;
  const reader = new LayerReader(start.files, joinsQuotes);
  const { environment } = start;
  if (!start.isDirect && (family === 'bitnami-redis' || family === 'bitnami-valkey')) {
    const mounted = bitnamiConfiguration(family, start, world);
    if (mounted.file !== undefined) reader.file(mounted.file, mounted.path, { input: 'default', of: 'the image' }, 0);
    reader.add(...mounted.entries);
    for (const path of mounted.includes) reader.include(path.text, path.source, 0);
    reader.faults.push(...mounted.faults);
    reader.options([...splitVariable(environment, family === 'bitnami-redis' ? 'REDIS_EXTRA_FLAGS' : 'VALKEY_EXTRA_FLAGS'), ...start.words], true);
    return reader;
  }
  if (!start.isDirect && family === 'redis-stack' && start.program === '') {
    if (start.files.exists('/redis-stack.conf') === true) reader.include('/redis-stack.conf', { input: 'default', of: 'the image' }, 0);
    reader.add({ name: 'protected-mode', values: ['no'], source: { input: 'default', of: "redis-stack's start script" } });
    reader.options(splitVariable(environment, 'REDIS_ARGS', world), true);
    return reader;
  }
  const extra = family === 'valkey' && !start.isDirect ? splitVariable(environment, 'VALKEY_EXTRA_FLAGS', world) : [];
  const isKeyDbConf = family === 'keydb' && (start.words.length === 0 || start.words[0]?.text === KEYDB_CONF) && start.files.exists(KEYDB_CONF) === undefined;
  if (isKeyDbConf) {
    // The image comments `bind` out and turns protected mode off in its configuration.
    reader.add({ name: 'protected-mode', values: ['no'], source: { input: 'default', of: "the image's keydb.conf" } });
    reader.options(start.words.slice(1), true);
    return reader;
  }
  if (baseName(start.program).endsWith('-sentinel')) reader.isSentinel = true;
  reader.options([...start.words, ...extra], major === undefined || major >= 7);
  return reader;
}

const KEYDB_CONF = '/etc/keydb/keydb.conf';

/** Flags in a variable that a start script expands without quotes. */
function splitVariable(environment: ReadonlyMap<string, string>, name: string, world?: EnvironmentWorld): Word[] {
  // Where flags are meant to stand in it, an object that was not seen may well hold them.
  if (world?.isEnvironmentComplete === false && !environment.has(name)) return [{ text: hiddenVariable(name, world), source: { input: 'variable', name }, isOpen: 'surely' }];
  const text = environment.get(name)?.trim() ?? '';
  return text === '' ? [] : text.split(/\s+/).map((word) => ({ text: word, source: { input: 'variable', name }, isOpen: isSeen(word) ? undefined : 'perhaps' }));
}

class LayerReader implements Layers {
  readonly entries: Entry[] = [];
  readonly holes: Hole[] = [];
  readonly faults: { because: string; source: Source }[] = [];
  readonly files: ContainerFiles;
  isSentinel = false;

  readonly #joinsQuotes: boolean;

  constructor(files: ContainerFiles, joinsQuotes: boolean) {
    this.files = files;
    this.#joinsQuotes = joinsQuotes;
  }

  add(...entries: readonly Entry[]): void {
    for (const entry of entries) if (this.entries.length < MOST_ENTRIES) this.entries.push(entry);
  }

  options(all: readonly Word[], isModern: boolean): void {
    for (const { words, gap } of segmentsOf(all, (text) => /^--\S+$/.test(text))) {
      if (gap !== undefined) this.#hole('which arguments the start script adds is not known', 'scan what its conditions and variables ask for', gap);
      this.#segment(words, isModern);
    }
  }

  #segment(words: readonly Word[], isModern: boolean): void {
    const parsed = readRedisArguments(
      words.map(({ text }) => text),
      isModern,
    );
    const sourceOf = (index: number): Source => words[index]?.source ?? { input: 'default', of: 'the image' };
    if (parsed.isSentinel) this.isSentinel = true;
    if (parsed.fault !== undefined) this.faults.push({ because: `an argument cannot be read: ${parsed.fault.because}`, source: sourceOf(parsed.fault.index) });
    if (parsed.file !== undefined) this.include(parsed.file.path, sourceOf(parsed.file.index), 0);
    if (parsed.readsStandardInput) this.#hole('the configuration comes over standard input', 'put it into a file', sourceOf(words.findIndex(({ text }) => text === '-')));
    for (const { name, values, index } of parsed.options) this.#directive({ name, values, source: sourceOf(index) }, 0);
  }

  include(path: string, source: Source, depth: number): void {
    if (!isSeen(path)) {
      this.#hole('the name of a configuration file is not known', 'scan what sets it', source);
      return;
    }
    const name = resolvePath(WORKING_FOLDER, path);
    if (depth > 0 && /[*?[]/.test(path)) {
      this.#pattern(name, source, depth);
      return;
    }
    const file = this.files.readLines(name);
    if (file !== undefined) this.file(file, name, source, depth);
    else if (this.files.exists(name) === false) this.faults.push({ because: `there is no ${shownPath(path)}`, source });
    else this.#hole(`${shownPath(path)} is not part of the scan`, 'scan the ConfigMap, Secret or image that holds it', source);
  }

  /** Since 7.0 an included name may be a pattern: what fits is read in order, and nothing that fits is no fault. */
  #pattern(pattern: string, source: Source, depth: number): void {
    const folder = folderOf(pattern);
    const wanted = baseName(pattern);
    if (/[?[\]\\]/.test(pattern) || folder.includes('*')) {
      this.#hole('which files a pattern includes is not known', 'include them by their names', source);
      return;
    }
    for (const path of this.files.list(folder)) if (fits(baseName(path), wanted)) this.include(path, source, depth);
    // Only of a folder that was seen as a whole is it known what else is in it.
    if (this.files.exists(pattern) !== false) this.#hole('which files a pattern includes is not known', 'scan the ConfigMap, Secret or image that holds them', source);
  }

  file(file: ReadableFile, path: string, source: Source, depth: number): void {
    if (depth > DEEPEST_INCLUDE) {
      this.faults.push({ because: 'files include each other without end', source });
      return;
    }
    const { directives, faults } = readRedisConf(file.text, this.#joinsQuotes);
    for (const { line, because } of faults) this.faults.push({ because: `line ${line} of ${shownPath(path)}: ${because}`, source: file.sourceOf(line) });
    for (const { name, values, line } of directives) this.#directive({ name, values, source: file.sourceOf(line) }, depth);
  }

  #directive(entry: Entry, depth: number): void {
    if (this.entries.length >= MOST_ENTRIES) return;
    if (entry.name !== 'include') this.add(entry);
    else for (const name of entry.values) this.include(name, entry.source, depth + 1);
  }

  #hole(because: string, hint: string, source: Source): void {
    this.holes.push({ after: this.entries.length, because, hint, source });
  }
}

/** Whether a name fits a pattern of which only `*` means anything. */
function fits(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length || (name.startsWith('.') && first === '')) return false;
  const middle = name.slice(first.length, name.length - last.length);
  let at = 0;
  return parts.slice(1, -1).every((part) => {
    const found = middle.indexOf(part, at);
    at = found + part.length;
    return found !== -1;
  });
}

/** A directive that is written as one text, as in an operator's custom resource. */
export function entryOf(line: string, source: Source): Entry | undefined {
  const [name, ...values] = splitRedisWords(line) ?? [];
  return name === undefined ? undefined : { name: name.toLowerCase(), values, source };
}
