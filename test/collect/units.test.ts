import { expect, test } from 'vitest';
import { splitUnit } from '../../src/collect/units.ts';
import type { KubernetesObject, Unit } from '../../src/model/inventory.ts';

function object(file: string, kind: string, name: string): KubernetesObject {
  const origin = { view: 'git', file, locate: () => ({ file, line: 1, column: 1, pointer: '', missing: false }), excerpt: () => [] };
  return { type: 'kubernetes', value: { apiVersion: 'v1', kind, metadata: { name } }, at: [], duplicateKeys: [], origin };
}

function split(root: string, ...objects: readonly [file: string, kind: string, name: string][]): Record<string, string[]> {
  const unit: Unit = { kind: 'folder', name: root, resources: objects.map(([file, kind, name]) => object(file, kind, name)) };
  return Object.fromEntries(splitUnit(unit).map(({ name, resources }) => [name, resources.map(({ origin }) => origin.file ?? '')]));
}

test('folders without a common name stay one unit, so that their objects are joined', () => {
  expect(split('deploy', ['deploy/a/web.yaml', 'Deployment', 'web'], ['deploy/b/quota.yaml', 'ResourceQuota', 'all'])).toEqual({
    deploy: ['deploy/a/web.yaml', 'deploy/b/quota.yaml'],
  });
});

test('folders beside each other with a common name are units of their own', () => {
  expect(split('shop', ['shop/after/api.yaml', 'Deployment', 'api'], ['shop/after/quota.yaml', 'ResourceQuota', 'q'], ['shop/before/api.yaml', 'Deployment', 'api'])).toEqual({
    'shop/after': ['shop/after/api.yaml', 'shop/after/quota.yaml'],
    'shop/before': ['shop/before/api.yaml'],
  });
});

test('a name that repeats further down splits only there', () => {
  expect(split('.', ['a/x/api.yaml', 'Deployment', 'api'], ['a/y/api.yaml', 'Deployment', 'api'], ['b/web.yaml', 'Deployment', 'web'], ['top.yaml', 'LimitRange', 'l'])).toEqual({
    '.': ['b/web.yaml', 'top.yaml'],
    'a/x': ['a/x/api.yaml'],
    'a/y': ['a/y/api.yaml'],
  });
});

test('a namespace that several folders declare is no copy of a deployment', () => {
  expect(Object.keys(split('deploy', ['deploy/a/ns.yaml', 'Namespace', 'shop'], ['deploy/b/ns.yaml', 'Namespace', 'shop']))).toEqual(['deploy']);
});

test('an empty folder is one empty unit', () => {
  expect(split('deploy')).toEqual({ deploy: [] });
});
