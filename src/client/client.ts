// For compilers whose libraries are older: `await using`.
/// <reference lib="esnext.disposable" preserve="true" />

// What `archbench/client` exports: a client for servers that speak frames (`archbench serve --protocol frames`).
import { connect, type Socket } from 'node:net';
import { longestTimerMs } from '../core/clock.js';
import { encodeFrame } from '../net/frames/encode-frame.js';
import { FrameDecoder } from '../net/frames/frame-decoder.js';
import { FrameError } from '../net/frames/frame-error.js';
import {
  type FrameReply,
  type FrameRequest,
  type Json,
  readFrameReply,
  readFrameRequest,
} from '../net/frames/messages.js';
import { Slots } from './slots.js';

export type { Json };

/** Where the server is, how long to wait for it, and how much to have under way at once. */
export interface ClientOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /** How long a request may wait for its reply, from when it is under way, connecting included; default 30 000. */
  readonly timeoutMs?: number;
  /** Requests that may be under way at once, and replies of `responses` that may wait: 1 or more; default 256. */
  readonly maxInFlight?: number;
  /** How often in a row to try to connect before a call fails, waiting 50 ms, 100 ms, 200 ms … 5 s between; default 5. */
  readonly connectAttempts?: number;
  /** The longest reply, in bytes; default 16 MiB. */
  readonly maxReplyBytes?: number;
}

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

/**
 * A request got no reply: there was no connection, or it was lost; its time was over; one side broke the rules (a
 * request of one's own that breaks them is not even sent); or the client was closed.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** `refused`: no connection; `lost`: it broke; `timeout`; `protocol`: one side broke the rules; `closed`: by `close`. */
  readonly code: 'refused' | 'lost' | 'timeout' | 'protocol' | 'closed';

  /** Of the request, where it was under way: what `send` resolves to. */
  readonly id: number | undefined;

  constructor(code: ClientError['code'], message: string, { cause, id }: { cause?: unknown; id?: number } = {}) {
    // An undefined one would be printed with the error.
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.id = id;
  }
}

interface Unsent {
  readonly frame: Uint8Array;
  /** Tells that the connection has it. */
  readonly sent: () => void;
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: ClientError) => void;
  readonly timer: NodeJS.Timeout;
}

const firstPauseMs = 50;
const longestPauseMs = 5000;

function lost(): ClientError {
  return new ClientError('lost', 'the connection was lost');
}

