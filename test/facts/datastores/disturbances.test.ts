import { describe, expect, test } from 'vitest';
import { compose } from '../support.ts';
import { configMap, deployment, world } from './world.ts';

const hook = (script: string): string => `lifecycle: {postStart: {exec: {command: [sh, -c, ${JSON.stringify(script)}]}}}`;
const PASSWORD = 'args: [--requirepass, EXAMPLE-not-a-password]';
const redis = (more: string, pod = ''): string => deployment('redis', `image: redis:8.2.3\n${PASSWORD}\n${more}`, { pod });
const beside = (script: string, more = 'restartPolicy: Always'): string =>
  `initContainers:\n  - {name: helper, image: "redis:8.2.3", ${more}, command: [sh, -c, ${JSON.stringify(script)}]}`;
const postgres = (more: string, pod = ''): string =>
  deployment('pg', `image: postgres:18.6\nenv: [{name: POSTGRES_PASSWORD, value: EXAMPLE-not-a-password}]\nargs: [-c, ssl=on, -c, log_statement=ddl]\n${more}`, {
    pod,
    volumes: '- {name: data, persistentVolumeClaim: {claimName: d}}',
  });
const DATA = 'volumeMounts: [{name: data, mountPath: /var/lib/postgresql}]';
const prepared = (script: string): string =>
  `initContainers:\n  - {name: prepare, image: alpine, command: [sh, -c, ${JSON.stringify(script)}], volumeMounts: [{name: data, mountPath: /pg}]}`;

describe('what changes a Redis beside its configuration leaves open what it may come to', () => {
  test.each<[string, string, unknown]>([
    ['nothing', redis(''), true],
    ['a hook that takes the password away', redis(hook("redis-cli config set requirepass ''")), undefined],
    ['a hook with capitals and quotes', redis(hook('sleep 5; redis-cli CONFIG SET "protected-mode" no')), undefined],
    ['a hook that makes a user', redis(hook('redis-cli acl setuser guest on nopass +@all')), undefined],
    ['a hook that sets something else', redis(hook('redis-cli config set maxmemory 1gb; redis-cli config set notify-keyspace-events Ex')), true],
    ['a hook that sets several at once', redis(hook("redis-cli config set maxmemory 1gb requirepass ''")), undefined],
    ['a hook with every word in quotes', redis(hook("redis-cli 'CONFIG' 'SET' requirepass ''")), undefined],
    ['a hook with a variable', redis(hook("C=CONFIG; redis-cli $C set requirepass ''")), undefined],
    ['a hook that hands over commands that were not seen', redis(hook('redis-cli < /s/commands')), undefined],
    ['a hook that runs something later that was not seen', redis(hook('sleep 5; /s/after.sh')), undefined],
    ['a hook that gives a shell something that was not seen', redis(hook('sleep 5; bash /s/after')), undefined],
    ['a hook that only waits', redis(hook('until redis-cli ping; do sleep 1; done')), true],
    ['a hook whose script was not seen', redis('lifecycle: {postStart: {exec: {command: [/scripts/after.sh]}}}'), undefined],
    ['what runs beside it', redis('', beside('redis-cli config set requirepass ""; sleep inf')), undefined],
    ['what runs beside it and looks only', redis('', beside('while true; do redis-cli config get requirepass; done')), true],
    ['what ran before it cannot reach it', redis('', beside('redis-cli config set requirepass ""', 'env: []')), true],
    [
      'its own script, after the start',
      deployment('redis', 'image: redis:8.2.3\ncommand: [sh, -c, "redis-server --requirepass EXAMPLE-x & redis-cli config set requirepass \'\'; wait"]'),
      undefined,
    ],
  ])('%s', (_, document, requiresPassword) => {
    expect(world(document).fact('datastore.requiresPassword')).toBe(requiresPassword);
  });

  test('it says what, and only what it changes', () => {
    const subject = world(redis(hook('redis-cli config set maxmemory 1gb'))).one('datastore');
    expect(subject.absence('datastore.maxMemory').because).toBe('a postStart hook of the container changes the server while it runs (maxmemory)');
    expect((subject.facts as { maxMemoryPolicy?: string }).maxMemoryPolicy).toBe('noeviction');
  });

  test('a script of a ConfigMap is read', () => {
    const files = configMap('s', { 'after.sh': 'redis-cli config set requirepass ""' });
    const document = deployment(
      'redis',
      `image: redis:8.2.3\n${PASSWORD}\nlifecycle: {postStart: {exec: {command: [sh, /s/after.sh]}}}\nvolumeMounts: [{name: s, mountPath: /s}]`,
      {
        volumes: '- {name: s, configMap: {name: s}}',
      },
    );
    expect(world(files, document).fact('datastore.requiresPassword')).toBe(undefined);
    expect(world(configMap('s', { 'after.sh': 'echo up' }), document).fact('datastore.requiresPassword')).toBe(true);
  });

  test('what runs beside it may have no word of a server but what it says to one', () => {
    const helper = (more: string): string => `initContainers:\n  - {name: helper, image: "registry.example.com/tool:1.0", restartPolicy: Always, ${more}}`;
    const inHook = redis('', helper(hook('redis-cli config set requirepass ""').replace('lifecycle: {', 'command: [sleep, inf], lifecycle: {')));
    expect(world(inHook).fact('datastore.requiresPassword')).toBe(undefined);
    const inCommand = redis('', helper(`command: [sh, -c, "$CLI config set requirepass ''; sleep inf"]`));
    expect(world(inCommand).fact('datastore.requiresPassword')).toBe(undefined);
    const script = postgres('', helper('command: [sh, /s/tune.sh], volumeMounts: [{name: s, mountPath: /s}]')).replace(
      'volumes:',
      'volumes:\n        - {name: s, configMap: {name: s}}',
    );
    expect(world(configMap('s', { 'tune.sh': 'psql -c "alter system set ssl = off"' }), script).fact('datastore.offersTls')).toBe(undefined);
    expect(world(configMap('s', { 'tune.sh': 'sleep inf' }), script).fact('datastore.offersTls')).toBe(true);
  });

  test('compose', () => {
    const project = (command: string): unknown =>
      compose(`services:\n  redis:\n    image: redis:8.2.3\n    command: redis-server --requirepass EXAMPLE-not-a-password\n    post_start: [{command: ${command}}]\n`).fact(
        'datastore.requiresPassword',
      );
    expect(project('redis-cli config set requirepass ""')).toBe(undefined);
    expect(project('[redis-cli, CONFIG, SET, requirepass, x]')).toBe(undefined);
    expect(project('echo up')).toBe(true);
  });
});

