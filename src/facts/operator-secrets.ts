import type { KubernetesObject, Resource } from '../model/inventory.ts';
import type { JsonObject } from '../model/json.ts';
import { field, isObject, listAt, objectAt, stringAt } from './read.ts';
import type { UnitIndex } from './unit-index.ts';

/** A login that an operator makes of a custom resource, and writes into a Secret that stands in no manifest. */
export interface OperatorLogin {
  readonly resource: KubernetesObject;
  readonly user: string;
  readonly database: string;
  readonly host: string;
}

/** What CloudNativePG writes of a login (pkg/specs/secrets.go). */
export const LOGIN_KEYS = ['username', 'user', 'password', 'dbname', 'host', 'port', 'pgpass', 'uri', 'jdbc-uri', 'fqdn-uri', 'fqdn-jdbc-uri'] as const;

/** How many random characters CloudNativePG makes a password of. */
export const LOGIN_PASSWORD_LENGTH = 64;

/** The login behind the name of a Secret; undefined where none is made of it, or where the resource names another Secret for it. */
export function operatorLogin(namespace: string, name: string, index: UnitIndex, near: Resource): OperatorLogin | undefined {
  const [, cluster = '', role = ''] = /^(.{1,240})-(app|superuser)$/.exec(name) ?? [];
  const resource = cluster === '' ? undefined : index.find('Cluster', namespace, cluster, near);
  if (resource === undefined || !/^postgresql\.(?:cnpg\.io|k8s\.enterprisedb\.io)\//.test(stringAt(resource.value, 'apiVersion'))) return undefined;
  const spec = objectAt(resource.value, 'spec');
  const host = `${cluster}-rw`;
  if (role === 'superuser') return makesSuperuserPassword(spec) && field(spec, 'enableSuperuserAccess') === true ? { resource, user: 'postgres', database: '*', host } : undefined;
  const bootstrap = objectAt(spec, 'bootstrap');
  const initdb = objectAt(bootstrap, 'initdb');
  // What is restored from elsewhere has the logins of elsewhere.
  const isNew = Object.keys(bootstrap).every((key) => key === 'initdb') && field(objectAt(spec, 'replica'), 'enabled') !== true;
  if (!isNew || stringAt(objectAt(initdb, 'secret'), 'name') !== '') return undefined;
  const database = stringAt(initdb, 'database') || 'app';
  return { resource, user: stringAt(initdb, 'owner') || database, database, host };
}

/** Whether the superuser has no password but one that the operator makes. */
export function makesSuperuserPassword(spec: JsonObject): boolean {
  return stringAt(objectAt(spec, 'superuserSecret'), 'name') === '';
}

/** The keys of a Secret that the Secrets Store CSI driver makes of what it mounts (SecretProviderClass, secretObjects). */
export function mountedSecretKeys(namespace: string, name: string, index: UnitIndex): { readonly resource: KubernetesObject; readonly keys: readonly string[] } | undefined {
  for (const resource of index.inNamespace('SecretProviderClass', namespace)) {
    const made = listAt(objectAt(resource.value, 'spec'), 'secretObjects').find((item) => isObject(item) && stringAt(item, 'secretName') === name);
    if (isObject(made)) return { resource, keys: listAt(made, 'data').flatMap((item) => (isObject(item) ? [stringAt(item, 'key')] : [])) };
  }
  return undefined;
}
