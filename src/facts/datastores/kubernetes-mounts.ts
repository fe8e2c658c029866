import type { Resource } from '../../model/inventory.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { type KeptText, keysOf } from './kubernetes-texts.ts';
import type { KeptFolder, MountedFile, MountedFiles } from './program.ts';

/** Everything about a pod that its mounts need. */
export interface PodVolumes {
  /** Volumes and claim templates by name, with where they stand. */
  readonly volumes: ReadonlyMap<string, { readonly volume: JsonObject; readonly path: Path }>;
  readonly spec: JsonObject;
  readonly namespace: string;
  readonly index: UnitIndex;
  readonly owner: Resource;
}

export function podVolumes(spec: JsonObject, specPath: Path, namespace: string, index: UnitIndex, owner: Resource): PodVolumes {
  const volumes = new Map<string, { volume: JsonObject; path: Path }>();
  for (const [position, template] of listAt(objectAt(owner.value, 'spec'), 'volumeClaimTemplates').entries()) {
    if (!isObject(template)) continue;
    const path = [...owner.at, 'spec', 'volumeClaimTemplates', position];
    volumes.set(stringAt(objectAt(template, 'metadata'), 'name'), { volume: { volumeClaimTemplate: template }, path });
  }
  for (const [position, volume] of listAt(spec, 'volumes').entries()) {
    if (isObject(volume)) volumes.set(stringAt(volume, 'name'), { volume, path: [...owner.at, ...specPath, 'volumes', position] });
  }
  return { volumes, spec, namespace, index, owner };
}

/** The files that ConfigMaps and Secrets of the unit put into a container, and where something unseen is put. */
export function mountedFiles(container: JsonObject, pod: PodVolumes): MountedFiles {
  const files = new Map<string, MountedFile>();
  const unseenPaths: string[] = [];
  const wholeFolders: string[] = [];
  for (const mount of mountsInOrder(container)) {
    const mountPath = trimSlashes(stringAt(mount, 'mountPath'));
    const found = pod.volumes.get(stringAt(mount, 'name'));
    const entries = found === undefined ? undefined : entriesOf(found.volume, pod);
    if (entries === 'kept') {
      if (found === undefined || !isEmptyAtFirst(found.volume, mount, container, pod)) {
        if (!isDataFolder(mountPath)) unseenPaths.push(mountPath);
      }
      continue;
    }
    if (entries === undefined || stringAt(mount, 'subPathExpr') !== '') {
      unseenPaths.push(mountPath);
      continue;
    }
    if (!entries.isComplete) unseenPaths.push(mountPath);
    const subPath = trimSlashes(stringAt(mount, 'subPath'));
    if (entries.isComplete && subPath === '') wholeFolders.push(`/${mountPath}`);
    for (const [name, kept] of entries.texts) {
      const below = subPath === '' ? `/${name}` : name === subPath ? '' : name.startsWith(`${subPath}/`) ? name.slice(subPath.length) : undefined;
      if (below === undefined) continue;
      const path = `/${mountPath}${below}`;
      files.set(path, { path, text: kept.text.marked, unknowns: kept.text.unknowns, place: kept.place, isSecret: kept.isSecret, isNamed: true });
    }
  }
  return { files: [...files.values()], unseenPaths: unseenPaths.map((path) => `/${path}`), wholeFolders };
}

/** An outer mount comes before what is mounted into it. */
function mountsInOrder(container: JsonObject): JsonObject[] {
  return listAt(container, 'volumeMounts')
    .filter(isObject)
    .sort((a, b) => stringAt(a, 'mountPath').length - stringAt(b, 'mountPath').length);
}

interface Entries {
  readonly texts: ReadonlyMap<string, KeptText>;
  /** False where further files may be there. */
  readonly isComplete: boolean;
}

/** Files by their path in the volume; `kept` where it keeps what programs write; undefined where it was not seen. */
function entriesOf(volume: JsonObject, pod: PodVolumes): Entries | 'kept' | undefined {
  const configMap = field(volume, 'configMap');
  if (isObject(configMap)) return chosen('ConfigMap', stringAt(configMap, 'name'), configMap, pod);
  const secret = field(volume, 'secret');
  if (isObject(secret)) return chosen('Secret', stringAt(secret, 'secretName'), secret, pod);
  const projected = field(volume, 'projected');
  if (isObject(projected)) return projectedEntries(projected, pod);
  if (isObject(field(volume, 'downwardAPI'))) return { texts: new Map(), isComplete: true };
  return isObject(field(volume, 'csi')) ? undefined : 'kept';
}

