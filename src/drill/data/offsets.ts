/**
 * Where the rows of a file begin. Four bytes for each row take the place of the row itself, which is read when its
 * turn comes: Node reads no file whose offsets would need more.
 */
export class Offsets {
  #list = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(offset: number): void {
    if (this.#length === this.#list.length) {
      const longer = new Uint32Array(2 * this.#length);
      longer.set(this.#list);
      this.#list = longer;
    }
    this.#list[this.#length] = offset;
    this.#length += 1;
  }

  /** @param index from 0, less than `length` */
  at(index: number): number {
    return this.#list[index] as number;
  }
}
