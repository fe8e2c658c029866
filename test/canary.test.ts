import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formats } from '../src/report/formats.ts';
import { seaworthy, temporaryFolder, write } from './cli/run.ts';

/**
 * Passwords are planted wherever people put them, and none may come out again. Only what is clearly a secret is planted: under a
 * secret's name, behind a flag, in a URL, in a Secret, in a key block, in a known format.
 */

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const PLAIN = `${LETTERS}23456789`;
/** What passwords have, and YAML, URLs, shells and JSON trip over. */
const SPICY = `${PLAIN}!$%&/()=?+*~#,;.:-_<>|^@"'\\`;

function password(alphabet: string): string {
  const body = Array.from({ length: 18 }, () => alphabet[randomInt(alphabet.length)]).join('');
  // Begins and ends with letters, so that neither quotes nor a `$` make something else of it.
  return LETTERS[randomInt(LETTERS.length)] + body.replaceAll('$(', 'S(').replaceAll('${', 'S{') + LETTERS[randomInt(LETTERS.length)];
}

interface Planted {
  readonly value: string;
  readonly file: string;
}

const planted: Planted[] = [];

/** One password more, which stands in a file. */
type Plant = (alphabet?: string) => string;

const single = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const double = (value: string): string => JSON.stringify(value);
const base64 = (value: string): string => Buffer.from(value).toString('base64');

