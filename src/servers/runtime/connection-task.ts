import { EAGAIN } from '../../net/sys/errno.js';
import { close, read, send, setNoDelay, shutdownSocket } from '../../net/sys/socket.js';
import { type ConnectionEffect, endOfStream } from '../connection.js';
import type { Service } from '../service.js';
import { CoroutineTask, peerLost, pending } from './coroutine-task.js';
import type { Runtime } from './runtime.js';
import type { Selector, Source } from './selector.js';

/** What the connections of one thread share. */
export interface ConnectionContext {
  readonly runtime: Runtime;
  readonly selector: Selector;
  readonly service: Service;
  /** Where `read` puts its bytes. One for all: the coroutine takes what it keeps before anybody else runs. */
  readonly buffer: Uint8Array;
  readonly onClosed: (task: ConnectionTask) => void;
}

/**
 * A connection on a runtime that is told of readiness: a system call is made only where readiness promises that it
 * will not be in vain.
 */
export class ConnectionTask extends CoroutineTask implements Source {
  readonly fd: number;
  readonly #context: ConnectionContext;
  // What is known of the socket. A fresh one can be written; whether it can be read, the selector will say.
  #readable = false;
  #writable = true;
  #peerEnded = false;
  /** Of the bytes being sent, how many the kernel has. */
  #sent = 0;

  constructor(fd: number, context: ConnectionContext) {
    super(context.runtime, context.service, context.service.openConnection());
    this.fd = fd;
    this.#context = context;
    setNoDelay(fd);
  }

  get interest(): 'read' | 'write' | undefined {
    if (this.effect?.kind === 'receive') return 'read';
    return this.effect?.kind === 'send' ? 'write' : undefined;
  }

  ready(readable: boolean, writable: boolean, ended: boolean): void {
    if (readable) this.#readable = true;
    if (writable) this.#writable = true;
    if (ended) this.#peerEnded = true;
    const { interest } = this;
    if ((readable && interest === 'read') || (writable && interest === 'write')) this.runtime.wake(this);
  }

  protected override begin(effect: ConnectionEffect): void {
    super.begin(effect);
    this.#sent = 0;
  }

  protected override perform(effect: ConnectionEffect): unknown {
    switch (effect.kind) {
      case 'receive':
        return this.#receive(effect.timeoutMs, effect.idle);
      case 'send':
        return this.#send(effect.bytes);
      case 'finish':
        shutdownSocket(this.fd, 'write');
        return undefined;
      case 'sleep':
      case 'cpu':
      case 'readFile':
      case 'stats':
        return this.performForApplication(effect);
    }
  }

  protected override release(): void {
    this.#context.selector.remove(this);
    close(this.fd);
    this.service.connectionClosed();
    this.#context.onClosed(this);
  }

  #receive(timeoutMs: number, idle: boolean): unknown {
    const { buffer } = this.#context;
    const isLastLook = idle && this.service.phase.ending;
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
    return this.hasPassed(timeoutMs, this.runtime.now) ? undefined : pending;
  }

  #send(bytes: Uint8Array): unknown {
    if (this.#writable) {
      const sent = send(this.fd, bytes, this.#sent);
      if (sent < 0 && sent !== -EAGAIN) return peerLost;
      // Whoever reads slowly has time as long as he reads.
      if (sent > 0) this.deadline = Number.POSITIVE_INFINITY;
      this.#sent += Math.max(0, sent);
      if (this.#sent === bytes.length) return undefined;
      this.#writable = false;
    }
    return this.hasPassed(this.service.limits.idleTimeout, this.runtime.now) ? peerLost : pending;
  }
}
