import type { DriverId } from '../connections/drivers.ts';
import type { ImageReference } from '../image-reference.ts';

/** Programs whose image tells which library they connect with. Of most, nothing is known, and the weakest reading counts. */
const DRIVERS: readonly (readonly [RegExp, DriverId])[] = [
  [/(?:^|\/)(?:keycloak|metabase|sonarqube|confluence[\w-]{0,20}|jira[\w-]{0,20}|nexus3|openfire)$/, 'pgjdbc'],
  [/(?:^|\/)(?:postgres[-_]?exporter|grafana(?:-oss|-enterprise)?|gitea|vault|temporal[\w-]{0,20}|dex)$/, 'lib/pq'],
  [/(?:^|\/)(?:n8n|directus|strapi[\w-]{0,20}|ghost|wiki)$/, 'node-postgres'],
  [/(?:^|\/)(?:langfuse(?:-worker)?|cal\.com|umami)$/, 'prisma'],
  [/(?:^|\/)(?:postgres|postgresql|pgadmin4?|graphql-engine|postgrest|odoo|pgbouncer)$/, 'libpq'],
];

export function driverOf({ repository }: ImageReference): DriverId | undefined {
  const name = repository.toLowerCase();
  return DRIVERS.find(([pattern]) => pattern.test(name))?.[1];
}
