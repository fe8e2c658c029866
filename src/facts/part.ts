import type { Resource } from '../model/inventory.ts';
import type { Path } from '../model/json.ts';
import type { Absence, Identity, Place } from '../model/subject.ts';
import { Derived } from './derived.ts';
import type { FactsOf, SubjectType } from './vocabulary.ts';

export interface PartOptions {
  /** What of the owner it is, as the report names it: `env DATABASE_URL`, `volume data`. */
  readonly part: string;
  readonly path: Path;
  /** Where it is an item of the list at the path: then all items share the list's path. */
  readonly position?: number;
  /** Fields below the path that facts stand at; all others stand at the path itself. */
  readonly fields?: Readonly<Record<string, Path>>;
  readonly absences?: Readonly<Record<string, Absence>>;
  /** Where the part stands, if not in the owner's resource. */
  readonly resource?: Resource;
  /** Further subjects whose facts are in scope, beyond the owner and its parents. */
  readonly parents?: readonly Derived[];
}

/** A part of something larger that is judged by itself: a port, a volume, a variable, a rule. */
export class Part<T extends SubjectType> extends Derived<T> {
  readonly #owner: Derived;
  readonly #options: PartOptions;

  constructor(type: T, facts: FactsOf<T>, owner: Derived, options: PartOptions) {
    super(type, facts, options.resource ?? owner.resource, options.parents === undefined ? owner.lineage : [...owner.lineage, ...options.parents]);
    this.#owner = owner;
    this.#options = options;
  }

  override get labels(): Readonly<Record<string, string>> {
    return this.#owner.labels;
  }

  identity(): Identity {
    const owner = this.#owner.identity();
    // One resource may hold several pod templates, and equal names in them.
    return { ...owner, part: owner.part === '' ? this.#options.part : `${owner.part} ${this.#options.part}` };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const { path, position, fields } = this.#options;
    const inner = (fields !== undefined && Object.hasOwn(fields, fact) ? fields[fact] : undefined) ?? HERE;
    return [position === undefined ? [...path, ...inner] : [...path, position, ...inner]];
  }

  protected override ownAbsence(fact: string): Absence {
    return this.#options.absences?.[fact] ?? super.ownAbsence(fact);
  }
}

const HERE: Path = [];
