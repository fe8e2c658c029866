import { factName } from '../model/fact-name.ts';
import type { Resource } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Absence, Identity, Place, Scope, Subject } from '../model/subject.ts';
import type { FactEntry } from '../model/vocabulary.ts';
import { type FactsOf, type SubjectType, vocabulary } from './vocabulary.ts';

/** One class for each subject type: by it the rule library knows what facts belong to. */
export const factClasses: Readonly<Record<SubjectType, new () => object>> = Object.fromEntries(
  Object.keys(vocabulary).map((type) => [type, { [type]: class {} }[type] as new () => object]),
) as Record<SubjectType, new () => object>;

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
  #lineage: readonly Derived[] | undefined;

  constructor(type: T, facts: FactsOf<T>, resource: Resource, parents: readonly Derived[]) {
    this.type = type;
    this.facts = facts;
    this.resource = resource;
    this.parents = parents;
  }

  /** Made when it is asked for: what is kept for the report is a tenth larger with it. Of two parents of a type, the nearer one counts. */
  get scope(): Scope {
    const scope: Record<string, object> = {};
    for (let at = this.parents.length - 1; at >= 0; at--) {
      const { type, facts } = this.parents[at] as Derived;
      scope[variableOf(type)] = facts;
    }
    scope[variableOf(this.type)] = this.facts;
    return scope;
  }

  /** Itself and its parents: what a part of it has as parents. */
  get lineage(): readonly Derived[] {
    // A list that is spread is given room to grow, three times what it needs; one that is joined is not.
    this.#lineage ??= [this as Derived].concat(this.parents);
    return this.#lineage;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.parents.find((parent) => parent.type === 'workload')?.labels ?? {};
  }

  abstract identity(): Identity;

  /** Paths in the subject's resource, or places elsewhere, that decided one of its own facts. */
  protected abstract ownPlaces(fact: string): readonly (Path | Place)[];

  /** What has to be read to know one of its facts; fewer lists where that subject hangs on fewer. */
  protected readsFor(fact: string): readonly string[] {
    return (vocabulary[this.type].facts as Record<string, FactEntry>)[fact]?.reads ?? [];
  }

  protected ownAbsence(fact: string): Absence {
    const reads = this.readsFor(fact);
    if (reads.length === 0) return { because: `${this.type}.${fact} could not be read from this source`, hint: 'check that the field has the type that the API asks for' };
    // Resources are many; an `image config` or a `server configuration` is one.
    const names = reads.map((source) => (source.includes(' ') ? `the ${source}` : source.slice(source.indexOf('/') + 1)));
    const isOne = names.length === 1 && names[0]?.includes(' ') === true;
    return isOne
      ? { because: `${names[0]} is not part of this scan`, hint: 'add it to what is scanned' }
      : { because: `${names.join(' and ')} are not part of this scan`, hint: 'add them to what is scanned' };
  }

  places(fact: string): readonly Place[] {
    const owner = this.#ownerOf(fact);
    if (owner === undefined) return NOWHERE;
    const { resource } = owner;
    return owner.ownPlaces(factName(fact).name).map((place) => (isPath(place) ? { resource, path: resource.at.length === 0 ? place : [...resource.at, ...place] } : place));
  }

  absence(fact: string): Absence {
    const owner = this.#ownerOf(fact);
    const { variable, name } = factName(fact);
    if (owner === undefined)
      return { because: `the ${variable} of this ${this.type} is not part of this scan`, hint: 'scan what it is made of, too; what an operator makes only a live cluster shows' };
    return owner.#withheld(name) ?? owner.ownAbsence(name);
  }

  /** What of a live cluster would have to be read to know it, and could not be. */
  #withheld(fact: string): Absence | undefined {
    const { reading } = this.resource.origin;
    if (reading === undefined) return undefined;
    const reads = this.readsFor(fact);
    const namespace = this.identity().namespace;
    const missing = reads.filter((source) => !source.includes(' ')).flatMap((resource) => reading.missing(resource, namespace) ?? []);
    return missing.length === 0 ? undefined : { because: words(missing.map(({ because }) => because)), hint: words(missing.map(({ hint }) => hint)) };
  }

  #ownerOf(fact: string): Derived | undefined {
    const { variable } = factName(fact);
    if (variableOf(this.type) === variable) return this as Derived;
    return this.parents.find((parent) => variableOf(parent.type) === variable);
  }
}

const NOWHERE: readonly Place[] = [];

function isPath(place: Path | Place): place is Path {
  return Array.isArray(place);
}

function words(parts: readonly string[]): string {
  return [...new Set(parts)].join('; ');
}
