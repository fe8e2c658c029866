import { factName } from './model/fact-name.ts';
import { comparePlaces, findingKey, keyInCluster, policyRank } from './model/finding-order.ts';
import type { Location } from './model/inventory.ts';
import { isSameList } from './model/lists.ts';
import type { CompiledPolicy, Judgement, Severity } from './model/policy.ts';
import type { Confidence, Drift, Evidence, Finding, FindingSubject, Outcome, Summary } from './model/report.ts';
import type { Absence, Identity, Place, Scope, Subject } from './model/subject.ts';
import type { OptionalValue } from './model/vocabulary.ts';
import { sha256 } from './sha256.ts';
import { joinFiles, joinRunning, type View } from './views.ts';

export interface EvaluateOptions {
  /** Which subjects findings are wanted for, if not all. The others are still joined with. */
  readonly isWanted?: ((subject: Subject, identity: Identity) => boolean) | undefined;
  /** Whether files of this run name an object, where a live cluster is read as well. */
  readonly isInFiles?: (identity: Identity) => boolean;
  /** Stands in for the namespace that manifests leave out (`-n`). */
  readonly defaultNamespace: string;
  /** Whether passes are kept as findings (`--show pass`). */
  readonly keepPasses: boolean;
}

export interface Evaluation {
  readonly findings: Iterable<Finding> & { readonly length: number };
  readonly summary: Summary;
}

/** Judges every subject by every policy of its type, and merges what is the same fault seen twice. */
export function evaluate(subjects: Iterable<Subject>, policies: readonly CompiledPolicy[], options: EvaluateOptions): Evaluation {
  const byType = Map.groupBy(policies, (policy) => policy.source.subject);
  // The same fault seen twice meets itself here.
  const found: Found = new Map();
  // What Pods say that run otherwise than their owner's template.
  const running: Found = new Map();
  const count = { subjects: 0, judged: 0, pass: 0, notApplicable: 0 };
  for (const subject of subjects) {
    const applicable = byType.get(subject.type);
    if (applicable === undefined) continue;
    let judged: Judged | undefined;
    if (options.isWanted !== undefined) {
      judged = nameJudged(subject, options.defaultNamespace);
      if (!options.isWanted(subject, judged.told)) continue;
    }
    count.subjects++;
    const runs = isRunning(subject);
    const { scope } = subject;
    let own: PendingFinding[] | undefined;
    for (const policy of applicable) {
      const judgement = policy.judge(scope);
      if (judgement.outcome === 'not-applicable') {
        count.notApplicable++;
        continue;
      }
      count.judged++;
      if (judgement.outcome === 'pass') count.pass++;
      if (judgement.outcome === 'pass' && !options.keepPasses && options.isInFiles === undefined && !runs) continue;
      judged ??= nameJudged(subject, options.defaultNamespace);
      // A pass says something only beside another view of the same thing.
      if (judgement.outcome === 'pass' && !options.keepPasses && !runs && !options.isInFiles?.(judged.told)) continue;
      own ??= [];
      own.push(new PendingFinding(policy, judged, judgement));
    }
    if (own !== undefined && judged !== undefined) add(runs ? running : found, judged.key, own);
  }
  const merged = running.size === 0 && options.isInFiles === undefined ? found : joinViews(found, running, options.isInFiles !== undefined);
  const findings = inOrder(merged, policies).filter(({ outcome }) => outcome !== 'pass' || options.keepPasses);
  return { findings: new FindingList(findings), summary: summarize(findings, count) };
}

/** By what was judged, and there one finding for each policy. Not the other way round: of a subject there are some four findings, and its key is looked up and put in order once for all. */
type Found = Map<string, PendingFinding[]>;

function add(found: Found, key: string, findings: readonly PendingFinding[]): void {
  const known = found.get(key);
  if (known === undefined) {
    // A copy has no room to grow, of which a list that was grown has more than it holds.
    found.set(key, findings.slice());
    return;
  }
  for (const finding of findings) {
    const at = known.findIndex(({ policy }) => policy === finding.policy);
    if (at === -1) known.push(finding);
    else known[at] = (known[at] ?? finding).merge(finding);
  }
}

/** Only where something live was read. */
function joinViews(found: Found, running: Found, areFilesRead: boolean): Found {
  const merged = byPolicy(found);
  const pods = byPolicy(running);
  const joined: Found = new Map();
  for (const policy of new Set([...merged.keys(), ...pods.keys()])) {
    const findings = merged.get(policy) ?? new Map<string, PendingFinding>();
    joinRunning(findings, pods.get(policy) ?? new Map());
    if (areFilesRead) joinFiles(findings);
    for (const [key, finding] of findings) add(joined, key, [finding]);
  }
  return joined;
}

