import type { JsonObject } from '../../model/json.ts';
import type { NeededResource } from '../../model/vocabulary.ts';
import type { KubeClient } from './client.ts';
import { isEntry, textAt } from './kubeconfig.ts';

/** A resource that the API server serves, in the version that it prefers. */
export interface ServedResource extends NeededResource {
  readonly apiVersion: string;
  readonly kind: string;
  /** Where its lists are, without a namespace. */
  readonly path: string;
}

/** `group/resource`; the core group is left out. */
export function nameOfResource({ group, resource }: Pick<NeededResource, 'group' | 'resource'>): string {
  return group === '' ? resource : `${group}/${resource}`;
}

/** Everything about all groups in one answer, since Kubernetes 1.26; older servers answer with the names of the groups. */
const ALL_GROUPS = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/** Which of the wanted resources the API server has. What it does not serve does not exist there. */
export async function discover(client: KubeClient, wanted: readonly NeededResource[]): Promise<ServedResource[]> {
  const core = wanted.flatMap((each) => (each.group === '' ? servedByCore(each) : []));
  const inGroups = wanted.filter(({ group }) => group !== '');
  if (inGroups.length === 0) return core;
  const answer = await client.get('/apis', {}, ALL_GROUPS);
  const groups = answer['kind'] === 'APIGroupDiscoveryList' ? groupsOf(answer) : await askGroupByGroup(client, answer, new Set(inGroups.map(({ group }) => group)));
  return [...core, ...inGroups.flatMap((each) => served(each, groups))];
}

/** Versions of each group, the preferred one first, with the kinds of their resources. */
type Groups = ReadonlyMap<string, readonly { readonly version: string; readonly kinds: ReadonlyMap<string, string> }[]>;

function served(wanted: NeededResource, groups: Groups): ServedResource[] {
  const { group, resource } = wanted;
  for (const { version, kinds } of groups.get(group) ?? []) {
    const kind = kinds.get(resource);
    if (kind !== undefined) return [{ ...wanted, kind, apiVersion: `${group}/${version}`, path: `/apis/${group}/${version}/${resource}` }];
  }
  return [];
}

function groupsOf(answer: JsonObject): Groups {
  return new Map(
    entriesAt(answer, 'items').map((group) => [
      textAt(isEntry(group['metadata']) ? group['metadata'] : {}, 'name'),
      entriesAt(group, 'versions').map((version) => ({
        version: textAt(version, 'version'),
        kinds: new Map(
          entriesAt(version, 'resources').map((resource) => [textAt(resource, 'resource'), textAt(isEntry(resource['responseKind']) ? resource['responseKind'] : {}, 'kind')]),
        ),
      })),
    ]),
  );
}

async function askGroupByGroup(client: KubeClient, answer: JsonObject, wanted: ReadonlySet<string>): Promise<Groups> {
  const groups = new Map<string, { version: string; kinds: ReadonlyMap<string, string> }[]>();
  for (const group of entriesAt(answer, 'groups')) {
    const name = textAt(group, 'name');
    if (!wanted.has(name)) continue;
    const preferred = textAt(isEntry(group['preferredVersion']) ? group['preferredVersion'] : {}, 'version');
    const versions = [preferred, ...entriesAt(group, 'versions').map((version) => textAt(version, 'version'))];
    const known: { version: string; kinds: ReadonlyMap<string, string> }[] = [];
    for (const version of new Set(versions)) {
      const list = await client.get(`/apis/${name}/${version}`);
      known.push({ version, kinds: new Map(entriesAt(list, 'resources').map((resource) => [textAt(resource, 'name'), textAt(resource, 'kind')])) });
    }
    groups.set(name, known);
  }
  return groups;
}

/** Every API server has the core group in the same version: it need not be asked. */
function servedByCore(wanted: NeededResource): ServedResource[] {
  const kind = Object.hasOwn(CORE_KINDS, wanted.resource) ? CORE_KINDS[wanted.resource] : undefined;
  return kind === undefined ? [] : [{ ...wanted, kind, apiVersion: 'v1', path: `/api/v1/${wanted.resource}` }];
}

const CORE_KINDS: Readonly<Record<string, string>> = {
  configmaps: 'ConfigMap',
  endpoints: 'Endpoints',
  limitranges: 'LimitRange',
  namespaces: 'Namespace',
  nodes: 'Node',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  persistentvolumes: 'PersistentVolume',
  pods: 'Pod',
  podtemplates: 'PodTemplate',
  replicationcontrollers: 'ReplicationController',
  resourcequotas: 'ResourceQuota',
  secrets: 'Secret',
  serviceaccounts: 'ServiceAccount',
  services: 'Service',
};

function entriesAt(value: Readonly<Record<string, unknown>>, key: string): readonly Readonly<Record<string, unknown>>[] {
  const list = value[key];
  return Array.isArray(list) ? list.filter(isEntry) : [];
}
