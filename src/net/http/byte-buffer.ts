/** Bytes that are put together piece by piece; grows by doubling. */
export class ByteBuffer {
  #bytes: Buffer = empty;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The memory they are in; the first `length` bytes count. Valid until the next `append`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length, 64));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    // Short pieces are copied faster here than by a call into C++.
    if (to - from < 32) for (let at = from, into = this.#length; at < to;) this.#bytes[into++] = bytes[at++] as number;
    else this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length = length;
  }

  /** The bytes, which now belong to the caller; starts empty again. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#bytes = empty;
    this.#length = 0;
  }
}

const empty = Buffer.alloc(0);
