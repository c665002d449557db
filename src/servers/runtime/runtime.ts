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
  /** The time of this turn of the loop: asked once, good enough for every deadline set in it. */
  now = performance.now();
  readonly #driver: Driver;
  readonly #ready = new ReadyQueue<Task>();
  #isStopped = false;

  constructor(driver: Driver) {
    this.#driver = driver;
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
      this.now = performance.now();
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
    return Math.max(0, this.timers.nextDeadline - performance.now());
  }
}
