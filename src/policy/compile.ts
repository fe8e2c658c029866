import { type ASTNode, Environment, EvaluationError, Optional, ParseError } from '@marcbachmann/cel-js';
import { PolicyError } from '../errors.ts';
import { type CompiledPolicy, type Judgement, type PolicySource, SEVERITIES } from '../model/policy.ts';
import type { SubjectEntry } from '../model/vocabulary.ts';
import { type Closure, closureOf, type Names, type Variables } from './closure.ts';
import { type Conjunct, factsRead, inlineLets, refuseUnsafe, splitConjuncts } from './sentence.ts';

/** Turns sentences into judgements. Made once for a vocabulary; `ctors` are the classes whose instances carry the facts. */
export interface Compiler {
  /** With `check`, every sentence and template is parsed and type-checked now; else when it is first needed, for policies known to be sound. */
  compile(source: PolicySource, options: CompileOptions): CompiledPolicy;
}

export interface CompileOptions {
  readonly check: boolean;
  /** Judges by the rule library alone, which is slow: for tests that hold its answers against ours. */
  readonly interpret?: boolean;
}

/** `namespace` is reserved in the rule language. */
export function variableName(subjectType: string): string {
  return subjectType === 'namespace' ? 'ns' : subjectType;
}

/** The Kubernetes version that sentences are judged for. */
export class KubeVersion {
  readonly major: bigint;
  readonly minor: bigint;

  constructor(major: number, minor: number) {
    this.major = BigInt(major);
    this.minor = BigInt(minor);
  }

  toString(): string {
    return `${this.major}.${this.minor}`;
  }
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

  return {
    compile(source, options) {
      const entry = vocabulary[source.subject];
      const types = new Map([source.subject, ...(entry?.parents ?? [])].map((type) => [variableName(type), vocabulary[type]]));
      const names: Names = {
        typeOf: (variable, fact) => {
          const facts = types.get(variable)?.facts;
          return facts !== undefined && Object.hasOwn(facts, fact) ? facts[fact]?.type : undefined;
        },
        constant: (variable, field) => (variable === 'kubeVersion' && (field === 'major' || field === 'minor') ? kubeVersion[field] : undefined),
      };
      const policy = new Compiled(source, new Set(types.keys()), () => environmentOf(source.subject, source), options.interpret === true ? undefined : names);
      if (options.check) policy.check();
      return policy;
    },
  };
}

interface CompiledConjunct extends Conjunct {
  readonly program: Closure;
  readonly violation: Judgement;
}

type TemplateName = 'message' | 'expected' | 'actual';

class Compiled implements CompiledPolicy {
  readonly source: PolicySource;
  readonly fix: string;
  readonly #variables: ReadonlySet<string>;
  readonly #environment: () => Environment;
  readonly #names: Names | undefined;
  #when: Closure | null | undefined;
  #require: Closure | undefined;
  #conjuncts: CompiledConjunct[] | undefined;
  #reads: readonly string[] | undefined;
  readonly #templates = new Map<TemplateName, (string | Closure)[]>();
  #expandedLets: ReadonlyMap<string, string> | undefined;

  /** `names` are what our own functions need; without them the rule library judges. */
  constructor(source: PolicySource, variables: ReadonlySet<string>, environment: () => Environment, names: Names | undefined) {
    this.source = source;
    this.fix = source.fix.trim();
    this.#variables = variables;
    this.#environment = environment;
    this.#names = names;
  }

  get reads(): readonly string[] {
    this.#reads ??= factsRead(this.#parse('require', this.source.require).ast, this.#variables);
    return this.#reads;
  }

