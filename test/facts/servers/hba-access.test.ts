import { describe, expect, test } from 'vitest';
import { HbaAccess, type HbaRule } from '../../../src/facts/servers/hba-access.ts';
import { type Known, seen, unseen } from '../../../src/facts/servers/known.ts';
import { contains, parseAddress } from '../../../src/server-config/address-range.ts';
import { type HbaRecord, readHba } from '../../../src/server-config/pg-hba.ts';

const on: Known<boolean> = seen(true);
const rulesOf = (text: string): HbaRule[] =>
  readHba(text).lines.flatMap((record) => ('include' in record ? [] : [{ record, source: { input: 'file', path: 'pg_hba.conf', line: record.line } as const }]));
const hole: HbaRule = { hole: 'more.conf is not part of the scan', hint: '', source: { input: 'file', path: 'pg_hba.conf', line: 99 } };
const access = (text: string, ssl: Known<boolean> = on) => new HbaAccess(rulesOf(text), ssl);
const isLetIn = ({ answer }: { answer: string }) => answer !== 'refused';
const isTrusted = ({ answer }: { answer: string }) => answer === 'trusted';

describe('one client', () => {
  const client = { from: { address: '10.0.0.5' }, transport: 'plaintext', user: 'app', database: 'shop' } as const;

  test.each<[string, string | undefined]>([
    ['host all all all trust', 'trusted'],
    ['hostssl all all all trust', 'refused'],
    ['host all all 10.0.0.0/8 md5\nhost all all all trust', 'proof'],
    ['host all +staff all trust\nhost all all all md5', undefined],
    ['host all +staff all scram-sha-256\nhost all all all md5', 'proof'],
    ['host all all db.local trust\nhost all all all reject', undefined],
    ['host all all samenet trust', undefined],
    ['local all all trust', 'refused'],
    ['host replication all all trust', 'refused'],
    ['host shop app all trust', 'trusted'],
    ['host sameuser all all trust', 'refused'],
    ['', 'refused'],
  ])('%s', (rules, answer) => {
    expect(access(rules).decide(client).value?.answer).toBe(answer);
  });

  test('whose name, database and address are not known', () => {
    const nobody = { from: 'network', transport: 'tls', user: undefined, database: undefined } as const;
    expect(access('host all all all md5').decide(nobody).value?.answer).toBe('proof');
    expect(access('host all app all trust\nhost all all all md5').decide(nobody).value).toBeUndefined();
    expect(access('host all app all md5\nhost all all all scram-sha-256').decide(nobody).value?.answer).toBe('proof');
    expect(access('host all all 10.0.0.0/8 trust\nhost all all 0.0.0.0/0 md5').decide(nobody).value).toBeUndefined();
    expect(access('host all all 127.0.0.1/32 trust\nhost all all 0.0.0.0/0 md5').decide(nobody).value?.answer).toBe('proof');
  });

  test('TLS that is off, or not known', () => {
    const byTls = { ...client, transport: 'tls' } as const;
    expect(access('host all all all trust', seen(false)).decide(byTls).value?.answer).toBe('refused');
    expect(access('host all all all trust', unseen('x', 'y')).decide(byTls).value).toBeUndefined();
    expect(access('host all all all reject', unseen('x', 'y')).decide(byTls).value?.answer).toBe('refused');
  });

  test('rules that were not seen may decide, but not after a record that matches', () => {
    const [record] = rulesOf('host all all all md5');
    expect(new HbaAccess([hole, record as HbaRule], on).decide(client).value).toBeUndefined();
    expect(new HbaAccess([record as HbaRule, hole], on).decide(client).value?.answer).toBe('proof');
    expect(new HbaAccess([hole], on).decide(client).value).toBeUndefined();
  });
});

