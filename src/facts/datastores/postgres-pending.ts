import type { PostgresFamily, ServerInputs } from '../servers/inputs.ts';
import { unseen } from '../servers/known.ts';
import type { PostgresServer } from '../servers/postgres-server.ts';

export function effectivePostgres(_inputs: ServerInputs<PostgresFamily>): PostgresServer {
  return new Proxy({} as PostgresServer, { get: () => unseen('not read yet', 'wait') });
}
