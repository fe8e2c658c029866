import type { KubernetesObject } from '../../model/inventory.ts';
import type { Absence, Subject } from '../../model/subject.ts';
import type { ConnectionAddress, Family, Host, Reading } from '../connections/address.ts';
import { stringAt } from '../read.ts';
import type { Known } from '../servers/known.ts';
import { nameOf } from '../unit-index.ts';
import { addressesOf, type HeldAddress } from './addresses-of-programs.ts';
import { ConnectionSubject } from './connection.ts';
import { connectionFacts, NOTHING_CONNECTED, type Way } from './connection-facts.ts';
import { type DatastoreSubject, type Server, UnseenDatastores } from './datastore.ts';
import { undisturbed } from './disturbances.ts';
import type { MadeHop } from './hops/made-hops.ts';
import { HopWays } from './hops/ways.ts';
import { lead, pairsTo, type Routes, workloadOf } from './leads.ts';
import type { Mesh } from './mesh.ts';
import type { Network, Target } from './network.ts';
import type { Program } from './program.ts';
import { type Engine, type Recognised, recognise } from './recognise.ts';
import { recogniseByPort, serverByPort } from './recognise-port.ts';
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
    const surroundings = surroundingsOf(program, byServer.get(program) ?? []);
    const isMeshOnly = isBehindMesh(program, server, inputs.mesh);
    const datastore = runningDatastore(program, recognised, server, { ...surroundings, facts: { ...surroundings.facts, isMeshOnly } });
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
  /** A base and its overlay name the same container, and are two programs; a Pod says again what its owner's template says. */
  readonly #containers = new Map<Program, string>();

  of(program: Program, part: string): string {
    let container = this.#containers.get(program);
    if (container === undefined) {
      container = `${workloadOf(program)}${runningPod(program)}`;
      this.#containers.set(program, container);
    }
    const key = `${container}\n${part}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count === 1 ? part : `${part} ${count}`;
  }
}

/** Names the Pod, where it runs otherwise than its owner's template says and is judged beside it. */
function runningPod({ container: { resource } }: Program): string {
  return resource.type === 'kubernetes' && resource.owner !== undefined ? `\n${nameOf(resource)}` : '';
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

/** Whether a mesh guards the port on which a server takes plaintext. */
function isBehindMesh(program: Program, { server }: Server, mesh: Mesh): boolean | undefined {
  const port: Known<number> = 'plaintextPort' in server ? server.plaintextPort : server.port;
  const isGuarded = mesh.guards(program, port.value);
  return isGuarded === true && port.value === undefined ? undefined : isGuarded;
}
