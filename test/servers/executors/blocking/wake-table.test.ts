import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { WakeTable } from '../../../../src/servers/executors/blocking/wake-table.js';
import { type Closer, Tally } from './wake-table-closer.js';

/** A table of three threads, and what is shut down through it. */
function recording(): { table: WakeTable; shutdowns: string[] } {
  const shutdowns: string[] = [];
  const { memory } = WakeTable.allocate(3);
  return { table: new WakeTable(memory, (fd, how) => shutdowns.push(`${fd} ${how}`)), shutdowns };
}

describe('WakeTable', () => {
  it('ends the reading of those who wait for a request, and of nobody else', () => {
    const { table, shutdowns } = recording();
    table.begin(0, 10);
    table.begin(2, 0);
    table.beginIdle(2, 0);
    table.shutdownIdle();
    assert.deepEqual(shutdowns, ['0 read']);
  });

  it('cuts everybody, busy or idle, until they have ended', () => {
    const { table, shutdowns } = recording();
    table.begin(0, 10);
    table.begin(1, 11);
    table.beginIdle(1, 11);
    table.shutdownAll();
    assert.deepEqual(shutdowns.splice(0), ['10 both', '11 both']);
    table.endIdle(1, 11);
    table.end(1, 11);
    table.shutdownAll();
    assert.deepEqual(shutdowns, ['10 both']);
  });

  it('cuts also whoever goes from idle to busy in the moment of the cut', (test) => {
    const { table, shutdowns } = recording();
    table.begin(0, 10);
    table.beginIdle(0, 10);
    const { compareExchange } = Atomics;
    let calls = 0;
    test.mock.method(Atomics, 'compareExchange', (...given: Parameters<typeof compareExchange>) => {
      // Between the look at the cell and the claim. (The calls after it are the owner's own, and the next claim.)
      if (calls++ === 0) table.endIdle(0, 10);
      return compareExchange(...given);
    });
    table.shutdownAll();
    assert.deepEqual(shutdowns, ['10 both']);
  });

  it('leaves a connection to its owner when it could not be shut down', () => {
    const { memory } = WakeTable.allocate(1);
    const table = new WakeTable(memory, () => {
      throw new Error('EBADF');
    });
    table.begin(0, 10);
    const before = [...new Int32Array(memory)];
    assert.throws(() => table.shutdownAll(), /EBADF/);
    // Else its `end` would spin for ever.
    assert.deepEqual([...new Int32Array(memory)], before);
  });

  it('never shuts down a descriptor that its owner has closed', { timeout: 60_000 }, async () => {
    const { memory } = WakeTable.allocate(1);
    const closer: Closer = { table: memory, open: new SharedArrayBuffer(8), tally: new SharedArrayBuffer(12) };
    const open = new Int32Array(closer.open);
    const tally = new Int32Array(closer.tally);
    const worker = new Worker(new URL('./wake-table-closer.js', import.meta.url), { workerData: closer });
    const table = new WakeTable(memory);
    // The owner: two descriptors by turns, each closed as soon as the table says so, until both threads have met often.
    for (let turn = 0; turn < 10_000 || Atomics.load(tally, Tally.shutdowns) < 1000; turn++) {
      const fd = turn % 2;
      Atomics.store(open, fd, 1);
      table.begin(0, fd);
      table.beginIdle(0, fd);
      table.endIdle(0, fd);
      table.end(0, fd);
      Atomics.store(open, fd, 0);
    }
    Atomics.store(tally, Tally.isOver, 1);
    await once(worker, 'message');
    assert.equal(Atomics.load(tally, Tally.onClosed), 0);
  });
});
