import { Optional } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { PolicyError } from '../../src/errors.ts';
import type { CompiledPolicy, Judgement, PolicySource } from '../../src/model/policy.ts';
import type { FactEntry, SubjectEntry } from '../../src/model/vocabulary.ts';
import { createCompiler } from '../../src/policy/compile.ts';
import { show, variableName } from '../../src/policy/judge.ts';
import { KubeVersion } from '../../src/policy/kube-version.ts';

class Thing {
  a: unknown;
  b: unknown;
  c: unknown;
  n: unknown;
  text: unknown;
  words: unknown;
  numbers: unknown;
  maybe: unknown;
  perhaps: unknown;
}
class Owner {
  isGood: unknown;
  kind: unknown;
}
class Namespace {
  name: unknown;
}

const fact = (type: FactEntry['type']): FactEntry => ({ type, says: '' });
const VOCABULARY: Readonly<Record<string, SubjectEntry>> = {
  thing: {
    says: '',
    from: [],
    parents: ['owner', 'namespace'],
    facts: {
      a: fact('bool'),
      b: fact('bool'),
      c: fact('bool'),
      n: fact('int'),
      text: fact('string'),
      words: fact('list<string>'),
      numbers: fact('list<int>'),
      maybe: fact('optional<int>'),
      perhaps: fact('optional<bool>'),
    },
  },
  owner: { says: '', from: [], parents: [], facts: { isGood: fact('bool'), kind: fact('string') } },
  namespace: { says: '', from: [], parents: [], facts: { name: fact('string') } },
};

const CLASSES = { thing: Thing, owner: Owner, namespace: Namespace };

function source(parts: Partial<PolicySource>): PolicySource {
  return {
    id: 'p',
    theme: 't',
    folder: 'policies/t/p',
    title: 'T',
    severity: 'high',
    subject: 'thing',
    require: 'true',
    message: 'M',
    why: 'W',
    fix: 'F',
    since: '0.1.0',
    ...parts,
  };
}

function compile(parts: Partial<PolicySource>, minor = 30): CompiledPolicy {
  return createCompiler(VOCABULARY, CLASSES, new KubeVersion(1, minor)).compile(source(parts), { check: true });
}

type Facts = Readonly<Record<string, unknown>>;

function scope(thing: Facts = {}, owner: Facts = { isGood: true, kind: 'Pod' }): Readonly<Record<string, unknown>> {
  return { thing: Object.assign(new Thing(), thing), owner: Object.assign(new Owner(), owner), ns: Object.assign(new Namespace(), { name: 'shop' }) };
}

const judge = (require: string, thing: Facts = {}, more: Partial<PolicySource> = {}): Judgement => compile({ require, ...more }).judge(scope(thing));

/** `✓` passes, `✗ facts` is violated by them, `? facts` is unknown for want of them, `–` does not apply. */
function told(judgement: Judgement): string {
  switch (judgement.outcome) {
    case 'pass':
      return '✓';
    case 'not-applicable':
      return '–';
    case 'violation':
      return `✗ ${judgement.broken.join(' ')}`.trim();
    case 'unknown':
      return `? ${judgement.absent.join(' ')}`.trim();
  }
}

const [T, F, U] = [true, false, undefined];

