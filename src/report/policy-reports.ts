import { compareTexts } from '../model/finding-order.ts';
import type { Severity } from '../model/policy.ts';
import { SEVERITIES } from '../model/policy.ts';
import type { Finding, FindingSubject, Outcome, Report } from '../model/report.ts';
import { inPieces } from './pieces.ts';
import { fold } from './printable.ts';
import { cutEnd, neutralize, neutralizeJson } from './terminal.ts';

/** The two interfaces by which a cluster takes reports of policies: that of the Kubernetes policy working group, and its successor. */
export type PolicyReportApi = 'wgpolicyk8s.io/v1alpha2' | 'openreports.io/v1alpha1';

/** What is written of one namespace, or of what belongs to none. Both interfaces have the same fields but for `source`. */
export interface PolicyReport {
  readonly apiVersion: PolicyReportApi;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly source?: 'seaworthy';
  readonly summary: PolicyReportSummary;
  readonly results: readonly PolicyReportResult[];
}

/** How many there are of each result, those that are not listed included. Passes are counted only where they were kept. */
export interface PolicyReportSummary {
  readonly pass?: number;
  readonly fail: number;
  readonly error: number;
  readonly skip: number;
}

interface PolicyReportResult {
  readonly source: 'seaworthy';
  readonly policy: string;
  readonly severity: Severity;
  readonly result: keyof PolicyReportSummary;
  readonly scored: boolean;
  readonly message: string;
  readonly resources?: readonly { readonly apiVersion: string; readonly kind: string; readonly namespace?: string; readonly name: string }[];
  readonly properties: Readonly<Record<string, string>>;
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
}

const KINDS = {
  'wgpolicyk8s.io/v1alpha2': { namespaced: 'PolicyReport', cluster: 'ClusterPolicyReport' },
  'openreports.io/v1alpha1': { namespaced: 'Report', cluster: 'ClusterReport' },
} as const;

export const MOST_RESULTS = 200;
/** An object of etcd may have 1.5 MiB; a dashboard that watches a thousand reports is glad of less. */
export const MOST_BYTES = 240 * 1024;
const LONGEST_TEXT = 500;
const MOST_GAPS = 20;

/** Of unknown the interfaces say `error`: "could not be evaluated". A waived finding is one that is not counted. */
const RESULTS: Readonly<Record<Outcome, keyof PolicyReportSummary>> = { violation: 'fail', unknown: 'error', waived: 'skip', pass: 'pass' };

/** Marks what is ours, so that what is no longer true can be found and removed. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const PUBLISHER = 'seaworthy.dev/publisher';

export interface PolicyReportOptions {
  readonly api: PolicyReportApi;
  /** The name of every report, and who publishes it: two schedules in one cluster need two. */
  readonly name: string;
  readonly show: readonly Outcome[];
}

/**
 * The report as objects of the cluster: one for each namespace, and one for what belongs to none, which is there even if
 * nothing was found: it says when the scan was and whether it was complete. The worst results first, the rest only counted.
 */
