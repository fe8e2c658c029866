import { posix } from 'node:path';
import type { DockerfileImage, ExcerptLine, FileLocation, Location, Origin } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { addGap, type Layer, pathFrom, type Reading, short } from './compose-layer.ts';
import type { ComposeOrigin } from './compose-origin.ts';
import { readDockerfile } from './dockerfile.ts';
import { entryOf, isMapping } from './mapping.ts';
import { TextFile } from './text-file.ts';

/** Reads the Dockerfiles that services are built from. Each is read once for the same target and arguments. */
export class ComposeBuilds {
  readonly #reading: Reading;
  readonly #origin: ComposeOrigin;
  readonly #known = new Map<string, DockerfileImage | undefined>();

  constructor(reading: Reading, origin: ComposeOrigin) {
    this.#reading = reading;
    this.#origin = origin;
  }

  /** Undefined where nothing local is built: no `build`, a remote context, or no such Dockerfile. */
  dockerfileOf(service: string, build: Json | undefined): DockerfileImage | undefined {
    if (typeof build !== 'string' && !isMapping(build)) return undefined;
    const at: Path = ['services', service, 'build'];
    const { layer } = this.#origin.trace([...at, 'context']);
    const options = { target: textOf(entryOf(build, 'target')), args: argumentsOf(entryOf(build, 'args'), layer) };
    const inline = entryOf(build, 'dockerfile_inline');
    if (typeof inline === 'string') return this.#inline(inline, [...at, 'dockerfile_inline'], options, service);
    const context = typeof build === 'string' ? build : (textOf(entryOf(build, 'context')) ?? '.');
    const name = textOf(entryOf(build, 'dockerfile')) ?? 'Dockerfile';
    if (isRemote(context) || isRemote(name)) return undefined;
    const path = posix.isAbsolute(name) ? name : pathFrom(pathFrom(layer.directory, context), name);
    const key = JSON.stringify([path, options.target ?? null, options.args]);
    if (!this.#known.has(key)) this.#known.set(key, this.#read(path, options, service));
    return this.#known.get(key);
  }

  #read(path: string, options: BuildOptions, service: string): DockerfileImage | undefined {
    const about = `${this.#origin.file}: service ${short(service)}: ${short(path)}`;
    if (this.#reading.files-- <= 0) {
      addGap(this.#reading, { about, because: 'the project leads to too many files', hint: 'scan its parts by themselves' });
      return undefined;
    }
    const file = this.#reading.reach.read(path);
    if (file === undefined) return undefined;
    const image = readDockerfile(file, options);
    if (!('fault' in image)) return image;
    const location = { file: file.name, line: image.line, column: 1, pointer: '', missing: false };
    addGap(this.#reading, { about, because: image.fault, hint: HINT }, () => location);
    return undefined;
  }

  #inline(text: string, at: Path, options: BuildOptions, service: string): DockerfileImage | undefined {
    const { layer, path } = this.#origin.trace(at);
    const image = readDockerfile(new TextFile(layer.file.name, text), options);
    if (!('fault' in image)) return { ...image, origin: new InlineOrigin(image.origin, text, layer, path) };
    addGap(this.#reading, { about: `${this.#origin.file}: service ${short(service)}: dockerfile_inline`, because: image.fault, hint: HINT }, () => layer.origin.locate(path));
    return undefined;
  }
}

const HINT = 'mend the Dockerfile; as it stands, it cannot be built';

interface BuildOptions {
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
}

/** `args` is a mapping or a list; a name without a value is taken from whoever builds. */
function argumentsOf(args: Json | undefined, layer: Layer): Readonly<Record<string, string>> {
  const found = Object.create(null) as Record<string, string>;
  const add = (name: string, value: Json | undefined) => {
    const text = value === null || value === undefined ? layer.lookup(name) : textOf(value);
    if (text !== undefined) found[name] = text;
  };
  if (Array.isArray(args)) {
    for (const item of (args as readonly Json[]).filter((item) => typeof item === 'string')) {
      const sign = item.indexOf('=');
      add(sign === -1 ? item : item.slice(0, sign), sign === -1 ? null : item.slice(sign + 1));
    }
  } else if (isMapping(args)) {
    for (const name of Object.keys(args)) add(name, (args as JsonObject)[name]);
  }
  return found;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'object' || value === undefined ? undefined : String(value);
}

function isRemote(context: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^(?:github|gitlab|bitbucket)\.(?:com|org)\/|^(?:docker-image|target|service|oci-layout):/i.test(context);
}

/** Maps lines of the text back to the compose file, where a block scalar's lines stand as they are, only indented. */
class InlineOrigin implements Origin {
  readonly view = 'git';
  readonly #inner: Origin;
  readonly #text: TextFile;
  readonly #layer: Layer;
  readonly #path: Path;

  constructor(inner: Origin, text: string, layer: Layer, path: Path) {
    this.#inner = inner;
    this.#text = new TextFile('', text);
    this.#layer = layer;
    this.#path = path;
  }

  locate(path: Path): FileLocation {
    const outer = this.#layer.origin.locate(this.#path);
    const inner = this.#inner.locate(path) as FileLocation;
    const indent = this.#indentAt(outer.line + inner.line, inner.line);
    if (indent === undefined) return { ...outer, missing: inner.missing };
    return { ...outer, line: outer.line + inner.line, column: indent + inner.column, missing: inner.missing };
  }

  /** The compose file's own masking knows YAML; the Dockerfile's knows ENV. A line is shown as the stricter of the two has it. */
  excerpt(location: Location): readonly ExcerptLine[] {
    if (!('file' in location)) return [];
    const { line: first } = this.#layer.origin.locate(this.#path);
    const inner = new Map(this.#inner.excerpt({ ...location, line: location.line - first }).map(({ line, text }) => [line, text]));
    return this.#layer.origin.excerpt(location).map(({ line, text }) => {
      const masked = inner.get(line - first);
      const indent = this.#indentAt(line, line - first);
      const isPlain = masked === undefined || indent === undefined || masked === lineOf(this.#text, line - first);
      return isPlain ? { line, text } : { line, text: `${' '.repeat(indent)}${masked}` };
    });
  }

  /** Undefined where the line of the compose file is not that line of the text: flow scalars, variables, the lines around. */
  #indentAt(line: number, innerLine: number): number | undefined {
    const outer = lineOf(this.#layer.file, line);
    const inner = lineOf(this.#text, innerLine);
    if (outer === undefined || inner === undefined || !outer.endsWith(inner)) return undefined;
    const indent = outer.length - inner.length;
    return outer.slice(0, indent).trim() === '' ? indent : undefined;
  }
}

function lineOf(file: TextFile, line: number): string | undefined {
  const range = file.lineRange(line);
  return range === undefined ? undefined : file.text.slice(range.from, range.to);
}
