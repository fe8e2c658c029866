import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createSocketServer, type Socket, type Server as SocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ClusterTarget } from '../../../src/collect/cluster/kubeconfig.ts';
import type { JsonObject } from '../../../src/model/json.ts';

/** Answers of a real API server (1.36.3) that holds one Deployment, its ReplicaSet and its three Pods. */
export const RECORDED = JSON.parse(readFileSync(new URL('./recorded.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, { readonly items: readonly JsonObject[] } & JsonObject>
>;

export const TOKEN = 'a-token-that-nobody-may-see';

/** Answers a request in the place of the recording; says whether it did. `nth`: how often this path was asked for, from 1. */
export type Fault = (path: string, nth: number, response: ServerResponse, request: IncomingMessage) => boolean;

export interface FakeApi {
  readonly url: string;
  /** Paths with their queries, in the order in which they were asked for. */
  readonly asked: string[];
  target(more?: Partial<ClusterTarget>): ClusterTarget;
  /** Written to a file, as a user has one. */
  kubeconfig(user?: object, cluster?: object): string;
}

export interface FakeApiOptions {
  readonly fault?: Fault;
  /** A certificate for this name, from an authority of its own. */
  readonly tls?: Certificates;
}

/** An API server on the loopback interface that speaks from the recording, with faults on command. Ends with the test. */
export async function startFakeApi({ fault, tls }: FakeApiOptions = {}): Promise<FakeApi> {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const answer: RequestListener = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    asked.push(request.url ?? '');
    const nth = (counts.get(pathname) ?? 0) + 1;
    counts.set(pathname, nth);
    if (fault?.(pathname, nth, response, request) === true) return;
    sendJson(response, RECORDED[pathname] ?? { kind: 'List', apiVersion: 'v1', metadata: {}, items: null });
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer({ key: tls.key, cert: tls.cert }, answer);
  const port = await listen(server);
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return {
    url,
    asked,
    target: (more = {}) => ({
      name: 'test',
      server: url,
      namespace: 'shop',
      cluster: { server: url },
      user: { token: TOKEN },
      impersonation: { groups: [] },
      environment: {},
      ...more,
    }),
    kubeconfig: (user = { token: TOKEN }, cluster = {}) => {
      const folder = temporaryFolder();
      const file = join(folder, 'config');
      const config = {
        clusters: [{ name: 'c', cluster: { server: url, ...cluster } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
        'current-context': 'test',
      };
      writeFileSync(file, JSON.stringify(config));
      return file;
    },
  };
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** As an API server refuses: with words that quote who asked, which must not get any further. */
export function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  sendJson(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: `refused for ${TOKEN}`, code: status }, status, headers);
  return true;
}

/** A proxy that lets CONNECT through, or answers it with a status. */
export async function startProxy(status = 200): Promise<{ url: string; connected: string[] }> {
  const connected: string[] = [];
  const server = createServer();
  server.on('connect', (request: IncomingMessage, client) => {
    connected.push(request.url ?? '');
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, connected };
}

/** A SOCKS 5 proxy without passwords, as `ssh -D` opens one: told a name or an address and a port, it connects. */
export async function startSocksProxy(): Promise<{ host: string; connected: string[] }> {
  const connected: string[] = [];
  const sockets: Socket[] = [];
  const server = createSocketServer((client) => {
    sockets.push(client);
    client.on('error', () => undefined);
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request: Buffer) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.toString('latin1', 5, end) : request.subarray(4, end).join('.');
        connected.push(`${host}:${request.readUInt16BE(end)}`);
        const upstream = connect(request.readUInt16BE(end), host, () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          upstream.pipe(client).pipe(upstream);
        });
        sockets.push(upstream);
        upstream.on('error', () => client.destroy());
      });
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { host: `127.0.0.1:${await listen(server)}`, connected };
}

async function listen(server: Server | SocketServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export interface Certificates {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly ca: Buffer;
}

/** A certificate for a name or address, and the authority that signed it. */
export function certificatesFor(name: string): Certificates {
  const folder = temporaryFolder();
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...args], { cwd: folder, stdio: 'pipe' });
  openssl('-subj', '/CN=test-ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl('-subj', '/CN=test', '-addext', `subjectAltName=${name}`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-keyout', 'server.key', '-out', 'server.crt');
  const read = (file: string): Buffer => readFileSync(join(folder, file));
  return { key: read('server.key'), cert: read('server.crt'), ca: read('ca.crt') };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-cluster-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
