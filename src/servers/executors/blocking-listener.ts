import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/log.js';
import { EAGAIN, ECONNABORTED, errnoName } from '../../net/sys/errno.js';
import { nanosleep } from '../../net/sys/sleep.js';
import { accept, close, localPort, setNonBlocking, shutdownSocket } from '../../net/sys/socket.js';
import type { Phase } from '../phase.js';

/** What an acceptor thread is given of a listener. */
export interface ListenerHandle {
  readonly fd: number;
  /** Int32 per acceptor: counts up as it enters `accept` and as it leaves; odd while it is inside. */
  readonly turns: SharedArrayBuffer;
}

/** How long to wait when there are no descriptors, before the next try. */
export const backOffMs = { first: 5, longest: 1000 };
const lookMs = 5;

/** A listening socket whose acceptors block in `accept`, owned by the thread that starts the server. */
export class BlockingListener {
  readonly handle: ListenerHandle;
  readonly port: number;
  readonly #turns: Int32Array;

  /**
   * @param fd a listening socket, blocking; it belongs to the listener from now on
   * @param acceptors how many threads will block in `accept` on it; each uses an index of its own
   */
  constructor(fd: number, acceptors = 1) {
    const turns = new SharedArrayBuffer(acceptors * 4);
    this.handle = { fd, turns };
    this.#turns = new Int32Array(turns);
    this.port = localPort(fd);
  }

  /**
   * Ends the acceptors and closes the socket, without losing a connection that waits in the accept queue.
   * Shutting the socket down wakes a thread blocked in `accept`, but it also resets whoever is in the queue. So:
   * `accept` becomes non-blocking first. A thread that is busy elsewhere then empties the queue when it comes
   * back, and ends; a thread that stays inside `accept` was blocked before, which proves that the queue is empty.
   * @param ended resolves when the acceptor threads have ended
   */
  async close(ended: Promise<unknown>): Promise<void> {
    const { fd } = this.handle;
    const done = ended.then(() => true);
    setNonBlocking(fd, true);
    let seen = this.#turns.slice();
    while (!(await Promise.race([done, sleep(lookMs, false)]))) {
      const now = this.#turns.slice();
      if (now.some((turn, acceptor) => turn % 2 !== 0 && turn === seen[acceptor])) shutdownSocket(fd);
      seen = now;
    }
    close(fd);
  }
}

/**
 * The next connection of a listener, for acceptor number `acceptor`: blocks in `accept`. `undefined` when the
 * server ends and nobody waits any more. When descriptors run out it waits, longer each time, and tries again.
 */
export function acceptBlocking(handle: ListenerHandle, acceptor: number, phase: Phase, log: Log): number | undefined {
  const turns = new Int32Array(handle.turns);
  for (let pauseMs = backOffMs.first; ;) {
    Atomics.add(turns, acceptor, 1);
    const fd = accept(handle.fd, false);
    Atomics.add(turns, acceptor, 1);
    if (fd >= 0) return fd;
    if (phase.ending) return undefined;
    if (fd === -ECONNABORTED || fd === -EAGAIN) continue;
    log('warn', `accept: ${errnoName(-fd)}; trying again in ${pauseMs} ms`);
    nanosleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, backOffMs.longest);
  }
}
