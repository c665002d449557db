import { joined } from '../../../net/joined.js';
import { close, MSG_NOSIGNAL, shutdownSocket } from '../../../net/sys/socket.js';
import { type SocketQueues, socketQueues } from '../../../net/sys/socket-queues.js';
import { UringOp } from '../../../net/sys/uring.js';
import { endOfStream } from '../../connection.js';
import { mostUnsentBytes } from '../../unsent.js';
import { pending } from '../future.js';
import { peerLost, type Progress, type Stream } from '../io.js';
import type { Waker } from '../runtime.js';
import type { BufferPool, PooledBuffer } from './buffer-pool.js';
import { type Completable, Kind, type Proactor } from './proactor.js';

/**
 * A connected socket, on which at most one receive and one send are under way. It lives until both are completed.
 *
 * A short message is copied and counts as sent at once: the coroutine goes on, asks for the next request, and both
 * operations travel to the kernel together.
 */
export class RingStream implements Stream, Completable {
  bytesSent = 0;
  readonly #fd: number;
  readonly #proactor: Proactor;
  readonly #pool: BufferPool;
  readonly #waker: Waker;
  readonly #token: number;
  readonly #incoming: PooledBuffer;
  #isReceiving = false;
  /** What a completed receive gave, until it is asked for. */
  #received: number | undefined;
  #outgoing: PooledBuffer | undefined;
  /** What waits behind it: one at a time, or they would overtake each other. */
  readonly #waiting: Uint8Array[] = [];
  /** Those that have answers to let go; whether this is among them. */
  readonly #held: RingStream[];
  #isHeld = false;
  #unsentBytes = 0;
  /** Somebody is to be woken when some of it has been sent. */
  #isFlushAwaited = false;
  #hasFailed = false;
  #hasLookedAgain = false;
  #isClosed = false;

  /** @param held streams to be let go before the thread computes or waits */
  constructor(fd: number, proactor: Proactor, pool: BufferPool, waker: Waker, held: RingStream[]) {
    this.#held = held;
    this.#fd = fd;
    this.#proactor = proactor;
    this.#pool = pool;
    this.#waker = waker;
    this.#token = proactor.take(this);
    this.#incoming = pool.take();
  }

  completed(kind: number, result: number): void {
    if (kind === Kind.receive) {
      this.#isReceiving = false;
      this.#received = result;
    } else this.#sendCompleted(result);
    if (this.#isClosed) this.#closeWhenIdle();
    else if (kind === Kind.receive || this.#isFlushAwaited || this.#hasFailed) this.#waker.wake();
  }

  receive(isLastLook: boolean): Uint8Array | typeof pending | typeof peerLost {
    if (this.#hasFailed) return peerLost;
    const result = this.#received;
    if (result !== undefined) {
      this.#received = undefined;
      this.#hasLookedAgain = false;
      if (result > 0) return this.#incoming.memory.subarray(0, result);
      return result === 0 ? endOfStream : peerLost;
    }
    if (!this.#isReceiving) {
      this.#isReceiving = true;
      const { address, memory } = this.#incoming;
      this.#queue(UringOp.receive, address, memory.length, Kind.receive);
    }
    if (isLastLook) {
      // One turn of the loop for what may have arrived.
      if (this.#hasLookedAgain) return endOfStream;
      this.#hasLookedAgain = true;
      this.#waker.wake();
    }
    return pending;
  }

  send(bytes: Uint8Array): Progress {
    if (this.#hasFailed) return peerLost;
    this.#unsentBytes += bytes.length;
    if (this.#outgoing !== undefined || this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      this.#sendOn();
      return pending;
    }
    return this.#begin(bytes).memory === bytes ? pending : undefined;
  }

  sendSoon(bytes: Uint8Array): void {
    this.#unsentBytes += bytes.length;
    this.#waiting.push(bytes);
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#held.push(this);
  }

  letGo(): void {
    this.#isHeld = false;
    this.#sendOn();
  }

  flush(): Progress {
    if (this.#hasFailed) return peerLost;
    this.#sendOn();
    this.#isFlushAwaited = this.#outgoing !== undefined;
    return this.#isFlushAwaited ? pending : undefined;
  }

  room(): Progress {
    return this.#hasFailed || this.#unsentBytes > mostUnsentBytes ? this.flush() : undefined;
  }

  queues(): SocketQueues {
    const { arrivedBytes, onWayBytes } = socketQueues(this.#fd);
    return {
      arrivedBytes: arrivedBytes + Math.max(0, this.#received ?? 0),
      onWayBytes: onWayBytes + this.#unsentBytes,
    };
  }

  finish(): void {
    shutdownSocket(this.#fd, 'write');
  }

  // An operation holds the socket open, whatever `close` says; shutting it down completes what is under way.
  close(): void {
    this.#isClosed = true;
    if (this.#isReceiving || this.#outgoing !== undefined) shutdownSocket(this.#fd);
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#isReceiving || this.#outgoing !== undefined) return;
    this.#proactor.giveBack(this.#token);
    this.#pool.giveBack(this.#incoming);
    close(this.#fd);
  }

  #begin(bytes: Uint8Array): PooledBuffer {
    this.#outgoing = this.#pool.fill(bytes);
    this.#queueSend(this.#outgoing);
    return this.#outgoing;
  }

  #queueSend({ address, length, sent }: PooledBuffer): void {
    this.#queue(UringOp.send, address + sent, length - sent, Kind.send);
  }

  #queue(op: number, address: number, length: number, kind: number): void {
    const fd = this.#fd;
    this.#proactor.queue({ op, fd, address, length, offset: 0, opFlags: MSG_NOSIGNAL, flags: 0 }, this.#token, kind);
  }

  #sendCompleted(result: number): void {
    const outgoing = this.#outgoing as PooledBuffer;
    if (result > 0 && !this.#isClosed) {
      this.bytesSent += result;
      this.#unsentBytes -= result;
      outgoing.sent += result;
      if (outgoing.sent < outgoing.length) {
        this.#queueSend(outgoing);
        return;
      }
    } else this.#hasFailed = true;
    this.#pool.giveBack(outgoing);
    this.#outgoing = undefined;
    this.#sendOn();
  }

  /** What has waited leaves together. */
  #sendOn(): void {
    if (this.#outgoing !== undefined || this.#waiting.length === 0 || this.#hasFailed || this.#isClosed) return;
    this.#begin(joined(this.#waiting.splice(0)));
  }
}
