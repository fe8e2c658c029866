import { basename } from 'node:path';
import { type Argument, Command, CommanderError, type Option } from 'commander';
import { InputError, PolicyError } from '../errors.ts';
import { maskShapes } from '../sensitive.ts';
import { addCompletionCommand } from './completion-command.ts';
import { addConnectionsCommand } from './connections-command.ts';
import { addExplainCommand } from './explain-command.ts';
import { addInstallCommand } from './install-command.ts';
import { writeError, writeOut } from './output.ts';
import { addPoliciesCommand } from './policies-command.ts';
import { addRbacCommand } from './rbac-command.ts';
import { addReportCommand } from './report-command.ts';
import { addScanCommand } from './scan-command.ts';
import { addSchemaCommand } from './schema-command.ts';
import { toolVersion } from './version.ts';

/** Wrong use, bad config, bad policy. */
const EXIT_WRONG_USE = 2;

/** A crash must look neither like a pass nor like a violation, and Node's own code for it is 1. */
const EXIT_INTERNAL = 70;

/** Runs one command line. Sets the exit code and never ends the process, so that everything written arrives. */
export async function main(argv: readonly string[]): Promise<void> {
  // What fails beside the awaited way, in a timer or a socket: Node would end with 1, which means violations.
  process.once('uncaughtException', (error) => {
    tellFault(error);
    process.exit();
  });
  try {
    await createProgram(basename(argv[1] ?? ''), argv[2]).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written its own sentence; help and version are no mistakes.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_WRONG_USE;
    } else if (error instanceof InputError || error instanceof PolicyError) {
      writeError(`error: ${error instanceof InputError ? maskShapes(error.message) : error.message}\n`);
      process.exitCode = EXIT_WRONG_USE;
    } else {
      tellFault(error);
    }
  }
}

function tellFault(error: unknown): void {
  const outside = faultOfThePlace(error);
  writeError(outside === undefined ? `This is a fault of seaworthy ${toolVersion()}, not yours. Please report it with these lines:\n${stackOf(error)}\n` : `error: ${outside}\n`);
  process.exitCode = outside === undefined ? EXIT_INTERNAL : EXIT_WRONG_USE;
}

/** What nobody but the user can mend, and what may be met at any step. */
function faultOfThePlace(error: unknown): string | undefined {
  const { code, syscall, permission, resource } = Object(error) as NodeJS.ErrnoException & { readonly permission?: string; readonly resource?: string };
  if (syscall === 'uv_cwd') return 'the folder that this was started in is gone; go to another one';
  if (code !== 'ERR_ACCESS_DENIED') return undefined;
  return `node --permission keeps ${resource ?? 'something'} from this program (${permission ?? 'unknown permission'}); allow it, for example with --allow-fs-read`;
}

/** Where it happened. Without the line of source that Node would print, which in a bundle is a page. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Of all commands, unless it is known that a scan is asked for: that one is short enough for the others to count. */
function createProgram(calledAs: string, asked?: string): Command {
  const name = calledAs.startsWith('kubectl-') ? 'kubectl seaworthy' : 'seaworthy';
  const program = new Command(name)
    .description('Checks that a deployment keeps what its SECURITY.md promises.')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError(`(see: ${name} --help)`)
    .configureHelp({ optionDescription: describe, argumentDescription: describe })
    .configureOutput({ writeErr: writeError, writeOut: (text) => writeOut([text]) })
    .version(`seaworthy ${toolVersion()}`, '-V, --version', 'print the version');
  addScanCommand(program, name);
  if (asked !== 'scan') addOtherCommands(program, name);
  // Whoever got an option wrong needs the options of that command, and not the list of all commands.
  for (const command of program.commands) command.showHelpAfterError(`(see: ${name} ${command.name()} --help)`);
  return program;
}

function addOtherCommands(program: Command, name: string): void {
  addConnectionsCommand(program, name);
  addRbacCommand(program);
  addReportCommand(program, name);
  addExplainCommand(program, name);
  addPoliciesCommand(program, name);
  addInstallCommand(program);
  addSchemaCommand(program);
  addCompletionCommand(program);
  program
    .command('version')
    .description('print the version')
    .action(() => writeOut([`seaworthy ${toolVersion()}\n`]));
}

/** Commander would show what is chosen from, and what applies where nothing is said, as JSON: `(default: [])`. */
function describe({ description, argChoices, defaultValue, defaultValueDescription }: Option | Argument): string {
  const applies = defaultValueDescription ?? (typeof defaultValue === 'string' || typeof defaultValue === 'number' ? String(defaultValue) : undefined);
  const notes = [argChoices?.join(', '), applies === undefined ? undefined : `default: ${applies}`].filter((note) => note !== undefined);
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`.trimStart();
}
