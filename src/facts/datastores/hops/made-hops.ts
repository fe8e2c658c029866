import type { KubernetesObject } from '../../../model/inventory.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Place } from '../../../model/subject.ts';
import { field, isObject, listAt, objectAt, stringAt } from '../../read.ts';
import type { UnitIndex } from '../../unit-index.ts';
import type { Front } from './hop.ts';
import { frontOf } from './pgbouncer.ts';

/** A pooler or sentinel that an operator makes of a custom resource. */
export interface MadeHop {
  readonly resource: KubernetesObject;
  /** Names of the Services that the operator makes for it. */
  readonly services: readonly string[];
  readonly front: Front;
  /** Whether clients are told by it whom to call, and call there themselves. */
  readonly isDirectory: boolean;
  /** Whether it insists on TLS with the server behind it. */
  readonly demandsTls: boolean | undefined;
  /** The custom resource of the server behind it; undefined where that is not part of the unit. */
  readonly server: KubernetesObject | undefined;
  readonly because: string;
}

/** By API group and kind. What an operator's own image or template sets is written down with each. */
const READERS: Readonly<Record<string, (resource: KubernetesObject, index: UnitIndex) => readonly MadeHop[]>> = {
  'postgresql.cnpg.io/Pooler': cloudNativePgPooler,
  'postgresql.k8s.enterprisedb.io/Pooler': cloudNativePgPooler,
  'acid.zalan.do/postgresql': zalandoPooler,
  'postgres-operator.crunchydata.com/PostgresCluster': crunchyPooler,
  'databases.spotahome.com/RedisFailover': spotahomeSentinel,
  'redis.redis.opstreelabs.in/RedisSentinel': opstreeSentinel,
};
const KINDS = [...new Set(Object.keys(READERS).map((key) => key.slice(key.indexOf('/') + 1)))];

export function madeHops(index: UnitIndex): MadeHop[] {
  return KINDS.flatMap((kind) =>
    index.all(kind).flatMap((resource) => {
      const group = stringAt(resource.value, 'apiVersion').split('/')[0] ?? '';
      return READERS[`${group}/${kind}`]?.(resource, index) ?? [];
    }),
  );
}

function nameOf({ value }: KubernetesObject): string {
  return stringAt(objectAt(value, 'metadata'), 'name');
}

function placeAt(resource: KubernetesObject, value: JsonObject, path: readonly string[], key: string): Place {
  const own = field(value, key) === undefined ? path : [...path, key];
  return { resource, path: [...resource.at, ...own] };
}

function demands(mode: string): boolean {
  return /^(?:require|verify-ca|verify-full)$/.test(mode);
}

/** The operator's own settings are client_tls_sslmode prefer, server_tls_sslmode verify-ca and md5 for all; parameters win over them (pkg/management/pgbouncer/config). */
function cloudNativePgPooler(resource: KubernetesObject, index: UnitIndex): MadeHop[] {
  const spec = objectAt(resource.value, 'spec');
  const pgbouncer = objectAt(spec, 'pgbouncer');
  const parameters = objectAt(pgbouncer, 'parameters');
  const cluster = stringAt(objectAt(spec, 'cluster'), 'name');
  const own = listAt(pgbouncer, 'pg_hba').length > 0 || stringAt(parameters, 'auth_type') !== '';
  const path = ['spec', 'pgbouncer', 'parameters'];
  return [
    {
      resource,
      services: [nameOf(resource)],
      front: {
        ...frontOf(stringAt(parameters, 'client_tls_sslmode') || 'prefer', own ? 'hba' : 'md5'),
        places: [placeAt(resource, parameters, Object.keys(parameters).length === 0 ? ['spec'] : path, 'client_tls_sslmode')],
      },
      isDirectory: false,
      demandsTls: demands(stringAt(parameters, 'server_tls_sslmode') || 'verify-ca'),
      server: index.find('Cluster', index.namespaceOf(resource), cluster, resource),
      because: `Cluster ${cluster}, which Pooler ${nameOf(resource)} leads to, is not part of this scan`,
    },
  ];
}

