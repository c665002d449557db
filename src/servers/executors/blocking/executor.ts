import { joined } from '../../../net/joined.js';
import { EAGAIN } from '../../../net/sys/errno.js';
import { nanosleep } from '../../../net/sys/sleep.js';
import {
  close,
  hasPeerEnded,
  read,
  receiveNow,
  sendAll,
  setNoDelay,
  setReceiveTimeout,
  setSendTimeout,
  shutdownSocket,
} from '../../../net/sys/socket.js';
import { socketQueues } from '../../../net/sys/socket-queues.js';
import type { Effects } from '../../application.js';
import { type ConnectionEffect, endOfStream, lingerMs } from '../../connection.js';
import { longToMakeMs, mostTogether, mostUnsentBytes } from '../../unsent.js';
import type { Service } from '../../service.js';
import type { WakeTable } from './wake-table.js';
import { readWholeFileSync } from '../../whole-file.js';

const bufferBytes = 64 * 1024;
const lookMs = 5;

/** The peer is gone: reset, or it has not read for too long. Costs this connection only. */
class PeerLost extends Error {}

/**
 * Serves one connection after another on the thread that calls it: every effect is a system call that blocks
 * until it is done. The coroutine never parks; the thread does, in the kernel.
 */
export class BlockingExecutor {
  readonly #service: Service;
  readonly #wakes: WakeTable;
  readonly #cell: number;
  readonly #buffer = new Uint8Array(bufferBytes);
  #fd = -1;
  /** Answers that leave together; and how many bytes that is. */
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  /** It has waited for a request when the server ended: our reading may have been shut to wake us. */
  #mayBeShut = false;
  /** The receive timeout the kernel knows for this socket. */
  #timeoutMs = 0;

  /** @param cell of `wakes`: the calling thread's */
  constructor(service: Service, wakes: WakeTable, cell: number) {
    this.#service = service;
    this.#wakes = wakes;
    this.#cell = cell;
  }

  /** Serves a connected socket to the end of its connection and closes it. */
  serve(fd: number): void {
    this.#fd = fd;
    this.#mayBeShut = false;
    this.#timeoutMs = 0;
    this.#wakes.begin(this.#cell, fd);
    // The grace time may have ended while it waited: either whoever cuts all connections sees this one, or we see it.
    if (this.#isAborting) shutdownSocket(fd);
    const connection = this.#service.openConnection();
    try {
      setNoDelay(fd);
      setSendTimeout(fd, this.#service.limits.idleTimeout);
      this.#drive(connection);
      this.#flush();
    } catch (error) {
      this.#forgetUnsent();
      // Not the application's: the protocol answers 500 for that. A bug, which costs one connection.
      if (!(error instanceof PeerLost)) this.#service.logBug(error);
    } finally {
      this.#wakes.end(this.#cell, fd);
      close(fd);
      this.#service.connectionClosed(connection);
    }
  }

  /** Runs a coroutine to its end: one thing at a time, each done before the next. */
  #drive<T>(coroutine: Generator<ConnectionEffect, T, unknown>): T {
    try {
      let step = coroutine.next();
      while (step.done !== true) step = this.#resumeAfter(step.value, coroutine);
      return step.value;
    } catch (error) {
      // It ends where it stands: the peer is lost.
      coroutine.return(undefined as T);
      throw error;
    }
  }

  #resumeAfter<T>(
    effect: ConnectionEffect,
    coroutine: Generator<ConnectionEffect, T, unknown>,
  ): IteratorResult<ConnectionEffect, T> {
    let value: unknown;
    try {
      value = this.#perform(effect);
    } catch (error) {
      if (error instanceof PeerLost) throw error;
      return coroutine.throw(error);
    }
    return coroutine.next(value);
  }

