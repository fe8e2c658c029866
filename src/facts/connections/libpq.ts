import type { DraftParameter, Refusal } from './draft.ts';
import { refuse } from './draft.ts';
import { decodeLibpq, type LibpqFault } from './percent.ts';
import { isSeen } from './text.ts';

/**
 * libpq's two grammars (PostgreSQL 18, "Connection Strings"; the details are those of conninfo_uri_parse_options and
 * conninfo_parse). Both give settings under libpq's own names, in the order in which they are stored: the last one counts.
 */
export type Settings = readonly DraftParameter[];

const PREFIX = /^postgres(?:ql)?:\/\//;

export function isLibpqUri(text: string): boolean {
  return PREFIX.test(text);
}

/** The names that libpq knows: any other refuses the connection. */
const KEYWORDS = new Set(
  (
    'service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding options application_name fallback_application_name ' +
    'keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode sslpassword sslrootcert ' +
    'sslcrl sslcrldir sslsni requirepeer require_auth min_protocol_version max_protocol_version ssl_min_protocol_version ssl_max_protocol_version sslkeylogfile gssencmode krbsrvname ' +
    'gsslib gssdelegation replication target_session_attrs load_balance_hosts scram_client_key scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope ' +
    'requiressl authtype tty'
  ).split(' '),
);

export function isLibpqKeyword(name: string): boolean {
  return KEYWORDS.has(name);
}

export interface UriReader {
  /** Other drivers of this grammar take parameters that libpq refuses. */
  readonly knowsKeyword: (name: string) => boolean;
}

export function readLibpqUri(text: string, { knowsKeyword }: UriReader): Settings | Refusal {
  const settings: DraftParameter[] = [];
  const prefix = PREFIX.exec(text)?.[0] ?? '';
  let at = prefix.length;
  const until = (stops: string): string => {
    const from = at;
    while (at < text.length && !stops.includes(text[at] ?? '')) at++;
    return text.slice(from, at);
  };
  const fault = (store: DraftParameter, isDecoded: boolean): Refusal | undefined => {
    const value = isDecoded ? decodeLibpq(store[1]) : { text: store[1] };
    if ('fault' in value) return refuse(FAULTS[value.fault]);
    settings.push([store[0], value.text]);
    return undefined;
  };

  const credentialsEnd = /[@/]/.exec(text.slice(at));
  if (credentialsEnd?.[0] === '@') {
    const user = until(':@');
    const found = user === '' ? undefined : fault(['user', user], true);
    if (found !== undefined) return found;
    if (text[at] === ':') {
      at++;
      const password = until('@');
      const bad = password === '' ? undefined : fault(['password', password], true);
      if (bad !== undefined) return bad;
    }
    at++;
  }

  const hosts: string[] = [];
  const ports: string[] = [];
  for (;;) {
    if (text[at] === '[') {
      at++;
      const host = until(']');
      if (at >= text.length) return refuse('the bracket of an IPv6 address is not closed');
      if (host === '') return refuse('the brackets of an IPv6 address are empty');
      hosts.push(host);
      at++;
      if (at < text.length && !':/?,'.includes(text[at] ?? '')) return refuse('something other than a port or a path follows the bracket of an IPv6 address');
    } else hosts.push(until(':/?,'));
    if (text[at] === ':') {
      at++;
      ports.push(until('/?,'));
    } else ports.push('');
    if (text[at] !== ',') break;
    at++;
  }
  for (const [name, list] of [
    ['host', hosts],
    ['port', ports],
  ] as const) {
    const joined = list.join(',');
    const found = joined === '' ? undefined : fault([name, joined], true);
    if (found !== undefined) return found;
  }

  if (text[at] === '/') {
    at++;
    const database = until('?');
    const found = database === '' ? undefined : fault(['dbname', database], true);
    if (found !== undefined) return found;
  }
  if (text[at] !== '?') return settings;
  const query = readQuery(text.slice(at + 1), knowsKeyword);
  return 'refused' in query ? query : [...settings, ...query];
}

const FAULTS: Readonly<Record<LibpqFault, string>> = {
  percent: 'a percent sign is not followed by two hexadecimal digits',
  nul: 'it has a percent-encoded NUL',
  blank: 'it has a blank that is not percent-encoded',
};

function readQuery(query: string, knowsKeyword: UriReader['knowsKeyword']): Settings | Refusal {
  const settings: DraftParameter[] = [];
  const pairs = query.split('&');
  // What follows the last `&` may be nothing.
  if (pairs.at(-1) === '') pairs.pop();
  for (const pair of pairs) {
    const sign = pair.indexOf('=');
    // An unknown piece may be a pair, or several.
    if (sign === -1 && !isSeen(pair)) {
      settings.push([pair, '']);
      continue;
    }
    if (sign === -1) return refuse('a parameter has no equals sign');
    if (pair.includes('=', sign + 1)) return refuse('a parameter has two equals signs');
    const name = decodeLibpq(pair.slice(0, sign));
    if ('fault' in name) return refuse(FAULTS[name.fault]);
    const value = decodeLibpq(pair.slice(sign + 1));
    if ('fault' in value) return refuse(FAULTS[value.fault]);
    const setting = translate(name.text, value.text);
    if (isSeen(name.text) && !knowsKeyword(setting[0])) return refuse('it has a parameter that libpq does not know');
    settings.push(setting);
  }
  return settings;
}

/** JDBC's `ssl=true`, which libpq takes in URIs, and the `requiressl` of old. */
function translate(name: string, value: string): DraftParameter {
  return name === 'ssl' && value === 'true' ? ['sslmode', 'require'] : translateOld(name, value);
}

function translateOld(name: string, value: string): DraftParameter {
  return name === 'requiressl' ? ['sslmode', value.startsWith('1') ? 'require' : 'prefer'] : [name, value];
}

const BLANK = /[ \t\n\v\f\r]/;

export function readLibpqKeywords(text: string, knowsKeyword: UriReader['knowsKeyword'] = isLibpqKeyword): Settings | Refusal {
  const settings: DraftParameter[] = [];
  let at = 0;
  const skipBlanks = (): void => {
    while (at < text.length && BLANK.test(text[at] ?? '')) at++;
  };
  for (;;) {
    skipBlanks();
    if (at >= text.length) return settings;
    const from = at;
    while (at < text.length && text[at] !== '=' && !BLANK.test(text[at] ?? '')) at++;
    const name = text.slice(from, at);
    skipBlanks();
    if (text[at] !== '=') {
      if (isSeen(name)) return refuse('a keyword has no equals sign');
      settings.push([name, '']);
      continue;
    }
    at++;
    skipBlanks();
    let value = '';
    if (text[at] === "'") {
      at++;
      for (;;) {
        if (at >= text.length) return refuse('a quoted value is not closed');
        if (text[at] === "'") break;
        if (text[at] === '\\') at++;
        value += text[at] ?? '';
        at++;
      }
      at++;
    } else {
      while (at < text.length && !BLANK.test(text[at] ?? '')) {
        if (text[at] === '\\') at++;
        value += text[at] ?? '';
        at++;
      }
    }
    if (isSeen(name) && !knowsKeyword(name)) return refuse('it has a keyword that libpq does not know');
    settings.push(translateOld(name, value));
  }
}
