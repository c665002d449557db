import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ReadyQueue } from '../../../src/servers/runtime/ready-queue.js';
import { runs, seed } from '../../net/http/arbitrary.js';

describe(`ReadyQueue (seed ${seed})`, () => {
  it('gives first what came first, across the seam of its ring and while it grows', () => {
    // So many in, so many out, again and again: growth finds the head anywhere in the ring.
    const burst = fc.tuple(fc.nat(150), fc.nat(150));
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 8 }), (bursts) => {
        const queue = new ReadyQueue<number>();
        const oracle: number[] = [];
        let next = 0;
        for (const [pushes, shifts] of bursts) {
          for (let i = 0; i < pushes; i++) {
            queue.push(next);
            oracle.push(next);
            next += 1;
          }
          for (let i = 0; i < shifts; i++) assert.equal(queue.shift(), oracle.shift());
          assert.equal(queue.length, oracle.length);
        }
        while (oracle.length > 0) assert.equal(queue.shift(), oracle.shift());
        assert.equal(queue.shift(), undefined);
      }),
      { seed, numRuns: runs },
    );
  });
});
