import { readPostgresArguments } from '../../server-config/postgres-arguments.ts';
import { isSeen } from '../connections/text.ts';
import { baseName } from '../file-names.ts';
import { type Known, type Source, seen, unseen } from './known.ts';
import type { EntryPointStart } from './launch.ts';
import { type EnvironmentWorld, hiddenVariable } from './pool.ts';
import { type MadeLine, makeFile, type Prepared, variableOrFile } from './postgres-prepared.ts';
import type { Parameter } from './postgres-settings.ts';
import { runScript } from './shell-run.ts';

const INIT_SCRIPTS = '/docker-entrypoint-initdb.d';

/** What docker-library/postgres' entry point, and initdb, make of an empty data folder. Later starts keep it. */
export function prepareOfficial(start: EntryPointStart, major: number | undefined, world: Parameters<typeof runScript>[3]): Prepared {
  const { environment, files: found } = start;
  const files = found.copy();
  const dataFolder = environment.get('PGDATA') ?? (major !== undefined && major >= 18 ? `/var/lib/postgresql/${major}/docker` : '/var/lib/postgresql/data');
  const initdb = readInitdb(environment, files);
  const configFile = `${dataFolder}/postgresql.conf`;
  const hbaFile = `${dataFolder}/pg_hba.conf`;
  const method = hostMethod(start, major, world);
  if (files.exists(hbaFile) !== true) files.write(hbaFile, makeFile([...initdbRules(initdb), { text: `host all all all ${method.text}`, source: method.source }]));
  const made: MadeLine[] = [{ text: "listen_addresses = '*'", source: { input: 'default', of: 'the postgres image' } }, ...initdb.parameters];
  if (files.exists(configFile) !== true) files.write(configFile, makeFile(made));
  const parameters: Parameter[] = [];
  for (const path of files.list(INIT_SCRIPTS)) {
    const script = files.read(path);
    if (script === undefined) continue;
    if (path.endsWith('.sh')) runScript(path, new Map([['PGDATA', dataFolder], ['POSTGRES_USER', 'postgres'], ...environment]), files, world);
    if (/\.(?:sh|sql)$/.test(path)) parameters.push(...alterSystem(script.text, (line) => script.sourceOf(line)));
  }

  const password = variableOrFile(environment, files, ['POSTGRES_PASSWORD']);
  const faults: { because: string; source: Source }[] = [];
  const isAllowedEmpty = method.text === 'trust';
  if (password.text === null && !isAllowedEmpty && world.isEnvironmentComplete)
    faults.push({ because: 'POSTGRES_PASSWORD is not set, so that the data folder cannot be made', source: { input: 'variable', name: 'POSTGRES_PASSWORD' } });
  return {
    files,
    dataFolder,
    configFile,
    hbaFile,
    parameters: initdb.checksums === undefined ? parameters : [...parameters, initdb.checksums],
    holes: [],
    words: start.words,
    superuser: superuserOf(environment, files),
    password:
      password.text === undefined
        ? unseen('the password is not part of the scan', 'scan what holds it, too: its Secret or file; of a cluster, --read-secrets reads Secrets', password.source)
        : seen(password.text, password.source),
    faults,
  };
}

export function superuserOf(environment: ReadonlyMap<string, string>, files: EntryPointStart['files']): Known<string> {
  const user = variableOrFile(environment, files, ['POSTGRES_USER']);
  if (user.text === null) return seen('postgres', user.source);
  return user.text === undefined || !isSeen(user.text)
    ? unseen('the name of the superuser is not part of the scan', 'scan the object that holds it', user.source)
    : seen(user.text, user.source);
}

/** The method of the record for everybody. Without the variable it is the one that fits `password_encryption`. */
function hostMethod(start: EntryPointStart, major: number | undefined, world: EnvironmentWorld): { text: string; source: Source } {
  const set = start.environment.get('POSTGRES_HOST_AUTH_METHOD');
  if (set !== undefined && set !== '') return { text: set, source: { input: 'variable', name: 'POSTGRES_HOST_AUTH_METHOD' } };
  if (!world.isEnvironmentComplete) return { text: hiddenVariable('POSTGRES_HOST_AUTH_METHOD', world), source: { input: 'variable', name: 'POSTGRES_HOST_AUTH_METHOD' } };
  const { settings } = readPostgresArguments(start.words.map(({ text }) => text));
  const encryption = settings.findLast(({ name }) => name === 'password_encryption');
  // An unknown version is most likely one that is still supported, and those have it.
  if (encryption !== undefined && (major === undefined || major >= 14))
    return { text: encryption.value === 'md5' ? 'md5' : 'scram-sha-256', source: start.words[encryption.index]?.source ?? IMAGE };
  return { text: major !== undefined && major < 14 ? 'md5' : 'scram-sha-256', source: IMAGE };
}

