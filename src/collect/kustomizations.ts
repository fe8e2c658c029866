import { dirname, join, resolve } from 'node:path';
import type { Gap } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import { isFolder, realpathOf, statOf } from './files.ts';
import { shellWord } from './render.ts';

/** A kustomization that was read as a file, and not rendered: what it takes in has to be in the scan by itself. */
export interface Kustomization {
  /** As the report shows it. */
  readonly file: string;
  /** Its folder, with links followed. */
  readonly folder: string;
  readonly taken: readonly { readonly entry: string; readonly at: Path }[];
  /** Where a path of it stands. */
  locate(at: Path): NonNullable<Gap['location']>;
}

/** Kustomize goes by the name: kind and apiVersion may be left out. */
export function isKustomizationFile(name: string): boolean {
  return /(?:^|[/\\])(?:kustomization\.ya?ml|Kustomization)$/.test(name);
}

/** Where manifests come from that a kustomization does not hold itself. What it patches and generates is its own. */
const LISTS = ['resources', 'bases', 'components'];

export function readKustomization(file: string, value: unknown, locate: Kustomization['locate']): Kustomization {
  const taken = LISTS.flatMap((list) => {
    const entries: unknown = (value as Readonly<Record<string, unknown>> | null)?.[list];
    return (Array.isArray(entries) ? entries : []).flatMap((entry, index) => (typeof entry === 'string' && entry !== '' ? [{ entry, at: [list, index] }] : []));
  });
  return { file, folder: realpathOf(dirname(resolve(file))), taken, locate };
}

/**
 * What would else be silence: an overlay whose base is at an address, or in a folder that nobody named, deploys more than was judged.
 * What `-k` rendered holds all of it, and so do the kustomizations that it is made of.
 */
export function missingFrom(kustomizations: readonly Kustomization[], rendered: readonly string[], isRead: (real: string) => boolean): Gap[] {
  const whole = withWhatTheyAreMadeOf(rendered.map(realpathOf), kustomizations);
  return kustomizations.flatMap(({ file, folder, taken, locate }) => {
    if (whole.has(folder)) return [];
    const missing = taken.filter(({ entry }) => {
      const path = join(folder, entry);
      return statOf(path) === undefined || !isRead(realpathOf(path));
    });
    const [first] = missing;
    if (first === undefined) return [];
    const what = missing.length === 1 ? `${first.entry}, which is` : `${first.entry} and ${missing.length - 1} more, which are`;
    const hint = `scan what it renders to: seaworthy scan -k ${shellWord(dirname(file))}`;
    return [{ about: file, because: `it takes in ${what} not part of this scan`, hint, location: locate(first.at) }];
  });
}

function withWhatTheyAreMadeOf(folders: readonly string[], kustomizations: readonly Kustomization[]): Set<string> {
  const byFolder = new Map(kustomizations.map((kustomization) => [kustomization.folder, kustomization]));
  const whole = new Set<string>();
  const open = [...folders];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (whole.has(folder)) continue;
    whole.add(folder);
    for (const { entry } of byFolder.get(folder)?.taken ?? []) {
      const path = join(folder, entry);
      if (isFolder(path)) open.push(realpathOf(path));
    }
  }
  return whole;
}
