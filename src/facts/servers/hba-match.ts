import { type Address, type AddressRange, contains } from '../../server-config/address-range.ts';
import type { HbaRecord, HbaType, HbaWord } from '../../server-config/pg-hba.ts';
import { isLoopback } from './addresses.ts';
import type { Source } from './known.ts';
import type { LoginAnswer, LoginAttempt } from './postgres-server.ts';

export type Transport = LoginAttempt['transport'];

/** A client as far as it is known, or as it may be chosen to show that something is possible. */
export interface Client {
  readonly transport: Transport;
  readonly origin: Origin;
  readonly user: Name;
  readonly database: Name;
  readonly isReplication: boolean;
}

export type Origin =
  | { readonly kind: 'socket' }
  | { readonly kind: 'address'; readonly address: Address; readonly isGiven: boolean }
  /** On a network that the server is on; by a name that resolves to it; somewhere on the network. */
  | { readonly kind: 'neighbour' | 'network' }
  | { readonly kind: 'named'; readonly name: string };

/** A name; any name (undefined); one that no record has; a member of what a record stands for. */
export type Name = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'any' } | { readonly kind: 'fresh' } | { readonly kind: 'member'; readonly of: string };

/** What a record does with a client that it matches. */
export interface Outcome {
  readonly answer: LoginAnswer;
  readonly method: string;
  /** Whether a client without a certificate is refused, whatever the method. */
  readonly asksCertificate: boolean;
  readonly source: Source;
}

/** What a record does, apart from whom it matches. */
export function outcomeOf({ method, options }: HbaRecord): Omit<Outcome, 'source'> {
  const asksCertificate = method === 'cert' || /^(?:verify-ca|verify-full|1)$/.test(options['clientcert'] ?? '');
  if (method === 'reject') return { answer: 'refused', method, asksCertificate: false };
  if (method !== 'trust') return { answer: 'proof', method, asksCertificate };
  return asksCertificate ? { answer: 'proof', method: 'cert', asksCertificate } : { answer: 'trusted', method, asksCertificate };
}

/** Whether a record matches a client; undefined where that depends on what is not known of the client. */
export function matches(record: HbaRecord, client: Client): boolean | undefined {
  if (!matchesTransport(record.type, client.transport, client.origin.kind === 'socket')) return false;
  const address = matchesAddress(record, client.origin);
  if (address === false) return false;
  const database = matchesDatabase(record.databases, client);
  if (database === false) return false;
  const user = matchesUser(record.users, client.user);
  return user === false ? false : address === undefined || database === undefined || user === undefined ? undefined : true;
}

export function matchesTransport(type: HbaType, transport: Transport, isSocket: boolean): boolean {
  if (type === 'local' || isSocket) return (type === 'local') === isSocket;
  if (type === 'hostssl') return transport === 'tls';
  if (type === 'hostnossl') return transport !== 'tls';
  if (type === 'hostgssenc') return transport === 'gss';
  return type === 'hostnogssenc' ? transport !== 'gss' : true;
}

function matchesAddress({ address }: HbaRecord, origin: Origin): boolean | undefined {
  if (origin.kind === 'socket' || address === undefined || address.type === 'all') return true;
  const isChosen = origin.kind !== 'address' || !origin.isGiven;
  switch (address.type) {
    case 'samehost':
      return origin.kind === 'address' ? (isLocal(origin.address) ? true : isChosen ? false : undefined) : false;
    case 'samenet':
      if (origin.kind === 'neighbour') return true;
      if (origin.kind === 'address' && isLocal(origin.address)) return true;
      return origin.kind === 'address' && isChosen ? false : undefined;
    case 'name':
      if (origin.kind === 'named') return origin.name === address.name ? true : undefined;
      if (origin.kind === 'address' && isLocal(origin.address)) return isLoopback(address.name) ? undefined : false;
      return origin.kind === 'address' && isChosen ? false : undefined;
    case 'range':
      if (origin.kind === 'address') return contains(address.range, origin.address);
      // Of a client somewhere on the network, no more is known than that it has an address, most likely of version 4.
      if (isWhole(address.range)) return address.range.family === 4;
      return isLocal({ family: address.range.family, value: address.range.first }) && isLocal({ family: address.range.family, value: address.range.last }) ? false : undefined;
  }
}

function matchesDatabase(words: readonly HbaWord[], { database, user, isReplication }: Client): boolean | undefined {
  let answer: boolean | undefined = false;
  for (const word of words) {
    const found = isReplication ? isKeyword(word, 'replication') : matchesDatabaseWord(word, database, user);
    if (found === true) return true;
    if (found === undefined) answer = undefined;
  }
  return answer;
}

function matchesDatabaseWord(word: HbaWord, database: Name, user: Name): boolean | undefined {
  if (isKeyword(word, 'all')) return true;
  if (isKeyword(word, 'replication')) return false;
  if (isKeyword(word, 'sameuser')) {
    if (database.kind === 'name' && user.kind === 'name') return database.name === user.name;
    return database === user && database.kind !== 'any' ? true : database.kind === 'any' || user.kind === 'any' ? undefined : false;
  }
  if (isKeyword(word, 'samerole') || isKeyword(word, 'samegroup')) return database === user && database.kind !== 'any' ? true : database.kind === 'fresh' ? false : undefined;
  return matchesName(word, database, word.text.startsWith('/') && !word.isQuoted);
}

function matchesUser(words: readonly HbaWord[], user: Name): boolean | undefined {
  let answer: boolean | undefined = false;
  for (const word of words) {
    const found = isKeyword(word, 'all') ? true : matchesName(word, user, !word.isQuoted && /^[+/]/.test(word.text));
    if (found === true) return true;
    if (found === undefined) answer = undefined;
  }
  return answer;
}

/** A group or an expression stands for names that are not told; a name that may be chosen is then chosen outside of it. */
function matchesName(word: HbaWord, name: Name, isGroup: boolean): boolean | undefined {
  if (name.kind === 'any') return undefined;
  if (name.kind === 'fresh') return false;
  if (name.kind === 'member') return isGroup && name.of === word.text;
  return isGroup ? undefined : word.text === name.name;
}

/** In quotes, a keyword is a mere name. */
export function isKeyword(word: HbaWord, keyword: string): boolean {
  return !word.isQuoted && word.text === keyword;
}

function isWhole({ family, first, last }: AddressRange): boolean {
  return first === 0n && last === (family === 4 ? 2n ** 32n - 1n : 2n ** 128n - 1n);
}

export function isLocal({ family, value }: Address): boolean {
  return family === 4 ? value >> 24n === 127n : value === 1n;
}
