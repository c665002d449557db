import type { Log } from '../../core/log.js';
import { Channel } from '../../net/sync/channel.js';
import { EAGAIN, ECONNABORTED, errnoName } from '../../net/sys/errno.js';
import { nanosleep } from '../../net/sys/sleep.js';
import { accept, close, localPort, setNonBlocking, shutdownSocket } from '../../net/sys/socket.js';
import type { Phase } from '../phase.js';

/** What an acceptor thread is given of a listener. */
export interface ListenerHandle {
  readonly fd: number;
  /** A channel with the connections that were waiting when the server began to end; closed when they are all in it. */
  readonly waiting: SharedArrayBuffer;
}

/** How long to wait when there are no descriptors, before the next try. */
export const backOffMs = { first: 5, longest: 1000 };

const napMs = 50;

/** A listening socket whose acceptors block in `accept`, owned by the thread that starts the server. */
export class BlockingListener {
  readonly handle: ListenerHandle;
  readonly port: number;
  readonly #waiting: Channel;

  /**
   * @param fd a listening socket, blocking; it belongs to the listener from now on
   * @param backlog how many connections the kernel queues for it
   */
  constructor(fd: number, backlog: number) {
    // The kernel queues one more than it is asked to.
    const waiting = Channel.allocate(backlog + 1);
    this.handle = { fd, waiting };
    this.#waiting = new Channel(waiting);
    this.port = localPort(fd);
  }

  /**
   * Refuses new connections from now on, without losing one that waits in the accept queue; ends the acceptors and
   * closes the socket. The server's phase must say that it ends.
   *
   * Shutting the socket down wakes whoever is blocked in `accept`, but it also resets those in the queue. So the queue
   * is emptied first, into a channel from which the acceptors take the rest.
   * @param ended resolves when the acceptor threads have ended
   */
  async close(ended: Promise<unknown>): Promise<void> {
    const { fd } = this.handle;
    setNonBlocking(fd, true);
    while (this.#waiting.depth < this.#waiting.capacity) {
      const connection = accept(fd, false);
      if (connection >= 0) this.#waiting.trySend(connection);
      else if (connection !== -ECONNABORTED) break;
    }
    this.#waiting.close();
    shutdownSocket(fd);
    await ended;
    close(fd);
  }
}

/**
 * The next connection of a listener: blocks in `accept`. `undefined` when the server ends and nobody waits any more.
 * When descriptors run out it waits, longer each time, and tries again.
 */
export function acceptBlocking(handle: ListenerHandle, phase: Phase, log: Log): number | undefined {
  for (let pauseMs = backOffMs.first; !phase.ending;) {
    const fd = accept(handle.fd, false);
    if (fd >= 0) return fd;
    if (phase.ending || fd === -ECONNABORTED || fd === -EAGAIN) continue;
    log('warn', `accept: ${errnoName(-fd)}; trying again in ${pauseMs} ms`);
    // Nothing can wake a thread that naps.
    for (let leftMs = pauseMs; leftMs > 0 && !phase.ending; leftMs -= napMs) nanosleep(Math.min(leftMs, napMs));
    pauseMs = Math.min(pauseMs * 2, backOffMs.longest);
  }
  return takeWaiting(new Channel(handle.waiting), phase);
}

function takeWaiting(waiting: Channel, phase: Phase): number | undefined {
  let fd = waiting.receiveBlocking();
  // The grace time is over: nobody is served any more.
  while (fd !== undefined && phase.current === 'aborting') {
    close(fd);
    fd = waiting.receiveBlocking();
  }
  return fd;
}
