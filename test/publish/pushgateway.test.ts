import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { publishToPushgateway } from '../../src/publish/pushgateway.ts';
import { report, type SampleReport, TLS } from '../report/sample.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers each request with the status, and remembers it. */
async function gateway(status: number, headers: Record<string, string> = {}): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(status, headers).end('the password is hunter2');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, asked };
}

function push(address: string, sample: SampleReport = { findings: [TLS] }): Promise<void> {
  return publishToPushgateway(report(sample), { kind: 'pushgateway', url: new URL(address) });
}

test('puts its group of metrics in the place of the one before', async () => {
  const { port, asked } = await gateway(202);
  await push(`http://me:p%40ss@127.0.0.1:${port}/`);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    method: 'PUT',
    url: '/metrics/job/seaworthy',
    headers: { authorization: `Basic ${btoa('me:p@ss')}`, 'content-type': expect.stringContaining('text/plain') },
  });
  expect(asked[0]?.body).toContain('seaworthy_findings{policy="postgres-client-tls",severity="high",namespace="shop"} 1\n');
});

test.each([
  ['/prefix', undefined, '/prefix/metrics/job/seaworthy'],
  ['/metrics/job/mine/instance/a', undefined, '/metrics/job/mine/instance/a'],
  ['', { index: 2, count: 4 }, '/metrics/job/seaworthy/shard/2'],
])('%s of part %j is %s', async (path, shard, url) => {
  const { port, asked } = await gateway(200);
  await push(`http://127.0.0.1:${port}${path}`, shard === undefined ? {} : { scan: { shard } });
  expect(asked[0]?.url).toBe(url);
});

test.each([
  [400, {}],
  [500, {}],
  [302, { location: 'http://127.0.0.1:1/' }],
])('an answer of %d is told without its words and without the password', async (status, headers) => {
  const { port } = await gateway(status, headers);
  const pushed = push(`http://me:hunter2@127.0.0.1:${port}`);
  await expect(pushed).rejects.toThrow(`127.0.0.1:${port}: it answered with status ${status}`);
  await expect(pushed).rejects.not.toThrow('hunter2');
});

test('an address where nobody listens is told', async () => {
  const { port } = await gateway(200);
  server?.close();
  const pushed = push(`http://me:hunter2@127.0.0.1:${port}`);
  await expect(pushed).rejects.toThrow('ECONNREFUSED');
  await expect(pushed).rejects.not.toThrow('hunter2');
});

const packages = process.env['SEAWORTHY_KUBE_PACKAGES'] ?? '';
const program = join(packages, 'usr/bin/prometheus-pushgateway');
const isThere = existsSync(program);
if (!isThere && (process.env['SEAWORTHY_REQUIRE_KUBE'] ?? '') !== '') throw new Error(`SEAWORTHY_REQUIRE_KUBE is set, and there is no ${program}`);
if (!isThere) console.log('skipped: no Pushgateway; .ci/kubernetes unpacks one into SEAWORTHY_KUBE_PACKAGES');

test.skipIf(!isThere)('a real Pushgateway takes it, and forgets what is gone', async () => {
  const { port } = await gateway(200);
  server?.close();
  const running = spawn(program, [`--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const address = `http://127.0.0.1:${port}`;
    for await (const line of running.stderr) if (String(line).includes('listening') || String(line).includes('Listening')) break;
    await push(address);
    const metrics = async (): Promise<string> => (await fetch(`${address}/metrics`)).text();
    expect(await metrics()).toMatch(/^seaworthy_findings\{.*namespace="shop".*policy="postgres-client-tls".*\} 1$/m);
    await push(address, {});
    expect(await metrics()).not.toContain('seaworthy_findings{');
    expect(await metrics()).toMatch(/^seaworthy_complete\{.*\} 1$/m);
  } finally {
    running.kill();
    await once(running, 'exit');
  }
});
