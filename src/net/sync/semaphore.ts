/**
 * A counting semaphore in shared memory: at most `limit` holders at once over all threads, blocking or in event
 * loops; who asked first gets in first, and nobody overtakes.
 *
 * ```
 *   tickets   0 1 2 3 4 5 6 7 8 9 …
 *             └─────────┘ │     └─ next: the ticket of whoever asks next
 *              may be in  └─ granted: all tickets below it may be in; each release moves it on by one
 * ```
 * A holder of a ticket that is not granted yet sleeps on one of 64 signal words, chosen by its ticket, so that a
 * release wakes whose turn it is and hardly anybody else.
 */
export class Semaphore {
  /** Memory for a semaphore of that limit, to be handed to every thread that uses it. */
  static allocate(limit: number): SharedArrayBuffer {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`a semaphore admits at least 1, not ${limit}`);
    const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (Word.signals + signalCount));
    const words = new Int32Array(memory);
    words[Word.granted] = limit;
    return memory;
  }

  readonly #words: Int32Array;

  /** A view of memory that `allocate` made; cheap, one per thread. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** In at once, or not at all: false when others are in or before us. */
  tryAcquire(): boolean {
    for (;;) {
      const ticket = Atomics.load(this.#words, Word.next);
      if (!this.#isGranted(ticket)) return false;
      if (Atomics.compareExchange(this.#words, Word.next, ticket, (ticket + 1) | 0) === ticket) return true;
    }
  }

  /** Blocks the thread until it is our turn. */
  acquireBlocking(): void {
    const ticket = Atomics.add(this.#words, Word.next, 1);
    const signal = signalOf(ticket);
    for (;;) {
      const seen = Atomics.load(this.#words, signal);
      if (this.#isGranted(ticket)) return;
      Atomics.wait(this.#words, signal, seen);
    }
  }

  /**
   * Resolves when it is our turn. Waiting does not keep the event loop alive, and cannot be given up: the ticket
   * holds the place of everybody behind it.
   */
  async acquire(): Promise<void> {
    const ticket = Atomics.add(this.#words, Word.next, 1);
    const signal = signalOf(ticket);
    for (;;) {
      const seen = Atomics.load(this.#words, signal);
      if (this.#isGranted(ticket)) return;
      const waiting = Atomics.waitAsync(this.#words, signal, seen);
      if (waiting.async) await waiting.value;
    }
  }

  /** Ends what an acquire began, from any thread, and lets the next one in. */
  release(): void {
    const signal = signalOf(Atomics.add(this.#words, Word.granted, 1));
    Atomics.add(this.#words, signal, 1);
    Atomics.notify(this.#words, signal);
  }

  #isGranted(ticket: number): boolean {
    // A difference, since both wrap around after 2^32 tickets.
    return ((Atomics.load(this.#words, Word.granted) - ticket) | 0) > 0;
  }
}

const signalCount = 64;

/** Where things stand in the shared memory, in 32-bit words. */
const Word = { next: 0, granted: 1, signals: 2 } as const;

function signalOf(ticket: number): number {
  return Word.signals + (ticket & (signalCount - 1));
}
