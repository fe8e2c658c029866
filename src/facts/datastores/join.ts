import type { KubernetesObject } from '../../model/inventory.ts';
import type { Absence, Subject } from '../../model/subject.ts';
import type { ConnectionAddress, Family, Host, Reading } from '../connections/address.ts';
import { readable } from '../connections/text.ts';
import { objectAt, stringAt } from '../read.ts';
import { hasPrivateName, managedBy, reachOf } from './addresses.ts';
import { addressesOf, type HeldAddress } from './addresses-of-programs.ts';
import { ConnectionSubject } from './connection.ts';
import { connectionFacts, NOTHING_CONNECTED, type Way } from './connection-facts.ts';
import { type DatastoreSubject, type Server, UnseenDatastores } from './datastore.ts';
import { undisturbed } from './disturbances.ts';
import type { MadeHop } from './hops/made-hops.ts';
import { type Asked, behindUnseen, blankWay, distinctWays, HopWays, mannerOf, throughMadeHop, untold } from './hops/ways.ts';
import type { Mesh } from './mesh.ts';
import type { Network, Target } from './network.ts';
import type { Program } from './program.ts';
import { type Engine, type Hop, type Recognised, recognise } from './recognise.ts';
import { isOnlooker, recogniseByPort, serverByPort } from './recognise-port.ts';
import { runningDatastore, serverOf } from './servers.ts';
import type { SurroundingsOf } from './surroundings.ts';

/** What the join of one unit works on. */
export interface JoinInputs {
  readonly programs: readonly Program[];
  /** The day of the scan. */
  readonly today?: string | undefined;
  readonly network: Network;
  readonly mesh: Mesh;
  /** Servers that custom resources of operators make, by what the network knows them as. */
  readonly made: ReadonlyMap<object, DatastoreSubject>;
  /** Poolers and sentinels that they make. */
  readonly madeHops: ReadonlySet<object>;
  /** `astray`: programs of which it is not seen where some address of theirs leads. */
  surroundingsAmong(astray: () => readonly Program[]): SurroundingsOf;
}

/** One client's address and where it leads. */
export interface Pair {
  readonly program: Program;
  readonly held: HeldAddress;
  readonly address: ConnectionAddress;
  readonly host: Host | undefined;
  readonly way: Way;
  /** Equal for all that lead to the same server. */
  readonly key: string | object;
  /** Whether the address leads to several servers, of which the client meets any. */
  readonly isOneOfSeveral: boolean;
}

/** The servers of a unit and every address that leads, or should lead, to one. */
export function* joinedSubjects(inputs: JoinInputs): Generator<Subject> {
  const servers = new Map<Program, { recognised: Recognised; server: Server }>();
  const programs = inputs.programs.filter(({ isSilent }) => !isSilent);
  const besideOf = besideIn(programs);
  for (const program of programs) {
    const recognised = recognise(program);
    if (recognised !== undefined) {
      servers.set(program, { recognised, server: undisturbed(serverOf(program, recognised, inputs.today), program, besideOf(program)) });
      continue;
    }
    const byPort = recogniseByPort(program, inputs.network);
    if (byPort !== undefined) servers.set(program, { recognised: byPort, server: serverByPort(program, byPort) });
  }
  const others: { program: Program; held: HeldAddress }[] = [];
  const pairsOf = onceFor((program) => {
    const found: Pair[] = [];
    const own = servers.get(program)?.recognised.engine;
    const familyOfHost = (name: string): Family | undefined => engineBehind(inputs.network.resolve(name, undefined, program), name, inputs, servers);
    for (const held of addressesOf(program, familyOfHost)) {
      const { reading } = held;
      if (reading.family === own && own !== undefined) continue;
      if (reading.kind !== 'address') others.push({ program, held });
      else found.push(...pairsTo(program, held, reading, routes));
    }
    return found;
  });
  const routes: Routes = {
    inputs,
    servers,
    hops: new HopWays({
      isServer: (program) => servers.has(program),
      lead: (host, port, asked) => lead(host, port, asked, routes),
      pairsOf,
      engineAt: (host, port, from) => engineBehind(inputs.network.resolve(host, port, from), host, inputs, servers) ?? engineOfPort(port),
    }),
  };
  const ofClients = programs.flatMap((program) => pairsOf(program));
  const pairs = [...ofClients, ...routes.hops.relays(programs)];
  const byServer = Map.groupBy(pairs, ({ way }) => way.program);
  const surroundingsOf = inputs.surroundingsAmong(() => programsAstray(programs, pairs, others));
  const datastores = new Map<Program, DatastoreSubject>();
  for (const [program, { recognised, server }] of servers) {
    const datastore = runningDatastore(program, recognised, server, surroundingsOf(program, byServer.get(program) ?? []));
    datastores.set(program, datastore);
    yield datastore;
  }
  yield* inputs.made.values();
  const sharing = applicationsByRole(pairs);
  const names = new PartNames();
  let last: Pair | undefined;
  let part = '';
  const unseen = new UnseenDatastores();
  const datastoreOf = ({ program, way, address }: Pair): DatastoreSubject =>
    (way.program === undefined ? undefined : datastores.get(way.program)) ??
    (way.made === undefined ? undefined : inputs.made.get(way.made)) ??
    unseen.of(program.container, address.family, way.name, {
      ...(way.isManaged ? { family: 'managed' } : {}),
      isManaged: way.isManaged,
      because: way.because,
      hint: way.hint,
    });
  for (const pair of pairs) {
    const { program, held } = pair;
    // A client may meet any of several servers at one name: what is the worst of them makes one finding.
    if (held !== last?.held || pair.host !== last.host) part = names.of(program, `connection ${held.source}`);
    last = pair;
    const datastore = datastoreOf(pair);
    const { facts, evidence } = connectionFacts(pair, datastore, inputs.mesh, sharing, datastoreOf);
    yield new ConnectionSubject({
      facts,
      container: program.container,
      datastore,
      part,
      place: held.place,
      evidence,
    });
  }
  for (const { program, held } of others) yield unreadConnection(program, held, unseen, names.of(program, `connection ${held.source}`));
}

