import { InvalidArgumentError } from 'commander';
import type { Shard } from '../model/report.ts';
import type { Identity } from '../model/subject.ts';
import { sha256 } from '../sha256.ts';

/** More parts than any cluster has use for, and few enough to name those that are missing. */
const MOST_PARTS = 1000;

/** `2/8`, or `/8` where Kubernetes has numbered the Pods of an Indexed Job. */
export function parseShard(text: string, environment: NodeJS.ProcessEnv = process.env): Shard {
  const [, named = '', total = ''] = /^(\d{0,4})\/(\d{1,4})$/.exec(text) ?? [];
  if (total === '') throw new InvalidArgumentError('A part is written as INDEX/COUNT, from 0/4 to 3/4, or as /4 in the Pods of an Indexed Job.');
  const index = named === '' ? environment['JOB_COMPLETION_INDEX'] : named;
  if (index === undefined || !/^\d{1,4}$/.test(index)) {
    throw new InvalidArgumentError(`"${text}" names no index, and JOB_COMPLETION_INDEX, which an Indexed Job sets, does not hold one.`);
  }
  const shard = { index: Number(index), count: Number(total) };
  if (shard.count < 1 || shard.count > MOST_PARTS) throw new InvalidArgumentError(`A scan can be split into 1 to ${MOST_PARTS} parts.`);
  if (shard.index >= shard.count) throw new InvalidArgumentError(`There is no part ${shard.index} of ${shard.count}: they are counted from 0.`);
  return shard;
}

/** Whether a subject is judged by this part. A namespace is never split; what belongs to none, the first part judges. */
export function isInShard({ index, count }: Shard, { apiVersion, kind, namespace }: Pick<Identity, 'apiVersion' | 'kind' | 'namespace'>): boolean {
  const belongsToNone = namespace === '' || apiVersion === '' || kind === 'Namespace';
  return (belongsToNone ? 0 : partOf(namespace, count)) === index;
}

const parts = new Map<string, number>();

/** The same on every machine and in every version: parts of one scan may be made by different Nodes. */
function partOf(namespace: string, count: number): number {
  const key = `${count} ${namespace}`;
  let part = parts.get(key);
  if (part === undefined) {
    part = Number.parseInt(sha256(namespace).slice(0, 12), 16) % count;
    parts.set(key, part);
  }
  return part;
}
