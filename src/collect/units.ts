import type { Resource, Unit } from '../model/inventory.ts';

/**
 * One folder may hold several deployments of the same things: base and overlay, staging and production, before and after.
 * Where folders beside each other hold objects of the same name, each of them is a unit of its own, so that the quota of
 * one is not taken for the quota of the other.
 */
export function splitUnit(unit: Unit): Unit[] {
  return split(
    unit,
    unit.resources.map((resource) => ({ resource, file: resource.origin.file ?? '', key: keyOf(resource) })),
  );
}

/** What is asked of a resource in each folder above it. */
interface Placed {
  readonly resource: Resource;
  readonly file: string;
  /** What no other resource of a deployment has; undefined where others may. */
  readonly key: string | undefined;
}

function split(unit: Unit, placed: readonly Placed[]): Unit[] {
  const byFolder = groupByFolder(unit.name, placed);
  const isRepeated = nameRepeats(byFolder);
  const apart: Unit[] = [];
  const together: Resource[] = [];
  for (const [folder, inside] of byFolder) {
    const resources = inside.map(({ resource }) => resource);
    const units = folder === '' ? [{ ...unit, resources }] : split({ ...unit, name: folder, resources }, inside);
    if (isRepeated || units.length > 1) apart.push(...units);
    else for (const resource of resources) together.push(resource);
  }
  return together.length > 0 || apart.length === 0 ? [{ ...unit, resources: together }, ...apart] : apart;
}

/** By the folder directly below the unit's own that a resource stands in; empty for one that stands in the unit's folder itself. */
function groupByFolder(root: string, placed: readonly Placed[]): Map<string, Placed[]> {
  const prefix = root === '.' || root === '' ? '' : `${root.replace(/\/+$/, '')}/`;
  const byFolder = new Map<string, Placed[]>();
  let file: string | undefined;
  let beside: Placed[] = [];
  for (const one of placed) {
    // What stands in one file comes one after the other.
    if (one.file !== file) {
      file = one.file;
      const folder = childFolder(prefix, file);
      beside = byFolder.get(folder) ?? [];
      byFolder.set(folder, beside);
    }
    beside.push(one);
  }
  return byFolder;
}

function childFolder(prefix: string, file: string): string {
  const below = file.startsWith(prefix) ? file.slice(prefix.length) : file;
  const slash = below.indexOf('/', 1);
  return slash === -1 ? '' : prefix + below.slice(0, slash);
}

/** Kinds that several folders declare in common without being copies of each other. */
const SHARED_KINDS = new Set(['Namespace', 'CustomResourceDefinition', 'Kustomization']);

function nameRepeats(byFolder: ReadonlyMap<string, readonly Placed[]>): boolean {
  // Names of one folder repeat in no other.
  if (byFolder.size < 2) return false;
  const seenIn = new Map<string, string>();
  for (const [folder, inside] of byFolder) {
    for (const { key } of inside) {
      if (key === undefined) continue;
      const other = seenIn.get(key);
      if (other !== undefined && other !== folder) return true;
      seenIn.set(key, folder);
    }
  }
  return false;
}

function keyOf({ type, value }: Resource): string | undefined {
  const { kind, metadata } = value;
  if (type !== 'kubernetes' || typeof kind !== 'string' || SHARED_KINDS.has(kind)) return undefined;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined;
  const { name, namespace } = metadata as Record<string, unknown>;
  return typeof name === 'string' && name !== '' ? `${kind}\n${typeof namespace === 'string' ? namespace : ''}\n${name}` : undefined;
}
