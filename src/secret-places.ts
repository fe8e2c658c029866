import { AUTHORIZATION, URL_PASSWORD } from './secret-formats.ts';

/** Where a secret may stand in a text, told by what is around it. */
export interface PlaceOfSecret {
  /** Takes the secret as the group `value`, and the name that it has, if any, as `name`. */
  readonly pattern: RegExp;
  /** Whether it is a secret only under a name that says so. */
  readonly isNamed: boolean;
  /** A sign that every such place has, to pass over texts without it: most have none, and there are thirty patterns. */
  readonly sign: string;
  /** Whether every such place has a blank as well. */
  readonly isSpaced: boolean;
  /** What a finding says; undefined where prose has the same shape, so that it is masked and no finding. */
  readonly kind: string | undefined;
}

type Telling = Partial<Pick<PlaceOfSecret, 'kind' | 'isNamed' | 'isSpaced'>>;

function place(sign: string, source: string, { kind, isNamed = false, isSpaced = false }: Telling = {}): PlaceOfSecret {
  return { pattern: new RegExp(source, 'dgim'), sign, isNamed, isSpaced, kind };
}

/** A word as a shell reads it. */
const WORD = String.raw`(?<value>"[^"\n]{1,1000}"|'[^'\n]{1,1000}'|[^\s"']{1,1000})`;
/** As far as the same command goes. */
const SAME_COMMAND = String.raw`[^\n|;&]{0,200}?`;
const SPACED = { isSpaced: true };
const COMMAND = { kind: 'password in a command', ...SPACED };
/** Its name is told with it. */
const NAMED = 'value of';
const CONNECTION_STRING = { kind: 'password in a connection string' };

const STORES = 'postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|valkeys?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|nats|ldaps?|smtps?|s?ftp';

/** Where secrets stand that are told by what is around them alone. */
export const SHAPES: readonly PlaceOfSecret[] = [
  place('@', URL_PASSWORD.source.replace('([^', '(?<value>[^'), { kind: 'password in a URL' }),
  // Of a store, though nobody could log in by it: a password with blanks, quotes or a slash that should have been escaped.
  place('@', String.raw`\b(?:${STORES})(?:\+[a-z0-9]{1,20})?:\\?\/\\?\/[^\n:@/?#]{0,200}:(?!\d{1,5}(?:[\s/?#,'"\\]|$))(?<value>[^\n@]{1,500})@`),
  place('', AUTHORIZATION.source.replace('([^', '(?<value>[^'), { kind: 'authorization header', isSpaced: true }),
];

