import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Certificates, clientContext } from './scratch.ts';

export interface Login {
  /** The folder of the socket, or an address. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly isReplication: boolean;
  readonly tls?: { readonly certificates: Certificates; readonly sendsCertificate: boolean };
}

/** What a server says to a client that has not shown any proof yet. */
export type Greeting =
  /** In, without any proof; or it asks for one, by the method that it names. */
  'trusted' | 'password' | 'md5' | 'scram-sha-256' | 'refused' | 'no TLS' | 'unreachable' | `other: ${string}`;

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Knocks as a client does, and hears how it is to be let in: nothing is proved, so that no password is needed. */
export async function knock(login: Login): Promise<Greeting> {
  const target = login.host.startsWith('/') ? { path: `${login.host}/.s.PGSQL.${login.port}` } : { host: login.host, port: login.port };
  const plain = connectPlain(target);
  return await new Promise((resolve) => {
    let socket: Socket = plain;
    const end = (greeting: Greeting): void => {
      socket.destroy();
      plain.destroy();
      resolve(greeting);
    };
    plain.setTimeout(10_000, () => end('unreachable'));
    plain.on('error', () => end('unreachable'));
    const listen = (): void => {
      let received = Buffer.alloc(0);
      socket.on('data', (data: Buffer) => {
        received = Buffer.concat([received, data]);
        if (received.length >= 5 && received.length > received.readInt32BE(1)) end(readGreeting(received));
      });
      socket.on('close', () => end('refused'));
      socket.write(startup(login));
    };
    plain.once('connect', () => {
      if (login.tls === undefined) {
        listen();
        return;
      }
      plain.write(SSL_REQUEST);
      plain.once('data', (answer: Buffer) => {
        if (answer.toString('latin1') !== 'S') {
          end('no TLS');
          return;
        }
        const { certificates, sendsCertificate } = login.tls as NonNullable<Login['tls']>;
        const secure = connectTls({
          socket: plain,
          secureContext: clientContext(certificates, sendsCertificate),
          checkServerIdentity: () => undefined,
        });
        secure.on('error', () => end('refused'));
        socket = secure;
        secure.once('secureConnect', listen);
      });
    });
  });
}

function startup({ user, database, isReplication }: Login): Buffer {
  const pairs = ['user', user, ...(isReplication ? ['replication', 'true'] : ['database', database])];
  const text = Buffer.from(`${pairs.join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(text.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, text]);
}

const METHODS: Readonly<Record<number, Greeting>> = { 0: 'trusted', 3: 'password', 5: 'md5', 10: 'scram-sha-256' };

function readGreeting(message: Buffer): Greeting {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === 'R') return METHODS[message.readInt32BE(5)] ?? `other: authentication ${message.readInt32BE(5)}`;
  const code = /C([0-9A-Z]{5})\0/.exec(message.toString('latin1', 5))?.[1];
  return code === '28000' ? 'refused' : `other: ${type} ${code}`;
}
