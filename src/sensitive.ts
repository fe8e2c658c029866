import { isDummyToken, isPlaceholder, isTemplate } from './placeholders.ts';
import { endOfPrivateKey, FORMATS, MAY_HAVE_FORMAT, PRIVATE_KEY } from './secret-formats.ts';
import { PLACES, type PlaceOfSecret, SHAPES, TELLING } from './secret-places.ts';

/**
 * What looks like a secret: by the name that a value has, and by the shape of the value. One place, because the same
 * knowledge decides a finding and masks the excerpt that shows it; two would disagree, and the difference would leak.
 */

/** Words that make a name secret, unless a later word says that it names, locates, limits or counts the secret. */
const SECRET_WORDS =
  /(?:pass(?:word|wd|phrase|code)?s?|pwd|passw|(?:^|[_.-])pw|secrets?|tokens?|api[_-]?keys?|apikeys?|private[_-]?keys?|access[_-]?keys?|secret[_-]?keys?|encryption[_-]?keys?|signing[_-]?keys?|master[_-]?keys?|account[_-]?keys?|shared[_-]?keys?|auth[_-]?keys?|ssh[_-]?keys?|key[_.-]?contents?|credentials?|creds?|dsn|jwt(?:[_-]?key)?|connection[_-]?strings?|connectionstring|bearer|client[_-]?secret|salt|dockerconfigjson|htpasswd|requirepass|masterauth|pgpass)$/i;

/** What may stand behind the word without changing what it names: which one it is, or how it is written. */
const VARIANT =
  /(?:[_.-]?\d{1,4}|[_.-](?:prod|production|staging|stage|dev|test|old|new|current|primary|secondary|main|default|live|value|plain|plaintext|raw|text|b64|base64|encoded|pem|data))$/i;

/** Words that hold a secret word by accident. */
const ACCIDENTS = /(?:by|com|tres|encom|under|over|sur|tress)pass(?:es|ing)?$|(?:^|[_.-])basalt$/i;

/** Names that hold a secret word and yet hold no secret. */
const HARMLESS_ENDINGS =
  /(?:^|[_.-])(?:file|files|path|paths|dir|directory|name|names|ref|id|ids|ttl|length|len|min|max|prefix|suffix|header|headers|type|types|url|uri|endpoint|host|port|enabled|enable|disabled|required|expiry|expires|expiration|expire|lifetime|timeout|duration|interval|seconds|minutes|hours|days|budget|limit|limits|count|size|algorithm|alg|algo|format|policy|provider|store|manager|issuer|audience|key|mount|version|rotation|hash|digest|class|location|public|regex|pattern|field|column|claim|scope|scopes|strategy|mode|cache|age|retries|attempts|encryption|hashing|manager|reset|change|changes|check|checks|validation|strength|history|rules?|complexity|generator|generation|request|requests|command|prompt)$/i;

/** `…_KEY` is secret when what stands before it says so; `PUBLIC_KEY`, `CACHE_KEY` and `FOREIGN_KEY` are not. */
const SECRET_KEY = /(?:^|[_.-])(?:api|private|access|secret|encryption|signing|master|account|shared|auth|ssh|jwt|session|cookie|hmac|aes|rsa|client)[_.-]?(?:key|secret)s?$/i;

/** Switches about a secret: whether it is asked for, shown, needed. */
const SWITCHES = /^(?:no|without|skip|disable|enable|allow|require|prompt|ask|show|hide|has|is|use|needs?|generate|mount|automount)[_.-]/i;

const HARMLESS_NAMES = /^(?:keycloak|tokenizers?|max[_-]?tokens?|num[_-]?tokens?|public[_-]?keys?|.*[_-]max[_-]?tokens?|.*token[_-]?budget|.*[_-]?csrf.*header.*)$/i;
/** A shell's working folder, in upper case only. */
const WORKING_FOLDERS = new Set(['PWD', 'OLDPWD']);

/** Something that every secret name has, and every way to write a pair of name and secret. */
const MAY_NAME =
  /pass|pwd|pw\b|secret|token|key|cred|dsn|salt|jwt|auth|bearer|connection|dockerconfig|:\\?\/|:(?:\d{1,5}|\*):|identified|login|user[ \t]|curl|redis|mysql|mariadb|mongo|send-binary|"[ \t]{1,20}"/i;

const HEADER = /^(?:proxy-)?authorization$/i;

