import { type AddressRange, isAddress, parseRange } from './address-range.ts';

export type HbaType = 'local' | 'host' | 'hostssl' | 'hostnossl' | 'hostgssenc' | 'hostnogssenc';

/** A word of a record. In quotes, a keyword is a mere name. */
export interface HbaWord {
  readonly text: string;
  readonly isQuoted: boolean;
}

export type HbaAddress =
  | { readonly type: 'all' | 'samehost' | 'samenet' }
  | { readonly type: 'range'; readonly range: AddressRange }
  | { readonly type: 'name'; readonly name: string };

/** One record of a `pg_hba.conf`. */
export interface HbaRecord {
  readonly type: HbaType;
  readonly databases: readonly HbaWord[];
  readonly users: readonly HbaWord[];
  /** Undefined for `local`. */
  readonly address: HbaAddress | undefined;
  readonly method: string;
  readonly options: Readonly<Record<string, string>>;
  readonly line: number;
}

/** A line that names further files: `include`, `include_if_exists`, `include_dir`. */
export interface HbaInclude {
  readonly include: string;
  readonly path: string;
  readonly line: number;
}

export interface HbaFile {
  readonly lines: readonly (HbaRecord | HbaInclude)[];
  /** One is enough for the server not to start, or to go on with the rules that it had. */
  readonly faults: readonly { readonly line: number; readonly because: string }[];
}

/** Gives the text of a file that a record names with `@`; undefined where it was not seen. */
export type ReadList = (path: string) => string | undefined;

const TYPES: readonly string[] = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'];
const METHODS = new Set(['trust', 'reject', 'md5', 'password', 'scram-sha-256', 'gss', 'sspi', 'ident', 'peer', 'pam', 'bsd', 'ldap', 'radius', 'cert', 'oauth']);
const INCLUDES = new Set(['include', 'include_if_exists', 'include_dir']);

/** Reads the rules by which a server lets clients in (hba.c). */
export function readHba(text: string, readList: ReadList = () => undefined, major = 18): HbaFile {
  const lines: (HbaRecord | HbaInclude)[] = [];
  const faults: { line: number; because: string }[] = [];
  const raw = text.split('\n');
  for (let index = 0; index < raw.length; index++) {
    const line = index + 1;
    let content = (raw[index] ?? '').replace(/\r+$/, '');
    // A backslash at the end goes on with the next line, from version 14.
    while (major >= 14 && content.endsWith('\\') && index + 1 < raw.length) content = content.slice(0, -1) + (raw[++index] ?? '').replace(/\r+$/, '');
    const fields = splitFields(content, readList);
    if (fields.length === 0) continue;
    const keyword = fields[0]?.[0];
    if (major >= 16 && keyword !== undefined && !keyword.isQuoted && INCLUDES.has(keyword.text)) {
      lines.push({ include: keyword.text, path: fields[1]?.[0]?.text ?? '', line });
      continue;
    }
    const read = readRecord(fields, line);
    if (typeof read === 'string') faults.push({ line, because: read });
    else lines.push(read);
  }
  return { lines, faults };
}

function readRecord(fields: readonly (readonly HbaWord[])[], line: number): HbaRecord | string {
  const [[type] = [], databases, users] = fields;
  if (type === undefined || !TYPES.includes(type.text)) return 'it begins with no type of connection';
  if (databases === undefined || users === undefined) return 'it names no database or no user';
  let next = 3;
  let address: HbaAddress | undefined;
  if (type.text !== 'local') {
    const read = readAddress(fields, next);
    if (typeof read === 'string') return read;
    address = read.address;
    next = read.next;
  }
  const method = fields[next]?.[0]?.text;
  // A method with a marked piece is filled in by something that was not seen.
  if (method === undefined || !(METHODS.has(method) || /[\uE000-\uEFFF]/.test(method))) return 'it names no way to authenticate';
  if (method === 'peer' && type.text !== 'local') return 'peer is for unix sockets only';
  if (method === 'gss' && type.text === 'local') return 'gss is not for unix sockets';
  if (method === 'cert' && type.text !== 'hostssl') return 'cert is for hostssl only';
  const options: Record<string, string> = {};
  for (const field of fields.slice(next + 1)) {
    for (const { text } of field) {
      const sign = text.indexOf('=');
      if (sign === -1) return 'an option is not of the form name=value';
      options[text.slice(0, sign)] = text.slice(sign + 1);
    }
  }
  if (options['clientcert'] !== undefined && type.text !== 'hostssl') return 'clientcert is for hostssl only';
  return { type: type.text as HbaType, databases, users, address, method, options, line };
}

function readAddress(fields: readonly (readonly HbaWord[])[], at: number): { address: HbaAddress; next: number } | string {
  const [word, ...more] = fields[at] ?? [];
  if (word === undefined) return 'it names no address';
  if (more.length > 0) return 'it names several addresses';
  if (!word.isQuoted && (word.text === 'all' || word.text === 'samehost' || word.text === 'samenet')) return { address: { type: word.text }, next: at + 1 };
  const slash = word.text.indexOf('/');
  const host = slash === -1 ? word.text : word.text.slice(0, slash);
  if (!isAddress(host)) return slash === -1 ? { address: { type: 'name', name: word.text }, next: at + 1 } : 'a name has no mask';
  const mask = slash === -1 ? fields[at + 1]?.[0]?.text : word.text.slice(slash + 1);
  const range = mask === undefined ? undefined : parseRange(host, mask, slash === -1);
  return range === undefined ? 'the address has no mask, or not one of its kind' : { address: { type: 'range', range }, next: at + (slash === -1 ? 2 : 1) };
}

/** Blanks separate fields, commas the words of one; quotes hold both together (hba.c, next_token). */
export function splitFields(line: string, readList: ReadList, depth = 0): HbaWord[][] {
  const fields: HbaWord[][] = [];
  let at = 0;
  while (at < line.length) {
    const words: HbaWord[] = [];
    let goesOn = true;
    while (goesOn) {
      const word = nextWord(line, at);
      at = word.end;
      goesOn = word.endsInComma;
      if (word.text === undefined) break;
      const list = !word.isQuoted && word.text.startsWith('@') && word.text.length > 1 && depth < 8 ? readList(word.text.slice(1)) : undefined;
      if (list === undefined) words.push({ text: word.text, isQuoted: word.isQuoted });
      else for (const inner of list.split('\n')) words.push(...splitFields(inner, readList, depth + 1).flat());
    }
    if (words.length === 0) break;
    fields.push(words);
  }
  return fields;
}

function nextWord(line: string, from: number): { text: string | undefined; isQuoted: boolean; endsInComma: boolean; end: number } {
  let at = from;
  while (at < line.length && ' \t\r,'.includes(line[at] ?? '')) at++;
  const start = at;
  let text = '';
  let isInQuotes = false;
  let wasQuote = false;
  let sawQuote = false;
  let isQuoted = false;
  for (; at < line.length; at++) {
    const character = line[at] ?? '';
    if (!isInQuotes && ' \t\r'.includes(character)) break;
    if (!isInQuotes && character === '#') {
      at = line.length;
      break;
    }
    if (!isInQuotes && character === ',') return { text, isQuoted, endsInComma: true, end: at + 1 };
    if (character !== '"' || wasQuote) text += character;
    // Two quotes within quotes are one.
    wasQuote = isInQuotes && character === '"' ? !wasQuote : false;
    if (character === '"') {
      isInQuotes = !isInQuotes;
      sawQuote = true;
      if (at === start) isQuoted = true;
    }
  }
  return { text: sawQuote || text !== '' ? text : undefined, isQuoted, endsInComma: false, end: at };
}
