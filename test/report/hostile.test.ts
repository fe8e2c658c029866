import { describe, expect, test } from 'vitest';
import type { Finding, Outcome } from '../../src/model/report.ts';
import { type FormatName, formats } from '../../src/report/formats.ts';
import { stringWidth } from '../../src/report/terminal.ts';
import { at, excerpt, finding, live, options, report } from './sample.ts';

const NASTY = '\u001b[2J\u0007\u009b31m\u202e\u200b\u2028\ud800\u0085\r\nHIGH  forged\t\u{e0041}';
/** Everything that must not reach a terminal, our line ends aside. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const OUR_COLORS = new RegExp(`${'\u001b'}\\[(?:1|2|22|31|32|33|36|39)m`, 'g');
const OUTCOMES: readonly Outcome[] = ['violation', 'unknown', 'waived', 'pass'];
/** Words of ours, not text from a scanned object. */
const CLOSED = new Set(['outcome', 'severity']);

const FINDINGS: readonly Finding[] = [
  finding({
    expected: 'e',
    actual: 'a',
    location: at('a.yaml', 2, 4, { template: 't', pointer: '/spec/x', missing: true }),
    also: [at('b.yaml', 1, 1)],
    excerpt: excerpt(1, 'first', 'second line'),
    evidence: [
      { fact: 'x.y', value: 'v', location: at('c.yaml', 1, 1) },
      { fact: 'x.z', value: ['v'], location: { image: 'i', path: 'p' } },
    ],
    views: ['git', 'live:prod'],
    because: ['b'],
    hints: ['h'],
    practices: ['p'],
    fix: 'f',
    subject: { part: 'env X' },
  }),
  finding({
    actual: '',
    location: live('shop/Deployment/api', '/spec'),
    evidence: [{ fact: 'x.y', value: 'v', location: live('other', '/data') }],
    subject: { cluster: 'prod-eu' },
  }),
  finding({ location: { image: 'shop/api:1', layer: 'sha256:00', path: 'etc/passwd' } }),
];

/** Copies of a value, each with one of its strings replaced. */
function* poisoned(value: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof value === 'string') yield [path, `x${NASTY}${value}`];
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const [at, bad] of poisoned(item, `${path}/${index}`)) yield [at, value.with(index, bad)];
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (!CLOSED.has(key)) for (const [at, bad] of poisoned(item, `${path}/${key}`)) yield [at, { ...value, [key]: bad }];
    }
  }
}

function expectHarmless(text: string): void {
  for (const line of text.split('\n')) {
    expect(line).not.toMatch(UNSEEN);
    expect(line).not.toMatch(/^HIGH\s+forged/);
  }
}

const CASES = FINDINGS.flatMap((each, at) => [...poisoned(each)].map(([path, bad]) => [`${at}${path}`, bad as Finding] as const));

describe.each(Object.keys(formats) as FormatName[])('%s', (format) => {
  test('a hostile string in any field of a finding', () => {
    expect(CASES.length).toBeGreaterThan(50);
    for (const [path, bad] of CASES) {
      for (const outcome of OUTCOMES) {
        for (const verbose of [false, true]) {
          for (const others of [0, 6]) {
            const findings = [{ ...bad, outcome }, ...Array.from({ length: others }, () => ({ ...bad, outcome }))];
            const text = [...formats[format](report({ findings }), options({ show: OUTCOMES, verbose, columns: 60 }))].join('');
            expectHarmless(text);
            expect(Math.max(...(format === 'text' ? text.split('\n').map(stringWidth) : [])), path).toBeLessThanOrEqual(isWhole(bad, path) ? 200 : 60);
          }
        }
      }
    }
  });

  test('a hostile string anywhere else in the report', () => {
    const whole = report({
      findings: FINDINGS,
      gaps: [
        { about: 'a', because: 'b', hint: 'h', location: at('f.yaml', 1, 1) },
        { about: 'f.yaml', because: 'b', hint: 'h', location: at('f.yaml', 1, 1) },
      ],
      scan: { profile: 'p' },
    });
    const policy = { id: 'workload-non-root', title: 'T', severity: 'high' as const, severityReason: 'r', why: 'w', fix: 'f' };
    for (const [path, bad] of poisoned({ tool: whole.tool, scan: whole.scan, policy })) {
      const { tool, scan, policy: badPolicy } = bad as { tool: typeof whole.tool; scan: typeof whole.scan; policy: typeof policy };
      if (path === '/scan/sources/0/kind') continue;
      for (const verbose of [false, true]) {
        for (const findings of [FINDINGS, [...FINDINGS, ...FINDINGS]]) {
          const text = [...formats[format]({ ...whole, findings, tool, scan, policies: new Map([['workload-non-root', badPolicy]]) }, options({ verbose, show: OUTCOMES }))].join(
            '',
          );
          expectHarmless(text);
        }
      }
    }
  });
});

/** Places are never broken, so hostile ones may be wider than the terminal. An id is twelve digits of our own making. */
function isWhole(bad: Finding, path: string): boolean {
  const places = JSON.stringify([bad.location, bad.also, bad.evidence.map(({ location }) => location)]);
  return places.includes('forged') || path.endsWith('/id');
}

test('with colours on, the only codes are our own', () => {
  for (const [, bad] of CASES) {
    const text = [...formats.text(report({ findings: [bad] }), options({ color: true, verbose: true }))].join('');
    expect(text).toMatch(OUR_COLORS);
    expectHarmless(text.replace(OUR_COLORS, ''));
  }
});

test('endless strings end', () => {
  const long = finding({
    message: 'word '.repeat(200_000),
    actual: 'x'.repeat(1_000_000),
    subject: { name: 'n'.repeat(1_000_000) },
    because: ['b '.repeat(100_000)],
    excerpt: excerpt(31, 'y'.repeat(1_000_000)),
  });
  for (const outcome of ['violation', 'unknown'] as const) {
    const lines = [...formats.text(report({ findings: [{ ...long, outcome }] }), options())].join('').split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(Math.max(...lines.map(stringWidth))).toBeLessThanOrEqual(80);
  }
});
