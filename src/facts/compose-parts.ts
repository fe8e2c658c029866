import type { ComposeProject, Interpolation } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence, Subject } from '../model/subject.ts';
import { namesSecret } from '../sensitive.ts';
import type { ServiceContainer, ServiceWorkload } from './compose-services.ts';
import { argumentSecret, opensDockerApi, runsShell, UNSEEN_ADDRESS } from './container-parts.ts';
import { secretKindOf, type VariableSource } from './environment.ts';
import { Part } from './part.ts';
import { isDebugPort, isRemoteShellPort } from './ports.ts';
import { field, isObject, listAt, stringAt, toInt } from './read.ts';

const UNSEEN_ENVIRONMENT: Absence = {
  because: 'variables of a compose file are set by the caller’s environment, which is not part of this scan',
  hint: 'put a .env file beside the compose file, or scan with --env',
};

export function* composePorts(container: ServiceContainer, service: JsonObject): Generator<Subject> {
  const base = container.workload.path;
  const published = listAt(service, 'ports').flatMap((item, index) => readPort(item, [...base, 'ports', index]));
  const exposed = listAt(service, 'expose').flatMap((item, index) => readPort(item, [...base, 'expose', index]).map((port) => ({ ...port, hostPort: 0 })));
  for (const { number, hostPort, hostAddress, protocol, path } of [...published, ...exposed]) {
    const facts = { number: toInt(number), hostPort: toInt(hostPort), hostAddress, protocol, isDebug: isDebugPort(number), isRemoteShell: isRemoteShellPort(number) };
    yield new Part('port', facts, container, { part: `port ${number}/${protocol.toLowerCase()}`, path });
  }
}

interface ReadPort {
  readonly number: number;
  readonly hostPort: number;
  readonly hostAddress: string;
  readonly protocol: string;
  readonly path: Path;
}

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, with ranges, of which the first and last are enough to judge; or the long form. */
function readPort(item: Json, path: Path): ReadPort[] {
  if (isObject(item)) {
    const number = Number(stringAt(item, 'target'));
    const hostPort = Number.parseInt(stringAt(item, 'published') || '0', 10);
    if (!Number.isInteger(number)) return [];
    return [
      { number, hostPort: Number.isInteger(hostPort) ? hostPort : 0, hostAddress: stringAt(item, 'host_ip'), protocol: (stringAt(item, 'protocol') || 'tcp').toUpperCase(), path },
    ];
  }
  const match = /^(?:(?:(\[[^\]]+\]|[\d.]+):)?(\d+(?:-\d+)?)?:)?(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(String(item).trim());
  if (match === null) return [];
  const [, address = '', host = '', from = '', to, protocol = 'tcp'] = match;
  const numbers = to === undefined || to === from ? [Number(from)] : [Number(from), Number(to)];
  return numbers.map((number) => ({ number, hostPort: Number.parseInt(host || '0', 10), hostAddress: address, protocol: protocol.toUpperCase(), path }));
}

export function* composeVariables(container: ServiceContainer, project: ComposeProject, service: JsonObject): Generator<Subject> {
  const base: Path = [...container.workload.path, 'environment'];
  for (const { name, text, key, isFromHost } of variablesOf(field(service, 'environment'))) {
    const path = [...base, key];
    const source: VariableSource = isFromHost ? 'host' : text === '' ? 'none' : 'literal';
    const interpolations = interpolationsAt(project, path);
    const secretKind = source === 'literal' && !isFilledIn(interpolations) ? secretKindOf(name, text) : '';
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
      opensDockerApi: opensDockerApi(name, source, text),
    };
    yield new Part('variable', facts, container, { part: `env ${name}`, path, absences: { emptyInterpolations: UNSEEN_ENVIRONMENT, opensDockerApi: UNSEEN_ADDRESS } });
  }
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
  for (const keys of COMMANDS) {
    const value = keys.reduce<Json | undefined>((found, key) => (isObject(found) ? field(found, String(key)) : undefined), service);
    const isText = typeof value === 'string';
    const words: readonly Json[] = isText ? [value] : Array.isArray(value) ? value : [];
    const inShell = runsShell(words) || words[0] === 'CMD-SHELL';
    for (const [position, word] of words.entries()) {
      if (typeof word !== 'string') continue;
      const path = [...container.workload.path, ...keys, ...(isText ? [] : [position])];
      const interpolations = interpolationsAt(project, path);
      const secretKind = isFilledIn(interpolations) ? '' : argumentSecret(word, words[position - 1], inShell || isText, words);
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
    for (const key of Object.keys(file.value)) {
      const secretKind = secretKindOf(key, stringAt(file.value, key));
      yield new Part('entry', { key, owner: 'env-file', namesSecret: namesSecret(key), holdsLiteralSecret: secretKind !== '', secretKind }, workload, {
        part: `${file.file} ${key}`,
        path: [key],
        resource: file,
      });
    }
  }
}

function interpolationsAt(project: ComposeProject, path: Path): Interpolation[] {
  return project.interpolations.filter((interpolation) => interpolation.path.length === path.length && interpolation.path.every((step, index) => step === path[index]));
}

/** A value that comes from outside of the file is not written in it. A default is. */
function isFilledIn(interpolations: readonly Interpolation[]): boolean {
  return interpolations.some(({ outcome }) => outcome === 'set' || outcome === 'required');
}

/** Undefined where a variable may be set by an environment that was not looked at. */
function emptyAmong(project: ComposeProject, interpolations: readonly Interpolation[]): readonly string[] | undefined {
  const empty = interpolations.filter(({ outcome }) => outcome === 'empty' || (outcome === 'unset' && project.hasEnvironment)).map(({ variable }) => variable);
  return empty.length === 0 && interpolations.some(({ outcome }) => outcome === 'unset') ? undefined : empty;
}

const NOTHING: readonly never[] = [];
