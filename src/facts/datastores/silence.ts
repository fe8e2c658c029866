import type { KubernetesObject, Resource } from '../../model/inventory.ts';
import type { JsonObject } from '../../model/json.ts';
import { knownText } from '../connections/text.ts';
import { mayLead } from '../connections/variables.ts';
import { EMPTY, field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { testOfNames } from './name-tests.ts';

/** Names that a part of an address may have, and values that may be one. Whatever a reader of addresses knows must be among them. */
const NAME = /pg|postgres|redis|valkey|keydb|sentinel|data_?base|db|data_?source|dsn|jdbc|broker|celery|conn(?:ection)?_?str|cache|lettuce|sql|queue|backend/i;
const VALUE = /postgres|redis|valkey|pgsql|:5432|:6379|^(?:5432|6379|26379)$|host\s{0,3}=/i;
/** What changes a running server, or is written for one: said to it, it may be by a container that has no address of it. */
const CHANGE = String.raw`alter[ \t]{1,20}system|config[ \t]{1,20}set|acl[ \t]{1,20}(?:setuser|deluser|load)|pg_(?:hba|ident)`;
/** As a value, in a file. */
const TEXT = new RegExp(`${VALUE.source}|${CHANGE}`, 'i');
/** Ports of servers: whatever listens there may be one. */
const PORT = /^(?:5432|6379)$/;
const speaksByName = testOfNames(NAME);
/** Images that are, or stand before, a server. */
const IMAGE =
  /redis|redict|valkey|keydb|dragonfly|rejson|garnet|kvrocks|postg|pg|timescale|spilo|citus|vchord|paradedb|\/age|pool|odyssey|stunnel|haproxy|envoy|twemproxy|nutcracker|predixy|sql|sentinel|backup|barman|wal-g/i;
const COMMAND = new RegExp(
  `redis|valkey|keydb|dragonfly|postgres|postmaster|patroni|pg_|psql|pgcopydb|pgbackrest|wal-g|barman|pgbouncer|stunnel|haproxy|cloud.sql.proxy|://|${CHANGE}`,
  'i',
);

/**
 * Whether nothing in a container's specification can be an address of a datastore or a server of one. Most containers are silent, and
 * putting together what they are started with would cost as much as deriving all else of them.
 */
export function isSilent(container: JsonObject, pod: JsonObject, namespace: string, index: UnitIndex, near: Resource): boolean {
  if (IMAGE.test(stringAt(container, 'image'))) return false;
  for (const item of listAt(container, 'env')) if (isObject(item) && variableSpeaks(item, namespace, index, near)) return false;
  for (const port of listAt(container, 'ports')) if (isObject(port) && PORT.test(stringAt(port, 'containerPort'))) return false;
  if (commandSpeaks(container, 'command') || commandSpeaks(container, 'args')) return false;
  const lifecycle = objectAt(container, 'lifecycle');
  if (lifecycle !== EMPTY && commandSpeaks(objectAt(objectAt(lifecycle, 'postStart'), 'exec'), 'command')) return false;
  for (const item of listAt(container, 'envFrom')) {
    if (!isObject(item)) continue;
    const prefix = stringAt(item, 'prefix');
    if (NAME.test(prefix)) return false;
    for (const [key, kind] of REFERENCES) {
      const reference = field(item, key);
      if (isObject(reference) && objectSpeaks(kind, stringAt(reference, 'name'), namespace, index, near, prefix)) return false;
    }
  }
  return listAt(container, 'volumeMounts').length === 0 || !listAt(pod, 'volumes').some((volume) => isObject(volume) && holdsSpeaking(volume, namespace, index, near));
}

function commandSpeaks(container: JsonObject, list: string): boolean {
  return listAt(container, list).some((word) => typeof word === 'string' && COMMAND.test(word));
}

/** A pool's size tells that there is a database, and not where it is. What is filled in, or read elsewhere, may come to anything that its name allows. */
function variableSpeaks(item: JsonObject, namespace: string, index: UnitIndex, near: Resource): boolean {
  const name = stringAt(item, 'name');
  const value = stringAt(item, 'value');
  if (VALUE.test(value)) return true;
  const from = field(item, 'valueFrom');
  if (isObject(from)) return speaksByName(name) || VALUE.test(referredText(from, namespace, index, near));
  return speaksByName(name) && (value.includes('$') || mayLead(name, knownText(value)));
}

/** Empty where it was not seen. */
function referredText(from: JsonObject, namespace: string, index: UnitIndex, near: Resource): string {
  for (const [key, kind] of KEY_REFERENCES) {
    const reference = field(from, key);
    if (!isObject(reference)) continue;
    const found = index.find(kind, namespace, stringAt(reference, 'name'), near);
    return found === undefined ? '' : textUnder(found, stringAt(reference, 'key'));
  }
  return '';
}

function textUnder({ value }: KubernetesObject, key: string): string {
  const written = stringAt(objectAt(value, 'stringData'), key) || stringAt(objectAt(value, 'data'), key);
  return stringAt(value, 'kind') === 'Secret' && written !== '' ? written + Buffer.from(written, 'base64').toString('latin1') : written;
}

const KEY_REFERENCES = [
  ['configMapKeyRef', 'ConfigMap'],
  ['secretKeyRef', 'Secret'],
] as const;
const REFERENCES = [
  ['configMapRef', 'ConfigMap'],
  ['secretRef', 'Secret'],
] as const;

function holdsSpeaking(volume: JsonObject, namespace: string, index: UnitIndex, near: Resource): boolean {
  const configMap = stringAt(objectAt(volume, 'configMap'), 'name');
  if (configMap !== '') return objectSpeaks('ConfigMap', configMap, namespace, index, near);
  const secret = stringAt(objectAt(volume, 'secret'), 'secretName');
  if (secret !== '') return objectSpeaks('Secret', secret, namespace, index, near);
  return isObject(field(volume, 'projected'));
}

function objectSpeaks(kind: 'ConfigMap' | 'Secret', name: string, namespace: string, index: UnitIndex, near: Resource, prefix = ''): boolean {
  const found = index.find(kind, namespace, name, near);
  if (found !== undefined || kind === 'ConfigMap') return found !== undefined && (speaks(found) || speaksWith(prefix, found));
  // What will be made of these has keys that are written in them.
  return index.find('ExternalSecret', namespace, name, near) !== undefined || index.find('SealedSecret', namespace, name, near) !== undefined;
}

/** `PG` before `HOST` makes a name of two words that say nothing. */
function speaksWith(prefix: string, { value }: KubernetesObject): boolean {
  return prefix !== '' && ['data', 'stringData'].some((list) => Object.keys(objectAt(value, list)).some((key) => NAME.test(prefix + key)));
}

const known = new WeakMap<KubernetesObject, boolean>();

/** Many containers share a ConfigMap. */
function speaks(resource: KubernetesObject): boolean {
  let answer = known.get(resource);
  if (answer === undefined) {
    answer = ['data', 'stringData', 'binaryData'].some((list) => {
      const data = objectAt(resource.value, list);
      const isEncoded = list === 'binaryData' || (list === 'data' && stringAt(resource.value, 'kind') === 'Secret');
      return Object.keys(data).some((key) => {
        if (NAME.test(key)) return true;
        const text = stringAt(data, key);
        return TEXT.test(isEncoded ? Buffer.from(text, 'base64').toString('latin1') : text);
      });
    });
    known.set(resource, answer);
  }
  return answer;
}
