import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { displayPath } from '../collect/files.ts';
import { factClasses } from '../facts/derived.ts';
import { POSTGRES_VERSIONS_AS_OF } from '../facts/servers/postgres-versions.ts';
import { vocabulary } from '../facts/vocabulary.ts';
import type { PolicySource } from '../model/policy.ts';
import type { Finding } from '../model/report.ts';
import { createCompiler } from '../policy/compile.ts';
import { parseKubeVersion } from '../policy/kube-version.ts';
import { scan } from '../scan.ts';

/** What a policy's fixtures say that its sentence does not; empty when they agree. */
export async function testPolicy(policy: PolicySource, isOwn: boolean): Promise<string[]> {
  const fixtures = fixturesOf(policy.folder);
  const disagreements = ['violating', 'fixed'].flatMap((kind) => (fixtures.some((fixture) => fixture.kind === kind) ? [] : [`it has no ${kind}.yaml`]));
  for (const fixture of fixtures) disagreements.push(...(await judgeFixture(policy, fixture, isOwn)));
  return disagreements;
}

interface Fixture {
  readonly kind: 'violating' | 'fixed';
  readonly path: string;
  /** From `violating-1.24.yaml`: the Kubernetes version that it is meant for. */
  readonly kubeVersion: string | undefined;
  /** From `violating-live.yaml`: objects of a cluster, to be read as those of one, and not manifests. */
  readonly isLive: boolean;
}

export function fixturesOf(folder: string): Fixture[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const match = /^(violating|fixed)(-live)?(?:-(1\.\d+))?(?:\.ya?ml)?$/.exec(name);
      if (match === null) return [];
      return [{ kind: match[1] as Fixture['kind'], path: join(folder, name), kubeVersion: match[3], isLive: match[2] !== undefined }];
    });
}

/** What the page of a policy takes its examples from: a file with a fault in it, and the same file put right. Manifests first: most users write those. */
export function exampleTexts(folder: string): { readonly bad: string; readonly good: string } {
  const violating = exampleFiles(folder, 'violating');
  const fixed = exampleFiles(folder, 'fixed');
  const bad = violating.find(({ text }) => /#.*✗/.test(text)) ?? violating[0];
  const good = fixed.find(({ name }) => name === bad?.name) ?? fixed[0];
  return { bad: bad?.text ?? '', good: good?.text ?? '' };
}

function exampleFiles(folder: string, kind: Fixture['kind']): { readonly name: string; readonly text: string }[] {
  const rank = ({ path, isLive }: Fixture): number => (isLive ? 2 : /\.ya?ml$/.test(path) ? 0 : 1);
  return fixturesOf(folder)
    .filter((fixture) => fixture.kind === kind && fixture.kubeVersion === undefined)
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(({ path }) => filesBelow(path))
    .filter((file) => !basename(file).startsWith('.'))
    .map((file) => ({ name: file.slice(join(folder, kind).length), text: readFileSync(file, 'utf8') }));
}

const RECORDED = 'recorded';

async function judgeFixture(policy: PolicySource, fixture: Fixture, isOwn: boolean): Promise<string[]> {
  const report = await scan({
    manifests: { paths: fixture.isLive ? [] : [fixture.path], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: fixture.isLive },
    ...(fixture.isLive ? { recorded: { path: fixture.path, name: RECORDED, version: fixture.kubeVersion === undefined ? '' : `v${fixture.kubeVersion}.0` } } : {}),
    policies: [policy],
    compilerFor: (kubeVersion) => createCompiler(vocabulary, factClasses, kubeVersion),
    unchecked: new Set(isOwn ? [policy.id] : []),
    severityReasons: new Map(),
    profile: 'fixture',
    kubeVersion: parseKubeVersion(fixture.kubeVersion),
    defaultNamespace: '',
    // A case stays what it is, however old what is known of versions grows.
    today: POSTGRES_VERSIONS_AS_OF,
    keepPasses: false,
    toolVersion: 'test',
  });
  const found = [...report.findings];
  // What a recorded cluster refuses is a part of the case.
  const disagreements = report.scan.gaps.filter(({ about }) => !fixture.isLive || about !== RECORDED).map(({ about, because }) => `${about}: ${because}`);
  if (report.summary.judged === 0) disagreements.push(`${displayPath(fixture.path)}: the policy judged nothing in it`);
  if (fixture.kind === 'fixed') {
    return [...disagreements, ...found.map((finding) => `${placeOf(finding)}: ${finding.outcome}, but it should be fixed: ${finding.message}`)];
  }
  return [...disagreements, ...compare(expectedMarks(fixture.path), found)];
}

/** Marks by `file:line`: `✗` for a violation, `?` for what cannot be known. */
type Marks = ReadonlyMap<string, 'violation' | 'unknown'>;

function compare(marks: Marks, found: readonly Finding[]): string[] {
  const disagreements: string[] = [];
  if (![...marks.values()].includes('violation')) disagreements.push('the violating fixture has no line marked with # ✗');
  const seen = new Set<string>();
  for (const finding of found) {
    for (const place of [placeOf(finding), ...finding.also.map((location) => ('file' in location ? `${location.file}:${location.line}` : ''))]) {
      seen.add(`${place} ${finding.outcome}`);
      if (marks.get(place) !== finding.outcome) disagreements.push(`${place}: ${finding.outcome}, but the line is not marked so: ${finding.message}`);
    }
  }
  for (const [place, outcome] of marks) if (!seen.has(`${place} ${outcome}`)) disagreements.push(`${place}: marked as ${outcome}, but nothing was found there`);
  return disagreements;
}

function placeOf({ location }: Finding): string {
  return 'file' in location ? `${location.file}:${location.line}` : '';
}

/** A mark stands at the end of its line; where a comment needs a line of its own, it is meant for the next one. */
function expectedMarks(path: string): Marks {
  const marks = new Map<string, 'violation' | 'unknown'>();
  for (const file of filesBelow(path)) {
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      const mark = /#\s*([✗?])(?:\s|$)/.exec(line)?.[1];
      if (mark === undefined) continue;
      const isOwnLine = /^\s*#/.test(line);
      marks.set(`${displayPath(file)}:${index + (isOwnLine ? 2 : 1)}`, mark === '✗' ? 'violation' : 'unknown');
    }
  }
  return marks;
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
