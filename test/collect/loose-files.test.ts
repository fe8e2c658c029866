import { expect, test } from 'vitest';
import { mayBeLooseFile, readLooseFile } from '../../src/collect/loose-files.ts';
import { TextFile } from '../../src/collect/text-file.ts';

test.each<[string, string, string | undefined]>([
  // name, text, what it is taken for
  ['redis.conf', 'port 0\nrequirepass x\n', 'config-file'],
  ['conf/my-redis-prod.conf', 'maxmemory 1gb\n', 'config-file'],
  ['valkey.conf', 'aclfile /etc/users.acl\n', 'config-file'],
  ['redis.conf', '# nothing in it\n', undefined],
  ['redis.conf', 'upstream redis { server a; }\n', undefined],
  ['sentinel.conf', 'port 26379\n', undefined],
  ['redis-sentinel.conf', 'port 26379\n', undefined],
  ['postgresql.conf', "ssl = on\nlisten_addresses = '*'\n", 'config-file'],
  ['postgresql.conf.sample', 'ssl = on\n', undefined],
  ['pg_hba.conf', 'hostssl all all all scram-sha-256\n', 'config-file'],
  ['pg_hba.conf', '# TYPE DATABASE USER\n', undefined],
  ['nginx.conf', 'port 80\n', undefined],
  ['.env', 'DATABASE_URL=postgres://db/app\n', 'env-file'],
  ['.env', 'A=1\n', undefined],
  ['.env.production', 'export REDIS_HOST=redis\n', 'env-file'],
  ['app.env', 'PGHOST=db\n', 'env-file'],
  ['.env.example', 'DATABASE_URL=postgres://db/app\n', undefined],
  ['.env.sample', 'DATABASE_URL=postgres://db/app\n', undefined],
  ['application.yml', 'spring:\n  datasource:\n    url: x\napp:\n  kind: big\n  services: [a]\n', 'config-file'],
  ['application.yml', 'kind: Application\nspec: {redis: 1}\n', undefined],
  ['.envrc', 'export DATABASE_URL=postgres://db/app\n', undefined],
])('%s with %j is %s', (name, text, type) => {
  expect(mayBeLooseFile(name) ? readLooseFile(new TextFile(name, text))?.type : undefined).toBe(type);
});
