import type { ComposeProject, Interpolation } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Subject } from '../model/subject.ts';
import { detectSecret, namesSecret } from '../sensitive.ts';
import { isOpen, plain, UNSEEN_ENVIRONMENT } from './compose-read.ts';
import type { ServiceContainer, ServiceWorkload } from './compose-services.ts';
import { knownText } from './connections/text.ts';
import { argumentSecret, DOCKER_HOST, opensDockerApi, runsShell, UNSEEN_ADDRESS } from './container-parts.ts';
import { secretKindOf, type VariableSource } from './environment.ts';
import { folderPrefix } from './file-names.ts';
import { Part } from './part.ts';
import { isDebugPort, isRemoteShellPort, notablePortsBetween } from './ports.ts';
import { field, isObject, listAt, stringAt, toInt } from './read.ts';

export function* composePorts(container: ServiceContainer, service: JsonObject): Generator<Subject> {
  const base = container.workload.path;
  const published = listAt(service, 'ports').flatMap((item, index) => readPort(item, [...base, 'ports', index]));
  const exposed = listAt(service, 'expose').flatMap((item, index) => readPort(item, [...base, 'expose', index]).map((port): ReadPort => ({ ...port, hostPort: 0 })));
  const { usesHostNetwork } = container.workload.facts;
  for (const { number, text, hostPort, hostAddress, protocol, path } of [...published, ...exposed]) {
    const facts = {
      number: toOptionalInt(number),
      // With the host's network, nothing is mapped: every port of the container is one of the host.
      hostPort: toOptionalInt(usesHostNetwork === true ? number : hostPort),
      hostAddress,
      protocol,
      isDebug: number === undefined ? undefined : isDebugPort(number),
      isRemoteShell: number === undefined ? undefined : isRemoteShellPort(number),
    };
    const absences = { number: UNSEEN_ENVIRONMENT, hostPort: UNSEEN_ENVIRONMENT, hostAddress: UNSEEN_ENVIRONMENT, isDebug: UNSEEN_ENVIRONMENT, isRemoteShell: UNSEEN_ENVIRONMENT };
    yield new Part('port', facts, container, { part: `port ${number ?? text}/${protocol.toLowerCase()}`, path, absences });
  }
}

function toOptionalInt(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : toInt(value);
}

/** Numbers and addresses are undefined where a variable that is not set here stands in their place. */
interface ReadPort {
  readonly number: number | undefined;
  /** What stands where the container's port is expected. */
  readonly text: string;
  readonly hostPort: number | undefined;
  readonly hostAddress: string | undefined;
  readonly protocol: string;
  readonly path: Path;
}

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, with ranges, or the long form. What Docker would refuse is no port. */
function readPort(item: Json, path: Path): ReadPort[] {
  if (isObject(item)) {
    const ends = [stringAt(item, 'host_ip'), stringAt(item, 'published'), stringAt(item, 'target')] as const;
    return portsBetween(...ends, stringAt(item, 'protocol') || 'tcp', path);
  }
  const [, body = '', protocol = 'tcp'] = /^(.*?)(?:\/(\w+))?$/s.exec(plain(item).trim()) ?? [];
  const parts = body.split(':');
  const target = parts.pop() ?? '';
  if (parts.length === 0 && isOpen(target)) return [{ number: undefined, text: target, hostPort: undefined, hostAddress: undefined, protocol: protocol.toUpperCase(), path }];
  const published = parts.pop() ?? '';
  return portsBetween(parts.join(':').replace(/^\[(.*)\]$/, '$1'), published, target, protocol, path);
}

function portsBetween(address: string, published: string, target: string, protocol: string, path: Path): ReadPort[] {
  const inside = rangeOf(target);
  const outside = published === '' ? { first: 0, last: 0 } : rangeOf(published);
  if (inside === undefined || outside === undefined) return [];
  const shared = { text: target, hostAddress: isOpen(address) ? undefined : address, protocol: protocol.toUpperCase(), path };
  if (inside === 'open') return [{ ...shared, number: undefined, hostPort: outside === 'open' ? undefined : outside.first }];
  const { first, last } = inside;
  // The ends of a range are enough to judge it, and what in between must not be missed.
  const numbers = first === last ? [first] : [first, last, ...notablePortsBetween(first, last)];
  const isParallel = outside !== 'open' && outside.last - outside.first === last - first;
  return numbers.map((number) => ({
    ...shared,
    number,
    hostPort: outside === 'open' ? undefined : isParallel && outside.first > 0 ? outside.first + number - first : outside.first,
  }));
}

