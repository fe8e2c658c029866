import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence } from '../model/subject.ts';
import { detectSecret, isPasswordFlag, isSecretUnder, isSecretValue, namesSecret, takesSecret } from '../sensitive.ts';
import type { ContainerSubject } from './containers.ts';
import { type ContainerEnvironment, referencesIn, resolves, secretKindOf, shellReferencesIn, type VariableSource } from './environment.ts';
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
export const UNSEEN_ADDRESS: Absence = {
  because: 'the address is not written here: it comes from a ConfigMap, a Secret or whoever starts the container',
  hint: 'write the address into the manifest',
};
const UNKNOWN_ENTRYPOINT: Absence = {
  because: 'the entrypoint of the image, which may be a shell, is not part of this scan',
  hint: 'write the command into the manifest',
};

const PORT_FIELDS = { hostPort: ['hostPort'], number: ['containerPort'], isDebug: ['containerPort'], isRemoteShell: ['containerPort'] };

export function portsOf(subject: ContainerSubject): Part<'port'>[] {
  return listAt(subject.container, 'ports').flatMap((port, position) => {
    if (!isObject(port)) return [];
    const number = intAt(port, 'containerPort');
    const hostPort = intAt(port, 'hostPort');
    const facts = {
      number: number ?? undefined,
      hostPort: hostPort === null || hostPort === 0n ? defaultHostPort(subject, number ?? undefined) : hostPort,
      hostAddress: stringAt(port, 'hostIP'),
      protocol: stringAt(port, 'protocol') || 'TCP',
      isDebug: typeof number === 'bigint' ? isDebugPort(Number(number)) : undefined,
      isRemoteShell: typeof number === 'bigint' ? isRemoteShellPort(Number(number)) : undefined,
    };
    return [
      new Part('port', facts, subject, {
        part: `port ${number ?? ''}/${facts.protocol.toLowerCase()}`,
        path: [...subject.path, 'ports', position],
        fields: PORT_FIELDS,
      }),
    ];
  });
}

const VARIABLE_ABSENCES = { unresolvedReferences: UNSEEN_ENVIRONMENT, forwardReferences: UNSEEN_ENVIRONMENT, referenceExists: UNSEEN_REFERENCE, opensDockerApi: UNSEEN_ADDRESS };

/** Where a variable's facts stand below its item, by what its value comes from. Made once: there are more variables than anything else. */
const VARIABLE_FIELDS: Readonly<Record<VariableSource, Readonly<Record<string, Path>>>> = {
  literal: fieldsOf(['value'], ['value']),
  none: fieldsOf([], []),
  secret: fieldsOf(['valueFrom'], ['valueFrom', 'secretKeyRef']),
  configMap: fieldsOf(['valueFrom'], ['valueFrom', 'configMapKeyRef']),
  field: fieldsOf(['valueFrom'], ['valueFrom']),
  resource: fieldsOf(['valueFrom'], ['valueFrom']),
  host: fieldsOf([], []),
};

function fieldsOf(value: Path, source: Path): Readonly<Record<string, Path>> {
  return {
    name: ['name'],
    holdsLiteralSecret: value,
    secretKind: value,
    namesSecret: value,
    source,
    isOptional: [...source, 'optional'],
    referenceExists: [...source, 'key'],
    unresolvedReferences: ['value'],
    forwardReferences: ['value'],
    shellReferences: ['value'],
    opensDockerApi: ['value'],
  };
}

/** With the node's network, every port of the container is one of the node (core/v1 defaults, defaultHostNetworkPorts). */
function defaultHostPort({ workload }: ContainerSubject, number: bigint | undefined): bigint | undefined {
  const { usesHostNetwork } = workload.facts;
  return usesHostNetwork === undefined ? undefined : usesHostNetwork ? number : 0n;
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
      opensDockerApi: opensDockerApi(variable.name, variable.source, variable.text),
    };
    return new Part('variable', facts, subject, { part: `env ${variable.name}`, path: variable.path, fields: VARIABLE_FIELDS[variable.source], absences: VARIABLE_ABSENCES });
  });
}

