import { describe, expect, test } from 'vitest';
import { compose, type Subjects } from '../support.ts';
import { configMap, deployment, world } from './world.ts';

const asks = (subjects: Subjects): unknown => subjects.facts('datastore', ['requiresPassword'])['requiresPassword'];
const why = (subjects: Subjects): string | undefined => subjects.of('datastore')[0]?.absence('datastore.requiresPassword').because;

describe('a password that may come to nothing', () => {
  const redis = (reference: string, command = '["--requirepass", "$(PW)"]'): string =>
    deployment('redis', `image: redis:8.2.3\nargs: ${command}\nenv: [{name: PW, valueFrom: {secretKeyRef: ${reference}}}]`);

  test('an empty key of a Secret that was read is no password', () => {
    expect(asks(world(redis('{name: redis, key: pw}'), 'apiVersion: v1\nkind: Secret\nmetadata: {name: redis}\ndata: {pw: ""}\n'))).toBe(false);
    expect(asks(world(redis('{name: redis, key: pw}'), configMap('redis', { pw: 'long-and-random-enough' }, 'Secret')))).toBe(true);
  });

  test('a Secret that was not seen holds one, unless it may be left out', () => {
    expect(asks(world(redis('{name: redis, key: pw}')))).toBe(true);
    const optional = world(redis('{name: redis, key: pw, optional: true}'));
    expect(asks(optional)).toBe(undefined);
    expect(why(optional)).toBe('whether a password is set is not known: Secret redis is not part of this scan, and may be left out');
  });

  test.each<[string, string, boolean | undefined]>([
    ['a list keeps the empty word', '["redis-server", "--requirepass", "${PW}"]', undefined],
    ['between quotes, so does a text', `'redis-server --requirepass "\${PW}"'`, undefined],
    ['without them the argument is missing, and nothing starts', 'redis-server --requirepass ${PW}', true],
    ['compose demands it', '["redis-server", "--requirepass", "${PW:?}"]', true],
    ['compose puts nothing there', '["redis-server", "--requirepass", "${PW:-}"]', false],
  ])('compose: %s', (_, command, expected) => {
    expect(asks(compose(`services:\n  redis:\n    image: redis:8.2.3\n    command: ${command}\n`))).toBe(expected);
  });

  test.each<[string, string, boolean | undefined]>([
    ['is handed on as it is', 'exec redis-server --requirepass "$$PW"', undefined],
    ['decides whether the option is there', 'exec redis-server $${PW:+--requirepass $$PW}', undefined],
    ['has a word instead', 'exec redis-server --requirepass "$${PW:-fallback}"', undefined],
  ])('a variable that the caller sets %s', (_, script, expected) => {
    expect(asks(compose(`services:\n  redis:\n    image: redis:8.2.3\n    environment: [PW]\n    command: ["sh", "-c", ${JSON.stringify(script)}]\n`))).toBe(expected);
  });

  test('where a start script demands one, there is one', () => {
    const bitnami = (more: string): string => `services:\n  redis:\n    image: bitnamilegacy/redis:8.2\n    environment: {REDIS_PASSWORD: "\${PW}"${more}}\n`;
    expect(asks(compose(bitnami('')))).toBe(true);
    expect(asks(compose(bitnami(', ALLOW_EMPTY_PASSWORD: "yes"')))).toBe(undefined);
  });
});
