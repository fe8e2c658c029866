import { type Command, Option } from 'commander';
import { SEVERITIES, type Severity } from '../model/policy.ts';
import type { Outcome, Shard } from '../model/report.ts';
import { parseKubeVersion } from '../policy/kube-version.ts';
import { selectPolicies } from '../policy/select.ts';
import { isOfCluster, PUBLISH_HELP, type PublishTarget } from '../publish/targets.ts';
import { type ScanRequest, scan } from '../scan.ts';
import { addClusterOptions, Interruption, liveRequest } from './cluster-options.ts';
import { compilerFor } from './compiler.ts';
import { type Config, loadConfig } from './config.ts';
import { exitCodeOf, type FailOn } from './exit-code.ts';
import { loadLibrary, profileFor } from './library.ts';
import { collect, collectList } from './option-values.ts';
import { checkPublishTargets, collectPublishTarget, publishReport } from './publish-report.ts';
import { collectOutcomes, collectOutput, OUTPUT_HELP, type OutputTarget, outputTargets, type ReportOptions, writeReport } from './report-output.ts';
import { type LabelSelector, parseSelector } from './selector.ts';
import { isInShard, parseShard } from './shard.ts';
import { addSourceOptions, namedSources, type SourceFlags } from './sources.ts';
import { toolVersion } from './version.ts';

interface ScanFlags extends SourceFlags {
  readonly selector?: string;
  readonly output: readonly OutputTarget[];
  readonly failOn?: FailOn;
  readonly failOnUnknown?: boolean;
  readonly minSeverity?: Severity;
  readonly show: readonly Outcome[];
  readonly only: readonly string[];
  readonly profile?: string;
  readonly policies: readonly string[];
  readonly kubeVersion?: string;
  readonly config?: string;
  readonly allowIncomplete?: boolean;
  readonly color: 'auto' | 'always' | 'never';
  readonly shard?: Shard;
  readonly publish: readonly PublishTarget[];
  readonly verbose?: boolean;
}

export function addScanCommand(program: Command, command: string): void {
  const scanning = program.command('scan').description('read manifests, compose files, Dockerfiles and live clusters, judge them, and report with evidence');
  addSourceOptions(scanning)
    .option('-R, --recursive', 'accepted for kubectl’s sake: folders are always read with what is below them')
    .option('-n, --namespace <ns>', 'only findings in this namespace, which manifests without one are taken to be in; repeatable', collectList, [])
    .option('-l, --selector <labels>', 'only findings on objects with these labels')
    .option('-o, --output <format[=file]>', OUTPUT_HELP, collectOutput, [])
    .option('--publish <target>', `also write the report there: ${PUBLISH_HELP}; repeatable`, collectPublishTarget, [])
    .addOption(new Option('--fail-on <severity>', 'exit 1 from this severity on (default: high)').choices([...SEVERITIES, 'never']))
    .option('--fail-on-unknown', 'exit 1 for what could not be decided, too')
    .addOption(new Option('--min-severity <severity>', 'show findings from this severity on').choices(SEVERITIES))
    .option('--show <outcomes>', 'also list findings with these outcomes: pass, unknown', collectOutcomes, [])
    .option('--only <policies>', 'only these policies, checks or themes', collectList, [])
    .option('--profile <name>', 'a named selection of policies (default: default)')
    .option('--policies <dir>', 'a folder with policies of your own; repeatable', collect, [])
    .option('--kube-version <1.NN>', 'the Kubernetes version that rules are read for (default: that of the cluster, or the latest known)')
    .option('--shard <index/count>', 'judge one part of the namespaces; seaworthy report merges the parts', (value: string) => parseShard(value))
    .option('--config <file>', 'settings of the project (default: seaworthy.yaml, where there is one)')
    .option('--allow-empty', 'exit 0 although nothing was found to judge')
    .option('--allow-incomplete', 'exit 0 although something could not be read')
    .addOption(new Option('--color <when>', 'colours in the terminal').choices(['auto', 'always', 'never']).default('auto'))
    .option('-v, --verbose', 'say more')
    .addHelpText('after', `\n${examples(command)}\nExit codes: 0 fine, 1 violations, 2 wrong use, 3 something could not be read or nothing was judged, 130 interrupted.`)
    .action(async (paths: string[], flags: ScanFlags) => runScan(paths, flags, command));
  addClusterOptions(scanning);
}

