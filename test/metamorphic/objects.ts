import { dump } from 'js-yaml';
import type { Json } from '../../src/model/json.ts';
import { POD_KINDS } from '../../src/pod-kinds.ts';
import { changeMappings, dumped, type Files, isList, isMapping, type Mapping, memberOf, reversed } from './mappings.ts';

/** Undefined where there is nothing to rewrite. */
type Rewrite = (objects: readonly Mapping[], turn: number) => Files | undefined;

/** Ways to write the same objects down again. What they mean to an API server is what it was. */
export const WAYS_FOR_OBJECTS: Readonly<Record<string, Rewrite>> = {
  'JSON, a file for each, keys the other way round': (objects) => Object.fromEntries(objects.map((object, index) => [`${1000 + index}.json`, JSON.stringify(reversed(object))])),
  'a List in flow style, with aliases': (objects) => ({ 'list.yaml': dump(shared({ apiVersion: 'v1', kind: 'List', items: objects }), { flowLevel: 0, forceQuotes: true }) }),
  'merge keys and comments': (objects) => documents(objects, (object) => `# kind: Secret\n${merged(object)}\n...\n`),
  'blocks of another style, with CRLF and a byte order mark': (objects) => ({
    'all.yml': `\uFEFF%YAML 1.1\n---\n${objects.map((object) => dump(object, { noRefs: true, indent: 5, lineWidth: 20 })).join('---\n')}---\n`.replaceAll('\n', '\r\n'),
  }),
  'defaults, nulls and nothing, written out': (objects) => ifChanged(objects, changePods(objects, withDefaults)),
  'Secrets in stringData or data, whichever they were not': (objects) => ifChanged(objects, objects.map(withOtherData)),
  // The kubelet takes no variables from `binaryData`.
  'files of a ConfigMap in base64': (objects) => (/"configMap(?:Key)?Ref"/.test(JSON.stringify(objects)) ? undefined : ifChanged(objects, objects.map(withBinaryData))),
  'pods of another kind': (objects, turn) => ifChanged(objects, withOtherKind(objects, turn)),
  'variables that refer to others': (objects) => ifChanged(objects, changePods(objects, withReferences)),
};

function ifChanged(objects: readonly Mapping[], changed: readonly Json[]): Files | undefined {
  return JSON.stringify(changed) === JSON.stringify(objects) ? undefined : documents(changed);
}

function documents(objects: readonly Json[], write: (object: Json) => string = dumped): Files {
  return { 'all.yaml': objects.map(write).join('---\n') };
}

/** Equal mappings become one, which is written once, and referred to. */
function shared(value: Json): Json {
  const known = new Map<string, Mapping>();
  return changeMappings(value, (mapping) => {
    const text = JSON.stringify(mapping);
    const first = known.get(text) ?? mapping;
    known.set(text, first);
    return first;
  });
}

