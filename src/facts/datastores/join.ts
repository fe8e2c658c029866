import type { Absence, Place, Subject } from '../../model/subject.ts';
import type { ConnectionAddress, Family, Host, Reading } from '../connections/address.ts';
import { readable } from '../connections/text.ts';
import { hasPrivateName, managedBy, reachOf } from './addresses.ts';
import { addressesOf, type HeldAddress } from './addresses-of-programs.ts';
import { ConnectionSubject } from './connection.ts';
import { connectionFacts, NOTHING_CONNECTED, type Way } from './connection-facts.ts';
import { type DatastoreSubject, type Server, unseenDatastore } from './datastore.ts';
import type { Mesh } from './mesh.ts';
import type { Network, Target } from './network.ts';
import type { Program } from './program.ts';
import { type Engine, type Hop, type Recognised, recognise, recogniseHop } from './recognise.ts';
import { runningDatastore, type Surroundings, serverOf } from './servers.ts';

/** What the join of one unit works on. */
export interface JoinInputs {
  readonly programs: readonly Program[];
  readonly network: Network;
  readonly mesh: Mesh;
  /** Servers that custom resources of operators make, by what the network knows them as. */
  readonly made: ReadonlyMap<object, DatastoreSubject>;
  /** `astray`: programs of which it is not seen where some address of theirs leads. */
  surroundingsOf(program: Program, recognised: Recognised, clients: readonly Pair[], astray: readonly Program[]): Surroundings;
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
}

/** The servers of a unit and every address that leads, or should lead, to one. */
export function* joinedSubjects(inputs: JoinInputs): Generator<Subject> {
  const servers = new Map<Program, { recognised: Recognised; server: Server }>();
  const programs = inputs.programs.filter(({ isSilent }) => !isSilent);
  for (const program of programs) {
    const recognised = recognise(program);
    if (recognised !== undefined) servers.set(program, { recognised, server: serverOf(program, recognised) });
  }
  const pairs: Pair[] = [];
  const others: { program: Program; held: HeldAddress }[] = [];
  for (const program of programs) {
    const own = servers.get(program)?.recognised.engine;
    const familyOfHost = (name: string): Family | undefined => engineBehind(inputs.network.resolve(name, undefined, program), name, inputs, servers);
    for (const held of addressesOf(program, familyOfHost)) {
      const { reading } = held;
      if (reading.family === own && own !== undefined) continue;
      if (reading.kind !== 'address') others.push({ program, held });
      else for (const host of distinctHosts(reading)) pairs.push(pairOf(program, held, reading, host, inputs, servers));
    }
  }
  const byServer = Map.groupBy(pairs, ({ way }) => way.program);
  const astray = programsAstray(programs, pairs, others);
  const datastores = new Map<Program, DatastoreSubject>();
  for (const [program, { recognised, server }] of servers) {
    const datastore = runningDatastore(program, recognised, server, () => inputs.surroundingsOf(program, recognised, byServer.get(program) ?? [], astray));
    datastores.set(program, datastore);
    yield datastore;
  }
  yield* inputs.made.values();
  const sharing = applicationsByRole(pairs);
  const names = new Map<string, number>();
  for (const pair of pairs) {
    const { program, held, way } = pair;
    const datastore =
      (way.program === undefined ? undefined : datastores.get(way.program)) ??
      (way.made === undefined ? undefined : inputs.made.get(way.made)) ??
      unseenDatastore(program.container, pair.address.family, way.name, {
        ...(way.isManaged ? { family: 'managed' } : {}),
        isManaged: way.isManaged,
        because: way.because,
        hint: way.hint,
      });
    const { facts, places, absences } = connectionFacts(pair, datastore, inputs.mesh, sharing);
    yield new ConnectionSubject({
      facts,
      container: program.container,
      datastore,
      part: numbered(names, program, `connection ${held.source}`),
      place: held.place,
      places,
      absences,
    });
  }
  for (const { program, held } of others) yield unreadConnection(program, held, numbered(names, program, `connection ${held.source}`));
}

