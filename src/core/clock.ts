import { setTimeout as sleepMs } from 'node:timers/promises';

/** Time as the program sees it. Handed in, so that tests run years in no time. */
export interface Clock {
  /** Milliseconds since some fixed moment: monotonic, fractional. */
  readonly now: () => number;
  /** Resolves after `ms` milliseconds, never earlier; rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The longest delay a Node timer takes (2^31 - 1 ms, almost 25 days); longer ones fire at once. */
export const longestTimerMs = 0x7f_ff_ff_ff;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    const until = performance.now() + ms;
    // Node rounds timers down to whole milliseconds and may fire up to 1 ms early: go round again.
    for (let left = ms; left > 0; left = until - performance.now()) {
      await sleepMs(Math.min(Math.ceil(left), longestTimerMs), undefined, { signal });
    }
  },
};
