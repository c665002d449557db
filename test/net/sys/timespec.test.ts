import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { toTimespec, toTimeval } from '../../../src/net/sys/timespec.js';
import { runs, seed } from '../http/arbitrary.js';

function timespec(ms: number): bigint[] {
  const both = new BigInt64Array(2);
  toTimespec(ms, both);
  return [...both];
}

describe('toTimespec', () => {
  it('takes milliseconds apart into seconds and nanoseconds', () => {
    assert.deepEqual(timespec(0), [0n, 0n]);
    assert.deepEqual(timespec(2.5), [0n, 2_500_000n]);
    assert.deepEqual(timespec(61_000), [61n, 0n]);
  });

  it('carries into the second what rounds up to one', () => {
    assert.deepEqual(timespec(999.999_999_9), [1n, 0n]);
    assert.deepEqual(timespec(1999.999_999_9), [2n, 0n]);
  });

  it(`is never shorter than asked for, by more than a nanosecond longer, or what the kernel refuses (seed ${seed})`, () => {
    const ms = fc.oneof(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }).map((seconds) => seconds * 1000 - 2 ** -30),
    );
    fc.assert(
      fc.property(ms, (asked) => {
        const [seconds = -1n, nanoseconds = -1n] = timespec(asked);
        assert.ok(nanoseconds >= 0n && nanoseconds < 1_000_000_000n);
        const total = Number(seconds * 1_000_000_000n + nanoseconds);
        assert.ok(total >= asked * 1e6 && total <= asked * 1e6 + 1);
      }),
      { seed, numRuns: runs },
    );
  });
});

describe('toTimeval', () => {
  it('rounds up to microseconds, and carries them', () => {
    assert.deepEqual([...toTimeval(0.0001)], [0n, 1n]);
    assert.deepEqual([...toTimeval(1500)], [1n, 500_000n]);
    assert.deepEqual([...toTimeval(999.999_999)], [1n, 0n]);
  });
});
