/**
 * What looks like a secret: by the name that a value has, and by the shape of the value. One place, because the same
 * knowledge decides a finding and masks the excerpt that shows it; two would disagree, and the difference would leak.
 */

/** Words that make a name secret, unless a later word says that it names, locates, limits or counts the secret. */
const SECRET_WORDS =
  /(?:pass(?:word|wd|phrase|code)?s?|pwd|passw|secrets?|tokens?|api[_-]?keys?|apikeys?|private[_-]?keys?|access[_-]?keys?|secret[_-]?keys?|encryption[_-]?keys?|signing[_-]?keys?|master[_-]?keys?|account[_-]?keys?|shared[_-]?keys?|auth[_-]?keys?|ssh[_-]?keys?|credentials?|creds?|dsn|jwt(?:[_-]?key)?|connection[_-]?strings?|connectionstring|bearer|client[_-]?secret|salt|dockerconfigjson|htpasswd|requirepass|masterauth|pgpass)$/i;

/** Names that hold a secret word and yet hold no secret. */
const HARMLESS_ENDINGS =
  /(?:^|[_.-])(?:file|files|path|paths|dir|directory|name|names|ref|id|ids|ttl|length|len|min|max|prefix|suffix|header|headers|type|types|url|uri|endpoint|host|port|enabled|enable|disabled|required|expiry|expires|expiration|expire|lifetime|timeout|duration|interval|seconds|minutes|hours|days|budget|limit|limits|count|size|algorithm|alg|algo|format|policy|provider|store|manager|issuer|audience|key|mount|version|rotation|hash|digest|class|location|public|regex|pattern|field|column|claim|scope|scopes|strategy|mode|cache|age|retries|attempts)$/i;

/** `…_KEY` is secret when what stands before it says so; `PUBLIC_KEY`, `CACHE_KEY` and `FOREIGN_KEY` are not. */
const SECRET_KEY = /(?:^|[_.-])(?:api|private|access|secret|encryption|signing|master|account|shared|auth|ssh|jwt|session|cookie|hmac|aes|rsa)[_.-]?(?:key|secret)s?$/i;

const HARMLESS_NAMES = /^(?:keycloak|tokenizers?|max[_-]?tokens?|num[_-]?tokens?|public[_-]?keys?|.*[_-]max[_-]?tokens?|.*token[_-]?budget|.*[_-]?csrf.*header.*|pwd|oldpwd)$/i;

/** Names repeat by the thousand in a scan, and few are worth four regular expressions. */
const judgedNames = new Map<string, boolean>();

/** Whether a variable or key with this name is expected to hold a secret. */
export function namesSecret(name: string): boolean {
  let judged = judgedNames.get(name);
  if (judged === undefined) {
    judged = MAY_MATTER.test(name) && judgeName(name);
    if (judgedNames.size < 50_000) judgedNames.set(name, judged);
  }
  return judged;
}

/** Something that every secret name, format and connection string has. Most text has none of it, and is passed over with one look. */
const MAY_MATTER =
  /pass|pwd|secret|token|key|cred|dsn|salt|jwt|auth|bearer|connection|dockerconfig|:\/\/|-----BEGIN|sk-|[rs]k_|gh[pousr]_|github_pat|glpat-|AKIA|ASIA|AIza|xox|npm_|pypi-|hf_|SG\.|eyJ/i;

function judgeName(name: string): boolean {
  const words = splitCamelCase(name);
  if (HARMLESS_NAMES.test(name) || HARMLESS_NAMES.test(words)) return false;
  if (SECRET_KEY.test(words)) return true;
  if (HARMLESS_ENDINGS.test(words)) return false;
  return SECRET_WORDS.test(words) || /(?:password|passwd|secret|passphrase)/i.test(words);
}

function splitCamelCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
}

