import { isUtf8 } from 'node:buffer';
import { encodeFrame } from '../../net/frames/encode-frame.js';
import { FrameDecoder } from '../../net/frames/frame-decoder.js';
import { FrameError } from '../../net/frames/frame-error.js';
import {
  type FrameReply,
  type FrameRequest,
  type Json,
  readFrameRequest,
  RequestError,
} from '../../net/frames/messages.js';
import { type HttpResponse, isBodyless } from '../../net/http/response.js';
import { HttpHeaders } from '../../net/http/headers.js';
import { type HttpRequest, ParsedRequest } from '../../net/http/request.js';
import type { Effects } from '../application.js';
import { type Connection, hangUp, linger, receive, type Received, send, settle, spawn } from '../connection.js';
import { messageOf } from '../failure-text.js';
import { mostInFlight } from '../limits.js';
import { LastArrivals } from '../last-arrivals.js';
import { answerOf, failed, handle } from '../respond.js';
import type { Protocol, Service } from '../service.js';

const jsonHead = new HttpHeaders('content-type: application/json\r\n\r\n', 0);
const textHead = new HttpHeaders('content-type: text/plain; charset=utf-8\r\n\r\n', 0);
const emptyHead = new HttpHeaders('\r\n', 0);

function toHttpRequest({ method, target, body }: FrameRequest): HttpRequest {
  const head = body === undefined ? emptyHead : typeof body === 'string' ? textHead : jsonHead;
  const request = new ParsedRequest(method ?? (body === undefined ? 'GET' : 'POST'), target, 1, head, true);
  if (body !== undefined) request.body = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return request;
}

const jsonType = /^application\/json *(;|$)/i;
const textType = /^text\//i;

function toReply(id: number, isHead: boolean, { status, headers = {}, body }: HttpResponse): FrameReply {
  if (body === undefined || isHead || isBodyless(status)) return { id, status };
  const type = String(
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'text/plain',
  );
  const isJson = jsonType.test(type);
  if (!(isJson || textType.test(type)) || (typeof body !== 'string' && !isUtf8(body)))
    return { id, status, body: Buffer.from(body).toString('base64'), encoding: 'base64' };
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return { id, status, body: isJson ? (JSON.parse(text) as Json) : text };
}

function* answerTo(request: FrameRequest, service: Service): Effects<Uint8Array> {
  const asked = toHttpRequest(request);
  // As it came: an application may write to its request.
  const isHead = asked.method === 'HEAD';
  const response = yield* answerOf(service, asked, handle(service, asked));
  try {
    return encodeFrame(toReply(request.id, isHead, response));
  } catch (error) {
    const reason = `no frame can carry its answer: ${messageOf(error)}`;
    return encodeFrame(toReply(request.id, isHead, failed(service, asked, reason)));
  }
}

/**
 * Messages in frames over one connection: each request is a job of its own, and its reply leaves when it is done, so
 * that a slow one never delays a quick one, where the architecture can do more than one thing at a time.
 *
 *   receive ─► decode ─► spawn a job ─► handle ─► encode ─► send, with others that are done
 *      ▲                      │
 *      └──────────────────────┘   a blocking architecture does the job right here, and receives afterwards
 */
function* serve(service: Service): Connection {
  const { limits, row, phase } = service;
  const decoder = new FrameDecoder(limits.maxHeaderBytes + limits.maxBodyBytes);
  let inFlight = 0;
  /** When the frame that has begun to arrive must be there: however many bytes come meanwhile. */
  let frameUntil = Number.POSITIVE_INFINITY;
  // While the server drains, what had arrived is answered, and the rest of a frame that has begun is waited for.
  const arrivals = new LastArrivals();
  function* job(request: FrameRequest | RequestError): Effects<Uint8Array> {
    try {
      const bytes =
        request instanceof RequestError
          ? encodeFrame({ id: request.id, status: 400, body: request.message })
          : yield* answerTo(request, service);
      row.sent(bytes.length);
      return bytes;
    } finally {
      inFlight -= 1;
    }
  }
  for (;;) {
    let request: FrameRequest | RequestError | undefined;
    try {
      const frame = decoder.next();
      if (frame !== undefined) request = readFrameRequest(frame.message);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      if (!(error instanceof RequestError)) {
        row.rejected();
        return yield* fail(error.message);
      }
      request = error;
    }
    if (request !== undefined) {
      frameUntil = Number.POSITIVE_INFINITY;
      row.request();
      yield settle(mostInFlight - 1);
      inFlight += 1;
      yield spawn(job(request));
      if (arrivals.isRestAwaited) return yield* leave();
      continue;
    }
    const isAtRest = decoder.isAtRest;
    if (phase.ending && !(yield* arrivals.areDue())) {
      if (isAtRest) return yield* leave();
      const rest = arrivals.awaitRest();
      if (rest !== undefined) {
        decoder.feed(rest);
        continue;
      }
    }
    if (!isAtRest && frameUntil === Number.POSITIVE_INFINITY) frameUntil = performance.now() + limits.bodyTimeout;
    const patienceMs = isAtRest ? limits.idleTimeout : Math.max(1, frameUntil - performance.now());
    const chunk = (yield receive(patienceMs, isAtRest)) as Received;
    if (chunk === undefined) {
      if (isAtRest && inFlight > 0) {
        // Jobs may take as long as they like; a peer that keeps them waiting, by reading nothing, may not.
        yield settle(mostInFlight);
        continue;
      }
      if (isAtRest) return yield* hangUp();
      row.rejected();
      // Nothing is on its way from somebody so slow, whose thread others may be waiting for.
      return yield* tell('a frame took too long to arrive');
    }
    if (chunk.length === 0) {
      // The peer sends no more, but may read still.
      if (isAtRest) return yield* leave();
      row.rejected();
      return yield* fail('the stream ended inside a frame');
    }
    row.received(chunk.length);
    decoder.feed(arrivals.due(chunk));
  }

  /** Answers what is in work, and ends. Where it is we who end, the peer may be sending still. */
  function* leave(): Connection {
    const isBusy = inFlight > 0;
    yield settle(0);
    if (phase.ending) yield* isBusy ? linger() : hangUp(arrivals.wereDue);
  }

  function* fail(message: string): Connection {
    yield* tell(message);
    yield* linger();
  }

  function* tell(message: string): Connection {
    yield settle(0);
    yield* say(service, { id: null, status: 400, body: message });
  }
}

function* say({ row }: Service, reply: FrameReply): Connection {
  const bytes = encodeFrame(reply);
  yield send(bytes);
  row.sent(bytes.length);
}

function* refuse(service: Service): Connection {
  yield* say(service, { id: null, status: 503, body: 'too many connections' });
  yield* linger();
}

const protocol: Protocol = {
  id: 'frames',
  summary: 'JSON messages with a length in front, answered in any order',
  serve,
  refuse,
  example: encodeFrame({ id: 1, target: '/1' }),
};

export default protocol;
