import { describe, expect, test } from 'vitest';
import { FORMATS } from '../src/secret-formats.ts';
import {
  detectSecret,
  isPasswordFlag,
  isReference,
  isSecretUnder,
  isSecretValue,
  isStandIn,
  MASK,
  maskSecrets,
  maskShapes,
  maskSpans,
  namesSecret,
  privateKeySpans,
  takesSecret,
} from '../src/sensitive.ts';

// What looks like a live credential to a scanner of this repository is put together here.
const join = (...parts: readonly string[]): string => parts.join('');
/** So many characters, mixed, and nothing that anybody issued. */
const filler = (length: number, alphabet = 'EXAMPLEnotAtoken0123456789'): string => alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length);
const hex = (length: number): string => filler(length, '0123456789abcdef');
const upper = (length: number): string => filler(length, 'EXAMPLENOTAKEY0123456789');
const TOKENS: readonly (readonly [string, string])[] = [
  ['Anthropic API key', 'sk-ant-EXAMPLE-NOT-A-KEY'],
  ['OpenAI API key', join('sk-', 'proj-EXAMPLEnotAkey0EXAMPLE')],
  ['Stripe key', join('sk_', 'live_EXAMPLEnotAkey')],
  ['GitHub token', join('ghp', '_EXAMPLEnotAtoken0123456789')],
  ['GitHub token', join('github', '_pat_EXAMPLEnotAtoken0123456789')],
  ['GitLab token', join('gl', 'pat-EXAMPLEnotAtoken0123')],
  ['AWS access key', join('AKIA', 'EXAMPLENOTAKEY00')],
  ['Google API key', join('AI', 'zaEXAMPLEnotAkey0EXAMPLEnotAkey012345')],
  ['Slack token', join('xoxb', '-0123456789-EXAMPLEnot')],
  ['Slack webhook', join('https://hooks.slack', '.com/services/T00000000/B00000000/EXAMPLENOTAHOOK')],
  ['Discord webhook', join('https://discord', '.com/api/webhooks/0123456789/EXAMPLEnotAhook')],
  ['npm token', join('npm', '_EXAMPLEnotAtoken0123456789EXAMPLE')],
  ['Docker Hub token', join('dckr', '_pat_EXAMPLEnotAtoken01234')],
  ['Hugging Face token', join('hf', '_EXAMPLEnotAtoken0123456789EXAMPLE')],
  ['SendGrid key', join('SG', '.EXAMPLEnotAkey01.EXAMPLEnotAkey0123456')],
  ['HashiCorp Vault token', join('hvs', '.EXAMPLEnotAtoken0123456')],
  ['Telegram token', join('0123456789', ':AAEXAMPLEnotAtoken0123456789EXAMPLEx')],
  ['JSON web token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.EXAMPLE'],
  ['JSON web token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ'],
  ['GitLab token', join('glp', 'tt-EXAMPLEnotAtoken0123EXAMPLEnotAtoken0123')],
  ['GitLab token', join('gl', 'pat-EXAMPLEnotAtoken0123EXAMPLE.01.0abcdefgh')],
  ['PyPI token', join('py', 'pi-AgEIcHlwaS5vcmc', 'EXAMPLEnotAtoken0123'.repeat(5))],
  ['Microsoft Entra client secret', join('EXA8', 'Q~EXAMPLE-not-a-secret-EXAMPLE~12')],
  ['Discord token', join('MEXAMPLEnotAtoken0123456.', 'EXAMPL.EXAMPLEnotAtoken0123EXAMPLE')],
  ['Amazon Bedrock API key', join('AB', 'SK', 'EXAMPLEnotAkey0123+/'.repeat(6))],
  ['Artifactory key', join('AK', 'Cp', 'EXAMPLEnotAkey0123'.repeat(4))],
  ['OpenShift token', join('sha', '256~EXAMPLEnotAtoken0123-EXAMPLEnotAtoken0123_E')],
  ['Databricks token', join('da', 'pi0123456789abcdef0123456789abcdef')],
  ['Pulumi token', join('pul', '-0123456789abcdef0123456789abcdef01234567')],
  ['Terraform token', join('EXAMPLEnotAtok.atlas', 'v1.', 'EXAMPLEnotAtoken0123'.repeat(3))],
  ['Perplexity API key', join('pp', 'lx-', 'EXAMPLEnotAkey01'.repeat(3))],
  ['Sourcegraph token', join('sg', 'p_0123456789abcdef0123456789abcdef01234567')],
  ['Mailchimp key', join('0123456789abcdef0123456789abcdef', '-us21')],
  ['Cloudflare token', join('cfu', 't_EXAMPLEnotAtoken0123EXAMPLEnotAtoken0123EXAMPL')],
  ['Notion token', join('nt', 'n_01234567890EXAMPLEnotAtoken0123EXAMPLEnotAtoke')],
  ['Atlassian token', join('ATA', 'TT3', 'EXAMPLEnotAtoken0123'.repeat(4))],
  ['Grafana token', join('gl', 'sa_EXAMPLEnotAtoken0123EXAMPLEnotA_0123abcd')],
  ['Grafana token', join('gl', 'c_', filler(60))],
  ['age secret key', join('AGE-SECRET', '-KEY-1', upper(58))],
  ['1Password service account token', join('op', 's_eyJ', filler(260))],
  ['1Password secret key', join('A', '3-EXAMPL-ENOTAKEY012-34567-89EXA-MPLE0')],
  ['Groq key', join('gs', 'k_', filler(52))],
  ['Stripe webhook secret', join('wh', 'sec_', filler(32))],
  ['Square token', join('sq', '0atp-', filler(22))],
  ['Alibaba Cloud access key', join('LT', 'AI', filler(20))],
  ['Google OAuth secret', join('GOC', 'SPX-', filler(28))],
  ['Teams webhook', join('https://example.webhook', '.office.com/webhookb2/', filler(40))],
  ['Twilio key', join('S', 'K', hex(32))],
  ['RubyGems key', join('ruby', 'gems_', hex(48))],
  ['Clojars token', join('CLO', 'JARS_', filler(60))],
  ['Brevo key', join('xkey', 'sib-', hex(64), '-', filler(16))],
  ['DigitalOcean token', join('do', 'p_v1_', hex(64))],
  ['Heroku key', join('HR', 'KU-AA', filler(58))],
  ['Fly.io token', join('fo', '1_', filler(43))],
  ['PlanetScale credential', join('psc', 'ale_tkn_', filler(43))],
  ['Dynatrace token', join('dt0', 'c01.', upper(24), '.', upper(64))],
  ['New Relic key', join('NR', 'AK-', upper(27))],
  ['Sentry token', join('sn', 'tryu_', hex(64))],
  ['Postman key', join('PM', 'AK-', hex(24), '-', hex(34))],
  ['Doppler token', join('dp', '.pt.', filler(43))],
  ['Prefect key', join('pn', 'u_', filler(36))],
  ['Linear key', join('li', 'n_api_', filler(40))],
  ['Airtable token', join('pa', 't', filler(14), '.', hex(64))],
  ['Adobe client secret', join('p8', 'e-', filler(32))],
  ['Octopus Deploy key', join('AP', 'I-', upper(26))],
  ['ReadMe key', join('rd', 'me_', hex(70))],
  ['Shippo token', join('ship', 'po_live_', hex(40))],
  ['EasyPost key', join('EZ', 'AK', filler(54))],
  ['Duffel token', join('duf', 'fel_live_', filler(43))],
  ['Harness key', join('pa', 't.', filler(22), '.', filler(24), '.', filler(20))],
  ['MaxMind license key', join(filler(6), '_', filler(29), '_m', 'mk')],
  ['Facebook access token', join('EA', 'AM', filler(120))],
  ['42 client secret', join('s-s4', 't2ud-', hex(64))],
  ['Shopify token', join('shp', 'at_', hex(32))],
  ['Laravel application key', join('base', '64:', filler(43), '=')],
  ['Grafana API key', join('ey', 'JrIjoi', 'EXAMPLEnotAkey0123'.repeat(4))],
  ['private key', '-----BEGIN EC PRIVATE KEY-----\nEXAMPLE\n-----END EC PRIVATE KEY-----'],
  ['private key in base64', Buffer.from('-----BEGIN RSA PRIVATE KEY-----\nEXAMPLE+NOT+A+KEY\n').toString('base64')],
];

