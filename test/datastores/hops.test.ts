import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compose, type Subjects } from '../facts/support.ts';
import { Tap } from './hop-wire.ts';
import { ask } from './redis-client.ts';
import { type Certificates, forEachOf, freePorts, makeCertificates, missing, newScratch, startServer } from './scratch.ts';

const absent = missing(
  { path: 'redis-server', install: 'apt-get install redis-server' },
  { path: 'haproxy', install: 'apt-get install haproxy' },
  { path: 'stunnel4', install: 'apt-get install stunnel4' },
  { path: 'openssl', install: 'apt-get install openssl' },
  { path: 'setpriv', install: 'apt-get install util-linux' },
);

/** A proxy's configuration. Ends are filled in: `{bind}` and `{server}` with real ports, or with those of a compose project. */
interface Proxy {
  readonly name: string;
  readonly program: 'haproxy' | 'stunnel';
  readonly text: string;
}

const haproxy = (name: string, bind: string, server: string, more = ''): Proxy => ({
  name: `haproxy: ${name}`,
  program: 'haproxy',
  text: `defaults\n  mode tcp\n  retries 0\n  timeout connect 2s\n  timeout client 2s\n  timeout server 2s\n${more}listen redis\n  bind {bind} ${bind}\n  server first {server} ${server}\n`,
});
const stunnel = (name: string, lines: string): Proxy => ({
  name: `stunnel: ${name}`,
  program: 'stunnel',
  text: `foreground = yes\npid =\nTIMEOUTbusy = 2\n[redis]\naccept = {bind}\nconnect = {server}\n${lines}\n`,
});
const CRT = 'ssl crt {certificates}/both.pem';
const CA = '{certificates}/ca.crt';
const OWN = 'cert = {certificates}/tls.crt\nkey = {certificates}/tls.key';

const PROXIES: readonly Proxy[] = [
  haproxy('bytes', '', ''),
  haproxy('takes TLS off', CRT, ''),
  haproxy('puts TLS on, unchecked', '', 'ssl verify none'),
  haproxy('puts TLS on, issuer checked', '', `ssl verify required ca-file ${CA}`),
  haproxy('puts TLS on, checked by default', '', `ssl ca-file ${CA}`),
  haproxy('puts TLS on, name checked', '', `ssl verify required ca-file ${CA} verifyhost localhost`),
  haproxy('puts TLS on, name asked for', '', `ssl verify required ca-file ${CA} sni str(localhost)`),
  haproxy('both sides', CRT, 'ssl verify none'),
  haproxy('for all its servers', '', '', '  default-server ssl verify none\n'),
  haproxy('taken back by one server', '', 'no-ssl', '  default-server ssl verify none\n'),
  haproxy(
    'unchecked unless said otherwise',
    '',
    'ssl',
    'global\n  ssl-server-verify none\ndefaults\n  mode tcp\n  retries 0\n  timeout connect 2s\n  timeout client 2s\n  timeout server 2s\n',
  ),
  stunnel('takes TLS off', OWN),
  stunnel('puts TLS on, unchecked', 'client = yes'),
  stunnel('puts TLS on, issuer checked', `client = yes\nverifyChain = yes\nCAfile = ${CA}`),
  stunnel('puts TLS on, name checked', `client = yes\nverifyChain = yes\ncheckHost = localhost\nCAfile = ${CA}`),
  stunnel('a name and no chain', 'client = yes\ncheckHost = localhost'),
  stunnel('the old word', `client = yes\nverify = 2\nCAfile = ${CA}`),
  stunnel('names in capitals', `CLIENT = yes\nVERIFYCHAIN = yes\nCAFILE = ${CA}`),
];

/** Redis servers, each with a certificate of its own: one that all trust, one for another name, one that nobody knows. */
const SERVERS = {
  plain: { words: ['--requirepass', 'secret'], certificate: undefined },
  open: { words: [], certificate: undefined },
  TLS: { words: [], certificate: 'good' },
  'TLS, another name': { words: [], certificate: 'other-name' },
  'TLS, unknown issuer': { words: [], certificate: 'other-authority' },
} as const;
type ServerName = keyof typeof SERVERS;
const CLIENTS = ['redis', 'rediss'] as const;

