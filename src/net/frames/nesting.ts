import { FrameError } from './frame-error.js';

/** Arrays in objects in arrays …: deeper ones overflow the stack of whoever walks through them. */
const mostNested = 500;

export const tooDeep = `a frame nests deeper than ${mostNested}`;

/** @throws {FrameError} a JSON text that nests too deep */
export function refuseDeep(bytes: Buffer): void {
  // Each level takes a byte to open and one to close.
  if (bytes.length > 2 * mostNested && nesting(bytes) > mostNested) throw new FrameError(tooDeep);
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