describe('names', () => {
  test.each([
    'PASSWORD',
    'DB_PASSWORD',
    'dbPassword',
    'db.password',
    'db-password',
    'POSTGRES_PASSWORD',
    'PGPASSWORD',
    'MYSQL_PWD',
    'pwd',
    'DB_PASS',
    'DB_PW',
    'passphrase',
    'SSH_PASSPHRASE',
    'SECRET',
    'CLIENT_SECRET',
    'clientSecret',
    'JWT_SECRET',
    'SECRET_KEY',
    'SECRET_KEY_BASE',
    'DJANGO_SECRET_KEY',
    'API_KEY',
    'apiKey',
    'OPENAI_API_KEY',
    'APIKEY',
    'PRIVATE_KEY',
    'privateKey',
    'ACCESS_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'ENCRYPTION_KEY',
    'MASTER_KEY',
    'TOKEN',
    'GITHUB_TOKEN',
    'accessToken',
    'TOKEN_2',
    'PASSWORD1',
    'PASSWORD_PROD',
    'API_KEY_OLD',
    'TOKEN_VALUE',
    'PASSWORD_BASE64',
    'client-key-data',
    'PRIVATE_KEY_PEM',
    'OCI_CLI_KEY_CONTENT',
    'SENTRY_DSN',
    'CONNECTION_STRING',
    'ConnectionString',
    'CREDENTIALS',
    'AWS_CREDENTIALS',
    'SALT',
    'requirepass',
    'masterauth',
    '.dockerconfigjson',
    'COOKIE_SECRET',
    'SESSION_SECRET',
    'x-api-key',
    'JWT',
  ])('%s names a secret', (name) => {
    expect(namesSecret(name)).toBe(true);
  });

  // The traps of CHECKS.md, secrets-plaintext-in-spec.
  test.each([
    'AUTH_SECRET_NAME',
    'secretName',
    'TOKEN_TTL',
    'PASSWORD_MIN_LENGTH',
    'API_KEY_PREFIX',
    'SECRET_PATH',
    'POSTGRES_PASSWORD_FILE',
    'PGPASSFILE',
    'KEYCLOAK_URL',
    'KEYCLOAK',
    'TOKENIZERS_PARALLELISM',
    'TOKENIZER',
    'MAX_TOKENS',
    'LLM_MAX_TOKENS',
    'NUM_TOKENS',
    'CALIBER_CONTEXT_REST_TOKEN_BUDGET',
    'TOKEN_BUDGET',
    'PUBLIC_KEY',
    'PUBLIC_KEY_PEM',
    'SSH_PUBLIC_KEY',
    'CACHE_KEY',
    'FOREIGN_KEY',
    'KEY',
    'key',
    'PWD',
    'OLDPWD',
    'PATH',
    'name',
    'BYPASS',
    'COMPASS',
    'TOKEN_URL',
    'TOKEN_ENDPOINT',
    'TOKEN_ISSUER',
    'JWT_ALGORITHM',
    'JWT_AUDIENCE',
    'SECRET_REF',
    'SECRET_STORE',
    'PASSWORD_POLICY',
    'PASSWORD_HASH',
    'CREDENTIALS_FILE',
    'ACCESS_KEY_ID',
    'TOKEN_COUNT',
    'TOKEN_CACHE_SIZE',
    'MONKEY',
    'TURKEY',
    'AUTHOR',
    '',
  ])('%s does not', (name) => {
    expect(namesSecret(name)).toBe(false);
  });

  test('a name without end is none', () => {
    expect(namesSecret(`${'A'.repeat(1_000_000)}_PASSWORD`)).toBe(false);
  });
});

