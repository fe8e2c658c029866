import { distinct } from '../../model/lists.ts';
import { type PostgresArgument, readPostgresArguments } from '../../server-config/postgres-arguments.ts';
import { isPostgresParameter } from '../../server-config/postgres-names.ts';
import { isSeen as isTextSeen } from '../connections/text.ts';
import { undecided } from '../outdated.ts';
import { isLoopback } from './addresses.ts';
import { resolvePath } from './container-files.ts';
import { HbaAccess } from './hba-access.ts';
import type { PostgresFamily, ServerInputs } from './inputs.ts';
import { agreed, allOf, anyOf, isSeen, type Known, learn, mapSeen, type Source, seen, type Unseen, unseen } from './known.ts';
import { type EntryPointStart, launchesOf, type Programs } from './launch.ts';
import { sealPassword } from './password.ts';
import { Pool } from './pool.ts';
import { prepareBitnami } from './postgres-bitnami.ts';
import { ParameterReader, readRules } from './postgres-files.ts';
import { isOfficialEntryPoint, prepareOfficial, superuserOf } from './postgres-official.ts';
import { prepareOperator } from './postgres-operators.ts';
import type { Prepared } from './postgres-prepared.ts';
import type { AccessRules, PostgresServer } from './postgres-server.ts';
import { PostgresSettings } from './postgres-settings.ts';
import { isPostgresSupported, POSTGRES_VERSIONS_AS_OF } from './postgres-versions.ts';
import { segmentsOf } from './segments.ts';
import { parseVersion, type Version } from './version.ts';

const PROGRAMS: Programs = {
  servers: new Set(['postgres', 'postmaster']),
  entryPoint: /^(?:\/?(?:usr\/local\/bin\/)?docker-(?:entrypoint|ensure-initdb)\.sh|\/opt\/bitnami\/scripts\/postgresql(?:-repmgr)?\/(?:entrypoint|run)\.sh)$/,
};

/** What is true of a PostgreSQL server, told from all that decides how it runs. */
export function effectivePostgres(inputs: ServerInputs<PostgresFamily>): PostgresServer {
  const pool = new Pool();
  const version = parseVersion(inputs.version ?? '');
  const launches = launchesOf(inputs, PROGRAMS, pool);
  if (!isList(launches)) return unknownServer(inputs, version, launches);
  const servers = launches.map((start) => serverOf(start, inputs, version, pool));
  const [first, ...others] = servers;
  if (first === undefined) return unknownServer(inputs, version, unseen('nothing starts the server', 'check its command'));
  if (others.length === 0) return first;
  const facts = Object.fromEntries(FACTS.map((fact) => [fact, agreed(servers.map((server) => server[fact] as Known<unknown>))]));
  return { ...facts, setting: (name: string) => agreed(servers.map((server) => server.setting(name))) } as unknown as PostgresServer;
}

function isList(launches: readonly EntryPointStart[] | Unseen): launches is readonly EntryPointStart[] {
  return Array.isArray(launches);
}

