import { describe, expect, test } from 'vitest';
import type { Gap, Source } from '../../src/model/inventory.ts';
import type { Finding } from '../../src/model/report.ts';
import { formats, isFormat } from '../../src/report/formats.ts';
import type { TextOptions } from '../../src/report/page.ts';
import { stringWidth } from '../../src/report/terminal.ts';
import { renderText } from '../../src/report/text.ts';
import { at, finding, live, options, ROOT, report, type SampleReport, TLS } from './sample.ts';

function text(sample: SampleReport, more: Partial<TextOptions> = {}): string {
  return [...renderText(report(sample), options(more))].join('');
}

const SEVERITY_OF = ['critical', 'high', 'high', 'medium', 'low'] as const;

/** Violations of so many policies, in many files. */
function violations(number: number, policies: number): Finding[] {
  return Array.from({ length: number }, (_, index) => ({
    ...ROOT,
    id: index.toString(16).padStart(12, '0'),
    policy: `policy-${index % policies}`,
    severity: SEVERITY_OF[(index % policies) % 5] ?? 'low',
    location: at(`deploy/services/service-${index}.yaml`, 31, 11, { missing: true, pointer: '/spec/runAsNonRoot' }),
    subject: { ...ROOT.subject, name: `service-${index}` },
  }));
}

function unknown(because: string, hint: string, policy = 'workload-non-root'): Finding {
  return finding({ outcome: 'unknown', because: [because], hints: [hint], policy });
}

const passed = Array.from({ length: 33 }, () => finding({ outcome: 'pass' }));

function cluster(target: string, namespaces?: readonly string[]): Source {
  return { kind: 'cluster', target, resources: 9, files: 0, ignored: 0, ...(namespaces === undefined ? {} : { namespaces }) };
}

test.each<[string, Source[], string]>([
  ['one namespace', [cluster('prod', ['shop'])], 'cluster prod   namespace shop   read-only'],
  ['several', [cluster('prod', ['shop', 'web'])], 'cluster prod   namespaces shop, web   read-only'],
  ['all', [cluster('prod')], 'cluster prod   all namespaces   read-only'],
  ['the same in each cluster', [cluster('prod', ['shop']), cluster('test', ['shop'])], 'cluster prod, test   namespace shop   read-only'],
  ['another in each cluster', [cluster('prod', ['shop']), cluster('test', ['web'])], 'cluster prod, test   the namespace of each context'],
])('the head tells what of a cluster was asked for: %s', (_, sources, head) => {
  expect(text({ findings: passed, sources }, { columns: 100 })).toContain(head);
});

test('what is mended in the same way is told how once', () => {
  const forbidden = (because: string, hint = 'seaworthy rbac prints the rights'): Gap => ({ about: 'prod', because, hint });
  const gaps = [forbidden('list pods is forbidden (403)'), forbidden('list services is forbidden (403)'), forbidden('list secrets took too long', 'ask again')];
  expect(text({ findings: passed, gaps }, { columns: 80 })).toContain(`
  prod: list pods is forbidden (403)
  prod: list services is forbidden (403)
  help  seaworthy rbac prints the rights

  prod: list secrets took too long
  help  ask again
`);
});

