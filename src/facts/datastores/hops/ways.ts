import type { Place } from '../../../model/subject.ts';
import type { ConnectionAddress, TlsAsk } from '../../connections/address.ts';
import { knownText, unknownText } from '../../connections/text.ts';
import type { Leg, Way } from '../connection-facts.ts';
import type { Pair } from '../join.ts';
import type { Target } from '../network.ts';
import type { Program } from '../program.ts';
import { type Engine, type Hop, recogniseHop } from '../recognise.ts';
import { askOf, type Entrance, type Front, type HopReading, type Onward } from './hop.ts';
import type { MadeHop } from './made-hops.ts';
import { readHop } from './readers.ts';

/** What following a hop needs of the join. */
export interface Surroundings {
  readonly isServer: (program: Program) => boolean;
  /** Where a name and port lead that a program calls. */
  readonly lead: (host: string, port: number | undefined, asked: Asked) => readonly Way[];
  /** Where else a program connects to by itself. */
  readonly pairsOf: (program: Program) => readonly Pair[];
  readonly engineAt: (host: string, port: number | undefined, from: Program) => Engine | undefined;
}

/** Who calls, and for what. */
export interface Asked {
  readonly from: Program;
  readonly engine: Engine;
  readonly database: string | undefined;
  /** The name under which a sentinel is asked for a master; null where the address has none, undefined where it was not seen. */
  readonly master: string | null | undefined;
  readonly depth: number;
}

type Programs = Extract<Target, { kind: 'programs' }>;

/** Where a pod leads that has a hop in it. */
interface Entered {
  readonly ways: readonly Way[];
  /** Whether the hop is known to have the port that is called. */
  readonly isCertain: boolean;
}

interface UnreadHop {
  readonly program: Program;
  readonly hop: Hop;
  readonly because: string;
  readonly hint: string;
}

const DEEPEST = 6;
const LOOKS = 'look at the settings of the hop for both of its sides';

/**
 * Follows what stands between a client and its server. A session that a hop only passes on is one with the client's; one that it
 * ends is followed by another, which is the hop's own connection and is judged where its settings stand.
 */
