import type { Place } from '../../model/subject.ts';
import type { Family, Reading } from '../connections/address.ts';
import { parseConnection } from '../connections/parse.ts';
import { readSettings, settingsInForce } from '../connections/settings-files.ts';
import { knownText, partOf, type Text } from '../connections/text.ts';
import { connectionsOf } from '../connections/variables.ts';
import { clientCommands } from './command-lines.ts';
import { driverOf } from './images-of-clients.ts';
import { pgbouncerAddresses } from './pgbouncer.ts';
import type { Program, Variable } from './program.ts';

/** An address that a program holds, and where. */
export interface HeldAddress {
  readonly reading: Reading;
  /** What holds it, for people: `DATABASE_URL`, `args[1]`, `/etc/app/settings.toml`. */
  readonly source: string;
  /** Where each of the names that it was made of stands; the first is where the host is named. */
  readonly places: ReadonlyMap<string, Place>;
  readonly place: Place;
  readonly isSecret: boolean;
  /** What a pooler calls the database that it leads to; `*` stands for every other. */
  readonly alias?: string;
  /** A proxy opens it, which knows nothing of users: whoever is behind it logs in. */
  readonly isRelay?: boolean;
}

/** Every address of a PostgreSQL or Redis server among a program's variables, arguments and files. */
export function addressesOf(program: Program, familyOfHost: (name: string) => Family | undefined): HeldAddress[] {
  const texts = textsOf(program.texts.variables);
  const settings = settingsOf(program, texts);
  const variables = settings.variables.size === 0 ? program.texts.variables : new Map([...settings.variables, ...program.texts.variables]);
  const driver = driverOf(program.image);
  const serviceFile = serviceFileOf(program, texts);
  const found: HeldAddress[] = [];
  const held = settings.variables.size === 0 ? texts : textsOf(variables);
  for (const { reading, names } of connectionsOf(held, { driver, familyOfHost, serviceFile })) {
    const [first] = names;
    const variable = first === undefined ? undefined : variables.get(first);
    if (first === undefined || variable === undefined) continue;
    const places = new Map(names.flatMap((name) => (variables.has(name) ? [[name, variables.get(name)?.place as Place]] : [])));
    found.push({
      reading,
      source: program.texts.variables.has(first) ? first : (settings.files.get(first) ?? first),
      places,
      place: variable.place,
      isSecret: names.some((name) => variables.get(name)?.isSecret === true && holdsText(variables.get(name)?.text)),
    });
  }
  for (const list of ['command', 'arguments'] as const) {
    for (const [index, { text, place, isSecret }] of (program.texts[list] ?? []).entries()) {
      for (const url of urlsIn(text)) {
        const reading = parseConnection(url, { driver, variables: texts, serviceFile });
        if (reading !== undefined) found.push({ reading, source: `${list === 'arguments' ? 'args' : 'command'}[${index}]`, places: new Map(), place, isSecret });
      }
    }
  }
  for (const { text, variables: assigned, word, source } of clientCommands(program)) {
    const reading = parseConnection(text, { driver: 'libpq', isConnection: true, variables: new Map([...texts, ...assigned]), serviceFile });
    if (reading !== undefined) found.push({ reading, source, places: new Map(), place: word.place, isSecret: word.isSecret });
  }
  for (const { path, text, place, isSecret, isNamed } of program.mounted.files) {
    if (text === undefined || !isNamed || isServerFile(path) || settings.paths.has(path)) continue;
    for (const { url, line } of urlsInFile(text)) {
      const reading = parseConnection(url, { driver, variables: texts, serviceFile });
      const at = { resource: place.resource, path: [...place.path, `#L${line}`] };
      if (reading !== undefined) found.push({ reading, source: path, places: new Map(), place: at, isSecret });
    }
  }
  found.push(...pgbouncerAddresses(program));
  return found;
}

function textsOf(variables: ReadonlyMap<string, Variable>): ReadonlyMap<string, Text> {
  const texts = new Map<string, Text>();
  for (const [name, { text }] of variables) texts.set(name, text);
  return texts;
}

/** Where libpq looks for services: the file that a variable names, or one of the usual name. */
function serviceFileOf({ mounted }: Program, texts: ReadonlyMap<string, Text>): Text | undefined {
  const named = texts.get('PGSERVICEFILE');
  const file = mounted.files.find(({ path }) => (named === undefined ? /(?:^|\/)\.?pg_service\.conf$/.test(path) : path === named.marked));
  return file?.text === undefined ? undefined : knownText(file.text);
}

interface FileSettings {
  readonly variables: ReadonlyMap<string, Variable>;
  /** The file that each stands in. */
  readonly files: ReadonlyMap<string, string>;
  readonly paths: ReadonlySet<string>;
}

/** What a framework finds in the files of its container; the environment beats it. */
function settingsOf({ mounted }: Program, texts: ReadonlyMap<string, Text>): FileSettings {
  const variables = new Map<string, Variable>();
  const files = new Map<string, string>();
  const paths = new Set<string>();
  for (const { path, text, place, isSecret, isNamed } of mounted.files) {
    const file = text === undefined || !isNamed ? undefined : readSettings(path, text, texts);
    if (file === undefined) continue;
    paths.add(path);
    for (const [name, value] of settingsInForce(file, texts)) {
      const line = texts.has(name) ? undefined : file.settings.get(name)?.line;
      if (line === undefined) continue;
      variables.set(name, { text: value, place: { resource: place.resource, path: [...place.path, `#L${line}`] }, isSecret });
      files.set(name, path);
    }
  }
  return { variables, files, paths };
}

/** A value that is sealed tells nothing that could be repeated. */
function holdsText(text: Text | undefined): boolean {
  return text !== undefined && text.unknowns.length < text.marked.length;
}

const SCHEME = /(?:jdbc:)?(?:postgres(?:ql)?(?:\+\w{1,20})?|rediss?(?:\+\w{1,20})?|valkeys?)(?::)\/\//gi;
/** What ends an address in a command line or a file. */
const END = /[\s'"`<>|;)\]}]/;

/** The addresses in a text, which may be a script. */
function urlsIn(text: Text): Text[] {
  if (!text.marked.includes('://')) return [];
  return [...text.marked.matchAll(SCHEME)].map((match) => {
    const rest = text.marked.slice(match.index, match.index + 4000);
    const end = rest.slice(match[0].length).search(END);
    return partOf(text, end === -1 ? rest : rest.slice(0, match[0].length + end));
  });
}

const LARGEST_FILE = 200_000;

function urlsInFile(text: string): { url: Text; line: number }[] {
  if (!text.includes('://') || text.length > LARGEST_FILE) return [];
  const found: { url: Text; line: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    // What is commented out connects to nothing.
    if (!line.includes('://') || /^\s*(?:#|;|\/\/|--)/.test(line) || line.length > 4000) continue;
    for (const url of urlsIn(knownText(line))) found.push({ url, line: index + 1 });
  }
  return found;
}

/** Files of the servers themselves, and scripts that probe them. */
function isServerFile(path: string): boolean {
  return /\.(?:sh|sql|acl|pem|crt|md|html?|js)$|(?:redis|valkey|sentinel|postgresql|pg_hba)[\w.-]{0,40}\.conf$/.test(path);
}
