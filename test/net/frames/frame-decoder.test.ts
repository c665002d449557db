import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeFrame, FrameDecoder } from '../../../src/net/frames/frame-decoder.js';

describe('the decoder of frames', () => {
  it('gives the memory of a long frame back when the frame is taken', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const text = 'x'.repeat(1e6);
    const long = encodeFrame(text);
    collect();
    const before = process.memoryUsage().arrayBuffers;
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
    collect();
    const kept = process.memoryUsage().arrayBuffers - before;
    // All of them would keep fifty times the frame; one or two may still lie on the stack.
    assert.ok(kept < 5 * long.length, `${kept} bytes`);
    for (const decoder of decoders) {
      decoder.feed(encodeFrame(1));
      assert.deepEqual(decoder.next(), { message: 1 });
    }
  });
});
