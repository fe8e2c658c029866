import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { findProfile } from '../../src/cli/library.ts';
import { selectPolicies } from '../../src/policy/select.ts';
import { library, pathOf, readCases, scanCase } from './corpora.ts';

/** A fixture of pod-security-admission: what the API server itself decides. Anything below 100 % is a defect of ours. */
interface PsaCase {
  readonly id: string;
  readonly file: string;
  readonly check: 'pod-security/baseline' | 'pod-security/restricted';
  readonly verdict: 'pass' | 'fail';
  readonly version: string;
  /** The control that a failing fixture was made for. */
  readonly reason: string;
}

/** The policies that answer to a control of the standard. */
const controls = JSON.parse(readFileSync(new URL('./psa-controls.json', import.meta.url), 'utf8')) as Readonly<Record<string, readonly string[]>>;
const cases = readCases<PsaCase>('psa');
let agreed = 0;

describe.skipIf(cases === undefined)('Pod Security admission', () => {
  test('every control of the fixtures names policies that exist', () => {
    const known = new Set(library.policies.map(({ id }) => id));
    for (const { reason, verdict } of cases ?? []) if (verdict === 'fail') expect(controls[reason] ?? [], reason).not.toEqual([]);
    for (const id of Object.values(controls).flat()) expect(known, id).toContain(id);
  });

  test.each(['baseline', 'restricted'] as const)('%s: what admission refuses, a policy of the same control refuses', async (level) => {
    expect(await disagreements(level, 'fail')).toEqual([]);
  });

  test.each(['baseline', 'restricted'] as const)('%s: what admission takes, no policy refuses or leaves open', async (level) => {
    expect(await disagreements(level, 'pass')).toEqual([]);
  });

  afterAll(() => console.log(`agreement with Pod Security admission: ${agreed}/${cases?.length}`));
});

async function disagreements(level: string, verdict: PsaCase['verdict']): Promise<string[]> {
  const { policies } = selectPolicies(library.policies, findProfile(library, `pss-${level}`), [], {});
  const wanted = (cases ?? []).filter((item) => item.check === `pod-security/${level}` && item.verdict === verdict);
  expect(wanted.length).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (const item of wanted) {
    const report = await scanCase({ paths: [pathOf(item.file)], policies, kubeVersion: item.version });
    const found = [...report.findings].map(({ policy, outcome }) => `${outcome} of ${policy}`);
    const isAgreed =
      verdict === 'pass' ? report.summary.judged > 0 && found.length === 0 : (controls[item.reason] ?? []).some((policy) => found.includes(`violation of ${policy}`));
    if (!isAgreed) wrong.push(`${item.id} (${item.reason}): ${report.summary.judged === 0 ? 'nothing was judged' : found.join(', ') || 'no violation'}`);
  }
  agreed += wanted.length - wrong.length;
  return wrong;
}
