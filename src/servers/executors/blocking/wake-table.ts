import { shutdownSocket } from '../../../net/sys/socket.js';

const none = 0;
const claimed = 0x7f_ff_ff_ff;

// A cell per thread: 0 while it has no connection, fd + 1 while it works on one, -(fd + 1) while it waits for the
// next request on one. `claimed` for the microsecond in which another thread uses the descriptor.
//
//   none ⇄ busy ⇄ idle     its owner
//            ⇅     ⇅
//            claimed       whoever closes the server, for a moment, and back: its owner waits for that
const encodeBusy = (fd: number): number => fd + 1;
const encodeIdle = (fd: number): number => -(fd + 1);

/**
 * Which connection each blocking thread is on, in shared memory, so that the thread which closes the server can
 * wake it: nothing else ends a blocked `read`. The rule is one owner per descriptor: others may shut a socket down,
 * but only between claiming it here and giving it back, and its owner waits for that before it closes it. Else the
 * number might have become somebody else's socket in between.
 */
export class WakeTable {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #shutdownSocket: typeof shutdownSocket;

  static allocate(threads: number): WakeTable {
    return new WakeTable(new SharedArrayBuffer(threads * 4));
  }

  /** @param shutdown stands in for the system call in tests */
  constructor(memory: SharedArrayBuffer, shutdown = shutdownSocket) {
    this.memory = memory;
    this.#shutdownSocket = shutdown;
    this.#cells = new Int32Array(memory);
  }

  /** The owner of `cell` begins to work on a connection. */
  begin(cell: number, fd: number): void {
    Atomics.store(this.#cells, cell, encodeBusy(fd));
  }

  /** It is about to block until the next request. */
  beginIdle(cell: number, fd: number): void {
    this.#change(cell, encodeBusy(fd), encodeIdle(fd));
  }

  endIdle(cell: number, fd: number): void {
    this.#change(cell, encodeIdle(fd), encodeBusy(fd));
  }

  /** It is about to close the connection. */
  end(cell: number, fd: number): void {
    this.#change(cell, encodeBusy(fd), none);
  }

  /** Ends the stream of every thread that waits for a request; what has arrived already can still be read. */
  shutdownIdle(): void {
    this.#shutdown((state) => state < 0, 'read');
  }

  /** Cuts every connection. */
  shutdownAll(): void {
    this.#shutdown((state) => state !== none, 'both');
  }

  #shutdown(chosen: (state: number) => boolean, how: 'read' | 'both'): void {
    for (let cell = 0; cell < this.#cells.length; cell++) {
      const state = this.#claim(cell, chosen);
      if (state === undefined) continue;
      try {
        this.#shutdownSocket(Math.abs(state) - 1, how);
      } finally {
        // Whatever goes wrong: the owner of a cell that stays claimed would spin for ever.
        Atomics.store(this.#cells, cell, state);
      }
    }
  }

  /** Claims a cell whose state is one of the chosen, and returns that; again where its owner changes it meanwhile. */
  #claim(cell: number, chosen: (state: number) => boolean): number | undefined {
    for (;;) {
      const state = Atomics.load(this.#cells, cell);
      if (state === claimed || !chosen(state)) return undefined;
      if (Atomics.compareExchange(this.#cells, cell, state, claimed) === state) return state;
    }
  }

  // Spins only while the cell is claimed: for the length of one `shutdown`.
  #change(cell: number, from: number, to: number): void {
    while (Atomics.compareExchange(this.#cells, cell, from, to) !== from);
  }
}
