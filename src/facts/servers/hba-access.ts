import { type Address, type AddressRange, contains, parseAddress } from '../../server-config/address-range.ts';
import type { HbaRecord, HbaType, HbaWord } from '../../server-config/pg-hba.ts';
import { isLoopback } from './addresses.ts';
import { isSeen, type Known, type Source, seen, unseen } from './known.ts';
import type { AccessRules, LoginAnswer, LoginAttempt, LoginDecision } from './postgres-server.ts';

/** A record with its place, or a part of the rules that was not seen. */
export type HbaRule = { readonly record: HbaRecord; readonly source: Source } | { readonly hole: string; readonly hint: string; readonly source: Source };

/** What a record does with a client that it matches. */
export interface Outcome {
  readonly answer: LoginAnswer;
  readonly method: string;
  /** Whether a client without a certificate is refused, whatever the method. */
  readonly asksCertificate: boolean;
  readonly source: Source;
}

/** What may come of one client: a single outcome where it is known which record decides. */
export interface Verdict {
  readonly outcomes: readonly Outcome[];
  /** Records that were not seen may decide otherwise. */
  readonly hasHole: boolean;
}

type Transport = LoginAttempt['transport'];

/** A client as far as it is known, or as it may be chosen to show that something is possible. */
interface Client {
  readonly transport: Transport;
  readonly origin: Origin;
  readonly user: Name;
  readonly database: Name;
  readonly isReplication: boolean;
}

type Origin =
  | { readonly kind: 'socket' }
  | { readonly kind: 'address'; readonly address: Address; readonly isGiven: boolean }
  /** On a network that the server is on; by a name that resolves to it; somewhere on the network. */
  | { readonly kind: 'neighbour' | 'network' }
  | { readonly kind: 'named'; readonly name: string };

/** A name; any name (undefined); one that no record has; a member of what a record stands for. */
type Name = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'any' } | { readonly kind: 'fresh' } | { readonly kind: 'member'; readonly of: string };

const ANY: Name = { kind: 'any' };
const FRESH: Name = { kind: 'fresh' };
const NETWORK_EXAMPLES = ['10.20.30.40', '203.0.113.7', 'fd12:3456::7', '2001:db8::7'];
const LOOPBACK_EXAMPLES = ['127.0.0.1', '::1'];
const MOST_POINTS = 64;
const MOST_NAMES = 16;
/** How many times a record may be held against a client: beyond it, what is left to ask is not known. */
const BUDGET = 1_000_000;

/** Which clients a server lets in: the first record that matches a client decides (hba.c, check_hba). */
export class HbaAccess implements AccessRules {
  readonly #rules: readonly HbaRule[];
  readonly #ssl: Known<boolean>;
  #edges: readonly Address[] | undefined;
  #budget = BUDGET;

  constructor(rules: readonly HbaRule[], ssl: Known<boolean>) {
    this.#rules = rules;
    this.#ssl = ssl;
  }

