import { factClasses } from '../facts/derived.ts';
import { vocabulary } from '../facts/vocabulary.ts';
import type { PolicySource } from '../model/policy.ts';
import type { Names } from '../policy/closure.ts';
import type { Compiler } from '../policy/compile.ts';
import { namesOf, packedPolicy } from '../policy/judge.ts';
import type { KubeVersion } from '../policy/kube-version.ts';
import type { Library } from './library.ts';

/** The rule library takes a third of the time that a small scan may take: it is loaded for sentences that the package does not hold as data. */
export async function compilerFor(policies: readonly PolicySource[], { sentences }: Library, kubeVersion: KubeVersion): Promise<Pick<Compiler, 'compile'>> {
  const isPacked = ({ id }: PolicySource): boolean => sentences?.[id] !== undefined;
  const compiler = policies.every(isPacked) ? undefined : (await import('../policy/compile.ts')).createCompiler(vocabulary, factClasses, kubeVersion);
  const names = new Map<string, Names>();
  const namesFor = (subject: string): Names => {
    const known = names.get(subject) ?? namesOf(subject, vocabulary, kubeVersion);
    names.set(subject, known);
    return known;
  };
  return {
    compile(source, options) {
      const packed = sentences?.[source.id];
      if (packed !== undefined) return packedPolicy(source, packed, () => namesFor(source.subject));
      if (compiler === undefined) throw new Error(`the policy ${source.id} is not among those that were announced`);
      return compiler.compile(source, options);
    },
  };
}
