import { describe, expect, test } from 'vitest';
import { world } from './world.ts';

const CONTAINER = `        - name: agent
          image: registry.example.com/agent:1.0
          env: [{name: AGENT_AUDIT_DB, value: /data/audit.db}]
          volumeMounts: [{name: data, mountPath: /data}]
`;

function statefulSet(template: string): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: agent}
spec:
  replicas: 3
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
${CONTAINER}  volumeClaimTemplates: [{metadata: {name: data}, spec: ${template}}]
`;
}

function pod(volume: string): string {
  return `apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
${CONTAINER.replaceAll(/^ {4}/gm, '')}  volumes: [{name: data, ${volume}}]
`;
}

function claim(modes: string): string {
  return `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: audit}\nspec: {accessModes: [${modes}]}\n`;
}

describe('what an SQLite file of a program lies on', () => {
  test.each([
    ['a template of claims', [statefulSet('{accessModes: [ReadWriteOnce]}')], 'claim', false, false],
    ['a template of claims that several nodes may write', [statefulSet('{accessModes: [ReadWriteMany]}')], 'claim', true, false],
    ['a claim', [pod('persistentVolumeClaim: {claimName: audit}'), claim('ReadWriteOnce')], 'claim', false, false],
    ['a claim that several nodes may write', [pod('persistentVolumeClaim: {claimName: audit}'), claim('ReadWriteMany')], 'claim', true, false],
    ['a network file system', [pod('nfs: {server: files, path: /}')], 'volume', true, false],
    ['a folder of the node', [pod('hostPath: {path: /srv}')], 'hostPath', false, false],
  ])('%s', (_, documents, kind, isOnNetwork, isShared) => {
    expect(world(...documents).of('store')).toMatchObject([{ facts: { kind, isOnNetwork, isShared, outlivesContainer: true } }]);
  });
});
