import { joined } from '../net/joined.js';
import type { SocketQueues } from '../net/sys/socket-queues.js';
import { type ConnectionEffect, queues } from './connection.js';

/**
 * What a connection still takes while the server drains: all that had arrived when it first looked, and the rest of a
 * request that had begun. A peer that always has another request on its way would keep it, and the server, until the
 * grace time is over.
 */
export class LastArrivals {
  /** Of what had arrived, what is not taken yet; `undefined` before it has looked. */
  #dueBytes: number | undefined;
  /** What came behind it. */
  readonly #later: Uint8Array[] = [];
  /** Something had arrived: the peer may be sending still. */
  wereDue = false;
  /** All that had arrived is taken, and a request has begun with it: that one is the last. */
  isRestAwaited = false;

  /** Whether something that had arrived is not taken yet. */
  *areDue(): Generator<ConnectionEffect, boolean, unknown> {
    if (this.#dueBytes === undefined) {
      this.#dueBytes = ((yield queues) as SocketQueues).arrivedBytes;
      this.wereDue = this.#dueBytes > 0;
    }
    return this.#dueBytes > 0;
  }

  /** Of a chunk that was received, what is to be taken. */
  due(chunk: Uint8Array): Uint8Array {
    if (this.#dueBytes === undefined || this.isRestAwaited) return chunk;
    const due = chunk.subarray(0, this.#dueBytes);
    if (due.length < chunk.length) this.#later.push(Uint8Array.from(chunk.subarray(due.length)));
    this.#dueBytes -= due.length;
    return due;
  }

  /** From now on all is taken, for the rest of a request, or one that is on its way: what has come of that. */
  awaitRest(): Uint8Array | undefined {
    this.isRestAwaited = true;
    return this.#later.length === 0 ? undefined : joined(this.#later.splice(0));
  }
}
