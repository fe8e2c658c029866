import { expect, test } from 'vitest';
import { PLACES, SHAPES } from '../src/secret-places.ts';

/** For each place, what would be written there with nothing that need not be. */
const WRITTEN: readonly string[] = [
  'a://:hunter2@',
  'mysql://:hunter2@',
  'authorization:bearer hunter22',
  '?pwd=hunter2',
  'pwd=hunter2',
  '//a/:_auth=hunter2',
  '{"pw":"hunter2"}',
  "-pw','hunter2'",
  '-Hpw:hunter22',
  'redis-cli -a hunter2',
  'mysql -phunter2',
  'mongo -p hunter2',
  'docker login -p hunter2',
  'login -p hunter2',
  'sshpass -phunter2',
  'curl -u:hunter2',
  'curl -uhunter22:',
  'curl -uhunters-two:',
  ' -pass pass:hunter2',
  'requirepass hunter2',
  'user a on >hunter2',
  'sentinel sentinel-pass hunter2',
  'user a password hunter2',
  'stats auth a:hunter2',
  'send AUTH hunter2',
  'send-binary 68756e746572',
  'hdr authorization hunter2',
  'a:hunter2@b:1',
  'set-header pw hunter2',
  'a.pw hunter2',
  '"a" "hunter2"',
  'login a password hunter2',
  'a:1:b:c:hunter2',
  "create user a password 'hunter2'",
  "password 'hunter2'",
  '<pw>hunter2</',
];

test.each([...SHAPES, ...PLACES].map((place) => [String(place.pattern).slice(0, 60), place] as const))('%s: whatever is taken has the sign', (_, { pattern, sign, isSpaced }) => {
  const taken = WRITTEN.flatMap((text) => {
    pattern.lastIndex = 0;
    return pattern.exec(text)?.[0] ?? [];
  });
  expect(taken).not.toEqual([]);
  expect(taken.filter((text) => !text.includes(sign) || (isSpaced && !/\s/.test(text)))).toEqual([]);
});