const COMMANDS: readonly { readonly path: Path; readonly field: string }[] = [
  { path: ['command'], field: 'command' },
  { path: ['args'], field: 'args' },
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => ({ path: [probe, 'exec', 'command'], field: probe })),
  ...['postStart', 'preStop'].map((hook) => ({ path: ['lifecycle', hook, 'exec', 'command'], field: hook })),
];

const ARGUMENT_ABSENCES = { unresolvedReferences: UNSEEN_ENVIRONMENT, shellReferences: UNKNOWN_ENTRYPOINT };

export function argumentsOf(subject: ContainerSubject, environment: ContainerEnvironment): Part<'argument'>[] {
  const command = listAt(subject.container, 'command');
  const hasCommand = command.length > 0;
  const main = [...command, ...listAt(subject.container, 'args')];
  const isShell = runsShell(command) || startsShell(main);
  const listed = new Set(environment.variables.map(({ name }) => name));
  const parts: Part<'argument'>[] = [];
  for (const { path, field: name } of COMMANDS) {
    const words = listUnder(subject.container, path);
    const isMain = name === 'command' || name === 'args';
    const inShell = isMain ? isShell : runsShell(words);
    const line = isMain ? main : words;
    const before = name === 'args' ? command.length : 0;
    for (const [position, word] of words.entries()) {
      if (typeof word !== 'string') continue;
      const secretKind = argumentSecret(word, line[before + position - 1], inShell, line);
      // A name that nothing defines may mean something to the program itself, unless it can only mean a password.
      const shell = shellReferencesIn(word).filter((reference) => environment.names.has(reference) || namesSecret(reference));
      const facts = {
        field: name,
        holdsLiteralSecret: secretKind !== '',
        secretKind,
        unresolvedReferences: inShell ? NOTHING : unresolvedIn(word, EXPANSIONS[name] ?? 'environment', environment, listed),
        // Without a command, only the image knows whether a shell reads the arguments.
        shellReferences: inShell || shell.length === 0 ? NOTHING : !isMain || hasCommand ? shell : undefined,
        emptyInterpolations: NOTHING,
      };
      parts.push(
        new Part('argument', facts, subject, {
          part: `${name}[${position}]`,
          path: [...subject.path, ...path, position],
          absences: ARGUMENT_ABSENCES,
        }),
      );
    }
  }
  return parts;
}

/** What `$(NAME)` is looked up in: for probes only the list `env` (ExpandContainerCommandOnlyStatic in pkg/kubelet/container), for hooks nothing. */
const EXPANSIONS: Readonly<Record<string, 'list' | 'nothing'>> = { livenessProbe: 'list', readinessProbe: 'list', startupProbe: 'list', postStart: 'nothing', preStop: 'nothing' };

/** Asked outside of shells only: in a shell, `$(name)` is a command whose output is meant. */
function unresolvedIn(word: string, expansion: 'environment' | 'list' | 'nothing', environment: ContainerEnvironment, listed: ReadonlySet<string>): readonly string[] | undefined {
  const references = referencesIn(word);
  if (references.length === 0) return NOTHING;
  if (expansion === 'nothing') return references;
  if (expansion === 'list') return references.filter((reference) => !listed.has(reference));
  const open = references.filter((reference) => resolves(reference, environment) !== true);
  return open.some((reference) => resolves(reference, environment) === undefined) ? undefined : open;
}

