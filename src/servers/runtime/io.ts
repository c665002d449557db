import type { SocketQueues } from '../../net/sys/socket-queues.js';
import type { Future, pending } from './future.js';
import type { Driver, Waker } from './runtime.js';

/** The peer is gone: reset, or silent for too long. Costs this connection only. */
export const peerLost = Symbol('peer lost');

/** `undefined`: done. `pending`: to be tried again after a wake-up. `peerLost`: the connection is over. */
export type Progress = undefined | typeof pending | typeof peerLost;

/**
 * A connected socket. Nothing here waits: what is `pending` wakes the task when it is worth another try.
 */
export interface Stream {
  /** How much the kernel has taken in all: it grows as long as the peer reads. */
  readonly bytesSent: number;
  /**
   * The next bytes, valid until the coroutine that asked for them waits; `endOfStream` when there are no more.
   * @param isLastLook what has not arrived by now is not waited for: the stream ends here
   */
  readonly receive: (isLastLook: boolean) => Uint8Array | typeof pending | typeof peerLost;
  /** Sends bytes behind those before them. `pending`: they may be reused only when all is flushed. */
  readonly send: (bytes: Uint8Array) => Progress;
  /**
   * Sends bytes behind those before them, together with others that follow: at the next `flush`, or before the thread
   * computes or waits. They may not be reused.
   */
  readonly sendSoon: (bytes: Uint8Array) => void;
  /** `undefined` when all is sent. */
  readonly flush: () => Progress;
  /** `undefined` while so little is unsent that further answers may be made. */
  readonly room: () => Progress;
  /** What the kernel has of it, and those before the kernel. */
  readonly queues: () => SocketQueues;
  /** Sends no more. Only when all is flushed. */
  readonly finish: () => void;
  /** Gives the socket back, whatever is under way. */
  readonly close: () => void;
}

/** A listening socket. */
export interface Listener {
  /** The descriptor of the next connection, or `-errno`: `-EAGAIN` only when it has stopped and nobody waits any more. */
  readonly accept: () => number | typeof pending;
  /** From now on only those already in the accept queue are accepted; when none is left, `accept` gives `-EAGAIN`. */
  readonly stop: () => void;
  /** Gives the socket back. Only when it has stopped, and nothing is pending. */
  readonly close: () => void;
}

/**
 * What the tasks of a server ask of the kernel. It tells either what is ready to be done without waiting (`readiness/`)
 * or what is done (`completion/`); tasks know no difference.
 */
export interface Io extends Driver {
  readonly listen: (fd: number, waker: Waker) => Listener;
  readonly open: (fd: number, waker: Waker) => Stream;
  /** Wakes a task each time an eventfd is signalled: the one door by which another thread wakes this one. */
  readonly watch: (eventfd: number, waker: Waker) => void;
  /**
   * The thread is about to compute, probably for so long: hands the kernel what is queued, so that no answer that is
   * made waits for that.
   */
  readonly submit: (computingMs: number) => void;
  /** Begins to read a file. @throws what the file system says, at once or when polled */
  readonly readFile: (path: string, waker: Waker) => Future<Uint8Array>;
  /** To be called last: no operation and no descriptor is left. */
  readonly close: () => void;
}
