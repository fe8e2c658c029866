import type { ExcerptLine, FileLocation, Location, Origin } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import { isSecretValue, MASK, namesSecret } from '../sensitive.ts';
import type { Layer } from './compose-layer.ts';
import { type Trace, traceOf } from './compose-merge.ts';

/** A project may be made of several files: each path is found in the one that it was written in. */
export class ComposeOrigin implements Origin {
  readonly view = 'git';
  readonly #root: Trace;
  readonly #layers = new Map<string, Layer>();

  constructor(root: Trace) {
    this.#root = root;
    this.#layers.set(root.layer.file.name, root.layer);
  }

  /** The compose file itself. */
  get file(): string {
    return this.#root.layer.file.name;
  }

  locate(path: Path): FileLocation {
    const { layer, path: inside } = this.trace(path);
    this.#layers.set(layer.file.name, layer);
    return layer.origin.locate(inside);
  }

  /** The file that a part of the project was written in, and where. */
  trace(path: Path): Trace {
    return path.reduce<Trace>(traceOf, this.#root);
  }

  /** Shows only what `locate` has led to. */
  excerpt(location: Location): readonly ExcerptLine[] {
    const layer = 'file' in location ? this.#layers.get(location.file) : undefined;
    return layer === undefined ? [] : layer.origin.excerpt(location).map(({ line, text }) => ({ line, text: maskAssignments(text) }));
  }
}

/** `- NAME=value` is one scalar to YAML, and its value may have blanks and commas in it. */
function maskAssignments(text: string): string {
  const masked = text.replaceAll(/(["'])([A-Za-z_][\w.-]{0,99})=((?:(?!\1).){1,2000})\1/g, (whole, quote: string, name: string, value: string) =>
    isSecret(name, value) ? `${quote}${name}=${MASK}${quote}` : whole,
  );
  return masked.replace(/^(\s*-\s+)([A-Za-z_][\w.-]{0,99})=(.+)$/, (whole, dash: string, name: string, value: string) =>
    isSecret(name, value) ? `${dash}${name}=${MASK}` : whole,
  );
}

function isSecret(name: string, value: string): boolean {
  return namesSecret(name) && isSecretValue(value);
}