/** As shells tell it of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

async function runScan(paths: readonly string[], flags: ScanFlags, command: string): Promise<void> {
  const config = await loadConfig(flags.config);
  const { manifests, isLive } = namedSources(paths, flags, config, {
    command,
    usage: `scan what? Name a file or folder, or a cluster with --cluster or --context.\n\n${examples(command)}`,
  });
  const targets = outputTargets(flags.output);
  const interruption = new Interruption();
  const live = isLive ? liveRequest(flags, interruption) : undefined;
  const cluster = live?.targets[0];
  const published = {
    namespaces: flags.allNamespaces === true ? [] : cluster === undefined || flags.namespace.length > 0 ? flags.namespace : [cluster.namespace],
    isSelective: flags.selector !== undefined,
    shard: flags.shard,
  };
  checkPublishTargets(flags.publish, Math.max(1, flags.context.length), published);
  const library = await loadLibrary([...(config.policies ?? []), ...flags.policies]);
  const profile = profileFor(library, flags.profile, config);
  const only = flags.only.length > 0 ? flags.only : (config.only ?? []);
  const selection = selectPolicies(library.policies, profile, only, config.severities ?? {}, flags.only.length > 0 ? '--only' : `${config.file}: only`);
  const kubeVersion = flags.kubeVersion ?? config.kubeVersion;
  const selects = flags.selector === undefined ? undefined : parseSelector(flags.selector);
  const namespaces = flags.allNamespaces === true ? [] : flags.namespace;
  const isWholeProfile = only.length === 0 && config.severities === undefined;
  const report = await scan({
    manifests,
    policies: selection.policies,
    compilerFor: (version) => compilerFor(selection.policies, library, version),
    policiesDigest: isWholeProfile ? library.digests?.[profile.name] : undefined,
    unchecked: library.own,
    severityReasons: selection.severityReasons,
    profile: profile.name,
    ...(live === undefined ? {} : { live }),
    ...(kubeVersion === undefined ? {} : { kubeVersion: parseKubeVersion(kubeVersion) }),
    defaultNamespace: namespaces.length === 1 ? (namespaces[0] ?? '') : '',
    ...(namespaces.length === 0 && selects === undefined && flags.shard === undefined ? {} : { isWanted: filterOf(namespaces, selects, flags.shard) }),
    ...(flags.shard === undefined ? {} : { shard: flags.shard }),
    keepPasses: flags.show.includes('pass'),
    toolVersion: toolVersion(),
  });
  const failOn = flags.failOn ?? config.failOn ?? 'high';
  const exitCode = interruption.hasHappened ? EXIT_INTERRUPTED : exitCodeOf(report, failOn, flags);
  writeReport(report, targets, { exitCode, failOn, isPublished: flags.publish.some(isOfCluster), ...displayOf(flags, config, command) });
  // What was interrupted has no place among reports that others take for whole.
  const isPublished = interruption.hasHappened || (await publishReport(report, flags.publish, published, cluster));
  process.exitCode = exitCode === 0 && !isPublished ? 3 : exitCode;
  // Everything is written. A name that is being looked up, and a proxy that does not answer, cannot be told to stop.
  if (isLive) process.exit();
}

/** A namespace's own findings count as in it. */
function filterOf(namespaces: readonly string[], selects: LabelSelector | undefined, shard: Shard | undefined): NonNullable<ScanRequest['isWanted']> {
  return (subject, identity) =>
    (namespaces.length === 0 || namespaces.includes(identity.kind === 'Namespace' ? identity.name : identity.namespace)) &&
    (selects === undefined || selects(subject.labels)) &&
    (shard === undefined || isInShard(shard, identity));
}

function displayOf(flags: ScanFlags, config: Config, command: string): Omit<ReportOptions, 'exitCode' | 'failOn'> {
  const minSeverity = flags.minSeverity ?? config.minSeverity;
  return {
    color: flags.color,
    show: flags.show,
    minSeverity: minSeverity ?? 'low',
    verbose: flags.verbose === true,
    command,
  };
}

function examples(command: string): string {
  return [
    'Examples:',
    `  ${command} scan deploy/                            manifests, compose files and Dockerfiles below a folder`,
    `  helm template web charts/web | ${command} scan -   what a chart renders to`,
    `  ${command} scan --context prod -n shop             a namespace of a live cluster`,
    `  ${command} scan deploy/ --context prod             what is in git, and what runs`,
    `  ${command} scan deploy/ --profile pss-restricted -o json=report.json -o text`,
    '',
  ].join('\n');
}
