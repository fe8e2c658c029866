import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence, Finding } from '../../src/model/report.ts';
import type { Subject } from '../../src/model/subject.ts';
import { type Nearness, nearnessOf } from './blocks.ts';
import { library, pathOf, readCrosswalk, scanCase } from './corpora.ts';
import { isMeant, type Target, targetsOf } from './targets.ts';

/** A case of a peer's own tests, as the collections write it. */
export interface PeerCase {
  readonly id: string;
  readonly collection: string;
  readonly check: string;
  readonly verdict: string;
  readonly file: string | readonly string[];
  readonly extra_files?: readonly string[];
  readonly doc_index?: number;
  readonly resource?: string | { readonly kind: string; readonly name?: string | null };
  readonly line?: number;
  /** Lines of the object that checkov means. */
  readonly lines?: readonly [number, number];
  /** How kube-linter's verdict is known. */
  readonly basis?: string;
  /** What kubeaudit says of the file. */
  readonly results?: readonly string[];
  /** How many containers a rule of kubesec matches. */
  readonly matches?: number;
  /** Parameters of a constraint of gatekeeper. */
  readonly params?: Readonly<Record<string, unknown>> | null;
  /** trivy's tests of Dockerfiles hold the parsed form. */
  readonly input_form?: string;
  /** The objects that kubescape means. */
  readonly expected?: readonly {
    readonly resources: readonly { readonly kind: string; readonly name: string | null; readonly file?: string | null; readonly doc_index?: number | null }[];
  }[];
}

/** A question that peers ask and our policies answer. */
export interface Topic {
  /** None where no policy of ours asks it; `because` says so then. */
  readonly policies: readonly string[];
  readonly because?: string;
  /** A finding counts only if one of these facts decided it. */
  readonly facts?: readonly string[];
  /** A subject counts only if this fact of it may be true. */
  readonly of?: string;
  /** Checks that ask this question, by collection: beyond the crosswalk, or in place of one of its topics. */
  readonly checks?: Readonly<Record<string, string>>;
}

export type Outcome = 'violation' | 'unknown' | 'none';

export interface Answer {
  readonly outcome: Outcome;
  /** Whether a line that the peer names is ours, in the same block, or elsewhere; undefined where it names none. */
  readonly line: Nearness | undefined;
}

export const topics = JSON.parse(readFileSync(new URL('./topics.json', import.meta.url), 'utf8')) as Readonly<Record<string, Topic>>;
const crosswalk = readCrosswalk();

/** The topic of a check: our own assignment goes before the crosswalk's. */
export function topicOf({ collection, check }: PeerCase): Topic | undefined {
  const asks = (pattern: string | undefined): boolean => pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(check);
  const names = Object.keys(topics);
  const name = names.find((topic) => asks(topics[topic]?.checks?.[collection])) ?? names.find((topic) => asks(crosswalk[topic]?.[collection]));
  return name === undefined ? undefined : topics[name];
}

/** Whether the peer sees a fault; undefined where its verdict says nothing about the object. */
export function expectationOf(item: PeerCase, all: readonly PeerCase[]): boolean | undefined {
  if (filesOf(item).length === 0 || isWaived(item)) return undefined;
  switch (item.verdict) {
    case 'fail':
      return true;
    case 'pass':
      return item.basis === 'not-reported' && !looksAtKind(item, all) ? undefined : false;
    case 'overridden':
      // A label that allows a fault says that there is one; a label that is not needed says that there is none.
      return item.results?.some((result) => result.includes('GetOverriddenResultName')) ?? false;
    case 'match':
    case 'no-match':
      return (item.verdict === 'match') !== GOOD_MATCHES.test(item.check);
    default:
      return undefined;
  }
}

/** Rules of kubesec that match what is right; the others match what is wrong. */
const GOOD_MATCHES = /^kubesec\/(?:RunAs|Limits|Requests|CapDrop|ReadOnly|ServiceAccountName|Automount)/;

/** kube-linter is silent about kinds that a check does not look at. */
function looksAtKind(item: PeerCase, all: readonly PeerCase[]): boolean {
  return all.some((other) => other.check === item.check && other.verdict === 'fail' && kindOf(other) === kindOf(item));
}

