import { posix } from 'node:path';
import type { ComposeProject, DockerfileImage, EnvFile, Gap, Interpolation } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { assemble, environmentOf } from './compose-assembly.ts';
import { ComposeBuilds } from './compose-build.ts';
import { ComposeEnvFiles } from './compose-env-files.ts';
import { openLayer, type Reach, type Reading, type ReferenceTree, readLayer } from './compose-layer.ts';
import { merge, type Traced, traceOf } from './compose-merge.ts';
import { mountedFilesOf } from './compose-mounted-files.ts';
import { ComposeOrigin } from './compose-origin.ts';
import { type Lookup, newAllowance } from './interpolate.ts';
import { entryOf, isMapping } from './mapping.ts';
import { settingsFilesOf } from './settings-files.ts';
import type { TextFile } from './text-file.ts';
import type { YamlDocument } from './yaml.ts';

export type { Reach } from './compose-layer.ts';

const USUAL_NAME = /^(?:docker-)?compose(?:[._-][\w.-]*)?\.ya?ml$/i;
const FIRST_FORMAT_NAME = /^docker-compose\.ya?ml$/i;

/** Of CI pipelines, whose `services` have images too. */
const PIPELINE_KEYS = ['steps', 'pipeline', 'jobs', 'stages'];

/**
 * Whether a document is a compose file. `services:` alone proves nothing (Symfony and Drupal have it too): under another name, one
 * of the services has to have what only a container has.
 */
export function looksLikeCompose(name: string, value: Json): boolean {
  if (!isMapping(value) || (typeof entryOf(value, 'kind') === 'string' && typeof entryOf(value, 'apiVersion') === 'string')) return false;
  const base = posix.basename(name);
  const services = entryOf(value, 'services');
  if (services === undefined) {
    if (USUAL_NAME.test(base) && Array.isArray(entryOf(value, 'include'))) return true;
    return FIRST_FORMAT_NAME.test(base) && Object.values(value).some(runsContainer);
  }
  if (USUAL_NAME.test(base)) return services === null || (isMapping(services) && Object.values(services).every((service) => service === null || isMapping(service)));
  if (PIPELINE_KEYS.some((key) => Object.hasOwn(value, key))) return false;
  return isMapping(services) && Object.values(services).every(isMapping) && Object.values(services).some(runsContainer);
}

function runsContainer(service: Json | undefined): boolean {
  const [image, build, base] = ['image', 'build', 'extends'].map((key) => entryOf(service, key));
  return [image, build, base].some((value) => typeof value === 'string') || isMapping(build) || isMapping(base);
}

/**
 * Reads a compose file as docker compose v2 does: variables, `extends`, `include`, env files, Dockerfiles. An override file is joined
 * into the project beside it; that project is read without it as well, for whoever names its file (`-f`) runs it so. Services of
 * every profile are kept. Two differences, on purpose: a variable that is not set stays in its
 * value as `${NAME}` (see interpolate), and what compose refuses as a whole becomes a gap, the rest being read all the same.
 */
export function readCompose(file: TextFile, document: YamlDocument, reach: Reach): { project: ComposeProject; gaps: Gap[] } {
  const reading: Reading = { reach, gaps: [], allowance: newAllowance(), files: 1000, copies: 200_000 };
  const directory = posix.dirname(file.name);
  const lookup = environmentOf(reading, directory, (name) => (Object.hasOwn(reach.environment, name) ? reach.environment[name] : undefined));
  const own = assemble(reading, openLayer(reading, file, document, directory, lookup));
  const overridden = projectBeside(reading, file.name, directory, lookup);
  const assembled = overridden === undefined ? own : merge(reading, overridden, own, '');
  const value = assembled.value as JsonObject;
  const origin = new ComposeOrigin(assembled.trace);
  const project: ComposeProject = {
    type: 'compose',
    file: file.name,
    project: projectName(value, lookup, directory),
    value,
    origin,
    at: [],
    duplicateKeys: document.duplicateKeys,
    hasEnvironment: Object.keys(reach.environment).length > 0 || reach.read(posix.join(directory, '.env')) !== undefined,
    interpolations: interpolationsOf(assembled),
    ...readAlongside(reading, value, origin),
  };
  return { project, gaps: reading.gaps };
}

