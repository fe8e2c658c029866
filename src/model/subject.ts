import type { Resource } from './inventory.ts';
import type { Path } from './json.ts';

/** A place in a resource. Turned into a location only when a finding shows it. */
export interface Place {
  readonly resource: Resource;
  readonly path: Path;
}

/** What a subject is called, wherever it was found: the stuff of a finding's id. Never file, line or cluster. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** What of it was judged: `env DATABASE_URL`, `volume data`; empty for the whole. */
  readonly part: string;
}

/** Why a fact could not be learned, and what would show it. */
export interface Absence {
  readonly because: string;
  readonly hint: string;
}

/** The variables of a sentence: the subject's own facts and its parents', by subject type. */
export type Scope = Readonly<Record<string, object>>;

/** One thing that policies judge, with the facts about it. Everything but the facts is worked out on demand. */
export interface Subject {
  readonly type: string;
  readonly scope: Scope;
  readonly resource: Resource;
  /** Labels of the owning object, for `-l`. */
  readonly labels: Readonly<Record<string, string>>;
  identity(): Identity;
  /** Where a fact was set; the nearest place where it would be set, if it was not. `fact` is `variable.name`, as sentences write it. */
  places(fact: string): readonly Place[];
  /** Why the fact is absent. Asked only for facts that are. */
  absence(fact: string): Absence;
}
