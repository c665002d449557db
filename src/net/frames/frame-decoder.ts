/** A peer broke the rules of frames, or a limit: the connection cannot go on. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const headerBytes = 4;

/**
 * Bytes of one connection to JSON messages.
 * ```
 * ┌──────────────────────────┬────────────────────────────┐
 * │ length: 4 bytes, unsigned│ a JSON value in UTF-8      │   and the next frame follows at once
 * │ big-endian, of what comes│ of exactly that many bytes │
 * └──────────────────────────┴────────────────────────────┘
 * ```
 * Incremental: however the bytes are split, the same messages come out. No more than one frame is ever kept.
 */
export class FrameDecoder {
  readonly #maxBytes: number;
  #bytes: Buffer = Buffer.allocUnsafeSlow(512);
  #start = 0;
  #end = 0;

  /** @param maxBytes of a frame, without its length */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the stream stands between two frames. */
  get isAtRest(): boolean {
    return this.#start === this.#end;
  }

  /** Takes a copy of what has arrived: the caller may reuse its buffer at once. */
  feed(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
    const waiting = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const needed = waiting + chunk.length;
      const bytes =
        needed > this.#bytes.length ? Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length)) : this.#bytes;
      this.#bytes.copy(bytes, 0, this.#start, this.#end);
      this.#bytes = bytes;
      this.#start = 0;
      this.#end = waiting;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next complete message, `undefined` when more bytes are needed.
   * @throws {FrameError} a frame that is too long, or is not JSON
   */
  next(): { readonly message: unknown } | undefined {
    const arrived = this.#end - this.#start;
    if (arrived < headerBytes) return undefined;
    const length = this.#bytes.readUInt32BE(this.#start);
    if (length > this.#maxBytes) throw new FrameError(`a frame of ${length} bytes exceeds ${this.#maxBytes}`);
    if (arrived < headerBytes + length) return undefined;
    const from = this.#start + headerBytes;
    this.#start = from + length;
    try {
      return { message: JSON.parse(this.#bytes.toString('utf8', from, from + length)) };
    } catch {
      throw new FrameError('a frame is not JSON');
    }
  }
}

/** The frame of a JSON value. */
export function encodeFrame(message: unknown): Uint8Array {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafeSlow(headerBytes + length);
  frame.writeUInt32BE(length);
  frame.write(text, headerBytes);
  return frame;
}
