import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Optional } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { collectManifests } from '../../src/collect/manifests.ts';
import { deriveSubjects } from '../../src/facts/derive.ts';
import { factClasses } from '../../src/facts/derived.ts';
import { vocabulary } from '../../src/facts/vocabulary.ts';
import type { CompiledPolicy, PolicySource } from '../../src/model/policy.ts';
import type { FactType, SubjectEntry } from '../../src/model/vocabulary.ts';
import { createCompiler } from '../../src/policy/compile.ts';
import { isSelfSufficient, namesOf, variableName } from '../../src/policy/judge.ts';
import { KubeVersion, LATEST_KUBERNETES } from '../../src/policy/kube-version.ts';
import { loadPolicies } from '../../src/policy/load.ts';
import { pathOf } from '../conformance/corpora.ts';
import { randomNumbers } from '../random.ts';

// Our own evaluation of sentences against the rule library's: the same judgement and the same words, whatever is absent.

const ROOT = join(import.meta.dirname, '../..');
const entries: Readonly<Record<string, SubjectEntry>> = vocabulary;
const BUILT_IN = loadPolicies(join(ROOT, 'policies'), () => {}).policies;

interface Both {
  readonly source: PolicySource;
  readonly ours: CompiledPolicy;
  readonly library: CompiledPolicy;
}

function both(source: PolicySource, minor: number): Both {
  const compiler = createCompiler(vocabulary, factClasses, new KubeVersion(1, minor));
  return { source, ours: compiler.compile(source, { check: false }), library: compiler.compile(source, { check: false, interpret: true }) };
}

function sentence(require: string, parts: Partial<PolicySource> = {}): PolicySource {
  const said = { title: 'T', severity: 'high', message: '{container.name}', why: 'W', fix: 'F', since: '0' } as const;
  return { id: 'p', theme: 't', folder: 't/p', subject: 'container', ...said, require, ...parts };
}

function expectAgreement({ source, ours, library }: Both, scope: Readonly<Record<string, object>>): void {
  expect(ours.judge(scope), `${source.id}: ${source.require}`).toEqual(library.judge(scope));
  for (const template of ['message', 'expected', 'actual'] as const) expect(ours.phrase(template, scope)).toBe(library.phrase(template, scope));
}