/** An address without a host that can be read, or an environment that may hold one more. */
function programsAstray(programs: readonly Program[], pairs: readonly Pair[], others: readonly { program: Program }[]): Program[] {
  const unread = new Set(others.map(({ program }) => program));
  for (const { program, host } of pairs) if (host?.name === undefined && host?.isDefault !== true) unread.add(program);
  const placed = new Set(pairs.map(({ program }) => program));
  return programs.filter((program) => unread.has(program) || (!placed.has(program) && !program.texts.isComplete));
}

/** What a `DB_HOST` of which nothing else is known leads to: by what runs there, or by the host's own name. */
function engineBehind(targets: readonly Target[], name: string, { made }: JoinInputs, servers: ReadonlyMap<Program, { recognised: Recognised }>): Engine | undefined {
  for (const target of targets) {
    if (target.kind === 'made') return made.get(target.key)?.facts.engine === 'redis' || /redis|valkey|dragonfly|sentinel/i.test(kindOf(target.key)) ? 'redis' : 'postgres';
    const running = target.kind === 'programs' ? target.programs.find((program) => servers.has(program)) : undefined;
    if (running !== undefined) return servers.get(running)?.recognised.engine;
  }
  if (/(?:^|[.-])(?:pg|psql|pgsql|postgres|postgresql|timescale(?:db)?|pgbouncer)(?:$|[.-]|\d)/i.test(name)) return 'postgres';
  return /(?:^|[.-])(?:redis|valkey|keydb)(?:$|[.-]|\d)/i.test(name) ? 'redis' : undefined;
}

/** The kind of the custom resource, or of the one that a pooler or sentinel is made of. */
function kindOf(key: object): string {
  const resource = 'resource' in key ? (key as MadeHop).resource : (key as KubernetesObject);
  return stringAt(resource.value, 'kind');
}

/** Several addresses may stand in one value: the second is another finding. */
class PartNames {
  readonly #counts = new Map<string, number>();
  /** A base and its overlay name the same container, and are two programs. */
  readonly #containers = new Map<Program, string>();