describe('layout', () => {
  test('a handful of findings, 80 columns', () => {
    const sample = {
      findings: [ROOT, TLS, finding({ id: '000000000001', policy: 'image-pinned', severity: 'low', message: 'api runs a tag that moves', fix: 'Pin the digest.' }), ...passed],
      policies: [],
    };
    expect(text(sample, { columns: 80 })).toBe(`Seaworthy 0.1.0   manifests deploy/

HIGH      postgres-client-tls  api talks to Postgres and would accept plaintext
  deploy/api.yaml:41:22                                          id 3f9a41c27be0
  Deployment shop/api  container api  env DATABASE_URL

    39 |           env:
    40 |             - name: DATABASE_URL
  > 41 |               value: postgres://api@postgres:5432/shop?sslmode=prefer
       |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    42 |             - name: PORT
    43 |               value: '8080'

  expected   sslmode=verify-full (psycopg is libpq: prefer falls back)
  actual     sslmode=prefer; the server runs with ssl=off
  because    datastore.tls = off at deploy/postgres.yaml:28:13
  fix        Ask for sslmode=verify-full in every address of the database, and
             turn ssl on in the server.
  explain    seaworthy explain postgres-client-tls

HIGH      workload-non-root  api may run as root
  deploy/api.yaml:31:11  Deployment shop/api  container api      id 7c1e09aa31f2

    29 |     spec:
    30 |       containers:
  > 31 |         - name: api
       |           ^^^^ securityContext.runAsNonRoot is not set
    32 |           image: ghcr.io/shop/api:1.4.2
    33 |           ports:

  expected   runAsNonRoot: true, or a numeric user other than 0 in the image
  actual     nothing is set, and USER of the image is root
  because    container.runsAsRoot = true at Dockerfile:12:1
  fix        Set runAsNonRoot to true and runAsUser to a non-zero id in the
             pod's or container's securityContext.
  explain    seaworthy explain workload-non-root

LOW       image-pinned  api runs a tag that moves
  deploy/api.yaml:31:11  Deployment shop/api  container api      id 000000000001
  fix        Pin the digest.
  explain    seaworthy explain image-pinned

passed         33  --show pass lists them

Checked 23 resources in 14 files against 60 policies.
0 critical, 2 high, 0 medium, 1 low.                     exit 1 (--fail-on high)
`);
  });

  test('what is not proven and not read, 60 columns', () => {
    const sample = {
      findings: [
        TLS,
        unknown('the user that ghcr.io/shop/web:2 runs as is not known: the image was not read', 'add --image ghcr.io/shop/web:2'),
        unknown('the user that ghcr.io/shop/web:2 runs as is not known: the image was not read', 'add --image ghcr.io/shop/web:2', 'workload-user-numeric'),
        finding({ outcome: 'waived' }),
      ],
      gaps: [{ about: 'charts/web', because: 'helm is not on PATH', hint: 'helm template charts/web | seaworthy scan -f -' }],
    };
    expect(text(sample, { columns: 60 })).toBe(`Seaworthy 0.1.0   manifests deploy/

HIGH      postgres-client-tls
          api talks to Postgres and would accept plaintext
  deploy/api.yaml:41:22                      id 3f9a41c27be0
  Deployment shop/api  container api  env DATABASE_URL

    39 | env:
    40 |   - name: DATABASE_URL
  > 41 |     value: postgres://api@postgres:5432/shop?ssl...
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    42 |   - name: PORT
    43 |     value: '8080'

  expected   sslmode=verify-full (psycopg is libpq: prefer
             falls back)
  actual     sslmode=prefer; the server runs with ssl=off
  because    datastore.tls = off at
             deploy/postgres.yaml:28:13
  fix        Ask for sslmode=verify-full in every address of
             the database, and turn ssl on in the server.
  explain    seaworthy explain postgres-client-tls

NOT PROVEN  2 verdicts could not be reached from what was
            read

  2  the user that ghcr.io/shop/web:2 runs as is not known:
     the image was not read
     workload-non-root, workload-user-numeric
     help  add --image ghcr.io/shop/web:2

NOT READ    1 thing that was asked for

  charts/web: helm is not on PATH
  help  helm template charts/web | seaworthy scan -f -

not proven      2  --show unknown lists them
waived          1  --show waived lists them

Checked 23 resources in 14 files against 60 policies.
Incomplete: not all that was asked for could be read.
0 critical, 1 high, 0 medium, 0 low.
                                     exit 1 (--fail-on high)
`);
  });

  test('many findings of one policy, 80 columns', () => {
    const [first, ...others] = violations(14, 1).map((each) => ({ ...each, policy: 'workload-non-root', severity: 'high' as const, excerpt: [] }));
    expect(text({ findings: [...others, first as Finding] }, { columns: 80 })).toBe(`Seaworthy 0.1.0   manifests deploy/

HIGH      workload-non-root  Containers run as a non-root user       14 findings

  deploy/services/service-0.yaml:31:11                           id 000000000000
  Deployment shop/service-0  container api
  api may run as root
  expected   runAsNonRoot: true, or a numeric user other than 0 in the image
  actual     nothing is set, and USER of the image is root
  because    container.runsAsRoot = true at Dockerfile:12:1
  fix        Set runAsNonRoot to true and runAsUser to a non-zero id in the
             pod's or container's securityContext.
  explain    seaworthy explain workload-non-root

  deploy/services/service-1.yaml:31:11   shop/service-1/api         000000000001
  deploy/services/service-10.yaml:31:11  shop/service-10/api        00000000000a
  deploy/services/service-11.yaml:31:11  shop/service-11/api        00000000000b
  deploy/services/service-12.yaml:31:11  shop/service-12/api        00000000000c
  deploy/services/service-13.yaml:31:11  shop/service-13/api        00000000000d
  deploy/services/service-2.yaml:31:11   shop/service-2/api         000000000002
  deploy/services/service-3.yaml:31:11   shop/service-3/api         000000000003
  deploy/services/service-4.yaml:31:11   shop/service-4/api         000000000004
  deploy/services/service-5.yaml:31:11   shop/service-5/api         000000000005
  deploy/services/service-6.yaml:31:11   shop/service-6/api         000000000006
  and 3 more, -o wide lists all

Checked 23 resources in 14 files against 60 policies.
0 critical, 14 high, 0 medium, 0 low.                    exit 1 (--fail-on high)
`);
  });

  test('a live cluster: objects and pointers in the place of files and lines', () => {
    const redis = finding({
      id: 'a0d2c7aa31f2',
      policy: 'redis-auth-required',
      message: 'Redis answers without a password',
      subject: { name: 'cache', container: 'redis', part: 'args [redis-server]' },
      location: live('shop/Deployment/cache', '/spec/template/spec/containers/0/args', { missing: true }),
      expected: '--requirepass or an ACL file',
      actual: 'no requirepass in args, config or env',
      evidence: [
        { fact: 'datastore.args', value: ['redis-server'], location: live('shop/Deployment/cache', '/spec/template/spec/containers/0/args') },
        { fact: 'datastore.image', value: 'redis:7', location: live('shop/Deployment/cache', '/spec/template/spec/containers/0/image') },
        { fact: 'datastore.requiresPassword', value: false, location: live('shop/ConfigMap/cache', '/data/redis.conf') },
      ],
      views: ['git', 'live:prod-eu'],
    });
    const sources = [{ kind: 'cluster', target: 'prod-eu', resources: 19, files: 0, ignored: 0 }] as const;
    expect(text({ findings: [redis], sources }, { command: 'kubectl seaworthy' })).toBe(`Seaworthy 0.1.0   cluster prod-eu   all namespaces   read-only, nothing created

HIGH      redis-auth-required  Redis answers without a password
  Deployment shop/cache  container redis  args [redis-server]    id a0d2c7aa31f2
  at         /spec/template/spec/containers/0/args (not set)
  expected   --requirepass or an ACL file
  actual     no requirepass in args, config or env
  because    datastore.image = redis:7 at /spec/template/spec/containers/0/image
             datastore.requiresPassword = false at shop/ConfigMap/cache
             /data/redis.conf
  seen in    git, live:prod-eu
  explain    kubectl seaworthy explain redis-auth-required

Checked 19 resources against 60 policies.
0 critical, 1 high, 0 medium, 0 low.                     exit 1 (--fail-on high)
`);
    const fleet = [...sources, { kind: 'cluster', target: 'prod-us', resources: 19, files: 0, ignored: 0 }] as const;
    expect(text({ findings: [redis], sources: fleet })).toMatch(/\n {2}prod-eu +id a0d2c7aa31f2\n {2}Deployment shop\/cache {2}container redis {2}args \[redis-server\]\n/);
  });
});

