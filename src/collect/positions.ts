import { CHOMPING_MODE, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Path } from '../model/json.ts';
import { ALIAS, CLOSE, KIND, MAPPING, NODE, type Nodes, RESOLVED, SCALAR, SEQUENCE, STYLE_SHIFT, VERBATIM } from './position-nodes.ts';
import { keyText, resolvePlain, type YamlDialect } from './yaml-scalars.ts';

/** Where a path stands in its document, as offsets into the document's text. */
export interface Position {
  /** Of a quoted value, its opening quote. */
  readonly offset: number;
  /** End of the value where it is one scalar, else the offset itself. */
  readonly end: number;
  /** False when the path ends before its last step: the offset is then that of the nearest existing parent. */
  readonly found: boolean;
}

/** A node on the way from the root to a scalar: a mapping and the key in it, or a list and the item before. */
export interface Step {
  readonly collection: number;
  readonly key: number | undefined;
  readonly before: number | undefined;
}

/** In place of a node. Numbers alone, for a find takes ten such steps and a report a hundred thousand finds. */
const ABSENT = -1;
const DIGIT_NINE = 57;

/** From this many events on, the places of a list's items are kept: to count to the last of thousands for each finding takes long. */
const LONG = 512;

/**
 * The offsets of a document's nodes, packed while the parser's events are at hand. A walk over them finds the place of any
 * path; nothing is parsed again, and a document without findings pays only for the packing.
 */
export class Positions {
  readonly #text: string;
  readonly #dialect: YamlDialect;
  readonly #numbers: Nodes['numbers'];
  /** Where the document's own numbers begin. */
  readonly #from: number;
  #items: Map<number, Int32Array> | undefined;
  readonly hasAliases: boolean;

  constructor(text: string, dialect: YamlDialect, { numbers, from, hasAliases }: Nodes) {
    this.#text = text;
    this.#dialect = dialect;
    this.#numbers = numbers;
    this.#from = from;
    this.hasAliases = hasAliases;
  }

  /** The place of a path, or of its nearest existing parent. What counts is what the reader takes: the last of equal keys; aliases and merges are followed. */
  find(path: Path): Position {
    let node = 0;
    let key = ABSENT;
    let shown: Child | undefined;
    let isThere = true;
    for (const step of path) {
      const holder = this.target(node);
      key = typeof step === 'number' ? ABSENT : this.#member(holder, step);
      node = typeof step === 'number' ? this.#item(holder, step) : key === ABSENT ? ABSENT : this.#after(key);
      if (node === ABSENT) {
        const { offset } = this.#show(shown);
        return { offset, end: offset, found: false };
      }
      // What is not there is where its parent is.
      isThere = this.start(node) >= 0 || (key !== ABSENT && this.start(key) >= 0);
      if (isThere) shown = { key, value: node };
    }
    const { offset, end } = this.#show(shown);
    return { offset, end: isThere ? end : offset, found: true };
  }