/** The constraint lets this image or role past, whatever it does; or it asks for nothing. */
function isWaived({ verdict, params, check, file }: PeerCase): boolean {
  if (check === 'K8sRequiredResources' && (params ?? null) === null) return true;
  if (verdict !== 'pass' || typeof file !== 'string') return false;
  const names = [...readFileSync(pathOf(file), 'utf8').matchAll(/^[\s-]*(?:image|name):\s*["']?([^\s"']+)/gm)].map((match) => match[1] ?? '');
  const exempt = ['exemptImages', 'allowedRoles'].flatMap((list) => (params?.[list] as readonly string[] | undefined) ?? []);
  return exempt.some((pattern) => names.some((name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)));
}

/** What our policies say about the object of a case. A peer that names several objects is answered by the mildest of the answers. */
export async function answer(item: PeerCase, topic: Topic): Promise<Answer> {
  const answers: Answer[] = [];
  for (const target of targetsOf(item)) answers.push(await answerFor(item, topic, target));
  const outcome = (['none', 'unknown', 'violation'] as const).find((mildest) => answers.some((one) => one.outcome === mildest)) ?? 'none';
  return { outcome, line: answers[0]?.line };
}

async function answerFor(item: PeerCase, topic: Topic, target: Target): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-conformance-'));
  try {
    const files = filesOf(item);
    const paths = item.input_form === 'trivy parsed Dockerfile' ? files.map((file, index) => writeDockerfile(file, join(folder, `Dockerfile.${index}`))) : files.map(pathOf);
    return await judge(item, topic, target, paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function judge(item: PeerCase, topic: Topic, target: Target, paths: readonly string[]): Promise<Answer> {
  const wanted = policiesFor(item, topic);
  const report = await scanCase({
    paths,
    policies: library.policies.filter(({ id }) => wanted.includes(id)),
    kubeVersion: kubeVersionOf(item),
    keepPasses: item.matches !== undefined,
    isWanted: (subject) => isMeant(subject, target) && mayBe(subject, topic.of),
  });
  const decides = ({ fact }: Evidence): boolean => topic.facts === undefined || topic.facts.includes(fact);
  const findings = [...report.findings].filter(({ outcome, evidence }) => outcome === 'pass' || evidence.some(decides));
  if (item.verdict === 'match' && GOOD_MATCHES.test(item.check)) return { outcome: countRight(findings) === item.matches ? 'none' : 'violation', line: undefined };
  const violations = findings.filter(({ outcome }) => outcome === 'violation');
  const isOpen = findings.some(({ outcome }) => outcome === 'unknown') || report.scan.gaps.length > 0;
  if (violations.length === 0) return { outcome: isOpen ? 'unknown' : 'none', line: undefined };
  if (item.line === undefined || item.collection !== 'kics') return { outcome: 'violation', line: undefined };
  const places = violations.flatMap(({ location, also, evidence }) => [
    location,
    ...also,
    ...(topic.facts === undefined ? [] : evidence.filter(decides).map((one) => one.location)),
  ]);
  const lines = places.flatMap((place) => ('line' in place ? [place.line] : []));
  return { outcome: 'violation', line: nearnessOf(readFileSync(paths[0] ?? '', 'utf8'), item.line, lines) };
}

function mayBe({ scope }: Subject, name: string | undefined): boolean {
  const [variable = '', fact = ''] = name?.split('.') ?? [];
  return (scope[variable] as Readonly<Record<string, unknown>> | undefined)?.[fact] !== false;
}

/** Containers with which every policy is content. */
function countRight(findings: readonly Finding[]): number {
  const keyOf = ({ subject }: Finding): string => `${subject.name} ${subject.container}`;
  const wrong = new Set(findings.filter(({ outcome }) => outcome !== 'pass').map(keyOf));
  return new Set(findings.map(keyOf).filter((key) => !wrong.has(key))).size;
}

/** A constraint of gatekeeper names what it asks for. */
function policiesFor({ check, params }: PeerCase, { policies }: Topic): readonly string[] {
  if (check === 'K8sRequiredResources') {
    const asks = (list: string, name: string, policy: string): string[] => ((params?.[list] as readonly string[] | undefined)?.includes(name) === true ? [policy] : []);
    return [
      ...asks('limits', 'memory', 'workload-resource-limits'),
      ...asks('limits', 'cpu', 'workload-resource-limits-cpu'),
      ...asks('requests', 'memory', 'workload-resource-limits-memory-request'),
      ...asks('requests', 'cpu', 'workload-resource-limits-cpu-request'),
    ];
  }
  if (check === 'K8sPSPCapabilities')
    return params?.['requiredDropCapabilities'] === undefined ? ['pss-capabilities-baseline'] : ['workload-capabilities-dropped', 'pss-capabilities-restricted'];
  if (check === 'K8sPSPSeccompV2' && (params?.['allowedProfiles'] as readonly string[] | undefined)?.includes('not configured') === true) {
    return ['pss-seccomp-baseline', 'pss-seccomp-baseline-pod'];
  }
  return policies;
}

function kubeVersionOf({ params }: PeerCase): string | undefined {
  const version = params?.['k8sVersion'];
  return typeof version === 'number' ? version.toFixed(2) : undefined;
}

function kindOf({ resource }: PeerCase): string {
  return typeof resource === 'object' ? resource.kind : '';
}

function filesOf({ file, extra_files }: PeerCase): readonly string[] {
  return [...(typeof file === 'string' ? [file] : file), ...(extra_files ?? [])];
}

/** The Dockerfile that trivy's parsed form was made from. */
function writeDockerfile(file: string, path: string): string {
  const parsed = JSON.parse(readFileSync(pathOf(file), 'utf8')) as { readonly Stages?: readonly ParsedStage[] };
  const lines = (parsed.Stages ?? []).flatMap(({ Name, Commands = [] }) => [
    ...(Name !== '' && Commands[0]?.Cmd !== 'from' ? [`FROM ${Name}`] : []),
    ...Commands.map(({ Cmd, Value, JSON: isList }) => `${Cmd.toUpperCase()} ${isList === true ? JSON.stringify(Value) : Value.join(' ')}`),
  ]);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

interface ParsedStage {
  readonly Name: string;
  readonly Commands?: readonly { readonly Cmd: string; readonly Value: readonly string[]; readonly JSON?: boolean }[];
}
