import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { encodeResponse, type HttpResponse } from '../../net/http/encode.js';
import { HttpHeaders } from '../../net/http/headers.js';
import { type HttpRequest, pathOf, queryOf } from '../../net/http/request.js';
import { finish, handle } from '../respond.js';
import type { Service } from '../service.js';
import type { ServerStats } from '../stats.js';
import { LoopJobs } from './loop-jobs.js';
import { createLoopServer } from './loop-server.js';
import { acceptWaiting, fullTurn } from './loop-turn.js';
import type { NodeServer } from './node-server.js';

const noBody = new Uint8Array(0);
const plain = { 'Content-Type': 'text/plain; charset=utf-8' };

/** How long a refused client may take to read why. */
const lingerMs = 1000;

/** How often Node looks for requests that take too long to arrive. */
const checkMs = 250;

/** How often `node:http` rehearses: it is a lot of code (150 clients at once wait 1017 ms for a sleep of 1000, not 1026). */
export const nodeHttpRehearsals = 12;

type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

/** A connection as we keep it in mind: Node tells neither of these. */
interface Standing {
  /** What the application does for it. */
  readonly jobs: LoopJobs;
  /** Requests being answered. */
  inFlight: number;
  /** Heads and bodies that have arrived whole. */
  arrived: number;
  /** Bytes read when the last request was complete: more mean that the next one has begun. */
  readAtRest: number;
  /** Bytes in and out that are counted already. */
  counted: { received: number; sent: number };
}

/**
 * Node's own parser and encoder, our application: what is compared is everything below the handler.
 * `node:http` does not speak frames: there it is the bare sockets of `event-loop`, in the same process.
 * @param totals the counters of the whole server, where this one is a part of it
 */
export function createNodeHttpServer(given: Service, totals?: () => Promise<ServerStats>): NodeServer {
  if (given.protocol.id !== 'http') return createLoopServer(given, totals);
  const { limits, row, counters } = given;
  const standings = new Map<Socket, Standing>();
  const count = (socket: Socket, { counted }: Standing): void => {
    row.received(socket.bytesRead - counted.received);
    row.sent(socket.bytesWritten - counted.sent);
    counted.received = socket.bytesRead;
    counted.sent = socket.bytesWritten;
  };
  const stats = (): ServerStats => {
    for (const [socket, standing] of standings) count(socket, standing);
    return given.ownStats();
  };
  const service: Service = { ...given, stats: totals ?? stats };
  const server = createServer(
    {
      noDelay: true,
      keepAliveTimeout: limits.idleTimeout,
      headersTimeout: limits.headerTimeout,
      requestTimeout: limits.headerTimeout + limits.bodyTimeout,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // Ours to refuse, so that it is counted.
      requireHostHeader: false,
    },
    (request, response) => void answer(request, response),
  );

  // Bounded by their bytes, not by their number: those beyond it would vanish without a word.
  server.maxHeadersCount = 0;
  // A client that sends no more may read still. (Known to Node's documentation only by a comment in its source.)
  Object.assign(server, { httpAllowHalfOpen: true });
  // Whether to go on is ours to say: not before we know that the body may be that long.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isTooLong(request, limits.maxBodyBytes)) response.writeContinue();
    void answer(request, response);
  });

  let accepted = 0;
  server.on('connection', (socket) => {
    accepted += 1;
    // The grace time may end while some wait still to be accepted.
    if (given.phase.current === 'aborting') {
      socket.destroy();
      return;
    }
    const standing: Standing = {
      jobs: new LoopJobs(service),
      inFlight: 0,
      arrived: 0,
      readAtRest: 0,
      counted: { received: 0, sent: 0 },
    };
    standings.set(socket, standing);
    socket.once('close', () => {
      standings.delete(socket);
      standing.jobs.end();
      count(socket, standing);
      counters.connectionClosed();
    });
    if (counters.connectionOpened() > limits.maxConnections) {
      row.rejected();
      refuse(socket, 503, 'too many connections\n');
      return;
    }
    row.connection();
  });
  // Node's own time limits begin with the first byte of a request; before that, this one is ours.
  server.setTimeout(limits.idleTimeout, (socket) => {
    const standing = standings.get(socket);
    // Timers come before sockets in Node's loop: what has arrived while this thread computed is read first.
    setImmediate(() => {
      if (standing === undefined || (standing.inFlight === 0 && socket.bytesRead === standing.readAtRest))
        socket.destroy();
    });
  });
  server.on('clientError', (error: ClientError, stream) => {
    const socket = stream as Socket;
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
      reject(error, socket);
      return;
    }
    const arrived = standings.get(socket)?.arrived;
    setImmediate(() => {
      const standing = standings.get(socket);
      // Node's limit for heads holds for connections on which none has begun, too; for those we have one of our own.
      if (standing?.arrived === arrived && standing?.readAtRest !== socket.bytesRead) reject(error, socket);
    });
  });

  function reject(error: ClientError, socket: Socket): void {
    // Who hangs up in mid-request is not refused.
    if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || !socket.writable) {
      socket.destroy();
      return;
    }
    row.rejected();
    refuse(socket, statusOf(error), `${error.message}\n`);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const standing = standings.get(socket);
    if (standing === undefined) return;
    standing.inFlight += 1;
    standing.arrived += 1;
    try {
      if (request.httpVersionMajor !== 1) {
        row.rejected();
        refuse(socket, 505, 'only HTTP/1.0 and HTTP/1.1 are spoken here\n');
        return;
      }
      const hosts = countHosts(request);
      if (hosts > 1 || (hosts === 0 && request.httpVersionMinor === 1)) {
        row.rejected();
        refuse(socket, 400, `a request needs one Host header, found ${hosts}\n`);
        return;
      }
      const body = await readBody(request, limits.maxBodyBytes);
      if (body === undefined) {
        row.rejected();
        refuse(socket, 413, `body exceeds ${limits.maxBodyBytes} bytes\n`);
        return;
      }
      standing.arrived += 1;
      row.request();
      const answered = await respond(service, new NodeRequest(request, response.shouldKeepAlive, body), standing.jobs);
      if (answered !== undefined) write(response, answered, service.phase.ending);
    } catch {
      // The client has hung up in mid-request.
      socket.destroy();
    } finally {
      standing.inFlight -= 1;
      standing.readAtRest = socket.bytesRead;
    }
  }

  return {
    server,
    stats,
    drain: async () => {
      await acceptWaiting(() => accepted, limits.backlog);
      // Closing ends whoever has not sent a request yet: read what has arrived first.
      await fullTurn();
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const [socket, { inFlight }] of standings) if (inFlight === 0) socket.destroySoon();
      await closed;
    },
    abort: () => {
      for (const socket of standings.keys()) socket.destroy();
    },
  };
}

