import { isUtf8 } from 'node:buffer';
import type { KubernetesObject, Resource } from '../../model/inventory.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { Place } from '../../model/subject.ts';
import { Sealed } from '../../sealed.ts';
import { namesSecret } from '../../sensitive.ts';
import { expandReferences, hasSeenPiece, knownText, type Text, type Unknown, unknownText } from '../connections/text.ts';
import { EMPTY, field, intAt, isObject, listAt, objectAt, stringAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { readLogin } from './operator-logins.ts';
import type { Texts, Variable, Word } from './program.ts';

/** What a container of a pod is started with, as the kubelet puts it together (core/v1 EnvVar, EnvFromSource). The environment is read when it is asked for: of most containers only the command is. */
export function kubernetesTexts(container: JsonObject, path: Path, pod: JsonObject, namespace: string, index: UnitIndex, owner: Resource): Texts {
  const reading = new Environment(container, path, pod, namespace, index, owner);
  const list = (key: string): readonly Word[] | null | undefined => {
    const value = field(container, key);
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value) || !value.every((word) => typeof word === 'string')) return undefined;
    if (value.length === 0) return null;
    return value.map((word, position) => {
      const { text, isSecret } = reading.expand(word);
      return new OwnText(text, isSecret, owner, path, [key, position]);
    });
  };
  return {
    get variables() {
      return reading.variables;
    },
    get isComplete() {
      return reading.isComplete;
    },
    command: list('command'),
    arguments: list('args'),
  };
}

/** A variable or a word of the container itself. There are many, and hardly any is shown: its path is made when it is asked for. */
class OwnText implements Variable, Word {
  readonly text: Text;
  readonly isSecret: boolean;
  readonly #owner: Resource;
  readonly #container: Path;
  readonly #field: Path;

  constructor(text: Text, isSecret: boolean, owner: Resource, container: Path, inContainer: Path) {
    this.text = text;
    this.isSecret = isSecret;
    this.#owner = owner;
    this.#container = container;
    this.#field = inContainer;
  }

  get place(): Place {
    return { resource: this.#owner, path: [...this.#owner.at, ...this.#container, ...this.#field] };
  }
}

/** A piece of which only the features are told. Few are asked for. */
class SecretPiece implements Unknown {
  readonly name: string;
  readonly why = 'it comes from a Secret';
  readonly #text: string;

  constructor(name: string, text: string) {
    this.name = name;
    this.#text = text;
  }

  get sealed(): Sealed {
    return new Sealed(this.#text);
  }
}

class Environment {
  readonly #container: JsonObject;
  readonly #path: Path;
  readonly #namespace: string;
  readonly #index: UnitIndex;
  readonly #owner: Resource;
  readonly #hasServiceLinks: boolean;
  #variables: Map<string, Variable> | undefined;
  #isComplete: boolean | undefined;

  constructor(container: JsonObject, path: Path, pod: JsonObject, namespace: string, index: UnitIndex, owner: Resource) {
    this.#container = container;
    this.#path = path;
    this.#namespace = namespace;
    this.#index = index;
    this.#owner = owner;
    this.#hasServiceLinks = field(pod, 'enableServiceLinks') !== false;
  }

