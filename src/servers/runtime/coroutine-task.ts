import type { Effect } from '../application.js';
import type { Connection, ConnectionEffect } from '../connection.js';
import type { Service } from '../service.js';
import { type Future, pending } from './future.js';
import { type Runtime, Task } from './runtime.js';
import { Timer } from './timer-heap.js';

/** What it says when the peer is gone: reset, or silent for too long. Costs this connection only. */
export const peerLost = Symbol('peer lost');

/**
 * A coroutine as a task: the coroutine, and the effect it waits for. To be polled is to try that effect again; when it
 * is done, the coroutine is resumed with the result and goes on to its next effect. This is how a future's state
 * machine is polled in Rust, with a generator in place of the state machine.
 */
export abstract class CoroutineTask extends Task {
  protected readonly runtime: Runtime;
  protected readonly service: Service;
  protected effect: ConnectionEffect | undefined;
  /** When waiting has been long enough; `Infinity` while it does not wait. */
  protected deadline = Number.POSITIVE_INFINITY;
  protected isEnded = false;
  readonly #coroutine: Connection;
  readonly #timer: Timer;
  #file: Future<Uint8Array> | undefined;

  constructor(runtime: Runtime, service: Service, coroutine: Connection) {
    super();
    this.runtime = runtime;
    this.service = service;
    this.#coroutine = coroutine;
    this.#timer = new Timer(() => this.#elapsed());
  }

  /** Tries an effect: its result, `pending`, or `peerLost`. Throws what shall be thrown where the coroutine stands. */
  protected abstract perform(effect: ConnectionEffect): unknown;

  /** A new effect is about to be tried for the first time. */
  protected begin(effect: ConnectionEffect): void {
    this.effect = effect;
    this.deadline = Number.POSITIVE_INFINITY;
    this.#file = undefined;
  }

  /** The coroutine has ended: gives back what it had. Called once. */
  protected abstract release(): void;

  poll(): void {
    if (this.isEnded) return;
    try {
      for (;;) {
        const step = this.effect === undefined ? this.#coroutine.next() : this.#resume(this.effect);
        if (step === pending) return;
        if (step === peerLost || step.done === true) break;
        this.begin(step.value);
      }
    } catch (error) {
      // Not the application's: the protocol answers 500 for that. A bug, which costs one connection.
      this.service.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    this.end();
  }

  /** Ends the coroutine wherever it stands. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#coroutine.return();
    this.runtime.timers.cancel(this.#timer);
    this.release();
  }

  /** The server drains: a connection that waits for its next request looks once more, and ends. */
  endIfIdle(): void {
    if (this.effect?.kind === 'receive' && this.effect.idle) this.runtime.wake(this);
  }

  protected performForApplication(effect: Effect): unknown {
    switch (effect.kind) {
      case 'sleep':
        return this.hasPassed(effect.ms, performance.now()) ? undefined : pending;
      case 'cpu':
        return this.service.counters.runCpuTask(effect.task);
      case 'readFile':
        return this.#readFile(effect.path);
      case 'stats':
        return this.service.stats();
    }
  }

  #readFile(path: string): Uint8Array | typeof pending {
    this.#file ??= this.runtime.readFile(path, () => this.runtime.wake(this));
    return this.#file.poll();
  }

  /**
   * Whether the effect has waited for `ms`; the first time it starts the wait. The timer is moved only when it would
   * come too late: a connection that is busy moves its deadline with every request and its timer once a minute.
   */
  protected hasPassed(ms: number, now: number): boolean {
    if (this.deadline === Number.POSITIVE_INFINITY) {
      this.deadline = now + ms;
      if (this.deadline < this.#timer.deadline) this.runtime.timers.set(this.#timer, this.deadline);
    }
    return now >= this.deadline;
  }

  #resume(effect: ConnectionEffect): IteratorResult<ConnectionEffect, void> | typeof pending | typeof peerLost {
    let result: unknown;
    try {
      result = this.perform(effect);
    } catch (error) {
      return this.#coroutine.throw(error);
    }
    return result === pending || result === peerLost ? result : this.#coroutine.next(result);
  }

  #elapsed(): void {
    if (this.deadline <= this.runtime.now) this.runtime.wake(this);
    else if (this.deadline !== Number.POSITIVE_INFINITY) this.runtime.timers.set(this.#timer, this.deadline);
  }
}
