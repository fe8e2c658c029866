import type { Draft, DraftHost } from './draft.ts';
import { isSeen, type Pieces } from './text.ts';

/** What a last piece may be called that is a part of a name and nothing more. */
const PLAIN = {
  database: /(?:db|database|dbname|name|schema|env|environment|stage|tenant|id|index|number|num)\d*$/i,
  port: /port\d*$/i,
  host: /(?:host|hostname|server|service|name|domain|namespace|ns|ip|node|svc)\d*$/i,
} as const;
/** What is called so brings parameters, even where it stands alone. */
const BRINGS_PARAMETERS = /param|option|query|suffix|args|extra|ssl|tls/i;

/**
 * An unknown piece at the end of a URL may bring a port, a path or parameters: `postgres://host/app$(SSL_SUFFIX)`. Whether it
 * does can be told by its name and by what it stands next to; where it cannot, what it may bring is unknown.
 */
export function markOpenEnd(draft: Draft, marked: string, pieces: Pieces): Draft {
  const last = marked.trimEnd().at(-1) ?? '';
  if (isSeen(last) || /[?#]/.test(marked) || !marked.includes('://')) return draft;
  const name = pieces.within(last)[0]?.name ?? '';
  const host = draft.hosts.at(-1);
  if (draft.database?.endsWith(last)) {
    const isAlone = draft.database === last;
    return BRINGS_PARAMETERS.test(name) || !(isAlone || PLAIN.database.test(name)) ? withParameters(draft, last) : draft;
  }
  if (host?.port?.endsWith(last)) return PLAIN.port.test(name) ? draft : withParameters(draft, last);
  if (host?.name?.endsWith(last)) return PLAIN.host.test(name) ? draft : withParameters({ ...draft, hosts: withPort(draft.hosts, last), database: draft.database ?? last }, last);
  return withParameters(draft, last);
}

function withParameters(draft: Draft, mark: string): Draft {
  return { ...draft, parameters: [...draft.parameters, [mark, '']] };
}

function withPort(hosts: readonly DraftHost[], mark: string): readonly DraftHost[] {
  return hosts.map((host, index) => (index === hosts.length - 1 ? { ...host, port: host.port ?? mark } : host));
}
