import type { Place } from '../../model/subject.ts';
import type { Family, Hint, Reading } from '../connections/address.ts';
import { parseConnection } from '../connections/parse.ts';
import { isSettingsFile, readSettings, settingsInForce } from '../connections/settings-files.ts';
import { markedText, partOf, type Text, type TextsByName, type Unknown } from '../connections/text.ts';
import { connectionsOf, mayLead } from '../connections/variables.ts';
import { clientCommands } from './command-lines.ts';
import { driverOf } from './images-of-clients.ts';
import { pgbouncerAddresses } from './pgbouncer.ts';
import type { Program, Variable, Word } from './program.ts';

/** An address that a program holds, and where. */
export interface HeldAddress {
  readonly reading: Reading;
  /** What holds it, for people: `DATABASE_URL`, `args[1]`, `/etc/app/settings.toml`. */
  readonly source: string;
  /** Where each of the names that it was made of stands; the first is where the host is named. */
  readonly parts: ReadonlyMap<string, { readonly place: Place }>;
  readonly place: Place;
  readonly isSecret: boolean;
  /** What a pooler calls the database that it leads to; `*` stands for every other. */
  readonly alias?: string;
  /** A proxy opens it, which knows nothing of users: whoever is behind it logs in. */
  readonly isRelay?: boolean;
}

/** Every address of a PostgreSQL or Redis server among a program's variables, arguments and files. */
export function addressesOf(program: Program, familyOfHost: (name: string) => Family | undefined): readonly HeldAddress[] {
  const reader = new AddressReader(program);
  reader.readVariables(familyOfHost);
  reader.readWords('command', program.texts.command);
  reader.readWords('args', program.texts.arguments);
  reader.readCommands();
  reader.readFiles();
  reader.found.push(...pgbouncerAddresses(program));
  return reader.found;
}

class AddressReader {
  readonly found: HeldAddress[] = [];
  readonly #program: Program;
  readonly #environment: TextsByName;
  #settings: FileSettings | undefined;
  #hint: Hint | undefined;

  constructor(program: Program) {
    this.#program = program;
    this.#environment = textsOf(() => program.texts.variables);
  }

  /** Of most programs nothing in the environment leads anywhere, and it is not looked at as a whole. */
  readVariables(familyOfHost: (name: string) => Family | undefined): void {
    const { variables: own } = this.#program.texts;
    const settings = this.#fileSettings;
    if (settings.variables.size === 0 && !leadsAnywhere(own)) return;
    const variables = settings.variables.size === 0 ? own : new Map([...settings.variables, ...own]);
    const held = settings.variables.size === 0 ? this.#environment : textsOf(() => variables);
    const { driver, serviceFile } = this.#known;
    for (const { reading, names } of connectionsOf(held, { driver, familyOfHost, serviceFile })) {
      const parts = new Map<string, Variable>();
      for (const name of names) {
        const variable = variables.get(name);
        if (variable !== undefined) parts.set(name, variable);
      }
      const [first] = names;
      const leading = first === undefined ? undefined : parts.get(first);
      if (first === undefined || leading === undefined) continue;
      this.found.push({
        reading,
        source: own.has(first) ? first : (settings.files.get(first) ?? first),
        parts,
        place: leading.place,
        isSecret: names.some((name) => parts.get(name)?.isSecret === true && holdsText(parts.get(name)?.text)),
      });
    }
  }

  readWords(list: string, words: readonly Word[] | null | undefined): void {
    for (const [index, word] of words?.entries() ?? []) {
      for (const url of urlsIn(word.text)) this.#add(parseConnection(url, this.#known), `${list}[${index}]`, word.place, word.isSecret);
    }
  }

