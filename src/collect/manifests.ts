import type { ComposeProject, DockerfileImage, Gap, Inventory, KubernetesObject, Resource, Source, Unit } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { looksLikeCompose, type Reach, readCompose } from './compose.ts';
import { looksLikeDockerfile, readDockerfile } from './dockerfile.ts';
import { DocumentOrigin } from './document-origin.ts';
import { displayPath, expandPaths, type FoundFile, isFolder, readStandardInput, readTextFile, realpathOf, walkFolder } from './files.ts';
import { type Rendered, renderChart, renderKustomization } from './render.ts';
import type { TextFile } from './text-file.ts';
import { readYaml, type YamlDocument } from './yaml.ts';

/** What the user asked to be read from disk or standard input. */
export interface ManifestRequest {
  /** Files, folders, globs, or `-` for standard input. */
  readonly paths: readonly string[];
  readonly kustomizations: readonly string[];
  readonly charts: readonly string[];
  readonly chartValues: readonly string[];
  /** Variables for compose interpolation; empty, so that a verdict does not depend on who runs the scan, unless asked for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a target that holds nothing to judge is fine. */
  readonly allowEmpty: boolean;
}

export function collectManifests(request: ManifestRequest): Inventory {
  const collection = new Collection(request);
  const paths = expandPaths(request.paths);
  collection.readNamed(paths.filter((path) => path === '-' || !isFolder(path)));
  for (const folder of paths.filter((path) => path !== '-' && isFolder(path))) collection.readFolder(folder);
  for (const folder of request.charts) collection.readRendered('chart', folder, renderChart(folder, request.chartValues));
  for (const folder of request.kustomizations) collection.readRendered('kustomization', folder, renderKustomization(folder));
  return collection.inventory();
}

/** What one unit is filled with while its files are read. */
interface Filling {
  readonly kind: Unit['kind'];
  readonly name: string;
  readonly resources: Resource[];
  files: number;
  ignored: number;
}

class Collection {
  readonly #units: Unit[] = [];
  readonly #sources: Source[] = [];
  readonly #gaps: Gap[] = [];
  /** Real paths already read: a file that is named twice, or reached by two links, is one file. */
  readonly #seen = new Set<string>();
  readonly #request: ManifestRequest;

  constructor(request: ManifestRequest) {
    this.#request = request;
  }