export class HopWays {
  readonly #around: Surroundings;
  /** Null where it is none: a wide selector asks it of many, and each client asks again. */
  readonly #hops = new Map<Program, Hop | null>();
  readonly #readings = new Map<Program, HopReading>();
  readonly #relays = new Map<Onward, Map<string, readonly Pair[]>>();
  readonly #leads = new Map<Onward, Map<string, readonly Way[]>>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Undefined where nothing of a pod or container is known to be a hop with this very port. */
  through(target: Programs, asked: Asked, none: Way): Entered | undefined {
    const entered = target.programs.flatMap((program) => {
      const hop = this.#hopAt(program);
      const entrances = hop === undefined ? [] : this.#entrances(program, hop, target.port);
      return hop === undefined || entrances.length === 0 ? [] : [{ program, hop, entrances }];
    });
    // Of several hops in one pod, the one that is known to have the port answers.
    const { port } = target;
    const sure = port === undefined ? [] : entered.filter(({ entrances }) => entrances.some(({ ports }) => ports.includes(port)));
    const [first] = sure.length > 0 ? sure : entered;
    if (first === undefined) return undefined;
    const isCertain = sure.length > 0;
    if (asked.depth > DEEPEST) {
      const because = 'more hops stand between than are followed';
      return { isCertain, ways: [behindUnseen({ ...none, leadsTo: 'hop', via: target.via, says: target.says, hop: first.program, name: first.hop, because, hint: LOOKS })] };
    }
    const met = isCertain ? [first] : entered;
    const ways = met.flatMap(({ program, hop, entrances }) => entrances.flatMap((entrance) => this.#enter(program, hop, entrance, target, asked, none)));
    return { isCertain, ways: distinctWays(ways) };
  }

  /** Why a hop among what is called was not followed. */
  unreadAmong(target: Programs): UnreadHop | undefined {
    for (const program of target.programs) {
      const hop = this.#hopAt(program);
      if (hop === undefined) continue;
      const reading = this.#read(program, hop);
      const isRead = reading.entrances !== undefined;
      const because = isRead ? `${hop} stands between, and nothing of its settings is for port ${target.port ?? 'that it is called at'}` : reading.because;
      return { program, hop, because, hint: isRead ? LOOKS : reading.hint };
    }
    return undefined;
  }

  /** The sessions that hops of these programs open themselves, whether or not a client is known behind them. */
  *relays(programs: readonly Program[]): Generator<Pair> {
    for (const program of programs) {
      const hop = this.#hopAt(program);
      const { entrances = [] } = hop === undefined ? {} : this.#read(program, hop);
      for (const entrance of entrances) {
        if (entrance.kind !== 'relay' || hop === undefined) continue;
        for (const onward of endedBy(entrance)) {
          const engine = entrance.family ?? (onward.host === undefined ? undefined : this.#around.engineAt(onward.host, onward.port, program));
          if (engine !== undefined && !this.#relays.has(onward)) this.#relay(program, hop, onward, { from: program, engine, database: undefined, master: null, depth: 0 });
        }
      }
    }
    for (const asked of this.#relays.values()) {
      const pairs = [...asked.values()].flat();
      yield* distinctBy(pairs, ({ way }) => way);
    }
  }

  #hopAt(program: Program): Hop | undefined {
    let hop = this.#hops.get(program);
    if (hop === undefined) {
      hop = (program.isSilent || this.#around.isServer(program) ? undefined : recogniseHop(program)) ?? null;
      this.#hops.set(program, hop);
    }
    return hop ?? undefined;
  }

  #read(program: Program, hop: Hop): HopReading {
    let reading = this.#readings.get(program);
    if (reading === undefined) {
      reading = readHop(program, hop);
      this.#readings.set(program, reading);
    }
    return reading;
  }

  /** Several where one port is bound more than once, or where the ports were not seen. */
  #entrances(program: Program, hop: Hop, port: number | undefined): readonly Entrance[] {
    const { entrances = [] } = this.#read(program, hop);
    if (port === undefined) return entrances.length === 1 ? entrances : [];
    const own = entrances.filter(({ ports }) => ports.includes(port));
    return own.length > 0 ? own : entrances.filter(({ ports }) => ports.length === 0);
  }

  #enter(program: Program, hop: Hop, entrance: Entrance, target: Programs, asked: Asked, none: Way): readonly Way[] {
    const leg: Leg = { from: asked.from, to: program, port: target.port };
    const shared: Way = { ...none, hop: program, via: target.via, says: `${target.says}, ${hop}`, crossesNetwork: !target.isLocal, legs: [leg] };
    switch (entrance.kind) {
      case 'relay':
        return this.#relayed(program, hop, entrance, asked, shared);
      case 'pooler':
        return endedAt(shared, entrance.front, this.#pooled(program, asked), 'pooler', `${hop} stands between, and which server it leads to was not seen`);
      case 'managed-proxy': {
        const { provider, front } = entrance;
        return [{ ...shared, front, leadsTo: 'managed', isManaged: true, name: provider, because: `${provider} runs it, and its settings are not part of this scan`, hint: LOOKS }];
      }
      case 'directory':
        return this.#named(program, hop, entrance, asked, shared);
    }
  }

  #relayed(program: Program, hop: Hop, entrance: Extract<Entrance, { kind: 'relay' }>, asked: Asked, shared: Way): readonly Way[] {
    const ended = endedBy(entrance);
    const isEnded = new Set(ended);
    const passing = distinctEnds(entrance.onward.filter((onward) => !isEnded.has(onward)));
    const ways = passing.flatMap((onward) => this.#onward(onward, program, hop, asked, shared).map((next) => joined(shared, next, [...entrance.places, onward.place])));
    if (ended.length > 0) {
      const front: Front = { accepts: !entrance.endsTls, offers: entrance.endsTls, needsNoPassword: undefined, isPooler: false, places: entrance.places, because: '' };
      const pairs = ended.flatMap((onward) => this.#relay(program, hop, onward, asked));
      ways.push(...endedAt(shared, front, pairs, 'hop', ''));
    }
    if (ways.length === 0)
      return [behindUnseen({ ...shared, leadsTo: 'hop', name: hop, because: `${hop} stands between, and no server of its settings is behind that port`, hint: LOOKS })];
    return distinctWays(ways);
  }

  #onward(onward: Onward, program: Program, hop: Hop, asked: Asked, none: Way): readonly Way[] {
    const { host, port, isSocket, isSecret } = onward;
    if (host !== undefined) {
      const ways = remembered(this.#leads, onward, `${questionOf(asked)}\n${asked.depth}`, () =>
        this.#around.lead(host, port, { ...asked, from: program, depth: asked.depth + 1 }),
      );
      return isSecret ? ways.map(untold) : ways;
    }
    const because = isSocket
      ? `${hop} goes on through a unix socket, and who listens at it was not seen`
      : `${hop} stands between, and the name of a server in its settings is not known`;
    return [
      { ...none, leadsTo: 'unseen', crossesNetwork: isSocket ? false : undefined, says: 'a server that is not named', name: 'an unknown host', because, hint: LOOKS, legs: [] },
    ];
  }

  /** One of the sessions that a hop opens itself. */
  #relay(program: Program, hop: Hop, onward: Onward, asked: Asked): readonly Pair[] {
    return remembered(this.#relays, onward, questionOf(asked), () => this.#newRelay(program, hop, onward, asked));
  }

  #newRelay(program: Program, hop: Hop, onward: Onward, asked: Asked): readonly Pair[] {
    const tls = onward.tls ?? askOf('never', 'none', `${hop} ends TLS, and its settings say no ssl for the server behind`, []);
    const address = addressOf(onward, asked.engine, tls);
    const parts = new Map([...onward.places].map(([name, place]) => [name, { place }]));
    const held = { reading: address, source: onward.source, parts, place: onward.place, isSecret: onward.isSecret, isRelay: true };
    const ways = this.#onward(onward, program, hop, { ...asked, master: null }, blankWay());
    return distinctWays(ways).map((way): Pair => ({ program, held, address, host: address.hosts?.[0], way, key: keyOf(way), isOneOfSeveral: false }));
  }

  /** The databases of a pooler that a client may mean: the one of its name, or any other that is not named. */
  #pooled(program: Program, { engine, database }: Asked): readonly Pair[] {
    const own = this.#around.pairsOf(program).filter(({ address }) => address.family === engine);
    const named = own.filter(({ held }) => held.alias !== undefined && held.alias === database);
    return named.length > 0 ? named : own.filter(({ held }) => held.alias === undefined || held.alias === '*' || database === undefined);
  }

