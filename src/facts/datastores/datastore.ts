import type { Resource } from '../../model/inventory.ts';
import type { Path } from '../../model/json.ts';
import type { Absence, Identity, Place } from '../../model/subject.ts';
import { Derived } from '../derived.ts';
import { objectAt } from '../read.ts';
import type { Known, Source } from '../servers/known.ts';
import type { PostgresServer } from '../servers/postgres-server.ts';
import type { RedisServer } from '../servers/redis-server.ts';
import { type FactsOf, vocabulary } from '../vocabulary.ts';
import type { Program } from './program.ts';
import type { Engine } from './recognise.ts';

export type DatastoreFacts = FactsOf<'datastore'>;

/** A server as the join sees it. */
export type Server = { readonly engine: 'redis'; readonly server: RedisServer } | { readonly engine: 'postgres'; readonly server: PostgresServer };

export interface DatastoreOptions {
  readonly facts: DatastoreFacts;
  readonly resource: Resource;
  readonly parents: readonly Derived[];
  readonly identity: Identity;
  /** Where it is as a whole. */
  readonly at: Path;
  readonly places: (fact: string) => readonly Place[];
  readonly absences: (fact: string) => Absence | undefined;
  readonly server: Server | undefined;
}

export class DatastoreSubject extends Derived<'datastore'> {
  readonly server: Server | undefined;
  readonly #options: DatastoreOptions;

  constructor(options: DatastoreOptions) {
    super('datastore', options.facts, options.resource, options.parents);
    this.server = options.server;
    this.#options = options;
  }

  override get labels(): Readonly<Record<string, string>> {
    const workload = this.parents.find((parent) => parent.type === 'workload');
    return workload?.labels ?? (objectAt(objectAt(this.resource.value, 'metadata'), 'labels') as Record<string, string>);
  }

  identity(): Identity {
    return this.#options.identity;
  }

  protected ownPlaces(fact: string): readonly (Path | Place)[] {
    const places = this.#options.places(fact);
    return places.length > 0 ? places : [this.#options.at];
  }

  protected override ownAbsence(fact: string): Absence {
    return this.#options.absences(fact) ?? super.ownAbsence(fact);
  }
}

/** Every fact absent: what is known of it is put in by whoever makes it. */
export const NOTHING_LEARNED = Object.fromEntries(Object.keys(vocabulary.datastore.facts).map((fact) => [fact, undefined])) as DatastoreFacts;

const UNSEEN_DATASTORE: Absence = {
  because: 'the server that the address leads to is not part of this scan',
  hint: 'scan its manifests together with its clients',
};

/** What clients' addresses lead to where the server itself was not seen. It is in scope of sentences and judged by those that ask for no more than its address. */
export class UnseenDatastores {
  /** Most addresses lead to what another one leads to as well. */
  readonly #facts = new Map<string, DatastoreFacts>();

  of(client: Derived, engine: Engine, name: string, options: { family?: string; isManaged?: boolean; because?: string; hint?: string }): DatastoreSubject {
    const { family = '', isManaged = false, because, hint = UNSEEN_DATASTORE.hint } = options;
    const absence: Absence = because === undefined ? UNSEEN_DATASTORE : { because, hint };
    const key = `${engine} ${family} ${isManaged} ${name}`;
    const facts = this.#facts.get(key) ?? { ...NOTHING_LEARNED, name, engine, family, version: '', platform: '', isSeen: false, isManaged };
    this.#facts.set(key, facts);
    return new DatastoreSubject({
      facts,
      resource: client.resource,
      parents: NO_PARENTS,
      identity: { apiVersion: '', kind: 'Datastore', namespace: '', name, container: '', part: '' },
      at: client.resource.at,
      // Nothing of it stands anywhere.
      places: nowhere,
      absences: () => absence,
      server: undefined,
    });
  }
}

const NO_PARENTS: readonly Derived[] = [];

function nowhere(): readonly Place[] {
  return NOWHERE;
}

const NOWHERE: readonly Place[] = [];

/** Turns what decided a fact of a server into places of the scan. */
export function placesOf(sources: readonly Source[], program: Program, extra: (source: Source) => Place | undefined = () => undefined): Place[] {
  return sources.flatMap((source) => placeOf(source, program) ?? extra(source) ?? []);
}

function placeOf(source: Source, { texts, mounted }: Program): Place | undefined {
  switch (source.input) {
    case 'argument':
      return (source.list === 'command' ? texts.command : texts.arguments)?.[source.index]?.place;
    case 'variable':
      return texts.variables.get(source.name)?.place;
    case 'file': {
      const file = mounted.files.find(({ path }) => path === source.path);
      return file === undefined ? undefined : { resource: file.place.resource, path: [...file.place.path, `#L${source.line}`] };
    }
    default:
      return undefined;
  }
}

/** The facts of a server with what decided each. */
export type Learned = { readonly [K in keyof DatastoreFacts]?: Known<NonNullable<DatastoreFacts[K]>> };
