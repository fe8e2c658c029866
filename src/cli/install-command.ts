import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../errors.ts';
import { needsOf } from '../facts/needs.ts';
import { defaultInstallation, type Installation, type Publications } from '../install/cronjob.ts';
import { installationManifests } from '../install/manifests.ts';
import { LATEST_KUBERNETES } from '../policy/kube-version.ts';
import { selectPolicies } from '../policy/select.ts';
import { parsePublishTarget } from '../publish/targets.ts';
import { type FormatName, formats } from '../report/formats.ts';
import { compilerFor } from './compiler.ts';
import { findProfile, loadLibrary } from './library.ts';
import { collectList, collectNames, countOf, nameOf } from './option-values.ts';
import { writeOut } from './output.ts';
import { toolVersion } from './version.ts';

interface InstallFlags {
  readonly into: string;
  readonly image: string;
  readonly schedule: string;
  readonly namespace: readonly string[];
  readonly shards: number;
  readonly profile: string;
  readonly only: readonly string[];
  readonly readSecrets?: boolean;
  readonly output: FormatName;
  readonly publish: Publications;
  readonly volumeClaim?: string;
  readonly apiServer: Installation['apiServer'];
}

export function addInstallCommand(program: Command): void {
  const { namespace, image, schedule, shards, profile, output, apiServer } = defaultInstallation(toolVersion());
  program
    .command('install')
    .description('print manifests that run scans inside a cluster, with the least rights; nothing is applied')
    .addOption(new Option('--print <what>', 'what to print').choices(['cronjob']).makeOptionMandatory())
    .option('--into <ns>', 'the namespace that it gets for itself', nameOf, namespace)
    .option('--image <reference>', 'the image, best with its digest', imageOf, image)
    .option('--schedule <cron>', 'when to scan, as cron writes it, in UTC', scheduleOf, schedule)
    .option('-n, --namespace <ns>', 'the namespaces that are scanned, instead of all; repeatable', collectNames, [])
    .option('--shards <n>', 'split the scan into as many Pods', countOf, shards)
    .option('--profile <name>', 'a named selection of policies', profile)
    .option('--only <policies>', 'only these policies, checks or themes', collectList, [])
    .option('--read-secrets', 'read Secrets, too; no value is ever shown')
    .addOption(new Option('-o, --output <format>', 'what goes to the log').choices(Object.keys(formats)).default(output))
    .option('--publish <target>', 'also publish the report: configmap=NAME, policyreports or pushgateway=URL; repeatable', collectPublication, {})
    .option('--volume-claim <name>', 'a claim in its namespace that takes the JSON report', nameOf)
    .addOption(
      new Option('--api-server <cidr[,port]>', 'the network that the API server is in, for the NetworkPolicy')
        .argParser(networkOf)
        .default(apiServer, `${apiServer.cidr}, ports ${apiServer.ports.join(' and ')}`),
    )
    .action(printCronJob);
}

async function printCronJob(flags: InstallFlags): Promise<void> {
  const library = await loadLibrary([]);
  const { policies } = selectPolicies(library.policies, findProfile(library, flags.profile), flags.only, {});
  const compiler = await compilerFor(policies, library, LATEST_KUBERNETES);
  const compiled = policies.map((policy) => compiler.compile(policy, { check: false }));
  const { into, namespace: namespaces, volumeClaim, readSecrets, ...rest } = flags;
  const installation: Installation = {
    ...rest,
    namespace: into,
    namespaces,
    readSecrets: readSecrets === true,
    publish: { ...flags.publish, ...(volumeClaim === undefined ? {} : { volumeClaim }) },
  };
  writeOut([[...installationManifests(installation, needsOf(compiled, { readSecrets: installation.readSecrets })).values()].join('---\n')]);
}

function imageOf(value: string): string {
  if (!/^[\w.:@/-]{1,500}$/.test(value)) throw new InvalidArgumentError('It is no reference of an image.');
  return value;
}

function scheduleOf(value: string): string {
  if (!/^(?:@[a-z]+|(?:[\w*/,?-]+ ){4}[\w*/,?-]+)$/.test(value)) throw new InvalidArgumentError('It has five fields, as in "17 3 * * *".');
  return value;
}

function networkOf(value: string): Installation['apiServer'] {
  const [, cidr = '', port = ''] = /^(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|[\da-fA-F:]+\/\d{1,3})(?:,(\d{1,5}))?$/.exec(value) ?? [];
  if (cidr === '') throw new InvalidArgumentError('It is a network and perhaps a port: 10.0.0.1/32 or 10.0.0.1/32,6443.');
  return { cidr, ports: port === '' ? defaultInstallation('').apiServer.ports : [Number(port)] };
}

/** The ConfigMap is one of the namespace of its own: scans get no right to write into another. */
function collectPublication(value: string, before: Publications): Publications {
  const ownConfigMap = /^configmap=([^/]*)$/.exec(value)?.[1];
  if (ownConfigMap !== undefined) return { ...before, configMap: nameOf(ownConfigMap) };
  const target = parsePublishTarget(value, {});
  if (target.kind === 'configmap') throw new InputError('--publish configmap: the ConfigMap is in the namespace of the installation; name it without one, as in configmap=report');
  if (target.kind === 'policyreports')
    return { ...before, policyReports: target.api === undefined ? 'any' : target.api === 'openreports.io/v1alpha1' ? 'openreports.io' : 'wgpolicyk8s.io' };
  if (target.url.password !== '' || target.url.username !== '') throw new InputError('--publish pushgateway: a password has no place in a manifest; leave it out');
  return { ...before, pushgateway: target.url.href };
}
