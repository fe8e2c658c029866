import type { Resource } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { POD_RESOURCES } from '../pod-kinds.ts';
import { hasAdmissionConfiguration, mayRefusePods } from './admission.ts';
import { Derived } from './derived.ts';
import { field, isObject, listAt, objectAt, stringAt } from './read.ts';
import { readResourceDefaults } from './resources.ts';
import type { UnitIndex } from './unit-index.ts';
import type { FactsOf } from './vocabulary.ts';

const SYSTEM = new Set(['kube-system', 'kube-public', 'kube-node-lease']);
const LABEL = 'pod-security.kubernetes.io/';

/** A namespace. Where its object is not part of the scan, what its labels say is absent. */
export class NamespaceSubject extends Derived<'namespace'> {
  readonly name: string;
  /** Whether the Namespace object itself was read. */
  readonly isSeen: boolean;
  readonly #index: UnitIndex;

  constructor(name: string, resource: Resource, isSeen: boolean, hasWorkloads: boolean, index: UnitIndex) {
    super('namespace', deriveFacts(name, resource, isSeen, hasWorkloads, index), resource, []);
    this.name = name;
    this.isSeen = isSeen;
    this.#index = index;
  }

  identity(): Identity {
    return { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: this.name, container: '', part: '' };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    if (!this.isSeen) return [['metadata', 'namespace']];
    const label = { enforceLevel: 'enforce', enforceVersion: 'enforce-version', auditLevel: 'audit', warnLevel: 'warn' }[fact];
    if (label !== undefined) return [['metadata', 'labels', LABEL + label]];
    const quotas = fact === 'hasQuota' || fact === 'quotaBoundsCompute' ? this.#index.inNamespace('ResourceQuota', this.name) : [];
    const places: (Path | Place)[] = quotas.map((resource) => ({ resource, path: [...resource.at, 'spec', 'hard'] }));
    return [...places, ['metadata', 'name']];
  }

  protected override ownAbsence(fact: string): Absence {
    const unread = this.resource.origin.reading?.missing('namespaces', this.name);
    if (unread !== undefined && !this.isSeen) return unread;
    if (fact === 'enforcedByEngine' && this.isSeen) {
      if (this.facts.enforceLevel === '' && hasAdmissionConfiguration(this.#index)) {
        return {
          because: 'the API server is started with --admission-control-config-file, which may enforce a level by default and cannot be seen from here',
          hint: 'label the namespace pod-security.kubernetes.io/enforce: restricted, so that it need not be known',
        };
      }
      return {
        because: 'an admission webhook or policy of this scan sees pods before they are made, and which ones it refuses is not known',
        hint: 'label the namespace pod-security.kubernetes.io/enforce: restricted, so that it need not be known',
      };
    }
    return {
      because: this.name === '' ? 'the manifests do not say which namespace they go to' : `Namespace ${this.name} is not part of this scan`,
      hint: this.name === '' ? 'name it with -n NAMESPACE, and scan its Namespace object too' : 'scan the Namespace object together with what runs in it',
    };
  }
}

/** Where engines say what they refuse. */
const ENGINES = [
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'kyverno.io/clusterpolicies',
];

function deriveFacts(name: string, resource: Resource, isSeen: boolean, hasWorkloads: boolean, index: UnitIndex): FactsOf<'namespace'> {
  const labels = objectAt(objectAt(resource.value, 'metadata'), 'labels');
  const label = (key: string): string | undefined => (isSeen ? stringAt(labels, LABEL + key) : undefined);
  const bounds = quotaBounds(index, name);
  // A quota that was seen counts; that none was seen says something only where the namespace itself was read.
  const knownFalse = (...resources: string[]): false | undefined =>
    resources.some((resource) => index.isWithheld(resource, name)) || !(isSeen || resources.every((resource) => index.isComplete(resource, name))) ? undefined : false;
  return {
    name,
    isSystem: SYSTEM.has(name),
    enforceLevel: label('enforce'),
    enforceVersion: label('enforce-version'),
    auditLevel: label('audit'),
    warnLevel: label('warn'),
    enforcedByEngine: hasEnforcingEngine(index) || (mayBeEnforced(name, labels, index) ? undefined : knownFalse(...ENGINES)),
    hasQuota: bounds.size > 0 || knownFalse('resourcequotas'),
    quotaBoundsCompute: (boundsCompute(bounds) ?? false) || knownFalse('resourcequotas'),
    hasLimitRange: readResourceDefaults(index, name).limits.size > 0 || knownFalse('limitranges'),
    hasWorkloads: hasWorkloads || (POD_RESOURCES.some((resource) => index.isWithheld(resource, name)) ? undefined : false),
  };
}

/** By something that does not tell which pods it refuses. A label of the namespace, even one that allows everything, wins over the default of the API server. */
function mayBeEnforced(name: string, labels: JsonObject, index: UnitIndex): boolean {
  const hasLevel = stringAt(labels, `${LABEL}enforce`) !== '';
  return (!hasLevel && hasAdmissionConfiguration(index)) || mayRefusePods(index, { 'kubernetes.io/metadata.name': name, ...labels });
}

/** What the quotas of a namespace bound, leaving out those whose scopes let ordinary pods past. */
function quotaBounds(index: UnitIndex, namespace: string): ReadonlySet<string> {
  const bounds = new Set<string>();
  for (const quota of index.inNamespace('ResourceQuota', namespace)) {
    const spec = objectAt(quota.value, 'spec');
    if (listAt(spec, 'scopes').length > 0 || listAt(objectAt(spec, 'scopeSelector'), 'matchExpressions').length > 0) continue;
    for (const key of Object.keys(objectAt(spec, 'hard'))) bounds.add(key);
  }
  return bounds;
}

function boundsCompute(bounds: ReadonlySet<string>): boolean {
  const has = (...keys: string[]): boolean => keys.some((key) => bounds.has(key));
  return has('cpu', 'requests.cpu', 'limits.cpu') && has('memory', 'requests.memory', 'limits.memory') && has('pods', 'count/pods');
}

/** A Kyverno policy that enforces Pod Security. One that only audits, lets pods past when it is down, or picks its namespaces does not count. */
function hasEnforcingEngine(index: UnitIndex): boolean {
  return index.all('ClusterPolicy').some((policy) => {
    const spec = objectAt(policy.value, 'spec');
    if (stringAt(spec, 'failurePolicy') === 'Ignore') return false;
    const enforcesByDefault = stringAt(spec, 'validationFailureAction').toLowerCase() === 'enforce';
    return listAt(spec, 'rules').some((rule) => {
      if (!isObject(rule)) return false;
      const validate = objectAt(rule, 'validate');
      const action = stringAt(validate, 'failureAction').toLowerCase();
      const isEnforced = action === '' ? enforcesByDefault : action === 'enforce';
      return isEnforced && isObject(field(validate, 'podSecurity')) && !picksNamespaces(field(rule, 'match')) && !picksNamespaces(field(rule, 'exclude'));
    });
  });
}

/** `namespaces`, `namespaceSelector`: whichever it is, some namespaces are left out. */
function picksNamespaces(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key.startsWith('namespace') || picksNamespaces(inner as Json));
}
