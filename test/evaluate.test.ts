import { describe, expect, test } from 'vitest';
import { type EvaluateOptions, evaluate } from '../src/evaluate.ts';
import type { CompiledPolicy } from '../src/model/policy.ts';
import type { Finding, Summary } from '../src/model/report.ts';
import type { Subject } from '../src/model/subject.ts';
import { compilePolicy as policy } from './compile-policy.ts';
import { compose, derive, type Files, kubernetes, objectsOf, project, type ReadOptions } from './facts/support.ts';

const NOT_PRIVILEGED = policy({ id: 'not-privileged', require: 'container.isPrivileged == false', message: '{container.name} is privileged' });
const NON_ROOT = policy({ id: 'non-root', require: 'container.runsAsRoot == false', message: '{container.name} runs as root' });

function judge(subjects: Iterable<Subject>, policies: readonly CompiledPolicy[], options: Partial<EvaluateOptions> = {}): { findings: Finding[]; summary: Summary } {
  const { findings, summary } = evaluate(subjects, policies, { defaultNamespace: '', keepPasses: false, ...options });
  expect([...findings]).toHaveLength(findings.length);
  return { findings: [...findings], summary };
}

/** A pod, one field a line, so that lines tell places apart. */
const pod = (name: string, security: string, namespace = 'shop', container = 'app'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec:\n  containers:\n    - name: ${container}\n      image: a:1\n      securityContext:\n        ${security}\n`;

const ROOT = 'runAsUser: 0';
const PRIVILEGED = 'privileged: true';
const GOOD = '{runAsNonRoot: true, privileged: false}'.slice(1, -1).replace(', ', '\n        ');

const place = ({ location }: Pick<Finding, 'location'>): string => ('file' in location ? `${location.file}:${location.line}` : '?');
const places = (finding: Finding): string[] => [place(finding), ...finding.also.map((location) => place({ location }))];

describe('a finding', () => {
  test('says what, where and why', () => {
    const [finding] = judge(kubernetes(pod('web', PRIVILEGED)).all, [NOT_PRIVILEGED]).findings;
    expect(finding).toMatchObject({
      policy: 'not-privileged',
      outcome: 'violation',
      severity: 'high',
      confidence: 'declared',
      subject: { type: 'container', cluster: null, apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', container: 'app', part: '' },
      message: 'app is privileged',
      location: { file: 'app.yaml', line: 9, column: 21, pointer: '/spec/containers/0/securityContext/privileged', missing: false },
      also: [],
      evidence: [{ fact: 'container.isPrivileged', value: true, location: { line: 9 } }],
      views: ['git'],
      because: [],
      hints: [],
      fix: 'F',
      waiver: null,
    });
    expect(finding?.excerpt.map(({ line }) => line)).toContain(9);
  });

  test('of what is not known gives each reason once, with its hint', () => {
    const both = policy({ require: 'container.runsAsRoot == false && container.hasHealthCheck && image.hasNumericUser' });
    const [finding] = judge(compose('services: {app: {image: "a:1"}}').all, [both]).findings;
    expect(finding?.outcome).toBe('unknown');
    expect(finding?.because.length).toBeGreaterThan(0);
    expect(new Set(finding?.because.map((because, index) => because + finding.hints[index])).size).toBe(finding?.because.length);
    expect(finding?.hints).toHaveLength(finding?.because.length ?? 0);
    expect(finding?.evidence.map(({ fact, value }) => [fact, value])).toEqual([
      ['container.runsAsRoot', null],
      ['container.hasHealthCheck', null],
      ['image.hasNumericUser', null],
    ]);
  });

  test('of a sentence that fails on what it reads says so: an unknown has a reason', () => {
    const [finding] = judge(kubernetes(pod('web', 'procMount: Default')).all, [policy({ require: 'container.runAsUser.value() != 0' })]).findings;
    expect(finding?.outcome).toBe('unknown');
    expect(finding?.because.join()).not.toBe('');
    expect(finding?.hints).toHaveLength(finding?.because.length ?? 0);
  });

  test.each<[string, string, string, string]>([
    ['the first deciding fact', 'container.isPrivileged == false && container.canGainPrivileges == false', '', 'app.yaml:9'],
    ['what the policy names', 'container.isPrivileged == false', 'container.name', 'app.yaml:6'],
    ['the resource, where nothing is read', 'false', '', 'app.yaml:1'],
  ])('points at %s', (_, require, at, expected) => {
    const [finding] = judge(kubernetes(pod('web', PRIVILEGED)).all, [policy({ require, ...(at === '' ? {} : { at }) })]).findings;
    expect(finding === undefined ? '' : place(finding)).toBe(expected);
  });

  test('of a kind that is known by its shape only is assumed', () => {
    const rollout = pod('web', PRIVILEGED).replace('v1\nkind: Pod', 'argoproj.io/v1alpha1\nkind: Rollout');
    expect(judge(kubernetes(rollout).all, [NOT_PRIVILEGED]).findings[0]?.confidence).toBe('assumed');
  });

  test.each<[string, string, string, unknown]>([
    ['a bool', 'container.isPrivileged', PRIVILEGED, true],
    ['a number', 'container.runAsUser.orValue(1) == 1', 'runAsUser: 7', 7],
    ['what is not set', 'container.runAsUser.orValue(1) == 0', 'procMount: Default', null],
    ['a list', 'container.addedCapabilities == ["X"]', 'capabilities: {add: [KILL]}', ['KILL']],
    ['a text', 'container.procMount == "X"', 'procMount: Default', 'Default'],
    ['a number that no double holds', 'container.runAsUser.orValue(1) == 1', 'runAsUser: 9223372036854775807', '9223372036854775807'],
  ])('has evidence of %s', (_, sentence, security, expected) => {
    const require = sentence === 'container.isPrivileged' ? '!container.isPrivileged' : sentence;
    expect(judge(kubernetes(pod('web', security)).all, [policy({ require })]).findings[0]?.evidence[0]?.value).toEqual(expected);
  });
});

describe('the same fault seen twice is one finding', () => {
  const files = (texts: Files): readonly Subject[] => kubernetes(texts).all;
  const shuffled = (texts: Files): readonly Subject[] => {
    const units = Object.entries(texts).map(([name, text]) => ({ kind: 'files' as const, name, resources: objectsOf(name, text) }));
    return derive(units.reverse()).all;
  };

  test.each<[string, Files, string, string[]]>([
    // files, outcome, places
    ['in two files', { 'a.yaml': pod('web', ROOT), 'b.yaml': pod('web', ROOT) }, 'violation', ['a.yaml:9', 'b.yaml:9']],
    ['whatever their order', { 'b.yaml': pod('web', ROOT), 'a.yaml': pod('web', ROOT) }, 'violation', ['a.yaml:9', 'b.yaml:9']],
    ['in three files', { 'c.yaml': pod('web', ROOT), 'a.yaml': pod('web', ROOT), 'b.yaml': pod('web', ROOT) }, 'violation', ['a.yaml:9', 'b.yaml:9', 'c.yaml:9']],
    [
      'by line, and not by its digits',
      { 'a.yaml': `${'#\n'.repeat(100)}${pod('web', ROOT)}---\n${pod('web', ROOT)}`, 'b.yaml': pod('web', ROOT) },
      'violation',
      ['a.yaml:109', 'a.yaml:119', 'b.yaml:9'],
    ],
    ['the worse outcome is told: violation over unknown', { 'a.yaml': pod('web', 'procMount: Default'), 'b.yaml': pod('web', ROOT) }, 'violation', ['b.yaml:9']],
    ['unknown over pass', { 'a.yaml': pod('web', GOOD), 'b.yaml': pod('web', 'procMount: Default') }, 'unknown', ['b.yaml:8']],
    ['violation over pass', { 'a.yaml': pod('web', ROOT), 'b.yaml': pod('web', GOOD) }, 'violation', ['a.yaml:9']],
    [
      'two violations and an unknown',
      { 'a.yaml': pod('web', ROOT), 'b.yaml': pod('web', 'procMount: Default'), 'c.yaml': pod('web', ROOT) },
      'violation',
      ['a.yaml:9', 'c.yaml:9'],
    ],
  ])('%s', (_, texts, outcome, expected) => {
    for (const subjects of [files(texts), shuffled(texts)]) {
      const { findings } = judge(subjects, [NON_ROOT]);
      expect(findings.map((finding) => [finding.outcome, ...places(finding)])).toEqual([[outcome, ...expected]]);
    }
  });

  test('the message says what is wrong of what is wrong alone', () => {
    const told = (text: string): unknown => judge(kubernetes(text).all, [NON_ROOT], { keepPasses: true }).findings.map(({ message }) => message);
    expect([told(pod('a', ROOT)), told(pod('a', GOOD)), told(pod('a', 'procMount: Default'))]).toEqual([['app runs as root'], ['T'], ['not known: T']]);
  });

  test('the message is that of the first place, whatever the order', () => {
    const image = policy({ require: 'image.tag == "9"', message: 'it is {image.tag}' });
    const texts = { 'a.yaml': pod('web', ROOT), 'b.yaml': pod('web', ROOT).replace('a:1', 'a:2') };
    for (const subjects of [files(texts), shuffled(texts)]) {
      expect(judge(subjects, [image]).findings.map(({ message }) => message)).toEqual(['it is 1']);
    }
  });

  test('a place is not listed beside itself', () => {
    const healthy = policy({ subject: 'image', require: 'image.runsAsRoot == false' });
    const texts = { 'compose.yaml': 'name: shop\nservices: {a: {build: .}, b: {build: .}}', Dockerfile: 'FROM a:1\nUSER 0' };
    expect(judge(compose(texts).all, [healthy]).findings.map(places)).toEqual([['Dockerfile:2']]);
  });

  test('seen in git and in a cluster, it is of both views, and the cluster is the better evidence', () => {
    const [inFile] = objectsOf('a.yaml', pod('web', ROOT));
    if (inFile === undefined) throw new Error('no pod');
    const location = { cluster: 'prod', ref: 'Pod shop/web', pointer: '', missing: false };
    const live = { ...inFile, origin: { view: 'live:prod', locate: () => location, excerpt: () => [] } };
    const units = [inFile, live].map((resource) => ({ kind: 'files' as const, name: 'x', resources: [resource] }));
    for (const order of [units, [...units].reverse()]) {
      const [finding] = judge(derive(order).all, [NON_ROOT]).findings;
      expect(finding).toMatchObject({ views: ['live:prod', 'git'], confidence: 'effective', location, also: [{ file: 'a.yaml', line: 9 }] });
    }
  });

  test('passes merge as well', () => {
    const { findings } = judge(files({ 'a.yaml': pod('web', GOOD), 'b.yaml': pod('web', GOOD) }), [NON_ROOT], { keepPasses: true });
    expect(findings.map((finding) => [finding.outcome, ...places(finding)])).toEqual([['pass', 'a.yaml:9', 'b.yaml:9']]);
  });
});

describe('ids', () => {
  const idOf = (subjects: readonly Subject[], judged = NOT_PRIVILEGED, options: Partial<EvaluateOptions> = {}): string[] =>
    judge(subjects, [judged], options).findings.map(({ id }) => id);
  const [usual = ''] = idOf(kubernetes(pod('web', PRIVILEGED)).all);

  test('are twelve hexadecimal digits', () => {
    expect(usual).toMatch(/^[0-9a-f]{12}$/);
  });

  test.each<[string, string | Files, string, ReadOptions]>([
    // text, found in, options
    ['in another file', { 'other/place.yaml': pod('web', PRIVILEGED) }, '', {}],
    ['on another line', `# a comment\n\n${pod('web', PRIVILEGED)}`, '', {}],
    ['behind another document', `${pod('other', GOOD)}---\n${pod('web', PRIVILEGED)}`, '', {}],
    ['behind another container', pod('web', PRIVILEGED).replace('    - name', '    - {name: first, image: b:1}\n    - name'), '', {}],
    ['with other values', pod('web', `${PRIVILEGED}\n        runAsUser: 7`), '', {}],
    ['with its namespace from -n', pod('web', PRIVILEGED).replace(', namespace: shop', ''), '', { namespace: 'shop' }],
  ])('are the same %s', (_, text, __, options) => {
    expect(idOf(kubernetes(text, options).all, NOT_PRIVILEGED, { defaultNamespace: options.namespace ?? '' })).toEqual([usual]);
  });

  test.each<[string, readonly Subject[], CompiledPolicy]>([
    ['of another object', kubernetes(pod('api', PRIVILEGED)).all, NOT_PRIVILEGED],
    ['of another container', kubernetes(pod('web', PRIVILEGED, 'shop', 'other')).all, NOT_PRIVILEGED],
    ['of another namespace', kubernetes(pod('web', PRIVILEGED, 'prod')).all, NOT_PRIVILEGED],
    [
      'of another kind',
      kubernetes(pod('web', PRIVILEGED).replace('kind: Pod', 'kind: PodTemplate').replace('spec:\n', 'template:\n spec:\n').replaceAll('\n  ', '\n   ')).all,
      NOT_PRIVILEGED,
    ],
    ['of another policy', kubernetes(pod('web', PRIVILEGED)).all, policy({ id: 'another', require: 'container.isPrivileged == false' })],
  ])('are others %s', (_, subjects, judged) => {
    const ids = idOf(subjects, judged);
    expect(ids).toHaveLength(1);
    expect(ids).not.toContain(usual);
  });

  test('tell the API group, and not its version', () => {
    const deployment = (apiVersion: string): string =>
      `apiVersion: ${apiVersion}\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: app, securityContext: {privileged: true}}]}}}\n`;
    const ids = ['apps/v1', 'apps/v1beta2', 'extensions/v1beta1'].flatMap((apiVersion) => idOf(kubernetes(deployment(apiVersion)).all));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  test('tell the parts of a container apart', () => {
    const literal = policy({ subject: 'variable', require: '!variable.holdsLiteralSecret' });
    const text = '{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, env: [{name: A_PASSWORD, value: hunter2}, {name: B_PASSWORD, value: hunter2}]}]}}';
    const { findings } = judge(kubernetes(text).all, [literal]);
    expect(findings.map(({ subject }) => subject.part)).toEqual(['env A_PASSWORD', 'env B_PASSWORD']);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(2);
  });

  test('of a compose service do not change with the folder that the scan began in', () => {
    const secret = policy({ subject: 'entry', require: '!entry.holdsLiteralSecret' });
    const here = project({ 'compose.yaml': 'name: shop\nservices: {a: {image: "a:1", env_file: conf/a.env}}', 'conf/a.env': 'API_TOKEN=hunter2\n' });
    const [file] = here.envFiles['a'] ?? [];
    if (file === undefined) throw new Error('no env file');
    const there = { ...here, file: 'deploy/compose.yaml', envFiles: { a: [{ ...file, file: 'deploy/conf/a.env' }] } };
    const ids = [here, there].flatMap((resource) => idOf(derive([{ kind: 'compose', name: 'x', resources: [resource] }]).all, secret));
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('-n', () => {
  const any = policy({ subject: 'object', require: 'object.kind == ""' });
  const namespaceOf = (text: string, namespace = 'prod'): string[] =>
    judge(kubernetes(text, { namespace }).all, [any], { defaultNamespace: namespace }).findings.map(({ subject }) => subject.namespace);
  test.each<[string, string, string]>([
    ['stands in where none is written', '{apiVersion: v1, kind: Service, metadata: {name: a}}', 'prod'],
    ['does not replace what is written', '{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}}', 'shop'],
    ...[
      ['v1', 'Namespace'],
      ['v1', 'Node'],
      ['v1', 'PersistentVolume'],
      ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
      ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
      ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
      ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
      ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
      ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
      ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding'],
      ['apiregistration.k8s.io/v1', 'APIService'],
      ['storage.k8s.io/v1', 'StorageClass'],
      ['storage.k8s.io/v1', 'CSIDriver'],
      ['storage.k8s.io/v1', 'VolumeAttachment'],
      ['scheduling.k8s.io/v1', 'PriorityClass'],
      ['networking.k8s.io/v1', 'IngressClass'],
      ['node.k8s.io/v1', 'RuntimeClass'],
      ['certificates.k8s.io/v1', 'CertificateSigningRequest'],
      ['policy/v1beta1', 'PodSecurityPolicy'],
      ['flowcontrol.apiserver.k8s.io/v1', 'FlowSchema'],
      ['kyverno.io/v1', 'ClusterPolicy'],
    ].map(([apiVersion, kind]): [string, string, string] => [`is nothing to a ${kind}`, `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`, '']),
    [
      'is nothing to a ClusterRole that names a namespace, which the API server drops',
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: shop}}',
      '',
    ],
    ['is something to a kind of somebody else with such a name', '{apiVersion: kpack.io/v1, kind: Image, metadata: {name: a}}', 'prod'],
  ])('%s', (_, text, expected) => {
    expect(namespaceOf(text)).toEqual([expected]);
  });

  test('is nothing to compose and Dockerfiles', () => {
    expect(judge(compose('name: shop\nservices: {}').all, [any], { defaultNamespace: 'prod' }).findings.map(({ subject }) => subject.namespace)).toEqual(['']);
    expect(judge(kubernetes({ Dockerfile: 'FROM a:1' }).all, [any], { defaultNamespace: 'prod' }).findings.map(({ subject }) => subject.namespace)).toEqual(['']);
  });
});

describe('the list', () => {
  const bySeverity = (['low', 'critical', 'medium', 'high'] as const).map((severity) => policy({ id: `p-${severity}`, severity, require: 'false' }));

  test('is ordered by severity, policy and subject', () => {
    const second = policy({ id: 'o-high', severity: 'high', require: 'false' });
    const subjects = kubernetes({ 'b.yaml': pod('b', GOOD), 'a.yaml': pod('a', GOOD) }).all;
    expect(judge(subjects, [...bySeverity, second]).findings.map(({ policy: id, subject }) => `${id} ${subject.name}`)).toEqual(
      ['p-critical', 'o-high', 'p-high', 'p-medium', 'p-low'].flatMap((id) => [`${id} a`, `${id} b`]),
    );
  });

  test('is the same, whatever the order of subjects and policies', () => {
    const subjects = kubernetes({ 'a.yaml': pod('a', ROOT), 'b.yaml': pod('a', ROOT), 'c.yaml': pod('c', PRIVILEGED) }).all;
    const policies = [...bySeverity, NON_ROOT, NOT_PRIVILEGED];
    expect(judge([...subjects].reverse(), [...policies].reverse()).findings).toEqual(judge(subjects, policies).findings);
  });

  test('can be read more than once', () => {
    const { findings } = evaluate(kubernetes(pod('a', ROOT)).all, [NON_ROOT], { defaultNamespace: '', keepPasses: false });
    expect([...findings]).toEqual([...findings]);
    expect(findings.length).toBe(1);
  });

  test.each([
    [false, ['violation', 'unknown']],
    [true, ['violation', 'unknown', 'pass']],
  ])('keepPasses %s: %j', (keepPasses, expected) => {
    const text = [pod('a', ROOT), pod('b', 'procMount: Default'), pod('c', GOOD)].join('---\n');
    expect(judge(kubernetes(text).all, [NON_ROOT], { keepPasses }).findings.map(({ outcome }) => outcome)).toEqual(expected);
  });

  test('subjects that are not wanted are not judged', () => {
    const subjects = kubernetes({ 'a.yaml': pod('a', ROOT), 'b.yaml': pod('b', ROOT) }).all;
    const { findings, summary } = judge(subjects, [NON_ROOT], { isWanted: (_, { name }) => name === 'b' });
    expect(findings.map(({ subject }) => subject.name)).toEqual(['b']);
    expect(summary).toMatchObject({ subjects: 1, judged: 1, violation: 1 });
  });

  test('they are asked for with the namespace that -n gives them', () => {
    const seen: string[] = [];
    const subjects = kubernetes(pod('a', ROOT).replace(', namespace: shop', ''), { namespace: 'prod' }).of('container');
    judge(subjects, [NON_ROOT], { defaultNamespace: 'prod', isWanted: (_, { namespace }) => seen.push(namespace) > 0 });
    expect(seen).toEqual(['prod']);
  });
});

describe('the summary', () => {
  test('counts', () => {
    const critical = policy({ id: 'c', severity: 'critical', require: '!container.isPrivileged' });
    const elsewhere = policy({ id: 'w', severity: 'low', when: 'workload.kind == "Job"', require: 'false' });
    const ofOthers = policy({ id: 'n', subject: 'role', require: 'false' });
    const text = [pod('a', ROOT), pod('b', PRIVILEGED), pod('c', GOOD)].join('---\n');
    expect(judge(kubernetes(text).all, [NON_ROOT, critical, elsewhere, ofOthers]).summary).toEqual({
      subjects: 3,
      judged: 6,
      pass: 3,
      violation: 2,
      unknown: 1,
      waived: 0,
      notApplicable: 3,
      violationsBySeverity: { critical: 1, high: 1, medium: 0, low: 0 },
    });
  });

  test('counts a fault that was seen twice once', () => {
    const { summary } = judge(kubernetes({ 'a.yaml': pod('a', ROOT), 'b.yaml': pod('a', ROOT) }).all, [NON_ROOT]);
    expect(summary).toMatchObject({ subjects: 2, judged: 2, violation: 1, violationsBySeverity: { high: 1 } });
  });

  test('of nothing is nothing', () => {
    expect(judge([], [NON_ROOT]).summary).toMatchObject({ subjects: 0, judged: 0, pass: 0, violation: 0, unknown: 0 });
    expect(judge(kubernetes(pod('a', ROOT)).all, []).summary).toMatchObject({ subjects: 0, judged: 0 });
  });
});

describe('stack traces, which judging goes without', () => {
  const LIMIT = Error.stackTraceLimit;
  const failing = (fail: () => never): CompiledPolicy => ({ source: NON_ROOT.source, reads: [], decidedBy: [], fix: '', judge: fail, phrase: () => '' });
  const boom = (): never => {
    throw new Error('boom');
  };

  test('are restored when all is well', () => {
    judge(kubernetes(pod('a', ROOT)).all, [NON_ROOT]);
    expect(Error.stackTraceLimit).toBe(LIMIT);
  });

  test('are restored when a policy throws', () => {
    expect(() => judge(kubernetes(pod('a', ROOT)).all, [failing(boom)])).toThrow('boom');
    expect(Error.stackTraceLimit).toBe(LIMIT);
  });

  test('are restored when a derivation throws, and its error has its own', () => {
    function* subjects(): Generator<Subject> {
      yield* kubernetes(pod('a', ROOT)).all;
      boom();
    }
    let stack = '';
    try {
      judge(subjects(), [NON_ROOT]);
    } catch (error) {
      stack = (error as Error).stack ?? '';
    }
    expect(stack).toMatch(/boom[\s\S]*evaluate\.test/);
    expect(Error.stackTraceLimit).toBe(LIMIT);
  });
});