  get sources(): readonly Source[] {
    return distinct(this.#rules.map(({ source }) => source)).slice(0, 5);
  }

  decide(attempt: LoginAttempt): Known<LoginDecision> {
    const client: Client = {
      transport: attempt.transport,
      origin: originOf(attempt.from),
      user: attempt.user === undefined ? ANY : { kind: 'name', name: attempt.user },
      database: attempt.database === undefined ? ANY : { kind: 'name', name: attempt.database },
      isReplication: attempt.isReplication === true,
    };
    if (client.transport === 'tls' && this.#ssl.value === false)
      return seen<LoginDecision>({ answer: 'refused', method: 'ssl is off', asksCertificate: false }, ...this.#ssl.sources);
    const { outcomes, hasHole } = this.#decide(client);
    const [first, ...others] = outcomes;
    if (first === undefined || others.some(({ answer }) => answer !== first.answer) || hasHole)
      return unseen('which record matches is not known', 'scan pg_hba.conf with all its files, and the client', ...outcomes.map(({ source }) => source));
    if (client.transport === 'tls' && !isSeen(this.#ssl) && first.answer !== 'refused') return this.#ssl;
    return seen<LoginDecision>(
      { answer: first.answer, method: first.method, asksCertificate: outcomes.some(({ asksCertificate }) => asksCertificate) },
      ...outcomes.map(({ source }) => source),
    );
  }

  /** What comes of clients from somewhere, one chosen for each difference between the records. */
  verdicts(from: 'network' | 'loopback' | 'socket', transports: readonly Transport[]): Verdict[] {
    const found = new Map<string, Verdict>();
    this.#budget = BUDGET;
    const offered = transports.filter((transport) => transport !== 'tls' || this.#ssl.value !== false);
    for (const rule of this.#rules) {
      // Records that were not seen may let anybody in whom none of the others matches.
      if ('hole' in rule) {
        found.set('hole', { outcomes: [{ answer: 'trusted', method: 'unknown', asksCertificate: false, source: rule.source }], hasHole: true });
        continue;
      }
      for (const transport of offered) {
        if (rule.record.method === 'reject' || !matchesTransport(rule.record.type, transport, from === 'socket')) continue;
        const isHidden = transport === 'tls' && this.#ssl.value === undefined;
        for (const client of this.#clientsOf(rule.record, from, transport)) {
          if (this.#budget < 0) {
            found.set('hole', { outcomes: [{ answer: 'trusted', method: 'unknown', asksCertificate: false, source: rule.source }], hasHole: true });
            return [...found.values()];
          }
          const verdict = this.#decide(client);
          found.set(JSON.stringify([verdict, isHidden]), isHidden ? { ...verdict, hasHole: true } : verdict);
        }
      }
    }
    return [...found.values()];
  }

  /** Whether some client comes to an outcome of a kind. */
  allows(from: 'network' | 'loopback' | 'socket', transports: readonly Transport[], isMeant: (outcome: Outcome) => boolean): Known<boolean> {
    const verdicts = this.verdicts(from, transports).filter(({ outcomes }) => outcomes.some(isMeant));
    const certain = verdicts.filter(({ outcomes, hasHole }) => !hasHole && outcomes.every(isMeant));
    const sourcesOf = (all: readonly Verdict[]) => distinct(all.flatMap(({ outcomes }) => outcomes.filter(isMeant).map(({ source }) => source)));
    if (certain.length > 0) return { value: true, sources: sourcesOf(certain) };
    if (verdicts.length === 0) return { value: false, sources: this.sources };
    const hole = this.#rules.find((rule): rule is Extract<HbaRule, { hole: string }> => 'hole' in rule);
    if (hole !== undefined) return unseen(hole.hole, hole.hint, ...sourcesOf(verdicts));
    if (this.#budget < 0) return unseen('there are more records than are compared', 'ask the server', ...sourcesOf(verdicts));
    return isSeen(this.#ssl) ? unseen('which record matches is not known', 'name users and databases in pg_hba.conf', ...sourcesOf(verdicts)) : this.#ssl;
  }

  /** Clients that a record is meant for; an earlier record may take them away from it. */
  #clientsOf(record: HbaRecord, from: 'network' | 'loopback' | 'socket', transport: Transport): Client[] {
    const origins = from === 'socket' ? [{ kind: 'socket' } as const] : this.#points(record, from);
    return origins.flatMap((origin) => namesOf(record.users).flatMap((user) => databasesOf(record.databases, user).map((wanted) => ({ transport, origin, user, ...wanted }))));
  }

  /** Addresses among which every difference between the records shows. */
  #points(record: HbaRecord, from: 'network' | 'loopback'): Origin[] {
    const { address } = record;
    if (address?.type === 'name') return from === 'network' ? [{ kind: 'named', name: address.name }] : [];
    if (address?.type === 'samenet' && from === 'network') return [{ kind: 'neighbour' }];
    if (address?.type === 'samehost' && from === 'network') return [];
    const examples = (from === 'network' ? NETWORK_EXAMPLES : LOOPBACK_EXAMPLES).map(parseAddress).filter((example) => example !== undefined);
    this.#edges ??= distinctAddresses(this.#rules.flatMap((rule) => ('record' in rule && rule.record.address?.type === 'range' ? edgesOf(rule.record.address.range) : [])));
    this.#budget -= this.#edges.length / 10;
    const points = [...examples, ...this.#edges].filter((point) => isLocal(point) === (from === 'loopback') && (address?.type !== 'range' || contains(address.range, point)));
    return points.slice(0, MOST_POINTS).map((point) => ({ kind: 'address', address: point, isGiven: false }));
  }

  #decide(client: Client): Verdict {
    const outcomes: Outcome[] = [];
    let hasHole = false;
    for (const rule of this.#rules) {
      if ('hole' in rule) {
        hasHole = true;
        continue;
      }
      this.#budget--;
      const isMatch = matches(rule.record, client);
      if (isMatch !== false) outcomes.push({ ...outcomeOf(rule.record), source: rule.source });
      if (isMatch === true) return { outcomes, hasHole };
    }
    outcomes.push({ answer: 'refused', method: 'no record', asksCertificate: false, source: this.#rules.at(-1)?.source ?? { input: 'default', of: 'PostgreSQL' } });
    return { outcomes, hasHole };
  }
}

function outcomeOf({ method, options }: HbaRecord): Omit<Outcome, 'source'> {
  const asksCertificate = method === 'cert' || /^(?:verify-ca|verify-full|1)$/.test(options['clientcert'] ?? '');
  if (method === 'reject') return { answer: 'refused', method, asksCertificate: false };
  if (method !== 'trust') return { answer: 'proof', method, asksCertificate };
  return asksCertificate ? { answer: 'proof', method: 'cert', asksCertificate } : { answer: 'trusted', method, asksCertificate };
}

function matches(record: HbaRecord, client: Client): boolean | undefined {
  const parts = [
    matchesTransport(record.type, client.transport, client.origin.kind === 'socket'),
    matchesAddress(record, client.origin),
    matchesDatabase(record.databases, client),
    matchesUser(record.users, client.user),
  ];
  return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
}

function matchesTransport(type: HbaType, transport: Transport, isSocket: boolean): boolean {
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

function namesOf(words: readonly HbaWord[]): Name[] {
  if (words.some((word) => isKeyword(word, 'all'))) return [FRESH];
  return words.slice(0, MOST_NAMES).map(({ text, isQuoted }) => (!isQuoted && /^[+/]/.test(text) ? { kind: 'member', of: text } : { kind: 'name', name: text }));
}

function databasesOf(words: readonly HbaWord[], user: Name): { database: Name; isReplication: boolean }[] {
  const found: { database: Name; isReplication: boolean }[] = [];
  for (const word of words.slice(0, MOST_NAMES)) {
    if (isKeyword(word, 'replication')) found.push({ database: FRESH, isReplication: true });
    else if (isKeyword(word, 'all')) found.push({ database: { kind: 'fresh' }, isReplication: false });
    else if (['sameuser', 'samerole', 'samegroup'].some((keyword) => isKeyword(word, keyword))) found.push({ database: user, isReplication: false });
    else found.push({ database: !word.isQuoted && word.text.startsWith('/') ? { kind: 'member', of: word.text } : { kind: 'name', name: word.text }, isReplication: false });
  }
  return found;
}

function isKeyword(word: HbaWord, keyword: string): boolean {
  return !word.isQuoted && word.text === keyword;
}

function originOf(from: LoginAttempt['from']): Origin {
  if (from === 'socket') return { kind: 'socket' };
  if (from === 'network') return { kind: 'network' };
  const address = parseAddress(from === 'loopback' ? '127.0.0.1' : from.address);
  return address === undefined ? { kind: 'network' } : { kind: 'address', address, isGiven: true };
}

/** The first and last address of a range, and those right outside of it. */
function edgesOf({ family, first, last }: AddressRange): Address[] {
  const highest = family === 4 ? 2n ** 32n - 1n : 2n ** 128n - 1n;
  return [first, last, first - 1n, last + 1n, first + 1n].filter((value) => value > 0n && value < highest).map((value) => ({ family, value }));
}

function distinctAddresses(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map((address) => [`${address.family} ${address.value}`, address])).values()];
}

function isWhole({ family, first, last }: AddressRange): boolean {
  return first === 0n && last === (family === 4 ? 2n ** 32n - 1n : 2n ** 128n - 1n);
}

function isLocal({ family, value }: Address): boolean {
  return family === 4 ? value >> 24n === 127n : value === 1n;
}

function distinct(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}
