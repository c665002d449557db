import type { Log } from '../../core/log.js';
import { ECONNABORTED, errnoName } from '../../net/sys/errno.js';
import { pending } from './future.js';
import type { Io, Listener } from './io.js';
import { type Runtime, Task } from './runtime.js';
import { Timer } from './timer-heap.js';

const pauseMs = 100;

interface Callbacks {
  readonly onConnection: (fd: number) => void;
  /** It has stopped, and nobody waits in the accept queue any more. */
  readonly onEnd: () => void;
}

/** Accepts until nobody waits, each time somebody has come. */
export class AcceptTask extends Task {
  readonly #listener: Listener;
  readonly #log: Log;
  readonly #callbacks: Callbacks;
  readonly #pause: Timer;
  #isPaused = false;
  #isStopping = false;
  isEnded = false;

  /** @param fd a listening socket, which it owns from now on */
  constructor(fd: number, runtime: Runtime, io: Io, log: Log, callbacks: Callbacks) {
    super(runtime);
    this.#listener = io.listen(fd, this);
    this.#log = log;
    this.#callbacks = callbacks;
    this.#pause = new Timer(() => {
      this.#isPaused = false;
      this.wake();
    });
  }

  poll(): void {
    while (!this.#isPaused && !this.isEnded) {
      const fd = this.#listener.accept();
      if (fd === pending) return;
      if (fd === undefined) {
        this.isEnded = true;
        this.#callbacks.onEnd();
      } else if (fd >= 0) this.#callbacks.onConnection(fd);
      else if (fd !== -ECONNABORTED) this.#waitALittle(fd);
    }
  }

  /** Takes whoever waits in the accept queue, and no more. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.runtime.timers.cancel(this.#pause);
    this.#isPaused = false;
    this.#listener.stop();
    this.wake();
  }

  // Out of descriptors or memory: those who wait shall wait a little, while others end and free some.
  #waitALittle(result: number): void {
    this.#log('warn', `accept: ${errnoName(-result)}; trying again in ${pauseMs} ms`);
    this.#isPaused = true;
    this.runtime.timers.set(this.#pause, this.runtime.now + pauseMs);
  }
}
