import { ByteBuffer } from './byte-buffer.js';
import { classes, CR, describeByte, LF, SPACE, VALUE } from './characters.js';
import { ChunkedDecoder } from './chunked-decoder.js';
import { FieldScanner } from './field-scanner.js';
import type { HttpHeaders } from './headers.js';
import { HttpError } from './http-error.js';
import { type HttpLimits, responseLimits } from './limits.js';
import { matchesPattern } from './match-pattern.js';
import { noBody } from './request.js';
import { HeadMemory, ResponseHead } from './response-head.js';

/** What the request was, as far as the response depends on it, and what of the response anybody wants. */
export interface Expected {
  /** Responses to HEAD have no body whatever their headers say. */
  readonly head: boolean;
  readonly keepHeaders: boolean;
  readonly keepBody: boolean;
}

/**
 * Bytes of one connection to responses: one parser a connection, one `begin` a request. Reads in place from whatever
 * buffer the caller receives into; copies only a head that arrives in pieces, and what was asked to be kept.
 *
 * ```ts
 * parser.begin({ head: false, keepHeaders: false, keepBody: false });
 * const used = parser.execute(buffer, 0, received);    // and again with more, until parser.complete
 * ```
 * Interim responses (1xx) are skipped. Errors are `HttpError`s with the status 502; the connection is then useless.
 */
export class ResponseParser {
  /** The head has arrived: `status` and `headers` are there. */
  headComplete = false;
  /** The last byte of the body has arrived. */
  complete = false;
  status = 0;
  /** Present when asked for, and with every 3xx. */
  headers: HttpHeaders | undefined;
  /** Bytes of the body so far, transfer coding taken off. */
  bodyBytes = 0;
  /** The body ends with the connection: `end` completes it. */
  untilClose = false;
  /** Whether the connection can carry another request after this response. */
  keepAlive = false;

  readonly #limits: HttpLimits;
  readonly #memory: HeadMemory;
  readonly #fields = new FieldScanner(502);
  readonly #chunked: ChunkedDecoder;
  readonly #body = new ByteBuffer();
  /** A head that arrives in pieces. */
  readonly #pieces = new ByteBuffer();
  // Offsets from the start of the head: its first field line (-1: not known yet), and the next one to scan.
  #fieldsStart = -1;
  #lineStart = 0;
  #expected: Expected = { head: false, keepHeaders: false, keepBody: false };
  #bodyLeft = 0;
  #inChunks = false;

  /** @param memory shared by the parsers of connections to the same server */
  constructor(limits: HttpLimits = responseLimits, memory: HeadMemory = new HeadMemory()) {
    this.#limits = limits;
    this.#memory = memory;
    this.#chunked = new ChunkedDecoder(limits.maxHeaderBytes, 502);
  }

  /** A request goes out; its response comes next. */
  begin(expected: Expected): void {
    this.#expected = expected;
    this.headComplete = false;
    this.complete = false;
    this.status = 0;
    this.headers = undefined;
    this.bodyBytes = 0;
    this.untilClose = false;
    this.#fieldsStart = -1;
    this.#pieces.clear();
    this.#body.clear();
  }

  /** The body, which now belongs to the caller; empty when it was not to be kept. */
  takeBody(): Uint8Array {
    return this.#body.length === 0 ? noBody : this.#body.take();
  }

  /**
   * Reads `bytes[from, end)`.
   * @returns where the response ends when `complete` (what follows was not asked for), else `end`
   * @throws {HttpError}
   */
  execute(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (!this.headComplete) {
      at = this.#pieces.length === 0 ? this.#readHead(bytes, at, end) : this.#readPieces(bytes, at, end);
      if (at === -1) return end;
    }
    return this.complete ? at : this.#readBody(bytes, at, end);
  }

  /**
   * The server has ended the connection.
   * @throws {HttpError} unless that is how the body ends
   */
  end(): void {
    if (this.complete) return;
    if (!this.untilClose) throw new HttpError(502, this.headComplete ? 'closed within the body' : 'closed early');
    this.complete = true;
  }

  /** Whether nothing of the response has arrived yet. */
  get untouched(): boolean {
    return !this.headComplete && this.#pieces.length === 0;
  }

