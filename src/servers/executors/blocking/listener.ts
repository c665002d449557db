import { setTimeout as slept } from 'node:timers/promises';
import type { Log } from '../../../core/log.js';
import type { Channel } from '../../../net/sync/channel.js';
import { EAGAIN, ECONNABORTED, EINVAL } from '../../../net/sys/errno.js';
import { dropNewcomers } from '../../../net/sys/newcomers.js';
import { POLLIN, PollList } from '../../../net/sys/poll.js';
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
  /** How many connections the kernel queues for it. */
  readonly backlog: number;
}

const lookMs = 5;

/** A listening socket whose acceptors block in `accept`, owned by the thread that starts the server. */
export class BlockingListener {
  readonly handle: ListenerHandle;
  readonly port: number;

  /** Listens where the server shall. @throws {SyscallError} `bind: EADDRINUSE` … */
  static open({ host, port, limits }: Pick<ServerHost, 'host' | 'port' | 'limits'>): BlockingListener {
    return new BlockingListener(listenTcp({ host, port, backlog: limits.backlog }), limits.backlog);
  }

  /**
   * @param fd a listening socket, blocking; it belongs to the listener from now on
   * @param backlog how many connections the kernel queues for it
   */
  constructor(fd: number, backlog: number) {
    this.handle = { fd, backlog };
    this.port = localPort(fd);
  }

  /**
   * Refuses new connections from now on, without losing one that waits in the accept queue; ends the acceptors and
   * closes the socket. The server's phase must say that it ends.
   *
   * Shutting the socket down wakes whoever is blocked in `accept`, but it also resets those in the queue. So that waits
   * until the acceptors have emptied it; who is blocked by then has found nobody. They stay in the kernel meanwhile: to
   * take them out all at once would be to take the descriptors that serving them needs.
   * @param ended resolves when the acceptor threads have ended
   */
  async close(phase: Phase, ended: Promise<unknown>): Promise<void> {
    const { fd } = this.handle;
    dropNewcomers(fd);
    setNonBlocking(fd, true);
    const gone = ended.then(() => true);
    for (let areGone = false; !areGone && phase.current !== 'aborting' && isSomebodyWaiting(fd);)
      areGone = await Promise.race([gone, slept(lookMs, false)]);
    shutdownSocket(fd);
    await ended;
    close(fd);
  }
}

/** A listening socket is readable while its queue holds a connection. */
function isSomebodyWaiting(fd: number): boolean {
  const list = new PollList();
  list.push(fd, POLLIN);
  return list.poll(0) > 0;
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
  /** Once the server ends, no more can have been waiting: where the kernel does not keep newcomers away they go on coming. */
  #mostLeft: number;

  constructor(handle: ListenerHandle, phase: Phase, log: Log) {
    this.#handle = handle;
    this.#phase = phase;
    this.#shortage = new AcceptShortage(log);
    this.#mostLeft = mostWaiting(handle.backlog);
  }

  /** The next connection; `undefined` when the server ends and nobody waits any more, or its grace time is over. */
  next(): number | undefined {
    while (this.#phase.current !== 'aborting' && this.#mostLeft > 0) {
      const fd = this.#spare.accept(this.#handle.fd, false);
      if (fd >= 0) {
        this.#shortage.over();
        if (this.#phase.ending) this.#mostLeft -= 1;
        return fd;
      }
      if (fd === -ECONNABORTED) continue;
      // It is made non-blocking when the server ends, and then shut down.
      if (this.#phase.ending && (fd === -EAGAIN || fd === -EINVAL)) return undefined;
      this.#shortage.acceptFailed(fd);
      nanosleep(this.#shortage.nextPauseMs());
    }
    return undefined;
  }
}

/** Closes the connections that nobody takes out of a channel any more. */
export function closeAll(connections: Channel): void {
  for (let fd; (fd = connections.tryReceive()) !== undefined;) close(fd);
}
