import type { KubeClient } from '../collect/cluster/client.ts';
import { KubeError } from '../collect/cluster/kube-error.ts';
import type { JsonObject } from '../model/json.ts';
import { MANAGED_BY } from '../report/policy-reports.ts';

/** Something could not be published. `message` and `hint` never quote a server: what it says may hold anything. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
}

/** Runs one request; what goes wrong says which one it was. */
export async function attempt<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const { because, hint } = OF_WRITING[error.status ?? 0] ?? { because: error.message, hint: error.hint };
    throw new PublishError(`${what}: ${because} (${hint})`, { cause: error });
  }
}

/** What these answers mean to whoever writes; a reader never gets most of them. */
const OF_WRITING: Readonly<Record<number, { readonly because: string; readonly hint: string }>> = {
  403: { because: 'it is forbidden (403)', hint: 'grant the right; seaworthy install --print cronjob shows which' },
  404: { because: 'there is no such namespace (404)', hint: 'create it first, or name another' },
  409: { because: 'somebody else made or changed it meanwhile (409)', hint: 'look who writes objects of that name, or publish again' },
  413: { because: 'the API server takes nothing so large (413)', hint: 'publish elsewhere' },
  422: { because: 'the API server does not accept it (422)', hint: 'look whether its CRD is of the version that is written' },
};

export interface Existing {
  readonly name: string;
  readonly namespace: string;
  readonly resourceVersion: string;
  readonly isOurs: boolean;
  /** Whether it is being deleted. */
  readonly isEnding: boolean;
}

export function existingOf(object: unknown): Existing {
  const metadata = entry(entry(object)['metadata']);
  return {
    name: String(metadata['name'] ?? ''),
    namespace: String(metadata['namespace'] ?? ''),
    resourceVersion: String(metadata['resourceVersion'] ?? ''),
    isOurs: entry(metadata['labels'])[MANAGED_BY] === 'seaworthy',
    isEnding: metadata['deletionTimestamp'] !== undefined,
  };
}

/** The object as it is, or undefined where there is none. */
export async function find(client: KubeClient, path: string): Promise<Existing | undefined> {
  try {
    return existingOf(await client.get(path));
  } catch (error) {
    if (error instanceof KubeError && error.fault === 'missing') return undefined;
    throw error;
  }
}

interface Publishable {
  readonly metadata: { readonly name: string };
}

/** Makes the object, or puts it in the place of the older one. Never in the place of what somebody else made. */
export async function put(client: KubeClient, collection: string, object: Publishable, known: Existing | undefined, what: string): Promise<void> {
  if (known === undefined) {
    await attempt(`create ${what}`, () => client.request('POST', collection, JSON.stringify(object)));
    return;
  }
  if (!known.isOurs) throw new PublishError(`${what}: it is there already and was not made by seaworthy (its label ${MANAGED_BY} does not say so); choose another name`);
  const { resourceVersion } = known;
  const body = JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion } });
  await attempt(`update ${what}`, () => client.request('PUT', `${collection}/${encodeURIComponent(known.name)}`, body));
}

function entry(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