describe('values', () => {
  test.each(['hunter2', 'changeme', 'p', '1234', 'yes!', '/Ab3dEf', '12345s', 'a b', '$2y$10$abc', '${DB_PASSWORD:-hunter2}', '${db.password:hunter2}', '${A-b}'])(
    '%j is a secret under a name that says so',
    (value) => {
      expect(isSecretValue(value)).toBe(true);
    },
  );

  test.each([
    '',
    ' ',
    '$(DB_PASSWORD)',
    '${DB_PASSWORD}',
    '$DB_PASSWORD',
    '${DB_PASSWORD:?is missing}',
    '${DB_PASSWORD:-}',
    '${A:-${B}}',
    '${A:-$B}',
    '${env:PASSWORD}',
    '${secrets:db}',
    '{{ .Values.password }}',
    '<password>',
    '[REDACTED]',
    '%PASSWORD%',
    'vault:secret/db#password',
    'op://vault/db/password',
    'ENC[AES256_GCM,data:x]',
    'arn:aws:secretsmanager:eu:1:secret:x',
    '***',
    '•••',
    'xxxx',
    'REDACTED',
    'null',
    'none',
    'true',
    'Yes',
    'disabled',
    '/run/secrets/db',
    './password.txt',
    '../x',
    'file:///x',
    '/password.txt',
    '30',
    '15m',
    '1',
  ])('%j is not', (value) => {
    expect(isSecretValue(value)).toBe(false);
  });

  test('a reference with a default is one only where its default is', () => {
    expect(['${A}', '${A:?x}', '${A:-${B}}', '${vault:x}'].map(isReference)).toEqual([true, true, true, true]);
    expect(['${A:-x}', 'x${A}', '$', '$1'].map(isReference)).toEqual([false, false, false, false]);
    expect(['****', 'x', '...', 'N/A', 'xy'].map(isStandIn)).toEqual([true, true, true, true, false]);
  });
});

