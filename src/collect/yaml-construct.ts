import { type DocumentEvent, EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { DuplicateKey } from '../model/inventory.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { keyText, resolvePlain, resolveTagged, type Scalar, type YamlDialect } from './yaml-scalars.ts';

/** A document that is YAML and yet cannot be read. Its message names no part of the text, which may be a secret. */
export class YamlRefusal extends Error {
  /** Offset in the source. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Aliases and merge keys may repeat this many values. More is an attack ("billion laughs"): no API server takes an object so large. */
const MAX_REPEATED_VALUES = 100_000;

export interface Constructed {
  readonly value: Json;
  readonly duplicateKeys: readonly DuplicateKey[];
}

/**
 * Builds the value of one document from its events. By hand, because js-yaml's own constructor lets a key win over a merged
 * one wherever the two stand, as YAML 1.2 tools do; kubectl lets the last of them win, and what is deployed is what counts.
 */
export function construct(events: readonly Event[], source: string, dialect: YamlDialect): Constructed {
  return new Construction(source, dialect).run(events);
}

interface Anchor {
  value: Json;
  /** How many values it stands for, its own aliases expanded. */
  size: number;
  /** While it is being read, an alias to it would go round in a circle. */
  isOpen: boolean;
}

interface Frame {
  readonly mapping: Record<string, Json> | undefined;
  readonly list: Json[] | undefined;
  readonly anchor: Anchor | undefined;
  key: string | undefined;
  isMerge: boolean;
  /** Keys that came in by a merge. */
  merged: Set<string> | undefined;
  size: number;
}

class Construction {
  readonly #source: string;
  readonly #dialect: YamlDialect;
  readonly #frames: Frame[] = [];
  readonly #anchors = new Map<string, Anchor>();
  readonly #duplicates = new Map<string, DuplicateKey>();
  #tagPrefixes: ReadonlyMap<string, string> = new Map();
  #repeated = 0;
  #root: Json = null;

  constructor(source: string, dialect: YamlDialect) {
    this.#source = source;
    this.#dialect = dialect;
  }

  run(events: readonly Event[]): Constructed {
    for (const event of events) {
      switch (event.type) {
        case EVENT_ID.DOCUMENT:
          this.#tagPrefixes = tagPrefixes(event);
          break;
        case EVENT_ID.SCALAR:
          this.#scalar(event);
          break;
        case EVENT_ID.MAPPING:
          this.#open(event, {}, undefined);
          break;
        case EVENT_ID.SEQUENCE:
          this.#open(event, undefined, []);
          break;
        case EVENT_ID.ALIAS:
          this.#alias(event.anchorStart, event.anchorEnd);
          break;
        default:
          this.#close();
      }
    }
    return { value: this.#root, duplicateKeys: [...this.#duplicates.values()] };
  }

  #scalar(event: ScalarEvent): void {
    const text = getScalarValue(this.#source, event);
    const isTagged = event.tagStart >= 0;
    const at = isTagged ? event.tagStart : event.valueStart;
    const tag = isTagged ? this.#tagOf(event) : '';
    const value = isTagged ? tagged(text, tag, this.#dialect, at) : event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text, this.#dialect) : text;
    if (event.anchorStart >= 0) this.#anchors.set(this.#source.slice(event.anchorStart, event.anchorEnd), { value, size: 1, isOpen: false });
    const frame = this.#frames.at(-1);
    if (frame?.mapping !== undefined && frame.key === undefined) {
      this.#key(frame, keyText(value), text === '<<' && (isTagged ? tag === `${CORE_TAGS}merge` : event.style === SCALAR_STYLE.PLAIN));
      return;
    }
    this.#add(value, 1, at);
  }

  #tagOf({ tagStart, tagEnd }: ScalarEvent): string {
    const raw = this.#source.slice(tagStart, tagEnd);
    if (raw.startsWith('!<')) return raw.slice(2, -1);
    const handleEnd = raw.indexOf('!', 1) + 1;
    const handle = handleEnd === 0 ? '!' : raw.slice(0, handleEnd);
    const prefix = this.#tagPrefixes.get(handle) ?? (handle === '!!' ? CORE_TAGS : handle);
    return prefix + raw.slice(handle.length);
  }

  #open(event: { anchorStart: number; anchorEnd: number; start: number }, mapping: Record<string, Json> | undefined, list: Json[] | undefined): void {
    const frame = this.#frames.at(-1);
    if (frame?.mapping !== undefined && frame.key === undefined) throw new YamlRefusal('a key is a mapping or a list, which JSON has no form for', event.start);
    let anchor: Anchor | undefined;
    if (event.anchorStart >= 0) {
      anchor = { value: (mapping ?? list) as Json, size: 0, isOpen: true };
      this.#anchors.set(this.#source.slice(event.anchorStart, event.anchorEnd), anchor);
    }
    this.#frames.push({ mapping, list, anchor, key: undefined, isMerge: false, merged: undefined, size: 1 });
  }

  #close(): void {
    const frame = this.#frames.pop();
    // The end of the document itself.
    if (frame === undefined) return;
    if (frame.anchor !== undefined) {
      frame.anchor.size = frame.size;
      frame.anchor.isOpen = false;
    }
    this.#add((frame.mapping ?? frame.list) as Json, frame.size, 0);
  }

  #alias(start: number, end: number): void {
    const anchor = this.#anchors.get(this.#source.slice(start, end));
    if (anchor === undefined) throw new YamlRefusal('an alias refers to an anchor that does not stand above it; put a value that begins with * in quotes', start);
    if (anchor.isOpen) throw new YamlRefusal('an alias refers to the value that holds it', start);
    this.#repeat(anchor.size, start);
    const { value } = anchor;
    const frame = this.#frames.at(-1);
    if (frame?.mapping !== undefined && frame.key === undefined) {
      if (typeof value === 'object' && value !== null) throw new YamlRefusal('a key is a mapping or a list, which JSON has no form for', start);
      this.#key(frame, keyText(value), value === '<<');
      return;
    }
    this.#add(value, anchor.size, start);
  }

  #repeat(values: number, at: number): void {
    this.#repeated += values;
    if (this.#repeated > MAX_REPEATED_VALUES) throw new YamlRefusal(`its aliases repeat more than ${MAX_REPEATED_VALUES.toLocaleString('en')} values`, at);
  }

  #key(frame: Frame, key: string, isMerge: boolean): void {
    frame.key = key;
    frame.isMerge = isMerge;
    frame.size++;
  }

  #add(value: Json, size: number, at: number): void {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new YamlRefusal(`${keyText(value)} has no JSON form, so no API server takes it`, at);
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.#root = value;
      return;
    }
    frame.size += size;
    if (frame.list !== undefined) {
      frame.list.push(value);
      return;
    }
    const { mapping, key } = frame;
    if (mapping === undefined || key === undefined) return;
    if (frame.isMerge) {
      this.#merge(frame, value, at);
    } else {
      if (Object.hasOwn(mapping, key) && frame.merged?.delete(key) !== true) this.#duplicate(key);
      put(mapping, key, value);
    }
    frame.key = undefined;
  }

  /** `<<` takes the keys of one mapping or of a list of them, of which the first has precedence. */
  #merge(frame: Frame, value: Json, at: number): void {
    if (Array.isArray(value)) {
      // kubectl lets each source override what was there before, so the first of the list comes last.
      for (const source of (this.#dialect === 'kubernetes' ? value.toReversed() : value) as Json[]) this.#mergeOne(frame, source, at);
    } else {
      this.#mergeOne(frame, value, at);
    }
  }

  #mergeOne(frame: Frame, source: Json, at: number): void {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) throw new YamlRefusal('`<<` merges something that is not a mapping', at);
    const mapping = frame.mapping as Record<string, Json>;
    const keys = Object.keys(source);
    this.#repeat(keys.length, at);
    frame.merged ??= new Set();
    for (const key of keys) {
      const value = (source as JsonObject)[key] as Json;
      if (Object.hasOwn(mapping, key)) {
        if (this.#dialect === 'compose') continue;
        // Whoever reads the key above the merge does not expect to see it overridden.
        if (!frame.merged.has(key) && mapping[key] !== value) this.#duplicate(key);
      }
      put(mapping, key, value);
      frame.merged.add(key);
    }
  }

  #duplicate(key: string): void {
    const path = this.#frames.map((frame) => (frame.list === undefined ? (frame.key ?? '') : frame.list.length));
    path[path.length - 1] = key;
    this.#duplicates.set(JSON.stringify(path), { path, key });
  }
}

const CORE_TAGS = 'tag:yaml.org,2002:';

/** `!` alone, and tags that nobody knows, make a string of what they stand before. */
function tagged(text: string, tag: string, dialect: YamlDialect, at: number): Scalar {
  const value = tag.startsWith(CORE_TAGS) ? resolveTagged(text, tag, dialect) : text;
  if (value === undefined) throw new YamlRefusal('a value is not what its tag says', at);
  return value;
}

function put(mapping: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') mapping[key] = value;
  else Object.defineProperty(mapping, key, { value, enumerable: true, configurable: true, writable: true });
}

function tagPrefixes({ directives }: DocumentEvent): ReadonlyMap<string, string> {
  return new Map(directives.flatMap((directive) => (directive.kind === 'tag' ? [[directive.handle, directive.prefix] as const] : [])));
}