/** Its pooler's image has `require` for both sides, and nothing to change that. */
function zalandoPooler(resource: KubernetesObject): MadeHop[] {
  const spec = objectAt(resource.value, 'spec');
  const name = nameOf(resource);
  const hasOwn = isObject(field(spec, 'connectionPooler'));
  const isOn = field(spec, 'enableConnectionPooler') === true || (hasOwn && field(spec, 'enableConnectionPooler') !== false);
  const services = [...(isOn ? [`${name}-pooler`] : []), ...(field(spec, 'enableReplicaConnectionPooler') === true ? [`${name}-pooler-repl`] : [])];
  if (services.length === 0) return [];
  const isTheirs = stringAt(objectAt(spec, 'connectionPooler'), 'dockerImage') === '';
  const front = frontOf(isTheirs ? 'require' : undefined, isTheirs ? 'plain' : undefined);
  return [
    {
      resource,
      services,
      front: { ...front, places: [placeAt(resource, spec, ['spec'], hasOwn ? 'connectionPooler' : 'enableConnectionPooler')] },
      isDirectory: false,
      demandsTls: isTheirs ? true : undefined,
      server: resource,
      because: '',
    },
  ];
}

/** Its settings are `require` for clients and `verify-full` for the server; `config.global` wins over them (internal/pgbouncer/config.go). */
function crunchyPooler(resource: KubernetesObject): MadeHop[] {
  const path = ['spec', 'proxy', 'pgBouncer'];
  const pgBouncer = path.reduce<JsonObject>((value, key) => objectAt(value, key), resource.value);
  if (!isObject(field(objectAt(objectAt(resource.value, 'spec'), 'proxy'), 'pgBouncer'))) return [];
  const global = objectAt(objectAt(pgBouncer, 'config'), 'global');
  const isSet = Object.keys(global).length > 0;
  return [
    {
      resource,
      services: [`${nameOf(resource)}-pgbouncer`],
      front: {
        ...frontOf(stringAt(global, 'client_tls_sslmode') || 'require', stringAt(global, 'auth_type') || 'md5'),
        places: [placeAt(resource, isSet ? global : pgBouncer, isSet ? [...path, 'config', 'global'] : path, 'client_tls_sslmode')],
      },
      isDirectory: false,
      demandsTls: demands(stringAt(global, 'server_tls_sslmode') || 'verify-full'),
      server: resource,
      because: '',
    },
  ];
}

/** Neither its servers nor its sentinels have TLS. */
function spotahomeSentinel(resource: KubernetesObject): MadeHop[] {
  const front = sentinelFront(false, { resource, path: [...resource.at, 'spec'] });
  return [{ resource, services: [`rfs-${nameOf(resource)}`], front, isDirectory: true, demandsTls: undefined, server: resource, because: '' }];
}

function opstreeSentinel(resource: KubernetesObject, index: UnitIndex): MadeHop[] {
  const spec = objectAt(resource.value, 'spec');
  const replication = stringAt(objectAt(spec, 'redisSentinelConfig'), 'redisReplicationName');
  const name = nameOf(resource);
  const hasTls = isObject(field(spec, 'TLS'));
  return [
    {
      resource,
      services: ['sentinel', 'sentinel-headless', 'sentinel-additional'].map((end) => `${name}-${end}`),
      front: sentinelFront(hasTls, placeAt(resource, spec, ['spec'], 'TLS')),
      isDirectory: true,
      demandsTls: undefined,
      server: index.find('RedisReplication', index.namespaceOf(resource), replication, resource),
      because: `RedisReplication ${replication}, which RedisSentinel ${name} watches, is not part of this scan`,
    },
  ];
}

function sentinelFront(hasTls: boolean, place: Place): Front {
  return { accepts: !hasTls, offers: hasTls, needsNoPassword: undefined, isPooler: false, places: [place], because: '' };
}
