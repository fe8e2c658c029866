import { describe, expect, test } from 'vitest';
import { kubernetes, lineOf } from './support.ts';

const FACTS = ['recordsAnything', 'recordsSecretAccess', 'recordsSecretValues', 'recordsEnteringPods', 'recordsRoleChanges'] as const;

function recordedBy(rules: string): string[] {
  const facts = kubernetes(`{apiVersion: audit.k8s.io/v1, kind: Policy, rules: ${rules}}`).facts('audit', FACTS);
  return FACTS.filter((fact) => facts[fact] === true).map((fact) => fact.replace('records', ''));
}

describe('what an audit policy records', () => {
  test.each<[string, string, string[]]>([
    ['no rules', '[]', []],
    ['null', 'null', []],
    ['nothing', '[{level: None}]', []],
    ['everything', '[{level: Metadata}]', ['Anything', 'SecretAccess', 'EnteringPods', 'RoleChanges']],
    ['everything, with what it holds', '[{level: RequestResponse}]', ['Anything', 'SecretAccess', 'SecretValues', 'EnteringPods', 'RoleChanges']],
    ['the first rule decides', '[{level: None, resources: [{group: ""}]}, {level: Metadata}]', ['Anything', 'RoleChanges']],
    ['only for some', '[{level: Metadata, users: [a]}]', ['Anything']],
    ['for some, nothing', '[{level: None, userGroups: ["system:nodes"]}, {level: Metadata}]', ['Anything', 'SecretAccess', 'EnteringPods', 'RoleChanges']],
    ['only in some namespaces', '[{level: Metadata, namespaces: [shop]}]', ['Anything']],
    ['only some verbs', '[{level: Metadata, verbs: [delete]}]', ['Anything']],
    ['only some objects', '[{level: Metadata, resources: [{group: "", resources: [secrets], resourceNames: [a]}]}]', ['Anything']],
    ['secrets', '[{level: Metadata, resources: [{group: "", resources: [secrets]}]}]', ['Anything', 'SecretAccess']],
    ['secrets of another group', '[{level: Request, resources: [{group: example.com, resources: [secrets]}]}]', ['Anything']],
    ['URLs are no resources', '[{level: RequestResponse, nonResourceURLs: ["*"]}]', ['Anything']],
    ['pods leaves out what is below pods', '[{level: Metadata, resources: [{group: "", resources: [pods]}]}]', ['Anything']],
    ['pods/*', '[{level: Metadata, resources: [{group: "", resources: ["pods/*"]}]}]', ['Anything', 'EnteringPods']],
    ['*/exec', '[{level: Metadata, resources: [{group: "", resources: ["*/exec"]}]}]', ['Anything', 'EnteringPods']],
    ['* of a group', '[{level: Metadata, resources: [{group: rbac.authorization.k8s.io, resources: ["*"]}]}]', ['Anything', 'RoleChanges']],
    [
      'values behind a rule that keeps them out',
      '[{level: Metadata, resources: [{group: "", resources: [secrets]}]}, {level: Request}]',
      ['Anything', 'SecretAccess', 'EnteringPods', 'RoleChanges'],
    ],
    ['values before it', '[{level: Request, users: [a]}, {level: Metadata}]', ['Anything', 'SecretAccess', 'SecretValues', 'EnteringPods', 'RoleChanges']],
    ['rules that are none', '[1, {level: [a]}, {resources: x}]', []],
  ])('%s', (_, rules, expected) => {
    expect(recordedBy(rules)).toEqual(expected);
  });

  test('it stands at the level of the rule that decides', () => {
    const audit = kubernetes('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n  - level: None\n    users: [a]\n  - level: Request\n').one('audit');
    expect(['recordsSecretValues', 'recordsSecretAccess', 'recordsAnything'].map((fact) => lineOf(audit, `audit.${fact}`))).toEqual(['app.yaml:6', 'app.yaml:6', 'app.yaml:3']);
  });

  test('another Policy is none', () => {
    expect(kubernetes('{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: a}, spec: {rules: []}}').of('audit')).toEqual([]);
  });
});