describe('shapes', () => {
  test.each(TOKENS)('%s', (name, token) => {
    expect(detectSecret(token)).toBe(name);
    expect(detectSecret(`--flag="${token}" x`)).toBe(name);
    expect(maskSecrets(`before ${token} after`)).not.toContain(token.slice(8, 24));
  });

  test('every format has a token here', () => {
    const names = new Set(TOKENS.map(([name]) => name));
    for (const { name } of FORMATS) expect(names).toContain(name);
  });

  test.each<[string, string | undefined]>([
    ['postgres://app:hunter2@db:5432/app?sslmode=require', 'password in a URL'],
    ['redis://:hunter2@cache:6379/0', 'password in a URL'],
    ['mongodb+srv://u:hunter2@a.b,c.d/x', 'password in a URL'],
    ['jdbc:postgresql://db/app?user=a&password=hunter2', 'password in a connection string'],
    ['Server=db;Uid=a;Pwd=hunter2;', 'password in a connection string'],
    ['host=db password=hunter2 user=a', 'password in a connection string'],
    ['Authorization: Bearer abcdef0123456789', 'authorization header'],
    ['bearer abcdef0123456789', 'authorization header'],
    ['postgres://app@db/app', undefined],
    ['postgres://app:$(PW)@db/app', undefined],
    ['postgres://app:${PW}@db/app', undefined],
    ['postgres://app:****@db/app', undefined],
    ['http://host:8080/path@v1', undefined],
    ['http://host:8080?mail=a@b.c', undefined],
    ['git@github.com:a/b.git', undefined],
    ['Basic authentication is switched off', undefined],
    ['Authorization: Bearer $TOKEN', undefined],
    // The second of two decides where the first is filled in.
    ['postgres://app:$(PW)@db/app postgres://app:hunter2@db/app', 'password in a URL'],
    ['DefaultEndpointsProtocol=https;AccountName=a;AccountKey=EXAMPLE+not0a0key==', 'password in a connection string'],
    ['//registry.npmjs.org/:_authToken=01234567-89ab-cdef-0123-456789abcdef', 'npm registry token'],
    ['//registry.example.com:8443/npm/:_auth = RVhBTVBMRTpOT1Q=', 'npm registry token'],
    ['//registry.npmjs.org/:_authToken=${NPM_TOKEN}', undefined],
    ['//registry.npmjs.org:_authToken=hunter2hunter2', undefined],
    ['{"db": {"user": "app", "password": "hunter2"}}', 'value of password'],
    ['{\\"clientSecret\\": \\"hunter2\\"}', 'value of clientSecret'],
    ['{"password": "${PW}", "passwordFile": "pw.txt", "secretName": "db"}', undefined],
    ['state === "pass" ? "pass" : "failed"', undefined],
    ['<password>hunter2</password>', 'value of password'],
    ["CREATE USER app WITH PASSWORD 'hunter2';", 'password in SQL'],
    ["ALTER USER 'app'@'%' IDENTIFIED BY 'hunter2';", 'password in SQL'],
    ["CREATE ROLE app LOGIN PASSWORD '${PW}'", undefined],
    ["the password 'hunter2' is too short", undefined],
    ['curl -u me:hunter2 https://x', 'password in a command'],
    ['curl -s --user "me":"hunter2" https://x', 'password in a command'],
    ["curl -sw '%{http_code}' --user 'me@example.com:hunter2' https://x", 'password in a command'],
    ['curl -u "EXAMPLE0not0a0key:" https://x', 'password in a command'],
    ['curl -u "$USER:$PASSWORD" https://x', undefined],
    ['curl -u "me:${PASSWORD}" https://x', undefined],
    ['curl -u "$1:$2" https://x', undefined],
    ['curl -u ":" https://x', undefined],
    ['curl -u "me:" https://x', undefined],
    ['curl -u me https://x:8080', undefined],
    ["curl -H 'Authorization: 01234567-89ab-cdef-0123-456789abcdef' https://x", 'value of Authorization'],
    ['curl -H "X-Octopus-ApiKey: EXAMPLE-not-a-key" https://x', 'value of X-Octopus-ApiKey'],
    ['wget --header="X-Api-Key: EXAMPLE-not-a-key" https://x', 'value of X-Api-Key'],
    ['curl -H "X-Api-Key: $KEY" -H "Authorization: Basic ..." https://x', undefined],
    ['curl -H "Authorization: Bearer <your token>" https://x', undefined],
    ['curl -H "Content-Type: application/json" https://x', undefined],
    ['mysqladmin ping -uroot -phunter2', 'password in a command'],
    ['mysql -uroot -p"$MYSQL_ROOT_PASSWORD" -e x', undefined],
    ['docker run -p 8080:80 nginx', undefined],
    ['docker login -u me -p hunter2', 'password in a command'],
    ['https://x/api?access_token=ACCESS_TOKEN', undefined],
    ['https://x/api?access_token={token}', undefined],
    ['password=$(PW)', undefined],
    ['postgres://app:${PW:-hunter2}@db/app', 'password in a URL'],
    ['sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', undefined],
    ['-----BEGIN CERTIFICATE-----', undefined],
    [join('ghp', '_xxxxxxxxxxxxxxxxxxxxxxxxxxxx'), undefined],
    [join('AKIA', 'XXXXXXXXXXXXXXXX'), undefined],
    // The key of the vendor's own examples.
    [join('AKIA', 'IOSFODNN7EXAMPLE'), undefined],
    // Too long, too short, of another alphabet.
    [join('AI', 'zaEXAMPLEnotAkey0EXAMPLEnotAkey0123456789'), undefined],
    [join('gl', 'dt-EXAMPLEnotAtoken0'), undefined],
    [join('glp', 'tt-EXAMPLEnotAtoken0123EXAMPLEnotAtoken01234'), undefined],
    [join('py', 'pi-AgEIcHlwaS5vcmc', 'EXAMPLEnotAtoken0123'.repeat(3)), undefined],
    [join('EXA8', 'Q~EXAMPLE-not-a-secret-EXAMPLE~1234567'), undefined],
    [join('PEXAMPLEnotAtoken0123456.', 'EXAMPL.EXAMPLEnotAtoken0123EXAMPLE'), undefined],
    [join('sha', '256~XXXXXXXX_PUT_YOUR_TOKEN_HERE_XXXXXXXXXXXXX'), undefined],
    [join('gl', 'c_1111111111111111111111111111111111111111='), undefined],
    [join('xoxe.xo', 'xp-1-RANDOMSTRINGHERE'), undefined],
    ['eyJub3RfYV9oZWFkZXI.eyJzdWIiOiJub2JvZHkifQ.EXAMPLE', undefined],
    ['eyJub3QiOiJhIGhlYWRlciJ9.eyJzdWIiOiJub2JvZHkifQ.EXAMPLE', undefined],
    ['https://x/2018-250-xoxo-indieweb-1.jpg', undefined],
    ['123e4567-e89b-12d3-a456-426614174000', undefined],
    ['short', undefined],
  ])('%j is %s', (text, kind) => {
    expect(detectSecret(text)).toBe(kind);
  });
});