  get decidedBy(): readonly string[] {
    const when = this.source.when === undefined ? [] : factsRead(this.#parse('when', this.source.when).ast, this.#variables);
    return [...new Set([...when, ...this.reads])];
  }

  check(): void {
    if (!SEVERITIES.includes(this.source.severity)) throw this.#fail('severity', `there is no severity "${this.source.severity}"`);
    this.#program('require', this.source.require, 'bool');
    if (this.source.when !== undefined) this.#program('when', this.source.when, 'bool');
    for (const name of ['message', 'expected', 'actual'] as const) {
      for (const part of splitTemplate((this.source[name] ?? '').trim())) if (typeof part !== 'string') this.#program(name, part.expression);
      this.#template(name);
    }
    for (const [field, text] of [...(this.source.at === undefined ? [] : [['at', this.source.at] as const]), ...(this.source.show ?? []).map((fact) => ['show', fact] as const)]) {
      this.#program(field, text);
      const { ast } = this.#parse(field, text);
      if (ast.op !== '.' || factsRead(ast, this.#variables).length !== 1) throw this.#fail(field, 'it must be one fact, as in container.runAsUser', ast);
    }
  }

  judge(variables: Variables): Judgement {
    if (this.#when === undefined) {
      this.#when = this.source.when === undefined ? null : this.#closure('when', this.source.when);
    }
    this.#require ??= this.#closure('require', this.source.require);
    const applies = this.#when === null ? true : this.#when(variables);
    if (applies === false) return NOT_APPLICABLE;
    const holds = this.#require(variables);
    if (holds === true) return PASS;
    if (applies === undefined) {
      const when = factsRead(this.#parse('when', this.source.when ?? '').ast, this.#variables);
      return { outcome: 'unknown', absent: absentAmong([...when, ...(holds === undefined ? this.reads : [])], variables) };
    }
    const conjuncts = this.#splitRequire();
    if (holds === false) {
      const broken = conjuncts.length === 1 ? conjuncts : conjuncts.filter(({ program }) => program(variables) === false);
      // Most sentences have one condition: its violations are all the same, and there may be fifty thousand.
      return broken.length === 1 && broken[0] !== undefined ? broken[0].violation : { outcome: 'violation', broken: [...new Set(broken.flatMap(({ reads }) => reads))] };
    }
    const open = conjuncts.length === 1 ? conjuncts : conjuncts.filter(({ program }) => program(variables) === undefined);
    return {
      outcome: 'unknown',
      absent: absentAmong(
        open.flatMap(({ reads }) => reads),
        variables,
      ),
    };
  }

  phrase(name: TemplateName, variables: Variables): string {
    let text = '';
    for (const part of this.#template(name)) text += typeof part === 'string' ? part : show(part(variables));
    return text;
  }

  #splitRequire(): CompiledConjunct[] {
    this.#conjuncts ??= splitConjuncts(this.#parse('require', this.source.require).ast, this.#variables).map((conjunct) => ({
      ...conjunct,
      program: this.#closure('require', conjunct.text),
      violation: { outcome: 'violation', broken: conjunct.reads },
    }));
    return this.#conjuncts;
  }

  #template(name: TemplateName): (string | Closure)[] {
    let parts = this.#templates.get(name);
    if (parts === undefined) {
      const template = (this.source[name] ?? '').trim();
      parts = splitTemplate(template).map((part) => (typeof part === 'string' ? this.#plainPart(name, part, template) : this.#closure(name, part.expression)));
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

  /** Of a sentence that is known to be sound. */
  #closure(field: string, text: string): Closure {
    const closure = this.#names === undefined ? undefined : closureOf(this.#parse(field, text).ast, this.#names);
    return closure ?? guarded(this.#program(field, text));
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
    for (const [name, text] of Object.entries(this.source.let ?? {})) {
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
      return this.#fail(field, explain(summary), range === undefined ? undefined : { start: range.start, end: range.end, input: node?.input ?? '' });
    }
    return error;
  }

  #fail(field: string, message: string, at?: Pick<ASTNode, 'start' | 'end' | 'input'>): PolicyError {
    const head = `${this.source.folder}: ${field}: ${message}`;
    if (at === undefined || at.input === '') return new PolicyError(head);
    const lineStart = at.input.lastIndexOf('\n', at.start - 1) + 1;
    const lineEnd = at.input.indexOf('\n', at.start);
    const line = at.input.slice(lineStart, lineEnd === -1 ? undefined : lineEnd);
    const width = Math.max(1, Math.min(at.end, lineStart + line.length) - at.start);
    return new PolicyError(`${head}\n    ${line}\n    ${' '.repeat(at.start - lineStart)}${'^'.repeat(width)}`);
  }
}

const LONGEST_LET = 20_000;

const NOT_APPLICABLE: Judgement = { outcome: 'not-applicable' };
const PASS: Judgement = { outcome: 'pass' };

/** Undefined where the rule library throws because a fact is absent. Its exceptions need no stacks, which take longer than all else. */
function guarded(program: Closure): Closure {
  return (variables) => {
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

function absentAmong(facts: readonly string[], variables: Variables): string[] {
  const absent = new Set<string>();
  for (const fact of facts) {
    const [variable = '', name = ''] = fact.split('.');
    const holder = variables[variable] as Record<string, unknown> | undefined;
    if (holder?.[name] === undefined) absent.add(fact);
  }
  return [...absent];
}

function explain(summary: string): string {
  const typo = /^No such key: (.+)$/.exec(summary);
  if (typo !== null) return `there is no fact "${typo[1]}" here (see docs/facts.md)`;
  const variable = /^Unknown variable: (.+)$/.exec(summary);
  if (variable !== null) return `there is no "${variable[1]}" in scope of this subject (see docs/facts.md)`;
  return summary;
}

function splitTemplate(template: string): (string | { expression: string })[] {
  return template
    .split(/\{([^{}]+)\}/)
    .map((part, index) => (index % 2 === 0 ? part : { expression: part }))
    .filter((part) => part !== '');
}

/** A value in words. */
export function show(value: unknown): string {
  if (value === undefined) return 'unknown';
  if (value instanceof Optional) return value.hasValue() ? show(value.value()) : 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  return value === '' ? 'not set' : String(value);
}
