import { ReceiveBuffer } from '../receive-buffer.js';
import { ByteBuffer } from './byte-buffer.js';
import { classes, CR, describeByte, LF, SLASH, SPACE, TARGET, TOKEN } from './characters.js';
import { ChunkedDecoder } from './chunked-decoder.js';
import { FieldScanner } from './field-scanner.js';
import { bodyTooLong, headErrorOf, headTooLong, unknownVersion } from './head-rules.js';
import { HttpHeaders } from './headers.js';
import { HttpError } from './http-error.js';
import { type HttpLimits, requestLimits } from './limits.js';
import { matchesPattern } from './match-pattern.js';
import { type HttpRequest, ParsedRequest } from './request.js';
import { RequestMemory } from './request-memory.js';

/**
 * Bytes of one connection to requests. Incremental: however the bytes are split, the same requests come out, and the
 * same error at the same byte.
 *
 * ```ts
 * parser.feed(chunk);
 * for (let request; (request = parser.next()) !== undefined; ) answer(request);
 * if (parser.takeContinue()) send('HTTP/1.1 100 Continue\r\n\r\n');
 * ```
 * `next` throws an `HttpError` when the client broke a rule or a limit: answer with its status, then close.
 *
 * Deliberately stricter than Node's parser, because a benchmark has no old clients to please: `Host` must appear
 * exactly once in HTTP/1.1, and look like one; the target holds visible ASCII only, and `CONNECT` targets are unknown;
 * versions are HTTP/1.0 and HTTP/1.1; a `Transfer-Encoding` is `chunked` alone, and none in HTTP/1.0; `Expect` knows
 * `100-continue` only; one separator is one space; line feeds need their carriage return. More lenient in one thing: a
 * method may be any token, so that an unknown one can be answered with 501.
 */
export class RequestParser {
  readonly #limits: HttpLimits;
  readonly #memory: RequestMemory;
  readonly #fields = new FieldScanner(400);
  readonly #chunked: ChunkedDecoder;
  readonly #body = new ByteBuffer();

  readonly #received = new ReceiveBuffer();

  #state: 'head' | 'fields' | 'length' | 'chunked' | 'known' = 'head';
  // Offsets from the start of what was received, valid in 'fields': the ends of method and target, and where the next
  // field line starts.
  #methodEnd = 0;
  #targetEnd = 0;
  #lineStart = 0;
  #httpMinor: 0 | 1 = 1;

  /** One that is not given out yet: its body is to come, or it was known as a whole. */
  #request: ParsedRequest | undefined;
  #bodyLeft = 0;
  #continueWanted = false;
  #error: HttpError | undefined;

  /** @param memory shared by the parsers of one thread */
  constructor(limits: HttpLimits = requestLimits, memory: RequestMemory = new RequestMemory()) {
    this.#limits = limits;
    this.#memory = memory;
    this.#chunked = new ChunkedDecoder(limits.maxHeaderBytes, 400);
  }

  /** Takes a copy of what has arrived: the caller may reuse its buffer at once. */
  feed(chunk: Uint8Array): void {
    if (this.#state === 'head' && this.#received.isEmpty && chunk.length <= this.#limits.maxHeaderBytes) {
      this.#request = this.#memory.recall(chunk);
      if (this.#request !== undefined) {
        this.#state = 'known';
        return;
      }
    }
    this.#received.append(chunk);
  }

