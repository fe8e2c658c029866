import type { Resource } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Absence, Identity, Place, Scope, Subject } from '../model/subject.ts';
import { type FactsOf, type SubjectType, vocabulary } from './vocabulary.ts';

/** The classes whose instances carry facts: one for each subject type, known to the rule environment. */
export const factClasses: Readonly<Record<SubjectType, new () => object>> = Object.fromEntries(
  Object.keys(vocabulary).map((type) => [type, { [type]: class {} }[type] as new () => object]),
) as Record<SubjectType, new () => object>;

const prototypes = Object.fromEntries(Object.entries(factClasses).map(([type, ctor]) => [type, ctor.prototype])) as Record<SubjectType, object>;

/** Facts as an instance of their class. The literal must list every fact of the vocabulary, which TypeScript checks. */
export function factsFor<T extends SubjectType>(type: T, facts: FactsOf<T>): FactsOf<T> {
  return Object.setPrototypeOf(facts, prototypes[type]) as FactsOf<T>;
}

/** The variable that sentences call a subject type by: `namespace` is a reserved word of the rule language. */
function variableOf(type: SubjectType): string {
  return type === 'namespace' ? 'ns' : type;
}

/** A subject with its facts. Subclasses say where each fact stands and why one is absent, when they are asked. */
export abstract class Derived<T extends SubjectType = SubjectType> implements Subject {
  readonly type: T;
  readonly facts: FactsOf<T>;
  readonly resource: Resource;
  readonly parents: readonly Derived[];
  readonly scope: Scope;

  constructor(type: T, facts: FactsOf<T>, resource: Resource, parents: readonly Derived[]) {
    this.type = type;
    this.facts = factsFor(type, facts);
    this.resource = resource;
    this.parents = parents;
    const scope: Record<string, object> = { [variableOf(type)]: this.facts };
    for (const parent of parents) scope[variableOf(parent.type)] = parent.facts;
    this.scope = scope;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.parents.find((parent) => parent.type === 'workload')?.labels ?? {};
  }

  abstract identity(): Identity;

  /** Paths in the subject's resource, or places elsewhere, that decided one of its own facts. */
  protected abstract ownPlaces(fact: string): readonly (Path | Place)[];

  protected ownAbsence(fact: string): Absence {
    const reads = (vocabulary[this.type].facts as Record<string, { reads?: readonly string[] }>)[fact]?.reads ?? [];
    return reads.length === 0
      ? { because: `${this.type}.${fact} could not be read from this source`, hint: 'check that the field has the type that the API asks for' }
      : { because: `${reads.join(' and ')} are not part of this scan`, hint: 'add them to what is scanned' };
  }

  places(fact: string): readonly Place[] {
    const [owner, name] = this.#ownerOf(fact);
    return owner?.ownPlaces(name).map((place) => ('resource' in place ? place : { resource: owner.resource, path: [...owner.resource.at, ...place] })) ?? [];
  }

  absence(fact: string): Absence {
    const [owner, name] = this.#ownerOf(fact);
    return owner?.ownAbsence(name) ?? { because: `${fact} is not known here`, hint: '' };
  }

  #ownerOf(fact: string): [Derived | undefined, string] {
    const dot = fact.indexOf('.');
    const variable = fact.slice(0, dot);
    const owner = [this as Derived, ...this.parents].find((candidate) => variableOf(candidate.type) === variable);
    return [owner, fact.slice(dot + 1)];
  }
}
