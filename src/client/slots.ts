interface Waiting {
  readonly enter: () => void;
  next: Waiting | undefined;
}

/** Lets so many in at once; the others wait, and enter in the order they came, however many they are. */
export class Slots {
  #free: number;
  #first: Waiting | undefined;
  #last: Waiting | undefined;

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when there is room; `undefined` when there is some at once. */
  enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    return new Promise((enter) => {
      const waiting: Waiting = { enter, next: undefined };
      if (this.#last === undefined) this.#first = waiting;
      else this.#last.next = waiting;
      this.#last = waiting;
    });
  }

  /** Leaves its place to who waits longest. */
  leave(): void {
    const first = this.#first;
    if (first === undefined) {
      this.#free += 1;
      return;
    }
    this.#first = first.next;
    if (this.#first === undefined) this.#last = undefined;
    first.enter();
  }

  /** Lets everybody in, from now on. */
  open(): void {
    this.#free = Infinity;
    for (let waiting = this.#first; waiting !== undefined; waiting = waiting.next) waiting.enter();
    this.#first = undefined;
    this.#last = undefined;
  }
}
