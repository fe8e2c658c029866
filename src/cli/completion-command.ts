import { Argument, type Command } from 'commander';
import { loadBuiltIn } from '../policy/builtin.ts';
import { formats } from '../report/formats.ts';
import { writeOut } from './output.ts';

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script; for bash: source <(seaworthy completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => writeOut([SCRIPTS[shell](describe(program))]));
}

interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly { readonly name: string; readonly short: string; readonly description: string; readonly values: readonly string[] }[];
  readonly words: readonly string[];
}

/** Everything comes from the command definitions themselves, so completion cannot fall behind them. */
function describe(program: Command): CompletedCommand[] {
  const { policies, profiles } = loadBuiltIn();
  const ids = policies.map(({ id }) => id);
  const valuesOf: Readonly<Record<string, readonly string[]>> = {
    '--profile': profiles.map(({ name }) => name),
    '--only': ids,
    '--output': Object.keys(formats),
    '--show': ['pass', 'unknown'],
  };
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: command.options.map((option) => ({
      name: option.long ?? option.short ?? '',
      short: option.long === undefined ? '' : (option.short ?? ''),
      description: option.description,
      values: option.argChoices ?? valuesOf[option.long ?? ''] ?? [],
    })),
    words: [...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []), ...(command.name() === 'explain' ? ids : [])],
  }));
}

const SCRIPTS = { bash, zsh, fish } as const;

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, flags, words }) => {
    const values = flags
      .filter((flag) => flag.values.length > 0)
      .map((flag) => `      ${flag.name}${flag.short === '' ? '' : `|${flag.short}`}) COMPREPLY=($(compgen -W "${flag.values.join(' ')}" -- "$word")); return;;`);
    const all = [...words, ...flags.map((flag) => flag.name)].join(' ');
    return [`    ${name})`, '      case "$before" in', ...values, '      esac', `      COMPREPLY=($(compgen -W "${all}" -- "$word") $(compgen -f -- "$word"));;`].join('\n');
  });
  return `# bash completion for seaworthy
_seaworthy() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _seaworthy seaworthy kubectl-seaworthy
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const quote = (text: string): string => text.replaceAll("'", "'\\''").replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', ' ');
  const cases = commands.map(({ name, flags, words }) => {
    const names = flags.flatMap((flag) => (flag.short === '' ? [flag] : [flag, { ...flag, name: flag.short }]));
    const specs = names.map((flag) => `'*${flag.name}[${quote(flag.description)}]${flag.values.length > 0 ? `:value:(${flag.values.join(' ')})` : ''}'`);
    return `    ${name}) _arguments ${[...specs, words.length > 0 ? `'*:word:(${words.join(' ')})'` : "'*:file:_files'"].join(' ')};;`;
  });
  return `#compdef seaworthy kubectl-seaworthy
_seaworthy() {
  if (( CURRENT == 2 )); then
    local -a commands=(${commands.map(({ name, description }) => `'${name}:${quote(description)}'`).join(' ')})
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _seaworthy seaworthy kubectl-seaworthy
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, description, flags, words }) => {
    const inside = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c seaworthy -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
      ...(words.length > 0 ? [`complete -c seaworthy ${inside} -f -a ${quote(words.join(' '))}`] : []),
      ...flags.map(
        (flag) =>
          `complete -c seaworthy ${inside} -l ${flag.name.slice(2)}${flag.short === '' ? '' : ` -s ${flag.short.slice(1)}`} -d ${quote(flag.description)}${flag.values.length > 0 ? ` -x -a ${quote(flag.values.join(' '))}` : ''}`,
      ),
    ];
  });
  return `# fish completion for seaworthy\n${lines.join('\n')}\n`;
}
