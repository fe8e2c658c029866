import type { ComposeProject } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Subject } from '../model/subject.ts';
import { isOpen, plain, UNSEEN_ENVIRONMENT } from './compose-read.ts';
import type { Derived } from './derived.ts';
import { exposesHost, exposesSocket, holdsCode, normalizeHostPath } from './host-path.ts';
import { Part } from './part.ts';
import { field, isObject, listAt, objectAt, stringAt } from './read.ts';

/** A mount or device of a compose service. */
export interface ComposeMount {
  /** Undefined where a variable that is not set here may be a path or a name. */
  readonly kind: 'hostPath' | 'volume' | 'tmpfs' | 'device' | 'npipe' | 'cluster' | 'image' | undefined;
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
    const [source = '', target = ''] = isObject(item) ? [stringAt(item, 'source'), stringAt(item, 'target')] : plain(item).split(':');
    return source.startsWith('/') ? [{ kind: 'device', source, target: target || source, isReadOnly: false, propagation: '', path: ['devices', index] }] : [];
  });
  const socket: ComposeMount[] = field(service, 'use_api_socket') === true ? [{ ...API_SOCKET, path: ['use_api_socket'] }] : [];
  return [...mounts, ...inMemory, ...devices, ...socket];
}

const API_SOCKET = { kind: 'hostPath', source: '/var/run/docker.sock', target: '/var/run/docker.sock', isReadOnly: false, propagation: '' } as const;

/** `SOURCE:TARGET[:MODE]`; a source that is a path is a bind, any other name a volume; `C:\\x:/y` has a drive letter. */
function shortMount(text: string, index: number): ComposeMount {
  const parts = text.match(/[A-Za-z]:[\\/][^:]*|[^:]+/g) ?? [];
  const isAnonymous = parts.length === 1;
  const source = isAnonymous ? '' : (parts[0] ?? '');
  const target = isAnonymous ? (parts[0] ?? '') : (parts[1] ?? '');
  const modes = (parts[2] ?? '').split(',');
  return {
    kind: isAnonymous ? 'volume' : kindOfSource(source),
    source,
    target,
    isReadOnly: modes.includes('ro'),
    propagation: modes.find((mode) => /^r?(?:shared|slave|private)$/.test(mode)) ?? '',
    path: ['volumes', index],
  };
}

function kindOfSource(source: string): ComposeMount['kind'] {
  if (/^(?:[/.~\\]|[A-Za-z]:[\\/])/.test(withFolders(source))) return 'hostPath';
  return /^\$\{/.test(source) && isOpen(source) ? undefined : 'volume';
}

/** Whoever starts the project, these two are folders of the host. */
function withFolders(source: string): string {
  return source.replace(/^\$\{HOME\}/, '~').replace(/^\$\{PWD\}(?=$|\/)/, '.');
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
    const path = ['services', String(workload.facts.name), ...mount.path];
    const name = mount.source || mount.target;
    const kind = mount.kind === 'tmpfs' ? 'emptyDir' : mount.kind;
    yield new Part('volume', { name, kind, ...exposureOf(mount), isWritable: !mount.isReadOnly, isBounded: true, isMounted: true }, workload, {
      part: `volume ${name}`,
      path,
      absences: { kind: UNSEEN_ENVIRONMENT, hostPath: UNSEEN_ENVIRONMENT, exposesHost: UNSEEN_ENVIRONMENT, exposesSocket: UNSEEN_ENVIRONMENT },
    });
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
      { part: `mount ${mount.target}`, path, absences: { kind: UNSEEN_ENVIRONMENT } },
    );
  }
}

interface Exposure {
  readonly hostPath: string | undefined;
  readonly exposesHost: boolean | undefined;
  readonly exposesSocket: boolean | undefined;
}

/** `~` is the home of whoever starts the project; a relative path is below the project and not the host's own. */
function exposureOf({ kind, source }: ComposeMount): Exposure {
  if (kind === 'device') return { hostPath: source, exposesHost: HOST_DEVICES.test(normalizeHostPath(source)), exposesSocket: exposesSocket(source) };
  if (kind === 'npipe') return { hostPath: source, exposesHost: exposesHost(source), exposesSocket: exposesSocket(source) };
  if (kind !== 'hostPath' && kind !== undefined) return { hostPath: '', exposesHost: false, exposesSocket: false };
  const path = withFolders(source);
  if (path.startsWith('${')) return { hostPath: undefined, exposesHost: undefined, exposesSocket: undefined };
  if (path.startsWith('.')) return { hostPath: path, exposesHost: false, exposesSocket: false };
  const hostPath = path.startsWith('~') ? normalizeHostPath(`/home/${path.slice(1)}`) : path.startsWith('/') ? normalizeHostPath(path) : path;
  const orUnknown = (exposes: boolean): boolean | undefined => exposes || (isOpen(path) ? undefined : false);
  return { hostPath, exposesHost: orUnknown(exposesHost(hostPath)), exposesSocket: orUnknown(exposesSocket(hostPath)) };
}
