import type { Sealed } from '../../sealed.ts';
import type { Known } from './known.ts';

/** What is true of a PostgreSQL server as it would run. */
export interface PostgresServer {
  readonly version: Known<string>;
  readonly isVersionSupported: Known<boolean>;

  readonly ssl: Known<boolean>;
  readonly minTlsVersion: Known<string>;
  readonly listenAddresses: Known<readonly string[]>;
  readonly listensBeyondLoopback: Known<boolean>;
  readonly port: Known<number>;

  /** What decides a login: the first record that matches. Ask it about one client, or read the sums below. */
  readonly access: Known<AccessRules>;
  /** Whether some client on another machine may log in without TLS. */
  readonly isPlaintextPossible: Known<boolean>;
  /** Whether some client on another machine may log in without any proof of who it is. */
  readonly isTrustPossible: Known<boolean>;
  /** The same from the loopback interface or the unix socket: what runs beside the server in its pod, and port-forward. */
  readonly isLocalTrustPossible: Known<boolean>;
  /** Methods by which clients on other machines may log in, in the order of their records. */
  readonly networkMethods: Known<readonly string[]>;
  readonly passwordEncryption: Known<string>;
  readonly superuser: Known<string>;
  /** The superuser's password, for its features only; null where there is none. */
  readonly password: Known<Sealed | null>;

  readonly logStatement: Known<string>;
  readonly logMinDurationMs: Known<number>;
  readonly auditsStatements: Known<boolean>;
  readonly logConnections: Known<boolean>;
  readonly logDisconnections: Known<boolean>;

  /** In milliseconds; 0 means no limit. */
  readonly statementTimeoutMs: Known<number>;
  readonly lockTimeoutMs: Known<number>;
  readonly idleInTransactionTimeoutMs: Known<number>;
  readonly maxConnections: Known<number>;
  readonly reservedConnections: Known<number>;

  readonly fsync: Known<boolean>;
  readonly fullPageWrites: Known<boolean>;
  readonly synchronousCommit: Known<boolean>;
  readonly dataChecksums: Known<boolean>;
  readonly zeroDamagedPages: Known<boolean>;
  readonly ignoreChecksumFailure: Known<boolean>;
  /** Why the server would not even start with this configuration; null where nothing is seen against it. */
  readonly startFault: Known<string | null>;
  /** Any parameter by name, as the server would have it; undefined in `value` where it is not set and has no known default. */
  setting(name: string): Known<string>;
}

/** One try to log in. What is not known of it is left undefined and then counts as any. */
export interface LoginAttempt {
  readonly from: 'socket' | 'loopback' | 'network' | { readonly address: string };
  readonly transport: 'plaintext' | 'tls' | 'gss';
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly isReplication?: boolean;
}

export type LoginAnswer = 'refused' | 'trusted' | 'proof';

export interface LoginDecision {
  readonly answer: LoginAnswer;
  readonly method: string;
  /** Whether a client without a certificate is refused, whatever the method. */
  readonly asksCertificate: boolean;
}

export interface AccessRules {
  /** What comes of an attempt; undefined in `value` where records that were not seen, or names that are not known, decide. */
  decide(attempt: LoginAttempt): Known<LoginDecision>;
}