describe('a secret that its name tells', () => {
  test.each([
    ['DB_PASSWORD', 'hunter2'],
    ['DB_PASSWORD', 'changeme'],
    // Whoever makes a password up may choose these words, and then everybody knows it.
    ['DB_PASSWORD', 'your_password'],
    ['API_KEY', 'EXAMPLE-not-a-key'],
    ['DB_PASSWORD', '${DB_PASSWORD:-hunter2}'],
    ['spring.datasource.password', '${db.password:hunter2}'],
    ['PASSWORD_CRYPTED', '$2y$10$EXAMPLEnotAhash'],
    ['API_TOKEN', '${TOKEN:-hunter2}'],
    ['API_TOKEN', '0123456789'],
    ['CLIENT_SECRET', 'hereafter'],
    ['WEBHOOK_SECRET', 'hunter2'],
    ['TLS_SECRET', 'Hunter2!'],
    ['AFRICA_SECRET', 'hunter2'],
  ])('%s=%s', (name, value) => {
    expect(isSecretUnder(name, value)).toBe(true);
  });

  test.each([
    ['DB_PASSWORD', '${DB_PASSWORD:=$2}'],
    ['DB_PASSWORD', '`cat /run/secrets/db`'],
    ['DB_PASSWORD', '{password}'],
    ['DB_PASSWORD', 'prefix-$(DB_PASSWORD)'],
    ['DB_PASSWORD', 'prefix-${DB_PASSWORD}'],
    ['DB_PASSWORD', '$1'],
    ['DB_PASSWORD', '%s'],
    ['DB_PASSWORD', '@DB_PASSWORD@'],
    ['DB_PASSWORD', 'MY_DB_PASSWORD'],
    ['API_KEY', 'your-api-key'],
    ['API_KEY', 'YOUR_API_KEY_HERE'],
    ['API_KEY', 'insert_key_here'],
    ['API_KEY', 'put your own secret key here'],
    ['API_TOKEN', 'pplx-xxxxxxxxxxxxxxxx'],
    ['API_TOKEN', '11111111111111111111'],
    ['TOKEN_TTL', '3600'],
    ['webhook-ca-secret', 'cert-manager-webhook-ca'],
    ['TLS_SECRET', 'shop/web-tls'],
    ['imagePullSecret', 'regcred'],
    ['initial-cluster-token', 'etcd-cluster-1'],
  ])('not %s=%s', (name, value) => {
    expect(isSecretUnder(name, value)).toBe(false);
    if (/^API/.test(name)) expect(maskSecrets(`${name}="${value}"`)).toBe(`${name}="${MASK}"`);
  });
});

