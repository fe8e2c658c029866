import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Layer, Reading } from './compose-layer.ts';
import { isMapping } from './mapping.ts';
import { toPointer } from './text-file.ts';

/** Where a part of a project stands. What was joined in from elsewhere has an entry of its own under its key. */
export interface Trace {
  readonly layer: Layer;
  readonly path: Path;
  readonly parts?: ReadonlyMap<string | number, Trace>;
}

export interface Traced {
  readonly value: Json;
  readonly trace: Trace;
}

export function traceOf(trace: Trace, step: string | number): Trace {
  return trace.parts?.get(step) ?? { layer: trace.layer, path: [...trace.path, step] };
}

/**
 * Joins one service into the one that it is the base of, or one compose file into the one that overrides it, as compose-go does
 * (override/merge.go, override/uncity.go): mappings are joined, lists follow each other, anything else is replaced.
 * `at` says what is joined: `services.*.ports`.
 */
export function merge(reading: Reading, base: Traced, over: Traced, at: string): Traced {
  if (over.value === null) return base;
  const tag = over.trace.layer.tags.size > 0 ? over.trace.layer.tags.get(toPointer(over.trace.path)) : undefined;
  if (tag === 'override' || REPLACED.has(at)) return over;
  if (AS_MAPPING.has(at) && (Array.isArray(base.value) || Array.isArray(over.value))) {
    return mergeMappings(reading, namesToMapping(base), namesToMapping(over), at);
  }
  if (at === 'services.*.build') return mergeMappings(reading, buildToMapping(base), buildToMapping(over), at);
  if (at === 'services.*.logging' && haveDifferentDrivers(base.value, over.value)) return over;
  if (isMapping(base.value) && isMapping(over.value)) return mergeMappings(reading, base, over, at);
  if (AS_LIST.has(at) || (Array.isArray(base.value) && Array.isArray(over.value))) return mergeLists(reading, toList(base), toList(over), at);
  return over;
}

const REPLACED = new Set(['services.*.command', 'services.*.entrypoint', 'services.*.healthcheck.test', 'services.*.ulimits.*']);

const AS_MAPPING = new Set(['services.*.depends_on', 'services.*.networks', 'services.*.models']);

/** Lists that may be written as one string, or as a mapping of names to values. */
const AS_LIST = new Set(
  [
    ...['annotations', 'build.args', 'build.additional_contexts', 'build.extra_hosts', 'build.labels', 'deploy.labels', 'dns', 'dns_opt', 'dns_search'],
    ...['env_file', 'label_file', 'environment', 'extra_hosts', 'labels', 'sysctls', 'tmpfs'],
  ].map((key) => `services.*.${key}`),
);

function mergeMappings(reading: Reading, base: Traced, over: Traced, at: string): Traced {
  const value = Object.create(null) as Record<string, Json>;
  const parts = new Map<string | number, Trace>(over.trace.parts);
  const inBase = base.value as JsonObject;
  const inOver = over.value as JsonObject;
  const { tags } = over.trace.layer;
  for (const key of Object.keys(inBase)) {
    const isReset = tags.size > 0 && tags.get(toPointer([...over.trace.path, key])) === 'reset';
    if (isReset || reading.copies-- <= 0) continue;
    const inherited = { value: inBase[key] as Json, trace: traceOf(base.trace, key) };
    const joined = Object.hasOwn(inOver, key) ? merge(reading, inherited, { value: inOver[key] as Json, trace: traceOf(over.trace, key) }, pathBelow(at, key)) : inherited;
    value[key] = joined.value;
    parts.set(key, joined.trace);
  }
  for (const key of Object.keys(inOver)) if (!Object.hasOwn(value, key)) value[key] = inOver[key] as Json;
  return { value, trace: { ...over.trace, parts } };
}

/** Below these, keys are names that somebody gave. */
const NAMED = new Set(['services', 'volumes', 'networks', 'secrets', 'configs', 'models', 'services.*.ulimits']);

function pathBelow(at: string, key: string): string {
  return `${at === '' ? '' : `${at}.`}${NAMED.has(at) ? '*' : key}`;
}

