import { describe, expect, test } from 'vitest';
import { deployment, service, world } from './world.ts';

const SERVER = [deployment('pg', 'image: postgres:16.10'), service('pg', '{selector: {app: pg}, ports: [{port: 5432}]}')];
const run = (command: string, env = ''): (string | undefined)[] =>
  world(...SERVER, deployment('job', `image: postgres:16.10\ncommand: ${command}\n${env}`))
    .of('connection')
    .map(({ facts }) => facts as Readonly<Record<string, unknown>>)
    .map(({ source, leadsTo, user, database, tls, copiesData }) => `${source} ${leadsTo} ${user} ${database} ${tls}${copiesData === true ? ', copies' : ''}`);

describe('clients of PostgreSQL by their command lines', () => {
  test.each<[string, string, string, string[]]>([
    ['in a script', '[sh, -c, "pg_dump -h pg -U app shop | gzip > /b/x.gz"]', '', ['command[2] server app undefined if-offered, copies']],
    ['as a list', '[psql, --host=pg, "--username", app, -dshop, -c, "select 1"]', '', ['command[0] server app shop if-offered']],
    ['with TLS before the command', '[sh, -c, "PGSSLMODE=require PGPASSWORD=x pg_dump -hpg -Uapp"]', '', ['command[2] server app undefined always, copies']],
    ['with TLS among the variables', '[pg_dumpall, -h, pg, -U, app]', 'env: [{name: PGSSLMODE, value: require}]', ['command[0] server app undefined always, copies']],
    [
      'with a user that was not seen',
      '[psql, -h, pg, -U, $(WHO)]',
      'env: [{name: WHO, valueFrom: {secretKeyRef: {name: a, key: b}}}]',
      ['command[0] server undefined undefined if-offered'],
    ],
    ['over its socket', '[sh, -c, "psql -U postgres -c x"]', '', []],
    [
      'by a variable of the shell, which is found there',
      '[sh, -c, "psql -h $DB_HOST -U app"]',
      'env: [{name: DB_HOST, value: pg}, {name: DB_USER, value: app}]',
      ['DB_HOST server app  undefined'],
    ],
    ['asking whether it is there', '[sh, -c, "until pg_isready -h pg; do sleep 1; done"]', '', []],
  ])('%s', (_, command, env, expected) => {
    expect(run(command, env)).toEqual(expected);
  });

  test('no password shows', () => {
    const subjects = world(...SERVER, deployment('job', 'image: postgres:16.10\ncommand: [sh, -c, "PGPASSWORD=SECRET-word pg_dump -h pg -U app"]'));
    const [connection] = subjects.of('connection');
    expect(connection?.facts).toMatchObject({ sendsPassword: true, usesSuperuser: false });
    expect(JSON.stringify(connection?.facts, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('SECRET');
  });
});
