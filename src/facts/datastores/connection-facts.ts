import type { Place } from '../../model/subject.ts';
import { Sealed } from '../../sealed.ts';
import type { ConnectionAddress, Field } from '../connections/address.ts';
import { optionalInt, toInt } from '../read.ts';
import type { Known } from '../servers/known.ts';
import { type FactsOf, vocabulary } from '../vocabulary.ts';
import { copiesData, encryptsCopies } from './backups.ts';
import type { ConnectionEvidence } from './connection.ts';
import { doubtOf, PairEvidence } from './connection-evidence.ts';
import type { DatastoreSubject } from './datastore.ts';
import type { Front } from './hops/hop.ts';
import type { Pair, Sharing } from './join.ts';
import type { Mesh } from './mesh.ts';
import { shortness } from './password-facts.ts';
import { poolSizeOf } from './pool-size.ts';
import type { Program } from './program.ts';

/** How an address leads to what it leads to. */
export interface Way {
  readonly leadsTo: string;
  readonly program: Program | undefined;
  /** What the network knows a custom resource's server as. */
  readonly made: object | undefined;
  /** A pooler or proxy on the way. */
  readonly hop: Program | undefined;
  readonly name: string;
  readonly says: string;
  readonly via: readonly Place[];
  /** In the container, where it is known. */
  readonly port: number | undefined;
  readonly isManaged: boolean;
  readonly crossesNetwork: boolean | undefined;
  readonly isOutside: boolean | undefined;
  readonly hasPublicAddress: boolean | undefined;
  /** Why the server is not known, and what would help; empty where it is. */
  readonly because: string;
  readonly hint: string;
  /** What the client's session runs over, one program after the other, as far as they are known. */
  readonly legs: readonly Leg[];
  /** The hop that ends the client's session and opens one of its own to the server. */
  readonly front: Front | undefined;
  /** A sentinel that is asked first, in a session of its own. */
  readonly asks: Front | undefined;
  /** The sessions that the hop opens. */
  readonly nexts: readonly Pair[];
  /** Whether a pooler of an operator's insists on TLS behind it; null where there is none. */
  readonly onwardDemandsTls: boolean | null | undefined;
}

export interface Leg {
  readonly from: Program;
  readonly to: Program;
  readonly port: number | undefined;
}

export type ConnectionFacts = FactsOf<'connection'>;

export const NOTHING_CONNECTED = Object.fromEntries(Object.keys(vocabulary.connection.facts).map((fact) => [fact, undefined])) as ConnectionFacts;

const HIDDEN = '•••';

