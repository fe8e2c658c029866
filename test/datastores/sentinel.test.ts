import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownText } from '../../src/facts/connections/text.ts';
import { effectiveSentinel } from '../../src/facts/servers/sentinel.ts';
import { ask } from './redis-client.ts';
import { type Certificates, forEachOf, freePorts, makeCertificates, missing, newScratch, startServer } from './scratch.ts';

const absent = missing(
  { path: 'redis-server', install: 'apt-get install redis-server' },
  { path: 'openssl', install: 'apt-get install openssl' },
  { path: 'setpriv', install: 'apt-get install util-linux' },
);

const MONITOR = 'sentinel monitor main 127.0.0.1 6500 1\n';
const TLS = 'tls-port {tls}\ntls-auth-clients no\ntls-cert-file {certificates}/tls.crt\ntls-key-file {certificates}/tls.key\ntls-ca-cert-file {certificates}/ca.crt\n';
const CASES: Readonly<Record<string, { conf: string; words?: readonly string[] }>> = {
  plain: { conf: `port {port}\n${MONITOR}` },
  'the last of two masters of different names': { conf: `port {port}\n${MONITOR}sentinel monitor other 127.0.0.1 6501 1\n` },
  'names in quotes': { conf: 'port {port}\nsentinel monitor "main" "127.0.0.1" 6500 1\n' },
  'words in capitals': { conf: 'PORT {port}\nSENTINEL MONITOR main 127.0.0.1 6500 1\n' },
  'a host name': { conf: 'port {port}\nsentinel resolve-hostnames yes\nsentinel monitor main localhost 6500 1\n' },
  'nothing watched': { conf: 'port {port}\n' },
  'a password': { conf: `port {port}\nrequirepass secret\n${MONITOR}` },
  'the password of the master is not its own': { conf: `port {port}\n${MONITOR}sentinel auth-pass main secret\n` },
  'TLS beside plaintext': { conf: `port {port}\n${TLS}${MONITOR}` },
  'TLS alone': { conf: `port 0\n${TLS}${MONITOR}` },
  'TLS alone, by arguments': {
    conf: MONITOR,
    words: [
      '--port',
      '0',
      '--tls-port',
      '{tls}',
      '--tls-auth-clients',
      'no',
      '--tls-cert-file',
      '{certificates}/tls.crt',
      '--tls-key-file',
      '{certificates}/tls.key',
      '--tls-ca-cert-file',
      '{certificates}/ca.crt',
    ],
  },
  'a comment': { conf: `port {port}\n# ${MONITOR}` },
};

interface Answer {
  readonly plaintext: string | undefined;
  readonly tls: string | undefined;
}

describe.skipIf(absent !== undefined)('a real sentinel answers as the facts say', () => {
  const observed = new Map<string, { real: Answer; told: Answer }>();
  let scratch = '';

  beforeAll(async () => {
    scratch = newScratch();
    const certificates = makeCertificates(join(scratch, 'certificates'), 'DNS:localhost,IP:127.0.0.1');
    const ports = await freePorts(Object.keys(CASES).length * 2);
    await forEachOf(Object.entries(CASES), 3, async ([name, each], index) => {
      observed.set(name, await observe(each, join(scratch, String(index)), certificates, scratch, ports[index * 2] ?? 0, ports[index * 2 + 1] ?? 0));
    });
  }, 300_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test.each(Object.keys(CASES))('%s', (name) => {
    const { real, told } = observed.get(name) as { real: Answer; told: Answer };
    expect(told).toEqual(real);
  });

  test('they differ', () => {
    const all = [...observed.values()].flatMap(({ real }) => [real.plaintext, real.tls]);
    expect(new Set(all).size).toBeGreaterThanOrEqual(5);
  });
});

async function observe(
  each: { conf: string; words?: readonly string[] },
  folder: string,
  certificates: Certificates,
  scratch: string,
  port: number,
  tls: number,
): Promise<{ real: Answer; told: Answer }> {
  mkdirSync(folder);
  const fill = (text: string): string => text.replaceAll('{port}', String(port)).replaceAll('{tls}', String(tls)).replaceAll('{certificates}', join(scratch, 'certificates'));
  const path = join(folder, 'sentinel.conf');
  const text = fill(each.conf);
  writeFileSync(path, text);
  const words = ['redis-server', path, '--sentinel', ...(each.words ?? []).map(fill)];
  const child = startServer(words, { cwd: folder });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const targets = { plaintext: { address: '127.0.0.1', port }, tls: { address: '127.0.0.1', port: tls, tls: { certificates, sendsCertificate: false } } };
  try {
    for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
      if ((await ask(targets.plaintext, [['PING']])) !== undefined || (await ask(targets.tls, [['PING']])) !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 20 + tries));
    }
    const question = ['main', 'other'].map((name) => ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
    const tell = (answers: string[] | undefined): string | undefined =>
      answers === undefined ? undefined : answers[0]?.startsWith('-NOAUTH') === true ? 'needs a password' : answers.map(plain).join(', ');
    const real = { plaintext: tell(await ask(targets.plaintext, question)), tls: tell(await ask(targets.tls, question)) };
    return { real, told: tellFrom(words, path, text, folder, port, tls) };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** It answers with an address where it watches a name; no list at all is nothing. */
function plain(answer: string): string {
  return answer === '*-1' || answer === '(nil)' || answer === '' ? 'nothing' : answer.replace(/^::1 /, '127.0.0.1 ');
}

function tellFrom(words: readonly string[], path: string, text: string, folder: string, port: number, tls: number): Answer {
  const { server, monitors } = effectiveSentinel({
    family: 'packaged-redis',
    version: '7.0.15',
    command: words.map(knownText),
    arguments: null,
    environment: new Map(),
    isEnvironmentComplete: true,
    files: [{ path, text }],
    unseenPaths: [],
    wholeFolders: [folder],
  });
  const of = (name: string): string => {
    const found = monitors.value?.find((monitor) => monitor.name === name);
    // A name is looked up, and its address told.
    return found === undefined ? 'nothing' : `${found.host === 'localhost' ? '127.0.0.1' : found.host} ${found.port}`;
  };
  const answer = server.requiresPassword.value === true ? 'needs a password' : `${of('main')}, ${of('other')}`;
  return { plaintext: server.plaintextPort.value === port ? answer : undefined, tls: server.tlsPort.value === tls ? answer : undefined };
}
