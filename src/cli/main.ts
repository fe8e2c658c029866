import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
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
      writeError(`This is a fault of seaworthy ${toolVersion()}, not yours. Please report it with these lines:\n${stackOf(error)}\n`);
      process.exitCode = EXIT_INTERNAL;
    }
  }
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
    .configureOutput({ writeErr: writeError, writeOut: (text) => writeOut([text]) })
    .version(`seaworthy ${toolVersion()}`, '-V, --version', 'print the version');
  addScanCommand(program, name);
  if (asked === 'scan') return program;
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
  return program;
}
