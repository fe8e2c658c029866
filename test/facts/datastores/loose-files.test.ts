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
