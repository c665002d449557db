interface Told {
  /** It takes long: say so. */
  readonly slow: () => void;
  /** It has taken too long. */
  readonly over: () => void;
}

/** It is said after a tenth of the time that there is. */
const slowShare = 0.1;

/**
 * How long an application may take to load, in each thread. Kept by the parent process: the child may compute for ever,
 * or await what never comes.
 */
export class LoadingPatience {
  readonly #slow: NodeJS.Timeout;
  readonly #over: NodeJS.Timeout;

  constructor(longestMs: number, told: Told) {
    this.#slow = setTimeout(told.slow, longestMs * slowShare);
    this.#over = setTimeout(told.over, longestMs);
  }

  /** One thread has loaded it; the next has as long. */
  renew(): void {
    this.#over.refresh();
  }

  end(): void {
    clearTimeout(this.#slow);
    clearTimeout(this.#over);
  }
}
