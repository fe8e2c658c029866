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
    const hint = error.fault === 'forbidden' ? 'grant the right; seaworthy install --print cronjob shows which' : error.hint;
    throw new PublishError(`${what}: ${error.message} (${hint})`, { cause: error });
  }
}

export interface Existing {
  readonly name: string;
  readonly namespace: string;
  readonly resourceVersion: string;
  readonly isOurs: boolean;
}

export function existingOf(object: unknown): Existing {
  const metadata = entry(entry(object)['metadata']);
  return {
    name: String(metadata['name'] ?? ''),
    namespace: String(metadata['namespace'] ?? ''),
    resourceVersion: String(metadata['resourceVersion'] ?? ''),
    isOurs: entry(metadata['labels'])[MANAGED_BY] === 'seaworthy',
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
