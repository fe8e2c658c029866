import type { Absence, Place } from '../../model/subject.ts';
import type { Derived } from '../derived.ts';
import { objectAt, optionalInt, stringAt } from '../read.ts';
import { effectivePostgres } from '../servers/effective-postgres.ts';
import { effectiveRedis } from '../servers/effective-redis.ts';
import type { ServerInputs } from '../servers/inputs.ts';
import type { Known, Source, Unseen } from '../servers/known.ts';
import { type DatastoreFacts, DatastoreSubject, type Learned, NOTHING_LEARNED, placesOf, type Server } from './datastore.ts';
import type { MadeServer } from './operators.ts';
import type { Program } from './program.ts';
import type { Recognised } from './recognise.ts';
import { postgresFacts, redisFacts } from './server-facts.ts';

/** What is learned of a server from everything around it: its clients, its volumes, its backups. */
export interface Surroundings {
  readonly facts: Partial<DatastoreFacts>;
  readonly places: Readonly<Record<string, readonly Place[]>>;
  /** Why what is not known of it is not known. */
  readonly absences?: Readonly<Record<string, Absence>>;
}

export function serverOf(program: Program, recognised: Recognised, today: string | undefined): Server {
  const inputs = { ...inputsOf(program, recognised.version), ...(today === undefined ? {} : { today }) };
  return recognised.engine === 'redis'
    ? { engine: 'redis', server: effectiveRedis({ ...inputs, family: recognised.family }) }
    : { engine: 'postgres', server: effectivePostgres({ ...inputs, family: recognised.family }) };
}

/** What a program is started with, for those who work out what a server makes of it. */
export function inputsOf({ texts, mounted }: Program, version: string | undefined): Omit<ServerInputs<never>, 'family'> {
  return {
    version,
    command: texts.command?.map(({ text }) => text) ?? (texts.command === null ? null : undefined),
    arguments: texts.arguments?.map(({ text }) => text) ?? (texts.arguments === null ? null : undefined),
    environment: new Map([...texts.variables].map(([name, { text }]) => [name, text])),
    isEnvironmentComplete: texts.isComplete,
    files: mounted.files,
    unseenPaths: mounted.unseenPaths,
    wholeFolders: mounted.wholeFolders,
  };
}

/** The subject of a server that a container runs. */
export function runningDatastore(program: Program, recognised: Recognised, server: Server, surroundings: Surroundings): DatastoreSubject {
  const learned = server.engine === 'redis' ? redisFacts(server.server) : postgresFacts(server.server);
  const { container } = program;
  const image = container.parents.find((parent) => parent.type === 'image');
  const facts: DatastoreFacts = {
    ...NOTHING_LEARNED,
    ...valuesOf(learned),
    ...surroundings.facts,
    name: ownerName(container),
    engine: recognised.engine,
    family: recognised.family,
    version: learned.version?.value ?? recognised.version ?? '',
    platform: (container.parents.find((parent) => parent.type === 'workload')?.facts as { platform?: string } | undefined)?.platform,
    isSeen: true,
    isManaged: false,
  };
  const path =
    (container as { path?: readonly (string | number)[] }).path ??
    (container.parents.find((parent) => parent.type === 'workload') as { path?: readonly (string | number)[] } | undefined)?.path ??
    [];
  const ofImage = (): readonly Place[] => image?.places('image.reference') ?? [];
  return new DatastoreSubject({
    facts: hideSecrets(facts, learned, program),
    resource: container.resource,
    parents: [container, ...container.parents],
    identity: { ...container.identity(), part: '' },
    at: path,
    places: (fact) => {
      const own = surroundings.places[fact];
      if (own !== undefined) return own;
      const known = (learned as Readonly<Record<string, Known<unknown> | undefined>>)[fact];
      const places = known === undefined ? [] : placesOf(known.sources, program);
      return places.length > 0 ? places : OF_IMAGE.has(fact) ? ofImage() : [];
    },
    absences: (fact) => {
      const known = (learned as Readonly<Record<string, Known<unknown> | undefined>>)[fact];
      return known === undefined || !('because' in known) ? surroundings.absences?.[fact] : absenceOf(known);
    },
    server,
  });
}