/** Names repeat by the thousand in a scan, and few are worth four regular expressions. */
const judgedNames = new Map<string, boolean>();
const LONGEST_NAME = 200;

/** Whether a variable or key with this name is expected to hold a secret. */
export function namesSecret(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  let judged = judgedNames.get(name);
  if (judged === undefined) {
    judged = MAY_NAME.test(name) && judgeName(name);
    if (judgedNames.size < 50_000) judgedNames.set(name, judged);
  }
  return judged;
}

function judgeName(name: string): boolean {
  const words = splitCamelCase(name);
  if (WORKING_FOLDERS.has(name) || HARMLESS_NAMES.test(name) || HARMLESS_NAMES.test(words)) return false;
  const plain = words.replace(VARIANT, '');
  if (SECRET_KEY.test(words) || SECRET_KEY.test(plain)) return true;
  if (HARMLESS_ENDINGS.test(words) || ACCIDENTS.test(words) || SWITCHES.test(words)) return false;
  return SECRET_WORDS.test(words) || (SECRET_WORDS.test(plain) && !HARMLESS_ENDINGS.test(plain)) || /(?:password|passwd|secret|passphrase)/i.test(words);
}

/** Also of a header: as the name of a setting it says how to authorize. */
function isSecretName(name: string): boolean {
  return HEADER.test(name) || namesSecret(name);
}

function splitCamelCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
}

/** Names the kind of secret that a text holds, whatever it is called; undefined where it holds none that can be told by shape. */
export function detectSecret(written: string): string | undefined {
  if (written.length < 8) return undefined;
  const text = joinContinued(written)?.text ?? written;
  const format = MAY_HAVE_FORMAT.test(text) ? detectFormat(text) : undefined;
  // A single word has nothing around it that could tell.
  if (format !== undefined || !/[=:<"\s]/.test(text) || !MAY_NAME.test(text)) return format;
  const isSpaced = /\s/.test(text);
  for (const place of TELLING) {
    if ((place.isSpaced && !isSpaced) || !text.includes(place.sign)) continue;
    const { pattern, isNamed, kind } = place;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const { name = '', value = '' } = match.groups ?? {};
      const { from, to } = withoutQuotes(value, 0, value.length);
      if ((!isNamed || isSecretName(name)) && isUsable(name, value.slice(from, to), isNamed)) return isNamed ? `${kind} ${name}` : kind;
    }
  }
  return undefined;
}

function detectFormat(text: string): string | undefined {
  for (const { name, pattern, issued } of FORMATS) {
    if (!pattern.test(text)) continue;
    for (const [token] of text.matchAll(new RegExp(pattern, 'g'))) {
      if (name === PRIVATE_KEY || (issued?.test(token) !== false && !isDummyToken(token))) return name;
    }
  }
  return undefined;
}

/** Keys that somebody else hands out. What is called otherwise may be made up by whoever wrote it down. */
const HANDED_OUT = /token|api[_.-]?key|access[_.-]?key|client[_.-]?secret|bearer|authorization/i;

/** Whether a literal value under a name that says so is a secret that somebody could use: what is left to be filled in is none. */
export function isSecretUnder(name: string, value: string): boolean {
  return namesSecret(name) && isUsable(name, value, true) && !NAMES_ANOTHER.test(name) && !(NAMES_OBJECT.test(splitCamelCase(name)) && OBJECT_NAME.test(value.trim()));
}

/** Where a certificate or a registry's credential is asked for, the name of the Secret that has it is given. */
const NAMES_OBJECT = /(?:^|[_.-])(?:tls|ssl|ca|certs?|certificate|serving|pull)[_.-]?secrets?$/i;
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9./-]{0,250}[a-z0-9])?$/;
/** etcd's token only keeps members of different clusters apart, and everybody may know it. */
const NAMES_ANOTHER = /initial[_.-]?cluster[_.-]?token$/i;