describe('what a finding says', () => {
  test.each<[string, Partial<Finding>, string]>([
    ['other places', { also: [at('base/api.yaml', 9, 3), at('old/api.yaml', 7, 3)] }, '  also       base/api.yaml:9:3\n             old/api.yaml:7:3\n'],
    ['at most five other places', { also: Array.from({ length: 8 }, (_, index) => at('a.yaml', index + 1, 1)) }, 'a.yaml:5:1\n             and 3 more\n'],
    ['its Helm template', { location: at('-', 3, 1, { template: 'web/templates/x.yaml' }) }, '  template   web/templates/x.yaml\n'],
    ['no fact that stands in the frame', { actual: 'yes', evidence: [{ fact: 'a.b', value: 1, location: at('deploy/api.yaml', 31, 3) }] }, '  actual     yes\n  explain'],
    [
      'facts of its own line, where nothing else says what is the case',
      { evidence: [{ fact: 'a.b', value: 1, location: at('deploy/api.yaml', 31, 3) }] },
      '  because    a.b = 1\n',
    ],
    [
      'a fact that nobody set',
      { evidence: [{ fact: 'a.b', value: false, location: at('b.yaml', 3, 3, { missing: true }) }] },
      '  because    a.b = false (not set) at b.yaml:3:3\n',
    ],
    ['a fact that is absent', { evidence: [{ fact: 'a.b', value: null, location: at('b.yaml', 3, 3) }] }, '  because    a.b is not known at b.yaml:3:3\n'],
    ['an empty string', { evidence: [{ fact: 'a.b', value: '', location: at('b.yaml', 3, 3) }] }, 'a.b = "" at'],
    ['a list', { evidence: [{ fact: 'a.b', value: [1, 2, 3, 4, 5, 6, 7], location: at('b.yaml', 3, 3) }] }, 'a.b = [1, 2, 3, 4, 5, 2 more] at'],
    ['the same fact once', { evidence: [1, 2].map(() => ({ fact: 'a.b', value: 1, location: at('b.yaml', 3, 3) })) }, '  because    a.b = 1 at b.yaml:3:3\n  explain'],
    ['a place in an image', { location: { image: 'shop/api:1', path: 'etc/passwd' } }, '  shop/api:1:etc/passwd  Deployment shop/api'],
    ['folded prose of a policy', { fix: 'Set it.\nThen\tcheck it.\n' }, '  fix        Set it. Then check it.\n'],
  ])('%s', (_, more, part) => {
    expect(text({ findings: [finding(more)] })).toContain(part);
  });

  test('why a profile changed the severity', () => {
    const policies = [{ id: 'workload-non-root', title: '', severity: 'high' as const, severityReason: 'gVisor runs it', why: '', fix: '' }];
    expect(text({ findings: [finding()], policies })).toContain('  severity   high because gVisor runs it\n');
  });

  test('verbose: every fact, confidence, practices', () => {
    const wordy = text({ findings: [TLS] }, { verbose: true });
    expect(wordy).toContain('  because    connection.sslmode = prefer\n');
    expect(wordy).toContain('  confidence declared\n');
    expect(wordy).toContain('  practices  rune0-postgres-tls\n');
    expect(wordy).toContain('profile default\n60 policies sha256:0a1b2c   Kubernetes 1.34   1.3 s\n');
  });

  test('verbose lists every violation', () => {
    const wordy = text({ findings: violations(200, 3) }, { verbose: true });
    for (let index = 0; index < 200; index++) expect(wordy).toContain(`service-${index}.yaml:31:11`);
    expect(wordy).not.toContain('-o wide');
  });
});