/** Where secrets stand that are not written as a name, a sign and a value, or that are secrets whoever reads them. */
export const PLACES: readonly PlaceOfSecret[] = [
  place('=', String.raw`[?&;](?:password|pwd|passwd|api_?key|access_?token|token|secret)=(?<value>[^&\s;'"]{1,500})`, CONNECTION_STRING),
  place('=', String.raw`(?:^|[\s;,"'])(?:password|pwd|passwd|accountkey|sharedaccesskey)\s{0,5}=\s{0,5}(?<value>'[^']{0,500}'|"[^"]{0,500}"|[^\s;,"']{1,500})`, CONNECTION_STRING),
  // Lines of .npmrc: the registry and its path, then what is sent to it.
  place(':_', String.raw`\/\/[\w.-]{1,200}(?::\d{1,5})?(?:\/[\w.~%-]{1,100}){0,10}\/:_(?:authToken|auth|password)\s{0,5}=\s{0,5}${WORD}`, { kind: 'npm registry token' }),
  place('"', String.raw`"(?<=(?:^[ \t]{0,40}|[{,]\s{0,40}|\\n[ \t]{0,40})\\?")(?<name>[A-Za-z_][\w.-]{1,60})\\?"\s{0,5}:\s{0,5}\\?"(?<value>[^"\\\n]{1,1000})\\?"`, {
    kind: NAMED,
    isNamed: true,
  }),
  // --password hunter2, and the same as items of a list in brackets.
  place('-', String.raw`(?<![\w.-])--?(?<name>[a-z][\w.-]{1,60})(?:[ \t]{1,20}|["']\s{0,20},\s{0,20}(?=["']))(?!-)${WORD}`, { isNamed: true }),
  // A header of a request, as the clients of the command line take it.
  place(
    ':',
    String.raw`(?<![\w-])(?:-[a-z]{0,6}H|--header)[ \t=]{0,5}["']?(?<name>[a-z][\w-]{1,60})[ \t]{0,5}:[ \t]{0,5}(?:(?:bearer|basic|token|apikey)[ \t]{1,5})?(?<value>[^\s"'<{(\[$\x60*][^\s"']{7,1000})`,
    {
      kind: NAMED,
      isNamed: true,
    },
  ),
  // One-letter flags, by the program they belong to.
  place('-', String.raw`\b(?:redis|valkey|keydb)-(?:cli|benchmark)\b${SAME_COMMAND}\s(?:-a|--pass)[\s=]{1,10}${WORD}`, COMMAND),
  place('-', String.raw`\b(?:mysql|mariadb)[\w-]{0,20}[ \t]${SAME_COMMAND}(?<=\s)-p(?=\S)${WORD}`, COMMAND),
  place('-', String.raw`\bmongo[a-z]{0,10}[ \t]${SAME_COMMAND}(?<=\s)-p\s{1,10}${WORD}`, COMMAND),
  place('-', String.raw`\b(?:docker|podman|helm|oras|crane|skopeo)[ \t]{1,10}(?:registry[ \t]{1,10}|auth[ \t]{1,10})?login[ \t]${SAME_COMMAND}(?<=\s)-p\s{1,10}${WORD}`, COMMAND),
  place('-', String.raw`\blogin[ \t]${SAME_COMMAND}(?<=\s)-p\s{1,10}${WORD}`),
  place('-', String.raw`\bsshpass\s{1,10}-p\s{0,10}${WORD}`, COMMAND),
  place('-', String.raw`\bcurl[ \t][^\n]{0,200}?(?<=\s)(?:-[a-z]{0,6}u|--user)[\s=]{0,10}["']?[^\s:"']{0,200}["']?:${WORD}`, COMMAND),
  // The name alone, with the colon that keeps curl from asking for a password: then it is a key, and told as one if it has a digit.
  place('-', String.raw`\bcurl[ \t][^\n]{0,200}?(?<=\s)(?:-[a-z]{0,6}u|--user)[\s=]{0,10}["']?(?=[^\s:"']{0,200}\d)(?<value>[^\s:"']{8,200}):["']?(?=\s|$)`, COMMAND),
  place('-', String.raw`\bcurl[ \t][^\n]{0,200}?(?<=\s)(?:-[a-z]{0,6}u|--user)[\s=]{0,10}["']?(?<value>[^\s:"']{8,200}):["']?(?=\s|$)`),
  place('-', String.raw`\s-pass(?:in|out)?\s{1,10}pass:${WORD}`, COMMAND),
  // Lines of redis.conf and sentinel.conf, users of a Redis ACL, .netrc, .pgpass, SQL, XML.
  place('', String.raw`^[ \t]{0,100}(?:requirepass|masterauth|sentinel[ \t]{1,20}auth-pass[ \t]{1,20}\S{1,100})[ \t]{1,20}${WORD}`),
  place('', String.raw`\buser[ \t]{1,20}\S{1,100}[ \t][^\n]{0,200}?[ \t][>#](?<value>[^\s"']{1,1000})`),
  place('-', String.raw`^[ \t]{0,100}sentinel[ \t]{1,20}sentinel-pass[ \t]{1,20}${WORD}`, SPACED),
  // Lines of haproxy.cfg: users, the page of statistics, and checks that log in to Redis.
  place('', String.raw`^[ \t]{0,100}user[ \t]{1,20}\S{1,100}[ \t]{1,20}(?:insecure-)?password[ \t]{1,20}${WORD}`, SPACED),
  place(':', String.raw`^[ \t]{0,100}stats[ \t]{1,20}auth[ \t]{1,20}[^\s:]{1,100}:(?<value>\S{1,1000})`, SPACED),
  place('', String.raw`\bsend(?:-lf)?[ \t]{1,20}["']?AUTH\\?[ \t]{1,20}(?<value>[^\n]{1,1000})`, SPACED),
  place('-', String.raw`\bsend-binary[ \t]{1,20}(?<value>[0-9a-f]{8,2000})`, SPACED),
  place('', String.raw`\bhdr[ \t]{1,20}["']?authorization["']?[ \t]{1,20}(?<value>[^\n]{1,1000})`, SPACED),
  // An address without a scheme.
  place('@', String.raw`(?<![\w.:/@-])[\w.-]{1,100}:(?<value>[^\s:@/"']{4,500})@[\w.-]{1,255}:\d{1,5}\b`),
  // Headers that a proxy adds, and settings of Java with a blank before the value.
  place('-', String.raw`\b(?:set|add)-header[ \t]{1,20}["']?(?<name>[a-z][\w-]{1,60})["']?[ \t]{1,20}${WORD}`, { isNamed: true, isSpaced: true }),
  place('.', String.raw`^[ \t]{0,100}(?<name>(?:[a-z][\w-]{0,40}\.){1,8}[a-z][\w-]{0,60})[ \t]{1,20}(?![=:])${WORD}[ \t]{0,20}$`, { isNamed: true, isSpaced: true }),
  // The user list of PgBouncer: "name" "password".
  place('"', String.raw`^[ \t]{0,100}"[^"\n]{1,200}"[ \t]{1,20}(?<value>"[^"\n]{1,1000}")[ \t]{0,20}$`),
  place('', String.raw`\blogin\s{1,20}\S{1,100}\s{1,20}password\s{1,20}${WORD}`),
  place(':', String.raw`^[ \t]{0,100}[\w.*-]{1,100}:(?:\d{1,5}|\*):[^:\s]{1,100}:[^:\s]{1,100}:(?<value>\S{1,1000})$`),
  place("'", String.raw`\b(?:create|alter)[ \t]{1,10}(?:user|role)[ \t][^;\n]{1,200}?\b(?:password|identified[ \t]{1,10}by)[ \t]{1,10}'(?<value>(?:[^'\n]|''){1,1000})'`, {
    kind: 'password in SQL',
  }),
  place("'", String.raw`\b(?:password|identified[ \t]{1,10}by)[ \t]{1,10}'(?<value>(?:[^'\n]|''){1,1000})'`),
  place('<', String.raw`<(?<name>[a-z][\w.-]{1,60})>(?<value>[^<\n]{1,1000})</`, { kind: NAMED, isNamed: true }),
];

/** Places that are told in a finding. */
export const TELLING: readonly (PlaceOfSecret & { readonly kind: string })[] = [...SHAPES, ...PLACES].flatMap((each) =>
  each.kind === undefined ? [] : [{ ...each, kind: each.kind }],
);
