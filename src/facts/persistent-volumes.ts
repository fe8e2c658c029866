import type { KubernetesObject } from '../model/inventory.ts';
import type { Identity } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { exposesHost, exposesSocket, normalizeHostPath } from './host-path.ts';
import type { NamespaceSubject } from './namespaces.ts';
import { Part } from './part.ts';
import { objectAt, stringAt, stringsAt } from './read.ts';
import { nameOf, type UnitIndex } from './unit-index.ts';
import { type FactsOf, vocabulary } from './vocabulary.ts';

/** The path of the node that a PersistentVolume stands for; empty where it is none. */
export function pathOfPersistentVolume(volume: KubernetesObject): { path: string; source: 'hostPath' | 'local' } {
  const spec = objectAt(volume.value, 'spec');
  const hostPath = stringAt(objectAt(spec, 'hostPath'), 'path');
  return hostPath === '' ? { path: stringAt(objectAt(spec, 'local'), 'path'), source: 'local' } : { path: hostPath, source: 'hostPath' };
}

/** The volume that a claim names, or the one that is kept for it. */
export function persistentVolumeOf(claim: KubernetesObject, index: UnitIndex): KubernetesObject | undefined {
  const volumeName = stringAt(objectAt(claim.value, 'spec'), 'volumeName');
  if (volumeName !== '') return index.find('PersistentVolume', '', volumeName, claim);
  return index.all('PersistentVolume').find((volume) => claimOf(volume, index) === claim);
}

/** The claim of the unit that a volume is kept for. */
function claimOf(volume: KubernetesObject, index: UnitIndex): KubernetesObject | undefined {
  const reference = objectAt(objectAt(volume.value, 'spec'), 'claimRef');
  return index.find('PersistentVolumeClaim', stringAt(reference, 'namespace'), stringAt(reference, 'name'), volume);
}

/** A PersistentVolume that is a path of its node, and that no claim of the unit names: any pod may come to claim it. A named one is judged with the pods. */
export function* persistentVolumes(resource: KubernetesObject, namespace: NamespaceSubject, index: UnitIndex): Generator<Part<'volume'>> {
  const name = nameOf(resource);
  const { path, source } = pathOfPersistentVolume(resource);
  const isNamed = claimOf(resource, index) !== undefined || volumesNamedIn(index).has(name);
  if (path === '' || isNamed) return;
  const facts = {
    name,
    kind: 'persistentVolumeClaim',
    hostPath: normalizeHostPath(path),
    exposesHost: exposesHost(path),
    exposesSocket: exposesSocket(path),
    isWritable: stringsAt(objectAt(resource.value, 'spec'), 'accessModes').some((mode) => mode !== 'ReadOnlyMany'),
    isBounded: true,
    isMounted: false,
  };
  const below = [source, 'path'];
  yield new Part('volume', facts, new Claimant(resource, namespace), {
    part: '',
    path: ['spec'],
    fields: { hostPath: below, exposesHost: below, exposesSocket: below, kind: below },
  });
}

/** Asked for each of thousands of volumes. */
const namedVolumes = new WeakMap<UnitIndex, ReadonlySet<string>>();

function volumesNamedIn(index: UnitIndex): ReadonlySet<string> {
  let names = namedVolumes.get(index);
  if (names === undefined) {
    names = new Set(index.all('PersistentVolumeClaim').map(({ value }) => stringAt(objectAt(value, 'spec'), 'volumeName')));
    namedVolumes.set(index, names);
  }
  return names;
}

const NOTHING_LEARNED = Object.fromEntries(Object.keys(vocabulary.workload.facts).map((fact) => [fact, undefined])) as FactsOf<'workload'>;

/** Whoever will claim the volume: a workload of which nothing is known but where it runs. It is in scope of sentences and never judged. */
class Claimant extends Derived<'workload'> {
  constructor(resource: KubernetesObject, namespace: NamespaceSubject) {
    super('workload', { ...NOTHING_LEARNED, name: 'whoever claims it', platform: 'kubernetes' }, resource, [namespace]);
  }

  identity(): Identity {
    const { value } = this.resource;
    return {
      apiVersion: stringAt(value, 'apiVersion'),
      kind: stringAt(value, 'kind'),
      namespace: '',
      name: stringAt(objectAt(value, 'metadata'), 'name'),
      container: '',
      part: '',
    };
  }

  protected ownPlaces(): readonly (readonly string[])[] {
    return [['metadata', 'name']];
  }
}
