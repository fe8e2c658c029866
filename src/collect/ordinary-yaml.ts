import { CHOMPING_MODE, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Json } from '../model/json.ts';
import {
  AMPERSAND,
  ASTERISK,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COLON,
  COMMA,
  DASH,
  GREATER,
  LINE_FEED,
  NOT_ORDINARY,
  OPENING_BRACE,
  OPENING_BRACKET,
  OrdinaryScanner,
  ordinaryCodesOf,
  PIPE,
  PLAIN,
  PLUS,
  SPACE,
  TAB,
} from './ordinary-scanner.ts';
import { MAPPING, type Nodes, nodeWriter, RESOLVED, SEQUENCE, STYLE_SHIFT, VERBATIM } from './position-nodes.ts';
import type { Scalar, YamlDialect } from './yaml-scalars.ts';
import { type Word, Words } from './yaml-words.ts';

export interface OrdinaryDocument {
  readonly value: Json;
  readonly nodes: Nodes;
}

/**
 * Reads a document that is written as nearly all of them are: mappings and lists in blocks or in brackets, scalars of one line,
 * literal and folded texts, a collection with a name and its aliases. Undefined for anything else, be it broken, rare (tags,
 * merges, keys that stand twice) or not thought of here: js-yaml reads that, which takes three times as long, because each of its
 * steps looks for all of YAML, and leaves events behind of which values are then made. What is read here is read there just so,
 * to the last offset: ordinary-yaml.test.ts holds the two against each other.
 */
export function readOrdinary(text: string, dialect: YamlDialect): OrdinaryDocument | undefined {
  const codes = ordinaryCodesOf(text);
  if (codes === undefined) return undefined;
  try {
    return new OrdinaryReader(new OrdinaryScanner(text, codes), WORDS[dialect]).read();
  } catch (error) {
    if (error === NOT_ORDINARY) return undefined;
    throw error;
  }
}

const WORDS = { kubernetes: new Words('kubernetes'), compose: new Words('compose') };

/** Deeper documents, and more that aliases repeat, are left to js-yaml and to the limits that hold there. */
const MAX_DEPTH = 60;
const MAX_REPEATED_NODES = 10_000;

/** A collection that aliases may repeat. It holds no anchor and no alias. */
interface Anchor {
  readonly value: Json;
  readonly node: number;
  readonly nodes: number;
}

class OrdinaryReader {
  readonly #scanner: OrdinaryScanner;
  readonly #words: Words;
  #anchors: Map<string, Anchor> | undefined;
  /** Whether what is read now is what an alias may repeat. */
  #isAnchored = false;
  #repeatedNodes = 0;

  constructor(scanner: OrdinaryScanner, words: Words) {
    this.#scanner = scanner;
    this.#words = words;
  }

  read(): OrdinaryDocument {
    const scanner = this.#scanner;
    nodeWriter.start();
    scanner.nextLine();
    // A separator may have something behind it.
    if (scanner.column === -1 || (scanner.code() === DASH && !scanner.isItem())) throw NOT_ORDINARY;
    const value = this.#node(scanner.column, -1, 0);
    // One scalar is no manifest.
    if (scanner.column !== -1 || typeof value !== 'object') throw NOT_ORDINARY;
    return { value, nodes: nodeWriter.finish() };
  }

