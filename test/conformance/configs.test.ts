import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readHba } from '../../src/server-config/pg-hba.ts';
import { readIdent } from '../../src/server-config/pg-ident.ts';
import { readPostgresConf } from '../../src/server-config/postgres-conf.ts';
import { isPostgresParameter } from '../../src/server-config/postgres-names.ts';
import { readRedisConf } from '../../src/server-config/redis-conf.ts';
import { isRedisDirective } from '../../src/server-config/redis-names.ts';
import { filesBelow, pathOf } from './corpora.ts';

/** The sample files that the projects ship, of every version that the collection has, and what they are known to set. */
const FOLDER = 'configs/shared/files';
const files = filesBelow(FOLDER);
const facts: Readonly<Record<string, Known>> = existsSync(pathOf('configs/defaults.facts.json')) ? JSON.parse(readFileSync(pathOf('configs/defaults.facts.json'), 'utf8')) : {};

interface Known {
  readonly active: Readonly<Record<string, readonly string[] | string>>;
  readonly directives?: readonly string[];
  readonly defaults?: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(pathOf(file), 'utf8');
/** Lines that say something: neither blank nor a comment. */
const lines = (text: string): number => text.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line)).length;

/** What is known of the version that a sample's path names: `redis/7.0/redis.conf` is of `redis 7.0.15`. */
function factsOf(file: string): Known | undefined {
  const [product = '', version = ''] = file.slice(FOLDER.length + 1).split('/');
  return Object.entries(facts).find(([name]) => name.startsWith(`${product} ${version.replace(/-.*/, '')}.`))?.[1];
}

describe.skipIf(files === undefined)('sample files of the projects', () => {
  const samples = files ?? [];
  const redis = samples.filter((file) => /(?:redis|valkey|sentinel)\.conf$/.test(file));
  const postgres = samples.filter((file) => file.endsWith('postgresql.conf.sample'));

  test('there are some of each', () => {
    expect([redis.length, postgres.length, samples.filter((file) => /pg_(?:hba|ident)/.test(file)).length].every((count) => count >= 3)).toBe(true);
  });

  test.each(redis)('%s is read without loss', (file) => {
    const text = read(file);
    const { directives, faults } = readRedisConf(text);
    expect(faults).toEqual([]);
    expect(directives.length).toBe(lines(text));
    expect(directives.filter(({ name }) => !isRedisDirective(name))).toEqual([]);
    const known = file.endsWith('sentinel.conf') ? undefined : factsOf(file);
    if (known === undefined) return;
    expect([...new Set(directives.map(({ name }) => name))].sort()).toEqual(known.directives);
    for (const [name, values] of Object.entries(known.active))
      expect(directives.filter((directive) => directive.name === name).map((directive) => directive.values.join(' '))).toEqual(values);
  });

  test.each(redis)('%s with its commented directives', (file) => {
    // What is commented out is mostly prose; what begins like a directive must be one, and none may be misread.
    const text = read(file).replaceAll(/^# ([a-z][a-z-]*(?: [^\s.,]+){1,3})$/gm, '$1');
    const known = readRedisConf(text).directives.filter(({ name }) => isRedisDirective(name));
    expect(known.length).toBeGreaterThan(readRedisConf(read(file)).directives.length);
  });

  test.each(postgres)('%s is read without loss', (file) => {
    const text = read(file);
    const { settings, faults } = readPostgresConf(text);
    expect(faults).toEqual([]);
    expect(settings.length).toBe(lines(text));
  });

  test.each(postgres)('%s with every default uncommented', (file) => {
    const text = read(file).replaceAll(/^#([a-z_]+ = )/gm, '$1');
    const { settings, faults } = readPostgresConf(text);
    expect(faults).toEqual([]);
    expect(settings.length).toBeGreaterThan(250);
    expect(settings.filter(({ name }) => !isPostgresParameter(name))).toEqual([]);
    const expected = Object.entries(factsOf(file)?.defaults ?? {});
    for (const [name, value] of expected) {
      const found = settings.find((setting) => setting.name === name);
      // The facts keep the quotes.
      expect([name, found?.value]).toEqual([name, value.replace(/^'(.*)'$/, '$1').replaceAll("''", "'")]);
    }
  });

  test.each(samples.filter((file) => /pg_hba\.conf/.test(file)))('%s', (file) => {
    // initdb fills these in.
    const text = read(file)
      .replaceAll(/@authmethod(?:local|host)@/g, 'trust')
      .replaceAll(/@(?:remove-line-for-nolocal|authcomment)@/g, '');
    const found = readHba(text);
    expect(found.faults).toEqual([]);
    expect(found.lines.length).toBe(lines(text));
    expect(found.lines.length).toBeGreaterThanOrEqual(6);
  });

  test.each(samples.filter((file) => /pg_ident\.conf/.test(file)))('%s', (file) => {
    expect(readIdent(read(file))).toEqual({ mappings: [], includes: [], faults: [] });
  });
});
