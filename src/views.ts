import { IN_CLUSTER } from './model/finding-order.ts';
import type { Judgement } from './model/policy.ts';
import type { Drift } from './model/report.ts';

/**
 * One fault as several looked at it: the files, the template that a cluster holds, the Pods that run. The nearer a view is to
 * what runs, the more it counts (CHECKS.md 0.2). What only git says is not unsaid by a cluster that has yet to get it.
 */
export interface View<T> {
  readonly outcome: Judgement['outcome'];
  /** Of a template: Pods run, and none of them as it says. */
  readonly isOverridden: boolean;
  readonly drift: Drift | undefined;
  /** Whether a cluster could hold it: a Dockerfile it could not. */
  readonly isOfKubernetes: boolean;
  /** The same fault in another place; the worse outcome is told. */
  merge(other: T): T;
  drifting(drift: Drift, cluster?: T): T;
}

/** Puts what Pods say that run otherwise than their owner's template beside what the template says. */
export function joinRunning<T extends View<T>>(findings: Map<string, T>, running: ReadonlyMap<string, T>): void {
  for (const [key, pods] of running) {
    const template = findings.get(key);
    const told = template === undefined || (template.isOverridden && template.outcome !== pods.outcome) ? pods : template.merge(pods);
    findings.set(key, told === pods ? pods.drifting('changed-before-it-ran') : told);
  }
}

/** Puts what files say beside what each cluster says of the same thing. */
export function joinFiles<T extends View<T>>(findings: Map<string, T>): void {
  const joined = new Set<string>();
  for (const [key, live] of findings) {
    const at = key.lastIndexOf(IN_CLUSTER);
    if (at === -1) continue;
    const inFiles = key.slice(0, at);
    const file = findings.get(inFiles);
    if (file !== undefined) joined.add(inFiles);
    findings.set(key, file === undefined ? live.drifting('only-live') : join(file, live));
  }
  for (const key of joined) findings.delete(key);
  for (const [key, finding] of findings) if (finding.isOfKubernetes && !key.includes(IN_CLUSTER)) findings.set(key, finding.drifting('only-in-git'));
}

function join<T extends View<T>>(file: T, live: T): T {
  // What a webhook puts right in each Pod is put right for the next one, too.
  const isMended = live.outcome === 'pass' && live.drift === 'changed-before-it-ran';
  if (file.outcome === live.outcome) return file.drifting('in-git-and-live', live).merge(live);
  if (live.outcome === 'violation') return file.outcome === 'pass' ? live.drifting('fixed-in-git') : live.drifting('in-git-and-live');
  if (file.outcome === 'violation' && !isMended) return file.drifting('only-in-git', live);
  return live;
}
