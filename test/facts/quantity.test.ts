import { describe, expect, test } from 'vitest';
import { parseComposeBytes, parseQuantity } from '../../src/facts/quantity.ts';

describe('quantities of Kubernetes', () => {
  test.each<[string, number | undefined]>([
    ['0', 0],
    ['1', 1],
    ['+1', 1],
    ['-1', -1],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['100m', 0.1],
    ['5u', 5e-6],
    ['5n', 5e-9],
    ['1k', 1e3],
    ['1M', 1e6],
    ['1G', 1e9],
    ['1T', 1e12],
    ['1P', 1e15],
    ['1E', 1e18],
    ['1Ki', 2 ** 10],
    ['1Mi', 2 ** 20],
    ['1Gi', 2 ** 30],
    ['1Ti', 2 ** 40],
    ['1Pi', 2 ** 50],
    ['1Ei', 2 ** 60],
    ['1e3', 1e3],
    ['1E3', 1e3],
    ['1.5e-3', 0.0015],
    [' 1Gi ', 2 ** 30],
    ['', undefined],
    ['Gi', undefined],
    ['1K', undefined],
    ['1Mb', undefined],
    ['1 Gi', undefined],
    ['1e3Mi', undefined],
    ['1,5', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['0x10', undefined],
    ['1e999', undefined],
    ['9'.repeat(400), undefined],
  ])('%s', (text, expected) => {
    const found = parseQuantity(text);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 12);
  });
});

describe('bytes of compose', () => {
  test.each<[string, number | undefined]>([
    ['1024', 1024],
    ['64b', 64],
    ['1k', 2 ** 10],
    ['1K', 2 ** 10],
    ['1kb', 2 ** 10],
    ['1KiB', 2 ** 10],
    ['1m', 2 ** 20],
    ['1g', 2 ** 30],
    ['1.5g', 1.5 * 2 ** 30],
    ['1t', 2 ** 40],
    ['1 gb', 2 ** 30],
    ['', undefined],
    ['-1', undefined],
    ['1x', undefined],
    ['${MEMORY}', undefined],
    ['9'.repeat(400), undefined],
  ])('%s', (text, expected) => {
    expect(parseComposeBytes(text)).toBe(expected);
  });
});
