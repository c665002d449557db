/** Questions on their way to another process. Each has a number, and its answer brings that back. */
export class PendingCalls<T> {
  readonly #waiting = new Map<number, (answer: T | undefined) => void>();
  #calls = 0;

  /**
   * Asks, and waits for the answer; `undefined` when there will be none.
   * @param send sends the question, with the number of the call
   */
  ask(send: (call: number) => void): Promise<T | undefined> {
    return new Promise((resolve) => {
      const call = this.#calls++;
      this.#waiting.set(call, resolve);
      send(call);
    });
  }

  answer(call: number, value: T): void {
    this.#waiting.get(call)?.(value);
    this.#waiting.delete(call);
  }

  /** Whoever was asked has ended: nobody waits any longer. */
  abandon(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}