describe('head', () => {
  test.each([
    ['profile', { scan: { profile: 'pss-restricted' } }, 'Seaworthy 0.1.0   manifests deploy/   profile pss-restricted\n'],
    [
      'many files',
      { sources: ['a', 'b', 'c', 'd', 'e'].map((target) => ({ kind: 'manifests' as const, target, resources: 1, files: 1, ignored: 0 })) },
      'Seaworthy 0.1.0   manifests a, b, c and 2 more\n',
    ],
    [
      'several kinds',
      {
        sources: [
          { kind: 'compose' as const, target: 'compose.yaml', resources: 1, files: 1, ignored: 0 },
          { kind: 'cluster' as const, target: 'prod', resources: 1, files: 0, ignored: 0 },
        ],
      },
      'Seaworthy 0.1.0   compose compose.yaml   cluster prod\nall namespaces   read-only, nothing created\n',
    ],
  ])('%s', (_, sample, start) => {
    expect(text(sample, { columns: 60 }).startsWith(start)).toBe(true);
  });
});

test('a report that is written into the cluster does not say that nothing is', () => {
  const sources = [{ kind: 'cluster' as const, target: 'prod', resources: 1, files: 0, ignored: 0 }];
  expect(text({ sources }, { isPublished: true })).toContain('read-only but for this report');
});

