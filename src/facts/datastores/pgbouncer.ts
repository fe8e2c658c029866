import { readPgbouncerIni } from '../../server-config/pgbouncer-ini.ts';
import { parseConnection } from '../connections/parse.ts';
import { knownText } from '../connections/text.ts';
import type { HeldAddress } from './addresses-of-programs.ts';
import type { Program } from './program.ts';

/** PgBouncer's other leg: the servers that its `[databases]` name, with the TLS that it asks them for. */
export function* pgbouncerAddresses({ mounted }: Program): Generator<HeldAddress> {
  for (const { path, text, place, isSecret } of mounted.files) {
    if (text === undefined || !/(?:^|\/)pgbouncer[\w.-]{0,40}\.ini$/.test(path)) continue;
    const { settings } = readPgbouncerIni(text);
    const mode = settings.findLast(({ section, name }) => section === 'pgbouncer' && name === 'server_tls_sslmode');
    for (const { section, name, value, line } of settings) {
      if (section !== 'databases') continue;
      // Without a host it goes through a unix socket. Its own default is `prefer` (pgbouncer.ini(5)), as libpq's.
      const reading = parseConnection(knownText(`${value} sslmode=${mode?.value ?? 'prefer'}`), { driver: 'libpq', isConnection: true });
      const at = (number: number): HeldAddress['place'] => ({ resource: place.resource, path: [...place.path, `#L${number}`] });
      if (reading === undefined) continue;
      const parts: HeldAddress['parts'] = new Map(mode === undefined ? [] : [['sslmode', { place: at(mode.line) }]]);
      yield { reading, source: `${path} ${name}`, parts, place: at(line), isSecret, alias: name };
    }
  }
}