function closed(): ClientError {
  return new ClientError('closed', 'the client was closed');
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

const mostWords = 200;

/** Why a server ends the connection, if it says so; it may say very much. */
function lastWords(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined;
  return body.length <= mostWords ? body : `${body.slice(0, mostWords)}…`;
}

/** What the server has sent is no reply: the words of the decoder, unless it has mistaken another protocol for a frame. */
function notReply(error: unknown, chunk: Buffer): ClientError {
  const isHttp = chunk.toString('latin1', 0, 5) === 'HTTP/';
  const reason = error instanceof Error ? error.message : String(error);
  const message = isHttp ? 'the server speaks HTTP, not frames' : `what the server sent is no reply: ${reason}`;
  return new ClientError('protocol', message, { cause: error });
}

type Bounded = 'port' | 'maxInFlight' | 'connectAttempts' | 'maxReplyBytes';

function refuseOutside(options: Required<ClientOptions>, name: Bounded, least: number, most: number): void {
  const value: unknown = options[name];
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} on` : `${least} to ${most}`;
  throw new RangeError(`${name} must be a whole number from ${range}, found ${String(value)}`);
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
  readonly #options: Required<ClientOptions>;
  /** What is under way: each waits for the connection, or for its reply on it. */
  readonly #pending = new Map<number, Pending>();
  /** Those of them that are not written yet, in their order: the connection is opening, or takes no more for now. */
  readonly #unsent = new Map<number, Unsent>();
  /** Replies to `send` that nobody has taken, and those who wait for one. */
  readonly #replies: (Reply | ClientError)[] = [];
  #takers: (() => void)[] = [];
  #sentUntaken = 0;
  /** Bounds on what is under way, and on what is sent and untaken. */
  readonly #roomOnWay: Slots;
  readonly #roomUntaken: Slots;
  /** The connection, or the latest attempt to open one: everything under way is on it. */
  #socket: Socket | undefined;
  #isOpen = false;
  #nextAttempt: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closing: Promise<void> | undefined;

  constructor({
    host = '127.0.0.1',
    port,
    timeoutMs = 30_000,
    maxInFlight = 256,
    connectAttempts = 5,
    maxReplyBytes = 16 * 1024 * 1024,
  }: ClientOptions) {
    this.#options = { host, port, timeoutMs, maxInFlight, connectAttempts, maxReplyBytes };
    refuseOutside(this.#options, 'port', 1, 65_535);
    const given: unknown = host;
    if (typeof given !== 'string') throw new TypeError(`host must be a text, found ${String(given)}`);
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, found ${timeoutMs}`);
    refuseOutside(this.#options, 'maxInFlight', 1, Number.MAX_SAFE_INTEGER);
    refuseOutside(this.#options, 'connectAttempts', 1, Number.MAX_SAFE_INTEGER);
    refuseOutside(this.#options, 'maxReplyBytes', 1, Number.MAX_SAFE_INTEGER);
    this.#roomOnWay = new Slots(this.#options.maxInFlight);
    this.#roomUntaken = new Slots(this.#options.maxInFlight);
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
    const room = this.#roomUntaken.enter();
    if (room !== undefined) await room;
    this.#sentUntaken += 1;
    try {
      const { id, reply } = await this.#request(target, options);
      void reply.then(
        (given) => this.#give(given),
        (error: ClientError) => this.#give(error),
      );
      return id;
    } catch (error) {
      this.#taken();
      throw error;
    }
  }

  /**
   * The replies to what was sent, as they come; ends when all of them are taken. Throws where one of them failed; to be
   * asked for again then, for the others.
   */
  async *responses(): AsyncGenerator<Reply, void, void> {
    while (this.#sentUntaken > 0) {
      const reply = this.#replies.shift();
      if (reply === undefined) {
        await new Promise<void>((resolve) => this.#takers.push(resolve));
        continue;
      }
      this.#taken();
      if (reply instanceof ClientError) throw reply;
      yield reply;
    }
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
    const socket = this.#socket;
    this.#lose(closed());
    // Who waits for room finds the client closed.
    this.#roomOnWay.open();
    this.#roomUntaken.open();
    if (socket === undefined || socket.closed) return;
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  }

  /** Resolves when it is written, or has its reply; the reply is for who asked. */
  async #request(target: string, options: RequestOptions): Promise<{ id: number; reply: Promise<Reply> }> {
    const id = this.#nextId++;
    const frame = frameOf({ ...options, id, target });
    const room = this.#roomOnWay.enter();
    if (room !== undefined) await room;
    if (this.#closing) throw closed();
    // A reset that was read in this turn of the event loop: 'close' comes at its end.
    if (this.#isOpen && this.#socket?.destroyed === true) this.#lose(lost());
    const reply = new Promise<Reply>((resolve, reject) => {
      const { timeoutMs } = this.#options;
      const timer = setTimeout(
        () => {
          this.#settle(id)?.reject(new ClientError('timeout', `no reply to ${target} within ${timeoutMs} ms`, { id }));
          // An attempt that nobody waits for: the next request begins anew, with short pauses.
          if (this.#pending.size === 0 && !this.#isOpen) this.#disconnect();
        },
        Math.min(timeoutMs, longestTimerMs),
      );
      this.#pending.set(id, { resolve, reject, timer });
    });
    const sent = new Promise<void>((resolve) => this.#unsent.set(id, { frame, sent: resolve }));
    if (this.#socket === undefined) this.#connect(1);
    else this.#write();
    await Promise.race([sent, reply]);
    return { id, reply };
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
        for (let frame; (frame = decoder.next()) !== undefined;) this.#receive(readFrameReply(frame.message));
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

  #receive({ id, status, body, encoding }: FrameReply): void {
    if (id === null) throw new ClientError('protocol', `the server ends the connection: ${lastWords(body) ?? status}`);
    const value = encoding === 'base64' && typeof body === 'string' ? Buffer.from(body, 'base64') : body;
    // A reply that comes too late finds nobody.
    this.#settle(id)?.resolve({ id, status, body: value });
  }

  /** Takes a request off those under way. */
  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    this.#unsent.delete(id);
    this.#roomOnWay.leave();
    return pending;
  }

  /** Ends the connection, if there is one, and fails everything on it. */
  #lose({ code, message, cause }: ClientError): void {
    this.#disconnect();
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(new ClientError(code, message, { cause, id }));
  }

  #disconnect(): void {
    clearTimeout(this.#nextAttempt);
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#isOpen = false;
  }

  #give(reply: Reply | ClientError): void {
    this.#replies.push(reply);
    for (const take of this.#takers.splice(0)) take();
  }

  #taken(): void {
    this.#sentUntaken -= 1;
    this.#roomUntaken.leave();
    if (this.#sentUntaken === 0) for (const take of this.#takers.splice(0)) take();
  }
}
