import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeFrame } from '../../../src/net/frames/encode-frame.js';
import { FrameDecoder } from '../../../src/net/frames/frame-decoder.js';
import { FrameError } from '../../../src/net/frames/frame-error.js';
import { eventually } from '../../support/eventually.js';
import { heldBytes } from '../../support/held-bytes.js';

/** `[[[…]]]` */
function nested(levels: number): unknown[] {
  return Array.from({ length: levels - 1 }).reduce<unknown[]>((inner) => [inner], []);
}

describe('a frame', () => {
  it('nests at most 500 levels deep, and is not even encoded where it is deeper', () => {
    const brackets = '['.repeat(2000);
    const shallow = [
      nested(500),
      { text: brackets, [`${brackets}"`]: brackets },
      [`\\`, `${brackets}\\"\\\\${brackets}\\`],
      Array.from({ length: 2000 }, () => [[]]),
    ];
    for (const value of shallow) {
      const decoder = new FrameDecoder(1e6);
      decoder.feed(encodeFrame(value));
      assert.deepEqual(decoder.next()?.message, value);
    }
    for (const value of [nested(501), [`\\`, { a: nested(499) }]]) assert.throws(() => encodeFrame(value), FrameError);
  });
});

describe('the decoder of frames', { timeout: 60_000 }, () => {
  it('gives the memory of a long frame back when the frame is taken', async () => {
    const text = 'x'.repeat(1e6);
    const long = encodeFrame(text);
    const before = heldBytes();
    const decoders = Array.from({ length: 50 }, () => {
      const decoder = new FrameDecoder(2e6);
      for (let at = 0; at < long.length; at += 65_536) {
        decoder.feed(long.subarray(at, at + 65_536));
        if (at + 65_536 < long.length) assert.equal(decoder.next(), undefined);
      }
      assert.deepEqual(decoder.next(), { message: text });
      assert.equal(decoder.next(), undefined);
      return decoder;
    });
    // All of them would hold fifty times the frame; one may still lie on the stack.
    await eventually('the memory is given back', () => heldBytes() - before < 5 * long.length);
    for (const decoder of decoders) {
      decoder.feed(encodeFrame(1));
      assert.deepEqual(decoder.next(), { message: 1 });
    }
  });
});
