import { factClasses } from '../src/facts/derived.ts';
import { vocabulary } from '../src/facts/vocabulary.ts';
import type { CompiledPolicy, PolicySource } from '../src/model/policy.ts';
import { createCompiler } from '../src/policy/compile.ts';
import { KubeVersion } from '../src/policy/kube-version.ts';

const compiler = createCompiler(vocabulary, factClasses, new KubeVersion(1, 34));

/** A policy of which only what a test is about is written. */
export function compilePolicy(parts: Partial<PolicySource>): CompiledPolicy {
  const source = {
    id: 'p',
    theme: 't',
    folder: 't/p',
    title: 'T',
    severity: 'high',
    subject: 'container',
    require: 'true',
    message: 'M',
    why: 'W',
    fix: 'F\n',
    since: '0',
  } as const;
  return compiler.compile({ ...source, ...parts }, { check: true });
}
