import type { KubernetesObject } from '../model/inventory.ts';
import type { JsonObject, Path } from '../model/json.ts';
import type { Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import { isObject, listAt, stringAt, stringsAt } from './read.ts';
import { nameOf } from './unit-index.ts';

/** A request that somebody makes of the API server, as the rules of an audit policy tell requests apart. */
interface AuditedRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

const READ_SECRET: AuditedRequest = { verb: 'get', group: '', resource: 'secrets' };
const ENTER_POD: AuditedRequest = { verb: 'create', group: '', resource: 'pods/exec' };
const BIND_ROLE: AuditedRequest = { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' };

export function isAuditPolicy({ value }: KubernetesObject): boolean {
  return stringAt(value, 'kind') === 'Policy' && stringAt(value, 'apiVersion').startsWith('audit.k8s.io/');
}

/** What the API server writes down: the file behind `--audit-policy-file`. */
export class AuditPolicySubject extends Derived<'audit'> {
  readonly #rules: readonly JsonObject[];

  constructor(resource: KubernetesObject) {
    const rules = listAt(resource.value, 'rules').filter(isObject);
    super(
      'audit',
      {
        name: nameOf(resource),
        recordsAnything: rules.some((rule) => isRecorded(levelOf(rule))),
        recordsSecretAccess: isRecorded(levelFor(rules, READ_SECRET)),
        recordsSecretValues: ruleWithValues(rules) !== undefined,
        recordsEnteringPods: isRecorded(levelFor(rules, ENTER_POD)),
        recordsRoleChanges: isRecorded(levelFor(rules, BIND_ROLE)),
      },
      resource,
      [],
    );
    this.#rules = rules;
  }

  override get labels(): Readonly<Record<string, string>> {
    return {};
  }

  identity(): Identity {
    return { apiVersion: stringAt(this.resource.value, 'apiVersion'), kind: 'Policy', namespace: '', name: nameOf(this.resource), container: '', part: '' };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    if (fact === 'name') return [['kind']];
    const rule = fact === 'recordsSecretValues' ? ruleWithValues(this.#rules) : ruleFor(this.#rules, REQUEST_OF[fact]);
    return rule === undefined ? [['rules']] : [['rules', listAt(this.resource.value, 'rules').indexOf(rule), 'level']];
  }
}

const REQUEST_OF: Readonly<Record<string, AuditedRequest>> = { recordsSecretAccess: READ_SECRET, recordsEnteringPods: ENTER_POD, recordsRoleChanges: BIND_ROLE };

/** The first rule that matches decides; without one, nothing is recorded (audit.k8s.io/v1 Policy). */
function levelFor(rules: readonly JsonObject[], request: AuditedRequest): string {
  const rule = ruleFor(rules, request);
  return rule === undefined ? 'None' : levelOf(rule);
}

function ruleFor(rules: readonly JsonObject[], request: AuditedRequest | undefined): JsonObject | undefined {
  return request === undefined ? undefined : rules.find((rule) => isForEverybody(rule) && matches(rule, request));
}

/** A rule that may write down what a Secret holds, and that no rule above keeps from it. */
function ruleWithValues(rules: readonly JsonObject[]): JsonObject | undefined {
  for (const rule of rules) {
    if (!coversSecrets(rule)) continue;
    if (/^Request/.test(levelOf(rule))) return rule;
    if (isForEverybody(rule) && stringsAt(rule, 'verbs').length === 0) return undefined;
  }
  return undefined;
}

function isRecorded(level: string): boolean {
  return level !== 'None' && level !== '';
}

function levelOf(rule: JsonObject): string {
  return stringAt(rule, 'level');
}

/** Rules for some users, groups, namespaces or objects leave the others to the rules below. */
function isForEverybody(rule: JsonObject): boolean {
  const narrowing = ['users', 'userGroups', 'namespaces'];
  return narrowing.every((key) => listAt(rule, key).length === 0) && listAt(rule, 'resources').every((item) => isObject(item) && listAt(item, 'resourceNames').length === 0);
}

function matches(rule: JsonObject, { verb, group, resource }: AuditedRequest): boolean {
  const verbs = stringsAt(rule, 'verbs');
  return (verbs.length === 0 || verbs.includes(verb)) && coversResource(rule, group, resource);
}

function coversSecrets(rule: JsonObject): boolean {
  return coversResource(rule, '', 'secrets');
}

/** No resources at all are all resources, unless the rule is about URLs. `pods` leaves out what is below pods, `*` does not. */
function coversResource(rule: JsonObject, group: string, resource: string): boolean {
  const groups = listAt(rule, 'resources').filter(isObject);
  if (groups.length === 0) return listAt(rule, 'nonResourceURLs').length === 0;
  const [main = '', sub] = resource.split('/');
  const spellings = sub === undefined ? [main, '*'] : [resource, '*', `${main}/*`, `*/${sub}`];
  return groups.some((item) => {
    const names = stringsAt(item, 'resources');
    return stringAt(item, 'group') === group && (names.length === 0 || names.some((name) => spellings.includes(name)));
  });
}
