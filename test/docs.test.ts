import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateDocs } from '../scripts/docs.ts';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));

test('docs/ is what npm run docs writes', () => {
  const stale = [...generateDocs()].filter(([path, text]) => !existsSync(docs + path) || readFileSync(docs + path, 'utf8') !== text).map(([path]) => path);
  expect(stale, 'run: npm run docs').toEqual([]);
});

test('docs/policies/ has no page without a policy', () => {
  const pages = generateDocs();
  expect(readdirSync(`${docs}policies`).filter((name) => !pages.has(`policies/${name}`))).toEqual([]);
});
