// For compilers whose libraries are older: `await using`.
/// <reference lib="esnext.disposable" preserve="true" />

// What `archbench/client` exports: a client for servers that speak frames (`archbench serve --protocol frames`).
import { longestTimerMs } from '../core/clock.js';
import { encodeFrame } from '../net/frames/encode-frame.js';
import { FrameError } from '../net/frames/frame-error.js';
import { type FrameReply, type FrameRequest, type Json, readFrameRequest } from '../net/frames/messages.js';
import { ClientError, closed, endedByServer } from './client-error.js';
import { Link } from './link.js';
import { type ClientOptions, withDefaults } from './options.js';
import { Slots } from './slots.js';
import { UntakenReplies } from './untaken-replies.js';

export { ClientError };
export type { ClientOptions, Json };

/** What a request says beside its target. */
export interface RequestOptions {
  /** Default `GET`, with a body `POST`. */
  readonly method?: string;
  readonly body?: Json;
}

/** What the server answers to one request. */
export interface Reply {
  readonly id: number;
  /** As in HTTP. */
  readonly status: number;
  /** The JSON value of an `application/json` answer, bytes of a binary one, the text of any other. */
  readonly body: Json | Uint8Array | undefined;
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: ClientError) => void;
  readonly timer: NodeJS.Timeout;
}

/** @throws {ClientError} what the server would refuse is not even sent */
function frameOf(request: FrameRequest): Uint8Array {
  const { body }: { readonly body?: unknown } = request;
  // JSON leaves them out.
  if (typeof body === 'function' || typeof body === 'symbol')
    throw new TypeError(`a body must be JSON, found a ${typeof body}`);
  try {
    return encodeFrame(readFrameRequest(request));
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new ClientError('protocol', error.message, { cause: error });
  }
}

/** @throws {ClientError} where it is no base64, of which Node would read what it can */
function bytesOf(body: unknown): Buffer {
  const bytes = Buffer.from(typeof body === 'string' ? body : '', 'base64');
  if (bytes.toString('base64') === body) return bytes;
  throw new ClientError('protocol', 'what the server sent is no reply: its body is no base64');
}

/**
 * One connection, any number of requests on it at once. It is opened with the first request, and again with the next
 * one after it was lost; what was under way then is never sent twice, it fails. Requests under way keep the process
 * alive; an idle connection does not.
 *
 * ```ts
 * await using client = new Client({ port: 8080 });
 * const { body } = await client.call('/json');                      // one and wait
 * for (const n of [3, 2, 1]) await client.send(`/work?io=${n}00`);  // many, and the answers as they come
 * for await (const reply of client.responses()) console.log(reply.id, reply.status);
 * ```
 */
export class Client implements AsyncDisposable {
  readonly #timeoutMs: number;
  readonly #link: Link;
  /** What is under way: each waits for the connection, or for its reply on it. */
  readonly #pending = new Map<number, Pending>();
  /** Bounds it. */
  readonly #roomOnWay: Slots;
  /** To `send`. */
  readonly #untaken: UntakenReplies<Reply>;
  #nextId = 1;
  #closing: Promise<void> | undefined;

  /** @throws {RangeError | TypeError} for an option that is none */
  constructor(given: ClientOptions) {
    const options = withDefaults(given);
    this.#timeoutMs = options.timeoutMs;
    this.#link = new Link(options, {
      receive: (reply) => this.#receive(reply),
      lost: (error) => this.#failAll(error),
    });
    this.#roomOnWay = new Slots(options.maxInFlight);
    this.#untaken = new UntakenReplies(options.maxInFlight);
  }

  /** Sends a request and waits for its reply. @throws {ClientError} */
  async call(target: string, options: RequestOptions = {}): Promise<Reply> {
    const { reply } = await this.#request(target, options);
    return reply;
  }

  /**
   * Sends a request whose reply `responses` will give; resolves to its id. Waits while too many are under way or wait
   * to be taken, and while the connection takes no more: back-pressure.
   * @throws {ClientError} it was not sent; what fails later is thrown by `responses`
   */
  async send(target: string, options: RequestOptions = {}): Promise<number> {
    await this.#untaken.expect();
    try {
      const { id, reply } = await this.#request(target, options);
      void reply.then(
        (given) => this.#untaken.give(given),
        (error: ClientError) => this.#untaken.give(error),
      );
      return id;
    } catch (error) {
      this.#untaken.leave();
      throw error;
    }
  }

  /**
   * The replies to what was sent, as they come; ends when all of them are taken. Throws where one of them failed; to be
   * asked for again then, for the others.
   */
  responses(): AsyncGenerator<Reply, void, void> {
    return this.#untaken.take();
  }

  /** Ends the connection, opening or open; what is under way fails with `closed`. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    const ended = this.#link.close();
    this.#failAll(closed());
    // Who waits for room finds the client closed.
    this.#roomOnWay.open();
    this.#untaken.open();
    await ended;
  }

  /** Resolves when it is written, or has its reply; the reply is for who asked. */
  async #request(target: string, options: RequestOptions): Promise<{ id: number; reply: Promise<Reply> }> {
    const id = this.#nextId++;
    const frame = frameOf({ ...options, id, target });
    const room = this.#roomOnWay.enter();
    if (room !== undefined) await room;
    if (this.#closing) throw closed();
    this.#link.notice();
    const reply = new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => this.#timeOut(id, target), Math.min(this.#timeoutMs, longestTimerMs));
      this.#pending.set(id, { resolve, reject, timer });
    });
    await Promise.race([this.#link.send(id, frame), reply]);
    return { id, reply };
  }

  #timeOut(id: number, target: string): void {
    const message = `no reply to ${target} within ${this.#timeoutMs} ms`;
    this.#settle(id)?.reject(new ClientError('timeout', message, { id }));
    // An attempt that nobody waits for.
    if (this.#pending.size === 0 && !this.#link.isOpen) this.#link.disconnect();
  }

  #receive({ id, status, body, encoding }: FrameReply): void {
    if (id === null) throw endedByServer(body, status);
    const value = encoding === 'base64' ? bytesOf(body) : body;
    // A reply that comes too late finds nobody.
    this.#settle(id)?.resolve({ id, status, body: value });
  }

  /** Takes a request off those under way. */
  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    this.#link.forget(id);
    this.#roomOnWay.leave();
    return pending;
  }

  /** Everything under way gets no reply. */
  #failAll({ code, message, cause }: ClientError): void {
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(new ClientError(code, message, { cause, id }));
  }
}
