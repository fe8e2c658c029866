import type { KubernetesObject } from '../../model/inventory.ts';
import type { JsonObject, Path } from '../../model/json.ts';
import type { Place } from '../../model/subject.ts';
import { knownText, type Text, unknownText } from '../connections/text.ts';
import { parseImageReference } from '../image-reference.ts';
import { makesSuperuserPassword } from '../operator-secrets.ts';
import { boolAt, field, isObject, listAt, objectAt, stringAt } from '../read.ts';
import type { PostgresFamily, RedisFamily, ServerInputs } from '../servers/inputs.ts';
import type { UnitIndex } from '../unit-index.ts';
import { keysOf } from './kubernetes-texts.ts';
import { operatorPassword } from './operator-logins.ts';
import { versionOf } from './recognise.ts';
import { isCopiedAsAWhole } from './schedules.ts';
import { type Storage, storageOfClass } from './storage.ts';

/** A server that an operator makes of a custom resource. */
export type MadeServer = {
  readonly resource: KubernetesObject;
  /** Names of the Services that the operator makes for it. */
  readonly services: readonly string[];
  /** Where each made-up argument, setting and record of the inputs stands in the custom resource. */
  readonly places: { readonly arguments: readonly Place[]; readonly settings: readonly Place[]; readonly records: readonly Place[] };
  readonly isBackedUp: boolean | undefined;
  /** Where its version is written. */
  readonly version?: Place;
  readonly storage?: Storage;
} & ({ readonly engine: 'postgres'; readonly inputs: ServerInputs<PostgresFamily> } | { readonly engine: 'redis'; readonly inputs: ServerInputs<RedisFamily> });

type Reader = (resource: KubernetesObject, index: UnitIndex) => MadeServer;

/** Further operators: the Services that they make are known, and what they set is not. */
const UNREAD: Readonly<Record<string, readonly string[]>> = {
  'pgv2.percona.com/PerconaPGCluster': ['-ha', '-primary', '-replicas', '-pods', '-pgbouncer'],
  'stackgres.io/SGCluster': ['', '-primary', '-replicas'],
  'kubedb.com/Postgres': ['', '-standby', '-pods'],
  'kubedb.com/Redis': ['', '-standby', '-pods'],
  'kubedb.com/Valkey': ['', '-standby', '-pods'],
  'kubedb.com/PgBouncer': ['', '-pods'],
  'dragonflydb.io/Dragonfly': [''],
  'app.redislabs.com/RedisEnterpriseDatabase': ['', '-headless'],
  'hyperspike.io/Valkey': ['', '-headless'],
};

/** Custom resources of operators that are not read, by the names of their Services. */
export function unreadMakers(index: UnitIndex): { resource: KubernetesObject; services: readonly string[] }[] {
  return Object.entries(UNREAD).flatMap(([key, ends]) => {
    const [group = '', kind = ''] = key.split('/');
    return index
      .all(kind)
      .filter(({ value }) => stringAt(value, 'apiVersion').startsWith(`${group}/`))
      .map((resource) => ({ resource, services: ends.map((end) => nameOf(resource) + end) }));
  });
}

/** The volumes that a template in the resource asks for; without one, nothing is known of them. */
function storageOfTemplate(resource: KubernetesObject, path: readonly string[], index: UnitIndex): { readonly storage?: Storage } {
  const spec = follow(resource.value, path);
  return Object.keys(spec).length === 0 ? {} : { storage: storageOfClass(stringAt(spec, 'storageClassName'), at(resource, ...path), index) };
}

/** By API group and kind. */
const READERS: Readonly<Record<string, Reader>> = {
  'postgresql.cnpg.io/Cluster': cloudNativePg,
  'postgresql.k8s.enterprisedb.io/Cluster': cloudNativePg,
  'acid.zalan.do/postgresql': zalando,
  'postgres-operator.crunchydata.com/PostgresCluster': crunchy,
  'redis.redis.opstreelabs.in/Redis': opstree,
  'redis.redis.opstreelabs.in/RedisCluster': opstree,
  'redis.redis.opstreelabs.in/RedisReplication': opstree,
  'databases.spotahome.com/RedisFailover': spotahome,
};

