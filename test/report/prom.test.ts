import { expect, test } from 'vitest';
import { renderProm } from '../../src/report/prom.ts';
import { finding, ROOT, report, type SampleReport, TLS } from './sample.ts';

function prom(sample: SampleReport): string {
  return [...renderProm(report(sample))].join('');
}

const LABEL = String.raw`[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"`;
const SAMPLE = new RegExp(String.raw`^([a-z_]+)(?:\{${LABEL}(?:,${LABEL})*\})? (?:0|[1-9]\d*)(?:\.\d+)?$`);

/** The grammar of OpenMetrics, as far as gauges use it: a family's lines stand together, and the end is marked. */
function parse(text: string): Map<string, string[]> {
  const families = new Map<string, string[]>();
  expect(text.endsWith('# EOF\n')).toBe(true);
  let name = '';
  for (const line of text.split('\n').slice(0, -2)) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-z_]+) (.+)$/.exec(line);
    if (meta?.[1] === 'TYPE') {
      name = meta[2] ?? '';
      expect(families.has(name), name).toBe(false);
      expect(meta[3]).toBe('gauge');
      families.set(name, []);
    } else if (meta !== null) {
      expect(meta[2]).toBe(name);
      if (meta[1] === 'UNIT') expect(name.endsWith(`_${meta[3]}`)).toBe(true);
    } else {
      expect(SAMPLE.exec(line)?.[1], line).toBe(name);
      families.get(name)?.push(line);
    }
  }
  return families;
}

test('findings are counted by policy, severity and namespace, and no object is named', () => {
  const text = prom({ findings: [TLS, ROOT, ROOT, finding({ outcome: 'unknown', subject: { namespace: 'kube-system' } })] });
  const families = parse(text);
  expect(families.get('seaworthy_findings')).toEqual([
    'seaworthy_findings{policy="postgres-client-tls",severity="high",namespace="shop"} 1',
    'seaworthy_findings{policy="workload-non-root",severity="high",namespace="shop"} 2',
  ]);
  expect(families.get('seaworthy_unknown')).toEqual(['seaworthy_unknown{policy="workload-non-root",severity="high",namespace="kube-system"} 1']);
  expect(families.get('seaworthy_verdicts')).toContain('seaworthy_verdicts{outcome="violation"} 3');
  expect(text).not.toContain('api');
});

test('an incomplete scan is no success', () => {
  const complete = parse(prom({}));
  expect(complete.get('seaworthy_complete')).toEqual(['seaworthy_complete 1']);
  expect(complete.get('seaworthy_last_success_timestamp_seconds')).toEqual(
    complete.get('seaworthy_last_run_timestamp_seconds')?.map((line) => line.replace('last_run', 'last_success')),
  );
  const incomplete = parse(prom({ gaps: [{ about: 'secrets', because: 'forbidden', hint: 'grant it' }] }));
  expect(incomplete.get('seaworthy_complete')).toEqual(['seaworthy_complete 0']);
  expect(incomplete.get('seaworthy_gaps')).toEqual(['seaworthy_gaps 1']);
  expect(incomplete.get('seaworthy_last_run_timestamp_seconds')).toHaveLength(1);
  expect(incomplete.get('seaworthy_last_success_timestamp_seconds')).toEqual([]);
});

test('in a fleet the cluster is a label', () => {
  const sources = ['prod', 'test'].map((target) => ({ kind: 'cluster' as const, target, resources: 1, files: 0, ignored: 0 }));
  const lines = parse(prom({ sources, findings: [finding({ subject: { cluster: 'prod' } })] })).get('seaworthy_findings');
  expect(lines).toEqual(['seaworthy_findings{policy="workload-non-root",severity="high",namespace="shop",cluster="prod"} 1']);
});

test('a name cannot break out of its label', () => {
  const lines = parse(prom({ findings: [finding({ subject: { namespace: 'a"} 1\nb\\' } })] })).get('seaworthy_findings');
  expect(lines).toEqual([String.raw`seaworthy_findings{policy="workload-non-root",severity="high",namespace="a\"} 1\\u000ab\\"} 1`]);
});
