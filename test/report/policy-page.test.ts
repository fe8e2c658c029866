import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixtureText } from '../../src/cli/fixtures.ts';
import { examplesOf } from '../../src/report/policy-page.ts';

const SERVICE = 'kind: Service\nmetadata: {name: db}';
const BAD = 'kind: Deployment\nmetadata: {name: db}\nspec: {replicas: 1} # ✗';
const GOOD = 'kind: Deployment\nmetadata: {name: db}\nspec: {replicas: 2}';
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
      const { bad, good } = examplesOf({ bad: fixtureText(folder, 'violating'), good: fixtureText(folder, 'fixed') });
      return plain(bad) === plain(good);
    });
    expect(alike).toEqual([]);
  });
});
