import type { Command } from 'commander';
import type { ManifestRequest } from '../collect/manifests.ts';
import { InputError } from '../errors.ts';
import { type ClusterFlags, readsCluster } from './cluster-options.ts';
import type { Config } from './config.ts';
import { collect } from './option-values.ts';

/** The flags that say what is read. */
export interface SourceFlags extends ClusterFlags {
  readonly filename: readonly string[];
  readonly kustomize: readonly string[];
  readonly chart: readonly string[];
  readonly values: readonly string[];
  readonly env?: boolean;
  readonly allowEmpty?: boolean;
}

export function addSourceOptions(command: Command): Command {
  return command
    .argument('[path...]', 'files, folders (with what is below them), globs, or - for standard input')
    .option('-f, --filename <path>', 'the same as a path; repeatable', collect, [])
    .option('-k, --kustomize <dir>', 'a kustomization, rendered by kustomize or kubectl; repeatable', collect, [])
    .option('--chart <dir>', 'a Helm chart, rendered by helm; repeatable', collect, [])
    .option('--values <file>', 'values for --chart; repeatable', collect, [])
    .option('--env', 'let compose files take variables from this environment, too');
}

/** What would be silently without effect. */
const ONLY_OF_CLUSTERS: readonly (readonly [string, (flags: SourceFlags) => boolean])[] = [
  ['--as', ({ as }) => as !== undefined],
  ['--as-group', ({ asGroup }) => asGroup.length > 0],
  ['--as-uid', ({ asUid }) => asUid !== undefined],
  ['--read-secrets', ({ readSecrets }) => readSecrets === true],
];

/** What is to be read: what is named, else the live cluster where that goes without saying, else what the settings name. */
export function namedSources(
  paths: readonly string[],
  flags: SourceFlags,
  config: Config,
  { command, usage }: { command: string; usage: string },
): { manifests: ManifestRequest; isLive: boolean } {
  const named = [...paths, ...flags.filename];
  const hasFiles = named.length > 0 || flags.kustomize.length > 0 || flags.chart.length > 0;
  // The plugin is called for a cluster; whoever calls the program itself in a folder with settings means the folder.
  const isLive = readsCluster(flags, hasFiles || (config.paths !== undefined && !command.startsWith('kubectl')), command);
  if (!hasFiles && !isLive && config.paths === undefined) throw new InputError(usage);
  const idle = isLive ? undefined : ONLY_OF_CLUSTERS.find(([, isGiven]) => isGiven(flags))?.[0];
  if (idle !== undefined) throw new InputError(`${idle}: no cluster is read; add --cluster, or --context NAME`);
  return {
    manifests: {
      paths: hasFiles || isLive ? named : (config.paths ?? []),
      kustomizations: flags.kustomize,
      charts: flags.chart,
      chartValues: flags.values,
      environment: flags.env === true ? process.env : {},
      allowEmpty: flags.allowEmpty === true,
    },
    isLive,
  };
}
