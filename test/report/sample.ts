import type { ExcerptLine, FileLocation, Gap, LiveLocation, Location, Source } from '../../src/model/inventory.ts';
import type { Severity } from '../../src/model/policy.ts';
import type { Finding, FindingSubject, PolicySummary, Report, Summary } from '../../src/model/report.ts';
import type { TextOptions } from '../../src/report/page.ts';

export function at(file: string, line: number, column: number, more: Partial<FileLocation> = {}): FileLocation {
  return { file, line, column, pointer: '/spec', missing: false, ...more };
}

export function live(ref: string, pointer: string, more: Partial<LiveLocation> = {}): LiveLocation {
  return { cluster: 'prod-eu', ref, pointer, missing: false, ...more };
}

export function excerpt(first: number, ...lines: string[]): ExcerptLine[] {
  return lines.map((text, index) => ({ line: first + index, text }));
}

export function finding(more: Partial<Omit<Finding, 'subject'>> & { readonly subject?: Partial<FindingSubject> } = {}): Finding {
  const location: Location = more.location ?? at('deploy/api.yaml', 31, 11);
  return {
    id: '3f9a41c27be0',
    policy: 'workload-non-root',
    outcome: 'violation',
    severity: 'high',
    confidence: 'declared',
    message: 'api may run as root',
    expected: '',
    actual: '',
    also: [],
    excerpt: [],
    evidence: [],
    views: ['git'],
    because: [],
    hints: [],
    practices: [],
    fix: '',
    waiver: null,
    ...more,
    location,
    subject: { type: 'container', cluster: null, apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', container: 'api', part: '', ...more.subject },
  };
}

export const POLICIES: readonly PolicySummary[] = [
  {
    id: 'workload-non-root',
    title: 'Containers run as a non-root user',
    severity: 'high',
    why: 'A process that is UID 0 in its container is UID 0 on the node the moment the isolation fails.',
    fix: "Set runAsNonRoot to true and runAsUser to a non-zero id in the pod's or container's securityContext.",
  },
  { id: 'postgres-client-tls', title: 'Postgres clients accept no plaintext', severity: 'high', why: '', fix: '' },
];

export interface SampleReport {
  readonly findings?: readonly Finding[];
  readonly gaps?: readonly Gap[];
  readonly sources?: readonly Source[];
  readonly summary?: Partial<Summary>;
  readonly scan?: Partial<Report['scan']>;
  readonly policies?: readonly PolicySummary[];
}

/** A report of literals; the summary counts its findings. */
export function report({ findings = [], gaps = [], sources, summary, scan, policies = POLICIES }: SampleReport = {}): Report {
  const number = (outcome: Finding['outcome']) => findings.filter((each) => each.outcome === outcome).length;
  const violations = (severity: Severity) => findings.filter((each) => each.outcome === 'violation' && each.severity === severity).length;
  return {
    apiVersion: 'seaworthy.dev/v1',
    kind: 'Report',
    tool: { name: 'seaworthy', version: '0.1.0', policiesDigest: 'sha256:0a1b2c' },
    scan: {
      startedAt: '2026-11-02T08:00:00Z',
      durationMs: 1284,
      complete: gaps.length === 0,
      profile: 'default',
      kubeVersion: '1.34',
      policies: 60,
      sources: sources ?? [{ kind: 'manifests', target: 'deploy/', resources: 23, files: 14, ignored: 0 }],
      gaps,
      ...scan,
    },
    summary: {
      subjects: 40,
      judged: findings.length,
      pass: number('pass'),
      violation: number('violation'),
      unknown: number('unknown'),
      waived: number('waived'),
      notApplicable: 0,
      violationsBySeverity: { low: violations('low'), medium: violations('medium'), high: violations('high'), critical: violations('critical') },
      ...summary,
    },
    findings,
    practices: [],
    policies: new Map(policies.map((policy) => [policy.id, policy])),
  };
}

export function options(more: Partial<TextOptions> = {}): TextOptions {
  return { columns: 80, color: false, show: [], minSeverity: 'low', failOn: 'high', exitCode: 1, verbose: false, command: 'seaworthy', ...more };
}

export const TLS = finding({
  id: '3f9a41c27be0',
  policy: 'postgres-client-tls',
  severity: 'high',
  subject: { type: 'connection', part: 'env DATABASE_URL' },
  message: 'api talks to Postgres and would accept plaintext',
  expected: 'sslmode=verify-full (psycopg is libpq: prefer falls back)',
  actual: 'sslmode=prefer; the server runs with ssl=off',
  location: at('deploy/api.yaml', 41, 22, { pointer: '/spec/template/spec/containers/0/env/0/value' }),
  excerpt: excerpt(
    39,
    '          env:',
    '            - name: DATABASE_URL',
    '              value: postgres://api@postgres:5432/shop?sslmode=prefer',
    '            - name: PORT',
    "              value: '8080'",
  ),
  evidence: [
    { fact: 'connection.sslmode', value: 'prefer', location: at('deploy/api.yaml', 41, 22) },
    { fact: 'datastore.tls', value: 'off', location: at('deploy/postgres.yaml', 28, 13) },
  ],
  practices: ['rune0-postgres-tls'],
  fix: 'Ask for sslmode=verify-full in every address of the database, and turn ssl on in the server.\n',
});

export const ROOT = finding({
  id: '7c1e09aa31f2',
  expected: 'runAsNonRoot: true, or a numeric user other than 0 in the image',
  actual: 'nothing is set, and USER of the image is root',
  location: at('deploy/api.yaml', 31, 11, { pointer: '/spec/template/spec/containers/0/securityContext/runAsNonRoot', missing: true }),
  excerpt: excerpt(29, '    spec:', '      containers:', '        - name: api', '          image: ghcr.io/shop/api:1.4.2', '          ports:'),
  evidence: [{ fact: 'container.runsAsRoot', value: true, location: at('Dockerfile', 12, 1) }],
  fix: "Set runAsNonRoot to true and runAsUser to a non-zero id in the pod's or container's securityContext.",
});
