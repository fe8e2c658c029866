import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence } from '../model/subject.ts';
import { detectSecret, isPasswordFlag, isSecretUnder, isSecretValue, namesSecret, takesSecret } from '../sensitive.ts';
import { EMPTY_TEXT, isSeen, type Text } from './connections/text.ts';
import type { ContainerSubject } from './containers.ts';
import { type ContainerEnvironment, type EnvVariable, NO_REFERENCES, referencesIn, resolves, secretKindUnder, shellReferencesIn, type VariableSource } from './environment.ts';
import { Part } from './part.ts';
import { isDebugPort, isRemoteShellPort } from './ports.ts';
import { EMPTY, intAt, isObject, listAt, objectAt, stringAt } from './read.ts';
import type { FactsOf } from './vocabulary.ts';

const UNSEEN_ENVIRONMENT: Absence = {
  because: 'a ConfigMap or Secret that the environment comes from is not part of this scan',
  hint: 'scan it together with the workload',
};
const UNSEEN_REFERENCE: Absence = {
  because: 'Secrets and ConfigMaps that variables refer to are not part of this scan',
  hint: 'scan their manifests (or those of the SealedSecret, ExternalSecret or SecretProviderClass) together with the workload',
};
export const UNSEEN_ADDRESS: Absence = {
  because: 'the address is not written here: it comes from a ConfigMap, a Secret or whoever starts the container',
  hint: 'write the address into the manifest',
};
const UNKNOWN_ENTRYPOINT: Absence = {
  because: 'the entrypoint of the image, which may be a shell, is not part of this scan',
  hint: 'write the command into the manifest',
};

const NOTHING: readonly never[] = [];

const PORT_FIELDS = { hostPort: ['hostPort'], number: ['containerPort'], isDebug: ['containerPort'], isRemoteShell: ['containerPort'] };

