import { expect, test } from 'vitest';
import { IN_CLUSTER } from '../src/model/finding-order.ts';
import type { Drift } from '../src/model/report.ts';
import { joinFiles, joinRunning, type View } from '../src/views.ts';

/** A finding of literals: what it says, and what it was merged with. */
class Seen implements View<Seen> {
  readonly outcome: View<Seen>['outcome'];
  readonly isOverridden: boolean;
  readonly drift: Drift | undefined;
  readonly isOfKubernetes = true;
  readonly from: string;

  constructor(from: string, outcome: View<Seen>['outcome'], more: { isOverridden?: boolean; drift?: Drift } = {}) {
    this.from = from;
    this.outcome = outcome;
    this.isOverridden = more.isOverridden ?? false;
    this.drift = more.drift;
  }

  merge(other: Seen): Seen {
    const order = ['pass', 'unknown', 'violation'];
    if (this.outcome !== other.outcome) return order.indexOf(this.outcome) > order.indexOf(other.outcome) ? this : other;
    return new Seen(`${this.from}+${other.from}`, this.outcome, { isOverridden: this.isOverridden, ...(this.drift === undefined ? {} : { drift: this.drift }) });
  }

  drifting(drift: Drift): Seen {
    return new Seen(this.from, this.outcome, { isOverridden: this.isOverridden, drift });
  }
}

const LIVE = `api${IN_CLUSTER}prod`;

test.each([
  ['in both', 'violation', 'violation', 'git+live', 'violation', 'in-git-and-live'],
  ['mended in git', 'pass', 'violation', 'live', 'violation', 'fixed-in-git'],
  ['not known in git', 'unknown', 'violation', 'live', 'violation', 'in-git-and-live'],
  ['made in git, and not rolled out', 'violation', 'pass', 'git', 'violation', 'only-in-git'],
  ['made in git, and not to be seen live', 'violation', 'unknown', 'git', 'violation', 'only-in-git'],
  ['learned from the cluster', 'unknown', 'pass', 'live', 'pass', undefined],
  ['not to be seen live', 'pass', 'unknown', 'live', 'unknown', undefined],
] as const)('git and a cluster: %s', (_, git, live, from, outcome, drift) => {
  const findings = new Map([
    ['api', new Seen('git', git)],
    [LIVE, new Seen('live', live)],
  ]);
  joinFiles(findings);
  expect([...findings]).toEqual([[LIVE, expect.objectContaining({ from, outcome, drift })]]);
});

test('what only one of them has says so', () => {
  const findings = new Map([
    ['api', new Seen('git', 'violation')],
    [`web${IN_CLUSTER}prod`, new Seen('live', 'violation')],
  ]);
  joinFiles(findings);
  expect([...findings.values()].map(({ drift }) => drift)).toEqual(['only-in-git', 'only-live']);
});

test('one file, two clusters: a finding for each', () => {
  const findings = new Map([
    ['api', new Seen('git', 'violation')],
    [`api${IN_CLUSTER}a`, new Seen('a', 'violation')],
    [`api${IN_CLUSTER}b`, new Seen('b', 'pass')],
  ]);
  joinFiles(findings);
  expect([...findings.values()].map(({ from, drift }) => [from, drift])).toEqual([
    ['git+a', 'in-git-and-live'],
    ['git', 'only-in-git'],
  ]);
});

test('what a webhook mends in each Pod is no violation of the files either', () => {
  const findings = new Map([
    ['api', new Seen('git', 'violation')],
    [LIVE, new Seen('template', 'violation', { isOverridden: true })],
  ]);
  joinRunning(findings, new Map([[LIVE, new Seen('pods', 'pass')]]));
  joinFiles(findings);
  expect([...findings]).toEqual([[LIVE, expect.objectContaining({ from: 'pods', outcome: 'pass', drift: 'changed-before-it-ran' })]]);
});

test.each([
  ['all Pods are worse than their template', undefined, 'violation', 'pods', 'violation', 'changed-before-it-ran'],
  ['all Pods are better', { isOverridden: true }, 'pass', 'pods', 'pass', 'changed-before-it-ran'],
  ['some Pods are better, others as written', { isOverridden: false }, 'pass', 'template', 'violation', undefined],
  ['changed in something else', { isOverridden: true }, 'violation', 'template+pods', 'violation', undefined],
] as const)('Pods and their template: %s', (_, template, pods, from, outcome, drift) => {
  const findings = new Map(template === undefined ? [] : [[LIVE, new Seen('template', 'violation', template)]]);
  joinRunning(findings, new Map([[LIVE, new Seen('pods', pods)]]));
  expect([...findings]).toEqual([[LIVE, expect.objectContaining({ from, outcome, drift })]]);
});