interface Session {
  readonly connects: boolean;
  readonly needsPassword: boolean | undefined;
  readonly lastLeg: 'TLS' | 'plaintext' | undefined;
}

describe.skipIf(absent !== undefined)('real proxies in front of real Redis servers do what the facts say', () => {
  const observed = new Map<string, { real: Session; told: Session }>();
  const children: ChildProcess[] = [];
  const serverPorts = new Map<ServerName, number>();
  let scratch = '';

  beforeAll(async () => {
    scratch = newScratch();
    const good = makeCertificates(join(scratch, 'good'), 'DNS:localhost,IP:127.0.0.1');
    writeFileSync(join(scratch, 'good', 'both.pem'), readFileSync(good.certificate, 'utf8') + readFileSync(good.key, 'utf8'));
    makeCertificates(join(scratch, 'other-authority'), 'DNS:localhost,IP:127.0.0.1');
    sameAuthority(join(scratch, 'good'), join(scratch, 'other-name'));
    const start = (words: readonly string[]): void => void children.push(startServer(words, { cwd: scratch }));
    const ports = await freePorts(Object.keys(SERVERS).length);
    for (const [index, [name, { words, certificate }]] of Object.entries(SERVERS).entries()) {
      const port = ports[index] ?? 0;
      start([
        'redis-server',
        '--save',
        '',
        '--bind',
        '127.0.0.1',
        ...words,
        ...(certificate === undefined ? ['--port', String(port)] : tlsWords(port, join(scratch, certificate))),
      ]);
      serverPorts.set(name as ServerName, port);
      await until(
        async () =>
          (await ask({ address: '127.0.0.1', port, ...(certificate === undefined ? {} : { tls: { certificates: good, sendsCertificate: false } }) }, [['PING']])) !== undefined ||
          certificate === 'other-authority',
      );
    }
    const cases = PROXIES.flatMap((proxy) => (Object.keys(SERVERS) as ServerName[]).map((server) => ({ proxy, server })));
    const proxyPorts = await freePorts(cases.length);
    await forEachOf(cases, 8, async ({ proxy, server }, index) => {
      const port = proxyPorts[index] ?? 0;
      const tap = await Tap.before(serverPorts.get(server) ?? 0);
      const file = join(scratch, `${port}.conf`);
      writeFileSync(file, fill(proxy.text, `127.0.0.1:${port}`, `127.0.0.1:${tap.port}`, join(scratch, 'good')));
      const child = startServer(proxy.program === 'haproxy' ? ['haproxy', '-db', '-f', file] : ['stunnel4', file], { cwd: scratch });
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      try {
        for (const client of CLIENTS) {
          const real = await tryProxy(child, client, port, tap, good);
          observed.set(`${proxy.name}, ${server}, ${client}`, { real, told: tellFrom(client, proxy, server) });
        }
      } finally {
        tap.close();
        child.kill('SIGKILL');
        await ended;
      }
    });
  }, 600_000);

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  });

  test.each(PROXIES.map(({ name }) => name))('%s', (name) => {
    const found = [...observed].filter(([key]) => key.startsWith(`${name}, `));
    expect(found).toHaveLength(Object.keys(SERVERS).length * CLIENTS.length);
    for (const [key, { real, told }] of found) expect([key, told]).toEqual([key, real]);
  });

  test('they differ', () => {
    const all = [...observed.values()].map(({ real }) => real);
    expect(all.filter(({ connects }) => connects).length).toBeGreaterThan(35);
    expect(all.filter(({ connects }) => !connects).length).toBeGreaterThan(40);
    for (const leg of ['TLS', 'plaintext']) expect(all.filter(({ lastLeg }) => lastLeg === leg).length).toBeGreaterThan(6);
    expect(all.filter(({ needsPassword }) => needsPassword === true).length).toBeGreaterThan(2);
  });
});