/** An address without a host that can be read, or an environment that may hold one more. */
function programsAstray(programs: readonly Program[], pairs: readonly Pair[], others: readonly { program: Program }[]): Program[] {
  const unread = new Set(others.map(({ program }) => program));
  for (const { program, host } of pairs) if (host?.name === undefined && host?.isDefault !== true) unread.add(program);
  const placed = new Set(pairs.map(({ program }) => program));
  return programs.filter((program) => unread.has(program) || (!placed.has(program) && !program.texts.isComplete));
}

/** What a `DB_HOST` of which nothing else is known leads to: by what runs there, or by the host's own name. */
function engineBehind(target: Target, name: string, { made }: JoinInputs, servers: ReadonlyMap<Program, { recognised: Recognised }>): Engine | undefined {
  if (target.kind === 'made') return made.get(target.key)?.facts.engine === 'redis' ? 'redis' : 'postgres';
  const running = target.kind === 'programs' ? target.programs.find((program) => servers.has(program)) : undefined;
  if (running !== undefined) return servers.get(running)?.recognised.engine;
  if (/(?:^|[.-])(?:pg|psql|pgsql|postgres|postgresql|timescale(?:db)?|pgbouncer)(?:$|[.-]|\d)/i.test(name)) return 'postgres';
  return /(?:^|[.-])(?:redis|valkey|keydb)(?:$|[.-]|\d)/i.test(name) ? 'redis' : undefined;
}

/** Several addresses may stand in one value: the second is another finding. */
function numbered(names: Map<string, number>, program: Program, part: string): string {
  const { namespace, kind, name, container } = program.container.identity();
  const key = [namespace, kind, name, container, part].join('\n');
  const count = (names.get(key) ?? 0) + 1;
  names.set(key, count);
  return count === 1 ? part : `${part} ${count}`;
}

