import { expect, test } from 'vitest';
import { frame } from '../../src/report/frame.ts';
import { printableFinding } from '../../src/report/printable.ts';
import { palette, stringWidth } from '../../src/report/terminal.ts';
import { at, excerpt, finding, live } from './sample.ts';

interface Row {
  readonly lines: readonly string[];
  readonly column: number;
  readonly line?: number;
  readonly missing?: string;
  readonly columns?: number;
  readonly around?: number;
}

function framed({ lines, column, line = 1, missing, columns = 60, around = 2 }: Row): string[] {
  const location = at('a.yaml', line, column, missing === undefined ? {} : { missing: true, pointer: missing });
  return frame(printableFinding(finding({ location, excerpt: excerpt(1, ...lines) })), around, columns, palette(false));
}

test.each<[string, Row, string[]]>([
  ['a plain value', { lines: ['sslmode: prefer'], column: 10 }, ['  > 1 | sslmode: prefer', '      |          ^^^^^^']],
  ['a value before a comment', { lines: ['user: 0  # root'], column: 7 }, ['  > 1 | user: 0  # root', '      |       ^']],
  ['a quoted value', { lines: ['ssl: "off" # no'], column: 6 }, ['  > 1 | ssl: "off" # no', '      |      ^^^^^']],
  ['an item of a flow list', { lines: ['args: [-c, ssl=off, -x]'], column: 12 }, ['  > 1 | args: [-c, ssl=off, -x]', '      |            ^^^^^^^']],
  ['a key with its value below', { lines: ['a:', '  b: 1'], line: 2, column: 3 }, ['    1 | a:', '  > 2 |   b: 1', '      |   ^']],
  ['a URL is not a key', { lines: ['url: http://db:1/x'], column: 6 }, ['  > 1 | url: http://db:1/x', '      |      ^^^^^^^^^^^^^']],
  ['what is missing', { lines: ['- name: api'], column: 3, missing: '/spec/runAsNonRoot' }, ['  > 1 | - name: api', '      |   ^^^^ runAsNonRoot is not set']],
  [
    'what is missing, with the way to it',
    { lines: ['- name: api'], column: 3, missing: '/spec/containers/0/securityContext/seccompProfile/type', columns: 80 },
    ['  > 1 | - name: api', '      |   ^^^^ securityContext.seccompProfile.type is not set'],
  ],
  [
    'what is missing, with a way that there is no room for',
    { lines: ['- name: api'], column: 3, missing: '/spec/containers/0/securityContext/seccompProfile/type', columns: 40 },
    ['  > 1 | - name: api', '      |   ^^^^ type is not set'],
  ],
  [
    'a label that is missing',
    { lines: ['metadata:'], column: 1, missing: '/metadata/labels/pod-security.kubernetes.io~1enforce', columns: 80 },
    ['  > 1 | metadata:', '      | ^^^^^^^^ pod-security.kubernetes.io/enforce is not set'],
  ],
  ['what is missing in a list', { lines: ['- name: api'], column: 3, missing: '/spec/0' }, ['  > 1 | - name: api', '      |   ^^^^']],
  ['tabs become spaces, the caret goes with them', { lines: ['\tuser\t0'], column: 7 }, ['  > 1 |     user    0', '      |             ^']],
  ['escapes before the caret', { lines: ['\u001b: x'], column: 4 }, ['  > 1 | \\u001b: x', '      |         ^']],
  ['full-width characters before the caret', { lines: ['漢字: x'], column: 5 }, ['  > 1 | 漢字: x', '      |       ^']],
  ['a column behind the line', { lines: ['abc'], column: 9 }, ['  > 1 | abc']],
  ['blank lines at the edges', { lines: ['', 'a: 1', ''], line: 2, column: 4 }, ['  > 2 | a: 1', '      |    ^']],
  ['fewer lines around', { lines: ['a: 1', 'b: 2', 'c: 3', 'd: 4'], line: 3, column: 4, around: 1 }, ['    2 | b: 2', '  > 3 | c: 3', '      |    ^', '    4 | d: 4']],
  [
    'a deep indent goes when there is no room for it',
    { lines: [`${' '.repeat(30)}a:`, `${' '.repeat(32)}b: ${'x'.repeat(20)}`], line: 2, column: 36, columns: 40 },
    ['    1 | a:', `  > 2 |   b: ${'x'.repeat(20)}`, `      |      ${'^'.repeat(20)}`],
  ],
  ['a long value is cut at its end', { lines: [`a: ${'x'.repeat(80)}`], column: 4, columns: 30 }, [`  > 1 | a: ${'x'.repeat(16)}...`, `      |    ${'^'.repeat(16)}`]],
  [
    'a long line is cut before the caret',
    { lines: [`${'x'.repeat(80)}: value # ${'y'.repeat(80)}`], column: 83, columns: 40 },
    ['  > 1 | ...xxxxxxxxxx: value # yyyyyy...', '      |                ^^^^^'],
  ],
])('%s', (_, row, expected) => {
  expect(framed(row)).toEqual(expected);
});

test('no frame where there is no text', () => {
  expect(framed({ lines: [], column: 1 })).toEqual([]);
  expect(framed({ lines: ['a'], line: 7, column: 1 })).toEqual([]);
  expect(frame(printableFinding(finding({ location: live('shop/Deployment/api', '/spec') })), 2, 80, palette(false))).toEqual([]);
});

test('never wider than the terminal, and the caret stays in sight', () => {
  for (let indent = 0; indent < 120; indent += 7) {
    for (let length = 1; length < 160; length += 13) {
      for (const letter of ['x', '漢', '\u202e']) {
        const lines = framed({ lines: [`${' '.repeat(indent)}key: ${letter.repeat(length)} # ${letter.repeat(30)}`, 'k: v'], column: indent + 6 });
        expect(Math.max(...lines.map(stringWidth))).toBeLessThanOrEqual(60);
        expect(lines[1]).toMatch(/\^/);
      }
    }
  }
});
