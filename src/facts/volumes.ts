import type { JsonObject } from '../model/json.ts';
import type { ContainerSubject } from './containers.ts';
import { exposesHost, exposesSocket, holdsCode, normalizeHostPath } from './host-path.ts';
import { Part } from './part.ts';
import { pathOfPersistentVolume, persistentVolumeOf } from './persistent-volumes.ts';
import { parseQuantity } from './quantity.ts';
import { boolAt, field, isObject, listAt, objectAt, stringAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';
import type { WorkloadSubject } from './workloads.ts';

/** The volumes of a pod. A claim whose PersistentVolume is in the scan shows the host path behind it. */
export function volumesOf(workload: WorkloadSubject, index: UnitIndex): readonly Part<'volume'>[] {
  const volumes = listAt(workload.pod.spec, 'volumes');
  if (volumes.length === 0) return NONE;
  const mounted = mountedVolumes(workload.pod.spec);
  const listPath = workload.pod.specPath.concat('volumes');
  return volumes.flatMap((volume, position) => {
    if (!isObject(volume)) return [];
    const name = stringAt(volume, 'name');
    const kind = volumeKind(volume);
    const hostPath = hostPathOf(volume, kind, workload, index);
    const isWritten = mounted.get(name);
    const facts = {
      name,
      kind,
      hostPath: hostPath === undefined || hostPath === '' ? hostPath : normalizeHostPath(hostPath),
      exposesHost: hostPath === undefined ? undefined : hostPath !== '' && exposesHost(hostPath),
      exposesSocket: hostPath === undefined ? undefined : hostPath !== '' && exposesSocket(hostPath),
      isWritable: !isReadOnlyAsAWhole(volume, kind) && isWritten === true,
      isBounded: kind === undefined ? undefined : kind !== 'emptyDir' || hasSizeLimit(volume),
      isMounted: isWritten !== undefined,
    };
    const written = kind !== undefined && isObject(field(volume, kind)) ? [kind] : [];
    const below = kind === 'hostPath' ? ['hostPath', 'path'] : written;
    return [
      new Part('volume', facts, workload, {
        part: `volume ${name}`,
        path: listPath,
        position,
        fields: { hostPath: below, exposesHost: below, exposesSocket: below, kind: written, isBounded: [kind ?? 'emptyDir', 'sizeLimit'] },
      }),
    ];
  });
}

const MOUNT_FIELDS = { path: ['mountPath'], hidesCode: ['mountPath'], propagation: ['mountPropagation'], isReadOnly: ['readOnly'] };

export function mountsOf(subject: ContainerSubject): readonly Part<'mount'>[] {
  const mounts = listAt(subject.container, 'volumeMounts');
  if (mounts.length === 0) return NONE;
  const volumes = volumesByName(subject.workload);
  const listPath = subject.path.concat('volumeMounts');
  return mounts.flatMap((mount, position) => {
    if (!isObject(mount)) return [];
    const name = stringAt(mount, 'name');
    const volume = volumes.get(name);
    const kind = volume === undefined ? '' : volumeKind(volume);
    const path = stringAt(mount, 'mountPath');
    const isReadOnly = boolAt(mount, 'readOnly') === true || READ_ONLY_KINDS.has(kind ?? '') || (volume !== undefined && isReadOnlyAsAWhole(volume, kind));
    const facts = {
      path,
      volume: name,
      kind,
      isReadOnly,
      propagation: stringAt(mount, 'mountPropagation') || 'None',
      hidesCode: !isReadOnly && holdsCode(path) && stringAt(mount, 'subPath') === '',
    };
    return [
      new Part('mount', facts, subject, {
        part: `mount ${path}`,
        path: listPath,
        position,
        fields: MOUNT_FIELDS,
      }),
    ];
  });
}

/** The volumes of the pod, and the claims that a StatefulSet makes for each of its pods. */
export function volumesByName(workload: WorkloadSubject): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const template of listAt(objectAt(workload.resource.value, 'spec'), 'volumeClaimTemplates')) {
    if (isObject(template)) found.set(stringAt(objectAt(template, 'metadata'), 'name'), { persistentVolumeClaim: template });
  }
  for (const volume of listAt(workload.pod.spec, 'volumes')) if (isObject(volume)) found.set(stringAt(volume, 'name'), volume);
  return found;
}

/** The kubelet mounts these read-only, whatever the mount says. */
const READ_ONLY_KINDS = new Set(['configMap', 'secret', 'projected', 'downwardAPI', 'image']);

/** The one key beside `name` says what a volume is; without one it is an emptyDir. What no API server takes is not learned; of two kinds, the worse one counts. */
export function volumeKind(volume: JsonObject): string | undefined {
  let first: string | undefined;
  let isOfHost = false;
  for (const key of Object.keys(volume)) {
    const value = volume[key] ?? null;
    if (key === 'name' || value === null) continue;
    if (!isObject(value)) return undefined;
    first ??= key;
    if (key === 'hostPath') isOfHost = true;
  }
  return isOfHost ? 'hostPath' : (first ?? 'emptyDir');
}

/** `readOnly` of a claim or a CSI volume holds for all its mounts. */
function isReadOnlyAsAWhole(volume: JsonObject, kind: string | undefined): boolean {
  return kind !== undefined && boolAt(objectAt(volume, kind), 'readOnly') === true;
}

/** The kubelet takes a limit of zero for none. */
function hasSizeLimit(volume: JsonObject): boolean {
  return (parseQuantity(stringAt(objectAt(volume, 'emptyDir'), 'sizeLimit')) ?? 0) > 0;
}

function hostPathOf(volume: JsonObject, kind: string | undefined, workload: WorkloadSubject, index: UnitIndex): string | undefined {
  if (kind === undefined) return undefined;
  if (kind === 'hostPath') return stringAt(objectAt(volume, 'hostPath'), 'path');
  if (kind !== 'persistentVolumeClaim') return '';
  const claimName = stringAt(objectAt(volume, 'persistentVolumeClaim'), 'claimName');
  const claim = index.find('PersistentVolumeClaim', workload.namespaceName, claimName, workload.resource);
  const backing = claim === undefined ? undefined : persistentVolumeOf(claim, index);
  if (backing !== undefined) return pathOfPersistentVolume(backing).path;
  const isOpen = claim === undefined ? index.isWithheld('persistentvolumeclaims', workload.namespaceName) : index.isWithheld('persistentvolumes', '');
  return isOpen ? undefined : '';
}

/** The names of volumes that some container mounts, with whether one may write there. */
function mountedVolumes(spec: JsonObject): ReadonlyMap<string, boolean> {
  const mounted = new Map<string, boolean>();
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of listAt(spec, list)) {
      if (!isObject(container)) continue;
      for (const mount of listAt(container, 'volumeMounts')) {
        if (!isObject(mount)) continue;
        const name = stringAt(mount, 'name');
        mounted.set(name, mounted.get(name) === true || boolAt(mount, 'readOnly') !== true);
      }
    }
  }
  return mounted;
}

const NONE: readonly never[] = [];
