import { shutdownSocket } from '../../../net/sys/socket.js';

const none = 0;
const claimed = 0x7f_ff_ff_ff;

// A cell per thread: 0 while it has no connection, fd + 1 while it works on one, -(fd + 1) while it waits for the
// next request on one. `claimed` for the microsecond in which another thread uses the descriptor.
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

  /** Thread `thread` begins to work on a connection. */
  begin(thread: number, fd: number): void {
    Atomics.store(this.#cells, thread, encodeBusy(fd));
  }

  /** It is about to block until the next request. */
  beginIdle(thread: number, fd: number): void {
    this.#change(thread, encodeBusy(fd), encodeIdle(fd));
  }

  endIdle(thread: number, fd: number): void {
    this.#change(thread, encodeIdle(fd), encodeBusy(fd));
  }

  /** It is about to close the connection. */
  end(thread: number, fd: number): void {
    this.#change(thread, encodeBusy(fd), none);
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
    for (let thread = 0; thread < this.#cells.length; thread++) {
      const state = this.#claim(thread, chosen);
      if (state === undefined) continue;
      try {
        this.#shutdownSocket(Math.abs(state) - 1, how);
      } finally {
        // Whatever goes wrong: the owner of a cell that stays claimed would spin for ever.
        Atomics.store(this.#cells, thread, state);
      }
    }
  }

  /** Claims a cell whose state is one of the chosen, and returns that; again where its owner changes it meanwhile. */
  #claim(thread: number, chosen: (state: number) => boolean): number | undefined {
    for (;;) {
      const state = Atomics.load(this.#cells, thread);
      if (state === claimed || !chosen(state)) return undefined;
      if (Atomics.compareExchange(this.#cells, thread, state, claimed) === state) return state;
    }
  }

  // Spins only while the cell is claimed: for the length of one `shutdown`.
  #change(thread: number, from: number, to: number): void {
    while (Atomics.compareExchange(this.#cells, thread, from, to) !== from);
  }
}
