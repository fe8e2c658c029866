import { describe, expect, test } from 'vitest';
import { isGuessable, isLongEnough } from '../src/guessable.ts';

describe('what everybody tries', () => {
  test.each([
    'password',
    'postgres',
    ' Postgres123 ',
    'ChangeMe',
    'replace-me',
    'P@ssw0rd123!',
    'passw0rd',
    'foobared',
    'mysecretpassword',
    'supersecretpassword',
    'redispass',
    'qwertyuiop123456',
    'letmein',
    'hunter2',
    '123456789012',
    '9876543210',
    'abcdefghijkl',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
    '121212121212',
    '--------------------',
    'your_key_here',
    'your_password_here_please',
    'CHANGE_ME_IN_PRODUCTION',
    'caliber_dev_password',
    'orch_secret_2024',
    'example-password-2024',
    'dev-only-not-secret',
    'dev_jwt_secret_change_in_production',
    'MyApp-Redis-Password',
    'mysecretpasswordmysecretpasswordmysecretpassword',
    'thisisverylongpassword',
    'Passw0rd!Passw0rd!Passw0rd!',
    'deadbeefdeadbeefdeadbeefdeadbeef',
    'hunter2hunter2hunter2',
    'pass1234pass1234pass1234',
    '12341234123412341234',
  ])('%s', (value) => {
    expect(isGuessable(value)).toBe(true);
  });
});

describe('what nobody tries, be it strong or not', () => {
  test.each([
    'kV3n9Lq2xZp8Rt5w',
    'a8f5f167f44f4964e6c998dee827110c',
    'uG7-dev-92hQpLmZxR',
    'Xk2pQz9-token-mN4vB7',
    'zc9-pass-Kq8vXw2',
    'correct-horse-battery-staple',
    'Tr0ub4dor&3',
    '93847362518273645192',
    '9482-3847-2938-4729-1029-4857',
    '48#29$1!93*24&61@87^52%3',
    '9047a1940a8481750a30125467a810',
    'a2V5LW1hdGVyaWFs',
    '8d3b1c52-6f0e-4a77-9b1d-3c5e7f9a1b2c',
    '',
  ])('%s', (value) => {
    expect(isGuessable(value)).toBe(false);
  });
});

test('a long row of common words takes no longer to read', () => {
  expect(isGuessable(`${'dbdbs'.repeat(90)}x9Q`)).toBe(false);
});

test.each([
  ['', false],
  ['kV3n9Lq2xZp', false],
  ['kV3n9Lq2xZp8', undefined],
  ['abcdefghijklmnopqrs', undefined],
  ['kV3n9Lq2xZp8Rt5w', undefined],
  ['kV3n9Lq2xZp8Rt5wA', true],
  ['kV3n9Lq2xZ-8Rt5w', true],
  ['abcdefghijklmnopqrst', true],
])('%j is long enough: %s', (value, expected) => {
  expect(isLongEnough(value)).toBe(expected);
});