const IMAGE: Source = { input: 'default', of: 'the postgres image' };

interface Initdb {
  readonly local: string;
  readonly host: string;
  readonly source: Source;
  readonly parameters: readonly MadeLine[];
  readonly checksums: Parameter | undefined;
}

/** `POSTGRES_INITDB_ARGS`: initdb trusts everybody on the machine unless it is told otherwise. */
function readInitdb(environment: ReadonlyMap<string, string>, files: EntryPointStart['files']): Initdb {
  const { text } = variableOrFile(environment, files, ['POSTGRES_INITDB_ARGS']);
  const source: Source = { input: 'variable', name: 'POSTGRES_INITDB_ARGS' };
  const words = (text ?? '').split(/\s+/).map((word) => word.replaceAll(/["']/g, ''));
  const parameters: MadeLine[] = [];
  let local: string | undefined;
  let host: string | undefined;
  let checksums: Parameter | undefined;
  for (let index = 0; index < words.length; index++) {
    const match = /^(-A|--auth|--auth-host|--auth-local|-c|--set)(?:=(.*))?$/.exec(words[index] ?? '');
    const joined = /^(-A|-c)(.+)$/.exec(words[index] ?? '');
    const name = match?.[1] ?? joined?.[1];
    const value = match?.[2] ?? joined?.[2] ?? (match === null ? undefined : words[++index]);
    if (/^(?:-k|--data-checksums)$/.test(words[index] ?? '')) checksums = { name: 'data_checksums', value: 'on', source };
    if (/^--no-data-checksums$/.test(words[index] ?? '')) checksums = { name: 'data_checksums', value: 'off', source };
    if (name === undefined || value === undefined) continue;
    if (name === '-c' || name === '--set') parameters.push({ text: value.replace('=', ' = '), source });
    if (name === '--auth-local') local = value;
    if (name === '--auth-host') host = value;
    // peer and ident are the same question, asked on a socket and on the network.
    if (name === '-A' || name === '--auth') [local, host] = [local ?? (value === 'ident' ? 'peer' : value), host ?? (value === 'peer' ? 'ident' : value)];
  }
  return { local: local ?? 'trust', host: host ?? 'trust', source: local === undefined && host === undefined ? { input: 'default', of: 'initdb' } : source, parameters, checksums };
}

function initdbRules({ local, host, source }: Initdb): MadeLine[] {
  return [
    `local all all ${local}`,
    `host all all 127.0.0.1/32 ${host}`,
    `host all all ::1/128 ${host}`,
    `local replication all ${local}`,
    `host replication all 127.0.0.1/32 ${host}`,
    `host replication all ::1/128 ${host}`,
  ].map((text) => ({ text, source }));
}

/** `ALTER SYSTEM SET name = value` in a script that runs once: it ends in postgresql.auto.conf. */
function alterSystem(script: string, sourceOf: (line: number) => Source): Parameter[] {
  const found: Parameter[] = [];
  for (const [index, line] of script.split('\n').entries()) {
    const match = /\balter\s+system\s+set\s+([\w.]{1,80})\s*(?:=|\bto\b)\s*('(?:[^']|'')*'|[^\s;]+)/i.exec(line);
    if (match !== null) found.push({ name: (match[1] ?? '').toLowerCase(), value: (match[2] ?? '').replace(/^'(.*)'$/s, '$1').replaceAll("''", "'"), source: sourceOf(index + 1) });
  }
  return found;
}

/** Whether a path is the entry point of an image that keeps docker-library's. */
export function isOfficialEntryPoint(path: string): boolean {
  return /^(?:docker-entrypoint|docker-ensure-initdb)\.sh$/.test(baseName(path));
}
