import type { Effect } from '../application.js';
import type { ConnectionEffect } from '../connection.js';
import type { Service } from '../service.js';
import { type Future, pending } from './future.js';
import { type Io, peerLost, type Progress } from './io.js';
import { type Runtime, Task } from './runtime.js';
import { Timer } from './timer-heap.js';

/** What the tasks of one thread share. */
export interface TaskContext {
  readonly runtime: Runtime;
  readonly io: Io;
  readonly service: Service;
}

/** The turn of the loop in which this connection, or one of its jobs, last ran a CPU-bound task: it may run one a turn. */
export interface CpuTurn {
  last: number;
}

/**
 * A coroutine as a task: the coroutine, and the effect it waits for. To be polled is to try that effect again; when it
 * is done, the coroutine is resumed with the result and goes on to its next effect. This is how a future's state
 * machine is polled in Rust, with a generator in place of the state machine.
 *
 * ```
 *   poll ─► perform(effect) ─┬─ pending ─► return; its waker queues the task again
 *                ▲           └─ result ──► coroutine.next(result) ─► next effect ─┐
 *                └────────────────────────────────────────────────────────────────┘
 * ```
 */
export abstract class CoroutineTask<E extends ConnectionEffect> extends Task {
  protected readonly io: Io;
  protected readonly service: Service;
  /** What it waits for; `undefined` before it has begun and after it has returned. */
  protected effect: E | undefined;
  protected readonly coroutine: Generator<E, void, unknown>;
  readonly #cpuTurn: CpuTurn;
  readonly #timer: Timer;
  /** When waiting has been long enough; `Infinity` while it does not wait. */
  #deadline = Number.POSITIVE_INFINITY;
  #file: Future<Uint8Array> | undefined;
  #hasReturned = false;
  #isEnded = false;

  constructor({ runtime, io, service }: TaskContext, coroutine: Generator<E, void, unknown>, cpuTurn: CpuTurn) {
    super(runtime);
    this.io = io;
    this.service = service;
    this.coroutine = coroutine;
    this.#cpuTurn = cpuTurn;
    this.#timer = new Timer(() => this.#elapsed());
  }

  /** Tries an effect: its result, `pending`, or `peerLost`. Throws what shall be thrown where the coroutine stands. */
  protected abstract perform(effect: E): unknown;

  /** The coroutine has returned: whether what it has sent has left. */
  protected abstract flush(): Progress;

  /** The task has ended: gives back what it had. Called once. */
  protected abstract release(): void;

  poll(): void {
    if (this.#isEnded) return;
    try {
      if (this.#goOn() === pending) return;
    } catch (error) {
      // Not the application's: the protocol answers 500 for that. A bug, which costs one connection.
      this.service.logBug(error);
      this.fail();
    }
    this.end();
  }

  /** A bug has thrown, and its answer will not come: whom that costs more than this task. */
  protected fail(): void {}

  /** Ends the coroutine wherever it stands. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.coroutine.return();
    this.runtime.timers.cancel(this.#timer);
    this.release();
  }

  protected performForApplication(effect: Effect): unknown {
    switch (effect.kind) {
      case 'sleep':
        return this.#sleep(effect.ms);
      case 'cpu':
        return this.#compute(effect.task);
      case 'readFile':
        return this.#readFile(effect.path);
      case 'stats':
        return this.service.stats();
    }
  }

  /**
   * Whether the effect has waited for `ms`; begins the wait at the first call. The timer is moved only when it would
   * come too late: a connection that is busy moves its deadline with every request and its timer once a minute.
   */
  protected timedOut(ms: number): boolean {
    if (this.#deadline === Number.POSITIVE_INFINITY) {
      this.#deadline = this.runtime.now + ms;
      if (this.#deadline < this.#timer.deadline) this.runtime.timers.set(this.#timer, this.#deadline);
    }
    return this.runtime.turnedAt >= this.#deadline;
  }

  /** The effect makes progress: its wait begins again. */
  protected waitAnew(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** From effect to effect, until one has to be waited for, the peer is lost, or nothing is left to be done. */
  #goOn(): Progress {
    while (!this.#hasReturned) {
      const step = this.effect === undefined ? this.coroutine.next() : this.#resume(this.effect);
      if (step === pending || step === peerLost) return step;
      this.#hasReturned = step.done === true;
      this.effect = step.done === true ? undefined : step.value;
      this.#deadline = Number.POSITIVE_INFINITY;
    }
    return this.flush();
  }

  #sleep(ms: number): undefined | typeof pending {
    if (ms <= 0) return undefined;
    // It is never shorter than asked for, however long the turn has lasted.
    if (this.#deadline === Number.POSITIVE_INFINITY) this.runtime.updateClock();
    return this.timedOut(ms) ? undefined : pending;
  }

  #compute(task: () => unknown): unknown {
    // Whoever asks for more lets the others in between.
    if (this.#cpuTurn.last === this.runtime.turns) {
      this.wake();
      return pending;
    }
    this.#cpuTurn.last = this.runtime.turns;
    this.io.submit(this.runtime.computingMs);
    this.runtime.updateClock();
    const begunMs = this.runtime.now;
    try {
      return this.service.counters.runCpuTask(task);
    } finally {
      this.runtime.updateClock();
      this.runtime.hasComputed(this.runtime.now - begunMs);
    }
  }

  #readFile(path: string): Uint8Array | typeof pending {
    const file = this.#file ?? this.#open(path);
    this.#file = undefined;
    const bytes = file.poll();
    if (bytes === pending) this.#file = file;
    return bytes;
  }

  #open(path: string): Future<Uint8Array> {
    try {
      return this.io.readFile(path, this);
    } finally {
      // Where files have no readiness, it has blocked the thread for as long as the disk took.
      this.runtime.updateClock();
    }
  }

  #resume(effect: E): IteratorResult<E, void> | typeof pending | typeof peerLost {
    let result: unknown;
    try {
      result = this.perform(effect);
    } catch (error) {
      return this.coroutine.throw(error);
    }
    return result === pending || result === peerLost ? result : this.coroutine.next(result);
  }

  #elapsed(): void {
    if (this.#deadline <= this.runtime.turnedAt) this.wake();
    else if (this.#deadline !== Number.POSITIVE_INFINITY) this.runtime.timers.set(this.#timer, this.#deadline);
  }
}
