import { posix } from 'node:path';
import type { Json, JsonObject } from '../model/json.ts';
import { addGap, type Layer, pathFrom, type Reading, readLayer, short } from './compose-layer.ts';
import { merge, type Trace, type Traced, traceOf } from './compose-merge.ts';
import { readEnvFile } from './env-file.ts';
import type { Lookup } from './interpolate.ts';
import { entryOf, isMapping } from './mapping.ts';

/** Sections that an included project shares with the one that includes it. */
const SHARED_SECTIONS = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models'];
const LONGEST_CHAIN = 50;

/**
 * Resolves `extends` and `include` of a compose file. A service whose base could not be read keeps its `extends`, and a project
 * that misses an included file its `include`, so that facts can tell that they are not whole.
 */
export function assemble(reading: Reading, layer: Layer, includedBy: readonly string[] = []): Traced {
  const value = Object.create(null) as Record<string, Json>;
  const parts = new Map<string | number, Trace>();
  if (layer.servicesAt.length > 0) for (const key of Object.keys(layer.value)) value[key] = layer.value[key] as Json;
  const services = extendServices(reading, layer);
  value['services'] = services.value;
  parts.set('services', services.trace);
  const project: Traced = { value, trace: { layer, path: [], parts } };
  const included = includes(reading, layer, includedBy);
  const wanted = value['include'];
  if (Array.isArray(wanted) && wanted.length === included.length) delete value['include'];
  return included.reduce((joined, other) => share(reading, joined, other), project);
}

/** Where the file that a compose file leads to begins to look for variables: its own `.env`, unless the includer has them. */
export function environmentOf(reading: Reading, directory: string, outer: Lookup, envFiles: readonly string[] = [posix.join(directory, '.env')]): Lookup {
  let lookup = outer;
  for (const path of envFiles) {
    const file = reading.files-- > 0 ? reading.reach.read(path) : undefined;
    if (file === undefined) continue;
    const before = lookup;
    const { value } = readEnvFile(file, { lookup: outer });
    lookup = (name) => {
      const own = Object.hasOwn(value, name) ? value[name] : undefined;
      return outer(name) ?? (typeof own === 'string' ? own : before(name));
    };
  }
  return lookup;
}

function extendServices(reading: Reading, layer: Layer): Traced {
  const extending = new Extending(reading, layer.lookup);
  const own = layer.servicesAt.length > 0 ? entryOf(layer.value, 'services') : layer.value;
  const value = Object.create(null) as Record<string, Json>;
  const parts = new Map<string | number, Trace>();
  const trace = { layer, path: layer.servicesAt };
  for (const name of Object.keys(isMapping(own) ? own : {})) {
    if (!isMapping(entryOf(own, name))) continue;
    const service = extending.service(layer, name, []);
    if (service === undefined || isFragment(name, service.value)) continue;
    value[name] = service.value;
    parts.set(name, service.trace);
  }
  return { value, trace: { ...trace, parts } };
}

/** `services: {x-defaults: &defaults {…}}`: compose itself refuses it, older ones did not. */
function isFragment(name: string, service: Json): boolean {
  return name.startsWith('x-') && entryOf(service, 'image') === undefined && entryOf(service, 'build') === undefined;
}

class Extending {
  readonly #reading: Reading;
  readonly #lookup: Lookup;
  readonly #files = new Map<string, Layer | undefined>();
  readonly #known = new Map<Layer, Map<string, Traced>>();

  constructor(reading: Reading, lookup: Lookup) {
    this.#reading = reading;
    this.#lookup = lookup;
  }

  service(layer: Layer, name: string, extendedBy: readonly string[]): Traced | undefined {
    const known = this.#known.get(layer) ?? new Map<string, Traced>();
    this.#known.set(layer, known);
    let service = known.get(name);
    if (service === undefined) {
      const value = entryOf(layer.servicesAt.length > 0 ? entryOf(layer.value, 'services') : layer.value, name);
      if (value === undefined) return undefined;
      const own = { value, trace: { layer, path: [...layer.servicesAt, name] } };
      service = isMapping(value) && Object.hasOwn(value, 'extends') ? this.#extended(own, name, extendedBy) : own;
      known.set(name, service);
    }
    return service;
  }

  #extended(own: Traced, name: string, extendedBy: readonly string[]): Traced {
    const { layer } = own.trace;
    const wanted = entryOf(own.value, 'extends') as Json;
    const file = entryOf(wanted, 'file');
    const baseName = typeof wanted === 'string' ? wanted : entryOf(wanted, 'service');
    if (typeof baseName !== 'string') return this.#refuse(own, name, 'its `extends` names no service');
    const chain = [...extendedBy, `${layer.file.name}\0${name}`];
    const baseLayer = typeof file === 'string' ? this.#open(own, name, file) : layer;
    if (baseLayer === undefined) return own;
    if (chain.includes(`${baseLayer.file.name}\0${baseName}`)) return this.#refuse(own, name, 'its `extends` leads back to itself');
    if (chain.length > LONGEST_CHAIN) return this.#refuse(own, name, 'its `extends` leads through too many services');
    const base = this.service(baseLayer, baseName, chain);
    if (base === undefined) return this.#refuse(own, name, `it extends \`${short(baseName)}\`, and ${baseLayer.file.name} has no such service`);
    // A base that could not be resolved hands its `extends` on: what extends it is not whole either.
    const joined = merge(this.#reading, base, withoutExtends(own), 'services.*');
    return this.#reading.copies > 0 ? joined : this.#refuse(own, name, 'the services of this project inherit too much');
  }

