const firstPauseMs = 5;

/** How long to wait before the next try: twice as long each time, up to a bound. */
export class Backoff {
  readonly #longestPauseMs: number;
  #pauseMs = 0;

  constructor(longestPauseMs: number) {
    this.#longestPauseMs = longestPauseMs;
  }

  nextPauseMs(): number {
    this.#pauseMs = Math.min(Math.max(firstPauseMs, this.#pauseMs * 2), this.#longestPauseMs);
    return this.#pauseMs;
  }

  /** It has succeeded: the next pause is short again. */
  over(): void {
    this.#pauseMs = 0;
  }
}
