import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RecordedCluster } from '../../../src/collect/cluster/recorded.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { NeededResource } from '../../../src/model/vocabulary.ts';
import { write } from '../../cli/run.ts';
import { temporaryFolder } from './fake-api.ts';

const WANTED: NeededResource[] = [
  ['', 'pods'],
  ['apps', 'deployments'],
  ['apps', 'replicasets'],
  ['networking.k8s.io', 'networkpolicies'],
  ['storage.k8s.io', 'storageclasses'],
  ['', 'secrets'],
].map(([group = '', resource = '']) => ({ group, resource, isNamespaced: true }));

async function read(files: Readonly<Record<string, string>>): Promise<{ inventory: Inventory; cluster: RecordedCluster }> {
  const folder = temporaryFolder();
  write(folder, files);
  const cluster = new RecordedCluster({ path: join(folder), name: 'recorded', version: 'v1.36.0' });
  return { inventory: await cluster.read(WANTED), cluster };
}

const object = (apiVersion: string, kind: string, name = 'a', more = ''): string => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop${more}}\n`;
const namesOf = ({ units }: Inventory): string[] => units.flatMap(({ resources }) => resources.map(({ value }) => String(value['kind']))).sort();

test('objects go the way of a cluster: pruned, folded into their owners, and found in their files', async () => {
  const spec = 'spec: {containers: [{name: a, image: "a:1"}], tolerations: [{}]}\n';
  const owner = `${object('apps/v1', 'Deployment', 'a', ', uid: u')}spec: {template: {${spec.trim()}}}\n`;
  const ofOwner = (image: string): string =>
    `${object('v1', 'Pod', 'p', ', ownerReferences: [{uid: u, controller: true}]')}${spec.replace('a:1', image)}status: {phase: Running}\n`;
  const { inventory } = await read({ 'deployment.yaml': owner, 'pods/pods.yaml': `${ofOwner('a:1')}---\n${ofOwner('a:2')}` });
  const [unit] = inventory.units;
  expect(unit?.resources).toMatchObject([
    { value: { kind: 'Deployment' }, hasPods: true, isOverridden: false },
    { value: { kind: 'Pod', spec: { containers: [{ image: 'a:2' }] } }, owner: { value: { kind: 'Deployment' } } },
  ]);
  const pod = unit?.resources[1];
  expect(pod?.type === 'kubernetes' && pod.owner).toBe(unit?.resources[0]);
  expect(pod?.value).not.toHaveProperty('spec.tolerations');
  expect(pod?.origin.view).toBe('live:recorded');
  expect(pod?.origin.locate([...(pod?.at ?? []), 'spec'])).toMatchObject({ file: expect.stringMatching(/pods\/pods\.yaml$/), line: 10 });
  expect(inventory.gaps).toEqual([]);
});

describe('a Pod that is ending, of a ReplicaSet that is scaled to 0', () => {
  const spec = (image: string): string => `{containers: [{name: a, image: "a:${image}"}]}`;
  const deployment = `${object('apps/v1', 'Deployment', 'a', ', uid: u')}spec: {template: {spec: ${spec('3')}}}\n`;
  const revision = (number: number): string =>
    `${object('apps/v1', 'ReplicaSet', `a-${number}`, `, uid: r${number}, annotations: {deployment.kubernetes.io/revision: "${number}"}, ownerReferences: [{uid: u, controller: true}]`)}spec: {replicas: ${number === 3 ? 1 : 0}, template: {spec: ${spec(String(number))}}}\n`;
  const pod = (number: number): string =>
    `${object('v1', 'Pod', `a-${number}-x`, `, ownerReferences: [{uid: r${number}, controller: true}]`)}spec: ${spec(String(number))}\nstatus: {phase: Running}\n`;
  const readAll = async (...texts: string[]): Promise<unknown> => (await read({ 'all.yaml': texts.join('---\n') })).inventory.units[0]?.resources;

  test('is one of its Deployment, made from an earlier template', async () => {
    expect(await readAll(deployment, revision(1), revision(3), revision(2), pod(2))).toMatchObject([
      { value: { kind: 'Deployment' }, hasPods: true },
      { value: { kind: 'Pod' }, owner: { value: { kind: 'Deployment' } }, maker: { value: { metadata: { name: 'a-2' } } } },
    ]);
  });

  test('is a Pod of its own where no Deployment was read', async () => {
    const resources = await readAll(revision(2), pod(2));
    expect(resources).toMatchObject([{ value: { kind: 'Pod' } }]);
    expect(resources).not.toHaveProperty('0.owner');
  });
});

test('what kubectl prints as a List, and kinds of every plural', async () => {
  const items = [object('networking.k8s.io/v1', 'NetworkPolicy'), object('storage.k8s.io/v1', 'StorageClass'), object('v1', 'Secret')];
  const list = `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `  - ${item.trim().replaceAll('\n', '\n    ')}\n`).join('')}`;
  const { inventory, cluster } = await read({ 'all.yaml': list });
  expect(namesOf(inventory)).toEqual(['NetworkPolicy', 'Secret', 'StorageClass']);
  expect(cluster.readSecrets).toBe(true);
});

test('a list that was refused is a gap, and what is not recorded is not there', async () => {
  const refusal = 'apiVersion: v1\nkind: Status\ncode: 403\ndetails: {kind: deployments, group: apps}\n';
  const { inventory } = await read({ 'a.yaml': refusal, 'b.yaml': object('v1', 'Pod') });
  expect(inventory.gaps).toMatchObject([{ about: 'recorded', because: 'list deployments is forbidden (403)' }]);
  const reading = inventory.units[0]?.reading;
  expect([reading?.missing('apps/deployments', 'shop')?.because, reading?.missing('secrets', 'shop'), reading?.version]).toEqual([
    'list deployments is forbidden (403)',
    undefined,
    'v1.36.0',
  ]);
});

test('what no policy of the run would list is told', async () => {
  const { inventory } = await read({ 'a.yaml': object('v1', 'Pod'), 'b.yaml': object('example.com/v1', 'Pod') });
  expect(namesOf(inventory)).toEqual(['Pod']);
  expect(inventory.gaps).toMatchObject([{ because: 'nothing that these policies read is a Pod, so that no cluster is asked for it', location: { line: 2 } }]);
});
