import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { mostInFlight } from '../../limits.js';
import type { NodeHttpBody } from './body.js';

/** Begins no further request while more than this waits for the client to read. */
const mostPipelinedBytes = 64 * 1024;

/** After so many requests of one connection the loop asks the kernel what there is of others. */
const mostInARow = 512;

/** One request and what becomes its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  /** Its client waits for `100 Continue`: done when that is sent, or nobody is left to wait. */
  readonly continued: Promise<void> | undefined;
  /** Arrives also while the request waits. */
  readonly body: NodeHttpBody | undefined;
  readonly response: ServerResponse;
  /** To the request before it. */
  readonly previous: ServerResponse | undefined;
}

/**
 * How far a connection works ahead of its client. Node parses all that a chunk holds; of these requests, those that
 * are too many wait here, and nothing is read meanwhile: back-pressure.
 */
export class NodeHttpPipeline {
  readonly #socket: Socket;
  readonly #begin: (exchange: Exchange) => void;
  readonly #waiting: Exchange[] = [];
  #inFlight = 0;
  /** Requests since others were let in. */
  #inARow = 0;
  /** Of answers that are ready, and wait for those before them. */
  #heldBytes = 0;
  readonly #leave = (): void => {
    this.#inFlight -= 1;
    this.#beginWaiting();
  };

  constructor(socket: Socket, begin: (exchange: Exchange) => void) {
    this.#socket = socket;
    this.#begin = begin;
    // Node resumes it after each answer, to throw away what is left of the request.
    socket.on('resume', () => {
      if (this.#waiting.length > 0 || this.#inARow >= mostInARow) socket.pause();
    });
  }

  /** Begins it, now or later. */
  add(exchange: Exchange): void {
    this.#inARow += 1;
    if (this.#inARow === mostInARow) this.#letOthersIn();
    if (this.#waiting.length === 0 && this.#hasRoom) this.#admit(exchange);
    else {
      this.#waiting.push(exchange);
      this.#socket.pause();
    }
  }

  /** Keeps an answer until that before it has left. */
  async hold(bytes: number, previous: ServerResponse): Promise<void> {
    this.#heldBytes += bytes;
    await hasLeft(previous);
    this.#heldBytes -= bytes;
  }

  /** The client has left. */
  clear(): void {
    this.#waiting.length = 0;
  }

  /** libuv reads up to 32 times in a row from who sends faster than it is served. */
  #letOthersIn(): void {
    this.#socket.pause();
    setImmediate(() => {
      this.#inARow = 0;
      if (this.#waiting.length === 0) this.#socket.resume();
    });
  }

  get #hasRoom(): boolean {
    return this.#inFlight < mostInFlight && this.#heldBytes + this.#socket.writableLength <= mostPipelinedBytes;
  }

  #admit(exchange: Exchange): void {
    this.#inFlight += 1;
    exchange.response.on('close', this.#leave);
    this.#begin(exchange);
  }

  #beginWaiting(): void {
    if (this.#waiting.length === 0) return;
    while (this.#waiting.length > 0 && this.#hasRoom) this.#admit(this.#waiting.shift() as Exchange);
    if (this.#waiting.length === 0) this.#socket.resume();
  }
}

/** Resolves when all of an answer is in the kernel, or the peer is lost. */
export async function hasLeft(response: ServerResponse | undefined): Promise<void> {
  if (response !== undefined && !response.writableFinished) await once(response, 'close');
}