  #open(own: Traced, name: string, file: string): Layer | undefined {
    const { layer } = own.trace;
    const path = /:\/\//.test(file) ? file : pathFrom(layer.directory, file);
    if (path === layer.file.name) return layer;
    if (!this.#files.has(path)) {
      const about = `${layer.file.name}: service ${short(name)} extends ${short(file)}`;
      this.#files.set(path, readLayer(this.#reading, path, posix.dirname(path), this.#lookup, about));
    }
    return this.#files.get(path);
  }

  #refuse(own: Traced, name: string, because: string): Traced {
    const { layer, path } = own.trace;
    const hint = 'mend `extends`; as it stands, compose refuses the project';
    addGap(this.#reading, { about: `${layer.file.name}: service ${short(name)}`, because, hint }, () => layer.origin.locate([...path, 'extends']));
    return own;
  }
}

function withoutExtends({ value: service, trace }: Traced): Traced {
  const value = Object.create(null) as Record<string, Json>;
  for (const key of Object.keys(service as JsonObject)) if (key !== 'extends') value[key] = (service as JsonObject)[key] as Json;
  return { value, trace };
}

function includes(reading: Reading, layer: Layer, includedBy: readonly string[]): Traced[] {
  const entries = layer.servicesAt.length > 0 ? entryOf(layer.value, 'include') : undefined;
  const projects: Traced[] = [];
  for (const [index, entry] of (Array.isArray(entries) ? (entries as readonly Json[]) : []).entries()) {
    const paths = texts(typeof entry === 'string' ? entry : entryOf(entry, 'path'));
    const [main] = paths;
    if (main === undefined) continue;
    const chain = [...includedBy, layer.file.name];
    const about = `${layer.file.name}: include ${short(main)}`;
    if (chain.includes(pathFrom(layer.directory, main)) || chain.length > LONGEST_CHAIN) {
      const gap = { about, because: 'it leads back to itself', hint: 'break the circle' };
      addGap(reading, gap, () => layer.origin.locate(['include', index]));
      continue;
    }
    const project = includeOne(reading, layer, entry, paths, chain, about);
    if (project !== undefined) projects.push(project);
  }
  return projects;
}

/** The first path is the project, the others override it. */
function includeOne(reading: Reading, layer: Layer, entry: Json | undefined, paths: readonly string[], chain: readonly string[], about: string): Traced | undefined {
  const [main = ''] = paths;
  const given = entryOf(entry, 'project_directory');
  const directory = typeof given === 'string' ? pathFrom(layer.directory, given) : posix.dirname(pathFrom(layer.directory, main));
  const envFiles = texts(entryOf(entry, 'env_file')).map((path) => pathFrom(layer.directory, path));
  const lookup = environmentOf(reading, directory, layer.lookup, envFiles.length > 0 ? envFiles : undefined);
  let project: Traced | undefined;
  for (const path of paths) {
    const target = /:\/\//.test(path) ? path : pathFrom(layer.directory, path);
    const other = readLayer(reading, target, directory, lookup, about);
    if (other === undefined) continue;
    const assembled = assemble(reading, other, chain);
    project = project === undefined ? assembled : merge(reading, project, assembled, '');
  }
  return project;
}

function texts(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as readonly Json[]).filter((item) => typeof item === 'string') : [];
}

/** What both define, compose refuses; here the including file's own counts, for that is what is being read. */
function share(reading: Reading, project: Traced, included: Traced): Traced {
  const value = Object.assign(Object.create(null), project.value) as Record<string, Json>;
  const parts = new Map<string | number, Trace>(project.trace.parts);
  for (const section of SHARED_SECTIONS) {
    const theirs = entryOf(included.value, section);
    if (!isMapping(theirs)) continue;
    const ours = entryOf(project.value, section);
    const joined = Object.assign(Object.create(null), isMapping(ours) ? ours : {}) as Record<string, Json>;
    const sectionTrace = traceOf(project.trace, section);
    const sectionParts = new Map<string | number, Trace>(sectionTrace.parts);
    for (const name of Object.keys(theirs)) {
      if (Object.hasOwn(joined, name) || reading.copies-- <= 0) continue;
      joined[name] = (theirs as JsonObject)[name] as Json;
      sectionParts.set(name, traceOf(traceOf(included.trace, section), name));
    }
    value[section] = joined;
    parts.set(section, { ...sectionTrace, parts: sectionParts });
  }
  return { value, trace: { ...project.trace, parts } };
}
