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
  readonly #perhapsEmpty = new Set<string>();

  add(text: Text): string {
    if (text.unknowns.length === 0) return text.marked;
    if (this.#all.unknowns.length + text.unknowns.length > CAPACITY) return text.marked.replaceAll(/[\uE000-\uEFFF]/g, OVERFLOW);
    // Only the pieces are kept: the marks of what was added before do not change.
    const joined = concatenate([{ marked: '', unknowns: this.#all.unknowns }, text]);
    this.#all = { marked: '', unknowns: joined.unknowns };
    return joined.marked;
  }

  /** A piece that stands for what is not known. What a Secret holds is taken to be something; what a command prints may be nothing. */
  unknown(name: string, why: string, mayBeEmpty = false): string {
    const key = `${name}\n${why}\n${mayBeEmpty}`;
    const mark = this.#made.get(key) ?? this.add(unknownText({ name, why }));
    this.#made.set(key, mark);
    if (mayBeEmpty) this.#perhapsEmpty.add(mark);
    return mark;
  }

  /** Whether a text may come to nothing. */
  mayBeEmpty(text: string): boolean {
    return [...text].every((character) => this.#perhapsEmpty.has(character) || this.unknownsIn(character)[0]?.mayBeEmpty === true);
  }

  unknownsIn(text: string): readonly Unknown[] {
    return unknownsIn(this.#all, text);
  }
}

/** The environment of a server, as far as it is known. */
export interface EnvironmentWorld {
  readonly pool: Pool;
  readonly isEnvironmentComplete: boolean;
}

/** What stands for a variable that may be set by an object that was not seen. */
export function hiddenVariable(name: string, { pool }: EnvironmentWorld): string {
  return pool.unknown(name, `${name} may be among the variables that are not part of the scan`, true);
}