describe('three answers', () => {
  test.each<[string, boolean | undefined, string]>([
    ['thing.a', T, '✓'],
    ['thing.a', F, '✗ thing.a'],
    ['thing.a', U, '? thing.a'],
    ['!thing.a', T, '✗ thing.a'],
    ['!thing.a', F, '✓'],
    ['!thing.a', U, '? thing.a'],
    ['!!thing.a', U, '? thing.a'],
    ['thing.a == true', U, '? thing.a'],
    ['thing.a != false', U, '? thing.a'],
  ])('%s, a = %s: %s', (require, a, expected) => {
    expect(told(judge(require, { a }))).toBe(expected);
  });

  test.each<[string, boolean | undefined, boolean | undefined, string]>([
    ['thing.a && thing.b', T, T, '✓'],
    ['thing.a && thing.b', T, F, '✗ thing.b'],
    ['thing.a && thing.b', F, T, '✗ thing.a'],
    ['thing.a && thing.b', F, F, '✗ thing.a thing.b'],
    ['thing.a && thing.b', T, U, '? thing.b'],
    ['thing.a && thing.b', U, T, '? thing.a'],
    ['thing.a && thing.b', F, U, '✗ thing.a'],
    ['thing.a && thing.b', U, F, '✗ thing.b'],
    ['thing.a && thing.b', U, U, '? thing.a thing.b'],
    ['thing.a || thing.b', T, T, '✓'],
    ['thing.a || thing.b', T, F, '✓'],
    ['thing.a || thing.b', F, T, '✓'],
    ['thing.a || thing.b', F, F, '✗ thing.a thing.b'],
    ['thing.a || thing.b', T, U, '✓'],
    ['thing.a || thing.b', U, T, '✓'],
    ['thing.a || thing.b', F, U, '? thing.b'],
    ['thing.a || thing.b', U, F, '? thing.a'],
    ['thing.a || thing.b', U, U, '? thing.a thing.b'],
    ['!(thing.a && thing.b)', U, F, '✓'],
    ['!(thing.a && thing.b)', U, T, '? thing.a'],
    ['!(thing.a || thing.b)', U, T, '✗ thing.a thing.b'],
    ['!(thing.a || thing.b)', U, F, '? thing.a'],
    ['thing.a == thing.b', T, U, '? thing.b'],
    ['thing.a == thing.b', F, F, '✓'],
    // A fact that two conditions read is one fact.
    ['thing.a == true && thing.a != false && thing.b', F, T, '✗ thing.a'],
    ['(thing.a || thing.b) && thing.a', F, F, '✗ thing.a thing.b'],
    ['(thing.a || thing.b) && (thing.b || thing.a)', U, F, '? thing.a'],
    ['thing.a || thing.b && thing.b', U, F, '? thing.a'],
  ])('%s, a = %s, b = %s: %s', (require, a, b, expected) => {
    expect(told(judge(require, { a, b }))).toBe(expected);
  });

  test.each<[string, boolean | undefined, boolean | undefined, boolean | undefined, string]>([
    ['thing.a ? thing.b : thing.c', T, T, F, '✓'],
    ['thing.a ? thing.b : thing.c', T, F, T, '✗ thing.a thing.b thing.c'],
    ['thing.a ? thing.b : thing.c', F, F, T, '✓'],
    ['thing.a ? thing.b : thing.c', T, U, T, '? thing.b'],
    ['thing.a ? thing.b : thing.c', T, T, U, '✓'],
    ['thing.a ? thing.b : thing.c', F, T, U, '? thing.c'],
    // Whichever way it went, it would hold; the rule language does not look that far, and unknown is never wrong.
    ['thing.a ? thing.b : thing.c', U, T, T, '? thing.a'],
    ['thing.a ? thing.b : thing.c', U, F, T, '? thing.a'],
    ['thing.a && thing.b && thing.c', U, T, F, '✗ thing.c'],
    ['thing.a && thing.b && thing.c', U, U, T, '? thing.a thing.b'],
    ['(thing.a && thing.b) && thing.c', T, F, T, '✗ thing.b'],
    ['thing.a && (thing.b && thing.c)', T, F, F, '✗ thing.b thing.c'],
    ['thing.a && (thing.b || thing.c)', T, F, F, '✗ thing.b thing.c'],
    ['thing.a && (thing.b || thing.c)', T, U, F, '? thing.b'],
    ['thing.a && (thing.b ? thing.c : true)', T, T, F, '✗ thing.b thing.c'],
  ])('%s, a = %s, b = %s, c = %s: %s', (require, a, b, c, expected) => {
    expect(told(judge(require, { a, b, c }))).toBe(expected);
  });

  test.each<[string, Facts, string]>([
    ['thing.words.all(w, w == "k")', { words: ['k', 'k'] }, '✓'],
    ['thing.words.all(w, w == "k")', { words: [] }, '✓'],
    ['thing.words.all(w, w == "k")', { words: ['k', 'z'] }, '✗ thing.words'],
    ['thing.words.all(w, w == "k")', {}, '? thing.words'],
    ['thing.words.all(w, w == "k" || thing.a)', { words: ['k'] }, '✓'],
    ['thing.words.all(w, w == "k" || thing.a)', { words: ['k', 'z'] }, '? thing.a'],
    ['thing.words.all(w, w == "k" && thing.a)', { words: ['k', 'z'] }, '✗ thing.words thing.a'],
    ['thing.words.exists(w, w == "k")', { words: ['z', 'k'] }, '✓'],
    ['thing.words.exists(w, w == "k")', { words: [] }, '✗ thing.words'],
    ['thing.words.exists(w, w == "k")', {}, '? thing.words'],
    ['thing.words.exists(w, w == "k" && thing.a)', { words: ['z'] }, '✗ thing.words thing.a'],
    ['thing.words.exists(w, w == "k" && thing.a)', { words: ['z', 'k'] }, '? thing.a'],
    ['thing.words.exists(w, w == "k" || thing.a)', { words: ['z', 'k'] }, '✓'],
    ['"k" in thing.words', { words: ['k'] }, '✓'],
    ['"k" in thing.words', {}, '? thing.words'],
    ['thing.text in ["", "k"]', { text: '' }, '✓'],
    ['thing.text in ["", "k"]', {}, '? thing.text'],
    ['thing.words.size() == 0', { words: [] }, '✓'],
    ['thing.words.size() == 0', {}, '? thing.words'],
    ['thing.text.startsWith("a")', {}, '? thing.text'],
    ['thing.n > 5', { n: 6n }, '✓'],
    ['thing.n > 5', {}, '? thing.n'],
    ['5 in thing.numbers', { numbers: [5n] }, '✓'],
    ['thing.maybe.orValue(1) != 0', { maybe: Optional.none() }, '✓'],
    ['thing.maybe.orValue(1) != 0', { maybe: Optional.of(0n) }, '✗ thing.maybe'],
    ['thing.maybe.orValue(1) != 0', {}, '? thing.maybe'],
    ['thing.maybe.hasValue()', {}, '? thing.maybe'],
    ['thing.perhaps.orValue(false)', { perhaps: Optional.of(true) }, '✓'],
    ['optional.of(thing.a).orValue(true)', {}, '? thing.a'],
    ['owner.isGood && ns.name == "shop"', {}, '✓'],
    ['true', {}, '✓'],
    ['false', {}, '✗'],
  ])('%s of %o: %s', (require, thing, expected) => {
    expect(told(judge(require, thing))).toBe(expected);
  });

  test.each<[boolean | undefined, boolean | undefined, string]>([
    // when, require
    [T, T, '✓'],
    [T, F, '✗ thing.b'],
    [T, U, '? thing.b'],
    [F, T, '–'],
    [F, F, '–'],
    [F, U, '–'],
    [U, T, '✓'],
    [U, F, '? thing.a'],
    [U, U, '? thing.a thing.b'],
  ])('when = %s, require = %s: %s', (a, b, expected) => {
    expect(told(judge('thing.b', { a, b }, { when: 'thing.a' }))).toBe(expected);
  });

  test('of a when, only what is absent is named', () => {
    expect(told(judge('thing.c', { a: true, c: false }, { when: 'thing.a && thing.b' }))).toBe('? thing.b');
  });

  test('a parent that has no facts here is an unknown, not a crash', () => {
    expect(told(compile({ require: 'owner.isGood' }).judge({ thing: new Thing(), owner: undefined }))).toBe('? owner.isGood');
    expect(told(compile({ require: 'owner.isGood' }).judge({ thing: new Thing() }))).toBe('? owner.isGood');
  });
});

