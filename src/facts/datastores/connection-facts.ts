import type { Absence, Place } from '../../model/subject.ts';
import { Sealed } from '../../sealed.ts';
import type { ConnectionAddress, Field } from '../connections/address.ts';
import { optionalInt, toInt } from '../read.ts';
import type { Known } from '../servers/known.ts';
import { type FactsOf, vocabulary } from '../vocabulary.ts';
import { COPIES, copiesData, encryptsCopies } from './backups.ts';
import { type DatastoreSubject, placesOf } from './datastore.ts';
import type { Pair, Sharing } from './join.ts';
import type { Mesh } from './mesh.ts';
import { absenceOfStrength, OF_LONE_WORD, shortness } from './password-facts.ts';
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
}

export type ConnectionFacts = FactsOf<'connection'>;

export const NOTHING_CONNECTED = Object.fromEntries(Object.keys(vocabulary.connection.facts).map((fact) => [fact, undefined])) as ConnectionFacts;

const HIDDEN = '•••';

interface Worked {
  readonly facts: ConnectionFacts;
  readonly places: Readonly<Record<string, readonly Place[]>>;
  readonly absences: Readonly<Record<string, Absence>>;
}

export function connectionFacts(pair: Pair, datastore: DatastoreSubject, mesh: Mesh, sharing: Sharing): Worked {
  const { address, held, host, way, program } = pair;
  const shown = (field: Field): string | undefined => (field === undefined ? undefined : field === null || field === '' ? '' : held.isSecret ? HIDDEN : field);
  const client = clientTls(address);
  const isMeshEncrypted = way.program === undefined ? false : mesh.encrypts(program, way.program, way.port ?? host?.port);
  const server = serverTls(pair, datastore);
  const crossesNetwork = way.crossesNetwork;
  const paired = pairedPlaintext(client, server);
  const plaintextPossible = crossesNetwork === false || isMeshEncrypted === true ? false : paired === true && isMeshEncrypted === undefined ? undefined : paired;
  // Where drivers differ and the driver is not known, one of them may well connect.
  const isCertain = address.tls.encryption === address.tls.encryptionAtBest;
  const brokenPort = address.problems.find(({ kind, about }) => kind === 'will-not-connect' && about === 'port')?.says;
  const refusal = address.tls.refusal ?? brokenPort ?? (isCertain ? mismatch(client, server, address) : undefined);
  const doubt = doubtOf(address);
  const shares = sharedWith(pair, sharing);
  const password = passwordOf(address);
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
    isTlsAssured: client.demands ?? (server.accepts === false ? true : server.offers === false ? false : undefined),
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
    usesSuperuser: usesSuperuser(address, datastore),
    roleSharedWith: shares,
    copiesData: address.family === 'postgres' && copiesData(program),
    encryptsCopies: encryptsCopies(program),
    poolSize: optionalInt(poolSizeOf(program, address)?.size ?? null),
  };
  const tlsPlaces = [...address.tls.decidedBy.flatMap((name) => held.places.get(name) ?? []), held.place];
  const { program: running } = way;
  const serverPlaces = running === undefined ? [] : server.known.flatMap((known) => placesOf(known.sources, running));
  const ofTls = Object.fromEntries(['tls', 'whyTls', 'whyNot', 'demandsTls', 'isTlsAssured', 'verifiesCertificate', 'verifiesHost'].map((fact) => [fact, tlsPlaces]));
  const pool = poolSizeOf(program, address)?.place;
  const named = (pattern: RegExp): readonly Place[] => [...[...held.places].filter(([name]) => pattern.test(name)).map(([, place]) => place), held.place];
  const ofUser = named(/(?:USER|USERNAME|USER_NAME|LOGIN|USER_ID|UID)$/i);
  const ofPassword = named(/(?:PASSWORD|PASS|PASSWD|PWD|AUTH|SECRET)$/i);
  return {
    facts,
    places: {
      ...ofTls,
      copiesData: commandPlaces(program, held.place),
      encryptsCopies: commandPlaces(program, held.place),
      user: ofUser,
      usesSuperuser: ofUser,
      roleSharedWith: ofUser,
      hasPassword: ofPassword,
      passwordIsDefault: ofPassword,
      passwordIsShort: ofPassword,
      plaintextPossible: [...tlsPlaces.slice(0, 1), ...serverPlaces],
      ...(way.via.length === 0 ? {} : { hasPublicAddress: [...way.via].reverse() }),
      ...(pool === undefined ? {} : { poolSize: [pool] }),
    },
    absences: absencesOf(pair, datastore, client),
  };
}

/** Where it says what is copied to where. */
function commandPlaces({ texts }: Program, otherwise: Place): readonly Place[] {
  const word = [...(texts.command ?? []), ...(texts.arguments ?? [])].find(({ text }) => COPIES.test(text.marked));
  return [word?.place ?? otherwise];
}

/** What some drivers refuse and others read in a way of their own. */
function doubtOf({ problems, tls }: ConnectionAddress): string | undefined {
  return tls.refusal === undefined ? problems.find(({ about }) => about !== 'port')?.says : undefined;
}

