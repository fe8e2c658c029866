import { type Command, Option } from 'commander';
import { listConnections } from '../connections.ts';
import { InputError } from '../errors.ts';
import { parseKubeVersion } from '../policy/kube-version.ts';
import { selectPolicies } from '../policy/select.ts';
import { connectionsJson } from '../report/connections-json.ts';
import { connectionsText } from '../report/connections-text.ts';
import { decideColor } from '../report/terminal.ts';
import { compilerFor } from './compiler.ts';
import { loadConfig } from './config.ts';
import { findProfile, loadLibrary } from './library.ts';
import { writeOut } from './output.ts';
import { parseSelector } from './selector.ts';
import { toolVersion } from './version.ts';

interface ConnectionsFlags {
  readonly filename: readonly string[];
  readonly kustomize: readonly string[];
  readonly chart: readonly string[];
  readonly values: readonly string[];
  readonly namespace: readonly string[];
  readonly selector?: string;
  readonly output: 'text' | 'json';
  readonly profile?: string;
  readonly env?: boolean;
  readonly color: 'auto' | 'always' | 'never';
}

/** Nothing to tell a violation by: it lists. But what could not be read must not look like nothing. */
const EXIT_INCOMPLETE = 3;

export function addConnectionsCommand(program: Command, command: string): void {
  const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  program
    .command('connections')
    .description('list who connects to which PostgreSQL or Redis, and how: TLS, password, and what is not known')
    .argument('[path...]', 'files, folders (with what is below them), globs, or - for standard input')
    .option('-f, --filename <path>', 'the same as a path; repeatable', collect, [])
    .option('-k, --kustomize <dir>', 'a kustomization, rendered by kustomize or kubectl; repeatable', collect, [])
    .option('--chart <dir>', 'a Helm chart, rendered by helm; repeatable', collect, [])
    .option('--values <file>', 'values for --chart; repeatable', collect, [])
    .option('-n, --namespace <ns>', 'only what is in this namespace; repeatable', collect, [])
    .option('-l, --selector <labels>', 'only clients and servers with these labels')
    .addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'))
    .option('--profile <name>', 'the policies whose verdicts are listed (default: default)')
    .option('--env', 'let compose files take variables from this environment, too')
    .addOption(new Option('--color <when>', 'colours in the terminal').choices(['auto', 'always', 'never']).default('auto'))
    .addHelpText('after', '\nExit codes: 0 all was read, 2 wrong use, 3 something could not be read or nothing was found.')
    .action(async (paths: string[], flags: ConnectionsFlags) => runConnections(paths, flags, command));
}

async function runConnections(paths: readonly string[], flags: ConnectionsFlags, command: string): Promise<void> {
  const config = await loadConfig(undefined);
  const named = [...paths, ...flags.filename];
  const sources = named.length > 0 || flags.kustomize.length > 0 || flags.chart.length > 0 ? named : config.paths;
  if (sources === undefined) throw new InputError(`connections of what? Name a file or folder: ${command} connections deploy/`);
  const library = await loadLibrary(config.policies ?? []);
  const selection = selectPolicies(library.policies, findProfile(library, flags.profile ?? config.profile ?? 'default'), [], config.severities ?? {});
  const selects = flags.selector === undefined ? undefined : parseSelector(flags.selector);
  const report = await listConnections({
    manifests: {
      paths: sources,
      kustomizations: flags.kustomize,
      charts: flags.chart,
      chartValues: flags.values,
      environment: flags.env === true ? process.env : {},
      allowEmpty: false,
    },
    policies: selection.policies,
    compilerFor: (version) => compilerFor(selection.policies, library, version),
    unchecked: library.own,
    kubeVersion: parseKubeVersion(config.kubeVersion),
    defaultNamespace: flags.namespace.length === 1 ? (flags.namespace[0] ?? '') : '',
    isWanted: (subject, { namespace }) => (flags.namespace.length === 0 || flags.namespace.includes(namespace)) && (selects === undefined || selects(subject.labels)),
    toolVersion: toolVersion(),
  });
  const columns = process.stdout.columns ?? 80;
  const color = decideColor(flags.color, process.env, process.stdout.isTTY === true);
  writeOut(flags.output === 'json' ? connectionsJson(report) : connectionsText(report, { columns, color }));
  process.exitCode = report.complete ? 0 : EXIT_INCOMPLETE;
}