/** Undefined where it is no port; `open` where a variable decides. */
function rangeOf(text: string): { readonly first: number; readonly last: number } | 'open' | undefined {
  if (isOpen(text)) return 'open';
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const first = Number(from);
  const last = Number(to);
  return from !== undefined && first > 0 && first <= last && last <= 65_535 ? { first, last } : undefined;
}

export function* composeVariables(container: ServiceContainer, project: ComposeProject, service: JsonObject): Generator<Subject> {
  const base: Path = [...container.workload.path, 'environment'];
  const variables = variablesOf(field(service, 'environment'));
  if (!variables.some(({ name }) => name === DOCKER_HOST)) yield* dockerAddressInFiles(container, project);
  for (const { name, text, key, isFromHost } of variables) {
    const path = [...base, key];
    const source: VariableSource = isFromHost ? 'host' : text === '' ? 'none' : 'literal';
    const interpolations = interpolationsAt(project, path);
    const secretKind = source === 'literal' ? (secretBesideFilledIn(interpolations) ?? secretKindOf(name, text)) : '';
    const facts = {
      name,
      source,
      namesSecret: namesSecret(name),
      holdsLiteralSecret: secretKind !== '',
      secretKind,
      isOptional: false,
      referenceExists: true,
      unresolvedReferences: NOTHING,
      forwardReferences: NOTHING,
      shellReferences: NOTHING,
      emptyInterpolations: emptyAmong(project, interpolations),
      opensDockerApi: opensDockerApi(name, isFromHost ? undefined : knownText(text)),
    };
    yield new Part('variable', facts, container, { part: `env ${name}`, path, absences: { emptyInterpolations: UNSEEN_ENVIRONMENT, opensDockerApi: UNSEEN_ADDRESS } });
  }
}

/** What env files hold is judged where it stands, but for what one variable of them leads to. */
function* dockerAddressInFiles(container: ServiceContainer, project: ComposeProject): Generator<Subject> {
  const { name: service } = container.workload;
  const files = Object.hasOwn(project.envFiles, service) ? (project.envFiles[service] ?? []) : [];
  const resource = files.findLast((file) => Object.hasOwn(file.value, DOCKER_HOST));
  const text = resource === undefined ? null : field(resource.value, DOCKER_HOST);
  if (resource === undefined) return;
  const facts = {
    name: DOCKER_HOST,
    source: text === null ? 'host' : 'literal',
    namesSecret: false,
    holdsLiteralSecret: false,
    secretKind: '',
    isOptional: false,
    referenceExists: true,
    unresolvedReferences: NOTHING,
    forwardReferences: NOTHING,
    shellReferences: NOTHING,
    emptyInterpolations: NOTHING,
    opensDockerApi: opensDockerApi(DOCKER_HOST, typeof text === 'string' ? knownText(text) : undefined),
  };
  yield new Part('variable', facts, container, { part: `env ${DOCKER_HOST}`, path: [DOCKER_HOST], resource, absences: { opensDockerApi: UNSEEN_ADDRESS } });
}

function variablesOf(environment: Json | undefined): { name: string; text: string; key: string | number; isFromHost: boolean }[] {
  if (isObject(environment)) {
    return Object.keys(environment).map((name) => ({ name, text: stringAt(environment, name), key: name, isFromHost: field(environment, name) === null }));
  }
  if (!Array.isArray(environment)) return [];
  return (environment as readonly Json[]).flatMap((item, index) => {
    if (typeof item !== 'string') return [];
    const equals = item.indexOf('=');
    return [{ name: equals === -1 ? item : item.slice(0, equals), text: equals === -1 ? '' : item.slice(equals + 1), key: index, isFromHost: equals === -1 }];
  });
}