export function portsOf(subject: ContainerSubject): readonly Part<'port'>[] {
  const ports = listAt(subject.container, 'ports');
  if (ports.length === 0) return NOTHING;
  const listPath = subject.path.concat('ports');
  return ports.flatMap((port, position) => {
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
        path: listPath,
        position,
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
    opensDockerApi: value,
  };
}

/** With the node's network, every port of the container is one of the node (core/v1 defaults, defaultHostNetworkPorts). */
function defaultHostPort({ workload }: ContainerSubject, number: bigint | undefined): bigint | undefined {
  const { usesHostNetwork } = workload.facts;
  return usesHostNetwork === undefined ? undefined : usesHostNetwork ? number : 0n;
}

export function variablesOf(subject: ContainerSubject, environment: ContainerEnvironment): readonly Part<'variable'>[] {
  const taken = takenVariables(subject, environment);
  if (environment.variables.length === 0) return taken;
  const listPath = subject.path.concat('env');
  const own = environment.variables.map(
    (variable) =>
      new Part('variable', factsOfVariable(variable, environment), subject, {
        part: `env ${variable.name}`,
        path: listPath,
        position: variable.position,
        fields: VARIABLE_FIELDS[variable.source],
        absences: VARIABLE_ABSENCES,
      }),
  );
  return taken.length === 0 ? own : [...own, ...taken];
}

/** Of what `envFrom` brings, all but one variable is judged where it is written. */
function takenVariables(subject: ContainerSubject, environment: ContainerEnvironment): readonly Part<'variable'>[] {
  if (!environment.names.has(DOCKER_HOST) || environment.variables.some(({ name }) => name === DOCKER_HOST)) return NOTHING;
  const reference = { isOptional: false, exists: true };
  const variable: EnvVariable = { name: DOCKER_HOST, position: 0, source: 'configMap', text: '', reference, references: NO_REFERENCES };
  return [
    new Part('variable', readVariable(variable, undefined, environment), subject, {
      part: `env ${DOCKER_HOST}`,
      path: subject.path.concat('envFrom'),
      absences: VARIABLE_ABSENCES,
    }),
  ];
}

/** Of plain values, by name: most variables are alike but for the text, which no fact carries. */
const plainVariables = new Map<string, FactsOf<'variable'>>();

function factsOfVariable(variable: EnvVariable, environment: ContainerEnvironment): FactsOf<'variable'> {
  const { name, source, text } = variable;
  const detected = source === 'literal' ? detectSecret(text) : undefined;
  if (source !== 'literal' || detected !== undefined || variable.references !== NO_REFERENCES) return readVariable(variable, detected, environment);
  let facts = plainVariables.get(name);
  if (facts === undefined) {
    facts = readVariable(variable, detected, environment);
    // Under such a name the value counts, after all.
    if (!facts.namesSecret && name !== DOCKER_HOST && plainVariables.size < 20_000) plainVariables.set(name, facts);
  }
  return facts;
}

function readVariable({ name, source, text, reference, references }: EnvVariable, detected: string | undefined, environment: ContainerEnvironment): FactsOf<'variable'> {
  const secretKind = source === 'literal' ? (detected ?? secretKindUnder(name, text)) : '';
  return {
    name,
    source,
    namesSecret: namesSecret(name),
    holdsLiteralSecret: secretKind !== '',
    secretKind,
    isOptional: reference.isOptional,
    referenceExists: reference.exists,
    unresolvedReferences: references.unresolved,
    forwardReferences: references.forward,
    shellReferences: references.shell,
    emptyInterpolations: NOTHING,
    opensDockerApi: name === DOCKER_HOST && opensDockerApi(name, environment.texts.variables.get(name)?.text ?? EMPTY_TEXT),
  };
}

const ARGUMENT_ABSENCES = { unresolvedReferences: UNSEEN_ENVIRONMENT, shellReferences: UNKNOWN_ENTRYPOINT };

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const HOOKS = ['postStart', 'preStop'] as const;

type WordField = 'command' | 'args' | (typeof PROBES)[number] | (typeof HOOKS)[number];

/** A list of words, and the command line that they are part of. */
interface Words {
  readonly field: WordField;
  readonly path: Path;
  readonly words: readonly Json[];
  readonly line: readonly Json[];
  /** How many words of the line stand before them. */
  readonly before: number;
  readonly inShell: boolean;
  /** Without a command, only the image knows whether a shell reads the arguments. */
  readonly hasCommand: boolean;
  /** What `$(NAME)` is looked up in: for probes only the list `env` (ExpandContainerCommandOnlyStatic in pkg/kubelet/container), for hooks nothing. */
  readonly expansion: 'environment' | 'nothing' | ReadonlySet<string>;
}

/** The words of a container's command, and of what its probes and hooks run. */
export function argumentsOf(subject: ContainerSubject, environment: ContainerEnvironment): readonly Part<'argument'>[] {
  const { container } = subject;
  const parts: Part<'argument'>[] = [];
  const addWords = (words: Words): void => {
    const path = subject.path.concat(words.path);
    for (let position = 0; position < words.words.length; position++) {
      const word = words.words[position];
      if (typeof word !== 'string') continue;
      const facts = factsOfWord(word, words.line[words.before + position - 1], words, environment);
      parts.push(new Part('argument', facts, subject, { part: `${words.field}[${position}]`, path, position, absences: ARGUMENT_ABSENCES }));
    }
  };
  const addExec = (holder: JsonObject, field: WordField, path: Path, isProbe: boolean): void => {
    const words = listAt(objectAt(holder, 'exec'), 'command');
    if (words.length === 0) return;
    const expansion = isProbe ? new Set(environment.variables.map(({ name }) => name)) : 'nothing';
    addWords({ field, path: [...path, 'exec', 'command'], words, line: words, before: 0, inShell: runsShell(words), hasCommand: true, expansion });
  };
  const command = listAt(container, 'command');
  const args = listAt(container, 'args');
  if (command.length > 0 || args.length > 0) {
    const hasCommand = command.length > 0;
    const line = hasCommand ? [...command, ...args] : args;
    const main = { line, inShell: runsShell(command) || startsShell(line), hasCommand, expansion: 'environment' } as const;
    addWords({ field: 'command', path: ['command'], words: command, before: 0, ...main });
    addWords({ field: 'args', path: ['args'], words: args, before: command.length, ...main });
  }
  for (const probe of PROBES) {
    const holder = objectAt(container, probe);
    if (holder !== EMPTY) addExec(holder, probe, [probe], true);
  }
  const lifecycle = objectAt(container, 'lifecycle');
  if (lifecycle !== EMPTY) for (const hook of HOOKS) addExec(objectAt(lifecycle, hook), hook, ['lifecycle', hook], false);
  return parts;
}

/** Of words that refer to nothing and hold no secret, as nearly all do. */
const PLAIN_WORDS = Object.fromEntries(
  ['command', 'args', ...PROBES, ...HOOKS].map((field) => [
    field,
    { field, holdsLiteralSecret: false, secretKind: '', unresolvedReferences: NOTHING, shellReferences: NOTHING, emptyInterpolations: NOTHING },
  ]),
) as unknown as Readonly<Record<WordField, FactsOf<'argument'>>>;

function factsOfWord(word: string, previous: Json | undefined, { field, line, inShell, hasCommand, expansion }: Words, environment: ContainerEnvironment): FactsOf<'argument'> {
  const secretKind = argumentSecret(word, previous, inShell, line);
  // In a shell, `$(name)` is a command whose output is meant.
  const mayRefer = !inShell && word.includes('$');
  if (secretKind === '' && !mayRefer) return PLAIN_WORDS[field];
  // A name that nothing defines may mean something to the program itself, unless it can only mean a password.
  const shell = mayRefer ? shellReferencesIn(word).filter((reference) => environment.names.has(reference) || namesSecret(reference)) : NOTHING;
  return {
    field,
    holdsLiteralSecret: secretKind !== '',
    secretKind,
    unresolvedReferences: mayRefer ? unresolvedIn(word, expansion, environment) : NOTHING,
    shellReferences: shell.length === 0 ? NOTHING : hasCommand ? shell : undefined,
    emptyInterpolations: NOTHING,
  };
}

function unresolvedIn(word: string, expansion: Words['expansion'], environment: ContainerEnvironment): readonly string[] | undefined {
  const references = referencesIn(word);
  if (references.length === 0) return NOTHING;
  if (expansion === 'nothing') return references;
  if (expansion !== 'environment') return references.filter((reference) => !expansion.has(reference));
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
  const isCurl = /curl$/.test(program);
  if (isPasswordFlag(word, [program])) {
    if (isCurl) return secretOfUser(word.replace(/^-[a-zA-Z]*u|^--[a-z-]+=/, ''));
    return isSecretValue(word.slice(2)) ? 'value of -p' : '';
  }
  const flag = typeof previous === 'string' ? FLAG.exec(previous) : null;
  if (flag === null || namesSecret(flag[1] ?? '') || !takesSecret(flag[0], [program]) || !isSecretValue(word)) return '';
  if (isCurl) return secretOfUser(word);
  // `docker run -p` publishes a port.
  return /(?:docker|podman|helm|skopeo|oras|crane)$/.test(program) && !words.includes('login') ? '' : `value of ${flag[0]}`;
}

/** What curl logs in with. The name alone is no secret. */
function secretOfUser(user: string): string {
  return detectSecret(`curl -u "${user}"`) ?? '';
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

/** Docker's plain TCP API, by convention on 2375, asks nobody for a password. Undefined where the part that tells was not seen. */
export function opensDockerApi(name: string, address: Text | undefined): boolean | undefined {
  if (name !== DOCKER_HOST) return false;
  if (address === undefined) return undefined;
  const text = address.marked.trim();
  const scheme = text.slice(0, 'tcp://'.length);
  if (!/^tcp:\/\//i.test(scheme)) return isSeen(scheme) ? false : undefined;
  if (/:2376\b/.test(text)) return false;
  return isSeen(text.slice(-1)) ? true : undefined;
}

export const DOCKER_HOST = 'DOCKER_HOST';
