import type { Log } from '../core/log.js';
import { errnoName } from '../net/sys/errno.js';
import { Backoff } from './backoff.js';
import { SeldomLog } from './seldom-log.js';

/**
 * A lack of descriptors or memory, as a thread meets it that accepts. A try costs next to nothing, and whoever waits
 * shall be let in soon after somebody has left: so the pauses stay short.
 */
export class AcceptShortage {
  readonly #log: SeldomLog;
  readonly #backoff = new Backoff(100);

  constructor(log: Log, now?: () => number) {
    this.#log = new SeldomLog(log, now);
  }

  /** Tells of it, now and then. @param result what `accept` gave: `-errno` */
  acceptFailed(result: number): void {
    this.#log.failed(`accept: ${errnoName(-result)}; trying again`);
  }

  /** How long to wait before the next try. */
  nextPauseMs(): number {
    return this.#backoff.nextPauseMs();
  }

  /** Somebody was accepted. */
  over(): void {
    this.#backoff.over();
  }
}
