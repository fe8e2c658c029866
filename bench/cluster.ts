import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KubeClient } from '../src/collect/cluster/client.ts';
import { inParallel } from '../src/collect/cluster/in-parallel.ts';
import { findTargets } from '../src/collect/cluster/kubeconfig.ts';
import { type ApiServer, startApiServer } from '../test/cluster/api-server.ts';
import { type Figure, printFigures, ratioFigure } from './bars.ts';
import { type Created, deploymentsInNamespace, podsInNamespace } from './cluster-objects.ts';
import { nodeFlags, readSummary } from './commands.ts';
import { type Command, measurePair, outputOfOurs, spread } from './measure.ts';

// A scan of a live cluster against a bare script that pages the same lists: node bench/cluster.ts [--pods 50000] [--runs 3] [--entry FILE]
// Needs a Kubernetes in SEAWORTHY_KUBE_BIN. Never fails a build: a shared machine would decide it.

const { values } = parseArgs({ options: { pods: { type: 'string', default: '50000' }, runs: { type: 'string', default: '3' }, entry: { type: 'string' } } });
const pods = Number(values.pods);
const entry = resolve(values.entry ?? join(import.meta.dirname, '../bin/seaworthy.js'));
const directory = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
const server = await startApiServer();
try {
  process.stderr.write(`creating ${pods} Pods …\n`);
  const began = process.hrtime.bigint();
  await fill(server, pods);
  process.stderr.write(`created in ${(process.hrtime.bigint() - began) / 1_000_000_000n} s\n`);
  process.stdout.write(printFigures(measure(server)));
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

function measure({ url, caFile, token, kubeconfig }: ApiServer): Figure[] {
  const ours: Command = {
    args: [...nodeFlags(entry), entry, 'scan', '--kubeconfig', kubeconfig, '-A', '--qps', '0', '-o', 'json'],
    refuse: (exitCode, file) => (exitCode === 1 && readSummary(file) !== undefined ? undefined : `printed no report (exit code ${exitCode})`),
  };
  const warmUp: Command = { args: ['-e', '0'], refuse: () => undefined };
  measurePair(warmUp, ours, 1, directory);
  const report = JSON.parse(readFileSync(outputOfOurs(directory), 'utf8')) as { scan: { sources: { resources: number; requests: number; lists: { resource: string }[] }[] } };
  const [source] = report.scan.sources;
  const paths = (source?.lists ?? []).map(({ resource }) => (resource.includes('/') ? `/apis/${resource.replace('/', '/v1/')}` : `/api/v1/${resource}`));
  const floor: Command = {
    args: [join(import.meta.dirname, 'cluster-floor.mjs'), url, caFile, token, ...paths],
    refuse: (exitCode, file) => (exitCode === 0 && Number(readFileSync(file, 'utf8')) === source?.resources ? undefined : `read other objects (exit code ${exitCode})`),
  };
  const pair = measurePair(floor, ours, Number(values.runs), directory);
  const peak = (of: 'floor' | 'ours'): number => spread(pair[of].map(({ memory }) => memory)).max;
  const bound = Math.ceil(((source?.resources ?? 0) / 500 + paths.length) * 1.1);
  const { violation } = readSummary(outputOfOurs(directory)) ?? {};
  const note = `${source?.requests} requests (at most ${bound}); ${violation} violations; peak ${peak('ours').toFixed(0)} MB against ${peak('floor').toFixed(0)} MB: ${(peak('ours') / peak('floor')).toFixed(2)}× (limit 1.2)`;
  return [ratioFigure({ name: `${pods} Pods`, limit: 1.6, aim: 1.3 }, pair, note)];
}

async function fill({ kubeconfig }: ApiServer, count: number): Promise<void> {
  const [target] = findTargets({ contexts: [], kubeconfig, impersonation: { groups: [] }, environment: {} });
  if (target === undefined) throw new Error('no target');
  const client = new KubeClient(target, { signal: new AbortController().signal, qps: 0 });
  const create = async ({ path, object }: Created): Promise<string> => uidOf(await client.request('POST', path, JSON.stringify(object)));
  const perNamespace = 5000;
  for (let from = 0; from < count; from += perNamespace) {
    const namespace = `bench-${from / perNamespace}`;
    await create({ path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } });
    const size = Math.min(perNamespace, count - from);
    const owners = new Map<string, string>();
    for (const { name, deployment, replicaSet } of deploymentsInNamespace(namespace, size)) owners.set(name, await create(replicaSet(await create(deployment))));
    await inParallel(
      8,
      podsInNamespace(namespace, size, (app) => owners.get(app) ?? ''),
      create,
    );
  }
  client.close();
}

function uidOf(object: Readonly<Record<string, unknown>>): string {
  return (object['metadata'] as { uid: string }).uid;
}

if (!existsSync(entry)) throw new Error(`no ${entry}`);