function mergeLists(reading: Reading, base: Traced, over: Traced, at: string): Traced {
  const identify = IDENTITIES.get(at.replace('services.*.', ''));
  const places = new Map<string, number>();
  const value: Json[] = [];
  const parts = new Map<string | number, Trace>();
  for (const list of [base, over]) {
    for (const [index, item] of (list.value as readonly Json[]).entries()) {
      if (reading.copies-- <= 0) continue;
      const identity = identify?.(item);
      const place = (identity === undefined ? undefined : places.get(identity)) ?? value.length;
      if (identity !== undefined) places.set(identity, place);
      value[place] = item;
      parts.set(place, traceOf(list.trace, index));
    }
  }
  return { value, trace: { ...over.trace, parts } };
}

/** `[a, b]` is short for `{a: null, b: null}`. */
function namesToMapping({ value, trace }: Traced): Traced {
  if (!Array.isArray(value)) return { value: isMapping(value) ? value : {}, trace };
  const mapping = Object.create(null) as Record<string, Json>;
  const parts = new Map<string | number, Trace>();
  for (const [index, name] of (value as readonly Json[]).entries()) {
    if (typeof name !== 'string') continue;
    mapping[name] = null;
    parts.set(name, traceOf(trace, index));
  }
  return { value: mapping, trace: { ...trace, parts } };
}

function buildToMapping({ value, trace }: Traced): Traced {
  if (typeof value !== 'string') return { value: isMapping(value) ? value : {}, trace };
  return { value: { context: value }, trace: { ...trace, parts: new Map([['context', trace]]) } };
}

function toList({ value, trace }: Traced): Traced {
  if (Array.isArray(value)) return { value, trace };
  const parts = new Map<string | number, Trace>();
  if (!isMapping(value)) return value === null ? { value: [], trace } : { value: [value], trace: { ...trace, parts: parts.set(0, trace) } };
  const list: Json[] = [];
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    for (const [index, item] of Array.isArray(inner) ? inner.entries() : [[undefined, inner] as const]) {
      parts.set(list.length, index === undefined ? traceOf(trace, key) : traceOf(traceOf(trace, key), index));
      list.push(item === null ? key : `${key}=${plain(item)}`);
    }
  }
  return { value: list, trace: { ...trace, parts } };
}

function haveDifferentDrivers(base: Json, over: Json): boolean {
  const [a, b] = [base, over].map((logging) => (isMapping(logging) && Object.hasOwn(logging, 'driver') ? logging['driver'] : undefined));
  return a !== undefined && b !== undefined && a !== b;
}

type Identify = (item: Json) => string | undefined;

/** Objects of scanned files have no prototype: `String` would throw. */
function plain(value: Json | undefined): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}

const byText: Identify = (item) => (typeof item === 'object' ? undefined : plain(item));
const byName: Identify = (item) => (typeof item === 'string' ? (item.split('=', 1)[0] ?? item) : byText(item));

const byTarget: Identify = (item) => {
  if (isMapping(item)) return typeof item['target'] === 'string' ? item['target'] : undefined;
  if (typeof item !== 'string') return undefined;
  // `C:\data:/data` has a colon that parts nothing.
  return /^(?:[A-Za-z]:)?[^:]*:((?:[A-Za-z]:(?=[\\/]))?[^:]+)/.exec(item)?.[1] ?? item;
};

const bySource: Identify = (item) => {
  if (!isMapping(item)) return byText(item);
  const name = item['target'] ?? item['source'];
  return typeof name === 'string' ? name : undefined;
};

const byPort: Identify = (item) => {
  if (!isMapping(item)) return byText(item);
  return ['host_ip', 'published', 'target', 'protocol'].map((key) => plain(item[key])).join('|');
};

const byFile: Identify = (item) => {
  const path = isMapping(item) ? item['path'] : item;
  return typeof path === 'string' ? path : undefined;
};

/** A later entry with the same identity takes the place of the earlier one. */
const IDENTITIES: ReadonlyMap<string, Identify> = new Map<string, Identify>([
  ...['annotations', 'build.additional_contexts', 'build.args', 'build.labels', 'deploy.labels', 'environment', 'labels', 'sysctls'].map((key) => [key, byName] as const),
  ...['build.extra_hosts', 'build.tags', 'cap_add', 'cap_drop', 'dns', 'dns_opt', 'dns_search', 'expose', 'extra_hosts', 'links', 'profiles', 'tmpfs'].map(
    (key) => [key, byText] as const,
  ),
  ['devices', byTarget],
  ['volumes', byTarget],
  ['configs', bySource],
  ['secrets', bySource],
  ['ports', byPort],
  ['env_file', byFile],
]);
