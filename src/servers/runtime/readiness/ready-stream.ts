import { joined } from '../../../net/joined.js';
import { EAGAIN } from '../../../net/sys/errno.js';
import { close, read, send, shutdownSocket } from '../../../net/sys/socket.js';
import { type SocketQueues, socketQueues } from '../../../net/sys/socket-queues.js';
import { endOfStream } from '../../connection.js';
import { mostUnsentBytes } from '../../unsent.js';
import { pending } from '../future.js';
import { peerLost, type Progress, type Stream } from '../io.js';
import type { Waker } from '../runtime.js';
import type { Selector, Source } from './selector.js';

/** A connected socket that does not block: a system call is made only where readiness promises that it is not in vain. */
export class ReadyStream implements Stream, Source {
  readonly fd: number;
  bytesSent = 0;
  wantsRead = false;
  readonly #selector: Selector;
  readonly #waker: Waker;
  readonly #buffer: Uint8Array;
  // What is known of the socket. A fresh one can be written; whether it can be read, the selector will say.
  #readable = false;
  #writable = true;
  #peerEnded = false;
  /** The last read has filled the buffer: it is others' turn. */
  #mustYield = false;
  #hasFailed = false;
  /** What waits to be sent, and of the first of it how many bytes the kernel has. */
  #outgoing: Uint8Array[] = [];
  #sentOfFirst = 0;
  #unsentBytes = 0;
  /** Those that have answers to let go; whether this is among them. */
  readonly #held: ReadyStream[];
  #isHeld = false;

  /**
   * @param buffer where `read` puts its bytes
   * @param held streams to be let go before the thread computes or waits
   */
  constructor(fd: number, selector: Selector, waker: Waker, buffer: Uint8Array, held: ReadyStream[]) {
    this.fd = fd;
    this.#held = held;
    this.#selector = selector;
    this.#waker = waker;
    this.#buffer = buffer;
    selector.add(this);
  }

  get wantsWrite(): boolean {
    return this.#outgoing.length > 0;
  }

  onReady(readable: boolean, writable: boolean, ended: boolean): void {
    if (readable) this.#readable = true;
    if (writable) this.#writable = true;
    if (ended) this.#peerEnded = true;
    const isAwaited = (readable && this.wantsRead) || (writable && this.wantsWrite);
    // It has been told. If nobody receives any more, it is not to be told at every turn.
    if (readable) this.wantsRead = false;
    if (writable && this.wantsWrite) this.#sendOn();
    if (isAwaited) this.#waker.wake();
  }

  receive(isLastLook: boolean): Uint8Array | typeof pending | typeof peerLost {
    if (this.#hasFailed) return peerLost;
    this.wantsRead = false;
    if (this.#mustYield) {
      // Whoever sends faster than he is served would be served for ever.
      this.#mustYield = false;
      this.#waker.wake();
      return pending;
    }
    if (this.#readable || isLastLook) {
      const buffer = this.#buffer;
      const bytes = read(this.fd, buffer);
      // A short read has emptied the socket: no need to be told EAGAIN. Only the end of the stream may be left, and
      // an edge-triggered selector has announced that already.
      this.#readable = bytes === buffer.length || this.#peerEnded;
      this.#mustYield = bytes === buffer.length;
      if (bytes > 0) return buffer.subarray(0, bytes);
      if (bytes === 0) return endOfStream;
      if (bytes !== -EAGAIN) return peerLost;
      this.#readable = false;
      if (isLastLook) return endOfStream;
    }
    this.wantsRead = true;
    return pending;
  }

  send(bytes: Uint8Array): Progress {
    this.#queue(bytes);
    return this.flush();
  }

  sendSoon(bytes: Uint8Array): void {
    this.#queue(bytes);
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#held.push(this);
  }

  /** @returns whether the peer is lost, which its task is told */
  letGo(): boolean {
    this.#isHeld = false;
    const isLost = this.flush() === peerLost;
    if (isLost) this.#waker.wake();
    return isLost;
  }

  flush(): Progress {
    if (this.wantsWrite) this.#sendOn();
    if (this.#hasFailed) return peerLost;
    return this.wantsWrite ? pending : undefined;
  }

  room(): Progress {
    return this.#hasFailed || this.#unsentBytes > mostUnsentBytes ? this.flush() : undefined;
  }

  queues(): SocketQueues {
    const { arrivedBytes, onWayBytes } = socketQueues(this.fd);
    return { arrivedBytes, onWayBytes: onWayBytes + this.#unsentBytes };
  }

  finish(): void {
    shutdownSocket(this.fd, 'write');
  }

  close(): void {
    this.#outgoing.length = 0;
    this.#selector.remove(this);
    close(this.fd);
  }

  #queue(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    this.#unsentBytes += bytes.length;
  }

  #sendOn(): void {
    if (!this.#writable) return;
    // Short ones leave together, in one system call.
    if (this.#outgoing.length > 1 && this.#sentOfFirst === 0 && this.#unsentBytes <= 2 * mostUnsentBytes)
      this.#outgoing = [joined(this.#outgoing)];
    const outgoing = this.#outgoing;
    while (outgoing.length > 0 && this.#writable && !this.#hasFailed) {
      const bytes = outgoing[0] as Uint8Array;
      const sent = send(this.fd, bytes, this.#sentOfFirst);
      if (sent < 0) {
        this.#writable = false;
        this.#hasFailed = sent !== -EAGAIN;
        continue;
      }
      this.bytesSent += sent;
      this.#unsentBytes -= sent;
      this.#sentOfFirst += sent;
      if (this.#sentOfFirst < bytes.length) {
        // The kernel has taken what it had room for.
        this.#writable = false;
        continue;
      }
      outgoing.shift();
      this.#sentOfFirst = 0;
    }
  }
}
