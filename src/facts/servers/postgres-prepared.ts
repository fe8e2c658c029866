import type { ContainerFiles, ReadableFile } from './container-files.ts';
import type { Known, Source } from './known.ts';
import type { Parameter, ParameterHole } from './postgres-settings.ts';
import type { Word } from './shell-state.ts';

/** What stands ready before the server itself starts: made by the image's entry point, or by an operator. */
export interface Prepared {
  readonly files: ContainerFiles;
  readonly dataFolder: string;
  /** Where the configuration and the rules are, if no parameter names another place. */
  readonly configFile: string;
  readonly hbaFile: string;
  /** Parameters that the configuration file has by itself, before what the user wrote. */
  readonly parameters: readonly Parameter[];
  readonly holes: readonly ParameterHole[];
  /** Arguments that are handed on to the server. */
  readonly words: readonly Word[];
  readonly superuser: Known<string>;
  /** The superuser's password, with its unknown pieces; null where it has none. */
  readonly password: Known<string | null>;
  readonly faults: readonly { readonly because: string; readonly source: Source }[];
}

/** A line that something writes into a generated file, with what made it so. */
export interface MadeLine {
  readonly text: string;
  readonly source: Source;
}

export function makeFile(lines: readonly MadeLine[]): ReadableFile {
  const nowhere: Source = { input: 'default', of: 'the image' };
  return { text: lines.map(({ text }) => `${text}\n`).join(''), sourceOf: (line) => lines[line - 1]?.source ?? nowhere };
}

/** The value of `NAME`, or of the file that `NAME_FILE` names; null where neither is set, undefined where the file was not seen. */
export function variableOrFile(environment: ReadonlyMap<string, string>, files: ContainerFiles, names: readonly string[]): { text: string | null | undefined; source: Source } {
  for (const name of names) {
    const value = environment.get(name);
    if (value !== undefined && value !== '') return { text: value, source: { input: 'variable', name } };
    const path = environment.get(`${name}_FILE`);
    if (path !== undefined && path !== '') return { text: files.read(path)?.text.replace(/\n+$/, ''), source: { input: 'variable', name: `${name}_FILE` } };
  }
  return { text: null, source: { input: 'default', of: 'the image' } };
}