describe('a sentence is split where `&&` holds it together, and stays what it was', () => {
  test.each<[string, Facts, string]>([
    ['parentheses', { n: 1n, a: false }, 'thing.a && thing.n - (thing.n - 1) == 1'],
    ['sums in parentheses', { n: 1n, a: false }, 'thing.a && 10 - (2 + thing.n) == 7'],
    ['products in parentheses', { n: 7n, a: false }, 'thing.a && 2 * (thing.n % 4) == 6'],
    ['comparisons in parentheses', { n: 1n, a: false }, 'thing.a && (thing.n == 1) == (2 > 1)'],
    ['negation', { n: 1n, a: false }, 'thing.a && !(thing.n == 2) && -(thing.n) == -1'],
    ['ternaries', { n: 1n, a: false }, 'thing.a && (thing.n == 1 ? true : false) && (thing.n == 2 ? false : thing.n == 1)'],
    ['quotes', { text: 'a"b', a: false }, `thing.a && thing.text == 'a"b' && thing.text == "a\\"b"`],
    ['escapes', { text: 'a\nb\t\\', a: false }, 'thing.a && thing.text == "a\\nb\\t\\\\"'],
    ['raw strings', { text: '\\d', a: false }, 'thing.a && thing.text == r"\\d"'],
    ['letters beyond ASCII', { text: 'é–😀', a: false }, 'thing.a && thing.text == "é–😀"'],
    ['brackets in strings', { text: '(&& )', a: false }, 'thing.a && thing.text == "(&& )"'],
    ['lists and maps', { n: 1n, a: false }, 'thing.a && thing.n in [1, 2] && {"k": 1}.k == 1 && [1, 2][0] == 1'],
    ['macros', { words: ['x'], a: false }, 'thing.a && thing.words.all(w, w == "x" && true) && thing.words.map(w, w + "!").exists(w, w == "x!")'],
    ['small numbers', { n: 1n, a: false }, 'thing.a && 0.0000000001 < 0.000000001 && 1e10 > 1.0'],
    ['several lines', { n: 1n, a: false }, 'thing.a\n&& thing.n == 1\n&& (\n  thing.n == 1\n)'],
  ])('%s', (_, thing, require) => {
    expect(told(judge(require, thing))).toBe('✗ thing.a');
  });
});

