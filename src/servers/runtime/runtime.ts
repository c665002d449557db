import type { Clock } from '../../core/clock.js';
import { ReadyQueue } from './ready-queue.js';
import { TimerHeap } from './timer-heap.js';

/** Puts a task into the ready queue: what is left with whatever the task waits for. */
export interface Waker {
  readonly wake: () => void;
}

/** Something that runs a piece at a time. */
export abstract class Task implements Waker {
  protected readonly runtime: Runtime;
  /** Whether it stands in the ready queue: waking it again changes nothing then. */
  isReady = false;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Goes on as far as it can without waiting. Called by the runtime, only after the task was woken. */
  abstract poll(): void;

  wake(): void {
    this.runtime.wake(this);
  }
}

/** Where a runtime waits when no task is ready. */
export interface Driver {
  /** Waits until something has happened, at most `timeoutMs` (`Infinity`: for ever), and wakes whom it concerns. */
  readonly wait: (timeoutMs: number) => void;
}

/**
 * A small asynchronous runtime for one thread. Tasks never wait; a task that cannot go on leaves its waker with what it
 * needs, returns from `poll`, and is woken when it is there.
 *
 * ```
 *                 ┌──────────── ready queue ◄───────────── wake(task) ◄──┐
 *                 ▼                                                      │
 *   run:   poll each ready task ──► driver: wait for the kernel ──► what happened
 *                 ▲                 (until the next timer is due)        │
 *                 └──────────────────────────────────────────────── elapsed timers
 * ```
 * The same three parts are in every such runtime: a queue of tasks that can go on, a place to wait for the kernel, a heap
 * of timers; compare libuv's `uv_run`, tokio's `park`, Go's `findrunnable`.
 */
export class Runtime {
  readonly timers = new TimerHeap();
  /**
   * The latest time known, from which waits begin. The clock is asked once a turn, which is soon enough for deadlines,
   * and by `tick` after what may have taken long: a deadline counted from before it could have passed already.
   */
  now: number;
  /**
   * When the driver last came back: what is due by then has passed. Later is not late, for what has arrived meanwhile
   * has not been looked at.
   */
  turnedAt: number;
  readonly #driver: Driver;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ready = new ReadyQueue<Task>();
  #isStopped = false;

  constructor(driver: Driver, clock: Pick<Clock, 'now'> = performance) {
    this.#driver = driver;
    this.#clock = clock;
    this.now = clock.now();
    this.turnedAt = this.now;
  }

  /** Asks the clock: the task that calls it has computed, or blocked the thread. */
  tick(): void {
    this.now = this.#clock.now();
  }

  /** Puts a task into the ready queue. */
  wake(task: Task): void {
    if (task.isReady) return;
    task.isReady = true;
    this.#ready.push(task);
  }

  /** Turns the loop, on the calling thread, until a task calls `stop`. */
  run(): void {
    while (!this.#isStopped) {
      this.#pollReady();
      this.#driver.wait(this.#patienceMs());
      this.tick();
      this.turnedAt = this.now;
      this.timers.elapse(this.now);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  // Only those that are ready now: one that wakes itself or others waits for the next turn, so that descriptors and
  // timers get theirs.
  #pollReady(): void {
    for (let left = this.#ready.length; left > 0; left--) {
      const task = this.#ready.shift() as Task;
      task.isReady = false;
      task.poll();
    }
  }

  #patienceMs(): number {
    if (this.#ready.length > 0 || this.#isStopped) return 0;
    return Math.max(0, this.timers.nextDeadline - this.#clock.now());
  }
}