/** Facts of every variable that a sentence may read: absent, what the sentence itself names, or something else. */
function inventScope({ subject, when = '', require, message, let: lets = {} }: PolicySource, random: () => number): Record<string, object> {
  const said = [when, require, message, ...Object.values(lets)].join(' ');
  const texts = ['', 'other', ...(said.match(/"[^"]*"/g) ?? []).map((text) => text.slice(1, -1))];
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const some = <T>(one: () => T): T[] => Array.from({ length: Math.floor(random() * 4) }, one);
  const int = (): bigint => pick([0n, 1n, 22n, 25n, 34n, 1000n, -1n]);
  const values: Readonly<Record<FactType, () => unknown>> = {
    bool: () => random() < 0.5,
    int,
    string: () => pick(texts),
    'list<string>': () => some(() => pick(texts)),
    'list<int>': () => some(int),
    'optional<int>': () => pick([Optional.none(), Optional.of(int())]),
    'optional<bool>': () => pick([Optional.none(), Optional.of(random() < 0.5)]),
  };
  return Object.fromEntries(
    [subject, ...(entries[subject]?.parents ?? [])].map((type) => {
      const facts = Object.create((factClasses as Record<string, { prototype: object }>)[type]?.prototype ?? null) as Record<string, unknown>;
      for (const [name, fact] of Object.entries(entries[type]?.facts ?? {})) facts[name] = random() < 0.25 ? undefined : values[fact.type]();
      return [variableName(type), facts];
    }),
  );
}

describe('the built-in policies', () => {
  test.each(BUILT_IN.map((source) => [source.id, source] as const))('%s, on facts that nobody saw', (_, source) => {
    for (const minor of [18, 24, 30, 37]) {
      const policy = both(source, minor);
      const random = randomNumbers(minor);
      for (let i = 0; i < 50; i++) expectAgreement(policy, inventScope(source, random));
    }
  });

  // One that is not makes every scan load the rule library, which takes as long as judging a manifest: teach closure.ts its words.
  test.each(BUILT_IN.map((source) => [source.id, source] as const))('%s is judged without the rule library', (_, source) => {
    const compiler = createCompiler(vocabulary, factClasses, LATEST_KUBERNETES);
    expect(isSelfSufficient(compiler.read(source), namesOf(source.subject, vocabulary, LATEST_KUBERNETES))).toBe(true);
  });

  const corpora = [
    ['their own fixtures', join(ROOT, 'policies')],
    ['the examples', join(ROOT, 'manifests-examples')],
    ['real repositories', pathOf('realworld')],
  ] as const;
  test.each(corpora.filter(([, folder]) => existsSync(folder)))(
    'on %s',
    (_, folder) => {
      const policies = Map.groupBy(
        BUILT_IN.map((source) => both(source, 34)),
        ({ source }) => source.subject,
      );
      const inventory = collectManifests({ paths: [folder], kustomizations: [], charts: [], chartValues: [], environment: {}, allowEmpty: true });
      let judged = 0;
      for (const subject of deriveSubjects(inventory, new Set(policies.keys()), '')) {
        for (const policy of policies.get(subject.type) ?? []) {
          expectAgreement(policy, subject.scope);
          judged++;
        }
      }
      expect(judged).toBeGreaterThan(100);
    },
    60_000,
  );
});

describe('each word', () => {
  test.each([
    'container.isPrivileged',
    '!container.isPrivileged',
    'container.isPrivileged && container.hasReadOnlyRoot',
    'container.isPrivileged || container.hasReadOnlyRoot',
    'container.isPrivileged == container.hasReadOnlyRoot',
    'container.isPrivileged != true',
    'container.role == "app"',
    '"app" != container.role',
    'container.role in ["app", "init"]',
    'container.role in []',
    '"SYS_ADMIN" in container.addedCapabilities',
    'container.role in container.addedCapabilities',
    'container.addedCapabilities.all(c, c in ["SYS_ADMIN"] || container.isPrivileged)',
    'container.addedCapabilities.exists(c, c == container.role)',
    'container.addedCapabilities.exists(c, container.droppedCapabilities.all(d, c != d))',
    'container.addedCapabilities.exists(container, container == "SYS_ADMIN")',
    'container.addedCapabilities.size() > 1',
    'container.runAsUser.orValue(0) >= 1000',
    'container.runAsNonRoot.orValue(container.isPrivileged)',
    'container.runAsUser.hasValue() ? container.isPrivileged : container.hasReadOnlyRoot',
    'container.runAsUser.value() <= 22',
    'container.runAsUser.value() <= 22 || container.isPrivileged',
    'container.runAsNonRoot.value()',
    'container.runAsNonRoot.hasValue() && !container.runAsNonRoot.value()',
    'container.runAsUser.value() - container.runAsGroup.orValue(7) > 3',
    'container.runAsUser.orValue(0) - 9223372036854775807 - 2 < 0',
    'container.addedCapabilities[0] == "SYS_ADMIN"',
    'container.addedCapabilities.size() > 1 ? container.addedCapabilities[1] == container.role : container.isPrivileged',
    'container.addedCapabilities[container.runAsUser.value()] == "SYS_ADMIN" || container.isPrivileged',
    'container.name.startsWith("a") || container.name.endsWith("b") || container.name.contains("c")',
    'kubeVersion.minor < 25 && kubeVersion.major == 1',
    'container.role in (["app"] + (kubeVersion.minor >= 25 ? ["init"] : []))',
    'container.role in (container.isPrivileged ? ["app"] : [])',
    'container.name.size() > 3',
    '(container.name + container.role).size() == 8',
    '(container.addedCapabilities + container.droppedCapabilities + [container.role]).exists(c, c == "SYS_ADMIN")',
    'string(container.runAsUser.orValue(0)) + string(container.isPrivileged) == "0true"',
    'container.addedCapabilities.filter(c, c == container.role || container.isPrivileged).size() == 0',
    '[container.role, container.isPrivileged ? "a" : ""].filter(r, r != "").all(r, r == "app")',
    // Left to the library.
    'container.addedCapabilities == ["SYS_ADMIN"]',
    'container.addedCapabilities.filter(c, c != "SYS_ADMIN").size() == 0',
    'container.addedCapabilities.exists_one(c, c == "SYS_ADMIN")',
  ])('%s', (require) => {
    for (const minor of [24, 34]) {
      const source = sentence(require, {
        actual: '{container.runAsUser} {container.addedCapabilities} {container.isPrivileged} {container.addedCapabilities.filter(c, c == "x")}',
      });
      const policy = both(source, minor);
      const random = randomNumbers(1);
      for (let i = 0; i < 300; i++) expectAgreement(policy, inventScope(source, random));
    }
  });
});