describe('some client on the network', () => {
  test.each<[string, boolean | undefined, boolean | undefined]>([
    // rules, plaintext possible, trust possible
    ['host all all all scram-sha-256', true, false],
    ['hostssl all all all scram-sha-256', false, false],
    ['hostssl all all all trust', false, true],
    ['hostssl all all all scram-sha-256\nhost all all all md5', true, false],
    ['hostnossl all all all reject\nhost all all all md5', false, false],
    ['hostnossl all all 0.0.0.0/0 reject\nhost all all all md5', true, false],
    ['hostnossl all all 0.0.0.0/0 reject\nhostnossl all all ::/0 reject\nhost all all all md5', false, false],
    ['host all all 0.0.0.0/1 reject\nhost all all 128.0.0.0/1 reject\nhost all all 0.0.0.0/0 trust', false, false],
    ['host all all 0.0.0.0/0 md5\nhost all all ::/0 md5\nhost all all all trust', true, false],
    ['host all all all md5\nhost all app all trust', true, false],
    ['host all app all trust\nhost all all all md5', true, true],
    ['host all app all reject\nhost all app 10.0.0.0/8 trust', false, false],
    ['host all app all reject\nhost all app,web all trust', true, true],
    ['host all all 127.0.0.1/32 trust\nhost all all ::1/128 trust', false, false],
    ['host all all 127.0.0.0/8 trust\nhost all all 126.0.0.0/7 md5', true, false],
    ['host all all samehost trust', false, false],
    ['host all all samenet trust', true, true],
    ['host all all db.internal trust', true, true],
    ['host all +staff all trust', true, true],
    ['host sameuser all all trust\nhost all all all reject', true, true],
    ['hostssl all all all trust clientcert=verify-ca', false, false],
    ['host replication all all trust\nhost all all all reject', true, true],
    ['host all all all reject\nhost replication all all trust', true, true],
    ['', false, false],
  ])('%s', (rules, plaintext, trust) => {
    expect(access(rules).allows('network', ['plaintext'], isLetIn).value).toBe(plaintext);
    expect(access(rules).allows('network', ['plaintext', 'tls'], isTrusted).value).toBe(trust);
  });

  test('a hole makes unknown what it could change', () => {
    const rules = [hole, ...rulesOf('hostssl all all all scram-sha-256')];
    expect(new HbaAccess(rules, on).allows('network', ['plaintext'], isLetIn).value).toBeUndefined();
    const open = [...rulesOf('host all all all trust'), hole];
    expect(new HbaAccess(open, on).allows('network', ['plaintext'], isTrusted).value).toBe(true);
  });
});

test('ten thousand records come to an answer, or to none', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `host db${index} user${index} 10.${index >> 8}.${index & 255}.0/24 reject`).join('\n');
  expect(access(`host all all all trust\n${many}`).allows('network', ['plaintext'], isTrusted).value).toBe(true);
  expect(access(many).allows('network', ['plaintext'], isTrusted).value).toBe(false);
  expect(access(many.replaceAll('reject', 'md5')).allows('network', ['plaintext'], isTrusted).value).toBeUndefined();
});

describe('the choice of clients leaves none out', () => {
  /** The same question, asked of every client of a small world one by one. */
  const ADDRESSES = ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.9.9.9', '1.2.3.4', '203.0.113.9', '2001:db8::9', 'fd00::9'].map((text) => parseAddress(text));
  const NAMES = ['a', 'b', 'c', 'somebody'];

  function exists(records: readonly HbaRecord[], transport: 'plaintext' | 'tls', isMeant: (method: string) => boolean): boolean {
    const words = (list: HbaRecord['users'], name: string): boolean => list.some(({ text }) => text === 'all' || text === name);
    return ADDRESSES.some((address) =>
      NAMES.some((user) =>
        [...NAMES, undefined].some((database) => {
          const first = records.find(
            ({ type, address: at, users, databases }) =>
              (type === 'host' || (type === 'hostssl') === (transport === 'tls')) &&
              (at?.type === 'all' || (at?.type === 'range' && address !== undefined && contains(at.range, address))) &&
              words(users, user) &&
              (database === undefined
                ? databases.some(({ text }) => text === 'replication')
                : words(
                    databases.filter(({ text }) => text !== 'replication'),
                    database,
                  ) ||
                  (databases.some(({ text }) => text === 'sameuser') && user === database)),
          );
          return first !== undefined && first.method !== 'reject' && isMeant(first.method);
        }),
      ),
    );
  }

  test('3,000 sets of rules', () => {
    let state = 7;
    const pick = (...items: string[]): string => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return items[(state >>> 8) % items.length] ?? '';
    };
    for (let round = 0; round < 3000; round++) {
      const count = 1 + (round % 6);
      const text = Array.from({ length: count }, () =>
        [
          pick('host', 'hostssl', 'hostnossl'),
          pick('all', 'all', 'a', 'a,b', 'replication', 'sameuser'),
          pick('all', 'all', 'a', 'b', 'a,b'),
          pick('all', '0.0.0.0/0', '::/0', '10.0.0.0/8', '10.0.0.0/30', '10.0.0.1/32', '0.0.0.0/1', '128.0.0.0/1'),
          pick('reject', 'reject', 'md5', 'trust'),
        ].join(' '),
      ).join('\n');
      const records = rulesOf(text).flatMap((rule) => ('record' in rule ? [rule.record] : []));
      for (const transport of ['plaintext', 'tls'] as const) {
        expect([text, transport, access(text).allows('network', [transport], isLetIn).value]).toEqual([text, transport, exists(records, transport, () => true)]);
        expect([text, transport, access(text).allows('network', [transport], isTrusted).value]).toEqual([
          text,
          transport,
          exists(records, transport, (method) => method === 'trust'),
        ]);
      }
    }
  });
});
