import type { JsonObject } from '../model/json.ts';
import type { OptionalValue } from '../model/vocabulary.ts';
import { parseQuantity } from './quantity.ts';
import { EMPTY, field, isObject, listAt, objectAt, optionalInt, orDefault, stringAt } from './read.ts';
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
  const own = amountsOf(objectAt(container, 'resources'));
  const ofPod = amountsOf(objectAt(pod, 'resources'));
  const among = (amounts: ReadonlySet<string>, key: string): boolean | undefined => amounts.has(key) || (defaults.areKnown ? false : undefined);
  const limited = (key: 'memory' | 'cpu'): boolean | undefined => either(orDefault(own.limits[key], among(defaults.limits, key)), orDefault(ofPod.limits[key], false));
  const requested = (key: 'memory' | 'cpu'): boolean | undefined =>
    either(
      orDefault(own.requests[key], orDefault(own.limits[key], among(defaults.requests, key))),
      either(orDefault(ofPod.requests[key], false), orDefault(ofPod.limits[key], false)),
    );
  const limit = own.limits.memory;
  return {
    isMemoryLimited: limited('memory'),
    isCpuLimited: limited('cpu'),
    isMemoryRequested: requested('memory'),
    isCpuRequested: requested('cpu'),
    hasMilliByteMemory: own.limits.memoryText.endsWith('m') || own.requests.memoryText.endsWith('m'),
    memoryLimit: optionalInt(limit === true ? BigInt(Math.round(parseQuantity(own.limits.memoryText) ?? 0)) : limit === undefined ? undefined : null),
  };
}

/** Limits or requests, as `isAmount` has them. */
interface Amounts {
  readonly memory: boolean | null | undefined;
  readonly memoryText: string;
  readonly cpu: boolean | null | undefined;
}

const NO_AMOUNTS: Amounts = { memory: null, memoryText: '', cpu: null };
const NO_RESOURCES: Readonly<Record<'limits' | 'requests', Amounts>> = { limits: NO_AMOUNTS, requests: NO_AMOUNTS };

/** Read once, for each is asked for several times. */
function amountsOf(resources: JsonObject): Readonly<Record<'limits' | 'requests', Amounts>> {
  return resources === EMPTY ? NO_RESOURCES : { limits: amountsUnder(resources, 'limits'), requests: amountsUnder(resources, 'requests') };
}

function amountsUnder(resources: JsonObject, list: string): Amounts {
  const amounts = objectAt(resources, list);
  if (amounts === EMPTY) return NO_AMOUNTS;
  return { memory: isAmount(amounts, 'memory'), memoryText: stringAt(amounts, 'memory'), cpu: isAmount(amounts, 'cpu') };
}

/** False for zero, which means none; null where nothing is set; undefined where no API server would take it. */
function isAmount(amounts: JsonObject, key: string): boolean | null | undefined {
  const value = field(amounts, key);
  if (value === undefined || value === null) return null;
  const amount = parseQuantity(typeof value === 'string' ? value : stringAt(amounts, key));
  return amount === undefined || amount < 0 ? undefined : amount > 0;
}

function amountsIn(limits: JsonObject, list: string): string[] {
  const amounts = objectAt(limits, list);
  return Object.keys(amounts).filter((key) => isAmount(amounts, key) === true);
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === true || b === true ? true : a === undefined || b === undefined ? undefined : false;
}
