import { connect, createServer, type Server } from 'node:net';

/** A tap on the wire in front of a server: it says of every session whether it began with TLS. */
export class Tap {
  readonly port: number;
  readonly #server: Server;
  #last: 'TLS' | 'plaintext' | undefined;

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
  }

  static async before(target: number): Promise<Tap> {
    const seen: { tap?: Tap } = {};
    const server = createServer((incoming) => {
      const outgoing = connect(target, '127.0.0.1');
      let isFirst = true;
      incoming.on('data', (data) => {
        // A handshake is a record of type 22. PostgreSQL asks for TLS in plain text first, with a message of eight bytes.
        if (isFirst && data.length !== 8 && seen.tap !== undefined) seen.tap.#last = data[0] === 22 ? 'TLS' : 'plaintext';
        if (data.length !== 8) isFirst = false;
        outgoing.write(data);
      });
      outgoing.on('data', (data) => incoming.write(data));
      for (const [own, other] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        own.on('error', () => other.destroy());
        own.on('close', () => other.destroy());
      }
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    seen.tap = new Tap(port, server);
    return seen.tap;
  }

  /** How the last session began, once. */
  take(): 'TLS' | 'plaintext' | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  close(): void {
    this.#server.close();
  }
}