function countHosts({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (/^host$/i.test(rawHeaders[i] as string)) hosts += 1;
  return hosts;
}

function isTooLong(request: IncomingMessage, maxBytes: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > maxBytes;
}

/** The whole body, or `undefined` when it is too long. Rejects when the client hangs up. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> | Uint8Array {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined)
    return noBody;
  if (isTooLong(request, maxBytes)) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) resolve(undefined);
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('closed')));
  });
}

/** A request of Node's as our applications see it. */
class NodeRequest implements HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly httpMinor: 0 | 1;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
  readonly #rawHeaders: readonly string[];
  #headers: HttpHeaders | undefined;

  constructor(request: IncomingMessage, keepAlive: boolean, body: Uint8Array) {
    this.method = request.method ?? 'GET';
    this.target = request.url ?? '/';
    this.path = pathOf(this.target);
    this.query = queryOf(this.target);
    this.httpMinor = request.httpVersionMinor === 0 ? 0 : 1;
    this.keepAlive = keepAlive;
    this.body = body;
    this.#rawHeaders = request.rawHeaders;
  }

  // Most routes never look at them.
  get headers(): HttpHeaders {
    return (this.#headers ??= new HttpHeaders(textOf(this.#rawHeaders), 0));
  }
}

/** Names and values in turn, as they stand in a request. */
function textOf(rawHeaders: readonly string[]): string {
  let text = '';
  for (const [i, part] of rawHeaders.entries()) text += i % 2 === 0 ? `${part}: ` : `${part}\r\n`;
  return `${text}\r\n`;
}

/** The application's answer; `undefined` when the client has left meanwhile. */
async function respond(service: Service, request: HttpRequest, jobs: LoopJobs): Promise<HttpResponse | undefined> {
  const answer = handle(service, request);
  return 'next' in answer ? jobs.run(finish(service, request, answer)) : answer;
}

function write(response: ServerResponse, { status, headers, body }: HttpResponse, close: boolean): void {
  if (close) response.setHeader('Connection', 'close');
  const bodyless = status === 204 || status === 304;
  const length = bodyless ? {} : { 'Content-Length': body === undefined ? 0 : Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(bodyless ? undefined : body);
}

/** Answers on the bare socket, where Node has no request to answer; then lets the client read it. */
function refuse(socket: Socket, status: number, text: string): void {
  const bytes = encodeResponse({ status, headers: plain, body: text }, { keepAlive: false, head: false, httpMinor: 1 });
  socket.end(bytes);
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** The status for what Node's parser says is wrong. */
function statusOf({ code, rawPacket }: ClientError): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  // Node's parser knows a fixed list of methods; to any other in a proper request line the answer is 501.
  const head = rawPacket?.toString('latin1') ?? '';
  const isProper = /^[!#$%&'*+.^`|~\w-]+ \S+ HTTP\/1\.[01]\r\n/.test(head);
  return code === 'HPE_INVALID_METHOD' && isProper ? 501 : 400;
}
