import { isClusterScoped } from './evaluate.ts';
import type { Inventory } from './model/inventory.ts';
import type { Identity, Subject } from './model/subject.ts';

type IsWanted = (subject: Subject, identity: Identity) => boolean;

/** The namespaces that manifests go to; empty for one that they leave open. */
export function namespacesIn(manifests: Inventory): ReadonlySet<string> {
  return new Set(
    objectsIn(manifests).flatMap(({ apiVersion, kind, metadata }) => {
      if (kind === 'Namespace') return [textOf(metadata['name'])];
      return isClusterScoped(apiVersion, kind) ? [] : [textOf(metadata['namespace'])];
    }),
  );
}

/** Which findings are asked for: those of a live cluster only in its scope, and without a namespace only of what the manifests name, too. */
export function wantedWith(isWanted: IsWanted | undefined, live: Inventory, manifests: Inventory): IsWanted | undefined {
  if (live.units.every(({ reading }) => reading?.namespaces === undefined)) return isWanted;
  const isInFiles = seenIn(manifests);
  return (subject, identity) => {
    const namespaces = subject.resource.origin.reading?.namespaces;
    if (namespaces !== undefined) {
      const namespace = identity.kind === 'Namespace' ? identity.name : identity.namespace;
      if (!(namespace === '' ? isInFiles(identity) : namespaces.has(namespace))) return false;
    }
    return isWanted === undefined || isWanted(subject, identity);
  };
}

/** Whether files hold an object of this name. */
export function seenIn(manifests: Inventory): (identity: Pick<Identity, 'kind' | 'name'>) => boolean {
  const seen = new Set(objectsIn(manifests).map(({ kind, metadata }) => `${kind} ${textOf(metadata['name'])}`));
  return ({ kind, name }) => seen.has(`${kind} ${name}`);
}

function objectsIn({ units }: Inventory): { apiVersion: string; kind: string; metadata: Readonly<Record<string, unknown>> }[] {
  return units.flatMap(({ resources }) =>
    resources.flatMap(({ type, value }) => {
      const { apiVersion, kind, metadata } = value;
      return type === 'kubernetes'
        ? [{ apiVersion: textOf(apiVersion), kind: textOf(kind), metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {} }]
        : [];
    }),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