describe('lets', () => {
  test.each<[string, Record<string, string>, string, Facts, string]>([
    ['one', { good: 'thing.a' }, 'good', { a: true }, '✓'],
    ['it is what it was, whatever stands beside it', { either: 'thing.a || thing.b' }, 'either && thing.c', { a: true, b: false, c: false }, '✗ thing.c'],
    ['used twice', { x: 'thing.n' }, 'x == 1 && x < 2', { n: 1n }, '✓'],
    ['one that uses another', { low: '3', isLow: 'thing.n < low' }, 'isLow', { n: 2n }, '✓'],
    ['three deep', { p: 'thing.a', q: '!p', r: '!q' }, 'r', { a: true }, '✓'],
    ['its facts are those of the sentence', { q: 'thing.a', r: 'q && thing.b' }, 'r', { a: true, b: false }, '✗ thing.b'],
    ['its absent facts as well', { q: 'thing.a' }, 'q', {}, '? thing.a'],
    ['in a string it is text', { good: 'thing.a' }, 'thing.text == "good" && good', { text: 'good', a: true }, '✓'],
    ['after a dot it is a fact', { text: 'thing.a' }, 'thing.text == "x" && text', { text: 'x', a: true }, '✓'],
    ['a loop variable of that name hides it', { w: 'thing.a' }, 'thing.words.all(w, w == "x")', { words: ['x'] }, '✓'],
    ['only inside of the loop', { w: 'thing.a' }, 'thing.words.all(w, w == "x") && w', { words: ['x'], a: false }, '✗ thing.a'],
    ['not in the list that is looped over', { w: 'thing.words' }, 'w.all(w, w == "x")', { words: ['x'] }, '✓'],
    ['inside of another let', { w: 'thing.a', all: 'thing.words.all(w, w == "x")' }, 'all && w', { words: ['x'], a: true }, '✓'],
    ['in a loop', { known: '["x", "y"]' }, 'thing.words.all(w, w in known)', { words: ['x'] }, '✓'],
    ['in cel.bind', { w: 'thing.a' }, 'cel.bind(w, thing.text, w == "x") && w', { text: 'x', a: false }, '✗ thing.a'],
    ['one that a later one does not know', { q: 'thing.a' }, 'thing.b', { b: true }, '✓'],
  ])('%s', (_, lets, require, thing, expected) => {
    expect(told(judge(require, thing, { let: lets }))).toBe(expected);
  });

  test('in when and in templates', () => {
    const policy = compile({ let: { good: 'thing.a' }, when: 'good', require: 'thing.b', message: 'it is {good}' });
    expect(told(policy.judge(scope({ a: false })))).toBe('–');
    expect(policy.phrase('message', scope({ a: true }))).toBe('it is true');
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['itself', { q: 'q' }, /there is no "q"/],
    ['each other', { q: 'r', r: 'q' }, /there is no "r"/],
    ['a later one', { q: 'r', r: 'thing.a' }, /there is no "r"/],
    ['what is no sentence', { q: 'thing.a &&' }, /let\.q/],
    ['a subject’s name', { thing: 'true', q: 'true' }, /let\.thing: .*subject/],
  ])('refers to %s: refused', (_, lets, message) => {
    expect(() => compile({ let: lets, require: 'q' })).toThrow(message);
  });

  test('thirty that double each other are refused before they fill the memory', () => {
    const lets = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`l${index}`, index === 0 ? 'thing.a' : `l${index - 1} && l${index - 1}`]));
    expect(() => compile({ let: lets, require: 'l39' })).toThrow(PolicyError);
  });
});