const container = (lines: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers:
        - name: app
          image: nginx
${lines.replaceAll(/^/gm, '          ')}
`;
const objectOf = (kind: string, lines: string): string => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: NAME, namespace: default}\n${lines}\n`;
const service = (lines: string): string => `services:\n  web:\n    image: nginx\n${lines.replaceAll(/^/gm, '    ')}\n    privileged: true\n`;

/** Files, by what they are called; each is written several times with passwords of its own. */
const PLACES: Readonly<Record<string, (plant: Plant) => string>> = {
  'env-single.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value: ${single(plant(SPICY))}`),
  'env-double.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value: ${double(plant(SPICY))}`),
  'env-plain.yaml': (plant) => container(`env:\n  - name: API_TOKEN\n    value: ${plant()}`),
  'env-flow.yaml': (plant) => container(`env: [{name: API_KEY, value: ${double(plant(SPICY))}}, {name: A, value: b}]`),
  'env-value-first.yaml': (plant) => container(`env:\n  - value: ${single(plant(SPICY))}\n    name: CLIENT_SECRET`),
  'env-value-far-from-name.yaml': (plant) =>
    container(`env:\n  - value: |\n      ${Array.from({ length: 8 }, () => plant()).join('\n      ')}\n      ${'x'.repeat(3000)}\n    name: PRIVATE_KEY`),
  'env-upper.yaml': (plant) =>
    container(`x-parameters:\n  - {Name: DB_PASSWORD, Value: ${single(plant(SPICY))}}\n  - Key: ApiToken\n    Value: ${plant()}\nimagePullPolicy: Always`),
  'env-literal.yaml': (plant) => container(`env:\n  - name: SSH_PRIVATE_KEY\n    value: |\n      ${plant()}\n      ${plant()}`),
  'env-folded.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value: >-\n      ${plant()}\n      ${plant()}`),
  'env-below.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value:\n      ${plant()}`),
  'env-url.yaml': (plant) => container(`env:\n  - name: DATABASE\n    value: postgres://app:${plant()}@db:5432/app?sslmode=disable`),
  'env-url-escaped.yaml': (plant) => container(`env:\n  - {"name": "MONGO", "value": "mongodb:\\/\\/app:${plant()}@db\\/app"}`),
  'env-url-folded.yaml': (plant) => container(`env:\n  - name: BROKER\n    value: "amqp://app:${plant()}\\\n      @mq:5672/"`),
  'env-url-parameter.yaml': (plant) => container(`env:\n  - name: JDBC\n    value: jdbc:postgresql://db/app?user=a&password=${plant()}&ssl=true`),
  'env-connection.yaml': (plant) => container(`env:\n  - name: SQL\n    value: "Server=db;Uid=a;Password=${plant()};Encrypt=true"`),
  'env-percent.yaml': (plant) => container(`env:\n  - name: REDIS\n    value: redis://:${encodeURIComponent(plant(`${PLAIN}!$%&()=?+*,;`))}@cache:6379/0`),
  'env-anchor.yaml': (plant) => container(`x-pw: &pw ${single(plant(SPICY))}\nenv:\n  - name: DB_PASSWORD\n    value: *pw`),
  'env-anchor-map.yaml': (plant) =>
    container(`x-common: &c {value: ${single(plant(SPICY))}}\nenv:\n  - name: DB_PASSWORD\n    <<: *c\n  - {name: OTHER_PASSWORD, value: ${single(plant(SPICY))}}`),
  'env-json.json': (plant) =>
    JSON.stringify(
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'NAME' }, spec: { containers: [{ name: 'a', image: 'nginx', env: [{ name: 'DB_PASSWORD', value: plant(SPICY) }] }] } },
      undefined,
      2,
    ),
  'env-json-one-line.json': (plant) =>
    JSON.stringify({
      spec: { containers: [{ env: [{ value: plant(SPICY), name: 'DB_PASSWORD' }], image: 'nginx', name: 'a' }] },
      metadata: { name: 'NAME' },
      kind: 'Pod',
      apiVersion: 'v1',
    }),
  'args-two.yaml': (plant) => container(`args:\n  - --requirepass\n  - ${single(plant(SPICY))}`),
  'args-two-flow.yaml': (plant) => container(`args: ["--port", "80", "--password", ${double(plant(SPICY))}]`),
  'args-one.yaml': (plant) => container(`args: [--token=${plant()}, --verbose]`),
  'args-quoted.yaml': (plant) => container(`args:\n  - "--api-key=${plant()}"\n  - '--db-password=${plant()}'`),
  'args-alias.yaml': (plant) => container(`x: &secret ${plant()}\nargs:\n  - --masterauth\n  - *secret`),
  'command-redis.yaml': (plant) => container(`command: [redis-cli, -a, ${single(plant(SPICY))}, ping]`),
  'command-args-redis.yaml': (plant) => container(`command: [/usr/bin/redis-cli]\nargs: [-h, x, -a, ${single(plant(SPICY))}]`),
  'command-shell.yaml': (plant) =>
    container(`command:\n  - sh\n  - -c\n  - |\n    export DB_PASSWORD=${plant()}\n    redis-server --requirepass ${plant()}\n    psql postgres://a:${plant()}@db/x`),
  'command-mysql.yaml': (plant) => container(`command:\n  - mysqladmin\n  - ping\n  - -uroot\n  - -p${plant()}`),
  'command-mysql-flow.yaml': (plant) => container(`command: [mysqladmin]\nargs: [ping, "-uroot", "-p${plant()}"]`),
  'command-curl.yaml': (plant) => container(`command:\n  - curl\n  - -u\n  - me:${plant()}\n  - http://x`),
  'command-curl-key.yaml': (plant) => container(`command: [sh, -c, 'curl --user "${plant()}:" -H "X-Api-Key: ${plant()}" http://x']`),
  'command-curl-flow.yaml': (plant) => container(`command: [curl, --user, "me:${plant()}", http://x]`),
  'env-json.yaml': (plant) => container(`env:\n  - {name: SETTINGS, value: '{"db": {"password": "${plant()}"}, "apiToken":"${plant()}"}'}`),
  'env-storage.yaml': (plant) => container(`env:\n  - {name: STORAGE, value: "AccountName=a;AccountKey=${plant()}"}`),
  'configmap-sql.yaml': (plant) => objectOf('ConfigMap', `data:\n  init.sql: |\n    CREATE USER a PASSWORD '${plant()}';\n    ALTER USER b IDENTIFIED BY '${plant()}';`),
  'configmap-npmrc.yaml': (plant) => objectOf('ConfigMap', `data:\n  npmrc: |\n    //npm.example.com/:_authToken=${plant()}`),
  'command-shell-one-line.yaml': (plant) => container(`command: [sh, -c, "PGPASSWORD='${plant()}' psql && mysql -uroot -p${plant()} && curl -u me:${plant()} http://x"]`),
  'command-folded.yaml': (plant) => container(`command: [sh, -c]\nargs:\n  - >\n    server\n    --password\n    ${plant()}`),
  'command-json.yaml': (plant) => container(`args: ['{"user":"a","password":"${plant()}"}']`),
  'command-header.yaml': (plant) => container(`command: [curl, -H, "Authorization: Bearer ${plant()}", http://x]`),
  'probe.yaml': (plant) =>
    container(
      `livenessProbe:\n  exec:\n    command: [redis-cli, -a, ${single(plant(SPICY))}, ping]\nlifecycle:\n  preStop:\n    exec: {command: [sh, -c, "redis-cli -a '${plant()}' shutdown"]}`,
    ),
  'comment-before.yaml': (plant) => container(`# DB_PASSWORD: ${plant(`${PLAIN}!$%&()=?+*.;-_`)}\nimagePullPolicy: Always`),
  'comment-behind.yaml': (plant) => container(`imagePullPolicy: Always # password=${plant()}`),
  'comment-key.yaml': (plant) => container(`# -----BEGIN RSA PRIVATE KEY-----\n# ${plant()}\n# ${plant()}\n# ${plant()}\n# -----END RSA PRIVATE KEY-----\nimagePullPolicy: Always`),
  'comment-url.yaml': (plant) => container(`# was postgres://app:${plant()}@old/app\nimagePullPolicy: Always # ghp_${plant()}${plant()}`),
  'neighbour.yaml': (plant) =>
    container(`imagePullPolicy: Always\nx-extra: {password: ${single(plant(SPICY))}, apiKey: ${double(plant(SPICY))}}\nsecurityContext: {privileged: true}`),
  'annotation.yaml': (plant) =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: NAME\n  annotations:\n    app.example.com/api-token: ${double(plant(SPICY))}\nspec: {containers: [{name: a, image: nginx}]}\n`,
  'annotation-applied.yaml': (plant) =>
    objectOf('Pod', `spec: {containers: [{name: a, image: nginx}]}`).replace(
      'metadata: {name: NAME, namespace: default}',
      `metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      ${JSON.stringify({ kind: 'Pod', spec: { containers: [{ env: [{ name: 'DB_PASSWORD', value: plant() }] }] } })}\n  name: NAME`,
    ),
  'token-formats.yaml': (plant) =>
    container(
      `env:\n  - name: A\n    value: sk-ant-${plant()}\n  - name: B\n    value: "ghp_${plant()}${plant()}"\n  - name: C\n    value: https://hooks.slack.com/services/T0/B0/${plant()}`,
    ),
  'configmap.yaml': (plant) => objectOf('ConfigMap', `data:\n  DB_PASSWORD: ${single(plant(SPICY))}\n  API_KEY: ${plant()}`),
  'configmap-file.yaml': (plant) => objectOf('ConfigMap', `data:\n  app.properties: |\n    user=a\n    db.password=${plant()}\n    url=postgres://a:${plant()}@db/x\n    port=80`),
  'configmap-yaml.yaml': (plant) => objectOf('ConfigMap', `data:\n  app.yml: |\n    spring:\n      datasource:\n        password: ${plant()}\n    token: "${plant()}"`),
  'configmap-redis.yaml': (plant) =>
    objectOf('ConfigMap', `data:\n  redis.conf: |\n    port 6379\n    requirepass ${plant()}\n    masterauth "${plant()}"\n    user app on >${plant()} ~* +@all`),
  'configmap-json.yaml': (plant) => objectOf('ConfigMap', `data:\n  config.json: '{"db":{"password":"${plant()}"}}'\n  more.json: "{\\"token\\":\\"${plant()}\\"}"`),
  'configmap-key.yaml': (plant) =>
    objectOf('ConfigMap', `data:\n  tls.key: |\n    -----BEGIN PRIVATE KEY-----\n    ${plant()}\n    ${plant()}\n    ${plant()}\n    ${plant()}\n    -----END PRIVATE KEY-----`),
  'configmap-default.yaml': (plant) => objectOf('ConfigMap', `data:\n  app.yml: |\n    password: \${DB_PASSWORD:${plant()}}`),
  'secret.yaml': (plant) => objectOf('Secret', `type: Opaque\ndata:\n  user: ${base64(plant(SPICY))}\n  whatever: ${base64(plant(SPICY))}`),
  'secret-string.yaml': (plant) => objectOf('Secret', `stringData:\n  user: ${single(plant(SPICY))}\n  config: |\n    a: ${plant()}\n    b: ${plant()}`),
  'secret-annotated.yaml': (plant) => {
    const data = { user: base64(plant(SPICY)) };
    return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: NAME\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '${JSON.stringify({ kind: 'Secret', data })}'\ndata: ${JSON.stringify(data)}\n`;
  },
  'secret-alias.yaml': (plant) => objectOf('Secret', `x: &d {user: ${base64(plant(SPICY))}}\ndata: *d`),
  'secret-duplicate.yaml': (plant) => objectOf('Secret', `data:\n  a: ${base64(plant(SPICY))}\n  a: ${base64(plant(SPICY))}`),
  'secret.json': (plant) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'NAME' }, data: { user: base64(plant(SPICY)) }, stringData: { x: plant(SPICY) } }, undefined, 2),
  'list.yaml': (plant) =>
    `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: NAME}, spec: {containers: [{name: a, image: nginx}]}}\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: NAME-s}\n    data: {user: ${base64(plant(SPICY))}}\n    stringData:\n      x: ${single(plant(SPICY))}\n  - {apiVersion: v1, kind: Pod, metadata: {name: NAME-2}, spec: {containers: [{name: a, image: nginx}]}}\n`,
  'secret-list.yaml': (plant) => `apiVersion: v1\nkind: SecretList\nitems:\n  - metadata: {name: NAME}\n    data:\n      user: ${base64(plant(SPICY))}\n`,
  'embedded.yaml': (plant) =>
    `apiVersion: x.example.com/v1\nkind: Bundle\nmetadata:\n  name: NAME\n  name: NAME\nspec:\n  manifests:\n    - {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {user: ${base64(plant(SPICY))}}}\n  containers: [{name: a, image: nginx}]\n  auth: {password: {value: ${single(plant(SPICY))}}}\n`,
  'neighbour-documents.yaml': (plant) =>
    `${objectOf('Secret', `data:\n  user: ${base64(plant(SPICY))}`)}---\n${objectOf('Pod', 'spec: {containers: [{name: a, image: nginx}]}')}---\n${objectOf('Secret', `stringData:\n  user: ${single(plant(SPICY))}`).replace('NAME', 'NAME-2')}`,
  'broken.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value: *${plant()}`),
  'broken-tag.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value: !${plant()}^`),
  'broken-quote.yaml': (plant) => container(`env:\n  - name: DB_PASSWORD\n    value: "${plant()}`),
  'compose/docker-compose.a.yml': (plant) => service(`environment:\n  DB_PASSWORD: ${single(plant(SPICY).replaceAll('$', 'S'))}\n  API_TOKEN: ${plant()}`),
  'compose/docker-compose.b.yml': (plant) => service(`environment:\n  - DB_PASSWORD=${plant(`${PLAIN}!%&()=?+*.;-_`)}\n  - "API_TOKEN=${plant()} ${plant()}"`),
  'compose/docker-compose.c.yml': (plant) => service(`environment: {DB_PASSWORD: "\${DB_PASSWORD:-${plant()}}"}\ncommand: redis-server --requirepass ${plant()}`),
  'compose/docker-compose.d.yml': (plant) =>
    service(`build: {context: ., args: {NPM_TOKEN: ${plant()}}}\nhealthcheck: {test: ["CMD", "redis-cli", "-a", "${plant()}", "ping"]}\nlabels: {api-token: ${plant()}}`),
  'compose/docker-compose.e.yml': (plant) => `x-env: &env\n  DB_PASSWORD: ${plant()}\n${service('environment:\n  <<: *env')}`,
  'compose/docker-compose.f.yml': (plant) => service(`# POSTGRES_PASSWORD=${plant()}\ncommand: ["--password", "${plant()}"]`),
  'compose/docker-compose.g.yml': (plant) => service(`build: https://me:${plant()}@git.example.com/a.git\nextends: {file: "https://me:${plant()}@x/y.yml", service: a}`),
  // What connects to datastores, and what they are told. Words of a Secret are planted whole: no part of an address in it may come out either.
  'ds/urls.yaml': (plant) =>
    container(
      `env:\n  - {name: DATABASE_URL, value: "postgresql://app:${plant()}@db.shop.svc:5432/shop?sslmode=prefer"}\n  - {name: REDIS_URL, value: "redis://:${plant()}@cache.example.net:6379/0"}\n  - {name: SPRING_DATASOURCE_URL, value: "jdbc:postgresql://db/app?user=a&password=${plant()}"}\n  - {name: ConnectionStrings__Main, value: "Host=db;Username=app;Password=${plant()};SSL Mode=Prefer"}\n  - {name: DATABASE_DSN, value: "host=db user=app password=${plant()} sslmode=disable"}\n  - {name: CELERY_BROKER_URL, value: "rediss://worker:${plant()}@redis:6379/1?ssl_cert_reqs=none"}\n  - {name: CACHE, value: "redis:6379,password=${plant()},ssl=false"}`,
    ),
  'ds/parts.yaml': (plant) =>
    container(
      `env:\n  - {name: PGHOST, value: db}\n  - {name: PGUSER, value: app}\n  - {name: PGPASSWORD, value: ${plant()}}\n  - {name: DB_HOST, value: db.shop.svc}\n  - {name: DB_PORT, value: "5432"}\n  - {name: DB_PASSWORD, value: ${single(plant(SPICY))}}\n  - {name: REDIS_HOST, value: redis}\n  - {name: REDIS_PASSWORD, value: ${double(plant(SPICY))}}`,
    ),
  'ds/percent.yaml': (plant) => container(`env:\n  - {name: DATABASE_URL, value: "postgres://app:${encodeURIComponent(plant(`${PLAIN}!$%&()=?+*,;`))}@db/app"}`),
  'ds/broken.yaml': (plant) =>
    container(`env:\n  - {name: DATABASE_URL, value: "postgres://app:${plant()}@[db:5432/app?sslmode=bogus"}\n  - {name: REDIS_URL, value: "redis://:${plant()}@:port/x"}`),
  'ds/jobs.yaml': (plant) => container(`command: [sh, -c, "pg_dump postgres://backup:${plant()}@db/app | gzip > /backup/x && redis-cli -u redis://:${plant()}@redis:6379 save"]`),
  'ds/redis-arguments.yaml': (plant) =>
    container(`command: [redis-server]\nargs: ["--requirepass", ${double(plant(SPICY))}, "--masterauth", "${plant()}"]`).replace('image: nginx', 'image: redis:8.2.1'),
  'ds/redis-shell.yaml': (plant) => container(`command: [sh, -c, "exec redis-server --requirepass '${plant()}'"]`).replace('image: nginx', 'image: redis:8.2.1'),
  'ds/postgres-variables.yaml': (plant) =>
    container(
      `env:\n  - {name: POSTGRES_USER, value: app}\n  - {name: POSTGRES_PASSWORD, value: ${single(plant(SPICY))}}\n  - {name: POSTGRES_HOST_AUTH_METHOD, value: trust}`,
    ).replace('image: nginx', 'image: postgres:16.1'),
  'ds/redis-conf.yaml': (plant) =>
    `${objectOf('ConfigMap', `data:\n  redis.conf: |\n    requirepass ${plant()}\n    masterauth ${plant()}\n    aclfile /etc/redis/users.acl\n  users.acl: |\n    user default on >${plant()} ~* &* +@all\n    user guest on nopass ~* +@all`)}---\n${container(
      `args: [/etc/redis/redis.conf]\nvolumeMounts: [{name: config, mountPath: /etc/redis}]`,
    ).replace('image: nginx', 'image: redis:8.2.1')}      volumes: [{name: config, configMap: {name: NAME}}]\n`,
  'ds/bouncer.yaml': (plant) =>
    `${objectOf('ConfigMap', `data:\n  pgbouncer.ini: |\n    [databases]\n    app = host=db user=app password=${plant()}\n  userlist.txt: |\n    "app" "${plant()}"\n  app.toml: |\n    url = "postgres://app:${plant()}@db/app"`)}---\n${container(`volumeMounts: [{name: config, mountPath: /etc/app}]`)}      volumes: [{name: config, configMap: {name: NAME}}]\n`,
  'ds/secret-address.yaml': (plant) =>
    `${objectOf('Secret', `stringData:\n  url: postgres://${plant()}:${plant()}@${plant()}.example.com/${plant()}\n  host: ${plant()}.example.net\n  pw: ${plant()}`)}---\n${container(
      `env:\n  - {name: DATABASE_URL, valueFrom: {secretKeyRef: {name: NAME, key: url}}}\n  - {name: REDIS_HOST, valueFrom: {secretKeyRef: {name: NAME, key: host}}}\n  - {name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: NAME, key: pw}}}\n  - {name: CACHE_URL, value: "redis://:$(REDIS_PASSWORD)@$(REDIS_HOST):6379/0"}\nargs: ["--dsn=$(DATABASE_URL)"]`,
    )}`,
  'ds/secret-server.yaml': (plant) =>
    `${objectOf('Secret', `stringData:\n  user: ${plant()}\n  redis.conf: |\n    aclfile /etc/redis/users.acl\n    maxmemory-policy ${plant()}\n  users.acl: |\n    user ${plant()} on nopass ~* +@all\n    user default on >${plant()} ~* +@all`)}---\n${container(
      `args: [/etc/redis/redis.conf]\nvolumeMounts: [{name: config, mountPath: /etc/redis}]`,
    ).replace('image: nginx', 'image: redis:8.2.1')}      volumes: [{name: config, secret: {secretName: NAME}}]\n---\n${container(
      `env:\n  - {name: POSTGRES_USER, valueFrom: {secretKeyRef: {name: NAME, key: user}}}`,
    )
      .replace('image: nginx', 'image: postgres:16.1')
      .replace('name: NAME', 'name: pg-NAME')}`,
  'ds/docker-compose.h.yml': (plant) =>
    `services:\n  db:\n    image: postgres:16.1\n    environment: {POSTGRES_PASSWORD: ${plant()}}\n  redis:\n    image: redis:8.2.1\n    command: redis-server --requirepass ${plant()}\n  api:\n    image: nginx\n    environment:\n      DATABASE_URL: postgres://postgres:${plant()}@db/app\n      REDIS_URL: redis://:${plant()}@redis:6379/0\n`,
  'Dockerfile.a': (plant) =>
    `FROM node\nENV DB_PASSWORD=${plant()}\nARG NPM_TOKEN=${plant()}\nENV API_KEY "${plant()} ${plant()}"\n# password: ${plant()}\nRUN curl -u me:${plant()} https://me:${plant()}@x && mysql -p${plant()}\nUSER root\nCMD ["redis-server", "--requirepass", "${plant()}"]\n`,
  'Dockerfile.b': (plant) =>
    `FROM node\nUSER root\nRUN export DB_PASSWORD='${plant()}' && \\\n    echo '-----BEGIN PRIVATE KEY-----\\n\\\n${plant()}\\n\\\n-----END PRIVATE KEY-----' > key\n`,
};

