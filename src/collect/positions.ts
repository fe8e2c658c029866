import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { DuplicateKey } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';

/** Where a path stands in its document, as offsets into the document's text. */
export interface Position {
  readonly offset: number;
  /** End of the value where it is one scalar, else the offset itself. */
  readonly end: number;
  /** False when the path ends before its last step: the offset is then that of the nearest existing parent. */
  readonly found: boolean;
}

const MAPPING = 1;
const SEQUENCE = 2;
const SCALAR = 3;
const ALIAS = 4;
const CLOSE = 5;

/**
 * The offsets of a document's nodes, packed in one array while the parser's events are at hand. A walk over it finds
 * the place of any path; nothing is parsed again, and a document without findings pays only for the packing.
 */
export class Positions {
  readonly #text: string;
  /** Three numbers for each event: what it is, where it starts, and where it ends (of a scalar) or which event follows it (of a collection). A closing event has the end of what it closes. */
  readonly #nodes: Int32Array;
  readonly #anchors: Map<string, number> | undefined;
  readonly hasAliases: boolean;

  private constructor(text: string, nodes: Int32Array, anchors: Map<string, number> | undefined, hasAliases: boolean) {
    this.#text = text;
    this.#nodes = nodes;
    this.#anchors = anchors;
    this.hasAliases = hasAliases;
  }

  static of(events: readonly Event[], text: string): Positions {
    const nodes = new Int32Array(events.length * 3);
    let anchors: Map<string, number> | undefined;
    let hasAliases = false;
    let count = 0;
    const open: number[] = [];
    let lastEnd = 0;
    for (const event of events) {
      if (event.type === EVENT_ID.DOCUMENT) continue;
      if ('anchorStart' in event && event.anchorStart >= 0 && event.type !== EVENT_ID.ALIAS) {
        anchors ??= new Map();
        anchors.set(text.slice(event.anchorStart, event.anchorEnd), count);
      }
      switch (event.type) {
        case EVENT_ID.MAPPING:
          open.push(count);
          nodes[count] = MAPPING;
          nodes[count + 1] = event.start;
          break;
        case EVENT_ID.SEQUENCE:
          open.push(count);
          nodes[count] = SEQUENCE;
          nodes[count + 1] = event.start;
          break;
        case EVENT_ID.SCALAR:
          nodes[count] = SCALAR | (event.style << 3) | (event.fast ? 64 : 0);
          nodes[count + 1] = event.valueStart;
          nodes[count + 2] = event.valueEnd;
          lastEnd = event.valueEnd;
          break;
        case EVENT_ID.ALIAS:
          hasAliases = true;
          nodes[count] = ALIAS;
          nodes[count + 1] = event.anchorStart;
          nodes[count + 2] = event.anchorEnd;
          break;
        default: {
          const opened = open.pop();
          if (opened !== undefined) nodes[opened + 2] = count + 3;
          nodes[count] = CLOSE;
          nodes[count + 1] = lastEnd;
        }
      }
      count += 3;
    }
    return new Positions(text, nodes, anchors, hasAliases);
  }

