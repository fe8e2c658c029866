import type { EnvFile } from '../model/inventory.ts';
import type { Json, Path } from '../model/json.ts';
import { addGap, pathFrom, type Reading, short } from './compose-layer.ts';
import type { ComposeOrigin } from './compose-origin.ts';
import { readEnvFile } from './env-file.ts';
import { entryOf } from './mapping.ts';

/** Nobody lists more. */
const MOST_FILES = 50;

/** Reads the files of `env_file`. Services that name the same files in the same order share what was read. */
export class ComposeEnvFiles {
  readonly #reading: Reading;
  readonly #origin: ComposeOrigin;
  readonly #known = new Map<string, EnvFile | undefined>();

  constructor(reading: Reading, origin: ComposeOrigin) {
    this.#reading = reading;
    this.#origin = origin;
  }

  filesOf(service: string, wanted: Json): readonly EnvFile[] {
    const at: Path = ['services', service, 'env_file'];
    const entries = Array.isArray(wanted) ? (wanted as readonly Json[]) : [wanted];
    const files: EnvFile[] = [];
    let before = '';
    for (const [index, entry] of entries.slice(0, MOST_FILES).entries()) {
      const path = typeof entry === 'string' ? entry : entryOf(entry, 'path');
      if (typeof path !== 'string' || path === '') continue;
      const place = Array.isArray(wanted) ? [...at, index] : at;
      const { layer } = this.#origin.trace(place);
      const format = entryOf(entry, 'format') === 'raw' ? 'raw' : undefined;
      const target = pathFrom(layer.directory, path);
      before = `${before}\n${format ?? ''} ${target}`;
      if (!this.#known.has(before))
        this.#known.set(
          before,
          this.#read(target, format, files, (name) => layer.lookup(name)),
        );
      const file = this.#known.get(before);
      if (file !== undefined) files.push(file);
      else if (isRequired(entry)) this.#miss(service, path, place);
    }
    return files;
  }

  /** A value may refer to names of the files before it. */
  #read(path: string, format: 'raw' | undefined, before: readonly EnvFile[], outer: (name: string) => string | undefined): EnvFile | undefined {
    if (this.#reading.files-- <= 0) return undefined;
    const file = this.#reading.reach.read(path);
    const earlier = [...before].reverse();
    const lookup = (name: string) => {
      const found = earlier.find(({ value }) => typeof entryOf(value, name) === 'string');
      return outer(name) ?? (found === undefined ? undefined : (found.value[name] as string));
    };
    return file === undefined ? undefined : readEnvFile(file, { format, lookup });
  }

  #miss(service: string, path: string, place: Path): void {
    const location = () => this.#origin.locate(place);
    const because = `there is no file ${short(path)}, or the project leads to too many`;
    const hint = 'scan where that file is at hand; what it sets is not known';
    addGap(this.#reading, { about: `${this.#origin.file}: service ${short(service)}: env_file`, because, hint }, location);
  }
}

function isRequired(entry: Json): boolean {
  const required = entryOf(entry, 'required');
  return required !== false && !(typeof required === 'string' && required.toLowerCase() === 'false');
}