export function madeServers(index: UnitIndex): MadeServer[] {
  const kinds = new Set(Object.keys(READERS).map((key) => key.slice(key.indexOf('/') + 1)));
  return [...kinds].flatMap((kind) =>
    index.all(kind).flatMap((resource) => {
      const group = stringAt(resource.value, 'apiVersion').split('/')[0] ?? '';
      const read = READERS[`${group}/${kind}`];
      return read === undefined ? [] : [read(resource, index)];
    }),
  );
}

const NO_PLACES = { arguments: [], settings: [], records: [] } as const;

const BLANK = { command: null, arguments: null, environment: new Map<string, Text>(), isEnvironmentComplete: true, files: [], unseenPaths: [], wholeFolders: [] } as const;

function nameOf({ value }: KubernetesObject): string {
  return stringAt(objectAt(value, 'metadata'), 'name');
}

function at(resource: KubernetesObject, ...path: Path): Place {
  return { resource, path: [...resource.at, ...path] };
}

function follow(value: JsonObject, path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((found, key) => objectAt(found, key), value);
}

/** A mapping of parameters, as settings with their places. */
function parametersAt(resource: KubernetesObject, path: readonly string[]): { settings: { name: string; value: Text }[]; places: Place[] } {
  const parameters = follow(resource.value, path);
  const names = Object.keys(parameters);
  return { settings: names.map((name) => ({ name, value: knownText(stringAt(parameters, name)) })), places: names.map((name) => at(resource, ...path, name)) };
}

function recordsAt(resource: KubernetesObject, path: readonly string[]): { records: Text[]; places: Place[] } {
  const list = listAt(follow(resource.value, path.slice(0, -1)), path.at(-1) ?? '');
  const records = list.flatMap((record, index) => (typeof record === 'string' ? [{ text: knownText(record), place: at(resource, ...path, index) }] : []));
  return { records: records.map(({ text }) => text), places: records.map(({ place }) => place) };
}

function cloudNativePg(resource: KubernetesObject, index: UnitIndex): MadeServer {
  const spec = objectAt(resource.value, 'spec');
  const name = nameOf(resource);
  const { settings, places } = parametersAt(resource, ['spec', 'postgresql', 'parameters']);
  const records = recordsAt(resource, ['spec', 'postgresql', 'pg_hba']);
  const initdb = objectAt(objectAt(spec, 'bootstrap'), 'initdb');
  const checksums = boolAt(initdb, 'dataChecksums');
  if (checksums === true || checksums === false) {
    settings.push({ name: 'data_checksums', value: knownText(checksums ? 'on' : 'off') });
    places.push(at(resource, 'spec', 'bootstrap', 'initdb', 'dataChecksums'));
  }
  const password = makesSuperuserPassword(spec) ? { password: operatorPassword('the operator makes it') } : {};
  const storage = objectAt(spec, 'storage');
  const storageClass = stringAt(storage, 'storageClass') || stringAt(objectAt(storage, 'pvcTemplate'), 'storageClassName');
  const image = parseImageReference(stringAt(spec, 'imageName'));
  const major = stringAt(objectAt(spec, 'imageCatalogRef'), 'major');
  const namespace = index.namespaceOf(resource);
  const isScheduled = index.inNamespace('ScheduledBackup', namespace).some((backup) => {
    const wanted = objectAt(backup.value, 'spec');
    return stringAt(objectAt(wanted, 'cluster'), 'name') === name && field(wanted, 'suspend') !== true;
  });
  return {
    resource,
    services: [...['rw', 'ro', 'r', 'any'].map((role) => `${name}-${role}`), ...additionalServices(spec)],
    places: { ...NO_PLACES, settings: places, records: records.places },
    isBackedUp: isScheduled || (index.isWithheld('postgresql.cnpg.io/scheduledbackups', namespace) ? undefined : isCopiedAsAWhole(index, namespace)),
    version: at(resource, 'spec', ...(major === '' ? ['imageName'] : ['imageCatalogRef', 'major'])),
    storage: storageOfClass(storageClass, at(resource, 'spec', 'storage'), index),
    engine: 'postgres',
    inputs: {
      ...BLANK,
      family: 'cloudnative-pg',
      version: versionOf(image, 'cloudnative-pg') ?? (major === '' ? undefined : major),
      settings,
      records: records.records,
      ...password,
    },
  };
}

