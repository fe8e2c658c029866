import { describe, expect, test } from 'vitest';
import { kubernetes, lineOf, type ReadOptions, type Subjects } from './support.ts';

const UNKNOWN = undefined;

const POD = '---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: c, image: a:1}]}\n';

function namespace(labels = '{}', others = ''): Subjects {
  return kubernetes(`apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: ${labels}\n${others}`);
}

describe('labels of Pod Security', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['none', '{}', { enforceLevel: '', enforceVersion: '', auditLevel: '', warnLevel: '' }],
    ['null', 'null', { enforceLevel: '' }],
    ['enforced', '{pod-security.kubernetes.io/enforce: restricted}', { enforceLevel: 'restricted', enforceVersion: '' }],
    ['pinned', '{pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/enforce-version: v1.34}', { enforceLevel: 'baseline', enforceVersion: 'v1.34' }],
    [
      'only warned and audited',
      '{pod-security.kubernetes.io/warn: restricted, pod-security.kubernetes.io/audit: baseline}',
      { enforceLevel: '', warnLevel: 'restricted', auditLevel: 'baseline' },
    ],
    ['a level that nobody knows is told as it is', '{pod-security.kubernetes.io/enforce: Restricted}', { enforceLevel: 'Restricted' }],
  ])('%s', (_, labels, expected) => {
    expect(namespace(labels).facts('namespace', Object.keys(expected))).toEqual(expected);
  });

  test('of a namespace that was not seen nothing is known', () => {
    const subjects = kubernetes(POD);
    expect(subjects.facts('namespace', ['name', 'enforceLevel', 'enforcedByEngine', 'hasQuota', 'quotaBoundsCompute', 'hasLimitRange', 'hasWorkloads'])).toEqual({
      name: 'shop',
      enforceLevel: UNKNOWN,
      enforcedByEngine: UNKNOWN,
      hasQuota: UNKNOWN,
      quotaBoundsCompute: UNKNOWN,
      hasLimitRange: UNKNOWN,
      hasWorkloads: true,
    });
    expect(subjects.one('namespace').absence('ns.enforceLevel').because).toContain('shop');
  });
});

