import { type ChildProcess, execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A real etcd and kube-apiserver on free ports of the loopback interface, for one test file. RBAC is on; nothing runs Pods.
 * They end with the process that started them, however that ends: each is killed when the pipe to it closes.
 */
export interface ApiServer {
  readonly url: string;
  /** Of a member of `system:masters`. */
  readonly kubeconfig: string;
  readonly token: string;
  readonly caFile: string;
  /** A folder for whatever a test writes; removed by `stop`. */
  readonly folder: string;
  /** Runs kubectl as the administrator. Never throws for what the server refuses. */
  kubectl(args: readonly string[], input?: string): SpawnSyncReturns<string>;
  /** The same, for what must succeed: returns what it printed. */
  mustKubectl(args: readonly string[], input?: string): string;
  /** A kubeconfig for a user of the token file: `nobody`, or one of `users`. */
  kubeconfigOf(user: string, options?: { readonly namespace?: string }): string;
  /** What the server answers to a GET in the name of a user, known to it or not: 200, 403, …; undefined where it does not answer. */
  statusFor(user: string, path: string): Promise<number | undefined>;
  /** What was asked of the server so far, oldest first. Only with `audit`. */
  auditEvents(): readonly AuditEvent[];
  stop(): Promise<void>;
}

export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly apiGroup?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
}

export interface ApiServerOptions {
  /** Users beyond `admin` and `nobody`, with their groups. A user's token is `<name>-token`. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[];
  /** Controllers to run, such as `serviceaccount-controller`; none without. */
  readonly controllers?: readonly string[];
  /** Logs every request as metadata. */
  readonly audit?: boolean;
}

/** Holds etcd, kube-apiserver, kube-controller-manager and kubectl. Built from source by `../shared/engines/kube/build.sh`, or downloaded. */
const bin = process.env['SEAWORTHY_KUBE_BIN'] ?? '';
const isRequired = (process.env['SEAWORTHY_REQUIRE_KUBE'] ?? '') !== '';

