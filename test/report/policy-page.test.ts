import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exampleTexts } from '../../src/cli/fixtures.ts';
import { loadPolicies } from '../../src/policy/load.ts';
import { examplesOf, renderPolicyPage } from '../../src/report/policy-page.ts';

const SERVICE = 'kind: Service\nmetadata: {name: db}';
const BAD = 'kind: Deployment\nmetadata: {name: db}\nspec: {replicas: 1} # ✗';
const GOOD = 'kind: Deployment\nmetadata: {name: db}\nspec: {replicas: 2}';
const LONG = `kind: Pod\nmetadata: {name: a}\n${'x: 1\n'.repeat(40)}y: 1`;
const ADDED = 'kind: CronJob\nmetadata: {name: dump}';

function documents(...texts: string[]): string {
  return texts.join('\n---\n');
}

describe('the examples of a policy are', () => {
  test.each([
    ['the document at fault, and the same object put right', documents(SERVICE, BAD), documents(SERVICE, GOOD), BAD, GOOD],
    ['the object that is added, where the one at fault stays as it is', documents(SERVICE, BAD), documents(SERVICE, BAD.replace(' # ✗', ''), ADDED), BAD, ADDED],
    ['without what stands above them', `# why\n\n${BAD}\n`, `---\n# why\n${GOOD}\n`, BAD, GOOD],
    ['files of another kind, too', 'FROM a # ✗\n', 'FROM a@b\n', 'FROM a # ✗', 'FROM a@b'],
    ['such that the fault is on the page', documents(`${LONG} # ✗`, BAD), documents(LONG.replace('1', '2'), GOOD), BAD, GOOD],
    ['of one object, where there is such a pair', documents('services: {a: {image: a}} # ✗', BAD), documents(ADDED, GOOD), BAD, GOOD],
    ['with a mark that stands above', 'x: 1\n---\n# why\n# ✗\nFROM a\n', 'FROM a@b\n', '# ✗\nFROM a', 'FROM a@b'],
    ['nothing, where a policy of a user has none', '', '', '', ''],
  ])('%s', (_, bad, good, wrong, right) => {
    expect(examplesOf({ bad, good })).toEqual({ bad: wrong, good: right });
  });

  test('never the same for one of our own', () => {
    const root = fileURLToPath(new URL('../../policies', import.meta.url));
    const folders = readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((file) => (file.endsWith('policy.yaml') ? [join(root, dirname(file))] : []));
    expect(folders.length).toBeGreaterThan(100);
    const plain = (text: string): string => text.replace(/ *#.*/g, '');
    const alike = folders.filter((folder) => {
      const { bad, good } = examplesOf(exampleTexts(folder));
      return plain(bad) === plain(good);
    });
    expect(alike).toEqual([]);
    // A bad example whose fault is not marked, or is cut off, teaches nothing.
    expect(folders.filter((folder) => !examplesOf(exampleTexts(folder)).bad.includes('✗'))).toEqual([]);
    expect(folders.filter((folder) => examplesOf(exampleTexts(folder)).good === '')).toEqual([]);
  });
});

test('what is expected is told without the sentence that chooses it', () => {
  const { policies } = loadPolicies(fileURLToPath(new URL('../../policies', import.meta.url)), () => {});
  const expected = (id: string): string => {
    const policy = policies.find((candidate) => candidate.id === id);
    if (policy === undefined) throw new Error(id);
    const page = renderPolicyPage(policy, { columns: 100, color: false, command: 'seaworthy', bad: '', good: '' });
    return /^Expected {2}(.*(?:\n {10}.*)*)/m.exec(page)?.[1]?.replace(/\s+/g, ' ') ?? '';
  };
  expect(expected('workload-resource-limits-cpu')).toBe('resources.limits.cpu; or cpus, or deploy.resources.limits.cpus');
  expect(expected('image-pinned')).toBe('a tag of one version, better with a digest');
  expect(policies.filter(({ id }) => / [?:=]=? "/.test(expected(id))).map(({ id }) => id)).toEqual([]);
});
