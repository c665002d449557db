import { EAGAIN } from '../../net/sys/errno.js';
import { close, read, send, setNoDelay, shutdownSocket } from '../../net/sys/socket.js';
import { type ConnectionEffect, endOfStream } from '../connection.js';
import type { Service } from '../service.js';
import { peerLost } from './coroutine-task.js';
import { pending } from './future.js';
import type { Runtime } from './runtime.js';
import type { Selector, Source } from './selector.js';
import { SocketTask } from './socket-task.js';

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
export class ConnectionTask extends SocketTask implements Source {
  readonly fd: number;
  readonly #context: ConnectionContext;
  // What is known of the socket. A fresh one can be written; whether it can be read, the selector will say.
  #readable = false;
  #writable = true;
  #peerEnded = false;
  /** What waits to be sent, and of the first of it how many bytes the kernel has. */
  readonly #outgoing: Uint8Array[] = [];
  #sent = 0;
  /** The bytes of the effect at hand are among them. */
  #isHandedOver = false;

  constructor(fd: number, context: ConnectionContext) {
    super(context.runtime, context.service, context.service.openConnection());
    this.fd = fd;
    this.#context = context;
    setNoDelay(fd);
  }

  get wantsRead(): boolean {
    return this.effect?.kind === 'receive';
  }

  get wantsWrite(): boolean {
    return this.#outgoing.length > 0;
  }

  ready(readable: boolean, writable: boolean, ended: boolean): void {
    if (readable) this.#readable = true;
    if (writable) this.#writable = true;
    if (ended) this.#peerEnded = true;
    if ((readable && this.wantsRead) || (writable && this.wantsWrite)) this.runtime.wake(this);
  }

  protected override begin(effect: ConnectionEffect): void {
    super.begin(effect);
    this.#isHandedOver = false;
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
      case 'spawn':
        this.spawn(effect.job);
        return undefined;
      case 'settle':
        return this.settle(effect.most);
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

  protected override deliver(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    // At once where that is possible; what is left, and a peer that is lost, the connection itself sees to.
    if (this.#outgoing.length > 1 || this.flush() !== undefined) this.runtime.wake(this);
  }

  protected override flush(): typeof pending | typeof peerLost | undefined {
    const outgoing = this.#outgoing;
    while (outgoing.length > 0 && this.#writable) {
      const bytes = outgoing[0] as Uint8Array;
      const sent = send(this.fd, bytes, this.#sent);
      if (sent < 0 && sent !== -EAGAIN) return peerLost;
      // Whoever reads slowly has time as long as he reads.
      if (sent > 0) this.deadline = Number.POSITIVE_INFINITY;
      this.#sent += Math.max(0, sent);
      if (this.#sent === bytes.length) {
        outgoing.shift();
        this.#sent = 0;
      } else this.#writable = false;
    }
    if (outgoing.length === 0) return undefined;
    return this.hasPassed(this.service.limits.idleTimeout, this.runtime.now) ? peerLost : pending;
  }

  #send(bytes: Uint8Array): unknown {
    if (!this.#isHandedOver) {
      this.#outgoing.push(bytes);
      this.#isHandedOver = true;
    }
    return this.flush();
  }

  #receive(timeoutMs: number, idle: boolean): unknown {
    if (this.wantsWrite && this.flush() === peerLost) return peerLost;
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
}
