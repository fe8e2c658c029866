import { readHba } from '../../server-config/pg-hba.ts';
import { readPostgresConf } from '../../server-config/postgres-conf.ts';
import { isSeen } from '../connections/text.ts';
import { type ContainerFiles, folderOf, resolvePath, shownPath } from './container-files.ts';
import type { HbaRule } from './hba-access.ts';
import type { Source } from './known.ts';
import type { Parameter, ParameterHole } from './postgres-settings.ts';

interface Fault {
  readonly because: string;
  readonly source: Source;
}

const DEEPEST_INCLUDE = 10;
const MOST_LINES = 20_000;
const HINT = 'scan the ConfigMap, Secret or image that holds it';

/** Reads `postgresql.conf` with everything that it includes, in the order in which it counts. */
export class ParameterReader {
  readonly parameters: Parameter[] = [];
  readonly holes: ParameterHole[] = [];
  readonly faults: Fault[] = [];
  readonly #files: ContainerFiles;

  constructor(files: ContainerFiles) {
    this.#files = files;
  }

  file(path: string, source: Source, isOptional: boolean, depth = 0): void {
    const file = this.#files.readLines(path);
    if (file === undefined) {
      const exists = this.#files.exists(path);
      if (exists === false && !isOptional) this.faults.push({ because: `there is no ${shownPath(path)}`, source });
      else if (exists !== false) this.hole(`${shownPath(path)} is not part of the scan`, HINT, source);
      return;
    }
    if (depth > DEEPEST_INCLUDE) {
      this.faults.push({ because: 'files include each other without end', source });
      return;
    }
    const { settings, faults } = readPostgresConf(file.text);
    for (const { line, because } of faults) this.faults.push({ because: `line ${line} of ${shownPath(path)}: ${because}`, source: file.sourceOf(line) });
    for (const { name, value, line } of settings) {
      const place = file.sourceOf(line);
      if (this.parameters.length >= MOST_LINES) return;
      if (name !== 'include' && name !== 'include_if_exists' && name !== 'include_dir') this.parameters.push({ name, value, source: place });
      else if (!isSeen(value)) this.hole('the name of an included file is not known', 'scan what sets it', place);
      else if (name === 'include_dir') this.#folder(resolvePath(folderOf(path), value), place, depth);
      else this.file(resolvePath(folderOf(path), value), place, name === 'include_if_exists', depth + 1);
    }
  }

  hole(because: string, hint: string, source: Source): void {
    this.holes.push({ after: this.parameters.length, because, hint, source });
  }

  #folder(folder: string, source: Source, depth: number): void {
    if (!isFolderSeen(this.#files, folder, source)) this.hole(`${shownPath(folder)} is not part of the scan`, HINT, source);
    for (const path of this.#files.list(folder)) if (/\/[^./][^/]*\.conf$/.test(path)) this.file(path, source, false, depth + 1);
  }
}

/** Reads `pg_hba.conf` with everything that it includes. */
export function readRules(files: ContainerFiles, path: string, source: Source, major: number | undefined): { rules: HbaRule[]; faults: Fault[] } {
  const rules: HbaRule[] = [];
  const faults: Fault[] = [];
  const hole = (because: string, at: Source): void => {
    rules.push({ hole: because, hint: HINT, source: at });
  };
  const read = (name: string, from: Source, isOptional: boolean, depth: number): void => {
    const file = files.readLines(name);
    if (file === undefined) {
      const exists = files.exists(name);
      if (exists === false && !isOptional) faults.push({ because: `there is no ${shownPath(name)}`, source: from });
      else if (exists !== false) hole(`${shownPath(name)} is not part of the scan`, from);
      return;
    }
    if (depth > DEEPEST_INCLUDE) return;
    const found = readHba(file.text, (list) => files.readLines(resolvePath(folderOf(name), list))?.text, major ?? 18);
    for (const { line, because } of found.faults) faults.push({ because: `line ${line} of ${shownPath(name)}: ${because}`, source: file.sourceOf(line) });
    for (const entry of found.lines) {
      const place = file.sourceOf(entry.line);
      if (rules.length >= MOST_LINES) return;
      if (!('include' in entry)) {
        const absent = listsOf(entry).find((list) => files.exists(resolvePath(folderOf(name), list)) === false);
        if (absent !== undefined) faults.push({ because: 'a file of names is not there', source: place });
        else if (isRecordSeen(entry)) rules.push({ record: entry, source: place });
        else hole('a part of a record is not known', place);
      } else if (!isSeen(entry.path)) hole('the name of an included file is not known', place);
      else if (entry.include === 'include_dir') {
        const folder = resolvePath(folderOf(name), entry.path);
        if (!isFolderSeen(files, folder, place)) hole(`${shownPath(folder)} is not part of the scan`, place);
        for (const inner of files.list(folder)) if (/\/[^./][^/]*\.conf$/.test(inner)) read(inner, place, false, depth + 1);
      } else read(resolvePath(folderOf(name), entry.path), place, entry.include === 'include_if_exists', depth + 1);
    }
  };
  read(path, source, false, 0);
  if (rules.length === 0 && faults.length === 0) faults.push({ because: `${shownPath(path)} has no records`, source });
  return { rules, faults };
}

/** A folder into which nothing is mounted is the image's own. Of those that images include by themselves it is known that they are empty. */
function isFolderSeen(files: ContainerFiles, folder: string, { input }: Source): boolean {
  return !files.isUnseen(folder) && (input === 'default' || files.isWhole(folder));
}

type Record = Extract<HbaRule, { record: unknown }>['record'];

/** Files of names that a record asks for and that were not read. */
function listsOf({ databases, users }: Record): string[] {
  return [...databases, ...users].filter(({ text, isQuoted }) => !isQuoted && text.startsWith('@') && text.length > 1).map(({ text }) => text.slice(1));
}

function isRecordSeen(record: Record): boolean {
  const words = [...record.databases, ...record.users, { text: record.method }, { text: record.address?.type === 'name' ? record.address.name : '' }];
  return listsOf(record).length === 0 && words.every(({ text }) => isSeen(text));
}
