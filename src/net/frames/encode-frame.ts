import { headerBytes } from './frame-decoder.js';
import { refuseDeep } from './nesting.js';

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
