import { concatenate, knownText, partOf, type Text, unknownText } from '../connections/text.ts';
import { splitWords } from './compose-texts.ts';
import type { Program, Word } from './program.ts';

/** What PostgreSQL's own clients are told on their command line, as a connection string, and the variables that stand before the command. */
export interface CommandLine {
  readonly text: Text;
  readonly variables: ReadonlyMap<string, Text>;
  readonly word: Word;
  readonly source: string;
}

const CLIENT = /^(?:[^\s]*\/)?(?:psql|pg_dump|pg_dumpall|pg_restore|pg_basebackup)$/;
const OPTION = /^(?:-([hpUd])(.*)|--(host|port|username|dbname)(?:=(.*))?)$/s;
const NAMES: Readonly<Record<string, string>> = { h: 'host', p: 'port', U: 'user', d: 'dbname', username: 'user' };
const LONGEST_SCRIPT = 50_000;

/** Every `pg_dump -h db` of a container. Without a host, libpq's variables say where it leads; what a shell would expand they say as well. */
export function* clientCommands({ texts }: Program): Generator<CommandLine> {
  if (!mayCallClient(texts.command) && !mayCallClient(texts.arguments)) return;
  const words = (['command', 'arguments'] as const).flatMap((list) =>
    (texts[list] ?? []).map((word, index) => ({ word, source: `${list === 'arguments' ? 'args' : 'command'}[${index}]` })),
  );
  const first = words.findIndex(({ word }) => CLIENT.test(word.text.marked));
  const held = words[first];
  if (held !== undefined) {
    const text = addressIn(words.slice(first + 1).map(({ word }) => word.text));
    if (text !== undefined) yield { ...held, text, variables: new Map() };
  }
  for (const { word, source } of words) {
    const { marked } = word.text;
    if (marked.length > LONGEST_SCRIPT || !/\s/.test(marked) || !/psql|pg_/.test(marked)) continue;
    for (const command of marked.replaceAll('\\\n', ' ').split(/[\n;|&()`]+/)) {
      const parts = splitWords(command);
      const at = parts.findIndex((part) => CLIENT.test(part));
      if (at === -1) continue;
      const text = addressIn(parts.slice(at + 1).map((part) => partOf(word.text, part)));
      if (text !== undefined) yield { text, variables: assignmentsIn(parts.slice(0, at), word.text), word, source };
    }
  }
}

function mayCallClient(words: readonly Word[] | null | undefined): boolean {
  return words?.some(({ text }) => /psql|pg_/.test(text.marked)) === true;
}

function assignmentsIn(parts: readonly string[], of: Text): ReadonlyMap<string, Text> {
  const found = new Map<string, Text>();
  for (const part of parts) {
    const [, name = '', value = ''] = /^(PG[A-Z]{1,40})=([^$]*)$/.exec(part) ?? [];
    if (name !== '') found.set(name, partOf(of, value));
  }
  return found;
}

/** Without its option, the database may stand among the other words, or be what the user is called. */
const UNNAMED = unknownText({ name: 'the database', why: 'no option of the command names it' });

/** Undefined where no host is written: a shell's variable is found among the variables. */
function addressIn(words: readonly Text[]): Text | undefined {
  const options = new Map<string, Text>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as Text;
    const [, letter, joined, long, given] = OPTION.exec(word.marked) ?? [];
    const key = letter ?? long;
    if (key === undefined) continue;
    const part = letter === undefined ? given : joined === '' ? undefined : joined;
    const value = part === undefined ? words[++at] : partOf(word, part);
    // A database may be a whole connection string, which is found by itself.
    if (value !== undefined && value.marked !== '' && !value.marked.includes('$') && !(NAMES[key] === 'dbname' && /[=:]/.test(value.marked))) options.set(NAMES[key] ?? key, value);
  }
  if (!options.has('host')) return undefined;
  if (!options.has('dbname')) options.set('dbname', UNNAMED);
  return concatenate([...options].flatMap(([name, { marked, unknowns }]) => [knownText(`${name}='`), { marked: marked.replaceAll(/['\\]/g, '\\$&'), unknowns }, knownText("' ")]));
}
