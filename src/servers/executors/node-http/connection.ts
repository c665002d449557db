import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { encodeResponse } from '../../../net/http/encode-response.js';
import { type HttpResponse, isBodyless } from '../../../net/http/response.js';
import { lastCallMs } from '../../connection.js';
import { noBody } from '../../../net/http/request.js';
import { HttpError } from '../../../net/http/http-error.js';
import { requestTimeout, responseTo, unavailable } from '../../error-responses.js';
import { answerOf, handle } from '../../respond.js';
import type { Service } from '../../service.js';
import { lingerOn } from './lingering-socket.js';
import { LoopJobs } from '../loop/jobs.js';
import { queuesOf } from '../loop/queues.js';
import { fullTurn } from '../loop/turn.js';
import { NodeHttpArrivals } from './arrivals.js';
import { hasBody, NodeHttpBody } from './body.js';
import { httpErrorOf, isUnknownMethod, nodeHeadErrorOf, type NodeParserError } from './errors.js';
import { hasRequestBegun } from './parser.js';
import { type Exchange, hasLeft, NodeHttpPipeline } from './pipeline.js';
import { NodeHttpRequest } from './request.js';

/**
 * A connection of `node:http`. Node parses what arrives, and requests begin at once, pipelined or not, within bounds. An
 * answer is kept until those before it have left, so that it can say whether it is the last; and an error, for which
 * Node has no response but the bare socket, comes after all that was asked before it.
 */
export class NodeHttpConnection {
  readonly #socket: Socket;
  readonly #service: Service;
  /** What the application does for it. */
  readonly #jobs: LoopJobs;
  readonly #pipeline: NodeHttpPipeline;
  /** To the newest request. */
  #newest: ServerResponse | undefined;
  /** Of the newest request that has one. */
  #body: NodeHttpBody | undefined;
  /** Whatever else arrives is dropped. */
  #isOver = false;
  /** While the server drains, what has arrived is answered, and the rest of a request that has begun. */
  readonly #arrivals: NodeHttpArrivals;
  /** Bytes in and out that are counted already. */
  #counted = { received: 0, sent: 0 };

  /** Counts it in, and out when it has ended; one too many is told so, and ends. */
  constructor(socket: Socket, service: Service) {
    this.#socket = socket;
    this.#service = service;
    this.#jobs = new LoopJobs(service);
    this.#arrivals = new NodeHttpArrivals(socket);
    this.#pipeline = new NodeHttpPipeline(socket, (exchange) => void this.#answer(exchange));
    // Node calls it after the last answer. At once it would cost that answer whoever is sending still.
    socket.destroySoon = () => lingerOn(socket);
    const { counters, row, limits } = service;
    const isOneTooMany = counters.connectionOpened() > limits.maxConnections;
    socket.once('close', () => {
      this.#jobs.end();
      this.#pipeline.clear();
      this.count();
      if (!isOneTooMany) counters.connectionClosed();
    });
    if (isOneTooMany) {
      // While it hears of it, it takes nobody else's place.
      counters.connectionClosed();
      row.rejected();
      this.#isOver = true;
      this.#end(unavailable);
    } else row.connection();
  }

