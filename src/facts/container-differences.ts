import type { Json, JsonObject, Path } from '../model/json.ts';
import { isSameList } from '../model/lists.ts';
import { isTokenVolume } from '../pod-kinds.ts';
import { parseImageReference } from './image-reference.ts';
import { field, isObject, listAt, stringAt } from './read.ts';
import { type Secured, securityDifferences } from './security-differences.ts';

/** One thing that a Pod has otherwise than the template that it was made from. */
export interface PodDifference {
  /** Where in the Pod it stands, or would stand. */
  readonly path: Path;
  /** Both values, as far as they can hold no secret. */
  readonly says: string;
  /** It may be the same by another name, which cannot be seen from here. */
  readonly isDoubtful: boolean;
}

export function differ(path: Path, says: string, isDoubtful = false): PodDifference {
  return { path, says, isDoubtful };
}

/** A container of a Pod beside that of its template. */
export function* containerDifferences(name: string, path: Path, running: Secured, written: Secured, isOnHostNetwork: boolean): Generator<PodDifference> {
  yield* imageDifferences(name, path, stringAt(running.own, 'image'), stringAt(written.own, 'image'));
  // Where the template has none, the image says what is run.
  for (const key of ['command', 'args']) {
    if (!isSameList(listAt(running.own, key), listAt(written.own, key))) yield differ([...path, key], `${key} of ${name} ${isOrAre(key)} not as written`);
  }
  for (const key of ['workingDir', 'lifecycle']) {
    if (!isKept(field(running.own, key), field(written.own, key))) yield differ([...path, key], `${key} of ${name} is not as written`);
  }
  yield* variableDifferences(name, path, running.own, written.own);
  yield* mountDifferences(name, path, running.own, written.own);
  if (!isOnHostNetwork) yield* hostPortDifferences(name, path, running.own, written.own);
  for (const { field: at, says } of securityDifferences(running, written))
    yield differ(
      [...path, 'securityContext', ...at],
      says.replace('%', () => name),
    );
}

/** A container that no template knows: what webhooks put in is fine as long as it has no power over the node. */
export function* addedContainerDifferences(name: string, path: Path, running: Secured, isOnHostNetwork: boolean): Generator<PodDifference> {
  const told = `container ${name}, which the template does not have,`;
  for (const { field: at, says } of securityDifferences(running, 'added'))
    yield differ(
      [...path, 'securityContext', ...at],
      says.replace('%', () => told),
    );
  if (!isOnHostNetwork) yield* hostPortDifferences(told, path, running.own, {});
}