function serverOf(start: EntryPointStart, inputs: ServerInputs<PostgresFamily>, version: Version | undefined, pool: Pool): PostgresServer {
  const major = version?.major;
  const prepared = prepare(start, inputs, major, pool);
  const segments = segmentsOf(prepared.words, (text) => /^-[A-Za-z]$/.test(text));
  const words = segments.flatMap((segment) => segment.words);
  const parsed = readPostgresArguments(words.map(({ text }) => text));
  const sourceOf = (index: number): Source => words[index]?.source ?? IMAGE;
  const ownArgument = (name: string): PostgresArgument | undefined => parsed.settings.findLast((setting) => setting.name === name);

  const dataFolder = parsed.dataFolder ?? ownArgument('data_directory')?.value ?? prepared.dataFolder;
  const config = ownArgument('config_file');
  const reader = new ParameterReader(prepared.files);
  const port = start.environment.get('PGPORT');
  if (port !== undefined && port !== '') reader.parameters.push({ name: 'port', value: port, source: { input: 'variable', name: 'PGPORT' } });
  for (const hole of prepared.holes) reader.hole(hole.because, hole.hint, hole.source);
  const configFile = config === undefined ? (parsed.dataFolder === undefined ? prepared.configFile : `${dataFolder}/postgresql.conf`) : resolvePath(dataFolder, config.value);
  if (config !== undefined && !isTextSeen(config.value)) reader.hole('the name of the configuration file is not known', 'scan what sets it', sourceOf(config.index));
  else reader.file(configFile, config === undefined ? IMAGE : sourceOf(config.index), false);
  // postgresql.auto.conf comes after every file, the command line after all.
  const automatic = `${dataFolder}/postgresql.auto.conf`;
  if (prepared.files.read(automatic) !== undefined) reader.file(automatic, IMAGE, true);
  reader.parameters.push(...prepared.parameters);
  let next = 0;
  for (const { words: own, gap } of segments) {
    if (gap !== undefined) reader.hole('which arguments the start script adds is not known', 'scan what its conditions and variables ask for', gap);
    for (const { name, value, index } of parsed.settings) if (index >= next && index < next + own.length) reader.parameters.push({ name, value, source: sourceOf(index) });
    next += own.length;
  }

  const settings = new PostgresSettings(reader.parameters, reader.holes, major);
  const ssl = settings.bool('ssl');
  const named = settings.text('hba_file');
  const folderOfConfig = named.value === undefined || named.value === '' ? prepared.hbaFile : resolvePath(dataFolder, named.value);
  const hbaFile = parsed.dataFolder !== undefined && named.value === '' ? `${dataFolder}/pg_hba.conf` : folderOfConfig;
  const { rules, faults } = readRules(prepared.files, hbaFile, named.sources[0] ?? IMAGE, major);
  const access = new HbaAccess(isSeen(named) ? rules : [{ hole: named.because, hint: named.hint, source: named.sources[0] ?? IMAGE }], ssl);

  const listenAddresses = mapSeen(settings.text('listen_addresses'), (text) =>
    text
      .split(',')
      .map((address) => address.trim().replace(/^"(.*)"$/, '$1'))
      .filter((address) => address !== ''),
  );
  const listensBeyondLoopback = mapSeen(listenAddresses, (addresses) => addresses.some((address) => !isLoopback(address)));
  const isListening = mapSeen(listenAddresses, (addresses) => addresses.length > 0);
  const isTrusted = ({ answer }: { answer: string }): boolean => answer === 'trusted';
  const isLetIn = ({ answer }: { answer: string }): boolean => answer !== 'refused';

  return {
    ...versionFacts(inputs, version),
    ssl,
    minTlsVersion: settings.text('ssl_min_protocol_version'),
    listenAddresses,
    listensBeyondLoopback,
    port: settings.integer('port'),
    access: seen<AccessRules>(access, ...access.sources),
    isPlaintextPossible: allOf(listensBeyondLoopback, access.allows('network', ['plaintext'], isLetIn)),
    isTrustPossible: allOf(listensBeyondLoopback, access.allows('network', ['plaintext', 'tls'], isTrusted)),
    isLocalTrustPossible: anyOf(access.allows('socket', ['plaintext'], isTrusted), allOf(isListening, access.allows('loopback', ['plaintext', 'tls'], isTrusted))),
    networkMethods: networkMethods(access, listensBeyondLoopback),
    passwordEncryption: mapSeen(settings.text('password_encryption'), (text) => (/^(?:on|true|yes|1)$/i.test(text) ? 'md5' : text.toLowerCase())),
    superuser: prepared.superuser,
    password: learn(
      prepared.password,
      (text) => sealPassword(text, pool),
      'the password is not part of the scan',
      'scan what holds it, too: its Secret or file; of a cluster, --read-secrets reads Secrets',
    ),
    logStatement: mapSeen(settings.text('log_statement'), (text) => text.toLowerCase()),
    logMinDurationMs: settings.milliseconds('log_min_duration_statement'),
    auditsStatements: auditsStatements(settings),
    logConnections: mapSeen(settings.text('log_connections'), logsLogins),
    logDisconnections: settings.bool('log_disconnections'),
    statementTimeoutMs: settings.milliseconds('statement_timeout'),
    lockTimeoutMs: settings.milliseconds('lock_timeout'),
    idleInTransactionTimeoutMs: settings.milliseconds('idle_in_transaction_session_timeout'),
    maxConnections: settings.integer('max_connections'),
    reservedConnections: reserved(settings.integer('superuser_reserved_connections'), settings.integer('reserved_connections')),
    fsync: settings.bool('fsync'),
    fullPageWrites: settings.bool('full_page_writes'),
    synchronousCommit: mapSeen(settings.text('synchronous_commit'), (text) => !/^(?:off|false|no|0|of|f|n|fa|fal|fals)$/i.test(text)),
    dataChecksums: checksums(settings, inputs.family, major),
    zeroDamagedPages: settings.bool('zero_damaged_pages'),
    ignoreChecksumFailure: settings.bool('ignore_checksum_failure'),
    startFault: faultOf(
      [
        ...prepared.faults,
        ...(parsed.fault === undefined ? [] : [{ because: `an argument cannot be read: ${parsed.fault.because}`, source: sourceOf(parsed.fault.index) }]),
        ...reader.faults,
        ...faults,
      ],
      reader,
    ),
    setting: (name) => settings.text(name.toLowerCase()),
  };
}

