import type { Readable } from 'node:stream';
import type { Socket } from 'node:net';
import { Agent, buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { type Clock, longestTimerMs } from '../../core/clock.js';
import { responseLimits } from '../../net/http/limits.js';
import { isBodyless } from '../../net/http/response.js';
import {
  aborted,
  closedBeforeResponse,
  closedInResponse,
  connectFailure,
  isConnectCode,
  notHttp,
  timedOut,
  type Reason,
} from '../wire/failures.js';
import { indexOfHeader, withoutHeaders } from '../request/headers.js';
import { isProxied, proxiesOf, type Proxies } from '../wire/proxies.js';
import type {
  Incoming,
  Origin,
  Outgoing,
  Prepared,
  ResponseHeaders,
  Transport,
  TransportCounters,
  TransportKind,
  TransportOptions,
} from '../transport.js';

type UndiciHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** How long a kept-alive connection may be idle, as in drill. */
const idleMs = 90_000;

/**
 * HTTP through undici: slower than the transports on raw system calls, but it speaks TLS and HTTP/2, goes
 * through proxies, and runs wherever Node runs.
 */
const undici: TransportKind = {
  id: 'undici',
  summary: 'HTTP/1.1 and HTTP/2, TLS, proxies, every platform',
  unsupported: () => undefined,
  open: (options) => Promise.resolve(new UndiciTransport(options)),
};

export default undici;

class UndiciPrepared implements Prepared {
  readonly outgoing: Outgoing;
  readonly options: Dispatcher.DispatchOptions;

  constructor(outgoing: Outgoing) {
    this.outgoing = outgoing;
    const chunked = indexOfHeader(outgoing.headers, 'transfer-encoding') !== -1;
    const headers = chunked ? withoutHeaders(outgoing.headers, ['transfer-encoding']) : outgoing.headers;
    this.options = {
      origin: outgoing.origin.key,
      path: outgoing.path,
      method: outgoing.method,
      headers: headers as string[],
      body: chunked && outgoing.body !== undefined ? inChunks(outgoing.body) : (outgoing.body ?? null),
      // undici would close after a HEAD.
      reset: false,
    };
  }
}

/** undici sends what it is given in pieces in the chunked coding; a list can be sent again and again. */
function inChunks(body: Uint8Array): Readable {
  // Its types leave out that any iterable will do.
  return [body] as unknown as Readable;
}

class UndiciTransport implements Transport {
  readonly #clock: Clock;
  readonly #proxies: Proxies;
  readonly #agent: Agent;
  /** For the proxy of each scheme, made when first needed. */
  readonly #proxyAgents = new Map<string, ProxyAgent>();
  readonly #options: Agent.Options;
  readonly #verifyCertificates: boolean;
  readonly #inFlight = new Set<Exchange>();
  readonly #sockets = new Sockets();
  #connectionsOpened = 0;

  constructor({ clock, verifyCertificates, http2, unixSocket, maxConnections, env }: TransportOptions) {
    this.#clock = clock;
    this.#proxies = proxiesOf(env);
    this.#verifyCertificates = verifyCertificates;
    this.#options = {
      pipelining: 1,
      ...(maxConnections === undefined ? {} : { connections: maxConnections }),
      allowH2: http2,
      // Each request has a clock of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      maxHeaderSize: responseLimits.maxHeaderBytes,
      connect: this.#sockets.remembering(
        buildConnector({
          timeout: 0,
          allowH2: http2,
          rejectUnauthorized: verifyCertificates,
          ...(unixSocket === undefined ? {} : { socketPath: unixSocket }),
        }),
      ),
    };
    this.#agent = this.#countingConnections(new Agent(this.#options));
  }

  prepare(request: Outgoing): Prepared {
    return new UndiciPrepared(request);
  }

  send(request: Prepared): Promise<Incoming> {
    const { outgoing, options } = request as UndiciPrepared;
    return new Promise((resolve) => {
      const exchange = new Exchange(outgoing, this.#clock, (incoming) => {
        this.#inFlight.delete(exchange);
        resolve(incoming);
      });
      this.#inFlight.add(exchange);
      // A timer is never at once: the answer could be quicker.
      if (outgoing.timeoutMs <= 0) return exchange.abort(timedOut);
      if (!isProxied(outgoing.origin, this.#proxies)) this.#agent.dispatch(options, exchange);
      else this.#proxyAgent(outgoing.origin).dispatch(forProxy(outgoing, options), exchange);
    });
  }

  #proxyAgent({ scheme }: Origin): ProxyAgent {
    const uri = this.#proxies[scheme];
    let agent = this.#proxyAgents.get(uri);
    if (agent === undefined) {
      const requestTls = { rejectUnauthorized: this.#verifyCertificates };
      // Plain requests go to the proxy as they are, only https makes a tunnel of it.
      agent = this.#countingConnections(
        new ProxyAgent({
          ...this.#options,
          uri,
          proxyTunnel: false,
          requestTls,
          clientFactory: (proxy, pool) => tunnelPool(proxy, pool, this.#sockets),
        }),
      );
      this.#proxyAgents.set(uri, agent);
    }
    return agent;
  }

  #countingConnections<T extends Dispatcher>(dispatcher: T): T {
    dispatcher.on('connect', () => {
      this.#connectionsOpened += 1;
    });
    return dispatcher;
  }

  counters(): TransportCounters {
    return { connectionsOpened: this.#connectionsOpened, retries: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const exchange of this.#inFlight) exchange.abort(aborted);
    this.#sockets.destroy();
    await Promise.all([this.#agent, ...this.#proxyAgents.values()].map((agent) => agent.destroy()));
  }
}

/** undici writes into the options of a request that it sends through a proxy, and wants its headers as an object. */
function forProxy({ origin }: Outgoing, options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
  const headers = options.headers as readonly string[];
  return {
    ...options,
    // The proxy reads it: as people write it, without the scheme's own port.
    origin: `${origin.scheme}://${origin.host}`,
    headers: Object.fromEntries(
      headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] as string]] : [])),
    ),
  };
}