const folder = temporaryFolder('canary');
for (const [path, contentOf] of Object.entries(PLACES)) {
  for (const copy of ['1', '2']) {
    const file = path.replace(/^/, `${copy}/`);
    const plant: Plant = (alphabet = PLAIN) => {
      const value = password(alphabet);
      planted.push({ value, file });
      return value;
    };
    write(folder, { [file]: contentOf(plant).replaceAll('NAME', `${path.replace(/\W+/g, '-').toLowerCase()}-${copy}`) });
  }
}
// An env file of a compose project, and one that no output should ever quote.
for (const name of ['compose/.env', 'compose/app.env']) {
  const values = [password(PLAIN), password(`${PLAIN}!%&()=?+*;-_`), password(PLAIN)];
  for (const value of values) planted.push({ value, file: name });
  write(folder, { [name]: `DB_PASSWORD=${values[0]}\nAPI_TOKEN="${values[1]}"\n#OLD_PASSWORD=${values[2]}\nEMPTY=\n` });
}
write(folder, { 'compose/compose.yaml': service('env_file: [app.env]\nenvironment: {A: "$DB_PASSWORD", B: "${API_TOKEN}", C: "${NOT_SET}"}') });

/** So many characters in a row, in any writing, are too many: the rest can be tried. */
const TRACE = 8;
/** As many, in base64. */
const TRACE_OF_BASE64 = 12;

