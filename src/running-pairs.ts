import type { ConnectionPair, ListedDatastore, PairEnd, PairVerdict } from './model/connections.ts';
import { pairEndKey } from './model/finding-order.ts';
import type { Resource } from './model/inventory.ts';

/** A row of the list, and what it was read from. */
export interface Row<T> {
  readonly told: T;
  readonly resource: Resource;
}

/**
 * What Pods say that run otherwise than their owner's template stands in the template's place, and once: a sidecar that is
 * injected into each of a hundred replicas makes one more client, not a hundred.
 */
export function runningPairs(rows: readonly Row<ConnectionPair>[]): ConnectionPair[] {
  const bySource = Map.groupBy(rows, ({ told }) => keyOf(told.view, told.client, told.source, told.server));
  return [...bySource.values()].flatMap((alike) => {
    const equal = Map.groupBy(whatRuns(alike), ({ told: { client, server, ...pair } }) => JSON.stringify([pair, server.family, server.version, server.isSeen]));
    return [...equal.values()].flatMap(([first]) => (first === undefined ? [] : [first.told]));
  });
}

/** One server for each container, with the worst that any of its Pods came to, and with the clients that are told. */
export function runningDatastores(rows: readonly Row<ListedDatastore>[], pairs: readonly ConnectionPair[]): ListedDatastore[] {
  const clients = Map.groupBy(pairs, ({ view, engine, server }) => keyOf(view, server, engine));
  return [...Map.groupBy(rows, ({ told }) => keyOf(told.view, told, told.engine))].flatMap(([key, alike]) => {
    const running = whatRuns(alike);
    const [first] = running;
    return first === undefined ? [] : [{ ...first.told, clients: clients.get(key)?.length ?? 0, verdicts: worstOf(running.flatMap(({ told }) => told.verdicts)) }];
  });
}

function whatRuns<T>(alike: readonly Row<T>[]): readonly Row<T>[] {
  const isOfPod = ({ resource }: Row<T>): boolean => resource.type === 'kubernetes' && resource.owner !== undefined;
  const isOverridden = ({ resource }: Row<T>): boolean => resource.type === 'kubernetes' && resource.isOverridden === true;
  return alike.some(isOfPod) ? alike.filter((row) => !isOverridden(row)) : alike;
}

const FROM_BAD_TO_GOOD = ['violation', 'unknown', 'pass'] as const;

function worstOf(verdicts: readonly PairVerdict[]): PairVerdict[] {
  return [...Map.groupBy(verdicts, ({ policy }) => policy).values()].flatMap((ofPolicy) => {
    const worst = FROM_BAD_TO_GOOD.flatMap((outcome) => ofPolicy.find((verdict) => verdict.outcome === outcome) ?? [])[0];
    return worst ?? [];
  });
}

function keyOf(...parts: readonly (string | PairEnd)[]): string {
  return JSON.stringify(parts.map((part) => (typeof part === 'string' ? part : pairEndKey(part))));
}