function fill(text: string, bind: string, server: string, certificates: string): string {
  return text.replaceAll('{bind}', bind).replaceAll('{server}', server).replaceAll('{certificates}', certificates);
}

function tlsWords(port: number, folder: string): string[] {
  return [
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--tls-auth-clients',
    'no',
    '--tls-cert-file',
    `${folder}/tls.crt`,
    '--tls-key-file',
    `${folder}/tls.key`,
    '--tls-ca-cert-file',
    `${folder}/ca.crt`,
  ];
}

/** A certificate of the same authority for a name that nobody asks for. */
function sameAuthority(from: string, to: string): void {
  makeCertificates(to, 'DNS:elsewhere.example', from);
}

async function until(isReady: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isReady()) return;
    await new Promise((resolve) => setTimeout(resolve, 20 + tries));
  }
}

/** The proxy is up as soon as its port takes a connection; what is behind answers, or the session is cut. */
async function tryProxy(child: ChildProcess, client: (typeof CLIENTS)[number], port: number, tap: Tap, certificates: Certificates): Promise<Session> {
  const target = { address: '127.0.0.1', port, ...(client === 'rediss' ? { tls: { certificates, sendsCertificate: false } } : {}) };
  await until(async () => child.exitCode !== null || (await isListening(port)));
  tap.take();
  const answers = await ask(target, [['GET', 'nothing']], 4000);
  const lastLeg = tap.take();
  return answers === undefined ? { connects: false, needsPassword: undefined, lastLeg: undefined } : { connects: true, needsPassword: answers[0] !== '(nil)', lastLeg };
}

async function isListening(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** The same, told from the facts of a compose project with this proxy and this server. */
function tellFrom(client: (typeof CLIENTS)[number], proxy: Proxy, server: ServerName): Session {
  const { words, certificate } = SERVERS[server];
  const args = [...words, ...(certificate === undefined ? [] : tlsWords(6379, '/c'))];
  const path = proxy.program === 'haproxy' ? '/usr/local/etc/haproxy/haproxy.cfg' : '/etc/stunnel/stunnel.conf';
  const name = path.slice(path.lastIndexOf('/') + 1);
  const subjects = compose({
    'compose.yaml': `services:
  client: {image: c, environment: {REDIS_URL: "${client}://proxy:6379"}}
  proxy: {image: ${proxy.program}, volumes: ["./${name}:${path}"]}
  redis: {image: "redis:7.0.15", command: ${JSON.stringify(['redis-server', ...args])}}
`,
    [name]: fill(proxy.text, proxy.program === 'haproxy' ? '*:6379' : '6379', 'redis:6379', '/c'),
  });
  const own = subjects.of('connection').some((subject) => subject.identity().name === 'proxy') ? factsOf(subjects, 'proxy') : undefined;
  const facts = factsOf(subjects, 'client');
  // What a certificate is worth is told by who checks it: here the tests know which one is not good.
  const isRefused = (certificate === 'other-name' && own?.['verifiesHost'] === true) || (certificate === 'other-authority' && own?.['verifiesCertificate'] === true);
  // Our own client checks the issuer, too.
  const isDistrusted = own === undefined && client === 'rediss' && certificate === 'other-authority';
  const connects = !isDistrusted && facts['willNotConnect'] === false && own?.['willNotConnect'] !== true && !isRefused;
  if (!connects) return { connects, needsPassword: undefined, lastLeg: undefined };
  const isTls = own === undefined ? facts['demandsTls'] : own['demandsTls'];
  return { connects, needsPassword: facts['needsNoPassword'] === false, lastLeg: isTls === true ? 'TLS' : 'plaintext' };
}

function factsOf(subjects: Subjects, name: string): Record<string, unknown> {
  return subjects.facts('connection', ['willNotConnect', 'demandsTls', 'needsNoPassword', 'verifiesCertificate', 'verifiesHost'], name);
}
