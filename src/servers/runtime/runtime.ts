import type { Clock } from '../../core/clock.js';
import { ReadyQueue } from './ready-queue.js';
import { TimerHeap } from './timer-heap.js';

// A small asynchronous runtime. To be read in this order:
//
//   future.ts                      a value on its way, and `pending`
//   runtime.ts                     tasks, wakers, and the loop that turns
//   ready-queue.ts, timer-heap.ts  its two data structures
//   io.ts                          what tasks ask of the kernel
//   coroutine-task.ts              a coroutine as a task
//   connection-task.ts             a connection, and job-task.ts, a job beside it
//   readiness/                     the kernel says what can be done, with ../architectures/reactor.ts
//   accept-task.ts, server.ts      who lets connections in, and how a server ends
//   completion/                    the kernel says what is done
//
// ../executors/runtime-workers.ts puts one such runtime on each thread of a server.

/**
 * Puts a task into the ready queue. In Rust each poll is handed a waker. Here a resource belongs to one task, so the
 * waker is given once, when it is opened.
 */
export interface Waker {
  readonly wake: () => void;
}

/** Something that runs a piece at a time, and is its own waker. */
export abstract class Task implements Waker {
  protected readonly runtime: Runtime;
  /** Whether it stands in the ready queue: waking it again changes nothing then. */
  isQueued = false;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /**
   * Goes on as far as it can without waiting. Called by the runtime after the task was woken; a connection also polls a
   * job once, when it spawns it (`ConnectionTask.#spawn`).
   */
  abstract poll(): void;

  wake(): void {
    this.runtime.wake(this);
  }
}

/** What is left of `computingMs` after each task that computes for less: it takes 65 to forget a thousandfold. */
const decayPerTask = 0.9;

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
 * A queue of tasks that can go on, a heap of timers, a place to wait for the kernel: the same three parts are in libuv
 * (`uv_run`), tokio (`park`) and Go (`findrunnable`). Where the kernel tells what can be done, this is the pattern
 * Reactor; where it tells what is done, Proactor (Schmidt et al., Pattern-Oriented Software Architecture 2).
 */
export class Runtime {
  readonly timers = new TimerHeap();
  /**
   * The latest time known, from which waits begin. It is brought up to date once a turn, when the driver comes back,
   * which is soon enough for deadlines, and by `updateClock` after what may have taken long: a deadline counted from
   * before it could have passed already.
   */
  now: number;
  /**
   * When the driver last came back. A deadline has passed only if it was due by then: bytes that came in time may not
   * have been read yet.
   */
  turnedAt: number;
  /** How often the loop has turned. */
  turns = 0;
  /** How long tasks compute: the longest of late. */
  computingMs = 0;
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

  /** Asks the clock (`uv_update_time`): the task that calls it has computed, or blocked the thread. */
  updateClock(): void {
    this.now = this.#clock.now();
  }

  /** A task has computed for so long. */
  hasComputed(ms: number): void {
    this.computingMs = Math.max(ms, decayPerTask * this.computingMs);
  }

  /** Puts a task into the ready queue. */
  wake(task: Task): void {
    if (task.isQueued) return;
    task.isQueued = true;
    this.#ready.push(task);
  }

  /** Turns the loop, on the calling thread, until a task calls `stop`. */
  run(): void {
    while (!this.#isStopped) {
      // 1. Poll what is ready.
      this.#pollReady();
      // 2. Sleep in the kernel until something happens, or a timer is due.
      this.#driver.wait(this.#patienceMs());
      this.updateClock();
      this.turnedAt = this.now;
      this.turns += 1;
      // 3. Wake those whose time has come.
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
      task.isQueued = false;
      task.poll();
    }
  }

  #patienceMs(): number {
    if (this.#ready.length > 0 || this.#isStopped) return 0;
    return Math.max(0, this.timers.nextDeadline - this.#clock.now());
  }
}
