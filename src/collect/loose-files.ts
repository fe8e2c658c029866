import { posix } from 'node:path';
import type { ConfigFile, EnvFile } from '../model/inventory.ts';
import { readConfigFile } from './config-file.ts';
import { readEnvFile } from './env-file.ts';
import { isSettingsFile, mayBeSettingsFile } from './settings-files.ts';
import type { TextFile } from './text-file.ts';

const SERVER_CONFIG = /^(?:(?:[\w-]{0,60}[._-])?(?:redis|valkey|keydb)[\w.-]{0,60}\.conf|postgresql[\w.-]{0,60}\.conf|pg_hba[\w.-]{0,60}\.conf)$/i;
const ENV_FILE = /^\.env(?:\.[\w.-]{1,60})?$|^[\w-]{1,60}\.env$/i;
/** What stands in these is made up, and meant to be. */
const EXAMPLE = /\.(?:example|sample|template|tmpl|dist|defaults?|schema|test)$/i;

/** Lines that only such a file has. */
const REDIS_LINE = /^[ \t]*(?:requirepass|protected-mode|maxmemory|appendonly|tls-port|aclfile|replicaof|slaveof|save|rename-command|bind|port)[ \t]+\S/m;
const POSTGRES_LINE = /^[ \t]*(?:listen_addresses|max_connections|shared_buffers|ssl|hba_file|port|password_encryption|log_statement|wal_level)[ \t]*=/m;
const HBA_LINE = /^[ \t]*(?:local|host|hostssl|hostnossl|hostgssenc|hostnogssenc)[ \t]+\S+[ \t]+\S+[ \t]+\S/m;
/** Something that may be an address of a datastore, or a part of one. */
const ADDRESS_LINE = /^[ \t]*(?:export[ \t]+)?\w{0,80}(?:postgres|pgsql|redis|valkey|database|jdbc|dsn|_db_|db_|pg)\w{0,80}[ \t]*=|:\/\//im;

export function mayBeLooseFile(name: string): boolean {
  // Asked of every file of a folder.
  if (mayBeSettingsFile(posix.basename(name))) return true;
  if (!name.endsWith('.conf') && !name.includes('.env')) return false;
  const base = posix.basename(name);
  return SERVER_CONFIG.test(base) || (ENV_FILE.test(base) && !EXAMPLE.test(base));
}

/** A configuration of a server, or the variables of a program, that lies in a folder by itself: by its name, and by what is in it. */
export function readLooseFile(file: TextFile): ConfigFile | EnvFile | undefined {
  const base = posix.basename(file.name);
  if (mayBeSettingsFile(base)) return isSettingsFile(file.name, file.text) ? readConfigFile(file) : undefined;
  if (ENV_FILE.test(base)) return !EXAMPLE.test(base) && ADDRESS_LINE.test(file.text) ? readEnvFile(file) : undefined;
  if (!SERVER_CONFIG.test(base) || /sentinel/i.test(base)) return undefined;
  const line = /^pg_hba/i.test(base) ? HBA_LINE : /^postgresql/i.test(base) ? POSTGRES_LINE : REDIS_LINE;
  return line.test(file.text) ? readConfigFile(file) : undefined;
}
