import { EVENT_ID, type Event, SCALAR_STYLE } from 'js-yaml';

export const MAPPING = 1;
export const SEQUENCE = 2;
export const SCALAR = 3;
export const ALIAS = 4;
export const CLOSE = 5;
export const KIND = 7;
export const STYLE_SHIFT = 3;
/** A scalar whose text stands in the document as it is. */
export const VERBATIM = 64;
/** A scalar without quotes or tag, so that it may mean something else than its text. */
export const RESOLVED = 128;

/** Numbers of one node. */
export const NODE = 3;

/**
 * The nodes of one document, packed. Three numbers for each event: what it is, where it starts, and where it ends (of a scalar),
 * which event follows it (of a collection) or which one it stands for (of an alias). A closing event starts where what it closes
 * ends. Places count from 1, so that 0 is for what is not there.
 */
export interface Nodes {
  /** Holds those of other documents too. */
  readonly numbers: Uint16Array | Int32Array;
  /** Where this document's begin. */
  readonly from: number;
  readonly length: number;
  readonly hasAliases: boolean;
}

/** An array of its own costs each document several hundred bytes beside what it holds. */
const POOL = 32 * 1024;
const MOST_KEPT = 64 * 1024;
const NO_POOL = new Uint16Array(0);

/** Packs the nodes of one document after the other, while a parser goes through them. */
class NodeWriter {
  #numbers = new Int32Array(4096);
  #count = 0;
  /** Where the last scalar ended. */
  #lastEnd = 1;
  #hasAliases = false;
  readonly #open: number[] = [];
  #pool = NO_POOL;
  #pooled = 0;

  /** Begins a document. */
  start(): void {
    this.#count = 0;
    this.#lastEnd = 1;
    this.#hasAliases = false;
    this.#open.length = 0;
  }

  /** The node that comes next. */
  get next(): number {
    return this.#count;
  }

  open(kind: typeof MAPPING | typeof SEQUENCE, start: number): void {
    this.#open.push(this.#count);
    this.#write(kind, start + 1, 0);
  }

  close(): void {
    const opened = this.#open.pop();
    this.#write(CLOSE, this.#lastEnd, 0);
    if (opened !== undefined) this.#numbers[opened + 2] = this.#count;
  }

  scalar(style: number, start: number, end: number): void {
    const last = end + 1;
    this.#write(SCALAR | style, start + 1, last);
    if (last > this.#lastEnd) this.#lastEnd = last;
  }

  /** A value that is not written. */
  absent(style: number): void {
    this.#write(SCALAR | style, 0, 0);
  }

  alias(start: number, end: number, target: number): void {
    this.#hasAliases = true;
    this.#write(ALIAS, start + 1, target);
    this.#lastEnd = end + 1;
  }

  /** All of the document. */
  finish(): Nodes {
    this.close();
    const isShort = Math.max(this.#lastEnd, this.#count) <= 0xffff;
    const own = this.#numbers.subarray(0, this.#count);
    // A giant leaves no room for giants behind.
    if (own.length > MOST_KEPT) this.#numbers = new Int32Array(MOST_KEPT);
    if (!isShort || own.length > POOL / 4) {
      return { numbers: isShort ? Uint16Array.from(own) : own.slice(), from: 0, length: own.length, hasAliases: this.#hasAliases };
    }
    if (this.#pooled + own.length > this.#pool.length) {
      this.#pool = new Uint16Array(POOL);
      this.#pooled = 0;
    }
    const from = this.#pooled;
    this.#pool.set(own, from);
    this.#pooled += own.length;
    return { numbers: this.#pool, from, length: own.length, hasAliases: this.#hasAliases };
  }

  #write(what: number, start: number, end: number): void {
    const at = this.#count;
    if (at + NODE > this.#numbers.length) {
      const longer = new Int32Array(this.#numbers.length * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[at] = what;
    this.#numbers[at + 1] = start;
    this.#numbers[at + 2] = end;
    this.#count = at + NODE;
  }
}

/** One for all, because documents are read one after the other. */
export const nodeWriter = new NodeWriter();

/** Of a parser's events for one document. */
export function packEvents(events: readonly Event[], text: string): Nodes {
  // An anchor may be set anew: an alias means the last one above it.
  let anchors: Map<string, number> | undefined;
  nodeWriter.start();
  for (const event of events) {
    if ('anchorStart' in event && event.anchorStart >= 0 && event.type !== EVENT_ID.ALIAS) {
      anchors ??= new Map();
      anchors.set(text.slice(event.anchorStart, event.anchorEnd), nodeWriter.next);
    }
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        break;
      case EVENT_ID.MAPPING:
        nodeWriter.open(MAPPING, event.start);
        break;
      case EVENT_ID.SEQUENCE:
        nodeWriter.open(SEQUENCE, event.start);
        break;
      case EVENT_ID.SCALAR: {
        const style = (event.style << STYLE_SHIFT) | (event.fast ? VERBATIM : 0) | (event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0 ? RESOLVED : 0);
        if (event.valueStart < 0) nodeWriter.absent(style);
        else nodeWriter.scalar(style, event.valueStart, event.valueEnd);
        break;
      }
      case EVENT_ID.ALIAS:
        nodeWriter.alias(event.anchorStart, event.anchorEnd, anchors?.get(text.slice(event.anchorStart, event.anchorEnd)) ?? nodeWriter.next);
        break;
      default:
        // The last closes the document itself.
        if (event !== events.at(-1)) nodeWriter.close();
    }
  }
  return nodeWriter.finish();
}
