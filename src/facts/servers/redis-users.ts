import { type AclUser, applyAclRules, readAclFile } from '../../server-config/redis-acl.ts';
import { isSeen } from '../connections/text.ts';
import { resolvePath, shownPath } from './container-files.ts';
import { type Known, type Source, unseen } from './known.ts';
import type { Pool } from './pool.ts';
import type { Layers } from './redis-layers.ts';
import type { RedisSettings } from './redis-settings.ts';

export interface Users {
  readonly users: readonly AclUser[];
  readonly byDefault: AclUser;
  readonly hasAcl: boolean;
  readonly faults: readonly { readonly because: string; readonly source: Source }[];
}

/**
 * The users of a server. An ACL file, or a line `user default`, replaces the default user whatever `requirepass` says; an ACL file
 * without that line leaves it open to everybody (acl.c, ACLLoadFromFile).
 */
export function redisUsers(layers: Layers, settings: RedisSettings, major: number | undefined, pool: Pool): Known<Users> {
  const isModern = major === undefined || major >= 7;
  const required = settings.words('requirepass', ['']);
  const file = settings.words('aclfile', ['']);
  const lines = settings.all('user');
  if (file.value === undefined) return file;
  const path = file.value[0] ?? '';
  if (path !== '') return fromFile(path, file.sources, layers, lines.value?.[0]?.source);
  if (lines.value === undefined) return lines;
  const faults: { because: string; source: Source }[] = [];
  const users = new Map<string, AclUser>();
  const sources: Source[] = [];
  for (const { values, source } of lines.value) {
    const [name = '', ...rules] = values;
    sources.push(source);
    // Before 7.0 the later line of a user counted.
    if (users.has(name) && isModern) faults.push({ because: 'a user is defined twice', source });
    else users.set(name, applyAclRules(name, rules));
    if (!isModern && rules.some((rule) => rule.startsWith('('))) faults.push({ because: 'selectors came with version 7.0', source });
  }
  let byDefault = users.get('default');
  if (byDefault === undefined) {
    if (required.value === undefined) return required;
    const password = required.value[0] ?? '';
    if (password !== '' && pool.mayBeEmpty(password)) {
      const why = pool.unknownsIn(password)[0]?.why ?? 'what it is taken from was not seen';
      return unseen(
        `whether a password is set is not known: ${why}`,
        'scan what it is taken from, or demand it: a key that is not optional, ${NAME:?} in compose',
        ...required.sources,
      );
    }
    byDefault = applyAclRules('default', password === '' ? [] : [`>${password}`], { isOpen: true });
    users.set('default', byDefault);
    sources.push(...required.sources);
  }
  return { value: { users: [...users.values()], byDefault, hasAcl: lines.value.length > 0, faults }, sources };
}

function fromFile(path: string, sources: readonly Source[], layers: Layers, line: Source | undefined): Known<Users> {
  const name = resolvePath('/data', path);
  const isAbsent = isSeen(path) && layers.files.exists(name) === false;
  const found = isAbsent ? { text: '', sourceOf: () => sources[0] ?? NOWHERE } : isSeen(path) ? layers.files.readLines(name) : undefined;
  if (found === undefined)
    return unseen(
      isSeen(path) ? `${shownPath(path).replace('a file', 'the ACL file')} is not part of the scan` : 'the name of the ACL file is not known',
      'scan the Secret or ConfigMap that holds it, or let the template of an ExternalSecret write its lines around the passwords',
      ...sources,
    );
  const faults: { because: string; source: Source }[] = isAbsent ? [{ because: `there is no ${shownPath(path)}`, source: found.sourceOf(1) }] : [];
  if (line !== undefined) faults.push({ because: 'users are defined both in the configuration and in an ACL file', source: line });
  const read = readAclFile(found.text);
  for (const fault of read.faults) faults.push({ because: `line ${fault.line} of the ACL file: ${fault.because}`, source: found.sourceOf(fault.line) });
  const users = new Map<string, AclUser>();
  const places: Source[] = [];
  for (const { name: user, rules, line: at } of read.lines) {
    if (users.has(user)) faults.push({ because: 'a user is defined twice', source: found.sourceOf(at) });
    users.set(user, applyAclRules(user, rules));
    places.push(found.sourceOf(at));
  }
  const byDefault = users.get('default') ?? applyAclRules('default', [], { isOpen: true });
  users.set('default', byDefault);
  return { value: { users: [...users.values()], byDefault, hasAcl: true, faults }, sources: [...places, ...sources] };
}

const NOWHERE: Source = { input: 'default', of: 'the server' };
