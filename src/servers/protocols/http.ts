import { continueResponse, encodeResponse, type HttpResponse } from '../../net/http/encode.js';
import { HttpError } from '../../net/http/http-error.js';
import type { CounterRow } from '../counters.js';
import type { HttpRequest } from '../../net/http/request.js';
import { RequestMemory } from '../../net/http/request-memory.js';
import { RequestParser } from '../../net/http/request-parser.js';
import { type Connection, linger, receive, type Received, send } from '../connection.js';
import { finish, handle } from '../respond.js';
import type { Protocol, Service } from '../service.js';

const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
const unavailable: HttpResponse = {
  status: 503,
  headers: { ...plain, 'Retry-After': '1' },
  body: 'too many connections\n',
};
const timedOut: HttpResponse = { status: 408, headers: plain, body: 'the request took too long to arrive\n' };

/** Answers of pipelined requests are gathered up to here, then sent: bounded memory, few system calls. */
const outputBytes = 64 * 1024;

/** Of the thread that has loaded this module. */
const memory = new RequestMemory();

function encodeLast(response: HttpResponse): Uint8Array {
  return encodeResponse(response, { keepAlive: false, head: false, httpMinor: 1 });
}

/** How long the peer may take for its next bytes: idle, in a head, or in a body, each from its beginning. */
class Patience {
  readonly #service: Service;
  #phase: RequestParser['phase'] = 'idle';
  #until = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  leftMs(phase: RequestParser['phase']): number {
    const { idleTimeout, headerTimeout, bodyTimeout } = this.#service.limits;
    if (phase === 'idle') {
      this.#phase = phase;
      return idleTimeout;
    }
    const now = performance.now();
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#until = now + (phase === 'head' ? headerTimeout : bodyTimeout);
    }
    return Math.max(1, this.#until - now);
  }
}

/** Answers that wait for those behind them, to leave together. */
class Output {
  readonly #row: CounterRow;
  #parts: Uint8Array[] = [];
  bytes = 0;

  constructor(row: CounterRow) {
    this.#row = row;
  }

  add(part: Uint8Array): void {
    this.#parts.push(part);
    this.bytes += part.length;
  }

  /** All of them, counted as sent. */
  take(): Uint8Array {
    const parts = this.#parts;
    this.#row.sent(this.bytes);
    this.bytes = 0;
    if (parts.length === 1) return parts.pop() as Uint8Array;
    this.#parts = [];
    return Buffer.concat(parts);
  }
}

/**
 * HTTP/1.1 over one connection: requests in, answers out in the same order, pipelined or not.
 *
 *   receive → parse → handle → encode ─┐        answers gather until every request that
 *      ▲         ▲________|  next one   │        has arrived is answered, then leave in one
 *      └───────────── send ◄────────────┘        system call
 */
function* serve(service: Service): Connection {
  const { limits, row, phase } = service;
  const parser = new RequestParser(limits, memory);
  const patience = new Patience(service);
  const output = new Output(service.row);
  for (;;) {
    let request: HttpRequest | undefined;
    try {
      request = parser.next();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      row.rejected();
      output.add(encodeLast({ status: error.status, headers: plain, body: `${error.message}\n` }));
      yield send(output.take());
      return yield* linger();
    }
    if (request !== undefined) {
      row.request();
      const answer = handle(service, request);
      const response = 'next' in answer ? yield* finish(service, request, answer) : answer;
      // While the server drains, the last request that has arrived is the last one of the connection.
      const keepAlive = request.keepAlive && service.keepAlive && !(phase.ending && parser.phase === 'idle');
      const bytes = encodeResponse(response, {
        keepAlive,
        head: request.method === 'HEAD',
        httpMinor: request.httpMinor,
      });
      output.add(bytes);
      if (!keepAlive) {
        yield send(output.take());
        // Whoever pipelines, or cannot know yet that we end, may be sending still.
        return parser.phase !== 'idle' || phase.ending ? yield* linger() : undefined;
      }
      if (output.bytes >= outputBytes) yield send(output.take());
      continue;
    }
    if (parser.takeContinue()) output.add(continueResponse);
    if (output.bytes > 0) yield send(output.take());
    const state = parser.phase;
    const chunk = (yield receive(patience.leftMs(state), state === 'idle')) as Received;
    if (chunk === undefined) {
      if (state === 'idle') return;
      row.rejected();
      output.add(encodeLast(timedOut));
      yield send(output.take());
      // Nothing is on its way from somebody so slow, whose thread others may be waiting for.
      return;
    }
    if (chunk.length === 0) return;
    row.received(chunk.length);
    parser.feed(chunk);
  }
}

function* refuse(service: Service): Connection {
  const bytes = encodeLast(unavailable);
  yield send(bytes);
  service.row.sent(bytes.length);
  yield* linger();
}

const protocol: Protocol = {
  id: 'http',
  summary: 'HTTP/1.1',
  serve,
  refuse,
  example: Buffer.from('GET /1 HTTP/1.1\r\nHost: rehearsal\r\n\r\n'),
};

export default protocol;