  /** Where the body starts, or -1 when the head is not complete: then it is kept in `#pieces`. */
  #readHead(bytes: Buffer, from: number, end: number): number {
    const next = this.#parseHead(bytes, from, end);
    if (next === -1) this.#pieces.append(bytes, from, end);
    return next;
  }

  #readPieces(bytes: Buffer, from: number, end: number): number {
    const before = this.#pieces.length;
    this.#pieces.append(bytes, from, end);
    const next = this.#parseHead(this.#pieces.bytes, 0, this.#pieces.length);
    if (next === -1) return -1;
    this.#pieces.clear();
    return from + next - before;
  }

  #parseHead(bytes: Buffer, from: number, end: number): number {
    const remembered = this.#fieldsStart === -1 ? this.#memory.match(bytes, from, end) : undefined;
    if (remembered !== undefined) {
      this.#apply(remembered);
      return from + remembered.length;
    }
    const limit = Math.min(end, from + this.#limits.maxHeaderBytes);
    if (this.#fieldsStart === -1) {
      const statusEnd = this.#parseStatusLine(bytes, from, limit);
      if (statusEnd !== -1) {
        this.#fields.reset();
        this.#fieldsStart = statusEnd - from;
        this.#lineStart = this.#fieldsStart;
      }
    }
    if (this.#fieldsStart !== -1) {
      const next = this.#fields.scan(bytes, from + this.#lineStart, limit);
      this.#lineStart = next - from;
      if (this.#fields.done) {
        this.#endHead(bytes, from, next);
        return next;
      }
    }
    if (end - from >= this.#limits.maxHeaderBytes)
      throw new HttpError(502, `response headers exceed ${this.#limits.maxHeaderBytes} bytes`);
    return -1;
  }

  // HTTP/1.1 200 OK CR LF: where the next line starts, or -1.
  #parseStatusLine(bytes: Buffer, from: number, end: number): number {
    if (!matchesPattern(bytes, from, end, statusPattern, notInStatusLine)) return -1;
    const digits = from + statusPattern.length - 3;
    const hundreds = (bytes[digits] as number) - 0x30;
    if (hundreds === 0) throw new HttpError(502, 'status below 100');
    this.status = hundreds * 100 + ((bytes[digits + 1] as number) - 0x30) * 10 + ((bytes[digits + 2] as number) - 0x30);
    let at = from + statusPattern.length;
    if (at === end) return -1;
    // The reason may be missing with its space.
    if (bytes[at] !== SPACE && bytes[at] !== CR)
      throw new HttpError(502, `${describeByte(bytes[at] as number)} in the status line`);
    while (((classes[bytes[at] as number] as number) & VALUE) !== 0) {
      at += 1;
      if (at === end) return -1;
    }
    if (bytes[at] !== CR) throw new HttpError(502, `${describeByte(bytes[at] as number)} in the status line`);
    if (at + 1 === end) return -1;
    if (bytes[at + 1] !== LF) throw new HttpError(502, 'carriage return without line feed');
    return at + 2;
  }

  #endHead(bytes: Buffer, from: number, next: number): void {
    const { status } = this;
    const fieldsStart = this.#fieldsStart;
    this.#fieldsStart = -1;
    if (status < 200) {
      if (status === 101) throw new HttpError(502, 'switches protocols, which was not asked for');
      return;
    }
    const fields = this.#fields;
    if (fields.codings > 0 && fields.contentLength !== -1)
      throw new HttpError(502, 'both Content-Length and Transfer-Encoding');
    const oneOne = bytes[from + 7] === 0x31;
    const head = new ResponseHead(bytes.subarray(from, next), fieldsStart, {
      status,
      keepAlive: !fields.close && (oneOne || fields.keepAlive),
      chunked: fields.chunked,
      contentLength: fields.codings > 0 ? -1 : fields.contentLength,
    });
    this.#memory.remember(head);
    this.#apply(head);
  }

  /** What the head says of the body, and of the connection after it. */
  #apply(head: ResponseHead): void {
    const { status } = head;
    this.headComplete = true;
    this.status = status;
    if (this.#expected.keepHeaders || (status >= 300 && status < 400)) this.headers = head.headers;
    this.keepAlive = head.keepAlive;
    this.#inChunks = false;
    this.#bodyLeft = 0;
    if (this.#expected.head || status === 204 || status === 304) this.complete = true;
    else if (head.chunked) {
      this.#inChunks = true;
      this.#chunked.reset();
    } else if (head.contentLength === -1) {
      this.untilClose = true;
      this.keepAlive = false;
    } else {
      this.#bodyLeft = head.contentLength;
      this.complete = this.#bodyLeft === 0;
    }
  }

  #readBody(bytes: Buffer, from: number, end: number): number {
    if (this.untilClose) {
      this.#sink(bytes, from, end);
      return end;
    }
    if (this.#inChunks) {
      const next = this.#chunked.decode(bytes, from, end, this.#sink);
      this.complete = this.#chunked.done;
      return next;
    }
    const to = Math.min(end, from + this.#bodyLeft);
    this.#sink(bytes, from, to);
    this.#bodyLeft -= to - from;
    this.complete = this.#bodyLeft === 0;
    return to;
  }

  readonly #sink = (bytes: Uint8Array, from: number, to: number): void => {
    this.bodyBytes += to - from;
    if (!this.#expected.keepBody) return;
    if (this.bodyBytes > this.#limits.maxBodyBytes)
      throw new HttpError(502, `body exceeds ${this.#limits.maxBodyBytes} bytes`);
    this.#body.append(bytes, from, to);
  };
}

/** `d` stands for any digit. */
const statusPattern = 'HTTP/1.d ddd';

/** A frame begins with its length, of which the first byte is nearly always 0. */
const notInStatusLine = (byte: number): HttpError =>
  new HttpError(502, `${describeByte(byte)} in the status line${byte === 0 ? ': does the server speak frames?' : ''}`);
