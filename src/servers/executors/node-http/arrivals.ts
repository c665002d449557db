import type { Socket } from 'node:net';
import { queuesOf } from '../loop/queues.js';

/**
 * What a connection still takes while the server drains: the requests of all that had arrived when it first looked, and
 * one more, which may have begun with that. Node parses a chunk at a time and tells of the requests in it one by one;
 * all of those in the chunk in which the last due byte stands are taken.
 */
export class NodeHttpArrivals {
  readonly #socket: Socket;
  /** Of the bytes of the connection, how many are due; `undefined` before it has looked. */
  #dueBytes: number | undefined;
  /** How many had been read before the chunk that is parsed, and how many with it. */
  #readBefore = 0;
  #read = 0;
  /** The one more is taken: whatever else arrives is dropped. */
  isLastTaken = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether something that had arrived is not read yet. */
  get areDue(): boolean {
    return this.#socket.bytesRead < this.#due;
  }

  /** A request has arrived: whether it is answered. */
  takesRequest(): boolean {
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#read) {
      this.#readBefore = this.#read;
      this.#read = bytesRead;
    }
    if (this.#readBefore < this.#due) return true;
    if (this.isLastTaken) return false;
    this.isLastTaken = true;
    return true;
  }

  get #due(): number {
    if (this.#dueBytes === undefined) {
      this.#read = this.#socket.bytesRead;
      this.#dueBytes = this.#read + queuesOf(this.#socket).arrivedBytes;
    }
    return this.#dueBytes;
  }
}