interface ClientTls {
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

interface ServerTls {
  /** Whether this client could have a session without TLS. */
  readonly accepts: boolean | undefined;
  readonly offers: boolean | undefined;
  readonly known: readonly Known<unknown>[];
}

/** What the server does with this very client: its user, its database, the port that it calls. */
function serverTls({ address, way }: Pair, datastore: DatastoreSubject): ServerTls {
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
  const decided = access.value.decide({ from: 'network', transport: 'plaintext', user: address.user ?? undefined, database: address.database ?? address.user ?? undefined });
  return { accepts: decided.value === undefined ? undefined : decided.value.answer !== 'refused', offers: ssl.value, known: [decided, ssl] };
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
  const isName = [user, database].some((name) => typeof name === 'string' && name !== '' && password.equals(new Sealed(name)));
  return { isDefault: password.isGuessable || isName, isShort: shortness(password) };
}

function needsNoPassword({ address, way }: Pair, { server }: DatastoreSubject, client: ClientTls): boolean | undefined {
  if (server === undefined) return undefined;
  if (server.engine === 'redis') {
    const { requiresPassword, usersWithoutPassword } = server.server;
    if (address.user === null || address.user === 'default') return requiresPassword.value === undefined ? undefined : !requiresPassword.value;
    if (requiresPassword.value === false) return true;
    if (typeof address.user === 'string') return usersWithoutPassword.value?.includes(address.user);
    return requiresPassword.value === true && usersWithoutPassword.value?.length === 0 ? false : undefined;
  }
  const { access, ssl } = server.server;
  const transport = client.encryption === 'never' ? 'plaintext' : client.demands === true || ssl.value === true ? 'tls' : 'plaintext';
  const from = way.crossesNetwork === false ? 'loopback' : 'network';
  const answer = access.value?.decide({ from, transport, user: address.user ?? undefined, database: address.database ?? undefined }).value?.answer;
  return answer === undefined ? undefined : answer === 'trusted';
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
  if (address.user === null || held.isSecret) return [];
  return [...(sharing.get(key)?.get(address.user) ?? [])].filter((application) => application !== program.application).sort();
}

function absencesOf({ way, address }: Pair, datastore: DatastoreSubject, client: ClientTls): Readonly<Record<string, Absence>> {
  const ofServer: Absence =
    way.because !== ''
      ? { because: way.because, hint: way.hint }
      : datastore.facts.acceptsPlaintext === undefined || datastore.facts.offersTls === undefined
        ? datastore.absence('datastore.acceptsPlaintext')
        : { because: 'the server leaves it to the client', hint: 'let the server refuse plaintext' };
  const [unknown] = address.unknowns;
  const ofClient: Absence =
    client.demands === undefined && unknown !== undefined && !address.hasAllParameters
      ? { because: `${unknown.name} is not known: ${unknown.why}`, hint: 'scan what it comes from together with the workload' }
      : {
          because: `${address.tls.why || 'no setting says whether the client demands TLS, and its library is not known'}`,
          hint: 'say it in the address or in a variable: sslmode for PostgreSQL, rediss:// for Redis',
        };
  const doubt = doubtOf(address);
  const ofDoubt: Absence = {
    because: `not every driver reads the address: ${doubt ?? ''}`,
    hint: 'write names and values of sslmode in lower case, and signs in a password as %40',
  };
  const ofText: Absence =
    unknown === undefined
      ? doubt === undefined
        ? ofClient
        : ofDoubt
      : { because: `${unknown.name} is not known: ${unknown.why}`, hint: 'scan what it comes from together with the workload' };
  return {
    tls: ofClient,
    demandsTls: ofClient,
    isTlsAssured: ofClient,
    verifiesCertificate: ofClient,
    verifiesHost: ofClient,
    plaintextPossible: client.demands === undefined ? ofClient : ofServer,
    host: ofText,
    user: ofText,
    database: ofText,
    sendsPassword: ofText,
    hasPassword: unknown === undefined && address.password !== undefined ? OF_LONE_WORD : ofText,
    passwordIsDefault: absenceOfStrength(address.password),
    passwordIsShort: absenceOfStrength(address.password),
    roleSharedWith: ofText,
    usesSuperuser: address.user === undefined ? ofText : way.because !== '' ? ofServer : datastore.absence('datastore.superuser'),
    encryptsCopies: {
      because: 'whether the store that the copies go to encrypts them is known only to that store',
      hint: 'encrypt before sending: pipe through age or gpg, or set the key of the backup tool',
    },
    needsNoPassword: way.because !== '' ? ofServer : datastore.absence('datastore.requiresPassword'),
    hasPublicAddress: {
      because: `whether ${way.isManaged ? 'the provider’s' : 'that'} name leads to a public address is known only where it is looked up`,
      hint: 'look it up from inside, or use a private endpoint whose name says so',
    },
    crossesNetwork: ofServer,
    isOutside: ofServer,
    willNotConnect: doubt === undefined ? ofServer : ofDoubt,
    whyNot: ofDoubt,
  };
}
