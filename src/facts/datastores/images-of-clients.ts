import type { DriverId } from '../connections/drivers.ts';
import { baseName } from '../file-names.ts';
import type { ImageReference } from '../image-reference.ts';

/**
 * Programs that hand their address to a library as it is, by the end of their image's name. Of most, nothing is known, and the weakest
 * reading counts; one that puts its own address together has defaults of its own.
 */
const PROGRAMS: Readonly<Partial<Record<DriverId, readonly string[]>>> = {
  'lib/pq': ['postgres-exporter', 'postgres_exporter'],
  prisma: ['langfuse', 'langfuse-worker', 'cal.com', 'umami'],
  libpq: ['postgres', 'postgresql', 'graphql-engine', 'postgrest', 'odoo', 'pgbouncer'],
};

const drivers: ReadonlyMap<string, DriverId> = new Map(Object.entries(PROGRAMS).flatMap(([driver, names]) => names.map((name) => [name, driver as DriverId] as const)));

export function driverOf({ repository }: ImageReference): DriverId | undefined {
  return drivers.get(baseName(repository).toLowerCase());
}
