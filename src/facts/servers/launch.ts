import { baseName } from '../file-names.ts';
import { ContainerFiles, shownPath } from './container-files.ts';
import type { ServerInputs } from './inputs.ts';
import type { Source, Unseen } from './known.ts';
import { unseen } from './known.ts';
import type { Pool } from './pool.ts';
import { followCommand, type Launch } from './shell-run.ts';
import type { Word } from './shell-state.ts';

/** A start of the image's own entry point, before it does its work. */
export interface EntryPointStart extends Launch {
  /** True where the server itself was started and the entry point left out: then nothing prepares its configuration. */
  readonly isDirect: boolean;
}

/** Programs that are the server, and scripts of images that prepare it. */
export interface Programs {
  readonly servers: ReadonlySet<string>;
  /** Tests a whole path. */
  readonly entryPoint: RegExp;
}

/**
 * Finds how a server is started: by its image's entry point, by a command in its place, or by a script. Several launches come of
 * a script whose branches cannot be decided; none is an answer as well, told by a reason.
 */
export function launchesOf(inputs: ServerInputs<string>, programs: Programs, pool: Pool): readonly EntryPointStart[] | Unseen {
  const { command, arguments: extra } = inputs;
  if (command === undefined || extra === undefined) return unseen('the command of the container could not be read', 'check that command and args are lists of strings');
  const environment = new Map<string, string>();
  for (const [name, text] of inputs.environment) environment.set(name, pool.add(text));
  const files = new ContainerFiles(inputs, pool);
  const extraWords = (extra ?? []).map((text, index): Word => ({ text: pool.add(text), source: { input: 'argument', list: 'arguments', index } }));
  const isServer = (program: string) => programs.servers.has(baseName(program)) || (programs.entryPoint.test(program) && files.read(program) === undefined);
  const world = { pool, isEnvironmentComplete: inputs.isEnvironmentComplete, isServer };
  if (command === null || command.length === 0) return afterEntryPoint(extraWords, environment, files, world);
  const words = command.map((text, index): Word => ({ text: pool.add(text), source: { input: 'argument', list: 'command', index } }));
  const launches = followCommand([...words, ...extraWords], environment, files, world);
  if (launches.length === 0)
    return unseen(`${programName(words)} starts the server in a way that is not followed`, 'scan the start script together with the manifest', wordSource(words));
  return eachOf(launches);

  /** Where a script goes on to the entry point, that does its work first. */
  function eachOf(found: readonly Launch[]): EntryPointStart[] | Unseen {
    const starts: EntryPointStart[] = [];
    for (const launch of found) {
      const after = isEntryPoint(launch, programs) ? afterEntryPoint(launch.words, launch.environment, launch.files, world) : [{ ...launch, isDirect: true }];
      if (!Array.isArray(after)) return after;
      starts.push(...after);
    }
    return starts;
  }

  /** What entry points of images do with their arguments: options and files go to the server, a program of another name is run. */
  function afterEntryPoint(args: readonly Word[], variables: ReadonlyMap<string, string>, seenFiles: ContainerFiles, shellWorld: typeof world): EntryPointStart[] | Unseen {
    const given = args.filter(({ text }, index) => index > 0 || !programs.entryPoint.test(text));
    const first = given[0]?.text;
    if (first === undefined || first.startsWith('-') || /\.conf$/.test(first)) return [{ program: '', words: given, environment: variables, files: seenFiles, isDirect: false }];
    if (programs.servers.has(baseName(first))) return [{ program: first, words: given.slice(1), environment: variables, files: seenFiles, isDirect: false }];
    const inner = followCommand(given, variables, seenFiles, shellWorld);
    if (inner.length > 0) return eachOf(inner);
    return unseen(`${programName(given)} starts the server in a way that is not followed`, 'scan the start script together with the manifest', wordSource(given));
  }
}

function isEntryPoint(launch: Launch, programs: Programs): boolean {
  return !programs.servers.has(baseName(launch.program)) && programs.entryPoint.test(launch.program);
}

function programName(words: readonly Word[]): string {
  const text = words[0]?.text ?? '';
  return text.startsWith('/') && shownPath(text) === text ? text : 'the command';
}

function wordSource(words: readonly Word[]): Source {
  return words[0]?.source ?? { input: 'default', of: 'the image' };
}
