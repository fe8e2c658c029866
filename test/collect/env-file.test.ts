import { describe, expect, test } from 'vitest';
import { readEnvFile } from '../../src/collect/env-file.ts';
import { TextFile } from '../../src/collect/text-file.ts';

const read = (text: string, options: Parameters<typeof readEnvFile>[1] = {}) => readEnvFile(new TextFile('.env', text), options);
const plain = (value: object) => Object.fromEntries(Object.entries(value));

describe('reads NAME=value as docker compose does', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['plain', 'A=1\nB = two words \n', { A: '1', B: 'two words' }],
    ['Windows line ends and a byte order mark', '\ufeffA=1\r\nB=2\r\nC\r\n', { A: '1', B: '2', C: null }],
    ['comments and empty lines', '# A=0\n\n   # x\nA=1', { A: '1' }],
    ['a comment needs a blank before it', 'A=1 # no\nB=1# yes\nC=a#b c #d', { A: '1', B: '1# yes', C: 'a#b c' }],
    ['nothing but a comment is nothing', 'A= # set me\nB=\nC=#x', { A: '', B: '', C: '#x' }],
    ['export', 'export A=1\nexport\tB=2\nexported=3', { A: '1', B: '2', exported: '3' }],
    ['a colon will do', 'A: 1\nB:2', { A: '1', B: '2' }],
    ['a name alone is passed on', 'A\nB=1\nB', { A: null, B: '1' }],
    ['single quotes are literal', "A='$X # \\n \"q\"'  # c\nB='it\\'s'", { A: '$X # \\n "q"', B: "it's" }],
    ['double quotes have escapes', 'A="a\\nb\\t\\"c\\" \\\\ \\$X # d" # e', { A: 'a\nb\t"c" \\ $X # d' }],
    ['octal escapes', 'A="\\0123"', { A: 'S' }],
    ['quoted values go on for lines', 'A="one\ntwo"\nB=\'x\n# y\n\'\nC=3', { A: 'one\ntwo', B: 'x\n# y\n', C: '3' }],
    ['earlier names are filled in', 'A=1\nB=$A-${A}-${N:-d}\nC="$A"\nD=\'$A\'', { A: '1', B: '1-1-d', C: '1', D: '$A' }],
    ['later and unknown ones stay as references', 'A=$B\nB=1\nC=pa$word', { A: '${B}', B: '1', C: 'pa${word}' }],
    ['a broken reference stays', 'A=${oops', { A: '${oops' }],
    ['the last value counts', 'A=1\nA=2', { A: '2' }],
    ['a quote goes on to the next one, wherever that is', 'A="open\nB=2\nC="x"', { A: 'open\nB=2\nC=' }],
    ['an unclosed last quote is text', "A='open\nB=2", { A: "'open", B: '2' }],
    ['lines that compose refuses are passed over', 'not a pair\n=x\n[section]\n%=1\nA=1', { '[section]': null, A: '1' }],
    ['names of other dialects', 'spring.data-url=x\nÄ=1', { 'spring.data-url': 'x', Ä: '1' }],
    ['empty', '', {}],
  ])('%s', (_, text, expected) => {
    expect(plain(read(text).value)).toEqual(expected);
  });

  test('raw format takes everything literally', () => {
    const text = 'A="x" # y\n  B=$A \n# c\nC\n';
    expect(plain(read(text, { format: 'raw' }).value)).toEqual({ A: '"x" # y', B: '$A ', C: null });
  });

  test('whoever starts the container wins over the file, and supplies names without a value', () => {
    const lookup = (name: string) => ({ A: 'outer', K: 'k' })[name];
    expect(plain(read('A=1\nB=$A\nK\n', { lookup }).value)).toEqual({ A: '1', B: 'outer', K: 'k' });
  });

  test('hostile names are names', () => {
    const { value } = read('__proto__=x\nconstructor=y\n');
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(value['constructor']).toBe('y');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('names that multiply each other do not fill memory', () => {
    const text = `A=${'a'.repeat(1000)}\n${'A=$A$A$A$A\n'.repeat(500)}`;
    expect(String(read(text).value['A']).length).toBeLessThan(1_000_000);
  });
});

describe('origin', () => {
  const file = read('# x\nA=1\nB="one\ntwo"\n  export A=2\n');

  test.each<[string, (string | number)[], number, number, boolean]>([
    ['the last line of a name', ['A'], 5, 10, false],
    ['the first line of a long value', ['B'], 3, 1, false],
    ['what is not there', ['C'], 1, 1, true],
    ['the file', [], 1, 1, false],
  ])('finds %s', (_, path, line, column, missing) => {
    expect(file.origin.locate(path)).toMatchObject({ file: '.env', line, column, missing });
  });

  test('names the duplicates', () => {
    expect(read('A=1\nB=1\nA=2\nA=3').duplicateKeys).toEqual([{ path: ['A'], key: 'A' }]);
  });

  test.each<[string, string]>([
    ['a password', 'DB_PASSWORD=hunter2'],
    ['a password with blanks, commas and quotes', 'DB_PASSWORD="hunter2, \'hunter2\' hunter2"'],
    ['one over many lines', 'DB_PASSWORD="\nhunter2\nhunter2\n"'],
    ['a URL under a harmless name', 'DB=postgres://app:hunter2@db/app'],
    ['a key without quotes', 'K=-----BEGIN RSA PRIVATE KEY-----\nhunter2\nhunter2\n-----END RSA PRIVATE KEY-----'],
    ['a value that was commented out', '# DB_PASSWORD=hunter2, hunter2'],
    ['a value twice', 'API_TOKEN=hunter2\nAPI_TOKEN=hunter2b'],
  ])('shows no line with %s', (_, text) => {
    const secret = read(`${text}\nNEXT=visible\n`);
    const shown = [1, 2, 3, 4].flatMap((line) => secret.origin.excerpt({ file: '.env', line, column: 1, pointer: '', missing: false }));
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(JSON.stringify(shown)).toContain('visible');
  });

  test('shows what is no secret', () => {
    expect(file.origin.excerpt(file.origin.locate(['B'])).map(({ text }) => text)).toEqual(['# x', 'A=1', 'B="one', 'two"', '  export A=2']);
  });
});