function* imageDifferences(name: string, path: Path, running: string, written: string): Generator<PodDifference> {
  const [now, then] = [parseImageReference(running), parseImageReference(written)];
  const isSameName = now.registry === then.registry && now.repository === then.repository;
  // Whoever looks up the digest may leave out the tag, which says nothing beside it.
  const isSameTag = (now.tag || 'latest') === (then.tag || 'latest') || (now.tag === '' && now.digest !== '');
  // What has the same digest is the same, wherever it comes from; and a webhook may look up the digest of a tag.
  if (running === written || (then.digest === '' ? isSameName && isSameTag : now.digest === then.digest)) return;
  const isMeshImage = name === MESH_PROXY && written === LEFT_TO_MESH;
  if (isMeshImage && endsWithName(now.repository, 'proxyv2')) return;
  const isMirrored = then.digest === '' && isSameTag && endsWithName(now.repository, then.repository.replace(/^library\//, ''));
  yield differ([...path, 'image'], `image of ${name} is ${running} instead of ${written}`, isMirrored || isMeshImage);
}

/** A template that has the proxy of Istio, such as that of a gateway, leaves its image to the webhook. */
const MESH_PROXY = 'istio-proxy';
const LEFT_TO_MESH = 'auto';

function endsWithName(repository: string, name: string): boolean {
  return repository === name || repository.endsWith(`/${name}`);
}

/** Values are not told: they may be secrets. */
function* variableDifferences(name: string, path: Path, running: JsonObject, written: JsonObject): Generator<PodDifference> {
  const now = variablesOf(running);
  for (const [variable, { object }] of variablesOf(written)) {
    const found = now.get(variable);
    if (found === undefined) yield differ([...path, 'env'], `variable ${variable} of ${name} is missing`);
    else if (!isSameVariable(variable, found.object, object)) yield differ([...path, 'env', found.index], `variable ${variable} of ${name} is not as written`);
  }
  const sources = listAt(running, 'envFrom');
  if (listAt(written, 'envFrom').some((source) => !sources.some((each) => isKept(each, source)))) yield differ([...path, 'envFrom'], `envFrom of ${name} is not as written`);
}

/** What agents of monitoring add their own words to, as they would set it where it is not written. */
const SHARED_BY_AGENTS = new Set([
  ...['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', 'NODE_OPTIONS', 'PYTHONPATH', 'RUBYOPT', 'LD_PRELOAD', 'OTEL_RESOURCE_ATTRIBUTES'],
  ...['DOTNET_ADDITIONAL_DEPS', 'DOTNET_SHARED_STORE', 'DOTNET_STARTUP_HOOKS'],
]);

function isSameVariable(name: string, running: JsonObject, written: JsonObject): boolean {
  const [now, then] = [stringAt(running, 'value'), stringAt(written, 'value')];
  const isFrom = (object: JsonObject): boolean => isObject(field(object, 'valueFrom'));
  if (isFrom(running) !== isFrom(written)) return false;
  if (isFrom(written)) return isKept(field(running, 'valueFrom'), field(written, 'valueFrom'));
  return now === then || (SHARED_BY_AGENTS.has(name) && holdsWords(now, then));
}

/** Whether a text is in another one, with nothing but separators beside it. */
function holdsWords(text: string, words: string): boolean {
  const at = text.indexOf(words);
  if (words === '' || at === -1) return words === '';
  const isEnd = (character: string): boolean => character === '' || ' ,:;'.includes(character);
  return isEnd(text.charAt(at - 1)) && isEnd(text.charAt(at + words.length));
}

/** By name: of several the last one counts. */
function variablesOf(container: JsonObject): Map<string, { readonly object: JsonObject; readonly index: number }> {
  return new Map(listAt(container, 'env').flatMap((item, index) => (isObject(item) ? [[stringAt(item, 'name'), { object: item, index }]] : [])));
}

function* mountDifferences(name: string, path: Path, running: JsonObject, written: JsonObject): Generator<PodDifference> {
  const mounts = listAt(running, 'volumeMounts');
  for (const mount of listAt(written, 'volumeMounts')) {
    if (!isObject(mount)) continue;
    const mountPath = stringAt(mount, 'mountPath');
    const index = mounts.findIndex((each) => isObject(each) && stringAt(each, 'mountPath') === mountPath);
    // Whoever wrote the template copied it from a Pod, whose token is not read.
    if (index === -1 && isTokenVolume(stringAt(mount, 'name'))) continue;
    if (index === -1) yield differ([...path, 'volumeMounts'], `mount ${mountPath} of ${name} is missing`);
    else if (!isKept(mounts[index], mount)) yield differ([...path, 'volumeMounts', index], `mount ${mountPath} of ${name} is not as written`);
  }
}

function* hostPortDifferences(name: string, path: Path, running: JsonObject, written: JsonObject): Generator<PodDifference> {
  const hostPort = (port: Json): string => (isObject(port) ? stringAt(port, 'hostPort') : '');
  const known = new Set(listAt(written, 'ports').map(hostPort));
  for (const [index, port] of listAt(running, 'ports').entries()) {
    const opened = hostPort(port);
    if (opened !== '' && opened !== '0' && !known.has(opened)) {
      yield differ([...path, 'ports', index, 'hostPort'], `${name} opens port ${opened} of the node`);
    }
  }
}

function isOrAre(key: string): string {
  return key === 'args' ? 'are' : 'is';
}

/** Whether what is written is still there, whatever was added to it. An API server leaves out what is empty. */
export function isKept(running: Json | undefined, written: Json | undefined): boolean {
  if (written === undefined || written === null || running === written) return true;
  if (running === undefined || running === null) return isEmpty(written);
  if (Array.isArray(written))
    return Array.isArray(running) && written.length === running.length && (written as readonly Json[]).every((item, index) => isKept(running[index] as Json, item));
  if (isObject(written)) return isObject(running) && Object.keys(written).every((key) => isKept(field(running, key), field(written, key)));
  return typeof running !== 'object' && String(running) === String(written);
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) ? Object.keys(value).length === 0 : value === '' || value === false || value === 0;
}