  /** What begins in a column of the current line. All of it is indented further than its parent. */
  #node(column: number, parent: number, depth: number): Json {
    if (depth > MAX_DEPTH) throw NOT_ORDINARY;
    const scanner = this.#scanner;
    if (scanner.isItem()) return this.#list(column, depth);
    if (!scanner.mayBeScalar()) return this.#inline(parent, depth);
    const start = scanner.at;
    scanner.scan(false);
    return scanner.isKey() ? this.#mapping(start, column, depth) : this.#endScalar(parent);
  }

  /** Its first key was scanned. */
  #mapping(start: number, column: number, depth: number): Json {
    const scanner = this.#scanner;
    const mapping: Record<string, Json> = {};
    nodeWriter.open(MAPPING, start);
    for (;;) {
      const key = this.#key(mapping);
      mapping[key] = this.#valueOfKey(column, depth);
      if (scanner.column !== column) break;
      scanner.scan(false);
      if (!scanner.isKey()) throw NOT_ORDINARY;
    }
    if (scanner.column > column) throw NOT_ORDINARY;
    nodeWriter.close();
    return mapping;
  }

  #valueOfKey(column: number, depth: number): Json {
    const scanner = this.#scanner;
    scanner.at++;
    if (!scanner.isLineOver()) {
      const first = scanner.code();
      return first === AMPERSAND ? this.#anchored(column, depth) : first === ASTERISK ? this.#alias() : this.#inline(column, depth);
    }
    scanner.nextLine();
    if (scanner.column === column && scanner.isItem()) return this.#list(column, depth + 1);
    return this.#below(column, depth);
  }

  #list(column: number, depth: number): Json {
    const scanner = this.#scanner;
    const list: Json[] = [];
    nodeWriter.open(SEQUENCE, scanner.at);
    do {
      const dash = scanner.at++;
      if (scanner.isLineOver()) {
        scanner.nextLine();
        list.push(this.#below(column, depth));
      } else {
        list.push(this.#node(column + scanner.at - dash, column, depth + 1));
      }
    } while (scanner.column === column && scanner.isItem());
    if (scanner.column > column) throw NOT_ORDINARY;
    nodeWriter.close();
    return withoutSlack(list);
  }

  /** What is indented below a key or dash. */
  #below(column: number, depth: number): Json {
    if (this.#scanner.column > column) return this.#node(this.#scanner.column, column, depth + 1);
    nodeWriter.absent(PLAIN);
    return null;
  }

  /** A collection that has a name and stands below its key. */
  #anchored(column: number, depth: number): Json {
    if (this.#isAnchored) throw NOT_ORDINARY;
    const name = this.#scanner.scanName();
    this.#scanner.nextLine();
    const node = nodeWriter.next;
    this.#isAnchored = true;
    const value = this.#below(column, depth);
    this.#isAnchored = false;
    if (typeof value !== 'object' || value === null) throw NOT_ORDINARY;
    this.#anchors ??= new Map();
    this.#anchors.set(name, { value, node, nodes: nodeWriter.next - node });
    return value;
  }

  #alias(): Json {
    const start = this.#scanner.at + 1;
    const name = this.#scanner.scanName();
    const anchor = this.#anchors?.get(name);
    if (anchor === undefined || this.#isAnchored) throw NOT_ORDINARY;
    this.#repeatedNodes += anchor.nodes;
    if (this.#repeatedNodes > MAX_REPEATED_NODES) throw NOT_ORDINARY;
    nodeWriter.alias(start, start + name.length, anchor.node);
    this.#scanner.nextLine();
    return anchor.value;
  }

  /** A value that begins on the line of its key or dash and is no block collection. */
  #inline(parent: number, depth: number): Json {
    const scanner = this.#scanner;
    const first = scanner.code();
    if (first === PIPE || first === GREATER) return this.#block(parent);
    if (first !== OPENING_BRACE && first !== OPENING_BRACKET) {
      scanner.scan(false);
      return this.#endScalar(parent);
    }
    const value = this.#flow(parent + 1, depth + 1);
    if (!scanner.isLineOver()) throw NOT_ORDINARY;
    scanner.nextLine();
    return value;
  }

  /** The scalar that was scanned has to be the last thing of its line. */
  #endScalar(parent: number): Json {
    const scanner = this.#scanner;
    const isAtLineEnd = scanner.code() === LINE_FEED;
    if (!scanner.isLineOver()) throw NOT_ORDINARY;
    scanner.nextLine();
    if ((scanner.style & RESOLVED) !== 0) {
      // It goes on below.
      if (scanner.column > parent) throw NOT_ORDINARY;
      // It does not, but js-yaml has to look, and no longer takes it as it stands.
      if (isAtLineEnd && scanner.comment > parent) scanner.style &= ~VERBATIM;
    }
    return this.#scalar();
  }

  /** A literal or folded text. Its lines are indented further than its parent, and as far as the first of them. */
  #block(parent: number): Json {
    const scanner = this.#scanner;
    const { codes, text } = scanner;
    const style = scanner.code() === PIPE ? SCALAR_STYLE.LITERAL_BLOCK : SCALAR_STYLE.FOLDED_BLOCK;
    const sign = codes[scanner.at + 1] as number;
    const chomping = sign === PLUS ? CHOMPING_MODE.KEEP : sign === DASH ? CHOMPING_MODE.STRIP : CHOMPING_MODE.CLIP;
    const start = scanner.at + (chomping === CHOMPING_MODE.CLIP ? 2 : 3);
    if ((codes[start - 1] as number) !== LINE_FEED) throw NOT_ORDINARY;
    let indent = -1;
    const lines: string[] = [];
    /** So many of them that the last holds something. */
    let full = 0;
    let at = start;
    while (at < scanner.end) {
      let first = at;
      while ((codes[first] as number) === SPACE) first++;
      const column = first - at;
      const code = codes[first] as number;
      // Blanks above the first line that holds something may be refused.
      if (indent === -1 && (code === TAB || (code === LINE_FEED && column > 0))) throw NOT_ORDINARY;
      if (code !== LINE_FEED) {
        if (column <= parent || column < indent) break;
        if (indent === -1) indent = column;
      }
      const end = text.indexOf('\n', first);
      lines.push(text.slice(Math.min(at + Math.max(0, indent), end), end));
      if (lines.at(-1) !== '') full = lines.length;
      at = end + 1;
    }
    scanner.at = at;
    scanner.nextLine();
    nodeWriter.scalar(style << STYLE_SHIFT, start, at);
    if (style === SCALAR_STYLE.FOLDED_BLOCK) return getScalarValue(text, { valueStart: start, valueEnd: at, style, fast: false, indent, chomping } as ScalarEvent);
    if (chomping !== CHOMPING_MODE.KEEP) lines.length = full;
    if (lines.length > 0 && chomping !== CHOMPING_MODE.STRIP) lines.push('');
    return lines.join('\n');
  }

  /** A collection in brackets. Where it goes on below its first line, that is indented at least to the floor. */
  #flow(floor: number, depth: number): Json {
    if (depth > MAX_DEPTH) throw NOT_ORDINARY;
    const scanner = this.#scanner;
    const isMapping = scanner.code() === OPENING_BRACE;
    nodeWriter.open(isMapping ? MAPPING : SEQUENCE, scanner.at++);
    scanner.skip(floor);
    const value = isMapping ? this.#flowMapping(floor, depth) : this.#flowList(floor, depth);
    scanner.at++;
    nodeWriter.close();
    return value;
  }

  #flowMapping(floor: number, depth: number): Json {
    const scanner = this.#scanner;
    const mapping: Record<string, Json> = {};
    while (scanner.code() !== CLOSING_BRACE) {
      scanner.scan(true);
      while (scanner.code() === SPACE) scanner.at++;
      if (scanner.code() !== COLON) throw NOT_ORDINARY;
      scanner.at++;
      const key = this.#key(mapping);
      scanner.skip(floor);
      mapping[key] = this.#flowValue(floor, depth);
      this.#endEntry(CLOSING_BRACE, floor);
    }
    return mapping;
  }

  #flowList(floor: number, depth: number): Json {
    const list: Json[] = [];
    while (this.#scanner.code() !== CLOSING_BRACKET) {
      list.push(this.#flowValue(floor, depth));
      this.#endEntry(CLOSING_BRACKET, floor);
    }
    return withoutSlack(list);
  }

  #flowValue(floor: number, depth: number): Json {
    const scanner = this.#scanner;
    const first = scanner.code();
    if (first === OPENING_BRACE || first === OPENING_BRACKET) return this.#flow(floor, depth + 1);
    scanner.scan(true);
    // As at the end of a line outside of brackets.
    if ((scanner.style & RESOLVED) !== 0 && scanner.code() === LINE_FEED) scanner.style &= ~VERBATIM;
    return this.#scalar();
  }

  #endEntry(closing: number, floor: number): void {
    const scanner = this.#scanner;
    scanner.skip(floor);
    if (scanner.code() === COMMA) {
      scanner.at++;
      scanner.skip(floor);
    } else if (scanner.code() !== closing) {
      throw NOT_ORDINARY;
    }
  }

  /** The scalar that was scanned, as a key that is new in its mapping. */
  #key(mapping: Record<string, Json>): string {
    const { style, from, to } = this.#scanner;
    nodeWriter.scalar(style, from, to);
    const word = this.#word();
    const key = (style & RESOLVED) === 0 ? word.text : word.key;
    if (Object.hasOwn(mapping, key) || key === '__proto__') throw NOT_ORDINARY;
    return key;
  }

  /** The scalar that was scanned, as a value. */
  #scalar(): Scalar {
    const { style, from, to } = this.#scanner;
    nodeWriter.scalar(style, from, to);
    const word = this.#word();
    if ((style & RESOLVED) === 0) return word.text;
    // No API server takes it.
    if (typeof word.value === 'number' && !Number.isFinite(word.value)) throw NOT_ORDINARY;
    return word.value;
  }

  #word(): Word {
    const { text, codes, from, to, style, hash } = this.#scanner;
    if ((style & (VERBATIM | RESOLVED)) !== 0) return this.#words.at(text, codes, from, to, hash);
    return this.#words.of(getScalarValue(text, { valueStart: from, valueEnd: to, style: style >> STYLE_SHIFT, fast: false } as ScalarEvent));
  }
}

/** A list that grew has room for 16 more, which is three times what most of them hold. */
function withoutSlack<T>(list: readonly T[]): readonly T[] {
  return list.slice();
}
