import type { ExcerptLine, LiveLocation, Origin, Reading } from '../../model/inventory.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { toPointer } from '../text-file.ts';

/** An object of a live cluster. */
export class LiveOrigin implements Origin {
  readonly reading: Reading;
  readonly #object: JsonObject;

  constructor(reading: Reading, object: JsonObject) {
    this.reading = reading;
    this.#object = object;
  }

  get view(): string {
    return `live:${this.reading.cluster}`;
  }

  locate(path: Path): LiveLocation {
    return { cluster: this.reading.cluster, ref: refOf(this.#object), pointer: toPointer(path), missing: !this.#holds(path) };
  }

  /** A cluster keeps no text. */
  excerpt(): readonly ExcerptLine[] {
    return NO_LINES;
  }

  #holds(path: Path): boolean {
    let value: Json | undefined = this.#object;
    for (const step of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
      value = (value as Readonly<Record<string | number, Json | undefined>>)[step];
    }
    return true;
  }
}

const NO_LINES: readonly ExcerptLine[] = [];

/** `shop/Deployment/api`; without a namespace where the kind has none. */
function refOf(object: JsonObject): string {
  const metadata = object['metadata'] as JsonObject;
  return [metadata['namespace'], object['kind'], metadata['name']].filter((part) => typeof part === 'string' && part !== '').join('/');
}
