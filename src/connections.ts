import type { FactsOf } from './facts/vocabulary.ts';
import type { Answer, ConnectionPair, ConnectionsReport, ListedDatastore, PairEnd, PairUnknown, PairVerdict } from './model/connections.ts';
import { compareTexts, pairEndKey } from './model/finding-order.ts';
import type { Location } from './model/inventory.ts';
import type { CompiledPolicy } from './model/policy.ts';
import type { Identity, Subject } from './model/subject.ts';
import { type ReadingRequest, read } from './reading.ts';
import { type Row, runningDatastores, runningPairs } from './running-pairs.ts';

export interface ConnectionsRequest extends ReadingRequest {
  readonly toolVersion: string;
}

const SUBJECTS = ['connection', 'datastore'];

/** The same voyage as a scan's, for one question: who connects to which datastore, and how? */
export async function listConnections(request: ConnectionsRequest): Promise<ConnectionsReport> {
  const asked = { ...request, policies: request.policies.filter(({ subject }) => SUBJECTS.includes(subject)), subjectTypes: SUBJECTS };
  const { inventory, subjects, policies, isWanted } = await read(asked);
  const pairs: Row<ConnectionPair>[] = [];
  const servers: Row<ListedDatastore>[] = [];
  let isEmpty = true;
  for (const subject of subjects) {
    if (isEmpty) isEmpty = isWanted !== undefined && !isWanted(subject, subject.identity());
    if (subject.type !== 'connection' && subject.type !== 'datastore') continue;
    if (isWanted !== undefined && !isWanted(subject, subject.identity())) continue;
    const verdicts = judge(subject, policies);
    const { resource } = subject;
    if (subject.type === 'connection') pairs.push({ told: pairOf(subject as PairSubject, verdicts), resource });
    else servers.push({ told: listed(subject as ServerSubject, verdicts), resource });
  }
  const connections = runningPairs(pairs).sort(byEnds);
  return {
    apiVersion: 'seaworthy.dev/v1',
    kind: 'Connections',
    tool: { name: 'seaworthy', version: request.toolVersion },
    // Where there is nothing at all, a name was misspelt rather than nothing wrong.
    complete: inventory.gaps.length === 0 && !isEmpty,
    sources: inventory.sources,
    gaps: inventory.gaps,
    connections,
    datastores: runningDatastores(servers, connections).sort((a, b) => compareTexts(pairEndKey(a), pairEndKey(b)) || compareTexts(a.view, b.view)),
  };
}

type ServerSubject = Subject & { readonly facts: FactsOf<'datastore'> };
type PairSubject = Subject & { readonly facts: FactsOf<'connection'>; readonly datastore: ServerSubject };

function judge(subject: Subject, policies: readonly CompiledPolicy[]): PairVerdict[] {
  return policies.flatMap((policy) => {
    if (policy.source.subject !== subject.type) return [];
    const { outcome } = policy.judge(subject.scope);
    return outcome === 'not-applicable' ? [] : [{ policy: policy.source.id, severity: policy.source.severity, outcome }];
  });
}

function pairOf(subject: PairSubject, verdicts: readonly PairVerdict[]): ConnectionPair {
  const { facts, datastore } = subject;
  const server = datastore.facts;
  return {
    view: subject.resource.origin.view,
    engine: facts.engine ?? '',
    client: endOf(subject, subject.identity(), 'connection.source'),
    source: facts.source ?? '',
    host: facts.host ?? null,
    port: facts.port === undefined ? null : Number(facts.port),
    user: facts.user ?? null,
    database: facts.database ?? null,
    way: facts.way ?? '',
    leadsTo: facts.leadsTo ?? '',
    server: { ...endOf(datastore, datastore.identity(), 'datastore.name'), family: server.family ?? '', version: server.version ?? '', isSeen: server.isSeen === true },
    crossesNetwork: answer(facts.crossesNetwork),
    tls: {
      client: facts.tls ?? null,
      why: facts.whyTls ?? '',
      demanded: answer(facts.demandsTls),
      certificateChecked: answer(facts.verifiesCertificate),
      byMesh: answer(facts.isMeshEncrypted),
      plaintextPossible: answer(facts.plaintextPossible),
      refusal: facts.willNotConnect === true ? (facts.whyNot ?? '') : '',
    },
    auth: {
      sendsPassword: answer(facts.sendsPassword),
      noneNeeded: answer(facts.needsNoPassword),
      superuser: answer(facts.usesSuperuser),
      sharedWith: facts.roleSharedWith ?? [],
    },
    verdicts,
    unknowns: unknownsOf(subject),
  };
}

/** The questions that a reader of the table asks. */
const QUESTIONS: readonly (readonly [keyof FactsOf<'connection'>, string])[] = [
  ['host', 'where it leads'],
  ['plaintextPossible', 'whether plaintext is possible'],
  ['needsNoPassword', 'whether the server asks for a password'],
  ['hasPublicAddress', 'whether the address is public'],
];

function unknownsOf(subject: PairSubject): PairUnknown[] {
  return QUESTIONS.flatMap(([fact, about]) => {
    if (subject.facts[fact] !== undefined) return [];
    const { because, hint } = subject.absence(`connection.${fact}`);
    return [{ about, because, hint }];
  });
}

function listed(subject: ServerSubject, verdicts: readonly PairVerdict[]): ListedDatastore {
  const { engine = '', family = '', version = '' } = subject.facts;
  // How many clients it has is known when all are.
  return { ...endOf(subject, subject.identity(), 'datastore.name'), view: subject.resource.origin.view, engine, family, version, clients: 0, verdicts };
}

function endOf(subject: Subject, { kind, namespace, name, container }: Identity, fact: string): PairEnd {
  const place = subject.places(fact)[0];
  const location: Location | null = place === undefined || kind === 'Datastore' ? null : place.resource.origin.locate(place.path);
  return { kind, namespace, name, container, location };
}

function answer(fact: boolean | undefined): Answer {
  return fact ?? null;
}

function byEnds(a: ConnectionPair, b: ConnectionPair): number {
  return (
    compareTexts(pairEndKey(a.server), pairEndKey(b.server)) ||
    compareTexts(a.view, b.view) ||
    compareTexts(pairEndKey(a.client), pairEndKey(b.client)) ||
    compareTexts(a.source, b.source)
  );
}