describe('which findings', () => {
  const all = [
    finding({ severity: 'low', id: 'violation-lo' }),
    finding({ id: 'violation-hi' }),
    finding({ outcome: 'unknown', id: 'not-known' }),
    finding({ outcome: 'pass', id: 'did-hold' }),
    finding({ outcome: 'waived', id: 'let-be' }),
  ];

  test.each<[Partial<TextOptions>, string[]]>([
    [{}, ['violation-lo', 'violation-hi']],
    [{ minSeverity: 'high' }, ['violation-hi']],
    [{ show: ['unknown'] }, ['violation-lo', 'violation-hi', 'not-known']],
    [{ show: ['pass', 'waived'] }, ['violation-lo', 'violation-hi', 'did-hold', 'let-be']],
  ])('%j, in text, wide and name', (more, expected) => {
    const sample = report({ findings: all });
    const ids = (format: 'text' | 'wide' | 'name') => all.map(({ id }) => id).filter((id) => [...formats[format](sample, options(more))].join('').includes(id));
    expect(ids('text')).toEqual(expected);
    expect(ids('wide')).toEqual(expected);
    expect([...formats.name(sample, options(more))].join('')).toBe(`${expected.join('\n')}\n`);
  });

  test('those asked for stand one to a line', () => {
    expect(text({ findings: all }, { show: ['unknown', 'pass'] })).toContain(`
NOT PROVEN  one by one

  workload-non-root
  deploy/api.yaml:31:11  Deployment shop/api  container api            not-known

PASSED      one by one

  workload-non-root
  deploy/api.yaml:31:11  Deployment shop/api  container api             did-hold
`);
  });

  test('hidden ones are counted', () => {
    expect(text({ findings: all }, { minSeverity: 'high' })).toContain('0 critical, 1 high, 0 medium, 1 low (hidden).');
  });

  test('the worst come first', () => {
    const order = (['low', 'critical', 'medium', 'high'] as const).map((severity) => finding({ severity, policy: `p-${severity}` }));
    const heads = text({ findings: order }).match(/^[A-Z]+ +p-\w+/gm);
    expect(heads).toEqual(['CRITICAL  p-critical', 'HIGH      p-high', 'MEDIUM    p-medium', 'LOW       p-low']);
  });
});

