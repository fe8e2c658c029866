import { fileURLToPath } from 'node:url';
import { collectManifests } from '../../src/collect/manifests.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { installKindsOf } from './custom-resources.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The Kubernetes objects of our own fixtures and examples. */
export function fixtureObjects(): KubernetesObject[] {
  const paths = ['policies', 'manifests-examples'].map((folder) => `${root}${folder}`);
  const { units } = collectManifests({ paths, kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true });
  return units.flatMap(({ resources }) => resources.filter((resource) => resource.type === 'kubernetes'));
}

export function fileOf({ origin }: KubernetesObject): string {
  return origin.file ?? '';
}

/** Fixtures are on their own: their namespaces, accounts and quotas are not there, and what they break must get in. */
export async function startServerFor(objects: readonly KubernetesObject[]): Promise<ApiServer> {
  const server = await startApiServer({ flags: ['--disable-admission-plugins', 'NamespaceLifecycle,ServiceAccount,PodSecurity,LimitRanger,ResourceQuota'] });
  installKindsOf(server, objects);
  return server;
}
