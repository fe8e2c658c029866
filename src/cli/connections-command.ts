import { type Command, Option } from 'commander';
import { listConnections } from '../connections.ts';
import { parseKubeVersion } from '../policy/kube-version.ts';
import { selectPolicies } from '../policy/select.ts';
import { connectionsJson } from '../report/connections-json.ts';
import { connectionsText } from '../report/connections-text.ts';
import { decideColor } from '../report/terminal.ts';
import { addClusterOptions, Interruption, liveRequest } from './cluster-options.ts';
import { compilerFor } from './compiler.ts';
import { loadConfig } from './config.ts';
import { loadLibrary, profileFor } from './library.ts';
import { collect, collectList } from './option-values.ts';
import { writeOut } from './output.ts';
import { parseSelector } from './selector.ts';
import { addSourceOptions, namedSources, type SourceFlags } from './sources.ts';
import { toolVersion } from './version.ts';

interface ConnectionsFlags extends SourceFlags {
  readonly selector?: string;
  readonly output: 'text' | 'json';
  readonly profile?: string;
  readonly policies: readonly string[];
  readonly config?: string;
  readonly color: 'auto' | 'always' | 'never';
}

/** Nothing to tell a violation by: it lists. But what could not be read must not look like nothing. */
const EXIT_INCOMPLETE = 3;
const EXIT_INTERRUPTED = 130;

export function addConnectionsCommand(program: Command, command: string): void {
  const listing = program.command('connections').description('list who connects to which PostgreSQL or Redis, and how: TLS, password, and what is not known');
  addSourceOptions(listing)
    .option('-n, --namespace <ns>', 'only what is in this namespace; repeatable', collectList, [])
    .option('-l, --selector <labels>', 'only clients and servers with these labels')
    .addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'))
    .option('--profile <name>', 'the policies whose verdicts are listed (default: default)')
    .option('--policies <dir>', 'a folder with policies of your own; repeatable', collect, [])
    .option('--config <file>', 'settings of the project (default: seaworthy.yaml, where there is one)')
    .addOption(new Option('--color <when>', 'colours in the terminal').choices(['auto', 'always', 'never']).default('auto'))
    .addHelpText('after', '\nExit codes: 0 all was read, 2 wrong use, 3 something could not be read, or nothing at all was found.')
    .action(async (paths: string[], flags: ConnectionsFlags) => runConnections(paths, flags, command));
  addClusterOptions(listing);
}

async function runConnections(paths: readonly string[], flags: ConnectionsFlags, command: string): Promise<void> {
  const config = await loadConfig(flags.config);
  const usage = `connections of what? Name a file or folder, or a cluster with --context: ${command} connections deploy/`;
  const { manifests, isLive } = namedSources(paths, flags, config, { command, usage });
  const library = await loadLibrary([...(config.policies ?? []), ...flags.policies]);
  const selection = selectPolicies(library.policies, profileFor(library, flags.profile, config), [], config.severities ?? {});
  const selects = flags.selector === undefined ? undefined : parseSelector(flags.selector);
  const namespaces = flags.allNamespaces === true ? [] : flags.namespace;
  const interruption = new Interruption();
  const report = await listConnections({
    manifests,
    ...(isLive ? { live: liveRequest(flags, interruption) } : {}),
    policies: selection.policies,
    compilerFor: (version) => compilerFor(selection.policies, library, version),
    unchecked: library.own,
    ...(config.kubeVersion === undefined ? {} : { kubeVersion: parseKubeVersion(config.kubeVersion) }),
    defaultNamespace: namespaces.length === 1 ? (namespaces[0] ?? '') : '',
    isWanted: (subject, { namespace }) => (namespaces.length === 0 || namespaces.includes(namespace)) && (selects === undefined || selects(subject.labels)),
    toolVersion: toolVersion(),
  });
  const columns = process.stdout.columns ?? 80;
  const color = decideColor(flags.color, process.env, process.stdout.isTTY === true);
  writeOut(flags.output === 'json' ? connectionsJson(report) : connectionsText(report, { columns, color }));
  process.exitCode = interruption.hasHappened ? EXIT_INTERRUPTED : report.complete ? 0 : EXIT_INCOMPLETE;
  // As after a scan: what still waits for a cluster cannot be told to stop.
  if (isLive) process.exit();
}
