import type { ComposeProject } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import { plain } from '../compose-read.ts';
import { type ComposeMount, mountsOfService } from '../compose-volumes.ts';
import { field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import { isDataFolder, trimSlashes } from './kubernetes-mounts.ts';
import type { KeptFolder, MountedFile, MountedFiles } from './program.ts';

/** The files that a compose project puts into a container of its service: `configs` and bind mounts. What `secrets` hold is not read. */
export function composeFiles(project: ComposeProject, service: JsonObject): MountedFiles {
  const files: MountedFile[] = [];
  const unseenPaths: string[] = [];
  for (const item of listAt(service, 'configs')) {
    const source = isObject(item) ? stringAt(item, 'source') : plain(item);
    const target = (isObject(item) ? stringAt(item, 'target') : '') || `/${source}`;
    const config = objectAt(objectAt(project.value, 'configs'), source);
    const content = field(config, 'content');
    const read = project.mountedFiles[stringAt(config, 'file')];
    const path = target.startsWith('/') ? target : `/${target}`;
    if (typeof content === 'string') files.push({ path, text: content, place: { resource: project, path: ['configs', source, 'content'] }, isSecret: false, isNamed: true });
    else if (read?.type === 'config-file') files.push({ path, text: read.text, place: { resource: read, path: [] }, isSecret: false, isNamed: true });
    else unseenPaths.push(path);
  }
  for (const item of listAt(service, 'secrets')) {
    const source = isObject(item) ? stringAt(item, 'source') : plain(item);
    const target = (isObject(item) ? stringAt(item, 'target') : '') || source;
    unseenPaths.push(target.startsWith('/') ? target : `/run/secrets/${target}`);
  }
  for (const mount of mountsOfService(project, service)) {
    if (mount.kind === 'tmpfs' || mount.kind === 'device') continue;
    const target = `/${trimSlashes(mount.target)}`;
    const below = mount.kind === 'hostPath' ? filesBelow(project, mount) : [];
    for (const { path, file } of below) files.push({ path: target + path, text: file.text, place: { resource: file, path: [] }, isSecret: false, isNamed: path === '' });
    const isWholeFile = below.length === 1 && below[0]?.path === '';
    if (!isWholeFile && !isDataFolder(target)) unseenPaths.push(target);
  }
  return { files, unseenPaths, wholeFolders: [] };
}

function filesBelow(project: ComposeProject, { source }: ComposeMount): { path: string; file: ComposeProject['mountedFiles'][string] }[] {
  const folder = source.replace(/\/+$/, '');
  const own = project.mountedFiles[source] ?? project.mountedFiles[folder];
  if (own !== undefined) return [{ path: '', file: own }];
  return Object.keys(project.mountedFiles)
    .filter((path) => path.startsWith(`${folder}/`))
    .flatMap((path) => {
      const file = project.mountedFiles[path];
      return file === undefined ? [] : [{ path: path.slice(folder.length), file }];
    });
}

export function composeKept(project: ComposeProject, name: string, service: JsonObject): KeptFolder[] {
  return mountsOfService(project, service).flatMap(({ kind, source, target, path }): KeptFolder[] => {
    const shared = { path: target, place: { resource: project, path: ['services', name, ...path] }, isOnNetwork: false };
    if (kind === 'hostPath') return [{ ...shared, kind: 'hostPath', name: source }];
    if (kind === 'tmpfs') return [{ ...shared, kind: 'emptyDir', name: source }];
    return kind === 'volume' || kind === 'cluster' ? [{ ...shared, kind: 'volume', name: source }] : [];
  });
}
