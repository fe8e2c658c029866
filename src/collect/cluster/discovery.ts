import type { JsonObject } from '../../model/json.ts';
import type { NeededResource } from '../../model/vocabulary.ts';
import type { KubeClient } from './client.ts';
import { KubeError } from './kube-error.ts';
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

/** What of the wanted resources there is to list. What is in neither list does not exist there. */
export interface Discovered {
  readonly served: readonly ServedResource[];
  /** Of groups that another server answers for, and it does not: what there is of them is not known. */
  readonly unanswered: readonly NeededResource[];
}

/** Which of the wanted resources the API server has. */
export async function discover(client: KubeClient, wanted: readonly NeededResource[]): Promise<Discovered> {
  const core = wanted.flatMap((each) => (each.group === '' ? servedByCore(each) : []));
  const inGroups = wanted.filter(({ group }) => group !== '');
  if (inGroups.length === 0) return { served: core, unanswered: [] };
  const answer = await client.get('/apis', {}, ALL_GROUPS);
  const groups = answer['kind'] === 'APIGroupDiscoveryList' ? groupsOf(answer) : await askGroupByGroup(client, answer, new Set(inGroups.map(({ group }) => group)));
  const found = inGroups.map((each) => ({ each, resources: served(each, groups) }));
  return {
    served: [...core, ...found.flatMap(({ resources }) => resources)],
    unanswered: found.flatMap(({ each, resources }) => (resources.length === 0 && groups.get(each.group)?.some(({ isStale }) => isStale) === true ? each : [])),
  };
}

interface GroupVersion {
  readonly version: string;
  readonly kinds: ReadonlyMap<string, string>;
  /** Its server did not answer when it was last asked what it has. */
  readonly isStale: boolean;
}

/** Versions of each group, the preferred one first, with the kinds of their resources. */
type Groups = ReadonlyMap<string, readonly GroupVersion[]>;

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
        isStale: textAt(version, 'freshness') === 'Stale',
        kinds: new Map(
          entriesAt(version, 'resources').map((resource) => [textAt(resource, 'resource'), textAt(isEntry(resource['responseKind']) ? resource['responseKind'] : {}, 'kind')]),
        ),
      })),
    ]),
  );
}

async function askGroupByGroup(client: KubeClient, answer: JsonObject, wanted: ReadonlySet<string>): Promise<Groups> {
  const groups = new Map<string, GroupVersion[]>();
  for (const group of entriesAt(answer, 'groups')) {
    const name = textAt(group, 'name');
    if (!wanted.has(name)) continue;
    const preferred = textAt(isEntry(group['preferredVersion']) ? group['preferredVersion'] : {}, 'version');
    const versions = [preferred, ...entriesAt(group, 'versions').map((version) => textAt(version, 'version'))];
    const known: GroupVersion[] = [];
    for (const version of new Set(versions)) known.push({ version, ...(await askVersion(client, `/apis/${name}/${version}`)) });
    groups.set(name, known);
  }
  return groups;
}

/** Only the group is missed where its own server is not there. */
async function askVersion(client: KubeClient, path: string): Promise<Pick<GroupVersion, 'kinds' | 'isStale'>> {
  try {
    const list = await client.get(path);
    return { kinds: new Map(entriesAt(list, 'resources').map((resource) => [textAt(resource, 'name'), textAt(resource, 'kind')])), isStale: false };
  } catch (error) {
    if (error instanceof KubeError && error.fault === 'broken') return { kinds: new Map(), isStale: true };
    throw error;
  }
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
