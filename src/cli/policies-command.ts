import { Argument, type Command, Option } from 'commander';
import { InputError } from '../errors.ts';
import { SEVERITIES } from '../model/policy.ts';
import { names, selectPolicies, suggest } from '../policy/select.ts';
import { findProfile, loadLibrary } from './library.ts';
import { writeOut } from './output.ts';

interface PoliciesFlags {
  readonly policies: readonly string[];
  readonly profile?: string;
  readonly output: 'text' | 'json' | 'name';
}

export function addPoliciesCommand(program: Command, command: string): void {
  program
    .command('policies')
    .description('list the policies, or run their fixtures')
    .addArgument(new Argument('<what>', 'what to do').choices(['list', 'test']))
    .argument('[policy...]', 'only these policies, checks or themes')
    .option('--policies <dir>', 'a folder with policies of your own; repeatable', (value: string, before: string[]) => [...before, value], [])
    .option('--profile <name>', 'only the policies of this profile')
    .addOption(new Option('-o, --output <format>', 'format of the list').choices(['text', 'json', 'name']).default('text'))
    .action(async (what: 'list' | 'test', only: string[], flags: PoliciesFlags) => (what === 'list' ? list(only, flags) : test(only, flags, command)));
}

async function list(only: readonly string[], flags: PoliciesFlags): Promise<void> {
  const library = await loadLibrary(flags.policies);
  const profile = flags.profile === undefined ? { name: 'all', title: '', description: '', policies: ['*'] } : findProfile(library, flags.profile);
  const { policies } = selectPolicies(library.policies, profile, only, {}, 'policies list');
  if (flags.output === 'json') {
    writeOut([`${JSON.stringify(policies, undefined, 2)}\n`]);
    return;
  }
  if (flags.output === 'name') {
    writeOut(policies.map(({ id }) => `${id}\n`));
    return;
  }
  const lines: string[] = [];
  for (const [theme, members] of Map.groupBy(policies, (policy) => policy.theme)) {
    lines.push(`${theme}\n`);
    for (const { id, severity, title } of members) lines.push(`  ${severity.padEnd(8)}  ${id.padEnd(44)}  ${title}\n`);
    lines.push('\n');
  }
  const counts = SEVERITIES.map((severity) => `${policies.filter((policy) => policy.severity === severity).length} ${severity}`).reverse();
  writeOut([...lines, `${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}: ${counts.join(', ')}\n`]);
}

/** Runs the fixtures of policies: the user's own where a folder is named, else the built-in ones. */
async function test(only: readonly string[], flags: PoliciesFlags, command: string): Promise<void> {
  const { testPolicy } = await import('./fixtures.ts');
  const library = await loadLibrary(flags.policies);
  const candidates = library.policies.filter(({ id }) => library.own.size === 0 || library.own.has(id));
  const unknown = only.find((name) => !candidates.some((policy) => names(name, policy)));
  if (unknown !== undefined) throw new InputError(`policies test: there is no policy "${unknown}"${suggest(unknown, candidates)}; see: ${command} policies list`);
  const chosen = candidates.filter((policy) => only.length === 0 || only.some((name) => names(name, policy)));
  let failed = 0;
  for (const policy of chosen) {
    const disagreements = await testPolicy(policy, library.own.has(policy.id));
    if (disagreements.length > 0) failed++;
    writeOut(disagreements.length === 0 ? [`ok    ${policy.id}\n`] : [`FAIL  ${policy.id}\n`, ...disagreements.map((line) => `        ${line}\n`)]);
  }
  writeOut([`\n${chosen.length - failed} passed, ${failed} failed\n`]);
  process.exitCode = failed === 0 ? 0 : 1;
}
