import type { Path } from '../../model/json.ts';
import type { Absence, Identity, Place } from '../../model/subject.ts';
import { Derived } from '../derived.ts';
import type { FactsOf } from '../vocabulary.ts';
import type { DatastoreSubject } from './datastore.ts';

export interface ConnectionOptions {
  readonly facts: FactsOf<'connection'>;
  readonly container: Derived<'container'>;
  readonly datastore: DatastoreSubject;
  /** What the finding is called by: `connection DATABASE_URL`. */
  readonly part: string;
  /** Where the client says where it connects to. */
  readonly place: Place;
  readonly evidence: ConnectionEvidence;
}

/** What is told of single facts of a connection. */
export interface ConnectionEvidence {
  /** Where it stands, if elsewhere than the address. */
  places(fact: string): readonly Place[];
  absence(fact: string): Absence | undefined;
}

/** A client's address, with the server that it leads to. */
export class ConnectionSubject extends Derived<'connection'> {
  readonly container: Derived<'container'>;
  readonly datastore: DatastoreSubject;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    const { container } = options;
    // The client's container comes first: what the nearest parent sees counts, and the server has a container of its own.
    super('connection', options.facts, options.place.resource, [container, ...container.parents, options.datastore]);
    this.container = container;
    this.datastore = options.datastore;
    this.#options = options;
  }

  override get labels(): Readonly<Record<string, string>> {
    return this.container.labels;
  }

  identity(): Identity {
    return { ...this.container.identity(), part: this.#options.part };
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const { evidence, place } = this.#options;
    const own = evidence.places(fact);
    return own.length === 0 ? [place] : own;
  }

  protected override ownAbsence(fact: string): Absence {
    return this.#options.evidence.absence(fact) ?? super.ownAbsence(fact);
  }
}
