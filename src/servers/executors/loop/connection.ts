import type { Socket } from 'node:net';
import type { Effect, Effects } from '../../application.js';
import type { SocketQueues } from '../../../net/sys/socket-queues.js';
import { type Connection, type ConnectionEffect, endOfStream } from '../../connection.js';
import type { Service } from '../../service.js';
import { type CpuGate, performOnLoop } from './effects.js';
import { longToMakeMs, mostTogether } from '../../unsent.js';
import type { HeldBack } from './held-back.js';
import { LoopJobs } from './jobs.js';
import { bytesSentOf, queuesOf } from './queues.js';
import { fullTurn } from './turn.js';
import { oneCpuTaskPerTurn } from './one-cpu-task-per-turn.js';
import { Unread } from './unread.js';

/** How often deadlines are looked at; so much later than its deadline a connection may be ended. */
export const sweepMs = 250;

/** What `#perform` says of an effect that is not done yet: the connection is parked. */
const parked: unique symbol = Symbol('parked');

/** A connection on Node's event loop: its coroutine, its socket, and the jobs it has spawned. */
export class LoopConnection {
  readonly #socket: Socket;
  readonly #service: Service;
  readonly #heldBack: HeldBack;
  readonly #gate: CpuGate;
  readonly #onEnd: () => void;
  readonly #program: Connection;
  readonly #unread: Unread;
  /**
   * What the coroutine is parked in; `undefined` while it runs or waits for an effect of the application. After its
   * last effect comes the farewell: what it has sent has to leave.
   */
  #waitsFor: 'receive' | 'drain' | 'settle' | 'finish' | 'farewell' | undefined;
  #isIdle = false;
  /** How often it has waited for bytes: a look is over with the wait that it was begun for. */
  #receives = 0;
  /** A moment of `performance.now()`. */
  #deadline = Number.POSITIVE_INFINITY;
  /** What was sent when the peer's patience was looked at. */
  #bytesSent = 0;
  #peerEnded = false;
  #ended = false;
  /** Jobs under way, once there has been one; and how many of them `settle` puts up with. */
  #jobs: LoopJobs | undefined;
  #mostJobs = 0;
  /** Answers of jobs since they were let go. */
  #together = 0;

