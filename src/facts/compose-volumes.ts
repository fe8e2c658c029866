import type { ComposeProject } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Subject } from '../model/subject.ts';
import type { Derived } from './derived.ts';
import { exposesHost, exposesSocket, holdsCode, normalizeHostPath } from './host-path.ts';
import { Part } from './part.ts';
import { field, isObject, listAt, objectAt, stringAt } from './read.ts';

/** A mount or device of a compose service. */
export interface ComposeMount {
  readonly kind: 'hostPath' | 'volume' | 'tmpfs' | 'device' | 'npipe' | 'cluster' | 'image';
  /** Path on the host, or name of the volume. */
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
  readonly propagation: string;
  /** Path of the item inside the service. */
  readonly path: Path;
}

export function mountsOfService(project: ComposeProject, service: JsonObject): ComposeMount[] {
  const mounts = listAt(service, 'volumes').flatMap((item, index) => {
    const mount = isObject(item) ? longMount(item, index) : typeof item === 'string' ? shortMount(item, index) : undefined;
    return mount === undefined ? [] : [resolveVolume(project, mount)];
  });
  const tmpfs = field(service, 'tmpfs');
  const inMemory = (Array.isArray(tmpfs) ? (tmpfs as readonly Json[]) : tmpfs === undefined ? [] : [tmpfs]).flatMap((item, index): ComposeMount[] =>
    typeof item === 'string' ? [{ kind: 'tmpfs', source: '', target: item.split(':')[0] ?? '', isReadOnly: false, propagation: '', path: ['tmpfs', index] }] : [],
  );
  const devices = listAt(service, 'devices').flatMap((item, index): ComposeMount[] => {
    const [source = '', target = ''] = isObject(item) ? [stringAt(item, 'source'), stringAt(item, 'target')] : String(item).split(':');
    return source.startsWith('/') ? [{ kind: 'device', source, target: target || source, isReadOnly: false, propagation: '', path: ['devices', index] }] : [];
  });
  return [...mounts, ...inMemory, ...devices];
}

/** `SOURCE:TARGET[:MODE]`; a source that is a path is a bind, any other name a volume; `C:\x:/y` has a drive letter. */
function shortMount(text: string, index: number): ComposeMount {
  const [, drive = '', rest = text] = /^([A-Za-z]:(?=[\\/]))?(.*)$/s.exec(text) ?? [];
  const parts = rest.split(':');
  const isAnonymous = drive === '' && parts.length === 1;
  const source = isAnonymous ? '' : drive + (parts[0] ?? '');
  const target = isAnonymous ? (parts[0] ?? '') : (parts[1] ?? '');
  const modes = (parts[2] ?? '').split(',');
  return {
    kind: drive !== '' || (/^(?:[/.~]|$)/.test(source) && !isAnonymous) ? 'hostPath' : 'volume',
    source,
    target,
    isReadOnly: modes.includes('ro'),
    propagation: modes.find((mode) => /^r?(?:shared|slave|private)$/.test(mode)) ?? '',
    path: ['volumes', index],
  };
}

function longMount(item: JsonObject, index: number): ComposeMount {
  const type = stringAt(item, 'type');
  return {
    kind: type === 'bind' ? 'hostPath' : type === 'tmpfs' || type === 'npipe' || type === 'cluster' || type === 'image' ? type : 'volume',
    source: stringAt(item, 'source'),
    target: stringAt(item, 'target'),
    isReadOnly: field(item, 'read_only') === true,
    propagation: stringAt(objectAt(item, 'bind'), 'propagation'),
    path: ['volumes', index],
  };
}

/** A named volume of the local driver with `o: bind` is a bind mount in disguise. */
function resolveVolume(project: ComposeProject, mount: ComposeMount): ComposeMount {
  if (mount.kind !== 'volume' || mount.source === '') return mount;
  const options = objectAt(objectAt(objectAt(project.value, 'volumes'), mount.source), 'driver_opts');
  const isBind = stringAt(options, 'o')
    .split(',')
    .some((option) => option === 'bind' || option === 'rbind');
  return isBind && stringAt(options, 'device') !== '' ? { ...mount, kind: 'hostPath', source: stringAt(options, 'device') } : mount;
}

/** Devices that are the host itself: its disks, its memory. */
const HOST_DEVICES = /^\/dev(?:$|\/(?:mem|kmem|port|kmsg|sd|nvme|vd|xvd|dm-|mapper|disk))/;

export function* mountSubjects(workload: Derived<'workload'>, container: Derived<'container'>, mounts: readonly ComposeMount[]): Generator<Subject> {
  for (const mount of mounts) {
    const hostPath = mount.kind === 'hostPath' ? hostPathOf(mount.source) : mount.kind === 'device' ? mount.source : '';
    const path = ['services', String(workload.facts.name), ...mount.path];
    const name = mount.source || mount.target;
    const kind = mount.kind === 'tmpfs' ? 'emptyDir' : mount.kind;
    yield new Part(
      'volume',
      {
        name,
        kind,
        hostPath,
        exposesHost: mount.kind === 'device' ? HOST_DEVICES.test(normalizeHostPath(mount.source)) : hostPath !== '' && exposesHost(hostPath),
        exposesSocket: hostPath !== '' && exposesSocket(hostPath),
        isWritable: !mount.isReadOnly,
        isBounded: true,
        isMounted: true,
      },
      workload,
      { part: `volume ${name}`, path },
    );
    yield new Part(
      'mount',
      {
        path: mount.target,
        volume: name,
        kind,
        isReadOnly: mount.isReadOnly,
        propagation: /^r?shared$/.test(mount.propagation) ? 'Bidirectional' : 'None',
        hidesCode: !mount.isReadOnly && mount.kind !== 'device' && holdsCode(mount.target),
      },
      container,
      { part: `mount ${mount.target}`, path },
    );
  }
}

/** `~` is the home of whoever starts the project; a relative path is below the project and not the host's own. */
function hostPathOf(source: string): string {
  if (source.startsWith('~')) return normalizeHostPath(`/home/${source.slice(1)}`);
  return source.startsWith('/') ? normalizeHostPath(source) : source;
}
