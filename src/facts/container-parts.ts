import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence } from '../model/subject.ts';
import { detectSecret, isReference, isSecretValue, namesSecret } from '../sensitive.ts';
import type { ContainerSubject } from './containers.ts';
import { type ContainerEnvironment, isServiceVariable, referencesIn, secretKindOf, shellReferencesIn } from './environment.ts';
import { Part } from './part.ts';
import { isDebugPort, isRemoteShellPort } from './ports.ts';
import { field, intAt, isObject, listAt, objectAt, stringAt } from './read.ts';

const UNSEEN_ENVIRONMENT: Absence = {
  because: 'a ConfigMap or Secret that the environment comes from is not part of this scan',
  hint: 'scan it together with the workload',
};
const UNSEEN_REFERENCE: Absence = {
  because: 'Secrets and ConfigMaps that variables refer to are not part of this scan',
  hint: 'scan their manifests (or those of the SealedSecret or ExternalSecret) together with the workload',
};
const UNKNOWN_ENTRYPOINT: Absence = {
  because: 'the entrypoint of the image, which may be a shell, is not part of this scan',
  hint: 'write the command into the manifest',
};

export function portsOf(subject: ContainerSubject): Part<'port'>[] {
  return listAt(subject.container, 'ports').flatMap((port, position) => {
    if (!isObject(port)) return [];
    const number = intAt(port, 'containerPort');
    const hostPort = intAt(port, 'hostPort');
    const facts = {
      number: number ?? undefined,
      // With the node's network, every port of the container is one of the node.
      hostPort: hostPort === null ? (subject.workload.facts.usesHostNetwork === true ? (number ?? undefined) : 0n) : hostPort,
      hostAddress: stringAt(port, 'hostIP'),
      protocol: stringAt(port, 'protocol') || 'TCP',
      isDebug: typeof number === 'bigint' && isDebugPort(Number(number)),
      isRemoteShell: typeof number === 'bigint' && isRemoteShellPort(Number(number)),
    };
    return [
      new Part('port', facts, subject, {
        part: `port ${number ?? ''}/${facts.protocol.toLowerCase()}`,
        path: [...subject.path, 'ports', position],
        fields: { hostPort: ['hostPort'], number: ['containerPort'], isDebug: ['containerPort'], isRemoteShell: ['containerPort'] },
      }),
    ];
  });
}

export function variablesOf(subject: ContainerSubject, environment: ContainerEnvironment): Part<'variable'>[] {
  return environment.variables.map((variable) => {
    const secretKind = variable.source === 'literal' ? secretKindOf(variable.name, variable.text) : '';
    const facts = {
      name: variable.name,
      source: variable.source,
      namesSecret: namesSecret(variable.name),
      holdsLiteralSecret: secretKind !== '',
      secretKind,
      isOptional: variable.isOptional,
      referenceExists: variable.referenceExists,
      unresolvedReferences: variable.unresolved,
      forwardReferences: variable.forward,
      shellReferences: variable.shell,
      emptyInterpolations: NOTHING,
      opensDockerApi: opensDockerApi(variable.name, variable.text),
    };
    const reference = variable.source === 'secret' ? ['valueFrom', 'secretKeyRef'] : ['valueFrom', 'configMapKeyRef'];
    const value = variable.source === 'literal' ? ['value'] : variable.source === 'none' ? [] : ['valueFrom'];
    return new Part('variable', facts, subject, {
      part: `env ${variable.name}`,
      path: variable.path,
      fields: {
        name: ['name'],
        holdsLiteralSecret: value,
        secretKind: value,
        source: variable.source === 'secret' || variable.source === 'configMap' ? reference : value,
        namesSecret: value,
        isOptional: [...reference, 'optional'],
        referenceExists: [...reference, 'key'],
        unresolvedReferences: ['value'],
        forwardReferences: ['value'],
        shellReferences: ['value'],
        opensDockerApi: ['value'],
      },
      absences: { unresolvedReferences: UNSEEN_ENVIRONMENT, forwardReferences: UNSEEN_ENVIRONMENT, referenceExists: UNSEEN_REFERENCE },
    });
  });
}

const COMMANDS: readonly { readonly path: Path; readonly field: string }[] = [
  { path: ['command'], field: 'command' },
  { path: ['args'], field: 'args' },
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => ({ path: [probe, 'exec', 'command'], field: probe })),
  ...['postStart', 'preStop'].map((hook) => ({ path: ['lifecycle', hook, 'exec', 'command'], field: hook })),
];

