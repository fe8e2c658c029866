import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { parseConnection } from '../../../src/facts/connections/parse.ts';
import { knownText } from '../../../src/facts/connections/text.ts';
import { Sealed } from '../../../src/sealed.ts';
import { randomNumbers } from '../../random.ts';

interface Parsed {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string | null;
  readonly port?: string;
  readonly database?: string | null;
}

/** The parser of the driver that the tests of servers use. */
const require = createRequire(import.meta.resolve('pg'));
const { parse } = require('pg-connection-string') as { readonly parse: (text: string) => Parsed };

const WORDS = [
  'app',
  'db.example.com',
  'my_host',
  '[::1]',
  '[::1',
  '127.0.0.1',
  '%2Fvar%2Frun',
  'p%40ss',
  '%zz',
  '%e9',
  'a b',
  'é',
  '',
  'x:y',
  '"',
  '\\',
  '5432',
  '0',
  '99999',
  '-1',
  'abc',
];
const PARAMETERS = [
  'sslmode=require',
  'host=h',
  'host=/tmp',
  'port=6000',
  'port=',
  'user=u',
  'password=p w',
  'ssl=true',
  'application_name=%20x',
  'a',
  '=b',
  'host=%2Ftmp',
  'db=x',
  'encoding=utf8',
];

test('texts mean what pg-connection-string makes of them', () => {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  const random = randomNumbers(3);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const maybe = (chance: number, text: () => string): string => (random() < chance ? text() : '');
  const wrong: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const written = [
      pick(['postgres://', 'postgresql://', 'pg://', 'postgres:/', 'POSTGRES://', 'socket:', '/run/', '']),
      maybe(0.5, () => `${pick(WORDS)}${maybe(0.7, () => `:${pick(WORDS)}`)}@`),
      pick(WORDS),
      maybe(0.5, () => `:${pick(WORDS)}`),
      maybe(0.7, () => `/${pick(WORDS)}`),
      maybe(0.5, () => `?${Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(PARAMETERS)).join('&')}`),
      maybe(0.1, () => `#${pick(WORDS)}`),
    ].join('');
    const difference = compare(written);
    if (difference !== undefined) wrong.push(`${written}: ${difference}`);
  }
  process.emitWarning = emitWarning;
  expect(wrong).toEqual([]);
});

function compare(written: string): string | undefined {
  const reading = parseConnection(knownText(written), { driver: 'node-postgres', isConnection: true });
  const theirs = tryParse(written);
  if (reading?.kind !== 'address') return theirs === undefined ? undefined : 'refused, and the driver takes it';
  if (theirs === undefined) return 'taken, and the driver refuses it';
  // What looks like the rest of a password is not repeated.
  if (reading.hosts === undefined) return undefined;
  const [host] = reading.hosts;
  const isPort = /^\+?\d{1,9}$/.test((theirs.port ?? '').trim()) && Number(theirs.port) >= 1 && Number(theirs.port) <= 65535;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['host', host?.isDefault === true ? '' : host?.name, theirs.host],
    ['port', host?.port, (theirs.port ?? '') === '' ? 5432 : isPort ? Number(theirs.port) : undefined],
    ['user', reading.user, theirs.user],
    ['database', reading.database, theirs.database],
  ];
  const password = (theirs.password ?? '') === '' ? reading.password === undefined : reading.password?.equals(new Sealed(theirs.password ?? '')) === true;
  if (!password) return 'another password';
  return pairs.find(([, ours, own]) => String(ours ?? '') !== String(own ?? ''))?.[0];
}

function tryParse(written: string): Parsed | undefined {
  try {
    return parse(written);
  } catch {
    return undefined;
  }
}
