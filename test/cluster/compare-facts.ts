import type { Derived } from '../../src/facts/derived.ts';
import { plain } from '../facts/support.ts';

/** Facts that change, and why that is right. */
export type Expected = Readonly<Record<string, string>>;

/** What became of the facts on the way; nothing where all are as they were. Facts that were not learned may be. */
export function differencesBetween(written: readonly Derived[], read: readonly Derived[], expected: Expected): string[] {
  const before = factsByKey(written);
  const after = factsByKey(read);
  const missing = [...before.keys()].filter((key) => !after.has(key)).map((key) => `${key} is gone`);
  const added = [...after.keys()].filter((key) => !before.has(key)).map((key) => `${key} is new`);
  const changed = [...before].flatMap(([key, facts]) =>
    Object.entries(facts)
      .filter(([fact, value]) => after.has(key) && value !== NOT_LEARNED && value !== after.get(key)?.[fact] && !Object.hasOwn(expected, fact))
      .map(([fact, value]) => `${key}: ${fact} was ${value} and became ${after.get(key)?.[fact]}`),
  );
  return [...missing, ...added, ...changed];
}

/** A placeholder, for example: the server takes it for what it is. */
const NOT_LEARNED = 'not learned';

/** Facts in writing, by what they are about. Of equal names, each in its turn. */
function factsByKey(subjects: readonly Derived[]): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  for (const subject of subjects) {
    const { kind, namespace, name, container, part } = subject.identity();
    // What a Secret has as text is stored among its data.
    const words = [subject.type, kind, namespace || 'default', name, container, part.replace(/^stringData /, 'data ')];
    let key = words.join(' ');
    while (found.has(key)) key += "'";
    found.set(key, Object.fromEntries(Object.entries(subject.facts).map(([fact, value]) => [`${subject.type}.${fact}`, JSON.stringify(plain(value)) ?? NOT_LEARNED])));
  }
  return found;
}
