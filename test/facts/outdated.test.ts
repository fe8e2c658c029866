import { describe, expect, test } from 'vitest';
import { KUBERNETES_VERSIONS_AS_OF } from '../../src/facts/api-servers.ts';
import { isOutdated } from '../../src/facts/outdated.ts';
import { POSTGRES_VERSIONS_AS_OF } from '../../src/facts/servers/postgres-versions.ts';
import { REDIS_VERSIONS_AS_OF } from '../../src/facts/servers/redis-versions.ts';
import { compose, kubernetes, type Subjects } from './support.ts';

// What is known of versions grows old with the program: what was fine then may not be now, and what was not never will be again.

const DAY = 24 * 60 * 60 * 1000;
const daysAfter = (asOf: string, days: number): string => new Date(Date.parse(asOf) + days * DAY).toISOString().slice(0, 10);

test.each([
  [undefined, false],
  [0, false],
  [-500, false],
  [365, false],
  [366, true],
])('%j days after, it is outdated: %j', (days, answer) => {
  expect(isOutdated('2026-11-21', days === undefined ? undefined : daysAfter('2026-11-21', days))).toBe(answer);
});

const server = (image: string, today: string | undefined): Subjects =>
  kubernetes(`apiVersion: v1\nkind: Pod\nmetadata: {name: db}\nspec: {containers: [{name: db, image: "${image}"}]}\n`, today === undefined ? {} : { today });
const apiServer = (version: string, today: string): Subjects =>
  kubernetes(
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: kube-system}\nspec: {containers: [{name: a, image: "registry.k8s.io/kube-apiserver:${version}", command: [kube-apiserver]}]}\n`,
    { today },
  );

const OF_TABLES = [
  ['PostgreSQL', POSTGRES_VERSIONS_AS_OF],
  ['Kubernetes', KUBERNETES_VERSIONS_AS_OF],
];

describe('a version is supported', () => {
  test.each<[string, string, number, boolean | undefined]>([
    ['postgres:18.6', POSTGRES_VERSIONS_AS_OF, 365, true],
    ['postgres:18.6', POSTGRES_VERSIONS_AS_OF, 366, undefined],
    ['postgres:18.1', POSTGRES_VERSIONS_AS_OF, 366, false],
    ['postgres:15.20', POSTGRES_VERSIONS_AS_OF, 300, true],
    // On 11 November 2027 its support ends, which is known today.
    ['postgres:15.20', POSTGRES_VERSIONS_AS_OF, 355, false],
    ['redis:8.4.0', REDIS_VERSIONS_AS_OF, 365, true],
    ['redis:8.4.0', REDIS_VERSIONS_AS_OF, 366, undefined],
    ['redis:7.2.1', REDIS_VERSIONS_AS_OF, 366, false],
  ])('%s, %s and %i days: %j', (image, asOf, days, answer) => {
    expect(server(image, daysAfter(asOf, days)).fact('datastore.isVersionSupported')).toBe(answer);
  });

  test.each<[string, number, boolean | undefined]>([
    ['v1.37.0', 365, true],
    ['v1.37.0', 366, undefined],
    ['v1.20.0', 366, false],
  ])('kube-apiserver %s after %i days: %j', (version, days, answer) => {
    expect(apiServer(version, daysAfter(KUBERNETES_VERSIONS_AS_OF, days)).fact('cluster.isSupported')).toBe(answer);
  });

  test('without a day, as the table has it; in compose files as well', () => {
    expect(server('postgres:18.6', undefined).fact('datastore.isVersionSupported')).toBe(true);
    expect(compose('services: {db: {image: "postgres:18.6"}}', { today: '2030-01-01' }).fact('datastore.isVersionSupported')).toBeUndefined();
  });

  test('or it is told what would show it', () => {
    const reasons = [
      server('postgres:18.6', '2030-01-01').one('datastore').absence('datastore.isVersionSupported'),
      apiServer('v1.37.0', '2030-01-01').one('cluster').absence('cluster.isSupported'),
    ];
    expect(reasons.map(({ because, hint }) => `${because}: ${hint}`)).toEqual(
      OF_TABLES.map(([of, asOf]) => `what this release of Seaworthy knows of the versions of ${of} is of ${asOf}, more than a year before this scan: update Seaworthy`),
    );
  });

  test.each([
    ['postgres:99.1', 'newer than', 'update'],
    ['redis:8.99.1', 'newer than', 'update'],
    ['postgres:18', 'not exact', 'whole version'],
    ['redis:8.2', 'not exact', 'whole version'],
    ['eqalpha/keydb:x86_64_v6.3.4', 'names no version', 'pin'],
    ['eqalpha/keydb:6.3.4', 'of KeyDB', 'look it up'],
  ])('%s: why it is not known, and what helps', (image, because, hint) => {
    const absence = server(image, POSTGRES_VERSIONS_AS_OF).one('datastore').absence('datastore.isVersionSupported');
    expect(absence).toEqual({ because: expect.stringContaining(because), hint: expect.stringContaining(hint) });
  });
});
