import { existsSync, readFileSync } from 'node:fs';

/** The schemas that the program publishes and holds itself to. */
export const SCHEMAS = {
  report: 'report/report.schema.json',
  policy: 'policy.schema.json',
  profile: 'profile.schema.json',
  config: 'config.schema.json',
} as const;

export type SchemaName = keyof typeof SCHEMAS;

export function readSchema(name: SchemaName): unknown {
  return JSON.parse(readFileSync(schemaFile(name), 'utf8'));
}

/** In the package all schemas stand beside the bundle; in a checkout they stand where they are used. */
function schemaFile(name: SchemaName): URL {
  const packaged = new URL(`./schemas/${name}.json`, import.meta.url);
  if (existsSync(packaged)) return packaged;
  return name === 'report' ? new URL(`../${SCHEMAS.report}`, import.meta.url) : new URL(`../../policies/${SCHEMAS[name]}`, import.meta.url);
}
