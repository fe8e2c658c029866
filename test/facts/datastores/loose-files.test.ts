import { expect, test } from 'vitest';
import { readLooseFile } from '../../../src/collect/loose-files.ts';
import { TextFile } from '../../../src/collect/text-file.ts';
import type { Resource } from '../../../src/model/inventory.ts';
import { derive, type Files, lineOf, project, type Subjects } from '../support.ts';

function loose(files: Files, more: readonly Resource[] = []): Subjects {
  const resources = Object.entries(files).flatMap(([name, text]) => readLooseFile(new TextFile(name, text)) ?? []);
  return derive([{ kind: 'folder', name: '.', resources }, ...more.map((resource) => ({ kind: 'compose' as const, name: 'x', resources: [resource] }))]);
}

test('what a redis.conf decides is known, and what the image decides is not', () => {
  const subjects = loose({ 'conf/redis.conf': 'port 0\ntls-port 6379\nrequirepass EXAMPLE-not-a-password\n' });
  expect(subjects.facts('datastore', ['name', 'engine', 'acceptsPlaintext', 'requiresPassword'])).toEqual({
    name: 'redis.conf',
    engine: 'redis',
    acceptsPlaintext: false,
    requiresPassword: true,
  });
  expect(lineOf(subjects.one('datastore'), 'datastore.requiresPassword')).toContain('conf/redis.conf:3');
  expect(loose({ 'redis.conf': 'port 6379\n' }).fact('datastore.isOpenToNetwork')).toBe(undefined);
});

test('postgresql.conf and the pg_hba.conf beside it are one server', () => {
  const files = { 'pg/postgresql.conf': "ssl = on\nlisten_addresses = '*'\n", 'pg/pg_hba.conf': 'local all all peer\nhost all all all trust\n' };
  const subjects = loose(files);
  expect(subjects.of('datastore')).toHaveLength(1);
  expect(subjects.facts('datastore', ['offersTls', 'acceptsPlaintext', 'trustsNetwork'])).toEqual({ offersTls: true, acceptsPlaintext: true, trustsNetwork: true });
  expect(lineOf(subjects.one('datastore'), 'datastore.trustsNetwork')).toContain('pg/pg_hba.conf:2');
});

test('an env file is a client of which nobody knows where it runs', () => {
  const subjects = loose({ '.env': 'DATABASE_URL=postgres://app:EXAMPLE-not-a-password@db/app?sslmode=disable\n' });
  expect(subjects.facts('connection', ['host', 'leadsTo', 'demandsTls', 'isOutside'])).toEqual({ host: 'db', leadsTo: 'unseen', demandsTls: false, isOutside: false });
});

test('what a compose project uses is judged there', () => {
  const files = {
    'compose.yaml': 'services:\n  redis: {image: "redis:8.2.3", command: redis-server /etc/redis.conf, volumes: ["./redis.conf:/etc/redis.conf"]}\n',
    'redis.conf': 'requirepass EXAMPLE-not-a-password\n',
  };
  const subjects = loose(files, [project(files)]);
  expect(subjects.of('datastore').map((subject) => subject.identity().name)).toEqual(['redis']);
});

const SPRING = `spring:
  datasource:
    url: jdbc:postgresql://\${DB_HOST:db}:5432/app?sslmode=\${DB_SSLMODE:prefer}
    username: app
    password: EXAMPLE-not-a-password
`;

test.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['api/src/main/resources/application.yml', SPRING, { host: 'db', user: 'app', demandsTls: false }],
  ['application.properties', 'spring.data.redis.host=cache.example.com\nspring.data.redis.ssl.enabled=true\n', { host: 'cache.example.com', demandsTls: true }],
  ['api/appsettings.json', '{"ConnectionStrings": {"Default": "Host=db;Username=app;Database=app;SSL Mode=VerifyFull"}}', { host: 'db', demandsTls: true }],
  ['application-prod.yaml', SPRING, { host: 'db' }],
])('settings of a framework are a client, too: %s', (name, text, expected) => {
  const subjects = loose({ [name]: text });
  expect(subjects.facts('connection', Object.keys(expected))).toEqual(expected);
  expect(lineOf(subjects.one('connection'), 'connection.host')).toMatch(new RegExp(`^${name}:\\d`));
});

test.each([
  ['a profile of developers', 'application-dev.yml', SPRING],
  ['tests', 'src/test/resources/application.yml', SPRING],
  ['an Application of Argo CD', 'application.yaml', `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: postgres}\n`],
  ['nothing of datastores', 'application.yml', 'server:\n  port: 8080\n'],
  ['what a build copied', 'target/classes/application.yml', SPRING],
])('no settings file: %s', (_, name, text) => {
  expect(loose({ [name]: text }).of('connection')).toEqual([]);
});

test('settings in the folder that a service is built from are the service’s, and its environment wins', () => {
  const files = (environment: string): Files => ({
    'compose.yaml': `services:\n  api: {build: ./api, environment: {${environment}}}\n  db: {image: "postgres:18.6"}\n`,
    'api/Dockerfile': 'FROM eclipse-temurin:21\nCOPY app.jar /app.jar\n',
    'api/src/main/resources/application.yml': SPRING,
  });
  const found = (environment: string): Subjects => derive([{ kind: 'compose', name: 'x', resources: [project(files(environment))] }]);
  expect(found('').facts('connection', ['leadsTo', 'way', 'demandsTls'])).toEqual({ leadsTo: 'server', way: 'service db', demandsTls: false });
  expect(lineOf(found('').one('connection'), 'connection.host')).toBe('api/src/main/resources/application.yml:3');
  expect(found('DB_SSLMODE: verify-full').facts('connection', ['leadsTo', 'demandsTls'])).toEqual({ leadsTo: 'server', demandsTls: true });
  expect(found('SPRING_DATASOURCE_URL: "jdbc:postgresql://elsewhere.example.com/app"').fact('connection.host')).toBe('elsewhere.example.com');
  const both = loose({ 'api/src/main/resources/application.yml': SPRING }, [project(files(''))]);
  expect(both.of('connection')).toHaveLength(1);
});
