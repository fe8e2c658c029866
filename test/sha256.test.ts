import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256 } from '../src/sha256.ts';

// The first few texts are digested by our own, the many after them by Node's.
test.each(['', 'a', '€', '\u{1f30a}\ud800'])('is what Node says, whatever the length, of %j', (letter) => {
  for (let length = 0; length < 200; length++) {
    const text = `${'x'.repeat(length)}${letter}`;
    expect(sha256(text)).toBe(hash('sha256', text, 'hex'));
  }
});

test('a long text', () => {
  const text = 'seaworthy\n'.repeat(10_000);
  expect(sha256(text)).toBe(hash('sha256', text, 'hex'));
});
