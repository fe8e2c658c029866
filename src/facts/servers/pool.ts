import { concatenate, EMPTY_TEXT, type Text, type Unknown, unknownsIn, unknownText } from '../connections/text.ts';

/** More pieces than any server's start has: what comes later shares one mark, of which nothing is known. */
const CAPACITY = 2000;
const OVERFLOW = '\uEFFF';

/**
 * The unknown pieces of everything that starts one server. Texts of a pool are plain strings in which a mark means the same
 * wherever it stands, so that parsers can cut and join them as they like.
 */
export class Pool {
  #all: Text = EMPTY_TEXT;
  readonly #made = new Map<string, string>();

  add(text: Text): string {
    if (text.unknowns.length === 0) return text.marked;
    if (this.#all.unknowns.length + text.unknowns.length > CAPACITY) return text.marked.replaceAll(/[\uE000-\uEFFF]/g, OVERFLOW);
    // Only the pieces are kept: the marks of what was added before do not change.
    const joined = concatenate([{ marked: '', unknowns: this.#all.unknowns }, text]);
    this.#all = { marked: '', unknowns: joined.unknowns };
    return joined.marked;
  }

  /** A piece that stands for what is not known. */
  unknown(name: string, why: string): string {
    const key = `${name}\n${why}`;
    const mark = this.#made.get(key) ?? this.add(unknownText({ name, why }));
    this.#made.set(key, mark);
    return mark;
  }

  unknownsIn(text: string): readonly Unknown[] {
    return unknownsIn(this.#all, text);
  }
}
