import { Optional } from '@marcbachmann/cel-js';
import { readCompose } from '../../src/collect/compose.ts';
import { readDockerfile } from '../../src/collect/dockerfile.ts';
import { DocumentOrigin } from '../../src/collect/document-origin.ts';
import { TextFile } from '../../src/collect/text-file.ts';
import { readYaml, type YamlDialect, type YamlDocument } from '../../src/collect/yaml.ts';
import { deriveSubjects } from '../../src/facts/derive.ts';
import type { Derived } from '../../src/facts/derived.ts';
import { vocabulary } from '../../src/facts/vocabulary.ts';
import type { ComposeProject, DockerfileImage, Inventory, KubernetesObject, Resource, Unit } from '../../src/model/inventory.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** Texts by file name: a manifest, a compose file, a Dockerfile, an env file. */
export type Files = Readonly<Record<string, string>>;

export interface ReadOptions {
  /** What `-n` says. */
  readonly namespace?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The day of the scan. */
  readonly today?: string;
}

/** Every subject of a manifest, or of several files that belong to one unit. */
export function kubernetes(text: string | Files, options: ReadOptions = {}): Subjects {
  const files = typeof text === 'string' ? { 'app.yaml': text } : text;
  const resources = Object.entries(files).flatMap(([name, content]): Resource[] => (/Dockerfile/.test(name) ? [dockerfile(content, name)] : objectsOf(name, content)));
  return derive([{ kind: 'files', name: 'test', resources }], options);
}

/** Every subject of `compose.yaml`; the other files are what it may lead to. */
export function compose(text: string | Files, options: ReadOptions = {}): Subjects {
  return derive([{ kind: 'compose', name: 'test', resources: [project(text, options)] }], options);
}

export function project(text: string | Files, options: ReadOptions = {}): ComposeProject {
  const files = typeof text === 'string' ? { 'compose.yaml': text } : text;
  const file = new TextFile('compose.yaml', files['compose.yaml'] ?? '');
  const read = (path: string): TextFile | undefined => (Object.hasOwn(files, path) ? new TextFile(path, files[path] ?? '') : undefined);
  const found = readCompose(file, documents(file.text, 'compose')[0] as YamlDocument, { environment: options.environment ?? {}, read });
  return found.project;
}

export function dockerfile(text: string, name = 'Dockerfile'): DockerfileImage {
  const image = readDockerfile(new TextFile(name, text));
  if ('fault' in image) throw new Error(image.fault);
  return image;
}

export function derive(units: readonly Unit[], options: ReadOptions = {}): Subjects {
  const inventory: Inventory = { units, sources: [], gaps: [] };
  return new Subjects([...deriveSubjects(inventory, new Set(Object.keys(vocabulary)), options.namespace ?? '', options.today)] as Derived[]);
}

export function objectsOf(name: string, text: string): KubernetesObject[] {
  const file = new TextFile(name, text);
  return documents(text, 'kubernetes').map((document) => {
    const value = document.value as JsonObject;
    const origin = new DocumentOrigin(file, document, { isSecret: value['kind'] === 'Secret' });
    return { type: 'kubernetes', value, at: [], origin, duplicateKeys: document.duplicateKeys };
  });
}

function documents(text: string, dialect: YamlDialect): YamlDocument[] {
  return [...readYaml(text, dialect)].map((document) => {
    if ('fault' in document) throw new Error(`${document.fault} at ${document.at} of:\n${text}`);
    return document;
  });
}

/** What came of a derivation, to be asked by type, and by name or part where a type has several. */
export class Subjects {
  readonly all: readonly Derived[];

  constructor(all: readonly Derived[]) {
    this.all = all;
  }

  of(type: string): readonly Derived[] {
    return this.all.filter((subject) => subject.type === type);
  }

  /** The only subject of a type, or the one whose name, container or part is given. */
  one(type: string, name?: string): Derived {
    const found = this.of(type).filter((subject) => name === undefined || namesOf(subject).includes(name));
    const [first] = found;
    if (first === undefined || found.length > 1) {
      throw new Error(`${found.length} of type ${type}${name === undefined ? '' : ` named ${name}`}; there are ${this.all.map(describeSubject).join(', ')}`);
    }
    return first;
  }

  /** One fact, as a row of a table writes it: ints as numbers, what is known not to be set as null, what was not learned as undefined. */
  fact(fact: string, name?: string): unknown {
    const [type = '', key = ''] = fact.split('.');
    const { facts } = this.one(type, name);
    if (!Object.hasOwn(facts, key)) throw new Error(`there is no fact ${fact}`);
    return plain((facts as Record<string, unknown>)[key]);
  }

  facts(type: string, keys: readonly string[], name?: string): Record<string, unknown> {
    return Object.fromEntries(keys.map((key) => [key, this.fact(`${type}.${key}`, name)]));
  }
}

function namesOf(subject: Derived): string[] {
  const { name, container, part } = subject.identity();
  return [name, container, part, part.slice(part.indexOf(' ') + 1)];
}

function describeSubject(subject: Derived): string {
  const { kind, name, container, part } = subject.identity();
  return [subject.type, kind, name, container, part].filter((word) => word !== '').join(' ');
}

export function plain(value: unknown): unknown {
  if (value instanceof Optional) return value.hasValue() ? plain(value.value()) : null;
  if (typeof value === 'bigint') return Number(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

/** `file:line` of where a fact stands. */
export function lineOf(subject: Derived, fact: string): string {
  return subject
    .places(fact)
    .map(({ resource, path }) => resource.origin.locate(path))
    .map((location) => ('file' in location ? `${location.file}:${location.line}${location.missing ? ' missing' : ''}` : '?'))
    .join(' ');
}

/** Indents a text, for putting it into another one. */
export function indent(text: string, by: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n');
}
