// What `archbench/client` exports: a client for servers that speak frames (`archbench serve --protocol frames`).
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { longestTimerMs } from '../core/clock.js';
import { encodeFrame, FrameDecoder } from '../net/frames/frame-decoder.js';
import { type FrameReply, type FrameRequest, type Json, readFrameReply } from '../net/frames/messages.js';

export type { Json };

export interface ClientOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /** How long a call may wait for its reply; default 30 000. */
  readonly timeoutMs?: number;
  /** Requests that may be under way at once, and replies of `responses` that may wait: 1 or more; default 256. */
  readonly maxInFlight?: number;
  /** How often in a row to try to connect before a call fails, waiting 50 ms, 100 ms, 200 ms … between; default 5. */
  readonly connectAttempts?: number;
  /** The longest reply, in bytes; default 16 MiB. */
  readonly maxReplyBytes?: number;
}

export interface RequestOptions {
  /** Default `GET`, with a body `POST`. */
  readonly method?: string;
  readonly body?: Json;
}

export interface Reply {
  readonly id: number;
  /** As in HTTP. */
  readonly status: number;
  /** The JSON value of an `application/json` answer, bytes of a binary one, the text of any other. */
  readonly body: Json | Uint8Array | undefined;
}

/** A request got no reply: the connection was lost, its time was over, or the server ended the connection. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** `refused`: no connection; `lost`: it broke; `timeout`; `protocol`: one side broke the rules; `closed`: by `close`. */
  readonly code: 'refused' | 'lost' | 'timeout' | 'protocol' | 'closed';

  constructor(code: ClientError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: ClientError) => void;
  readonly timer: NodeJS.Timeout;
}

const firstPauseMs = 50;

type Bounded = 'port' | 'maxInFlight' | 'connectAttempts' | 'maxReplyBytes';

