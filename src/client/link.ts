import { connect, type Socket } from 'node:net';
import { FrameDecoder } from '../net/frames/frame-decoder.js';
import { type FrameReply, readFrameReply } from '../net/frames/messages.js';
import { ClientError, lost } from './client-error.js';
import type { ClientOptions } from './options.js';

const firstPauseMs = 50;
const longestPauseMs = 5000;

/** What the server has sent is no reply: the words of the decoder, unless it has mistaken another protocol for a frame. */
function notReply(error: unknown, chunk: Buffer): ClientError {
  const isHttp = chunk.toString('latin1', 0, 5) === 'HTTP/';
  const reason = error instanceof Error ? error.message : String(error);
  const message = isHttp ? 'the server speaks HTTP, not frames' : `what the server sent is no reply: ${reason}`;
  return new ClientError('protocol', message, { cause: error });
}

interface Unsent {
  readonly frame: Uint8Array;
  /** Tells that the connection has it. */
  readonly sent: () => void;
}

/** Whom a link belongs to. */
export interface LinkOwner {
  /** @throws {ClientError} to end the connection */
  readonly receive: (reply: FrameReply) => void;
  /** There is no connection any more, or none could be opened: whatever was on it gets no reply. */
  readonly lost: (error: ClientError) => void;
}

/**
 * The connection to a server, which is opened when there is something to send, with pauses that grow while nobody
 * answers. What was given to it before it was lost is never sent again.
 */
export class Link {
  readonly #options: Required<ClientOptions>;
  readonly #owner: LinkOwner;
  /** What is not written yet, in its order: the connection is opening, or takes no more for now. */
  readonly #unsent = new Map<number, Unsent>();
  /** The connection, or the latest attempt to open one. */
  #socket: Socket | undefined;
  #isOpen = false;
  #nextAttempt: NodeJS.Timeout | undefined;

  constructor(options: Required<ClientOptions>, owner: LinkOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when it is written; never, where it is forgotten before that. */
  send(id: number, frame: Uint8Array): Promise<void> {
    const written = new Promise<void>((sent) => this.#unsent.set(id, { frame, sent }));
    if (this.#socket === undefined) this.#connect(1);
    else this.#write();
    return written;
  }

  /** Nobody waits for it any more. */
  forget(id: number): void {
    this.#unsent.delete(id);
  }

  /** A reset that was read in this turn of the event loop has ended it already: 'close' comes at its end. */
  notice(): void {
    if (this.#isOpen && this.#socket?.destroyed === true) this.#lose(lost());
  }

  /** Ends it, opening or open; the next that is sent begins anew, with short pauses. */
  disconnect(): void {
    clearTimeout(this.#nextAttempt);
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#isOpen = false;
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    const socket = this.#socket;
    this.disconnect();
    if (socket === undefined || socket.closed) return;
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  }

  #lose(error: ClientError): void {
    this.disconnect();
    this.#owner.lost(error);
  }

  #connect(attempt: number): void {
    const { host, port, connectAttempts, maxReplyBytes } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    const decoder = new FrameDecoder(maxReplyBytes);
    let cause: NodeJS.ErrnoException | undefined;
    // One that was given up or lost may have its 'close' when there is another already.
    const lose = (error: ClientError): void => {
      if (socket === this.#socket) this.#lose(error);
    };
    socket.on('connect', () => {
      this.#isOpen = true;
      // The timers of what is under way keep the process alive.
      socket.unref();
      this.#write();
    });
    socket.on('drain', () => this.#write());
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.feed(chunk);
        for (let frame; (frame = decoder.next()) !== undefined;) this.#owner.receive(readFrameReply(frame.message));
      } catch (error) {
        lose(error instanceof ClientError ? error : notReply(error, chunk));
      }
    });
    // No reply can come any more; its 'close' would wait for what the other side no longer reads.
    socket.on('end', () => lose(lost()));
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      if (this.#isOpen) lose(lost());
      else if (attempt >= connectAttempts)
        lose(
          new ClientError('refused', `no connection to ${host}:${port}: ${cause?.code ?? String(cause)}`, { cause }),
        );
      else {
        const pauseMs = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
        this.#nextAttempt = setTimeout(() => this.#connect(attempt + 1), pauseMs);
      }
    });
  }

  /** Gives the connection what is unsent, as far as it takes it: memory does not grow with a peer that never reads. */
  #write(): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#isOpen || socket.writableNeedDrain) return;
    for (const [id, { frame, sent }] of this.#unsent) {
      this.#unsent.delete(id);
      sent();
      if (!socket.write(frame)) return;
    }
  }
}