  #perform(effect: ConnectionEffect): unknown {
    // Whatever may take its time: nobody shall wait meanwhile for an answer that is made.
    if (effect.kind !== 'spawn' && effect.kind !== 'settle') this.#flush();
    switch (effect.kind) {
      case 'receive':
        return this.#receive(effect.timeoutMs, effect.idle);
      case 'send':
        this.#send(effect.bytes);
        return undefined;
      case 'spawn':
        this.#doJob(effect.job);
        return undefined;
      case 'settle':
        return undefined;
      case 'queues':
        return socketQueues(this.#fd);
      case 'finish':
        if (this.#service.phase.ending) this.#awaitDelivery();
        shutdownSocket(this.#fd, 'write');
        return undefined;
      case 'sleep':
        if (effect.ms > 0) nanosleep(effect.ms);
        return undefined;
      case 'cpu':
        return this.#service.counters.runCpuTask(effect.task);
      case 'readFile':
        return readWholeFileSync(effect.path);
      case 'stats':
        return this.#service.stats();
    }
  }

  #send(bytes: Uint8Array): void {
    if (sendAll(this.#fd, bytes) < 0) throw new PeerLost();
  }

  #doJob(job: Effects<Uint8Array>): void {
    const begunMs = performance.now();
    const bytes = this.#drive(job);
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
    const isEnough = this.#unsentBytes > mostUnsentBytes || this.#unsent.length >= mostTogether(this.#service.counters);
    if (isEnough || performance.now() - begunMs > longToMakeMs) this.#flush();
  }

  #flush(): void {
    if (this.#unsentBytes === 0) return;
    const bytes = joined(this.#unsent);
    this.#forgetUnsent();
    this.#send(bytes);
  }

  #forgetUnsent(): void {
    this.#unsent = [];
    this.#unsentBytes = 0;
  }

  // Whoever woke us has shut our reading: once we send no more either, the kernel answers what still comes with a
  // reset. It reports by no event that all has arrived.
  #awaitDelivery(): void {
    const until = performance.now() + lingerMs;
    while (socketQueues(this.#fd).onWayBytes > 0 && performance.now() < until) {
      if (this.#isAborting) return;
      nanosleep(lookMs);
    }
  }

  #receive(timeoutMs: number, idle: boolean): Uint8Array | undefined {
    const bytes = timeoutMs === 0 ? this.#readArrived() : this.#readInTime(timeoutMs, idle);
    if (bytes > 0) return this.#buffer.subarray(0, bytes);
    if (bytes === 0) return endOfStream;
    if (bytes === -EAGAIN) return undefined;
    throw new PeerLost();
  }

  #readInTime(timeoutMs: number, idle: boolean): number {
    const wholeMs = Math.ceil(timeoutMs);
    if (wholeMs !== this.#timeoutMs) {
      setReceiveTimeout(this.#fd, wholeMs);
      this.#timeoutMs = wholeMs;
    }
    if (idle) return this.#readIdle();
    return this.#mayBeShut ? this.#readShut(wholeMs) : read(this.#fd, this.#buffer);
  }

  // First say where we wait, then look whether the server ends, then wait: so either we see that it ends, or whoever
  // ends it sees us and wakes us. What has arrived by then is still read.
  #readIdle(): number {
    this.#wakes.beginIdle(this.#cell, this.#fd);
    const bytes = this.#service.phase.ending ? this.#readArrived() : read(this.#fd, this.#buffer);
    this.#wakes.endIdle(this.#cell, this.#fd);
    this.#mayBeShut = this.#service.phase.ending;
    return bytes;
  }

  // Of a socket whose reading is shut the kernel still takes bytes, but waits for none.
  #readShut(timeoutMs: number): number {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const bytes = receiveNow(this.#fd, this.#buffer);
      if (bytes === -EAGAIN) return read(this.#fd, this.#buffer);
      if (bytes !== 0 || this.#isAborting || hasPeerEnded(this.#fd)) return bytes;
      if (performance.now() >= until) return -EAGAIN;
      nanosleep(lookMs);
    }
  }

  get #isAborting(): boolean {
    return this.#service.phase.current === 'aborting';
  }

  #readArrived(): number {
    const bytes = receiveNow(this.#fd, this.#buffer);
    return bytes === -EAGAIN ? 0 : bytes;
  }
}
