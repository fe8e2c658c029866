import type { KubernetesObject } from '../../model/inventory.ts';
import type { ConnectionAddress, Host } from '../connections/address.ts';
import { readable } from '../connections/text.ts';
import { objectAt, stringAt } from '../read.ts';
import { hasPrivateName, managedBy, reachOf } from './addresses.ts';
import type { HeldAddress } from './addresses-of-programs.ts';
import type { Way } from './connection-facts.ts';
import type { Server } from './datastore.ts';
import type { MadeHop } from './hops/made-hops.ts';
import { type Asked, behindUnseen, blankWay, distinctWays, type HopWays, mannerOf, throughMadeHop, untold } from './hops/ways.ts';
import type { JoinInputs, Pair } from './join.ts';
import type { Target } from './network.ts';
import type { Program } from './program.ts';
import type { Hop, Recognised } from './recognise.ts';
import { isOnlooker } from './recognise-port.ts';

/** What every way is found with. */
export interface Routes {
  readonly inputs: JoinInputs;
  readonly servers: ReadonlyMap<Program, { readonly recognised: Recognised; readonly server: Server }>;
  readonly hops: HopWays;
}

/** A list of hosts is for one cluster most often; each host that is named is asked for, and equal answers count once. */
export function pairsTo(program: Program, held: HeldAddress, address: ConnectionAddress, routes: Routes): Pair[] {
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
  const isOneOfSeveral = found.length > 1 && new Set(found.map(({ way, key }) => (way.program === undefined ? key : workloadOf(way.program)))).size > 1;
  return found.map((pair) => ({ ...pair, isOneOfSeveral }));
}

/** Pods of one workload, and what is written twice, are one server. */
export function workloadOf({ container }: Program): string {
  const { namespace, kind, name, container: own } = container.identity();
  return [namespace, kind, name, own].join('\n');
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
export function lead(name: string, port: number | undefined, asked: Asked, routes: Routes): readonly Way[] {
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
