import { addressOf } from '../../net/sys/memory.js';
import { close, MSG_NOSIGNAL, setNoDelay, shutdownSocket } from '../../net/sys/socket.js';
import { UringOp } from '../../net/sys/uring.js';
import { type ConnectionEffect, endOfStream } from '../connection.js';
import type { Service } from '../service.js';
import { peerLost } from './coroutine-task.js';
import { pending } from './future.js';
import { type Completable, Kind, type Proactor } from './proactor.js';
import type { Runtime } from './runtime.js';
import { SocketTask } from './socket-task.js';

const bufferBytes = 16 * 1024;

/** An operation on its way: what is being sent, kept alive for the kernel. */
interface Outgoing {
  readonly bytes: Uint8Array;
  readonly address: number;
  sent: number;
}

/**
 * A connection on a runtime that is told of completion. Its buffers belong to the kernel while an operation is under
 * way, so they are its own, and it lives until its last operation is completed.
 *
 * An answer that fits the send buffer is copied there and counts as sent at once: the coroutine goes on, asks for the
 * next request, and both operations travel to the kernel together.
 */
export class CompletionTask extends SocketTask implements Completable {
  readonly fd: number;
  readonly #proactor: Proactor;
  readonly #token: number;
  readonly #onClosed: (task: CompletionTask) => void;
  readonly #receiveBuffer = Buffer.allocUnsafeSlow(bufferBytes);
  readonly #receiveAddress = addressOf(this.#receiveBuffer);
  readonly #sendBuffer = Buffer.allocUnsafeSlow(bufferBytes);
  readonly #sendAddress = addressOf(this.#sendBuffer);
  #isReceiving = false;
  /** What a completed receive gave, until it is asked for. */
  #received: number | undefined;
  #outgoing: Outgoing | undefined;
  /** What waits behind it. */
  readonly #waiting: Uint8Array[] = [];
  /** The bytes of the effect at hand are on their way. */
  #isHandedOver = false;
  #hasFailed = false;
  /** While the server drains: one turn of the loop has been given to what may have arrived. */
  #hasLookedAgain = false;

  constructor(
    fd: number,
    runtime: Runtime,
    proactor: Proactor,
    service: Service,
    onClosed: (task: CompletionTask) => void,
  ) {
    super(runtime, service, service.openConnection());
    this.fd = fd;
    this.#proactor = proactor;
    this.#onClosed = onClosed;
    this.#token = proactor.take(this);
    setNoDelay(fd);
  }

  completed(kind: number, result: number): void {
    if (kind === Kind.receive) {
      this.#isReceiving = false;
      this.#received = result;
    } else this.#sendCompleted(result);
    if (this.isEnded) this.#closeWhenIdle();
    else this.runtime.wake(this);
  }

  /** Ends it and cuts whatever is under way. */
  abort(): void {
    this.#hasFailed = true;
    if (this.isEnded) shutdownSocket(this.fd);
    else this.end();
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
        if (this.#outgoing !== undefined) return this.flush();
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

  // An operation holds the socket open, whatever `close` says: shutting it down completes a receive. What is being sent
  // may still go out, unless that has failed.
  protected override release(): void {
    this.service.connectionClosed();
    if (this.#hasFailed) shutdownSocket(this.fd);
    else if (this.#isReceiving) shutdownSocket(this.fd, 'read');
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#isReceiving || this.#outgoing !== undefined) return;
    this.#proactor.giveBack(this.#token);
    close(this.fd);
    this.#onClosed(this);
  }

  #receive(timeoutMs: number, idle: boolean): unknown {
    if (this.#hasFailed) return peerLost;
    const bytes = this.#received;
    if (bytes !== undefined) {
      this.#received = undefined;
      if (bytes > 0) return this.#receiveBuffer.subarray(0, bytes);
      return bytes === 0 ? endOfStream : peerLost;
    }
    if (!this.#isReceiving) {
      this.#isReceiving = true;
      this.#queue(UringOp.receive, this.#receiveAddress, bufferBytes, Kind.receive);
    }
    if (idle && this.service.phase.ending) {
      if (this.#hasLookedAgain) return endOfStream;
      this.#hasLookedAgain = true;
      this.runtime.wake(this);
      return pending;
    }
    // `undefined` is the result: the peer has let its time pass.
    return this.hasPassed(timeoutMs, this.runtime.now) ? undefined : pending;
  }

  #send(bytes: Uint8Array): unknown {
    if (this.#isHandedOver) return this.flush();
    this.#isHandedOver = true;
    this.deliver(bytes);
    // An answer in our own buffer counts as sent; the next one waits for it.
    return this.#waiting.length === 0 && bytes.length <= bufferBytes && !this.#hasFailed ? undefined : this.flush();
  }

  protected override deliver(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    if (this.#outgoing === undefined) this.#sendNext();
  }

  protected override flush(): typeof pending | typeof peerLost | undefined {
    if (this.#hasFailed) return peerLost;
    if (this.#outgoing === undefined) return undefined;
    if (this.hasPassed(this.service.limits.idleTimeout, this.runtime.now)) this.#hasFailed = true;
    return this.#hasFailed ? peerLost : pending;
  }

  /** One at a time, or they would overtake each other. */
  #sendNext(): void {
    const bytes = this.#waiting.shift();
    if (bytes === undefined) return;
    if (bytes.length > bufferBytes) this.#outgoing = { bytes, address: addressOf(bytes), sent: 0 };
    else {
      this.#sendBuffer.set(bytes);
      this.#outgoing = { bytes: this.#sendBuffer.subarray(0, bytes.length), address: this.#sendAddress, sent: 0 };
    }
    this.#queueSend(this.#outgoing);
  }

  #queueSend({ bytes, address, sent }: Outgoing): void {
    this.#queue(UringOp.send, address + sent, bytes.length - sent, Kind.send);
  }

  #queue(op: number, address: number, length: number, kind: number): void {
    const { fd } = this;
    this.#proactor.queue({ op, fd, address, length, offset: 0, opFlags: MSG_NOSIGNAL, flags: 0 }, this.#token, kind);
  }

  #sendCompleted(result: number): void {
    const outgoing = this.#outgoing as Outgoing;
    this.#outgoing = undefined;
    if (result <= 0 || this.#hasFailed) {
      this.#hasFailed = true;
      return;
    }
    outgoing.sent += result;
    // Whoever reads slowly has time as long as he reads.
    if (this.effect?.kind !== 'receive') this.deadline = Number.POSITIVE_INFINITY;
    if (outgoing.sent === outgoing.bytes.length) {
      this.#sendNext();
      return;
    }
    this.#outgoing = outgoing;
    this.#queueSend(outgoing);
  }
}