  /** Counts the bytes so far. */
  count(): void {
    const { bytesRead, bytesWritten } = this.#socket;
    const { row } = this.#service;
    row.received(bytesRead - this.#counted.received);
    row.sent(bytesWritten - this.#counted.sent);
    this.#counted = { received: bytesRead, sent: bytesWritten };
  }

  /** A head has arrived. */
  request(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isOver || (this.#service.phase.ending && !this.#arrivals.takesRequest())) return;
    const error = nodeHeadErrorOf(request, this.#service.limits);
    if (error !== undefined) {
      this.#refuse(error);
      return;
    }
    // Node's parser throws away what stands behind such a request in a chunk: nothing after it can be trusted.
    if (asksForUpgrade(request)) response.shouldKeepAlive = false;
    this.#isOver = !response.shouldKeepAlive;
    const previous = this.#newest;
    this.#newest = response;
    // Not before we know that the body may be that long.
    const expects = request.headers.expect !== undefined && request.httpVersionMinor === 1;
    const continued = expects ? sendContinue(response, previous) : undefined;
    const body = hasBody(request) ? this.#receiveBody(request, previous) : undefined;
    this.#pipeline.add({ request, continued, body, response, previous });
  }

  /** `CONNECT`, for which Node has no response, and lets go of the socket. */
  connect(): void {
    // 'close' follows.
    this.#socket.on('error', () => undefined);
    this.#refuse(new HttpError(400, 'the target of the request line is neither a path, nor a URL, nor *'));
  }

  /** Node's parser has met what is no request. */
  parserFailed(error: NodeParserError): void {
    if (this.#body?.isArriving === true) this.#body.fail(httpErrorOf(error));
    else if (isUnknownMethod(error)) this.#answerUnknownMethod();
    else this.#refuse(httpErrorOf(error));
  }

  /** The rest of a head is late. */
  headIsLate(): void {
    this.#refuseLateHead(this.#newest);
  }

  /** Nothing has moved for `idleTimeout`. */
  idleTimedOut(): void {
    setImmediate(() => {
      const { writable, writableLength } = this.#socket;
      const isUnread = writableLength > 0;
      if (!writable || isUnread || this.#isIdle) this.abort();
      else this.#socket.setTimeout(this.#service.limits.idleTimeout);
    });
  }

  /** The server drains: ends once what has arrived by now is answered. */
  async drain(): Promise<void> {
    if (this.#socket.destroyed) return;
    // Reading may have stopped while answers are owed.
    for (let before = -1; this.#arrivals.areDue && this.#socket.bytesRead !== before;) {
      before = this.#socket.bytesRead;
      await hasLeft(this.#newest);
      await fullTurn();
    }
    await this.#endWhenIdle();
  }

  /** Where an answer says that it is the last, that one ends the connection. */
  async #endWhenIdle(): Promise<void> {
    await hasLeft(this.#newest);
    if (!this.#socket.writable) return;
    // A request may be on its way.
    await sleep(lastCallMs, undefined, { ref: false });
    // What the kernel has is not read yet.
    await fullTurn();
    if (!this.#isIdle || this.#isOver || !this.#socket.writable) return;
    // To a peer that reads slowly, and asks again meanwhile.
    if (queuesOf(this.#socket).onWayBytes > 0) lingerOn(this.#socket);
    else this.#endAtOnce();
  }

  abort(): void {
    this.#socket.destroy();
  }

  get #isIdle(): boolean {
    return (this.#newest === undefined || this.#newest.writableFinished) && !this.#isRestAwaited;
  }

  async #answer({ request, continued, body, response, previous }: Exchange): Promise<void> {
    const { phase } = this.#service;
    try {
      if (continued !== undefined) await continued;
      const bytes = body === undefined ? noBody : await body.whole;
      const answer = bytes && this.#handle(new NodeHttpRequest(request, response.shouldKeepAlive, bytes));
      const computed = ownBytes(answer instanceof Promise ? await answer : answer);
      if (previous?.writableFinished === false) await this.#pipeline.hold(bodyBytes(computed?.body), previous);
      const isLast = phase.ending && (await this.#isLast(response));
      if (!this.#socket.writable) return;
      if (computed === undefined) {
        this.#end(undefined);
        return;
      }
      this.#isOver ||= isLast;
      write(response, computed, isLast);
      if (phase.ending && response === this.#newest) void this.#endWhenIdle();
    } catch (error) {
      if (error instanceof HttpError) {
        this.#service.row.rejected();
        this.#endAfter(previous, responseTo(error));
        return;
      }
      // Not the application's: that is answered 500. A bug, which costs one connection.
      this.#service.logBug(error);
      this.abort();
    }
  }

  #receiveBody(request: IncomingMessage, previous: ServerResponse | undefined): NodeHttpBody {
    const { limits } = this.#service;
    const body = new NodeHttpBody(request, limits);
    this.#body = body;
    // As with heads, the time does not run while answers are owed.
    void hasLeft(previous).then(() => body.limit(limits.bodyTimeout));
    return body;
  }

  /** The application's answer; `undefined` when the client has left meanwhile. */
  #handle(request: NodeHttpRequest): HttpResponse | Promise<HttpResponse | undefined> {
    this.#service.row.request();
    const answer = handle(this.#service, request);
    return 'next' in answer ? this.#jobs.run(answerOf(this.#service, request, answer)) : answer;
  }

  /** Whether no request has arrived after the one it answers. */
  async #isLast(response: ServerResponse): Promise<boolean> {
    if (response !== this.#newest) return false;
    if (!this.#arrivals.isLastTaken) await fullTurn();
    return response === this.#newest && !this.#isRestAwaited;
  }

  /** Whether a request has begun, and will be answered. */
  get #isRestAwaited(): boolean {
    return !this.#arrivals.isLastTaken && hasRequestBegun(this.#socket);
  }

  /** @param newest the request before the late one */
  #refuseLateHead(newest: ServerResponse | undefined): void {
    // Timers come before sockets in Node's loop: what has arrived while this thread computed is read first.
    setImmediate(() => {
      // Node calls a head late also where none has begun; that is what `idleTimeout` is for.
      if (this.#newest !== newest || this.#socket.bytesRead === 0) return;
      if (newest === undefined || newest.writableFinished) this.#refuse(requestTimeout());
      // The time does not run while answers are owed: reading may have stopped.
      else void hasLeft(newest).then(() => this.#waitForHead(newest));
    });
  }

  /** For a head that has begun already. */
  #waitForHead(newest: ServerResponse): void {
    setTimeout(() => this.#refuseLateHead(newest), this.#service.limits.headerTimeout).unref();
  }

  /** As a server does that has no route for it. */
  #answerUnknownMethod(): void {
    if (this.#isOver) return;
    this.#service.row.request();
    this.#endAfter(this.#newest, responseTo(new HttpError(501, 'not implemented')));
  }

  /** @param error `undefined` where nobody is left to read of it */
  #refuse(error: HttpError | undefined): void {
    if (this.#isOver) return;
    if (error !== undefined) this.#service.row.rejected();
    this.#endAfter(this.#newest, error && responseTo(error));
  }

  #endAfter(previous: ServerResponse | undefined, words: HttpResponse | undefined): void {
    this.#isOver = true;
    void hasLeft(previous).then(() => this.#end(words));
  }

  #end(words: HttpResponse | undefined): void {
    if (!this.#socket.writable) return;
    if (words !== undefined) this.#socket.write(encodeResponse(words, { keepAlive: false, head: false, httpMinor: 1 }));
    // Nothing is on its way from somebody so slow.
    if (words?.status === 408) this.#endAtOnce();
    else lingerOn(this.#socket);
  }

  /** Once everything has left. */
  #endAtOnce(): void {
    this.#socket.end(() => this.#socket.destroy());
  }
}

/**
 * `100 Continue`, in its place among the answers: earlier, Node would put it between head and body of one of them. Also
 * to a client that has not waited for it, for without it Node ends the connection.
 */
async function sendContinue(response: ServerResponse, previous: ServerResponse | undefined): Promise<void> {
  // Its turn has come when it has the socket.
  if (response.socket === null && previous !== undefined) await once(previous, 'close');
  if (response.socket !== null) response.writeContinue();
}

function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? '');
}

/** A text longer than this is made bytes by us: Node would join it with the head, and there is an end to texts. */
const longTextBytes = 2 ** 20;
/** Node sends a head together with a text in UTF-8, where a byte beyond ASCII would be two. */
const beyondAscii = /[\x80-\xff]/;

/** The same answer with a body that is not the application's any more, which may write to its bytes again at once. */
function ownBytes(answer: HttpResponse | undefined): HttpResponse | undefined {
  if (answer?.body === undefined) return answer;
  const { headers = {}, body } = answer;
  const isPlain = !Object.values(headers).some((value) => beyondAscii.test(String(value)));
  if (typeof body === 'string' && body.length < longTextBytes && isPlain) return answer;
  return { ...answer, body: Buffer.from(body) };
}

function write(response: ServerResponse, { status, headers, body }: HttpResponse, isLast: boolean): void {
  if (isLast) response.setHeader('Connection', 'close');
  const bodyless = isBodyless(status);
  const length = bodyless ? {} : { 'Content-Length': bodyBytes(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(bodyless ? undefined : body);
}

function bodyBytes(body: HttpResponse['body']): number {
  return body === undefined ? 0 : Buffer.byteLength(body);
}