  inventory(): Inventory {
    return { units: this.#units, sources: this.#sources, gaps: this.#gaps };
  }

  /** Files named one by one belong together, as they do for kubectl; standard input stands for itself. */
  readNamed(paths: readonly string[]): void {
    const files = paths.filter((path) => path !== '-');
    if (paths.includes('-')) {
      const unit: Filling = { kind: 'stdin', name: 'stdin', resources: [], files: 0, ignored: 0 };
      this.#readText(readStandardInput(), unit, true);
      this.#finish(unit, 'stdin', true);
    }
    if (files.length === 0) return;
    const unit: Filling = { kind: 'files', name: files.map(displayPath).join(', '), resources: [], files: 0, ignored: 0 };
    for (const path of files) {
      const before = unit.resources.length + this.#units.length + this.#gaps.length;
      const again = this.#readFile({ path, real: realpathOf(path) }, unit, true);
      if (!again && unit.resources.length + this.#units.length + this.#gaps.length === before) this.#missNothing(displayPath(path));
    }
    this.#finish(unit, unit.name, false);
  }

  readFolder(folder: string): void {
    const target = displayPath(folder);
    const unit: Filling = { kind: 'folder', name: target, resources: [], files: 0, ignored: 0 };
    const before = this.#units.length + this.#gaps.length;
    const found = walkFolder(folder, mayHoldManifests);
    if (found.files.some(({ path }) => path === `${folder}/Chart.yaml` || path === 'Chart.yaml')) {
      this.readRendered('chart', folder, renderChart(folder, this.#request.chartValues));
      return;
    }
    this.#gaps.push(...found.gaps);
    let again = 0;
    for (const file of found.files) if (this.#readFile(file, unit, false)) again++;
    for (const chart of found.charts) this.readRendered('chart', chart, renderChart(chart, []));
    const isEmpty = unit.resources.length === 0 && this.#units.length + this.#gaps.length === before && again === 0;
    this.#finish(unit, target, isEmpty);
  }

  readRendered(kind: 'chart' | 'kustomization', folder: string, rendered: Rendered): void {
    const target = displayPath(folder);
    if ('because' in rendered) {
      this.#gaps.push(rendered);
      this.#sources.push({ kind: 'manifests', target, resources: 0, files: 0, ignored: 0 });
      return;
    }
    const unit: Filling = { kind, name: target, resources: [], files: 0, ignored: 0 };
    this.#readText(rendered, unit, true);
    this.#finish(unit, target, true);
  }

  #finish(unit: Filling, target: string, mustHoldSomething: boolean): void {
    this.#units.push(unit);
    this.#sources.push({ kind: 'manifests', target, resources: unit.resources.length, files: unit.files, ignored: unit.ignored });
    if (mustHoldSomething && unit.resources.length === 0 && !this.#gaps.some(({ about }) => about === target)) this.#missNothing(target);
  }

  #missNothing(target: string): void {
    if (!this.#request.allowEmpty) this.#gaps.push(nothingIn(target));
  }

  /** Says whether the file had been read before. */
  #readFile({ path, real }: FoundFile, unit: Filling, isNamed: boolean): boolean {
    if (this.#seen.has(real)) return true;
    this.#seen.add(real);
    this.#readText(readTextFile(path), unit, isNamed);
    return false;
  }

  #readText(file: TextFile | Gap, unit: Filling, isNamed: boolean): void {
    if ('because' in file) {
      this.#gaps.push(file);
      return;
    }
    unit.files++;
    if (looksLikeDockerfile(file.name, file.text)) {
      this.#readDockerfile(file, unit);
      return;
    }
    // Most JSON in a repository is not ours, and much of it has comments: it is not parsed unless it could be an object.
    if (!isNamed && file.name.endsWith('.json') && !/"kind"\s*:/.test(file.text)) {
      unit.ignored++;
      return;
    }
    let found = 0;
    for (const document of readYaml(file.text, 'kubernetes')) {
      if ('fault' in document) {
        found++;
        this.#gaps.push(unreadable(file, document.fault, document.at));
      } else {
        found += this.#readDocument(file, document, unit);
      }
    }
    if (found === 0) unit.ignored++;
  }

  #readDocument(file: TextFile, document: YamlDocument, unit: Filling): number {
    if (looksLikeCompose(file.name, document.value)) {
      unit.files--;
      this.#readCompose(file, document);
      return 1;
    }
    const before = unit.resources.length;
    const template = /^# Source: (.+?)\s*$/m.exec(document.text.slice(0, 500))?.[1];
    const objects = objectsOf(document.value, []);
    const isSecret = objects.some(({ value }) => value['kind'] === 'Secret');
    const origin = new DocumentOrigin(file, document, { template, isSecret });
    for (const [index, { value, at }] of objects.entries()) {
      const duplicateKeys = index === 0 ? document.duplicateKeys : [];
      unit.resources.push({ type: 'kubernetes', value, at, origin, duplicateKeys } satisfies KubernetesObject);
    }
    return unit.resources.length - before;
  }

  #readCompose(file: TextFile, document: YamlDocument): void {
    // The first reading was as Kubernetes reads YAML; compose reads YAML 1.2, where `yes` is a string.
    const again = readYaml(document.text, 'compose')[0];
    if (again === undefined || 'fault' in again) {
      this.#gaps.push(unreadable(file, again?.fault ?? 'it is empty', document.start));
      return;
    }
    const reach: Reach = {
      environment: this.#request.environment,
      read: (path) => {
        const text = readTextFile(path);
        return 'because' in text ? undefined : text;
      },
    };
    const { project, gaps } = readCompose(file, { ...again, start: document.start + again.start }, reach);
    this.#gaps.push(...gaps);
    const resources: (ComposeProject | DockerfileImage)[] = [project];
    this.#units.push({ kind: 'compose', name: file.name, resources });
    this.#sources.push({ kind: 'compose', target: file.name, resources: 1, files: 1, ignored: 0 });
  }

  #readDockerfile(file: TextFile, unit: Filling): void {
    const image = readDockerfile(file);
    if ('fault' in image) {
      const location = { file: file.name, line: image.line, column: 1, pointer: '', missing: false };
      this.#gaps.push({ about: file.name, because: image.fault, hint: 'mend it, or leave it out of the scan', location });
    } else {
      unit.resources.push(image);
    }
  }
}

function mayHoldManifests(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name) || looksLikeDockerfile(name, 'FROM');
}

/** The objects of a document: itself, or the items of a List, which may lack the kind that the List's name implies. */
function objectsOf(value: Json, at: Path): { value: JsonObject; at: Path }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const object = value as JsonObject;
  const kind = Object.hasOwn(object, 'kind') ? object['kind'] : undefined;
  if (typeof kind !== 'string' || kind === '') return [];
  const items = Object.hasOwn(object, 'items') ? object['items'] : undefined;
  if (kind.endsWith('List') && Array.isArray(items)) {
    const implied = kind.slice(0, -'List'.length);
    return (items as readonly Json[]).flatMap((item, index) => objectsOf(withKind(item, implied, object['apiVersion']), [...at, 'items', index]));
  }
  const isObject = ['apiVersion', 'metadata', 'spec'].some((key) => Object.hasOwn(object, key));
  return isObject ? [{ value: object, at }] : [];
}

function withKind(item: Json, kind: string, apiVersion: Json | undefined): Json {
  if (kind === '' || typeof item !== 'object' || item === null || Array.isArray(item) || Object.hasOwn(item, 'kind')) return item;
  return { apiVersion, kind, ...(item as JsonObject) };
}

function unreadable(file: TextFile, fault: string, offset: number): Gap {
  const location = { file: file.name, ...file.position(offset), pointer: '', missing: false };
  if (/\{\{[^}]*\}\}/.test(file.text)) {
    return { about: file.name, because: 'it is a template that is not rendered', hint: 'render it first: helm template CHART | seaworthy scan -f -', location };
  }
  return { about: file.name, because: fault, hint: 'mend it, or leave it out of the scan', location };
}

function nothingIn(target: string): Gap {
  return {
    about: target,
    because: 'it holds no Kubernetes object, compose file or Dockerfile',
    hint: 'name the folder or file that holds them',
  };
}