export function policyReports(report: Report, options: PolicyReportOptions): PolicyReport[] {
  const timestamp = { seconds: Math.floor(Date.parse(report.scan.startedAt) / 1000) || 0, nanos: 0 };
  const groups = new Map<string, Gathering>();
  const groupOf = (cluster: string, namespace: string): Gathering => {
    const key = `${cluster}\n${namespace}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = new Gathering(cluster, namespace, options.show.includes('pass'));
      groups.set(key, group);
    }
    return group;
  };
  if ((report.scan.shard?.index ?? 0) === 0) {
    const cluster = groupOf(onlyCluster(report), '');
    for (const gap of report.scan.gaps.slice(0, MOST_GAPS)) {
      const message = cut(`not read: ${gap.about}: ${gap.because}`);
      cluster.add({ source: 'seaworthy', policy: 'scan-is-complete', severity: 'high', result: 'error', scored: false, message, properties: { hint: cut(gap.hint) }, timestamp });
    }
    cluster.count('error', Math.max(0, report.scan.gaps.length - MOST_GAPS));
  }
  for (const finding of report.findings) {
    if (finding.outcome === 'pass' && !options.show.includes('pass')) continue;
    groupOf(finding.subject.cluster ?? onlyCluster(report), namespaceOf(finding.subject)).add(resultOf(finding, timestamp));
  }
  return [...groups.values()].sort((a, b) => compareTexts(a.cluster, b.cluster) || compareTexts(a.namespace, b.namespace)).map((group) => group.toReport(report, options));
}

/** A List, as `kubectl apply -f -` takes it. */
export function* renderPolicyReports(report: Report, api: PolicyReportApi, show: readonly Outcome[]): Generator<string> {
  const reports = policyReports(report, { api, name: 'seaworthy', show });
  yield '{"apiVersion": "v1", "kind": "List", "items": [\n';
  yield* inPieces(reports.map((each, index) => `${index === 0 ? '' : ',\n'}${neutralizeJson(JSON.stringify(each))}`));
  yield '\n]}\n';
}

/** The results of one namespace: as many as may be listed, the worst first, and the number of all. */
class Gathering {
  readonly cluster: string;
  readonly namespace: string;
  readonly #counts: { -readonly [key in keyof PolicyReportSummary]-?: number } = { pass: 0, fail: 0, error: 0, skip: 0 };
  readonly #countsPasses: boolean;
  readonly #results: PolicyReportResult[] = [];

  constructor(cluster: string, namespace: string, countsPasses: boolean) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.#countsPasses = countsPasses;
  }

  count(result: keyof PolicyReportSummary, number: number): void {
    this.#counts[result] += number;
  }

  add(result: PolicyReportResult): void {
    this.count(result.result, 1);
    const at = this.#results.findLastIndex((other) => rank(other) <= rank(result)) + 1;
    if (at === MOST_RESULTS) return;
    this.#results.splice(at, 0, result);
    if (this.#results.length > MOST_RESULTS) this.#results.pop();
  }

  toReport({ tool, scan }: Report, { api, name }: PolicyReportOptions): PolicyReport {
    const { namespace, cluster } = this;
    const { pass, fail, error, skip } = this.#counts;
    const results = withinBytes(this.#results);
    const left = pass + fail + error + skip - results.length;
    return {
      apiVersion: api,
      kind: namespace === '' ? KINDS[api].cluster : KINDS[api].namespaced,
      metadata: {
        name,
        ...(namespace === '' ? {} : { namespace: neutralize(namespace) }),
        labels: { [MANAGED_BY]: 'seaworthy', [PUBLISHER]: name },
        annotations: {
          'seaworthy.dev/scanned-at': scan.startedAt,
          'seaworthy.dev/complete': String(scan.complete),
          'seaworthy.dev/version': neutralize(tool.version),
          'seaworthy.dev/profile': neutralize(scan.profile),
          ...(left > 0 ? { 'seaworthy.dev/results-not-listed': String(left) } : {}),
          ...(cluster === '' ? {} : { 'seaworthy.dev/cluster': neutralize(cluster) }),
        },
      },
      ...(api === 'openreports.io/v1alpha1' ? { source: 'seaworthy' as const } : {}),
      summary: { ...(this.#countsPasses ? { pass } : {}), fail, error, skip },
      results,
    };
  }
}

function withinBytes(results: readonly PolicyReportResult[]): readonly PolicyReportResult[] {
  let left = MOST_BYTES - 4096;
  const tooMany = results.findIndex((result) => {
    left -= Buffer.byteLength(JSON.stringify(result)) + 1;
    return left < 0;
  });
  return tooMany === -1 ? results : results.slice(0, tooMany);
}

function resultOf(finding: Finding, timestamp: PolicyReportResult['timestamp']): PolicyReportResult {
  const { id, policy, severity, outcome, message, subject, location, expected, actual, because, hints, fix } = finding;
  const { apiVersion, kind, namespace, name, container, part } = subject;
  const pointer = 'pointer' in location ? location.pointer : '';
  const told: Record<string, string> = { id, container, part, pointer, expected, actual, because: because.join('; '), hint: hints.join('; '), fix };
  return {
    source: 'seaworthy',
    policy: neutralize(policy),
    severity,
    result: RESULTS[outcome],
    scored: outcome !== 'waived',
    message: cut(message),
    ...(apiVersion === '' ? {} : { resources: [{ apiVersion: cut(apiVersion), kind: cut(kind), ...(namespace === '' ? {} : { namespace: cut(namespace) }), name: cut(name) }] }),
    properties: Object.fromEntries(Object.entries(told).flatMap(([key, text]) => (text === '' ? [] : [[key, cut(text)]]))),
    timestamp,
  };
}

/** What is no object of a cluster, like a service of a compose file, has no namespace of one either. */
function namespaceOf({ apiVersion, namespace }: FindingSubject): string {
  return apiVersion === '' ? '' : namespace;
}

/** Findings that name no cluster are of the only one; in a fleet each names its own. */
function onlyCluster({ scan }: Report): string {
  const clusters = scan.sources.filter(({ kind }) => kind === 'cluster');
  return clusters.length === 1 ? (clusters[0]?.target ?? '') : '';
}

const ORDER: readonly (keyof PolicyReportSummary)[] = ['fail', 'error', 'skip', 'pass'];

function rank({ result, severity }: PolicyReportResult): number {
  return ORDER.indexOf(result) * SEVERITIES.length + SEVERITIES.length - 1 - SEVERITIES.indexOf(severity);
}

function cut(text: string): string {
  // Cut roughly first: to measure a text takes longer than to make it.
  return cutEnd(neutralize(fold(text.slice(0, 2 * LONGEST_TEXT))), LONGEST_TEXT);
}