describe('masking free text', () => {
  const shown = (text: string): string => maskSecrets(text);

  test.each<[string, string]>([
    ['DB_PASSWORD=hunter2', `DB_PASSWORD=${MASK}`],
    ['export DB_PASSWORD="hun ter2" x', `export DB_PASSWORD="${MASK}" x`],
    ["DB_PASSWORD='it''s' x", `DB_PASSWORD='${MASK}' x`],
    ['DB_PASSWORD=a"b c"d e', `DB_PASSWORD=${MASK} e`],
    ['DB_PASSWORD=hun,ter;2 x', `DB_PASSWORD=${MASK} x`],
    ['DB_PASSWORD=hunter2; exec server', `DB_PASSWORD=${MASK}; exec server`],
    ['"DB_PASSWORD=hun ter2", "A=b"', `"DB_PASSWORD=${MASK}", "A=b"`],
    ['# password: hunter 2, is it # c', `# password: ${MASK} # c`],
    ['{"password": "a\\"b", "b": 1}', `{"password": "${MASK}", "b": 1}`],
    ['{\\"password\\":\\"x y\\",\\"z\\":1}', `{\\"password\\":\\"${MASK}\\",\\"z\\":1}`],
    ['{password: hunter2, user: x}', `{password: ${MASK}, user: x}`],
    ['token := hunter2', `token := ${MASK}`],
    ["'secret' => 'hunter2'", `'secret' => '${MASK}'`],
    ['--password hunter2 --port 80', `--password ${MASK} --port 80`],
    ['--password=hunter2 --port=80', `--password=${MASK} --port=80`],
    ['--set auth.password=hunter2,a=b', `--set auth.password=${MASK}`],
    ['["--requirepass", "hunter2"]', `["--requirepass", "${MASK}"]`],
    ['redis-cli -h x -a hunter2 ping', `redis-cli -h x -a ${MASK} ping`],
    ['mysql -u root -phunter2 db', `mysql -u root -p${MASK} db`],
    ['sshpass -p hunter2 ssh x', `sshpass -p ${MASK} ssh x`],
    ['docker login -u x -p hunter2 r', `docker login -u x -p ${MASK} r`],
    ['curl -u me:hunter2 http://x', `curl -u me:${MASK} http://x`],
    ['curl -u "EXAMPLEnotAkey:" http://x', `curl -u "${MASK}:" http://x`],
    ['openssl rsa -passin pass:hunter2', `openssl rsa -passin pass:${MASK}`],
    ['requirepass hunter2', `requirepass ${MASK}`],
    ['sentinel auth-pass main hunter2', `sentinel auth-pass main ${MASK}`],
    ['sentinel sentinel-pass hunter2', `sentinel sentinel-pass ${MASK}`],
    ['  user admin insecure-password hunter2', `  user admin insecure-password ${MASK}`],
    ['  stats auth admin:hunter2', `  stats auth admin:${MASK}`],
    ['  tcp-check send AUTH\\ hunter2\\r\\n', `  tcp-check send AUTH\\ ${MASK}`],
    ['  tcp-check send "AUTH hunter2\\r\\n"', `  tcp-check send "AUTH ${MASK}`],
    ['  tcp-check send-binary 4155544820', `  tcp-check send-binary ${MASK}`],
    ['  http-check send hdr Authorization Basic\\ aHVudGVyMg', `  http-check send hdr Authorization ${MASK}`],
    ['user default on >hunter2 ~* +@all', `user default on >${MASK} ~* +@all`],
    ['machine x login y password hunter2', `machine x login y password ${MASK}`],
    ['db:5432:app:me:hunter2', `db:5432:app:me:${MASK}`],
    ["ALTER USER x PASSWORD 'hun''ter2'", `ALTER USER x PASSWORD '${MASK}'`],
    ['<password>hunter2</password>', `<password>${MASK}</password>`],
    ['postgres://u:p@ss@db:5/x?password=abc&sslmode=require', `postgres://u:${MASK}@db:5/x?password=${MASK}&sslmode=require`],
    ["postgres://u:hun'ter2@db/x", `postgres://u:${MASK}@db/x`],
    ['DATABASE_URL: "mysql+pymysql://u:hun\\"ter2@db/x"', `DATABASE_URL: "mysql+pymysql://u:${MASK}@db/x"`],
    ['postgres://an app: hunter 2@db/x', `postgres://an app:${MASK}@db/x`],
    ['redis://:hun/ter2@db/0', `redis://:${MASK}@db/0`],
    ['["redis://cache:6379", "--mail=a@example.com"]', '["redis://cache:6379", "--mail=a@example.com"]'],
    ['mongodb://a:27017,b:27017/x?mail=a@example.com', 'mongodb://a:27017,b:27017/x?mail=a@example.com'],
    ['see https://example.com: or write to a@example.com', 'see https://example.com: or write to a@example.com'],
    ['postgres:\\/\\/u:hunter2@db', `postgres:\\/\\/u:${MASK}@db`],
    ['Server=db;Password=hun;ter2;Ssl=true', `Server=db;Password=${MASK};Ssl=true`],
    ['["DB_PASSWORD=", "x"]', '["DB_PASSWORD=", "x"]'],
    ['Authorization: Bearer abcdef0123', `Authorization: ${MASK}`],
    ['X-Api-Key: hunter2', `X-Api-Key: ${MASK}`],
    ['password: ${PW:-hunter2}', `password: ${MASK}`],
  ])('%s', (text, masked) => {
    expect(shown(text)).toBe(masked);
  });

  test.each([
    'image: registry.local/auth-token:1.4',
    'image: token:1.2',
    'secretKeyRef: {name: x, key: password}',
    'secretName: db-password',
    'passwordSecretRef: {name: x}',
    'password: ${PW}',
    'password:',
    'password: |',
    'password: *pw',
    'secrets: [a, b]',
    'tokens: 5',
    'automountServiceAccountToken: false',
    '$DB_PASSWORD',
    '"Authorization: Bearer $TOKEN"',
    'PASSWORD_FILE=/run/secrets/x',
    '--password-file /x',
    'http://host:8080?user=a@b',
    'a sentence about a password',
    'port: 8080',
    '',
  ])('%j stays as it is', (text) => {
    expect(shown(text)).toBe(text);
  });

  test('what is told is masked, whatever was looked at before', () => {
    const texts = [...TOKENS.map(([, token]) => token), 'postgres://a:hunter2@b', 'curl -u me:hunter2 x', "CREATE USER a PASSWORD 'hunter2'", '{"password": "hunter2"}'];
    for (const text of texts) {
      expect(detectSecret(text)).toBeDefined();
      expect(shown(text)).toContain(MASK);
      expect(shown(text)).not.toContain('hunter2');
    }
  });

  test('masking what is masked changes nothing', () => {
    const once = shown('DB_PASSWORD=hunter2 postgres://a:b@c --token x');
    expect(shown(once)).toBe(once);
  });

  test('in sentences of ours, only what is one by its shape', () => {
    expect(maskShapes('secrets.yaml: no such file; https://me:hunter2@x')).toBe(`secrets.yaml: no such file; https://me:${MASK}@x`);
  });

  test('a private key is masked to its end, or to the end of the text', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nEXAMPLE\n-----END OPENSSH PRIVATE KEY-----';
    expect(shown(`a\n${key}\nb`)).toBe(`a\n${MASK}\nb`);
    expect(shown(`a\n${key.slice(0, 40)}`)).toBe(`a\n${MASK}`);
    expect(privateKeySpans(`${key} -----BEGIN CERTIFICATE----- ${key}`)).toHaveLength(2);
  });

  test('spans may touch, overlap, and stand in any order', () => {
    expect(
      maskSpans('abcdefgh', [
        { from: 4, to: 6 },
        { from: 0, to: 2 },
        { from: 1, to: 3 },
        { from: 5, to: 5 },
        { from: 6, to: 7 },
      ]),
    ).toBe(`${MASK}d${MASK}h`);
    expect(maskSpans('abc', [])).toBe('abc');
  });
});

