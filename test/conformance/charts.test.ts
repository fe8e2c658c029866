import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { library, pathOf, readCases, scanCase } from './corpora.ts';

/** One question about a chart rendered with one set of values; the verdict is what the value says. */
interface ChartCase {
  readonly id: string;
  readonly file: string;
  readonly check: string;
  readonly verdict: 'pass' | 'fail';
}

/** A case in which the chart's switch does not do what it says, and how the server behaves. */
interface Disagreement {
  readonly case: string;
  readonly ours: 'pass' | 'fail' | 'unknown';
  readonly measured: string;
}

/** Network policies are another part's. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  'postgres/server-tls': ['postgres-server-tls'],
  'redis/server-tls': ['redis-server-tls'],
  'redis/password-required': ['redis-auth-required'],
  'run-as-non-root': ['workload-non-root', 'workload-non-root-guaranteed'],
};

const cases = readCases<ChartCase>('charts-rendered');
const disagreements = new Map(
  (JSON.parse(readFileSync(new URL('./charts-disagreements.json', import.meta.url), 'utf8')) as readonly Disagreement[]).map((entry) => [entry.case, entry]),
);

describe.runIf(cases !== undefined)('charts', () => {
  const asked = (cases ?? []).filter(({ check }) => Object.hasOwn(POLICIES, check));

  describe.each([...Map.groupBy(asked, ({ file }) => file)])('%s', async (file, questions) => {
    const wanted = new Set(questions.flatMap(({ check }) => POLICIES[check] ?? []));
    const report = await scanCase({ paths: [pathOf(file)], policies: library.policies.filter(({ id }) => wanted.has(id)), keepPasses: true });
    const findings = [...report.findings];

    test.each(questions)('$check: $verdict', ({ id, check, verdict }) => {
      const outcomes = findings.filter(({ policy }) => POLICIES[check]?.includes(policy) === true).map(({ outcome }) => outcome);
      const ours = outcomes.includes('violation') ? 'fail' : outcomes.includes('unknown') ? 'unknown' : outcomes.length === 0 ? 'nothing judged' : 'pass';
      expect(ours, id).toBe(disagreements.get(id)?.ours ?? verdict);
    });
  });

  test('every listed disagreement is one', () => {
    for (const [id, { ours }] of disagreements) {
      const found = asked.find((candidate) => candidate.id === id);
      if (found !== undefined) expect(found.verdict, id).not.toBe(ours);
    }
  });
});