  /** The place of a path, or of its nearest existing parent. The last of duplicate keys counts; aliases and merges are followed. */
  find(path: Path): Position {
    let node = 0;
    let offset = this.#start(0);
    let end = offset;
    for (const step of path) {
      node = this.#follow(node);
      const child = typeof step === 'number' ? this.#item(node, step) : this.#member(node, step, 0);
      if (child === undefined) return { offset, end: offset, found: false };
      node = child.value;
      ({ offset, end } = this.#show(child.key, child.value));
    }
    return { offset, end, found: true };
  }

  /**
   * Calls back for each scalar that touches a range, with the keys that lead to it and a number that its siblings in the
   * same mapping share. For masking, so aliases are not followed: the anchored text stands elsewhere.
   */
  eachScalar(from: number, to: number, visit: (start: number, end: number, keys: readonly string[], mapping: number) => void): void {
    const keys: string[] = [];
    const walk = (node: number, mapping: number): number => {
      const kind = this.#kind(node);
      if (kind === SCALAR) {
        const start = this.#start(node);
        const end = this.#nodes[node + 2] ?? 0;
        if (start >= 0 && start < to && end > from) visit(start, end, keys, mapping);
        return node + 3;
      }
      if (kind === ALIAS || kind === CLOSE) return node + 3;
      const after = this.#after(node);
      if (this.#start(node) >= to || this.#start(after - 3) < from) return after;
      let next = node + 3;
      while (this.#kind(next) !== CLOSE) {
        if (kind === SEQUENCE) {
          next = walk(next, node);
        } else {
          keys.push(this.#key(next));
          next = walk(this.#after(next), node);
          keys.pop();
        }
      }
      return next + 3;
    };
    if (this.#nodes.length > 0) walk(0, 0);
  }

  /** Every key that stands twice in its mapping. Called only for documents known to hold one. */
  duplicateKeys(): DuplicateKey[] {
    const found: DuplicateKey[] = [];
    const walk = (node: number, path: Path): number => {
      const kind = this.#kind(node);
      if (kind !== MAPPING && kind !== SEQUENCE) return node + 3;
      const seen = new Set<string>();
      let next = node + 3;
      for (let index = 0; this.#kind(next) !== CLOSE; index++) {
        if (kind === SEQUENCE) {
          next = walk(next, [...path, index]);
          continue;
        }
        const key = this.#key(next);
        const inside = [...path, key];
        if (seen.has(key)) found.push({ path: inside, key });
        seen.add(key);
        next = walk(this.#after(next), inside);
      }
      return next + 3;
    };
    walk(0, []);
    return found;
  }

  #kind(node: number): number {
    return (this.#nodes[node] ?? CLOSE) & 7;
  }

  #start(node: number): number {
    return this.#nodes[node + 1] ?? 0;
  }

  /** A key leads to its line better than a block value below it does; a plain value leads to itself. */
  #show(key: number | undefined, value: number): { offset: number; end: number } {
    const start = this.#start(value);
    const style = ((this.#nodes[value] ?? 0) >> 3) & 7;
    const isInline = this.#kind(value) === SCALAR && start >= 0 && style <= SCALAR_STYLE.DOUBLE_QUOTED;
    if (isInline || key === undefined) return { offset: start, end: isInline ? (this.#nodes[value + 2] ?? start) : start };
    const at = this.#start(key);
    return { offset: at, end: this.#nodes[key + 2] ?? at };
  }

  #follow(node: number): number {
    if (this.#kind(node) !== ALIAS) return node;
    const name = this.#text.slice(this.#start(node), this.#nodes[node + 2]);
    return this.#anchors?.get(name) ?? node;
  }

  #after(node: number): number {
    const kind = this.#kind(node);
    return kind === MAPPING || kind === SEQUENCE ? (this.#nodes[node + 2] ?? this.#nodes.length) : node + 3;
  }

  #item(node: number, index: number): { key: undefined; value: number } | undefined {
    if (this.#kind(node) !== SEQUENCE) return undefined;
    let next = node + 3;
    for (let i = 0; this.#kind(next) !== CLOSE; i++) {
      if (i === index) return { key: undefined, value: next };
      next = this.#after(next);
    }
    return undefined;
  }

  #member(node: number, name: string, depth: number): { key: number; value: number } | undefined {
    if (this.#kind(node) !== MAPPING || depth > 20) return undefined;
    let found: { key: number; value: number } | undefined;
    let merged: { key: number; value: number } | undefined;
    let next = node + 3;
    while (this.#kind(next) !== CLOSE) {
      const key = next;
      const value = this.#after(key);
      const text = this.#key(key);
      if (text === name) found = { key, value };
      else if (text === '<<') merged ??= this.#merged(value, name, depth);
      next = this.#after(value);
    }
    return found ?? merged;
  }

  #merged(value: number, name: string, depth: number): { key: number; value: number } | undefined {
    const source = this.#follow(value);
    if (this.#kind(source) === MAPPING) return this.#member(source, name, depth + 1);
    if (this.#kind(source) !== SEQUENCE) return undefined;
    for (let next = source + 3; this.#kind(next) !== CLOSE; next = this.#after(next)) {
      const found = this.#member(this.#follow(next), name, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #key(node: number): string {
    if (this.#kind(node) !== SCALAR) return '';
    const packed = this.#nodes[node] ?? 0;
    const from = this.#start(node);
    const to = this.#nodes[node + 2] ?? from;
    if ((packed & 64) !== 0) return this.#text.slice(from, to);
    const event = { valueStart: from, valueEnd: to, style: (packed >> 3) & 7, fast: false, indent: 0, chomping: 1 };
    return getScalarValue(this.#text, event as ScalarEvent);
  }
}