describe('not proven', () => {
  test('each reason once, those that leave most open first, at most six', () => {
    const findings = Array.from({ length: 9 }, (_, reason) =>
      Array.from({ length: reason + 1 }, (_, index) => unknown(`reason ${reason}`, `hint ${reason}`, `policy-${index}`)),
    ).flat();
    const shown = text({ findings });
    expect(shown.match(/reason \d/g)).toEqual(['reason 8', 'reason 7', 'reason 6', 'reason 5', 'reason 4', 'reason 3']);
    expect(shown).toContain('NOT PROVEN  45 verdicts');
    expect(shown).toContain('and 3 other reasons: --verbose tells them all');
    expect(shown).toContain('  9  reason 8\n     policy-0, policy-1, policy-2, policy-3, policy-4, policy-5 and 3 more\n     help  hint 8\n');
    expect(text({ findings }, { verbose: true }).match(/reason \d/g)).toHaveLength(9);
  });

  test('a verdict with two reasons counts for both; one without is not lost', () => {
    expect(text({ findings: [finding({ outcome: 'unknown', because: ['a', 'b'], hints: ['A', 'B'] })] })).toMatch(/ {2}1 {2}a\n.*\n +help {2}A\n\n {2}1 {2}b\n.*\n +help {2}B\n/);
    expect(text({ findings: [finding({ outcome: 'unknown', because: ['a', 'b'], hints: ['AB'] })] }).match(/help {2}AB/g)).toHaveLength(2);
    expect(text({ findings: [finding({ outcome: 'unknown' })] })).toContain('1  what it needs could not be learned\n');
  });
});

test('at most ten gaps', () => {
  const gaps = Array.from({ length: 14 }, (_, index) => ({ about: `chart-${index}`, because: 'no helm', hint: '' }));
  const shown = text({ gaps });
  expect(shown.match(/chart-\d+: no helm/g)).toHaveLength(10);
  expect(shown).toContain('NOT READ    14 things that were asked for');
  expect(shown).toContain('and 4 more gaps, --verbose lists all');
});

test.each([
  ['about its file', { about: 'a.yaml', because: 'not YAML', hint: '', location: at('a.yaml', 7, 2) }, '  a.yaml:7:2: not YAML\n'],
  ['about something else', { about: 'chart web', because: 'no helm', hint: '', location: at('a.yaml', 7, 2) }, '  chart web: no helm at a.yaml:7:2\n'],
])('a gap with a place, %s', (_, gap, line) => {
  expect(text({ gaps: [gap] })).toContain(line);
});

describe('how it ends', () => {
  const some = { subjects: 3 };
  test.each<[string, SampleReport, Partial<TextOptions>, string]>([
    ['all well', { findings: passed }, { exitCode: 0 }, 'No violations.                                           exit 0 (--fail-on high)\n'],
    ['violations below --fail-on', { findings: [finding({ severity: 'low' })] }, { exitCode: 0 }, '1 low.                     exit 0 (--fail-on high)\n'],
    ['waived', { findings: [finding({ outcome: 'waived' })] }, { exitCode: 0 }, 'No violations, 1 waived. '],
    ['some not proven', { findings: [...passed, unknown('b', 'h')] }, { exitCode: 0 }, 'No violation in what could be seen. '],
    [
      'some not read',
      { findings: passed, gaps: [{ about: 'a', because: 'b', hint: 'h' }] },
      { exitCode: 3 },
      'Incomplete: not all that was asked for could be read.\nNo violation in what could be seen.                          exit 3 (incomplete)\n',
    ],
    ['nothing proved', { findings: [unknown('b', 'h')] }, { exitCode: 0 }, 'Nothing is proved: none of 1 verdict could be reached.'],
    [
      'nothing found',
      { summary: { subjects: 0 }, sources: [{ kind: 'manifests', target: 'a', resources: 0, files: 1, ignored: 2 }] },
      { exitCode: 3 },
      'Nothing was found to judge. 2 files hold nothing that Seaworthy knows.',
    ],
    [
      'nothing found in a namespace',
      { summary: { subjects: 0 }, sources: [cluster('prod', ['shpo'])], scan: { complete: false } },
      { exitCode: 3 },
      'policies.\nNothing was found to judge in namespace shpo. -A reads all namespaces of a\ncluster. ',
    ],
    [
      'nothing could be read of a namespace',
      { summary: { subjects: 0 }, sources: [cluster('prod', ['shop'])], gaps: [{ about: 'a', because: 'b', hint: 'h' }] },
      { exitCode: 3 },
      'Incomplete: not all that was asked for could be read.\nNothing was found to judge. ',
    ],
    ['nothing judged', { summary: some }, { exitCode: 3 }, 'Nothing was judged: no policy applies to the 3 subjects found.\n'],
    ['interrupted', { findings: passed, scan: { complete: false } }, { exitCode: 130 }, 'exit 130 (interrupted)\n'],
    ['failed for another cause than --fail-on', { findings: [unknown('b', 'h')] }, { exitCode: 1 }, ' exit 1\n'],
    ['thousands', { findings: [finding()], summary: { violationsBySeverity: { critical: 0, high: 1234567, medium: 0, low: 0 } } }, {}, '1,234,567 high,'],
  ])('%s', (_, sample, more, end) => {
    expect(text(sample, more)).toContain(end);
  });

  test.each<[string, SampleReport]>([
    ['nothing found', { summary: { subjects: 0 } }],
    ['no policy applies', { summary: some }],
    ['all unknown', { findings: [unknown('b', 'h')] }],
    ['gaps only', { summary: { subjects: 0 }, gaps: [{ about: 'a', because: 'b', hint: 'h' }] }],
  ])('no word or colour of success when nothing was decided: %s', (_, sample) => {
    for (const exitCode of [0, 3]) {
      const shown = text(sample, { exitCode, color: true });
      expect(shown).not.toMatch(/no violation|passed|0 critical/i);
      if (sample.findings === undefined) expect(shown).not.toContain('\u001b[32m');
      expect(shown).toMatch(/nothing (was|is) (found|judged|proved)/i);
    }
  });
});

