import type { Resource } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { detectSecret, isSecretUnder } from '../sensitive.ts';
import { boolAt, field, isObject, listAt, objectAt, stringAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

export type VariableSource = 'literal' | 'secret' | 'configMap' | 'field' | 'resource' | 'host' | 'none';

/** One `env` item, with what its references come to. */
export interface EnvVariable {
  readonly name: string;
  readonly path: Path;
  readonly source: VariableSource;
  /** The text of a literal. Stays inside the derivations: no fact carries it. */
  readonly text: string;
  readonly isOptional: boolean;
  /** Undefined where the Secret or ConfigMap is not part of the scan. */
  readonly referenceExists: boolean | undefined;
  readonly unresolved: readonly string[] | undefined;
  readonly forward: readonly string[] | undefined;
  readonly shell: readonly string[];
}

/** The environment of one container, as the kubelet builds it (core/v1 EnvVar, EnvFromSource). */
export interface ContainerEnvironment extends DefinedNames {
  readonly variables: readonly EnvVariable[];
}

/** What `$(NAME)` can find. */
interface DefinedNames {
  /** Every name that is defined for `command` and `args`; the image's own ENV is not among them. */
  readonly names: ReadonlySet<string>;
  /** Names of optional references to what was not seen: set if it is there. */
  readonly possibleNames: ReadonlySet<string>;
  /** False where an `envFrom` source was not seen: any further name may be defined then. */
  readonly isComplete: boolean;
  readonly hasServiceLinks: boolean;
}

export function readEnvironment(container: JsonObject, path: Path, pod: JsonObject, namespace: string, index: UnitIndex, near: Resource): ContainerEnvironment {
  const { names: fromNames, isComplete } = readEnvFrom(container, namespace, index, near);
  const items = listAt(container, 'env');
  const laterNames = new Map<string, number>();
  for (const [position, item] of items.entries()) if (isObject(item)) laterNames.set(stringAt(item, 'name'), position);

  const names = new Set(fromNames);
  const possibleNames = new Set<string>();
  const defined: DefinedNames = { names, possibleNames, isComplete, hasServiceLinks: boolAt(pod, 'enableServiceLinks') !== false };
  const variables: EnvVariable[] = [];
  for (const [position, item] of items.entries()) {
    if (!isObject(item)) continue;
    const name = stringAt(item, 'name');
    const value = field(item, 'value');
    const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : stringAt(item, 'value');
    const open: string[] = [];
    const forward: string[] = [];
    let undecided = false;
    for (const reference of referencesIn(text)) {
      const isDefined = resolves(reference, defined);
      if (isDefined === true) continue;
      if (isDefined === undefined) undecided = true;
      else if ((laterNames.get(reference) ?? -1) >= position) forward.push(reference);
      else open.push(reference);
    }
    const source = sourceOf(item);
    const { isOptional, referenceExists } = referenceOf(item, source, namespace, index, near);
    variables.push({
      name,
      path: [...path, 'env', position],
      source,
      text,
      isOptional,
      referenceExists,
      unresolved: undecided ? undefined : open,
      forward: undecided ? undefined : forward,
      shell: shellReferencesIn(text).filter((reference) => laterNames.has(reference) || fromNames.has(reference)),
    });
    // An optional reference to what is not there sets nothing.
    if (!isOptional || referenceExists === true) names.add(name);
    else if (referenceExists === undefined) possibleNames.add(name);
  }
  return { variables, ...defined };
}

/** Whether `$(NAME)` is replaced; undefined where that depends on what was not seen. */
export function resolves(name: string, defined: DefinedNames): boolean | undefined {
  if (defined.names.has(name)) return true;
  // Those of the API server's own Service are set with or without service links.
  if (isServiceVariable(name) && (defined.hasServiceLinks || name.startsWith('KUBERNETES_'))) return true;
  return defined.isComplete && !defined.possibleNames.has(name) ? false : undefined;
}

/** Names in `$(NAME)`; `$$(NAME)` is an escape. */
export function referencesIn(text: string): string[] {
  if (!text.includes('$(')) return [];
  const found: string[] = [];
  // Only from the first of several dollars: from each of them, a text of nothing else would take hours.
  for (const match of text.matchAll(/(?<!\$)(\$+)\(([A-Za-z_.-][A-Za-z0-9_.-]{0,250})\)/g)) {
    if ((match[1] ?? '').length % 2 === 1) found.push(match[2] ?? '');
  }
  return found;
}

/** Names in `${NAME}` and `$NAME`, which a shell would expand and Kubernetes does not. */
export function shellReferencesIn(text: string): string[] {
  if (!text.includes('$')) return [];
  return [...text.matchAll(/(?<!\$)\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,250})[^}]{0,1000}\}|([A-Za-z_][A-Za-z0-9_]{0,250}))/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** What was recognised in a literal, by the value's shape or by the name; empty if nothing. */
