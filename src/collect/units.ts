import type { Resource, Unit } from '../model/inventory.ts';

/**
 * One folder may hold several deployments of the same things: base and overlay, staging and production, before and after.
 * Where folders beside each other hold objects of the same name, each of them is a unit of its own, so that the quota of
 * one is not taken for the quota of the other.
 */
export function splitUnit(unit: Unit): Unit[] {
  const byFolder = new Map<string, Resource[]>();
  for (const resource of unit.resources) {
    const folder = childFolder(unit.name, resource);
    const beside = byFolder.get(folder);
    if (beside === undefined) byFolder.set(folder, [resource]);
    else beside.push(resource);
  }
  const isRepeated = nameRepeats(byFolder);
  const apart: Unit[] = [];
  const together: Resource[] = [];
  for (const [folder, resources] of byFolder) {
    const units = folder === '' ? [{ ...unit, resources }] : splitUnit({ ...unit, name: folder, resources });
    if (isRepeated || units.length > 1) apart.push(...units);
    else together.push(...resources);
  }
  return together.length > 0 || apart.length === 0 ? [{ ...unit, resources: together }, ...apart] : apart;
}

/** The folder directly below the unit's own that a resource stands in; empty for one that stands in the unit's folder itself. */
function childFolder(root: string, resource: Resource): string {
  const file = resource.origin.file ?? '';
  const prefix = root === '.' || root === '' ? '' : `${root.replace(/\/+$/, '')}/`;
  const below = file.startsWith(prefix) ? file.slice(prefix.length) : file;
  const slash = below.indexOf('/', 1);
  return slash === -1 ? '' : prefix + below.slice(0, slash);
}

/** Kinds that several folders declare in common without being copies of each other. */
const SHARED_KINDS = new Set(['Namespace', 'CustomResourceDefinition', 'Kustomization']);

function nameRepeats(byFolder: ReadonlyMap<string, readonly Resource[]>): boolean {
  const seenIn = new Map<string, string>();
  for (const [folder, resources] of byFolder) {
    for (const resource of resources) {
      const key = nameOf(resource);
      if (key === undefined) continue;
      const other = seenIn.get(key);
      if (other !== undefined && other !== folder) return true;
      seenIn.set(key, folder);
    }
  }
  return false;
}

function nameOf({ type, value }: Resource): string | undefined {
  const { kind, metadata } = value;
  if (type !== 'kubernetes' || typeof kind !== 'string' || SHARED_KINDS.has(kind)) return undefined;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined;
  const { name, namespace } = metadata as Record<string, unknown>;
  return typeof name === 'string' && name !== '' ? `${kind}\n${typeof namespace === 'string' ? namespace : ''}\n${name}` : undefined;
}
