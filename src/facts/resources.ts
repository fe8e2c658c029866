import type { JsonObject } from '../model/json.ts';
import type { OptionalValue } from '../model/vocabulary.ts';
import { parseQuantity } from './quantity.ts';
import { isObject, listAt, objectAt, optionalInt, stringAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

/** What a LimitRange of the namespace fills in at admission. */
export interface ResourceDefaults {
  readonly limits: ReadonlySet<string>;
  readonly requests: ReadonlySet<string>;
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
      // A LimitRange without defaults takes them from `max`, and default requests from default limits.
      for (const key of [...Object.keys(objectAt(limit, 'default')), ...Object.keys(objectAt(limit, 'max'))]) {
        limits.add(key);
        requests.add(key);
      }
      for (const key of Object.keys(objectAt(limit, 'defaultRequest'))) requests.add(key);
    }
  }
  return { limits, requests };
}

/** Own limits, those of the whole pod (Kubernetes 1.34), and what a LimitRange adds. A limit without a request is also the request. */
export function effectiveResources(container: JsonObject, pod: JsonObject, defaults: ResourceDefaults): EffectiveResources {
  const own = objectAt(container, 'resources');
  const ofPod = objectAt(pod, 'resources');
  const bounded = (key: string): boolean | undefined => isAmount(own, 'limits', key) || isAmount(ofPod, 'limits', key) || defaults.limits.has(key);
  const requested = (key: string): boolean | undefined => isAmount(own, 'requests', key) || isAmount(ofPod, 'requests', key) || defaults.requests.has(key) || bounded(key);
  const limit = parseQuantity(stringAt(objectAt(own, 'limits'), 'memory'));
  return {
    isMemoryLimited: bounded('memory'),
    isCpuLimited: bounded('cpu'),
    isMemoryRequested: requested('memory'),
    isCpuRequested: requested('cpu'),
    hasMilliByteMemory: ['limits', 'requests'].some((kind) => stringAt(objectAt(own, kind), 'memory').endsWith('m')),
    memoryLimit: optionalInt(limit === undefined ? null : BigInt(Math.round(limit))),
  };
}

/** Set, and not zero, which means none. */
function isAmount(resources: JsonObject, kind: 'limits' | 'requests', key: string): boolean {
  const amount = stringAt(objectAt(resources, kind), key);
  return amount !== '' && parseQuantity(amount) !== 0;
}
