/** A first-in, first-out queue in a ring that grows: adding and taking cost the same however many wait. */
export class ReadyQueue<T> {
  #items: (T | undefined)[] = Array<T | undefined>(64).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length -= 1;
    return item;
  }

  // The size stays a power of two, so that `&` wraps around.
  #grow(): void {
    const { length } = this.#items;
    const inOrder = [...this.#items.slice(this.#head), ...this.#items.slice(0, this.#head)];
    this.#items = [...inOrder, ...Array<T | undefined>(length).fill(undefined)];
    this.#head = 0;
  }
}
