import type { SocketQueues } from '../net/sys/socket-queues.js';
import type { Effect, Effects } from './application.js';

/**
 * What the life of a connection is made of: the effects of the application, and its own reading and
 * writing. A protocol (`protocols/`) is a coroutine that yields these; an executor (`executors/`,
 * `runtime/`) performs them with the system calls of its architecture. Neither knows the other.
 */
export type ConnectionEffect =
  | Effect
  | {
      readonly kind: 'receive';
      /** The time the peer has from now. 0: what has not arrived is not waited for. */
      readonly timeoutMs: number;
      /** No request has begun to arrive: when the server drains, this connection may end here. */
      readonly idle: boolean;
    }
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** Sends no more, so that the peer reads to the end although we have not read all of its bytes. */
  | { readonly kind: 'finish' }
  /**
   * Does a job beside the connection and sends what it gives. While the peer does not read what others gave, it waits
   * where it stands: what is unsent is bounded (`mostUnsentBytes` and the longest answer), however many jobs there are.
   * Short answers share system calls. A blocking architecture does the job at once.
   */
  | { readonly kind: 'spawn'; readonly job: Effects<Uint8Array> }
  /** What the kernel has of the connection: `SocketQueues`. */
  | { readonly kind: 'queues' }
  /** Waits until at most so many jobs are under way, and little of what the others gave is unsent. */
  | { readonly kind: 'settle'; readonly most: number };

/**
 * The life of one connection, as a coroutine. It ends by returning, and the executor closes the socket then;
 * when the peer is lost the executor ends it with `return()`.
 */
export type Connection = Generator<ConnectionEffect, void, unknown>;

/** The end of the stream, as `receive` gives it. */
export const endOfStream = new Uint8Array(0);

/**
 * What `receive` gives: the next bytes of the peer; `endOfStream` when the peer sends no more, or when nothing had
 * arrived and nothing was to be waited for (`timeoutMs` 0, or `idle` while the server drains); `undefined` when the time
 * is over. Bytes are valid until the coroutine yields again: the memory may be shared by all connections of the thread.
 * Copy what you keep.
 */
export type Received = Uint8Array | undefined;

// Effects as plain objects, to be yielded: a generator of its own for each, `yield* receive(…)`, would cost more than
// all else that is done for a small request.

/** `const chunk = (yield receive(idleTimeout, true)) as Received` */
export function receive(timeoutMs: number, idle: boolean): ConnectionEffect {
  return { kind: 'receive', timeoutMs, idle };
}

/** Sends all of `bytes`; the coroutine goes on when they may be reused. */
export function send(bytes: Uint8Array): ConnectionEffect {
  return { kind: 'send', bytes };
}

export function spawn(job: Effects<Uint8Array>): ConnectionEffect {
  return { kind: 'spawn', job };
}

export function settle(most: number): ConnectionEffect {
  return { kind: 'settle', most };
}

export const queues: ConnectionEffect = { kind: 'queues' };

/**
 * How long idle connections stay when the server ends: a request may be on its way, to which the end would be the answer.
 * For all that a thread serves one after the other together.
 */
export const lastCallMs = 100;

export const lingerMs = 1000;
export const lingerBytes = 1024 * 1024;

/**
 * Ends a connection whose peer may still be sending. Closing at once would make the kernel answer those
 * bytes with a reset, and a reset destroys the response the peer has not read yet (RFC 9112 §9.6). So:
 * send no more, read and forget what still comes, for a bounded time and amount.
 * @param takesLong false: the peer hardly sends more, and its response is small; waiting for it to close would be in
 * vain, and dear where a thread does it. Then that is done only where something has arrived.
 */
export function* linger(takesLong = true): Connection {
  yield { kind: 'finish' };
  let until = takesLong ? performance.now() + lingerMs : undefined;
  for (let bytes = 0; bytes < lingerBytes;) {
    const patienceMs = until === undefined ? 0 : Math.max(1, until - performance.now());
    const chunk = (yield receive(patienceMs, false)) as Received;
    if (chunk === undefined || chunk.length === 0) return;
    bytes += chunk.length;
    until ??= performance.now() + lingerMs;
  }
}

/**
 * Ends a connection on which no answer is owed. One may be on its way still, to a peer that reads slowly and asks again
 * meanwhile.
 * @param isSending whether it has sent more than it was answered for, and may go on
 */
export function* hangUp(isSending = false): Connection {
  const { onWayBytes } = (yield queues) as SocketQueues;
  if (onWayBytes > 0) yield* linger();
  else if (isSending) yield* linger(false);
}