describe('the same of a PostgreSQL', () => {
  test.each<[string, string, Readonly<Record<string, unknown>>]>([
    ['nothing', postgres(''), { offersTls: true, trustsNetwork: false, logsStatements: true }],
    ['a hook that switches TLS off', postgres(hook('psql -c "ALTER SYSTEM SET ssl = off" -c "select pg_reload_conf()"')), { offersTls: undefined, logsStatements: undefined }],
    ['a hook that sets the log', postgres(hook('psql -c "alter system set log_statement to none"')), { offersTls: true, logsStatements: undefined }],
    ['a hook that sets something else', postgres(hook('psql -c "alter system set work_mem to \'1GB\'"')), { offersTls: true, trustsNetwork: false, logsStatements: true }],
    ['a hook that opens it', postgres(hook('echo "host all all all trust" > $PGDATA/pg_hba.conf')), { trustsNetwork: undefined }],
    ...[
      'f=$PGDATA/pg_hba.conf; echo "host all all all trust" >> $f',
      'for f in pg_hba.conf; do echo "host all all all trust" >> $PGDATA/$f; done',
      'sed --in-place s/scram-sha-256/trust/ $PGDATA/pg_hba.conf',
      'sed -E -i s/scram-sha-256/trust/ $PGDATA/pg_hba.conf',
      'sed -e s/scram-sha-256/trust/ -i $PGDATA/pg_hba.conf',
      'sed \\\n -i s/scram-sha-256/trust/ \\\n $PGDATA/pg_hba.conf',
      'sed -i s/scram-sha-256/trust/ $PGDATA/*.conf',
      'echo "host all all all trust" | dd of=$PGDATA/pg_hba.conf',
      'psql <<EOF\nALTER\n  SYSTEM SET hba_file = x;\nEOF',
      'psql -f /s/after.sql',
    ].map((script): [string, string, Readonly<Record<string, unknown>>] => [`a hook that opens it: ${script}`, postgres(hook(script)), { trustsNetwork: undefined }]),
    ...['cat $PGDATA/pg_hba.conf 2>/dev/null', 'grep -q trust $PGDATA/pg_hba.conf && echo bad >&2'].map((script): [string, string, Readonly<Record<string, unknown>>] => [
      `a hook that looks only: ${script}`,
      postgres(hook(script)),
      { trustsNetwork: false },
    ]),
    ...[
      'echo "host all all all trust" >> $PGDATA/pg_hba.conf; exec docker-entrypoint.sh postgres',
      'docker-entrypoint.sh postgres & sleep 5; echo x >> $PGDATA/pg_hba.conf; wait',
    ].map((script): [string, string, Readonly<Record<string, unknown>>] => [
      `its own script: ${script}`,
      postgres('').replace('args: [-c, ssl=on, -c, log_statement=ddl]', `command: [sh, -c, ${JSON.stringify(script)}]`),
      { trustsNetwork: undefined },
    ]),
    ['what writes into its data folder before', postgres(DATA, prepared('echo "host all all all trust" > /pg/18/docker/pg_hba.conf')), { trustsNetwork: undefined }],
    ['what copies into its data folder before', postgres(DATA, prepared('cp /conf/postgresql.auto.conf /pg/18/docker/')), { offersTls: undefined }],
    ['what makes it its own', postgres(DATA, prepared('chown -R 999 /pg; ls /pg/18/docker/pg_hba.conf')), { offersTls: true, trustsNetwork: false }],
    ['what looks into it', postgres(DATA, prepared('cat /pg/18/docker/pg_hba.conf')), { trustsNetwork: false }],
  ])('%s', (_, document, expected) => {
    expect(world(document).facts('datastore', Object.keys(expected))).toEqual(expected);
  });
});