describe('templates', () => {
  test.each<[string, string, Facts, string]>([
    ['text', 'a plain text', {}, 'a plain text'],
    ['a fact', 'it is {thing.text}', { text: 'x' }, 'it is x'],
    ['several', '{thing.n} of {thing.text}', { n: 3n, text: 'x' }, '3 of x'],
    ['absent', 'it is {thing.text}', {}, 'it is unknown'],
    ['empty', 'it is {thing.text}', { text: '' }, 'it is not set'],
    ['a bool', '{thing.a}', { a: false }, 'false'],
    ['a list', '{thing.words}', { words: ['a', 'b'] }, 'a, b'],
    ['an empty list', '{thing.words}', { words: [] }, 'none'],
    ['numbers', '{thing.numbers}', { numbers: [1n, 2n] }, '1, 2'],
    ['set', '{thing.maybe}', { maybe: Optional.of(7n) }, '7'],
    ['not set', '{thing.maybe}', { maybe: Optional.none() }, 'not set'],
    ['a choice', '{thing.a ? "yes" : "no"}', { a: true }, 'yes'],
    ['the version', 'v{kubeVersion}', {}, 'v1.30'],
    ['part of the version', 'v1.{kubeVersion.minor}', {}, 'v1.30'],
    ['white space around', '\n  it is {thing.text}\n', { text: 'x' }, 'it is x'],
    ['in the text it stays', 'a  b\n  c', {}, 'a  b\n  c'],
    ['a parent', '{owner.kind} in {ns.name}', {}, 'Pod in shop'],
  ])('%s', (_, message, thing, expected) => {
    expect(compile({ message }).phrase('message', scope(thing))).toBe(expected);
  });

  test('what is not given is empty', () => {
    expect(compile({}).phrase('expected', scope())).toBe('');
  });

  test.each([
    [undefined, 'unknown'],
    ['', 'not set'],
    [0n, '0'],
    [false, 'false'],
    [[], 'none'],
    [['a', ''], 'a, not set'],
    [Optional.none(), 'not set'],
    [Optional.of(false), 'false'],
  ])('%o is told as %s', (value, expected) => {
    expect(show(value)).toBe(expected);
  });
});

describe('the version of Kubernetes', () => {
  test.each<[number, string, string]>([
    [24, 'kubeVersion.minor < 25', '✓'],
    [25, 'kubeVersion.minor < 25', '✗'],
    [30, 'kubeVersion.major == 1', '✓'],
    [30, 'kubeVersion.minor >= 25 && thing.a', '✗ thing.a'],
  ])('1.%i: %s: %s', (minor, require, expected) => {
    expect(told(compile({ require }, minor).judge(scope({ a: false })))).toBe(expected);
  });

  test('it is not a fact', () => {
    expect(compile({ require: 'thing.a && kubeVersion.minor > 1' }).reads).toEqual(['thing.a']);
  });
});

