import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../errors.ts';
import type { Gap } from '../model/inventory.ts';
import { SEVERITIES, type Severity } from '../model/policy.ts';
import { OUTCOMES, type Outcome, type Report } from '../model/report.ts';
import { parseKubeVersion } from '../policy/kube-version.ts';
import { selectPolicies } from '../policy/select.ts';
import { type FormatName, formats, isFormat } from '../report/formats.ts';
import type { TextOptions } from '../report/page.ts';
import { fold } from '../report/printable.ts';
import { decideColor } from '../report/terminal.ts';
import { type ScanRequest, scan } from '../scan.ts';
import { compilerFor } from './compiler.ts';
import { type Config, loadConfig } from './config.ts';
import { exitCodeOf, type FailOn } from './exit-code.ts';
import { findProfile, loadLibrary } from './library.ts';
import { writeError, writeFile, writeOut } from './output.ts';
import { type LabelSelector, parseSelector } from './selector.ts';
import { toolVersion } from './version.ts';

interface ScanFlags {
  readonly filename: readonly string[];
  readonly kustomize: readonly string[];
  readonly chart: readonly string[];
  readonly values: readonly string[];
  readonly namespace: readonly string[];
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
  readonly env?: boolean;
  readonly allowEmpty?: boolean;
  readonly allowIncomplete?: boolean;
  readonly color: 'auto' | 'always' | 'never';
  readonly verbose?: boolean;
}

interface OutputTarget {
  readonly format: FormatName;
  readonly file: string | undefined;
}

export function addScanCommand(program: Command, command: string): void {
  program
    .command('scan')
    .description('read manifests, compose files and Dockerfiles, judge them, and report with evidence')
    .argument('[path...]', 'files, folders (with what is below them), globs, or - for standard input')
    .option('-f, --filename <path>', 'the same as a path; repeatable', collect, [])
    .option('-R, --recursive', 'accepted for kubectl’s sake: folders are always read with what is below them')
    .option('-k, --kustomize <dir>', 'a kustomization, rendered by kustomize or kubectl; repeatable', collect, [])
    .option('--chart <dir>', 'a Helm chart, rendered by helm; repeatable', collect, [])
    .option('--values <file>', 'values for --chart; repeatable', collect, [])
    .option('-n, --namespace <ns>', 'only findings in this namespace, which manifests without one are taken to be in; repeatable', collectList, [])
    .option('-l, --selector <labels>', 'only findings on objects with these labels')
    .option('-o, --output <format[=file]>', `${Object.keys(formats).join(', ')}; repeatable`, collectOutput, [])
    .addOption(new Option('--fail-on <severity>', 'exit 1 from this severity on (default: high)').choices([...SEVERITIES, 'never']))
    .option('--fail-on-unknown', 'exit 1 for what could not be decided, too')
    .addOption(new Option('--min-severity <severity>', 'show findings from this severity on').choices(SEVERITIES))
    .option('--show <outcomes>', 'also list findings with these outcomes: pass, unknown, waived', collectOutcomes, [])
    .option('--only <policies>', 'only these policies, checks or themes', collectList, [])
    .option('--profile <name>', 'a named selection of policies (default: default)')
    .option('--policies <dir>', 'a folder with policies of your own; repeatable', collect, [])
    .option('--kube-version <1.NN>', 'the Kubernetes version that rules are read for (default: the latest known)')
    .option('--config <file>', 'settings of the project (default: seaworthy.yaml, where there is one)')
    .option('--env', 'let compose files take variables from this environment, too')
    .option('--allow-empty', 'exit 0 although nothing was found to judge')
    .option('--allow-incomplete', 'exit 0 although something could not be read')
    .addOption(new Option('--color <when>', 'colours in the terminal').choices(['auto', 'always', 'never']).default('auto'))
    .option('-v, --verbose', 'say more')
    .addHelpText('after', `\n${examples(command)}\nExit codes: 0 fine, 1 violations, 2 wrong use, 3 something could not be read or nothing was judged.`)
    .action(async (paths: string[], flags: ScanFlags) => runScan(paths, flags, command));
}

async function runScan(paths: readonly string[], flags: ScanFlags, command: string): Promise<void> {
  const config = await loadConfig(flags.config);
  const sources = namedSources(paths, flags, config, command);
  const targets = outputTargets(flags.output);
  const library = await loadLibrary([...(config.policies ?? []), ...flags.policies]);
  const profile = findProfile(library, flags.profile ?? config.profile ?? 'default');
  const only = flags.only.length > 0 ? flags.only : (config.only ?? []);
  const selection = selectPolicies(library.policies, profile, only, config.severities ?? {});
  const selects = flags.selector === undefined ? undefined : parseSelector(flags.selector);
  const kubeVersion = parseKubeVersion(flags.kubeVersion ?? config.kubeVersion);
  const isWholeProfile = only.length === 0 && config.severities === undefined;
  const report = scan({
    manifests: {
      paths: sources,
      kustomizations: flags.kustomize,
      charts: flags.chart,
      chartValues: flags.values,
      environment: flags.env === true ? process.env : {},
      allowEmpty: flags.allowEmpty === true,
    },
    policies: selection.policies,
    compiler: await compilerFor(selection.policies, library, kubeVersion),
    policiesDigest: isWholeProfile ? library.digests?.[profile.name] : undefined,
    unchecked: library.own,
    severityReasons: selection.severityReasons,
    profile: profile.name,
    kubeVersion,
    defaultNamespace: flags.namespace.length === 1 ? (flags.namespace[0] ?? '') : '',
    ...(flags.namespace.length === 0 && selects === undefined ? {} : { isWanted: filterOf(flags.namespace, selects) }),
    keepPasses: flags.show.includes('pass'),
    toolVersion: toolVersion(),
  });
  const failOn = flags.failOn ?? config.failOn ?? 'high';
  const exitCode = exitCodeOf(report, failOn, flags);
  write(report, targets, { exitCode, failOn, ...displayOf(flags, config, command) });
  process.exitCode = exitCode;
}

