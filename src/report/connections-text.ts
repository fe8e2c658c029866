import type { ConnectionPair, ConnectionsReport, ListedDatastore, PairEnd, PairVerdict } from '../model/connections.ts';
import { pairEndKey } from '../model/finding-order.ts';
import { SEVERITIES } from '../model/policy.ts';
import { lay, words } from './layout.ts';
import { cutEnd, neutralizeAll, type Palette, palette, stringWidth } from './terminal.ts';

export interface ConnectionsTextOptions {
  readonly columns: number;
  readonly color: boolean;
}

const MOST_GAPS = 10;

/** Server by server, each with the clients that lead to it: one line for a pair, and below it what is not known and why. */
export function* connectionsText(raw: ConnectionsReport, { columns, color }: ConnectionsTextOptions): Generator<string> {
  const report = neutralizeAll(raw);
  const paint = palette(color);
  const room = Math.max(60, Math.min(columns, 140));
  const widths = widthsFor(room);
  const byServer = Map.groupBy(report.connections, ({ server, engine, view }) => `${engine}\n${pairEndKey(server)}\n${view}`);
  // Where all was seen in one place, nobody needs to be told which.
  const views = new Set([...report.connections, ...report.datastores].map(({ view }) => view));
  const seenIn = (view: string): string => (views.size > 1 ? `${view}  ` : '');
  for (const pairs of byServer.values()) {
    const [first] = pairs;
    if (first === undefined) continue;
    yield `${paint.bold(cutEnd(`${seenIn(first.view)}${serverTitle(first)}`, room))}\n`;
    yield `${paint.dim(row(['CLIENT', 'ADDRESS', 'TLS', 'PASSWORD', 'VERDICT'], widths))}\n`;
    const itself = report.datastores.find((datastore) => datastore.view === first.view && datastore.engine === first.engine && pairEndKey(datastore) === pairEndKey(first.server));
    if (itself !== undefined && itself.verdicts.length > 0)
      yield `${'  the server itself'.padEnd(widths.reduce((sum, width) => sum + width, 2))}${paintVerdict(itself.verdicts, paint)}\n`;
    for (const pair of pairs) {
      yield `${row([clientName(pair.client), pair.source, tlsOf(pair), authOf(pair), ''], widths)}${paintVerdict(pair.verdicts, paint)}\n`;
      for (const { about, because } of pair.unknowns) {
        yield* lay([...words('unknown:', paint.yellow), ...words(`${about}: ${because}`)], { columns: room, indent: 4, most: 3 }).map((line) => `${line}\n`);
      }
    }
    yield '\n';
  }
  const alone = report.datastores.filter(({ clients }) => clients === 0);
  if (alone.length > 0) {
    yield `${paint.bold('servers that no client of the scan leads to')}\n`;
    for (const server of alone) yield `  ${cutEnd(`${seenIn(server.view)}${datastoreLine(server)}`, room - 26).padEnd(room - 24)}${paintVerdict(server.verdicts, paint)}\n`;
    yield '\n';
  }
  const unknown = report.connections.filter(({ tls }) => tls.plaintextPossible === null).length;
  const plain = report.connections.filter(({ tls }) => tls.plaintextPossible === true).length;
  const sum = `${count(report.connections.length, 'connection')} to ${count(byServer.size, 'server')}: plaintext possible in ${plain}, unknown in ${unknown}`;
  yield* lay(words(sum), { columns: room, indent: 0 }).map((line) => `${line}\n`);
  if ([...report.connections, ...report.datastores].some(({ verdicts }) => verdicts.filter(({ outcome }) => outcome === 'violation').length > 1)) {
    const legend = 'VERDICT is the worst violation, and how many more there are: seaworthy scan tells them.';
    yield* lay(words(legend, paint.dim), { columns: room, indent: 0 }).map((line) => `${line}\n`);
  }
  if (leavesSecretsOut(report)) {
    const note = 'Secrets were not read: who takes all its variables from one may hold an address that is not listed. --read-secrets reads them; no value is ever shown.';
    yield* lay(words(note, paint.yellow), { columns: room, indent: 0 }).map((line) => `${line}\n`);
  }
  if (!report.complete && report.gaps.length === 0) yield `${paint.yellow('Nothing was found')}${scopeOf(report)}.\n`;
  const gaps = report.gaps.slice(0, MOST_GAPS);
  for (const { about, because, location } of gaps)
    yield* lay([...words('not read:', paint.yellow), ...words(`${placeOf(about, location)}: ${because}`)], { columns: room, indent: 0 }).map((line) => `${line}\n`);
  if (report.gaps.length > gaps.length) yield `and ${count(report.gaps.length - gaps.length, 'more gap')}, -o json lists all\n`;
  for (const hint of new Set(gaps.map(({ hint }) => hint))) yield* lay(words(hint), { columns: room, indent: 6, label: 'help' }).map((line) => `${line}\n`);
}