describe('what a sentence reads', () => {
  test.each<[string, string[]]>([
    ['thing.b && thing.a', ['thing.b', 'thing.a']],
    ['thing.a && thing.a', ['thing.a']],
    ['thing.words.all(w, w == thing.text)', ['thing.words', 'thing.text']],
    ['thing.a ? thing.b : owner.isGood', ['thing.a', 'thing.b', 'owner.isGood']],
    ['ns.name == "x"', ['ns.name']],
    ['thing.maybe.orValue(1) == 1', ['thing.maybe']],
    ['!(thing.n in [1, 2])', ['thing.n']],
    ['{"k": thing.text}.k == "x"', ['thing.text']],
    ['true', []],
  ])('%s reads %j', (require, expected) => {
    expect(compile({ require }).reads).toEqual(expected);
  });
});

describe('what is refused when it is loaded', () => {
  test.each<[string, Partial<PolicySource>, string, string, string]>([
    // parts, field, words of the message, what the caret points at
    ['has()', { require: 'has(thing.a)' }, 'require', 'has()', 'has(thing.a)'],
    ['has() in the middle', { require: 'thing.b || has(thing.a)' }, 'require', 'has()', 'has(thing.a)'],
    ['.?', { require: 'thing.?a.orValue(true)' }, 'require', '.?', 'thing.?a'],
    ['[?', { require: 'thing.words[?0].hasValue()' }, 'require', '.?', 'thing.words[?0]'],
    ['matches()', { require: 'thing.text.matches("a+")' }, 'require', 'matches()', 'thing.text.matches("a+")'],
    ['matches() as a function', { require: 'matches(thing.text, "a+")' }, 'require', 'matches()', 'matches(thing.text, "a+")'],
    ['dyn()', { require: 'dyn(thing.a) == 1' }, 'require', 'dyn()', 'dyn(thing.a)'],
    ['brackets', { require: 'thing["a"]' }, 'require', 'write .a', 'thing["a"]'],
    ['brackets around a name that is put together', { require: 'thing["a" + ""] == true' }, 'require', 'brackets', 'thing["a" + ""]'],
    ['brackets behind a choice', { require: '(true ? thing : thing)["a" + ""] == true' }, 'require', 'brackets', ''],
    ['a fact that there is not', { require: 'thing.aa' }, 'require', 'there is no fact "aa"', 'aa'],
    ['a fact that there is not, absorbed', { require: 'thing.a || thing.aa' }, 'require', 'there is no fact "aa"', 'aa'],
    ['a fact that there is not, in a loop', { require: 'thing.words.all(w, thing.aa)' }, 'require', 'there is no fact "aa"', 'aa'],
    ['a fact of Object', { require: 'thing.constructor == "x"' }, 'require', 'there is no fact "constructor"', 'constructor'],
    ['a fact that there nearly is', { require: 'thing.txet == "x"' }, 'require', 'there is no fact "txet" here; did you mean text? (see docs/facts.md)', 'txet'],
    ['a fact of another subject', { require: 'thing.isGood' }, 'require', 'there is no fact "isGood"', 'isGood'],
    ['a variable that there is not', { require: 'other.a' }, 'require', 'there is no "other" in scope of this subject, only thing, owner', 'other'],
    ['a variable that is not in scope', { subject: 'owner', require: 'thing.a' }, 'require', 'there is no "thing"', 'thing'],
    ['namespace by its reserved name', { require: 'namespace.name == "x"' }, 'require', 'namespace', 'namespace'],
    ['no bool', { require: 'thing.text' }, 'require', 'yes or no', 'thing.text'],
    ['no bool in when', { when: 'thing.n' }, 'when', 'yes or no', 'thing.n'],
    ['an optional in place of a bool', { require: 'thing.perhaps' }, 'require', 'yes or no', 'thing.perhaps'],
    ['types that do not fit', { require: 'thing.n == "1"' }, 'require', '==', 'thing.n == "1"'],
    ['types that do not fit, in a list', { require: 'thing.n in ["1"]' }, 'require', 'in', 'thing.n in ["1"]'],
    ['a function that there is not', { require: 'thing.text.frobnicate()' }, 'require', 'frobnicate', 'thing.text.frobnicate()'],
    ['half a sentence', { require: 'thing.a &&' }, 'require', '', ''],
    ['an open bracket', { require: '(thing.a' }, 'require', '', ''],
    ['a template', { message: 'it is {thing.aa}' }, 'message', 'there is no fact "aa"', 'aa'],
    ['a template in half', { expected: 'it is {thing.a &&}' }, 'expected', '', ''],
    ['a template that is not closed', { actual: 'it is {thing.a' }, 'actual', '{', ''],
    ['a template that is not opened', { actual: 'it is thing.a}' }, 'actual', '}', ''],
    ['an unsafe template', { actual: '{has(thing.a) ? "x" : "y"}' }, 'actual', 'has()', 'has(thing.a)'],
    ['a place that is no fact', { at: 'thing' }, 'at', 'one fact', 'thing'],
    ['a place that is two', { at: 'thing.a && thing.b' }, 'at', 'one fact', 'thing.a && thing.b'],
    ['a place with a slip', { at: 'thing.aa' }, 'at', 'there is no fact "aa"', 'aa'],
    ['a place that asks', { at: 'thing.n > 1' }, 'at', 'one fact', 'thing.n > 1'],
    ['a let', { let: { x: 'thing.aa' }, require: 'x' }, 'require', 'there is no fact "aa"', 'aa'],
    ['a place several lines down', { require: 'thing.a\n  && thing.b\n  && thing.aa' }, 'require', 'there is no fact "aa"', 'aa'],
  ])('%s', (_, parts, field, words, marked) => {
    const message = messageOf(() => compile(parts));
    const [head = '', line = '', caret = ''] = message.split('\n');
    expect(head.startsWith(`policies/t/p: ${field}: `)).toBe(true);
    expect(head).toContain(words);
    if (marked === '') return;
    expect(caret).toMatch(/^ *\^+$/);
    expect(line.slice(caret.indexOf('^'), caret.length)).toBe(marked);
  });

  test.each<[string, Partial<PolicySource>, RegExp]>([
    ['a subject that there is not', { subject: 'thingy' }, /^policies\/t\/p: subject: there is no subject "thingy"; there are thing, owner, namespace/],
    ['a subject of Object', { subject: 'constructor' }, /there is no subject "constructor"/],
    ['a severity that there is not', { severity: 'fatal' as never }, /^policies\/t\/p: severity: there is no severity "fatal"/],
    ['half a sentence has a caret, too', { require: 'thing.a &&' }, /\n {4}thing\.a &&\n {4} +\^/],
  ])('%s', (_, parts, message) => {
    expect(() => compile(parts)).toThrow(PolicyError);
    expect(() => compile(parts)).toThrow(message);
  });

  test('what was checked when it was built is not checked again, and fails when it is used', () => {
    const policy = createCompiler(VOCABULARY, CLASSES, new KubeVersion(1, 30)).compile(source({ require: 'thing.aa' }), { check: false });
    expect(() => policy.judge(scope())).toThrow(PolicyError);
  });
});

