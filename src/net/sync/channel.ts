/**
 * A bounded queue of 32-bit values (descriptors, indexes) in shared memory: any number of threads send, any number
 * receive, blocking or from an event loop. First in, first out; each value reaches exactly one receiver.
 *
 * Dmitry Vyukov's bounded MPMC queue (https://www.1024cores.net/home/lock-free-algorithms/queues): each slot carries
 * a sequence number that says whose turn it is.
 *
 * ```
 *   head ──► next to receive      tail ──► next to send; its lowest bit: closed
 *   ┌─────────┬─────────┬─────────┬─────────┐
 *   │ seq val │ seq val │ seq val │ seq val │   a power of two of slots, at most `capacity` in use
 *   └─────────┴─────────┴─────────┴─────────┘
 *   seq = p         free for the send at position p
 *   seq = p + STEP  holds the value of position p
 * ```
 * Positions go up in steps of two and wrap around after 2^31 values, so that tail and "closed" change in one atomic
 * operation: no value can slip in after `close`.
 *
 * Nobody misses a wake-up: who finds nothing reads a signal counter, looks once more, and sleeps only while the
 * counter is unchanged; who changes something counts up before it notifies.
 */
export class Channel {
  /** Memory for a channel of that capacity, to be handed to every thread that uses it. */
  static allocate(capacity: number): SharedArrayBuffer {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > maxCapacity)
      throw new RangeError(`a channel holds 1 to ${maxCapacity} values, not ${capacity}`);
    const slots = Math.max(2, 2 ** Math.ceil(Math.log2(capacity)));
    const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (Word.slots + 2 * slots));
    const words = new Int32Array(memory);
    words[Word.capacity] = capacity;
    for (let slot = 0; slot < slots; slot += 1) words[Word.slots + 2 * slot] = slot * STEP;
    return memory;
  }

  /** The most values that can wait. */
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #slotMask: number;

  /** A view of memory that `allocate` made; cheap, one per thread. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.capacity = this.#words[Word.capacity] as number;
    this.#slotMask = (this.#words.length - Word.slots) / 2 - 1;
  }

  /** Values waiting now. */
  get depth(): number {
    const depth = ((this.#load(Word.tail) & ~CLOSED) - this.#load(Word.head)) | 0;
    // Two reads, not one moment: a receiver may have been in between.
    return Math.max(0, depth / STEP);
  }

  get closed(): boolean {
    return (this.#load(Word.tail) & CLOSED) !== 0;
  }

  /** False when the channel is full or closed. */
  trySend(value: number): boolean {
    const words = this.#words;
    for (;;) {
      const tail = Atomics.load(words, Word.tail);
      if ((tail & CLOSED) !== 0) return false;
      const used = (tail - Atomics.load(words, Word.head)) | 0;
      if (used >= this.capacity * STEP) return false;
      const slot = this.#slot(tail);
      // Not ours yet: another sender was first, or the receiver of the last lap is one instruction from done.
      if (Atomics.load(words, slot) !== tail) continue;
      if (Atomics.compareExchange(words, Word.tail, tail, (tail + STEP) | 0) !== tail) continue;
      Atomics.store(words, slot + 1, value);
      Atomics.store(words, slot, (tail + STEP) | 0);
      this.#signalReceivers();
      return true;
    }
  }

  /** Blocks the thread while the channel is full; false when it is closed and the value was not taken. */
  sendBlocking(value: number): boolean {
    for (;;) {
      const seen = this.#load(Word.roomSignal);
      if (this.trySend(value)) return true;
      if (this.closed) return false;
      if (this.depth >= this.capacity) Atomics.wait(this.#words, Word.roomSignal, seen);
    }
  }

  /** `undefined` when nothing waits. */
  tryReceive(): number | undefined {
    const words = this.#words;
    for (;;) {
      const head = Atomics.load(words, Word.head);
      const slot = this.#slot(head);
      if (Atomics.load(words, slot) !== ((head + STEP) | 0)) {
        if ((Atomics.load(words, Word.tail) & ~CLOSED) === head) return undefined;
        // Another receiver was first, or the sender is one instruction from done.
        continue;
      }
      const value = Atomics.load(words, slot + 1);
      if (Atomics.compareExchange(words, Word.head, head, (head + STEP) | 0) !== head) continue;
      Atomics.store(words, slot, (head + (this.#slotMask + 1) * STEP) | 0);
      Atomics.add(words, Word.roomSignal, 1);
      Atomics.notify(words, Word.roomSignal, 1);
      return value;
    }
  }

  /** Blocks the thread until there is a value; `undefined` when the channel is closed and empty. */
  receiveBlocking(): number | undefined {
    for (;;) {
      const seen = this.#load(Word.blockingSignal);
      const ended = this.closed;
      const value = this.tryReceive();
      if (value !== undefined || ended) return value;
      Atomics.wait(this.#words, Word.blockingSignal, seen);
    }
  }

  /**
   * Like `receiveBlocking` without blocking the thread. Waiting does not keep the event loop alive: the caller must
   * hold something else open (a worker its parent port).
   */
  async receive(): Promise<number | undefined> {
    for (;;) {
      const seen = this.#load(Word.asyncSignal);
      const ended = this.closed;
      const value = this.tryReceive();
      if (value !== undefined || ended) return value;
      const waiting = Atomics.waitAsync(this.#words, Word.asyncSignal, seen);
      if (waiting.async) await waiting.value;
    }
  }

  /** No more sends; what waits can still be received. Wakes everybody. */
  close(): void {
    Atomics.or(this.#words, Word.tail, CLOSED);
    for (const signal of [Word.roomSignal, Word.blockingSignal, Word.asyncSignal]) {
      Atomics.add(this.#words, signal, 1);
      Atomics.notify(this.#words, signal);
    }
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word);
  }

  #slot(position: number): number {
    return Word.slots + 2 * ((position >>> 1) & this.#slotMask);
  }

  #signalReceivers(): void {
    Atomics.add(this.#words, Word.blockingSignal, 1);
    Atomics.notify(this.#words, Word.blockingSignal, 1);
    // ALL event loops: the one that has waited longest may be busy computing, and would leave the value lying
    // while others are idle.
    Atomics.add(this.#words, Word.asyncSignal, 1);
    Atomics.notify(this.#words, Word.asyncSignal);
  }
}

const maxCapacity = 2 ** 20;

const STEP = 2;
const CLOSED = 1;

/** Where things stand in the shared memory, in 32-bit words. */
const Word = {
  head: 0,
  tail: 1,
  capacity: 2,
  /** Counts up when there is room for a sender. */
  roomSignal: 3,
  /** Counts up when there is a value; blocked threads wait here. */
  blockingSignal: 4,
  /** The same; event loops wait here. */
  asyncSignal: 5,
  slots: 6,
} as const;