const IMAGE: Source = { input: 'default', of: 'the image' };

function prepare(start: EntryPointStart, inputs: ServerInputs<PostgresFamily>, major: number | undefined, pool: Pool): Prepared {
  const world = { pool, isEnvironmentComplete: inputs.isEnvironmentComplete, isServer: isOfficialEntryPoint };
  switch (inputs.family) {
    case 'postgres':
      if (!start.isDirect) return prepareOfficial(start, major, world);
      break;
    case 'bitnami-postgres':
      if (!start.isDirect) return prepareBitnami(start, world);
      break;
    case 'cloudnative-pg':
    case 'zalando':
    case 'crunchy': {
      const records = (inputs.records ?? []).map((text) => pool.add(text));
      const values = (inputs.settings ?? []).map(({ value }) => pool.add(value));
      return prepareOperator(start, inputs.family, inputs, records, values, major, inputs.password === undefined ? undefined : pool.add(inputs.password));
    }
    case 'packaged-postgres':
    case 'supabase':
    case 'other-postgres':
  }
  // The server alone: its files are what they are, and what is not among them is not known.
  const dataFolder = start.environment.get('PGDATA') ?? '/var/lib/postgresql/data';
  return {
    files: start.files,
    dataFolder,
    configFile: `${dataFolder}/postgresql.conf`,
    hbaFile: `${dataFolder}/pg_hba.conf`,
    parameters: [],
    holes: [],
    words: start.words,
    superuser: superuserOf(start.environment, start.files),
    password: unseen('where the password comes from is not known', 'scan what makes the data folder', IMAGE),
    faults: [],
  };
}

function versionFacts({ family, version, today }: ServerInputs<PostgresFamily>, parsed: Version | undefined): Pick<PostgresServer, 'version' | 'isVersionSupported'> {
  const source: Source = { input: 'default', of: 'the image tag' };
  if (version === undefined || parsed === undefined) {
    const absent = unseen('the image tag names no version', 'pin the image to a version', source);
    return { version: absent, isVersionSupported: absent };
  }
  const isSupported = isPostgresSupported(parsed, today);
  // The resources of these operators have no place for a minor version.
  const { because, hint } =
    parsed.minor === undefined && (family === 'zalando' || family === 'crunchy')
      ? { because: 'the resource names the major version only, and the image of the operator decides about the rest', hint: 'ask the server: SHOW server_version' }
      : undecided('PostgreSQL', POSTGRES_VERSIONS_AS_OF, parsed.minor !== undefined, today);
  return {
    version: seen([parsed.major, parsed.minor].filter((part) => part !== undefined).join('.'), source),
    isVersionSupported: isSupported === undefined ? unseen(because, hint, source) : seen(isSupported, source),
  };
}