/** The names that `docker compose` looks for, in its order (compose-go, cli.DefaultFileNames and DefaultOverrideFileNames). */
const PROJECT_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDE_NAME = /^(?:docker-)?compose\.override\.ya?ml$/;

/** What an override file overrides. */
function projectBeside(reading: Reading, name: string, directory: string, lookup: Lookup): Traced | undefined {
  if (!OVERRIDE_NAME.test(posix.basename(name))) return undefined;
  const path = PROJECT_NAMES.map((candidate) => posix.join(directory, candidate)).find((candidate) => reading.reach.read(candidate) !== undefined);
  const layer = path === undefined ? undefined : readLayer(reading, path, directory, lookup, path);
  return layer === undefined ? undefined : assemble(reading, layer);
}

function projectName(value: JsonObject, lookup: Lookup, directory: string): string {
  const own = entryOf(value, 'name');
  const candidates = [lookup('COMPOSE_PROJECT_NAME'), typeof own === 'string' ? own : undefined, posix.basename(posix.resolve(directory))];
  return candidates.map((name) => normalise(name ?? '')).find((name) => name !== '') ?? 'default';
}

/** As compose-go's NormalizeProjectName. */
function normalise(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function readAlongside(reading: Reading, value: JsonObject, origin: ComposeOrigin): Pick<ComposeProject, 'envFiles' | 'dockerfiles' | 'mountedFiles' | 'settingsFiles'> {
  const envFiles = Object.create(null) as Record<string, readonly EnvFile[]>;
  const dockerfiles = Object.create(null) as Record<string, DockerfileImage>;
  const builds = new ComposeBuilds(reading, origin);
  const environments = new ComposeEnvFiles(reading, origin);
  const services = entryOf(value, 'services');
  for (const name of Object.keys(isMapping(services) ? services : {})) {
    const service = entryOf(services, name);
    const dockerfile = builds.dockerfileOf(name, entryOf(service, 'build'));
    if (dockerfile !== undefined) dockerfiles[name] = dockerfile;
    const wanted = entryOf(service, 'env_file');
    if (wanted !== undefined) envFiles[name] = environments.filesOf(name, wanted);
  }
  return { envFiles, dockerfiles, mountedFiles: mountedFilesOf(reading, value, origin), settingsFiles: settingsFilesOf(reading, value, origin) };
}

/** The variables of what is left after joining, each at its place in the project. */
function interpolationsOf(project: Traced): Interpolation[] {
  const found: Interpolation[] = [];
  const walk = ({ value, trace }: Traced, tree: ReferenceTree | undefined, path: Path): void => {
    if (typeof value !== 'object' || value === null) {
      for (const reference of tree?.references ?? []) found.push({ path, ...reference, written: tree?.written ?? '' });
      return;
    }
    const steps = new Set<string | number>([...(trace.parts?.keys() ?? []), ...(tree?.children.keys() ?? [])]);
    for (const step of steps) {
      // A list that was joined into a mapping, or the other way round, is only known by its parts.
      if (!Object.hasOwn(value, step) || Array.isArray(value) !== (typeof step === 'number')) continue;
      const part = trace.parts?.get(step);
      const below = part === undefined ? tree?.children.get(step) : referencesAt(part.layer.references, part.path);
      const child = (value as Readonly<Record<string | number, Json>>)[step] as Json;
      if (below !== undefined || part !== undefined) walk({ value: child, trace: part ?? traceOf(trace, step) }, below, [...path, step]);
    }
  };
  walk(project, project.trace.layer.references, []);
  return found;
}

function referencesAt(tree: ReferenceTree, path: Path): ReferenceTree | undefined {
  return path.reduce<ReferenceTree | undefined>((below, step) => below?.children.get(step), tree);
}
