import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Sealed } from '../src/sealed.ts';

const SECRET = 'correct-horse-battery-staple';
const sealed = new Sealed(SECRET);

describe('it gives nothing away', () => {
  const written: readonly (readonly [string, unknown])[] = [
    ['String()', String(sealed)],
    ['toString()', sealed.toString()],
    ['a template', `${sealed}`],
    ['concatenation', `x ${sealed}`.concat(sealed as unknown as string)],
    ['the + sign', [sealed as unknown as string].reduce((text, each) => text + each, 'x')],
    ['as a number', String(Number(sealed))],
    ['as a key', JSON.stringify({ [sealed as unknown as string]: 1 })],
    ['JSON', JSON.stringify(sealed)],
    ['JSON, inside', JSON.stringify({ a: [sealed] }, undefined, 2)],
    ['inspect', inspect(sealed)],
    ['inspect of everything', inspect({ a: [sealed] }, { showHidden: true, depth: 10, getters: true, customInspect: false })],
    ['format, as console.log does', format('%s %o %O %j %d', sealed, sealed, sealed, sealed, sealed)],
    ['Object.entries', JSON.stringify(Object.entries(sealed))],
    ['Object.getOwnPropertyNames', JSON.stringify(Object.getOwnPropertyNames(sealed))],
    ['Reflect.ownKeys', Reflect.ownKeys(sealed).map(String).join()],
    ['a spread', JSON.stringify({ ...sealed })],
    ['Object.assign', JSON.stringify(Object.assign({}, sealed))],
    ['structuredClone', inspect(structuredClone(sealed))],
    [
      'a for loop',
      (() => {
        let seen = '';
        for (const key in sealed) seen += key;
        return seen;
      })(),
    ],
    ['an error', new Error('x', { cause: sealed }).stack],
    ['an error that carries it', inspect(new Error(`bad ${sealed}`, { cause: sealed }))],
    ['join', [sealed, sealed].join()],
    ['localeString', sealed.toLocaleString()],
  ];

  test.each(written)('%s', (_, text) => {
    for (const form of [SECRET, Buffer.from(SECRET).toString('base64'), encodeURIComponent(SECRET), Buffer.from(SECRET).toString('hex')]) expect(String(text)).not.toContain(form);
  });

  test.each(['String()', 'a template', 'JSON', 'inspect', 'as a key', 'join'])('%s shows the mask', (name) => {
    expect(String(written.find(([each]) => each === name)?.[1])).toContain('•••');
  });

  test('neither copies nor listings get a feature', () => {
    expect(Object.entries(sealed)).toEqual([]);
    expect({ ...sealed }).toEqual({});
    expect(structuredClone(sealed)).toEqual({});
  });

  test('nothing in it can be replaced to see what comes in', () => {
    expect(Object.keys(Object.getOwnPropertyDescriptors(sealed))).toEqual([]);
  });
});

describe('what it offers', () => {
  test('equality within a run', () => {
    expect(sealed.equals(new Sealed(SECRET))).toBe(true);
    expect(sealed.equals(new Sealed(`${SECRET} `))).toBe(false);
    expect(new Sealed('').equals(new Sealed(''))).toBe(true);
  });

  test('length', () => {
    expect([new Sealed('').length, sealed.length, new Sealed('ümläut').length]).toEqual([0, SECRET.length, 6]);
  });

  test('how hard it is to find out', () => {
    expect([new Sealed(' postgres ').isGuessable, sealed.isGuessable, new Sealed('').isGuessable]).toEqual([true, false, false]);
    expect([new Sealed('short').isLongEnough, sealed.isLongEnough, new Sealed('kV3n9Lq2xZp8Rt').isLongEnough]).toEqual([false, true, undefined]);
  });

  test('what a generator makes is new each time, and as long as it was asked for', () => {
    const generated = Sealed.generated(24);
    expect([generated.length, generated.isGuessable, generated.isLongEnough]).toEqual([24, false, true]);
    expect(generated.equals(Sealed.generated(24))).toBe(false);
  });
});
