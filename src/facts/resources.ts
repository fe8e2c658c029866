import type { JsonObject } from '../model/json.ts';
import type { OptionalValue } from '../model/vocabulary.ts';
import { parseQuantity } from './quantity.ts';
import { field, isObject, listAt, objectAt, optionalInt, orDefault, stringAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

/** What a LimitRange of the namespace fills in at admission. */
export interface ResourceDefaults {
  readonly limits: ReadonlySet<string>;
  readonly requests: ReadonlySet<string>;
  /** False where a live cluster holds LimitRanges that were not seen. */
  readonly areKnown: boolean;
}

export interface EffectiveResources {
  readonly isMemoryLimited: boolean | undefined;
  readonly isCpuLimited: boolean | undefined;
  readonly isMemoryRequested: boolean | undefined;
  readonly isCpuRequested: boolean | undefined;
  readonly hasMilliByteMemory: boolean;
  readonly memoryLimit: OptionalValue<bigint> | undefined;
}

export function readResourceDefaults(index: UnitIndex, namespace: string): ResourceDefaults {
  const limits = new Set<string>();
  const requests = new Set<string>();
  for (const range of index.inNamespace('LimitRange', namespace)) {
    for (const limit of listAt(objectAt(range.value, 'spec'), 'limits')) {
      if (!isObject(limit) || stringAt(limit, 'type') !== 'Container') continue;
      // Default limits are taken from `max` where there are none, and default requests from default limits, or else from `min`.
      for (const list of ['default', 'max']) for (const key of amountsIn(limit, list)) limits.add(key);
      for (const list of ['default', 'max', 'defaultRequest', 'min']) for (const key of amountsIn(limit, list)) requests.add(key);
    }
  }
  return { limits, requests, areKnown: !index.isWithheld('limitranges', namespace) };
}

/**
 * Own limits, those of the whole pod (Kubernetes 1.34), and what a LimitRange adds where nothing is written. A limit without a
 * request is also the request.
 */
export function effectiveResources(container: JsonObject, pod: JsonObject, defaults: ResourceDefaults): EffectiveResources {
  const among = (amounts: ReadonlySet<string>, key: string): boolean | undefined => amounts.has(key) || (defaults.areKnown ? false : undefined);
  const own = objectAt(container, 'resources');
  const ofPod = objectAt(pod, 'resources');
  const ownLimit = (key: string): boolean | undefined => orDefault(isAmount(own, 'limits', key), among(defaults.limits, key));
  const ownRequest = (key: string): boolean | undefined => orDefault(isAmount(own, 'requests', key), orDefault(isAmount(own, 'limits', key), among(defaults.requests, key)));
  const limited = (key: string): boolean | undefined => either(ownLimit(key), orDefault(isAmount(ofPod, 'limits', key), false));
  const requested = (key: string): boolean | undefined =>
    either(ownRequest(key), either(orDefault(isAmount(ofPod, 'requests', key), false), orDefault(isAmount(ofPod, 'limits', key), false)));
  const limit = isAmount(own, 'limits', 'memory');
  return {
    isMemoryLimited: limited('memory'),
    isCpuLimited: limited('cpu'),
    isMemoryRequested: requested('memory'),
    isCpuRequested: requested('cpu'),
    hasMilliByteMemory: ['limits', 'requests'].some((kind) => stringAt(objectAt(own, kind), 'memory').endsWith('m')),
    memoryLimit: optionalInt(limit === true ? BigInt(Math.round(parseQuantity(stringAt(objectAt(own, 'limits'), 'memory')) ?? 0)) : limit === undefined ? undefined : null),
  };
}

/** False for zero, which means none; null where nothing is set; undefined where no API server would take it. */
function isAmount(resources: JsonObject, kind: string, key: string): boolean | null | undefined {
  const value = field(objectAt(resources, kind), key);
  if (value === undefined || value === null) return null;
  const amount = parseQuantity(stringAt(objectAt(resources, kind), key));
  return amount === undefined || amount < 0 ? undefined : amount > 0;
}

function amountsIn(limits: JsonObject, list: string): string[] {
  return Object.keys(objectAt(limits, list)).filter((key) => isAmount(limits, list, key) === true);
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === true || b === true ? true : a === undefined || b === undefined ? undefined : false;
}
