import { UserError } from '../core/errors.js';
import {
  transports,
  type Incoming,
  type Outgoing,
  type Prepared,
  type Transport,
  type TransportCounters,
  type TransportOptions,
} from './transport.js';
import { isProxied, proxiesOf, type Proxies } from './wire/proxies.js';

/** An open transport, and what a report calls it. */
export interface ChosenTransport {
  readonly transport: Transport;
  /** Id of the transport that was used; of both, where a plan needed two. */
  readonly name: () => string;
}

/** The transports for plain HTTP on system calls, the better one first: an order that no folder has. */
const fastIds = ['uring', 'epoll'] as const;

/**
 * Opens a transport.
 * @param id of a transport, or `auto`: the fastest that this machine can use, and undici for whatever that one does
 *   not speak (TLS, HTTP/2, proxies)
 * @param tls whether most of what will be sent is https
 * @throws {UserError} when there is no such transport, or it cannot be used here
 */
export async function openTransport(id: string, tls: boolean, options: TransportOptions): Promise<ChosenTransport> {
  if (id === 'auto') return openBest(options);
  if (!transports.has(id)) throw transports.unknown(id, ['auto']);
  const kind = await transports.load(id);
  const reason = kind.unsupported({
    tls,
    http2: options.http2,
    proxy: proxiesOf(options.env).http !== '',
    unixSocket: options.unixSocket !== undefined,
  });
  if (reason !== undefined) throw new UserError(`transport '${id}' cannot be used: ${reason}`);
  const transport = await kind.open(options);
  return { transport, name: () => id };
}

async function openBest(options: TransportOptions): Promise<ChosenTransport> {
  const needs = { tls: false, http2: options.http2, proxy: false, unixSocket: options.unixSocket !== undefined };
  for (const id of fastIds) {
    const kind = await transports.load(id);
    if (kind.unsupported(needs) !== undefined) continue;
    const transport = new SplitTransport(await kind.open(options), id, options);
    return { transport, name: () => transport.used().join(' + ') };
  }
  return openTransport('undici', false, options);
}

/** A request for the other transport, which encodes it once it is open. */
class Elsewhere implements Prepared {
  readonly outgoing: Outgoing;
  prepared: Prepared | undefined;

  constructor(outgoing: Outgoing) {
    this.outgoing = outgoing;
  }
}

/** Plain HTTP the fast way; whatever that way does not lead to, by undici, which is loaded when first needed. */
class SplitTransport implements Transport {
  readonly #fast: Transport;
  readonly #fastId: string;
  readonly #options: TransportOptions;
  readonly #proxies: Proxies;
  #slow: Promise<Transport> | undefined;
  #openSlow: Transport | undefined;
  #fastUsed = false;

  constructor(fast: Transport, fastId: string, options: TransportOptions) {
    this.#fast = fast;
    this.#fastId = fastId;
    this.#options = options;
    this.#proxies = proxiesOf(options.env);
  }

  /** Ids of the transports that had something to do. */
  used(): readonly string[] {
    const slow = this.#slow === undefined ? [] : ['undici'];
    return this.#fastUsed || slow.length === 0 ? [this.#fastId, ...slow] : slow;
  }

  prepare(request: Outgoing): Prepared {
    const { origin } = request;
    if (origin.scheme === 'https' || isProxied(origin, this.#proxies)) {
      void this.#load();
      return new Elsewhere(request);
    }
    this.#fastUsed = true;
    return this.#fast.prepare(request);
  }

  send(request: Prepared): Promise<Incoming> {
    return request instanceof Elsewhere ? this.#sendElsewhere(request) : this.#fast.send(request);
  }

  async ready(): Promise<void> {
    const slow = await this.#slow;
    await Promise.all([this.#fast.ready?.(), slow?.ready?.()]);
  }

  wakeAt(moment: number | undefined): void {
    this.#fast.wakeAt?.(moment);
  }

  counters(): TransportCounters {
    const fast = this.#fast.counters();
    const slow = this.#openSlow?.counters();
    return {
      connectionsOpened: fast.connectionsOpened + (slow?.connectionsOpened ?? 0),
      retries: fast.retries + (slow?.retries ?? 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fast[Symbol.asyncDispose]();
    const slow = await this.#slow;
    await slow?.[Symbol.asyncDispose]();
  }

  async #sendElsewhere(request: Elsewhere): Promise<Incoming> {
    const slow = this.#openSlow ?? (await this.#load());
    request.prepared ??= slow.prepare(request.outgoing);
    return slow.send(request.prepared);
  }

  #load(): Promise<Transport> {
    this.#slow ??= (async () => {
      const kind = await transports.load('undici');
      this.#openSlow = await kind.open(this.#options);
      return this.#openSlow;
    })();
    return this.#slow;
  }
}
