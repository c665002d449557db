import type { Log } from '../core/log.js';
import { errnoName } from '../net/sys/errno.js';

const firstPauseMs = 5;
const tellEveryMs = 10_000;

/**
 * A lack of descriptors or memory, as one thread meets it: how long it waits before the next try, longer each time, and
 * how seldom it says so. It lasts for hundreds of tries, and a line for each would bury the log.
 */
export class Shortage {
  readonly #log: Log;
  readonly #longestPauseMs: number;
  readonly #now: () => number;
  #pauseMs = 0;
  #failures = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Log, longestPauseMs: number, now = (): number => performance.now()) {
    this.#log = log;
    this.#longestPauseMs = longestPauseMs;
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

  /** How long to wait before the next try. */
  nextPauseMs(): number {
    this.#pauseMs = Math.min(Math.max(firstPauseMs, this.#pauseMs * 2), this.#longestPauseMs);
    return this.#pauseMs;
  }

  /** It has succeeded: the next pause is short again. */
  over(): void {
    this.#pauseMs = 0;
  }
}

/**
 * The shortage of a thread that accepts. A try costs next to nothing, and whoever waits shall be let in soon after
 * somebody has left: so the pauses stay short.
 */
export class AcceptShortage extends Shortage {
  constructor(log: Log, now?: () => number) {
    super(log, 100, now);
  }

  /** @param result what `accept` gave: `-errno` */
  acceptFailed(result: number): void {
    this.failed(`accept: ${errnoName(-result)}; whoever waits is tried again`);
  }
}
