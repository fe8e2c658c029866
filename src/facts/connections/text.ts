import type { Sealed } from '../../sealed.ts';

/** A piece of a text that was not seen. */
export interface Unknown {
  /** What stands in its place where it was written, for the reader: `DB_PASSWORD`. */
  readonly name: string;
  /** A sentence without its full stop: "Secret app/db is not part of the scan". */
  readonly why: string;
  /** What is known of a secret whose text stays where it was read. */
  readonly sealed?: Sealed | undefined;
  /** Whether it may come to nothing: an optional Secret, a variable that compose leaves empty. What a Secret holds is taken to be something. */
  readonly mayBeEmpty?: boolean | undefined;
}

/**
 * A text of which some pieces may be unknown. In `marked` a piece is one character of a range that no text is written in; the
 * parsers carry it through like a letter, so that they need not know of it. What stands in `marked` may be a secret: it is
 * for parsers only, and never printed.
 */
export interface Text {
  readonly marked: string;
  readonly unknowns: readonly Unknown[];
}

/** Texts by the names of variables or settings: a map, or something that looks them up in one. */
export type TextsByName = Pick<ReadonlyMap<string, Text>, 'get' | 'has' | 'keys'>;

/** Private use: 4096 pieces are more than anybody writes. */
const FIRST = 0xe000;
const CAPACITY = 0x1000;
const MARKS = /[\uE000-\uEFFF]/g;
const MARK = /[\uE000-\uEFFF]/;
const UNSEEN_LINE = /^[ \t]{0,200}[\uE000-\uEFFF]/m;
const REPLACEMENT = '\uFFFD';

const NO_UNKNOWNS: readonly Unknown[] = [];

/** A text that was seen as a whole. What it has of the marks' range is no mark. */
export function knownText(text: string): Text {
  return { marked: MARK.test(text) ? text.replace(MARKS, REPLACEMENT) : text, unknowns: NO_UNKNOWNS };
}

/** A text whose marks were made for these pieces: a part of a file that a template fills in. */
export function markedText(marked: string, unknowns: readonly Unknown[] | undefined): Text {
  return unknowns === undefined || unknowns.length === 0 ? knownText(marked) : partOf({ marked, unknowns }, marked);
}

/** A text of which nothing was seen. */
export function unknownText(unknown: Unknown): Text {
  return { marked: String.fromCharCode(FIRST), unknowns: [unknown] };
}

export const EMPTY_TEXT: Text = knownText('');

export function concatenate(texts: readonly Text[]): Text {
  const unknowns: Unknown[] = [];
  let marked = '';
  for (const text of texts) {
    const shift = unknowns.length;
    if (shift === 0 || text.unknowns.length === 0) marked += text.marked;
    else marked += text.marked.replace(MARKS, (mark) => String.fromCharCode(Math.min(mark.charCodeAt(0) + shift, FIRST + CAPACITY - 1)));
    for (const unknown of text.unknowns) if (unknowns.length < CAPACITY) unknowns.push(unknown);
  }
  return { marked, unknowns };
}

/** The text, where all of it was seen. */
export function textOf(text: Text): string | undefined {
  return isSeen(text.marked) ? text.marked : undefined;
}

/** Whether a part of a marked text has no unknown pieces. */
export function isSeen(marked: string): boolean {
  return !MARK.test(marked);
}

/** Whether a marked text has lines that begin with what was not seen: a whole file, or what a template puts there. */
export function hasUnseenLines(marked: string): boolean {
  return UNSEEN_LINE.test(marked);
}

/** Whether a part of a marked text has pieces that were seen: `db-` in `db-$(REGION)`. */
export function hasSeenPiece(marked: string): boolean {
  return marked.replace(MARKS, '') !== '';
}

/** A part of a text as a text of its own. */
export function partOf(text: Text, marked: string): Text {
  if (isSeen(marked)) return { marked, unknowns: NO_UNKNOWNS };
  const unknowns = unknownsIn(text, marked);
  let next = 0;
  return { marked: marked.replace(MARKS, () => String.fromCharCode(FIRST + Math.min(next++, CAPACITY - 1))), unknowns };
}

/** The unknown pieces in a part of a text, in their order. */
export function unknownsIn(text: Text, marked: string): readonly Unknown[] {
  const found: Unknown[] = [];
  for (const [mark] of marked.matchAll(MARKS)) {
    const unknown = text.unknowns[mark.charCodeAt(0) - FIRST];
    if (unknown !== undefined) found.push(unknown);
  }
  return found;
}

/** A part of a text with the names of what is unknown in it, as `$(NAME)`. Not for secrets. */
export function readable(text: Text, marked: string = text.marked): string {
  return marked.replace(MARKS, (mark) => `$(${text.unknowns[mark.charCodeAt(0) - FIRST]?.name ?? '?'})`);
}

/**
 * Replaces `$(NAME)` as the kubelet does: from left to right, once, `$$` standing for one dollar. Where the look-up has
 * nothing (undefined), the reference stays as it is written (k8s.io/kubernetes third_party/forked/golang/expansion).
 */
export function expandReferences(text: string, lookup: (name: string) => Text | undefined): Text {
  if (!text.includes('$')) return knownText(text);
  const pieces: Text[] = [];
  let from = 0;
  let seen = '';
  // Looked for once: a text of `$(` alone must not be searched to its end from each of them.
  const lastClosing = text.lastIndexOf(')');
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', from)) {
    seen += text.slice(from, at);
    const next = text[at + 1];
    if (next === '$') {
      seen += '$';
      from = at + 2;
    } else if (next === '(' && at < lastClosing) {
      const end = text.indexOf(')', at);
      const found = lookup(text.slice(at + 2, end));
      if (found === undefined) seen += text.slice(at, end + 1);
      else {
        pieces.push(knownText(seen), found);
        seen = '';
      }
      from = end + 1;
    } else {
      seen += '$';
      from = at + 1;
    }
  }
  pieces.push(knownText(seen + text.slice(from)));
  return concatenate(pieces);
}

/** The unknown pieces of one reading: of its text, and of what else it takes into account. */
export class Pieces {
  readonly #unknowns: Unknown[] = [];
  readonly #included = new Map<Text, string>();

  /** The text with marks that belong to these pieces. */
  include(text: Text): string {
    if (text.unknowns.length === 0) return text.marked;
    const known = this.#included.get(text);
    if (known !== undefined) return known;
    const joined = concatenate([{ marked: '', unknowns: this.#unknowns }, text]);
    this.#unknowns.splice(0, this.#unknowns.length, ...joined.unknowns);
    this.#included.set(text, joined.marked);
    return joined.marked;
  }

  all(): readonly Unknown[] {
    return [...this.#unknowns];
  }

  /** The unknown pieces in a marked part. */
  within(marked: string): readonly Unknown[] {
    return unknownsIn({ marked, unknowns: this.#unknowns }, marked);
  }

  text(marked: string): Text {
    return partOf({ marked, unknowns: this.#unknowns }, marked);
  }
}
