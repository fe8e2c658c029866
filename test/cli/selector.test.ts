import { expect, test } from 'vitest';
import { parseSelector } from '../../src/cli/selector.ts';

const LABELS = { app: 'web', 'app.kubernetes.io/name': 'api', tier: 'front', empty: '' };

// As k8s.io/apimachinery/pkg/labels documents them.
test.each<[string, boolean]>([
  ['', true],
  ['app', true],
  ['!app', false],
  ['nope', false],
  ['!nope', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app=db', false],
  ['app!=db', true],
  ['app!=web', false],
  ['nope!=x', true],
  ['nope=', false],
  ['empty=', true],
  ['app in (web,db)', true],
  ['app in(web)', true],
  ['app in ( db , web )', true],
  ['app in (db)', false],
  ['app notin (db)', true],
  ['app notin (web)', false],
  ['nope in (x)', false],
  ['nope notin (x)', true],
  ['app=web,tier=front', true],
  ['app=web, tier=back', false],
  ['app in (web,db),tier!=back,!nope', true],
  ['app.kubernetes.io/name=api', true],
])('%j: %s', (text, selected) => {
  expect(parseSelector(text)(LABELS)).toBe(selected);
});

test.each(['a b', 'a=b=c', 'in (a)', 'a in b', 'a in (b', '=', '!', '!a=b', 'a,(b)', 'a>'])('%j is none', (text) => {
  expect(() => parseSelector(text)).toThrow(`is no label selector`);
});

test('labels are whatever somebody wrote', () => {
  const labels = { app: { toString: 1 }, number: 5, yes: true, nothing: null, ['__proto__']: 'x' } as unknown as Record<string, string>;
  const selects = (text: string): boolean => parseSelector(text)(labels);
  expect([selects('app=web'), selects('app'), selects('app in (x)'), selects('app notin (x)')]).toEqual([false, true, false, true]);
  expect([selects('number=5'), selects('yes=true'), selects('nothing='), selects('toString'), selects('constructor=x')]).toEqual([true, true, true, false, false]);
});
