import { describe, expect, test } from 'vitest';
import type { KubernetesObject, Origin, Reading } from '../../src/model/inventory.ts';
import { derive, objectsOf, type Subjects } from './support.ts';

const reading: Reading = { cluster: 'prod', startedAt: '2026-11-21T12:00:00Z', version: 'v1.36.3', namespaces: undefined, missing: () => undefined };

/** Objects as they stand in a file, and in a cluster that was read at noon. */
function views(text: string): { inFile: Subjects; live: Subjects } {
  const resources = objectsOf('pod.yaml', text);
  const origin: Origin = { view: 'live:prod', reading, locate: () => ({ cluster: 'prod', ref: '', pointer: '', missing: false }), excerpt: () => [] };
  const stored = resources.map((resource): KubernetesObject => ({ ...resource, origin }));
  return { inFile: derive([{ kind: 'files', name: 'test', resources }]), live: derive([{ kind: 'cluster', name: 'prod', resources: stored, reading }]) };
}

describe('a debug container of a live pod', () => {
  test.each<[string, string, boolean]>([
    ['began a moment ago', '{running: {startedAt: "2026-11-21T11:59:00Z"}}', true],
    ['began an hour ago', '{running: {startedAt: "2026-11-21T11:00:00Z"}}', false],
    ['began yesterday', '{running: {startedAt: "2026-11-20T11:59:00Z"}}', false],
    ['began after the reading did', '{running: {startedAt: "2026-11-21T12:00:05Z"}}', true],
    ['is to begin', '{waiting: {reason: PodInitializing}}', true],
    ['has no state yet', '{}', true],
    ['has ended', '{terminated: {exitCode: 0}}', false],
    ['began at no time', '{running: {startedAt: soon}}', false],
    ['began at a time of another type', '{running: {startedAt: [1]}}', false],
  ])('%s', (_, state, isJustStarted) => {
    const { inFile, live } = views(`apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: app, image: a:1}], ephemeralContainers: [{name: debugger, image: b:1}]}
status: {ephemeralContainerStatuses: [{name: debugger, state: ${state}}]}
`);
    expect(live.fact('container.isJustStarted', 'debugger')).toBe(isJustStarted);
    expect(live.fact('container.isJustStarted', 'app')).toBe(false);
    // A file says when it was written down, and nobody knows how long ago that is.
    expect(inFile.fact('container.isJustStarted', 'debugger')).toBe(false);
  });
});

describe('a debug pod', () => {
  test.each<[string, boolean]>([
    ['"2026-11-21T11:30:00Z"', false],
    ['"2026-11-21T10:30:00Z"', true],
    ['null', true],
  ])('made at %s', (creationTimestamp, isDebugLeftover) => {
    const { inFile, live } = views(`apiVersion: v1
kind: Pod
metadata: {name: node-debugger-a-x7k2p, namespace: shop, creationTimestamp: ${creationTimestamp}}
spec: {containers: [{name: debugger, image: a:1}]}
`);
    expect(live.fact('workload.isDebugLeftover')).toBe(isDebugLeftover);
    expect(inFile.fact('workload.isDebugLeftover')).toBe(true);
  });
});
