import type { Absence, Place } from '../../model/subject.ts';
import { boolAt, objectAt, optionalInt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { copiesData, losesCopies } from './backups.ts';
import type { Pair } from './join.ts';
import { poolSizeOf } from './pool-size.ts';
import type { Program } from './program.ts';
import { type Recognised, recogniseHop } from './recognise.ts';
import { isCopiedAsAWhole } from './schedules.ts';
import type { Surroundings } from './servers.ts';
import { storageOf } from './storage.ts';

type SurroundingsOf = (program: Program, recognised: Recognised, clients: readonly Pair[], astray: readonly Program[]) => Surroundings;

export function kubernetesSurroundings(index: UnitIndex): SurroundingsOf {
  return (program, _recognised, clients, astray) => {
    const demand = demandOf(clients);
    const { places, absences, ...storage } = storageOf(program, index);
    const copiers = clients.filter((pair) => copiesData(pair.program)).map((pair) => pair.program);
    const suspended = copiers.find(isSuspended);
    const isCopied = copiers.some(copiesBySchedule);
    const ofBackups: Place[] =
      suspended === undefined || isCopied ? [] : [{ resource: suspended.container.resource, path: [...suspended.container.resource.at, 'spec', 'suspend'] }];
    return {
      facts: { ...demand.facts, ...storage, isBackedUp: isCopied || copiedOtherwise(program, astray, index) },
      places: { ...demand.places, keepsData: places, keepsDataOnNode: places, isEncryptedAtRest: places, ...(ofBackups.length === 0 ? {} : { isBackedUp: ofBackups }) },
      absences: { ...absences, isBackedUp: COPIER_ASTRAY },
    };
  };
}

/** By what copies whole namespaces, or perhaps by a program whose address was not seen. */
function copiedOtherwise({ container }: Program, astray: readonly Program[], index: UnitIndex): boolean | undefined {
  const { namespace } = container.identity();
  const asAWhole = isCopiedAsAWhole(index, namespace);
  if (asAWhole !== false) return asAWhole;
  return index.isWithheld('batch/cronjobs', namespace) || astray.some((program) => copiesData(program) && copiesBySchedule(program)) ? undefined : false;
}

const COPIER_ASTRAY: Absence = {
  because: 'a program copies a database away, and the address that it copies from was not seen',
  hint: 'scan the Secret or ConfigMap that holds it, too; of a cluster, with --read-secrets',
};

function copiesBySchedule(program: Program): boolean {
  return program.ownerKind !== 'Job' && !isSuspended(program) && !losesCopies(program);
}

function isSuspended({ container }: Program): boolean {
  return boolAt(objectAt(container.resource.value, 'spec'), 'suspend') === true;
}

/** Nothing in a compose file runs by the clock: what copies its data may be anywhere. */
export function composeSurroundings(): SurroundingsOf {
  return (_program, _recognised, clients) => demandOf(clients);
}

/** What the pools of all clients add up to when all copies run. One client whose pool is not known leaves the rest of the sum. */
function demandOf(clients: readonly Pair[]): Surroundings {
  let sum = 0n;
  const counted = new Set<Program>();
  const places: Place[] = [];
  for (const { program, address, way, held } of clients) {
    // Behind a pooler the clients' own pools cost the server nothing, and a proxy opens none by itself.
    if (counted.has(program) || way.front?.isPooler === true || held.isRelay === true) continue;
    counted.add(program);
    const pool = poolSizeOf(program, address);
    if (pool === undefined || program.copies === undefined) continue;
    sum += pool.size * BigInt(program.copies);
    if (pool.place !== undefined) places.push(pool.place);
  }
  const isBehindPooler = clients.some(({ program }) => POOLERS.has(recogniseHop(program) ?? ''));
  return { facts: { connectionDemand: optionalInt(sum > 0n ? sum : null), isBehindPooler }, places: { connectionDemand: places } };
}

const POOLERS: ReadonlySet<string> = new Set(['pgbouncer', 'pgpool', 'pgcat', 'odyssey']);