  /** A sentinel says where the master is, and the client calls it there. */
  #named(program: Program, hop: Hop, { sets, front }: Extract<Entrance, { kind: 'directory' }>, asked: Asked, shared: Way): readonly Way[] {
    const wanted = typeof asked.master === 'string' ? sets.filter(({ name }) => name === asked.master) : sets;
    const unknown = (because: string, hint: string): readonly Way[] => [{ ...shared, leadsTo: 'sentinel', name: hop, because, hint }];
    if (wanted.length === 0) return unknown('the sentinel watches no server of the name that the client asks for', 'mend the name of the master at one of the two ends');
    const ways = wanted.flatMap(({ host, port, place }) => {
      if (host === undefined) return unknown('the name of the server that the sentinel watches is not known', 'scan what sets it');
      return this.#around.lead(host, port, { ...asked, from: program, depth: asked.depth + 1 }).map((next): Way => {
        // The sentinel sees the server on its own interface perhaps; a client of another pod never does.
        const crossesNetwork = next.crossesNetwork !== false || next.program?.host !== asked.from.host;
        const leg: readonly Leg[] = next.program === undefined ? [] : [{ from: asked.from, to: next.program, port: next.port }];
        return {
          ...next,
          asks: front,
          crossesNetwork,
          via: [...shared.via, place, ...next.via],
          says: `${shared.says}, ${next.says}`,
          legs: [...shared.legs, ...leg],
          hop: program,
        };
      });
    });
    return distinctWays(ways);
  }
}

/** A pooler or sentinel that an operator makes, with what it leads to. */
export function throughMadeHop({ resource, front, isDirectory, demandsTls, server, because }: MadeHop, shared: Way): Way {
  const place = { resource, path: [...resource.at, 'metadata', 'name'] };
  const hint = 'scan its manifest together with the client';
  const way = { ...shared, made: server, via: [...shared.via, place], ...(server === undefined ? { because, hint } : {}) };
  if (isDirectory) return { ...way, leadsTo: server === undefined ? 'sentinel' : 'server', asks: front };
  return { ...way, leadsTo: server === undefined ? 'pooler' : 'server', front, onwardDemandsTls: demandsTls };
}

/** Those with which the hop speaks by itself, as it takes TLS off or puts it on. */
function endedBy({ endsTls, onward }: Extract<Entrance, { kind: 'relay' }>): readonly Onward[] {
  return onward.filter(({ tls }) => endsTls || tls !== undefined);
}

/** The client's session goes on: what is true of one leg is true of the way. */
function joined(first: Way, next: Way, places: readonly Place[]): Way {
  return {
    ...next,
    hop: next.hop ?? first.hop,
    via: [...first.via, ...places, ...next.via],
    says: `${first.says}, ${next.says}`,
    crossesNetwork: either(first.crossesNetwork, next.crossesNetwork),
    isOutside: either(first.isOutside, next.isOutside),
    hasPublicAddress: either(first.hasPublicAddress, next.hasPublicAddress),
    legs: [...first.legs, ...next.legs],
  };
}

/** The client's session ends here; the servers are those behind the hop's own, of which it may meet any. */
function endedAt(shared: Way, front: Front, nexts: readonly Pair[], leadsTo: string, otherwise: string): readonly Way[] {
  if (nexts.length === 0) return [behindUnseen({ ...shared, front, leadsTo, name: leadsTo, because: otherwise, hint: LOOKS })];
  return [...Map.groupBy(nexts, ({ way }) => keyOf(way)).values()].flatMap((alike) => {
    const [{ way } = {}] = alike;
    if (way === undefined) return [];
    const { program, made, isManaged, name, because, hint } = way;
    const end = way.leadsTo === 'server' || way.leadsTo === 'managed' ? way.leadsTo : leadsTo;
    return [{ ...shared, front, nexts: alike, leadsTo: end, program, made, isManaged, name, because, hint, says: `${shared.says}, ${way.says}` }];
  });
}

