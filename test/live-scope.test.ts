import { expect, test } from 'vitest';
import { namespacesIn, seenIn, wantedWith } from '../src/live-scope.ts';
import type { Inventory } from '../src/model/inventory.ts';
import type { Subject } from '../src/model/subject.ts';
import { objectsOf } from './facts/support.ts';

function manifests(...objects: readonly string[]): Inventory {
  const text = objects.map((object) => `{${object}}`).join('\n---\n');
  return { units: [{ kind: 'files', name: 'x', resources: objectsOf('x.yaml', text) }], sources: [], gaps: [] };
}

function cluster(namespaces: readonly string[] | undefined): Inventory {
  const reading = { cluster: 'prod', startedAt: '', version: '', namespaces: namespaces === undefined ? undefined : new Set(namespaces), missing: () => undefined };
  return { units: [{ kind: 'cluster', name: 'prod', resources: [], reading }], sources: [], gaps: [] };
}

const GIT = manifests(
  'apiVersion: v1, kind: Namespace, metadata: {name: shop}',
  'apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}',
  'apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: shop}',
  'apiVersion: v1, kind: Service, metadata: {name: api}',
);

test('the namespaces that manifests go to: those they name, make, or leave open', () => {
  expect([...namespacesIn(GIT)].sort()).toEqual(['', 'shop']);
  expect([...namespacesIn(manifests('apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}'))]).toEqual([]);
});

test('what the manifests name', () => {
  const isSeen = seenIn(GIT);
  expect([isSeen({ kind: 'Deployment', name: 'api' }), isSeen({ kind: 'Deployment', name: 'web' })]).toEqual([true, false]);
});

test.each([
  [['shop'], 'Deployment', 'shop', 'api', true],
  [['shop'], 'Deployment', 'other', 'api', false],
  [['shop'], 'Namespace', '', 'shop', true],
  [['shop'], 'Namespace', '', 'other', false],
  [['shop'], 'ClusterRole', '', 'reader', true],
  [['shop'], 'ClusterRole', '', 'admin', false],
] as const)('with findings asked for in %j: %s %s/%s', (namespaces, kind, namespace, name, isWanted) => {
  const live = cluster(namespaces);
  const reading = live.units[0]?.reading;
  const subject = { resource: { origin: { view: 'live:prod', reading } } } as unknown as Subject;
  const identity = { apiVersion: 'v1', kind, namespace, name, container: '', part: '' };
  expect(wantedWith(undefined, live, GIT)?.(subject, identity)).toBe(isWanted);
  expect(wantedWith(() => false, live, GIT)?.(subject, identity)).toBe(false);
});

test('with findings asked for everywhere nothing is left out, and nothing is asked', () => {
  expect(wantedWith(undefined, cluster(undefined), GIT)).toBeUndefined();
});
