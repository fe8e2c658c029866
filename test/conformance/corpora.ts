import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { factClasses } from '../../src/facts/derived.ts';
import { vocabulary } from '../../src/facts/vocabulary.ts';
import type { PolicySource } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import type { Subject } from '../../src/model/subject.ts';
import { loadBuiltIn } from '../../src/policy/builtin.ts';
import { type Compiler, createCompiler } from '../../src/policy/compile.ts';
import { type KubeVersion, parseKubeVersion } from '../../src/policy/kube-version.ts';
import { scan } from '../../src/scan.ts';

/** Cases whose verdicts others decided. They stand beside the repository and are never part of it. */
const corpora = process.env['SEAWORTHY_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url));

/** A run for a release sets this, so that an exam that did not take place is not taken for one that was passed. */
const isRequired = (process.env['SEAWORTHY_REQUIRE_CORPORA'] ?? '') !== '';

export const library = { ...loadBuiltIn(), own: new Set<string>() };

/** The cases of a collection; undefined where it is absent, which is said, unless somebody insists on it. */
export function readCases<T>(collection: string): readonly T[] | undefined {
  const file = pathOf(`${collection}/shared/cases.jsonl`);
  if (existsSync(file)) return linesOf(file).map((line) => JSON.parse(line) as T);
  if (isRequired) throw new Error(`SEAWORTHY_REQUIRE_CORPORA is set, and ${file} is absent`);
  console.log(`skipped: the collection ${collection} is absent; expected is ${file} (SEAWORTHY_CORPORA names another folder)`);
  return undefined;
}

/** The files of a collection, by their paths in it; undefined where it is absent. */
export function filesBelow(folder: string): readonly string[] | undefined {
  const path = pathOf(folder);
  if (existsSync(path)) {
    const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return entries.map((entry) => join(folder, relative(path, join(entry.parentPath, entry.name)))).sort();
  }
  if (isRequired) throw new Error(`SEAWORTHY_REQUIRE_CORPORA is set, and ${path} is absent`);
  console.log(`skipped: ${path} is absent (SEAWORTHY_CORPORA names another folder)`);
  return undefined;
}

/** Which checks of the collections ask the same question: topic to collection to a pattern of check names. */
export function readCrosswalk(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const file = pathOf('crosswalk.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** The path of a file that a case names. */
export function pathOf(file: string): string {
  return join(corpora, file);
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

export interface CaseScan {
  readonly paths: readonly string[];
  readonly policies: readonly PolicySource[];
  readonly kubeVersion?: string | undefined;
  readonly isWanted?: (subject: Subject) => boolean;
  readonly keepPasses?: boolean;
}

const compilers = new Map<string, Compiler>();

/** One for all the cases of a version: there are thousands. */
function compilerFor(kubeVersion: KubeVersion): Compiler {
  const compiler = compilers.get(String(kubeVersion)) ?? createCompiler(vocabulary, factClasses, kubeVersion);
  compilers.set(String(kubeVersion), compiler);
  return compiler;
}

/** A scan as the command line does it, of the files of one case. */
export async function scanCase({ paths, policies, kubeVersion, isWanted, keepPasses }: CaseScan): Promise<Report> {
  return scan({
    manifests: { paths, kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true },
    policies,
    compilerFor,
    unchecked: new Set(),
    severityReasons: new Map(),
    profile: 'conformance',
    kubeVersion: parseKubeVersion(kubeVersion),
    defaultNamespace: '',
    isWanted: isWanted ?? (() => true),
    keepPasses: keepPasses ?? false,
    toolVersion: 'test',
  });
}