function placeOf(about: string, location: ConnectionsReport['gaps'][number]['location']): string {
  return location !== undefined && 'file' in location && location.file === about ? `${about}:${location.line}:${location.column}` : about;
}

/** Of a cluster that was read at all. */
function leavesSecretsOut({ sources }: ConnectionsReport): boolean {
  return sources.some(({ lists = [] }) => lists.length > 0 && lists.every(({ resource }) => resource !== 'secrets'));
}

function scopeOf({ sources }: ConnectionsReport): string {
  const namespaces = [...new Set(sources.flatMap((source) => source.namespaces ?? []))].sort();
  return namespaces.length === 0 ? '' : ` in ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${namespaces.join(', ')}`;
}

function widthsFor(room: number): readonly number[] {
  const rest = room - 2 - 11 - 11 - 14;
  const client = Math.floor(rest * 0.52);
  return [client, rest - client, 11, 11];
}

function row(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => {
    const width = widths[column];
    if (width === undefined) return cell;
    const text = cutEnd(cell, width - 1);
    return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
  });
  return (
    `  ${padded.join('')}`.trimEnd() +
    (cells.at(-1) === '' ? ' '.repeat(Math.max(0, 2 + widths.reduce((sum, width) => sum + width, 0) - stringWidth(`  ${padded.join('')}`.trimEnd()))) : '')
  );
}

function serverTitle({ engine, server, way, leadsTo, host, port }: ConnectionPair): string {
  const what = [server.family === '' || server.family === engine ? engine : `${engine} (${server.family})`, server.version].filter((part) => part !== '').join(' ');
  const where = server.isSeen
    ? `${nameIn(server)}, ${what}, by ${way}`
    : `${server.name === '' ? (host ?? '?') : server.name}${port === null ? '' : `:${port}`}, ${what}, ${WHAT_IT_IS[leadsTo] ?? leadsTo}`;
  return where;
}

const WHAT_IT_IS: Readonly<Record<string, string>> = {
  unseen: 'not part of the scan',
  unread: 'the address was not read',
  outside: 'outside',
  managed: 'run by a provider',
  pooler: 'a pooler',
  hop: 'a proxy',
  sentinel: 'a sentinel',
};

function nameIn({ namespace, name, kind }: PairEnd): string {
  return `${kind === 'Service of compose' ? 'service' : kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function clientName({ namespace, name, container }: PairEnd): string {
  return `${namespace === '' ? '' : `${namespace}/`}${name}${container === '' || container === name ? '' : `/${container}`}`;
}

function datastoreLine(server: ListedDatastore): string {
  return `${nameIn(server)}, ${server.engine}${server.family === '' || server.family === server.engine ? '' : ` (${server.family})`} ${server.version}`.trimEnd();
}

function tlsOf({ tls, crossesNetwork }: ConnectionPair): string {
  if (tls.refusal !== '') return 'refused';
  if (crossesNetwork === false) return 'local';
  if (tls.byMesh === true) return 'mesh';
  if (tls.plaintextPossible === null) return 'unknown';
  if (tls.plaintextPossible) return 'plaintext';
  return tls.certificateChecked === true ? 'verified' : 'encrypted';
}

function authOf({ auth }: ConnectionPair): string {
  if (auth.noneNeeded === null) return 'unknown';
  return auth.noneNeeded ? 'not needed' : 'needed';
}

function paintVerdict(verdicts: readonly PairVerdict[], paint: Palette): string {
  const violations = verdicts.filter(({ outcome }) => outcome === 'violation');
  if (violations.length > 0) {
    const worst = violations.reduce((best, { severity }) => Math.max(best, SEVERITIES.indexOf(severity)), 0);
    return paint.red(`${SEVERITIES[worst] ?? ''}${violations.length === 1 ? '' : ` +${violations.length - 1}`}`);
  }
  const unknown = verdicts.filter(({ outcome }) => outcome === 'unknown').length;
  return unknown > 0 ? paint.yellow(`${unknown} unknown`) : verdicts.length === 0 ? '-' : paint.green('fine');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