function networkMethods(access: HbaAccess, listens: Known<boolean>): Known<readonly string[]> {
  if (listens.value === undefined) return listens;
  if (!listens.value) return { value: [], sources: listens.sources };
  const verdicts = access.verdicts('network', ['plaintext', 'tls', 'gss']);
  const outcomes = verdicts.flatMap((verdict) => verdict.outcomes).filter(({ answer }) => answer !== 'refused');
  const sources = outcomes.map(({ source }) => source);
  if (verdicts.some(({ hasHole }) => hasHole)) return unseen('a part of the rules was not seen', 'scan pg_hba.conf with all its files, and postgresql.conf', ...sources);
  return { value: [...new Set(outcomes.map(({ method }) => method))], sources: distinct(sources) };
}

/** pgaudit logs nothing before it is told what: being loaded is not enough. */
function auditsStatements(settings: PostgresSettings): Known<boolean> {
  const isLoaded = mapSeen(settings.text('shared_preload_libraries'), (text) => text.split(',').some((library) => library.trim().replaceAll('"', '') === 'pgaudit'));
  const says = anyOf(
    mapSeen(settings.text('pgaudit.log'), (text) => /[a-z]/i.test(text) && !/^\s*none\s*$/i.test(text)),
    mapSeen(settings.text('pgaudit.role'), (text) => text !== ''),
  );
  return allOf(isLoaded, says);
}

/** A list since version 18; before, and still, true or false. */
function logsLogins(text: string): boolean {
  const value = text.trim().toLowerCase();
  if (/^(?:on|t|tr|tru|true|y|ye|yes|1)$/.test(value)) return true;
  return value.split(',').some((part) => ['all', 'authentication', 'authorization'].includes(part.trim()));
}

function reserved(superuser: Known<number>, others: Known<number>): Known<number> {
  if (!isSeen(superuser)) return superuser;
  return mapSeen(others, (count) => count + superuser.value);
}

/** Decided when the data folder is made; on by default since version 18. */
function checksums(settings: PostgresSettings, family: PostgresFamily, major: number | undefined): Known<boolean> {
  if (settings.isSet('data_checksums')) return settings.bool('data_checksums');
  if (family !== 'postgres' || major === undefined)
    return unseen('how the data folder was made is not known', 'ask the server: SHOW data_checksums', { input: 'default', of: 'initdb' });
  return seen(major >= 18, { input: 'default', of: 'initdb' });
}

function faultOf(faults: readonly { readonly because: string; readonly source: Source }[], reader: ParameterReader): Known<string | null> {
  const [first] = faults;
  if (first !== undefined) return seen(first.because, first.source);
  const unknown = reader.parameters.find(({ name }) => !isPostgresParameter(name));
  if (unknown !== undefined) return seen('a parameter is none that the server knows', unknown.source);
  return reader.holes.length > 0 ? unseen('a part of the configuration was not seen', 'scan it', ...reader.holes.map(({ source }) => source)) : seen(null);
}

const FACTS = [
  'version',
  'isVersionSupported',
  'ssl',
  'minTlsVersion',
  'listenAddresses',
  'listensBeyondLoopback',
  'port',
  'access',
  'isPlaintextPossible',
  'isTrustPossible',
  'isLocalTrustPossible',
  'networkMethods',
  'passwordEncryption',
  'superuser',
  'password',
  'logStatement',
  'logMinDurationMs',
  'auditsStatements',
  'logConnections',
  'logDisconnections',
  'statementTimeoutMs',
  'lockTimeoutMs',
  'idleInTransactionTimeoutMs',
  'maxConnections',
  'reservedConnections',
  'fsync',
  'fullPageWrites',
  'synchronousCommit',
  'dataChecksums',
  'zeroDamagedPages',
  'ignoreChecksumFailure',
  'startFault',
] as const satisfies readonly (keyof PostgresServer)[];

/** A server of which nothing is known but its version. */
function unknownServer(inputs: ServerInputs<PostgresFamily>, version: Version | undefined, because: Unseen): PostgresServer {
  return { ...Object.fromEntries(FACTS.map((fact) => [fact, because])), ...versionFacts(inputs, version), setting: () => because } as unknown as PostgresServer;
}