/** The proxy closed the connection that it was asked to make a tunnel of. */
class TunnelClosed extends Error {}

/** Connections to a proxy for tunnels. undici takes a closed one for bad luck and would ask the proxy again for ever. */
function tunnelPool(proxy: URL, options: object, sockets: Sockets): Dispatcher {
  const connector = (options as { readonly connect: Connector }).connect;
  const pool = new Pool(proxy, { ...options, connect: sockets.remembering(connector) });
  const connect: (request: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData> = pool.connect.bind(pool);
  pool.connect = async (request: Dispatcher.ConnectOptions) => {
    try {
      return await connect(request);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'UND_ERR_SOCKET' ? new TunnelClosed() : error;
    }
  };
  return pool;
}

type Connector = ReturnType<typeof buildConnector>;

/** Every open socket. undici forgets those that are still being connected, and each keeps the program alive. */
class Sockets {
  readonly #open = new Set<Socket>();

  remembering(connector: Connector): Connector {
    return (options, callback) => {
      // Its types leave out that it returns the socket.
      const socket = connector(options, callback) as unknown as Socket;
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      return socket;
    };
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

/** One request on its way, until exactly one result is known. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: Outgoing;
  readonly #clock: Clock;
  readonly #settle: (incoming: Incoming) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: UndiciHeaders = {};
  #headersAt = 0;
  #bodyBytes = 0;

  constructor(request: Outgoing, clock: Clock, settle: (incoming: Incoming) => void) {
    this.#request = request;
    this.#clock = clock;
    this.#settle = settle;
    this.#timer = setTimeout(() => this.abort(timedOut), Math.min(request.timeoutMs, longestTimerMs));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection longer than it may take at all.
    if (this.#settled) controller.abort(new Error('settled'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: UndiciHeaders): void {
    if (status < 200) return;
    this.#headersAt = this.#clock.now();
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (!this.#request.keepBody) return;
    const { maxBodyBytes } = responseLimits;
    if (this.#bodyBytes > maxBodyBytes) this.abort(notHttp(`body exceeds ${maxBodyBytes} bytes`));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const keepHeaders = this.#request.keepHeaders || (this.#status >= 300 && this.#status < 400);
    this.#finish({
      kind: 'response',
      status: this.#status,
      headersAt: this.#headersAt,
      doneAt: this.#clock.now(),
      bodyBytes: this.#bodyBytes,
      headers: keepHeaders ? new ParsedHeaders(this.#headers) : undefined,
      body: this.#request.keepBody ? Buffer.concat(this.#chunks) : undefined,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // undici takes the Content-Length of a 204 or 304 for that of a body, which they never have (RFC 9112 §6.3).
    const { code } = error as NodeJS.ErrnoException;
    const hasHead = this.#status !== 0;
    if (hasHead && isBodyless(this.#status) && code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') this.onResponseEnd();
    else this.#fail(classify(error, hasHead));
  }

  abort(reason: Reason): void {
    this.#fail(reason);
    this.#controller?.abort(new Error(reason.message));
  }

  #fail(reason: Reason): void {
    const doneAt = this.#clock.now();
    this.#finish({ kind: 'failure', ...reason, doneAt, bodyBytes: this.#bodyBytes });
  }

  #finish(incoming: Incoming): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    // undici frees the connection in a `setImmediate` of its own, which is queued after this function: whoever sends
    // again before that gets another connection, and there would be twice as many as requests at once.
    queueMicrotask(() => setImmediate(this.#settle, incoming));
  }
}

/** Headers as undici parsed them. */
class ParsedHeaders implements ResponseHeaders {
  readonly #headers: UndiciHeaders;

  constructor(headers: UndiciHeaders) {
    this.#headers = headers;
  }

  readonly get = (name: string): string | undefined => this.all(name).at(-1);

  readonly all = (name: string): readonly string[] => {
    const value = this.#headers[name];
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  };

  readonly entries = (): (readonly [string, string])[] =>
    Object.keys(this.#headers).flatMap((name) => this.all(name).map((value) => [name, value] as const));
}

const refusedTunnel = /^Proxy response \((\d+)\) !== 200/;
const tlsCode = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO)/;
const malformedCode = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)/;

function classify(error: Error, answered: boolean): Reason {
  const inner = error instanceof AggregateError ? ((error.errors[0] as Error | undefined) ?? error) : error;
  const { code = '', message, name, reason } = inner as NodeJS.ErrnoException & { readonly reason?: string };
  // OpenSSL's own messages hold addresses and its source lines; its reason is what a person reads.
  if (tlsCode.test(code)) return { class: 'tls', message: `${code}: ${reason ?? message}` };
  if (inner instanceof TunnelClosed)
    return { class: 'connect', message: 'the proxy closed the connection instead of making a tunnel' };
  const refusal = refusedTunnel.exec(message);
  if (refusal !== null) return { class: 'connect', message: `the proxy refused a tunnel (${refusal[1]})` };
  // How undici calls an interim 100 that was not asked for; other transports skip it as RFC 9110 §15.2 says.
  if (code === 'UND_ERR_SOCKET' && message === 'bad response')
    return { class: 'protocol', message: 'undici takes no 100 Continue that was not asked for' };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET')
    return answered ? closedInResponse : closedBeforeResponse;
  // undici checks what it has parsed by assertions.
  if (code === 'ERR_ASSERTION') return notHttp('a status that HTTP does not allow');
  if (malformedCode.test(code) || name === 'HTTPParserError') return notHttp(message);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return connectFailure('ETIMEDOUT');
  if (isConnectCode(code)) return connectFailure(code);
  return { class: 'protocol', message: code === '' ? message : `${message} (${code})` };
}