  /**
   * The next complete request, `undefined` when more bytes are needed.
   * @throws {HttpError} and again at every later call
   */
  next(): HttpRequest | undefined {
    if (this.#error !== undefined) throw this.#error;
    try {
      return this.#advance();
    } catch (error) {
      if (error instanceof HttpError) this.#error = error;
      throw error;
    }
  }

  /** True once for a request whose client waits for `100 Continue` before it sends the body. */
  takeContinue(): boolean {
    const wanted = this.#continueWanted;
    this.#continueWanted = false;
    return wanted;
  }

  /**
   * Where in a message the connection is, for timeouts: `idle` when not a byte of the next request has come, `head`
   * or `body` while one is incomplete. To be asked when what has arrived is taken out.
   */
  get phase(): 'idle' | 'head' | 'body' {
    if (this.#state === 'length' || this.#state === 'chunked') return 'body';
    return this.#state === 'head' && this.#received.isEmpty ? 'idle' : 'head';
  }

  #advance(): HttpRequest | undefined {
    this.#received.letGo();
    if (this.#state === 'head' && !this.#readRequestLine()) return undefined;
    if (this.#state === 'fields' && !this.#readFields()) return undefined;
    if (this.#state === 'length' && !this.#readLength()) return undefined;
    if (this.#state === 'chunked' && !this.#readChunked()) return undefined;
    const request = this.#request;
    this.#request = undefined;
    this.#continueWanted = false;
    this.#state = 'head';
    return request;
  }

  /** Bytes of a head are looked at up to its limit, so that the same byte is the wrong one however they arrive. */
  #headEnd(): number {
    const { start, end } = this.#received;
    return Math.min(end, start + this.#limits.maxHeaderBytes);
  }

  #incompleteHead(): false {
    const { start, end } = this.#received;
    if (end - start >= this.#limits.maxHeaderBytes) throw headTooLong(this.#limits);
    return false;
  }

  // GET /path?query HTTP/1.1 CR LF
  #readRequestLine(): boolean {
    const received = this.#received;
    const { bytes } = received;
    // Empty lines before a request are the end of a careless client's last one (RFC 9112 §2.2).
    while (received.start < received.end && bytes[received.start] === CR) {
      if (received.start + 1 === received.end) return false;
      if (bytes[received.start + 1] !== LF) throw new HttpError(400, 'carriage return without line feed');
      received.start += 2;
    }
    const end = this.#headEnd();
    const methodEnd = skip(bytes, received.start, end, TOKEN);
    if (methodEnd === end) return this.#incompleteHead();
    expectSpace(bytes, received.start, methodEnd, 'method');
    const targetEnd = skip(bytes, methodEnd + 1, end, TARGET);
    if (targetEnd === end) return this.#incompleteHead();
    expectSpace(bytes, methodEnd + 1, targetEnd, 'target');
    if (bytes[methodEnd + 1] !== SLASH && !otherTargets.test(bytes.toString('latin1', methodEnd + 1, targetEnd)))
      throw new HttpError(400, 'the target of the request line is neither a path, nor a URL, nor *');
    const versionStart = targetEnd + 1;
    if (!matchesPattern(bytes, versionStart, end, versionPattern, notInVersion)) return this.#incompleteHead();
    const minor = bytes[versionStart + 7] as number;
    if (bytes[versionStart + 5] !== 0x31 || (minor !== 0x30 && minor !== 0x31)) throw unknownVersion();
    this.#httpMinor = minor === 0x31 ? 1 : 0;
    this.#methodEnd = methodEnd - received.start;
    this.#targetEnd = targetEnd - received.start;
    this.#lineStart = versionStart + versionPattern.length - received.start;
    this.#fields.reset();
    this.#state = 'fields';
    return true;
  }

  #readFields(): boolean {
    const received = this.#received;
    const fields = this.#fields;
    const next = fields.scan(received.bytes, received.start + this.#lineStart, this.#headEnd());
    const fieldsStart = this.#targetEnd + 1 + versionPattern.length;
    if (!fields.done) {
      this.#lineStart = next - received.start;
      return this.#incompleteHead();
    }
    const head = received.bytes.toString('latin1', received.start, next);
    const isAlone = received.start === 0 && next === received.end;
    received.start = next;
    const error = headErrorOf(fields, this.#httpMinor, this.#limits);
    if (error !== undefined) throw error;
    const request = new ParsedRequest(
      head.slice(0, this.#methodEnd),
      head.slice(this.#methodEnd + 1, this.#targetEnd),
      this.#httpMinor,
      new HttpHeaders(head, fieldsStart),
      this.#httpMinor === 1 ? !fields.close : fields.keepAlive && !fields.close,
    );
    this.#request = request;
    if (fields.chunked) {
      this.#chunked.reset();
      this.#state = 'chunked';
    } else if (fields.contentLength > 0) {
      this.#bodyLeft = fields.contentLength;
      this.#state = 'length';
    } else {
      this.#state = 'head';
      if (isAlone) this.#memory.remember(received.bytes.subarray(0, next), request);
      return true;
    }
    this.#continueWanted = fields.expectContinue && this.#httpMinor === 1;
    return true;
  }

  #readLength(): boolean {
    const received = this.#received;
    const taken = Math.min(this.#bodyLeft, received.end - received.start);
    this.#body.append(received.bytes, received.start, received.start + taken);
    received.start += taken;
    this.#bodyLeft -= taken;
    if (this.#bodyLeft > 0) return false;
    this.#endBody();
    return true;
  }

  #readChunked(): boolean {
    const received = this.#received;
    received.start = this.#chunked.decode(received.bytes, received.start, received.end, this.#keep);
    if (!this.#chunked.done) return false;
    this.#endBody();
    return true;
  }

  readonly #keep = (bytes: Uint8Array, from: number, to: number): void => {
    if (this.#body.length + to - from > this.#limits.maxBodyBytes) throw bodyTooLong(this.#limits);
    this.#body.append(bytes, from, to);
  };

  #endBody(): void {
    const body = this.#body.take();
    if (this.#request !== undefined) this.#request.body = body;
  }
}

/** Targets that are no path (RFC 9112 §3.2): a proxy's absolute form, and `OPTIONS *`. */
const otherTargets = /^(\*|https?:\/\/[\w.:[\]@%~!$&'()*+,;=-]+([/?].*)?)$/i;

/** Where the run of bytes of that class ends. */
function skip(bytes: Uint8Array, from: number, end: number, wanted: number): number {
  let at = from;
  while (at < end && ((classes[bytes[at] as number] as number) & wanted) !== 0) at += 1;
  return at;
}

function expectSpace(bytes: Uint8Array, start: number, end: number, part: string): void {
  const byte = bytes[end] as number;
  if (byte !== SPACE) throw new HttpError(400, `${describeByte(byte)} in the ${part} of the request line`);
  if (end === start) throw new HttpError(400, `the ${part} of the request line is empty`);
}

/** `d` stands for any digit. */
const versionPattern = 'HTTP/d.d\r\n';

const notInVersion = (byte: number): HttpError =>
  new HttpError(400, `${describeByte(byte)} in the version of the request line`);
