import type { Place } from '../../model/subject.ts';
import { boolAt, objectAt, optionalInt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import { copiesData, losesCopies } from './backups.ts';
import type { Pair } from './join.ts';
import { poolSizeOf } from './pool-size.ts';
import type { Program } from './program.ts';
import { type Recognised, recogniseHop } from './recognise.ts';
import type { Surroundings } from './servers.ts';
import { storageOf } from './storage.ts';

type SurroundingsOf = (program: Program, recognised: Recognised, clients: readonly Pair[]) => Surroundings;

export function kubernetesSurroundings(index: UnitIndex): SurroundingsOf {
  const isCopiedAsAWhole = index.all('Schedule').length > 0 || index.all('SnapshotSchedule').length > 0;
  return (program, _recognised, clients) => {
    const demand = demandOf(clients);
    const { places, ...storage } = storageOf(program, index);
    const backups = clients.filter((pair) => copiesData(pair.program));
    const running = backups.filter(({ program: copier }) => copier.ownerKind !== 'Job' && !isSuspended(copier) && !losesCopies(copier));
    const suspended = backups.find((pair) => isSuspended(pair.program));
    const ofBackups: Place[] =
      suspended === undefined || running.length > 0
        ? []
        : [{ resource: suspended.program.container.resource, path: [...suspended.program.container.resource.at, 'spec', 'suspend'] }];
    return {
      facts: { ...demand.facts, ...storage, isBackedUp: isCopiedAsAWhole || running.length > 0 },
      places: { ...demand.places, keepsData: places, keepsDataOnNode: places, isEncryptedAtRest: places, ...(ofBackups.length === 0 ? {} : { isBackedUp: ofBackups }) },
    };
  };
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
  for (const { program, address } of clients) {
    if (counted.has(program)) continue;
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