/** A list of hosts is for one cluster most often; each host that is named is asked for, and equal answers count once. */
function distinctHosts({ hosts }: ConnectionAddress): readonly (Host | undefined)[] {
  if (hosts === undefined || hosts.length === 0) return [undefined];
  const seen = new Set<string>();
  return hosts.filter(({ name, port }) => {
    // Pods of one StatefulSet differ in their number only.
    const key = `${name?.replace(/-\d+(?=\.|$)/, '') ?? ''}:${port ?? ''}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

function pairOf(
  program: Program,
  held: HeldAddress,
  address: ConnectionAddress,
  host: Host | undefined,
  inputs: JoinInputs,
  servers: ReadonlyMap<Program, { recognised: Recognised }>,
): Pair {
  const found = wayOf(program, address, host, inputs.network, servers);
  const way = held.isSecret && found.program === undefined && found.made === undefined ? untold(found) : found;
  const key = found.program ?? found.made ?? `${found.name}:${host?.port ?? ''}`;
  return { program, held, address, host, way, key };
}

/** What a Secret says of where it leads is told to nobody. */
function untold(way: Way): Way {
  return {
    ...way,
    name: 'an address in a Secret',
    says: 'an address in a Secret',
    because: way.because === '' ? '' : 'what the address in the Secret leads to is not part of this scan',
  };
}

const NOT_SEEN = { hint: 'write the address into the manifest, or scan the object that it comes from' } as const;

function wayOf(
  program: Program,
  { family, unknowns }: ConnectionAddress,
  host: Host | undefined,
  network: Network,
  servers: ReadonlyMap<Program, { recognised: Recognised }>,
): Way {
  const none = { program: undefined, made: undefined, isManaged: false, via: [] as readonly Place[], port: undefined, hop: undefined, isOutside: false, hasPublicAddress: false };
  if (host?.isSocket === true) {
    return {
      ...none,
      leadsTo: 'unseen',
      crossesNetwork: false,
      says: 'a unix socket',
      name: 'a unix socket',
      because: 'it leads through a unix socket, and who listens at it was not seen',
      ...NOT_SEEN,
    };
  }
  const name = host?.address ?? host?.name;
  if (name === undefined) {
    const because = unknowns[0] === undefined ? 'the host is not written here' : `the host is not known: ${unknowns[0].why}`;
    return {
      ...none,
      leadsTo: 'unseen',
      crossesNetwork: undefined,
      isOutside: undefined,
      hasPublicAddress: undefined,
      says: host === undefined ? 'no host' : readable(host.text),
      name: 'an unknown host',
      because,
      ...NOT_SEEN,
    };
  }
  return follow(network.resolve(name, host?.port, program), name, family, none, servers);
}

function follow(
  target: Target,
  name: string,
  engine: Engine,
  none: Pick<Way, 'program' | 'made' | 'isManaged' | 'via' | 'port' | 'hop' | 'isOutside' | 'hasPublicAddress'>,
  servers: ReadonlyMap<Program, { recognised: Recognised }>,
): Way {
  switch (target.kind) {
    case 'programs': {
      const { programs, port, via, says, isLocal } = target;
      const shared = { ...none, port, via, says, crossesNetwork: !isLocal };
      const server = programs.find((program) => servers.get(program)?.recognised.engine === engine);
      if (server !== undefined) return { ...shared, leadsTo: 'server', program: server, name, because: '', hint: '' };
      const hop = programs.map((program) => ({ program, hop: program.isSilent ? undefined : recogniseHop(program) })).find(({ hop }) => hop !== undefined);
      if (hop?.hop !== undefined) return { ...shared, leadsTo: leadsThrough(hop.hop), hop: hop.program, name: hop.hop, ...throughHop(hop.hop) };
      if (isLocal) return { ...shared, leadsTo: 'unseen', name, because: 'nothing of this pod or container is known to listen there', hint: 'scan what it runs beside' };
      return { ...shared, leadsTo: 'unseen', name, because: `${says} leads to something that is not known to be a ${engine} server`, hint: 'scan the workload behind it' };
    }
    case 'made':
      return { ...none, leadsTo: 'server', made: target.key, via: target.via, says: target.says, name, crossesNetwork: true, because: '', hint: '' };
    case 'outside': {
      const managed = managedBy(target.host);
      const isPublic = reachOf(target.host) === 'public';
      const hasPublicAddress = reachOf(target.host) !== undefined ? isPublic : managed?.isPrivate === true || hasPrivateName(target.host) ? false : undefined;
      const because = managed === undefined ? `${target.host} is not part of this scan` : `${managed.provider} runs it, and its settings are not part of this scan`;
      return {
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
      };
    }
    case 'unseen':
      return { ...none, leadsTo: 'unseen', via: target.via, says: name, name, crossesNetwork: true, because: target.because, hint: target.hint };
  }
}

function leadsThrough(hop: Hop): string {
  return hop === 'sentinel' ? 'sentinel' : /^pg|odyssey/.test(hop) ? 'pooler' : 'hop';
}

function throughHop(hop: Hop): { because: string; hint: string } {
  return { because: `${hop} stands between, and what it does on either side was not read`, hint: `look at the settings of ${hop} for both of its sides` };
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

function unreadConnection(program: Program, { reading, source, place }: HeldAddress, part: string): Subject {
  const { family, why, absence } = unread(reading);
  const datastore = unseenDatastore(program.container, family === 'redis' ? 'redis' : 'postgres', 'an unknown host', { because: absence.because, hint: absence.hint });
  const facts = {
    ...NOTHING_CONNECTED,
    engine: family,
    source,
    leadsTo: 'unread',
    way: 'not known',
    willNotConnect: why === '' ? undefined : true,
    whyNot: why,
  };
  return new ConnectionSubject({ facts, container: program.container, datastore, part, place, places: {}, absences: { '*': absence } });
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
