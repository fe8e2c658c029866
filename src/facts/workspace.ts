import type { Json, JsonObject } from '../model/json.ts';
import { isSeen, partOf, textOf } from './connections/text.ts';
import type { Texts } from './datastores/program.ts';
import type { ContainerEnvironment } from './environment.ts';
import { normalizeHostPath } from './host-path.ts';
import { boolAt, isObject, listAt, objectAt, stringAt } from './read.ts';
import { volumeKind, volumesByName } from './volumes.ts';
import type { WorkloadSubject } from './workloads.ts';

const ANNOTATION = 'seaworthy.dev/workspace';
const VARIABLE = /^(?:[A-Z0-9]+_)*WORKSPACE(?:_(?:ROOT|DIR|PATH))?$/;
const ARGUMENT = /^--workspace(?:-(?:root|dir|path))?(?:=(.*))?$/;

/** The folder that an agent declares as its workspace; empty if it declares none, undefined where what it is called was not seen. */
export function findWorkspace(container: JsonObject, workload: WorkloadSubject, environment: ContainerEnvironment): string | undefined {
  const annotated = stringAt(objectAt(workload.pod.metadata, 'annotations'), ANNOTATION);
  if (annotated !== '') return annotated;
  // Few containers declare one, and putting together what the others are started with would cost too much.
  const mayDeclare = environment.names.values().some(namesWorkspace) || listAt(container, 'command').some(mayNameWorkspace) || listAt(container, 'args').some(mayNameWorkspace);
  return mayDeclare ? workspaceIn(environment.texts) : '';
}

/** What a variable or an argument declares, whatever it refers to. */
export function workspaceIn({ variables, command, arguments: extra }: Texts): string | undefined {
  for (const [name, { text, isSecret }] of variables) {
    // Some variables of such a name are no folders.
    if (!namesWorkspace(name) || (isSeen(text.marked.slice(0, 1)) && !text.marked.startsWith('/'))) continue;
    return isSecret ? undefined : textOf(text);
  }
  const words = [...(command ?? []), ...(extra ?? [])];
  for (const [index, { text, isSecret }] of words.entries()) {
    const match = ARGUMENT.exec(text.marked);
    if (match === null) continue;
    const folder = match[1] === undefined ? words[index + 1] : { text: partOf(text, match[1]), isSecret };
    // What comes from a Secret is not told.
    return folder === undefined ? '' : folder.isSecret ? undefined : textOf(folder.text);
  }
  return '';
}

function namesWorkspace(name: string): boolean {
  return name.includes('WORKSPACE') && VARIABLE.test(name);
}

/** A reference may stand for the whole word. */
function mayNameWorkspace(word: Json): boolean {
  return typeof word === 'string' && (word.startsWith('--workspace') || word.startsWith('$('));
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
