import type { Log } from '../../core/log.js';
import { EAGAIN, ECONNABORTED } from '../../net/sys/errno.js';
import { AcceptShortage } from '../accept-shortage.js';
import { mostWaiting } from '../limits.js';
import { pending } from './future.js';
import type { Io, Listener } from './io.js';
import { type Runtime, Task } from './runtime.js';
import { Timer } from './timer-heap.js';

/** So many at a time; then the tasks that are ready have their turn. */
const mostPerTurn = 128;

interface AcceptOptions {
  /** How many may wait in the accept queue. */
  readonly backlog: number;
  readonly onConnection: (fd: number) => void;
  /** It has stopped, and nobody waits in the accept queue any more. */
  readonly onEnd: () => void;
}

/** Accepts until nobody waits, each time somebody has come. */
export class AcceptTask extends Task {
  readonly #listener: Listener;
  readonly #shortage: AcceptShortage;
  readonly #options: AcceptOptions;
  readonly #pause: Timer;
  #isPaused = false;
  #isStopping = false;
  /** How many can have been waiting when it was stopped. */
  #left: number;
  #isAborting = false;
  isEnded = false;

  /**
   * @param fd a listening socket, which it owns from now on
   * @throws {SyscallError} the driver cannot watch it
   */
  constructor(fd: number, runtime: Runtime, io: Io, log: Log, options: AcceptOptions) {
    super(runtime);
    this.#listener = io.listen(fd, this);
    this.#shortage = new AcceptShortage(log, () => runtime.now);
    this.#options = options;
    this.#left = mostWaiting(options.backlog);
    this.#pause = new Timer(() => {
      this.#isPaused = false;
      this.wake();
    });
  }

  poll(): void {
    for (let most = mostPerTurn; most > 0; most--) {
      if (this.#isPaused || this.isEnded) return;
      const fd = this.#listener.accept();
      if (fd === pending) return;
      if (fd >= 0) this.#accepted(fd);
      else if (fd === -EAGAIN) this.#end();
      else if (fd !== -ECONNABORTED) this.#waitALittle(fd);
    }
    this.wake();
  }

  #accepted(fd: number): void {
    this.#shortage.over();
    this.#options.onConnection(fd);
    if (!this.#isStopping) return;
    this.#left -= 1;
    // More keep coming than have been waiting.
    if (this.#left === 0) this.#end();
  }

  /** Takes whoever waits in the accept queue, and no more. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#listener.stop();
    this.#tryAgain();
  }

  /** Takes whoever can be had at once, and no more. */
  abort(): void {
    this.stop();
    this.#isAborting = true;
    this.#tryAgain();
  }

  #tryAgain(): void {
    this.runtime.timers.cancel(this.#pause);
    this.#isPaused = false;
    this.wake();
  }

  #end(): void {
    this.isEnded = true;
    this.#listener.close();
    this.#options.onEnd();
  }

  // Out of descriptors or memory: those who wait shall wait a little, while others end and free some.
  #waitALittle(result: number): void {
    if (this.#isAborting) {
      this.#end();
      return;
    }
    this.#shortage.acceptFailed(result);
    this.#isPaused = true;
    this.runtime.timers.set(this.#pause, this.runtime.now + this.#shortage.nextPauseMs());
  }
}
