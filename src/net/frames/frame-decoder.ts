import { isUtf8 } from 'node:buffer';
import { ReceiveBuffer } from '../receive-buffer.js';

/** A peer broke the rules of frames, or a limit: the connection cannot go on, unless it is a `RequestError`. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const headerBytes = 4;

/** Arrays in objects in arrays …: deeper ones overflow the stack of whoever walks through them. */
const mostNested = 500;

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
  readonly #received = new ReceiveBuffer();

  /** @param maxBytes of a frame, without its length */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the stream stands between two frames. */
  get isAtRest(): boolean {
    return this.#received.isEmpty;
  }

  /**
   * Takes a copy of what has arrived: the caller may reuse its buffer at once. Then call `next` until it has no more:
   * what is fed and not taken out is kept, however long.
   */
  feed(chunk: Uint8Array): void {
    this.#received.append(chunk);
  }

  /**
   * The next complete message, `undefined` when more bytes are needed.
   * @throws {FrameError} a frame that is too long, nests too deep, or is not JSON in UTF-8
   */
  next(): { readonly message: unknown } | undefined {
    const received = this.#received;
    received.letGo();
    const arrived = received.end - received.start;
    if (arrived < headerBytes) return undefined;
    const length = received.bytes.readUInt32BE(received.start);
    if (length > this.#maxBytes) throw new FrameError(`a frame of ${length} bytes exceeds ${this.#maxBytes}`);
    if (arrived < headerBytes + length) return undefined;
    const from = received.start + headerBytes;
    received.start = from + length;
    return { message: parse(received.bytes.subarray(from, received.start)) };
  }
}

function parse(bytes: Buffer): unknown {
  // RFC 8259 §8.1: JSON between systems is UTF-8.
  if (!isUtf8(bytes)) throw new FrameError('a frame is not UTF-8');
  refuseDeep(bytes);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new FrameError('a frame is not JSON');
  }
}

function refuseDeep(bytes: Buffer): void {
  // Each level takes a byte to open and one to close.
  if (bytes.length > 2 * mostNested && nesting(bytes) > mostNested)
    throw new FrameError(`a frame nests deeper than ${mostNested}`);
}

const quote = 0x22;
const backslash = 0x5c;

/** How deep the arrays and objects of a JSON text nest. */
function nesting(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === quote) i = endOfText(bytes, i + 1);
    // The letters [ and {, ] and } differ in one bit.
    else if ((byte | 0x20) === 0x7b) deepest = Math.max(deepest, ++depth);
    else if ((byte | 0x20) === 0x7d) depth -= 1;
  }
  return deepest;
}

/** Where the quote stands that ends the text which begins at `from`: one behind an even number of backslashes. */
function endOfText(bytes: Buffer, from: number): number {
  for (let end = bytes.indexOf(quote, from); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let at = end;
    while (bytes[at - 1] === backslash) at -= 1;
    if ((end - at) % 2 === 0) return end;
  }
  return bytes.length;
}

/**
 * The frame of a JSON value.
 * @throws {FrameError} it nests deeper than any decoder takes
 */
export function encodeFrame(message: unknown): Uint8Array {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafeSlow(headerBytes + length);
  frame.writeUInt32BE(length);
  frame.write(text, headerBytes);
  refuseDeep(frame.subarray(headerBytes));
  return frame;
}
