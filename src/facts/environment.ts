import type { Resource } from '../model/inventory.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { detectSecret, isSecretUnder } from '../sensitive.ts';
import { kubernetesTexts } from './datastores/kubernetes-texts.ts';
import type { Texts } from './datastores/program.ts';
import { LOGIN_KEYS, mountedSecretKeys, operatorLogin } from './operator-secrets.ts';
import { boolAt, field, isObject, listAt, objectAt, stringAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

export type VariableSource = 'literal' | 'secret' | 'configMap' | 'field' | 'resource' | 'host' | 'none';

/** One `env` item, with what its references come to. */
export interface EnvVariable {
  readonly name: string;
  /** In the list `env`. */
  readonly position: number;
  readonly source: VariableSource;
  /** The text of a literal. Stays inside the derivations: no fact carries it. */
  readonly text: string;
  readonly reference: Reference;
  readonly references: References;
}

/** To a key of a Secret or ConfigMap. */
export interface Reference {
  readonly isOptional: boolean;
  /** Undefined where the Secret or ConfigMap is not part of the scan. */
  readonly exists: boolean | undefined;
}

/** To other variables. Where they depend on what was not seen, it is not known which of them come to nothing. */
export interface References {
  readonly unresolved: readonly string[] | undefined;
  readonly forward: readonly string[] | undefined;
  readonly shell: readonly string[];
}

/** The environment of one container, as the kubelet builds it (core/v1 EnvVar, EnvFromSource). */
export interface ContainerEnvironment extends DefinedNames {
  readonly variables: readonly EnvVariable[];
  /** All of it with its references filled in. Few ask for that. */
  readonly texts: Texts;
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

export function readEnvironment(container: JsonObject, pod: JsonObject, namespace: string, index: UnitIndex, near: Resource): ContainerEnvironment {
  const from = readEnvFrom(container, namespace, index, near);
  const items = listAt(container, 'env');
  const names = new Set(from.names);
  const possibleNames = new Set<string>();
  const defined: DefinedNames = { names, possibleNames, isComplete: from.isComplete, hasServiceLinks: boolAt(pod, 'enableServiceLinks') !== false };
  // Only who refers to others asks where they stand.
  let positions: ReadonlyMap<string, number> | undefined;
  const variables: EnvVariable[] = [];
  for (let position = 0; position < items.length; position++) {
    const item = items[position];
    if (!isObject(item)) continue;
    const name = stringAt(item, 'name');
    const value = field(item, 'value');
    const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : stringAt(item, 'value');
    const source = sourceOf(item, value);
    const reference = referenceOf(item, source, namespace, index, near);
    let references = NO_REFERENCES;
    if (text.includes('$')) {
      positions ??= positionsIn(items);
      references = readReferences(text, position, positions, defined, from.names);
    }
    variables.push({ name, position, source, text, reference, references });
    // An optional reference to what is not there sets nothing.
    if (!reference.isOptional || reference.exists === true) names.add(name);
    else if (reference.exists === undefined) possibleNames.add(name);
  }
  let texts: Texts | undefined;
  return {
    ...defined,
    variables,
    get texts() {
      texts ??= kubernetesTexts(container, NOTHING, pod, namespace, index, near);
      return texts;
    },
  };
}

const NOTHING: readonly never[] = [];
export const NO_REFERENCES: References = { unresolved: NOTHING, forward: NOTHING, shell: NOTHING };

function readReferences(text: string, position: number, positions: ReadonlyMap<string, number>, defined: DefinedNames, fromNames: ReadonlySet<string>): References {
  const open: string[] = [];
  const forward: string[] = [];
  let undecided = false;
  for (const reference of referencesIn(text)) {
    const isDefined = resolves(reference, defined);
    if (isDefined === true) continue;
    if (isDefined === undefined) undecided = true;
    else if ((positions.get(reference) ?? -1) >= position) forward.push(reference);
    else open.push(reference);
  }
  return {
    unresolved: undecided ? undefined : open,
    forward: undecided ? undefined : forward,
    shell: shellReferencesIn(text).filter((reference) => positions.has(reference) || fromNames.has(reference)),
  };
}

function positionsIn(items: readonly Json[]): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [position, item] of items.entries()) if (isObject(item)) positions.set(stringAt(item, 'name'), position);
  return positions;
}

/** Whether `$(NAME)` is replaced; undefined where that depends on what was not seen. */
export function resolves(name: string, defined: DefinedNames): boolean | undefined {
  if (defined.names.has(name)) return true;
  // Those of the API server's own Service are set with or without service links.
  if (isServiceVariable(name) && (defined.hasServiceLinks || name.startsWith('KUBERNETES_'))) return true;
  return defined.isComplete && !defined.possibleNames.has(name) ? false : undefined;
}

/** Names in `$(NAME)`; `$$(NAME)` is an escape. */
export function referencesIn(text: string): readonly string[] {
  if (!text.includes('$(')) return NOTHING;
  const found: string[] = [];
  // Only from the first of several dollars: from each of them, a text of nothing else would take hours.
  for (const match of text.matchAll(/(?<!\$)(\$+)\(([A-Za-z_.-][A-Za-z0-9_.-]{0,250})\)/g)) {
    if ((match[1] ?? '').length % 2 === 1) found.push(match[2] ?? '');
  }
  return found;
}

