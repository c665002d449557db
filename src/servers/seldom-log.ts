import type { Log } from '../core/log.js';

const tellEveryMs = 10_000;

/** Warns of what happens hundreds of times when it happens at all: a line for each would bury the log. */
export class SeldomLog {
  readonly #log: Log;
  readonly #now: () => number;
  #failures = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Log, now = (): number => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** Counts a failure, and says so when nothing has been said for ten seconds. */
  failed(reason: string): void {
    this.#failures += 1;
    const now = this.#now();
    if (now - this.#toldAt < tellEveryMs) return;
    const count = this.#failures === 1 ? '' : ` (${this.#failures} failures since this was last said)`;
    this.#log('warn', `${reason}${count}`);
    this.#toldAt = now;
    this.#failures = 0;
  }
}
