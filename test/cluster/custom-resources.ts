import { stringAt } from '../../src/facts/read.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import type { ApiServer } from './api-server.ts';

/** A kind that the server does not have by itself. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly isNamespaced: boolean;
}

/** Makes the server take custom resources of these objects' kinds, with whatever they hold. Groups of Kubernetes itself are left out. */
export function installKindsOf(server: ApiServer, objects: Iterable<KubernetesObject>): void {
  const kinds: CustomKind[] = [];
  for (const { value } of objects) {
    const [group = '', version] = stringAt(value, 'apiVersion').split('/');
    const kind = stringAt(value, 'kind');
    if (version !== undefined && group.includes('.') && !group.endsWith('.k8s.io'))
      kinds.push({ group, version, kind, resource: pluralOf(kind), isNamespaced: !/^Cluster./.test(kind) });
  }
  installKinds(server, kinds);
}

export function installKinds(server: ApiServer, kinds: Iterable<CustomKind>): void {
  const definitions = new Map([...kinds].map((kind) => [`${kind.resource}.${kind.group}`, definitionOf(kind)]));
  if (definitions.size === 0) return;
  server.mustKubectl(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...definitions.values()] }));
  server.mustKubectl(['wait', '--for=condition=Established', '--timeout=60s', ...[...definitions.keys()].map((name) => `crd/${name}`)]);
}

function definitionOf({ group, version, kind, resource, isNamespaced }: CustomKind): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // Groups of the project itself need the word of its reviewers.
    metadata: { name: `${resource}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
    spec: {
      group,
      scope: isNamespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural: resource, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  };
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : /(?:s|x|ch)$/.test(word) ? `${word}es` : `${word}s`;
}
