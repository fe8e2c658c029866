import type { Place } from '../../model/subject.ts';
import type { ConnectionAddress } from '../connections/address.ts';
import { textOf } from '../connections/text.ts';
import { testOfNames } from './name-tests.ts';
import type { Program } from './program.ts';

/** Variables by which frameworks bound the connections of one process. */
const SIZE =
  /^(?:(?:\w{1,40}_)?(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL|SQLALCHEMY|DATASOURCE_HIKARI|HIKARI)_(?:\w{0,20}_)?(?:POOL_?SIZE|MAX_?POOL_?SIZE|POOL_MAX|MAXIMUM_?POOL_?SIZE|MAX_(?:OPEN_)?CONN(?:ECTION)?S|CONNECTION_LIMIT|CONNECTION_POOL_SIZE|POOL_MAX_SIZE|MAX_CONNECTIONS)|PGPOOLSIZE|PGX_POOL_MAX_CONNS|SPRING_DATASOURCE_HIKARI_MAXIMUM_?POOL_?SIZE|POOL_SIZE|DB_POOL|DATABASE_POOL|RAILS_MAX_THREADS)$/i;
const OVERFLOW = /^(?:\w{1,40}_)?(?:DB|DATABASE|SQLALCHEMY)_(?:POOL_)?MAX_OVERFLOW$/i;
const isSize = testOfNames(SIZE);
const isOverflow = testOfNames(OVERFLOW);
const PARAMETERS = /^(?:connection_limit|pool_max_conns|pool_size|max_pool_size|maximumpoolsize|maxpoolsize|max pool size|maximum pool size)$/i;

export interface PoolSize {
  readonly size: bigint;
  readonly place: Place | undefined;
}

/** How many connections one copy of a program may open; undefined where nothing says so. */
export function poolSizeOf({ texts: { variables } }: Program, { parameters }: ConnectionAddress): PoolSize | undefined {
  const parameter = parameters.find(({ name, value, isEffective }) => isEffective && value !== undefined && PARAMETERS.test(name) && isCount(value));
  if (parameter?.value !== undefined) return { size: BigInt(parameter.value), place: undefined };
  const read = (isMeant: (name: string) => boolean): PoolSize | undefined => {
    for (const name of variables.keys()) {
      const variable = isMeant(name) ? variables.get(name) : undefined;
      const value = variable === undefined ? '' : (textOf(variable.text)?.trim() ?? '');
      if (isCount(value)) return { size: BigInt(value), place: variable?.place };
    }
    return undefined;
  };
  const size = read(isSize);
  if (size === undefined) return undefined;
  return { size: size.size + (read(isOverflow)?.size ?? 0n), place: size.place };
}

function isCount(text: string): boolean {
  return /^\d{1,7}$/.test(text);
}
