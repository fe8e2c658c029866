import type { JsonObject } from '../model/json.ts';
import type { NeededResource } from '../model/vocabulary.ts';
import { renderRights } from '../report/rights.ts';
import { type Installation, installationObjects, NAME, roleName } from './cronjob.ts';
import { writeYaml } from './yaml.ts';

/** The manifests by the file that a kustomization has them in, in the order in which they are applied. */
export function installationManifests(installation: Installation, needs: readonly NeededResource[]): ReadonlyMap<string, string> {
  const { namespace, namespaces } = installation;
  const objects = Map.groupBy(installationObjects(installation), ({ kind }) => FILES[String(kind)] ?? 'rbac.yaml');
  const rights = [...renderRights(needs, { name: roleName(installation), namespaces, account: { namespace, name: NAME } })].join('');
  const publishing = objects.get('rbac.yaml') ?? [];
  return new Map([
    ['namespace.yaml', documents(objects.get('namespace.yaml') ?? [])],
    ['rbac.yaml', rights + publishing.map((object) => `---\n${writeYaml(object)}`).join('')],
    ['network-policy.yaml', documents(objects.get('network-policy.yaml') ?? [])],
    ['cronjob.yaml', documents(objects.get('cronjob.yaml') ?? [])],
  ]);
}

const FILES: Readonly<Record<string, string>> = {
  Namespace: 'namespace.yaml',
  ResourceQuota: 'namespace.yaml',
  LimitRange: 'namespace.yaml',
  ServiceAccount: 'namespace.yaml',
  NetworkPolicy: 'network-policy.yaml',
  CronJob: 'cronjob.yaml',
};

function documents(objects: readonly JsonObject[]): string {
  return objects.map(writeYaml).join('---\n');
}