/** A namespace's own findings count as in it. */
function filterOf(namespaces: readonly string[], selects: LabelSelector | undefined): NonNullable<ScanRequest['isWanted']> {
  return (subject, { kind, name, namespace }) =>
    (namespaces.length === 0 || namespaces.includes(kind === 'Namespace' ? name : namespace)) && (selects === undefined || selects(subject.labels));
}

/** Files first: whether they can be written is not known before, and what is on the screen should be the end of it. */
function write(report: Report, targets: readonly OutputTarget[], options: TextOptions): void {
  for (const { format, file } of targets) if (file !== undefined) writeFile(file, formats[format](report, { ...options, color: false, columns: 80 }));
  for (const { format, file } of targets) if (file === undefined) writeOut(formats[format](report, options));
  // The other formats leave out, or bury, what a person at the terminal has to know.
  if (!targets.some(({ format, file }) => format === 'text' && file === undefined)) warnOfGaps(report.scan.gaps);
}

const MOST_WARNINGS = 10;

function warnOfGaps(gaps: readonly Gap[]): void {
  for (const { about, because, hint, location } of gaps.slice(0, MOST_WARNINGS)) {
    const place = location !== undefined && 'file' in location && location.file === about ? `${about}:${location.line}:${location.column}` : about;
    writeError(`warning: not read: ${fold(`${place}: ${because} (${hint})`)}\n`);
  }
  if (gaps.length > MOST_WARNINGS) writeError(`warning: not read: ${gaps.length - MOST_WARNINGS} more, which the text and JSON formats list\n`);
}

function displayOf(flags: ScanFlags, config: Config, command: string): Omit<TextOptions, 'exitCode' | 'failOn'> {
  const minSeverity = flags.minSeverity ?? config.minSeverity;
  return {
    columns: process.stdout.columns ?? 80,
    color: decideColor(flags.color, process.env, process.stdout.isTTY === true),
    show: flags.show,
    minSeverity: minSeverity ?? 'low',
    verbose: flags.verbose === true,
    command,
  };
}

function namedSources(paths: readonly string[], flags: ScanFlags, config: Config, command: string): readonly string[] {
  const named = [...paths, ...flags.filename];
  if (named.length > 0 || flags.kustomize.length > 0 || flags.chart.length > 0) return named;
  if (config.paths !== undefined) return config.paths;
  throw new InputError(`scan what? Name a file or folder.\n\n${examples(command)}`);
}

function examples(command: string): string {
  return [
    'Examples:',
    `  ${command} scan deploy/                            manifests, compose files and Dockerfiles below a folder`,
    `  helm template web charts/web | ${command} scan -   what a chart renders to`,
    `  ${command} scan deploy/ --profile pss-restricted -o json=report.json -o text`,
    '',
  ].join('\n');
}

function outputTargets(named: readonly OutputTarget[]): readonly OutputTarget[] {
  const targets = named.length > 0 ? named : [{ format: 'text' as const, file: undefined }];
  if (targets.filter(({ file }) => file === undefined).length > 1) {
    throw new InputError('-o: only one format can go to standard output; give the others a file, as in -o json=report.json');
  }
  const files = targets.flatMap(({ file }) => (file === undefined ? [] : [resolve(file)]));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw new InputError(`-o: two formats would be written to ${twice}`);
  return targets;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function collectList(value: string, before: readonly string[]): readonly string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ];
}

function collectOutcomes(value: string, before: readonly Outcome[]): readonly Outcome[] {
  const outcomes = collectList(value, []);
  const wrong = outcomes.find((outcome) => !OUTCOMES.includes(outcome as Outcome));
  if (wrong !== undefined) throw new InvalidArgumentError(`There is no outcome "${wrong}"; there are ${OUTCOMES.join(', ')}.`);
  return [...before, ...(outcomes as Outcome[])];
}

function collectOutput(value: string, before: readonly OutputTarget[]): readonly OutputTarget[] {
  const equals = value.indexOf('=');
  const format = equals === -1 ? value : value.slice(0, equals);
  const file = equals === -1 ? undefined : value.slice(equals + 1);
  if (!isFormat(format)) throw new InvalidArgumentError(`There is no format "${format}"; there are ${Object.keys(formats).join(', ')}.`);
  if (file === '') throw new InvalidArgumentError(`A file name is missing after "${format}=".`);
  return [...before, { format, file: file === '-' ? undefined : file }];
}