  /**
   * Calls back for each scalar and alias that touches a range, keys included, with the way that leads to it. Aliases are not
   * followed: what is anchored stands elsewhere.
   */
  walk(from: number, to: number, visit: (node: number, way: readonly Step[], isKey: boolean) => void): void {
    const way: Step[] = [];
    const within = (node: number): void => {
      const kind = this.#kind(node);
      if (kind === SCALAR || kind === ALIAS) {
        if (this.start(node) >= 0 && this.start(node) < to && this.end(node) > from) visit(node, way, false);
        return;
      }
      if (kind === CLOSE || this.start(node) >= to || this.end(node) < from) return;
      const after = this.#after(node) - NODE;
      let before: number | undefined;
      for (let next = kind === SEQUENCE ? this.#firstItem(node, from) : node + NODE; next < after && this.start(next) < to; ) {
        let value = next;
        let key: number | undefined;
        if (kind === MAPPING) {
          key = next;
          value = this.#after(next);
        }
        // Most of what a collection holds ends before the range: no step is made for it.
        if (this.end(value) >= from || (key !== undefined && this.end(key) > from)) {
          way.push({ collection: node, key, before });
          if (key !== undefined && this.#kind(key) === SCALAR && this.start(key) >= 0 && this.end(key) > from) visit(key, way, true);
          within(value);
          way.pop();
        }
        before = value;
        next = this.#after(value);
      }
    };
    within(0);
  }

  /** Calls back for each key with its value, and for each item of a list with the one before, in the order of the text; what it answers no to is not entered. */
  visit(enter: (value: number, key: number | undefined, before: number | undefined) => boolean, collection = 0): void {
    const isMapping = this.#kind(collection) === MAPPING;
    let before: number | undefined;
    for (let next = collection + NODE; this.#kind(next) !== CLOSE; ) {
      const value = isMapping ? this.#after(next) : next;
      if (enter(value, isMapping ? next : undefined, before) && this.isCollection(value)) this.visit(enter, value);
      before = value;
      next = this.#after(value);
    }
  }

  /** Where a scalar's text begins, its quotes not counted, or a collection; -1 for a value that is not there. */
  start(node: number): number {
    return this.#number(node + 1) - 1;
  }

  end(node: number): number {
    const kind = this.#kind(node);
    if (kind === SCALAR) return this.#number(node + 2) - 1;
    return kind === ALIAS ? this.start(node) + 1 : this.start(this.#after(node) - NODE);
  }

  /** What a scalar says, or the scalar that an alias stands for; undefined for anything else. */
  text(node: number): string | undefined {
    const scalar = this.target(node);
    return this.#kind(scalar) === SCALAR ? this.#decode(scalar) : undefined;
  }

  /** Whether the text stands in the document as it is, without escapes or line ends to fold. */
  isVerbatim(node: number): boolean {
    return (this.#number(node) & VERBATIM) !== 0;
  }

  /** A literal or folded scalar, which has lines of its own. */
  isBlock(node: number): boolean {
    return ((this.#number(node) >> STYLE_SHIFT) & KIND) > SCALAR_STYLE.DOUBLE_QUOTED;
  }

  /** What an alias stands for; anything else stands for itself. */
  target(node: number): number {
    return this.#kind(node) === ALIAS ? this.#number(node + 2) : node;
  }

  isCollection(node: number): boolean {
    const kind = this.#kind(node);
    return kind === MAPPING || kind === SEQUENCE;
  }

  isAlias(node: number): boolean {
    return this.#kind(node) === ALIAS;
  }

  /** The value under a key of a mapping. */
  member(mapping: number, key: string): number | undefined {
    const found = this.#member(mapping, key);
    return found === ABSENT ? undefined : this.#after(found);
  }

  /** The first items of a list. */
  firstItems(list: number, most: number): number[] {
    return Array.from({ length: most }, (_, index) => this.#item(list, index)).filter((item) => item !== ABSENT);
  }

  /** A key as the reader takes it. */
  key(node: number): string {
    const text = this.text(node) ?? '';
    return (this.#number(this.target(node)) & RESOLVED) === 0 ? text : keyText(resolvePlain(text, this.#dialect));
  }

  /** Counted from the first of the document. */
  #number(at: number): number {
    return this.#numbers[this.#from + at] ?? CLOSE;
  }

  #kind(node: number): number {
    return this.#number(node) & KIND;
  }

  /** A key leads to its line better than a block value below it does; a plain value leads to itself. */
  #show(child: Child | undefined): { offset: number; end: number } {
    const { key, value } = child ?? ROOT;
    const style = (this.#number(value) >> STYLE_SHIFT) & KIND;
    const isInline = this.#kind(value) === SCALAR && this.start(value) >= 0 && style <= SCALAR_STYLE.DOUBLE_QUOTED;
    if (isInline && child !== undefined) return this.#withQuotes(value);
    if (key !== ABSENT && this.start(key) >= 0) return this.#kind(key) === SCALAR ? this.#withQuotes(key) : { offset: this.start(key), end: this.end(key) };
    const offset = Math.max(0, this.start(value));
    return { offset, end: offset };
  }

  #withQuotes(scalar: number): { offset: number; end: number } {
    const style = (this.#number(scalar) >> STYLE_SHIFT) & KIND;
    const quote = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    return { offset: this.start(scalar) - quote, end: this.end(scalar) + quote };
  }

  #after(node: number): number {
    const kind = this.#kind(node);
    return kind === MAPPING || kind === SEQUENCE ? this.#number(node + 2) : node + NODE;
  }

  #item(list: number, index: number): number {
    if (this.#kind(list) !== SEQUENCE || index < 0) return ABSENT;
    const items = this.#itemsOf(list);
    if (items !== undefined) return items[index] ?? ABSENT;
    let next = list + NODE;
    for (let i = 0; this.#kind(next) !== CLOSE; i++) {
      if (i === index) return next;
      next = this.#after(next);
    }
    return ABSENT;
  }

  /** Of a long list only; a short one is counted through faster. */
  #itemsOf(list: number): Int32Array | undefined {
    if (this.#after(list) - list < LONG * NODE) return undefined;
    this.#items ??= new Map();
    let items = this.#items.get(list);
    if (items === undefined) {
      const found: number[] = [];
      for (let next = list + NODE; this.#kind(next) !== CLOSE; next = this.#after(next)) found.push(next);
      items = Int32Array.from(found);
      this.#items.set(list, items);
    }
    return items;
  }

  /** The item of a list at which a walk that looks for a range may begin: the last that starts before it, and one more, for what stands before counts. */
  #firstItem(list: number, from: number): number {
    const items = this.#itemsOf(list);
    if (items === undefined) return list + NODE;
    let low = 0;
    let high = items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(items[middle] as number) <= from) low = middle;
      else high = middle - 1;
    }
    return items[Math.max(0, low - 1)] ?? list + NODE;
  }

  /** The key of a mapping's member. */
  #member(mapping: number, name: string): number {
    // What is no text of its own (`true`, `16`) may be written in many ways.
    return this.#memberOf(mapping, name, name.charCodeAt(0) <= DIGIT_NINE || name === 'true' || name === 'false' || name === 'null', 0);
  }

  #memberOf(mapping: number, name: string, isResolved: boolean, depth: number): number {
    if (this.#kind(mapping) !== MAPPING || depth > 20) return ABSENT;
    const lastWins = this.#dialect === 'kubernetes';
    let found = ABSENT;
    let merged = ABSENT;
    for (let key = mapping + NODE; this.#kind(key) !== CLOSE; ) {
      const value = this.#after(key);
      if (this.#isKey(key, name, isResolved)) {
        found = key;
      } else if (this.#isMerge(key)) {
        const inner = this.#merged(value, name, isResolved, depth);
        if (lastWins) found = inner === ABSENT ? found : inner;
        else if (merged === ABSENT) merged = inner;
      }
      key = this.#after(value);
    }
    return found === ABSENT ? merged : found;
  }

  #merged(value: number, name: string, isResolved: boolean, depth: number): number {
    const source = this.target(value);
    if (this.#kind(source) === MAPPING) return this.#memberOf(source, name, isResolved, depth + 1);
    if (this.#kind(source) !== SEQUENCE) return ABSENT;
    for (let next = source + NODE; this.#kind(next) !== CLOSE; next = this.#after(next)) {
      const found = this.#memberOf(this.target(next), name, isResolved, depth + 1);
      if (found !== ABSENT) return found;
    }
    return ABSENT;
  }

  #isMerge(key: number): boolean {
    return this.end(key) - this.start(key) === 2 && this.#text.startsWith('<<', this.start(key)) && (this.#number(key) & RESOLVED) !== 0;
  }

  /** Compares where the key stands: most keys of a mapping are not the one that is looked for. */
  #isKey(key: number, name: string, isResolved: boolean): boolean {
    if (isResolved || !this.isVerbatim(key)) return this.key(key) === name;
    const from = this.start(key);
    return this.end(key) - from === name.length && this.#text.startsWith(name, from);
  }