function* windows(text: string, length: number): Generator<string> {
  for (let at = 0; at + length <= text.length; at++) yield text.slice(at, at + length);
}

function* traces(value: string): Generator<string> {
  const writings = new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), value.replaceAll("'", "''"), value.replaceAll('"', '\\"')]);
  for (const writing of writings) yield* windows(writing, TRACE);
  // Base64 of the same text looks different at each of three places in a longer one.
  for (const before of ['', 'x', 'xx']) yield* windows(base64(before + value).slice(Math.ceil((before.length * 4) / 3), -4), TRACE_OF_BASE64);
}

const byTrace = new Map(planted.flatMap((each) => [...traces(each.value)].map((trace) => [trace, each] as const)));

function leaksIn(output: string): string[] {
  const leaks = new Map<Planted, string>();
  for (const length of [TRACE, TRACE_OF_BASE64]) {
    for (let at = 0; at + length <= output.length; at++) {
      const trace = output.slice(at, at + length);
      const leaked = byTrace.get(trace);
      if (leaked !== undefined && !leaks.has(leaked)) leaks.set(leaked, `${leaked.file}: ${trace} of ${leaked.value}: …${output.slice(Math.max(0, at - 60), at + 40)}…`);
    }
  }
  return [...leaks.values()];
}

test('the search finds what it looks for', () => {
  for (const { value } of planted.slice(0, 50)) {
    // By chance two passwords may share what three encoded signs come to.
    for (const form of [value, JSON.stringify({ x: value }), encodeURIComponent(value), base64(`user:${value}`), `half: ${value.slice(5, 14)}`])
      expect(leaksIn(`before ${form} after`).filter((leak) => leak.includes(` of ${value}: `))).toHaveLength(1);
  }
  expect(leaksIn('nothing of it')).toEqual([]);
});

