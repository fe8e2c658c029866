import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { Subject } from '../../src/model/subject.ts';
import { pathOf } from './corpora.ts';
import type { PeerCase } from './peers.ts';

/** The objects that a case is about; everything in its files where nothing more is said. */
export type Target = readonly Meant[] | undefined;

interface Meant {
  /** Empty where the object may stand in any of the files. */
  readonly file: string;
  readonly from: number;
  readonly to: number;
  /** Undefined where the lines say which object it is. */
  readonly kind: string | undefined;
  readonly name: string | undefined;
}

export function targetsOf(item: PeerCase): readonly Target[] {
  if (item.expected !== undefined && item.verdict === 'fail') {
    const folder = /^.*?\/files\//.exec(item.file[0] ?? '')?.[0] ?? '';
    const targets = item.expected.map(({ resources }) =>
      resources.flatMap(({ file, doc_index }) => (typeof file === 'string' && typeof doc_index === 'number' ? documentTarget(folder + file, doc_index) : [])),
    );
    // What kubescape says about a subject of RBAC names no object of the input.
    return targets.map((target) => (target.length === 0 ? undefined : target));
  }
  const file = typeof item.file === 'string' ? item.file : undefined;
  // A line of kics is compared by itself.
  if (file === undefined || item.collection === 'kics' || item.input_form !== undefined) return [undefined];
  if (item.collection === 'checkov') return [checkovTarget(item, file)];
  return [item.doc_index === undefined ? undefined : documentTarget(file, item.doc_index)];
}

function documentTarget(file: string, index: number): readonly Meant[] {
  const document = documentsOf(pathOf(file))[index];
  if (document === undefined) throw new Error(`${file} has no document ${index}`);
  return meantBy(file, document, document.value);
}

/** checkov's own index of a document leaves out empty ones; its kind, name and lines are sure. */
function checkovTarget({ resource, lines }: PeerCase, file: string): Target {
  if (typeof resource !== 'string' || resource.startsWith('/')) return undefined;
  const [kind = '', , ...rest] = resource.split('.');
  const name = rest.join('.');
  const named = documentsOf(pathOf(file)).flatMap((document) => {
    const items = document.value['kind'] === 'List' ? ((document.value['items'] as readonly (Document['value'] | null)[] | undefined) ?? []) : [document.value];
    return items.flatMap((value) => (value?.['kind'] === kind && metadataOf(value)['name'] === name ? [{ document, value }] : []));
  });
  const found = named.find(({ document: { from, to } }) => lines !== undefined && lines[0] >= from - 1 && lines[0] <= to) ?? named[0];
  return found === undefined ? undefined : meantBy(file, found.document, found.value).map((meant) => (meant.kind === undefined ? { ...meant, kind, name } : meant));
}

/** A check that reports a binding means the rights of its role. */
function meantBy(file: string, { from, to }: Document, value: Document['value']): readonly Meant[] {
  const role = value['roleRef'] as { kind?: string; name?: string } | undefined;
  const self = { file, from, to, kind: undefined, name: undefined };
  return role === undefined ? [self] : [self, { file: '', from: 0, to: Number.MAX_SAFE_INTEGER, kind: role.kind, name: role.name }];
}

export function isMeant({ resource }: Subject, target: Target): boolean {
  if (target === undefined || resource.type !== 'kubernetes') return true;
  const location = resource.origin.locate(resource.at);
  return target.some(
    ({ file, from, to, kind, name }) =>
      'file' in location &&
      location.file.endsWith(file) &&
      location.line >= from &&
      location.line <= to &&
      (kind === undefined || (resource.value['kind'] === kind && metadataOf(resource.value)['name'] === name)),
  );
}

interface Document {
  readonly from: number;
  readonly to: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The documents of a YAML or JSON file with their lines; an empty one between two separators counts. */
function documentsOf(path: string): readonly Document[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const starts = lines.flatMap((line, index) => (index === 0 || /^---(?:\s|$)/.test(line) ? [index] : []));
  return starts.flatMap((from, position) => {
    const to = starts[position + 1] ?? lines.length;
    const isOpened = /^---/.test(lines[from] ?? '');
    const holdsSomething = lines.slice(from, to).some((line) => /^\s*[^\s#%]/.test(line) && !line.startsWith('---'));
    return isOpened || holdsSomething ? [{ from: from + 1, to, value: parsedOf(lines.slice(from, to).join('\n')) }] : [];
  });
}

function parsedOf(text: string): Document['value'] {
  try {
    const value: unknown = load(text);
    return typeof value === 'object' && value !== null ? (value as Document['value']) : {};
  } catch {
    return {};
  }
}

function metadataOf(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return (value['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
}