export function connectionFacts(
  pair: Pair,
  datastore: DatastoreSubject,
  mesh: Mesh,
  sharing: Sharing,
  datastoreOf: (pair: Pair) => DatastoreSubject,
): { facts: ConnectionFacts; evidence: ConnectionEvidence } {
  const { address, held, host, way, program } = pair;
  const shown = (field: Field): string | undefined => (field === undefined ? undefined : field === null || field === '' ? '' : held.isSecret ? HIDDEN : field);
  const client = clientTls(address);
  const { crossesNetwork } = way;
  const server = serverTls(pair, datastore);
  const { isMeshEncrypted, plaintextPossible: ofSession } = sessionOf(pair, client, server, mesh);
  const ofOwn = client.demands ?? (server.accepts === false ? true : server.offers === false ? false : undefined);
  const isTlsAssured = ofOwn === true && way.onwardDemandsTls === undefined ? undefined : ofOwn;
  // A way is as safe as its weakest session.
  let plaintextPossible = either(ofSession, behindMadePooler(way, datastore));
  for (const next of way.nexts) plaintextPossible = either(plaintextPossible, sessionOf(next, clientTls(next.address), serverTls(next, datastoreOf(next)), mesh).plaintextPossible);
  // Where drivers differ and the driver is not known, one of them may well connect.
  const isCertain = address.tls.encryption === address.tls.encryptionAtBest;
  const brokenPort = address.problems.find(({ kind, about }) => kind === 'will-not-connect' && about === 'port')?.says;
  const refusal = address.tls.refusal ?? brokenPort ?? (isCertain ? mismatch(client, server, address) : undefined);
  const doubt = doubtOf(address);
  const shares = sharedWith(pair, sharing);
  const password = passwordOf(address);
  const pool = poolSizeOf(program, address);
  const facts: ConnectionFacts = {
    engine: address.family,
    source: held.source,
    host: host?.name === undefined ? undefined : shown(host.name),
    port: host?.port === undefined ? undefined : toInt(host.port),
    user: shown(address.user),
    database: shown(address.database),
    leadsTo: way.leadsTo,
    way: way.says,
    crossesNetwork,
    isOutside: way.isOutside,
    hasPublicAddress: way.hasPublicAddress,
    tls: client.encryption,
    whyTls: address.tls.why,
    demandsTls: client.demands,
    isTlsAssured: way.onwardDemandsTls === false ? false : isTlsAssured,
    verifiesCertificate: client.demands === false ? false : verified(address, ['authority', 'name']),
    verifiesHost: client.demands === false ? false : verified(address, ['name']),
    isMeshEncrypted,
    plaintextPossible,
    willNotConnect:
      refusal !== undefined
        ? true
        : doubt === undefined && isCertain && client.encryption !== undefined && server.accepts !== undefined && server.offers !== undefined
          ? false
          : undefined,
    whyNot: refusal ?? (doubt === undefined ? '' : undefined),
    sendsPassword: sendsPassword(address),
    hasPassword: hasPassword(address),
    passwordIsDefault: password.isDefault,
    passwordIsShort: password.isShort,
    needsNoPassword: needsNoPassword(pair, datastore, client),
    // Who logs in through a proxy is told at the client behind it.
    usesSuperuser: held.isRelay === true ? false : usesSuperuser(address, datastore),
    roleSharedWith: shares,
    copiesData: address.family === 'postgres' && copiesData(program),
    encryptsCopies: encryptsCopies(program),
    poolSize: optionalInt(pool?.size ?? null),
  };
  return { facts, evidence: new PairEvidence(pair, datastore, client, server, pool?.place) };
}

export interface ClientTls {
  readonly encryption: ConnectionAddress['tls']['encryption'];
  /** Undefined where it depends on a library that is not known, or on a setting that was not seen. */
  readonly demands: boolean | undefined;
}

function clientTls({ tls, dialect }: ConnectionAddress): ClientTls {
  const { encryption, encryptionAtBest, drivers, decidedBy } = tls;
  if (encryption === undefined) return { encryption: undefined, demands: undefined };
  // Variables that say nothing of TLS, for a library that nobody knows: it may well be set in the code.
  const isSilent = (dialect === 'variables' || dialect === 'host-port') && decidedBy.length === 0 && drivers.length !== 1;
  if (encryption !== 'always' && (isSilent || (encryptionAtBest === undefined && decidedBy.length === 0))) return { encryption: undefined, demands: undefined };
  return { encryption, demands: encryption === 'always' };
}

function verified({ tls }: ConnectionAddress, wanted: readonly string[]): boolean | undefined {
  return tls.verification === undefined ? undefined : wanted.includes(tls.verification);
}

export interface ServerTls {
  /** Whether this client could have a session without TLS. */
  readonly accepts: boolean | undefined;
  readonly offers: boolean | undefined;
  readonly known: readonly Known<unknown>[];
}

