import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Semaphore } from '../../../src/net/sync/semaphore.js';
import { seed, startPeer } from './peers.js';

describe('Semaphore in one thread', () => {
  it('admits up to its limit', async () => {
    const semaphore = new Semaphore(Semaphore.allocate(2));
    assert.equal(semaphore.tryAcquire(), true);
    semaphore.acquireBlocking();
    assert.equal(semaphore.tryAcquire(), false);
    const third = semaphore.acquire();
    semaphore.release();
    await third;
    semaphore.release();
    assert.equal(semaphore.tryAcquire(), true);
    assert.equal(semaphore.tryAcquire(), false);
  });

  it('lets in who asked first, and nobody overtakes', async () => {
    const semaphore = new Semaphore(Semaphore.allocate(1));
    semaphore.acquireBlocking();
    const order: number[] = [];
    const waiting = Array.from({ length: 200 }, async (_, i) => {
      await semaphore.acquire();
      order.push(i);
      semaphore.release();
    });
    semaphore.release();
    // Free for a moment, but the queue comes first.
    assert.equal(semaphore.tryAcquire(), false);
    await Promise.all(waiting);
    assert.deepEqual(
      order,
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it('refuses a limit that makes no sense', () => {
    for (const limit of [0, -1, 1.5]) assert.throws(() => Semaphore.allocate(limit), RangeError);
  });
});

describe(`Semaphore between threads (seed ${seed})`, () => {
  for (const limit of [1, 3]) {
    it(`never admits more than ${limit} and leaves nobody waiting`, async () => {
      const memory = Semaphore.allocate(limit);
      const inside = new SharedArrayBuffer(8);
      const times = 2000;
      const peers = [true, true, false, false].map((blocking, i) =>
        startPeer({ role: 'enter', memory, blocking, times, inside }, i),
      );
      const entered = (await Promise.all(peers)).flat();
      const semaphore = new Semaphore(memory);
      assert.deepEqual(entered, [times, times, times, times]);
      assert.ok((new Int32Array(inside)[1] as number) <= limit);
      for (let i = 0; i < limit; i += 1) assert.equal(semaphore.tryAcquire(), true);
    });
  }
});