  get variables(): ReadonlyMap<string, Variable> {
    if (this.#variables === undefined) {
      const variables = new Map<string, Variable>();
      // What stands further down refers to what stands above it.
      this.#variables = variables;
      for (const item of listAt(this.#container, 'envFrom')) if (isObject(item)) this.#takeAll(item, variables);
      for (const [position, item] of listAt(this.#container, 'env').entries()) if (isObject(item)) this.#take(item, position, variables);
    }
    return this.#variables;
  }

  get isComplete(): boolean {
    this.#isComplete ??= listAt(this.#container, 'envFrom').every((item) => !isObject(item) || REFERENCES.every(([key, source]) => this.#isSeen(source, field(item, key))));
    return this.#isComplete;
  }

  #isSeen(source: 'ConfigMap' | 'Secret', reference: Json | undefined): boolean {
    return !isObject(reference) || this.#keysOf(source, reference) !== undefined;
  }

  expand(text: string): { text: Text; isSecret: boolean } {
    if (!text.includes('$')) return { text: knownText(text), isSecret: false };
    let isSecret = false;
    const expanded = expandReferences(text, (name) => {
      const variable = this.variables.get(name);
      // What is sealed cannot be told; what was read can.
      if (variable !== undefined) isSecret ||= variable.isSecret && hasSeenPiece(variable.text.marked);
      return variable?.text ?? this.#fromService(name) ?? (this.isComplete ? undefined : unknownText({ name, why: UNSEEN_SOURCE }));
    });
    return { text: expanded, isSecret };
  }

  #keysOf(source: 'ConfigMap' | 'Secret', reference: JsonObject): ReadonlyMap<string, KeptText> | undefined {
    return keysOf(source, this.#namespace, stringAt(reference, 'name'), this.#index, this.#owner);
  }

  #takeAll(item: JsonObject, variables: Map<string, Variable>): void {
    const prefix = stringAt(item, 'prefix');
    for (const [key, source] of REFERENCES) {
      const reference = field(item, key);
      if (!isObject(reference)) continue;
      for (const [name, value] of this.#keysOf(source, reference) ?? []) variables.set(prefix + name, toVariable(prefix + name, name, value));
    }
  }

  #take(item: JsonObject, position: number, variables: Map<string, Variable>): void {
    const name = stringAt(item, 'name');
    const from = field(item, 'valueFrom');
    if (!isObject(from)) {
      const { text, isSecret } = this.expand(stringAt(item, 'value'));
      variables.set(name, new OwnText(text, isSecret, this.#owner, this.#path, ['env', position, 'value']));
      return;
    }
    const setHere = (text: Text, isSecret: boolean): void => {
      variables.set(name, new OwnText(text, isSecret, this.#owner, this.#path, ['env', position]));
    };
    for (const [key, source] of KEY_REFERENCES) {
      const reference = field(from, key);
      if (!isObject(reference)) continue;
      const wanted = stringAt(reference, 'key');
      const object = stringAt(reference, 'name');
      const found = this.#keysOf(source, reference);
      const value = found?.get(wanted);
      if (value !== undefined) {
        const variable = toVariable(name, wanted, value);
        // The place to mend is where the variable is set; what a ConfigMap holds is mended there.
        if (value.isSecret) setHere(variable.text, true);
        else variables.set(name, variable);
      } else if (found !== undefined && field(reference, 'optional') === true) {
        variables.delete(name);
      } else {
        const mayBeEmpty = field(reference, 'optional') === true;
        const unseen = `${source} ${object} is not part of this scan${mayBeEmpty ? ', and may be left out' : ''}`;
        const why = found === undefined ? unseen : `${source} ${object} has no key ${wanted}`;
        setHere(unknownText({ name, why, mayBeEmpty }), source === 'Secret');
      }
      return;
    }
    setHere(this.#fromField(name, from), false);
  }

  #fromField(name: string, from: JsonObject): Text {
    const fieldPath = stringAt(objectAt(from, 'fieldRef'), 'fieldPath');
    if (fieldPath === 'metadata.namespace' && this.#namespace !== '') return knownText(this.#namespace);
    return unknownText({ name, why: `${fieldPath || 'its value'} is known only where it runs` });
  }

  /** Names that stand for a Service of the namespace are as good as its address, and they can be joined. */
  #fromService(name: string): Text | undefined {
    const [, stem = '', end = ''] = /^([A-Z][A-Z0-9_]*)_SERVICE_(HOST|PORT)$/.exec(name) ?? [];
    if (stem === '' || !this.#hasServiceLinks) return undefined;
    const service = servicesByVariable(this.#index).get(`${this.#namespace}/${stem}`);
    if (service === undefined) return undefined;
    if (end === 'HOST') return knownText(stringAt(objectAt(service.value, 'metadata'), 'name'));
    const [port] = listAt(objectAt(service.value, 'spec'), 'ports');
    return isObject(port) ? knownText(stringAt(port, 'port')) : undefined;
  }
}

const UNSEEN_SOURCE = 'a ConfigMap or Secret that the environment comes from is not part of this scan';

const REFERENCES = [
  ['configMapRef', 'ConfigMap'],
  ['secretRef', 'Secret'],
] as const;
const KEY_REFERENCES = [
  ['configMapKeyRef', 'ConfigMap'],
  ['secretKeyRef', 'Secret'],
] as const;

/** The value under one key of a ConfigMap or Secret of the unit. */
export interface KeptText {
  readonly text: Text;
  readonly place: { readonly resource: Resource; readonly path: Path };
  readonly isSecret: boolean;
}

const keptTexts = new WeakMap<KubernetesObject, ReadonlyMap<string, KeptText>>();

/** What a ConfigMap or Secret holds; undefined where it is not part of the unit. What will only be made at run time has its keys, as far as they are written, and unknown values. */
export function keysOf(kind: 'ConfigMap' | 'Secret', namespace: string, name: string, index: UnitIndex, near: Resource): ReadonlyMap<string, KeptText> | undefined {
  const found = index.find(kind, namespace, name, near);
  if (found !== undefined) {
    let texts = keptTexts.get(found);
    if (texts === undefined) {
      texts = kind === 'Secret' ? readSecret(found) : readConfigMap(found);
      keptTexts.set(found, texts);
    }
    return texts;
  }
  return kind === 'Secret' ? readMade(namespace, name, index, near) : undefined;
}

const keptFiles = new WeakMap<KubernetesObject, ReadonlyMap<string, KeptText>>();

/** What the kubelet makes files of where a ConfigMap or Secret is mounted: `binaryData` as well, from which it takes no variables. */
export function fileTextsOf(kind: 'ConfigMap' | 'Secret', namespace: string, name: string, index: UnitIndex, near: Resource): ReadonlyMap<string, KeptText> | undefined {
  const texts = keysOf(kind, namespace, name, index, near);
  const resource = kind === 'ConfigMap' ? index.find(kind, namespace, name, near) : undefined;
  const binary = objectAt(resource?.value ?? EMPTY, 'binaryData');
  if (texts === undefined || resource === undefined || Object.keys(binary).length === 0) return texts;
  let files = keptFiles.get(resource);
  if (files === undefined) {
    files = new Map([...texts, ...Object.keys(binary).map((key) => [key, readBinary(resource, binary, key)] as const)]);
    keptFiles.set(resource, files);
  }
  return files;
}

/** Of a live cluster only the names are kept: these are large. */
function readBinary(resource: KubernetesObject, binary: JsonObject, key: string): KeptText {
  const encoded = field(binary, key);
  const decoded = typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : undefined;
  const text =
    decoded !== undefined && isUtf8(decoded) ? knownText(decoded.toString('utf8')) : unknownText({ name: key, why: `${key} in the binaryData of its ConfigMap is not read` });
  return { text, place: { resource, path: [...resource.at, 'binaryData', key] }, isSecret: false };
}

function readConfigMap(resource: KubernetesObject): ReadonlyMap<string, KeptText> {
  const data = objectAt(resource.value, 'data');
  return new Map(Object.keys(data).map((key) => [key, { text: knownText(stringAt(data, key)), place: { resource, path: [...resource.at, 'data', key] }, isSecret: false }]));
}

function readSecret(resource: KubernetesObject): ReadonlyMap<string, KeptText> {
  const texts = new Map<string, KeptText>();
  // `stringData` is written over `data` when the object is stored.
  for (const list of ['data', 'stringData']) {
    const data = objectAt(resource.value, list);
    for (const key of Object.keys(data)) {
      const text = list === 'data' ? Buffer.from(stringAt(data, key), 'base64').toString('utf8') : stringAt(data, key);
      const place = { resource, path: [...resource.at, list, key] };
      const isEncrypted = isObject(field(resource.value, 'sops')) || /^(?:ENC\[|<[^<>]*>$|\{\{)/.test(text);
      texts.set(key, { text: isEncrypted ? unknownText({ name: key, why: 'it is encrypted in the manifest' }) : knownText(text), place, isSecret: true });
    }
  }
  return texts;
}

/** A SealedSecret or ExternalSecret says which keys there will be, and sometimes what stands around the secret itself. */
function readMade(namespace: string, name: string, index: UnitIndex, near: Resource): ReadonlyMap<string, KeptText> | undefined {
  const made = index.find('SealedSecret', namespace, name, near) ?? index.find('ExternalSecret', namespace, name, near);
  if (made === undefined) return readLogin(namespace, name, index, near);
  const kind = stringAt(made.value, 'kind');
  const spec = objectAt(made.value, 'spec');
  const texts = new Map<string, KeptText>();
  const unknown = (key: string): Text => unknownText({ name: key, why: `${kind} ${name} does not show it` });
  for (const key of Object.keys(objectAt(spec, 'encryptedData'))) {
    texts.set(key, { text: unknown(key), place: { resource: made, path: [...made.at, 'spec', 'encryptedData', key] }, isSecret: true });
  }
  for (const [position, item] of listAt(spec, 'data').entries()) {
    const key = isObject(item) ? stringAt(item, 'secretKey') : '';
    if (key !== '') texts.set(key, { text: unknown(key), place: { resource: made, path: [...made.at, 'spec', 'data', position] }, isSecret: true });
  }
  const path = kind === 'SealedSecret' ? ['spec', 'template', 'data'] : ['spec', 'target', 'template', 'data'];
  const template = path.reduce<JsonObject>((value, key) => objectAt(value, key), made.value);
  for (const key of Object.keys(template)) {
    texts.set(key, { text: fillTemplate(stringAt(template, key), unknown), place: { resource: made, path: [...made.at, ...path, key] }, isSecret: true });
  }
  // `dataFrom` brings keys that are not written anywhere, unless a template says what becomes of them.
  const isTemplated = Object.keys(template).length > 0 && stringAt(objectAt(objectAt(spec, 'target'), 'template'), 'mergePolicy') !== 'Merge';
  if (listAt(spec, 'dataFrom').length === 0 || isTemplated) return texts;
  const sealed = generatedBy(spec, namespace, index, made);
  return new UnseenKeys(texts, sealed === undefined ? unknown : (key) => unknownText({ name: key, why: `${kind} ${name} does not show it`, sealed }), made);
}

/** What external-secrets draws at random itself: a Password has 24 characters unless it says otherwise. */
function generatedBy(spec: JsonObject, namespace: string, index: UnitIndex, near: Resource): Sealed | undefined {
  const [only, ...others] = listAt(spec, 'dataFrom');
  const generator = isObject(only) ? objectAt(objectAt(only, 'sourceRef'), 'generatorRef') : {};
  if (others.length > 0 || stringAt(generator, 'kind') !== 'Password') return undefined;
  const password = index.find('Password', namespace, stringAt(generator, 'name'), near);
  const length = password === undefined ? null : intAt(objectAt(password.value, 'spec'), 'length');
  return length === undefined ? undefined : Sealed.generated(Math.min(Number(length ?? 24), 100));
}

/** Every key may be there. */
class UnseenKeys extends Map<string, KeptText> {
  readonly #unknown: (key: string) => Text;
  readonly #resource: Resource;

  constructor(texts: ReadonlyMap<string, KeptText>, unknown: (key: string) => Text, resource: Resource) {
    super(texts);
    this.#unknown = unknown;
    this.#resource = resource;
  }

  override get(key: string): KeptText | undefined {
    return super.get(key) ?? { text: this.#unknown(key), place: { resource: this.#resource, path: [...this.#resource.at, 'spec', 'dataFrom'] }, isSecret: true };
  }
}

/** `{{ .password }}` becomes an unknown piece: what stands around it is known. */
function fillTemplate(text: string, unknown: (key: string) => Text): Text {
  const escaped = text.replaceAll('$', '$$$$').replaceAll(/\{\{-?\s{0,9}\.?([\w.-]{0,100})[^}]{0,200}\}\}/g, (_, name: string) => `$(${name || 'template'})`);
  return expandReferences(escaped, (name) => unknown(name));
}

/** A password stays sealed; an address is read here, and what is read of it is told to nobody. */
function toVariable(name: string, key: string, { text, place, isSecret }: KeptText): Variable {
  // Nothing is no secret, and a server that is told an empty password asks for none.
  if (!isSecret || text.unknowns.length > 0 || text.marked === '') return { text, place, isSecret };
  const isPassword = (namesSecret(name) || namesSecret(key)) && !looksLikeAddress(text.marked);
  return { text: isPassword ? unknownText(new SecretPiece(name, text.marked)) : text, place, isSecret };
}

function looksLikeAddress(text: string): boolean {
  return /:\/\/|(?:^|[;\s,])(?:host|server|data source)\s{0,3}=/i.test(text);
}

const serviceVariables = new WeakMap<UnitIndex, ReadonlyMap<string, KubernetesObject>>();

function servicesByVariable(index: UnitIndex): ReadonlyMap<string, KubernetesObject> {
  let found = serviceVariables.get(index);
  if (found === undefined) {
    found = new Map(
      index.all('Service').map((service) => [`${index.namespaceOf(service)}/${stringAt(objectAt(service.value, 'metadata'), 'name').toUpperCase().replaceAll('-', '_')}`, service]),
    );
    serviceVariables.set(index, found);
  }
  return found;
}

/** The command of a list, for those who only look at it. */
export function wordsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}