function isUsable(name: string, value: string, isNamed: boolean): boolean {
  // What is filled in, wholly or in part; a default is written here.
  if (!mayBeSecret(value, isNamed) || /\$\([A-Za-z_]|\$\{(?:\{|\w[\w.]{0,200}\})|^\$\d$/.test(value)) return false;
  return !(HANDED_OUT.test(name) ? isPlaceholder(value) : isTemplate(value));
}

/** Under a name alone `30` is a number of seconds; where only a secret can stand, it is one. */
function mayBeSecret(value: string, isNamed: boolean): boolean {
  return isNamed ? isSecretValue(value) : value.trim() !== '' && !isReference(value) && !isStandIn(value);
}

const REFERENCE =
  /^(?:\$\([^)]*\)|\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*|\{\{.*\}\}|%[A-Z_]+%|<[^<>]*>|\[[A-Za-z _-]+\]|ENC\[.*\]|vault:.*|(?:arn:aws|projects\/).*|(?:aws|gcp|azure)?[a-z]{0,40}secretsmanager:.*|(?:op|ref\+[a-z]+|secretref|awssm|gcpsm|azurekeyvault|berglas|bao):\/\/.*)$/is;

/** `${NAME:-default}`, and `${name:default}` as Spring has it. `${env:NAME}` and its like name a place. */
const WITH_DEFAULT = /^\$\{(?!(?:env|file|vault|secrets?|sm|ssm|aws|gcp|azure|config|sys):)[\w.-]{1,200}(?::[-=]|[-=]|:(?![?+=-]))(.+)\}$/s;

/** `$(NAME)`, `${NAME}`, `$NAME`, `{{ … }}`, `<name>` and the like: filled in by somebody else. With a default it is one only where its default is. */
export function isReference(value: string): boolean {
  const text = value.trim();
  const fallback = text.startsWith('${') ? WITH_DEFAULT.exec(text)?.[1]?.trim() : undefined;
  return fallback === undefined ? REFERENCE.test(text) : fallback.startsWith('$') || isReference(fallback);
}

/** A masked or elided value: `***`, `xxxx`, `...`, `REDACTED`. Nobody can log in with it. */
export function isStandIn(value: string): boolean {
  return /^(?:[*•.xX#?-]+|redacted|masked|hidden|omitted|null|none|nil|undefined|n\/a)$/i.test(value.trim());
}

/** Whether a literal value under a secret's name is a secret: not empty, not a reference, a switch, a number of seconds or a path. */
export function isSecretValue(value: string): boolean {
  const text = value.trim();
  if (text === '' || isReference(text) || isStandIn(text)) return false;
  if (/^(?:true|false|yes|no|on|off|enabled|disabled)$/i.test(text)) return false;
  // One step below the root is as likely a password that begins with a slash.
  if (/^(?:\/[\w.-]*\/|\.\.?\/|file:\/\/)[\w./-]*$|^\/[\w-]+\.[a-z]{2,5}$/.test(text)) return false;
  if (/^\d{1,3}[smhd]?$/.test(text)) return false;
  return true;
}

export const MASK = '•••';

/** Part of a text. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
}

/** Masks whatever in a line of free text looks like a secret. For text whose structure is not known: comments, Dockerfiles. */
export function maskSecrets(text: string): string {
  return maskSpans(text, secretSpans(text));
}

/** Masks only what is a secret by its own shape: for sentences of ours, in which a name and a colon mean something else. */
export function maskShapes(text: string): string {
  return maskSpans(text, shapeSpans(text));
}

/** Masks parts of a text, which may touch or overlap. */
export function maskSpans(text: string, spans: readonly SecretSpan[]): string {
  if (spans.length === 0) return text;
  let masked = '';
  let at = 0;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    if (to <= at || to <= from) continue;
    if (from > at || at === 0) masked += text.slice(at, from) + MASK;
    at = to;
  }
  return masked + text.slice(at);
}

/** Whether a text has anything that a secret is told by; where it has not, no part of it that begins and ends with a word has. */
export function mayHold(text: string): boolean {
  return MAY_NAME.test(text) || MAY_HAVE_FORMAT.test(text);
}

/** Where in a free text secrets stand, as far as shape, or a name before them, tells. May overlap. */
export function secretSpans(text: string): SecretSpan[] {
  const spans = spansWithin(text);
  const joined = joinContinued(text);
  if (joined !== undefined) for (const { from, to } of spansWithin(joined.text)) spans.push({ from: joined.offsetOf(from), to: joined.offsetOf(to - 1) + 1 });
  return spans;
}

/** What a shell reads as one line: a flag on the one and its value on the next. Undefined where no line is continued. */
function joinContinued(text: string): { readonly text: string; offsetOf(at: number): number } | undefined {
  if (!text.includes('\\\n') && !text.includes('\\\r\n')) return undefined;
  let joined = '';
  let at = 0;
  // In the joined text, where each piece begins, and how far to the left it was moved.
  const pieces: { readonly start: number; readonly shift: number }[] = [{ start: 0, shift: 0 }];
  for (const match of text.matchAll(/\\\r?\n([ \t]?)[ \t]*/g)) {
    joined += text.slice(at, match.index) + match[1];
    at = match.index + match[0].length;
    pieces.push({ start: joined.length, shift: at - joined.length });
  }
  return {
    text: joined + text.slice(at),
    offsetOf: (offset) => {
      let low = 0;
      let high = pieces.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((pieces[middle]?.start ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return offset + (pieces[low]?.shift ?? 0);
    },
  };
}

function spansWithin(text: string): SecretSpan[] {
  const spans = shapeSpans(text);
  if (!MAY_NAME.test(text)) return spans;
  addPlaces(text, PLACES, spans);
  addPairs(text, spans);
  return spans;
}

function shapeSpans(text: string): SecretSpan[] {
  const spans: SecretSpan[] = [];
  if (MAY_HAVE_FORMAT.test(text)) addFormats(text, spans);
  if (MAY_NAME.test(text)) addPlaces(text, SHAPES, spans);
  return spans;
}

function addPlaces(text: string, places: readonly PlaceOfSecret[], spans: SecretSpan[]): void {
  const isSpaced = /\s/.test(text);
  for (const place of places) {
    if ((place.isSpaced && !isSpaced) || !text.includes(place.sign)) continue;
    const { pattern, isNamed } = place;
    // Not `matchAll`, which makes a new expression of each.
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const [from, to] = match.indices?.groups?.['value'] ?? [0, 0];
      const span = withoutQuotes(text, from, to);
      if (isNamed && !isSecretName(match.groups?.['name'] ?? '')) continue;
      if (mayBeSecret(text.slice(span.from, span.to), isNamed)) spans.push(span);
    }
  }
}

/** Whether the word behind a flag is a secret. A flag of one letter means different things to different programs. */
export function takesSecret(flag: string, programs: readonly string[]): boolean {
  const name = /^--?([A-Za-z][\w.-]*)$/.exec(flag)?.[1];
  if (name === undefined) return false;
  return namesSecret(name) || programs.some((program) => PASSWORD_FLAGS.some(({ of, flags }) => flags.test(flag) && of.test(program)));
}

/** Whether a word is `-phunter2`: these programs take a password without a blank before it. curl's stands behind a name. */
export function isPasswordFlag(word: string, programs: readonly string[]): boolean {
  return mayBePasswordFlag(word) && programs.some((program) => (word.startsWith('-p') ? MYSQL.test(program) : CURL.test(program)));
}

/** Whether it is one, given the right program. */
export function mayBePasswordFlag(word: string): boolean {
  return word.startsWith('-') && (/^-p./s.test(word) || CURL_USER.test(word));
}

const MYSQL = /(?:^|\/)(?:mysql(?:admin|dump|check|import|show|sh)?|mariadb(?:-admin|-dump|-check|-import|-show)?)$/;
const CURL = /(?:^|\/)curl$/;
/** Of the flags that may stand before it in the same word, none takes a value. */
const CURL_USER = /^(?:-[fsSLkivgGINaq]{0,8}u|--(?:proxy-)?user=)[^:\s]{0,200}:./s;

const PASSWORD_FLAGS: readonly { readonly of: RegExp; readonly flags: RegExp }[] = [
  { of: /(?:^|\/)(?:redis|valkey|keydb)-(?:cli|benchmark)$/, flags: /^--?a$/ },
  { of: /(?:^|\/)(?:mongo[a-z]{0,10}|sshpass|docker|podman|helm|skopeo|oras|crane)$/, flags: /^--?p$/ },
  { of: CURL, flags: /^(?:--?user|--proxy-user|-[fsSLkivgGINaq]{0,8}u|-U)$/ },
];

/** Where private keys stand in a text of any length. */
export function privateKeySpans(text: string): SecretSpan[] {
  const spans: SecretSpan[] = [];
  for (let from = text.indexOf('-----BEGIN '); from !== -1; ) {
    const isPrivate = text.slice(from, from + 60).includes('PRIVATE KEY');
    const to = isPrivate ? endOfPrivateKey(text, from + 1) : from + 1;
    if (isPrivate) spans.push({ from, to });
    from = text.indexOf('-----BEGIN ', to);
  }
  return spans;
}

function addFormats(text: string, spans: SecretSpan[]): void {
  for (const { name, pattern } of FORMATS) {
    const every = new RegExp(pattern, 'g');
    for (let match = every.exec(text); match !== null; match = every.exec(text)) {
      const to = name === PRIVATE_KEY ? endOfPrivateKey(text, match.index + 1) : match.index + match[0].length;
      spans.push({ from: match.index, to });
      every.lastIndex = to;
    }
  }
}

function withoutQuotes(text: string, from: number, to: number): SecretSpan {
  const quote = text[from];
  return to - from > 1 && (quote === '"' || quote === "'") && text[to - 1] === quote ? { from: from + 1, to: to - 1 } : { from, to };
}

/** A whole word that may be a name; a longer one is none. */
const NAME = /(?<![\w.-])[\w.-]{2,120}(?![\w.-])/g;
/** A colon without a blank or quote behind it is part of a word, as in an image's tag. */
const SIGN = /(\\?["'])?[ \t]{0,20}(=>?|:=|:(?=[ \t]|\\?["']))[ \t]{0,20}/y;

function addPairs(text: string, spans: SecretSpan[]): void {
  let lineEnd = -1;
  for (const { 0: name, index } of text.matchAll(NAME)) {
    SIGN.lastIndex = index + name.length;
    const sign = SIGN.exec(text);
    if (sign === null || !isSecretName(name.replace(/^-+/, ''))) continue;
    // Looked for once a line, not once a pair: a line may have a hundred thousand.
    if (index > lineEnd) lineEnd = endOfLine(text, index);
    // "NAME=value" in quotes ends with them; "NAME": value does not.
    const opened = sign[1] === undefined ? quoteBefore(text, index) : undefined;
    const span = valueAt(text, index + name.length + sign[0].length, lineEnd, sign[2] ?? '', opened, /[?&]/.test(text[index - 1] ?? ''));
    const value = text.slice(span.from, span.to);
    if (isSecretValue(HEADER.test(name) ? value.replace(/^\w+ +/, '') : value)) spans.push(span);
  }
}

function quoteBefore(text: string, at: number): string | undefined {
  return /\\?["']$/.exec(text.slice(Math.max(0, at - 2), at))?.[0];
}

const LONGEST_VALUE = 2000;
const SHELL_WORD = /(?:"[^"\n]{0,1000}"|'[^'\n]{0,1000}'|\\.|[^\s"'\\]){0,2000}/y;

/** A value ends with its quote, with the quote that was opened before its name, where the next pair begins, or with its word or line. */
function valueAt(text: string, from: number, lineEnd: number, sign: string, opened: string | undefined, isInUrl: boolean): SecretSpan {
  const rest = text.slice(from, Math.min(lineEnd, from + LONGEST_VALUE));
  const own = /^\\?["']/.exec(rest)?.[0];
  const quote = own === undefined || own === opened ? opened : own;
  if (quote !== undefined) {
    const start = quote === opened ? 0 : quote.length;
    const end = closingQuote(rest, start, quote);
    return { from: from + start, to: end === -1 ? lineEnd : from + end };
  }
  if (sign.startsWith(':')) {
    // A mapping, a list, a block, an alias: what is in them is looked at by itself.
    if (/^(?:[{[]|[|>][+-]?\d?\s*$|[*&]\S+\s*$)/.test(rest)) return { from, to: from };
    const next = /[,;](?:\s{1,20}[A-Za-z_][\w.-]{0,100}|\s{0,20}["'][\w.-]{1,100}["'])\s{0,20}[:=]|\s#/.exec(rest);
    return { from, to: next === null ? lineEnd : from + next.index };
  }
  SHELL_WORD.lastIndex = from;
  const word = SHELL_WORD.exec(text)?.[0] ?? '';
  // A password may hold any of these signs: only in a URL, or before a word and its sign, do they begin something else.
  let length = (isInUrl ? /&/ : /[;,](?=[A-Za-z][A-Za-z ]{2,40}=)/).exec(word)?.index ?? word.length;
  while (length > 0 && ';&|'.includes(word[length - 1] ?? '')) length--;
  return { from, to: from + length };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    const isDoubled = quote === "'" && text[at + 1] === "'";
    if (isDoubled) at++;
    // In a text with escapes, an escaped quote goes on; in one that is escaped as a whole, it ends.
    else if (quote.length === 2 || text[at - 1] !== '\\') return at;
  }
  return -1;
}
