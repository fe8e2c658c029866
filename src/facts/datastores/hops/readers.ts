import { isSeen } from '../../connections/text.ts';
import type { Program } from '../program.ts';
import type { Hop } from '../recognise.ts';
import { readHaproxy } from './haproxy.ts';
import type { HopReading } from './hop.ts';
import { unreadHop } from './hop.ts';
import { readPgbouncer } from './pgbouncer.ts';
import { readSentinel } from './sentinel.ts';
import { readStunnel } from './stunnel.ts';

/** What is known of a hop. Those of which only the name is known are told by it. */
export function readHop(program: Program, hop: Hop): HopReading {
  const reading = READERS[hop]?.(program);
  return reading ?? unreadHop(`${hop} stands between, and what it does on either side was not read`, `look at the settings of ${hop} for both of its sides`);
}

const READERS: Readonly<Partial<Record<Hop, (program: Program) => HopReading>>> = {
  haproxy: readHaproxy,
  stunnel: readStunnel,
  sentinel: readSentinel,
  pgbouncer: readPgbouncer,
  'cloud-sql-proxy': readCloudSqlProxy,
};

/** It takes plain text, and goes on over TLS of its own whatever is set (cloud-sql-proxy, alloydb-auth-proxy). */
function readCloudSqlProxy({ texts }: Program): HopReading {
  const words = [...(texts.command ?? []), ...(texts.arguments ?? [])].map(({ text }) => text.marked).filter(isSeen);
  const ports = words.flatMap(
    (word, index) => /(?:^--port=|[?&]port=|=tcp:(?:[\d.]{1,20}:)?)(\d{1,5})/.exec(word)?.[1] ?? (/^(?:-p|--port)$/.test(words[index - 1] ?? '') ? word : []),
  );
  const places = (texts.arguments ?? texts.command ?? []).slice(0, 1).map(({ place }) => place);
  const front = { accepts: true, offers: false, needsNoPassword: undefined, isPooler: false, places, because: '' };
  return { entrances: [{ kind: 'managed-proxy', ports: ports.map(Number), front, provider: 'Google Cloud SQL', place: places[0] }] };
}
