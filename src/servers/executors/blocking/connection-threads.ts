import { availableParallelism } from 'node:os';
import type { Log } from '../../../core/log.js';
import type { Channel } from '../../../net/sync/channel.js';
import type { Semaphore } from '../../../net/sync/semaphore.js';
import { descriptorLimit } from '../../../net/sys/limits.js';
import { close, hasPeerLeft } from '../../../net/sys/socket.js';
import { Backoff } from '../../backoff.js';
import type { Counters } from '../../counters.js';
import type { Phase } from '../../phase.js';
import { SeldomLog } from '../../seldom-log.js';
import type { ServerThread } from '../../threads.js';
import type { LoopRefusals } from '../loop/refusals.js';

/** Descriptors that a thread of Node's opens while it starts: epoll, wake-ups, one module at a time. */
const descriptorsPerThread = 12;

interface Options {
  /** Starts a thread whose cell of the wake table is `cell`, for a connection or, with none, ahead of any. */
  readonly spawn: (cell: number, fd: number | undefined) => ServerThread;
  /** As many cells as permits; who hands a connection to `serve` holds a permit, which comes back when it is over. */
  readonly permits: Semaphore;
  readonly cells: number;
  readonly counters: Counters;
  readonly phase: Phase;
  readonly log: Log;
  readonly maxConnections: number;
  /** For connections that are one too many. Each gives its permit back when it is over. */
  readonly refusals: LoopRefusals;
}

/** A thread that takes longer to start is told about: its connection waits, and those behind it. */
const slowStartMs = 3000;

/** How long no thread is asked for when there is none to be had: a try costs what a thread costs. */
const longestPauseMs = 1000;

/** The threads of `threaded`: one for each connection, as long as the system gives any. */
export class ConnectionThreads {
  readonly #options: Options;
  readonly #slowStarts: SeldomLog;
  readonly #shortages: SeldomLog;
  readonly #backoff = new Backoff(longestPauseMs);
  readonly #threads = new Set<ServerThread>();
  readonly #freeCells: number[];
  readonly #descriptorLimit = descriptorLimit();
  #starting = 0;
  #shortUntil = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.#options = options;
    this.#slowStarts = new SeldomLog(options.log);
    this.#shortages = new SeldomLog(options.log);
    this.#freeCells = Array.from({ length: options.cells }, (_, cell) => options.cells - 1 - cell);
  }

  /** Starts a thread ahead of any connection; done when it waits for one. */
  startSpare(): Promise<void> {
    return this.#start(undefined);
  }

  /**
   * Serves each that comes, until there are no more. As many threads start at once as processors can do it: the first
   * ones serve while the last ones wait, where all at once would be ready at the same late time.
   */
  async serveAll(connections: Channel): Promise<void> {
    const serveInTurn = async (): Promise<void> => {
      for (let fd: number | undefined; (fd = await connections.receive()) !== undefined;) await this.serve(fd);
    };
    await Promise.all(Array.from({ length: availableParallelism() }, serveInTurn));
  }

  /** Starts a thread for a connection; closes that where there is no thread to be had, or no time any more. */
  async serve(fd: number): Promise<void> {
    const { permits, phase, counters, maxConnections, refusals } = this.#options;
    // It has waited for its turn, and perhaps in vain: a thread is too expensive to find that out.
    if (hasPeerLeft(fd)) {
      close(fd);
      permits.release();
      return;
    }
    if (counters.openConnections >= maxConnections) {
      refusals.refuse(fd);
      return;
    }
    // The kernel gives out the lowest number that is free: all those below it are in use.
    const isShort = fd + descriptorsPerThread * (this.#starting + 1) > this.#descriptorLimit;
    if (isShort) this.#beginShortage(`only ${this.#descriptorLimit} descriptors (ulimit -n)`);
    if (this.#isShort || phase.current === 'aborting') {
      this.#turnAway(fd);
      permits.release();
      return;
    }
    this.#starting += 1;
    const slow = setTimeout(() => {
      this.#slowStarts.failed(
        `a thread has not started after ${slowStartMs / 1000} s: does the application load in it?`,
      );
    }, slowStartMs);
    try {
      await this.#start(fd);
      this.#backoff.over();
    } catch (error) {
      // The thread has not come to its connection, so it is still ours.
      this.#turnAway(fd);
      this.#beginShortage(error instanceof Error ? error.message : String(error));
    }
    clearTimeout(slow);
    this.#starting -= 1;
  }

  /** Resolves when all of them have ended, and who was refused has gone. */
  async ended(): Promise<void> {
    await Promise.all([this.#options.refusals.drain(), ...[...this.#threads].map((thread) => thread.ended)]);
  }

  /** Cuts who is being refused. */
  abort(): void {
    this.#options.refusals.abort();
  }

  #start(fd: number | undefined): Promise<void> {
    // A thread with a connection holds a cell and a permit, a spare holds a cell only; whoever has a permit for a new
    // thread has found no spare. So there is a cell.
    const cell = this.#freeCells.pop();
    if (cell === undefined) throw new Error('more threads than cells');
    const thread = this.#options.spawn(cell, fd);
    this.#threads.add(thread);
    void this.#leave(thread, cell);
    return thread.ready;
  }

  async #leave(thread: ServerThread, cell: number): Promise<void> {
    await thread.ended;
    this.#threads.delete(thread);
    this.#freeCells.push(cell);
    this.#options.permits.release();
  }

  get #isShort(): boolean {
    return performance.now() < this.#shortUntil;
  }

  /**
   * No descriptors, no memory for another thread. Those that run go on; for a while, longer each time, new connections
   * are closed at once. To let them wait would be to keep the descriptors that are missing.
   */
  #beginShortage(reason: string): void {
    this.#shortages.failed(`no thread can be started, connections are closed: ${reason}`);
    // Several may fail that were started together: one pause for all of them.
    if (!this.#isShort) this.#shortUntil = performance.now() + this.#backoff.nextPauseMs();
  }

  #turnAway(fd: number): void {
    close(fd);
    this.#options.counters.connectionRefused();
  }
}
