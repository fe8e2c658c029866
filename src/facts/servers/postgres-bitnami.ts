import { isSeen } from '../connections/text.ts';
import { type Source, seen, unseen } from './known.ts';
import type { EntryPointStart } from './launch.ts';
import { type EnvironmentWorld, hiddenVariable } from './pool.ts';
import { type MadeLine, makeFile, type Prepared, variableOrFile } from './postgres-prepared.ts';
import type { Word } from './shell-state.ts';

const CONF = '/opt/bitnami/postgresql/conf';
const MOUNTED = '/bitnami/postgresql/conf';

/** What Bitnami's start script makes of its variables (libpostgresql.sh, postgresql_initialize). Each has two names. */
export function prepareBitnami(start: EntryPointStart, world: EnvironmentWorld): Prepared {
  const { environment } = start;
  const files = start.files.copy();
  const read = (name: string): { value: string; source: Source } => {
    for (const prefix of ['POSTGRESQL', 'POSTGRES']) {
      const value = environment.get(`${prefix}_${name}`);
      if (value !== undefined && value !== '') return { value, source: { input: 'variable', name: `${prefix}_${name}` } };
    }
    return { value: '', source: { input: 'default', of: "Bitnami's start script" } };
  };
  const isYes = (text: string): boolean => /^(?:1|yes|true)$/i.test(text);
  for (const folder of [MOUNTED, `${MOUNTED}/conf.d`]) for (const path of files.list(folder)) files.write(path.replace(MOUNTED, CONF), files.read(path));
  const [configFile, hbaFile] = [`${CONF}/postgresql.conf`, `${CONF}/pg_hba.conf`];
  const ownConfig = files.exists(configFile) === true;

  const password = variableOrFile(environment, files, ['POSTGRESQL_PASSWORD', 'POSTGRES_PASSWORD']);
  const allowsEmpty = isYes(environment.get('ALLOW_EMPTY_PASSWORD') ?? '');
  const hasPassword = password.text !== null;
  const isHidden = (name: string): boolean => !isSeen(read(name).value) || (!world.isEnvironmentComplete && read(name).value === '');
  const method = hasPassword ? 'md5' : world.isEnvironmentComplete ? 'trust' : hiddenVariable('POSTGRESQL_PASSWORD', world);
  if (files.exists(hbaFile) !== true)
    files.write(hbaFile, makeFile(rules(method, hasPassword ? password.source : { input: 'variable', name: 'ALLOW_EMPTY_PASSWORD' }, read, isYes)));

  const made: MadeLine[] = [];
  const put = (name: string, variable: string, fallback?: string): void => {
    const { source } = read(variable);
    const value = isHidden(variable) ? hiddenVariable(`POSTGRESQL_${variable}`, world) : read(variable).value;
    if (value !== '' || fallback !== undefined) made.push({ text: `${name} = '${(value === '' ? (fallback ?? '') : value).replaceAll("'", "''")}'`, source });
  };
  const remote = read('ALLOW_REMOTE_CONNECTIONS');
  if (remote.value === '' || isYes(remote.value)) made.push({ text: "listen_addresses = '*'", source: remote.source });
  put('port', 'PORT_NUMBER', '5432');
  put('password_encryption', 'PASSWORD_ENCRYPTION');
  put('fsync', 'FSYNC', 'on');
  if (isHidden('ENABLE_TLS')) made.push({ text: `ssl = '${hiddenVariable('POSTGRESQL_ENABLE_TLS', world)}'`, source: { input: 'variable', name: 'POSTGRESQL_ENABLE_TLS' } });
  else if (isYes(read('ENABLE_TLS').value)) {
    made.push({ text: 'ssl = on', source: read('ENABLE_TLS').source });
    put('ssl_ca_file', 'TLS_CA_FILE');
    put('ssl_cert_file', 'TLS_CERT_FILE');
    put('ssl_key_file', 'TLS_KEY_FILE');
  }
  put('shared_preload_libraries', 'SHARED_PRELOAD_LIBRARIES', 'pgaudit');
  put('pgaudit.log', 'PGAUDIT_LOG');
  put('log_connections', 'LOG_CONNECTIONS');
  put('log_disconnections', 'LOG_DISCONNECTIONS');
  put('log_line_prefix', 'LOG_LINE_PREFIX');
  put('max_connections', 'MAX_CONNECTIONS');
  put('statement_timeout', 'STATEMENT_TIMEOUT');
  if (read('NUM_SYNCHRONOUS_REPLICAS').value !== '') put('synchronous_commit', 'SYNCHRONOUS_COMMIT_MODE');
  made.push({ text: "include_dir = 'conf.d'", source: { input: 'default', of: "Bitnami's postgresql.conf" } });
  if (!ownConfig) files.write(configFile, makeFile(made));

  const user = read('USERNAME').value === '' ? read('USER') : read('USERNAME');
  const isSuperuser = user.value === '' || user.value === 'postgres';
  const superuserPassword = isSuperuser ? password : variableOrFile(environment, files, ['POSTGRESQL_POSTGRES_PASSWORD', 'POSTGRES_POSTGRES_PASSWORD']);
  return {
    files,
    dataFolder: environment.get('PGDATA') ?? (environment.get('POSTGRESQL_DATA_DIR') || '/bitnami/postgresql/data'),
    configFile,
    hbaFile,
    parameters: [],
    holes: [],
    words: [...flags(environment), ...start.words],
    superuser: seen('postgres', user.source),
    password:
      superuserPassword.text === undefined || (superuserPassword.text !== null && !isSeen(superuserPassword.text) && superuserPassword.text.length !== 1)
        ? unseen('the password is not part of the scan', 'scan what holds it, too: its Secret or file; of a cluster, --read-secrets reads Secrets', superuserPassword.source)
        : seen(superuserPassword.text, superuserPassword.source),
    faults:
      hasPassword || allowsEmpty || !world.isEnvironmentComplete
        ? []
        : [{ because: 'POSTGRESQL_PASSWORD is not set, and ALLOW_EMPTY_PASSWORD is not yes', source: { input: 'variable', name: 'POSTGRESQL_PASSWORD' } }],
  };
}

