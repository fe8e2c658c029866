interface Format {
  readonly name: string;
  readonly pattern: RegExp;
}

export const PRIVATE_KEY = 'private key';

/**
 * Formats that are secrets wherever they stand. Each pattern begins with a literal, so that a long text is passed over fast, and
 * takes the whole secret, so that all of it is masked (of a private key the first line: see endOfPrivateKey). Repetitions are
 * bounded, or of one class with nothing behind them that could fail.
 */
export const FORMATS: readonly Format[] = [
  { name: PRIVATE_KEY, pattern: /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/ },
  {
    name: 'private key in base64',
    pattern:
      /LS0tLS1CRUdJTi(?:BQUklWQVRFIEtFW|BSU0EgUFJJVkFURSBLR|BFQyBQUklWQVRFIEtFW|BEU0EgUFJJVkFURSBLR|BPUEVOU1NIIFBSSVZBVEUgS|BFTkNSWVBURUQgUFJJVkFURSBLR)[A-Za-z0-9+/=]*(?:\s+[A-Za-z0-9+/=]{16,})*/,
  },
  { name: 'age secret key', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/ },
  { name: 'Anthropic API key', pattern: /\bsk-ant-[A-Za-z0-9_-]{8,}/ },
  { name: 'OpenAI API key', pattern: /\bsk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}/ },
  { name: 'Stripe key', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/ },
  { name: 'Stripe webhook secret', pattern: /\bwhsec_[A-Za-z0-9+/=]{20,}/ },
  { name: 'GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/ },
  { name: 'GitLab token', pattern: /\bgl(?:pat|ptt|dt|rt|agent|soat|cbt)-[A-Za-z0-9_-]{16,}/ },
  { name: 'AWS access key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/ },
  { name: 'Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}/ },
  { name: 'Google OAuth secret', pattern: /\b(?:GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,})/ },
  { name: 'Slack token', pattern: /\bx(?:ox[abeoprs]|app)-\d[A-Za-z0-9-]{10,}/ },
  { name: 'Slack webhook', pattern: /https?:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{20,}/ },
  { name: 'Discord webhook', pattern: /https:\/\/(?:[a-z]{1,10}\.)?discord(?:app)?\.com\/api\/webhooks\/[A-Za-z0-9/_-]{20,}/ },
  { name: 'Teams webhook', pattern: /https:\/\/[a-z0-9-]{1,60}\.webhook\.office\.com\/[A-Za-z0-9/@_-]{20,}/ },
  { name: 'Telegram token', pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{32,34}/ },
  { name: 'Twilio key', pattern: /\bSK[0-9a-f]{32}\b/ },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{30,}/ },
  { name: 'PyPI token', pattern: /\bpypi-[A-Za-z0-9_-]{50,}/ },
  { name: 'Docker Hub token', pattern: /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/ },
  { name: 'Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{30,}/ },
  { name: 'Groq key', pattern: /\bgsk_[A-Za-z0-9]{30,}/ },
  { name: 'SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/ },
  { name: 'HashiCorp Vault token', pattern: /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/ },
  { name: 'DigitalOcean token', pattern: /\bdo[opr]_v1_[a-f0-9]{40,}/ },
  { name: 'Grafana token', pattern: /\bgl(?:sa|c)_[A-Za-z0-9_+/=-]{20,}/ },
  { name: 'Shopify token', pattern: /\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}/ },
  { name: 'Laravel application key', pattern: /\bbase64:[A-Za-z0-9+/]{43}=/ },
  { name: 'JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/ },
];

/** Something that every format has. */
export const MAY_HAVE_FORMAT =
  /-----BEGIN|LS0tLS1|AGE-SECRET|sk-|[rs]k_|whsec_|gh[pousr]_|github_pat|gl(?:pat|ptt|dt|rt|agent|soat|cbt)-|AKIA|ASIA|ABIA|ACCA|AIza|GOCSPX|ya29|xox|xapp|:AA|SK[0-9a-f]|hooks\.slack|webhook|npm_|pypi-|dckr_|hf_|gsk_|SG\.|hv[sbr]\.|do[opr]_v1|gl(?:sa|c)_|shp(?:at|ca|pa|ss)_|base64:|eyJ/;

/** The password of a URL, up to the last `@` before a slash; `\/` is how some writers of JSON put a slash. A port is none. */
export const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{0,30}:\\?\/\\?\/[^\s:@/?#'"\\]{0,200}:(?!\d{1,5}[?#])([^\s/'"]{1,500})@/i;
/** A credential that is sent with a request. After `bearer` alone it has a digit, or it would be a word of a sentence. */
export const AUTHORIZATION = /(?:authorization\\?["']?\s{0,5}[:=]\s{0,5}\\?["']?(?:Bearer|Basic|Token)\s{1,5}|\bbearer\s{1,5}(?=[^\s'"]{0,200}\d))([^\s'"\\$(){}<>]{8,})/i;

const FOOTER = /-----END [A-Z0-9 ]{0,60}-{0,5}/y;

/** A private key ends with its last line, or with the text if that was cut. */
export function endOfPrivateKey(text: string, from: number): number {
  const footer = text.indexOf('-----END ', from);
  FOOTER.lastIndex = Math.max(0, footer);
  return footer === -1 || FOOTER.exec(text) === null ? text.length : FOOTER.lastIndex;
}
