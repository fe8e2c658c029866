import { stringAt } from '../../src/facts/read.ts';
import type { KubernetesObject } from '../../src/model/inventory.ts';
import type { ApiServer } from './api-server.ts';

/** Makes the server take custom resources of these objects' kinds, with whatever they hold. Groups of Kubernetes itself are left out. */
export function installKinds(server: ApiServer, objects: Iterable<KubernetesObject>): void {
  const definitions = new Map<string, object>();
  for (const { value } of objects) {
    const [group = '', version] = stringAt(value, 'apiVersion').split('/');
    const kind = stringAt(value, 'kind');
    if (version === undefined || !group.includes('.') || group.endsWith('.k8s.io')) continue;
    const name = `${pluralOf(kind)}.${group}`;
    definitions.set(name, definitionOf(name, group, version, kind));
  }
  if (definitions.size === 0) return;
  server.mustKubectl(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...definitions.values()] }));
  server.mustKubectl(['wait', '--for=condition=Established', '--timeout=60s', ...[...definitions.keys()].map((name) => `crd/${name}`)]);
}

function definitionOf(name: string, group: string, version: string, kind: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: kind.startsWith('Cluster') ? 'Cluster' : 'Namespaced',
      names: { kind, plural: pluralOf(kind), singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  };
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : /(?:s|x|ch)$/.test(word) ? `${word}es` : `${word}s`;
}