describe('which namespaces there are', () => {
  test.each<[string, string, ReadOptions, string[]]>([
    ['one that was seen', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n', {}, ['a']],
    ['one that workloads are in', POD, {}, ['shop']],
    ['one that only a ConfigMap is in', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: b}\ndata: {}\n', {}, []],
    ['none is named', POD.replace(', namespace: shop', ''), {}, []],
    ['-n names it', POD.replace(', namespace: shop', ''), { namespace: 'prod' }, ['prod']],
    ['-n does not rename', POD, { namespace: 'prod' }, ['shop']],
  ])('%s', (_, text, options, expected) => {
    expect(
      kubernetes(text, options)
        .of('namespace')
        .map((subject) => subject.identity().name),
    ).toEqual(expected);
  });

  test('one that two files describe is judged twice, each by its own labels', () => {
    const subjects = kubernetes({
      'base.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n',
      'overlay.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
    });
    expect(subjects.of('namespace').map(({ facts }) => (facts as { enforceLevel?: string }).enforceLevel)).toEqual(['restricted', '']);
  });

  test.each([
    ['kube-system', true],
    ['kube-public', true],
    ['kube-node-lease', true],
    ['kube-systems', false],
    ['default', false],
  ])('%s is one of the system: %s', (name, expected) => {
    expect(kubernetes(`{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`).fact('namespace.isSystem')).toBe(expected);
  });
});

describe('quotas and limit ranges', () => {
  const quota = (spec: string, where = 'shop'): string => `---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: ${where}}\nspec: ${spec}\n`;
  const range = (limit: string): string => `---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: shop}\nspec: {limits: [${limit}]}\n`;
  test.each<[string, string, boolean, boolean]>([
    // other objects, hasQuota, quotaBoundsCompute
    ['none', '', false, false],
    ['all three', quota('{hard: {requests.cpu: "8", limits.memory: 16Gi, pods: "40"}}'), true, true],
    ['in the short form', quota('{hard: {cpu: "8", memory: 16Gi, count/pods: "40"}}'), true, true],
    ['in two quotas', quota('{hard: {requests.cpu: "8", limits.memory: 16Gi}}') + quota('{hard: {pods: "40"}}'), true, true],
    ['only objects', quota('{hard: {count/secrets: "8"}}'), true, false],
    ['without pods', quota('{hard: {requests.cpu: "8", limits.memory: 16Gi}}'), true, false],
    ['nothing in it', quota('{hard: {}}'), false, false],
    ['only for some pods by scope', quota('{hard: {requests.cpu: "8", limits.memory: 16Gi, pods: "40"}, scopes: [BestEffort]}'), false, false],
    ['only for some pods by selector', quota('{hard: {pods: "40"}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}'), false, false],
    ['an empty list of scopes', quota('{hard: {requests.cpu: "8", limits.memory: 16Gi, pods: "40"}, scopes: []}'), true, true],
    ['of another namespace', quota('{hard: {requests.cpu: "8", limits.memory: 16Gi, pods: "40"}}', 'other'), false, false],
  ])('quota: %s', (_, others, hasQuota, quotaBoundsCompute) => {
    expect(namespace('{}', others).facts('namespace', ['hasQuota', 'quotaBoundsCompute'])).toEqual({ hasQuota, quotaBoundsCompute });
  });

  test('a quota that was seen counts, though its namespace was not', () => {
    expect(kubernetes(POD + quota('{hard: {pods: "40"}}')).facts('namespace', ['hasQuota', 'quotaBoundsCompute'])).toEqual({ hasQuota: true, quotaBoundsCompute: UNKNOWN });
  });

  test.each<[string, string, boolean]>([
    ['none', '', false],
    ['a default', range('{type: Container, default: {memory: 1Gi}}'), true],
    ['a max is one', range('{type: Container, max: {memory: 1Gi}}'), true],
    ['default requests limit nothing', range('{type: Container, defaultRequest: {memory: 1Gi}}'), false],
    ['for pods', range('{type: Pod, max: {memory: 1Gi}}'), false],
    ['for claims', range('{type: PersistentVolumeClaim, max: {storage: 1Gi}}'), false],
  ])('limit range: %s', (_, others, expected) => {
    expect(namespace('{}', others).fact('namespace.hasLimitRange')).toBe(expected);
  });

  test('they stand where the quota does, and at the namespace where there is none', () => {
    expect(lineOf(namespace('{}', quota('{hard: {pods: "40"}}')).one('namespace'), 'ns.quotaBoundsCompute')).toBe('app.yaml:10 app.yaml:4');
    expect(lineOf(namespace().one('namespace'), 'ns.hasQuota')).toBe('app.yaml:4');
    expect(lineOf(namespace('{pod-security.kubernetes.io/enforce: baseline}').one('namespace'), 'ns.enforceLevel')).toBe('app.yaml:5');
  });
});

describe('engines', () => {
  const kyverno = (spec: string, kind = 'ClusterPolicy'): string => `---\napiVersion: kyverno.io/v1\nkind: ${kind}\nmetadata: {name: k}\nspec: ${spec}\n`;
  const rule = (more = '', validate = 'podSecurity: {level: restricted}'): string => `{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {${validate}}${more}}`;
  test.each<[string, string, boolean]>([
    ['none', '', false],
    ['enforcing', kyverno(`{validationFailureAction: Enforce, rules: [${rule()}]}`), true],
    ['enforcing in the old spelling', kyverno(`{validationFailureAction: enforce, rules: [${rule()}]}`), true],
    ['enforcing by rule', kyverno(`{rules: [${rule('', 'failureAction: Enforce, podSecurity: {level: baseline}')}]}`), true],
    ['auditing', kyverno(`{validationFailureAction: Audit, rules: [${rule()}]}`), false],
    ['auditing by default', kyverno(`{rules: [${rule()}]}`), false],
    ['auditing by rule', kyverno(`{validationFailureAction: Enforce, rules: [${rule('', 'failureAction: Audit, podSecurity: {level: baseline}')}]}`), false],
    ['enforcing something else', kyverno(`{validationFailureAction: Enforce, rules: [${rule('', 'pattern: {}')}]}`), false],
    ['giving way when it is down', kyverno(`{failurePolicy: Ignore, validationFailureAction: Enforce, rules: [${rule()}]}`), false],
    ['picking its namespaces', kyverno(`{validationFailureAction: Enforce, rules: [${rule(', exclude: {any: [{resources: {namespaces: [shop]}}]}')}]}`), false],
    ['picking them by selector', kyverno(`{validationFailureAction: Enforce, rules: [${rule(', exclude: {resources: {namespaceSelector: {}}}')}]}`), false],
    ['a number that no double holds', kyverno(`{validationFailureAction: Enforce, rules: [${rule(', exclude: {any: [{x: 9007199254740993}]}')}]}`), true],
  ])('Kyverno: %s', (_, others, expected) => {
    expect(namespace('{}', others).fact('namespace.enforcedByEngine')).toBe(expected);
  });
});
