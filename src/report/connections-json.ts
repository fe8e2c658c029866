import type { ConnectionsReport } from '../model/connections.ts';
import { neutralizeJson } from './terminal.ts';

/** For programs; its schema is `seaworthy schema connections`. */
export function* connectionsJson(report: ConnectionsReport): Generator<string> {
  const text = JSON.stringify({ $schema: 'https://seaworthy.dev/schemas/connections.json', ...report }, undefined, 2);
  // Line by line: the ends of lines are meant, and every other sign that a terminal obeys is escaped.
  yield `${text.split('\n').map(neutralizeJson).join('\n')}\n`;
}
