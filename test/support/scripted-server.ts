import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** What a server does with a request: `head` is its request line and headers, the body may still be on its way. */
export type Script = (socket: Socket, head: string, requestNumber: number) => void | Promise<void>;

/** A server that answers exactly the bytes it is told to, however wrong they are. */
export class ScriptedServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections accepted so far. */
  connections = 0;

  static async start(script: Script, where: { host: string } | { path: string } = { host: '127.0.0.1' }) {
    const server = new ScriptedServer(script);
    server.#server.listen('path' in where ? where : { port: 0, ...where });
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(script: Script) {
    let requests = 0;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // Clients may vanish at any time.
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
      let received = '';
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
        for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
          const head = received.slice(0, end);
          const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
          if (received.length < end + 4 + length && !head.includes('x-early')) return;
          received = received.slice(end + 4 + length);
          void script(socket, head, requests);
          requests += 1;
        }
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when every client has gone. */
  async abandoned(): Promise<void> {
    while (this.#sockets.size > 0) await Promise.all([...this.#sockets].map((socket) => once(socket, 'close')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Writes a text so that the reader gets it in many pieces. */
export async function trickle(socket: Socket, text: string, size = 1): Promise<void> {
  for (let at = 0; at < text.length; at += size) {
    socket.write(text.slice(at, at + size), 'latin1');
    await setImmediate();
  }
}
