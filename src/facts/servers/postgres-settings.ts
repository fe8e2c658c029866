import { parsePostgresBool, parsePostgresInteger, parsePostgresTime } from '../../server-config/postgres-values.ts';
import { isSeen } from '../connections/text.ts';
import { type Known, type Source, seen, unseen } from './known.ts';

/** A parameter as the server meets it. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly source: Source;
}

/** Configuration that the server reads and the scan did not see. */
export interface ParameterHole {
  readonly after: number;
  readonly because: string;
  readonly hint: string;
  readonly source: Source;
}

/** What a server is told, in the order in which it counts: the last one wins. */
export class PostgresSettings {
  readonly #last = new Map<string, { readonly parameter: Parameter; readonly at: number }>();
  readonly #holes: readonly ParameterHole[];
  readonly #major: number | undefined;

  constructor(parameters: readonly Parameter[], holes: readonly ParameterHole[], major: number | undefined) {
    this.#holes = holes;
    this.#major = major;
    for (const [at, parameter] of parameters.entries()) this.#last.set(parameter.name, { parameter, at });
  }

  /** A parameter as it is set; with its default where it is not. */
  text(name: string): Known<string> {
    const found = this.#last.get(name);
    const hole = this.#holes.find(({ after }) => found === undefined || after > found.at);
    if (hole !== undefined) return unseen(hole.because, hole.hint, hole.source);
    if (found === undefined) {
      const fallback = defaultOf(name, this.#major);
      const source: Source = { input: 'default', of: 'PostgreSQL' };
      return fallback === undefined
        ? unseen(`${name} is not set, and its default depends on the version`, 'set it, or pin the image to a version', source)
        : seen(fallback, source);
    }
    const { value, source } = found.parameter;
    return isSeen(value) ? seen(value, source) : unseen(`the value of ${name} is not part of the scan`, 'scan the object that holds it', source);
  }

  isSet(name: string): boolean {
    return this.#last.has(name);
  }

  bool(name: string): Known<boolean> {
    return this.#parse(name, parsePostgresBool);
  }

  milliseconds(name: string): Known<number> {
    return this.#parse(name, (text) => parsePostgresTime(text));
  }

  integer(name: string): Known<number> {
    return this.#parse(name, parsePostgresInteger);
  }

  #parse<T>(name: string, parse: (text: string) => T | undefined): Known<T> {
    const text = this.text(name);
    if (text.value === undefined) return text;
    const value = parse(text.value);
    return value === undefined ? unseen(`${name} has a value that the server does not take`, 'put it right', ...text.sources) : { value, sources: text.sources };
  }
}

/** Defaults of the server's own code that facts depend on (`postgres --describe-config`). */
const DEFAULTS: Readonly<Record<string, string>> = {
  config_file: '',
  data_directory: '',
  default_transaction_isolation: 'read committed',
  fsync: 'on',
  full_page_writes: 'on',
  hba_file: '',
  idle_in_transaction_session_timeout: '0',
  ignore_checksum_failure: 'off',
  listen_addresses: 'localhost',
  lock_timeout: '0',
  log_destination: 'stderr',
  log_disconnections: 'off',
  log_line_prefix: '%m [%p] ',
  log_min_duration_statement: '-1',
  log_statement: 'none',
  logging_collector: 'off',
  max_connections: '100',
  'pgaudit.log': 'none',
  'pgaudit.role': '',
  port: '5432',
  reserved_connections: '0',
  shared_preload_libraries: '',
  ssl: 'off',
  ssl_ca_file: '',
  ssl_cert_file: 'server.crt',
  ssl_key_file: 'server.key',
  statement_timeout: '0',
  superuser_reserved_connections: '3',
  synchronous_commit: 'on',
  transaction_timeout: '0',
  zero_damaged_pages: 'off',
};

function defaultOf(name: string, major: number | undefined): string | undefined {
  if (Object.hasOwn(DEFAULTS, name)) return DEFAULTS[name];
  if (name === 'password_encryption') return major === undefined ? undefined : major >= 14 ? 'scram-sha-256' : 'md5';
  if (name === 'ssl_min_protocol_version') return major === undefined ? undefined : major >= 13 ? 'TLSv1.2' : 'TLSv1';
  // A list since 18; empty comes to the same as off.
  if (name === 'log_connections') return 'off';
  return undefined;
}
