import { Optional } from '@marcbachmann/cel-js';
import { factName } from '../model/fact-name.ts';
import { isSameList } from '../model/lists.ts';
import type { CompiledPolicy, Judgement, PolicySource } from '../model/policy.ts';
import type { SubjectEntry } from '../model/vocabulary.ts';
import { type Closure, closureOf, type Names, type Variables } from './closure.ts';
import type { KubeVersion } from './kube-version.ts';
import type { Tree } from './tree.ts';

/** A sentence, or a part of one that can be judged by itself. */
export interface Sentence {
  /** Undefined where it says what the built-in ones do not say. */
  readonly tree?: Tree | undefined;
  /** The facts that it names, as `variable.fact`, in the order of the text. */
  readonly reads: readonly string[];
}

/** All that a policy says. As data it is part of the package, so that a scan by built-in policies parses none. */
export interface Sentences {
  readonly when?: Sentence | undefined;
  readonly require: Sentence;
  /** What `&&` holds together in `require`. */
  readonly conjuncts: readonly Sentence[];
  readonly message: Template;
  readonly expected: Template;
  readonly actual: Template;
}

/** Plain text, and what is filled in between. */
export type Template = readonly (string | Sentence)[];

export type TemplateName = 'message' | 'expected' | 'actual';

/** Judges by a sentence's functions; `interpret` stands in for a sentence that has none. */
export class JudgingPolicy implements CompiledPolicy {
  readonly source: PolicySource;
  readonly fix: string;
  readonly #sentences: Sentences;
  readonly #closureOf: (sentence: Sentence) => Closure;
  #when: Closure | null | undefined;
  #require: Closure | undefined;
  #conjuncts: readonly Conjunct[] | undefined;
  /** Subjects of which the same facts are not known share their judgement: there may be ten thousand. */
  readonly #unknowns: Judgement[] = [];
  readonly #templates = new Map<TemplateName, readonly (string | Closure)[]>();

  constructor(source: PolicySource, sentences: Sentences, closureOfSentence: (sentence: Sentence) => Closure) {
    this.source = source;
    this.fix = source.fix.trim();
    this.#sentences = sentences;
    this.#closureOf = closureOfSentence;
  }

  get reads(): readonly string[] {
    return this.#sentences.require.reads;
  }

  get decidedBy(): readonly string[] {
    const { when, require } = this.#sentences;
    return [...new Set([...(when?.reads ?? []), ...require.reads])];
  }

  judge(variables: Variables): Judgement {
    const { when, require } = this.#sentences;
    if (this.#when === undefined) this.#when = when === undefined ? null : this.#closureOf(when);
    this.#require ??= this.#closureOf(require);
    const applies = this.#when === null ? true : this.#when(variables);
    if (applies === false) return NOT_APPLICABLE;
    const holds = this.#require(variables);
    if (holds === true) return PASS;
    if (applies === undefined) return this.#unknown(holds === undefined ? [when, require] : [when], variables);
    return holds === false ? this.#violation(variables) : this.#unknown(this.#conjunctsThatAre(undefined, variables), variables);
  }

  phrase(name: TemplateName, variables: Variables): string {
    let parts = this.#templates.get(name);
    if (parts === undefined) {
      parts = this.#sentences[name].map((part) => (typeof part === 'string' ? part : this.#closureOf(part)));
      this.#templates.set(name, parts);
    }
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : show(part(variables));
    return text;
  }

  #violation(variables: Variables): Judgement {
    const broken = this.#conjunctsThatAre(false, variables);
    // Most sentences have one condition: its violations are all the same, and there may be fifty thousand.
    return broken.length === 1 && broken[0] !== undefined ? broken[0].violation : { outcome: 'violation', broken: [...new Set(broken.flatMap(({ reads }) => reads))] };
  }

  /** Apart from `judge`, which would make a context for the function here each time that it is called, and that is half a million times. */
  #conjunctsThatAre(answer: false | undefined, variables: Variables): readonly Conjunct[] {
    const conjuncts = this.#splitRequire();
    return conjuncts.length === 1 ? conjuncts : conjuncts.filter(({ closure }) => closure(variables) === answer);
  }

  #unknown(sentences: readonly (Pick<Sentence, 'reads'> | undefined)[], variables: Variables): Judgement {
    const absent: string[] = [];
    for (const sentence of sentences) {
      for (const fact of sentence?.reads ?? []) if (isAbsent(fact, variables) && !absent.includes(fact)) absent.push(fact);
    }
    const known = this.#unknowns.find((judgement) => judgement.outcome === 'unknown' && isSameList(judgement.absent, absent));
    if (known !== undefined) return known;
    const judgement: Judgement = { outcome: 'unknown', absent };
    this.#unknowns.push(judgement);
    return judgement;
  }

  #splitRequire(): readonly Conjunct[] {
    this.#conjuncts ??= this.#sentences.conjuncts.map((sentence) => ({
      reads: sentence.reads,
      closure: this.#closureOf(sentence),
      violation: { outcome: 'violation', broken: sentence.reads },
    }));
    return this.#conjuncts;
  }
}

interface Conjunct {
  readonly reads: readonly string[];
  readonly closure: Closure;
  readonly violation: Judgement;
}

/** What the names in the sentences about a type of subject mean. */
export function namesOf(subject: string, vocabulary: Readonly<Record<string, SubjectEntry>>, kubeVersion: KubeVersion): Names {
  const entries = new Map([subject, ...(vocabulary[subject]?.parents ?? [])].map((type) => [variableName(type), vocabulary[type]]));
  return {
    typeOf: (variable, fact) => {
      const facts = entries.get(variable)?.facts;
      return facts !== undefined && Object.hasOwn(facts, fact) ? facts[fact]?.type : undefined;
    },
    kubeVersion,
  };
}

/** Whether every sentence of a policy can do without the rule library. */
export function isSelfSufficient({ when, require, conjuncts, message, expected, actual }: Sentences, names: Names): boolean {
  const sentences = [when, require, ...conjuncts, ...message, ...expected, ...actual].filter((part) => typeof part === 'object');
  return sentences.every(({ tree }) => tree !== undefined && closureOf(tree, names) !== undefined);
}

/** A policy of the package. */
export function packedPolicy(source: PolicySource, sentences: Sentences, names: () => Names): CompiledPolicy {
  return new JudgingPolicy(source, sentences, ({ tree }) => {
    const closure = tree === undefined ? undefined : closureOf(tree, names());
    if (closure === undefined) throw new Error(`the policy ${source.id} was packed, and yet cannot be judged`);
    return closure;
  });
}

/** `namespace` is reserved in the rule language. */
export function variableName(subjectType: string): string {
  return subjectType === 'namespace' ? 'ns' : subjectType;
}

const NOT_APPLICABLE: Judgement = { outcome: 'not-applicable' };
const PASS: Judgement = { outcome: 'pass' };

function isAbsent(fact: string, variables: Variables): boolean {
  const { variable, name } = factName(fact);
  const holder = variables[variable] as Record<string, unknown> | undefined;
  return holder?.[name] === undefined;
}

/** A value in words. */
export function show(value: unknown): string {
  if (value === undefined) return 'unknown';
  if (value instanceof Optional) return value.hasValue() ? show(value.value()) : 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  return value === '' ? 'not set' : String(value);
}
