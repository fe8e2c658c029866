import type { Subject } from '../../model/subject.ts';
import { textOf } from '../connections/text.ts';
import { Part } from '../part.ts';
import { EMPTY, listAt, stringAt } from '../read.ts';
import { nameOf, type UnitIndex } from '../unit-index.ts';
import type { KeptFolder, Program } from './program.ts';
import { claimOf } from './storage.ts';

/** Variables by which programs are told where to keep an SQLite database of what they did. */
export const STORE_VARIABLE = /^(?:\w{1,60}_)?AUDIT_(?:DB|DATABASE|DB_PATH|DB_FILE|STORE|SQLITE)(?:_PATH|_FILE|_URL)?$/;

/** The SQLite files that a program is told to keep, with what they lie on. */
export function* fileStoresOf(program: Program, index: UnitIndex | undefined): Generator<Subject> {
  for (const [name, { text, place, isSecret }] of program.texts.variables) {
    if (!STORE_VARIABLE.test(name)) continue;
    const path = textOf(text)?.replace(/^(?:sqlite|file):(?:\/\/)?(?=\/)/, '');
    if (isSecret || (path !== undefined && !/^[/~.]|\.(?:db|sqlite3?)$/.test(path))) continue;
    const folder = path === undefined ? undefined : folderOf(path, program.kept);
    const isAbsolute = path?.startsWith('/') === true;
    const facts = {
      path: path ?? '',
      kind: path === undefined ? undefined : (folder?.kind ?? ''),
      outlivesContainer: path === undefined || !isAbsolute ? undefined : folder !== undefined && folder.kind !== 'emptyDir',
      isOnNetwork: path === undefined ? undefined : isOnNetwork(folder, program, index),
      isShared: program.copies === undefined ? undefined : program.copies > 1 && folder?.kind !== 'emptyDir' && !isOfEachCopy(folder, program),
      isInWorkspace: path === undefined ? undefined : /\/(?:workspaces?|repos?|work)(?:\/|$)/.test(path),
    };
    const absence = { because: 'where the file lies is not written here', hint: 'give an absolute path on a volume of its own' };
    yield new Part('store', facts, program.container, {
      part: `store ${name}`,
      path: place.path.slice(place.resource.at.length),
      resource: place.resource,
      absences: { kind: absence, outlivesContainer: absence, isOnNetwork: absence, isShared: absence, isInWorkspace: absence },
    });
  }
}

/** The innermost volume that a path lies in. */
function folderOf(path: string, kept: readonly KeptFolder[]): KeptFolder | undefined {
  return kept.filter((folder) => path.startsWith(`${folder.path.replace(/\/+$/, '')}/`)).sort((a, b) => b.path.length - a.path.length)[0];
}

/** WAL needs memory that all writers share, which no network file system offers. */
function isOnNetwork(folder: KeptFolder | undefined, program: Program, index: UnitIndex | undefined): boolean {
  if (folder?.kind !== 'claim' || index === undefined) return folder?.isOnNetwork === true;
  return listAt(claimOf(folder, program, index)?.spec ?? EMPTY, 'accessModes').includes('ReadWriteMany');
}

/** A StatefulSet makes a claim for each of its pods. */
function isOfEachCopy(folder: KeptFolder | undefined, { ownerKind, container: { resource } }: Program): boolean {
  if (ownerKind !== 'StatefulSet' || folder === undefined) return false;
  // The claim of a Pod is named after the Pod.
  return folder.place.path.includes('volumeClaimTemplates') || (stringAt(resource.value, 'kind') === 'Pod' && folder.name.endsWith(`-${nameOf(resource)}`));
}
