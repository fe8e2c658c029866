import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { ConnectionsReport } from '../../src/model/connections.ts';
import { ROOT, seaworthy, temporaryFolder, write } from './run.ts';

const folder = temporaryFolder('connections');
write(folder, {
  'compose.yaml': `name: shop
services:
  api:
    image: registry.example.com/api:1.0
    environment:
      DATABASE_URL: postgres://postgres:EXAMPLE-not-a-password@db/app
      REDIS_URL: rediss://cache.example.net:6380/0
  db:
    image: postgres:18.6
    environment: {POSTGRES_PASSWORD: EXAMPLE-not-a-password}
  idle:
    image: redis:8.2.3
`,
  'two.yaml': `services:
  api: {image: "registry.example.com/api:1.0", environment: {REDIS_URL: "redis://cache"}}
  blue: {image: "redis:8.2.3", command: [redis-server, --requirepass, EXAMPLE-not-a-password], networks: {default: {aliases: [cache]}}}
  green: {image: "redis:8.2.3", networks: {default: {aliases: [cache]}}}
`,
  'plain/web.yaml': 'services:\n  web: {image: nginx}\n',
});

function list(...args: string[]): ConnectionsReport {
  const { status, stdout, stderr } = seaworthy(folder, ['connections', ...args, '-o', 'json']);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as ConnectionsReport;
}

test('of several namespaces, with commas or without, as in a scan', () => {
  const both = list('compose.yaml', '-n', 'shop,other');
  expect(both.connections).toHaveLength(2);
  expect(list('compose.yaml', '-n', 'shop', '-n', 'other').connections).toEqual(both.connections);
});

describe('json', () => {
  const report = list('compose.yaml');

  test('keeps to its schema', () => {
    const schema = JSON.parse(seaworthy(folder, ['schema', 'connections']).stdout) as object;
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    const examples = JSON.parse(seaworthy(ROOT, ['connections', 'manifests-examples/shop/before', 'manifests-examples/agent-compose/before', '-o', 'json']).stdout) as object;
    expect(validate(examples), JSON.stringify(validate.errors)).toBe(true);
  });

  test('tells both ends with their lines', () => {
    const pair = report.connections.find(({ source }) => source === 'DATABASE_URL');
    expect(pair).toMatchObject({
      engine: 'postgres',
      client: { name: 'api', location: { file: 'compose.yaml', line: 6 } },
      server: { name: 'db', family: 'postgres', version: '18.6', isSeen: true, location: { file: 'compose.yaml', line: 8 } },
      host: 'db',
      user: 'postgres',
      way: 'service db',
      crossesNetwork: true,
      tls: { demanded: false, plaintextPossible: true },
      auth: { noneNeeded: false, superuser: true },
      unknowns: [],
    });
    expect(pair?.verdicts).toContainEqual({ policy: 'postgres-client-tls', severity: 'high', outcome: 'violation' });
  });

  test('tells each server that a client may meet, and that both have a client', () => {
    const { connections, datastores } = list('two.yaml');
    expect(connections.map(({ source, server, auth }) => [source, server.name, auth.noneNeeded])).toEqual([
      ['REDIS_URL', 'blue', false],
      ['REDIS_URL', 'green', true],
    ]);
    expect(datastores.map(({ name, clients }) => [name, clients])).toEqual([
      ['blue', 1],
      ['green', 1],
    ]);
  });

  test('tells what is unknown, and why', () => {
    const pair = report.connections.find(({ source }) => source === 'REDIS_URL');
    expect(pair).toMatchObject({ leadsTo: 'outside', server: { isSeen: false, location: null }, tls: { demanded: true, plaintextPossible: false }, auth: { noneNeeded: null } });
    expect(pair?.unknowns.map(({ about }) => about)).toContain('whether the server asks for a password');
  });

  test('what does not fit is refused, and not called encrypted', () => {
    write(folder, {
      'misfit/compose.yaml':
        'name: misfit\nservices:\n  api: {image: api, environment: {REDIS_URL: "redis://cache"}}\n  cache: {image: "redis:8.2.3", command: "redis-server --port 0 --tls-port 6379"}\n',
    });
    const [pair] = list('misfit').connections;
    expect(pair?.tls).toMatchObject({ plaintextPossible: false, refusal: 'the client never uses TLS, and the server takes nothing else' });
    expect(seaworthy(folder, ['connections', 'misfit']).stdout).toContain('refused');
  });

  test('lists servers without clients', () => {
    expect(report.datastores.map(({ name, clients }) => [name, clients])).toEqual([
      ['db', 1],
      ['idle', 0],
    ]);
  });
});

describe('text', () => {
  const { status, stdout } = seaworthy(folder, ['connections', 'compose.yaml']);

  test('fits into 80 columns', () => {
    expect(status).toBe(0);
    for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
  });

  test('one line for a pair, below its server', () => {
    expect(stdout).toContain('service shop/db, postgres 18.6, by service db\n');
    expect(stdout).toMatch(/ {2}shop\/api +DATABASE_URL +plaintext +needed +high \+\d\n/);
    expect(stdout).toContain('\nVERDICT is the worst violation, and how many more there are: seaworthy scan');
    expect(stdout).toContain('servers that no client of the scan leads to');
    expect(stdout).not.toContain('\u001b');
  });
});

test('nothing to connect to is fine', () => {
  expect(list('plain').connections).toEqual([]);
  expect(seaworthy(folder, ['connections', 'plain']).stdout).toBe('0 connections to 0 servers: plaintext possible in 0, unknown in 0\n');
});

test('what could not be read exits 3, and no path at all 2', () => {
  write(folder, { 'broken/a.yaml': 'apiVersion: v1\nkind: [\n' });
  expect(seaworthy(folder, ['connections', 'broken'])).toMatchObject({ status: 3, stdout: expect.stringContaining('not read: broken/a.yaml:2:7: ') });
  expect(seaworthy(folder, ['connections']).status).toBe(2);
});