describe('a derivation that breaks its word is a crash, and never an unknown', () => {
  test.each<[string, string, Facts]>([
    ['a string for a bool', 'thing.a', { a: 'true' }],
    ['a number for an int', 'thing.n == 1', { n: 1 }],
    ['null', 'thing.a', { a: null }],
    ['a string for a list', '"x" in thing.words', { words: 'x' }],
    ['a value for an optional', 'thing.maybe.hasValue()', { maybe: 7n }],
    ['in when as well', 'thing.b', { a: 'true', b: true }],
  ])('%s', (name, require, thing) => {
    const more = name.startsWith('in when') ? { when: 'thing.a' } : {};
    expect(() => judge(require, thing, more)).toThrow(/is not of type/);
  });
});

describe('a sentence that fails on what it reads', () => {
  test.each<[string, string, Facts]>([
    ['a value where none is', 'thing.maybe.value() == 1', { maybe: Optional.none() }],
    ['an index beyond the end', 'thing.words[5] == "x"', { words: [] }],
    ['a division by zero', '1 / thing.n == 1', { n: 0n }],
  ])('%s proves nothing', (_, require, thing) => {
    expect(told(judge(require, thing))).toBe('?');
  });
});

test('the variable of a namespace has another name, for that one is reserved', () => {
  expect([variableName('namespace'), variableName('container')]).toEqual(['ns', 'container']);
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}
