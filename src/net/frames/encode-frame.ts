import { headerBytes } from './frame-decoder.js';
import { FrameError } from './frame-error.js';
import { refuseDeep, tooDeep } from './nesting.js';

/**
 * The frame of a JSON value.
 * @throws {FrameError} it nests deeper than any decoder takes, or is longer than a text can be
 */
export function encodeFrame(message: unknown): Uint8Array {
  const text = textOf(message);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafeSlow(headerBytes + length);
  frame.writeUInt32BE(length);
  frame.write(text, headerBytes);
  refuseDeep(frame.subarray(headerBytes));
  return frame;
}

function textOf(message: unknown): string {
  try {
    return JSON.stringify(message);
  } catch (error) {
    // The engine's own bounds: of its stack, and of a text.
    if (!(error instanceof RangeError)) throw error;
    throw new FrameError(/stack/i.test(error.message) ? tooDeep : `a frame is too long: ${error.message}`);
  }
}
