import { describe, expect, test } from 'vitest';
import { concatenate, expandReferences, isSeen, knownText, Pieces, partOf, readable, textOf, unknownsIn, unknownText } from '../../../src/facts/connections/text.ts';
import { Sealed } from '../../../src/sealed.ts';

const unknown = (name: string) => unknownText({ name, why: 'not seen' });

describe('references are replaced as the kubelet does', () => {
  const known = new Map([
    ['A', 'one'],
    ['EMPTY', ''],
    ['REF', '$(A)'],
  ]);
  for (const [written, expanded] of [
    ['plain', 'plain'],
    ['$(A)', 'one'],
    ['x$(A)y$(A)', 'xoneyone'],
    ['$(EMPTY)!', '!'],
    // Replaced once.
    ['$(REF)', '$(A)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$(MISSING)', '$(MISSING)'],
    ['$(A', '$(A'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$A ${A}', '$A ${A}'],
    ['$((A))', '$((A))'],
    ['$()', '$()'],
  ]) {
    test(written ?? '', () => {
      const found = expandReferences(written ?? '', (name) => (known.has(name) ? knownText(known.get(name) ?? '') : undefined));
      expect(textOf(found)).toBe(expanded);
    });
  }

  test('an unknown piece stays one, and its neighbours stay', () => {
    const found = expandReferences('postgres://$(USER):$(PW)@db', unknown);
    expect(textOf(found)).toBeUndefined();
    expect(readable(found)).toBe('postgres://$(USER):$(PW)@db');
    expect(found.unknowns.map(({ name }) => name)).toEqual(['USER', 'PW']);
  });
});

test('pieces keep their names however texts are put together and taken apart', () => {
  const joined = concatenate([unknown('A'), knownText('-'), concatenate([unknown('B'), unknown('C')]), unknown('A')]);
  expect(readable(joined)).toBe('$(A)-$(B)$(C)$(A)');
  const tail = partOf(joined, joined.marked.slice(2));
  expect(readable(tail)).toBe('$(B)$(C)$(A)');
  expect(unknownsIn(joined, joined.marked.slice(-1)).map(({ name }) => name)).toEqual(['A']);
});

test('pieces of several texts belong to one reading, each of them once', () => {
  const pieces = new Pieces();
  const first = unknown('A');
  const marks = [pieces.include(knownText('seen')), pieces.include(first), pieces.include(unknown('B')), pieces.include(first)];
  expect(marks[0]).toBe('seen');
  expect(marks[1]).toBe(marks[3]);
  expect(marks.slice(1, 3).map((mark) => pieces.within(mark)[0]?.name)).toEqual(['A', 'B']);
  expect(pieces.all()).toHaveLength(2);
});

test('a text that holds characters of the marks is not taken for one with unknown pieces', () => {
  const forged = knownText('a\uE000b\uEFFFc');
  expect(isSeen(forged.marked)).toBe(true);
  expect(forged.unknowns).toEqual([]);
});

test('more pieces than there are marks do no harm', () => {
  const many = concatenate(Array.from({ length: 5000 }, (_, index) => unknown(`V${index}`)));
  expect(many.marked).toHaveLength(5000);
  expect(isSeen(many.marked)).toBe(false);
  expect(readable(many).startsWith('$(V0)$(V1)')).toBe(true);
});

test('what is known of a secret travels with its piece', () => {
  const sealed = new Sealed('hunter2');
  const pieces = new Pieces();
  const mark = pieces.include(unknownText({ name: 'PW', why: 'a secret', sealed }));
  expect(pieces.within(mark)[0]?.sealed).toBe(sealed);
});
