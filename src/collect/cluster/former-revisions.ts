import type { KubernetesObject } from '../../model/inventory.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { isMapping } from '../mapping.ts';
import { controllerOf } from './owners.ts';

/** Of the revisions that a Deployment keeps for a rollback, the last one: while its Pods end, they are Pods of the Deployment. */
export class FormerRevisions {
  readonly #byOwner = new Map<string, { readonly revision: number; readonly resource: KubernetesObject }>();

  /** `make`: what is kept of it, asked for only if it is kept. */
  add(object: JsonObject, make: () => KubernetesObject): void {
    const owner = controllerOf(object);
    const revision = revisionOf(object['metadata']);
    const known = this.#byOwner.get(owner);
    if (owner !== '' && (known === undefined || known.revision < revision)) this.#byOwner.set(owner, { revision, resource: make() });
  }

  get latest(): readonly KubernetesObject[] {
    return [...this.#byOwner.values()].map(({ resource }) => resource);
  }
}

/** As Kubernetes, Argo Rollouts and OpenShift count them. */
const REVISIONS = ['deployment.kubernetes.io/revision', 'rollout.argoproj.io/revision', 'openshift.io/deployment-config.latest-version'];

function revisionOf(metadata: Json | undefined): number {
  const annotations = isMapping(metadata) ? metadata['annotations'] : undefined;
  return isMapping(annotations) ? Math.max(0, ...REVISIONS.map((name) => Number(annotations[name] ?? 0) || 0)) : 0;
}
