import type { FromVariables, Hint, Reading } from './address.ts';
import type { Text } from './text.ts';

/** Reads one text; undefined where it is no connection string of PostgreSQL or Redis. */
export function parseConnection(_text: Text, _hint: Hint = {}): Reading | undefined {
  return undefined;
}

/**
 * Every connection of an environment (or of other settings that are named like one): whole connection strings as well as those
 * that are made of several variables. A variable belongs to one connection at most, except where the drivers share it (`PGSSLMODE`).
 */
export function connectionsOf(_variables: ReadonlyMap<string, Text>, _hint: Hint = {}): readonly FromVariables[] {
  return [];
}
