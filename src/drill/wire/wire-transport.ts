import type { SocketAddress } from '../../net/sys/address.js';
import { errnoName } from '../../net/sys/errno.js';
import type { Clock } from '../../core/clock.js';
import type {
  Incoming,
  Origin,
  Outgoing,
  Prepared,
  Transport,
  TransportCounters,
  TransportOptions,
} from '../transport.js';
import { WireConnection, type ConnectionOwner, type Settle } from './connection.js';
import type { Driver } from './driver.js';
import { aborted, connectFailure, timedOut, type Reason } from './failures.js';
import { OriginPool, type Waiting } from './origin-pool.js';
import { WirePrepared } from './prepared.js';
import { Resolver } from './resolver.js';

/** How often requests are checked for being too late. */
const sweepMs = 5;

/** The longest time the pump blocks the thread: timers and signals of the rest of Node wait that long. */
const maxBlockMs = 1;

/** What a deadline is off by at most, since time is taken once a turn of the pump. */
const maxTurnMs = 2;

/** How late a blocked thread may wake up. */
const wakeLatencyMs = 0.08;

/**
 * HTTP/1.1 straight on system calls: requests are bytes made once, responses are parsed in place.
 *
 * ```
 *   send() ──► idle connection, or a new one ──► driver.transmit
 *     ▲                                             │
 *     │ promise                                     ▼
 *   step  ◄── settle ◄── connection ◄── driver.poll(≤ 1 ms) ◄── pump: setImmediate, again and again
 * ```
 * The pump runs only while something is in flight. Each of its turns handles everything that is ready; the steps
 * whose promises it resolved go on right after it, in microtasks, and send their next requests.
 */
export class WireTransport implements Transport, ConnectionOwner {
  readonly #driver: Driver;
  readonly #clock: Clock;
  readonly #unixSocket: string | undefined;
  readonly #maxConnections: number;
  readonly #resolver = new Resolver();
  readonly #pools = new Map<Origin, OriginPool>();
  readonly #connections = new Set<WireConnection>();
  /** The address that a connecting connection tries. */
  readonly #trying = new Map<WireConnection, SocketAddress>();
  /** Attempts to connect that failed at once; told at the pump's next turn. */
  #refused: { readonly connection: WireConnection; readonly errno: number }[] = [];
  /** The time at the pump's last turn: exact enough for deadlines, and for nothing else. */
  #now = 0;
  #inFlight = 0;
  #pumping = false;
  #disposed = false;
  #nextSweepAt = 0;
  #connectionsOpened = 0;
  #wakeAt: number | undefined;

  constructor(driver: Driver, { clock, unixSocket, maxConnections }: TransportOptions) {
    this.#driver = driver;
    this.#clock = clock;
    this.#unixSocket = unixSocket;
    this.#maxConnections = maxConnections ?? Number.POSITIVE_INFINITY;
  }