function addressOf({ host, port, isSocket }: Onward, family: Engine, tls: TlsAsk): ConnectionAddress {
  const text = host === undefined ? unknownText({ name: 'server', why: 'it is not named in the settings of the hop' }) : knownText(host);
  return {
    kind: 'address',
    family,
    dialect: family === 'redis' ? 'redis-uri' : 'libpq-uri',
    scheme: null,
    hosts: [{ name: host, isSocket, isDefault: false, port, address: undefined, text }],
    leadsTo: 'server',
    sentinelMaster: null,
    database: null,
    user: null,
    hasPassword: undefined,
    password: undefined,
    passwordFile: null,
    parameters: [],
    hasAllParameters: true,
    tls,
    problems: [],
    unknowns: [],
  };
}

/** What a Secret says of where it leads is told to nobody, unless that is part of the scan. */
export function untold(way: Way): Way {
  if (way.program !== undefined || way.made !== undefined) return way;
  const because = way.because === '' ? '' : 'what the address in the Secret leads to is not part of this scan';
  return { ...way, name: 'an address in a Secret', says: 'an address in a Secret', because };
}

/** A way of which nothing is known yet. */
export function blankWay(): Way {
  return {
    leadsTo: 'unseen',
    program: undefined,
    made: undefined,
    isManaged: false,
    via: [],
    port: undefined,
    hop: undefined,
    name: '',
    says: '',
    crossesNetwork: undefined,
    isOutside: false,
    hasPublicAddress: false,
    because: '',
    hint: '',
    legs: [],
    front: undefined,
    asks: undefined,
    nexts: [],
    onwardDemandsTls: null,
  };
}

/** How a hop goes on was not seen: it may well leave the pod that it shares with the client, and without TLS. */
export function behindUnseen(way: Way): Way {
  return { ...way, crossesNetwork: way.crossesNetwork === true ? true : undefined, onwardDemandsTls: undefined };
}

/** Equal for all that lead to the same server. */
export function keyOf({ program, made, name, port }: Way): string | object {
  return program ?? made ?? `${name}:${port ?? ''}`;
}

/** Those that lead to the same server in the same manner count once: two proxies to one server may take different things of their clients. */
export function distinctWays(ways: readonly Way[]): Way[] {
  return distinctBy(ways, (way) => way);
}

function distinctBy<T>(all: readonly T[], wayOf: (each: T) => Way): T[] {
  const seen = new Map<string | object, Set<string>>();
  return all.filter((each) => {
    const way = wayOf(each);
    const key = keyOf(way);
    const manners = seen.get(key) ?? new Set();
    seen.set(key, manners);
    const manner = mannerOf(way);
    return manners.has(manner) ? false : manners.add(manner);
  });
}

/** What of a way decides about a client, beside where it ends. */
export function mannerOf(way: Way): string {
  const onward = way.nexts.map(({ address: { tls }, way: next }) => [tls.encryption, tls.verification, ...sidesOf(next)]);
  return JSON.stringify([...sidesOf(way), onward], (_key, value: unknown) => value ?? null);
}

function sidesOf({ front, asks, leadsTo, crossesNetwork, isOutside, hasPublicAddress, because, onwardDemandsTls }: Way): unknown[] {
  const sides = [front, asks].flatMap((side) => [side?.accepts, side?.offers, side?.needsNoPassword, side?.isPooler]);
  return [leadsTo, crossesNetwork, isOutside, hasPublicAddress, because, onwardDemandsTls, ...sides];
}

/** One of each host and port. */
function distinctEnds(onward: readonly Onward[]): Onward[] {
  const seen = new Set<string>();
  return onward.filter(({ host, port, isSocket }) => {
    const key = `${host ?? ''}\n${port ?? ''}\n${isSocket}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** What decides where a session leads beside the end that it is opened to. */
function questionOf({ engine, database, master }: Asked): string {
  return `${engine}\n${JSON.stringify([database ?? null, master === undefined ? false : master])}`;
}

/** Worked out once for each question; who asks in a circle is told nothing. */
function remembered<T>(known: Map<Onward, Map<string, readonly T[]>>, onward: Onward, question: string, work: () => readonly T[]): readonly T[] {
  const own = known.get(onward) ?? new Map<string, readonly T[]>();
  known.set(onward, own);
  const found = own.get(question);
  if (found !== undefined) return found;
  own.set(question, []);
  const made = work();
  own.set(question, made);
  return made;
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === true || b === true ? true : a === false && b === false ? false : undefined;
}
