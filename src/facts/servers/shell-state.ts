import type { ContainerFiles } from './container-files.ts';
import type { Source } from './known.ts';
import type { Pool } from './pool.ts';

/** A word of a command line, with the input that holds it. */
export interface Word {
  readonly text: string;
  readonly source: Source;
  /** Any number of words may stand here: for certain, or perhaps, as a variable without quotes is split. */
  readonly isOpen?: 'surely' | 'perhaps' | undefined;
}

export type ListItem = Pick<Word, 'text' | 'isOpen'>;

/** What a shell has at hand while it runs. */
export interface ShellState {
  /** Undefined once a variable was unset. */
  variables: Map<string, string | undefined>;
  lists: Map<string, readonly ListItem[]>;
  files: ContainerFiles;
  /** Nothing that follows runs: an `exec` or an `exit` went before. */
  hasEnded: boolean;
}

export function copyState({ variables, lists, files, hasEnded }: ShellState): ShellState {
  return { variables: new Map(variables), lists: new Map(lists), files: files.copy(), hasEnded };
}

const UNDECIDED = 'it depends on a condition of the start script';

/** What holds after two branches of which one was taken: what is the same in both. */
export function joinStates(left: ShellState, right: ShellState, pool: Pool): ShellState {
  if (left.hasEnded) return right;
  if (right.hasEnded) return left;
  const either = (name: string, ours: string | undefined, theirs: string | undefined): string | undefined => (ours === theirs ? ours : pool.unknown(name, UNDECIDED, true));
  for (const name of new Set([...left.variables.keys(), ...right.variables.keys()])) left.variables.set(name, either(name, left.variables.get(name), right.variables.get(name)));
  for (const name of new Set([...left.lists.keys(), ...right.lists.keys()])) {
    const [ours, theirs] = [left.lists.get(name) ?? [], right.lists.get(name) ?? []];
    if (ours === theirs) continue;
    const differs = ours.findIndex((item, index) => item.text !== theirs[index]?.text);
    const common = ours.slice(0, differs === -1 ? ours.length : differs);
    left.lists.set(name, [...common, { text: pool.unknown(name, UNDECIDED, true), isOpen: 'surely' }]);
  }
  left.files.keepCommon(right.files);
  return left;
}