/** The start script writes `trust` and puts `md5` in its place once there is a password. */
function rules(method: string, source: Source, read: (name: string) => { value: string; source: Source }, isYes: (text: string) => boolean): MadeLine[] {
  const lines: MadeLine[] = [];
  const authority = read('TLS_CA_FILE');
  if (isYes(read('ENABLE_TLS').value) && authority.value !== '') {
    lines.push({ text: 'hostssl all all 0.0.0.0/0 cert', source: authority.source }, { text: 'hostssl all all ::/0 cert', source: authority.source });
  }
  const remote = read('ALLOW_REMOTE_CONNECTIONS');
  if (remote.value === '' || isYes(remote.value)) {
    const isLdap = isYes(read('ENABLE_LDAP').value);
    if (isLdap) for (const range of ['0.0.0.0/0', '::/0']) lines.push({ text: `host all postgres ${range} ${method}`, source });
    for (const range of ['0.0.0.0/0', '::/0']) lines.push({ text: `host all all ${range} ${isLdap ? 'ldap' : method}`, source: isLdap ? read('ENABLE_LDAP').source : source });
    for (const text of [`local all all ${method}`, `host all all 127.0.0.1/32 ${method}`, `host all all ::1/128 ${method}`]) lines.push({ text, source });
  }
  if (read('REPLICATION_USER').value !== '' && read('REPLICATION_MODE').value !== 'slave') {
    for (const range of ['0.0.0.0/0', '::/0']) lines.push({ text: `host replication all ${range} ${method}`, source });
  }
  return lines;
}

function flags(environment: ReadonlyMap<string, string>): Word[] {
  const text = environment.get('POSTGRESQL_EXTRA_FLAGS')?.trim() ?? '';
  return text === ''
    ? []
    : text.split(/\s+/).map((word) => ({ text: word, source: { input: 'variable', name: 'POSTGRESQL_EXTRA_FLAGS' }, isOpen: isSeen(word) ? undefined : 'perhaps' }));
}