  of(program: Program, part: string): string {
    let container = this.#containers.get(program);
    if (container === undefined) {
      container = ownerOf(program);
      this.#containers.set(program, container);
    }
    const key = `${container}\n${part}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count === 1 ? part : `${part} ${count}`;
  }
}

/** What every way is found with. */
interface Routes {
  readonly inputs: JoinInputs;
  readonly servers: ReadonlyMap<Program, { readonly recognised: Recognised; readonly server: Server }>;
  readonly hops: HopWays;
}

/** A list of hosts is for one cluster most often; each host that is named is asked for, and equal answers count once. */
function pairsTo(program: Program, held: HeldAddress, address: ConnectionAddress, routes: Routes): Pair[] {
  const hosts = address.hosts === undefined || address.hosts.length === 0 ? [undefined] : address.hosts;
  const known = new Map<string | object, Set<string>>();
  const found = hosts.flatMap((host) =>
    waysOf(program, address, host, routes).flatMap((seen) => {
      const way = held.isSecret ? untold(seen) : seen;
      const key = seen.program ?? seen.made ?? `${seen.name}:${host?.port ?? ''}`;
      if (hosts.length > 1) {
        // Three sentinels lead to one server, as do all pods of a StatefulSet. What is not part of the scan differs in its number only.
        const isSeen = typeof key !== 'string';
        const end = isSeen ? key : key.replace(/-\d+(?=[.:])/, '');
        const manner = isSeen ? mannerOf(way) : [way.leadsTo, way.hasPublicAddress, way.crossesNetwork].join();
        const manners = known.get(end) ?? new Set();
        if (manners.has(manner)) return [];
        known.set(end, manners.add(manner));
      }
      return [{ program, held, address, host, way, key }];
    }),
  );
  const isOneOfSeveral = found.length > 1 && new Set(found.map(({ way, key }) => (way.program === undefined ? key : ownerOf(way.program)))).size > 1;
  return found.map((pair) => ({ ...pair, isOneOfSeveral }));
}

/** Pods of one workload, and what is written twice, are one server. */
function ownerOf({ container }: Program): string {
  const { namespace, kind, name, container: own } = container.identity();
  return [namespace, kind, name, own].join('\n');
}

/** What is worked out once for each program, and nothing for who asks in a circle. */
function onceFor<T>(work: (program: Program) => readonly T[]): (program: Program) => readonly T[] {
  const known = new Map<Program, readonly T[]>();
  return (program) => {
    const found = known.get(program);
    if (found !== undefined) return found;
    known.set(program, []);
    const made = work(program);
    known.set(program, made);
    return made;
  };
}

/** What shares a pod or network with a program, and is not silent. Asked of servers only: most worlds have few. */
function besideIn(programs: readonly Program[]): (program: Program) => readonly Program[] {
  let byHost: ReadonlyMap<object, readonly Program[]> | undefined;
  return ({ host }) => {
    byHost ??= Map.groupBy(programs, (program) => program.host);
    return byHost.get(host) ?? [];
  };
}

function engineOfPort(port: number | undefined): Engine | undefined {
  return port === 5432 ? 'postgres' : port === 6379 || port === 6380 ? 'redis' : undefined;
}

const NOT_SEEN = { hint: 'write the address into the manifest, or scan the object that it comes from' } as const;

function waysOf(program: Program, { family, unknowns, database, user, sentinelMaster }: ConnectionAddress, host: Host | undefined, routes: Routes): readonly Way[] {
  if (host?.isSocket === true) {
    return [
      {
        ...blankWay(),
        crossesNetwork: false,
        says: 'a unix socket',
        name: 'a unix socket',
        because: 'it leads through a unix socket, and who listens at it was not seen',
        ...NOT_SEEN,
      },
    ];
  }
  const name = host?.address ?? host?.name;
  if (name === undefined) {
    const because = unknowns[0] === undefined ? 'the host is not written here' : `the host is not known: ${unknowns[0].why}`;
    return [
      {
        ...blankWay(),
        isOutside: undefined,
        hasPublicAddress: undefined,
        says: host === undefined ? 'no host' : readable(host.text),
        name: 'an unknown host',
        because,
        ...NOT_SEEN,
      },
    ];
  }
  const asked: Asked = { from: program, engine: family, database: database ?? user ?? undefined, master: sentinelMaster, depth: 0 };
  return lead(name, host?.port, asked, routes);
}

/** Each of many clients with each of many servers would be more than anybody reads. */
const MOST_SERVERS = 50;

/** Where a name and port lead: to each server that may answer. */
function lead(name: string, port: number | undefined, asked: Asked, routes: Routes): readonly Way[] {
  const targets = routes.inputs.network.resolve(name, port, asked.from);
  const [only] = targets;
  if (only !== undefined && targets.length === 1) return follow(only, name, asked, routes);
  // What is known to be something else does not answer in the place of a server.
  const fitting: Target[] = [];
  for (const target of targets) {
    if (fitting.length > MOST_SERVERS) break;
    if (!isElsewhere(target, asked, routes)) fitting.push(target);
  }
  const met = fitting.length > 0 ? fitting : targets;
  const ways = met.slice(0, MOST_SERVERS).flatMap((target) => follow(target, name, asked, routes));
  if (met.length > MOST_SERVERS) {
    const because = `more than ${MOST_SERVERS} workloads answer to ${name}, and no more were looked at`;
    ways.push({ ...blankWay(), via: met[0]?.via ?? [], says: name, name, crossesNetwork: true, because, hint: 'give each server a name of its own' });
  }
  const outside = new Set<string>();
  return distinctWays(ways).filter((way) => {
    if (way.program !== undefined || way.made !== undefined || way.hop !== undefined) return true;
    // Of the addresses of one name that are not part of the scan, one of a kind is told.
    const kind = [way.leadsTo, way.isManaged, way.isOutside, way.hasPublicAddress, way.crossesNetwork].join();
    return outside.has(kind) ? false : outside.add(kind);
  });
}

/** A pod that runs no server of the kind and no hop, and says that it listens at other ports, or serves nobody: a selector may be wide. */
function isElsewhere(target: Target, { engine }: Asked, { servers, hops }: Routes): boolean {
  if (target.kind !== 'programs') return false;
  const { programs, port } = target;
  const running = programs.flatMap((program) => servers.get(program) ?? []);
  if (running.some(({ recognised }) => recognised.engine === engine) || hops.unreadAmong(target) !== undefined) return false;
  if (programs.every((program) => isOnlooker(program) || /^(?:Job|CronJob)$/.test(program.ownerKind))) return true;
  const ports = programs.flatMap((program) => program.ports);
  return running.length > 0 || (port !== undefined && ports.length > 0 && !ports.includes(port));
}

function follow(target: Target, name: string, asked: Asked, { inputs, servers, hops }: Routes): readonly Way[] {
  const none = blankWay();
  const { engine, from } = asked;
  switch (target.kind) {
    case 'programs': {
      const { programs, port, via, says, isLocal } = target;
      const entered = hops.through(target, asked, none);
      if (entered?.isCertain === true) return entered.ways;
      const shared = { ...none, port, via, says, crossesNetwork: !isLocal };
      const own = programs.filter((program) => servers.get(program)?.recognised.engine === engine);
      const unread = entered === undefined ? hops.unreadAmong(target) : undefined;
      // A sentinel that was not read watches the server that it is started with.
      const isBesideHop = entered !== undefined || (unread !== undefined && unread.hop !== 'sentinel');
      const answering = own.length < 2 && !isBesideHop ? own : answeringAt(port, own, isBesideHop, servers);
      if (answering.length > 0 || entered !== undefined) {
        const ways = answering.map((server): Way => ({ ...shared, leadsTo: 'server', program: server, name, legs: [{ from, to: server, port }] }));
        return [...(entered?.ways ?? []), ...ways];
      }
      if (unread !== undefined) {
        const way = { ...shared, leadsTo: leadsThrough(unread.hop), hop: unread.program, name: unread.hop, because: unread.because, hint: unread.hint };
        return [unread.hop === 'sentinel' ? way : behindUnseen(way)];
      }
      if (isLocal) return [nobodyNear(target, { ...shared, name })];
      const [first] = programs;
      const what = first === undefined ? 'something' : first.container.identity().name;
      return [
        {
          ...shared,
          name,
          because: `${says} leads to ${what}, which is not known to be a ${engine} server`,
          hint: 'scan the workload behind it, or let the selector leave it out',
        },
      ];
    }
    case 'made': {
      const shared = { ...none, via: target.via, says: target.says, name, crossesNetwork: true };
      if (inputs.made.has(target.key)) return [{ ...shared, leadsTo: 'server', made: target.key }];
      return [inputs.madeHops.has(target.key) ? throughMadeHop(target.key as MadeHop, shared) : unreadMaker(target.key as KubernetesObject, shared)];
    }
    case 'outside': {
      const managed = managedBy(target.host);
      const isPublic = reachOf(target.host) === 'public';
      const hasPublicAddress = reachOf(target.host) !== undefined ? isPublic : managed?.isPrivate === true || hasPrivateName(target.host) ? false : undefined;
      const because = managed === undefined ? `${target.host} is not part of this scan` : `${managed.provider} runs it, and its settings are not part of this scan`;
      return [
        {
          ...none,
          leadsTo: managed === undefined ? 'outside' : 'managed',
          isManaged: managed !== undefined,
          via: target.via,
          says: target.says,
          name: target.host,
          crossesNetwork: true,
          isOutside: true,
          hasPublicAddress,
          because,
          hint: 'ask for it in its own configuration, or connect from inside',
        },
      ];
    }
    case 'unseen':
      return [{ ...none, via: target.via, says: name, name, crossesNetwork: target.isNear === true ? undefined : true, because: target.because, hint: target.hint }];
  }
}

/** What runs beside the client may be a tunnel, and pass on to anywhere what it gets. */
function nobodyNear({ programs, port }: Extract<Target, { kind: 'programs' }>, way: Way): Way {
  const hint = 'scan what it runs beside';
  const mayListen = ({ ports }: Program): boolean => port === undefined || ports.length === 0 || ports.includes(port);
  const beside = programs.find((program) => !isOnlooker(program) && mayListen(program));
  if (beside === undefined) return { ...way, because: 'nothing of this pod or container is known to listen there', hint };
  const { name = '' } = beside.container.facts;
  return {
    ...way,
    crossesNetwork: undefined,
    isOutside: undefined,
    hasPublicAddress: undefined,
    because: `container ${name} runs beside it, and whether it listens there and passes on what it gets is not known`,
    hint,
  };
}

/** Which servers of one pod may have the port: those that do, else those of which it is not known. Where none does, a port may be mapped in a way that was not seen. */
function answeringAt(port: number | undefined, own: readonly Program[], isBesideHop: boolean, servers: Routes['servers']): readonly Program[] {
  if (port === undefined) return own;
  const answers = own.map((program) => ({ program, listens: listensAt(port, servers.get(program)?.server) }));
  const among = (listens: boolean | undefined): readonly Program[] => answers.filter((answer) => answer.listens === listens).map(({ program }) => program);
  const [sure, unsure] = [among(true), among(undefined)];
  if (sure.length > 0) return sure;
  const declared = unsure.filter(({ ports }) => ports.includes(port));
  if (unsure.length > 0) return declared.length > 0 ? declared : unsure;
  return isBesideHop ? [] : own;
}

function listensAt(port: number, running: Server | undefined): boolean | undefined {
  if (running === undefined) return undefined;
  const ports = running.engine === 'redis' ? [running.server.plaintextPort.value, running.server.tlsPort.value] : [running.server.port.value];
  return ports.includes(port) ? true : ports.includes(undefined) ? undefined : false;
}

/** An operator that is not read: what it sets for its servers is its own knowledge. */
function unreadMaker({ value }: KubernetesObject, shared: Way): Way {
  const kind = stringAt(value, 'kind');
  return {
    ...shared,
    because: `an operator makes ${shared.says} of ${kind} ${stringAt(objectAt(value, 'metadata'), 'name')}, and what it sets is not read`,
    hint: 'look at the settings of the custom resource, or scan the cluster that it runs in',
  };
}

function leadsThrough(hop: Hop): string {
  return hop === 'sentinel' ? 'sentinel' : /^pg|odyssey/.test(hop) ? 'pooler' : 'hop';
}

/** Which applications log in to a server as a role. */
export type Sharing = ReadonlyMap<string | object, ReadonlyMap<string, ReadonlySet<string>>>;

function applicationsByRole(pairs: readonly Pair[]): Sharing {
  const sharing = new Map<string | object, Map<string, Set<string>>>();
  for (const { key, address, program } of pairs) {
    if (address.user === undefined || address.user === null || address.user === '') continue;
    const roles = sharing.get(key) ?? new Map<string, Set<string>>();
    sharing.set(key, roles);
    const applications = roles.get(address.user) ?? new Set<string>();
    roles.set(address.user, applications.add(program.application));
  }
  return sharing;
}

function unreadConnection(program: Program, { reading, source, place }: HeldAddress, unseen: UnseenDatastores, part: string): Subject {
  const { family, why, absence } = unread(reading);
  const datastore = unseen.of(program.container, family === 'redis' ? 'redis' : 'postgres', 'an unknown host', { because: absence.because, hint: absence.hint });
  const facts = {
    ...NOTHING_CONNECTED,
    engine: family,
    source,
    leadsTo: 'unread',
    way: 'not known',
    willNotConnect: why === '' ? undefined : true,
    whyNot: why,
  };
  return new ConnectionSubject({ facts, container: program.container, datastore, part, place, evidence: { places: () => [], absence: () => absence } });
}

function unread(reading: Reading): { family: string; why: string; absence: Absence } {
  if (reading.kind === 'rejected') {
    return { family: reading.family, why: reading.why, absence: { because: `its driver refuses the address: ${reading.why}`, hint: 'mend the address' } };
  }
  const [first] = reading.kind === 'unseen' ? reading.unknowns : [];
  const absence = {
    because: first === undefined ? 'the address was not seen' : first.why,
    hint: 'scan the Secret or ConfigMap together with the workload; its values stay sealed',
  };
  return { family: reading.family ?? 'sql', why: '', absence };
}