/** The client's own session, up to whoever ends it. */
function sessionOf({ host, way }: Pair, client: ClientTls, server: ServerTls, mesh: Mesh): { isMeshEncrypted: boolean | undefined; plaintextPossible: boolean | undefined } {
  const ofLegs = way.legs.map(({ from, to, port }) => mesh.encrypts(from, to, port ?? host?.port));
  const isMeshEncrypted = ofLegs.length === 0 || ofLegs.includes(false) ? false : ofLegs.includes(undefined) ? undefined : true;
  const paired = pairedPlaintext(client, server);
  const plaintextPossible = way.crossesNetwork === false || isMeshEncrypted === true ? false : paired === true && isMeshEncrypted === undefined ? undefined : paired;
  return { isMeshEncrypted, plaintextPossible };
}

function behindMadePooler({ onwardDemandsTls }: Way, datastore: DatastoreSubject): boolean | undefined {
  if (onwardDemandsTls === null || onwardDemandsTls === true || datastore.facts.acceptsPlaintext === false) return false;
  return onwardDemandsTls === false ? datastore.facts.acceptsPlaintext : undefined;
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === true || b === true ? true : a === false && b === false ? false : undefined;
}

/** As `serverTls`, for whoever the client's session ends at, and for the sentinel that it asks before. */
function serverTls(pair: Pair, datastore: DatastoreSubject): ServerTls {
  const { front, asks } = pair.way;
  if (front !== undefined) return { accepts: front.accepts, offers: front.offers, known: [] };
  const server = endTls(pair, datastore);
  if (asks === undefined) return server;
  const offers = server.offers === false || asks.offers === false ? false : server.offers === true && asks.offers === true ? true : undefined;
  return { accepts: either(server.accepts, asks.accepts), offers, known: server.known };
}

/** What the server does with this very client: its user, its database, the port that it calls. */
function endTls({ address, way }: Pair, datastore: DatastoreSubject): ServerTls {
  const { server } = datastore;
  if (server === undefined) return { accepts: datastore.facts.acceptsPlaintext, offers: datastore.facts.offersTls, known: [] };
  if (server.engine === 'redis') {
    const { plaintextPort, tlsPort } = server.server;
    const known = [plaintextPort, tlsPort];
    if (way.port !== undefined && plaintextPort.value === way.port) return { accepts: true, offers: tlsPort.value === way.port, known };
    if (way.port !== undefined && tlsPort.value === way.port) return { accepts: false, offers: true, known };
    return { accepts: above(plaintextPort), offers: above(tlsPort), known };
  }
  const { access, ssl } = server.server;
  if (access.value === undefined) return { accepts: server.server.isPlaintextPossible.value, offers: ssl.value, known: [ssl, access] };
  const who = { from: 'network', user: address.user ?? undefined, database: address.database ?? address.user ?? undefined } as const;
  const decided = access.value.decide({ ...who, transport: 'plaintext' });
  // TLS that no record lets in is none.
  const overTls = ssl.value === true ? access.value.decide({ ...who, transport: 'tls' }).value?.answer : undefined;
  const offers = overTls === 'refused' ? false : ssl.value;
  return { accepts: decided.value === undefined ? undefined : decided.value.answer !== 'refused', offers, known: [decided, ssl] };
}

function above(port: Known<number>): boolean | undefined {
  return port.value === undefined ? undefined : port.value > 0;
}

function pairedPlaintext(client: ClientTls, server: ServerTls): boolean | undefined {
  if (client.demands === true || server.accepts === false) return false;
  if (client.demands === undefined) return server.offers === false ? true : undefined;
  return server.accepts;
}

/** Both ends are known, and they do not fit. */
function mismatch(client: ClientTls, server: ServerTls, { family }: ConnectionAddress): string | undefined {
  if (client.encryption === 'never' && server.accepts === false) return 'the client never uses TLS, and the server takes nothing else';
  if (client.encryption === 'always' && server.offers === false) return 'the client demands TLS, and the server has none';
  return family === 'postgres' && client.encryption === 'if-demanded' && server.accepts === false && server.offers === false ? 'the server takes neither' : undefined;
}

