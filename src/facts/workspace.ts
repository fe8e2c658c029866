import type { Json, JsonObject } from '../model/json.ts';
import type { ContainerEnvironment } from './environment.ts';
import { normalizeHostPath } from './host-path.ts';
import { boolAt, isObject, listAt, objectAt, stringAt } from './read.ts';
import { volumeKind, volumesByName } from './volumes.ts';
import type { WorkloadSubject } from './workloads.ts';

const ANNOTATION = 'seaworthy.dev/workspace';
const VARIABLE = /^(?:[A-Z0-9]+_)*WORKSPACE(?:_(?:ROOT|DIR|PATH))?$/;
const ARGUMENT = /^--workspace(?:-(?:root|dir|path))?(?:=(.*))?$/;

/** The folder that an agent declares as its workspace; empty if it declares none. */
export function findWorkspace(container: JsonObject, workload: WorkloadSubject, environment: ContainerEnvironment): string {
  const annotated = stringAt(objectAt(workload.pod.metadata, 'annotations'), ANNOTATION);
  if (annotated !== '') return annotated;
  const variable = environment.variables.find(({ name, text }) => text.startsWith('/') && VARIABLE.test(name));
  if (variable !== undefined) return variable.text;
  if (!listAt(container, 'command').some(mayNameWorkspace) && !listAt(container, 'args').some(mayNameWorkspace)) return '';
  const words = [...listAt(container, 'command'), ...listAt(container, 'args')].map((word) => (typeof word === 'string' ? word : ''));
  for (const [index, word] of words.entries()) {
    const match = ARGUMENT.exec(word);
    if (match !== null) return match[1] ?? words[index + 1] ?? '';
  }
  return '';
}

function mayNameWorkspace(word: Json): boolean {
  return typeof word === 'string' && word.startsWith('--workspace');
}

/** Its own writable volume, which is neither the host's nor the whole file system, a home or a code folder. */
export function isConfinedWorkspace(workspace: string, container: JsonObject, workload: WorkloadSubject): boolean | undefined {
  const path = normalizeHostPath(workspace);
  if (isSharedFolder(path)) return false;
  const mount = innermost(path, listAt(container, 'volumeMounts').filter(isObject), (item) => stringAt(item, 'mountPath'));
  if (mount === undefined || boolAt(mount, 'readOnly') === true) return false;
  const volume = volumesByName(workload).get(stringAt(mount, 'name'));
  return volume !== undefined && ['emptyDir', 'ephemeral', 'persistentVolumeClaim'].includes(volumeKind(volume) ?? '');
}

/** Of the mounts that a path is in, the deepest: it hides what the others have there. */
export function innermost<T>(path: string, mounts: readonly T[], targetOf: (mount: T) => string): T | undefined {
  let found: T | undefined;
  let deepest = '/';
  for (const mount of mounts) {
    const at = normalizeHostPath(targetOf(mount));
    if ((path === at || path.startsWith(`${at}/`)) && at.length > deepest.length) [found, deepest] = [mount, at];
  }
  return found;
}

export function isSharedFolder(path: string): boolean {
  return /^\/(?:|root|home(?:\/[^/]+)?|app|etc|usr|var|opt|tmp)$/.test(path);
}