test('there is enough to find', () => {
  expect(planted.length).toBeGreaterThan(200);
});

describe.each(Object.keys(formats))('-o %s', (format) => {
  const ran = seaworthy(folder, ['scan', '.', '-o', format, '--show', 'pass,unknown', '-v']);

  test('it runs', () => {
    expect([ran.status, ran.signal]).toEqual([1, null]);
    expect(ran.stdout.length).toBeGreaterThan(1000);
  });

  test('no password comes out', () => {
    expect(leaksIn(ran.stdout)).toEqual([]);
    expect(leaksIn(ran.stderr)).toEqual([]);
  });
});

describe.each(['text', 'json'])('connections -o %s', (format) => {
  const ran = seaworthy(folder, ['connections', '.', '-o', format]);

  test('it runs', () => {
    expect([ran.status, ran.signal]).toEqual([3, null]);
    expect(ran.stdout.length).toBeGreaterThan(1000);
  });

  test('no password comes out', () => {
    expect(leaksIn(ran.stdout)).toEqual([]);
    expect(leaksIn(ran.stderr)).toEqual([]);
  });
});

test('what was planted is looked at: most files have an excerpt with a mask', () => {
  const { findings } = JSON.parse(seaworthy(folder, ['scan', '.', '-o', 'json']).stdout) as { findings: { location: { file: string }; excerpt: { text: string }[] }[] };
  const masked = new Set(findings.filter(({ excerpt }) => excerpt.some(({ text }) => text.includes('•••'))).map(({ location }) => location.file));
  const files = new Set(planted.map(({ file }) => file).filter((file) => !/broken|\.env$|compose.g/.test(file)));
  const unseen = [...files].filter((file) => !masked.has(file));
  expect(unseen.length, unseen.join(', ')).toBeLessThan(files.size / 8);
});

test('neither does a crash tell', () => {
  // A file that changes while it is read, a folder that is not there: whatever goes wrong, the message is not made of what was read.
  for (const args of [
    ['scan', '1/env-plain.yaml', '-o', 'json=/nowhere/x'],
    ['scan', '.', '-l', 'a b'],
    ['scan', '.', '--config', '1/env-plain.yaml'],
    ['scan', '1/env-plain.yaml', '--policies', '1'],
  ]) {
    const { stdout, stderr } = seaworthy(folder, args);
    expect(leaksIn(stdout + stderr), args.join(' ')).toEqual([]);
  }
});
