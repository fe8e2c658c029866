/**
 * The part of the Kubernetes client that is used: authentication, and nothing else. Its own types are those of the whole API,
 * which takes the compiler longer to read than all of this program.
 */
declare module '@kubernetes/client-node/dist/config.js' {
  import type { SpawnOptions } from 'node:child_process';
  import type { RequestOptions } from 'node:https';

  export interface Cluster {
    readonly name: string;
    readonly server: string;
    readonly caData?: string;
    caFile?: string;
    readonly skipTLSVerify: boolean;
    readonly tlsServerName?: string;
    readonly proxyUrl?: string;
  }

  export interface User {
    readonly name: string;
    readonly certData?: string;
    certFile?: string;
    readonly keyData?: string;
    keyFile?: string;
    readonly token?: string;
    readonly username?: string;
    readonly password?: string;
    readonly exec?: unknown;
    readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
  }

  export class KubeConfig {
    /** Whoever can sign in a user of its kind; the one for exec plugins starts them with `execFn`. */
    readonly authenticators: { execFn?: (command: string, args: readonly string[] | undefined, options: SpawnOptions) => unknown }[];
    loadFromOptions(options: { clusters: Cluster[]; users: User[]; contexts: { name: string; cluster: string; user: string }[]; currentContext: string }): void;
    applyToHTTPSOptions(options: RequestOptions): Promise<void>;
  }
}
