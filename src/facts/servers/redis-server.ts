import type { Sealed } from '../../sealed.ts';
import type { Known } from './known.ts';

/** What is true of a Redis, Valkey, KeyDB or Dragonfly server as it would run. */
export interface RedisServer {
  /** Major and minor at least: `7.2`. */
  readonly version: Known<string>;
  /** Whether the version still gets fixes and has those of the known critical faults. */
  readonly isVersionSupported: Known<boolean>;

  /** Whether a client without a password is refused, protected mode aside. */
  readonly requiresPassword: Known<boolean>;
  /** Whether the password is the text of a reference that nothing expands, such as `$REDIS_PASSWORD`. */
  readonly passwordIsUnexpanded: Known<boolean>;
  /** The password of the default user, for its features only; null where there is none. */
  readonly password: Known<Sealed | null>;
  /** Users other than `default` who may log in with any password. */
  readonly usersWithoutPassword: Known<readonly string[]>;
  /** Whether protected mode refuses clients that are not on the loopback interface. */
  readonly isProtected: Known<boolean>;
  /** `protected-mode` as set, whether or not it has an effect. */
  readonly protectedMode: Known<boolean>;
  /** Whether a client on another machine may run commands without a password: the sum of bind, protected mode and users. */
  readonly isOpenToNetwork: Known<boolean>;

  readonly bind: Known<readonly string[]>;
  readonly listensBeyondLoopback: Known<boolean>;
  /** 0 where it is closed. */
  readonly plaintextPort: Known<number>;
  /** 0 where it is closed. */
  readonly tlsPort: Known<number>;
  readonly clientCertificates: Known<'required' | 'optional' | 'none'>;
  /** Whether a protocol below TLS 1.2 is offered. */
  readonly offersOldTls: Known<boolean>;
  readonly replicatesOverTls: Known<boolean>;
  readonly isReplica: Known<boolean>;
  /** A sentinel watches servers and holds no data; it has a port and a password of its own. */
  readonly isSentinel: Known<boolean>;

  readonly users: Known<readonly RedisUser[]>;
  /** Whether users are defined, beyond what `requirepass` makes of the default one. */
  readonly hasAcl: Known<boolean>;
  /** Commands of CHECKS.md's list that the default user may not run: renamed away, or taken from it by its rules. */
  readonly closedCommands: Known<readonly string[]>;
  readonly enableDebugCommand: Known<'yes' | 'local' | 'no'>;
  readonly enableModuleCommand: Known<'yes' | 'local' | 'no'>;
  readonly enableProtectedConfigs: Known<'yes' | 'local' | 'no'>;

  /** In bytes; 0 means no limit. */
  readonly maxMemory: Known<number>;
  readonly maxMemoryPolicy: Known<string>;
  readonly maxClients: Known<number>;
  readonly idleTimeoutSeconds: Known<number>;
  readonly savesSnapshots: Known<boolean>;
  readonly appendsToFile: Known<boolean>;
  /** Why the server would not even start with this configuration; null where nothing is seen against it. */
  readonly startFault: Known<string | null>;
}

/** An ACL user as its rules leave it. */
export interface RedisUser {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly needsPassword: boolean;
  readonly hasAllKeys: boolean;
  readonly hasAllChannels: boolean;
  readonly hasAllCommands: boolean;
  /** Lower-case names of administrative commands that the user may run. */
  readonly dangerousCommands: readonly string[];
}