function byPolicy(found: Found): Map<CompiledPolicy, Map<string, PendingFinding>> {
  const ofPolicies = new Map<CompiledPolicy, Map<string, PendingFinding>>();
  for (const [key, findings] of found) {
    for (const finding of findings) {
      const ofPolicy = ofPolicies.get(finding.policy);
      if (ofPolicy === undefined) ofPolicies.set(finding.policy, new Map([[key, finding]]));
      else ofPolicy.set(key, finding);
    }
  }
  return ofPolicies;
}

/** By severity, policy and subject, whatever the order of files. */
function inOrder(found: Found, policies: readonly CompiledPolicy[]): PendingFinding[] {
  const ranked = policies.map((policy) => ({ policy, rank: policyRank(policy.source.severity, policy.source.id) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const ordered = new Map(ranked.map(({ policy }): [CompiledPolicy, PendingFinding[]] => [policy, []]));
  for (const key of [...found.keys()].sort()) for (const finding of found.get(key) ?? NONE) ordered.get(finding.policy)?.push(finding);
  return [...ordered.values()].flat();
}

function summarize(findings: readonly PendingFinding[], count: { subjects: number; judged: number; pass: number; notApplicable: number }): Summary {
  const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  let violation = 0;
  let unknown = 0;
  for (const { judgement, policy } of findings) {
    if (judgement.outcome === 'violation') {
      violation++;
      bySeverity[policy.source.severity]++;
    } else if (judgement.outcome === 'unknown') {
      unknown++;
    }
  }
  return { ...count, violation, unknown, waived: 0, violationsBySeverity: bySeverity };
}

/** Kinds of Kubernetes (and of Kyverno) that belong to no namespace: `-n` gives them none, and the API server drops one that is written. */
const CLUSTER_KINDS = new Set([
  ...['APIService', 'CertificateSigningRequest', 'ClusterPolicy', 'ClusterRole', 'ClusterRoleBinding', 'ClusterTrustBundle', 'CSIDriver', 'CSINode'],
  ...['CustomResourceDefinition', 'DeviceClass', 'FlowSchema', 'GatewayClass', 'IngressClass', 'IPAddress', 'MutatingAdmissionPolicy'],
  ...['MutatingAdmissionPolicyBinding', 'MutatingWebhookConfiguration', 'Namespace', 'Node', 'PersistentVolume', 'PodSecurityPolicy', 'PriorityClass'],
  ...['PriorityLevelConfiguration', 'ResourceSlice', 'RuntimeClass', 'ServiceCIDR', 'StorageClass', 'ValidatingAdmissionPolicy'],
  ...['ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration', 'VolumeAttachment', 'VolumeAttributesClass', 'VolumeSnapshotClass', 'VolumeSnapshotContent'],
]);

function nameJudged(subject: Subject, defaultNamespace: string): Judged {
  const cluster = subject.resource.origin.reading?.cluster ?? null;
  const told = { type: subject.type, cluster, ...nameFully(subject.identity(), defaultNamespace) };
  const name = findingKey(told);
  return { subject, told, name, key: keyInCluster(name, cluster) };
}

/** Whether it is a Pod that runs otherwise than its owner's template says. */
function isRunning({ resource }: Subject): boolean {
  return resource.type === 'kubernetes' && resource.owner !== undefined;
}

/** Whether objects of a kind belong to no namespace, as far as kinds of Kubernetes go. */
export function isClusterScoped(apiVersion: string, kind: string): boolean {
  return CLUSTER_KINDS.has(kind) && /^(?:v\d|policy\/|kyverno\.io\/|[a-z.]+\.k8s\.io\/)/.test(apiVersion);
}

function nameFully(identity: Identity, defaultNamespace: string): Identity {
  const { apiVersion, kind } = identity;
  // What is not of Kubernetes has no namespace but its own: a compose project, or none.
  if (apiVersion === '') return identity;
  if (isClusterScoped(apiVersion, kind)) return { ...identity, namespace: '' };
  return identity.namespace === '' ? { ...identity, namespace: defaultNamespace } : identity;
}

/** What a finding was joined with: few are, and there may be seventy thousand. */
interface Joined {
  /** The same fault in other places. */
  readonly others: PendingFinding[];
  readonly drift: Drift | undefined;
  /** The cluster that a file's finding was also seen in. */
  readonly alsoIn: string | null;
}

/** Made while judging, told in full only when a report asks: most of a finding's cost is its wording and its lines. */
class PendingFinding implements View<PendingFinding> {
  readonly policy: CompiledPolicy;
  readonly judgement: Judgement;
  readonly #judged: Judged;
  #joined: Joined | undefined;

  constructor(policy: CompiledPolicy, judged: Judged, judgement: Judgement) {
    this.policy = policy;
    this.judgement = judgement;
    this.#judged = judged;
  }

  get outcome(): Judgement['outcome'] {
    return this.judgement.outcome;
  }

  get isOverridden(): boolean {
    const { resource } = this.#judged.subject;
    return resource.type === 'kubernetes' && resource.isOverridden === true;
  }

  get isOfKubernetes(): boolean {
    return this.#judged.told.apiVersion !== '';
  }

  get drift(): Drift | undefined {
    return this.#joined?.drift;
  }

  /** What a file says may stand beside several clusters: each gets its own. */
  drifting(drift: Drift, live?: PendingFinding): PendingFinding {
    const drifting = new PendingFinding(this.policy, this.#judged, this.judgement);
    drifting.#joined = { others: [...(this.#joined?.others ?? NONE)], drift, alsoIn: live === undefined ? (this.#joined?.alsoIn ?? null) : live.#judged.told.cluster };
    return drifting;
  }

  /** The same fault in another file or unit: the worse outcome is told, the other places are listed with it. */
  merge(other: PendingFinding): PendingFinding {
    const difference = RANK[other.judgement.outcome] - RANK[this.judgement.outcome];
    if (difference !== 0) return difference > 0 ? other : this;
    this.#joined ??= { others: [], drift: undefined, alsoIn: null };
    this.#joined.others.push(other);
    return this;
  }

  tell(): Finding {
    if (this.#joined === undefined) return this.#tell();
    const { others, drift, alsoIn } = this.#joined;
    const finding = others.length === 0 ? this.#tell() : this.#tellWith(others);
    if (drift === undefined) return finding;
    return { ...finding, drift, subject: alsoIn === null ? finding.subject : { ...finding.subject, cluster: alsoIn } };
  }

  #tellWith(more: readonly PendingFinding[]): Finding {
    // Which of the places comes first must not depend on the order in which files were read.
    const placed = [this, ...more].map((pending: PendingFinding) => pending.#tell()).sort((a, b) => comparePlaces(a.location, b.location));
    const [first = this.#tell(), ...others] = placed.filter(({ location }, index) => index === 0 || comparePlaces(location, placed[index - 1]?.location ?? location) !== 0);
    const views = [...new Set(placed.flatMap((finding) => finding.views))];
    // Each may be unknown for a reason of its own: one client, and two servers that were not read.
    const absences = distinct(placed.flatMap(({ because, hints }) => because.map((reason, index) => ({ because: reason, hint: hints[index] ?? '' })))).slice(0, MOST_REASONS);
    return {
      ...first,
      confidence: first.confidence === 'assumed' ? 'assumed' : confidenceIn(views),
      also: others.map(({ location }) => location),
      views,
      because: absences.map(({ because }) => because),
      hints: absences.map(({ hint }) => hint),
    };
  }

  #tell(): Finding {
    const { policy, judgement } = this;
    const { source } = policy;
    const { subject, told, name } = this.#judged;
    const { scope, resource } = subject;
    const deciding = this.#deciding();
    const places = deciding.map((fact) => subject.places(fact)[0]);
    const place = placeAmong(places, source.at, subject);
    const location = locate(place);
    const evidence: Evidence[] = deciding.map((fact, index) => {
      const own = places[index] ?? place;
      return { fact, value: plainValue(factValue(fact, scope)), location: isSamePlace(own, place) ? location : locate(own) };
    });
    if (source.show !== undefined) evidence.push(...shownBeside(source.show, deciding, subject, scope));
    const absences = judgement.outcome === 'unknown' ? distinct(judgement.absent.length === 0 ? [FAILED] : judgement.absent.map((fact) => subject.absence(fact))) : NONE;
    return {
      id: sha256(`${source.id}\n${name}`).slice(0, 12),
      policy: source.id,
      outcome: judgement.outcome as Outcome,
      severity: source.severity,
      confidence: confidenceOf(subject, scope),
      subject: told,
      // The message says what is wrong: of what is fine, or not known, it would be false.
      message: judgement.outcome === 'violation' ? policy.phrase('message', scope) : judgement.outcome === 'unknown' ? `not known: ${source.title}` : source.title,
      expected: policy.phrase('expected', scope),
      actual: judgement.outcome === 'unknown' ? 'not known' : policy.phrase('actual', scope),
      location,
      also: NONE,
      // Only what is wrong is shown in its place.
      excerpt: judgement.outcome === 'violation' ? place.resource.origin.excerpt(location) : NONE,
      evidence,
      views: [resource.origin.view],
      // In pairs: a hint belongs to the reason at its place.
      because: absences.length === 0 ? NONE : absences.map(({ because }) => because),
      hints: absences.length === 0 ? NONE : absences.map(({ hint }) => hint),
      practices: source.practices ?? NONE,
      fix: policy.fix,
      waiver: null,
    };
  }

  /** The facts that decided, in the order of the sentence. */
  #deciding(): readonly string[] {
    const { judgement } = this;
    return judgement.outcome === 'violation' ? judgement.broken : judgement.outcome === 'unknown' ? judgement.absent : this.policy.reads;
  }
}

/** What the policy wants to be seen as well, as far as it stands somewhere. */
function shownBeside(shown: readonly string[], deciding: readonly string[], subject: Subject, scope: Scope): Evidence[] {
  return shown.flatMap((fact) => {
    const place = deciding.includes(fact) ? undefined : subject.places(fact)[0];
    return place === undefined ? [] : [{ fact, value: plainValue(factValue(fact, scope)), location: locate(place) }];
  });
}

/** Where the finding points: what the policy names, else the first deciding fact that stands somewhere, else the resource. */
function placeAmong(places: readonly (Place | undefined)[], at: string | undefined, subject: Subject): Place {
  const named = at === undefined ? undefined : subject.places(at)[0];
  return named ?? places.find((place) => place !== undefined) ?? { resource: subject.resource, path: subject.resource.at };
}

/** A subject while it is judged, with what all its findings share. */
interface Judged {
  readonly subject: Subject;
  readonly told: FindingSubject;
  /** What it is called, wherever it was found. */
  readonly name: string;
  /** The name, and of what a cluster holds, the cluster. */
  readonly key: string;
}

const NONE: readonly never[] = [];

/** Nothing is absent, and yet there is no answer: a value where none is set, an index beyond the end, a division by zero. */
const FAILED: Absence = { because: 'the sentence of the policy fails on what it reads', hint: 'mend the policy: ask hasValue() and size() first, or give a value with orValue()' };

const MOST_REASONS = 5;

const RANK = { 'not-applicable': 0, pass: 1, unknown: 2, violation: 3 } as const;

/** Findings told one by one. */
class FindingList implements Iterable<Finding> {
  readonly #pending: readonly PendingFinding[];

  constructor(pending: readonly PendingFinding[]) {
    this.#pending = pending;
  }

  get length(): number {
    return this.#pending.length;
  }

  *[Symbol.iterator](): Generator<Finding> {
    for (const pending of this.#pending) yield pending.tell();
  }
}

function locate({ resource, path }: Place): Location {
  return resource.origin.locate(path);
}

function isSamePlace(a: Place, b: Place): boolean {
  return a === b || (a.resource === b.resource && isSameList(a.path, b.path));
}

function factValue(fact: string, variables: Readonly<Record<string, unknown>>): unknown {
  const { variable, name } = factName(fact);
  const holder = variables[variable] as Record<string, unknown> | undefined;
  return holder?.[name];
}

/** Files declare; a kind that was recognised only by its shape is assumed to be run as such. */
function confidenceOf(subject: Subject, scope: Scope): Confidence {
  const workload = scope['workload'] as { isKnownKind?: boolean } | undefined;
  if (workload?.isKnownKind === false) return 'assumed';
  return confidenceIn([subject.resource.origin.view]);
}

function confidenceIn(views: readonly string[]): Confidence {
  return views.every((view) => view === 'git') ? 'declared' : 'effective';
}

function plainValue(value: unknown): Evidence['value'] {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return plainInt(value);
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'bigint' ? plainInt(item) : String(item)));
  if (typeof value === 'object') {
    const optional = value as OptionalValue<unknown>;
    return optional.hasValue() ? plainValue(optional.value()) : null;
  }
  return value as string | number | boolean;
}

/** As text where a number would lose digits. */
function plainInt(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function distinct(absences: readonly Absence[]): Absence[] {
  return absences.filter((absence, index) => absences.findIndex(({ because, hint }) => because === absence.because && hint === absence.hint) === index);
}
