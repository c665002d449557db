import { setTimeout as slept } from 'node:timers/promises';
import type { Log } from '../../../core/log.js';
import { Channel } from '../../../net/sync/channel.js';
import { EAGAIN, ECONNABORTED } from '../../../net/sys/errno.js';
import { dropNewcomers } from '../../../net/sys/newcomers.js';
import { nanosleep } from '../../../net/sys/sleep.js';
import { close, listenTcp, localPort, setNonBlocking, shutdownSocket } from '../../../net/sys/socket.js';
import type { ServerHost } from '../../architecture.js';
import type { Phase } from '../../phase.js';
import { AcceptShortage } from '../../accept-shortage.js';
import { mostWaiting } from '../../limits.js';
import { SpareDescriptors } from '../../spare-descriptors.js';

/** What an acceptor thread is given of a listener. */
export interface ListenerHandle {
  readonly fd: number;
  /** A channel with the connections that were waiting when the server began to end; closed when they are all in it. */
  readonly waiting: SharedArrayBuffer;
}

/** A listening socket whose acceptors block in `accept`, owned by the thread that starts the server. */
export class BlockingListener {
  readonly handle: ListenerHandle;
  readonly port: number;
  readonly #waiting: Channel;

  /** Listens where the server shall. @throws {SyscallError} `bind: EADDRINUSE` … */
  static open({ host, port, limits }: Pick<ServerHost, 'host' | 'port' | 'limits'>): BlockingListener {
    return new BlockingListener(listenTcp({ host, port, backlog: limits.backlog }), limits.backlog);
  }

  /**
   * @param fd a listening socket, blocking; it belongs to the listener from now on
   * @param backlog how many connections the kernel queues for it
   */
  constructor(fd: number, backlog: number) {
    const waiting = Channel.allocate(mostWaiting(backlog));
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
  async close(phase: Phase, log: Log, ended: Promise<unknown>): Promise<void> {
    const { fd } = this.handle;
    dropNewcomers(fd);
    setNonBlocking(fd, true);
    await this.#acceptWaiting(phase, log);
    this.#waiting.close();
    shutdownSocket(fd);
    await ended;
    // Of acceptors that have not started.
    closeAll(this.#waiting);
    close(fd);
  }

  /** Where descriptors are missing, those who are served free some by ending: until the grace time is over. */
  async #acceptWaiting(phase: Phase, log: Log): Promise<void> {
    const shortage = new AcceptShortage(log);
    const spare = new SpareDescriptors();
    // No more than these can have been waiting.
    for (let left = this.#waiting.capacity; left > 0 && phase.current !== 'aborting';) {
      const connection = spare.accept(this.handle.fd, false);
      if (connection === -EAGAIN) return;
      if (connection >= 0) {
        shortage.over();
        this.#waiting.trySend(connection);
        left -= 1;
      } else if (connection !== -ECONNABORTED) {
        shortage.acceptFailed(connection);
        await slept(shortage.nextPauseMs());
      }
    }
  }
}

/**
 * Accepts on a thread that has nothing else to do, and is the only one that calls it there: blocks in `accept`. When
 * descriptors run out it waits, longer each time, and tries again.
 */
export class BlockingAcceptor {
  readonly #handle: ListenerHandle;
  readonly #phase: Phase;
  readonly #shortage: AcceptShortage;
  readonly #spare = new SpareDescriptors();

  constructor(handle: ListenerHandle, phase: Phase, log: Log) {
    this.#handle = handle;
    this.#phase = phase;
    this.#shortage = new AcceptShortage(log);
  }

  /** The next connection; `undefined` when the server ends and nobody waits any more. */
  next(): number | undefined {
    while (!this.#phase.ending) {
      const fd = this.#spare.accept(this.#handle.fd, false);
      if (fd >= 0) {
        this.#shortage.over();
        return fd;
      }
      if (this.#phase.ending || fd === -ECONNABORTED || fd === -EAGAIN) continue;
      this.#shortage.acceptFailed(fd);
      nanosleep(this.#shortage.nextPauseMs());
    }
    return takeWaiting(new Channel(this.#handle.waiting), this.#phase);
  }
}

/** Closes the connections that nobody takes out of a channel any more. */
export function closeAll(connections: Channel): void {
  for (let fd; (fd = connections.tryReceive()) !== undefined;) close(fd);
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
