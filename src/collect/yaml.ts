import {
  boolYaml11Tag,
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  type Event,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  type Schema,
  seqTag,
  YAMLException,
} from 'js-yaml';
import type { DuplicateKey } from '../model/inventory.ts';
import type { Json } from '../model/json.ts';
import { Positions } from './positions.ts';

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

/** `kubernetes` reads scalars as kubectl does (YAML 1.1 with exceptions), `compose` as YAML 1.2. */
export type YamlDialect = 'kubernetes' | 'compose';

/** More values than this after expanding aliases is an attack ("billion laughs"), not a manifest. */
const MAX_EXPANDED_VALUES = 2_000_000;

/** Reads every document of a stream; a broken one becomes a fault and harms no other. */
export function readYaml(text: string, dialect: YamlDialect): (YamlDocument | YamlFault)[] {
  const documents: (YamlDocument | YamlFault)[] = [];
  for (const start of documentStarts(text)) {
    const chunk = text.slice(start.from, start.to);
    if (!/\S/.test(chunk)) continue;
    try {
      const document = readDocument(chunk, start.from, SCHEMAS[dialect]);
      if (document !== undefined) documents.push(document);
    } catch (error) {
      documents.push(describeFault(error, start.from, chunk));
    }
  }
  return documents;
}

/**
 * Splits at `---` before parsing: a broken document then harms no other, and memory stays small.
 * A line that begins with `---` ends a document wherever it stands, in block scalars too (YAML 1.2, 9.1.2).
 */
function* documentStarts(text: string): Generator<{ from: number; to: number }> {
  let from = 0;
  for (let next = separatorAfter(text, 0); next !== -1; next = separatorAfter(text, next + 3)) {
    // `%YAML` lines belong to the document that the separator opens.
    if (next > from && !holdsOnlyDirectives(text.slice(from, next))) {
      yield { from, to: next };
      from = next;
    } else if (next > from && !text.slice(from, next).includes('%')) {
      from = next;
    }
  }
  yield { from, to: text.length };
}

function separatorAfter(text: string, from: number): number {
  for (let at = text.indexOf('---', from); at !== -1; at = text.indexOf('---', at + 3)) {
    const before = at === 0 ? 10 : text.charCodeAt(at - 1);
    const after = at + 3 >= text.length ? 10 : text.charCodeAt(at + 3);
    if ((before === 10 || before === 13) && (after === 10 || after === 13 || after === 32 || after === 9)) return at;
  }
  return -1;
}

