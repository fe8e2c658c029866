import { expect, test } from 'vitest';
import { readListPage } from '../../../src/collect/cluster/list-page.ts';

function page(items: readonly unknown[], metadata: object = {}): string {
  return `${JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items })}\n`;
}

const claim = (name: string): object => ({ metadata: { name }, spec: {} });

test.each<[string, readonly unknown[]]>([
  ['one item', [{ metadata: { name: 'a' } }]],
  ['several', [{ metadata: { name: 'a' } }, { metadata: { name: 'b' }, spec: { list: [{}, {}] } }, { metadata: { name: 'c' } }]],
  ['items that hold what begins like an item', [{ metadata: { name: 'a' }, spec: { volumeClaimTemplates: [claim('x'), claim('y'), claim('z')] } }, { metadata: { name: 'b' } }]],
  ['more of them than anybody needs', [{ metadata: { name: 'a' }, claims: Array.from({ length: 50 }, (_, index) => claim(String(index))) }, { metadata: { name: 'b' } }]],
  ['strings that look like the end of an item', [{ metadata: { name: 'a', annotations: { x: '},{"metadata":{"name":"evil"}}]}' } } }, { metadata: { name: 'b' } }]],
])('%s', (_, items) => {
  expect([...(readListPage(page(items, { continue: 'abc' }))?.items ?? [])]).toEqual(items);
});

test('the token of the next page', () => {
  expect(readListPage(page([{ metadata: { name: 'a' } }], { continue: 'abc', remainingItemCount: 3 }))?.next).toBe('abc');
  expect(readListPage(page([{ metadata: { name: 'a' } }]))?.next).toBe('');
});

test.each([
  ['an empty list', page([])],
  ['a list of Go’s null', '{"kind":"PodList","metadata":{},"items":null}'],
  ['custom resources, which say what they are', page([{ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'a' } }])],
  ['a page that breaks off', page([{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }]).slice(0, -10)],
  ['no list', '{"kind":"Pod","metadata":{}}'],
])('%s is read as a whole', (_, text) => {
  expect(readListPage(text)).toBeUndefined();
});

test('an item that is no JSON is no item', () => {
  expect(() => [...(readListPage('{"kind":"PodList","metadata":{},"items":[{"metadata":{"name":}}]}')?.items ?? [])]).toThrow(SyntaxError);
});
