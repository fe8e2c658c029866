import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readYaml, type YamlDialect } from '../src/collect/yaml.ts';
import { factClasses } from '../src/facts/derived.ts';
import { POSTGRES_VERSIONS_AS_OF } from '../src/facts/servers/postgres-versions.ts';
import { vocabulary } from '../src/facts/vocabulary.ts';
import type { Finding } from '../src/model/report.ts';
import { loadBuiltIn } from '../src/policy/builtin.ts';
import { createCompiler } from '../src/policy/compile.ts';
import { type KubeVersion, LATEST_KUBERNETES } from '../src/policy/kube-version.ts';
import { scan } from '../src/scan.ts';
import { WAYS_FOR_DOCKERFILES } from './metamorphic/dockerfiles.ts';
import type { Files, Mapping } from './metamorphic/mappings.ts';
import { WAYS_FOR_OBJECTS } from './metamorphic/objects.ts';
import { MAIN, WAYS_FOR_PROJECTS } from './metamorphic/projects.ts';

// What says the same is judged the same, by every policy: each fixture is written down again in all the ways that change it.

const POLICIES = fileURLToPath(new URL('../policies', import.meta.url));

const { policies } = loadBuiltIn();
const compiler = createCompiler(vocabulary, factClasses, LATEST_KUBERNETES);
const compiled = new Map(policies.map((policy) => [policy, compiler.compile(policy, { check: false })]));
const compilerFor = (_: KubeVersion) => ({ compile: (policy: (typeof policies)[number]) => compiled.get(policy) ?? compiler.compile(policy, { check: false }) });

const work = realpathSync(mkdtempSync(join(tmpdir(), 'seaworthy-metamorphic-')));
afterAll(() => rmSync(work, { recursive: true, force: true }));

type Verdict = Pick<Finding, 'policy' | 'outcome' | 'subject'>;

/** Everything that all policies say of some files. */
async function judge(files: Files): Promise<readonly Verdict[]> {
  // Always the same folder: what is called by its path is then called the same.
  const folder = join(work, 'case');
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const report = await scan({
    manifests: { paths: [folder], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true },
    policies,
    compilerFor,
    unchecked: new Set(),
    severityReasons: new Map(),
    profile: 'fixture',
    kubeVersion: LATEST_KUBERNETES,
    defaultNamespace: '',
    today: POSTGRES_VERSIONS_AS_OF,
    keepPasses: true,
    toolVersion: 'test',
  });
  expect(report.scan.gaps).toEqual([]);
  return [...report.findings];
}

/** In an order of their own, whatever order the files were read in. */
function told(verdicts: readonly Verdict[], counts: (verdict: Verdict) => boolean = () => true, hasKinds = true): string[] {
  return verdicts
    .filter(counts)
    .map(({ policy, outcome, subject: { type, kind, namespace, name, container, part } }) => {
      const shownPart = (hasKinds ? part : part.replace(/^spec\.template\.spec ?/, '')).replace(/^stringData /, 'data ');
      return [policy, outcome, type, hasKinds ? kind : '', namespace, name, container, shownPart].join(' | ');
    })
    .sort();
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** What this program reads: the ways of writing are held against that one, and fixtures against their marks. */
function read(text: string, dialect: YamlDialect): Mapping[] {
  return [...readYaml(text, dialect)].map((document) => {
    if ('fault' in document) throw new Error(document.fault);
    return document.value as Mapping;
  });
}

const all = filesBelow(POLICIES);

/** What a way of writing changes on purpose is left out. */
const CHANGES: Readonly<Record<string, (verdict: Verdict) => boolean>> = {
  'pods of another kind': ({ policy }) => /^(?:manifest-|namespace-pod-security-enforced-served)/.test(policy),
  'variables that refer to others': ({ policy, subject }) => policy.startsWith('secrets-') || subject.part.includes('HALF_'),
  'files of a ConfigMap in base64': ({ subject }) => subject.type === 'entry',
};

describe('manifests', () => {
  // Of a key that stands twice, whoever writes it down again has only one left.
  const fixtures = all.filter((file) => /\/(?:violating|fixed)\.yaml$/.test(file) && !file.includes('manifest-unambiguous'));
  test.each(fixtures.map((file, turn) => [relative(POLICIES, file), file, turn] as const))('%s', async (_, file, turn) => {
    const text = readFileSync(file, 'utf8');
    const objects = read(text, 'kubernetes');
    const original = await judge({ 'all.yaml': text });
    for (const [way, rewrite] of Object.entries(WAYS_FOR_OBJECTS)) {
      const files = rewrite(objects, turn);
      if (files === undefined) continue;
      const counts = (verdict: Verdict): boolean => CHANGES[way]?.(verdict) !== true;
      const hasKinds = way !== 'pods of another kind';
      expect(told(await judge(files), counts, hasKinds), way).toEqual(told(original, counts, hasKinds));
    }
  });
});

describe('compose projects', () => {
  const fixtures = all.filter((file) => basename(file) === MAIN);
  test.each(fixtures.map((file) => [relative(POLICIES, file), file] as const))('%s', async (_, file) => {
    const folder = dirname(file);
    const files = Object.fromEntries(filesBelow(folder).map((each) => [relative(folder, each), readFileSync(each, 'utf8')]));
    const [project = {}] = read(files[MAIN] ?? '', 'compose');
    const original = told(await judge(files));
    for (const [way, rewrite] of Object.entries(WAYS_FOR_PROJECTS)) {
      const rewritten = rewrite(project, files);
      if (rewritten !== undefined) expect(told(await judge(rewritten)), way).toEqual(original);
    }
  });
});

describe('Dockerfiles', () => {
  const fixtures = all.filter((file) => basename(file) === 'Dockerfile');
  test.each(fixtures.map((file) => [relative(POLICIES, file), file] as const))('%s', async (_, file) => {
    const text = readFileSync(file, 'utf8');
    const original = told(await judge({ Dockerfile: text }));
    for (const [way, rewrite] of Object.entries(WAYS_FOR_DOCKERFILES)) {
      const rewritten = rewrite(text);
      if (rewritten !== undefined) expect(told(await judge({ Dockerfile: rewritten })), way).toEqual(original);
    }
  });
});
