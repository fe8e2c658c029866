import { type ASTNode, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { PolicyError } from '../errors.ts';
import { type CompiledPolicy, type PolicySource, SEVERITIES } from '../model/policy.ts';
import type { SubjectEntry } from '../model/vocabulary.ts';
import { type Closure, closureOf } from './closure.ts';
import { JudgingPolicy, namesOf, type Sentence, type Sentences, type Template, type TemplateName, variableName } from './judge.ts';
import { KubeVersion } from './kube-version.ts';
import { factsRead, inlineLets, refuseUnsafe, splitConjuncts } from './sentence.ts';
import { suggestName } from './suggest.ts';
import { treeOf } from './tree.ts';

/** Turns sentences into judgements. Made once for a vocabulary; `ctors` are the classes whose instances carry the facts. */
export interface Compiler {
  /** With `check`, every sentence and template is parsed and type-checked now; else when it is first needed, for policies known to be sound. */
  compile(source: PolicySource, options: CompileOptions): CompiledPolicy;
  /** What a policy says, as data. */
  read(source: PolicySource): Sentences;
}

export interface CompileOptions {
  readonly check: boolean;
  /** Judges by the rule library alone, which is slow: for tests that hold its answers against ours. */
  readonly interpret?: boolean;
}

export function createCompiler(vocabulary: Readonly<Record<string, SubjectEntry>>, ctors: Readonly<Record<string, new () => object>>, kubeVersion: KubeVersion): Compiler {
  const root = new Environment({ enableOptionalTypes: true }).registerType('KubeVersion', {
    ctor: KubeVersion,
    fields: { major: 'int', minor: 'int' },
  });
  for (const [type, entry] of Object.entries(vocabulary)) {
    const fields = Object.fromEntries(Object.entries(entry.facts).map(([name, fact]) => [name, fact.type]));
    root.registerType(variableName(type), { ctor: ctors[type] ?? Object, fields } as never);
  }
  root.registerConstant('kubeVersion', 'KubeVersion', kubeVersion as never);
  const environments = new Map<string, Environment>();

  const environmentOf = (subject: string, source: PolicySource): Environment => {
    let environment = environments.get(subject);
    if (environment === undefined) {
      const entry = Object.hasOwn(vocabulary, subject) ? vocabulary[subject] : undefined;
      if (entry === undefined) {
        throw new PolicyError(`${source.folder}: subject: there is no subject "${subject}"; there are ${Object.keys(vocabulary).join(', ')}`);
      }
      environment = root.clone();
      for (const type of [subject, ...entry.parents]) environment.registerVariable(variableName(type), variableName(type));
      environments.set(subject, environment);
    }
    return environment;
  };

  const readerOf = (source: PolicySource): Reader => {
    const entry = vocabulary[source.subject];
    const types = [source.subject, ...(entry?.parents ?? [])];
    const prototypes = new Map(types.map((type) => [variableName(type), (ctors[type] ?? Object).prototype as object]));
    const facts = (): string[] => types.flatMap((type) => Object.keys(vocabulary[type]?.facts ?? {}));
    return new Reader(source, prototypes, () => environmentOf(source.subject, source), facts);
  };

  return {
    read: (source) => readerOf(source).sentences(),
    compile(source, options) {
      const reader = readerOf(source);
      if (options.check) reader.check();
      const names = namesOf(source.subject, vocabulary, kubeVersion);
      return new JudgingPolicy(source, reader, (sentence) => {
        const closure = options.interpret === true || sentence.tree === undefined ? undefined : closureOf(sentence.tree, names);
        return closure ?? reader.interpret(sentence);
      });
    },
  };
}

/** A sentence and where in the policy it stands. */
interface ReadSentence extends Sentence {
  readonly field: string;
  readonly text: string;
}

/** Reads what a policy says by means of the rule library, each sentence when it is first asked for. */
class Reader implements Sentences {
  readonly #source: PolicySource;
  /** By variable. */
  readonly #prototypes: ReadonlyMap<string, object>;
  readonly #variables: ReadonlySet<string>;
  readonly #environment: () => Environment;
  /** Names of all that are in scope, for who misspelt one. */
  readonly #facts: () => readonly string[];
  readonly #templates = new Map<TemplateName, Template>();
  #when: ReadSentence | undefined;
  #require: ReadSentence | undefined;
  #conjuncts: readonly ReadSentence[] | undefined;
  #expandedLets: ReadonlyMap<string, string> | undefined;

  constructor(source: PolicySource, prototypes: ReadonlyMap<string, object>, environment: () => Environment, facts: () => readonly string[]) {
    this.#source = source;
    this.#prototypes = prototypes;
    this.#variables = new Set(prototypes.keys());
    this.#environment = environment;
    this.#facts = facts;
  }

  get when(): Sentence | undefined {
    if (this.#source.when === undefined) return undefined;
    this.#when ??= this.#sentence('when', this.#source.when);
    return this.#when;
  }

  get require(): Sentence {
    this.#require ??= this.#sentence('require', this.#source.require);
    return this.#require;
  }

  get conjuncts(): readonly Sentence[] {
    this.#conjuncts ??= splitConjuncts(this.#parse('require', this.#source.require).ast, this.#variables).map(({ text }) => this.#sentence('require', text));
    return this.#conjuncts;
  }

  get message(): Template {
    return this.#template('message');
  }

  get expected(): Template {
    return this.#template('expected');
  }

  get actual(): Template {
    return this.#template('actual');
  }

  sentences(): Sentences {
    const plain = ({ tree, reads }: Sentence): Sentence => ({ tree, reads });
    const filled = (template: Template): Template => template.map((part) => (typeof part === 'string' ? part : plain(part)));
    const { when, require, conjuncts, message, expected, actual } = this;
    return {
      when: when === undefined ? undefined : plain(when),
      require: plain(require),
      conjuncts: conjuncts.map(plain),
      message: filled(message),
      expected: filled(expected),
      actual: filled(actual),
    };
  }

  check(): void {
    if (!SEVERITIES.includes(this.#source.severity)) throw this.#fail('severity', `there is no severity "${this.#source.severity}"`);
    this.#program('require', this.#source.require, 'bool');
    if (this.#source.when !== undefined) this.#program('when', this.#source.when, 'bool');
    for (const name of ['message', 'expected', 'actual'] as const) {
      for (const part of splitTemplate((this.#source[name] ?? '').trim())) if (typeof part !== 'string') this.#program(name, part.expression);
      this.#template(name);
    }
    for (const [field, text] of [
      ...(this.#source.at === undefined ? [] : [['at', this.#source.at] as const]),
      ...(this.#source.show ?? []).map((fact) => ['show', fact] as const),
    ]) {
      this.#program(field, text);
      const { ast } = this.#parse(field, text);
      if (ast.op !== '.' || factsRead(ast, this.#variables).length !== 1) throw this.#fail(field, 'it must be one fact, as in container.runAsUser', ast);
    }
  }

  /** The rule library's own evaluation of one of the sentences. */
  interpret(sentence: Sentence): Closure {
    const { field, text } = sentence as ReadSentence;
    return guarded(this.#program(field, text), this.#prototypes);
  }

  #sentence(field: string, text: string): ReadSentence {
    const { ast } = this.#parse(field, text);
    return { field, text, tree: treeOf(ast), reads: factsRead(ast, this.#variables) };
  }

  #template(name: TemplateName): Template {
    let parts = this.#templates.get(name);
    if (parts === undefined) {
      const template = (this.#source[name] ?? '').trim();
      parts = splitTemplate(template).map((part) => (typeof part === 'string' ? this.#plainPart(name, part, template) : this.#sentence(name, part.expression)));
      this.#templates.set(name, parts);
    }
    return parts;
  }

  /** A bracket that is not closed would be printed as it is, and nobody would see the fact that was meant. */
  #plainPart(name: TemplateName, part: string, template: string): string {
    const lone = /[{}]/.exec(part.replaceAll('{}', '  '));
    if (lone === null) return part;
    const start = template.indexOf(part) + lone.index;
    throw this.#fail(name, `a ${lone[0]} stands alone; a fact is written {container.name}`, { start, end: start + 1, input: template });
  }

  #program(field: string, text: string, type?: string): Closure {
    const program = this.#parse(field, text);
    refuseUnsafe(program.ast, (message, at) => this.#fail(field, message, at));
    const checked = program.check();
    if (!checked.valid) throw this.#failOf(field, checked.error);
    if (type !== undefined && checked.type !== type) {
      throw this.#fail(field, `it must say yes or no, but it is a ${checked.type}`, program.ast);
    }
    return program as Closure;
  }

  #parse(field: string, text: string): ReturnType<Environment['parse']> {
    try {
      const environment = this.#environment();
      const parsed = environment.parse(text);
      const lets = this.#lets(environment);
      const inlined = lets.size === 0 ? text : inlineLets(parsed.ast, lets);
      return inlined === text ? parsed : environment.parse(inlined);
    } catch (error) {
      throw this.#failOf(field, error);
    }
  }

  /** Each with those above it put in. */
  #lets(environment: Environment): ReadonlyMap<string, string> {
    if (this.#expandedLets !== undefined) return this.#expandedLets;
    const expanded = new Map<string, string>();
    for (const [name, text] of Object.entries(this.#source.let ?? {})) {
      const field = `let.${name}`;
      if (this.#variables.has(name) || name === 'kubeVersion') throw this.#fail(field, 'it has the name of a subject; give it another one');
      try {
        expanded.set(name, inlineLets(environment.parse(text).ast, expanded));
      } catch (error) {
        throw this.#failOf(field, error);
      }
      if ((expanded.get(name) ?? '').length > LONGEST_LET) throw this.#fail(field, 'with the lets that it uses put in, it is too long');
    }
    this.#expandedLets = expanded;
    return expanded;
  }

  #failOf(field: string, error: unknown): unknown {
    if (error instanceof ParseError || (error instanceof Error && 'summary' in error)) {
      const { summary, range, node } = error as ParseError;
      return this.#fail(field, this.#explain(summary), range === undefined ? undefined : { start: range.start, end: range.end, input: node?.input ?? '' });
    }
    return error;
  }

  #explain(summary: string): string {
    const [, fact] = /^No such key: (.+)$/.exec(summary) ?? [];
    if (fact !== undefined) return `there is no fact "${fact}" here${suggestName(fact, this.#facts())} (see docs/facts.md)`;
    const [, variable] = /^Unknown variable: (.+)$/.exec(summary) ?? [];
    if (variable !== undefined) return `there is no "${variable}" in scope of this subject, only ${[...this.#variables].join(', ')} (see docs/facts.md)`;
    return summary;
  }

  #fail(field: string, message: string, at?: Pick<ASTNode, 'start' | 'end' | 'input'>): PolicyError {
    const head = `${this.#source.folder}: ${field}: ${message}`;
    if (at === undefined || at.input === '') return new PolicyError(head);
    const lineStart = at.input.lastIndexOf('\n', at.start - 1) + 1;
    const lineEnd = at.input.indexOf('\n', at.start);
    const line = at.input.slice(lineStart, lineEnd === -1 ? undefined : lineEnd);
    const width = Math.max(1, Math.min(at.end, lineStart + line.length) - at.start);
    return new PolicyError(`${head}\n    ${line}\n    ${' '.repeat(at.start - lineStart)}${'^'.repeat(width)}`);
  }
}

const LONGEST_LET = 20_000;

/**
 * Undefined where the rule library throws because a fact is absent. Its exceptions need no stacks, which take longer than all else.
 * It tells types by classes, which facts are given here: to give them to all that is ever derived takes a tenth of a second.
 */
function guarded(program: Closure, prototypes: ReadonlyMap<string, object>): Closure {
  return (variables) => {
    for (const [variable, prototype] of prototypes) {
      const facts = variables[variable];
      if (facts !== undefined && Object.getPrototypeOf(facts) !== prototype) Object.setPrototypeOf(facts, prototype);
    }
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return program(variables);
    } catch (error) {
      // Reading an absent fact is the library's `no_such_key`; a sentence that fails otherwise proves nothing either.
      if (error instanceof EvaluationError && error.code !== 'field_type_mismatch') return undefined;
      throw error;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

function splitTemplate(template: string): (string | { expression: string })[] {
  return template
    .split(/\{([^{}]+)\}/)
    .map((part, index) => (index % 2 === 0 ? part : { expression: part }))
    .filter((part) => part !== '');
}
