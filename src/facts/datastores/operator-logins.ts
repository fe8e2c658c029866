import type { KubernetesObject, Resource } from '../../model/inventory.ts';
import { Sealed } from '../../sealed.ts';
import { concatenate, knownText, type Text, unknownText } from '../connections/text.ts';
import { type LOGIN_KEYS, LOGIN_PASSWORD_LENGTH, operatorLogin } from '../operator-secrets.ts';
import type { UnitIndex } from '../unit-index.ts';
import type { KeptText } from './kubernetes-texts.ts';

const madeLogins = new WeakMap<KubernetesObject, Map<string, ReadonlyMap<string, KeptText>>>();

/** What an operator will write of a login: all of it is known but the password, of which it is known that it is random. */
export function readLogin(namespace: string, name: string, index: UnitIndex, near: Resource): ReadonlyMap<string, KeptText> | undefined {
  const login = index.isComplete('secrets', namespace) ? undefined : operatorLogin(namespace, name, index, near);
  if (login === undefined) return undefined;
  const { resource, user, database, host } = login;
  const ofResource = madeLogins.get(resource) ?? new Map<string, ReadonlyMap<string, KeptText>>();
  madeLogins.set(resource, ofResource);
  const known = ofResource.get(name);
  if (known !== undefined) return known;
  const password = operatorPassword(`the operator makes Secret ${name}`);
  const around = (before: string, after: string): Text => concatenate([knownText(before), password, knownText(after)]);
  const short = namespace === '' ? host : `${host}.${namespace}`;
  const full = namespace === '' ? host : `${short}.svc.cluster.local`;
  const url = (address: string): Text => around(`postgresql://${encodeURIComponent(user)}:`, `@${address}:5432/${database}`);
  const jdbc = (address: string): Text => around(`jdbc:postgresql://${address}:5432/${database}?password=`, `&user=${encodeURIComponent(user)}`);
  const texts: Readonly<Record<(typeof LOGIN_KEYS)[number], Text>> = {
    username: knownText(user),
    user: knownText(user),
    password,
    dbname: knownText(database),
    host: knownText(host),
    port: knownText('5432'),
    pgpass: around(`${host}:5432:${database}:${user}:`, '\n'),
    uri: url(short),
    'jdbc-uri': jdbc(short),
    'fqdn-uri': url(full),
    'fqdn-jdbc-uri': jdbc(full),
  };
  const place = { resource, path: [...resource.at, 'metadata', 'name'] };
  const made = new Map(Object.entries(texts).map(([key, text]) => [key, { text, place, isSecret: true }]));
  ofResource.set(name, made);
  return made;
}

/** A password that nobody has seen, and of which it is known that it is random. */
export function operatorPassword(why: string): Text {
  return unknownText({ name: 'password', why, sealed: Sealed.generated(LOGIN_PASSWORD_LENGTH) });
}
