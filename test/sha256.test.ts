import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256 } from '../src/sha256.ts';

// Against the real one, at every length around the borders of a block.

const expected = (text: string): string => createHash('sha256').update(text).digest('hex');

test.each(Array.from({ length: 200 }, (_, length) => length))('a text of %d letters', (length) => {
  expect(sha256('x'.repeat(length))).toBe(expected('x'.repeat(length)));
});

test.each(['', 'ä', '漢字', '😀', '\ud800', 'a\0b', '•••'.repeat(700), 'x'.repeat(100_000)])('%j', (text) => {
  expect(sha256(text)).toBe(expected(text));
  // What a longer text leaves behind does not matter.
  expect(sha256('a')).toBe(expected('a'));
});
