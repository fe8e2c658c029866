import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Certificates, clientContext } from './scratch.ts';

export interface RedisTarget {
  readonly address: string;
  readonly port: number;
  readonly tls?: { readonly certificates: Certificates; readonly sendsCertificate: boolean };
}

/** What a server answers to commands that are sent at once; undefined where no connection came about, or it was cut. */
export async function ask(target: RedisTarget, commands: readonly (readonly string[])[], patience = 10_000): Promise<string[] | undefined> {
  const socket = open(target);
  return await new Promise((resolve) => {
    let received = '';
    const end = (answers: string[] | undefined): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(patience, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      const answers = split(received);
      // Protected mode answers once, unasked, and hangs up.
      if (answers.length >= commands.length || answers[0]?.startsWith('-DENIED') === true) end(answers);
    });
    socket.write(commands.map(encode).join(''));
  });
}

function open({ address, port, tls }: RedisTarget): Socket {
  if (tls === undefined) return connectPlain({ host: address, port });
  return connectTls({
    host: address,
    port,
    secureContext: clientContext(tls.certificates, tls.sendsCertificate),
    checkServerIdentity: () => undefined,
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** Complete answers only; each as the text that a person would read. */
function split(text: string): string[] {
  const answers: string[] = [];
  let rest = text;
  for (;;) {
    const read = readAnswer(rest);
    if (read === undefined) return answers;
    answers.push(read.answer);
    rest = read.rest;
  }
}

function readAnswer(text: string): { answer: string; rest: string } | undefined {
  const end = text.indexOf('\r\n');
  if (end === -1) return undefined;
  const line = text.slice(0, end);
  const rest = text.slice(end + 2);
  const size = Number(line.slice(1));
  if (line.startsWith('$')) {
    if (size < 0) return { answer: '(nil)', rest };
    return rest.length < size + 2 ? undefined : { answer: rest.slice(0, size), rest: rest.slice(size + 2) };
  }
  if (!line.startsWith('*')) return { answer: line, rest };
  const items: string[] = [];
  let from = rest;
  for (let index = 0; index < size; index++) {
    const item = readAnswer(from);
    if (item === undefined) return undefined;
    items.push(item.answer);
    from = item.rest;
  }
  return { answer: items.join(' '), rest: from };
}