function refuseOutside(options: Required<ClientOptions>, name: Bounded, least: number, most: number): void {
  const value: unknown = options[name];
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} on` : `${least} to ${most}`;
  throw new RangeError(`${name} must be a whole number from ${range}, found ${String(value)}`);
}

/**
 * One connection, any number of requests on it at once. It is opened with the first request, and again with the next
 * one after it was lost; what was under way then is never sent twice, it fails.
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
  readonly #pending = new Map<number, Pending>();
  /** Replies to `send` that nobody has taken, and those who wait for one. */
  readonly #replies: (Reply | ClientError)[] = [];
  #takers: (() => void)[] = [];
  #sentUntaken = 0;
  /** Requests that have been let through: they wait for the connection, or for their reply. */
  #underWay = 0;
  /** Who waits for one less of either. */
  readonly #waiting: (() => void)[] = [];
  #socket: Promise<Socket> | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: ClientOptions) {
    this.#options = {
      host: '127.0.0.1',
      timeoutMs: 30_000,
      maxInFlight: 256,
      connectAttempts: 5,
      maxReplyBytes: 16 * 1024 * 1024,
      ...options,
    };
    refuseOutside(this.#options, 'port', 1, 65_535);
    const { timeoutMs } = this.#options;
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, found ${timeoutMs}`);
    refuseOutside(this.#options, 'maxInFlight', 1, Number.MAX_SAFE_INTEGER);
    refuseOutside(this.#options, 'connectAttempts', 1, Number.MAX_SAFE_INTEGER);
    refuseOutside(this.#options, 'maxReplyBytes', 1, Number.MAX_SAFE_INTEGER);
  }

  /** Sends a request and waits for its reply. @throws {ClientError} */
  async call(target: string, options: RequestOptions = {}): Promise<Reply> {
    const { reply } = await this.#request(target, options);
    return reply;
  }

  /**
   * Sends a request whose reply `responses` will give; resolves to its id. Waits while too many are under way or wait
   * to be taken: back-pressure.
   * @throws {ClientError}
   */
  async send(target: string, options: RequestOptions = {}): Promise<number> {
    await this.#enter(
      () => this.#sentUntaken,
      () => (this.#sentUntaken += 1),
    );
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

  /** Ends the connection; what is under way fails with `closed`. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#failAll(new ClientError('closed', 'the client was closed'));
    const socket = await this.#socket?.catch(() => undefined);
    if (socket === undefined || socket.closed) return;
    socket.end();
    socket.destroySoon();
    await once(socket, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #request(target: string, options: RequestOptions): Promise<{ id: number; reply: Promise<Reply> }> {
    const id = this.#nextId++;
    const request: FrameRequest = { id, target, ...options };
    const frame = encodeFrame(request);
    await this.#enter(
      () => this.#underWay,
      () => (this.#underWay += 1),
    );
    let socket: Socket;
    try {
      socket = await this.#connected();
    } catch (error) {
      this.#leave();
      throw error;
    }
    const reply = new Promise<Reply>((resolve, reject) => {
      const { timeoutMs } = this.#options;
      const timer = setTimeout(
        () => {
          this.#settle(id)?.reject(new ClientError('timeout', `no reply to ${target} within ${timeoutMs} ms`));
        },
        Math.min(timeoutMs, longestTimerMs),
      );
      this.#pending.set(id, { resolve, reject, timer });
    });
    // Whoever called may still be busy below when it fails.
    reply.catch(() => undefined);
    if (!socket.write(frame)) await Promise.race([once(socket, 'drain'), reply.catch(() => undefined)]);
    return { id, reply };
  }

  async #connected(): Promise<Socket> {
    this.#socket ??= this.#connect();
    try {
      const socket = await this.#socket;
      // Lost since then; then there is another.
      return socket.destroyed ? await this.#connected() : socket;
    } catch (error) {
      this.#socket = undefined;
      throw error;
    }
  }

  async #connect(): Promise<Socket> {
    const { host, port, connectAttempts } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const socket = connect({ host, port, noDelay: true });
      try {
        await once(socket, 'connect');
        this.#listen(socket);
        return socket;
      } catch (cause) {
        if (attempt >= connectAttempts || this.#isClosed)
          throw new ClientError(
            'refused',
            `no connection to ${host}:${port}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
            { cause },
          );
      }
      await new Promise((resolve) => {
        setTimeout(resolve, firstPauseMs * 2 ** (attempt - 1));
      });
    }
  }

  #listen(socket: Socket): void {
    const decoder = new FrameDecoder(this.#options.maxReplyBytes);
    let isLost = false;
    const lose = (error: ClientError): void => {
      // Its 'close' may come when the next connection is there already.
      if (isLost) return;
      isLost = true;
      socket.destroy();
      this.#socket = undefined;
      this.#failAll(error);
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.feed(chunk);
        for (let frame; (frame = decoder.next()) !== undefined;) this.#receive(readFrameReply(frame.message));
      } catch (cause) {
        lose(new ClientError('protocol', cause instanceof Error ? cause.message : String(cause), { cause }));
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => lose(new ClientError('lost', 'the connection was lost')));
  }

  #receive({ id, status, body, encoding }: FrameReply): void {
    if (id === null) throw new ClientError('protocol', typeof body === 'string' ? body : `status ${status}`);
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
    this.#leave();
    return pending;
  }

  #failAll(error: ClientError): void {
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(error);
    this.#wake();
  }

  #give(reply: Reply | ClientError): void {
    this.#replies.push(reply);
    for (const take of this.#takers.splice(0)) take();
  }

  #taken(): void {
    this.#sentUntaken -= 1;
    this.#wake();
    if (this.#sentUntaken === 0) for (const take of this.#takers.splice(0)) take();
  }

  /** A request is no longer under way. */
  #leave(): void {
    this.#underWay -= 1;
    this.#wake();
  }

  /** Waits until there are fewer than may be, and counts one more in the same moment. */
  async #enter(count: () => number, add: () => void): Promise<void> {
    while (!this.#isClosed && count() >= this.#options.maxInFlight) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    if (this.#isClosed) throw new ClientError('closed', 'the client was closed');
    add();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