/** Names in `${NAME}` and `$NAME`, which a shell would expand and Kubernetes does not. */
export function shellReferencesIn(text: string): readonly string[] {
  if (!text.includes('$')) return NOTHING;
  return [...text.matchAll(/(?<!\$)\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,250})[^}]{0,1000}\}|([A-Za-z_][A-Za-z0-9_]{0,250}))/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** What was recognised in a literal, by the value's shape or by the name; empty if nothing. */
export function secretKindOf(name: string, text: string): string {
  return detectSecret(text) ?? secretKindUnder(name, text);
}

/** By the name alone. */
export function secretKindUnder(name: string, text: string): string {
  return isSecretUnder(name, text) && referencesIn(text).length === 0 ? 'value of a secret name' : '';
}

/** Variables that the kubelet sets for each Service of the namespace. */
export function isServiceVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(name);
}

function sourceOf(item: JsonObject, value: Json | undefined): VariableSource {
  const from = field(item, 'valueFrom');
  if (isObject(from)) {
    if (isObject(field(from, 'secretKeyRef'))) return 'secret';
    if (isObject(field(from, 'configMapKeyRef'))) return 'configMap';
    if (isObject(field(from, 'resourceFieldRef'))) return 'resource';
    return 'field';
  }
  return value === undefined || value === null || value === '' ? 'none' : 'literal';
}

const NO_REFERENCE: Reference = { isOptional: false, exists: true };

function referenceOf(item: JsonObject, source: VariableSource, namespace: string, index: UnitIndex, near: Resource): Reference {
  if (source !== 'secret' && source !== 'configMap') return NO_REFERENCE;
  const reference = objectAt(objectAt(item, 'valueFrom'), source === 'secret' ? 'secretKeyRef' : 'configMapKeyRef');
  const holders = holdersOf(source, namespace, stringAt(reference, 'name'), index, near);
  const key = stringAt(reference, 'key');
  return {
    isOptional: boolAt(reference, 'optional') === true,
    exists: holders === undefined ? undefined : holders === 'any' || holders.some((holder) => Object.hasOwn(holder, key)),
  };
}

/** The mappings that have the keys of a Secret or ConfigMap of the unit; `any` where something will make it at run time; undefined where it was not seen. */
function holdersOf(source: 'secret' | 'configMap', namespace: string, name: string, index: UnitIndex, near: Resource): readonly JsonObject[] | 'any' | undefined {
  const found = index.find(source === 'secret' ? 'Secret' : 'ConfigMap', namespace, name, near);
  if (found !== undefined && stringAt(found.value, 'type') === 'kubernetes.io/service-account-token') return 'any';
  // The kubelet takes no variables from `binaryData`.
  if (found !== undefined) return source === 'secret' ? [objectAt(found.value, 'data'), objectAt(found.value, 'stringData')] : [objectAt(found.value, 'data')];
  if (source !== 'secret') return index.isComplete('configmaps', namespace) ? NOTHING : undefined;
  const sealed = index.find('SealedSecret', namespace, name, near);
  if (sealed !== undefined) {
    const spec = objectAt(sealed.value, 'spec');
    return [objectAt(spec, 'encryptedData'), objectAt(objectAt(spec, 'template'), 'data')];
  }
  if (index.find('ExternalSecret', namespace, name, near) !== undefined) return 'any';
  if (index.isComplete('secrets', namespace)) return NOTHING;
  if (operatorLogin(namespace, name, index, near) !== undefined) return [LOGIN_MAPPING];
  const mounted = mountedSecretKeys(namespace, name, index);
  return mounted === undefined ? undefined : [Object.fromEntries(mounted.keys.map((key) => [key, '']))];
}

const LOGIN_MAPPING: JsonObject = Object.fromEntries(LOGIN_KEYS.map((key) => [key, '']));

interface EnvFrom {
  readonly names: ReadonlySet<string>;
  readonly isComplete: boolean;
}

const NOT_FROM_ELSEWHERE: EnvFrom = { names: new Set(), isComplete: true };

function readEnvFrom(container: JsonObject, namespace: string, index: UnitIndex, near: Resource): EnvFrom {
  const items = listAt(container, 'envFrom');
  if (items.length === 0) return NOT_FROM_ELSEWHERE;
  const names = new Set<string>();
  let isComplete = true;
  for (const item of items) {
    if (!isObject(item)) continue;
    for (const [key, source] of [
      ['secretRef', 'secret'],
      ['configMapRef', 'configMap'],
    ] as const) {
      const reference: Json | undefined = field(item, key);
      if (!isObject(reference)) continue;
      const holders = holdersOf(source, namespace, stringAt(reference, 'name'), index, near);
      if (holders === undefined || holders === 'any') isComplete = false;
      else for (const holder of holders) for (const name of Object.keys(holder)) names.add(stringAt(item, 'prefix') + name);
    }
  }
  return { names, isComplete };
}
