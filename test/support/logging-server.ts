import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One request as a server on the loopback saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names; the last of repeated ones. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Which of the server's connections it came over, from 0. */
  readonly connection: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Never answers. */
  readonly stall?: true;
  /** Resets the connection instead of answering. */
  readonly reset?: true;
  /** Sends exactly these bytes and closes. */
  readonly raw?: string;
}

type Respond = (request: SeenRequest) => Answer | Promise<Answer>;

/** A server that does as it is told and remembers what it saw. */
export class LoggingServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** What each next request is answered with; 200 and nothing by default. */
  respond: Respond;
  /** Requests being answered now, and at most so far. */
  inFlight = 0;
  peakInFlight = 0;
  connections = 0;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #numbers = new WeakMap<Socket, number>();

  private constructor(respond: Respond, tls?: { readonly key: string; readonly cert: string }) {
    this.respond = respond;
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response);
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#numbers.set(socket, this.connections);
      this.connections += 1;
    });
  }

  static async start(
    respond: Respond = () => ({}),
    tls?: { readonly key: string; readonly cert: string },
  ): Promise<LoggingServer> {
    const server = new LoggingServer(respond, tls);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** `GET /a`, `POST /b`, … in order of arrival. */
  get lines(): readonly string[] {
    return this.requests.map(({ method, url }) => `${method} ${url}`);
  }

  get urls(): readonly string[] {
    return this.requests.map(({ url }) => url);
  }

  forget(): void {
    this.requests.length = 0;
    this.peakInFlight = 0;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.inFlight);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { rawHeaders } = request;
    const headers: Record<string, string> = {};
    for (let at = 0; at < rawHeaders.length; at += 2)
      headers[(rawHeaders[at] as string).toLowerCase()] = rawHeaders[at + 1] as string;
    const seen: SeenRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers,
      body: Buffer.concat(chunks),
      connection: this.#numbers.get(request.socket) ?? -1,
    };
    this.requests.push(seen);
    const { status = 200, headers: answerHeaders = {}, body = '', stall, reset, raw } = await this.respond(seen);
    this.inFlight -= 1;
    if (stall === true) return;
    if (reset === true) request.socket.resetAndDestroy();
    else if (raw !== undefined) request.socket.end(raw);
    else response.writeHead(status, answerHeaders).end(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