/** The subject of a server that an operator makes. */
export function madeDatastore(made: MadeServer, today: string | undefined): DatastoreSubject {
  const { resource, inputs, places } = made;
  const dated = today === undefined ? {} : { today };
  const server: Server =
    made.engine === 'redis'
      ? { engine: 'redis', server: effectiveRedis({ ...made.inputs, ...dated }) }
      : { engine: 'postgres', server: effectivePostgres({ ...made.inputs, ...dated }) };
  const learned = server.engine === 'redis' ? redisFacts(server.server) : postgresFacts(server.server);
  const metadata = objectAt(resource.value, 'metadata');
  const name = stringAt(metadata, 'name');
  const facts: DatastoreFacts = {
    ...NOTHING_LEARNED,
    ...valuesOf(learned),
    name,
    engine: made.engine,
    family: inputs.family,
    version: learned.version?.value ?? inputs.version ?? '',
    platform: 'kubernetes',
    isSeen: true,
    isManaged: false,
    isBackedUp: made.isBackedUp,
    keepsData: true,
    keepsDataOnNode: made.storage?.keepsDataOnNode,
    isEncryptedAtRest: made.storage?.isEncryptedAtRest,
    connectionDemand: optionalInt(null),
    isBehindPooler: false,
    // The pods that the operator makes are not seen in files.
    isMeshOnly: false,
  };
  const known = (fact: string): Known<unknown> | undefined => (learned as Readonly<Record<string, Known<unknown> | undefined>>)[fact];
  return new DatastoreSubject({
    facts,
    resource,
    parents: [],
    identity: {
      apiVersion: stringAt(resource.value, 'apiVersion'),
      kind: stringAt(resource.value, 'kind'),
      namespace: stringAt(metadata, 'namespace'),
      name,
      container: '',
      part: '',
    },
    at: ['metadata', 'name'],
    places: (fact) => {
      if (OF_STORAGE.has(fact)) return made.storage?.places ?? [];
      const found = (known(fact)?.sources ?? []).flatMap((source) => placeInResource(source, places) ?? []);
      return found.length === 0 && OF_IMAGE.has(fact) && made.version !== undefined ? [made.version] : found;
    },
    absences: (fact) => {
      const found = known(fact);
      return found === undefined || !('because' in found) ? (made.storage?.absences as Readonly<Record<string, Absence>> | undefined)?.[fact] : absenceOf(found);
    },
    server,
  });
}

function absenceOf({ because, hint }: Unseen): Absence {
  return { because, hint: hint === '' ? 'write the setting into the manifest, where it can be seen' : hint };
}

function placeInResource(source: Source, places: MadeServer['places']): Place | undefined {
  switch (source.input) {
    case 'argument':
      return places.arguments[source.index];
    case 'setting':
      return places.settings[source.index];
    case 'record':
      return places.records[source.index];
    default:
      return undefined;
  }
}

const OF_STORAGE = new Set(['keepsData', 'keepsDataOnNode', 'isEncryptedAtRest']);

/** What the tag of the image says. */
const OF_IMAGE = new Set(['version', 'isVersionSupported', 'family', 'engine']);

export function valuesOf(learned: Learned): Partial<DatastoreFacts> {
  return Object.fromEntries(Object.entries(learned).map(([fact, known]) => [fact, (known as Known<unknown>).value])) as Partial<DatastoreFacts>;
}

/** Facts that repeat what somebody wrote, and not only what comes of it. */
const REPEATING = ['superuser', 'version', 'maxMemoryPolicy', 'usersWithoutPassword', 'overpoweredUsers'] as const;
const HIDDEN = '•••';

/** Words that stand in a Secret are told to nobody. */
function hideSecrets(facts: DatastoreFacts, learned: Learned, { texts, mounted }: Program): DatastoreFacts {
  const isSecret = (source: Source): boolean => {
    if (source.input === 'variable') return texts.variables.get(source.name)?.isSecret === true;
    if (source.input === 'file') return mounted.files.some(({ path, isSecret: holdsSecret }) => holdsSecret && path === source.path);
    return source.input === 'argument' && (source.list === 'command' ? texts.command : texts.arguments)?.[source.index]?.isSecret === true;
  };
  const hidden = REPEATING.filter((fact) => learned[fact]?.sources.some(isSecret) === true);
  return { ...facts, ...Object.fromEntries(hidden.map((fact) => [fact, hide(facts[fact])])) };
}

function hide(value: string | readonly string[] | undefined): string | readonly string[] | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? (value === '' ? '' : HIDDEN) : value.map(() => HIDDEN);
}

function ownerName(container: Derived): string {
  const owner = container.parents.find((parent) => parent.type === 'workload') ?? container;
  return (owner.facts as { name?: string }).name ?? '';
}
