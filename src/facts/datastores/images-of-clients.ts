import type { DriverId } from '../connections/drivers.ts';
import type { ImageReference } from '../image-reference.ts';

/** Programs whose image tells which library they connect with, by the end of its name. Of most, nothing is known, and the weakest reading counts. */
const PROGRAMS: Readonly<Partial<Record<DriverId, readonly string[]>>> = {
  pgjdbc: ['keycloak', 'metabase', 'sonarqube', 'confluence', 'jira-software', 'nexus3', 'openfire'],
  'lib/pq': ['postgres-exporter', 'postgres_exporter', 'grafana', 'grafana-oss', 'grafana-enterprise', 'gitea', 'vault', 'dex'],
  'node-postgres': ['n8n', 'directus', 'strapi', 'wiki'],
  prisma: ['langfuse', 'langfuse-worker', 'cal.com', 'umami'],
  libpq: ['postgres', 'postgresql', 'pgadmin', 'pgadmin4', 'graphql-engine', 'postgrest', 'odoo', 'pgbouncer'],
};

const drivers: ReadonlyMap<string, DriverId> = new Map(Object.entries(PROGRAMS).flatMap(([driver, names]) => names.map((name) => [name, driver as DriverId] as const)));

export function driverOf({ repository }: ImageReference): DriverId | undefined {
  return drivers.get(repository.slice(repository.lastIndexOf('/') + 1).toLowerCase());
}