/** Whether tests can have a server here. Where they cannot, that is said once per file, unless somebody insists on it. */
export const hasKube = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'].every((name) => existsSync(join(bin, name)));
if (!hasKube && isRequired) throw new Error(`SEAWORTHY_REQUIRE_KUBE is set, and SEAWORTHY_KUBE_BIN (${bin || 'not set'}) holds no Kubernetes`);
if (!hasKube) console.log('skipped: no Kubernetes; set SEAWORTHY_KUBE_BIN to a folder with etcd, kube-apiserver, kube-controller-manager and kubectl');

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  // A port that was free may be taken by the time that the server binds it.
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToStart(options);
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function tryToStart(options: ApiServerOptions): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-kube-'));
  const [port, etcdPort, peerPort] = await freePorts(3);
  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const caFile = makeCertificates(folder);
  const users: Readonly<Record<string, readonly string[]>> = { admin: ['system:masters'], nobody: [], ...options.users };
  writeFileSync(
    join(folder, 'tokens.csv'),
    Object.entries(users)
      .map(([name, groups], index) => `${name}-token,${name},${index},"${groups.join(',')}"\n`)
      .join(''),
  );
  const children: ChildProcess[] = [];
  const run = (name: string, flags: readonly string[]): ChildProcess => {
    const child = startBound(join(bin, name), flags, join(folder, `${name}.log`));
    children.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await end(child);
    rmSync(folder, { recursive: true, force: true });
  };

  run('etcd', [
    ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl, '--listen-peer-urls', peerUrl],
    ...['--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`, '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--quota-backend-bytes', String(4 * 2 ** 30)],
  ]);
  const server = run('kube-apiserver', [
    ...['--etcd-servers', etcdUrl, '--bind-address', '127.0.0.1', '--advertise-address', UNUSED_ADDRESS, '--secure-port', String(port)],
    ...['--tls-cert-file', join(folder, 'server.crt'), '--tls-private-key-file', join(folder, 'server.key'), '--client-ca-file', caFile],
    ...['--token-auth-file', join(folder, 'tokens.csv'), '--authorization-mode', 'Node,RBAC', '--service-cluster-ip-range', '10.0.0.0/16'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-account-key-file', join(folder, 'sa.key')],
    ...['--service-account-signing-key-file', join(folder, 'sa.key'), '--allow-privileged=true', '--cert-dir', folder],
    ...(options.controllers?.some((name) => name.startsWith('serviceaccount')) ? [] : ['--disable-admission-plugins', 'ServiceAccount']),
    ...(options.audit ? auditFlags(folder) : []),
    ...(options.flags ?? []),
  ]);

  const kubeconfigOf: ApiServer['kubeconfigOf'] = (user, { namespace } = {}) => {
    const file = join(folder, `${user}${namespace === undefined ? '' : `-${namespace}`}.kubeconfig`);
    writeFileSync(file, kubeconfigText(url, caFile, user, namespace));
    return file;
  };
  const kubeconfig = kubeconfigOf('admin');
  // Without its own home, kubectl would share its discovery cache with other servers, and with the user's.
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: kubeconfig };
  const kubectl: ApiServer['kubectl'] = (args, input = '') => spawnSync(join(bin, 'kubectl'), args, { encoding: 'utf8', input, env, maxBuffer: 2 ** 30 });
  const started: ApiServer = {
    url,
    kubeconfig,
    token: 'admin-token',
    caFile,
    folder,
    kubectl,
    mustKubectl(args, input) {
      const { status, stdout, stderr } = kubectl(args, input);
      if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
    kubeconfigOf,
    statusFor: (user, path) => statusOf(`${url}${path}`, readFileSync(caFile), { 'impersonate-user': user }),
    auditEvents: () =>
      readFileSync(join(folder, 'audit.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AuditEvent),
    stop,
  };
  try {
    await becomesReady(url, caFile, server);
    if (options.controllers !== undefined) {
      run('kube-controller-manager', [
        ...['--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port', '0', '--root-ca-file', caFile],
        ...['--service-account-private-key-file', join(folder, 'sa.key'), '--controllers', options.controllers.join(',')],
      ]);
    }
  } catch (error) {
    const log = readFileSync(join(folder, 'kube-apiserver.log'), 'utf8').trim().split('\n').slice(-3).join('\n');
    await stop();
    throw new Error(`the API server did not start: ${log}`, { cause: error });
  }
  return started;
}

/** The server takes no loopback address for its endpoint; nobody connects to this one (RFC 5737). */
const UNUSED_ADDRESS = '192.0.2.1';

/** The command, and a watcher in its process group that kills the group once our end of the pipe is closed, be it by a crash. */
const BOUND = 'exec 3<&0; (cat <&3 >/dev/null; kill -s KILL 0) & exec "$@" 3<&- </dev/null';

function startBound(command: string, flags: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  return spawn('sh', ['-c', BOUND, 'sh', command, ...flags], { detached: true, stdio: ['pipe', output, output] });
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.on('error', () => undefined);
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  child.stdin?.end();
  await ended;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  // All are held until all are chosen, or two could be the same.
  return servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
}

/** One authority, one server certificate, and the key that signs service accounts' tokens. Returns the authority's file. */
function makeCertificates(folder: string): string {
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=seaworthy-test-ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc';
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=kube-apiserver',
    '-addext',
    names,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-keyout',
    'server.key',
    '-out',
    'server.crt',
  );
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  return join(folder, 'ca.crt');
}

function auditFlags(folder: string): string[] {
  const policy = join(folder, 'audit-policy.yaml');
  writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n');
  return ['--audit-policy-file', policy, '--audit-log-path', join(folder, 'audit.log')];
}

function kubeconfigText(url: string, caFile: string, user: string, namespace: string | undefined): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "${url}", certificate-authority-data: ${readFileSync(caFile).toString('base64')}}}]
users: [{name: ${user}, user: {token: ${user}-token}}]
contexts: [{name: test, context: {cluster: test, user: ${user}${namespace === undefined ? '' : `, namespace: ${namespace}`}}}]
current-context: test
`;
}

/** The namespace `default` is made a moment after the server calls itself ready. */
async function becomesReady(url: string, caFile: string, server: ChildProcess): Promise<void> {
  const ca = readFileSync(caFile);
  for (let attempt = 0; attempt < 600; attempt++) {
    if (server.exitCode !== null) throw new Error(`kube-apiserver ended with ${server.exitCode}`);
    if ((await statusOf(`${url}/readyz`, ca)) === 200 && (await statusOf(`${url}/api/v1/namespaces/default`, ca)) === 200) return;
    await sleep(100);
  }
  throw new Error('kube-apiserver did not become ready within a minute');
}

function statusOf(url: string, ca: Buffer, more: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(url, { ca, agent: false, headers: { authorization: 'Bearer admin-token', ...more }, timeout: 5000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}
