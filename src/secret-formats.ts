interface Format {
  readonly name: string;
  /** What is masked: it begins like one. */
  readonly pattern: RegExp;
  /** What is told to be one: as it is issued, from its first to its last character. Without it, whatever is masked. */
  readonly issued?: { test(token: string): boolean };
}

export const PRIVATE_KEY = 'private key';

/**
 * Formats that are secrets wherever they stand. Each pattern begins with a literal where the format does, so that a long text is
 * passed over fast, and takes the whole word, so that all of it is masked (of a private key the first line: see endOfPrivateKey).
 * Repetitions are bounded, or of one class with nothing behind them that could fail. Lengths are those that are documented or
 * that the issuer's own source has; a word that is longer or shorter is masked and no finding.
 */
export const FORMATS: readonly Format[] = [
  { name: PRIVATE_KEY, pattern: /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/ },
  {
    name: 'private key in base64',
    pattern:
      /LS0tLS1CRUdJTi(?:BQUklWQVRFIEtFW|BSU0EgUFJJVkFURSBLR|BFQyBQUklWQVRFIEtFW|BEU0EgUFJJVkFURSBLR|BPUEVOU1NIIFBSSVZBVEUgS|BFTkNSWVBURUQgUFJJVkFURSBLR)[A-Za-z0-9+/=]*(?:\s+[A-Za-z0-9+/=]{16,})*/,
  },
  { name: 'age secret key', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/ },
  { name: '1Password service account token', pattern: /\bops_eyJ[A-Za-z0-9+/_-]{60,}={0,3}/, issued: /^ops_eyJ[A-Za-z0-9+/_-]{250,}={0,3}$/ },
  { name: '1Password secret key', pattern: /\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}\b/ },
  { name: 'Anthropic API key', pattern: /\bsk-ant-[A-Za-z0-9_-]{8,}/ },
  { name: 'OpenAI API key', pattern: /\bsk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}/ },
  { name: 'Perplexity API key', pattern: /\bpplx-[A-Za-z0-9]{32,}/, issued: /^pplx-[A-Za-z0-9]{48}$/ },
  { name: 'Groq key', pattern: /\bgsk_[A-Za-z0-9]{30,}/ },
  { name: 'Hugging Face token', pattern: /\b(?:hf|api_org)_[A-Za-z0-9]{30,}/ },
  { name: 'Stripe key', pattern: /\b[rs]k_(?:live|test|prod)_[A-Za-z0-9]{10,}/ },
  { name: 'Stripe webhook secret', pattern: /\bwhsec_[A-Za-z0-9+/=]{20,}/ },
  { name: 'Square token', pattern: /\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,}/ },
  { name: 'GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/ },
  // Devise's friendly tokens have 20 characters, those in hexadecimal 40 or 64; routable tokens are longer and end with a checksum.
  {
    name: 'GitLab token',
    pattern: /\b(?:gl(?:pat|ptt|dt|rt|rtr|agent|soat|cbt|oas|imt|ft|ffct)-[A-Za-z0-9_-]{16,}(?:\.[0-9a-z]{2,})*|GR1348941[A-Za-z0-9_-]{16,})/,
    issued:
      /^(?:gl(?:pat|dt|soat|ft|ffct|rtr)-[\w-]{20,50}|gl(?:pat|rt|cbt|dt)-[\w-]{27,300}(?:\.[0-9a-z]{2,12}){1,2}|glrt-[\w-]{20,50}|glcbt-(?:[\w]{1,5}_)?[\w-]{20}|glptt-[\w-]{40}|glimt-[\w-]{25}|glagent-[\w-]{50,1024}|gloas-[\w-]{64}|GR1348941[\w-]{20})$/,
  },
  { name: 'AWS access key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/, issued: /^(?!.*EXAMPLE$)/ },
  { name: 'Amazon Bedrock API key', pattern: /\b(?:ABSK[A-Za-z0-9+/]{109,269}={0,2}|bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/=]{20,})/ },
  { name: 'Alibaba Cloud access key', pattern: /\bLTAI[A-Za-z0-9]{12,}/, issued: /^LTAI(?:[A-Za-z0-9]{12}|[A-Za-z0-9]{16}|[A-Za-z0-9]{20})$/ },
  { name: 'Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35,}/, issued: /^AIza[A-Za-z0-9_-]{35}$/ },
  { name: 'Google OAuth secret', pattern: /\b(?:GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,})/ },
  // Three characters, the version and `Q~`, then 31 to 34 more.
  { name: 'Microsoft Entra client secret', pattern: /(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,}/, issued: /^[\w~.]{3}\dQ~[\w~.-]{31,34}$/ },
  { name: 'Slack token', pattern: /\bx(?:ox[abeoprs]|app)-\d[A-Za-z0-9-]{10,}/ },
  { name: 'Slack webhook', pattern: /(?:https?:\/\/)?\bhooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{20,}/ },
  { name: 'Discord webhook', pattern: /https:\/\/(?:[a-z]{1,10}\.)?discord(?:app)?\.com\/api\/webhooks\/[A-Za-z0-9/_-]{20,}/ },
  // The identity, which is a number, in base64, then the time and an HMAC.
  { name: 'Discord token', pattern: /\b[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}/, issued: /^[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}$/ },
  { name: 'Teams webhook', pattern: /https:\/\/[a-z0-9-]{1,60}\.webhook\.office\.com\/[A-Za-z0-9/@_-]{20,}/ },
  { name: 'Telegram token', pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{32,34}/ },
  { name: 'Twilio key', pattern: /\bSK[0-9a-f]{32}\b/ },
  { name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{30,}/ },
  // A macaroon of pypi.org or test.pypi.org: place, identifier and signature alone are more than a hundred characters.
  { name: 'PyPI token', pattern: /\bpypi-[A-Za-z0-9_-]{50,}/, issued: /^pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[\w-]{86,}$/ },
  { name: 'RubyGems key', pattern: /\brubygems_[a-f0-9]{32,}/, issued: /^rubygems_[a-f0-9]{48}$/ },
  { name: 'Clojars token', pattern: /\bCLOJARS_[A-Za-z0-9]{40,}/, issued: /^CLOJARS_[A-Za-z0-9]{60}$/ },
  { name: 'Artifactory key', pattern: /\b(?:AKCp[A-Za-z0-9]{60,}|cmVmdGtuOj[A-Za-z0-9+/=]{40,})/ },
  { name: 'Docker Hub token', pattern: /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/ },
  { name: 'SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/ },
  { name: 'Brevo key', pattern: /\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b/ },
  { name: 'Mailchimp key', pattern: /\b[a-f0-9]{32}-us\d{1,2}\b/ },
  { name: 'HashiCorp Vault token', pattern: /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/ },
  { name: 'Terraform token', pattern: /\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}/, issued: /^[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}$/ },
  { name: 'Pulumi token', pattern: /\bpul-[a-f0-9]{40}\b/ },
  { name: 'OpenShift token', pattern: /\bsha256~[A-Za-z0-9_-]{30,}/, issued: /^sha256~[A-Za-z0-9_-]{43}$/ },
  { name: 'DigitalOcean token', pattern: /\bdo[opr]_v1_[a-f0-9]{40,}/ },
  { name: 'Databricks token', pattern: /\bdapi[a-f0-9]{32}(?:-\d)?\b/ },
  { name: 'Heroku key', pattern: /\bHRKU-[A-Za-z0-9_-]{30,}/, issued: /^HRKU-AA[\w-]{58}$|^HRKU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
  { name: 'Fly.io token', pattern: /\b(?:fo1_[\w-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,}={0,3})/ },
  { name: 'PlanetScale credential', pattern: /\bpscale_(?:tkn|oauth|pw)_[\w=.-]{32,}/ },
  { name: 'Cloudflare token', pattern: /\b(?:cf(?:k|ut|at)_[A-Za-z0-9]{40,}|v1\.0-[a-f0-9]{24}-[a-f0-9]{146})\b/ },
  { name: 'Dynatrace token', pattern: /\bdt0[a-z]\d\d\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}\b/ },
  { name: 'New Relic key', pattern: /\bNR(?:AK|II|RA)-[A-Za-z0-9-]{27,}/ },
  { name: 'Grafana token', pattern: /\bgl(?:sa|c)_[A-Za-z0-9_+/=-]{20,}/, issued: /^gl(?:sa_[A-Za-z0-9_-]{20,}|c_[A-Za-z0-9+/]{32,400}={0,3})$/ },
  { name: 'Grafana API key', pattern: /\beyJrIjoi[A-Za-z0-9+/]{40,}={0,3}/ },
  { name: 'Sentry token', pattern: /\bsntry(?:u_[a-f0-9]{64}|s_eyJ[A-Za-z0-9+/=_-]{40,})/ },
  { name: 'Sourcegraph token', pattern: /\bsgp_(?:(?:[A-Fa-f0-9]{16}|local)_)?[A-Fa-f0-9]{40}\b/ },
  { name: 'Postman key', pattern: /\bPMAK-[A-Fa-f0-9]{24}-[A-Fa-f0-9]{34}\b/ },
  { name: 'Doppler token', pattern: /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}/ },
  { name: 'Prefect key', pattern: /\bpnu_[A-Za-z0-9]{36}\b/ },
  { name: 'Linear key', pattern: /\blin_(?:api|oauth)_[A-Za-z0-9]{32,}/ },
  { name: 'Notion token', pattern: /\b(?:ntn_\d{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})\b/ },
  { name: 'Airtable token', pattern: /\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b/ },
  { name: 'Atlassian token', pattern: /\bAT[AC]TT3[A-Za-z0-9_=-]{60,}/ },
  { name: 'Adobe client secret', pattern: /\bp8e-[A-Za-z0-9]{32}\b/ },
  { name: 'Octopus Deploy key', pattern: /\bAPI-[A-Z0-9]{26}\b/ },
  { name: 'ReadMe key', pattern: /\brdme_[a-z0-9]{70}\b/ },
  { name: 'Shippo token', pattern: /\bshippo_(?:live|test)_[A-Fa-f0-9]{40}\b/ },
  { name: 'EasyPost key', pattern: /\bEZ[AT]K[A-Za-z0-9]{54}\b/ },
  { name: 'Duffel token', pattern: /\bduffel_(?:live|test)_[A-Za-z0-9_=-]{43}/ },
  { name: 'Harness key', pattern: /\b[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}\b/ },
  { name: 'MaxMind license key', pattern: /\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b/ },
  { name: 'Facebook access token', pattern: /\bEAA[A-Z][A-Za-z0-9]{100,}/ },
  { name: '42 client secret', pattern: /\bs-s4t2(?:ud|af)-[a-f0-9]{64}\b/ },
  { name: 'Shopify token', pattern: /\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}/ },
  { name: 'Laravel application key', pattern: /\bbase64:[A-Za-z0-9+/]{43}=/ },
  // The claims can be read without the signature, and the signature may be empty.
  { name: 'JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?/, issued: { test: hasJoseHeader } },
];

