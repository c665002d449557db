import type { IncomingMessage } from 'node:http';
import { ByteBuffer } from '../../../net/http/byte-buffer.js';
import { bodyTooLong } from '../../../net/http/head-rules.js';
import { HttpError } from '../../../net/http/http-error.js';
import type { HttpLimits } from '../../../net/http/limits.js';
import { requestTimeout } from '../../error-responses.js';

/** Whether a body follows the head. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** The body of a request of Node's while it arrives. */
export class NodeHttpBody {
  /** All of it; `undefined` when the peer leaves before. Rejects with an `HttpError` for what is wrong with it. */
  readonly whole: Promise<Uint8Array | undefined>;
  readonly #request: IncomingMessage;
  #end: (end: Uint8Array | HttpError | undefined) => void = () => undefined;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, limits: HttpLimits) {
    this.#request = request;
    this.whole = new Promise((resolve, reject) => {
      this.#end = (end) => {
        this.#hasEnded = true;
        clearTimeout(this.#timer);
        if (end instanceof HttpError) reject(end);
        else resolve(end);
      };
    });
    // It may fail before anybody waits for it.
    this.whole.catch(() => undefined);
    const body = new ByteBuffer();
    request.on('data', (chunk: Buffer) => {
      if (body.length + chunk.length > limits.maxBodyBytes) this.fail(bodyTooLong(limits));
      else body.append(chunk, 0, chunk.length);
    });
    request.on('end', () => this.#end(body.take()));
    request.on('error', () => this.fail(undefined));
    request.on('close', () => this.fail(undefined));
  }

  /** Node's parser has not seen its end. */
  get isArriving(): boolean {
    return !this.#hasEnded && !this.#request.complete;
  }

  /** Gives the peer so long for the rest of it. */
  limit(ms: number): void {
    if (this.#hasEnded) return;
    this.#timer = setTimeout(() => {
      // Timers come before sockets in Node's loop: what has arrived while this thread computed is read first.
      setImmediate(() => this.fail(requestTimeout()));
    }, ms);
  }

  /** Wants no more of it, for a mistake or because the peer has left. */
  fail(error: HttpError | undefined): void {
    if (!this.#hasEnded) this.#end(error);
  }
}
