import { readFileSync } from 'node:fs';
import { EAGAIN } from '../../net/sys/errno.js';
import { close, read, send, setNoDelay, shutdownSocket } from '../../net/sys/socket.js';
import { type Connection, type ConnectionEffect, endOfStream } from '../connection.js';
import type { Service } from '../service.js';
import { type Runtime, Task } from './runtime.js';
import type { Source } from './selector.js';
import { Timer } from './timer-heap.js';

/** What performing an effect says when it has to wait. */
const pending = Symbol('pending');

/** The peer is gone: reset, or it has not read for too long. Costs this connection only. */
const peerLost = Symbol('peer lost');

/** What the connections of one thread share. */
export interface ConnectionContext {
  readonly runtime: Runtime;
  readonly service: Service;
  /** Where `read` puts its bytes. One for all: the coroutine takes what it keeps before anybody else runs. */
  readonly buffer: Uint8Array;
  readonly onClosed: (task: ConnectionTask) => void;
}

/**
 * A connection as a task: its coroutine, and the effect it waits for. To be polled is to try that effect again;
 * when it is done, the coroutine is resumed with the result and goes on to its next effect. A system call is made
 * only where readiness promises that it will not be in vain.
 */
export class ConnectionTask extends Task implements Source {
  readonly fd: number;
  readonly #context: ConnectionContext;
  readonly #coroutine: Connection;
  readonly #timer: Timer;
  #effect: ConnectionEffect | undefined;
  // What is known of the socket. A fresh one can be written; whether it can be read, the selector will say.
  #readable = false;
  #writable = true;
  #peerEnded = false;
  /** Of the bytes being sent, how many the kernel has. */
  #sent = 0;
  /** When waiting has been long enough; `Infinity` while it does not wait. */
  #deadline = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(fd: number, context: ConnectionContext) {
    super();
    this.fd = fd;
    this.#context = context;
    this.#coroutine = context.service.openConnection();
    this.#timer = new Timer(() => this.#elapsed());
    setNoDelay(fd);
  }

  get interest(): 'read' | 'write' | undefined {
    if (this.#effect?.kind === 'receive') return 'read';
    return this.#effect?.kind === 'send' ? 'write' : undefined;
  }

  ready(readable: boolean, writable: boolean, ended: boolean): void {
    if (readable) this.#readable = true;
    if (writable) this.#writable = true;
    if (ended) this.#peerEnded = true;
    const { interest } = this;
    if ((readable && interest === 'read') || (writable && interest === 'write')) this.#context.runtime.wake(this);
  }

  /** The server drains: a connection that waits for its next request looks once more, and ends. */
  endIfIdle(): void {
    if (this.#effect?.kind === 'receive' && this.#effect.idle) this.#context.runtime.wake(this);
  }

  poll(): void {
    if (this.#isClosed) return;
    try {
      for (;;) {
        const step = this.#effect === undefined ? this.#coroutine.next() : this.#resume(this.#effect);
        if (step === pending) return;
        if (step === peerLost || step.done === true) break;
        this.#effect = step.value;
        this.#deadline = Number.POSITIVE_INFINITY;
        this.#sent = 0;
      }
    } catch (error) {
      // Not the application's: the protocol answers 500 for that. A bug, which costs one connection.
      this.#context.service.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { runtime, service, onClosed } = this.#context;
    this.#coroutine.return();
    runtime.timers.cancel(this.#timer);
    runtime.selector.remove(this);
    close(this.fd);
    service.connectionClosed();
    onClosed(this);
  }

  /** Tries an effect; when it is done, resumes the coroutine with what it gave. */
  #resume(effect: ConnectionEffect): IteratorResult<ConnectionEffect, void> | typeof pending | typeof peerLost {
    let result: unknown;
    try {
      result = this.#perform(effect);
    } catch (error) {
      return this.#coroutine.throw(error);
    }
    return result === pending || result === peerLost ? result : this.#coroutine.next(result);
  }

  #perform(effect: ConnectionEffect): unknown {
    const { service } = this.#context;
    switch (effect.kind) {
      case 'receive':
        return this.#receive(effect.timeoutMs, effect.idle);
      case 'send':
        return this.#send(effect.bytes);
      case 'finish':
        shutdownSocket(this.fd, 'write');
        return undefined;
      case 'sleep':
        return this.#hasPassed(effect.ms, performance.now()) ? undefined : pending;
      case 'cpu':
        return service.counters.runCpuTask(effect.task);
      case 'readFile':
        // Linux has no readiness of files: this blocks the thread, for as long as the page cache needs.
        return readFileSync(effect.path);
      case 'stats':
        return service.stats();
    }
  }

  #receive(timeoutMs: number, idle: boolean): unknown {
    const { buffer, service, runtime } = this.#context;
    const isLastLook = idle && service.phase.ending;
    if (this.#readable || isLastLook) {
      const bytes = read(this.fd, buffer);
      // A short read has emptied the socket: no need to be told EAGAIN. Only the end of the stream may be left, and
      // an edge-triggered selector has announced that already.
      this.#readable = bytes === buffer.length || this.#peerEnded;
      if (bytes > 0) return buffer.subarray(0, bytes);
      if (bytes === 0) return endOfStream;
      if (bytes !== -EAGAIN) return peerLost;
      this.#readable = false;
      if (isLastLook) return endOfStream;
    }
    // `undefined` is the result: the peer has let its time pass.
    return this.#hasPassed(timeoutMs, runtime.now) ? undefined : pending;
  }

  #send(bytes: Uint8Array): unknown {
    const { service, runtime } = this.#context;
    if (this.#writable) {
      const sent = send(this.fd, bytes, this.#sent);
      if (sent < 0 && sent !== -EAGAIN) return peerLost;
      if (sent > 0) this.#deadline = Number.POSITIVE_INFINITY;
      this.#sent += Math.max(0, sent);
      if (this.#sent === bytes.length) return undefined;
      this.#writable = false;
    }
    return this.#hasPassed(service.limits.idleTimeout, runtime.now) ? peerLost : pending;
  }

  /**
   * Whether the effect has waited for `ms`; the first time it starts the wait. The timer is moved only when it would
   * come too late: a connection that is busy moves its deadline with every request and its timer once a minute.
   */
  #hasPassed(ms: number, now: number): boolean {
    if (this.#deadline === Number.POSITIVE_INFINITY) {
      this.#deadline = now + ms;
      if (this.#deadline < this.#timer.deadline) this.#context.runtime.timers.set(this.#timer, this.#deadline);
    }
    return now >= this.#deadline;
  }

  #elapsed(): void {
    const { runtime } = this.#context;
    if (this.#deadline <= runtime.now) runtime.wake(this);
    else if (this.#deadline !== Number.POSITIVE_INFINITY) runtime.timers.set(this.#timer, this.#deadline);
  }
}