/** The first part of a web token is JSON and says how it was signed (RFC 7515 4.1.1). */
function hasJoseHeader(token: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString());
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch {
    return false;
  }
}

/** Something that every format has: how it begins, for most of them. */
export const MAY_HAVE_FORMAT =
  /\b(?:AGE-SECRET|ops_eyJ|A3-[A-Z0-9]{6}-|sk-|pplx-|gsk_|hf_|api_org_|[rs]k_(?:live|test|prod)|whsec_|sq0|gh[pousr]_|github_pat|gl[a-z]{1,5}[-_]|GR1348941|A[BCKS][A-Z][A-Z0-9]{17}|ABSK|bedrock-api-key|LTAI|AIza|GOCSPX|ya29|xox|xapp|[MNO][\w-]{23,25}\.[\w-]{6}\.|SK[0-9a-f]{32}|npm_|pypi-|rubygems_|CLOJARS_|AKCp|cmVmdGtuOj|dckr_|SG\.|xkeysib|hv[sbr]\.|pul-|sha256~|do[opr]_v1|dapi|HRKU-|fo1_|fm[12]|pscale_|cf(?:k|ut|at)_|v1\.0-|dt0[a-z]|NR[A-Z]{2}-|eyJ|sntry|sgp_|PMAK-|dp\.|pnu_|lin_|ntn_|secret_[A-Za-z0-9]{43}|pat[A-Za-z0-9]{14}\.|[ps]at\.|AT[AC]TT3|p8e-|API-|rdme_|shippo_|EZ[AT]K|duffel_|EAA[A-Z]|s-s4t2|shp(?:at|ca|pa|ss)_|base64:)|-----BEGIN|LS0tLS1|Q~|:AA|hooks\.slack|webhook|-us\d|atlasv1|_mmk/;

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
