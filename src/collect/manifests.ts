import { InputError } from '../errors.ts';
import { compareTexts } from '../model/finding-order.ts';
import type { ComposeProject, DockerfileImage, DuplicateKey, Gap, Inventory, KubernetesObject, Resource, Source, Unit } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import { maskShapes } from '../sensitive.ts';
import { looksLikeCompose, type Reach, readCompose } from './compose.ts';
import { looksLikeDockerfile, readDockerfile } from './dockerfile.ts';
import { DocumentOrigin } from './document-origin.ts';
import { displayPath, expandPaths, isFolder, isRegularFile, listFiles, readStandardInput, readTextFile, realpathOf } from './files.ts';
import { type FoundFile, isWithin, walkFolder } from './folder.ts';
import { isNameless, objectName, objectsOf } from './kubernetes-objects.ts';
import { isKustomizationFile, type Kustomization, missingFrom, readKustomization } from './kustomizations.ts';
import { mayBeLooseFile, readLooseFile } from './loose-files.ts';
import { misshapenIn } from './pod-shape.ts';
import { type Rendered, renderChart, renderKustomization } from './render.ts';
import type { TextFile } from './text-file.ts';
import { splitUnit } from './units.ts';
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
  if (paths.includes('-')) collection.readStandardInput();
  // In an order of their own, the outer folder first, so that nothing depends on the order in which they were named.
  const named = [...new Set(paths)].filter((path) => path !== '-').map((path) => ({ path, real: realpathOf(path) }));
  named.sort((a, b) => compareTexts(a.real, b.real) || compareTexts(a.path, b.path));
  for (const folder of named.filter(({ path }) => isFolder(path))) collection.readFolder(folder);
  collection.readFiles(named.filter(({ path }) => !isFolder(path)));
  for (const [flag, folders] of [['--chart', request.charts] as const, ['-k', request.kustomizations] as const]) {
    const missing = folders.find((folder) => !isFolder(folder));
    if (missing !== undefined) throw new InputError(`${flag} ${missing}: no such folder`);
  }
  for (const folder of request.charts) collection.readChart(folder, request.chartValues);
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
  /** By what they say: the same folder may be named twice, or lie in another. */
  readonly #gaps = new Map<string, Gap>();
  /** Real paths already read: a file that is named twice, or reached by two links, is one file. */
  readonly #seen = new Set<string>();
  /** Real paths of the folders that were looked through. */
  readonly #folders: string[] = [];
  readonly #kustomizations: Kustomization[] = [];
  readonly #rendered: string[] = [];
  #hasTakenValues = false;
  readonly #request: ManifestRequest;

  constructor(request: ManifestRequest) {
    this.#request = request;
  }

  inventory(): Inventory {
    const [unused] = this.#hasTakenValues ? [] : this.#request.chartValues;
    if (unused !== undefined) throw new InputError(`--values ${unused}: it is for a chart that is named; add --chart DIR`);
    const isRead = (real: string): boolean => this.#seen.has(real) || this.#folders.some((folder) => isWithin(real, folder));
    for (const gap of missingFrom(this.#kustomizations, this.#rendered, isRead)) this.#addGap(gap);
    return { units: this.#units, sources: this.#sources, gaps: [...this.#gaps.values()].sort(byPlace) };
  }

  /** Stands for itself. */
  readStandardInput(): void {
    const unit = emptyUnit('stdin', 'stdin');
    this.#readText(readStandardInput(), unit, true);
    this.#finish(unit, 'stdin', true);
  }

  /** Files named one by one belong together, as they do for kubectl. */
  readFiles(files: readonly FoundFile[]): void {
    if (files.length === 0) return;
    const unit = emptyUnit('files', nameTogether(files.map(({ path }) => displayPath(path))));
    for (const file of files) {
      const before = this.#found(unit);
      const again = this.#readFile(file, unit, true);
      if (!again && this.#found(unit) === before) this.#missNothing(displayPath(file.path));
    }
    this.#finish(unit, unit.name, false);
  }

  readFolder({ path: folder, real }: FoundFile): void {
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    const unit = emptyUnit('folder', displayPath(folder));
    const before = this.#found(unit);
    const { files, charts, gaps } = walkFolder(folder, (name) => mayHoldManifests(name) || mayBeLooseFile(name));
    if (charts[0] === folder) {
      this.readChart(folder, this.#request.chartValues);
      return;
    }
    this.#folders.push(real);
    for (const gap of gaps) this.#addGap(gap);
    let again = 0;
    for (const file of files) if (this.#readFile(file, unit, false)) again++;
    for (const chart of charts) if (!this.readChart(chart, [])) again++;
    this.#finish(unit, unit.name, this.#found(unit) === before && again === 0);
  }

  /** Says whether it is a chart that was not read before. */
  readChart(folder: string, values: readonly string[]): boolean {
    const key = ['chart', realpathOf(folder), ...values].join('\0');
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (values.length > 0) this.#hasTakenValues = true;
    this.readRendered('chart', folder, renderChart(folder, values));
    return true;
  }

  readRendered(kind: 'chart' | 'kustomization', folder: string, rendered: Rendered): void {
    const unit = emptyUnit(kind, displayPath(folder));
    if (kind === 'kustomization') this.#rendered.push(folder);
    this.#readText(rendered, unit, true);
    this.#finish(unit, unit.name, !('because' in rendered));
  }

  #finish(unit: Filling, target: string, mustHoldSomething: boolean): void {
    this.#units.push(...(unit.kind === 'folder' ? splitUnit(unit) : [unit]));
    this.#sources.push({ kind: 'manifests', target, resources: unit.resources.length, files: unit.files, ignored: unit.ignored });
    if (mustHoldSomething && unit.resources.length === 0 && ![...this.#gaps.values()].some(({ about }) => about === target)) this.#missNothing(target);
  }

  #found(unit: Filling): number {
    return unit.resources.length + this.#units.length + this.#gaps.size;
  }

  #missNothing(target: string): void {
    if (!this.#request.allowEmpty) this.#addGap(nothingIn(target));
  }

  /** Names of files, and addresses that a file leads to, may hold a secret, too. */
  #addGap(gap: Gap): void {
    const masked = { ...gap, about: maskShapes(gap.about), because: maskShapes(gap.because), hint: maskShapes(gap.hint) };
    this.#gaps.set(JSON.stringify(masked), masked);
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
      this.#addGap(file);
      return;
    }
    if (looksLikeDockerfile(file.name, file.text)) {
      unit.files++;
      this.#readDockerfile(file, unit);
      return;
    }
    const loose = mayBeLooseFile(file.name) ? readLooseFile(file) : undefined;
    if (loose !== undefined) {
      unit.files++;
      unit.resources.push(loose);
    }
    if (loose !== undefined || (!isNamed && !mayHoldManifests(file.name))) return;
    // Most JSON in a repository is not ours, and much of it has comments: it is not parsed unless it could be an object.
    const mayHoldObjects = isNamed || !file.name.endsWith('.json') || /"kind"\s{0,20}:/.test(file.text);
    const read = mayHoldObjects ? this.#readDocuments(file, unit) : NOTHING;
    // A compose file is counted with its project.
    if (read.objects > 0 || read.faults > 0 || read.projects === 0) unit.files++;
    if (read.objects + read.faults + read.projects === 0) unit.ignored++;
  }

  #readDocuments(file: TextFile, unit: Filling): { objects: number; projects: number; faults: number } {
    const read = { objects: 0, projects: 0, faults: 0 };
    const isTemplate = looksLikeTemplate(file.text);
    for (const document of readYaml(file.text, 'kubernetes')) {
      if ('fault' in document) {
        read.faults++;
        // Each part of a template is broken in a way of its own, and one sentence mends them all.
        if (!isTemplate) this.#addGap(unreadable(file, document.fault, document.at));
        else if (read.faults === 1) this.#addGap(notRendered(file, document.at));
        continue;
      }
      if (isKustomizationFile(file.name)) this.#kustomizations.push(readKustomization(file.name, document.value, locatorOf(file, document)));
      if (looksLikeCompose(file.name, document.value)) {
        read.projects++;
        this.#readCompose(file, document);
      } else if (isNameless(document.value)) {
        read.faults++;
        this.#addGap(unreadable(file, 'it has an apiVersion and no kind, so no API server takes it', document.start + document.positions.find(['apiVersion']).offset));
      } else {
        read.objects += this.#readObjects(file, document, unit);
      }
    }
    return read;
  }

  #readObjects(file: TextFile, document: YamlDocument, unit: Filling): number {
    const head = document.text.slice(0, 500);
    const template = head.includes('# Source: ') ? /^# Source: (\S[^\r\n]{0,300})/m.exec(head)?.[1]?.trimEnd() : undefined;
    const objects = objectsOf(document.value, ROOT);
    const isSecret = objects.some(({ value }) => value['kind'] === 'Secret');
    const origin = new DocumentOrigin(file, document, { template, isSecret });
    // Hardly any document has some.
    const duplicates =
      document.duplicateKeys.length === 0
        ? undefined
        : Map.groupBy(document.duplicateKeys, ({ path }) => objects.find(({ at }) => at.every((step, index) => step === path[index])) ?? objects[0]);
    for (const object of objects) {
      unit.resources.push({ type: 'kubernetes', ...object, origin, duplicateKeys: duplicates?.get(object) ?? NO_DUPLICATES } satisfies KubernetesObject);
      for (const { path, expected } of misshapenIn(object.value)) {
        const because = `${path.join('.')} of ${objectName(object.value)} is not ${expected}, so no API server takes it`;
        this.#addGap({ about: file.name, because, hint: 'mend it: nothing that depends on it was judged', location: origin.locate([...object.at, ...path]) });
      }
    }
    return objects.length;
  }

  #readCompose(file: TextFile, document: YamlDocument): void {
    // The first reading was as Kubernetes reads YAML; compose reads YAML 1.2, where `yes` is a string.
    const [again] = readYaml(document.text, 'compose');
    if (again === undefined || 'fault' in again) {
      this.#addGap(unreadable(file, again?.fault ?? 'it is empty', document.start + (again?.at ?? 0)));
      return;
    }
    const reach: Reach = {
      environment: this.#request.environment,
      read: (path) => {
        // A scanned file must not make the scan wait for a terminal or read a device.
        const text = isRegularFile(path) ? readTextFile(path) : undefined;
        return text === undefined || 'because' in text ? undefined : text;
      },
      list: listFiles,
    };
    const { project, gaps } = readCompose(file, { ...again, start: document.start + again.start }, reach);
    for (const gap of gaps) this.#addGap(gap);
    const resources: (ComposeProject | DockerfileImage)[] = [project];
    this.#units.push({ kind: 'compose', name: file.name, resources });
    this.#sources.push({ kind: 'compose', target: file.name, resources: 1, files: 1, ignored: 0 });
  }

  #readDockerfile(file: TextFile, unit: Filling): void {
    const image = readDockerfile(file);
    if ('fault' in image) {
      const location = { file: file.name, line: image.line, column: 1, pointer: '', missing: false };
      this.#addGap({ about: file.name, because: image.fault, hint: 'mend it, or leave it out of the scan', location });
    } else {
      unit.resources.push(image);
    }
  }
}

