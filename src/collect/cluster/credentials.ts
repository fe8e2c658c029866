import { type SpawnOptions, spawn } from 'node:child_process';
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node/dist/config.js';
import { type ClusterTarget, type Entry, isEntry, textAt } from './kubeconfig.ts';
import { hasRunOut, openIdTokenOf } from './openid.ts';
import { proxyFor } from './proxy.ts';

/** Why nobody could be signed in. Never with the words of a plugin, which may hold a token. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  readonly hint: string;

  constructor(because: string, hint: string) {
    super(because);
    this.hint = hint;
  }
}

/** Signs requests: certificates, tokens, plugins and proxies as the kubeconfig says. */
export class Credentials {
  readonly #target: ClusterTarget;
  readonly #signal: AbortSignal;
  #config: KubeConfig;
  #signed: Promise<RequestOptions> | undefined;
  #signedAt = 0;

  constructor(target: ClusterTarget, signal: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
    this.#config = configOf(target, signal);
  }

  /** Whether there is nothing that says who asks. Plain HTTP is what `kubectl proxy` speaks, which says it for its clients. */
  get areNone(): boolean {
    return this.#target.server.startsWith('https:') && PROOFS.every((proof) => (this.#target.user[proof] ?? '') === '');
  }

  /** Options of a request that prove who asks. Asked for again every now and then: tokens run out, and their files are renewed. */
  async sign(): Promise<RequestOptions> {
    if (this.#signed === undefined || Date.now() - this.#signedAt > SIGNED_FOR_MS) {
      this.#signedAt = Date.now();
      this.#signed = this.#sign();
    }
    return this.#signed;
  }

  /** Forgets every token: the API server no longer takes the one that was signed with. */
  renew(): void {
    this.#config = configOf(this.#target, this.#signal);
    this.#signed = undefined;
  }

  async #sign(): Promise<RequestOptions> {
    const openIdToken = openIdTokenOf(this.#target.user);
    if (openIdToken === '') throw openIdError('is missing');
    if (openIdToken !== undefined && hasRunOut(openIdToken)) throw openIdError('has run out');
    const options: RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      throw this.#explain(error);
    }
    const headers = { ...(options.headers as OutgoingHttpHeaders | undefined), ...impersonationHeaders(this.#target) };
    // Editors end a token file with a line break, which no header may hold.
    const authorization = headers['Authorization'];
    return { ...options, headers: typeof authorization === 'string' ? { ...headers, Authorization: authorization.trim() } : headers };
  }

  #explain(error: unknown): CredentialError {
    const { user, cluster } = this.#target;
    const plugin = isEntry(user['exec']) ? textAt(user['exec'], 'command') : '';
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (plugin !== '') {
      const because = code === 'ENOENT' ? `the credential plugin ${plugin} is not installed` : `the credential plugin ${plugin} gave no credentials`;
      return new CredentialError(because, code === 'ENOENT' ? `install ${plugin}, which the kubeconfig names` : 'sign in first; kubectl get namespaces shows what the plugin says');
    }
    const file = [user['client-certificate'], user['client-key'], user['tokenFile'], cluster['certificate-authority']].find(
      (path) => path === (error as NodeJS.ErrnoException).path,
    );
    if (typeof file === 'string') return new CredentialError(`${file}, which the kubeconfig names, cannot be read (${code})`, 'mend the path in the kubeconfig');
    return new CredentialError('the credentials of the kubeconfig cannot be used', 'kubectl get namespaces shows what is wrong with them');
  }
}

/**
 * A scan does not renew it: most issuers take a refresh token once and hand out another, which would have to be written
 * into the kubeconfig, or the user is signed out.
 */
function openIdError(what: string): CredentialError {
  return new CredentialError(`the OpenID token of the kubeconfig ${what}`, 'kubectl get namespaces renews it in the kubeconfig, which a scan never changes');
}

const PROOFS = ['token', 'tokenFile', 'client-certificate', 'client-certificate-data', 'username', 'exec', 'auth-provider'];

/** Shorter than the life of any token, longer than most scans. */
const SIGNED_FOR_MS = 30_000;

function configOf(target: ClusterTarget, signal: AbortSignal): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [clusterOf(target)],
    users: [userOf(target)],
    contexts: [{ name: target.name, cluster: target.name, user: target.name }],
    currentContext: target.name,
  });
  // A plugin that waits for a browser must not outlive the scan.
  const start = (command: string, args: readonly string[] | undefined, options: SpawnOptions): unknown =>
    spawn(command, args ?? [], { ...options, stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  for (const authenticator of config.authenticators) if (authenticator.execFn !== undefined) authenticator.execFn = start;
  return config;
}

function clusterOf({ name, server, cluster, environment }: ClusterTarget): Cluster {
  const proxyUrl = textAt(cluster, 'proxy-url') || proxyFor(server, environment);
  return {
    name,
    server,
    // The client refuses plain HTTP, which kubectl proxy speaks, unless it is told not to look for a certificate.
    skipTLSVerify: cluster['insecure-skip-tls-verify'] === true || server.startsWith('http:'),
    ...whereSet({ caData: cluster['certificate-authority-data'], caFile: cluster['certificate-authority'], tlsServerName: cluster['tls-server-name'], proxyUrl }),
  };
}

function userOf(target: ClusterTarget): User {
  const { name, user } = target;
  const tokenFile = textAt(user, 'tokenFile');
  const authProvider = tokenFile !== '' ? { name: 'tokenFile', config: { tokenFile } } : openIdTokenOf(user) === undefined ? user['auth-provider'] : undefined;
  return {
    name,
    ...whereSet({
      certData: user['client-certificate-data'],
      certFile: user['client-certificate'],
      keyData: user['client-key-data'],
      keyFile: user['client-key'],
      token: openIdTokenOf(user) ?? user['token'],
      username: user['username'],
      password: user['password'],
    }),
    ...(isEntry(user['exec']) ? { exec: pluginOf(user['exec'], target) } : {}),
    ...(isEntry(authProvider) ? { authProvider: { name: textAt(authProvider, 'name'), config: isEntry(authProvider['config']) ? authProvider['config'] : {} } } : {}),
  };
}

/** What client-go tells a plugin about the cluster and the version of the answer that is understood. */
function pluginOf(exec: Entry, { server, cluster }: ClusterTarget): Entry {
  const about = { server, 'certificate-authority-data': cluster['certificate-authority-data'], 'tls-server-name': cluster['tls-server-name'] };
  const spec = { interactive: false, ...(exec['provideClusterInfo'] === true ? { cluster: about } : {}) };
  const info = JSON.stringify({ apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec });
  const variables = Array.isArray(exec['env']) ? exec['env'] : [];
  return { ...exec, env: [...variables, { name: 'KUBERNETES_EXEC_INFO', value: info }] };
}

function impersonationHeaders({ impersonation }: ClusterTarget): OutgoingHttpHeaders {
  const { user, groups, uid } = impersonation;
  return {
    ...(user === undefined ? {} : { 'Impersonate-User': user }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }),
    ...(uid === undefined ? {} : { 'Impersonate-Uid': uid }),
  };
}

function whereSet<K extends string>(fields: Readonly<Record<K, unknown>>): Partial<Record<K, string>> {
  const set = Object.entries(fields).filter((field): field is [K, string] => typeof field[1] === 'string' && field[1] !== '');
  return Object.fromEntries(set) as Partial<Record<K, string>>;
}