test('a client is told the same reason', () => {
  const app = deployment('app', 'image: app:1\nenv: [{name: DATABASE_URL, value: "postgres://u@pg/a"}]');
  const pg = `${postgres(hook('echo x >> $PGDATA/pg_hba.conf')).replace('env:', 'ports: [{containerPort: 5432}]\n          env:')}---\napiVersion: v1\nkind: Service\nmetadata: {name: pg}\nspec: {selector: {app: pg}, ports: [{port: 5432}]}\n`;
  expect(world(pg, app).one('connection').absence('connection.needsNoPassword').because).toBe(
    "a postStart hook of the container writes into the server's configuration (pg_hba.conf)",
  );
});

test.each([
  'sed -i /requirepass/d /tmp/r.conf',
  'sed -i -e s/a/b/ /tmp/r.conf /tmp/other',
  'perl -pi -e s/a/b/ /tmp/r.conf',
  'awk -i inplace 1 /tmp/r.conf',
  'grep -v x /tmp/r.conf > /tmp/y; mv /tmp/y /tmp/r.conf',
  'python3 /edit.py /tmp/r.conf',
])('a start script that edits its file: %s', (edit) => {
  const script = (more: string): string => JSON.stringify(`cp /m/redis.conf /tmp/r.conf; ${more}; exec redis-server /tmp/r.conf`);
  const server = (more: string): string =>
    deployment('redis', `image: redis:8.2.3\ncommand: [sh, -c, ${script(more)}]\nvolumeMounts: [{name: c, mountPath: /m}]`, { volumes: '- {name: c, configMap: {name: c}}' });
  const file = configMap('c', { 'redis.conf': 'requirepass EXAMPLE-not-a-password' });
  expect(world(file, server('chmod 600 /tmp/r.conf')).fact('datastore.requiresPassword')).toBe(true);
  expect(world(file, server(edit)).fact('datastore.requiresPassword')).toBe(undefined);
});