/** `managed.services.additional`, each with a name of its own. */
function additionalServices(spec: JsonObject): string[] {
  const additional = listAt(follow(spec, ['managed', 'services']), 'additional').filter(isObject);
  return additional.map((service) => stringAt(follow(service, ['serviceTemplate', 'metadata']), 'name')).filter((name) => name !== '');
}

function zalando(resource: KubernetesObject, index: UnitIndex): MadeServer {
  const spec = objectAt(resource.value, 'spec');
  const name = nameOf(resource);
  const { settings, places } = parametersAt(resource, ['spec', 'postgresql', 'parameters']);
  const records = recordsAt(resource, ['spec', 'patroni', 'pg_hba']);
  const version = stringAt(objectAt(spec, 'postgresql'), 'version');
  return {
    resource,
    services: [name, `${name}-repl`, `${name}-config`],
    places: { ...NO_PLACES, settings: places, records: records.places },
    isBackedUp: field(spec, 'enableLogicalBackup') === true ? true : undefined,
    version: at(resource, 'spec', 'postgresql', 'version'),
    storage: storageOfClass(stringAt(objectAt(spec, 'volume'), 'storageClass'), at(resource, 'spec', 'volume'), index),
    engine: 'postgres',
    inputs: { ...BLANK, family: 'zalando', version: version === '' ? undefined : version, settings, records: records.records },
  };
}

function crunchy(resource: KubernetesObject): MadeServer {
  const spec = objectAt(resource.value, 'spec');
  const name = nameOf(resource);
  const path = ['spec', 'patroni', 'dynamicConfiguration', 'postgresql'];
  const dynamic = parametersAt(resource, [...path, 'parameters']);
  const direct = parametersAt(resource, ['spec', 'config', 'parameters']);
  const records = recordsAt(resource, [...path, 'pg_hba']);
  const version = stringAt(spec, 'postgresVersion');
  const repositories = listAt(objectAt(objectAt(spec, 'backups'), 'pgbackrest'), 'repos');
  return {
    resource,
    services: ['primary', 'replicas', 'ha', 'pods'].map((role) => `${name}-${role}`),
    places: { ...NO_PLACES, settings: [...dynamic.places, ...direct.places], records: records.places },
    isBackedUp: repositories.some((repository) => isObject(repository) && Object.keys(objectAt(repository, 'schedules')).length > 0),
    version: at(resource, 'spec', 'postgresVersion'),
    engine: 'postgres',
    inputs: { ...BLANK, family: 'crunchy', version: version === '' ? undefined : version, settings: [...dynamic.settings, ...direct.settings], records: records.records },
  };
}

/** Arguments that do what the operator's own configuration file does. */
class MadeUp {
  readonly words: Text[] = [];
  readonly places: Place[] = [];

  add(place: Place, ...words: readonly (string | Text)[]): void {
    for (const word of words) {
      this.words.push(typeof word === 'string' ? knownText(word) : word);
      this.places.push(place);
    }
  }

  /** Lines of a redis.conf. */
  addLines(text: string, placeOf: (line: number) => Place): void {
    for (const [index, line] of text.split('\n').entries()) {
      const [name = '', ...values] = line.trim().split(/\s+/);
      if (name !== '' && !name.startsWith('#')) this.add(placeOf(index + 1), `--${name}`, ...values.map((value) => value.replace(/^"(.*)"$/, '$1')));
    }
  }
}

