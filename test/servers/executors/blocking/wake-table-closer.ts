import { parentPort, workerData } from 'node:worker_threads';
import { WakeTable } from '../../../../src/servers/executors/blocking/wake-table.js';

/** What the thread that closes the server is told. */
export interface Closer {
  readonly table: SharedArrayBuffer;
  /** Words: whether each descriptor is open. */
  readonly open: SharedArrayBuffer;
  /** Words, see `Tally`. */
  readonly tally: SharedArrayBuffer;
}

export const Tally = { isOver: 0, shutdowns: 1, onClosed: 2 } as const;

if (parentPort !== null) {
  const { table: memory, open: openMemory, tally: tallyMemory } = workerData as Closer;
  const open = new Int32Array(openMemory);
  const tally = new Int32Array(tallyMemory);
  const table = new WakeTable(memory, (fd) => {
    Atomics.add(tally, Tally.shutdowns, 1);
    // As long as a system call lasts: the owner has time to close it meanwhile, if it may.
    for (let i = 0; i < 100; i++) if (Atomics.load(open, fd) === 0) Atomics.store(tally, Tally.onClosed, 1);
  });
  while (Atomics.load(tally, Tally.isOver) === 0) {
    table.shutdownIdle();
    table.shutdownAll();
  }
  parentPort.postMessage('done');
}