interface Detector {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Formats that are secrets wherever they stand. Each pattern begins with a literal, so that a long text is passed over fast. */
const DETECTORS: readonly Detector[] = [
  { name: 'private key', pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----/ },
  { name: 'Anthropic API key', pattern: /\bsk-ant-[A-Za-z0-9_-]{8,}/ },
  { name: 'OpenAI API key', pattern: /\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,}/ },
  { name: 'Stripe key', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/ },
  { name: 'GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/ },
  { name: 'GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{16,}/ },
  { name: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { name: 'Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}/ },
  { name: 'Slack token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/ },
  { name: 'Slack webhook', pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,}/ },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{30,}/ },
  { name: 'PyPI token', pattern: /\bpypi-[A-Za-z0-9_-]{50,}/ },
  { name: 'Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{30,}/ },
  { name: 'SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/ },
  { name: 'JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/ },
];

const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:@/?#'"]{0,200}:([^\s@/'"]{1,500})@/i;
const URL_PARAMETER = /[?&;](?:password|pwd|passwd|api_?key|access_?token|token|secret)=([^&\s;'"]{1,500})/i;
const PAIR = /(?:^|[\s;,])(?:password|pwd|passwd)\s*=\s*('[^']*'|"[^"]*"|[^\s;,]{1,500})/i;

/** Names the kind of secret that a text holds, whatever it is called; undefined where it holds none that can be told by shape. */
export function detectSecret(text: string): string | undefined {
  if (text.length < 8 || !MAY_MATTER.test(text)) return undefined;
  for (const { name, pattern } of DETECTORS) if (pattern.test(text)) return name;
  const inUrl = URL_PASSWORD.exec(text)?.[1];
  if (inUrl !== undefined && !isReference(inUrl) && !isStandIn(inUrl)) return 'password in a URL';
  const parameter = (URL_PARAMETER.exec(text) ?? PAIR.exec(text))?.[1];
  if (parameter !== undefined && !isReference(parameter) && !isStandIn(parameter)) return 'password in a connection string';
  return undefined;
}

/** `$(NAME)`, `${NAME}`, `$NAME`, `{{ … }}`, `<name>` and the like: filled in by somebody else. */
export function isReference(value: string): boolean {
  return /^(?:\$\([^)]*\)|\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*|\{\{.*\}\}|%[A-Z_]+%|<[^<>]*>|\[[A-Za-z _-]+\]|ENC\[.*\]|vault:.*|(?:arn:aws|projects\/).*|(?:aws|gcp|azure)?[a-z]*secretsmanager:.*|(?:op|ref\+[a-z]+|secretref|awssm|gcpsm|azurekeyvault|berglas|bao):\/\/.*)$/is.test(
    value.trim(),
  );
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
  if (/^(?:\/|\.\.?\/|file:\/\/)[\w./-]*$/.test(text)) return false;
  if (/^\d{1,3}[smhd]?$/.test(text)) return false;
  return true;
}

export const MASK = '•••';

/** Masks whatever in a line of free text looks like a secret. For text whose structure is not known: comments, Dockerfiles. */
export function maskSecrets(text: string): string {
  if (!MAY_MATTER.test(text)) return text;
  let masked = text;
  for (const { pattern } of DETECTORS) masked = masked.replaceAll(new RegExp(pattern, 'g'), MASK);
  masked = masked.replaceAll(new RegExp(URL_PASSWORD, 'gi'), (whole, password: string) => whole.replace(`:${password}@`, `:${MASK}@`));
  masked = masked.replaceAll(/([A-Za-z0-9_.-]{2,80})(["']?\s*[:=]\s*)(["']?)([^\s"',;]{1,2000})\3/g, (whole, name: string, sign: string, quote: string, value: string) =>
    namesSecret(name) && isSecretValue(value) && !value.startsWith(MASK) ? `${name}${sign}${quote}${MASK}${quote}` : whole,
  );
  return masked.replaceAll(
    /(--?(?:requirepass|password|passwd|secret|token|api-key|masterauth)[= ]+)(["']?)([^\s"',]{1,2000})\2/gi,
    (whole, flag: string, quote: string, value: string) => (isReference(value) || value.startsWith('-') ? whole : `${flag}${quote}${MASK}${quote}`),
  );
}
