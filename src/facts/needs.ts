import type { CompiledPolicy } from '../model/policy.ts';
import type { KubernetesResource, NeededResource, SubjectEntry } from '../model/vocabulary.ts';
import { vocabulary } from './vocabulary.ts';

export interface NeedOptions {
  /** Secrets are read only by whoever says so: without, no call of any kind is made for them. */
  readonly readSecrets: boolean;
}

/**
 * What has to be listed so that these policies can be decided: the resources that their subjects are made of, and those that
 * their facts read. The collector lists exactly these, and `seaworthy rbac` asks for the right to list exactly these.
 */
export function needsOf(policies: Iterable<CompiledPolicy>, { readSecrets }: NeedOptions): NeededResource[] {
  const resources = new Set<KubernetesResource>();
  for (const { source, decidedBy } of policies) {
    for (const resource of entryOf(source.subject).from) resources.add(resource);
    for (const fact of decidedBy) for (const resource of resourcesOf(fact)) resources.add(resource);
  }
  if (!readSecrets) resources.delete('secrets');
  return [...resources].sort().map(needOf);
}

/** What has to be listed to learn a fact, written `variable.name` as sentences do: what its subject is made of, and what it reads beyond. */
export function resourcesOf(fact: string): readonly KubernetesResource[] {
  const [variable = '', name = ''] = fact.split('.');
  const entry = entryOf(variable === 'ns' ? 'namespace' : variable);
  const reads = Object.hasOwn(entry.facts, name) ? (entry.facts[name]?.reads ?? []) : [];
  return [...entry.from, ...reads.filter((source) => !NOT_KUBERNETES.has(source))];
}

/** Sources of facts that no API server holds. */
const NOT_KUBERNETES = new Set(['image config', 'kubelet config', 'server configuration']);

function needOf(resource: KubernetesResource): NeededResource {
  const slash = resource.lastIndexOf('/');
  return { group: resource.slice(0, Math.max(0, slash)), resource: resource.slice(slash + 1), isNamespaced: !CLUSTER_SCOPED.has(resource) };
}

const CLUSTER_SCOPED: ReadonlySet<KubernetesResource> = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'kyverno.io/clusterpolicies',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'storage.k8s.io/storageclasses',
]);

function entryOf(subject: string): SubjectEntry {
  return Object.hasOwn(vocabulary, subject) ? ((vocabulary as Record<string, SubjectEntry>)[subject] ?? NOTHING) : NOTHING;
}

const NOTHING: SubjectEntry = { says: '', from: [], parents: [], facts: {} };