  #decode(scalar: number): string {
    const packed = this.#number(scalar);
    const start = this.start(scalar);
    const end = this.end(scalar);
    if (start < 0) return '';
    if ((packed & VERBATIM) !== 0) return this.#text.slice(start, end);
    // Of a block scalar, the first line that holds something says where its lines begin; `|2` is rare enough.
    const indent = this.isBlock(scalar) ? (/^(?: *\r?\n)*( *)/.exec(this.#text.slice(start, end))?.[1] ?? '').length : 0;
    const event = { valueStart: start, valueEnd: end, style: (packed >> STYLE_SHIFT) & KIND, fast: false, indent, chomping: this.#chomping(scalar, start) };
    return getScalarValue(this.#text, event as ScalarEvent);
  }

  /** How a block scalar ends stands in its header, on the line above: `|-`, `>+2 # a comment`. */
  #chomping(scalar: number, start: number): number {
    if (!this.isBlock(scalar)) return CHOMPING_MODE.CLIP;
    const header = this.#text.slice(this.#text.lastIndexOf('\n', start - 2) + 1, start);
    const signs = /(?:^|\s)[|>]([-+\d]{1,2})[ \t]*(?:[ \t]#.*)?\r?\n?$/.exec(header)?.[1] ?? '';
    return signs.includes('-') ? CHOMPING_MODE.STRIP : signs.includes('+') ? CHOMPING_MODE.KEEP : CHOMPING_MODE.CLIP;
  }
}

/** A value, and the key before it if a mapping holds it. */
interface Child {
  readonly key: number;
  readonly value: number;
}

const ROOT: Child = { key: ABSENT, value: 0 };
