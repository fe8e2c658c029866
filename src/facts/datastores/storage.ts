import type { KubernetesObject } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Absence, Place } from '../../model/subject.ts';
import { pathOfPersistentVolume, persistentVolumeOf } from '../persistent-volumes.ts';
import { field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import { namespaceOf, type UnitIndex } from '../unit-index.ts';
import type { KeptFolder, Program } from './program.ts';

/** What is known of where a server keeps its data. */
export interface Storage {
  readonly keepsData: boolean;
  readonly keepsDataOnNode: boolean | undefined;
  readonly isEncryptedAtRest: boolean | undefined;
  readonly places: readonly Place[];
  readonly absences?: { readonly keepsDataOnNode: Absence; readonly isEncryptedAtRest: Absence };
}

const DATA = /^\/(?:var\/lib\/(?:postgresql|redis|valkey)|data|bitnami|home\/postgres|pgdata|var\/lib\/pgsql)(?:\/|$)/;

export function storageOf(program: Program, index: UnitIndex): Storage {
  const pgData = program.texts.variables.get('PGDATA')?.text.marked ?? '';
  const folder = program.kept.find(({ path, kind }) => kind !== 'emptyDir' && (DATA.test(path) || (pgData !== '' && pgData.startsWith(path))));
  if (folder === undefined) return { keepsData: false, keepsDataOnNode: false, isEncryptedAtRest: undefined, places: [] };
  if (folder.kind === 'hostPath') return { keepsData: true, keepsDataOnNode: true, isEncryptedAtRest: undefined, places: [folder.place] };
  const claim = claimOf(folder, program, index);
  if (claim === undefined) {
    const absences = unseen(`PersistentVolumeClaim ${folder.name} is not part of this scan`, 'scan the claim and its StorageClass together with the server');
    return { keepsData: true, keepsDataOnNode: undefined, isEncryptedAtRest: undefined, places: [folder.place], absences };
  }
  return { keepsData: true, ...ofClaim(claim.spec, claim.resource, folder, index) };
}

/** The claim that a folder lies on, or the template that one is made from for each pod. */
export function claimOf({ name, place }: KeptFolder, program: Program, index: UnitIndex): { spec: JsonObject; resource: KubernetesObject | undefined } | undefined {
  const owner = program.container.resource;
  for (const template of listAt(objectAt(owner.value, 'spec'), 'volumeClaimTemplates')) {
    if (isObject(template) && stringAt(objectAt(template, 'metadata'), 'name') === name) return { spec: objectAt(template, 'spec'), resource: undefined };
  }
  const found =
    index.find('PersistentVolumeClaim', namespaceOf(owner), name, place.resource) ?? index.find('PersistentVolumeClaim', index.namespaceOf(owner), name, place.resource);
  return found === undefined ? undefined : { spec: objectAt(found.value, 'spec'), resource: found };
}

function ofClaim(spec: JsonObject, claim: KubernetesObject | undefined, folder: KeptFolder, index: UnitIndex): Omit<Storage, 'keepsData'> {
  const volume = claim === undefined ? undefined : persistentVolumeOf(claim, index);
  if (volume !== undefined && pathOfPersistentVolume(volume).path !== '') {
    return { keepsDataOnNode: true, isEncryptedAtRest: undefined, places: [{ resource: volume, path: [...volume.at, 'spec'] }] };
  }
  return ofClass(stringAt(spec, 'storageClassName'), folder.place, index);
}

/** What an operator's custom resource says of the volumes that will be made for it. */
export function storageOfClass(name: string, place: Place, index: UnitIndex): Storage {
  return { keepsData: true, ...ofClass(name, place, index) };
}

function ofClass(name: string, place: Place, index: UnitIndex): Omit<Storage, 'keepsData'> {
  const found = name === '' ? defaultClass(index) : index.all('StorageClass').find(({ value }) => stringAt(objectAt(value, 'metadata'), 'name') === name);
  if (found === undefined) {
    const absences =
      name === ''
        ? unseen('the claim names no StorageClass, and no single default one is part of this scan', 'name the class in the claim, and scan it, too')
        : unseen(`StorageClass ${name} is not part of this scan`, 'scan it together with the server');
    return { keepsDataOnNode: /^(?:local-path|hostpath|openebs-hostpath)$/.test(name) ? true : undefined, isEncryptedAtRest: undefined, places: [place], absences };
  }
  const provisioner = stringAt(found.value, 'provisioner');
  const isLocal = LOCAL.test(provisioner);
  return {
    keepsDataOnNode: isLocal,
    isEncryptedAtRest: isEncrypted(provisioner, objectAt(found.value, 'parameters')),
    places: [{ resource: found, path: [...found.at, 'parameters', 'encrypted'] }],
    absences: unseen(`whether ${provisioner} encrypts its volumes is not known`, 'look it up with the provider of the storage, or let somebody vouch for it'),
  };
}

function unseen(because: string, hint: string): NonNullable<Storage['absences']> {
  return { keepsDataOnNode: { because, hint }, isEncryptedAtRest: { because, hint } };
}

/** Of two defaults, the newest counts, which files do not tell. */
function defaultClass(index: UnitIndex): KubernetesObject | undefined {
  const defaults = index
    .all('StorageClass')
    .filter(({ value }) => stringAt(objectAt(objectAt(value, 'metadata'), 'annotations'), 'storageclass.kubernetes.io/is-default-class') === 'true');
  return defaults.length === 1 ? defaults[0] : undefined;
}

const LOCAL =
  /^(?:kubernetes\.io\/no-provisioner|rancher\.io\/local-path|docker\.io\/hostpath|k8s\.io\/minikube-hostpath|microk8s\.io\/hostpath|openebs\.io\/local|hostpath\.csi\.k8s\.io)$/;
/** Providers that encrypt every disk. */
const ALWAYS_ENCRYPTED = /^(?:pd\.csi\.storage\.gke\.io|kubernetes\.io\/gce-pd|disk\.csi\.azure\.com|kubernetes\.io\/azure-disk|filestore\.csi\.storage\.gke\.io)$/;
/** Providers that encrypt where the class says so. */
const ENCRYPTED_ON_DEMAND =
  /^(?:ebs\.csi\.aws\.com|kubernetes\.io\/aws-ebs|ebs\.csi\.eks\.amazonaws\.com|efs\.csi\.aws\.com|rbd\.csi\.ceph\.com|.*\.rbd\.csi\.ceph\.com|driver\.longhorn\.io|pxd\.portworx\.com|kubernetes\.io\/portworx-volume|csi\.cloudscale\.ch)$/;

function isEncrypted(provisioner: string, parameters: JsonObject): boolean | undefined {
  if (ALWAYS_ENCRYPTED.test(provisioner)) return true;
  const keys = ['encrypted', 'secure', 'csi.storage.k8s.io/node-stage-secret-name'];
  const said = keys.map((key) => field(parameters, key)).find((value) => typeof value === 'string');
  if (typeof said === 'string')
    return /^true$/i.test(said) || (said !== '' && !/^false$/i.test(said) && field(parameters, 'encrypted') === undefined && field(parameters, 'secure') === undefined);
  if (stringAt(parameters, 'kmsKeyId') !== '') return false;
  return ENCRYPTED_ON_DEMAND.test(provisioner) ? false : undefined;
}
