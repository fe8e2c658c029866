import { expect, test } from 'vitest';
import { hasPrivateName, managedBy, reachOf } from '../../../src/facts/datastores/addresses.ts';

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.9.9.9', 'loopback'],
  ['localhost', 'loopback'],
  ['LOCALHOST.', 'loopback'],
  ['db.localhost', 'loopback'],
  ['::1', 'loopback'],
  ['[::1]', 'loopback'],
  ['0.0.0.0', 'any'],
  ['::', 'any'],
  ['10.1.2.3', 'private'],
  ['172.15.0.1', 'public'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.0.1', 'private'],
  ['100.64.0.1', 'private'],
  ['100.128.0.1', 'public'],
  ['169.254.1.1', 'private'],
  ['8.8.8.8', 'public'],
  // The ranges of documentation belong to nobody, and are not private for that.
  ['192.0.2.1', 'public'],
  ['203.0.113.20', 'public'],
  ['fd12:3456::1', 'private'],
  ['fe80::1%eth0', 'private'],
  ['2001:db8::1', 'public'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:203.0.113.20', 'public'],
  ['::ffff:a00:1', 'private'],
  ['::ffff:cb00:7114', 'public'],
  ['db', undefined],
  ['10.example.com', undefined],
  ['', undefined],
])('%j is %s', (host, reach) => {
  expect(reachOf(host)).toBe(reach);
});

test.each([
  ['shop.abc.eu-west-1.rds.amazonaws.com', 'Amazon RDS'],
  ['shop.abc.0001.euw1.cache.amazonaws.com.', 'Amazon ElastiCache'],
  ['shop.postgres.database.azure.com', 'Azure Database for PostgreSQL'],
  ['Shop.Redis.Cache.Windows.Net', 'Azure Cache for Redis'],
  ['eu1-shop-1.upstash.io', 'Upstash'],
  ['ep-1.eu-central-1.aws.neon.tech', 'Neon'],
  ['db.example.com', undefined],
  ['rds.amazonaws.com.example.com', undefined],
])('%s is run by %s', (host, provider) => {
  expect(managedBy(host)?.provider).toBe(provider);
});

test.each([
  ['db.internal', true],
  ['db.corp.', true],
  ['shop.privatelink.postgres.database.azure.com', true],
  ['vpce-1.rds.eu-west-1.vpce.amazonaws.com', true],
  ['internal.example.com', false],
])('%s has a private name: %s', (host, isPrivate) => {
  expect(hasPrivateName(host)).toBe(isPrivate);
});
