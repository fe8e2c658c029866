import { expect, test } from 'vitest';
import { mergeReports } from '../src/merge.ts';
import type { Finding, Report } from '../src/model/report.ts';
import { at, finding, ROOT, report, TLS } from './report/sample.ts';

function merge(...findings: (readonly Finding[])[]): Report {
  return mergeReports(findings.map((each, index) => ({ file: `${index}.json`, report: report({ findings: each }) })));
}

test('a fault that two reports have is one, with both places; the first place is told', () => {
  const here = { ...ROOT, location: at('a.yaml', 3, 1) };
  const there = { ...ROOT, location: at('b.yaml', 1, 1), also: [at('c.yaml', 1, 1)], views: ['live:prod'] };
  for (const merged of [merge([here], [there]), merge([there], [here])]) {
    expect([...merged.findings]).toEqual([{ ...here, also: [at('b.yaml', 1, 1), at('c.yaml', 1, 1)], views: ['git', 'live:prod'] }]);
    expect(merged.summary).toMatchObject({ violation: 1, judged: 2, violationsBySeverity: { high: 1 } });
  }
});

test('of two outcomes the worse one counts', () => {
  const unknown = finding({ outcome: 'unknown' });
  const violation = finding();
  const pass = finding({ outcome: 'pass' });
  expect([...merge([unknown], [violation]).findings]).toEqual([violation]);
  expect(merge([unknown], [violation]).summary).toMatchObject({ violation: 1, unknown: 0 });
  expect(merge([violation], [unknown]).summary).toMatchObject({ violation: 1, unknown: 0, violationsBySeverity: { high: 1 } });
  expect(merge([pass], [unknown]).summary).toMatchObject({ pass: 1, unknown: 1 });
});

test('the same object of two clusters is two', () => {
  expect(merge([finding({ subject: { cluster: 'a' } })], [finding({ subject: { cluster: 'b' } })]).findings).toHaveLength(2);
});

test('of several clusters they stand as one scan of all of them tells them: side by side', () => {
  const of = (cluster: string | null, name: string): Finding => finding({ subject: { cluster, name } });
  const merged = merge([of('prod', 'a'), of('test', 'a')], [of('prod', 'b'), of('test', 'b'), of(null, 'a')]);
  expect([...merged.findings].map(({ subject }) => `${subject.name} ${subject.cluster}`)).toEqual(['a null', 'a prod', 'a test', 'b prod', 'b test']);
});

test('findings stand by severity, policy and subject', () => {
  const low = finding({ severity: 'low', policy: 'a' });
  const b = finding({ subject: { namespace: 'b' } });
  const a = finding({ subject: { namespace: 'a' } });
  expect([...merge([low, b], [TLS, a]).findings]).toEqual([TLS, a, b, low]);
});

test('a report that lists less than it counts does not pass for whole', () => {
  const cut = report({ findings: [TLS], summary: { violation: 40 } });
  const merged = mergeReports([{ file: 'cut.json', report: cut }]);
  expect(merged.scan.complete).toBe(false);
  expect(merged.scan.gaps).toMatchObject([{ about: 'cut.json', because: 'it counts 40 findings and lists 1 of them' }]);
});

test('the whole began with the first and ended with the last', () => {
  const times = (startedAt: string, durationMs: number) => report({ scan: { startedAt, durationMs } });
  const { scan } = mergeReports([
    { file: 'b', report: times('2026-11-02T08:00:05.000Z', 10_000) },
    { file: 'a', report: times('2026-11-02T08:00:00.000Z', 1000) },
  ]);
  expect(scan).toMatchObject({ startedAt: '2026-11-02T08:00:00.000Z', durationMs: 15_000 });
});
