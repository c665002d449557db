import { continueResponse, encodeResponse, type ResponseFraming } from '../../net/http/encode-response.js';
import type { HttpResponse } from '../../net/http/response.js';
import { HttpError } from '../../net/http/http-error.js';
import type { HttpRequest } from '../../net/http/request.js';
import { RequestMemory } from '../../net/http/request-memory.js';
import { RequestParser } from '../../net/http/request-parser.js';
import {
  type Connection,
  type ConnectionEffect,
  hangUp,
  lastCallMs,
  linger,
  receive,
  type Received,
  send,
} from '../connection.js';
import { requestTimeout, responseTo, unavailable } from '../error-responses.js';
import { Output } from '../http/output.js';
import { RequestPatience } from '../http/request-patience.js';
import { LastArrivals } from '../last-arrivals.js';
import { answerOf, failed, handle } from '../respond.js';
import type { Protocol, Service } from '../service.js';

/** Answers of pipelined requests are gathered up to here, then sent: bounded memory, few system calls. */
const outputBytes = 64 * 1024;

/** What leaves at once, before the peer has acknowledged anything: ten segments (RFC 6928). */
const firstFlightBytes = 14_600;

/** Of the thread that has loaded this module. */
const memory = new RequestMemory();

function encodeLast(response: HttpResponse): Uint8Array {
  return encodeResponse(response, { keepAlive: false, head: false, httpMinor: 1 });
}

function encodeAnswer(
  service: Service,
  request: HttpRequest,
  response: HttpResponse,
  framing: ResponseFraming,
): Uint8Array {
  try {
    return encodeResponse(response, framing);
  } catch (error) {
    return encodeResponse(failed(service, request, error), framing);
  }
}

/**
 * HTTP/1.1 over one connection: requests in, answers out in the same order, pipelined or not.
 *
 *   receive ─► parse ─► handle ─► encode ─┐
 *      ▲         ▲                        │   another request has arrived: parse it; answers gather meanwhile
 *      │         └────────────────────────┤
 *      └──────────────── send ◄───────────┘   none has: all answers leave in one system call
 */
function* serve(service: Service): Connection {
  const { limits, row, phase } = service;
  const parser = new RequestParser(limits, memory);
  const patience = new RequestPatience(service);
  const output = new Output(service.row);
  // While the server drains, what had arrived is answered, and the rest of a request that has begun is waited for.
  const arrivals = new LastArrivals();
  let isPipelining = false;
  for (;;) {
    let request: HttpRequest | undefined;
    try {
      request = parser.next();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      row.rejected();
      output.add(encodeLast(responseTo(error)));
      yield send(output.take());
      return yield* linger();
    }
    if (request !== undefined) {
      row.request();
      patience.renew();
      // As they came: an application may write to its request.
      const { method, httpMinor, keepAlive: mayKeepAlive } = request;
      const answer = handle(service, request);
      let response: HttpResponse;
      if ('next' in answer) {
        // It may take its time: those before it are done.
        if (output.bytes > 0) yield send(output.take());
        response = yield* answerOf(service, request, answer);
      } else response = answer;
      let keepAlive = mayKeepAlive && service.keepAlive;
      if (keepAlive && phase.ending) keepAlive = yield* mayGoOn();
      output.add(encodeAnswer(service, request, response, { keepAlive, head: method === 'HEAD', httpMinor }));
      if (!keepAlive) {
        // Whoever pipelines may be sending still, and a long answer is on its way for a while.
        const takesLong = isPipelining || parser.phase !== 'idle' || output.bytes > firstFlightBytes;
        yield send(output.take());
        return yield* linger(takesLong);
      }
      if (output.bytes >= outputBytes) yield send(output.take());
      continue;
    }
    if (parser.takeContinue()) output.add(continueResponse);
    if (output.bytes > 0) yield send(output.take());
    const state = parser.phase;
    if (phase.ending && !arrivals.isRestAwaited && !(yield* arrivals.areDue())) {
      const rest = arrivals.awaitRest();
      if (rest !== undefined) {
        parser.feed(rest);
        continue;
      }
    }
    const isLastCall = state === 'idle' && arrivals.isRestAwaited;
    const chunk = (yield isLastCall
      ? receive(Math.max(0, lastCallMs - phase.endingMs), false)
      : receive(patience.leftMs(state), state === 'idle')) as Received;
    if (chunk === undefined) {
      if (state === 'idle') return yield* hangUp();
      row.rejected();
      output.add(encodeLast(responseTo(requestTimeout())));
      yield send(output.take());
      // Nothing is on its way from somebody so slow, whose thread others may be waiting for.
      return;
    }
    if (chunk.length === 0) {
      if (!phase.ending) return;
      if (state !== 'idle' || isLastCall) return yield* hangUp();
      arrivals.awaitRest();
      continue;
    }
    feed(chunk);
  }

  function feed(chunk: Uint8Array): void {
    row.received(chunk.length);
    parser.feed(arrivals.due(chunk));
  }

  /** Whether another request of the connection is answered, while the server drains. */
  function* mayGoOn(): Generator<ConnectionEffect, boolean, unknown> {
    if (arrivals.isRestAwaited) return false;
    if (parser.phase !== 'idle') return true;
    if (!(yield* arrivals.areDue())) return false;
    isPipelining = true;
    const chunk = (yield receive(0, false)) as Received;
    if (chunk === undefined || chunk.length === 0) return false;
    feed(chunk);
    return true;
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
