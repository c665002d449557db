const closed = 0;
const occupied = 1;
const opened = 2;
const removed = 3;

/** Where one thread waits until another lets it pass. */
export class Gate {
  readonly memory: SharedArrayBuffer;
  readonly #cell: Int32Array;

  constructor(memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#cell = new Int32Array(memory);
  }

  /** Waits at the gate. */
  pass(): void {
    if (Atomics.compareExchange(this.#cell, 0, closed, occupied) === removed) return;
    Atomics.notify(this.#cell, 0);
    Atomics.wait(this.#cell, 0, occupied);
    Atomics.compareExchange(this.#cell, 0, opened, closed);
    Atomics.notify(this.#cell, 0);
  }

  /** Waits until somebody waits at the gate. */
  untilSomebodyWaits(): void {
    for (let state; (state = Atomics.load(this.#cell, 0)) !== occupied;) Atomics.wait(this.#cell, 0, state);
  }

  /** Lets whoever waits pass. */
  open(): void {
    Atomics.store(this.#cell, 0, opened);
    Atomics.notify(this.#cell, 0);
  }

  /** From now on nobody waits. */
  remove(): void {
    Atomics.store(this.#cell, 0, removed);
    Atomics.notify(this.#cell, 0);
  }
}