function sendsPassword({ hasPassword, passwordFile, parameters }: ConnectionAddress): boolean | undefined {
  if (hasPassword === true || (passwordFile !== null && passwordFile !== undefined)) return true;
  if (parameters.some(({ name }) => /^(?:sslcert|sslkey|ssl_?certfile|tls-cert)/i.test(name))) return true;
  return hasPassword;
}

/** Undefined where drivers differ on whether a lone word before the @ is a user or a password. */
function hasPassword({ password, hasPassword, passwordFile }: ConnectionAddress): boolean | undefined {
  if (password?.length === 0) return false;
  return hasPassword === true || typeof passwordFile === 'string' ? true : hasPassword;
}

function passwordOf({ password, user, database }: ConnectionAddress): { isDefault: boolean | undefined; isShort: boolean | undefined } {
  if (password === undefined || password.length === 0) return { isDefault: undefined, isShort: undefined };
  const isName = [user, database].some((name) => typeof name === 'string' && name.length === password.length && password.equals(new Sealed(name)));
  return { isDefault: password.isGuessable || isName, isShort: shortness(password) };
}

function needsNoPassword({ address, way }: Pair, { server }: DatastoreSubject, client: ClientTls): boolean | undefined {
  if (way.front?.isPooler === true) return way.front.needsNoPassword;
  if (server === undefined) return undefined;
  if (server.engine === 'redis') {
    const { requiresPassword, usersWithoutPassword } = server.server;
    if (address.user === null || address.user === 'default') return requiresPassword.value === undefined ? undefined : !requiresPassword.value;
    if (requiresPassword.value === false) return true;
    if (typeof address.user === 'string') return usersWithoutPassword.value?.includes(address.user);
    return requiresPassword.value === true && usersWithoutPassword.value?.length === 0 ? false : undefined;
  }
  const { access, ssl } = server.server;
  const isTrusted = (seen: ClientTls, { crossesNetwork }: Way): boolean | undefined => {
    const from = crossesNetwork === false ? 'loopback' : 'network';
    const answers = transportsOf(seen, ssl.value).map((transport) => {
      const answer = access.value?.decide({ from, transport, user: address.user ?? undefined, database: address.database ?? address.user ?? undefined }).value?.answer;
      return answer === undefined ? undefined : answer === 'trusted';
    });
    return answers.reduce(either);
  };
  // The server sees the sessions that come to it, which may be a hop's.
  return way.nexts.length === 0 ? isTrusted(client, way) : way.nexts.map((next) => isTrusted(clientTls(next.address), next.way)).reduce(either);
}

/** How a client may come: `allow` begins without TLS, and one that is not known may begin with either. */
function transportsOf({ encryption, demands }: ClientTls, ssl: boolean | undefined): readonly ('plaintext' | 'tls')[] {
  if (encryption === 'never') return ['plaintext'];
  if (demands === true) return ['tls'];
  return ssl === false ? ['plaintext'] : ['tls', 'plaintext'];
}

/** Names of superusers wherever one comes. */
const ADMINISTRATORS = new Set(['postgres', 'rdsadmin', 'cloudsqlsuperuser', 'azure_superuser', 'rds_superuser']);

function usesSuperuser({ family, user }: ConnectionAddress, datastore: DatastoreSubject): boolean | undefined {
  if (family !== 'postgres' || user === undefined) return family === 'postgres' ? undefined : false;
  // Without a user, drivers take the name of the process's own.
  if (user === null || user === '') return undefined;
  if (ADMINISTRATORS.has(user)) return true;
  const superuser = datastore.server?.engine === 'postgres' ? datastore.server.server.superuser.value : datastore.facts.superuser;
  return superuser === undefined ? undefined : superuser === user;
}

function sharedWith({ key, address, program, held }: Pair, sharing: Sharing): readonly string[] | undefined {
  if (address.user === undefined) return undefined;
  if (address.user === null || held.isSecret || held.isRelay === true) return [];
  return [...(sharing.get(key)?.get(address.user) ?? [])].filter((application) => application !== program.application).sort();
}
