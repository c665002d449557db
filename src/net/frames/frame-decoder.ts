import { isUtf8 } from 'node:buffer';
import { ReceiveBuffer } from '../receive-buffer.js';
import { FrameError } from './frame-error.js';
import { refuseDeep } from './nesting.js';

/** Its length, in front of each frame. */
export const headerBytes = 4;

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
    const from = received.start + headerBytes;
    if (length > this.#maxBytes) throw tooLong(received.bytes.subarray(received.start, from), this.#maxBytes);
    if (arrived < headerBytes + length) return undefined;
    received.start = from + length;
    return { message: parse(received.bytes.subarray(from, received.start)) };
  }
}

/** What another protocol begins with is read as an absurd length: `GET ` as 1195725856. */
function tooLong(header: Buffer, maxBytes: number): FrameError {
  const text = header.toString('latin1');
  const guess = /^[A-Z]{3,4} ?$/.test(text) ? `: it begins with '${text}', is that HTTP?` : '';
  return new FrameError(`a frame of ${header.readUInt32BE()} bytes exceeds ${maxBytes}${guess}`);
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
