import { type PgbouncerSetting, readPgbouncerIni } from '../../../server-config/pgbouncer-ini.ts';
import { isSeen } from '../../connections/text.ts';
import { linesOf, type Program } from '../program.ts';
import { type Front, type HopReading, lineAt, unreadHop } from './hop.ts';

/** The side of a PgBouncer that its clients see: of its ini file, or of the variables from which images make one. */
export function readPgbouncer(program: Program): HopReading {
  const file = program.mounted.files.find(({ path }) => /(?:^|\/)pgbouncer[\w.-]{0,40}\.ini$/.test(path));
  const text = file === undefined ? undefined : linesOf(file);
  if (file !== undefined && text !== undefined) {
    const { settings, includes } = readPgbouncerIni(text);
    if (includes.length > 0) return unreadHop('pgbouncer stands between, and a file that its ini includes was not read', 'write its settings into one file');
    const own = (name: string): PgbouncerSetting | undefined => settings.findLast((setting) => setting.section === 'pgbouncer' && setting.name === name);
    const mode = own('client_tls_sslmode');
    const port = Number(own('listen_port')?.value ?? '6432');
    const front = frontOf(mode?.value ?? 'disable', own('auth_type')?.value ?? 'md5');
    const lines = [mode, own('auth_type'), own('listen_port')].flatMap((setting) => (setting === undefined ? [] : [lineAt(file, setting.line)]));
    return { entrances: [{ kind: 'pooler', ports: [port], front: { ...front, places: lines.length === 0 ? [file.place] : lines } }] };
  }
  return ofVariables(program) ?? unreadHop('pgbouncer stands between, and its pgbouncer.ini is not part of this scan', 'scan the ConfigMap or file that holds it');
}

interface Names {
  readonly address: RegExp;
  readonly port: string;
  readonly usualPort: number;
  readonly mode: string;
  readonly auth: string;
  readonly usualAuth: string;
}

/** Start scripts of images that make the ini file of variables. */
const BITNAMI: Names = {
  address: /^POSTGRESQL_HOST$|^PGBOUNCER_DSN_\d/,
  port: 'PGBOUNCER_PORT',
  usualPort: 6432,
  mode: 'PGBOUNCER_CLIENT_TLS_SSLMODE',
  auth: 'PGBOUNCER_AUTH_TYPE',
  usualAuth: 'scram-sha-256',
};
const OTHERS: Names = {
  address: /^(?:DB_HOST|DATABASE_URLS?|DATABASES_HOST)$/,
  port: 'LISTEN_PORT',
  usualPort: 5432,
  mode: 'CLIENT_TLS_SSLMODE',
  auth: 'AUTH_TYPE',
  usualAuth: 'md5',
};

function ofVariables({ texts: { variables, isComplete }, image }: Program): HopReading | undefined {
  const names = /bitnami/.test(image.repository) ? BITNAMI : OTHERS;
  if (![...variables.keys()].some((name) => names.address.test(name))) return undefined;
  const value = (name: string, fallback: string): string | undefined => {
    const text = variables.get(name)?.text.marked;
    if (text === undefined || text === '') return isComplete || text !== undefined ? fallback : undefined;
    return isSeen(text) ? text : undefined;
  };
  const port = value(names.port, String(names.usualPort));
  const places = [names.mode, names.auth, names.port].flatMap((name) => variables.get(name)?.place ?? []);
  const front = frontOf(value(names.mode, 'disable'), value(names.auth, names.usualAuth));
  const named = [...variables].find(([name]) => names.address.test(name))?.[1].place;
  return {
    entrances: [{ kind: 'pooler', ports: port === undefined ? [] : [Number(port)], front: { ...front, places: places.length > 0 || named === undefined ? places : [named] } }],
  };
}

/** pgbouncer.ini(5), client_tls_sslmode and auth_type. */
export function frontOf(mode: string | undefined, auth: string | undefined): Omit<Front, 'places'> {
  const known = mode !== undefined && /^(?:disable|allow|prefer|require|verify-ca|verify-full)$/.test(mode);
  return {
    accepts: known ? !/^(?:require|verify)/.test(mode) : undefined,
    offers: known ? mode !== 'disable' : undefined,
    needsNoPassword: auth === undefined || /^(?:hba|pam|ldap)$/.test(auth) ? undefined : /^(?:trust|any)$/.test(auth),
    isPooler: true,
    because: known ? '' : 'what pgbouncer asks of its clients is not part of this scan',
  };
}
