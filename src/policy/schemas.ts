import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The schemas that the program publishes and holds itself to. */
export const SCHEMAS = {
  report: 'report/report.schema.json',
  connections: 'report/connections.schema.json',
  policy: 'policy.schema.json',
  profile: 'profile.schema.json',
  config: 'config.schema.json',
} as const;

export type SchemaName = keyof typeof SCHEMAS;

export function readSchema(name: SchemaName): unknown {
  return JSON.parse(readFileSync(schemaFile(name), 'utf8'));
}

/** In the package all schemas stand beside the bundle; in a checkout they stand where they are used. */
function schemaFile(name: SchemaName): string {
  const packaged = join(import.meta.dirname, 'schemas', `${name}.json`);
  if (existsSync(packaged)) return packaged;
  return SCHEMAS[name].startsWith('report/') ? join(import.meta.dirname, '..', SCHEMAS[name]) : join(import.meta.dirname, '../../policies', SCHEMAS[name]);
}