export function secretKindOf(name: string, text: string): string {
  return detectSecret(text) ?? (isSecretUnder(name, text) && referencesIn(text).length === 0 ? 'value of a secret name' : '');
}

/** Variables that the kubelet sets for each Service of the namespace. */
export function isServiceVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(name);
}

function sourceOf(item: JsonObject): VariableSource {
  const from = field(item, 'valueFrom');
  if (isObject(from)) {
    if (isObject(field(from, 'secretKeyRef'))) return 'secret';
    if (isObject(field(from, 'configMapKeyRef'))) return 'configMap';
    if (isObject(field(from, 'resourceFieldRef'))) return 'resource';
    return 'field';
  }
  const value = field(item, 'value');
  return value === undefined || value === null || value === '' ? 'none' : 'literal';
}

function referenceOf(item: JsonObject, source: VariableSource, namespace: string, index: UnitIndex, near: Resource): { isOptional: boolean; referenceExists: boolean | undefined } {
  if (source !== 'secret' && source !== 'configMap') return { isOptional: false, referenceExists: true };
  const reference = objectAt(objectAt(item, 'valueFrom'), source === 'secret' ? 'secretKeyRef' : 'configMapKeyRef');
  const keys = keysOf(source, namespace, stringAt(reference, 'name'), index, near);
  return {
    isOptional: boolAt(reference, 'optional') === true,
    referenceExists: keys === undefined ? undefined : keys === 'any' || keys.has(stringAt(reference, 'key')),
  };
}

/** The keys of a Secret or ConfigMap of the unit; `any` where something will make it at run time; undefined where it was not seen. */
function keysOf(source: 'secret' | 'configMap', namespace: string, name: string, index: UnitIndex, near: Resource): ReadonlySet<string> | 'any' | undefined {
  const found = index.find(source === 'secret' ? 'Secret' : 'ConfigMap', namespace, name, near);
  if (found !== undefined && stringAt(found.value, 'type') === 'kubernetes.io/service-account-token') return 'any';
  // The kubelet takes no variables from `binaryData`.
  if (found !== undefined) return keysIn(found.value, source === 'secret' ? ['data', 'stringData'] : ['data']);
  if (source !== 'secret') return index.isComplete('configmaps', namespace) ? NO_KEYS : undefined;
  const sealed = index.find('SealedSecret', namespace, name, near);
  if (sealed !== undefined) {
    const spec = objectAt(sealed.value, 'spec');
    return new Set([...keysIn(spec, ['encryptedData']), ...keysIn(objectAt(spec, 'template'), ['data'])]);
  }
  if (index.find('ExternalSecret', namespace, name, near) !== undefined) return 'any';
  return index.isComplete('secrets', namespace) ? NO_KEYS : undefined;
}

const NO_KEYS: ReadonlySet<string> = new Set();

function keysIn(object: JsonObject, lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => Object.keys(objectAt(object, list))));
}

function readEnvFrom(container: JsonObject, namespace: string, index: UnitIndex, near: Resource): { names: ReadonlySet<string>; isComplete: boolean } {
  const names = new Set<string>();
  let isComplete = true;
  for (const item of listAt(container, 'envFrom')) {
    if (!isObject(item)) continue;
    for (const [key, source] of [
      ['secretRef', 'secret'],
      ['configMapRef', 'configMap'],
    ] as const) {
      const reference: Json | undefined = field(item, key);
      if (!isObject(reference)) continue;
      const keys = keysOf(source, namespace, stringAt(reference, 'name'), index, near);
      if (keys === undefined || keys === 'any') isComplete = false;
      else for (const name of keys) names.add(stringAt(item, 'prefix') + name);
    }
  }
  return { names, isComplete };
}
