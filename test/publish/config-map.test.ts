import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SEVERITIES } from '../../src/model/policy.ts';
import type { Finding } from '../../src/model/report.ts';
import { configMapOf } from '../../src/publish/config-map.ts';
import { finding, live, ROOT, report, type SampleReport, TLS } from '../report/sample.ts';

function configMap(sample: SampleReport) {
  const object = configMapOf(report(sample), { kind: 'configmap', namespace: 'seaworthy', name: 'seaworthy-report' });
  const json = JSON.parse(gunzipSync(Buffer.from(object.binaryData['report.json.gz'] ?? '', 'base64')).toString('utf8'));
  return { object, json, text: object.data['report.txt'] ?? '' };
}

test('holds the text for people and the whole report for programs', () => {
  const { object, json, text } = configMap({ findings: [TLS, ROOT] });
  expect(object.metadata).toMatchObject({ name: 'seaworthy-report', namespace: 'seaworthy', annotations: { 'seaworthy.dev/complete': 'true' } });
  expect(json.findings).toHaveLength(2);
  expect(text).toContain('postgres-client-tls');
});

test('the parts of a split scan stand side by side', () => {
  expect(configMap({ scan: { shard: { index: 3, count: 8 } } }).object.metadata.name).toBe('seaworthy-report-3');
});

test('however much was found, it fits; the severest stay, and the number of the others is told', () => {
  // Noise, so that it cannot be packed small.
  const noise = (index: number) => Buffer.from(Array.from({ length: 300 }, (_, at) => (index * 7919 + at * at * 104_729) % 251)).toString('base64');
  const findings = [...SEVERITIES]
    .reverse()
    .flatMap((severity): Finding[] =>
      Array.from({ length: 1500 }, (_, index) =>
        finding({ severity, id: `${severity}-${index}`, message: noise(index * SEVERITIES.length + SEVERITIES.indexOf(severity)), location: live('shop/Deployment/api', '/spec') }),
      ),
    );
  const { object, json, text } = configMap({ findings });
  const bytes = Buffer.byteLength(text) + Buffer.from(object.binaryData['report.json.gz'] ?? '', 'base64').length;
  expect(bytes).toBeLessThan(1024 * 1024);
  const ids = (json.findings as Finding[]).map(({ id }) => id);
  expect(ids).toEqual(findings.slice(0, ids.length).map(({ id }) => id));
  expect(ids.length).toBeGreaterThan(1000);
  expect(json.summary.violation).toBe(6000);
  expect(object.metadata.annotations['seaworthy.dev/findings-not-listed']).toBe(String(6000 - ids.length));
});