/** Whether the words start a shell with a script, wherever in the line they do; `bash` alone may be anybody's argument. */
function startsShell(words: readonly Json[]): boolean {
  return words.some((word, index) => {
    const option = words[index + 1];
    return typeof word === 'string' && typeof option === 'string' && /(?:^|\/)(?:ba|z|k|da|a|c)?sh$/.test(word) && /^-\w*c$/.test(option);
  });
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
const FLAG_IN_SCRIPT = /(?:^|\s)--?([A-Za-z][\w-]*)(?:=|\s+)(?!-)["']?([^\s"']+)/g;

/** A secret among the words of a command: by its shape, or as the value of a flag or assignment whose name says so. */
export function argumentSecret(word: string, previous: Json | undefined, inShell: boolean, words: readonly Json[]): string {
  const detected = detectSecret(word);
  if (detected !== undefined) return detected;
  const ofProgram = secretOfProgram(word, previous, words);
  if (ofProgram !== '') return ofProgram;
  const flag = FLAG.exec(word);
  if (flag !== null) {
    if (flag[2] === undefined) return '';
    return holds(flag[1] ?? '', flag[2]) ? `value of ${word.slice(0, word.indexOf('='))}` : assignedSecret(flag[2]);
  }
  const before = typeof previous === 'string' ? FLAG.exec(previous) : null;
  if (before !== null && before[2] === undefined && holds(before[1] ?? '', word)) return `value of ${before[0]}`;
  const assigned = assignedSecret(word);
  if (assigned !== '') return assigned;
  if (!inShell && !/\s/.test(word)) return '';
  for (const match of word.matchAll(FLAG_IN_SCRIPT)) {
    if (holds(match[1] ?? '', match[2] ?? '')) return `value of --${match[1]}`;
  }
  for (const match of word.matchAll(/(?:^|[\s;&|])(?:export\s+)?([A-Za-z_]\w*)=["']?([^\s"';&|]+)/g)) {
    if (holds(match[1] ?? '', match[2] ?? '')) return `value of ${match[1]}`;
  }
  return '';
}

/** A word that is a secret only to its program: `redis-cli -a …`, `mysql -p…`, `curl -u me:…`. */
function secretOfProgram(word: string, previous: Json | undefined, words: readonly Json[]): string {
  const program = words[0];
  if (typeof program !== 'string' || REFERENCE_WITHIN.test(word)) return '';
  if (isPasswordFlag(word, [program])) return isSecretValue(word.slice(2)) ? 'value of -p' : '';
  const flag = typeof previous === 'string' ? FLAG.exec(previous) : null;
  if (flag === null || namesSecret(flag[1] ?? '') || !takesSecret(flag[0], [program]) || !isSecretValue(word)) return '';
  // The user alone is no secret.
  if (/curl$/.test(program)) return detectSecret(`curl -u "${word}"`) ?? '';
  // `docker run -p` publishes a port.
  return /(?:docker|podman|helm|skopeo|oras|crane)$/.test(program) && !words.includes('login') ? '' : `value of ${flag[0]}`;
}

/** `--set auth.password=…`, `--env PASSWORD=…`. */
function assignedSecret(word: string): string {
  const assignment = /^([A-Za-z_][\w.]*)=(\S+)$/.exec(word);
  return assignment !== null && holds(assignment[1] ?? '', assignment[2] ?? '') ? `value of ${assignment[1]}` : '';
}

function holds(name: string, value: string): boolean {
  return isSecretUnder(name, value) && !REFERENCE_WITHIN.test(value);
}

const REFERENCE_WITHIN = /\$[({A-Za-z_]/;

/** Docker's plain TCP API, by convention on 2375, asks nobody for a password. */
export function opensDockerApi(name: string, source: VariableSource, text: string): boolean | undefined {
  if (name !== 'DOCKER_HOST') return false;
  if (source === 'secret' || source === 'configMap' || source === 'host') return undefined;
  return /^tcp:\/\//i.test(text.trim()) && !/:2376\b/.test(text);
}

function listUnder(object: JsonObject, path: Path): readonly Json[] {
  const parent = path.slice(0, -1).reduce<JsonObject>((value, key) => objectAt(value, String(key)), object);
  const last = String(path.at(-1));
  return Array.isArray(field(parent, last)) ? listAt(parent, last) : NOTHING;
}

const NOTHING: readonly never[] = [];
