import { describe, expect, test } from 'vitest';
import { cutEnd, decideColor, neutralize, neutralizeJson, palette, stringWidth } from '../../src/report/terminal.ts';

describe('neutralize', () => {
  test.each([
    ['escape sequence', '\u001b[31mred', '\\u001b[31mred'],
    ['NUL, bell, backspace', 'a\0\u0007\b', 'a\\u0000\\u0007\\u0008'],
    ['line ends', 'a\nb\r\nc', 'a\\u000ab\\u000d\\u000ac'],
    ['DEL', '\u007f', '\\u007f'],
    ['C1, the eight-bit CSI', '\u009b2J', '\\u009b2J'],
    ['bidi embedding and override', '\u202a\u202b\u202c\u202d\u202e', '\\u202a\\u202b\\u202c\\u202d\\u202e'],
    ['bidi isolates', '\u2066\u2067\u2068\u2069', '\\u2066\\u2067\\u2068\\u2069'],
    ['bidi marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['zero width', '\u200b\u200c\u200d\u2060\ufeff\u00ad', '\\u200b\\u200c\\u200d\\u2060\\ufeff\\u00ad'],
    ['separators', '\u2028\u2029\u0085', '\\u2028\\u2029\\u0085'],
    ['Hangul filler, which looks like nothing', '\u3164', '\\u3164'],
    ['half a surrogate pair', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
    ['tag characters, which hide text', '\u{e0041}', '\\u{e0041}'],
    ['everything that is seen', 'Ünïcode 漢字 😀 • … é', 'Ünïcode 漢字 😀 • … é'],
  ])('%s', (_, text, shown) => {
    expect(neutralize(text)).toBe(shown);
  });

  test('JSON keeps its value', () => {
    const value = 'a\u009b\u202e\u{e0041}\ud800\n\u2028b';
    const json = neutralizeJson(JSON.stringify(value));
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(json)).toBe(value);
  });
});

test('what is told without a closer look is seen, and one column wide', () => {
  const letters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  for (const letter of letters.filter((each) => neutralizeJson(`${each}\u{1f600}`).startsWith('\\u'))) expect(neutralizeJson(letter)).not.toBe(letter);
  for (const letter of letters.filter((each) => stringWidth(`${each}\u{1f600}`) !== 3)) expect(stringWidth(letter)).not.toBe(1);
});

test.each([
  ['plain', 5],
  ['', 0],
  ['漢字', 4],
  ['한글', 4],
  ['😀!', 3],
  ['e\u0301', 1],
  ['\u001b[31mred\u001b[39m', 3],
])('width of %j is %i', (text, width) => {
  expect(stringWidth(text)).toBe(width);
});

test('a cut text is never wider than asked, even in full-width characters', () => {
  expect(cutEnd('abcdefghij', 8)).toBe('abcde...');
  expect(cutEnd('漢字漢字漢字', 8)).toBe('漢字...');
  expect(cutEnd('abcdefgh', 8)).toBe('abcdefgh');
});

test('colours are codes, or nothing at all', () => {
  expect(palette(true).red('x')).toBe('\u001b[31mx\u001b[39m');
  expect(palette(true).bold('')).toBe('');
  expect(palette(false).red('x')).toBe('x');
});

describe('decideColor', () => {
  test.each([
    ['terminal', 'auto', {}, true, true],
    ['pipe', 'auto', {}, false, false],
    ['--color=always beats NO_COLOR', 'always', { NO_COLOR: '1' }, false, true],
    ['--color=never beats FORCE_COLOR', 'never', { FORCE_COLOR: '1' }, true, false],
    ['NO_COLOR', 'auto', { NO_COLOR: '1' }, true, false],
    ['NO_COLOR=0 is set too', 'auto', { NO_COLOR: '0' }, true, false],
    ['empty NO_COLOR is not set', 'auto', { NO_COLOR: '' }, true, true],
    ['NO_COLOR beats FORCE_COLOR', 'auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0', 'auto', { FORCE_COLOR: '0' }, true, false],
    ['FORCE_COLOR=0 beats CLICOLOR_FORCE', 'auto', { FORCE_COLOR: '0', CLICOLOR_FORCE: '1' }, true, false],
    ['empty FORCE_COLOR is not set', 'auto', { FORCE_COLOR: '' }, false, false],
    ['CLICOLOR_FORCE', 'auto', { CLICOLOR_FORCE: '1' }, false, true],
    ['CLICOLOR_FORCE=0 forces nothing', 'auto', { CLICOLOR_FORCE: '0' }, true, true],
    ['dumb terminal', 'auto', { TERM: 'dumb' }, true, false],
    ['FORCE_COLOR beats a dumb terminal', 'auto', { TERM: 'dumb', FORCE_COLOR: '1' }, true, true],
  ] as const)('%s', (_, flag, env, isTTY, expected) => {
    expect(decideColor(flag, env, isTTY)).toBe(expected);
  });
});