test('flags that take a secret', () => {
  expect(takesSecret('--password', [])).toBe(true);
  expect(takesSecret('-requirepass', [])).toBe(true);
  expect(takesSecret('--password-file', [])).toBe(false);
  expect(takesSecret('--password=x', [])).toBe(false);
  expect(takesSecret('-a', ['/usr/bin/redis-cli'])).toBe(true);
  expect(takesSecret('-a', ['ls'])).toBe(false);
  expect(takesSecret('-p', ['sshpass'])).toBe(true);
  expect(takesSecret('-p', ['docker'])).toBe(true);
  expect(takesSecret('-p', ['nginx'])).toBe(false);
  expect(takesSecret('-u', ['/usr/bin/curl'])).toBe(true);
  expect(takesSecret('--user', ['curl'])).toBe(true);
  expect(takesSecret('-u', ['mysql'])).toBe(false);
  expect(isPasswordFlag('-phunter2', ['CMD', 'mysqladmin'])).toBe(true);
  expect(isPasswordFlag('-p', ['mysql'])).toBe(false);
  expect(isPasswordFlag('-p80:80', ['docker'])).toBe(false);
});

describe('a text of a megabyte costs ten times one of a tenth', () => {
  const pieces = [
    'a',
    'A',
    '-',
    '--',
    '_',
    '.',
    '/',
    '"',
    "'",
    '\\',
    '=',
    ':',
    '<',
    '>',
    '{',
    '$',
    '${',
    '${a:-',
    '{{',
    ' ',
    '\n',
    'a.',
    'a-',
    'a/',
    'a:',
    'a=',
    'a ',
    '"a',
    'aB',
    '://',
    'a://',
    'a://b:',
    'a://b:c',
    'x:1:y:',
    'eyJ',
    'eyJaaaaaaaaaaa.',
    'sk-',
    'xoxb-1',
    'password',
    'password ',
    'password=',
    'password="',
    "password='",
    'password: ',
    'password:"',
    "password '",
    '--password ',
    '--password "',
    '-password',
    'token',
    'secret_',
    'user a ',
    'user a b>',
    'login a password ',
    'mysql ',
    'mysql -p',
    'curl ',
    'curl -u a:',
    'redis-cli ',
    'redis-cli -a',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    '-----END ',
    'LS0tLS1CRUdJTiBQUklWQVRFIEtFWS',
    'LS0tLS1CRUdJTiBQUklWQVRFIEtFWS A',
    '<a>',
    '<password>',
    'authorization: bearer ',
    'bearer ',
    'https://hooks.slack.com/services/',
    'AKIA',
    'base64:',
    'sentinel auth-pass ',
    'requirepass ',
    'identified by ',
    "identified by '",
    '\\"password\\":',
    'é',
    '\u{1F600}',
    'a.eyJ.',
    '0123456789:AA',
    'ENC[',
    'vault:',
    'arn:aws',
    'awssecretsmanager',
    '[a',
    '%A',
    '//a/',
    '/a',
    '"a":"b',
    ',"a":"',
    'curl -u a',
    'curl -u "',
    '-H a: ',
    '--header a:b',
    'create user a ',
    "create user a password '",
    'MAAAAAAAAAAAAAAAAAAAAAAA.',
    'MAAAAAAAAAAAAAAAAAAAAAAA.AAAAAA.',
    'aaa8Q~',
    'glpat-',
    '.0a',
    'ops_eyJ',
    'a-us1',
    'aaaaaaaaaaaaaa.atlasv1.',
    'your ',
    'docker login ',
    'docker ',
  ];
  pieces.push(
    ...['password: ', 'password=', '--password ', 'mysql ', 'user a '].flatMap((begin) =>
      [' ', ';', '&a', ',', '"', 'a', '>', '\\', "''"].map((fill) => begin + fill.repeat(1990)),
    ),
  );
  const cost = (text: string): number => {
    const before = process.cpuUsage();
    maskSecrets(text);
    detectSecret(text);
    namesSecret(text.slice(0, 200));
    isSecretValue(text);
    isSecretUnder('API_TOKEN', text);
    isStandIn(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  /** Below this nobody waits, and what is measured is chance. */
  const UNNOTICED = 150_000;

  test.each(pieces)('%j', (piece) => {
    const fill = (length: number): string => piece.repeat(Math.ceil(length / piece.length));
    const large = cost(fill(1_000_000));
    // Quadratic would be a hundred times.
    if (large > UNNOTICED) expect(large / Math.max(cost(fill(100_000)), 1)).toBeLessThan(40);
  });
});

describe('a line that a shell reads on into the next', () => {
  test.each<[string, string, string]>([
    ['a flag and its value', 'wget --password \\\n    EXAMPLE-hunter2 x', 'EXAMPLE-hunter2'],
    ['with no blank between', 'wget --password=\\\nEXAMPLE-hunter2 x', 'EXAMPLE-hunter2'],
    ['a program and its flag', 'mysql \\\n    -u root \\\n    -pEXAMPLE-hunter2', 'EXAMPLE-hunter2'],
    ['far to the right', `curl \\\n${' '.repeat(60)}-u admin:EXAMPLE-hunter2`, 'EXAMPLE-hunter2'],
    ['with CRLF', 'redis-cli \\\r\n -a \\\r\n EXAMPLE-hunter2', 'EXAMPLE-hunter2'],
  ])('%s', (_, text, value) => {
    expect(maskSecrets(text)).not.toContain(value);
    expect(maskSecrets(text).split('\n')).toHaveLength(text.split('\n').length);
    expect(detectSecret(text)).toBe(detectSecret(text.replaceAll(/\\\r?\n\s*/g, text.includes('=\\') ? '' : ' ')));
  });

  test('and a password in a command is told', () => {
    expect(detectSecret('mysql \\\n    -pEXAMPLE-hunter2')).toBe('password in a command');
  });

  test('what is left to a variable is none', () => {
    expect(detectSecret('wget --password \\\n  "$PASSWORD" x')).toBeUndefined();
  });

  test('takes no longer than the text', () => {
    const text = 'x \\\n -p \\\n'.repeat(20_000);
    expect(maskSecrets(text).length).toBeGreaterThan(0);
  });
});
