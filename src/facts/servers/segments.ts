import type { Source } from './known.ts';
import type { Word } from './shell-state.ts';

/** Words of a command line without a gap, with what stands open before them. */
export interface Segment {
  readonly words: readonly Word[];
  /** Where any number of further words may stand before these; undefined for the first. */
  readonly gap: Source | undefined;
}

/**
 * Splits a command line where it is not known how many words there are: a list that a condition decides, a variable without
 * quotes. After the name of an option such a variable is taken for its value.
 */
export function segmentsOf(words: readonly Word[], isOption: (text: string) => boolean): Segment[] {
  const segments: { words: Word[]; gap: Source | undefined }[] = [{ words: [], gap: undefined }];
  for (const word of words) {
    const current = segments.at(-1);
    const before = current?.words.at(-1)?.text;
    const isValue = word.isOpen === 'perhaps' && before !== undefined && isOption(before);
    if (word.isOpen === undefined || isValue) current?.words.push(word);
    else segments.push({ words: [], gap: word.source });
  }
  // What follows a gap may still belong to an option in it.
  return segments.map(({ words: own, gap }) => ({ words: gap === undefined ? own : own.slice(indexOrEnd(own, isOption)), gap }));
}

function indexOrEnd(words: readonly Word[], isOption: (text: string) => boolean): number {
  const index = words.findIndex(({ text }) => isOption(text));
  return index === -1 ? words.length : index;
}