function holdsOnlyDirectives(chunk: string): boolean {
  return chunk.length < 4096 && chunk.split(/\r?\n/).every((line) => /^\s*(?:$|#|%)/.test(line));
}

function readDocument(text: string, start: number, schema: Schema): YamlDocument | undefined {
  const events = parseEvents(text, {});
  if (events.length === 0) return undefined;
  let value: Json;
  let duplicates = false;
  try {
    value = construct(events, text, schema, false);
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key') throw error;
    // kubectl keeps the last of two equal keys, silently. So do we, and say so.
    value = construct(events, text, schema, true);
    duplicates = true;
  }
  const positions = Positions.of(events, text);
  if (positions.hasAliases) refuseExpansion(value);
  return {
    value,
    start,
    text,
    positions,
    duplicateKeys: duplicates ? positions.duplicateKeys() : NO_DUPLICATES,
  };
}

const NO_DUPLICATES: readonly DuplicateKey[] = [];

function construct(events: Event[], source: string, schema: Schema, lastKeyWins: boolean): Json {
  const [value] = constructFromEvents(events, { source, schema, json: lastKeyWins }) as [Json];
  return value;
}

/** Aliases are shared references: what parses in milliseconds can take hours to walk. Cycles never end. */
function refuseExpansion(root: Json): void {
  const sizes = new Map<object, number>();
  const measure = (value: Json): number => {
    if (typeof value !== 'object' || value === null) return 1;
    const known = sizes.get(value);
    if (known === Number.POSITIVE_INFINITY) throw new YamlRefusal('an alias refers to the value that holds it');
    if (known !== undefined) return known;
    sizes.set(value, Number.POSITIVE_INFINITY);
    let size = 1;
    for (const child of Object.values(value)) size += measure(child as Json);
    sizes.set(value, size);
    return size;
  };
  if (measure(root) > MAX_EXPANDED_VALUES) {
    throw new YamlRefusal(`its aliases expand to more than ${MAX_EXPANDED_VALUES.toLocaleString('en')} values`);
  }
}

class YamlRefusal extends Error {}

/** js-yaml's own message quotes the source, which may hold a secret: only its reason is used. */
function describeFault(error: unknown, start: number, chunk: string): YamlFault {
  if (error instanceof YAMLException) {
    return { fault: explainReason(error.reason), at: start + (error.mark?.position ?? 0) };
  }
  if (error instanceof YamlRefusal) return { fault: error.message, at: start + Math.max(0, chunk.search(/[^-\s]/)) };
  if (error instanceof RangeError) return { fault: 'it is nested too deeply', at: start };
  throw error;
}

function explainReason(reason: string): string {
  if (reason.includes('null byte')) return 'it holds a NUL byte, so it is not text';
  if (/tab/i.test(reason)) return `${reason} (YAML indents with spaces)`;
  return reason;
}

const YAML11_WORDS: readonly string[] = [...'yYnNtTfFoO'];
const TRUE_WORDS = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE']);
const FALSE_WORDS = new Set(['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE']);
const NUMBER_STARTS: readonly string[] = [...'+-.0123456789'];

const kubernetesBool = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: YAML11_WORDS,
  resolve: (source) => (TRUE_WORDS.has(source) ? true : FALSE_WORDS.has(source) ? false : NOT_RESOLVED),
  identify: boolYaml11Tag.identify,
});

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** go-yaml resolves a plain scalar by Go's ParseInt(base 0), then as a float: `0644` is 420, `08` is 8, `1:30` a string. */
const kubernetesInt = defineScalarTag<number | bigint>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: NUMBER_STARTS,
  resolve: (source) => {
    const plain = source.includes('_') ? source.replaceAll('_', '') : source;
    if (!INTEGER.test(plain)) return NOT_RESOLVED;
    const integer = parseInteger(plain);
    // Beyond 64 bits Go falls back to a float, which the float tag does.
    return typeof integer === 'bigint' && (integer > 2n ** 64n - 1n || integer < -(2n ** 63n)) ? NOT_RESOLVED : integer;
  },
  identify: () => false,
});

function parseInteger(plain: string): number | bigint {
  const negative = plain.startsWith('-');
  const digits = plain.replace(/^[-+]/, '');
  const literal = /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const small = Number(literal);
  if (Number.isSafeInteger(small)) return negative && small !== 0 ? -small : small;
  const exact = BigInt(literal);
  return negative ? -exact : exact;
}

const kubernetesFloat = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: NUMBER_STARTS,
  resolve: (source) => {
    if (/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(source)) {
      throw new YamlRefusal(`${source} has no JSON form, so no API server takes it`);
    }
    const plain = source.replaceAll('_', '');
    return FLOAT.test(plain) ? Number(plain) : NOT_RESOLVED;
  },
  identify: () => false,
});

/** kubectl ignores tags that it does not know; compose has `!reset` and `!override`. */
const unknownTags = ['!', 'tag:'].flatMap((prefix) => [
  defineScalarTag<string>(prefix, { matchByTagPrefix: true, resolve: (source) => source, identify: () => false }),
  defineMappingTag(prefix, { ...mapTag, matchByTagPrefix: true, identify: () => false }),
  defineSequenceTag(prefix, { ...seqTag, matchByTagPrefix: true, identify: () => false }),
]);

const SCHEMAS: Record<YamlDialect, Schema> = {
  kubernetes: CORE_SCHEMA.withTags(kubernetesBool, kubernetesInt, kubernetesFloat, mergeTag, unknownTags),
  compose: CORE_SCHEMA.withTags(mergeTag, unknownTags),
};
