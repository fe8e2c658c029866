import { type Command, Option } from 'commander';
import { InputError } from '../errors.ts';
import type { PolicySource } from '../model/policy.ts';
import { names, suggest } from '../policy/select.ts';
import { renderPolicyPage } from '../report/policy-page.ts';
import { decideColor } from '../report/terminal.ts';
import { loadLibrary } from './library.ts';
import { writeOut } from './output.ts';

export function addExplainCommand(program: Command, command: string): void {
  program
    .command('explain')
    .description('explain a policy: what, why, a bad and a good example, and how to mend it')
    .argument('<policy>', 'a policy, or a check whose policies are listed')
    .option('--policies <dir>', 'a folder with policies of your own; repeatable', (value: string, before: string[]) => [...before, value], [])
    .addOption(new Option('--color <when>', 'colours in the terminal').choices(['auto', 'always', 'never']).default('auto'))
    .action(async (id: string, flags: { policies: string[]; color: 'auto' | 'always' | 'never' }) => {
      const library = await loadLibrary(flags.policies);
      const exact = library.policies.find((policy) => policy.id === id || policy.formerly?.includes(id) === true);
      const family = library.policies.filter((policy) => names(id, policy));
      const options = { columns: process.stdout.columns ?? 80, color: decideColor(flags.color, process.env, process.stdout.isTTY === true), command };
      if (exact !== undefined) {
        const { exampleTexts } = await import('./fixtures.ts');
        writeOut([renderPolicyPage(exact, { ...options, ...exampleTexts(exact.folder) })]);
      } else if (family.length > 0) {
        writeOut([listFamily(id, family, command)]);
      } else {
        throw new InputError(`explain ${id}: there is no such policy${suggest(id, library.policies)}; see: ${command} policies list`);
      }
    });
}

function listFamily(id: string, family: readonly PolicySource[], command: string): string {
  const lines = family.map((policy) => `  ${policy.severity.padEnd(8)}  ${policy.id.padEnd(46)}  ${policy.title}`);
  return `${id} is decided by ${family.length} policies:\n\n${lines.join('\n')}\n\n${command} explain POLICY tells more of each.\n`;
}