function opstree(resource: KubernetesObject, index: UnitIndex): MadeServer {
  const spec = objectAt(resource.value, 'spec');
  const name = nameOf(resource);
  const kubernetes = objectAt(spec, 'kubernetesConfig');
  const made = new MadeUp();
  const here = at(resource, 'spec', 'kubernetesConfig');
  made.add(here, '--bind', '0.0.0.0');
  if (Object.keys(objectAt(kubernetes, 'redisSecret')).length > 0) {
    made.add(
      at(resource, 'spec', 'kubernetesConfig', 'redisSecret'),
      '--requirepass',
      unknownText({ name: 'redisSecret', why: 'it comes from a Secret' }),
      '--protected-mode',
      'yes',
    );
  } else {
    made.add(here, '--protected-mode', 'no');
  }
  if (Object.keys(objectAt(spec, 'TLS')).length > 0) {
    const files = ['--tls-cert-file', '/tls/tls.crt', '--tls-key-file', '/tls/tls.key', '--tls-ca-cert-file', '/tls/ca.crt'];
    made.add(at(resource, 'spec', 'TLS'), '--port', '0', '--tls-port', '6379', '--tls-auth-clients', 'optional', '--tls-replication', 'yes', ...files);
  }
  const config = stringAt(objectAt(spec, 'redisConfig'), 'additionalRedisConfig');
  const further = config === '' ? undefined : keysOf('ConfigMap', index.namespaceOf(resource), config, index, resource)?.get('redis-additional.conf');
  if (further !== undefined) made.addLines(further.text.marked, (line) => ({ resource: further.place.resource, path: [...further.place.path, `#L${line}`] }));
  const services = [name, `${name}-headless`, `${name}-additional`, `${name}-leader`, `${name}-follower`, `${name}-master`, `${name}-replica`, `${name}-leader-headless`];
  const version = versionOf(parseImageReference(stringAt(kubernetes, 'image')), 'redis');
  return {
    resource,
    services,
    places: { ...NO_PLACES, arguments: made.places },
    isBackedUp: undefined,
    version: at(resource, 'spec', 'kubernetesConfig', 'image'),
    ...storageOfTemplate(resource, ['spec', 'storage', 'volumeClaimTemplate', 'spec'], index),
    engine: 'redis',
    inputs: { ...BLANK, family: 'redis', version, arguments: made.words, unseenPaths: config !== '' && further === undefined ? ['/etc/redis'] : [] },
  };
}

function spotahome(resource: KubernetesObject, index: UnitIndex): MadeServer {
  const spec = objectAt(resource.value, 'spec');
  const redis = objectAt(spec, 'redis');
  const name = nameOf(resource);
  const made = new MadeUp();
  const secret = stringAt(objectAt(spec, 'auth'), 'secretPath');
  if (secret !== '') made.add(at(resource, 'spec', 'auth', 'secretPath'), '--requirepass', unknownText({ name: 'secretPath', why: 'it comes from a Secret' }));
  for (const [position, line] of listAt(redis, 'customConfig').entries()) {
    if (typeof line === 'string') made.addLines(line, () => at(resource, 'spec', 'redis', 'customConfig', position));
  }
  const version = versionOf(parseImageReference(stringAt(redis, 'image')), 'redis');
  return {
    resource,
    services: [`rfr-${name}`, `rfrm-${name}`, `rfrs-${name}`],
    places: { ...NO_PLACES, arguments: made.places },
    isBackedUp: undefined,
    version: at(resource, 'spec', 'redis', 'image'),
    ...storageOfTemplate(resource, ['spec', 'redis', 'storage', 'persistentVolumeClaim', 'spec'], index),
    engine: 'redis',
    inputs: { ...BLANK, family: 'redis', version, arguments: made.words.length === 0 ? null : made.words },
  };
}
