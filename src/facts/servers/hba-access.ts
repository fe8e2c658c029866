import { distinct } from '../../model/lists.ts';
import { type Address, type AddressRange, contains, parseAddress } from '../../server-config/address-range.ts';
import type { HbaRecord, HbaWord } from '../../server-config/pg-hba.ts';
import { type Client, isKeyword, isLocal, matches, matchesTransport, type Name, type Origin, type Outcome, outcomeOf, type Transport } from './hba-match.ts';
import { isSeen, type Known, type Source, seen, unseen } from './known.ts';
import type { AccessRules, LoginAttempt, LoginDecision } from './postgres-server.ts';

/** A record with its place, or a part of the rules that was not seen. */
export type HbaRule = { readonly record: HbaRecord; readonly source: Source } | { readonly hole: string; readonly hint: string; readonly source: Source };

/** What may come of one client: a single outcome where it is known which record decides. */
export interface Verdict {
  readonly outcomes: readonly Outcome[];
  /** Records that were not seen may decide otherwise. */
  readonly hasHole: boolean;
}

const ANY: Name = { kind: 'any' };
const FRESH: Name = { kind: 'fresh' };
const EXAMPLES = {
  network: addresses('10.20.30.40', '203.0.113.7', 'fd12:3456::7', '2001:db8::7'),
  loopback: addresses('127.0.0.1', '::1'),
} as const;
const MOST_POINTS = 64;
const MOST_NAMES = 16;
/** How many times a record may be held against a client: beyond it, what is left to ask is not known. */
const BUDGET = 1_000_000;

/** Which clients a server lets in: the first record that matches a client decides (hba.c, check_hba). */
export class HbaAccess implements AccessRules {
  readonly #rules: readonly HbaRule[];
  readonly #ssl: Known<boolean>;
  #ranges: readonly AddressRange[] | undefined;
  readonly #candidates = new Map<'network' | 'loopback', readonly Address[]>();
  #budget = BUDGET;
  readonly #known = new Map<HbaRecord, Map<string, ReadonlyMap<string, Verdict>>>();

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
        for (const [key, verdict] of this.#verdictsOf(rule.record, from, transport)) found.set(key, verdict);
        if (this.#budget < 0) {
          found.set('hole', { outcomes: [{ answer: 'trusted', method: 'unknown', asksCertificate: false, source: rule.source }], hasHole: true });
          return [...found.values()];
        }
      }
    }
    return [...found.values()];
  }

  /** Several questions ask the same of a record. */
  #verdictsOf(record: HbaRecord, from: 'network' | 'loopback' | 'socket', transport: Transport): ReadonlyMap<string, Verdict> {
    const way = `${from} ${transport}`;
    const known = this.#known.get(record) ?? new Map<string, ReadonlyMap<string, Verdict>>();
    this.#known.set(record, known);
    const answered = known.get(way);
    if (answered !== undefined) return answered;
    const found = new Map<string, Verdict>();
    const isHidden = transport === 'tls' && this.#ssl.value === undefined;
    for (const client of this.#clientsOf(record, from, transport)) {
      if (this.#budget < 0) return found;
      const verdict = this.#decide(client);
      found.set(JSON.stringify([verdict, isHidden]), isHidden ? { ...verdict, hasHole: true } : verdict);
    }
    known.set(way, found);
    return found;
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
    this.#ranges ??= distinctRanges(this.#rules);
    this.#budget -= this.#ranges.length / 2;
    let candidates = this.#candidates.get(from);
    if (candidates === undefined) {
      candidates = distinctAddresses([...EXAMPLES[from], ...this.#ranges.flatMap(edgesOf)], this.#ranges).filter((point) => isLocal(point) === (from === 'loopback'));
      this.#candidates.set(from, candidates);
    }
    const points = address?.type === 'range' ? candidates.filter((point) => contains(address.range, point)) : candidates;
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

function addresses(...texts: readonly string[]): readonly Address[] {
  return texts.map(parseAddress).filter((address) => address !== undefined);
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

function distinctRanges(rules: readonly HbaRule[]): readonly AddressRange[] {
  const ranges = rules.flatMap((rule) => ('record' in rule && rule.record.address?.type === 'range' ? [rule.record.address.range] : []));
  return [...new Map(ranges.map((range) => [`${range.family} ${range.first} ${range.last}`, range])).values()];
}

const MOST_COMPARED = 32;

/** Addresses that lie in the same ranges are one to the records; of very many ranges only the addresses themselves are compared. */
function distinctAddresses(all: readonly Address[], ranges: readonly AddressRange[]): Address[] {
  const found = new Map<string, Address>();
  for (const address of all) {
    const key = ranges.length > MOST_COMPARED ? `${address.family} ${address.value}` : `${isLocal(address)} ${ranges.map((range) => (contains(range, address) ? 1 : 0)).join('')}`;
    if (!found.has(key)) found.set(key, address);
  }
  return [...found.values()];
}
