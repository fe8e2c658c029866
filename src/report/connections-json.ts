import type { ConnectionsReport } from '../model/connections.ts';
import { neutralizeJson } from './terminal.ts';

/** For programs; its schema is `seaworthy schema connections`. */
export function* connectionsJson(report: ConnectionsReport): Generator<string> {
  yield `${neutralizeJson(JSON.stringify({ $schema: 'https://seaworthy.dev/schemas/connections.json', ...report }, undefined, 2))}\n`;
}
