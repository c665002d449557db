import { HttpError } from '../../net/http/http-error.js';
import { responseLimits } from '../../net/http/limits.js';
import { ResponseParser } from '../../net/http/response-parser.js';
import type { Failure, Incoming, Response } from '../transport.js';
import { closedBeforeResponse, closedInResponse, notHttp, type Reason } from './failures.js';
import type { OriginPool } from './origin-pool.js';
import type { WirePrepared } from './prepared.js';

export type Settle = (incoming: Incoming) => void;

/** What a connection tells its transport. */
export interface ConnectionOwner {
  /** The socket is connected: what waits for it can go out. */
  readonly onOpened: (connection: WireConnection) => void;
  /** Could not be connected. */
  readonly onRefused: (connection: WireConnection, errno: number) => void;
  /** Its exchange is over; `reusable` when the connection can carry the next one. */
  readonly onSettled: (connection: WireConnection, reusable: boolean) => void;
  /** The server closed it, or spoke unasked, while nothing was going on. */
  readonly onUseless: (connection: WireConnection) => void;
}

/**
 * One connection and the exchange on it: at most one request at a time.
 *
 * ```
 * connecting ──► idle ◄──► busy ──► closed
 * ```
 */
export class WireConnection {
  readonly pool: OriginPool;
  readonly #owner: ConnectionOwner;
  readonly #parser: ResponseParser;
  #state: 'connecting' | 'idle' | 'busy' | 'closed' = 'connecting';

  /** Of the driver: the descriptor, and a number that no other connection has. */
  fd = -1;
  serial = 0;

  // The exchange, from `assign` to its result.
  #prepared: WirePrepared | undefined;
  #settle: Settle | undefined;
  #headersAt = 0;
  /** When the request in flight is too late, on the run's clock; infinite without one. */
  deadline = Number.POSITIVE_INFINITY;

  constructor(pool: OriginPool, owner: ConnectionOwner) {
    this.pool = pool;
    this.#owner = owner;
    this.#parser = new ResponseParser(responseLimits, pool.heads);
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** The request that this connection carries, or will once it is connected. */
  get prepared(): WirePrepared | undefined {
    return this.#prepared;
  }

  /** Gives it a request; the response is what arrives from now on. */
  assign(prepared: WirePrepared, settle: Settle, deadline: number): void {
    this.#prepared = prepared;
    this.#settle = settle;
    this.deadline = deadline;
    this.#headersAt = 0;
    this.#parser.begin(prepared.expected);
    if (this.#state === 'idle') this.#state = 'busy';
  }

  opened(): void {
    this.#state = this.#prepared === undefined ? 'idle' : 'busy';
    this.#owner.onOpened(this);
  }

  /** Bytes have arrived, in a buffer that is the driver's. */
  received(buffer: Buffer, from: number, end: number, now: number): void {
    const parser = this.#parser;
    // A server that speaks without being asked.
    if (this.#state !== 'busy') return this.#owner.onUseless(this);
    let used: number;
    try {
      used = parser.execute(buffer, from, end);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return this.fail(notHttp(error.message), now);
    }
    if (!parser.headComplete) return;
    if (this.#headersAt === 0) this.#headersAt = now;
    if (parser.complete) this.#succeed(now, parser.keepAlive && used === end);
  }

  /** The server has closed its side. */
  ended(now: number): void {
    if (this.#state !== 'busy') return this.#owner.onUseless(this);
    if (this.#parser.untilClose) {
      this.#parser.end();
      return this.#succeed(now, false);
    }
    this.#cutOff(now);
  }

  #cutOff(now: number): void {
    this.fail(this.#parser.untouched ? closedBeforeResponse : closedInResponse, now);
  }

  /** A system call on it failed. */
  broken(errno: number, now: number): void {
    if (this.#state === 'connecting') this.#owner.onRefused(this, errno);
    else if (this.#state !== 'busy') this.#owner.onUseless(this);
    // Not an orderly end: a body that lasts until the close is torn off as well (RFC 9112 §8).
    else this.#cutOff(now);
  }

  /** Ends the exchange without a response; the connection is of no more use. */
  fail(reason: Reason, now: number): void {
    const failure: Failure = {
      kind: 'failure',
      class: reason.class,
      message: reason.message,
      doneAt: now,
      bodyBytes: this.#parser.bodyBytes,
    };
    this.#finish(failure, false);
  }

  /** After this nothing is told to the connection. */
  markClosed(): void {
    this.#state = 'closed';
  }

  #succeed(now: number, reusable: boolean): void {
    const parser = this.#parser;
    const keepBody = this.#prepared?.expected.keepBody === true;
    const response: Response = {
      kind: 'response',
      status: parser.status,
      headersAt: this.#headersAt,
      doneAt: now,
      bodyBytes: parser.bodyBytes,
      headers: parser.headers,
      body: keepBody ? parser.takeBody() : undefined,
    };
    this.#finish(response, reusable);
  }

  #finish(incoming: Incoming, reusable: boolean): void {
    const settle = this.#settle;
    this.#prepared = undefined;
    this.#settle = undefined;
    this.deadline = Number.POSITIVE_INFINITY;
    if (this.#state === 'busy') this.#state = 'idle';
    this.#owner.onSettled(this, reusable);
    settle?.(incoming);
  }
}
