import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A response as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * A client connection of which tests control every byte. Reads responses by Content-Length on its own, so that
 * servers are not examined with the code that they are made of.
 */
export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  static async open(port: number, host = '127.0.0.1'): Promise<RawConnection> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error'])
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
  }

  /** Writes and waits until the kernel has taken it. */
  async send(data: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.write(data, () => resolve());
    });
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /**
   * The next response. Rejects when the server closes before its end.
   * @param toHead it answers a HEAD request, so it has no body
   */
  async response(toHead = false): Promise<RawResponse> {
    let headEnd: number;
    while ((headEnd = this.#received.indexOf('\r\n\r\n')) === -1) await this.#moreOrEnd();
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, headEnd).split('\r\n');
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const status = Number(statusLine.split(' ')[1]);
    const bodyStart = headEnd + 4;
    if (headers.get('transfer-encoding') === 'chunked') {
      // Only as far as it is needed here: the empty body with which Node refuses a request.
      while (this.#received.length < bodyStart + 5) await this.#moreOrEnd();
      this.#received = this.#received.subarray(bodyStart + 5);
      return { status, headers, body: Buffer.alloc(0) };
    }
    const length = toHead || status < 200 ? 0 : Number(headers.get('content-length') ?? 0);
    while (this.#received.length < bodyStart + length) await this.#moreOrEnd();
    const body = this.#received.subarray(bodyStart, bodyStart + length);
    this.#received = this.#received.subarray(bodyStart + length);
    return { status, headers, body };
  }

  async #moreOrEnd(): Promise<void> {
    if (this.#ended)
      throw new Error(`the server closed; received so far: ${JSON.stringify(this.#received.toString())}`);
    await this.#more();
  }

  /** Resolves when something has come that is not read yet. */
  async arrived(): Promise<void> {
    while (this.#received.length === 0 && !this.#ended) await this.#more();
  }

  /** Resolves to the bytes that came beyond the responses read, when the server has closed. */
  async end(): Promise<Buffer> {
    while (!this.#ended) await this.#more();
    return this.#received;
  }

  /** Hangs up with a reset instead of a good-bye. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A minimal request. */
export function get(path: string, ...headers: string[]): string {
  return ['GET ' + path + ' HTTP/1.1', 'Host: test', ...headers, '', ''].join('\r\n');
}

/** One request on a connection of its own. */
export async function fetchOnce(port: number, path: string): Promise<RawResponse> {
  using connection = await RawConnection.open(port);
  await connection.send(get(path, 'Connection: close'));
  return await connection.response();
}