  prepare(request: Outgoing): WirePrepared {
    return new WirePrepared(request, this.#poolOf(request.origin));
  }

  async ready(): Promise<void> {
    for (const pool of this.#pools.values()) if (pool.addresses === undefined) void pool.resolve();
    await this.#resolver.settled();
  }

  /** The pump goes round, even when nothing is in flight, and does not block beyond this moment. */
  wakeAt(moment: number | undefined): void {
    this.#wakeAt = moment;
    if (moment !== undefined && !this.#pumping && !this.#disposed) this.#startPump(this.#clock.now());
  }

  send(prepared: Prepared): Promise<Incoming> {
    return new Promise((settle) => {
      this.#begin(prepared as WirePrepared, settle);
    });
  }

  counters(): TransportCounters {
    return { connectionsOpened: this.#connectionsOpened, retries: 0 };
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#disposed) {
      this.#disposed = true;
      const now = this.#clock.now();
      for (const pool of this.#pools.values()) this.#failWaiting(pool, aborted);
      for (const connection of this.#connections) {
        if (connection.prepared === undefined) this.#close(connection);
        else connection.fail(aborted, now);
      }
      this.#driver.dispose();
    }
    return Promise.resolve();
  }

  // ── sending ───────────────────────────────────────────────────────────────────────────────

  #poolOf(origin: Origin): OriginPool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new OriginPool(origin, this.#resolver, this.#unixSocket);
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  #begin(prepared: WirePrepared, settle: Settle): void {
    const { pool, refusal } = prepared;
    if (refusal !== undefined || this.#disposed)
      return settleSoon(settle, failed(refusal ?? aborted, this.#clock.now()));
    if (this.#inFlight === 0) this.#now = this.#clock.now();
    // After a pause: servers may have closed connections that were idle.
    if (this.#inFlight === 0 && this.#connections.size > 0) this.#driver.poll(0);
    this.#inFlight += 1;
    if (!this.#pumping) this.#startPump(this.#now);
    const deadline = this.#now + maxTurnMs + prepared.outgoing.timeoutMs;
    const idle = pool.idle.pop();
    if (idle === undefined) {
      pool.waiting.push({ prepared, settle, deadline });
      this.#serveWaiting(pool);
      return;
    }
    idle.assign(prepared, settle, deadline);
    this.#driver.transmit(idle, prepared.bytes);
  }

  /** Opens connections for those who wait, as many as there may be. */
  #serveWaiting(pool: OriginPool): void {
    if (pool.address === undefined) {
      if (pool.waiting.length > 0) void this.#resolve(pool);
      return;
    }
    while (pool.waiting.length > 0 && pool.open < this.#maxConnections) {
      const { prepared, settle, deadline } = pool.waiting.shift() as Waiting;
      const connection = new WireConnection(pool, this);
      pool.open += 1;
      this.#connections.add(connection);
      connection.assign(prepared, settle, deadline);
      this.#connect(connection, pool.address, prepared);
    }
  }

  #connect(connection: WireConnection, address: SocketAddress, { bytes }: WirePrepared): void {
    this.#trying.set(connection, address);
    const result = this.#driver.connect(connection, address, bytes);
    if (result < 0) this.#refused.push({ connection, errno: -result });
  }

  async #resolve(pool: OriginPool): Promise<void> {
    const unknown = await pool.resolve();
    if (unknown === undefined) this.#serveWaiting(pool);
    else this.#failWaiting(pool, connectFailure(unknown.code));
  }

  #failWaiting(pool: OriginPool, reason: Reason): void {
    const now = this.#clock.now();
    for (const { settle } of pool.waiting.splice(0)) {
      this.#inFlight -= 1;
      settle(failed(reason, now));
    }
  }

  // ── what connections tell ─────────────────────────────────────────────────────────────────

  readonly onOpened = (connection: WireConnection): void => {
    this.#connectionsOpened += 1;
    const address = this.#trying.get(connection);
    this.#trying.delete(connection);
    if (address !== undefined) connection.pool.prefer(address);
  };

  readonly onRefused = (connection: WireConnection, errno: number): void => {
    const tried = this.#trying.get(connection);
    this.#driver.close(connection);
    const next = tried === undefined ? undefined : connection.pool.addressAfter(tried);
    if (next !== undefined && connection.prepared !== undefined) this.#connect(connection, next, connection.prepared);
    else connection.fail(connectFailure(errnoName(errno)), this.#clock.now());
  };

  readonly onSettled = (connection: WireConnection, reusable: boolean): void => {
    this.#inFlight -= 1;
    if (!reusable || this.#driver.isSending(connection)) return this.#close(connection);
    const { idle, waiting } = connection.pool;
    const next = waiting.shift();
    if (next === undefined) return void idle.push(connection);
    connection.assign(next.prepared, next.settle, next.deadline);
    this.#driver.transmit(connection, next.prepared.bytes);
  };

  readonly onUseless = (connection: WireConnection): void => {
    const { idle } = connection.pool;
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    this.#close(connection);
  };

  #close(connection: WireConnection): void {
    this.#trying.delete(connection);
    this.#connections.delete(connection);
    connection.markClosed();
    this.#driver.close(connection);
    connection.pool.open -= 1;
    if (connection.pool.waiting.length > 0 && !this.#disposed) this.#serveWaiting(connection.pool);
  }

  // ── the pump ──────────────────────────────────────────────────────────────────────────────

  #startPump(now: number): void {
    this.#pumping = true;
    this.#nextSweepAt = now + sweepMs;
    setImmediate(this.#pump);
  }

  readonly #pump = (): void => {
    const now = this.#clock.now();
    this.#now = now;
    if (this.#disposed || (this.#inFlight === 0 && this.#wakeAt === undefined)) {
      this.#pumping = false;
      return;
    }
    if (now >= this.#nextSweepAt) this.#sweep(now);
    for (const { connection, errno } of this.#refused.splice(0))
      // The sweep may have ended it: its time was over.
      if (!connection.closed) this.onRefused(connection, errno);
    this.#driver.poll(this.#refused.length === 0 ? this.#blockMs(now) : 0);
    setImmediate(this.#pump);
  };

  /**
   * How long the pump may block: until shortly before something is due, which is then met by going round. What is due
   * already, whoever waits for it sees in this very turn of the event loop: not one moment, then.
   */
  #blockMs(now: number): number {
    if (this.#wakeAt === undefined) return maxBlockMs;
    return Math.min(maxBlockMs, Math.max(0, this.#wakeAt - now - wakeLatencyMs));
  }

  /** Fails what is too late. */
  #sweep(now: number): void {
    this.#nextSweepAt = now + sweepMs;
    for (const connection of this.#connections) if (connection.deadline <= now) connection.fail(timedOut, now);
    for (const { waiting } of this.#pools.values()) {
      for (const late of waiting.filter(({ deadline }) => deadline <= now)) {
        waiting.splice(waiting.indexOf(late), 1);
        this.#inFlight -= 1;
        late.settle(failed(timedOut, now));
      }
    }
  }
}

/**
 * Never within `send`: a step that fails at once and tries again would go round in microtasks, and nothing else
 * would ever run.
 */
function settleSoon(settle: Settle, incoming: Incoming): void {
  setImmediate(settle, incoming);
}

function failed(reason: Reason, now: number): Incoming {
  return { kind: 'failure', class: reason.class, message: reason.message, doneAt: now, bodyBytes: 0 };
}