  /**
   * @param heldBack answers of the thread that leave together
   * @param runCpuTask runs a CPU-bound task whose turn has come
   */
  constructor(socket: Socket, service: Service, heldBack: HeldBack, runCpuTask: CpuGate, onEnd: () => void) {
    this.#socket = socket;
    this.#service = service;
    this.#heldBack = heldBack;
    this.#gate = oneCpuTaskPerTurn(runCpuTask);
    this.#onEnd = onEnd;
    this.#program = service.openConnection();
    this.#unread = new Unread(socket);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => this.#received(chunk));
    socket.on('end', () => {
      this.#peerEnded = true;
      if (this.#waitsFor === 'receive') this.#resume(endOfStream);
    });
    socket.on('drain', () => {
      this.#jobs?.roomMade();
      if (this.#waitsFor === 'drain') this.#resume(undefined);
      else this.#resumeIfSettled();
    });
    socket.on('finish', () => {
      if (this.#waitsFor === 'finish') this.#resume(undefined);
    });
    // A peer that hangs up costs this connection only; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
  }

  begin(): void {
    this.#run(() => this.#program.next());
  }

  /** The server drains: ends if it waits for a request, and none has arrived. */
  async endIfNothingArrives(): Promise<void> {
    const receives = this.#receives;
    // What has arrived already may not have had its callback yet.
    await fullTurn();
    const isSameReceive = this.#waitsFor === 'receive' && this.#receives === receives;
    if (isSameReceive && this.#isIdle) this.#resume(endOfStream);
  }

  endIfOverdue(now: number): void {
    if (this.#waitsFor === 'receive') {
      if (now >= this.#deadline) this.#resume(undefined);
    } else if (this.#waitsFor !== undefined) {
      const bytesSent = bytesSentOf(this.#socket);
      // Whoever reads slowly has time as long as he reads; jobs may take as long as they like.
      if (bytesSent !== this.#bytesSent || (this.#waitsFor === 'settle' && !this.#socket.writableNeedDrain))
        this.#giveTime(now);
      else if (now >= this.#deadline) this.abort();
      this.#bytesSent = bytesSent;
    }
  }

  abort(): void {
    this.#socket.destroy();
    this.#end();
  }

  #received(chunk: Uint8Array): void {
    if (this.#waitsFor === 'receive') {
      this.#unread.letOthersIn(chunk);
      this.#resume(chunk);
    } else this.#unread.hold(chunk);
  }

  #resume(value: unknown): void {
    this.#waitsFor = undefined;
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#run(() => this.#program.next(value));
  }

  /** Runs the coroutine from effect to effect until one has to be waited for. */
  #run(advance: () => IteratorResult<ConnectionEffect, void>): void {
    if (this.#ended) return;
    const isTurnAwaited = this.#heldBack.holds(this.#socket);
    try {
      let step = advance();
      while (step.done !== true) {
        // The peer is lost, and nothing more is done for it; 'close' follows.
        if (this.#socket.errored !== null || this.#socket.destroyed) return;
        const next = this.#resumeAfter(step.value);
        if (next === parked) return;
        step = next;
      }
      this.#await('farewell');
      this.#socket.destroySoon();
    } catch (error) {
      this.#fail(error);
    } finally {
      // What was answered at once has waited for no more than this.
      if (!isTurnAwaited) this.#letGo();
    }
  }

  /** Not the application's: the protocol answers 500 for that. A bug, which costs one connection. */
  #fail(error: unknown): void {
    this.#service.logBug(error);
    this.abort();
  }

  #resumeAfter(effect: ConnectionEffect): IteratorResult<ConnectionEffect, void> | typeof parked {
    let value: unknown;
    try {
      value = this.#perform(effect);
    } catch (error) {
      return this.#program.throw(error);
    }
    return value === parked ? parked : this.#program.next(value);
  }

  #perform(effect: ConnectionEffect): unknown {
    switch (effect.kind) {
      case 'receive':
        return this.#receive(effect.timeoutMs, effect.idle);
      case 'send':
        if (this.#socket.write(effect.bytes)) return undefined;
        return this.#await('drain');
      case 'finish':
        this.#socket.end();
        return this.#socket.writableLength === 0 ? undefined : this.#await('finish');
      case 'spawn':
        this.#spawn(effect.job);
        return undefined;
      case 'settle':
        this.#mostJobs = effect.most;
        if (this.#isSettled) return undefined;
        return this.#await('settle');
      case 'queues':
        return this.#queues();
      case 'sleep':
      case 'cpu':
      case 'readFile':
      case 'stats':
        return this.#performForApplication(effect);
    }
  }

  #queues(): SocketQueues {
    const { arrivedBytes, onWayBytes } = queuesOf(this.#socket);
    return { arrivedBytes: arrivedBytes + this.#unread.bytes, onWayBytes };
  }

  /** Parks the coroutine until the peer has read: it has some time to do so. */
  #await(what: 'drain' | 'settle' | 'finish' | 'farewell'): typeof parked {
    this.#waitsFor = what;
    this.#giveTime(performance.now());
    return parked;
  }

  #giveTime(now: number): void {
    this.#deadline = now + this.#service.limits.idleTimeout;
  }

  get #isSettled(): boolean {
    return (this.#jobs?.size ?? 0) <= this.#mostJobs && !this.#socket.writableNeedDrain;
  }

  #resumeIfSettled(): void {
    if (this.#waitsFor === 'settle' && this.#isSettled) this.#resume(undefined);
  }

  #spawn(job: Effects<Uint8Array>): void {
    const begunMs = performance.now();
    void this.#doJob(job);
    if (performance.now() - begunMs > longToMakeMs) this.#letGo();
  }

  #letGo(): void {
    this.#together = 0;
    this.#heldBack.letGo(this.#socket);
  }

  async #doJob(job: Effects<Uint8Array>): Promise<void> {
    this.#jobs ??= new LoopJobs(this.#service, this.#gate, () => !this.#socket.writableNeedDrain);
    try {
      await this.#jobs.run(this.#answering(job));
      this.#resumeIfSettled();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Its answer is written in the moment in which it is made: whoever looks afterwards sees what is unsent. */
  *#answering(job: Effects<Uint8Array>): Effects<void> {
    const bytes = yield* job;
    this.#heldBack.hold(this.#socket);
    this.#socket.write(bytes);
    this.#together += 1;
    if (this.#together >= mostTogether(this.#service.counters)) this.#letGo();
  }

  #performForApplication(effect: Effect): unknown {
    const performed = performOnLoop(effect, this.#service, () => !this.#ended, this.#gate);
    if (!(performed instanceof Promise)) return performed.value;
    performed.then(
      ({ value }) => this.#resume(value),
      (error: unknown) => this.#run(() => this.#program.throw(error)),
    );
    return parked;
  }

  #receive(timeoutMs: number, idle: boolean): unknown {
    const unread = this.#unread.take();
    if (unread !== undefined) return unread;
    if (this.#peerEnded) return endOfStream;
    const isLastLook = timeoutMs === 0 || (idle && this.#service.phase.ending);
    this.#receives += 1;
    if (isLastLook) void this.endIfNothingArrives();
    this.#waitsFor = 'receive';
    this.#isIdle = idle || isLastLook;
    // The look ends it, however long this thread has computed meanwhile.
    this.#deadline = isLastLook ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    if (!isLastLook && timeoutMs < sweepMs) this.#lookIn(timeoutMs);
    return parked;
  }

  /** Whether it is overdue by then: the sweep would come late. What has arrived while this thread computed is read first. */
  #lookIn(ms: number): void {
    setTimeout(() => setImmediate(() => this.endIfOverdue(performance.now())), Math.ceil(ms) + 1).unref();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#program.return();
    this.#jobs?.end();
    this.#service.connectionClosed(this.#program);
    this.#onEnd();
  }
}
