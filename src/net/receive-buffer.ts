/** Most connections are idle, or send heads that are already known: they need no memory here. */
const nothing = Buffer.alloc(0);
const smallestBytes = 512;
/** A connection at rest keeps no more: most messages are small, even where one was not. */
const mostKeptBytes = 16 * 1024;

/** What has arrived on a connection and is not used yet: `bytes[start, end)`. Whoever uses it moves `start` on. */
export class ReceiveBuffer {
  bytes: Buffer = nothing;
  start = 0;
  end = 0;

  get isEmpty(): boolean {
    return this.start === this.end;
  }

  /** Takes a copy: the caller may reuse its own buffer at once. */
  append(chunk: Uint8Array): void {
    if (this.isEmpty) {
      this.start = 0;
      this.end = 0;
    }
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Gives memory back that is long and empty. */
  letGo(): void {
    if (!this.isEmpty || this.bytes.length <= mostKeptBytes) return;
    this.bytes = nothing;
    this.start = 0;
    this.end = 0;
  }

  #makeRoom(length: number): void {
    const waiting = this.end - this.start;
    const bytes =
      waiting + length > this.bytes.length
        ? Buffer.allocUnsafeSlow(Math.max(smallestBytes, waiting + length, 2 * this.bytes.length))
        : this.bytes;
    this.bytes.copy(bytes, 0, this.start, this.end);
    this.bytes = bytes;
    this.start = 0;
    this.end = waiting;
  }
}
