import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PolicySource } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import type { Subject } from '../../src/model/subject.ts';
import { loadBuiltIn } from '../../src/policy/builtin.ts';
import { parseKubeVersion } from '../../src/policy/kube-version.ts';
import { scan } from '../../src/scan.ts';

/** Cases whose verdicts others decided. They stand beside the repository and are never part of it. */
const corpora = process.env['SEAWORTHY_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url));

/** A run for a release sets this, so that an exam that did not take place is not taken for one that was passed. */
const isRequired = (process.env['SEAWORTHY_REQUIRE_CORPORA'] ?? '') !== '';

export const library = loadBuiltIn();

/** Whether to skip the tests of a collection: it is absent, which is said, and nobody insists on it. */
export function isSkipped(collection: string): boolean {
  const expected = join(corpora, collection, 'shared', 'cases.jsonl');
  if (existsSync(expected)) return false;
  if (isRequired) throw new Error(`SEAWORTHY_REQUIRE_CORPORA is set, and ${expected} is absent`);
  console.log(`skipped: the collection ${collection} is absent; expected is ${expected} (or name another folder with SEAWORTHY_CORPORA)`);
  return true;
}

export function readCases<T>(collection: string): readonly T[] {
  const lines = readFileSync(join(corpora, collection, 'shared', 'cases.jsonl'), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** The path of a file that a case names. */
export function pathOf(file: string): string {
  return join(corpora, file);
}

export interface CaseScan {
  readonly paths: readonly string[];
  readonly policies: readonly PolicySource[];
  readonly kubeVersion?: string;
  readonly isWanted?: (subject: Subject) => boolean;
  readonly keepPasses?: boolean;
}

export function scanCase({ paths, policies, kubeVersion, isWanted, keepPasses }: CaseScan): Report {
  return scan({
    manifests: { paths, kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true },
    policies,
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
