import type { Json, JsonObject } from '../model/json.ts';
import { apiServersIn, flagValue } from './api-servers.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

/**
 * Whether somebody is asked about each new pod of a namespace with these labels: an admission webhook, or an expression that
 * denies. Which pods the answer refuses does not stand in the object.
 */
export function mayRefusePods(index: UnitIndex, namespaceLabels: JsonObject): boolean {
  const sees = (selectors: JsonObject): boolean => selects(objectAt(selectors, 'namespaceSelector'), namespaceLabels);
  const webhooks = index.all('ValidatingWebhookConfiguration').flatMap(({ value }) => listAt(value, 'webhooks').filter(isObject));
  if (webhooks.some((webhook) => stringAt(webhook, 'failurePolicy') !== 'Ignore' && coversNewPods(listAt(webhook, 'rules')) && sees(webhook))) return true;
  return index.all('ValidatingAdmissionPolicyBinding').some((binding) => {
    const spec = objectAt(binding.value, 'spec');
    if (!stringsAt(spec, 'validationActions').includes('Deny') || !sees(objectAt(spec, 'matchResources'))) return false;
    const policy = index.find('ValidatingAdmissionPolicy', '', stringAt(spec, 'policyName'), binding);
    const constraints = policy === undefined ? undefined : objectAt(objectAt(policy.value, 'spec'), 'matchConstraints');
    return constraints === undefined || (coversNewPods(listAt(constraints, 'resourceRules')) && sees(constraints));
  });
}

/** Asked for each namespace, and the same for all of them. */
const configured = new WeakMap<UnitIndex, boolean>();

/** Whether an API server of the unit is started with an admission configuration: it may enforce a Pod Security level by default, and make exceptions. */
export function hasAdmissionConfiguration(index: UnitIndex): boolean {
  let has = configured.get(index);
  if (has === undefined) {
    const servers = index.all('Pod').flatMap((resource) => (index.podTemplates.get(resource) ?? []).flatMap((pod) => apiServersIn(resource, pod)));
    has = servers.some((server) => flagValue(server, 'admission-control-config-file') !== '');
    configured.set(index, has);
  }
  return has;
}

/** Pods live in namespaces: a rule with the scope `Cluster` never sees one (admissionregistration/v1 Rule). */
function coversNewPods(rules: readonly Json[]): boolean {
  return rules.some((rule) => {
    if (!isObject(rule)) return false;
    const names = (key: string, ...wanted: string[]): boolean => stringsAt(rule, key).some((item) => wanted.includes(item));
    return names('apiGroups', '', '*') && names('resources', 'pods', '*', '*/*') && names('operations', 'CREATE', '*') && stringAt(rule, 'scope') !== 'Cluster';
  });
}

/** meta/v1 LabelSelector: every requirement holds; an empty selector selects everything. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = objectAt(selector, 'matchLabels');
  if (!Object.keys(wanted).every((key) => stringAt(labels, key) === stringAt(wanted, key))) return false;
  return listAt(selector, 'matchExpressions').every((requirement) => {
    if (!isObject(requirement)) return true;
    const key = stringAt(requirement, 'key');
    const isListed = stringsAt(requirement, 'values').includes(stringAt(labels, key));
    const operator = stringAt(requirement, 'operator');
    if (operator === 'In') return Object.hasOwn(labels, key) && isListed;
    if (operator === 'NotIn') return !isListed;
    return Object.hasOwn(labels, key) === (operator === 'Exists');
  });
}
