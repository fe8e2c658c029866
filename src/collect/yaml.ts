import { EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';
import type { DuplicateKey } from '../model/inventory.ts';
import type { Json } from '../model/json.ts';
import { readOrdinary } from './ordinary-yaml.ts';
import { packEvents } from './position-nodes.ts';
import { Positions } from './positions.ts';
import { construct, YamlRefusal } from './yaml-construct.ts';
import type { YamlDialect } from './yaml-scalars.ts';

export type { YamlDialect } from './yaml-scalars.ts';

/** One document of a YAML or JSON stream. */
export interface YamlDocument {
  readonly value: Json;
  /** Offset of the document's text in the file. */
  readonly start: number;
  readonly text: string;
  readonly positions: Positions;
  readonly duplicateKeys: readonly DuplicateKey[];
}

/** A document that cannot be read. The others of its file can. */
export interface YamlFault {
  readonly fault: string;
  /** Offset in the file. */
  readonly at: number;
}

/** Nothing that people or generators write comes near it; far above it, the stack ends. */
const MAX_DEPTH = 200;

/** Reads every document of a stream, one by one; a broken one becomes a fault and harms no other. */
export function* readYaml(text: string, dialect: YamlDialect): Generator<YamlDocument | YamlFault> {
  for (const { from, to } of splitDocuments(text)) {
    const chunk = text.slice(from, to);
    const ordinary = readOrdinary(chunk, dialect);
    if (ordinary === undefined) yield* readChunk(chunk, from, dialect);
    else yield { value: ordinary.value, duplicateKeys: [], start: from, text: chunk, positions: new Positions(chunk, dialect, ordinary.nodes) };
  }
}

function* readChunk(chunk: string, start: number, dialect: YamlDialect): Generator<YamlDocument | YamlFault> {
  let fault: YamlFault;
  try {
    yield* readEvents(parseEvents(chunk, { maxDepth: MAX_DEPTH }), chunk, start, dialect);
    return;
  } catch (error) {
    fault = describeFault(error, start, chunk);
  }
  const ends = splitJson(chunk);
  if (ends.length < 2) {
    yield fault;
    return;
  }
  let from = 0;
  for (const to of ends) {
    yield* readChunk(chunk.slice(from, to), start + from, dialect);
    from = to;
  }
}

function readEvents(events: readonly Event[], text: string, start: number, dialect: YamlDialect): YamlDocument[] {
  const documents: YamlDocument[] = [];
  for (let from = 0; from < events.length; ) {
    let to = from + 1;
    while (to < events.length && events[to]?.type !== EVENT_ID.DOCUMENT) to++;
    const own = from === 0 && to === events.length ? events : events.slice(from, to);
    documents.push({ ...construct(own, text, dialect), start, text, positions: new Positions(text, dialect, packEvents(own, text)) });
    from = to;
  }
  return documents;
}

/**
 * Splits before parsing: a broken document then harms no other, and memory stays small. A line that begins with `---` or `...`
 * ends a document wherever it stands, in block scalars too (YAML 1.2, 9.1.2). kubectl takes `---#` for a separator as well.
 */
export function* splitDocuments(text: string): Generator<{ from: number; to: number }> {
  let from = 0;
  for (const { at, isStart } of separators(text)) {
    const to = text.charCodeAt(at - 1) === BYTE_ORDER_MARK ? at - 1 : at;
    const before = text.slice(from, to);
    // `%YAML` lines belong to the document that the separator opens.
    if (isStart && hasOnlyDirectives(before)) continue;
    if (holdsSomething(before)) yield { from, to };
    from = isStart ? contentStart(text, at) : at + 3;
  }
  if (holdsSomething(text.slice(from))) yield { from, to: text.length };
}

const BYTE_ORDER_MARK = 0xfeff;

/** The separator belongs to a document that begins on its line. One that begins below may begin with a byte order mark. */
function contentStart(text: string, separator: number): number {
  const end = lineEnd(text, separator);
  const rest = text.slice(separator + 3, end).trim();
  if (rest === '') return Math.min(end + 1, text.length);
  return rest.startsWith('#') ? separator + 3 : separator;
}

function* separators(text: string): Generator<{ at: number; isStart: boolean }> {
  let start = separatorAfter(text, '---', 0);
  let end = separatorAfter(text, '...', 0);
  while (start !== -1 || end !== -1) {
    const isStart = end === -1 || (start !== -1 && start < end);
    yield { at: isStart ? start : end, isStart };
    if (isStart) start = separatorAfter(text, '---', start + 3);
    else end = separatorAfter(text, '...', end + 3);
  }
}

function separatorAfter(text: string, marker: string, from: number): number {
  for (let at = text.indexOf(marker, from); at !== -1; at = text.indexOf(marker, at + 3)) {
    const after = at + 3 >= text.length ? LINE_FEED : text.charCodeAt(at + 3);
    const isWhole = after === LINE_FEED || after === CARRIAGE_RETURN || after === SPACE || after === TAB || (after === HASH && marker === '---');
    if (isWhole && isLineStart(text, at)) return at;
  }
  return -1;
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const HASH = 35;

function isLineStart(text: string, at: number): boolean {
  const before = at === 0 ? LINE_FEED : text.charCodeAt(at - 1);
  return before === LINE_FEED || before === CARRIAGE_RETURN || (before === BYTE_ORDER_MARK && isLineStart(text, at - 1));
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function hasOnlyDirectives(chunk: string): boolean {
  return chunk.length < 4096 && chunk.includes('%') && /^%/m.test(chunk) && !/^[^%#\s]|^[ \t]+[^#\s]/m.test(chunk);
}

/** More than blanks; comments are left to the parser. */
function holdsSomething(chunk: string): boolean {
  return /\S/.test(chunk);
}

/**
 * Where each of the JSON objects that follow one another without a separator ends (`jq` and `kubectl get -o json | jq .items[]`
 * write them so, and kubectl reads them). None where the text is something else.
 */
function splitJson(text: string): number[] {
  const ends: number[] = [];
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted) {
      if (character === '\\') at++;
      else if (character === '"') isQuoted = false;
    } else if (depth === 0 && character !== '{') {
      if (!/[\s\ufeff]/.test(character ?? '')) return [];
    } else if (character === '"') {
      isQuoted = true;
    } else if (character === '{' || character === '[') {
      depth++;
    } else if ((character === '}' || character === ']') && --depth === 0) {
      ends.push(at + 1);
    }
  }
  return depth === 0 ? ends : [];
}

/** js-yaml's own message quotes the source, which may hold a secret: only its reason is used, in words of ours where that quotes too. */
function describeFault(error: unknown, start: number, chunk: string): YamlFault {
  // What is found missing at the end is missing behind the last word, and not on the line of the next separator.
  if (error instanceof YAMLException) return { fault: explainReason(error.reason), at: start + Math.min(error.mark?.position ?? 0, Math.max(0, chunk.trimEnd().length - 1)) };
  if (error instanceof YamlRefusal) return { fault: error.message, at: start + Math.max(0, error.at) };
  if (error instanceof RangeError) return { fault: 'it is nested too deeply', at: start };
  throw error;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/null byte/, 'it holds a NUL byte, so it is not text'],
  [/maxDepth/, `it is nested more than ${MAX_DEPTH} levels deep`],
  [/^tag name cannot|^undeclared tag handle|^named tag handle|^tag suffix/, 'a tag is not one that YAML knows; put a value that begins with ! in quotes'],
  [/^deficient indentation/, 'a bracket or quote above is not closed, or this line is indented too little'],
  [/^there is a previously declared/, 'a %TAG directive stands twice'],
];

function explainReason(reason: string): string {
  const known = REASONS.find(([pattern]) => pattern.test(reason));
  if (known !== undefined) return known[1];
  return /\btab\b/i.test(reason) ? `${reason} (YAML indents with spaces)` : reason;
}
