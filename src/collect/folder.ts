import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import type { Gap } from '../model/inventory.ts';
import { displayPath, isBelow, notReadable, realpathOf, statOf, withSlashes } from './files.ts';

/** Folders that hold other people's files or none. */
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules', '.terraform', '.venv']);

export interface FoundFile {
  readonly path: string;
  /** The same, links followed: what tells whether a file was read before. */
  readonly real: string;
}

/** What a folder holds, or why a part of it could not be looked at. */
export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** Folders with a Chart.yaml, perhaps the folder itself: their templates are not manifests until they are rendered. */
  readonly charts: readonly string[];
  readonly gaps: readonly Gap[];
}

/**
 * Every file below a folder that some collector may know, in an order that does not depend on the file system. Links are followed
 * within the folder and its repository: a link to the root of the file system must not make it part of what was named.
 */
export function walkFolder(root: string, isWanted: (name: string) => boolean): FoundFiles {
  const files: FoundFile[] = [];
  const charts: string[] = [];
  const gaps: Gap[] = [];
  const visited = new Set<string>();
  const realRoot = realpathOf(root);
  const { rules: rulesOfParents, top } = rulesAbove(root);

  const followLink = (path: string, rules: readonly IgnoreRules[]): void => {
    const real = realpathOf(path);
    // A link back to a parent would never end, and leads to nothing that was named.
    if (isWithin(realRoot, real)) return;
    if (isWithin(real, realRoot) || (top !== undefined && isWithin(real, realpathOf(top)))) walk(path, real, rules);
    else gaps.push({ about: displayPath(path), because: 'it is a link to a folder outside of what was named', hint: `name that folder too, if it is meant: ${real}` });
  };

  const walk = (folder: string, real: string, rules: readonly IgnoreRules[]): void => {
    if (visited.has(real)) return;
    visited.add(real);
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      gaps.push(notReadable(displayPath(folder), error));
      return;
    }
    if (entries.some(({ name }) => name === 'Chart.yaml')) {
      charts.push(folder);
      return;
    }
    const inside = entries.some(({ name }) => name === '.gitignore') ? [...rules, ...readIgnoreRules(folder)] : rules;
    for (const entry of entries) {
      const { name } = entry;
      const path = join(folder, name);
      const isLink = entry.isSymbolicLink();
      const found = isLink ? statOf(path) : entry;
      if (found === undefined) {
        if (isWanted(name) && !isIgnored(path, inside)) gaps.push({ about: displayPath(path), because: 'the link points at nothing, or in a circle', hint: 'mend or remove it' });
      } else if (found.isDirectory()) {
        if (SKIPPED_FOLDERS.has(name) || isIgnored(`${path}/`, inside)) continue;
        if (isLink) followLink(path, inside);
        else walk(path, join(real, name), inside);
      } else if (isWanted(name) && !isIgnored(path, inside)) {
        if (found.isFile()) files.push({ path, real: isLink ? realpathOf(path) : join(real, name) });
        else gaps.push({ about: displayPath(path), because: 'it is not a regular file', hint: 'pipe its content in: seaworthy scan -f -' });
      }
    }
  };
  walk(root, realRoot, rulesOfParents);
  return { files, charts, gaps };
}

/** Whether a folder is another one, or somewhere in it. Both with their links followed. */
export function isWithin(folder: string, other: string): boolean {
  return isBelow(relative(other, folder));
}

interface IgnoreRules {
  readonly folder: string;
  readonly rules: Ignore;
}

/** Larger ones are not written by people, and each of their lines is looked at for each file. */
const MAX_IGNORE_BYTES = 1024 * 1024;

function readIgnoreRules(folder: string): IgnoreRules[] {
  const file = join(folder, '.gitignore');
  const stats = statOf(file);
  // Git takes names as they are written, and so more is read and not less.
  if (stats?.isFile() !== true || stats.size > MAX_IGNORE_BYTES) return [];
  try {
    return [{ folder: resolve(folder), rules: ignore({ ignorecase: false }).add(readFileSync(file, 'utf8')) }];
  } catch {
    return [];
  }
}

/** The rules of the folders above, up to the root of the repository. Outside of a repository there are none. */
function rulesAbove(root: string): { rules: readonly IgnoreRules[]; top: string | undefined } {
  const rules: IgnoreRules[] = [];
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    if (folder !== resolve(root)) rules.unshift(...readIgnoreRules(folder));
    // A folder that somebody names is meant, even if git is told to ignore it.
    if (statOf(join(folder, '.git')) !== undefined) return { rules: isIgnored(`${resolve(root)}/`, rules) ? [] : rules, top: folder };
    if (dirname(folder) === folder) return { rules: [], top: undefined };
  }
}

/** The nearest rules that have a say decide, so that a folder can take back what one above it ignores. */
function isIgnored(path: string, rules: readonly IgnoreRules[]): boolean {
  if (rules.length === 0) return false;
  const absolute = resolve(path);
  for (let at = rules.length - 1; at >= 0; at--) {
    const { folder, rules: here } = rules[at] as IgnoreRules;
    const below = relative(folder, absolute);
    if (below === '' || !isBelow(below)) continue;
    const { ignored, unignored } = here.test(withSlashes(path.endsWith('/') ? `${below}/` : below));
    if (ignored || unignored) return ignored;
  }
  return false;
}
