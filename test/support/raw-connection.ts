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
  /** Put together only when somebody looks: a long response comes in very many chunks. */
  #chunks: Buffer[] = [];
  #receivedBytes = 0;
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
      this.#chunks.push(chunk);
      this.#receivedBytes += chunk.length;
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

  /** What has come and is not read yet. */
  get #received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** Takes so many bytes of it. */
  #take(bytes: number): Buffer {
    const received = this.#received;
    this.#chunks = [received.subarray(bytes)];
    this.#receivedBytes = received.length - bytes;
    return received.subarray(0, bytes);
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
    const headers = new Map<string, string>();
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase();
      const value = line.slice(line.indexOf(':') + 1).trim();
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
    }
    const status = Number(statusLine.split(' ')[1]);
    const bodyStart = headEnd + 4;
    if (headers.get('transfer-encoding') === 'chunked') {
      // Only as far as it is needed here: the empty body with which Node refuses a request.
      while (this.#receivedBytes < bodyStart + 5) await this.#moreOrEnd();
      this.#take(bodyStart + 5);
      return { status, headers, body: Buffer.alloc(0) };
    }
    const length = toHead || status < 200 ? 0 : Number(headers.get('content-length') ?? 0);
    while (this.#receivedBytes < bodyStart + length) await this.#moreOrEnd();
    return { status, headers, body: this.#take(bodyStart + length).subarray(bodyStart) };
  }

  async #moreOrEnd(): Promise<void> {
    if (this.#ended) {
      const start = JSON.stringify(this.#received.toString('latin1', 0, 200));
      throw new Error(`the server closed; ${this.#receivedBytes} bytes are not read: ${start}`);
    }
    await this.#more();
  }

  /** Resolves when something has come that is not read yet. */
  async arrived(): Promise<void> {
    while (this.#receivedBytes === 0 && !this.#ended) await this.#more();
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
