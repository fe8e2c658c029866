import { type Command, InvalidArgumentError } from 'commander';
import { needsOf } from '../facts/needs.ts';
import { LATEST_KUBERNETES } from '../policy/kube-version.ts';
import { selectPolicies } from '../policy/select.ts';
import { type RightsOptions, renderRights } from '../report/rights.ts';
import { compilerFor } from './compiler.ts';
import { loadConfig } from './config.ts';
import { loadLibrary, profileFor } from './library.ts';
import { collect, collectList, collectNames, LABEL, nameOf } from './option-values.ts';
import { writeOut } from './output.ts';

interface RbacFlags {
  readonly namespace: readonly string[];
  readonly only: readonly string[];
  readonly profile?: string;
  readonly policies: readonly string[];
  readonly config?: string;
  readonly readSecrets?: boolean;
  readonly name: string;
  readonly account?: NonNullable<RightsOptions['account']>;
}

export function addRbacCommand(program: Command): void {
  program
    .command('rbac')
    .description('print the least rights that a scan of a cluster needs, as a ClusterRole, or as Roles for namespaces')
    .option('-n, --namespace <ns>', 'the namespaces that will be scanned, instead of all; repeatable', collectNames, [])
    .option('--only <policies>', 'only these policies, checks or themes', collectList, [])
    .option('--profile <name>', 'a named selection of policies (default: default)')
    .option('--policies <dir>', 'a folder with policies of your own; repeatable', collect, [])
    .option('--config <file>', 'settings of the project (default: seaworthy.yaml, where there is one)')
    .option('--read-secrets', 'for scans with --read-secrets: the right to read Secrets, too')
    // Not the name of what install prints: applied after it, these would take its rights away.
    .option('--name <name>', 'name of the roles', nameOf, 'seaworthy-scan')
    .option('--account <namespace/name>', 'bind the roles to this service account, too', accountOf)
    .action(async (flags: RbacFlags) => {
      const config = await loadConfig(flags.config);
      const library = await loadLibrary([...(config.policies ?? []), ...flags.policies]);
      const profile = profileFor(library, flags.profile, config);
      const { policies } = selectPolicies(
        library.policies,
        profile,
        flags.only.length > 0 ? flags.only : (config.only ?? []),
        {},
        flags.only.length > 0 ? '--only' : `${config.file}: only`,
      );
      const compiler = await compilerFor(policies, library, LATEST_KUBERNETES);
      const compiled = policies.map((policy) => compiler.compile(policy, { check: library.own.has(policy.id) }));
      const { name, account, namespace: namespaces } = flags;
      const needs = needsOf(compiled, { readSecrets: flags.readSecrets === true });
      writeOut(renderRights(needs, { name, namespaces, ...(account === undefined ? {} : { account }) }));
    });
}

function accountOf(value: string): RbacFlags['account'] {
  const [namespace = '', name = '', ...rest] = value.split('/');
  if (!LABEL.test(namespace) || !LABEL.test(name) || rest.length > 0) throw new InvalidArgumentError('It is written NAMESPACE/NAME.');
  return { namespace, name };
}
