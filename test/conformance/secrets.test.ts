import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { maskSecrets } from '../../src/sensitive.ts';
import { temporaryFolder, write } from '../cli/run.ts';
import { library, readCases, scanCase } from './corpora.ts';

/** A line of a file, and whether a scanner of source code must report it as a secret of the kind that `check` looks for. */
interface SecretCase {
  readonly id: string;
  readonly check: string;
  readonly verdict: 'fail' | 'pass';
  readonly text_b64: string;
}

/** Cases that we answer otherwise on purpose, each with the reason. */
interface Disagreements {
  readonly notAsked: readonly { readonly checks: readonly string[]; readonly because: string }[];
  readonly disagreements: readonly { readonly cases: readonly string[]; readonly ours: 'found' | 'nothing'; readonly because: string }[];
}

const known = JSON.parse(readFileSync(new URL('./secret-disagreements.json', import.meta.url), 'utf8')) as Disagreements;
const notAsked = new Set(known.notAsked.flatMap(({ checks }) => checks));
const all = readCases<SecretCase>('secrets');
const cases = (all ?? []).filter(({ check }) => !notAsked.has(check));
const textOf = ({ text_b64: text }: SecretCase): string => Buffer.from(text, 'base64').toString();
const found = all === undefined ? new Map<string, string>() : await judge(cases);

describe.skipIf(all === undefined)('secrets of gitleaks and detect-secrets', () => {
  test('who disagrees is listed, with the answer that we give', () => {
    const listed = known.disagreements.flatMap(({ cases: ids, ours }) => ids.map((id) => `${ours}: ${id}`));
    const real = cases.filter(isDisagreement).map(({ id }) => `${found.has(id) ? 'found' : 'nothing'}: ${id}`);
    expect(real.toSorted()).toEqual(listed.toSorted());
  });

  test('every disagreement has a reason', () => {
    for (const { because } of [...known.disagreements, ...known.notAsked]) expect(because.length).toBeGreaterThan(40);
  });

  test('what is not asked is a check of the collection', () => {
    const checks = new Set((all ?? []).map(({ check }) => check));
    for (const check of notAsked) expect(checks).toContain(check);
  });

  test('what is found is masked', () => {
    const shown = cases.filter((item) => found.has(item.id) && maskSecrets(textOf(item)) === textOf(item));
    expect(shown.map(({ id }) => id)).toEqual([]);
  });

  afterAll(() => console.log(`agreement on secrets: ${cases.length - cases.filter(isDisagreement).length}/${cases.length}; not asked: ${(all ?? []).length - cases.length}`));
});

function isDisagreement({ id, verdict }: SecretCase): boolean {
  return found.has(id) !== (verdict === 'fail');
}

/** Judged where such a line would stand: a command in the script of a container, any other line in a file that is an entry of a ConfigMap. */
async function judge(asked: readonly SecretCase[]): Promise<Map<string, string>> {
  const isCommand = ({ check }: SecretCase): boolean => check.includes('/curl-');
  const named = asked.map((item, index) => ({ item, name: `case-${index}` }));
  const data = Object.fromEntries(named.filter(({ item }) => !isCommand(item)).map(({ item, name }) => [name, `${textOf(item)}\n`]));
  const containers = named.filter(({ item }) => isCommand(item)).map(({ item, name }) => ({ name, image: 'registry.example.com/curl:8', command: ['sh', '-c', textOf(item)] }));
  const folder = temporaryFolder('secrets');
  write(folder, {
    'config.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lines' }, data }),
    'pod.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'commands' }, spec: { containers } }),
  });
  const policies = library.policies.filter(({ id }) => id.startsWith('secrets-plaintext-in-spec'));
  const messages = [...(await scanCase({ paths: [folder], policies })).findings].map(({ message }) => message);
  const kinds = new Map(messages.map((message) => [/\bcase-\d+\b/.exec(message)?.[0] ?? '', message]));
  return new Map(named.flatMap(({ item, name }) => (kinds.has(name) ? [[item.id, kinds.get(name) ?? '']] : [])));
}