/** All of a mapping but its first key comes in by a merge; a second source has the same keys, and loses. */
function merged(value: Json): string {
  if (isList(value)) return `[${value.map(merged).join(', # [\n  ')}]`;
  if (!isMapping(value) || Object.keys(value).length === 0) return JSON.stringify(value);
  const [first = '', ...others] = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${merged(item)}`);
  const wrong = Object.keys(value).map((key) => `${JSON.stringify(key)}: wrong`);
  return `{<<: [{${others.join(', # "\n  ')}}, {${wrong.join(', ')}}], ${first}}`;
}

const POD_DEFAULTS: Mapping = { hostNetwork: false, hostPID: false, hostIPC: false, shareProcessNamespace: false, securityContext: {}, initContainers: null, volumes: [] };
const CONTAINER_DEFAULTS: Mapping = { env: [], envFrom: null, ports: null, volumeMounts: [], resources: {}, command: [], args: null, stdin: false, livenessProbe: null };
const SECURITY_DEFAULTS: Mapping = { privileged: false, readOnlyRootFilesystem: false, procMount: 'Default', runAsUser: null, capabilities: null };

function withDefaults(spec: Mapping): Mapping {
  return {
    ...POD_DEFAULTS,
    ...changeContainers(spec, (container) => {
      const security = container['securityContext'];
      return { ...CONTAINER_DEFAULTS, ...container, securityContext: isMapping(security) ? { ...SECURITY_DEFAULTS, ...security } : {} };
    }),
  };
}

function isBuiltIn(object: Mapping): boolean {
  return Object.hasOwn(POD_KINDS, String(object['kind'])) && /^(?:v1|apps\/v1|batch\/v1)$/.test(String(object['apiVersion']));
}

function changePods(objects: readonly Mapping[], change: (spec: Mapping) => Mapping): Json[] {
  return objects.map((object) => (isBuiltIn(object) ? changeMappings(object, (mapping) => (isList(mapping['containers']) ? change(mapping) : mapping)) : object));
}

function changeContainers(spec: Mapping, change: (container: Mapping) => Mapping): Mapping {
  const lists = ['containers', 'initContainers'].flatMap((list) => {
    const containers = spec[list];
    return isList(containers) ? [[list, containers.map((container) => (isMapping(container) ? change(container) : container))] as const] : [];
  });
  return { ...spec, ...Object.fromEntries(lists) };
}

/** Kinds that keep their pods under `spec.template`, and run them for as long as they can. */
const SERVING: readonly (readonly [string, string])[] = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'ReplicaSet'],
  ['v1', 'ReplicationController'],
  ['argoproj.io/v1alpha1', 'Rollout'],
  ['apps.kruise.io/v1alpha1', 'CloneSet'],
  ['apps.openshift.io/v1', 'DeploymentConfig'],
];

function withOtherKind(objects: readonly Mapping[], turn: number): Json[] {
  const [apiVersion = '', kind = ''] = SERVING[turn % SERVING.length] ?? [];
  const names = new Set<Json | undefined>();
  const changed = objects.map((object) => {
    const serves = isBuiltIn(object) && SERVING.some(([, other]) => other === object['kind']);
    if (!serves || object['kind'] === kind || memberOf(object, 'spec', 'volumeClaimTemplates') !== undefined) return object;
    names.add(memberOf(object, 'metadata', 'name'));
    return { ...object, apiVersion, kind };
  });
  // What scales it calls it by its kind.
  return changed.map((object) =>
    changeMappings(object, (mapping) => {
      const target = mapping['scaleTargetRef'];
      return isMapping(target) && names.has(target['name']) ? { ...mapping, scaleTargetRef: { ...target, apiVersion, kind } } : mapping;
    }),
  );
}

/** Half of each plain value stands in a variable above it. */
function withReferences(spec: Mapping): Mapping {
  return changeContainers(spec, (container) => {
    const { env } = container;
    return isList(env) && !JSON.stringify(container).includes('$(') ? { ...container, env: env.flatMap(halve) } : container;
  });
}

function halve(item: Json, position: number): Json[] {
  const value = memberOf(item, 'value');
  if (!isMapping(item) || typeof value !== 'string' || value.length < 2 || value.includes('$')) return [item];
  const half = value.length >> 1;
  return [
    { name: `HALF_${position}`, value: value.slice(0, half) },
    { ...item, value: `$(HALF_${position})${value.slice(half)}` },
  ];
}

function withOtherData(object: Mapping): Json {
  if (object['kind'] !== 'Secret') return object;
  const { data, stringData, ...rest } = object;
  const encoded = (text: Json): string => Buffer.from(String(text)).toString('base64');
  const decoded = (text: Json): string => Buffer.from(String(text), 'base64').toString('utf8');
  if (isMapping(stringData)) {
    const written = Object.fromEntries(Object.entries(stringData).map(([key, text]) => [key, encoded(text)]));
    return { ...rest, data: { ...(isMapping(data) ? data : {}), ...written } };
  }
  if (!isMapping(data) || !Object.values(data).every((text) => encoded(decoded(text)) === text)) return object;
  return { ...rest, stringData: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, decoded(text)])) };
}

function withBinaryData(object: Mapping): Json {
  const { data, ...rest } = object;
  if (object['kind'] !== 'ConfigMap' || !isMapping(data)) return object;
  return { ...rest, binaryData: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')])) };
}