export function argumentsOf(subject: ContainerSubject, environment: ContainerEnvironment): Part<'argument'>[] {
  const isShell = runsShell(listAt(subject.container, 'command'));
  const hasCommand = listAt(subject.container, 'command').length > 0;
  const parts: Part<'argument'>[] = [];
  for (const { path, field: name } of COMMANDS) {
    const words = listUnder(subject.container, path);
    const isMain = name === 'command' || name === 'args';
    const inShell = isMain ? isShell : runsShell(words);
    for (const [position, word] of words.entries()) {
      if (typeof word !== 'string') continue;
      const secretKind = argumentSecret(word, words[position - 1], inShell, words);
      const shell = shellReferencesIn(word).filter((reference) => environment.names.has(reference));
      const facts = {
        field: name,
        holdsLiteralSecret: secretKind !== '',
        secretKind,
        unresolvedReferences: isMain ? unresolvedIn(word, environment, inShell) : NOTHING,
        // Without a command, only the image knows whether a shell reads the arguments.
        shellReferences: inShell || shell.length === 0 ? NOTHING : !isMain || hasCommand ? shell : undefined,
        emptyInterpolations: NOTHING,
      };
      parts.push(
        new Part('argument', facts, subject, {
          part: `${name}[${position}]`,
          path: [...subject.path, ...path, position],
          absences: { unresolvedReferences: UNSEEN_ENVIRONMENT, shellReferences: UNKNOWN_ENTRYPOINT },
        }),
      );
    }
  }
  return parts;
}

/** In a shell, `$(name)` is a command whose output is meant, so only names of variables could be mistakes, and those resolve. */
function unresolvedIn(word: string, environment: ContainerEnvironment, inShell: boolean): readonly string[] | undefined {
  if (inShell) return NOTHING;
  const open = referencesIn(word).filter((name) => !environment.names.has(name) && !isServiceVariable(name));
  if (open.length === 0) return NOTHING;
  return environment.isComplete ? open : undefined;
}

/** Whether a command hands its arguments to a shell. */
export function runsShell(command: readonly Json[]): boolean {
  return command.some(
    (word) =>
      typeof word === 'string' &&
      /(?:^|[\s/])(?:ba|z|k|da|a|c)?sh(?:\.exe)?(?:\s+-\S+)*$|(?:^|[\s/])(?:ba|z|k|da|a)?sh\s+-\w*c\b|(?:^|[\\/])(?:cmd|powershell|pwsh)(?:\.exe)?$/i.test(word),
  );
}

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s;
/** One-letter flags that take a password, by the program they belong to. */
const PASSWORD_FLAGS: Readonly<Record<string, RegExp>> = { '-a': /(?:^|\/)(?:redis|valkey|keydb)-(?:cli|benchmark)$/ };
const FLAG_IN_SCRIPT = /(?:^|\s)--?([A-Za-z][\w-]*)(?:=|\s+)(?!-)["']?([^\s"']+)/g;

/** A secret among the words of a command: by its shape, or as the value of a flag or assignment whose name says so. */
export function argumentSecret(word: string, previous: Json | undefined, inShell: boolean, words: readonly Json[]): string {
  const detected = detectSecret(word);
  if (detected !== undefined) return detected;
  const flag = FLAG.exec(word);
  if (flag !== null) return flag[2] !== undefined && holds(flag[1] ?? '', flag[2]) ? `value of --${flag[1]}` : '';
  const before = typeof previous === 'string' ? FLAG.exec(previous) : null;
  if (before !== null && before[2] === undefined && holds(before[1] ?? '', word)) return `value of --${before[1]}`;
  if (PASSWORD_FLAGS[String(previous)]?.test(String(words[0])) === true && isSecretValue(word)) return `value of ${String(previous)}`;
  const assignment = /^([A-Za-z_][\w.]*)=(\S+)$/.exec(word);
  if (assignment !== null && holds(assignment[1] ?? '', assignment[2] ?? '')) return `value of ${assignment[1]}`;
  if (!inShell && !/\s/.test(word)) return '';
  for (const match of word.matchAll(FLAG_IN_SCRIPT)) {
    if (holds(match[1] ?? '', match[2] ?? '')) return `value of --${match[1]}`;
  }
  for (const match of word.matchAll(/(?:^|[\s;&|])(?:export\s+)?([A-Za-z_]\w*)=["']?([^\s"';&|]+)/g)) {
    if (holds(match[1] ?? '', match[2] ?? '')) return `value of ${match[1]}`;
  }
  return '';
}

function holds(name: string, value: string): boolean {
  return (namesSecret(name) || /^(?:requirepass|masterauth)$/i.test(name)) && isSecretValue(value) && !isReference(value) && !/\$[({A-Za-z_]/.test(value);
}

/** Docker's plain TCP API, by convention on 2375, asks nobody for a password. */
export function opensDockerApi(name: string, text: string): boolean {
  return name === 'DOCKER_HOST' && /^tcp:\/\//i.test(text.trim()) && !/:2376\b/.test(text);
}

function listUnder(object: JsonObject, path: Path): readonly Json[] {
  const parent = path.slice(0, -1).reduce<JsonObject>((value, key) => objectAt(value, String(key)), object);
  const last = String(path.at(-1));
  return Array.isArray(field(parent, last)) ? listAt(parent, last) : NOTHING;
}

const NOTHING: readonly never[] = [];
