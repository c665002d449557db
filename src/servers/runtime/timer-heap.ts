/** One alarm clock. Its owner keeps it and sets it again and again. */
export class Timer {
  /** What happens when it goes off. */
  readonly onElapsed: () => void;
  /** When: a moment of the runtime's clock; `Infinity` while it is not set. */
  deadline = Number.POSITIVE_INFINITY;
  /** Its index in the heap; -1 while it is not set. */
  index = -1;

  constructor(onElapsed: () => void) {
    this.onElapsed = onElapsed;
  }
}

/**
 * The timers that are set, the next one to go off always on top: a binary heap, in which a timer at index i is never
 * later than those at 2i + 1 and 2i + 2. Setting and cancelling take O(log n), looking at the next one O(1).
 *
 * ```
 *            10
 *         ┌──┴──┐
 *        12     30        [10, 12, 30, 40, 15]
 *      ┌──┴──┐
 *     40     15
 * ```
 */
export class TimerHeap {
  readonly #heap: Timer[] = [];

  /** When the next timer goes off; `Infinity` when none is set. */
  get nextDeadline(): number {
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** Sets a timer, or moves one that is set already. */
  set(timer: Timer, deadline: number): void {
    const isLater = deadline > timer.deadline;
    timer.deadline = deadline;
    if (timer.index === -1) {
      timer.index = this.#heap.length;
      this.#heap.push(timer);
      this.#rise(timer);
    } else if (isLater) this.#sink(timer);
    else this.#rise(timer);
  }

  cancel(timer: Timer): void {
    const { index } = timer;
    if (index === -1) return;
    const last = this.#heap.pop() as Timer;
    timer.index = -1;
    timer.deadline = Number.POSITIVE_INFINITY;
    if (last === timer) return;
    this.#put(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  /** Lets every timer go off whose time has come. Each may set itself or others again. */
  elapse(now: number): void {
    for (let timer; (timer = this.#heap[0]) !== undefined && timer.deadline <= now;) {
      this.cancel(timer);
      timer.onElapsed();
    }
  }

  #put(timer: Timer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }

  #rise(timer: Timer): void {
    while (timer.index > 0) {
      const above = (timer.index - 1) >> 1;
      const parent = this.#heap[above] as Timer;
      if (parent.deadline <= timer.deadline) return;
      this.#put(parent, timer.index);
      this.#put(timer, above);
    }
  }

  #sink(timer: Timer): void {
    for (;;) {
      const left = 2 * timer.index + 1;
      const right = left + 1;
      const first = this.#heap[left];
      const second = this.#heap[right];
      if (first === undefined) return;
      const below = second !== undefined && second.deadline < first.deadline ? right : left;
      const child = this.#heap[below] as Timer;
      if (child.deadline >= timer.deadline) return;
      this.#put(child, timer.index);
      this.#put(timer, below);
    }
  }
}
