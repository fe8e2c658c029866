import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';

/** The run for a release sets this, so that a server that is absent is not taken for one that agreed. */
const isRequired = (process.env['SEAWORTHY_REQUIRE_DATASTORES'] ?? '') !== '';

/** Says what is missing for a test against a real server; undefined where nothing is. Throws where it is required to be there. */
export function missing(...programs: readonly { readonly path: string; readonly install: string }[]): string | undefined {
  const absent = programs.find(({ path }) => !(path.includes('/') ? existsSync(path) : spawnSync('which', [path]).status === 0));
  if (absent === undefined) return undefined;
  const what = `${absent.path} is absent; install it with: ${absent.install}`;
  if (isRequired) throw new Error(`SEAWORTHY_REQUIRE_DATASTORES is set, and ${what}`);
  console.log(`skipped: ${what}`);
  return what;
}

const PREFIX = 'seaworthy-datastores-';

/** A folder that is removed at the end, and by the next run if this one is killed. */
export function newScratch(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0;
    if (owner > 0 && !existsSync(`/proc/${owner}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** Starts a server that ends with this process, however this process ends. */
export function startServer(
  words: readonly string[],
  options: { readonly cwd: string; readonly stdin?: string; readonly env?: NodeJS.ProcessEnv; readonly uid?: number; readonly gid?: number },
): ChildProcess {
  const identity = options.uid === undefined ? [] : ['--reuid', String(options.uid), '--regid', String(options.gid), '--clear-groups'];
  const child = spawn('setpriv', [...identity, '--pdeathsig', 'KILL', ...words], { cwd: options.cwd, stdio: ['pipe', 'ignore', 'pipe'], env: options.env ?? process.env });
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin ?? '');
  return child;
}

/** Below the range that outgoing connections take their ports from, so that none of them is in the way. */
const PORTS = { first: 10_000, count: 22_000 };
let nextPort = (process.pid * 97) % PORTS.count;

/** Ports that nobody listens on. Each is given once by a process. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = PORTS.first + (nextPort++ % PORTS.count);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** An address of this machine that is not on the loopback interface; undefined where there is none. */
export function outerAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
}

export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of its own, or that of another folder, and a certificate for servers and clients of this machine. */
export function makeCertificates(folder: string, names: string, authority?: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  if (authority !== undefined) for (const name of ['ca.crt', 'ca.key']) copyFileSync(join(authority, name), path(name));
  else openssl('req', '-x509', ...key, '-keyout', path('ca.key'), '-out', path('ca.crt'), '-days', '2', '-subj', '/CN=Seaworthy test authority');
  openssl('req', ...key, '-keyout', path('tls.key'), '-out', path('tls.csr'), '-subj', '/CN=tester', '-addext', `subjectAltName=${names}`);
  openssl(
    'x509',
    '-req',
    '-in',
    path('tls.csr'),
    '-CA',
    path('ca.crt'),
    '-CAkey',
    path('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    path('tls.crt'),
  );
  return { authority: path('ca.crt'), certificate: path('tls.crt'), key: path('tls.key') };
}

/** What a TLS client needs. Made once for each set of certificates, as it takes longer than the handshake. */
export function clientContext(certificates: Certificates, sendsCertificate: boolean): SecureContext {
  const key = `${certificates.key} ${sendsCertificate}`;
  let context = contexts.get(key);
  if (context === undefined) {
    const own = sendsCertificate ? { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key) } : {};
    context = createSecureContext({ ca: readFileSync(certificates.authority), ...own });
    contexts.set(key, context);
  }
  return context;
}

const contexts = new Map<string, SecureContext>();

/** Does something with each item, a few at a time: there are few processors. */
export async function forEachOf<T>(items: readonly T[], width: number, run: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await run(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** The same numbers on every run. */
export function newRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