function locatorOf(file: TextFile, document: YamlDocument): Kustomization['locate'] {
  return (at) => new DocumentOrigin(file, document, { template: undefined, isSecret: false }).locate(at);
}

/** Folders are walked before their files are read, and nobody wants to see that in the list. */
function byPlace(a: Gap, b: Gap): number {
  const place = ({ location }: Gap): readonly [number, number] => (location !== undefined && 'file' in location ? [location.line, location.column] : [0, 0]);
  return compareTexts(a.about, b.about) || place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1] || compareTexts(a.because, b.because);
}

const ROOT: Path = [];
const NO_DUPLICATES: readonly DuplicateKey[] = [];

const NOTHING = { objects: 0, projects: 0, faults: 0 } as const;

function emptyUnit(kind: Unit['kind'], name: string): Filling {
  return { kind, name, resources: [], files: 0, ignored: 0 };
}

/** A shell writes out `*.yaml`, and nobody wants to read two thousand names. */
function nameTogether(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more files`;
}

function mayHoldManifests(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name) || isKustomizationFile(name) || looksLikeDockerfile(name, 'FROM');
}

function looksLikeTemplate(text: string): boolean {
  const open = text.indexOf('{{');
  return open !== -1 && text.includes('}}', open);
}

function unreadable(file: TextFile, fault: string, offset: number): Gap {
  const location = { file: file.name, ...file.position(offset), pointer: '', missing: false };
  return { about: file.name, because: fault, hint: 'mend it, or leave it out of the scan', location };
}

function notRendered(file: TextFile, offset: number): Gap {
  return { ...unreadable(file, 'it is a template that is not rendered', offset), hint: 'render it first: helm template CHART | seaworthy scan -f -' };
}

function nothingIn(target: string): Gap {
  return {
    about: target,
    because: 'it holds no Kubernetes object, compose file or Dockerfile',
    hint: 'name the folder or file that holds them',
  };
}
