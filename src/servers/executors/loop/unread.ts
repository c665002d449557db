import type { Socket } from 'node:net';
import { joined } from '../../../net/joined.js';
import { fullBufferBytes } from './queues.js';

/** What has come from a socket while nobody was receiving, and the pauses in which nothing more is read. */
export class Unread {
  readonly #socket: Socket;
  #chunks: Uint8Array[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  /** Keeps it, and reads no more. */
  hold(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#socket.pause();
  }

  /** All there is, as one, and reads on; `undefined` where there is nothing. */
  take(): Uint8Array | undefined {
    if (this.#chunks.length === 0) return undefined;
    // Of a paused socket Node reads on for a while, into the stream's own buffer: it comes at once, to be held too.
    if (this.#socket.readableLength > 0) this.#socket.read();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#socket.resume();
    return joined(chunks);
  }

  /** libuv reads up to 32 times in a row from who sends faster than it is served: this chunk of it is received. */
  letOthersIn({ length }: Uint8Array): void {
    if (length < fullBufferBytes) return;
    this.#socket.pause();
    setImmediate(() => {
      if (this.#chunks.length === 0) this.#socket.resume();
    });
  }
}
