import { optionalInt } from '../read.ts';
import type { UnitIndex } from '../unit-index.ts';
import type { Pair } from './join.ts';
import { poolSizeOf } from './pool-size.ts';
import type { Program } from './program.ts';
import type { Recognised } from './recognise.ts';
import type { Surroundings } from './servers.ts';

type SurroundingsOf = (program: Program, recognised: Recognised, clients: readonly Pair[]) => Surroundings;

export function kubernetesSurroundings(_index: UnitIndex, _programs: readonly Program[]): SurroundingsOf {
  return (_program, _recognised, clients) => demandOf(clients);
}

export function composeSurroundings(_programs: readonly Program[]): SurroundingsOf {
  return (_program, _recognised, clients) => demandOf(clients);
}

/** What the pools of all clients add up to when all copies run. One client whose pool is not known leaves the sum open. */
function demandOf(clients: readonly Pair[]): Surroundings {
  let sum = 0n;
  let isKnown = clients.length > 0;
  const counted = new Set<Program>();
  const places = [];
  for (const { program, address } of clients) {
    if (counted.has(program)) continue;
    counted.add(program);
    const pool = poolSizeOf(program, address);
    const { copies } = program;
    if (pool === undefined || copies === undefined) isKnown = false;
    else {
      sum += pool.size * BigInt(copies);
      if (pool.place !== undefined) places.push(pool.place);
    }
  }
  const isSome = sum > 0n;
  return { facts: { connectionDemand: isKnown || isSome ? optionalInt(sum) : optionalInt(null), isBehindPooler: false }, places: { connectionDemand: places } };
}
