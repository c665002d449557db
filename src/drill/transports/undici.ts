import { Agent, Client, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.js';
import type {
  Failure,
  Incoming,
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
    this.options = {
      origin: outgoing.origin.key,
      path: outgoing.path,
      method: outgoing.method,
      headers: outgoing.headers as string[],
      body: outgoing.body ?? null,
      // undici would close after a HEAD.
      reset: false,
    };
  }
}

class UndiciTransport implements Transport {
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  readonly #inFlight = new Set<Exchange>();
  #connectionsOpened = 0;

  constructor({ clock, verifyCertificates, http2, unixSocket, env }: TransportOptions) {
    this.#clock = clock;
    const options: Agent.Options = {
      connections: null,
      pipelining: 1,
      allowH2: http2,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Each request has its own clock; this one must only not be shorter.
      connectTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connect: {
        rejectUnauthorized: verifyCertificates,
        ...(unixSocket === undefined ? {} : { socketPath: unixSocket }),
      },
      factory: (origin, poolOptions) => new Pool(origin, { ...(poolOptions as Pool.Options), factory: makeClient }),
    };
    const proxies = proxyVariables(env);
    this.#dispatcher =
      proxies === undefined
        ? new Agent(options)
        : new EnvHttpProxyAgent({ ...options, ...proxies, requestTls: { rejectUnauthorized: verifyCertificates } });
    this.#dispatcher.on('connect', () => {
      this.#connectionsOpened += 1;
    });
  }

  prepare(request: Outgoing): Prepared {
    return new UndiciPrepared(request);
  }

  send(request: Prepared): Promise<Incoming> {
    return new Promise((resolve) => {
      const exchange = new Exchange(request.outgoing, this.#clock, (incoming) => {
        this.#inFlight.delete(exchange);
        resolve(incoming);
      });
      this.#inFlight.add(exchange);
      this.#dispatcher.dispatch((request as UndiciPrepared).options, exchange);
    });
  }

  counters(): TransportCounters {
    return { connectionsOpened: this.#connectionsOpened, retries: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const exchange of this.#inFlight) exchange.abort('aborted', 'ended before the response was complete');
    await this.#dispatcher.destroy();
  }
}

function makeClient(origin: string | URL, options: object): Dispatcher {
  return new Client(origin, options);
}

/** The proxies that the environment names; an empty name asks for none. */
function proxyVariables(env: TransportOptions['env']): EnvHttpProxyAgent.Options | undefined {
  const variable = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const all = variable('ALL_PROXY');
  const httpProxy = variable('HTTP_PROXY') ?? all;
  const httpsProxy = variable('HTTPS_PROXY') ?? all;
  if ((httpProxy ?? '') === '' && (httpsProxy ?? '') === '') return undefined;
  return { httpProxy: httpProxy ?? '', httpsProxy: httpsProxy ?? '', noProxy: variable('NO_PROXY') ?? '' };
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
    this.#timer = setTimeout(() => this.abort('timeout', 'no response in time'), request.timeoutMs);
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
    if (this.#request.keepBody) this.#chunks.push(chunk);
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
    const { errorClass, message } = classify(error, this.#status !== 0);
    this.#fail(errorClass, message);
  }

  abort(errorClass: Failure['class'], message: string): void {
    this.#fail(errorClass, message);
    this.#controller?.abort(new Error(message));
  }

  #fail(errorClass: Failure['class'], message: string): void {
    const doneAt = this.#clock.now();
    this.#finish({ kind: 'failure', class: errorClass, message, doneAt, bodyBytes: this.#bodyBytes });
  }

  #finish(incoming: Incoming): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#settle(incoming);
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

const tlsCode = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO)/;
const connectMessages: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found for now',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connecting timed out',
  EMFILE: 'too many open files (EMFILE): raise ulimit -n',
  EADDRNOTAVAIL: 'no local port left (EADDRNOTAVAIL)',
  UND_ERR_CONNECT_TIMEOUT: 'connecting timed out',
};

function classify(error: Error, answered: boolean): { errorClass: Failure['class']; message: string } {
  const inner = error instanceof AggregateError ? ((error.errors[0] as Error | undefined) ?? error) : error;
  const { code = '', message } = inner as NodeJS.ErrnoException;
  if (Object.hasOwn(connectMessages, code)) return { errorClass: 'connect', message: connectMessages[code] as string };
  if (tlsCode.test(code)) return { errorClass: 'tls', message: `${code}: ${message}` };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET')
    return {
      errorClass: 'reset',
      message: answered ? 'connection closed in mid-response' : 'connection closed before a response',
    };
  if (code.startsWith('HPE_')) return { errorClass: 'protocol', message: `not HTTP: ${message}` };
  if (code === 'ENOENT' || code === 'ENOTSOCK') return { errorClass: 'connect', message: `no such socket (${code})` };
  return { errorClass: 'protocol', message: code === '' ? message : `${message} (${code})` };
}
