import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { REPORT_SCHEMA, renderJson } from '../../src/report/json.ts';
import schema from '../../src/report/report.schema.json' with { type: 'json' };
import { at, finding, live, POLICIES, ROOT, report, type SampleReport, TLS } from './sample.ts';

const validate = new Ajv({ allErrors: true, strict: true }).compile(schema);

const EVERYTHING: SampleReport = {
  findings: [
    TLS,
    {
      ...ROOT,
      also: [at('base/api.yaml', 9, 3, { template: 'web/templates/deployment.yaml' })],
      evidence: [{ fact: 'image.ports', value: [80, 'http'], location: { image: 'shop/api:1', path: 'etc/passwd' } }],
    },
    finding({ outcome: 'unknown', because: ['not read'], hints: ['read it'], location: live('shop/Deployment/api', '/spec'), subject: { cluster: 'prod-eu' } }),
    finding({ outcome: 'waived', evidence: [{ fact: 'container.runsAsRoot', value: null, location: { image: 'shop/api:1', layer: 'sha256:00', path: '' } }] }),
  ],
  gaps: [
    { about: 'charts/web', because: 'no helm', hint: 'install it' },
    { about: 'a.yaml', because: 'broken', hint: '', location: at('a.yaml', 3, 1) },
  ],
  policies: [...POLICIES, { id: 'a-policy', title: 'A', severity: 'low', severityReason: 'the profile says so', why: 'w', fix: 'f' }],
};

function rendered(sample: SampleReport, show: readonly 'pass'[] = []): string {
  return [...renderJson(report(sample), { show })].join('');
}

test.each([
  ['nothing', {}],
  ['no policy', { policies: [] }],
  ['everything', EVERYTHING],
])('%s: valid JSON that the schema knows', (_, sample) => {
  const value = JSON.parse(rendered(sample));
  validate(value);
  expect(validate.errors).toBeNull();
  expect(value.findings).toEqual(sample === EVERYTHING ? EVERYTHING.findings : []);
});

test('the schema refuses fields that it does not describe', () => {
  const value = JSON.parse(rendered({ findings: [TLS] }));
  value.findings[0].subject.podName = 'api-7d9f';
  expect(validate(value)).toBe(false);
});

test('the schema is named in every report', () => {
  expect(JSON.parse(rendered({})).$schema).toBe(REPORT_SCHEMA);
  expect(schema.$id).toBe(REPORT_SCHEMA);
});

test('fields come in the order of the contract, however a finding was put together', () => {
  const shuffled = Object.fromEntries(Object.entries(TLS).reverse()) as unknown as typeof TLS;
  const value = JSON.parse(rendered({ findings: [shuffled] }));
  expect(Object.keys(value)).toEqual(['$schema', 'apiVersion', 'kind', 'tool', 'scan', 'summary', 'findings', 'practices', 'policies']);
  expect(Object.keys(value.scan)).toEqual(['startedAt', 'durationMs', 'complete', 'profile', 'kubeVersion', 'policies', 'sources', 'gaps']);
  expect(Object.keys(value.findings[0]).slice(0, 9)).toEqual(['id', 'policy', 'outcome', 'severity', 'confidence', 'subject', 'message', 'expected', 'actual']);
  expect(rendered({ findings: [shuffled] })).toBe(rendered({ findings: [TLS] }));
});

test('policies are in order of their ids', () => {
  expect(Object.keys(JSON.parse(rendered(EVERYTHING)).policies)).toEqual(['a-policy', 'postgres-client-tls', 'workload-non-root']);
});

test('passed findings are listed only when asked for', () => {
  const sample = { findings: [finding({ outcome: 'pass' }), TLS, finding({ outcome: 'pass' })] };
  expect(JSON.parse(rendered(sample)).findings).toHaveLength(1);
  expect(JSON.parse(rendered(sample, ['pass'])).findings).toHaveLength(3);
  expect(JSON.parse(rendered({ findings: [finding({ outcome: 'pass' })] })).findings).toEqual([]);
});

test('one finding to a line, and a line end at the end', () => {
  const text = rendered(EVERYTHING);
  expect(text.split('\n').filter((line) => line.startsWith('{"id":'))).toHaveLength(4);
  expect(text.endsWith('}\n}\n')).toBe(true);
});

test('comes in pieces of a moderate size and takes findings one by one', () => {
  let taken = 0;
  const findings = {
    length: 2000,
    *[Symbol.iterator]() {
      for (; taken < 2000; taken++) yield { ...TLS, id: String(taken) };
    },
  };
  const pieces = renderJson({ ...report(), findings });
  const first = pieces.next().value ?? '';
  expect(taken).toBeLessThan(200);
  const rest = [...pieces];
  expect(Math.max(first.length, ...rest.map((piece) => piece.length))).toBeLessThan(80 * 1024);
  expect(JSON.parse(first + rest.join('')).findings).toHaveLength(2000);
});