const COMMANDS: readonly Path[] = [['command'], ['entrypoint'], ['healthcheck', 'test']];

export function* composeArguments(container: ServiceContainer, project: ComposeProject, service: JsonObject): Generator<Subject> {
  const entrypoint = field(service, 'entrypoint');
  for (const keys of COMMANDS) {
    const value = keys.reduce<Json | undefined>((found, key) => (isObject(found) ? field(found, String(key)) : undefined), service);
    const isText = typeof value === 'string';
    const words: readonly Json[] = isText ? [value] : Array.isArray(value) ? value : [];
    const before: readonly Json[] = keys[0] === 'command' && Array.isArray(entrypoint) ? entrypoint : NOTHING;
    const line = [...before, ...words];
    const inShell = runsShell(line) || words[0] === 'CMD-SHELL';
    for (const [position, word] of words.entries()) {
      if (typeof word !== 'string') continue;
      const path = [...container.workload.path, ...keys, ...(isText ? [] : [position])];
      const interpolations = interpolationsAt(project, path);
      const secretKind =
        secretBesideFilledIn(interpolations) ?? argumentSecret(word, line[before.length + position - 1], inShell || isText, line[0] === 'CMD' ? line.slice(1) : line);
      const name = String(keys[0]);
      const facts = {
        field: name,
        holdsLiteralSecret: secretKind !== '',
        secretKind,
        unresolvedReferences: NOTHING,
        shellReferences: NOTHING,
        emptyInterpolations: emptyAmong(project, interpolations),
      };
      yield new Part('argument', facts, container, { part: isText ? name : `${name}[${position}]`, path, absences: { emptyInterpolations: UNSEEN_ENVIRONMENT } });
    }
  }
}

/** The variables that a service takes from its env files: they stand in a file beside the code. */
export function* envFileEntries(workload: ServiceWorkload, project: ComposeProject): Generator<Subject> {
  for (const file of Object.hasOwn(project.envFiles, workload.name) ? (project.envFiles[workload.name] ?? []) : []) {
    // As the compose file names it: what a finding is called must not depend on where the scan was started.
    const folder = folderPrefix(project.file);
    const name = file.file.startsWith(folder) ? file.file.slice(folder.length) : file.file;
    for (const key of Object.keys(file.value)) {
      const secretKind = secretKindOf(key, stringAt(file.value, key));
      yield new Part('entry', { key, owner: 'env-file', namesSecret: namesSecret(key), holdsLiteralSecret: secretKind !== '', secretKind }, workload, {
        part: `${name} ${key}`,
        path: [key],
        resource: file,
      });
    }
  }
}

/** By the path that they stand at: a file may have thousands, and as many values. */
const interpolationsByPath = new WeakMap<ComposeProject, ReadonlyMap<string, Interpolation[]>>();

function interpolationsAt(project: ComposeProject, path: Path): readonly Interpolation[] {
  let byPath = interpolationsByPath.get(project);
  if (byPath === undefined) {
    byPath = Map.groupBy(project.interpolations, (interpolation) => JSON.stringify(interpolation.path));
    interpolationsByPath.set(project, byPath);
  }
  return byPath.get(JSON.stringify(path)) ?? NOTHING;
}

/**
 * A value that comes from outside of the file is not written in it; a default is, and so is a password beside a host that is filled in.
 * Undefined where nothing came from outside.
 */
function secretBesideFilledIn(interpolations: readonly Interpolation[]): string | undefined {
  const filledIn = interpolations.find(({ outcome }) => outcome === 'set' || outcome === 'required');
  return filledIn === undefined ? undefined : (detectSecret(filledIn.written) ?? '');
}

/** Undefined where a variable may be set by an environment that was not looked at. */
function emptyAmong(project: ComposeProject, interpolations: readonly Interpolation[]): readonly string[] | undefined {
  const empty = interpolations.filter(({ outcome }) => outcome === 'empty' || (outcome === 'unset' && project.hasEnvironment)).map(({ variable }) => variable);
  return empty.length === 0 && interpolations.some(({ outcome }) => outcome === 'unset') ? undefined : empty;
}

const NOTHING: readonly never[] = [];