function projectedEntries(projected: JsonObject, pod: PodVolumes): Entries {
  const texts = new Map<string, KeptText>();
  let isComplete = true;
  for (const source of listAt(projected, 'sources')) {
    for (const [key, kind] of [
      ['configMap', 'ConfigMap'],
      ['secret', 'Secret'],
    ] as const) {
      const reference: Json | undefined = isObject(source) ? field(source, key) : undefined;
      if (!isObject(reference)) continue;
      const entries = chosen(kind, stringAt(reference, 'name'), reference, pod);
      if (entries === undefined) isComplete = false;
      for (const [name, text] of entries?.texts ?? []) texts.set(name, text);
    }
  }
  return { texts, isComplete };
}

/** All keys under their own names, or those of `items` under the names given there. */
function chosen(kind: 'ConfigMap' | 'Secret', name: string, reference: JsonObject, pod: PodVolumes): Entries | undefined {
  const keys = keysOf(kind, pod.namespace, name, pod.index, pod.owner);
  if (keys === undefined) return undefined;
  const items = listAt(reference, 'items');
  if (items.length === 0) return { texts: keys, isComplete: keys.constructor === Map };
  const texts = new Map<string, KeptText>();
  for (const item of items) {
    if (!isObject(item)) continue;
    const kept = keys.get(stringAt(item, 'key'));
    if (kept !== undefined) texts.set(trimSlashes(stringAt(item, 'path')), kept);
  }
  return { texts, isComplete: true };
}

/** An emptyDir that no other container of the pod fills holds nothing but what the program itself puts there. */
function isEmptyAtFirst(volume: JsonObject, own: JsonObject, container: JsonObject, pod: PodVolumes): boolean {
  const kinds = Object.keys(volume).filter((key) => key !== 'name' && volume[key] !== null && volume[key] !== undefined);
  if (kinds.length > 0 && !kinds.includes('emptyDir')) return false;
  const isFilledBy = (other: Json): boolean =>
    isObject(other) &&
    other !== container &&
    listAt(other, 'volumeMounts').some((mount) => isObject(mount) && stringAt(mount, 'name') === stringAt(own, 'name') && doMeet(mount, own));
  return !listAt(pod.spec, 'initContainers').some(isFilledBy) && !listAt(pod.spec, 'containers').some(isFilledBy);
}

/** Whether one of two mounts of a volume is the other's folder, or lies in it. */
function doMeet(a: JsonObject, b: JsonObject): boolean {
  const [first, second] = [a, b].map((mount) => (stringAt(mount, 'subPathExpr') === '' ? `${trimSlashes(stringAt(mount, 'subPath'))}/` : '/').replace(/^\/$/, ''));
  return first === undefined || second === undefined || first.startsWith(second) || second.startsWith(first);
}

/** Volumes of a container that keep what it writes. */
export function keptFolders(container: JsonObject, pod: PodVolumes): KeptFolder[] {
  return mountsInOrder(container).flatMap((mount): KeptFolder[] => {
    const name = stringAt(mount, 'name');
    const found = pod.volumes.get(name);
    if (found === undefined || entriesOf(found.volume, pod) !== 'kept') return [];
    const { volume } = found;
    const isOnNetwork = NETWORK_FILE_SYSTEMS.some((kind) => isObject(field(volume, kind)));
    const shared = { path: stringAt(mount, 'mountPath'), place: { resource: pod.owner, path: found.path }, isOnNetwork };
    if (isObject(field(volume, 'volumeClaimTemplate'))) return [{ ...shared, kind: 'claim', name }];
    if (isObject(field(volume, 'hostPath'))) return [{ ...shared, kind: 'hostPath', name: stringAt(objectAt(volume, 'hostPath'), 'path') }];
    if (isObject(field(volume, 'persistentVolumeClaim'))) {
      return [{ ...shared, kind: 'claim', name: stringAt(objectAt(volume, 'persistentVolumeClaim'), 'claimName') }];
    }
    return [{ ...shared, kind: isObject(field(volume, 'emptyDir')) ? 'emptyDir' : 'volume', name }];
  });
}

const NETWORK_FILE_SYSTEMS = ['nfs', 'cephfs', 'glusterfs', 'azureFile'];

/** Where the images of PostgreSQL and Redis keep their data. Nobody puts a configuration there that the image would not make itself. */
const DATA_FOLDERS = [
  'var/lib/postgresql',
  'var/lib/redis',
  'var/lib/valkey',
  'data',
  'bitnami',
  'home/postgres',
  'pgdata',
  'usr/local/pgsql/data',
  'dev/shm',
  'tmp',
  'run',
  'var/run',
];

export function isDataFolder(path: string): boolean {
  const plain = trimSlashes(path);
  return DATA_FOLDERS.some((folder) => plain === folder || plain.startsWith(`${folder}/`));
}

export function trimSlashes(path: string): string {
  let from = 0;
  let to = path.length;
  while (from < to && path[from] === '/') from++;
  while (to > from && path[to - 1] === '/') to--;
  return path.slice(from, to);
}
