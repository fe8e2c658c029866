import type { KubeClient } from '../collect/cluster/client.ts';
import { KubeError } from '../collect/cluster/kube-error.ts';
import type { Report } from '../model/report.ts';
import { MANAGED_BY, type PolicyReport, type PolicyReportApi, PUBLISHER, policyReports } from '../report/policy-reports.ts';
import { attempt, type Existing, existingOf, PublishError, put } from './kube-objects.ts';
import type { PolicyReportTarget } from './targets.ts';

const RESOURCES = {
  'openreports.io/v1alpha1': { namespaced: 'reports', cluster: 'clusterreports' },
  'wgpolicyk8s.io/v1alpha2': { namespaced: 'policyreports', cluster: 'clusterpolicyreports' },
} as const;

/** Name of every report of ours: one for each namespace. */
const NAME = 'seaworthy';
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const PAGE = 500;

export interface PolicyReportPublication {
  /** The namespaces that the scan was asked for; none for all of them. */
  readonly namespaces: readonly string[];
  /** Whether the scan judged this namespace; the empty one is what belongs to none. The reports of others are left alone. */
  readonly covers: (namespace: string) => boolean;
}

/** Writes a report for each namespace, in the place of the one before, and removes those of namespaces that have nothing left to report. */
export async function publishPolicyReports(client: KubeClient, report: Report, target: PolicyReportTarget, { namespaces, covers }: PolicyReportPublication): Promise<void> {
  const api = await servedApi(client, target);
  const known = new Map<string, Existing>();
  for (const collection of collectionsOf(api, namespaces)) for (const each of await listOurs(client, collection)) known.set(each.namespace, each);

  const problems: string[] = [];
  const wanted = policyReports(report, { api, name: NAME, show: [] }).filter(({ metadata }) => covers(metadata.namespace ?? ''));
  for (const each of wanted) await collecting(problems, () => write(client, each, known));

  // An incomplete scan cannot tell a namespace that is in order from one that it did not see.
  const written = new Set(wanted.map(({ metadata }) => metadata.namespace ?? ''));
  const stale = report.scan.complete ? [...known.values()].filter(({ namespace }) => !written.has(namespace) && covers(namespace)) : [];
  for (const each of stale) await collecting(problems, () => remove(client, api, each));
  if (problems.length > 0) throw new PublishError(describe(problems));
}

async function collecting(problems: string[], act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    problems.push(error.message);
  }
}

const MOST_PROBLEMS = 3;

function describe(problems: readonly string[]): string {
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
  return [...problems.slice(0, MOST_PROBLEMS), ...more].join('; ');
}

async function write(client: KubeClient, report: PolicyReport, known: ReadonlyMap<string, Existing>): Promise<void> {
  const { namespace } = report.metadata;
  try {
    await put(
      client,
      collectionOf(report.apiVersion, namespace ?? ''),
      report,
      known.get(namespace ?? ''),
      `${report.kind} ${namespace === undefined ? '' : `${namespace}/`}${NAME}`,
    );
  } catch (error) {
    // A namespace that was deleted since it was read, or is just being deleted, has no use for a report.
    if (namespace !== undefined && (isMissing(error) || (isForbidden(error) && (await isEnding(client, namespace))))) return;
    throw error;
  }
}

async function remove(client: KubeClient, api: PolicyReportApi, { name, namespace }: Existing): Promise<void> {
  const path = `${collectionOf(api, namespace)}/${encodeURIComponent(name)}`;
  try {
    await attempt(`delete ${path}`, () => client.request('DELETE', path));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof PublishError && error.cause instanceof KubeError && error.cause.fault === 'missing';
}

function isForbidden(error: unknown): boolean {
  return error instanceof PublishError && error.cause instanceof KubeError && error.cause.fault === 'forbidden';
}

/** In a namespace that is being deleted nothing can be made, whoever asks. A list of one takes no right that a scan does not have. */
async function isEnding(client: KubeClient, namespace: string): Promise<boolean> {
  try {
    const { items } = await client.get('/api/v1/namespaces', { fieldSelector: `metadata.name=${namespace}` });
    return Array.isArray(items) && items.every((item) => existingOf(item).isEnding);
  } catch (error) {
    if (error instanceof KubeError) return false;
    throw error;
  }
}

function collectionOf(api: PolicyReportApi, namespace: string): string {
  const { namespaced, cluster } = RESOURCES[api];
  return namespace === '' ? `/apis/${api}/${cluster}` : `/apis/${api}/namespaces/${encodeURIComponent(namespace)}/${namespaced}`;
}

/** Where reports of ours can be: asked for all at once, or by namespace, which needs no right to those of others. */
function collectionsOf(api: PolicyReportApi, namespaces: readonly string[]): string[] {
  if (namespaces.length > 0) return namespaces.map((namespace) => collectionOf(api, namespace));
  return [`/apis/${api}/${RESOURCES[api].namespaced}`, collectionOf(api, '')];
}

async function listOurs(client: KubeClient, collection: string): Promise<Existing[]> {
  const ours: Existing[] = [];
  const query = { labelSelector: `${MANAGED_BY}=seaworthy,${PUBLISHER}=${NAME}` };
  await attempt(`list ${collection}`, async () => {
    for await (const page of client.pages(collection, query, PAGE, METADATA_ONLY)) {
      ours.push(...[...page.items].map(existingOf).filter(({ name }) => name === NAME));
    }
  });
  return ours;
}

/** Asks the cluster which interface it serves. */
async function servedApi(client: KubeClient, { api }: PolicyReportTarget): Promise<PolicyReportApi> {
  const candidates = api === undefined ? (Object.keys(RESOURCES) as PolicyReportApi[]) : [api];
  for (const candidate of candidates) if (await isServed(client, candidate)) return candidate;
  throw new PublishError(`the cluster serves no ${candidates.join(' and no ')}: install the CRDs of ${candidates.length > 1 ? 'one of them' : 'it'} first`);
}

async function isServed(client: KubeClient, api: PolicyReportApi): Promise<boolean> {
  try {
    const { resources } = await client.get(`/apis/${api}`);
    const names = Array.isArray(resources) ? resources.map((resource) => (typeof resource === 'object' && resource !== null && 'name' in resource ? resource.name : '')) : [];
    return Object.values(RESOURCES[api]).every((name) => names.includes(name));
  } catch (error) {
    if (error instanceof KubeError && error.fault === 'missing') return false;
    if (error instanceof KubeError) throw new PublishError(`ask for ${api}: ${error.message} (${error.hint})`);
    throw error;
  }
}