  readCommands(): void {
    for (const { text, variables: assigned, word, source } of clientCommands(this.#program)) {
      const { serviceFile } = this.#known;
      const reading = parseConnection(text, { driver: 'libpq', isConnection: true, variables: withFurther(this.#environment, assigned), serviceFile });
      this.#add(reading, source, word.place, word.isSecret);
    }
  }

  readFiles(): void {
    for (const { path, text, unknowns, place, isSecret, isNamed } of this.#program.mounted.files) {
      if (text === undefined || !isNamed || !text.includes('://') || isServerFile(path) || this.#fileSettings.paths.has(path)) continue;
      for (const { url, line } of urlsInFile(text, unknowns)) {
        this.#add(parseConnection(url, this.#known), path, { resource: place.resource, path: [...place.path, `#L${line}`] }, isSecret);
      }
    }
  }

  #add(reading: Reading | undefined, source: string, place: Place, isSecret: boolean): void {
    if (reading !== undefined) this.found.push({ reading, source, parts: NO_PARTS, place, isSecret });
  }

  get #fileSettings(): FileSettings {
    this.#settings ??= settingsOf(this.#program, this.#environment);
    return this.#settings;
  }

  get #known(): Hint {
    this.#hint ??= { driver: driverOf(this.#program.image), variables: this.#environment, serviceFile: serviceFileOf(this.#program, this.#environment) };
    return this.#hint;
  }
}

function leadsAnywhere(variables: ReadonlyMap<string, Variable>): boolean {
  for (const name of variables.keys()) if (mayLead(name, (variables.get(name) as Variable).text)) return true;
  return false;
}

const NO_PARTS: ReadonlyMap<string, Variable> = new Map();

/** Nobody copies an environment to look at it. */
function textsOf(variables: () => ReadonlyMap<string, Variable>): TextsByName {
  return { get: (name) => variables().get(name)?.text, has: (name) => variables().has(name), keys: () => variables().keys() };
}

function withFurther(texts: TextsByName, further: ReadonlyMap<string, Text>): TextsByName {
  return {
    get: (name) => further.get(name) ?? texts.get(name),
    has: (name) => further.has(name) || texts.has(name),
    keys: () => new Set([...texts.keys(), ...further.keys()]).keys(),
  };
}

/** Where libpq looks for services: the file that a variable names, or one of the usual name. */
function serviceFileOf({ mounted }: Program, texts: TextsByName): Text | undefined {
  const named = texts.get('PGSERVICEFILE');
  const file = mounted.files.find(({ path }) => (named === undefined ? /(?:^|\/)\.?pg_service\.conf$/.test(path) : path === named.marked));
  return file?.text === undefined ? undefined : markedText(file.text, file.unknowns);
}

interface FileSettings {
  readonly variables: ReadonlyMap<string, Variable>;
  /** The file that each stands in. */
  readonly files: ReadonlyMap<string, string>;
  readonly paths: ReadonlySet<string>;
}

/** What a framework finds in the files of its container; the environment beats it. */
function settingsOf({ mounted }: Program, texts: TextsByName): FileSettings {
  if (!mounted.files.some(({ path }) => isSettingsFile(path))) return NO_SETTINGS;
  const variables = new Map<string, Variable>();
  const files = new Map<string, string>();
  const paths = new Set<string>();
  for (const { path, text, unknowns, place, isSecret, isNamed } of mounted.files) {
    const file = text === undefined || !isNamed ? undefined : readSettings(path, text, texts);
    if (file === undefined) continue;
    paths.add(path);
    for (const [name, value] of settingsInForce(file, texts, unknowns)) {
      const line = texts.has(name) ? undefined : file.settings.get(name)?.line;
      if (line === undefined) continue;
      variables.set(name, { text: value, place: { resource: place.resource, path: [...place.path, `#L${line}`] }, isSecret });
      files.set(name, path);
    }
  }
  return { variables, files, paths };
}

const NO_SETTINGS: FileSettings = { variables: new Map(), files: new Map(), paths: new Set() };

/** A value that is sealed tells nothing that could be repeated. */
function holdsText(text: Text | undefined): boolean {
  return text !== undefined && text.unknowns.length < text.marked.length;
}

const SCHEME = /(?:jdbc:)?(?:postgres(?:ql)?(?:\+\w{1,20})?|rediss?(?:\+\w{1,20})?|valkeys?)(?::)\/\//gi;
/** What ends an address in a command line or a file. */
const END = /[\s'"`<>|;)\]}]/;

const NO_URLS: readonly Text[] = [];

/** The addresses in a text, which may be a script. */
function urlsIn(text: Text): readonly Text[] {
  if (!text.marked.includes('://')) return NO_URLS;
  return [...text.marked.matchAll(SCHEME)].map((match) => {
    const rest = text.marked.slice(match.index, match.index + 4000);
    const end = rest.slice(match[0].length).search(END);
    return partOf(text, end === -1 ? rest : rest.slice(0, match[0].length + end));
  });
}

const LARGEST_FILE = 200_000;

function urlsInFile(text: string, unknowns: readonly Unknown[] | undefined): { url: Text; line: number }[] {
  if (text.length > LARGEST_FILE) return [];
  const found: { url: Text; line: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    // What is commented out connects to nothing.
    if (!line.includes('://') || /^\s*(?:#|;|\/\/|--)/.test(line) || line.length > 4000) continue;
    for (const url of urlsIn(markedText(line, unknowns))) found.push({ url, line: index + 1 });
  }
  return found;
}

/** Files of the servers themselves, and scripts that probe them. */
function isServerFile(path: string): boolean {
  return /\.(?:sh|sql|acl|pem|crt|md|html?|js)$|(?:redis|valkey|sentinel|postgresql|pg_hba)[\w.-]{0,40}\.conf$/.test(path);
}