describe('whatever is found', () => {
  const mixed: SampleReport = {
    findings: [
      TLS,
      ...violations(80, 9),
      ...violations(3, 3).map((each) => ({
        ...each,
        policy: `a-policy-with-${'quite-'.repeat(14)}a-name`,
        subject: { ...each.subject, name: 'n'.repeat(253), namespace: 's'.repeat(63) },
      })),
      ...violations(4, 2).map((each) => ({ ...each, message: '漢字'.repeat(80), location: live(`shop/Deployment/${'x'.repeat(90)}`, `/spec/${'y'.repeat(90)}`) })),
      unknown('because '.repeat(60), 'hint '.repeat(60), `a-policy-with-${'quite-'.repeat(14)}a-name`),
      finding({ outcome: 'waived' }),
      ...passed,
    ],
    gaps: [{ about: 'about '.repeat(30), because: 'because '.repeat(30), hint: 'hint '.repeat(30), location: at('f'.repeat(50), 1, 1) }],
    sources: [{ kind: 'manifests', target: 't'.repeat(300), resources: 1, files: 1, ignored: 0 }],
  };

  test.each([60, 61, 72, 80, 99, 100, 101, 120])('no line is wider than %i columns', (columns) => {
    for (const verbose of [false, true]) {
      for (const color of [false, true]) {
        const lines = text(mixed, { columns, verbose, color, show: ['pass', 'unknown', 'waived'] }).split('\n');
        expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
      }
    }
  });

  test('never narrower than 60, 80 where nobody knows, never wider than 120', () => {
    expect(text(mixed, { columns: 10 })).toBe(text(mixed, { columns: 60 }));
    expect(text(mixed, { columns: 0 })).toBe(text(mixed, { columns: 80 }));
    expect(text(mixed, { columns: 300 })).toBe(text(mixed, { columns: 120 }));
  });

  test('a place is never cut: it moves to the left, and then over the edge', () => {
    const place = `deploy/${'a-long-folder/'.repeat(2)}api.yaml:31:11`;
    const long = `deploy/${'a-long-folder/'.repeat(8)}api.yaml:31:11`;
    for (const [where, margin] of [
      [place, '  '],
      [long, ''],
    ] as const) {
      const [file = '', line, column] = where.split(':');
      const here = at(file, Number(line), Number(column));
      for (const findings of [[finding({ location: here })], [finding({ location: at('z.yaml', 1, 1), also: [here], evidence: [{ fact: 'a.b', value: 1, location: here }] })]]) {
        expect(text({ findings }, { columns: 60 }).split('\n')).toContainEqual(expect.stringMatching(new RegExp(`^ {0,12}${where}$`)));
      }
      const shown = text({ findings: [finding({ location: here })] }, { columns: 60 });
      expect(shown).toContain(`\n${margin}${where}\n  Deployment shop/api  container api         id 3f9a41c27be0\n`);
    }
  });

  test('500 findings stay readable', () => {
    expect(text({ findings: violations(500, 10) }).split('\n').length).toBeLessThan(250);
    const shown = text({ findings: violations(500, 25) });
    expect(shown.split('\n').length).toBeLessThan(550);
    expect(shown).toContain('IN SHORT    500 violations\n\n  critical  20  policy-0\n');
    expect(shown).toContain('  and 10 more policies\n');
  });

  test('50,000 findings are no longer than 500', () => {
    const lines = (number: number) => text({ findings: violations(number, 10) }).split('\n').length;
    expect(Math.abs(lines(50_000) - lines(500))).toBeLessThan(60);
  });

  test('the order of findings changes nothing', () => {
    const findings = mixed.findings ?? [];
    const shuffled = findings
      .map((each, index) => [((index * 7919) % 104729) % 101, each] as const)
      .sort(([a], [b]) => a - b)
      .map(([, each]) => each);
    expect(text({ ...mixed, findings: shuffled })).toBe(text(mixed));
    expect(text({ ...mixed, findings: findings.toReversed() }, { verbose: true })).toBe(text(mixed, { verbose: true }));
  });

  test('times change nothing', () => {
    expect(text({ ...mixed, scan: { durationMs: 7, startedAt: '' } })).toBe(text({ ...mixed, scan: { durationMs: 9 } }));
  });

  test('colour only when asked, and then nothing but colour', () => {
    const plain = text(mixed);
    const colored = text(mixed, { color: true });
    expect(plain).not.toContain('\u001b');
    expect(colored).toContain('\u001b');
    expect(colored.replace(new RegExp(`${'\u001b'}\\[\\d+m`, 'g'), '')).toBe(plain);
  });

  test('no blank at the end of a line, no two blank lines', () => {
    for (const columns of [60, 80, 120]) expect(text(mixed, { columns })).not.toMatch(/ \n|\n\n\n/);
  });

  test('our own words and frames are ASCII', () => {
    expect(text({ findings: [...violations(80, 9), TLS, unknown('b', 'h')], gaps: [{ about: 'a', because: 'b', hint: 'h' }] })).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe('wide', () => {
  test.each<[string, Partial<Finding>, string]>([
    ['violation', {}, 'deploy/api.yaml:31:11 HIGH workload-non-root Deployment shop/api container api: api may run as root [3f9a41c27be0]\n'],
    ['unknown', { outcome: 'unknown' }, 'deploy/api.yaml:31:11 UNKNOWN workload-non-root Deployment shop/api container api: api may run as root [3f9a41c27be0]\n'],
    [
      'live',
      { location: live('shop/Deployment/api', '/spec/x') },
      'prod-eu:shop/Deployment/api#/spec/x HIGH workload-non-root Deployment shop/api container api: api may run as root [3f9a41c27be0]\n',
    ],
    ['folded', { message: 'two\nlines\n' }, 'deploy/api.yaml:31:11 HIGH workload-non-root Deployment shop/api container api: two lines [3f9a41c27be0]\n'],
  ])('%s', (_, more, line) => {
    expect([...formats.wide(report({ findings: [finding(more)] }), options({ show: ['unknown'] }))].join('')).toBe(line);
  });

  test('every finding, one line each', () => {
    const lines = [...formats.wide(report({ findings: violations(3000, 25) }), options())].join('').trimEnd().split('\n');
    expect(lines).toHaveLength(3000);
  });
});

test('formats are known by their names', () => {
  expect(['text', 'wide', 'json', 'name'].every(isFormat)).toBe(true);
  expect(['', 'xml', 'constructor'].some(isFormat)).toBe(false);
});
