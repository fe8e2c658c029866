import type { Resource } from '../../model/inventory.ts';
import type { Absence, Place } from '../../model/subject.ts';
import { boolAt, objectAt, optionalInt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { ownerOf } from '../workloads.ts';
import { copiesData, losesCopies } from './backups.ts';
import type { Pair } from './join.ts';
import { mayScaleUnseen } from './kubernetes-program.ts';
import { poolSizeOf } from './pool-size.ts';
import type { Program } from './program.ts';
import { recogniseHop } from './recognise.ts';
import { isCopiedAsAWhole } from './schedules.ts';
import type { Surroundings } from './servers.ts';
import { storageOf } from './storage.ts';

/** What is around a server, told from those that lead to it. */
export type SurroundingsOf = (program: Program, clients: readonly Pair[]) => Surroundings;

export function kubernetesSurroundings(index: UnitIndex, astray: () => readonly Program[]): SurroundingsOf {
  // The same for every server: asked of each, it would cost more than all else of the join.
  let isCopierAstray: boolean | undefined;
  const mayBeCopiedFromAstray = (): boolean => {
    isCopierAstray ??= astray().some((program) => copiesData(program) && copiesBySchedule(program));
    return isCopierAstray;
  };
  return (program, clients) => {
    const demand = demandOf(clients, (client) => mayScaleUnseen(client, index));
    const { places, absences, ...storage } = storageOf(program, index);
    const copying = clients.filter((pair) => copiesData(pair.program));
    // Of several servers at one name, a copy is that of any.
    const sure = copying.filter(({ isOneOfSeveral }) => !isOneOfSeveral);
    const suspended = sure.map((pair) => pair.program).find(isSuspended);
    const isCopied = sure.some((pair) => copiesBySchedule(pair.program));
    const isPerhapsCopied = copying.some((pair) => pair.isOneOfSeveral && copiesBySchedule(pair.program));
    const ofBackups: Place[] = suspended === undefined || isCopied ? [] : [placeOfSuspension(ownerOf(suspended.container.resource))];
    return {
      facts: { ...demand.facts, ...storage, isBackedUp: isCopied || copiedOtherwise(program, () => isPerhapsCopied || mayBeCopiedFromAstray(), index) },
      places: { ...demand.places, keepsData: places, keepsDataOnNode: places, isEncryptedAtRest: places, ...(ofBackups.length === 0 ? {} : { isBackedUp: ofBackups }) },
      absences: { ...absences, ...demand.absences, isBackedUp: isPerhapsCopied ? COPIED_PERHAPS : COPIER_ASTRAY },
    };
  };
}

/** By what copies whole namespaces, or perhaps by a program whose address was not seen. */
function copiedOtherwise({ container }: Program, mayBeCopiedFromAstray: () => boolean, index: UnitIndex): boolean | undefined {
  const { namespace } = container.identity();
  const asAWhole = isCopiedAsAWhole(index, namespace);
  if (asAWhole !== false) return asAWhole;
  return index.isWithheld('batch/cronjobs', namespace) || mayBeCopiedFromAstray() ? undefined : false;
}

const COPIER_ASTRAY: Absence = {
  because: 'a program copies a database away, and the address that it copies from was not seen',
  hint: 'scan the Secret or ConfigMap that holds it, too; of a cluster, with --read-secrets',
};

const COPIED_PERHAPS: Absence = {
  because: 'the address that is copied from leads to several servers, and the copy is that of any of them',
  hint: 'let the address of the backup lead to one server alone',
};

const SCALERS_UNSEEN: Absence = {
  because: 'how many copies autoscalers may make of its clients was not read',
  hint: 'let horizontalpodautoscalers be listed in the namespaces of the clients',
};

const COPIES_UNSEEN: Absence = {
  because: 'how many copies of a client run is not written: a DaemonSet has one on each node',
  hint: 'put a pooler in between, which bounds what they open together',
};

function copiesBySchedule(program: Program): boolean {
  return program.ownerKind !== 'Job' && !isSuspended(program) && !losesCopies(program);
}

function isSuspended({ container }: Program): boolean {
  return boolAt(objectAt(ownerOf(container.resource).value, 'spec'), 'suspend') === true;
}

function placeOfSuspension(schedule: Resource): Place {
  return { resource: schedule, path: [...schedule.at, 'spec', 'suspend'] };
}

/** Nothing in a compose file runs by the clock: what copies its data may be anywhere. */
export function composeSurroundings(_program: Program, clients: readonly Pair[]): Surroundings {
  return demandOf(clients, () => false);
}

/** What the pools of all clients add up to when all copies run. One client whose pool is not known leaves the rest of the sum. */
function demandOf(clients: readonly Pair[], mayScale: (program: Program) => boolean): Surroundings {
  let unseen: Absence | undefined;
  const demands = new Demands();
  const counted = new Set<Program>();
  for (const { program, address, way, held } of clients) {
    // Behind a pooler the clients' own pools cost the server nothing, and a proxy opens none by itself.
    if (counted.has(program) || way.front?.isPooler === true || held.isRelay === true) continue;
    counted.add(program);
    const pool = poolSizeOf(program, address);
    if (pool === undefined) continue;
    if (mayScale(program)) unseen = SCALERS_UNSEEN;
    else if (program.copies === undefined) unseen ??= COPIES_UNSEEN;
    if (program.copies === undefined) continue;
    demands.add(program, pool.size * BigInt(program.copies), pool.place);
  }
  const isBehindPooler = clients.some(({ program }) => POOLERS.has(recogniseHop(program) ?? ''));
  const { sum, places } = demands;
  return {
    facts: { connectionDemand: unseen === undefined ? optionalInt(sum > 0n ? sum : null) : undefined, isBehindPooler },
    places: { connectionDemand: places },
    absences: unseen === undefined ? {} : { connectionDemand: unseen },
  };
}

/** A template and the Pods that run otherwise than it says are one client, told several times: the one that wants most is counted. */
class Demands {
  readonly #largest = new Map<Resource, Map<string, { readonly demand: bigint; readonly place: Place | undefined }>>();

  add({ container }: Program, demand: bigint, place: Place | undefined): void {
    const owner = ownerOf(container.resource);
    const ofOwner = this.#largest.get(owner) ?? new Map();
    this.#largest.set(owner, ofOwner);
    const { container: name, part } = container.identity();
    const key = `${part}\n${name}`;
    const known = ofOwner.get(key);
    if (known === undefined || known.demand < demand) ofOwner.set(key, { demand, place });
  }

  get sum(): bigint {
    return this.#all.reduce((sum, { demand }) => sum + demand, 0n);
  }

  get places(): readonly Place[] {
    return this.#all.flatMap(({ place }) => place ?? []);
  }

  get #all(): readonly { readonly demand: bigint; readonly place: Place | undefined }[] {
    return [...this.#largest.values()].flatMap((ofOwner) => [...ofOwner.values()]);
  }
}

const POOLERS: ReadonlySet<string> = new Set(['pgbouncer', 'pgpool', 'pgcat', 'odyssey']);
