import { describe, expect, test } from 'vitest';
import type { Hint } from '../../../src/facts/connections/address.ts';
import { parseConnection } from '../../../src/facts/connections/parse.ts';
import { Sealed } from '../../../src/sealed.ts';
import { lineOf, read, refusalOf, text } from './support.ts';

describe('where an address leads', () => {
  for (const [written, line, hint] of [
    ['redis://h', 'h:6379 user - password false database -', {}],
    ['redis://:pw@h:6380/2', 'h:6380 user - password true database 2', {}],
    ['redis://app:pw@h/2?db=3', 'h:6379 user app password true database 3', {}],
    ['rediss://h:6380', 'h:6380 user - password false database -', {}],
    ['valkey://h', 'h:6379 user - password false database -', {}],
    ['redis://[::1]:7000/0', '::1:7000 user - password false database 0', {}],
    ['redis://a,b:7001,c', 'a:6379 b:7001 c:6379 user - password false database -', {}],
    // To some drivers it is a user, to others a password.
    ['redis://word@h', 'h:6379 user ? password ? database -', {}],
    ['redis://word@h', 'h:6379 user word password false database -', { driver: 'ioredis' }],
    ['redis://word@h', 'h:6379 user - password true database -', { driver: 'lettuce' }],
    ['redis://h?password=pw&db=4', 'h:6379 user - password true database 4', {}],
    ['redis-socket:///run/redis.sock', 'socket /run/redis.sock user - password false database -', {}],
    ['redis+unix:///run/redis.sock?db=1', 'socket /run/redis.sock user - password false database 1', {}],
    ['unix://:pw@/run/redis.sock', 'socket /run/redis.sock user - password true database -', {}],
    ['unix:///run/x.sock', 'socket /run/x.sock user - password false database -', { variableName: 'REDIS_URL' }],
    ['/run/redis.sock?db=1', 'socket /run/redis.sock user - password false database 1', { driver: 'ioredis', isConnection: true }],
    ['6380', 'localhost:6380 user - password false database -', { driver: 'ioredis', isConnection: true }],
    ['h:6380,password=p=w,user=app,defaultDatabase=3', 'h:6380 user app password true database 3', {}],
    ['a:1,b,ssl=true', 'a:1 b:6380 user - password false database -', { variableName: 'ConnectionStrings__Redis' }],
    ['a:6379,b:6379', 'a:6379 b:6379 user - password false database -', { variableName: 'REDIS_NODES' }],
    ['tls://h:6380', 'h:6380 user - password false database -', { variableName: 'REDIS_URL' }],
    ['redis://$(H):$(REDIS_PORT)/0', '?:? user - password false database 0', {}],
    ['redis://:$(PW)@redis.$(NS).svc:6379', '?:6379 user - password true database -', {}],
    ['redis://$(H):$(P)/0', '?:? user - password false database 0', { driver: 'ioredis' }],
    ['redis://$(H):$(P)/0', '?:? user - password false database 0', { driver: 'redis-py' }],
    ['redis://$(H):$(P)/$(N)', '?:? user - password false database ?', { driver: 'node-redis' }],
    ['redis://$(H):$(P)/$(N)', '?:? user - password false database ?', { driver: 'lettuce' }],
  ] as const satisfies readonly (readonly [string, string, Hint])[]) {
    test(`${written} ${JSON.stringify(hint)}`, () => expect(lineOf(read(written, hint))).toBe(line));
  }
});

describe('sentinels', () => {
  for (const [written, list, master, database] of [
    ['redis-sentinel://h1,h2:1/5#m', 'h1:26379 h2:1', 'm', '5'],
    ['rediss-sentinel://:pw@h1/0?sentinelMasterId=m', 'h1:26379', 'm', '0'],
    ['redis+sentinel://:pw@h1:26379,h2:26379/m/2', 'h1:26379 h2:26379', 'm', '2'],
    ['sentinel://h1:26379/0;sentinel://h2:26379/0', 'h1:26379 h2:26379', null, '0'],
    ['h1,h2,serviceName=m,password=x', 'h1:26379 h2:26379', 'm', null],
  ] as const) {
    test(written, () => {
      const { hosts, leadsTo, sentinelMaster, database: number } = read(written, { variableName: 'REDIS_SENTINELS' });
      expect([hosts?.map(({ name, port }) => `${name}:${port}`).join(' '), leadsTo, sentinelMaster, number]).toEqual([list, 'sentinel', master, database]);
    });
  }
});

describe('what a driver refuses', () => {
  for (const [written, driver] of [
    ['redis://h:port', 'redis-py'],
    ['redis://h/0?db=x', 'redis-py'],
    ['redis://h?socket_timeout=soon', 'redis-py'],
    ['redis://[::1', 'redis-py'],
    ['http://h', 'redis-py'],
    ['redis://h:port', 'ioredis'],
    ['http://h', 'node-redis'],
    ['redis://h/zero', 'node-redis'],
    ['redis://h/zero', 'lettuce'],
    ['redis://h h', 'lettuce'],
    ['redis-sentinel://h', 'lettuce'],
    ['redis://h?verifyPeer=maybe', 'lettuce'],
    ['localhost', 'lettuce'],
  ] as const) {
    test(`${written} ${driver}`, () => expect(refusalOf(written, { driver, isConnection: true })).toBeDefined());
  }
});

test('of several parameters with one name the driver decides which counts', () => {
  const parameters = 'redis://h?ssl_cert_reqs=none&ssl_cert_reqs=required';
  const effective = (driver: 'redis-py' | 'ioredis') => read(parameters, { driver }).parameters.filter(({ isEffective }) => isEffective);
  expect(effective('redis-py').map(({ value }) => value)).toEqual(['none']);
  expect(effective('ioredis').map(({ value }) => value)).toEqual(['required']);
});

test('a password may hold anything that is escaped, and in a list anything but a comma', () => {
  for (const written of ['redis://:p%40%2Fs%3Fs@h', 'redis://h?password=p%40%2Fs%3Fs', 'h:6379,password=p@/s?s']) {
    expect(read(written).password?.equals(new Sealed('p@/s?s'))).toBe(true);
  }
});

describe('what is no address of Redis', () => {
  for (const [written, variableName] of [
    ['true', 'REDIS_CLUSTER'],
    ['redis', 'CACHE_URL'],
    ['memcached:11211', 'CACHE_HOST'],
    ['tcp://10.0.0.1:6379', 'REDIS_PORT'],
    ['tcp://10.0.0.1:6379', 'REDIS_PORT_6379_TCP'],
    ['12:30', 'BACKUP_TIME'],
    ['amqp://rabbit', 'CELERY_BROKER_URL'],
    ['a=b,c=d', 'LABELS'],
  ] as const) {
    test(`${variableName}=${written}`, () => expect(parseConnection(text(written), { variableName })).toBeUndefined());
  }
});
